//! The types of components: the one place that knows all of them.
#![deny(
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "a new type answers each question"
)]

use std::any::Any;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts::{Around, CommandSource, Facts, Health, Ports, Runs, Workload, served};
use super::texts::{self, Visit};
use super::{
    Allow, Backup, Beat, Cron, Elasticache, Extensions, External, Flower, Grafana, Job, Logs,
    Migrate, Monitoring, Pgbouncer, Pod, Postgres, Process, Project, Rds, Redis, S3, Service, Web,
    Worker, settled,
};
use crate::Sourced;
use crate::values::{Name, Port};

/// A part of the stack. The key `type` says which, and with it what else can be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "type")]
pub enum Component {
    /// A web process of the application.
    Web(Box<Web>),
    /// A Celery worker.
    Worker(Box<Worker>),
    /// The Celery scheduler.
    Beat(Box<Beat>),
    /// Flower, Celery's monitor.
    Flower(Box<Flower>),
    /// The migrations of a release.
    Migrate(Box<Migrate>),
    /// A command of the application that runs on a schedule.
    Cron(Box<Cron>),
    /// A command of the application that runs once a release, or when somebody starts it.
    Job(Box<Job>),
    /// Dumps of a database on a schedule.
    Backup(Box<Backup>),
    /// Any other process of the application image.
    Process(Box<Process>),
    /// A program of somebody else, from an image of its own.
    Service(Box<Service>),
    /// PostgreSQL in the cluster.
    Postgres(Box<Postgres>),
    /// Redis in the cluster.
    Redis(Box<Redis>),
    /// Valkey in the cluster: the same options as Redis.
    Valkey(Box<Redis>),
    /// PostgreSQL outside the cluster: Amazon RDS or Aurora.
    Rds(Box<Rds>),
    /// Redis or Valkey outside the cluster: Amazon ElastiCache.
    Elasticache(Box<Elasticache>),
    /// PgBouncer before a database.
    Pgbouncer(Box<Pgbouncer>),
    /// A bucket for media and static files.
    S3(Box<S3>),
    /// A backing service outside the cluster.
    External(Box<External>),
    /// Metrics, alerts, dashboards and logs.
    Monitoring(Box<Monitoring>),
    /// A workload of `monitoring`: a part of its own once the stage is resolved, never written in a stack file.
    #[serde(skip)]
    #[schemars(skip)]
    Monitor(Box<Monitor>),
    /// The Job that creates the extensions of a `postgres`: a part of its own once the stage is resolved, never written in a
    /// stack file.
    #[serde(skip)]
    #[schemars(skip)]
    Extensions(Box<Extensions>),
}

/// A workload of `monitoring`.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// The component that it belongs to.
    pub of: Sourced<Name>,
    /// What it does.
    pub role: MonitorRole,
    /// What the stack says of its pods.
    pub pod: Pod,
}

/// What a workload of `monitoring` does.
#[derive(Debug, Clone, PartialEq)]
pub enum MonitorRole {
    /// Keeps metrics and evaluates rules.
    Prometheus,
    /// Tells receivers of alerts.
    Alertmanager,
    /// Shows dashboards.
    Grafana(Grafana),
    /// Keeps logs.
    Loki(Logs),
    /// Brings logs to Loki.
    Alloy,
    /// Makes metrics of the objects of the namespace.
    KubeStateMetrics,
    /// Makes metrics of the workers and queues of a broker.
    CeleryExporter {
        /// The component that is the broker.
        broker: Name,
    },
    /// Makes metrics of a PostgreSQL.
    PostgresExporter {
        /// The component that is the database.
        database: Name,
    },
    /// Makes metrics of a Redis.
    RedisExporter {
        /// The component that is the Redis.
        redis: Name,
    },
    /// Makes metrics of a MySQL or MariaDB.
    MysqldExporter {
        /// The component that is the database.
        database: Name,
    },
    /// Makes metrics of a Memcached.
    MemcachedExporter {
        /// The component that is the cache.
        cache: Name,
    },
}

