//! `type = "flower"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::expose::Expose;
use super::facts::{
    Around, CeleryRole, CommandSource, Facts, Health, Ports, Runs, Workload, served,
};
use super::project::Project;
use super::texts::{self, Visit};
use super::{ComponentType, reasons, settled};
use crate::Sourced;
use crate::values::{Name, Port};

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

/// The path at which Flower says that it runs (<https://flower.readthedocs.io/en/latest/prometheus-integration.html>).
pub const FLOWER_HEALTH: &str = "/healthcheck";

impl ComponentType for Flower {
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
        texts::exposed(self.expose.as_mut(), visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        Facts {
            type_name,
            runs: Runs::Application,
            foreign_image: None,
            program: None,
            workload: Some(Workload::Deployment),
            command: CommandSource::PresetOfModule,
            celery: Some(CeleryRole::Flower),
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: Some(self.port),
            ports: Ports::none(),
            expose: settled::exposed(self.expose.as_ref(), around),
            health: Health::Path(FLOWER_HEALTH),
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
            outputs: served(around.object, self.port.get()),
            secret: None,
            basic_auth: self.auth.clone(),
            needs_auth: true,
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
