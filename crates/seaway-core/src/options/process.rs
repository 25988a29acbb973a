//! Processes other than web and worker, and the admin processes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Pod;
use super::expose::Expose;
use super::project::Project;
use super::reasons;
use super::web::Autoscale;
use crate::Sourced;
use crate::values::{Name, Port, Quantity, Schedule};

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
    /// Command in place of Celery's, a word an item; it must not need a shell.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Scheduler class, for example `django_celery_beat.schedulers:DatabaseScheduler` (`--scheduler`).
    pub scheduler: Option<Sourced<String>>,
    /// Size of a volume for the schedule file; without it the file lies in a scratch volume.
    pub storage: Option<Sourced<Quantity>>,
    /// Storage class of that volume; `cluster.storage-class` if it is not written.
    pub storage_class: Option<Sourced<Name>>,
}

/// Flower, Celery's monitor.
///
/// Becomes a `Deployment` of one pod and a `Service` that nothing but a port-forward reaches, unless `expose` says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Flower {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// Command in place of Flower's, a word an item; it must not need a shell.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Port that it listens on.
    #[serde(default = "flower_port")]
    pub port: Sourced<Port>,
    /// Secret of `[secrets]` with a key `basic-auth` that holds `user:password`.
    pub auth: Option<Sourced<Name>>,
    /// Who reaches it.
    pub expose: Option<Sourced<Expose>>,
}

fn flower_port() -> Sourced<Port> {
    Sourced::default_for(Port::new(5555), &reasons::FLOWER_PORT)
}

/// The migrations of a release.
///
/// Becomes a `Job` whose name carries the hash of what it runs: a new release makes a new Job, the same release none.
/// Processes that use the database wait until its migrations are there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Migrate {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// Command in place of `python manage.py migrate --noinput`, a word an item.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Command that exits with 0 once the migrations of its own code are there, in place of
    /// `python manage.py migrate --check`.
    #[serde(default)]
    pub check_command: Vec<Sourced<String>>,
    /// Seconds that a pod waits for the migrations before it fails.
    #[serde(default = "schema_timeout")]
    pub wait_seconds: Sourced<u32>,
    /// Seconds after which the Job is given up.
    #[serde(default = "deadline")]
    pub deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again.
    #[serde(default = "retries")]
    pub retries: Sourced<u16>,
    /// Seconds after its end when the Job is removed; without it it stays, so that applying again does not run it again.
    pub ttl_seconds: Option<Sourced<u32>>,
}

/// A command of the application that runs once a release.
///
/// Becomes a `Job` whose name carries the hash of what it runs. Any change of its image, command or environment runs
/// it again, so it must be safe to repeat.
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
    /// The command, a word an item.
    pub command: Vec<Sourced<String>>,
    /// Whether it waits for the migrations.
    #[serde(default = "yes")]
    pub wait_for_schema: bool,
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

/// A command of the application that runs on a schedule.
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
    /// The command, a word an item.
    pub command: Vec<Sourced<String>>,
    /// Time zone of the schedule, for example `Europe/Berlin`.
    #[serde(default = "utc")]
    pub time_zone: Sourced<String>,
    /// What happens when a run is due while the last one still runs.
    #[serde(default = "forbid")]
    pub concurrency_policy: Sourced<ConcurrencyPolicy>,
    /// Stops new runs and keeps the object.
    #[serde(default)]
    pub suspend: bool,
    /// Whether it waits for the migrations.
    #[serde(default = "yes")]
    pub wait_for_schema: bool,
    /// Whether it goes past a `pgbouncer` straight to the database: for dumps, and for what sets up its session.
    #[serde(default)]
    pub past_pooler: bool,
    /// Seconds after which a run is given up.
    #[serde(default = "deadline")]
    pub deadline_seconds: Sourced<u32>,
    /// Seconds by which a run may start late before it is left out.
    #[serde(default = "starting_deadline")]
    pub starting_deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again.
    #[serde(default = "cron_retries")]
    pub retries: Sourced<u16>,
    /// Hours within which a run has to succeed, or `monitoring` raises an alert: 26 for a daily backup.
    pub expected_within_hours: Option<Sourced<u32>>,
}

/// Any other process of the application image.
///
/// Becomes a `Deployment`; with a port also a `Service`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Process {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// The command, a word an item; it must not need a shell.
    pub command: Vec<Sourced<String>>,
    /// Port that it listens on.
    pub port: Option<Sourced<Port>>,
    /// Pods that run at the same time. Zero stops the process and keeps its objects.
    pub replicas: Option<Sourced<u16>>,
    /// Lets Kubernetes choose the number of pods; excludes `replicas`.
    pub autoscale: Option<Sourced<Autoscale>>,
    /// Stops the old pod before the new one starts, for a process of which there must never be two.
    #[serde(default)]
    pub singleton: bool,
    /// Whether it waits for the migrations.
    #[serde(default = "yes")]
    pub wait_for_schema: bool,
    /// Who reaches its port.
    pub expose: Option<Sourced<Expose>>,
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

fn yes() -> bool {
    true
}
fn schema_timeout() -> Sourced<u32> {
    Sourced::default_for(300, &reasons::SCHEMA_TIMEOUT)
}
fn deadline() -> Sourced<u32> {
    Sourced::default_for(1800, &reasons::JOB_DEADLINE)
}
fn retries() -> Sourced<u16> {
    Sourced::default_for(6, &reasons::JOB_RETRIES)
}
fn cron_retries() -> Sourced<u16> {
    Sourced::default_for(2, &reasons::CRON_RETRIES)
}
fn utc() -> Sourced<String> {
    Sourced::default_for("Etc/UTC".to_owned(), &reasons::CRON_TIME_ZONE)
}
fn forbid() -> Sourced<ConcurrencyPolicy> {
    Sourced::default_for(ConcurrencyPolicy::Forbid, &reasons::CRON_NO_OVERLAP)
}
fn starting_deadline() -> Sourced<u32> {
    Sourced::default_for(600, &reasons::CRON_START_DEADLINE)
}
