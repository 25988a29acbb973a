//! `type = "web"`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod, Resources};
use super::expose::{ClusterIp, Expose};
use super::facts::{
    Around, CommandSource, Facts, HTTP_PORT, Health, Runs, Workload, most_pods,
    production_replicas, served,
};
use super::project::Project;
use super::schema_wait::{self, WaitForSchema};
use super::server::{KeepAlive, Processes, Server, ServerFacts};
use super::texts::{self, Visit};
use super::{ComponentType, ports, reasons, settled};
use crate::Sourced;
use crate::values::{Image, MountPath, Name, Port, Quantity, UrlPath};

/// A web process of the application.
///
/// Becomes a `Deployment` and a `Service`, with a `HorizontalPodAutoscaler` or a `PodDisruptionBudget` where they
/// make sense. A rollout drops no request: new pods are ready before old ones leave, and old ones drain first.
/// Outputs: `host`, `port`, `url`, and `NAME-port` for each of `ports`. Who refers to `NAME-port` reaches that port, who refers
/// to anything else reaches the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Web {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Where the parts of the Django project are.
    #[serde(rename = "$project")]
    #[schemars(flatten)]
    pub project: Project,
    /// The server that runs the application.
    #[serde(default = "server")]
    pub server: Sourced<Server>,
    /// Command in place of the server's, a word an item; it must not need a shell.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Port that the server listens on.
    #[serde(default = "port")]
    pub port: Sourced<Port>,
    /// Further ports by name that its processes listen on beside the server (gRPC, metrics of its own); the name is also theirs
    /// in the pods and the `Service`. `expose` does not lead to them.
    #[serde(default)]
    pub ports: BTreeMap<Sourced<Name>, Sourced<Port>>,
    /// Pods that run at the same time. Zero stops the process and keeps its objects.
    pub replicas: Option<Sourced<u16>>,
    /// Lets Kubernetes choose the number of pods; excludes `replicas`.
    pub autoscale: Option<Sourced<Autoscale>>,
    /// Whether and how it waits for the migrations of its database; it does if it is not written.
    pub wait_for_schema: Option<Sourced<WaitForSchema>>,
    /// Server processes of one pod; daphne has one.
    #[serde(default = "workers")]
    pub workers: Sourced<u16>,
    /// Threads of one server process (gunicorn, uwsgi).
    #[serde(default = "threads")]
    pub threads: Sourced<u16>,
    /// Memory of one server process. What is not written of `resources` is computed from it, and a limit that is written
    /// holds all of them.
    #[serde(default = "process_memory")]
    pub process_memory: Sourced<Quantity>,
    /// Seconds after which a hanging server process is replaced (gunicorn), or one with a request that runs longer (uwsgi). The
    /// nginx of `static-files` waits longer than that for an answer, and at least an hour where a server of ASGI may have
    /// `WebSocket`s.
    #[serde(default = "timeout")]
    pub timeout_seconds: Sourced<u32>,
    /// Seconds that running requests have to end when the pod stops. A server that aborts them gets this time before SIGTERM.
    #[serde(default = "graceful_timeout")]
    pub graceful_timeout_seconds: Sourced<u32>,
    /// Seconds that an idle connection stays open. If it is not written, longer than an `alb` waits. Of granian and daphne it is
    /// 60 s, which nothing changes.
    #[serde(default = "keep_alive")]
    pub keep_alive_seconds: Sourced<u32>,
    /// Requests after which a server process is replaced; 0 for never (gunicorn, uwsgi).
    #[serde(default = "max_requests")]
    pub max_requests: Sourced<u32>,
    /// Seconds that a stopping pod goes on serving, until every load balancer knows. If it is not written, 20 where a load
    /// balancer of AWS sends requests to the pods themselves.
    #[serde(default = "drain")]
    pub drain_seconds: Sourced<u32>,
    /// Who reaches it: `cluster-ip`, `node-port`, `load-balancer`, `ingress`, `alb` or `gateway`.
    #[serde(default = "expose")]
    pub expose: Sourced<Expose>,
    /// Whether its server processes show metrics by django-prometheus, each at a port of its own, for `monitoring`; `true`
    /// for gunicorn with the preset's command if it is not written. The application has to have django-prometheus.
    pub metrics: Option<Sourced<bool>>,
    /// Who serves static files: `app` (whitenoise), or a `sidecar` (nginx).
    #[serde(default)]
    pub static_files: Option<Sourced<StaticFiles>>,
}

