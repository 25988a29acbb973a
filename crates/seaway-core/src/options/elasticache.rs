//! `type = "elasticache"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::common::{Allow, Pod};
use super::facts::{
    Around, BrokerPlace, BrokerServer, CommandSource, Data, Exporter, Facts, Health, Outside,
    OwnSecret, Ports, Runs, Way, bound, ca_file, in_network, own_secret, texts,
};
use super::peer::{Destination, Peer};
use super::project::Project;
use super::protocol::Protocol;
use super::redis::{Role, broker_database, provided, redis_keys, redis_urls};
use super::texts::{self, Visit};
use super::urls::{in_url, percent_encoded, percent_encoded_path};
use super::{ComponentType, reasons};
use crate::Sourced;
use crate::recipe::Recipe;
use crate::values::{Cidr, HostName, Name, Port};

/// Redis or Valkey on Amazon ElastiCache, or any other outside the cluster.
///
/// Becomes no object; processes that refer to it get its outputs and a way through the network policies. There is no
/// option for cluster mode: it has the database 0 alone and refuses commands over keys of several slots, which Celery
/// depends on (<https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/WhatIs.corecomponents.html>, celery/celery#8276),
/// and a serverless cache is always in that mode. A broker needs the parameter `maxmemory-policy = noeviction`: the default
/// of ElastiCache, `volatile-lru`, drops what has a time to live, results of
/// tasks included. Outputs: `host`, `port`, `username`, `password`, `ca-file`, `url`, and with several roles `broker-url`, `cache-url`, `results-url`, each with a database of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Elasticache {
    /// Primary endpoint: the name that its certificate has.
    pub host: Sourced<HostName>,
    /// TCP port.
    #[serde(default = "port")]
    pub port: Sourced<Port>,
    /// Whether the connection is encrypted and the server verified (in-transit encryption); `true` if it is not written.
    /// Production refuses anything else.
    pub tls: Option<Sourced<bool>>,
    /// Whether it asks for a token; `true` if it is not written. Production refuses anything else unless
    /// `allow.no-password` says why.
    pub auth: Option<Sourced<bool>>,
    /// Name of the user, where access is by users (RBAC); without it the token is that of the default user.
    pub username: Option<Sourced<String>>,
    /// Secret with the keys `password` and `url` (and one URL a role); the component's name if it is not written. In a URL
    /// user and password are percent-encoded.
    pub secret: Option<Sourced<Name>>,
    /// What the preset binds it as; `["cache"]` if it is not written, or what the `redis` was whose place it takes in a stage. `[]`
    /// binds nothing.
    pub roles: Option<Sourced<Vec<Sourced<Role>>>>,
    /// Where it lies instead of in `cidrs`: `"internet"`, or pods of a namespace, `{ namespace = "…", labels = { … } }`.
    pub to: Option<Sourced<Destination>>,
    /// Address ranges that it lies in: a network policy can not name a host. `cluster.network` if they are not written. The host of
    /// a Service, `<service>.<namespace>.svc`, has none: it lies in its namespace.
    #[serde(default)]
    pub cidrs: Vec<Sourced<Cidr>>,
    /// The certificates that the server is verified by; those of the image's system if it is not written, which have the
    /// authority of ElastiCache.
    pub ca: Option<Sourced<Authority>>,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
}

fn port() -> Sourced<Port> {
    Sourced::default_for(Port::new(6379), &reasons::REDIS_PORT)
}

impl Elasticache {
    /// The roles that it has, each with the number of its database.
    pub fn roles(&self) -> Vec<(Role, usize)> {
        let roles = match &self.roles {
            Some(roles) => roles.iter().map(|role| role.value).collect(),
            None => vec![Role::Cache],
        };
        roles.into_iter().enumerate().map(|(database, role)| (role, database)).collect()
    }

    /// Whether it asks for a token.
    pub fn has_password(&self) -> bool {
        self.auth.is_none_or(|auth| auth.value)
    }

    /// Whether the connection is encrypted and the server verified.
    pub fn has_tls(&self) -> bool {
        self.tls.is_none_or(|tls| tls.value)
    }
}

impl Elasticache {
    /// Host, port, database and query of a URL.
    ///
    /// Celery refuses a `rediss://` URL without `ssl_cert_reqs`; `required` is the word that redis-py, and so Django's cache
    /// and django-redis, share with Celery and kombu, `CERT_REQUIRED` is Celery's alone (celery/celery#5988,
    /// celery/celery#8113). redis-py before 6 does not look at the name in the certificate unless it is told to, and with
    /// the certificates of the system any site's would do (<https://github.com/redis/redis-py/releases/tag/v6.0.0>).
    fn place(&self, name: &Name, database: usize) -> String {
        let (host, port) = (in_url(&self.host), self.port.get());
        let mut place = format!("{host}:{port}/{database}");
        if self.has_tls() {
            place.push_str("?ssl_cert_reqs=required&ssl_check_hostname=true");
            if let Some(file) = ca_file(name, self.ca.as_ref()) {
                place.push_str("&ssl_ca_certs=");
                place.push_str(&percent_encoded_path(&file));
            }
        }
        place
    }
}

impl ComponentType for Elasticache {
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
        texts::early(&mut self.username, visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let name = around.name;
        let roles = self.roles();
        let scheme = if self.has_tls() { "rediss" } else { "redis" };
        let place = |database: usize| self.place(name, database);
        let mut outputs =
            texts([("host", self.host.to_string()), ("port", self.port.get().to_string())]);
        let mut put = |name: &str, value: String| outputs.insert(name.to_owned(), value);
        if let Some(username) = &self.username {
            put("username", username.to_string());
        }
        if let Some(file) = ca_file(name, self.ca.as_ref()) {
            put("ca-file", file);
        }
        if !self.has_password() {
            for (output, database) in redis_urls(&roles) {
                put(output, format!("{scheme}://{}", place(database)));
            }
        }
        let user = self.username.as_ref().map(|name| percent_encoded(name)).unwrap_or_default();
        let secret = self.has_password().then(|| OwnSecret {
            name: own_secret(self.secret.as_ref(), name),
            keys: redis_keys(&roles, Recipe::Given, |database| {
                (format!("{scheme}://{user}:"), format!("@{}", place(database)))
            }),
            may_be_shared: false,
        });
        let provides = provided(&roles);
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
            upstream: None,
            outputs,
            secret,
            basic_auth: None,
            needs_auth: false,
            bindings: bound(&provides),
            provides,
            broker: broker_database(&roles).map(|database| BrokerPlace {
                host: self.host.to_string(),
                port: self.port.get(),
                tls: self.has_tls(),
                server: BrokerServer::Redis { database },
            }),
            roles: Some(roles),
            protocol: Some(Protocol::Redis),
            encrypted: Some(self.has_tls()),
            evicts: false,
            exporter: Some(Exporter::Redis),
            connections: None,
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
                way: Way {
                    port: self.port,
                    peers: Peer::of_host(
                        self.host.as_ref().map(|host| &**host),
                        self.to.as_ref(),
                        &in_network(around.cluster, &self.cidrs),
                    ),
                },
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
