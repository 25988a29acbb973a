//! `type = "rds"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::common::{Allow, Pod};
use super::external::Provides;
use super::facts::{
    Around, CommandSource, Connections, Data, Exporter, Facts, Health, Outside, OwnSecret, Ports,
    Runs, Upstream, Way, bound, ca_file, in_network, key, own_secret, texts,
};
use super::peer::{Destination, Peer};
use super::postgres::usual_database;
use super::project::Project;
use super::protocol::Protocol;
use super::texts::{self, Visit};
use super::urls::{in_url, percent_encoded, percent_encoded_path};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::recipe::{Piece, Recipe};
use crate::values::{Cidr, HostName, Name, Port};

/// PostgreSQL on Amazon RDS or Aurora, or any other PostgreSQL outside the cluster that speaks TLS.
///
/// Becomes no object of its own unless `external-name` asks for one; processes that refer to it get its outputs, a way
/// through the network policies and the certificates that the server is verified by. `PGSSLMODE` and `PGSSLROOTCERT` are
/// set in every process that refers to it, unless it refers to another database, too, with another `sslmode` or other
/// certificates: whatever dials with libpq verifies the server even if the application builds its URL from parts. Outputs: `host`, `port`, `name`,
/// `username`, `sslmode`, `ca-file`, `password`, `url`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Rds {
    /// Endpoint of the instance or cluster: the name that its certificate has.
    pub host: Sourced<HostName>,
    /// TCP port.
    #[serde(default = "port")]
    pub port: Sourced<Port>,
    /// Name of the database; the stack's name with `_` for `-` if it is not written.
    pub database: Option<Sourced<String>>,
    /// Name of the user; that of the database if it is not written.
    pub username: Option<Sourced<String>>,
    /// Secret with the keys `password` and `url`; the component's name if it is not written. In the URL user and password
    /// are percent-encoded, and it ends in `?sslmode=…&sslrootcert=…`.
    pub secret: Option<Sourced<Name>>,
    /// What the preset binds it as; `["database"]` if it is not written. `[]` is for a read replica: nothing is bound, and
    /// references reach it as any other.
    pub roles: Option<Sourced<Vec<Sourced<DatabaseRole>>>>,
    /// Where it lies instead of in `cidrs`: `"internet"`, or pods of a namespace, `{ namespace = "…", labels = { … } }`.
    pub to: Option<Sourced<Destination>>,
    /// Address ranges that it lies in: a network policy can not name a host. `cluster.network` if they are not written. The host of
    /// a Service, `<service>.<namespace>.svc`, has none: it lies in its namespace.
    #[serde(default)]
    pub cidrs: Vec<Sourced<Cidr>>,
    /// How the server is verified, in libpq's words. Production takes nothing but `verify-full`.
    #[serde(default = "sslmode")]
    pub sslmode: Sourced<SslMode>,
    /// The certificates that the server is verified by; needed unless `sslmode` is one that verifies nothing.
    pub ca: Option<Sourced<Authority>>,
    /// Most connections at a time (`max_connections`), which budgets are held against. RDS derives it from the memory of
    /// the instance: `show max_connections` tells.
    pub max_connections: Option<Sourced<u16>>,
    /// Whether a Service of type `ExternalName` gives the server a name in the cluster, which `host` then is. The
    /// certificate does not have that name, so `verify-full` excludes it.
    pub external_name: Option<Sourced<bool>>,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
}

/// What a database is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseRole {
    /// Django's database: `DATABASE_URL`.
    Database,
}

/// How a PostgreSQL server is verified, in libpq's words, the weakest first.
///
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS if the server insists.
    Allow,
    /// TLS if the server has it.
    Prefer,
    /// TLS with whoever answers.
    Require,
    /// TLS with anybody that the authority vouches for.
    VerifyCa,
    /// TLS with the server of that name.
    VerifyFull,
}

impl SslMode {
    /// The word in the stack file and for libpq.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// Whether the certificate of the server is looked at.
    pub fn verifies(self) -> bool {
        self >= Self::VerifyCa
    }
}

fn port() -> Sourced<Port> {
    Sourced::default_for(Port::new(5432), &reasons::POSTGRES_PORT)
}
fn sslmode() -> Sourced<SslMode> {
    Sourced::default_for(SslMode::VerifyFull, &reasons::RDS_SSLMODE)
}

