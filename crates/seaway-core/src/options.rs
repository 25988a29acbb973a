//! What can be written in a stack file, as types: the single source of decoding, schema and reference pages.

mod app;
mod authority;
mod bind;
mod cluster;
mod common;
mod container;
mod elasticache;
mod expose;
mod external;
mod file;
mod monitoring;
mod pgbouncer;
mod postgres;
mod process;
mod project;
mod rds;
mod redis;
mod reasons;
mod s3;
mod secrets;
mod web;
mod worker;

pub use app::{App, Framework};
pub use authority::{Authority, AuthoritySource};
pub use bind::{Bind, BoundAs, BoundList};
pub use cluster::{Cluster, Cni, Identity, Provider, Reclaim, StorageClass};
pub use common::{
    Allow, Amounts, Egress, Metadata, Mount, MountSource, Pod, PolicyRule, Probe, ProbeSetting,
    Probes, PullPolicy, Resources, Scratch, SecretForm, ServiceAccount, ServiceAccountSetting,
    Shared, Spread, Toleration, TolerationEffect, TolerationOperator,
};
pub use container::{Container, EnvFrom, EnvSource, EnvValue};
pub use elasticache::Elasticache;
pub use expose::{
    Alb, Certificates, ClusterIp, Expose, Gateway, HealthCheck, Ingress, LoadBalancer, Nlb,
    NlbHealthCheck, NodePort, Routes, Scheme, TargetType, Tls, TrafficPolicy,
};
pub use external::{External, Provides};
pub use file::{
    AccessMode, Config, ConfigFile, ConfigValue, Layer, Patch, PatchTarget, Profile, Quota,
    QuotaSetting, StackFile, StageFile, Volume,
};
pub use monitoring::{
    Email, Grafana, GrafanaSetting, Login, Logs, LogsSetting, Monitoring, Operator,
    OperatorSetting, Pagerduty, Receiver, Slack, Traces, Watchdog, Webhook, Workloads,
};
pub use pgbouncer::Pgbouncer;
pub use postgres::Postgres;
pub use process::{Beat, ConcurrencyPolicy, Cron, Flower, Job, Migrate, Process};
pub use project::Project;
pub use rds::{Rds, SslMode};
pub use reasons::{PRODUCTION_REPLICAS, REASONS};
pub use redis::{Redis, Role};
pub use s3::{FileRole, S3};
pub use secrets::{
    Development, Existing, ExternalDefault, ExternalSecrets, Remote, Sealed, SecretContract,
    SecretDefault, SecretSource, StoreKind,
};
pub use web::{Autoscale, Server, SidecarStatic, StaticFiles, Web};
pub use worker::{Pool, Worker};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::Name;

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
    /// A command of the application that runs once a release.
    Job(Box<Job>),
    /// Any other process of the application image.
    Process(Box<Process>),
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
        }
    }

    /// Whether it talks to the Kubernetes API.
    pub fn calls_kubernetes(&self) -> bool {
        matches!(self, Self::Prometheus | Self::Alloy | Self::KubeStateMetrics)
    }
}

static NOTHING_ALLOWED: Allow = Allow::new();

