//! Objects + edges → `NetworkPolicy` objects: everything is closed, and exactly the declared flows are open.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
    NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::{Component, Expose, StaticFiles};
use seaway_core::outputs::{PGBOUNCER_PORT, POSTGRES_PORT, REDIS_PORT};
use seaway_core::outside;
use seaway_core::stack::Part;
use seaway_core::values::{Cidr, Name};
use seaway_core::{Origin, Sourced, Stack};

use crate::harden::Placer;
use crate::object::filled;
use crate::{Object, names, reasons};

/// Adds the policies of a stage.
pub(crate) fn connect(stack: &Stack, mut objects: Vec<Object>) -> Vec<Object> {
    let mut callers: BTreeMap<&Name, Vec<(&Name, Origin)>> = BTreeMap::new();
    for (name, part) in &stack.parts {
        for (target, origin) in &part.edges {
            callers.entry(target).or_default().push((name, *origin));
        }
    }
    let mut policies = vec![default_deny()];
    for (name, part) in &stack.parts {
        if part.component.pod().is_some() {
            let callers = callers.get(name).map(Vec::as_slice).unwrap_or_default();
            policies.push(policy(stack, part, callers));
        }
    }
    let mut placed = Placer::new(stack);
    for mut policy in policies {
        placed.place(&mut policy);
        objects.push(policy);
    }
    objects
}

fn both_directions() -> Vec<String> {
    vec!["Ingress".to_owned(), "Egress".to_owned()]
}

/// Closes every pod of the namespace, in both directions; other policies open it again.
fn default_deny() -> Object {
    let body = NetworkPolicy {
        metadata: ObjectMeta { name: Some("default-deny".to_owned()), ..ObjectMeta::default() },
        spec: Some(NetworkPolicySpec {
            pod_selector: filled(LabelSelector::default()),
            policy_types: Some(both_directions()),
            ..NetworkPolicySpec::default()
        }),
    };
    Object::new(body, None, Origin::Default(&reasons::FLOWS))
}

fn policy(stack: &Stack, part: &Part, callers: &[(&Name, Origin)]) -> Object {
    let selector = LabelSelector {
        match_labels: Some(names::selector(&part.name.value)),
        ..LabelSelector::default()
    };
    let (ingress, from) = ingress(part, callers).unzip();
    let (egress, to): (Vec<_>, Vec<_>) = egress(stack, part).into_iter().unzip();
    let spec = NetworkPolicySpec {
        pod_selector: filled(selector),
        policy_types: Some(both_directions()),
        ingress: Some(ingress.into_iter().collect()),
        egress: Some(egress),
    };
    let metadata = ObjectMeta { name: Some(part.name.to_string()), ..ObjectMeta::default() };
    let body = NetworkPolicy { metadata, spec: Some(spec) };
    let mut object = Object::new(body, Some(&part.name), Origin::Default(&reasons::FLOWS));
    for (rule, origins) in to.into_iter().enumerate() {
        object.origins.set(format!("spec.egress[{rule}]"), origins.rule);
        for (peer, origin) in origins.peers.into_iter().enumerate() {
            object.origins.set(format!("spec.egress[{rule}].to[{peer}]"), origin);
        }
        for (port, origin) in origins.ports.into_iter().enumerate() {
            object.origins.set(format!("spec.egress[{rule}].ports[{port}]"), origin);
        }
    }
    for (index, origin) in from.into_iter().flatten().enumerate() {
        object.origins.set(format!("spec.ingress[0].from[{index}]"), origin);
    }
    object
}

/// The port that others reach the pods of a component at.
pub(crate) fn served_port(part: &Part) -> Option<u16> {
    match &part.component {
        Component::Web(web) => match web.static_files.as_ref().map(|files| &files.value) {
            Some(StaticFiles::Sidecar(_)) => Some(crate::lower::sidecar_port(web)),
            _ => Some(web.port.get()),
        },
        Component::Flower(flower) => Some(flower.port.get()),
        Component::Process(process) => process.port.map(|port| port.get()),
        Component::Postgres(_) => Some(POSTGRES_PORT),
        Component::Redis(_) | Component::Valkey(_) => Some(REDIS_PORT),
        Component::Pgbouncer(_) => Some(PGBOUNCER_PORT),
        _ => None,
    }
}

pub(crate) fn exposure(part: &Part) -> Option<&Sourced<Expose>> {
    match &part.component {
        Component::Web(web) => Some(&web.expose),
        Component::Flower(flower) => flower.expose.as_ref(),
        Component::Process(process) => process.expose.as_ref(),
        _ => None,
    }
}

fn tcp(port: u16) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(IntOrString::Int(port.into())),
        protocol: Some("TCP".to_owned()),
        ..NetworkPolicyPort::default()
    }
}

fn pods_of(name: &Name) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        pod_selector: Some(LabelSelector {
            match_labels: Some(names::selector(name)),
            ..LabelSelector::default()
        }),
        ..NetworkPolicyPeer::default()
    }
}

