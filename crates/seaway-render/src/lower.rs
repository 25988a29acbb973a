//! [`Stack`] → objects: one file a component, options to typed Kubernetes objects.
//!
//! A component says what its main container runs, as a [`Program`](program::Program); [`pod`] makes a pod of it and
//! notes where each part comes from. What all pods need alike is left to the next passes.

mod meta;
mod program;
mod resources;
mod probes;
mod env;
mod volumes;
pub(crate) mod scripts;
mod containers;
mod helpers;
mod psql;
mod placement;
mod storage;
mod pod;
mod services;
mod queues;
mod gateway;
mod expose;
mod workload;
mod secrets;
mod shared;
mod own;
mod celery;
mod sidecar;

pub(crate) mod backup;
mod beat;
mod flower;
mod job;
mod cron;
mod migrate;
pub(crate) mod monitoring;
mod pgbouncer;
mod postgres;
mod extensions;
mod process;
mod rds;
mod redis;
mod service;
mod web;
mod worker;

use seaway_core::options::Component;
use seaway_core::stack::Part;
use seaway_core::{Sink, Stack};

use crate::Object;
pub(crate) use monitoring::{NODE_RIGHTS, shown_ports};
use monitoring::{Watching, watching};
pub(crate) use own::check_own;
pub(crate) use placement::toleration;
pub(crate) use shared::{READINESS_GATE, note_stage, pod_security, wants_readiness_gates};
pub(crate) use web::PROCESS as WEB_PROCESS;
pub(crate) use worker::{CHILD as WORKER_CHILD, PARENT as WORKER_PARENT};

/// What a component is lowered with.
#[derive(Clone, Copy)]
struct Cx<'a> {
    stack: &'a Stack,
    part: &'a Part,
    /// What watches the stage.
    watching: Option<&'a Watching<'a>>,
}

/// The objects of a stage, before anything is hardened or connected.
pub(crate) fn lower(stack: &Stack, sink: &mut Sink) -> Vec<Object> {
    let mut objects = shared::lower(stack, sink);
    let watching = watching(stack);
    for part in stack.parts.values() {
        let cx = Cx { stack, part, watching: watching.as_ref() };
        objects.extend(component(cx));
    }
    objects.extend(storage::lower(stack));
    objects.extend(own::lower(stack, sink));
    objects
}

#[deny(
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "a new type is lowered here"
)]
fn component(cx: Cx<'_>) -> Vec<Object> {
    match &cx.part.component {
        Component::Web(web) => web::lower(cx, web),
        Component::Worker(worker) => worker::lower(cx, worker),
        Component::Beat(beat) => beat::lower(cx, beat),
        Component::Flower(flower) => flower::lower(cx, flower),
        Component::Migrate(migrate) => migrate::lower(cx, migrate),
        Component::Cron(cron) => cron::lower(cx, cron),
        Component::Job(job) => job::lower(cx, job),
        Component::Backup(backup) => backup::lower(cx, backup),
        Component::Process(process) => process::lower(cx, process),
        Component::Service(service) => service::lower(cx, service),
        Component::Postgres(postgres) => postgres::lower(cx, postgres),
        Component::Redis(redis) => redis::lower(cx, redis, &redis::REDIS),
        Component::Valkey(valkey) => redis::lower(cx, valkey, &redis::VALKEY),
        Component::Rds(rds) => rds::lower(cx, rds),
        Component::Pgbouncer(pooler) => pgbouncer::lower(cx, pooler),
        // Nothing in the cluster: its outputs and its way through the policies are all there is.
        Component::Elasticache(_) | Component::S3(_) | Component::External(_) => Vec::new(),
        Component::Monitoring(monitoring) => monitoring::operated(cx, monitoring),
        Component::Extensions(extensions) => extensions::lower(cx, extensions),
        Component::Monitor(monitor) => monitoring::lower(cx, monitor),
    }
}
