//! `type = "postgres"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::external::Provides;
use super::facts::{
    Around, CommandSource, Connections, Data, Exporter, Facts, Health, OwnSecret, Ports, Runs,
    Upstream, Workload, bound, key, own_secret, texts,
};
use super::project::Project;
use super::protocol::Protocol;
use super::rds::SslMode;
use super::texts::{self, Place, Visit};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::recipe::{Piece, Recipe};
use crate::values::{ExtensionName, Name, Port, Quantity};

/// PostgreSQL in the cluster, one server.
///
/// Becomes a `StatefulSet`, a `Service`, a `PersistentVolumeClaim` and a Secret contract. The application's
/// role owns its database and is not the superuser. Outputs: `host`, `port`, `name`, `username`, `password`, `url`.
/// Scripts that an `image` of your own has in `/docker-entrypoint-initdb.d` run at the first start, together with Seaway's, in the
/// order of their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Postgres {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Major version, `14` to `18`. A server reads only the files of its own major: to change it, dump and restore by way of a second
    /// component; `check --against` refuses it over a volume that exists.
    #[serde(default = "version")]
    pub version: Sourced<String>,
    /// Size of the volume; it can only grow.
    #[serde(default = "storage")]
    pub storage: Sourced<Quantity>,
    /// Storage class of the volume, one that the cluster has; `cluster.storage-class` if it is not written, else the cluster's default one.
    pub storage_class: Option<Sourced<Name>>,
    /// Name of the database; the stack's name with `_` for `-` if it is not written.
    pub database: Option<Sourced<String>>,
    /// Name of the application's role; that of the database if it is not written.
    pub username: Option<Sourced<String>>,
    /// Secret with the keys `password`, `postgres-password` and `url`; the component's name if it is not written.
    pub secret: Option<Sourced<Name>>,
    /// Most connections at a time (`max_connections`).
    #[serde(default = "max_connections")]
    pub max_connections: Sourced<u16>,
    /// Extensions of the database, for example `["pg_trgm", "citext"]`. The superuser runs `CREATE EXTENSION IF NOT EXISTS` for
    /// each at the first start, and for a database that exists already in the Job `<component>-extensions`, which `migrate` waits
    /// for. A new list restarts the server; an extension that you remove from it stays in the database. One that PostgreSQL does
    /// not come with needs an `image` that has it, and `pg_stat_statements` needs `settings.shared_preload_libraries`.
    #[serde(default)]
    pub extensions: Vec<Sourced<ExtensionName>>,
    /// More settings of the server, for example `log_min_duration_statement = "250ms"`.
    #[serde(default)]
    pub settings: std::collections::BTreeMap<Sourced<String>, Sourced<String>>,
}

fn version() -> Sourced<String> {
    Sourced::default_for("17".to_owned(), &reasons::POSTGRES_VERSION)
}
fn storage() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(1024), &reasons::POSTGRES_STORAGE)
}
fn max_connections() -> Sourced<u16> {
    Sourced::default_for(100, &reasons::POSTGRES_MAX_CONNECTIONS)
}

/// Port of PostgreSQL, registered with IANA.
pub const POSTGRES_PORT: u16 = 5432;

/// The official image of PostgreSQL.
pub const POSTGRES_IMAGE: &str = "docker.io/library/postgres";

/// The name that a database has if none is written: that of the stack, which SQL takes without quotes.
pub(super) fn usual_database(stack: &Name) -> String {
    stack.replace('-', "_")
}

impl Postgres {
    /// Name of the database.
    pub fn database(&self, stack: &Name) -> String {
        self.database.as_ref().map_or_else(|| usual_database(stack), ToString::to_string)
    }

    /// Name of the application's role.
    pub fn username(&self, stack: &Name) -> String {
        self.username.as_ref().map_or_else(|| self.database(stack), ToString::to_string)
    }
}

impl ComponentType for Postgres {
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
        texts::early([&mut self.database, &mut self.username].into_iter().flatten(), visit);
        texts::plain(Place::Setting, self.settings.values_mut(), visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let (database, username) = (self.database(around.stack), self.username(around.stack));
        let secret = own_secret(self.secret.as_ref(), around.name);
        let url = vec![
            Piece::Text(format!("postgres://{username}:")),
            Piece::Key(key("password")),
            Piece::Text(format!("@{}:{POSTGRES_PORT}/{database}", around.object)),
        ];
        Facts {
            type_name,
            runs: Runs::OwnImage,
            foreign_image: None,
            program: Some("postgres".into()),
            workload: Some(Workload::StatefulSet),
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: Some(Sourced { value: Port::new(POSTGRES_PORT), origin: around.name.origin }),
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
            upstream: Some(Upstream {
                host: around.object.to_string(),
                port: POSTGRES_PORT,
                database: database.clone(),
                username: username.clone(),
                secret: secret.clone(),
                sslmode: SslMode::Disable,
                ca_file: None,
            }),
            outputs: texts([
                ("host", around.object.to_string()),
                ("port", POSTGRES_PORT.to_string()),
                ("name", database),
                ("username", username),
            ]),
            secret: Some(OwnSecret {
                name: secret,
                keys: vec![
                    (key("password"), Recipe::Opaque),
                    (key("postgres-password"), Recipe::Opaque),
                    (key("url"), Recipe::Composed(url)),
                ],
                may_be_shared: false,
            }),
            basic_auth: None,
            needs_auth: false,
            provides: vec![(Provides::Database, "url")],
            bindings: bound(&[(Provides::Database, "url")]),
            roles: None,
            broker: None,
            protocol: Some(Protocol::Postgresql),
            encrypted: Some(false),
            evicts: false,
            exporter: Some(Exporter::Postgres),
            connections: Some(Connections::OfArgument),
            data: Some(Data {
                program: format!("postgres {}", self.version),
                major: self.version.parse().ok(),
                host: None,
                durable: true,
            }),
            extensions: self.extensions.clone(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: true,
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
