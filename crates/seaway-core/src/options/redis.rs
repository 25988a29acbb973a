//! `type = "redis"` and `type = "valkey"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::external::Provides;
use super::facts::{
    Around, BrokerPlace, BrokerServer, CommandSource, Data, Exporter, Facts, Health, OwnSecret,
    Ports, Runs, Workload, bound, key, own_secret, texts,
};
use super::project::Project;
use super::protocol::Protocol;
use super::texts::{self, Visit};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::recipe::{Piece, Recipe};
use crate::values::{DataKey, Name, Port, Quantity};

/// Redis or Valkey in the cluster, one server.
///
/// Becomes a `StatefulSet`, a `Service`, a Secret contract and, if it is durable, a `PersistentVolumeClaim`.
/// A broker never evicts, a cache always may. Outputs: `host`, `port`, `password`, `url`, and with several roles
/// `broker-url`, `cache-url`, `results-url`, each with a database of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Redis {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Version line, for example `8` (Redis) or `9` (Valkey).
    pub version: Option<Sourced<String>>,
    /// Whether it writes an append-only file to a volume, and so survives a restart.
    #[serde(default)]
    pub durable: bool,
    /// What the preset binds it as; `["broker"]` if it is durable, else `["cache"]`. `[]` binds nothing.
    pub roles: Option<Sourced<Vec<Sourced<Role>>>>,
    /// Size of the volume of a durable one; it can only grow.
    #[serde(default = "storage")]
    pub storage: Sourced<Quantity>,
    /// Storage class of the volume, one that the cluster has; `cluster.storage-class` if it is not written, else the cluster's default one.
    pub storage_class: Option<Sourced<Name>>,
    /// Whether it asks for a password; `true` if it is not written. Without one only the network policies guard it,
    /// so production refuses it unless `allow.no-password` says why: it is for applications that can not be told one.
    pub auth: Option<Sourced<bool>>,
    /// Secret with the keys `password` and `url` (and one URL a role); the component's name if it is not written.
    pub secret: Option<Sourced<Name>>,
}

/// What a Redis is used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Celery's broker: `CELERY_BROKER_URL`.
    Broker,
    /// Django's cache: `CACHE_URL`.
    Cache,
    /// Celery's result backend: `CELERY_RESULT_BACKEND`.
    Results,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Broker, Self::Cache, Self::Results];

    /// What the application uses it for.
    pub fn provides(self) -> Provides {
        match self {
            Self::Broker => Provides::Broker,
            Self::Cache => Provides::Cache,
            Self::Results => Provides::Results,
        }
    }

    /// The word in the stack file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Cache => "cache",
            Self::Results => "results",
        }
    }
}

fn storage() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(1024), &reasons::REDIS_STORAGE)
}

impl Redis {
    /// The roles that it has, each with the number of its database.
    pub fn roles(&self) -> Vec<(Role, usize)> {
        let roles = match &self.roles {
            Some(roles) => roles.iter().map(|role| role.value).collect(),
            None if self.durable => vec![Role::Broker],
            None => vec![Role::Cache],
        };
        roles.into_iter().enumerate().map(|(database, role)| (role, database)).collect()
    }

    /// Whether it asks for a password.
    pub fn has_password(&self) -> bool {
        self.auth.is_none_or(|auth| auth.value)
    }

    /// Whether it may drop entries when its memory is full: only if it is a cache and nothing else. What a Redis without a role
    /// holds is not known (channel layers and the schedule of `RedBeat` must not vanish).
    pub fn evicts(&self) -> bool {
        let roles = self.roles();
        !self.durable && !roles.is_empty() && roles.iter().all(|(role, _)| *role == Role::Cache)
    }
}

/// Port of Redis and Valkey, registered with IANA.
pub const REDIS_PORT: u16 = 6379;

/// The outputs of a Redis that are URLs, each with the number of its database: with several roles, one a role.
pub(super) fn redis_urls(roles: &[(Role, usize)]) -> Vec<(&'static str, usize)> {
    let several = roles
        .iter()
        .filter(|_| roles.len() > 1)
        .map(|(role, database)| (role_url(*role), *database));
    [("url", 0)].into_iter().chain(several).collect()
}

