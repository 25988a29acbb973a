//! The Redis that a process has for its broker, as something that is not the application has to know it: host, database,
//! password and whether it asks for TLS.

use crate::options::{Component, Provides, Role};
use crate::outputs::{REDIS_PORT, contract, provides};
use crate::stack::{Part, Stack};
use crate::values::{DataKey, Name};

/// A broker that is a Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker<'a> {
    /// The component.
    pub name: &'a Name,
    /// Its host as a pod of any namespace finds it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The number of the database that holds the queues.
    pub database: usize,
    /// Whether it asks for TLS.
    pub tls: bool,
    /// The Secret that holds its password, and under which key; `None` if it asks for none.
    pub password: Option<(&'a Name, DataKey)>,
    /// Whether its Secret has no key for the password alone.
    pub lacks_password: bool,
    /// Whether it runs in the cluster, as pods of the stack.
    pub is_in_cluster: bool,
}

/// The Redis that a process has for its broker, if it has exactly one.
pub fn of<'a>(stack: &'a Stack, part: &Part) -> Option<Broker<'a>> {
    let mut brokers = part.edges.keys().filter_map(|name| redis(stack, stack.parts.get(name)?));
    let only = brokers.next()?;
    brokers.next().is_none().then_some(only)
}

/// What is known of a component that is a Redis and a broker. One more type of component is one more arm.
fn redis<'a>(stack: &'a Stack, part: &'a Part) -> Option<Broker<'a>> {
    let is_broker = provides(&part.component).iter().any(|(what, _)| *what == Provides::Broker);
    if !is_broker {
        return None;
    }
    let name = &part.name.value;
    let secret = contract(stack, part);
    let key = secret.and_then(|secret| {
        let key = secret.keys.keys().find(|key| &***key == "password")?;
        Some((&secret.name.value, key.clone()))
    });
    let lacks_password = secret.is_some() && key.is_none();
    match &part.component {
        Component::Redis(redis) | Component::Valkey(redis) => Some(Broker {
            name,
            host: format!("{name}.{}.svc", stack.namespace),
            port: REDIS_PORT,
            database: redis.roles().iter().find(|(role, _)| *role == Role::Broker)?.1,
            tls: false,
            password: key,
            lacks_password,
            is_in_cluster: true,
        }),
        Component::Elasticache(cache) => Some(Broker {
            name,
            host: cache.host.to_string(),
            port: cache.port.get(),
            database: cache.roles().iter().find(|(role, _)| *role == Role::Broker)?.1,
            tls: cache.has_tls(),
            password: key,
            lacks_password,
            is_in_cluster: false,
        }),
        Component::External(external) => {
            let url = external.outputs.iter().find(|(name, _)| &****name == "url");
            let url = url.map_or("", |(_, url)| url.as_str());
            let is_redis = url.starts_with("redis")
                || (url.is_empty() && matches!(external.port.get(), 6379 | 6380));
            is_redis.then(|| Broker {
                name,
                host: external.host.to_string(),
                port: external.port.get(),
                database: url.rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(0),
                tls: url.starts_with("rediss:"),
                password: key,
                lacks_password,
                is_in_cluster: false,
            })
        }
        _ => None,
    }
}