impl MonitorRole {
    /// The port that its metrics and its interface are at: each program's own.
    pub fn port(&self) -> u16 {
        match self {
            Self::Prometheus => 9090,
            Self::Alertmanager => 9093,
            Self::Grafana(_) => 3000,
            Self::Loki(_) => 3100,
            Self::Alloy => 12345,
            Self::KubeStateMetrics => 8080,
            Self::CeleryExporter { .. } => 9808,
            Self::PostgresExporter { .. } => 9187,
            Self::RedisExporter { .. } => 9121,
            Self::MysqldExporter { .. } => 9104,
            Self::MemcachedExporter { .. } => 9150,
        }
    }

    /// The name of the program, the value of `app.kubernetes.io/name`.
    pub fn program(&self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Grafana(_) => "grafana",
            Self::Loki(_) => "loki",
            Self::Alloy => "alloy",
            Self::KubeStateMetrics => "kube-state-metrics",
            Self::CeleryExporter { .. } => "celery-exporter",
            Self::PostgresExporter { .. } => "postgres-exporter",
            Self::RedisExporter { .. } => "redis-exporter",
            Self::MysqldExporter { .. } => "mysqld-exporter",
            Self::MemcachedExporter { .. } => "memcached-exporter",
        }
    }

    /// Whether a volume of its own holds what outlives its pod.
    pub fn keeps_volume(&self) -> bool {
        matches!(self, Self::Prometheus | Self::Alertmanager | Self::Loki(_))
    }

    /// Whether it talks to the Kubernetes API.
    pub fn calls_kubernetes(&self) -> bool {
        matches!(self, Self::Prometheus | Self::Alloy | Self::KubeStateMetrics)
    }
}

/// What each type of component says of itself, from its options.
pub trait ComponentType: Any {
    /// The options that all components with pods share; `None` for what has no pods.
    fn pod(&self) -> Option<&Pod>;
    /// Where the parts of the Django project are for it; `None` for what does not run the application.
    fn project(&self) -> Option<&Project>;
    /// Problems of it that are known and accepted.
    fn allow(&self) -> &Allow;
    /// The command that the stack writes; empty if it writes none.
    fn command(&self) -> &[Sourced<String>];
    /// Visits the texts of it in which references stand. Those of `[app]` that it inherits are not among them.
    fn visit_texts(&mut self, visit: &mut Visit<'_>);
    /// All that the compiler has to know about it. `type_name` is the word that `type` has in the stack file.
    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts;
}

impl Component {
    /// The words that `type` can have.
    pub const TYPES: &[&str] = &[
        "web",
        "worker",
        "beat",
        "flower",
        "migrate",
        "cron",
        "job",
        "backup",
        "process",
        "service",
        "postgres",
        "redis",
        "valkey",
        "rds",
        "elasticache",
        "pgbouncer",
        "s3",
        "external",
        "monitoring",
    ];

    /// The word that `type` has in the stack file, and the options: the only `match` over all types in this crate
    /// beside [`Self::entry_mut`].
    fn entry(&self) -> (&'static str, &dyn ComponentType) {
        match self {
            Self::Web(web) => ("web", &**web),
            Self::Worker(worker) => ("worker", &**worker),
            Self::Beat(beat) => ("beat", &**beat),
            Self::Flower(flower) => ("flower", &**flower),
            Self::Migrate(migrate) => ("migrate", &**migrate),
            Self::Cron(cron) => ("cron", &**cron),
            Self::Job(job) => ("job", &**job),
            Self::Backup(backup) => ("backup", &**backup),
            Self::Process(process) => ("process", &**process),
            Self::Service(service) => ("service", &**service),
            Self::Postgres(postgres) => ("postgres", &**postgres),
            Self::Redis(redis) => ("redis", &**redis),
            Self::Valkey(valkey) => ("valkey", &**valkey),
            Self::Rds(rds) => ("rds", &**rds),
            Self::Elasticache(elasticache) => ("elasticache", &**elasticache),
            Self::Pgbouncer(pgbouncer) => ("pgbouncer", &**pgbouncer),
            Self::S3(s3) => ("s3", &**s3),
            Self::External(external) => ("external", &**external),
            Self::Monitoring(monitoring) => ("monitoring", &**monitoring),
            Self::Monitor(monitor) => ("monitoring", &**monitor),
            Self::Extensions(extensions) => ("postgres", &**extensions),
        }
    }