/// The keys of the Secret of a Redis: the password, and each URL as the text before it and the text behind it.
pub(super) fn redis_keys(
    roles: &[(Role, usize)],
    password: Recipe,
    around: impl Fn(usize) -> (String, String),
) -> Vec<(DataKey, Recipe)> {
    let urls = redis_urls(roles).into_iter().map(|(output, database)| {
        let (before, behind) = around(database);
        let pieces = vec![Piece::Text(before), Piece::Key(key("password")), Piece::Text(behind)];
        (key(output), Recipe::Composed(pieces))
    });
    [(key("password"), password)].into_iter().chain(urls).collect()
}

/// What a Redis of these roles is used for, each with the output that holds the URL.
pub(super) fn provided(roles: &[(Role, usize)]) -> Vec<(Provides, &'static str)> {
    roles.iter().map(|(role, _)| (role.provides(), url_of_role(roles, *role))).collect()
}

/// The number of the database that holds the queues, if one does.
pub(super) fn broker_database(roles: &[(Role, usize)]) -> Option<usize> {
    roles.iter().find(|(role, _)| *role == Role::Broker).map(|(_, database)| *database)
}

/// The output that holds the URL of a role.
pub fn url_of_role(roles: &[(Role, usize)], role: Role) -> &'static str {
    if roles.len() > 1 { role_url(role) } else { "url" }
}
/// The output with the URL of one of several roles.
pub fn role_url(role: Role) -> &'static str {
    match role {
        Role::Broker => "broker-url",
        Role::Cache => "cache-url",
        Role::Results => "results-url",
    }
}

/// The Redis database that a secret output leads to: `None` for an output that is not a URL.
pub fn database_of_output(roles: &[(Role, usize)], output: &str) -> Option<usize> {
    match output {
        "url" | "host" | "password" | "port" => Some(0),
        _ => roles.iter().find(|(role, _)| role_url(*role) == output).map(|(_, index)| *index),
    }
}

impl ComponentType for Redis {
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
        let roles = self.roles();
        let (name, host) = (around.name, around.object);
        let place = |database: usize| format!("{host}:{REDIS_PORT}/{database}");
        let mut outputs = texts([("host", host.to_string()), ("port", REDIS_PORT.to_string())]);
        if !self.has_password() {
            let urls = redis_urls(&roles).into_iter();
            outputs.extend(urls.map(|(output, database)| {
                (output.to_owned(), format!("redis://{}", place(database)))
            }));
        }
        let secret = self.has_password().then(|| OwnSecret {
            name: own_secret(self.secret.as_ref(), name),
            keys: redis_keys(&roles, Recipe::Opaque, |database| {
                ("redis://:".to_owned(), format!("@{}", place(database)))
            }),
            may_be_shared: false,
        });
        let provides = provided(&roles);
        Facts {
            type_name,
            runs: Runs::OwnImage,
            foreign_image: None,
            program: Some(type_name.into()),
            workload: Some(Workload::StatefulSet),
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: Some(Sourced { value: Port::new(REDIS_PORT), origin: name.origin }),
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
            outputs,
            secret,
            basic_auth: None,
            needs_auth: false,
            bindings: bound(&provides),
            provides,
            broker: broker_database(&roles).map(|database| BrokerPlace {
                host: format!("{host}.{}.svc", around.namespace),
                port: REDIS_PORT,
                tls: false,
                server: BrokerServer::Redis { database },
            }),
            roles: Some(roles),
            protocol: Some(Protocol::Redis),
            encrypted: Some(false),
            evicts: self.evicts(),
            exporter: Some(Exporter::Redis),
            connections: None,
            data: Some(Data {
                program: type_name.to_owned(),
                major: None,
                host: None,
                durable: self.durable,
            }),
            extensions: Vec::new(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: self.durable,
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
