//! `type = "job"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ComponentType;
use super::common::{Allow, Pod};
use super::facts::{Around, CommandSource, Facts, Health, Ports, Workload};
use super::image_run::ImageRun;
use super::migrate::{deadline, retries};
use super::project::Project;
use super::schema_wait::{self, WaitForSchema};
use super::texts::{self, Visit};
use crate::Sourced;

/// A command of the application that runs once a release, or when somebody starts it.
///
/// An image of another repository than `app.image` is not the application: it inherits nothing of `[app]`, unless
/// `inherits-app = true`.
///
/// Becomes a `Job` whose name carries the hash of what it runs. Any change of its image, command or environment runs
/// it again, so it must be safe to repeat. One that is not, for example a restore, takes `runs = "manual"`: it becomes a
/// `CronJob` that is suspended, and `kubectl create job NAME --from=cronjob/COMPONENT` runs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Job {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// Whether it is a process of the application: whether it inherits what `[app]` says, gets the variables that the preset
    /// binds, and waits for migrations. If it is not written, it is one unless its `image` is of another repository than
    /// `app.image`.
    pub inherits_app: Option<Sourced<bool>>,
    /// The command, a word an item.
    pub command: Vec<Sourced<String>>,
    /// What starts it; `release` if it is not written.
    pub runs: Option<Sourced<RunsOn>>,
    /// Whether and how it waits for the migrations of its database; it does if it is not written.
    pub wait_for_schema: Option<Sourced<WaitForSchema>>,
    /// Whether it goes past a `pgbouncer` straight to the database: for dumps, and for what sets up its session.
    #[serde(default)]
    pub past_pooler: bool,
    /// Seconds after which the Job is given up.
    #[serde(default = "deadline")]
    pub deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again.
    #[serde(default = "retries")]
    pub retries: Sourced<u16>,
    /// Seconds after its end when the Job is removed; without it it stays.
    pub ttl_seconds: Option<Sourced<u32>>,
}

/// What starts a `job`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunsOn {
    /// Each apply of a release in which what it runs has changed.
    Release,
    /// Somebody, with `kubectl create job NAME --from=cronjob/COMPONENT`; an apply never does.
    Manual,
}

impl Job {
    /// Where the stack says that only somebody starts it.
    pub fn manual(&self) -> Option<crate::Origin> {
        self.runs.filter(|runs| runs.value == RunsOn::Manual).map(|runs| runs.origin)
    }
}

impl ComponentType for Job {
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
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let runs = ImageRun::of(&self.pod, self.inherits_app.as_ref(), around);
        let is_app = runs.is_app();
        let is_manual = self.manual().is_some();
        let waits_for_schema =
            schema_wait::settled(self.wait_for_schema.as_ref()).filter(|_| is_app);
        Facts {
            type_name,
            runs: runs.runs,
            foreign_image: runs.foreign_image,
            program: runs.program,
            workload: Some(if is_manual { Workload::CronJob } else { Workload::Job }),
            command: CommandSource::Stack,
            celery: None,
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
            only_one: None,
            process_memory: None,
            waits_for_schema,
            migration: None,
            passes_pooler: self.past_pooler,
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
            is_unknown_program: !is_app,
            runs_as_root: false,
            keeps_volume: false,
            storage: Vec::new(),
            expected_within_hours: None,
            is_suspended: is_manual,
            outside: None,
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