    /// The options, to complete: the same `match`, since nothing is generic over what may change.
    fn entry_mut(&mut self) -> &mut dyn ComponentType {
        match self {
            Self::Web(web) => &mut **web,
            Self::Worker(worker) => &mut **worker,
            Self::Beat(beat) => &mut **beat,
            Self::Flower(flower) => &mut **flower,
            Self::Migrate(migrate) => &mut **migrate,
            Self::Cron(cron) => &mut **cron,
            Self::Job(job) => &mut **job,
            Self::Backup(backup) => &mut **backup,
            Self::Process(process) => &mut **process,
            Self::Postgres(postgres) => &mut **postgres,
            Self::Redis(redis) | Self::Valkey(redis) => &mut **redis,
            Self::Rds(rds) => &mut **rds,
            Self::Elasticache(elasticache) => &mut **elasticache,
            Self::Pgbouncer(pgbouncer) => &mut **pgbouncer,
            Self::S3(s3) => &mut **s3,
            Self::External(external) => &mut **external,
            Self::Service(service) => &mut **service,
            Self::Monitoring(monitoring) => &mut **monitoring,
            Self::Monitor(monitor) => &mut **monitor,
            Self::Extensions(extensions) => &mut **extensions,
        }
    }

    /// Visits the texts of it in which references stand.
    pub(crate) fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        self.entry_mut().visit_texts(visit);
    }

    /// All that the compiler has to know about it.
    pub fn facts(&self, around: &Around<'_>) -> Facts {
        let (type_name, options) = self.entry();
        options.facts(type_name, around)
    }

    /// The options that all components with pods share; `None` for what has no pods.
    pub fn pod(&self) -> Option<&Pod> {
        self.entry().1.pod()
    }

    /// Where the parts of the Django project are for it; `None` for what does not run the application.
    pub fn project(&self) -> Option<&Project> {
        self.entry().1.project()
    }

    /// Problems of it that are known and accepted.
    pub fn allow(&self) -> &Allow {
        self.entry().1.allow()
    }

    /// The command that the stack writes; empty if it writes none.
    pub fn command(&self) -> &[Sourced<String>] {
        self.entry().1.command()
    }

    /// Its options, if they are of that type: for what checks or lowers the options of one type.
    pub fn options<T: ComponentType>(&self) -> Option<&T> {
        let options: &dyn Any = self.entry().1;
        options.downcast_ref()
    }
}

/// The path at which Grafana says that it runs (<https://grafana.com/docs/grafana/latest/developers/http_api/other/#health-api>).
pub const GRAFANA_HEALTH: &str = "/api/health";

impl ComponentType for Monitor {
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

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let port = self.role.port();
        let grafana = match &self.role {
            MonitorRole::Grafana(grafana) => Some(grafana),
            MonitorRole::Prometheus
            | MonitorRole::Alertmanager
            | MonitorRole::Loki(_)
            | MonitorRole::Alloy
            | MonitorRole::KubeStateMetrics
            | MonitorRole::CeleryExporter { .. }
            | MonitorRole::PostgresExporter { .. }
            | MonitorRole::RedisExporter { .. }
            | MonitorRole::MysqldExporter { .. }
            | MonitorRole::MemcachedExporter { .. } => None,
        };
        let keeps_volume = self.role.keeps_volume();
        Facts {
            type_name,
            runs: Runs::Monitoring,
            foreign_image: None,
            program: Some(self.role.program().into()),
            workload: Some(if keeps_volume { Workload::StatefulSet } else { Workload::Deployment }),
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: Some(Sourced { value: Port::new(port), origin: self.of.origin }),
            ports: Ports::none(),
            expose: settled::exposed(grafana.and_then(|grafana| grafana.expose.as_ref()), around),
            health: grafana.map_or(Health::Probes, |_| Health::BelowRoute(GRAFANA_HEALTH)),
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
            outputs: served(around.object, port),
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
            keeps_volume,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_those_of_the_schema() {
        let schema = serde_json::to_value(schemars::schema_for!(Component)).expect("JSON");
        let text = schema.to_string();
        let variants = schema["oneOf"].as_array().expect("variants").len();
        assert_eq!(variants, Component::TYPES.len(), "{text}");
        for name in Component::TYPES {
            assert!(text.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}
