//! `type = "postgres"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Pod;
use super::reasons;
use crate::Sourced;
use crate::values::{Name, Quantity};

/// PostgreSQL in the cluster, one server.
///
/// Becomes a `StatefulSet`, a `Service`, a `PersistentVolumeClaim` and a Secret contract. The application's
/// role owns its database and is not the superuser. Outputs: `host`, `port`, `name`, `username`, `password`, `url`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Postgres {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Major version, `14` to `18`. A new major needs a dump and restore: it reads another data folder.
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
