//! The broker that a process has, as something that is not the application has to know it: where it is, how queues are
//! counted there, and what it asks for.

use crate::Sourced;
use crate::options::{BrokerServer, CeleryRole};
use crate::outputs::{self, Output, contract};
use crate::stack::{Part, Stack};
use crate::values::{DataKey, Name, Port};

/// A broker of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker<'a> {
    /// The component.
    pub name: &'a Name,
    /// Its host as a pod of any namespace finds it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it asks for TLS.
    pub tls: bool,
    /// Whether it runs in the cluster, as pods of the stack.
    pub is_in_cluster: bool,
    /// The program that keeps the queues.
    pub server: Server<'a>,
}

/// The program that keeps the queues of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server<'a> {
    /// Redis or Valkey.
    Redis(Redis<'a>),
    /// RabbitMQ.
    Amqp(Amqp<'a>),
}

/// A Redis that is a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redis<'a> {
    /// The number of the database that holds the queues.
    pub database: usize,
    /// The Secret that holds its password, and under which key; `None` if it asks for none.
    pub password: Option<(&'a Name, DataKey)>,
    /// Whether its Secret has no key for the password alone.
    pub lacks_password: bool,
}

/// A RabbitMQ that is a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amqp<'a> {
    /// Its URL as a pod of any namespace reaches it, with the user and the password; `None` if the stack has none.
    pub url: Option<Url<'a>>,
    /// The virtual host that holds the queues, if the stack says it.
    pub vhost: Option<String>,
}

/// A URL of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url<'a> {
    /// Text that is no secret.
    Text(String),
    /// A key of a Secret, by its name in the cluster.
    Secret(&'a Name, DataKey),
}

/// The output by which pods of other namespaces reach a broker in the cluster: KEDA looks names up in its own one.
pub const CLUSTER_URL: &str = "cluster-url";

/// The output with the URL of the management API of a RabbitMQ, user and password included.
pub const MANAGEMENT_URL: &str = "api-url";

/// The broker that a process has, if it has exactly one.
pub fn of<'a>(stack: &'a Stack, part: &Part) -> Option<Broker<'a>> {
    broker(stack, only(stack, part)?)
}

/// The only component that a process refers to and that is a broker whose queues can be counted.
fn only<'a>(stack: &'a Stack, part: &Part) -> Option<&'a Part> {
    let referred = part.edges.keys().filter_map(|name| stack.parts.get(name));
    let mut brokers = referred.filter(|part| part.facts.broker.is_some());
    let only = brokers.next()?;
    brokers.next().is_none().then_some(only)
}

/// What is known of a component that is a broker.
pub fn broker<'a>(stack: &'a Stack, part: &'a Part) -> Option<Broker<'a>> {
    let place = part.facts.broker.as_ref()?;
    let is_in_cluster = !part.facts.is_outside();
    let server = match &place.server {
        BrokerServer::Redis { database } => Server::Redis(redis(stack, part, *database)),
        BrokerServer::Amqp { vhost, .. } => {
            Server::Amqp(Amqp { url: amqp_url(stack, part), vhost: vhost.clone() })
        }
    };
    Some(Broker {
        name: &part.name.value,
        host: place.host.clone(),
        port: place.port,
        tls: place.tls,
        is_in_cluster,
        server,
    })
}

fn redis<'a>(stack: &'a Stack, part: &Part, database: usize) -> Redis<'a> {
    let secret = contract(stack, part);
    let password = secret.and_then(|secret| {
        let key = secret.keys.keys().find(|key| &***key == "password")?;
        Some((&secret.name.value, key.clone()))
    });
    let lacks_password = secret.is_some() && password.is_none();
    Redis { database, password, lacks_password }
}

/// The URL by which pods of other namespaces reach a RabbitMQ. The names in the usual one of a server in the cluster are those
/// of its namespace.
fn amqp_url<'a>(stack: &'a Stack, part: &Part) -> Option<Url<'a>> {
    let usual = || if part.facts.is_outside() { url(stack, part, "url") } else { None };
    url(stack, part, CLUSTER_URL).or_else(usual)
}

/// An output of a component that is a URL.
fn url<'a>(stack: &'a Stack, part: &Part, output: &str) -> Option<Url<'a>> {
    match outputs::of(stack, part).remove(output)? {
        Output::Text(text) => Some(Url::Text(text)),
        Output::Secret(name, key) => {
            let contract = stack.secrets.get(&name)?;
            Some(Url::Secret(&contract.name.value, key))
        }
    }
}

/// The management API of a RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Management<'a> {
    /// The component.
    pub broker: &'a Name,
    /// Its port, at the host of the broker.
    pub port: Sourced<Port>,
    /// Its URL, with user and password.
    pub url: Url<'a>,
}

/// The management API that a Flower asks: that of the RabbitMQ that it has for its broker, if the stack says where it is and
/// who may ask it.
pub fn management<'a>(stack: &'a Stack, part: &Part) -> Option<Management<'a>> {
    if part.facts.celery != Some(CeleryRole::Flower) {
        return None;
    }
    let broker = only(stack, part)?;
    let place = broker.facts.broker.as_ref()?;
    let BrokerServer::Amqp { management: Some(api), .. } = place.server else { return None };
    Some(Management {
        broker: &broker.name.value,
        port: api,
        url: url(stack, broker, MANAGEMENT_URL)?,
    })
}
