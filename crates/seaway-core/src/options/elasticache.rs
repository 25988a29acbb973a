//! `type = "elasticache"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::common::Allow;
use super::reasons;
use super::redis::Role;
use crate::Sourced;
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
    /// What the preset binds it as; `["cache"]` if it is not written. `[]` binds nothing.
    pub roles: Option<Sourced<Vec<Sourced<Role>>>>,
    /// Address ranges that it lies in: a network policy can not name a host. `cluster.network` if they are not written.
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