impl Rds {
    /// Whether the preset binds it.
    pub fn is_bound(&self) -> bool {
        self.roles.as_ref().is_none_or(|roles| !roles.is_empty())
    }

    /// Whether the cluster has a name of its own for it.
    pub fn is_named_in_cluster(&self) -> bool {
        self.external_name.is_some_and(|flag| flag.value)
    }
}

impl Rds {
    /// Name of the database.
    pub fn database(&self, stack: &Name) -> String {
        self.database.as_ref().map_or_else(|| usual_database(stack), ToString::to_string)
    }

    /// Name of the user.
    pub fn username(&self, stack: &Name) -> String {
        self.username.as_ref().map_or_else(|| self.database(stack), ToString::to_string)
    }

    /// Host, port, database and query of its URL; libpq's drivers for Python all take its words in the query.
    fn place(&self, host: &str, database: &str, ca_file: Option<&str>) -> String {
        let (host, database) = (in_url(host), percent_encoded(database));
        let port = self.port.get();
        let mut place = format!("@{host}:{port}/{database}?sslmode={}", self.sslmode.as_str());
        if let Some(file) = ca_file {
            place.push_str("&sslrootcert=");
            place.push_str(&percent_encoded_path(file));
        }
        place
    }
}

impl ComponentType for Rds {
    fn pod(&self) -> Option<&Pod> {
        None
    }

    fn project(&self) -> Option<&Project> {
        None
    }

    fn allow(&self) -> &Allow {
        &self.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &[]
    }

    fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        texts::early([&mut self.database, &mut self.username].into_iter().flatten(), visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let (name, stack) = (around.name, around.stack);
        let secret = own_secret(self.secret.as_ref(), name);
        let host = if self.is_named_in_cluster() {
            around.object.to_string()
        } else {
            self.host.to_string()
        };
        let (database, username) = (self.database(stack), self.username(stack));
        let ca_file = ca_file(name, self.ca.as_ref());
        let mut outputs = texts([
            ("host", host.clone()),
            ("port", self.port.get().to_string()),
            ("name", database.clone()),
            ("username", username.clone()),
            ("sslmode", self.sslmode.as_str().to_owned()),
        ]);
        outputs.extend(ca_file.iter().map(|file| ("ca-file".to_owned(), file.clone())));
        let url = vec![
            Piece::Text(format!("postgres://{}:", percent_encoded(&username))),
            Piece::Key(key("password")),
            Piece::Text(self.place(&host, &database, ca_file.as_deref())),
        ];
        Facts {
            type_name,
            runs: Runs::Outside,
            foreign_image: None,
            program: Some("postgres".into()),
            workload: None,
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
            most_pods: 0,
            is_called: false,
            only_one: None,
            process_memory: None,
            waits_for_schema: None,
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: Some(Upstream {
                host,
                port: self.port.get(),
                database,
                username,
                secret: secret.clone(),
                sslmode: self.sslmode.value,
                ca_file,
            }),
            outputs,
            secret: Some(OwnSecret {
                name: secret,
                keys: vec![(key("password"), Recipe::Given), (key("url"), Recipe::Composed(url))],
                may_be_shared: false,
            }),
            basic_auth: None,
            needs_auth: false,
            provides: vec![(Provides::Database, "url")],
            bindings: if self.is_bound() {
                bound(&[(Provides::Database, "url")])
            } else {
                Vec::new()
            },
            roles: None,
            broker: None,
            protocol: Some(Protocol::Postgresql),
            encrypted: Some(self.sslmode.value != SslMode::Disable),
            evicts: false,
            exporter: Some(Exporter::Postgres),
            connections: self.max_connections.map(|most| Connections::OfOption {
                most: most.map(i64::from),
                option: "max-connections",
                pods: 1,
            }),
            data: Some(Data {
                program: type_name.to_owned(),
                major: None,
                host: Some(self.host.to_string()),
                durable: true,
            }),
            extensions: Vec::new(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: false,
            storage: Vec::new(),
            expected_within_hours: None,
            is_suspended: false,
            outside: Some(Outside {
                way: Way {
                    port: self.port,
                    peers: Peer::of_host(
                        self.host.as_ref().map(|host| &**host),
                        self.to.as_ref(),
                        &in_network(around.cluster, &self.cidrs),
                    ),
                },
                named: if self.is_named_in_cluster() {
                    around.object.to_string()
                } else {
                    self.host.to_string()
                },
                authority: self.ca.clone(),
            }),
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
