//! `type = "external"`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::common::{Allow, Pod};
use super::facts::{
    Around, BrokerPlace, BrokerServer, CommandSource, Connections, Data, Exporter, Facts, Health,
    Outside, OwnSecret, Ports, Runs, Upstream, Way, bound, ca_file, key,
};
use super::peer::{Destination, Peer};
use super::project::Project;
use super::protocol::{Protocol, scheme, tls_of_port, tls_of_url};
use super::rds::SslMode;
use super::texts::{self, Visit};
use super::urls::path_of_url;
use super::{ComponentType, ports};
use crate::Sourced;
use crate::recipe::Recipe;
use crate::values::{Cidr, DataKey, HostName, Name, Port};

/// A backing service outside the cluster: its address, its Secret, and the way to it.
///
/// Becomes no object of its own; processes that refer to it get its outputs and a way through the network policies.
/// Outputs: `host`, `hosts` (each of them with the port, separated by commas: `b-1.example.net:9092,b-2.example.net:9092`), `port`,
/// `NAME-port` and `NAME-hosts` for each of `ports`, `name`, `username`, `sslmode`, `ca-file`, what `outputs` says, and
/// the keys of its Secret. Who refers to `NAME-port` or `NAME-hosts` is let
/// out to that port, who refers to anything else to `port`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct External {
    /// Host name or address. The name of a Service of `[[objects]]` stands for the pods that this selects: the policies let
    /// callers out to them, and let them in.
    pub host: Sourced<HostName>,
    /// Further hosts of the same service, for example the other brokers of a Kafka or the other Sentinels of a Redis. They have the
    /// same ports, and lie where `to` and `cidrs` say, or in the namespace that they name.
    #[serde(default)]
    pub hosts: Vec<Sourced<HostName>>,
    /// TCP port.
    pub port: Sourced<Port>,
    /// Further TCP ports of the same hosts by name.
    #[serde(default)]
    pub ports: BTreeMap<Sourced<Name>, Sourced<Port>>,
    /// What the preset binds it as: one word, or a list; without it nothing is bound.
    pub provides: Option<Sourced<Provided>>,
    /// The protocol that it speaks: which exporter watches it, how KEDA counts its queues, what production asks of the way to
    /// it. If it is not written, the scheme of `outputs.url` says it, else the port if it is that of a protocol.
    pub protocol: Option<Sourced<Protocol>>,
    /// Whether the connection to it is encrypted. If it is not written, the scheme of `outputs.url` says it (`amqps`,
    /// `rediss`, of `mysql` the query), else the port if it is one for TLS (5671, 6380, 443) or without it (5672, 80).
    /// Production refuses a plain connection unless `allow.plain-connection` says why.
    pub tls: Option<Sourced<bool>>,
    /// Name of the database, for the output `name`.
    pub database: Option<Sourced<String>>,
    /// Name of the user, for the output `username`.
    pub username: Option<Sourced<String>>,
    /// Most connections that a database takes (`max_connections`); known, it is compared with what the stage opens.
    pub max_connections: Option<Sourced<u32>>,
    /// Port of the management API of a RabbitMQ, at the same host. With it, and with a key `api-url` of its Secret
    /// (`https://USER:PASSWORD@HOST:15671/api/`), Flower shows its queues.
    pub management_port: Option<Sourced<Port>>,
    /// A Secret of `[secrets]`; each of its keys is an output, `url` is what the preset binds.
    pub secret: Option<Sourced<Name>>,
    /// How a PostgreSQL is verified, in libpq's words: set as `PGSSLMODE` in every process that refers to it, and what a
    /// `pgbouncer` before it goes by. What its URL says is up to the URL.
    pub sslmode: Option<Sourced<SslMode>>,
    /// The certificates that it is verified by, mounted into every container that refers to it.
    pub ca: Option<Sourced<Authority>>,
    /// Further outputs, for example `url = "redis://redis.internal:6379/3"`. They, `database` and `username` can refer to the stack
    /// and the stage: `${stage.name}`.
    #[serde(default)]
    pub outputs: BTreeMap<Sourced<DataKey>, Sourced<String>>,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
    /// Where it lies instead of in `cidrs`: `"internet"`, or pods of a namespace, `{ namespace = "…", labels = { … } }`.
    pub to: Option<Sourced<Destination>>,
    /// Address ranges that it lies in: a network policy can not name a host. **Required** unless `to` says where it lies, or
    /// `host` is a Service: one of `[[objects]]`, or one of another namespace, `<service>.<namespace>.svc`.
    #[serde(default)]
    pub cidrs: Vec<Sourced<Cidr>>,
}

