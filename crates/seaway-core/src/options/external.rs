//! `type = "external"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ComponentType;
use super::authority::Authority;
use super::common::{Allow, Pod};
use super::facts::{
    Around, CommandSource, Data, Exporter, Facts, Health, Outside, OwnSecret, Range, RedisBroker,
    Runs, Upstream, Way, bound, ca_file, key,
};
use super::project::Project;
use super::rds::SslMode;
use crate::Sourced;
use crate::recipe::Recipe;
use crate::values::{Cidr, DataKey, HostName, Name, Port};

/// A backing service outside the cluster: its address, its Secret, and the way to it.
///
/// Becomes no object of its own; processes that refer to it get its outputs and a way through the network policies.
/// Outputs: `host`, `port`, `name`, `username`, `sslmode`, `ca-file`, what `outputs` says, and the keys of its Secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct External {
    /// Host name or address.
    pub host: Sourced<HostName>,
    /// TCP port.
    pub port: Sourced<Port>,
    /// What the preset binds it as; without it nothing is bound.
    pub provides: Option<Sourced<Provides>>,
    /// Name of the database, for the output `name`.
    pub database: Option<Sourced<String>>,
    /// Name of the user, for the output `username`.
    pub username: Option<Sourced<String>>,
    /// A Secret of `[secrets]`; each of its keys is an output, `url` is what the preset binds.
    pub secret: Option<Sourced<Name>>,
    /// How a PostgreSQL is verified, in libpq's words: set as `PGSSLMODE` in every process that refers to it, and what a
    /// `pgbouncer` before it goes by. What its URL says is up to the URL.
    pub sslmode: Option<Sourced<SslMode>>,
    /// The certificates that it is verified by, mounted into every container that refers to it.
    pub ca: Option<Sourced<Authority>>,
    /// Further outputs, for example `url = "redis://redis.internal:6379/3"`.
    #[serde(default)]
    pub outputs: BTreeMap<Sourced<DataKey>, Sourced<String>>,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
    /// Address ranges that it lies in: a network policy can not name a host.
    pub cidrs: Vec<Sourced<Cidr>>,
}

/// What an external service is for the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl External {
    fn outputs(&self, name: &Name) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut put = |name: &str, value: String| found.insert(name.to_owned(), value);
        put("host", self.host.to_string());
        put("port", self.port.get().to_string());
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

    fn provides(&self, what: Provides) -> bool {
        self.provides.as_ref().is_some_and(|provides| provides.value == what)
    }

    fn broker(&self) -> Option<RedisBroker> {
        let url = self.outputs.iter().find(|(name, _)| &****name == "url");
        let url = url.map_or("", |(_, url)| url.as_str());
        let is_redis =
            url.starts_with("redis") || (url.is_empty() && matches!(self.port.get(), 6379 | 6380));
        (self.provides(Provides::Broker) && is_redis).then(|| RedisBroker {
            host: self.host.to_string(),
            port: self.port.get(),
            database: url.rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(0),
            tls: url.starts_with("rediss:"),
        })
    }

    fn exporter(&self) -> Option<Exporter> {
        match self.provides.as_ref()?.value {
            Provides::Database => Some(Exporter::Postgres),
            Provides::Broker | Provides::Cache => Some(Exporter::Redis),
            Provides::Results => None,
        }
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

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let provides: Vec<_> = self.provides.iter().map(|what| (what.value, "url")).collect();
        let secret = self.secret.as_ref().map(|secret| secret.value.clone());
        Facts {
            type_name,
            runs: Runs::Outside,
            program: None,
            workload: None,
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
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
            waits_for_schema: false,
            migration: None,
            passes_pooler: false,
            pooler: None,
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
            provides,
            roles: None,
            broker: self.broker(),
            evicts: false,
            exporter: self.exporter(),
            connections: None,
            data: Some(Data {
                program: type_name.to_owned(),
                major: None,
                host: None,
                durable: true,
            }),
            keeps_volume: false,
            expected_within_hours: None,
            is_suspended: false,
            outside: Some(Outside {
                way: Way { port: self.port, ranges: Range::plain(self.cidrs.iter().cloned()) },
                named: self.host.to_string(),
                authority: self.ca.clone(),
            }),
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
