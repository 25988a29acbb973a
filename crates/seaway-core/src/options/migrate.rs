//! `type = "migrate"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::facts::{Around, CommandSource, Facts, Health, Migration, Ports, Runs, Workload};
use super::project::Project;
use super::texts::{self, Place, Visit};
use super::{ComponentType, reasons};
use crate::values::Quantity;
use crate::{Origin, Sourced};

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
    /// Seconds that a pod waits for the migrations before it fails, unless its own `wait-for-schema` says otherwise;
    /// `deadline-seconds` if it is not written.
    pub wait_seconds: Option<Sourced<u32>>,
    /// Memory of the process that migrates. What is not written of `resources` is computed from it.
    #[serde(default = "process_memory")]
    pub process_memory: Sourced<Quantity>,
    /// Seconds after which the Job is given up.
    #[serde(default = "deadline")]
    pub deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again. A run whose code cannot be imported, or whose settings cannot be read, ends the
    /// Job at once where the Job waits for its database: every retry would end the same way. Once the reason is gone, as a
    /// value of a Secret can be, delete the Job and apply again. A run that a drained node ended costs no retry, unless this is
    /// 0. The next run starts when the last one has ended, so that two never migrate at the same time.
    #[serde(default = "retries")]
    pub retries: Sourced<u16>,
    /// Seconds after its end when the Job is removed; without it it stays, so that applying again does not run it again.
    pub ttl_seconds: Option<Sourced<u32>>,
}

fn process_memory() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(512), &reasons::MIGRATE_PROCESS_MEMORY)
}
/// Seconds that the Job waits for its database.
fn database_timeout() -> Sourced<u32> {
    Sourced::default_for(300, &reasons::DATABASE_TIMEOUT)
}
pub(super) fn deadline() -> Sourced<u32> {
    Sourced::default_for(1800, &reasons::JOB_DEADLINE)
}

pub(super) fn retries() -> Sourced<u16> {
    Sourced::default_for(6, &reasons::JOB_RETRIES)
}

impl ComponentType for Migrate {
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
        texts::plain(Place::CheckCommand, &mut self.check_command, visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, _: &Around<'_>) -> Facts {
        Facts {
            type_name,
            runs: Runs::Application,
            foreign_image: None,
            program: None,
            workload: Some(Workload::Job),
            command: CommandSource::Preset,
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
            process_memory: Some(self.process_memory),
            waits_for_schema: None,
            migration: Some(Migration {
                wait_seconds: self.wait_seconds.unwrap_or(Sourced {
                    value: self.deadline_seconds.value,
                    origin: match self.deadline_seconds.origin {
                        Origin::Default(_) => Origin::Default(&reasons::SCHEMA_TIMEOUT),
                        written @ Origin::Stack(_) => written,
                    },
                }),
                database_seconds: self.wait_seconds.unwrap_or_else(database_timeout),
                check_command: self.check_command.clone(),
                is_preset: self.command.is_empty(),
            }),
            passes_pooler: true,
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
