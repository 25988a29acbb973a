//! `type = "process"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::expose::Expose;
use super::facts::{
    Around, CommandSource, Facts, Health, Workload, most_pods, production_replicas, served,
};
use super::image_run::ImageRun;
use super::project::Project;
use super::protocol::Protocol;
use super::schema_wait::{self, WaitForSchema};
use super::texts::{self, Visit};
use super::web::Autoscale;
use super::{ComponentType, ports, settled};
use crate::Sourced;
use crate::values::{Name, Port};

/// Any other process of the application image.
///
/// An image of another repository than `app.image` is not the application: it inherits nothing of `[app]`, unless
/// `inherits-app = true`.
///
/// Becomes a `Deployment`; with ports also a `Service`. Outputs: with ports `host`; with a port `port`, and `url` where it may
/// speak HTTP; `NAME-port` for each of `ports`. Who refers to `NAME-port` reaches that port, who refers to anything else
/// reaches `port`. A worker of RQ (`manage.py rqworker`) has 300 seconds to end its job when the pod stops, others have 60.
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
    /// Whether it is a process of the application: whether it inherits what `[app]` says, gets the variables that the preset
    /// binds, and waits for migrations. If it is not written, it is one unless its `image` is of another repository than
    /// `app.image`.
    pub inherits_app: Option<Sourced<bool>>,
    /// The command, a word an item; it must not need a shell.
    pub command: Vec<Sourced<String>>,
    /// Port that it listens on.
    pub port: Option<Sourced<Port>>,
    /// Further ports by name, which also names them in the pods and the `Service`. Without `port`, the one of them that is known
    /// for a protocol takes its place, else the only one: others, probes and `expose` reach it there.
    #[serde(default)]
    pub ports: BTreeMap<Sourced<Name>, Sourced<Port>>,
    /// Pods that run at the same time. Zero stops the process and keeps its objects.
    pub replicas: Option<Sourced<u16>>,
    /// Lets Kubernetes choose the number of pods; excludes `replicas`.
    pub autoscale: Option<Sourced<Autoscale>>,
    /// Stops the old pod before the new one starts, for a process of which there must never be two.
    #[serde(default)]
    pub singleton: bool,
    /// Whether and how it waits for the migrations of its database; it does if it is not written.
    pub wait_for_schema: Option<Sourced<WaitForSchema>>,
    /// Who reaches its port.
    pub expose: Option<Sourced<Expose>>,
}

impl Process {
    fn outputs(&self, service: &Name) -> BTreeMap<String, String> {
        let main = ports::main(self.port, &self.ports);
        let mut found = main.map(|(_, port)| served(service, port.get())).unwrap_or_default();
        // A port without a name has always been taken for one of HTTP.
        let protocol = main.filter(|(name, _)| name.is_some());
        let protocol = protocol.and_then(|(_, port)| Protocol::from_port(port.get()));
        if protocol.is_some_and(|protocol| protocol != Protocol::Http) {
            found.remove("url");
        }
        if !self.ports.is_empty() {
            found.insert("host".to_owned(), service.to_string());
        }
        found.extend(ports::outputs(&self.ports));
        found
    }
}

impl ComponentType for Process {
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
        let runs = ImageRun::of(&self.pod, self.inherits_app.as_ref(), around);
        let is_app = runs.is_app();
        let waits_for_schema =
            schema_wait::settled(self.wait_for_schema.as_ref()).filter(|_| is_app);
        // A pod that nobody knows how to replicate is one pod.
        let has_port = self.port.is_some() || !self.ports.is_empty();
        let is_called = has_port && !self.singleton && is_app;
        let is_free = is_called && self.replicas.is_none() && self.autoscale.is_none();
        let usual = is_free.then(|| production_replicas(around)).flatten();
        let replicas = self.replicas.or(usual);
        let (main, port) = ports::main(self.port, &self.ports).unzip();
        Facts {
            type_name,
            runs: runs.runs,
            foreign_image: runs.foreign_image,
            program: runs.program,
            workload: Some(Workload::Deployment),
            command: CommandSource::Stack,
            celery: None,
            queues: Vec::new(),
            answers_requests: is_app,
            needs_hosts: false,
            port,
            ports: ports::further(&self.ports, main.flatten()),
            expose: settled::exposed(self.expose.as_ref(), around),
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas,
            autoscale: self.autoscale.clone(),
            most_pods: most_pods(replicas.as_ref(), self.autoscale.as_ref()),
            is_called,
            only_one: self.singleton.then_some("is a singleton"),
            process_memory: None,
            waits_for_schema,
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs: self.outputs(around.object),
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
            is_suspended: false,
            outside: None,
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