impl External {
    /// The protocol that it speaks, as far as the stack says it.
    pub fn protocol(&self) -> Option<Protocol> {
        if let Some(written) = self.protocol {
            return Some(written.value);
        }
        match self.url().and_then(|url| scheme(url)) {
            Some(scheme) => Protocol::from_scheme(scheme),
            None => Protocol::from_port(self.port.get()),
        }
    }

    /// Whether the connection to it is encrypted; `None` if the stack does not say.
    pub fn tls(&self) -> Option<bool> {
        let of_url = || match self.url() {
            Some(url) => tls_of_url(url),
            None => tls_of_port(self.port.get()),
        };
        self.tls.map_or_else(of_url, |tls| Some(tls.value))
    }

    /// What it provides.
    pub fn provides(&self) -> Vec<Provides> {
        self.provides.as_ref().map(|provided| provided.value.all()).unwrap_or_default()
    }

    /// The URL that is no secret.
    pub fn url(&self) -> Option<&Sourced<String>> {
        self.outputs.iter().find(|(name, _)| *name.value == *"url").map(|(_, url)| url)
    }
}

/// What an external service is for the application: one word, or a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Provided {
    /// One of them.
    #[serde(rename = "$string")]
    One(Provides),
    /// Several of them.
    #[serde(rename = "$array")]
    Several(Vec<Sourced<Provides>>),
}

impl Provided {
    /// All of them.
    pub fn all(&self) -> Vec<Provides> {
        match self {
            Self::One(one) => vec![*one],
            Self::Several(several) => several.iter().map(|one| one.value).collect(),
        }
    }
}

/// What an external service is for the application.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Provides {
    /// A database: `DATABASE_URL`. Processes wait for its migrations.
    Database,
    /// Django's cache: `CACHE_URL`.
    Cache,
    /// Celery's broker: `CELERY_BROKER_URL`.
    Broker,
    /// Celery's result backend: `CELERY_RESULT_BACKEND`.
    Results,
}

impl Provides {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Database, Self::Cache, Self::Broker, Self::Results];

    /// The word in the stack file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Broker => "broker",
            Self::Results => "results",
        }
    }
}

/// What the name of the output with all hosts and a further port ends in.
const HOSTS: &str = "-hosts";

impl External {
    /// All of its hosts.
    pub fn all_hosts(&self) -> impl Iterator<Item = &Sourced<HostName>> {
        [&self.host].into_iter().chain(&self.hosts)
    }

    /// All of its hosts with a port, as clients of Kafka and of Sentinels take them.
    fn at(&self, port: Sourced<Port>) -> String {
        let pair = |host: &Sourced<HostName>| {
            let is_v6 = host.contains(':');
            if is_v6 {
                format!("[{host}]:{}", port.get())
            } else {
                format!("{host}:{}", port.get())
            }
        };
        self.all_hosts().map(pair).collect::<Vec<_>>().join(",")
    }

    /// Where it lies: each host in its namespace, or all others in the ranges.
    fn peers(&self) -> Vec<Sourced<Peer>> {
        let mut found: Vec<Sourced<Peer>> = Vec::new();
        for host in self.all_hosts() {
            let host = host.as_ref().map(|host| &**host);
            for peer in Peer::of_host(host, self.to.as_ref(), &self.cidrs) {
                if !found.contains(&peer) {
                    found.push(peer);
                }
            }
        }
        found
    }

