//! `type = "worker"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::facts::{
    Around, CeleryRole, CommandSource, Facts, Health, Ports, Runs, Workload, most_pods,
};
use super::project::Project;
use super::schema_wait::{self, WaitForSchema};
use super::texts::{self, Place, Visit};
use super::web::Autoscale;
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::values::Quantity;

/// A Celery worker: takes tasks from the broker and runs them.
///
/// Becomes a `Deployment` without a `Service`. A rollout lets running tasks finish: the grace period is never
/// shorter than `task-time-limit-seconds`. Probes look at a heartbeat file, so a busy worker is never killed:
/// `celery-probes` says what else there is.
///
/// Seaway cannot make tasks safe. A task that fails is acknowledged and gone, and while a database restarts each one fails that needs
/// it: retry on `OperationalError` (`autoretry_for`), set `task_acks_late` and `task_reject_on_worker_lost`, make tasks safe to
/// repeat, and let a periodic task requeue what was taken and not finished. A Redis broker hands out the messages of a worker that
/// was killed after `visibility_timeout` alone, an hour by itself. The preset binds a shorter one as `CELERY_VISIBILITY_TIMEOUT`,
/// which follows from the time limits: read it in the settings (`broker_transport_options`) unless tasks have a longer `countdown`
/// or `eta`, which would then run twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Worker {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// Command in place of Celery's, a word an item; it must not need a shell. One that begins with `celery` or
    /// `python -m celery` gets the limits that it does not name (`--concurrency`, `--time-limit`, `--prefetch-multiplier`, …), and
    /// is asked by `celery inspect ping`. Any other has no probes.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Pods that run at the same time. Zero pauses the worker and keeps its objects.
    pub replicas: Option<Sourced<u16>>,
    /// Lets Kubernetes choose the number of pods; excludes `replicas`.
    pub autoscale: Option<Sourced<Autoscale>>,
    /// Whether and how it waits for the migrations of its database; it does if it is not written.
    pub wait_for_schema: Option<Sourced<WaitForSchema>>,
    /// What answers its probes; `celery-probes` of `[app]` if it is not written.
    pub celery_probes: Option<Sourced<CeleryProbes>>,
    /// Child processes or threads of one pod (`--concurrency`).
    #[serde(default = "concurrency")]
    pub concurrency: Sourced<u16>,
    /// What runs the tasks of one pod (`--pool`).
    pub pool: Option<Sourced<Pool>>,
    /// Queues it takes tasks from, in order; empty means Celery's default queue (`--queues`).
    #[serde(default)]
    pub queues: Vec<Sourced<String>>,
    /// Seconds after which Celery kills a task (`--time-limit`).
    #[serde(default = "task_time_limit")]
    pub task_time_limit_seconds: Sourced<u32>,
    /// Seconds after which a task gets `SoftTimeLimitExceeded` (`--soft-time-limit`).
    pub task_soft_time_limit_seconds: Option<Sourced<u32>>,
    /// Seconds after which a Redis broker hands a task that is not done to another worker. It says what the settings of the
    /// application say, `broker_transport_options = { "visibility_timeout": … }`; 3600, Celery's default, if it is not
    /// written.
    pub visibility_timeout_seconds: Option<Sourced<u32>>,
    /// Memory of one child process. What is not written of `resources` is computed from it, and a limit that is written
    /// holds all of them.
    #[serde(default = "process_memory")]
    pub process_memory: Sourced<Quantity>,
    /// Tasks that a child reserves ahead (`--prefetch-multiplier`).
    #[serde(default = "prefetch")]
    pub prefetch_multiplier: Sourced<u16>,
    /// Tasks after which a child is replaced; 0 for never (`--max-tasks-per-child`).
    #[serde(default = "max_tasks")]
    pub max_tasks_per_child: Sourced<u32>,
}

fn concurrency() -> Sourced<u16> {
    Sourced::default_for(2, &reasons::CELERY_CONCURRENCY)
}
fn task_time_limit() -> Sourced<u32> {
    Sourced::default_for(300, &reasons::CELERY_TASK_TIME_LIMIT)
}
fn process_memory() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(64), &reasons::CELERY_PROCESS_MEMORY)
}
fn prefetch() -> Sourced<u16> {
    Sourced::default_for(1, &reasons::CELERY_PREFETCH)
}
fn max_tasks() -> Sourced<u32> {
    Sourced::default_for(1000, &reasons::CELERY_MAX_TASKS_PER_CHILD)
}

/// What runs the tasks of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// Child processes; Celery's default.
    Prefork,
    /// Threads.
    Threads,
    /// Greenlets of gevent.
    Gevent,
    /// The worker's own process, one task at a time.
    Solo,
}

impl ComponentType for Worker {
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
        texts::plain(Place::Queue, &mut self.queues, visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, _: &Around<'_>) -> Facts {
        Facts {
            type_name,
            runs: Runs::Application,
            foreign_image: None,
            program: None,
            workload: Some(Workload::Deployment),
            command: CommandSource::PresetOfModule,
            celery: Some(CeleryRole::Worker),
            queues: self.queues.clone(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
            ports: Ports::none(),
            expose: None,
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas: self.replicas,
            autoscale: self.autoscale.clone(),
            most_pods: most_pods(self.replicas.as_ref(), self.autoscale.as_ref()),
            is_called: false,
            only_one: None,
            process_memory: Some(self.process_memory),
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
            keeps_volume: false,
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

/// What answers the probes of a worker or beat: a word, or `false` for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum CeleryProbes {
    /// `false` for no probes, `true` for the heartbeat.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// How it is asked.
    #[serde(rename = "$string")]
    By(CeleryProbe),
}

/// How a probe finds out whether Celery works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CeleryProbe {
    /// A script of Seaway starts Celery and touches a file at each heartbeat; probes look at the age of the file. Costs nothing,
    /// and a busy worker is alive.
    Heartbeat,
    /// `celery inspect ping` asks the worker through the broker, without a script of Seaway. Each question imports the
    /// application, some three seconds of cpu, so it is asked once in five minutes. Beat does not answer it.
    Ping,
}
