//! `type = "cron"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::facts::{Around, CommandSource, Facts, Health, Ports, Workload};
use super::image_run::ImageRun;
use super::migrate::deadline;
use super::project::Project;
use super::schema_wait::{self, WaitForSchema};
use super::texts::{self, Visit};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::values::{Schedule, TimeZone};

/// A command of the application that runs on a schedule.
///
/// An image of another repository than `app.image` is not the application: it inherits nothing of `[app]`, unless
/// `inherits-app = true`.
///
/// Becomes a `CronJob`. Runs do not overlap unless `concurrency-policy` says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Cron {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// When it runs, for example `"15 3 * * *"`.
    pub schedule: Sourced<Schedule>,
    /// Whether it is a process of the application: whether it inherits what `[app]` says, gets the variables that the preset
    /// binds, and waits for migrations. If it is not written, it is one unless its `image` is of another repository than
    /// `app.image`.
    pub inherits_app: Option<Sourced<bool>>,
    /// The command, a word an item.
    pub command: Vec<Sourced<String>>,
    /// Time zone of the schedule, for example `Europe/Berlin`.
    #[serde(default = "utc")]
    pub time_zone: Sourced<TimeZone>,
    /// What happens when a run is due while the last one still runs.
    #[serde(default = "forbid")]
    pub concurrency_policy: Sourced<ConcurrencyPolicy>,
    /// Stops new runs and keeps the object.
    pub suspend: Option<Sourced<bool>>,
    /// Whether and how it waits for the migrations of its database; it does if it is not written.
    pub wait_for_schema: Option<Sourced<WaitForSchema>>,
    /// Whether it goes past a `pgbouncer` straight to the database: for dumps, and for what sets up its session.
    #[serde(default)]
    pub past_pooler: bool,
    /// Seconds after which a run is given up.
    #[serde(default = "deadline")]
    pub deadline_seconds: Sourced<u32>,
    /// Seconds by which a run may start late before it is left out. Below 10 the controller can miss runs.
    #[serde(default = "starting_deadline")]
    pub starting_deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again.
    #[serde(default = "cron_retries")]
    pub retries: Sourced<u16>,
    /// Hours within which a run has to succeed, or `monitoring` raises an alert: 26 for a daily backup.
    pub expected_within_hours: Option<Sourced<u32>>,
}

/// What happens when a run is due while the last one still runs, in Kubernetes' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConcurrencyPolicy {
    /// Both run.
    Allow,
    /// The new run is left out.
    Forbid,
    /// The old run is stopped.
    Replace,
}

fn cron_retries() -> Sourced<u16> {
    Sourced::default_for(2, &reasons::CRON_RETRIES)
}
pub(super) fn utc() -> Sourced<TimeZone> {
    Sourced::default_for(TimeZone::utc(), &reasons::CRON_TIME_ZONE)
}
fn forbid() -> Sourced<ConcurrencyPolicy> {
    Sourced::default_for(ConcurrencyPolicy::Forbid, &reasons::CRON_NO_OVERLAP)
}
pub(super) fn starting_deadline() -> Sourced<u32> {
    Sourced::default_for(600, &reasons::CRON_START_DEADLINE)
}

impl ComponentType for Cron {
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
        let waits_for_schema =
            schema_wait::settled(self.wait_for_schema.as_ref()).filter(|_| is_app);
        Facts {
            type_name,
            runs: runs.runs,
            foreign_image: runs.foreign_image,
            program: runs.program,
            workload: Some(Workload::CronJob),
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
            expected_within_hours: self.expected_within_hours,
            is_suspended: self.suspend.is_some_and(|suspend| suspend.value),
            outside: None,
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
