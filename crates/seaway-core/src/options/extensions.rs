//! The Job that creates the extensions of a `postgres`.

use super::common::{Allow, Pod};
use super::facts::{Around, CommandSource, Facts, Health, Ports, Runs, Workload, below, texts};
use super::project::Project;
use super::texts::{self, Visit};
use super::{ComponentType, migrate};
use crate::Sourced;
use crate::values::Name;

/// The Job that creates the extensions of a `postgres` in a database that is there already.
#[derive(Debug, Clone, PartialEq)]
pub struct Extensions {
    /// The component that is the database.
    pub of: Sourced<Name>,
    /// What the stack says of the pods of the database, as far as it holds for the Job as well.
    pub pod: Pod,
    /// Seconds after which the Job is given up.
    pub deadline_seconds: Sourced<u32>,
    /// Times that a failed run is tried again.
    pub retries: Sourced<u16>,
}

impl Extensions {
    /// The Job of a database.
    pub fn new(of: Sourced<Name>, pod: Pod) -> Self {
        Self { of, pod, deadline_seconds: migrate::deadline(), retries: migrate::retries() }
    }

    /// What the Job of a database is called, before the hash.
    pub fn name(of: &Name) -> Name {
        below(of, "extensions")
    }
}

impl ComponentType for Extensions {
    fn pod(&self) -> Option<&Pod> {
        Some(&self.pod)
    }

    fn project(&self) -> Option<&Project> {
        None
    }

    fn allow(&self) -> &Allow {
        &self.pod.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &[]
    }

    fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, _: &Around<'_>) -> Facts {
        Facts {
            type_name,
            runs: Runs::OwnImage,
            foreign_image: None,
            program: Some("postgres".into()),
            workload: Some(Workload::Job),
            command: CommandSource::Image,
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
            waits_for_schema: None,
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs: texts([]),
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
            owner: Some(self.of.clone()),
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
