//! `type = "beat"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ComponentType;
use super::common::{Allow, Pod};
use super::facts::{Around, CeleryRole, CommandSource, Facts, Health, Ports, Runs, Workload};
use super::project::Project;
use super::schema_wait::{self, WaitForSchema};
use super::texts::{self, Place, Visit};
use super::worker::CeleryProbes;
use crate::Sourced;
use crate::values::{Name, Quantity};

/// The Celery scheduler: sends tasks to the broker when they are due.
///
/// Becomes a `StatefulSet` of one pod, the only kind that never runs two, not even when a node is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Beat {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// Command in place of Celery's, a word an item; it must not need a shell. It has no probes.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// What answers its probes: `"heartbeat"` or `false`. If it is not written, `false` where `celery-probes` of `[app]` is, else
    /// the heartbeat, since beat answers no ping.
    pub celery_probes: Option<Sourced<CeleryProbes>>,
    /// Scheduler class, for example `django_celery_beat.schedulers:DatabaseScheduler` (`--scheduler`).
    pub scheduler: Option<Sourced<String>>,
    /// Size of a volume for the schedule file; without it the file lies in a scratch volume.
    pub storage: Option<Sourced<Quantity>>,
    /// Storage class of that volume; `cluster.storage-class` if it is not written.
    pub storage_class: Option<Sourced<Name>>,
    /// Whether and how it waits for the migrations of its database; it does if it is not written.
    pub wait_for_schema: Option<Sourced<WaitForSchema>>,
}

impl ComponentType for Beat {
    fn pod(&self) -> Option<&Pod> {
        Some(&self.pod)
    }

    fn project(&self) -> Option<&Project> {
        Some(&self.project)
    }

    fn allow(&self) -> &Allow {
        &self.pod.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &self.command
    }

    fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        texts::words(&mut self.command, visit);
        texts::plain(Place::Setting, &mut self.scheduler, visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, _: &Around<'_>) -> Facts {
        Facts {
            type_name,
            runs: Runs::Application,
            foreign_image: None,
            program: None,
            workload: Some(Workload::StatefulSet),
            command: CommandSource::PresetOfModule,
            celery: Some(CeleryRole::Beat),
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
            ports: Ports::none(),
            expose: None,
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas: None,
            autoscale: None,
            most_pods: 1,
            is_called: false,
            only_one: Some("sends each task when it is due"),
            process_memory: None,
            waits_for_schema: schema_wait::settled(self.wait_for_schema.as_ref()),
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs: BTreeMap::new(),
            secret: None,
            basic_auth: None,
            needs_auth: false,
            provides: Vec::new(),
            bindings: Vec::new(),
            roles: None,
            broker: None,
            protocol: None,
            encrypted: None,
            evicts: false,
            exporter: None,
            connections: None,
            data: None,
            extensions: Vec::new(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: self.storage.is_some(),
            storage: Vec::new(),
            expected_within_hours: None,
            is_suspended: false,
            outside: None,
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
