//! The Redis that a process has for its broker, as something that is not the application has to know it: host, database,
//! password and whether it asks for TLS.

use crate::options::RedisBroker;
use crate::outputs::contract;
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

/// What is known of a component that is a Redis and a broker.
fn redis<'a>(stack: &'a Stack, part: &'a Part) -> Option<Broker<'a>> {
    let RedisBroker { host, port, database, tls } = part.facts.broker.clone()?;
    let secret = contract(stack, part);
    let password = secret.and_then(|secret| {
        let key = secret.keys.keys().find(|key| &***key == "password")?;
        Some((&secret.name.value, key.clone()))
    });
    Some(Broker {
        name: &part.name.value,
        host,
        port,
        database,
        tls,
        lacks_password: secret.is_some() && password.is_none(),
        password,
        is_in_cluster: !part.facts.is_outside(),
    })
}