fn server() -> Sourced<Server> {
    Sourced::default_for(Server::Gunicorn, &reasons::WEB_SERVER)
}
fn port() -> Sourced<Port> {
    Sourced::default_for(Port::new(8000), &reasons::WEB_PORT)
}
fn workers() -> Sourced<u16> {
    Sourced::default_for(2, &reasons::GUNICORN_WORKERS)
}
fn threads() -> Sourced<u16> {
    Sourced::default_for(4, &reasons::GUNICORN_THREADS)
}
fn process_memory() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(128), &reasons::WEB_PROCESS_MEMORY)
}
fn timeout() -> Sourced<u32> {
    Sourced::default_for(30, &reasons::GUNICORN_TIMEOUT)
}
fn graceful_timeout() -> Sourced<u32> {
    Sourced::default_for(30, &reasons::GUNICORN_GRACEFUL_TIMEOUT)
}
fn keep_alive() -> Sourced<u32> {
    Sourced::default_for(75, &reasons::GUNICORN_KEEP_ALIVE)
}
fn max_requests() -> Sourced<u32> {
    Sourced::default_for(1000, &reasons::GUNICORN_MAX_REQUESTS)
}
fn drain() -> Sourced<u32> {
    Sourced::default_for(10, &reasons::WEB_DRAIN)
}
fn expose() -> Sourced<Expose> {
    Sourced::default_for(Expose::ClusterIp(ClusterIp::default()), &reasons::EXPOSE_CLUSTER_IP)
}

/// Lets the cluster choose the number of pods.
///
/// By their cpu use it is a `HorizontalPodAutoscaler`, which needs metrics-server in the cluster. By the length of queues,
/// for workers, it is a `ScaledObject` of KEDA, which has to be installed in the namespace `keda`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Autoscale {
    /// Fewest pods; 0 only with `queue-length`.
    pub min: Sourced<u16>,
    /// Most pods.
    pub max: Sourced<u16>,
    /// Percent of the requested cpu that is aimed at. A request that is not written is 250m for each process.
    #[serde(default = "cpu_percent")]
    pub cpu_percent: Sourced<u16>,
    /// Tasks that wait in the worker's queues for each pod, in place of the cpu use: KEDA starts more pods while more wait.
    /// The broker is a Redis or a RabbitMQ, which KEDA asks by its URL (`amqp://` or `amqps://`). Tasks that run do not count,
    /// and of a Redis those of other priorities than the usual one do not either.
    pub queue_length: Option<Sourced<u32>>,
}

fn cpu_percent() -> Sourced<u16> {
    Sourced::default_for(70, &reasons::AUTOSCALE_CPU)
}

/// Who serves static files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "type")]
pub enum StaticFiles {
    /// The application itself, by whitenoise.
    App(AppStatic),
    /// An nginx beside the server, which passes everything else on.
    Sidecar(Box<SidecarStatic>),
}

/// Static files served by the application need nothing more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppStatic {}

/// Static files served by nginx.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SidecarStatic {
    /// The image of nginx; it must run without root.
    pub image: Option<Sourced<Image>>,
    /// URL that the files lie under, Django's `STATIC_URL`.
    pub url: Option<Sourced<UrlPath>>,
    /// Where they lie in the sidecar.
    pub root: Option<Sourced<MountPath>>,
    /// Size limit of the copied files.
    pub size: Option<Sourced<Quantity>>,
    /// Largest body of a request in MiB; 10 if it is not written. The scratch volumes of nginx and of the server hold two of them.
    pub max_body_mebibytes: Option<Sourced<u32>>,
    /// Requested and allowed cpu and memory.
    #[serde(default)]
    pub resources: Resources,
}

/// First port of the metrics of a web component, the one that django-prometheus' documentation uses:
/// <https://github.com/django-commons/django-prometheus/blob/master/documentation/exports.md>.
pub const METRICS_PORT: u16 = 8001;
/// MiB of the largest body that the nginx beside a server takes.
pub const NGINX_BODY: u32 = 10;
/// Port of the nginx beside a server; unprivileged, and not one that a server commonly has.
const NGINX_PORT: u16 = 8080;

impl Web {
    /// The nginx beside the server, if it serves the static files.
    pub fn nginx(&self) -> Option<&SidecarStatic> {
        match &self.static_files.as_ref()?.value {
            StaticFiles::Sidecar(sidecar) => Some(sidecar),
            StaticFiles::App(_) => None,
        }
    }

    /// The largest body of a request that reaches the server, if something before it says so: the nginx beside it or its front.
    pub fn largest_body(&self) -> Option<Sourced<Quantity>> {
        let of_nginx = self.nginx().map(|nginx| {
            let size = nginx.max_body_mebibytes;
            let size = size.unwrap_or(Sourced::default_for(NGINX_BODY, &reasons::NGINX_BODY));
            size.map(Quantity::mebibytes)
        });
        let of_front = self.expose.handling().and_then(|handling| handling.body_size);
        // The smaller of both lets nothing larger through.
        of_nginx.into_iter().chain(of_front).min_by_key(|size| size.value.units())
    }