impl Component {
    /// The word that `type` has in the stack file.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Web(_) => "web",
            Self::Worker(_) => "worker",
            Self::Beat(_) => "beat",
            Self::Flower(_) => "flower",
            Self::Migrate(_) => "migrate",
            Self::Cron(_) => "cron",
            Self::Job(_) => "job",
            Self::Process(_) => "process",
            Self::Postgres(_) => "postgres",
            Self::Redis(_) => "redis",
            Self::Valkey(_) => "valkey",
            Self::Rds(_) => "rds",
            Self::Elasticache(_) => "elasticache",
            Self::Pgbouncer(_) => "pgbouncer",
            Self::S3(_) => "s3",
            Self::External(_) => "external",
            Self::Monitoring(_) | Self::Monitor(_) => "monitoring",
        }
    }

    /// The options that all components with pods share; `None` for a backing service outside the cluster.
    pub fn pod(&self) -> Option<&Pod> {
        Some(match self {
            Self::Web(web) => &web.pod,
            Self::Worker(worker) => &worker.pod,
            Self::Beat(beat) => &beat.pod,
            Self::Flower(flower) => &flower.pod,
            Self::Migrate(migrate) => &migrate.pod,
            Self::Cron(cron) => &cron.pod,
            Self::Job(job) => &job.pod,
            Self::Process(process) => &process.pod,
            Self::Postgres(postgres) => &postgres.pod,
            Self::Redis(redis) | Self::Valkey(redis) => &redis.pod,
            Self::Pgbouncer(pgbouncer) => &pgbouncer.pod,
            Self::Monitor(monitor) => &monitor.pod,
            Self::Rds(_)
            | Self::Elasticache(_)
            | Self::S3(_)
            | Self::External(_)
            | Self::Monitoring(_) => return None,
        })
    }

    /// Where the parts of the Django project are for it; `None` for what does not run the application.
    pub fn project(&self) -> Option<&Project> {
        Some(match self {
            Self::Web(web) => &web.project,
            Self::Worker(worker) => &worker.project,
            Self::Beat(beat) => &beat.project,
            Self::Flower(flower) => &flower.project,
            Self::Migrate(migrate) => &migrate.project,
            Self::Cron(cron) => &cron.project,
            Self::Job(job) => &job.project,
            Self::Process(process) => &process.project,
            Self::Postgres(_)
            | Self::Redis(_)
            | Self::Valkey(_)
            | Self::Pgbouncer(_)
            | Self::Monitor(_)
            | Self::Rds(_)
            | Self::Elasticache(_)
            | Self::S3(_)
            | Self::External(_)
            | Self::Monitoring(_) => return None,
        })
    }

    /// Problems of it that are known and accepted.
    pub fn allow(&self) -> &Allow {
        match self {
            Self::Rds(rds) => &rds.allow,
            Self::Elasticache(elasticache) => &elasticache.allow,
            Self::S3(s3) => &s3.allow,
            Self::External(external) => &external.allow,
            Self::Monitoring(monitoring) => &monitoring.allow,
            _ => self.pod().map_or(&NOTHING_ALLOWED, |pod| &pod.allow),
        }
    }

    /// Whether it runs the application image, and so shares the settings of `[app]`.
    pub fn is_process(&self) -> bool {
        let is_backing = matches!(
            self,
            Self::Postgres(_)
                | Self::Redis(_)
                | Self::Valkey(_)
                | Self::Pgbouncer(_)
                | Self::Monitoring(_)
                | Self::Monitor(_)
        );
        !is_backing && !self.is_outside()
    }

    /// Whether it lies outside the cluster, with credentials that are there already.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Rds(_) | Self::Elasticache(_) | Self::S3(_) | Self::External(_))
    }

    /// Whether it goes past a pooler straight to the database.
    pub fn passes_pooler(&self) -> bool {
        match self {
            Self::Migrate(_) => true,
            Self::Job(job) => job.past_pooler,
            Self::Cron(cron) => cron.past_pooler,
            _ => false,
        }
    }

    /// Who reaches it from outside of the stack.
    pub fn expose(&self) -> Option<&Sourced<Expose>> {
        match self {
            Self::Web(web) => Some(&web.expose),
            Self::Flower(flower) => flower.expose.as_ref(),
            Self::Process(process) => process.expose.as_ref(),
            Self::Monitor(monitor) => match &monitor.role {
                MonitorRole::Grafana(grafana) => grafana.expose.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Who reaches it from outside of the stack, to complete.
    pub(crate) fn expose_mut(&mut self) -> Option<&mut Sourced<Expose>> {
        match self {
            Self::Web(web) => Some(&mut web.expose),
            Self::Flower(flower) => flower.expose.as_mut(),
            Self::Process(process) => process.expose.as_mut(),
            Self::Monitor(monitor) => match &mut monitor.role {
                MonitorRole::Grafana(grafana) => grafana.expose.as_mut(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The command that replaces the default one, or that the component is made of.
    pub fn command(&self) -> &[Sourced<String>] {
        match self {
            Self::Web(web) => &web.command,
            Self::Worker(worker) => &worker.command,
            Self::Beat(beat) => &beat.command,
            Self::Flower(flower) => &flower.command,
            Self::Migrate(migrate) => &migrate.command,
            Self::Cron(cron) => &cron.command,
            Self::Job(job) => &job.command,
            Self::Process(process) => &process.command,
            Self::Postgres(_)
            | Self::Redis(_)
            | Self::Valkey(_)
            | Self::Rds(_)
            | Self::Elasticache(_)
            | Self::Pgbouncer(_)
            | Self::S3(_)
            | Self::External(_)
            | Self::Monitoring(_)
            | Self::Monitor(_) => &[],
        }
    }
}
