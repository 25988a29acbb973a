//! `type = "pgbouncer"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::external::Provides;
use super::facts::{
    Around, CommandSource, Connections, Facts, Health, Pooler, Ports, Runs, Workload, bound,
};
use super::project::Project;
use super::protocol::Protocol;
use super::texts::{self, Visit};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::values::{Name, Port};

/// PgBouncer before a database: many clients share few connections, a connection for the time of a transaction.
///
/// Becomes a `Deployment` of two pods, a `Service`, a disruption budget and the config of the server. It lets in the user of
/// the database with the password of the database, and verifies the server as the database says. The preset binds
/// `DATABASE_URL` of the processes to it, and what Django needs behind it: `CONN_MAX_AGE=0` (a connection that is kept is no
/// longer shared) and `DISABLE_SERVER_SIDE_CURSORS=true` (a cursor lives in one server connection). `prepare_threshold` needs
/// nothing: Django turns prepared statements of psycopg 3 off by itself. The settings of the application have to read these
/// two (<https://docs.djangoproject.com/en/5.2/ref/databases/#transaction-pooling-and-server-side-cursors>).
///
/// `migrate` goes past it to the database, since migrations lock and set up their session; `past-pooler` says the same of a
/// `job` or `cron`, for example a dump. Waiting for migrations goes through it, as the process does. Outputs: `host`,
/// `port`, `name`, `username`, `password`, `url`; the URL is the key `<component>-url` of the Secret of the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Pgbouncer {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// The component that it stands before: a `postgres`, an `rds`, or an `external` with `database`, `username`, `sslmode`
    /// and the key `password` in its Secret.
    pub database: Sourced<Name>,
    /// Pods that run at the same time.
    #[serde(default = "replicas")]
    pub replicas: Sourced<u16>,
    /// Most connections of one pod to the database (`default_pool_size`).
    #[serde(default = "default_pool_size")]
    pub default_pool_size: Sourced<u16>,
    /// Most clients of one pod (`max_client_conn`).
    #[serde(default = "max_client_connections")]
    pub max_client_connections: Sourced<u16>,
    /// Prepared statements that one connection keeps (`max_prepared_statements`); 0 refuses them.
    #[serde(default = "max_prepared_statements")]
    pub max_prepared_statements: Sourced<u16>,
}

fn replicas() -> Sourced<u16> {
    Sourced::default_for(2, &reasons::PGBOUNCER_REPLICAS)
}
fn default_pool_size() -> Sourced<u16> {
    Sourced::default_for(20, &reasons::PGBOUNCER_POOL_SIZE)
}
fn max_client_connections() -> Sourced<u16> {
    Sourced::default_for(1000, &reasons::PGBOUNCER_CLIENTS)
}
fn max_prepared_statements() -> Sourced<u16> {
    Sourced::default_for(200, &reasons::PGBOUNCER_PREPARED_STATEMENTS)
}

/// Port of PgBouncer, its own default.
pub const PGBOUNCER_PORT: u16 = 6432;

impl ComponentType for Pgbouncer {
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
        let (pods, clients) = (i64::from(self.replicas.value), self.max_client_connections);
        Facts {
            type_name,
            runs: Runs::OwnImage,
            foreign_image: None,
            program: Some("pgbouncer".into()),
            workload: Some(Workload::Deployment),
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: Some(Sourced { value: Port::new(PGBOUNCER_PORT), origin: around.name.origin }),
            ports: Ports::none(),
            expose: None,
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas: None,
            autoscale: None,
            most_pods: self.replicas.value,
            is_called: false,
            only_one: None,
            process_memory: None,
            waits_for_schema: None,
            migration: None,
            passes_pooler: false,
            pooler: Some(Pooler {
                database: self.database.clone(),
                pool_size: self.default_pool_size.value,
            }),
            calls: vec![self.database.clone()],
            upstream: None,
            outputs: BTreeMap::new(),
            secret: None,
            basic_auth: None,
            needs_auth: false,
            provides: vec![(Provides::Database, "url")],
            bindings: bound(&[(Provides::Database, "url")]),
            roles: None,
            broker: None,
            protocol: Some(Protocol::Postgresql),
            encrypted: Some(false),
            evicts: false,
            exporter: None,
            connections: Some(Connections::OfOption {
                most: clients.map(|clients| pods.saturating_mul(clients.into())),
                option: "max-client-connections",
                pods: pods.max(1),
            }),
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
