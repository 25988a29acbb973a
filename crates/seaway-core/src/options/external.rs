//! `type = "external"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::common::Allow;
use super::rds::SslMode;
use crate::Sourced;
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
