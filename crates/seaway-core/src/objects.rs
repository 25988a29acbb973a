//! Services of `[[objects]]`, as far as other components have to know them: where they are reached, and whose pods answer.

use std::collections::BTreeMap;

use crate::options::External;
use crate::stack::{Part, Stack};
use crate::{Node, Span, Value};

/// A Service of the user's own, in the namespace of the stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name, which pods of the namespace call it by.
    pub name: String,
    /// The labels of the pods that answer.
    pub selector: BTreeMap<String, String>,
    /// Its TCP ports.
    pub ports: Vec<ServicePort>,
    /// The place of its name.
    pub span: Span,
}

/// A port of a Service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServicePort {
    /// The port that callers dial.
    pub number: u16,
    /// The port of the pods.
    pub target: TargetPort,
}

/// A port of a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetPort {
    /// By its number.
    Number(u16),
    /// By the name that a container gives it.
    Name(String),
}

/// The Services of `[[objects]]` that select pods of the stack's namespace.
pub fn services(stack: &Stack) -> Vec<Service> {
    stack.objects.iter().filter_map(|object| service(stack, object)).collect()
}

fn service(stack: &Stack, object: &Node) -> Option<Service> {
    let text = |path: [&str; 2]| object.at(path).and_then(Node::as_str);
    let is_service = object.get("kind").and_then(Node::as_str) == Some("Service")
        && object.get("apiVersion").and_then(Node::as_str) == Some("v1");
    let around = text(["metadata", "namespace"]);
    if !is_service || around.is_some_and(|around| *around != **stack.namespace) {
        return None;
    }
    let name = object.at(["metadata", "name"])?;
    let selector: BTreeMap<String, String> = object
        .at(["spec", "selector"])?
        .as_table()?
        .iter()
        .filter_map(|(key, value)| Some((key.value.clone(), value.as_str()?.to_owned())))
        .collect();
    let ports = match object.at(["spec", "ports"]).map(|ports| &ports.value) {
        Some(Value::Array(ports)) => ports.iter().filter_map(port).collect(),
        _ => Vec::new(),
    };
    let is_headless_name = selector.is_empty();
    (!is_headless_name).then(|| Service {
        name: name.as_str().unwrap_or_default().to_owned(),
        selector,
        ports,
        span: name.span,
    })
}

fn port(node: &Node) -> Option<ServicePort> {
    let is_tcp = node.get("protocol").is_none_or(|protocol| protocol.as_str() == Some("TCP"));
    let number = number(node.get("port")?).filter(|_| is_tcp)?;
    let target = match node.get("targetPort") {
        Some(target) => match target.as_str() {
            Some(name) => TargetPort::Name(name.to_owned()),
            None => TargetPort::Number(self::number(target)?),
        },
        // Without one it is the port itself.
        None => TargetPort::Number(number),
    };
    Some(ServicePort { number, target })
}

fn number(node: &Node) -> Option<u16> {
    match node.value {
        Value::Integer(number) => u16::try_from(number).ok().filter(|number| *number > 0),
        _ => None,
    }
}

/// The name of the Service of the stack's namespace that a host stands for: `search`, `search.shop`, `search.shop.svc`,
/// `search.shop.svc.cluster.local`.
pub fn service_name<'h>(stack: &Stack, host: &'h str) -> Option<&'h str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let Some((name, rest)) = host.split_once('.') else { return Some(host) };
    let rest = rest.strip_prefix(&**stack.namespace)?;
    matches!(rest, "" | ".svc" | ".svc.cluster.local").then_some(name)
}

/// The Service of `[[objects]]` that a component is reached by.
pub fn behind(stack: &Stack, part: &Part) -> Option<Service> {
    let external = part.component.options::<External>()?;
    let name = service_name(stack, &external.host)?;
    services(stack).into_iter().find(|service| service.name == name)
}

impl Service {
    /// The port of its pods behind one of its own.
    pub fn target(&self, number: u16) -> Option<&TargetPort> {
        self.ports.iter().find(|port| port.number == number).map(|port| &port.target)
    }
}