    /// Its ports by name. An output with all hosts leads to the port that it ends in.
    fn further_ports(&self) -> Ports {
        let mut ports = ports::further(&self.ports, None);
        let of_hosts = self
            .ports
            .keys()
            .map(|name| (format!("{name}{HOSTS}"), BTreeSet::from([Some(name.value.clone())])));
        ports.of_outputs.extend(of_hosts);
        ports
    }

    fn outputs(&self, name: &Name) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut put = |name: &str, value: String| found.insert(name.to_owned(), value);
        put("host", self.host.to_string());
        put("hosts", self.at(self.port));
        put("port", self.port.get().to_string());
        for (name, number) in ports::outputs(&self.ports) {
            put(&name, number);
        }
        for (name, port) in &self.ports {
            put(&format!("{name}{HOSTS}"), self.at(*port));
        }
        if let Some(database) = &self.database {
            put("name", database.to_string());
        }
        if let Some(username) = &self.username {
            put("username", username.to_string());
        }
        if let Some(mode) = &self.sslmode {
            put("sslmode", mode.as_str().to_owned());
        }
        if let Some(file) = ca_file(name, self.ca.as_ref()) {
            put("ca-file", file);
        }
        for (name, value) in &self.outputs {
            put(name, value.value.clone());
        }
        found
    }

    /// How a pooler before it dials it, if it says all of that.
    fn upstream(&self, name: &Name, secret: Name) -> Option<Upstream> {
        Some(Upstream {
            host: self.host.to_string(),
            port: self.port.get(),
            database: self.database.as_ref()?.value.clone(),
            username: self.username.as_ref()?.value.clone(),
            secret,
            sslmode: self.sslmode?.value,
            ca_file: ca_file(name, self.ca.as_ref()),
        })
    }

    /// Where its queues are, if it is a broker of a protocol by which they are counted.
    fn broker(&self, provides: &[(Provides, &str)]) -> Option<BrokerPlace> {
        provides.iter().find(|(what, _)| *what == Provides::Broker)?;
        let path = self.url().and_then(|url| path_of_url(url)).filter(|path| !path.is_empty());
        let server = match self.protocol()? {
            Protocol::Redis => {
                let number = path.and_then(|path| path.parse().ok());
                BrokerServer::Redis { database: number.unwrap_or(0) }
            }
            Protocol::Amqp => BrokerServer::Amqp {
                vhost: path.map(str::to_owned),
                management: self.management_port,
            },
            Protocol::Postgresql | Protocol::Mysql | Protocol::Memcached | Protocol::Http => {
                return None;
            }
        };
        Some(BrokerPlace {
            host: self.host.to_string(),
            port: self.port.get(),
            tls: self.tls() == Some(true),
            server,
        })
    }
}

impl ComponentType for External {
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
        texts::early(self.outputs.values_mut(), visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let provides: Vec<_> = self.provides().into_iter().map(|what| (what, "url")).collect();
        let protocol = self.protocol();
        let secret = self.secret.as_ref().map(|secret| secret.value.clone());
        Facts {
            type_name,
            runs: Runs::Outside,
            foreign_image: None,
            program: None,
            workload: None,
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
            ports: self.further_ports(),
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
            upstream: secret.clone().and_then(|secret| self.upstream(around.name, secret)),
            outputs: self.outputs(around.name),
            secret: secret.map(|name| OwnSecret {
                name,
                keys: vec![(key("url"), Recipe::Given)],
                may_be_shared: true,
            }),
            basic_auth: None,
            needs_auth: false,
            bindings: bound(&provides),
            roles: None,
            broker: self.broker(&provides),
            protocol,
            encrypted: self.tls(),
            evicts: false,
            exporter: Exporter::of(protocol, &provides),
            provides,
            connections: self.max_connections.map(|most| Connections::OfOption {
                most: most.map(i64::from),
                option: "max-connections",
                pods: 1,
            }),
            data: Some(Data {
                program: type_name.to_owned(),
                major: None,
                host: None,
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
                way: Way { port: self.port, peers: self.peers() },
                named: self.host.to_string(),
                authority: self.ca.clone(),
            }),
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