    /// The port of the nginx beside the server: not the server's own.
    pub fn nginx_port(&self) -> Port {
        Port::new(if self.port.get() == NGINX_PORT { NGINX_PORT + 1 } else { NGINX_PORT })
    }

    /// What is known about the server, if the preset starts it.
    pub fn preset_server(&self) -> Option<ServerFacts> {
        self.command.is_empty().then(|| self.server.value.facts())
    }

    /// Seconds that the stack gives the server for a request, if it says so and the server is told.
    pub fn answers_within(&self) -> Option<Sourced<u32>> {
        self.preset_server()?.timeout?;
        Some(self.timeout_seconds).filter(|seconds| seconds.span().is_some())
    }

    /// Server processes of one pod.
    pub fn processes(&self) -> Sourced<u16> {
        match self.preset_server().map(|server| server.processes) {
            Some(Processes::One) => Sourced::default_for(1, &reasons::ONE_PROCESS),
            Some(Processes::Flag { .. }) | None => self.workers,
        }
    }

    /// Seconds that a stopping pod goes on serving after the drain, because its server aborts requests that run at
    /// SIGTERM.
    pub fn linger_seconds(&self) -> u32 {
        let aborts = self
            .preset_server()
            .is_some_and(|server| !server.finishes_requests(self.processes().value));
        if aborts { self.graceful_timeout_seconds.value } else { 0 }
    }

    /// Seconds that its server keeps an idle connection, where the stack can not change them.
    pub fn fixed_keep_alive(&self) -> Option<u32> {
        match self.preset_server()?.keep_alive {
            KeepAlive::Fixed(seconds) => Some(seconds),
            KeepAlive::Flag(_) => None,
        }
    }

    /// Seconds that what answers at the pod's port keeps an idle connection.
    fn keep_alive(&self, needed: Option<Sourced<u32>>) -> Sourced<u32> {
        match self.fixed_keep_alive() {
            Some(seconds) if self.nginx().is_none() => {
                Sourced::default_for(seconds, &reasons::FIXED_KEEP_ALIVE)
            }
            Some(_) | None => settled::longer(self.keep_alive_seconds, needed),
        }
    }

    fn port_of_pods(&self) -> Sourced<Port> {
        if self.nginx().is_some() { self.port.map(|_| self.nginx_port()) } else { self.port }
    }

    /// The ports at which its server processes show their metrics, one a process, if the process is the preset's own.
    fn metrics_ports(&self, around: &Around<'_>) -> Option<RangeInclusive<u16>> {
        let is_usual = || {
            around.is_django() && self.preset_server().is_some_and(|server| server.shows_metrics)
        };
        if !self.metrics.map_or_else(is_usual, |metrics| metrics.value) {
            return None;
        }
        let last = |first: u16| first.saturating_add(self.processes().value.max(1) - 1);
        let usual = METRICS_PORT..=last(METRICS_PORT);
        if !usual.contains(&self.port.get()) {
            return Some(usual);
        }
        let first = self.port.get().saturating_add(1);
        Some(first..=last(first))
    }
}

impl ComponentType for Web {
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
        texts::exposed(Some(&mut self.expose), visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let expose = settled::exposed_web(self, around);
        let drain = expose.as_ref().and_then(|expose| settled::drain(expose));
        let keep_alive = expose.as_ref().and_then(|expose| settled::keep_alive(expose));
        let is_free = self.replicas.is_none() && self.autoscale.is_none();
        let usual = is_free.then(|| production_replicas(around)).flatten();
        let replicas = self.replicas.or(usual);
        let mut outputs = served(around.object, HTTP_PORT);
        outputs.extend(ports::outputs(&self.ports));
        Facts {
            type_name,
            runs: Runs::Application,
            foreign_image: None,
            program: None,
            workload: Some(Workload::Deployment),
            command: CommandSource::PresetOfModule,
            celery: None,
            queues: Vec::new(),
            answers_requests: true,
            needs_hosts: true,
            port: Some(self.port_of_pods()),
            ports: ports::further(&self.ports, None),
            expose,
            health: Health::AlsoLiveness,
            metrics: self.metrics_ports(around),
            drain: Some(settled::longer(self.drain_seconds, drain)),
            keep_alive: Some(self.keep_alive(keep_alive)),
            replicas,
            autoscale: self.autoscale.clone(),
            most_pods: most_pods(replicas.as_ref(), self.autoscale.as_ref()),
            is_called: true,
            only_one: None,
            process_memory: Some(self.process_memory),
            waits_for_schema: schema_wait::settled(self.wait_for_schema.as_ref()),
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs,
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
            more_images: self.nginx().and_then(|nginx| nginx.image.clone()).into_iter().collect(),
            copies_static: self.nginx().is_some(),
        }
    }
}