fn block(cidr: &str, except: Vec<String>) -> NetworkPolicyPeer {
    let ip_block =
        IPBlock { cidr: cidr.to_owned(), except: (!except.is_empty()).then_some(except) };
    NetworkPolicyPeer { ip_block: Some(ip_block), ..NetworkPolicyPeer::default() }
}

/// The rule that lets callers in, and where each peer of it comes from; `None` if nobody calls.
fn ingress(
    part: &Part,
    callers: &[(&Name, Origin)],
) -> Option<(NetworkPolicyIngressRule, Vec<Origin>)> {
    let ports = Some(vec![tcp(served_port(part)?)]);
    let mut peers: Vec<(NetworkPolicyPeer, Origin)> =
        callers.iter().map(|(name, origin)| (pods_of(name), *origin)).collect();
    match exposure(part).map(|expose| &expose.value) {
        // Whoever reaches the node or the load balancer: their addresses are not known here.
        Some(Expose::NodePort(_) | Expose::LoadBalancer(_)) => {
            return Some((NetworkPolicyIngressRule { ports, from: None }, Vec::new()));
        }
        Some(Expose::ClusterIp(options)) => {
            let namespaces = options.from_namespaces.iter();
            peers.extend(namespaces.map(|name| (pods_in(name), name.origin)));
        }
        None => {}
    }
    let (peers, origins): (Vec<_>, Vec<_>) = peers.into_iter().unzip();
    let rule = NetworkPolicyIngressRule { ports, from: Some(peers) };
    (!origins.is_empty()).then_some((rule, origins))
}

/// Where a rule and its parts come from.
struct Opened {
    rule: Origin,
    peers: Vec<Origin>,
    ports: Vec<Origin>,
}

/// The rules that let a component out, each with what declares it.
fn egress(stack: &Stack, part: &Part) -> Vec<(NetworkPolicyEgressRule, Opened)> {
    let mut rules = Vec::new();
    let mut open = |ports: Vec<NetworkPolicyPort>, to: Vec<NetworkPolicyPeer>, origins: Opened| {
        // To the API an empty list means everything, here it means nothing.
        if !ports.is_empty() && !to.is_empty() {
            let rule = NetworkPolicyEgressRule { ports: Some(ports), to: Some(to) };
            rules.push((rule, origins));
        }
    };
    let plain = |rule: Origin| Opened { rule, peers: Vec::new(), ports: Vec::new() };
    let talks = !part.edges.is_empty() || !part.shared.egress.is_empty();
    if talks || part.component.is_process() {
        let (ports, to) = dns();
        open(ports, to, plain(Origin::Default(&reasons::FLOWS)));
    }
    for (name, origin) in &part.edges {
        let Some(target) = stack.parts.get(name) else { continue };
        if let Some(way) = outside::way(stack, target) {
            let texts = |cidrs: &[Sourced<Cidr>]| cidrs.iter().map(ToString::to_string).collect();
            let ranges = way.ranges.iter();
            let to = ranges.map(|range| block(&range.cidr, texts(&range.except))).collect();
            let peers = way.ranges.iter().map(|range| range.cidr.origin).collect();
            let origins = Opened { rule: *origin, peers, ports: vec![way.port.origin] };
            open(vec![tcp(way.port.get())], to, origins);
        } else {
            let ports = served_port(target).map(tcp).into_iter().collect();
            open(ports, vec![pods_of(name)], plain(*origin));
        }
    }
    for egress in &part.shared.egress {
        let except = egress.except.iter().map(ToString::to_string).collect();
        let ports = egress.ports.iter().map(|port| tcp(port.get())).collect();
        let origins = Opened {
            rule: egress.origin,
            peers: vec![egress.cidr.origin],
            ports: egress.ports.iter().map(|port| port.origin).collect(),
        };
        open(ports, vec![block(&egress.cidr, except)], origins);
    }
    rules
}

/// The cluster's DNS: without it no name resolves, not even inside the namespace (kubernetes/website#54997).
fn dns() -> (Vec<NetworkPolicyPort>, Vec<NetworkPolicyPeer>) {
    let port = |protocol: &str| NetworkPolicyPort {
        port: Some(IntOrString::Int(53)),
        protocol: Some(protocol.to_owned()),
        ..NetworkPolicyPort::default()
    };
    let servers = NetworkPolicyPeer {
        pod_selector: Some(label("k8s-app", "kube-dns")),
        ..pods_in("kube-system")
    };
    (vec![port("UDP"), port("TCP")], vec![servers])
}

fn label(key: &str, value: &str) -> LabelSelector {
    LabelSelector {
        match_labels: Some([(key.to_owned(), value.to_owned())].into()),
        ..LabelSelector::default()
    }
}

/// All pods of a namespace.
fn pods_in(namespace: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(label("kubernetes.io/metadata.name", namespace)),
        ..NetworkPolicyPeer::default()
    }
}
