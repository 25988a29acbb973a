//! `type = "redis"` and `type = "valkey"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Pod;
use super::reasons;
use crate::Sourced;
use crate::values::{Name, Quantity};

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

    /// Whether it may drop entries when its memory is full: only if nothing but a cache lives there.
    pub fn evicts(&self) -> bool {
        !self.durable && self.roles().iter().all(|(role, _)| *role == Role::Cache)
    }
}
