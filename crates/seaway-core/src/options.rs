//! What can be written in a stack file, as types: the single source of decoding, schema and reference pages.

mod app;
mod authority;
mod backup;
mod beat;
mod bind;
mod cluster;
mod common;
mod component;
mod container;
mod cron;
mod elasticache;
mod everywhere;
mod expose;
mod extensions;
mod external;
mod facts;
mod file;
mod flower;
mod image_run;
mod job;
mod migrate;
mod monitoring;
mod namespace;
mod peer;
mod pgbouncer;
mod ports;
mod postgres;
mod process;
mod project;
mod protocol;
mod rds;
mod redis;
mod reasons;
mod registry;
mod s3;
mod schema_wait;
mod secrets;
mod server;
mod service;
pub(crate) mod settled;
mod texts;
mod urls;
mod web;
mod worker;

pub use app::{App, Framework};
pub use authority::{Authority, AuthoritySource};
pub use backup::{Backup, DUMPS, Encrypt};
pub use beat::Beat;
pub use bind::{Bind, BoundAs, BoundList};
pub use cluster::{
    Assumption, Cell, ClassField, ClassRow, Cluster, Cni, DnsPlace, DnsPods, DnsRow, DnsServer,
    DnsServers, DnsSetting, Families, Identity, IpFamily, Mesh, MeshMark, Platform,
    PlatformCallers, Provider, Reclaim, StorageClass, Users,
};
pub use common::{
    Allow, Allowed, Amounts, Egress, Metadata, Mount, MountSource, Pod, PolicyRule, Probe,
    ProbeSetting, Probes, PullPolicy, Resources, RunAsUser, Scratch, SecretForm, ServiceAccount,
    ServiceAccountSetting, Shared, Spread, Toleration, TolerationEffect, TolerationOperator,
};
pub use component::{Component, ComponentType, GRAFANA_HEALTH, Monitor, MonitorRole};
pub use container::{Container, EnvFrom, EnvSource, EnvValue};
pub use cron::{ConcurrencyPolicy, Cron};
pub use elasticache::Elasticache;
pub use everywhere::Everywhere;
pub use expose::{
    AddressForm, Alb, CLASS_ANNOTATION, Certificates, CloudWords, ClusterIp, Controller, Expose,
    Form, Front, Gateway, Handling, HealthCheck, Ingress, LoadBalancer, Nlb, NlbHealthCheck,
    NodePort, Route, Routes, Scheme, TargetType, Termination, Tls, TrafficPolicy, Unit,
    WEBSOCKET_SECONDS, Word, form,
};
pub use extensions::Extensions;
pub use external::{External, Provided, Provides};
pub use facts::bound_name;
pub use facts::{
    Around, BrokerPlace, BrokerServer, CeleryRole, Claim, CommandSource, Connections, Data,
    Exporter, Facts, HTTP_PORT, Health, Migration, Outside, OwnSecret, Pooler, Runs, Upstream, Way,
    Workload,
};
pub(crate) use facts::{below, key};
pub use file::{
    AccessMode, Config, ConfigFile, ConfigValue, Layer, Patch, PatchTarget, Profile, Quota,
    QuotaSetting, StackFile, StageFile, Volume,
};
pub use flower::{FLOWER_HEALTH, Flower};
pub use job::{Job, RunsOn};
pub use migrate::Migrate;
pub use monitoring::{
    Email, Grafana, GrafanaSetting, Login, Logs, LogsSetting, Monitoring, Operator,
    OperatorSetting, Pagerduty, Receiver, ReceiverWay, Slack, Traces, Watchdog, Webhook, Workloads,
};
pub use namespace::{Namespace, NamespaceSetting};
pub use peer::{
    Destination, DestinationPods, DestinationWord, End, Peer, Range, WayOut, is_everything,
    namespace_of,
};
pub use pgbouncer::{PGBOUNCER_PORT, Pgbouncer};
pub use postgres::{POSTGRES_IMAGE, POSTGRES_PORT, Postgres};
pub use process::Process;
pub use project::Project;
pub use protocol::{Protocol, scheme, tls_of_port, tls_of_url};
pub use rds::{DatabaseRole, Rds, SslMode};
pub use reasons::{CRON_HISTORY, EXPOSE_CLUSTER_IP, JOB_BY_HAND, PRODUCTION_REPLICAS, REASONS};
pub use redis::{REDIS_PORT, Redis, Role, database_of_output, role_url, url_of_role};
pub use registry::Registry;
pub(crate) use s3::S3_KEYS;
pub use s3::{FILE_VARIABLES, FileRole, FileVariable, S3, S3_RANGES};
pub use schema_wait::{SchemaWait, WaitForSchema};
pub use secrets::{
    Development, Existing, ExternalDefault, ExternalSecrets, Remote, Sealed, SecretContract,
    SecretDefault, SecretSource, StoreKind,
};
pub use server::{
    BothFamilies, Finishes, Interface, KeepAlive, Listen, MaxRequests, Processes, Server,
    ServerFacts, Setting,
};
pub use service::Service;
pub use settled::{DEREGISTRATION_LAG, GCE_IDLE};
pub use texts::{Beside, Place, Text, Visit};
pub use urls::percent_encoded;
pub use web::{Autoscale, METRICS_PORT, NGINX_BODY, SidecarStatic, StaticFiles, Web};
pub use worker::{CeleryProbe, CeleryProbes, Pool, Worker};
