//! The ways through the network policies that are opened or closed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use seaway_core::options::Platform;

use super::{Change, Way};
use crate::connect::dns_peer;
use crate::names::{INSTANCE, PART_OF};
use crate::object::{Slot, namespace};
use crate::{Body, Bundle, Object};

pub(super) fn changes(from: &Bundle, to: &Bundle) -> Vec<Way> {
    let (old, new) = (ways(&from.objects), ways(&to.objects));
    let told = |change, (from, to, port): &(String, String, String)| Way {
        change,
        from: from.clone(),
        to: to.clone(),
        port: port.clone(),
    };
    let opened = new.difference(&old).map(|way| told(Change::Gained, way));
    let closed = old.difference(&new).map(|way| told(Change::Lost, way));
    opened.chain(closed).collect()
}

/// From, to and port.
pub(crate) type Ends = (String, String, String);

/// Where ways to DNS servers lead, whichever of them a platform has.
pub(crate) const DNS: &str = "the DNS of the cluster";

/// From, to and port of each way that a policy names. What one policy lets out and another lets in is one way.
pub(crate) fn ways(objects: &[Object]) -> BTreeSet<Ends> {
    objects.iter().flat_map(ways_of).map(|(way, _)| way).collect()
}

/// The ways of a policy, each with the path of its rule.
pub(crate) fn ways_of(object: &Object) -> Vec<(Ends, String)> {
    let Body::NetworkPolicy(policy) = &object.body else { return Vec::new() };
    let Some(spec) = &policy.spec else { return Vec::new() };
    let own = selected(Slot::<LabelSelector>::slot(&spec.pod_selector));
    let mut found = Vec::new();
    for (at, (peers, ports)) in ingress(spec).into_iter().enumerate() {
        for (peer, port) in pairs(object, &peers, &ports) {
            found.push(((peer, own.clone(), port), format!("spec.ingress[{at}]")));
        }
    }
    for (at, (peers, ports)) in egress(spec).into_iter().enumerate() {
        let path = format!("spec.egress[{at}]");
        let (servers, peers): (Vec<_>, Vec<_>) =
            peers.into_iter().partition(|peer| is_dns(peer, &ports));
        if !servers.is_empty() {
            found.push(((own.clone(), DNS.to_owned(), "UDP and TCP".to_owned()), path.clone()));
        }
        if servers.is_empty() || !peers.is_empty() {
            for (peer, port) in pairs(object, &peers, &ports) {
                found.push(((own.clone(), peer, port), path.clone()));
            }
        }
    }
    found
}

/// Where the platforms have their DNS servers, each with the ports.
static DNS_SERVERS: LazyLock<Vec<(Vec<u16>, NetworkPolicyPeer)>> = LazyLock::new(|| {
    let rows = Platform::all().into_iter().flat_map(|platform| platform.dns.value);
    let servers = rows.map(|row| row.servers());
    servers.map(|server| (server.ports, dns_peer(&server.at))).collect()
});

/// Whether a peer is where one of the platforms has its DNS servers, and nothing but their ports is open.
fn is_dns(peer: &NetworkPolicyPeer, ports: &[NetworkPolicyPort]) -> bool {
    let are_open = |known: &[u16]| {
        ports.iter().all(|port| match &port.port {
            Some(IntOrString::Int(number)) => {
                port.end_port.is_none()
                    && u16::try_from(*number).is_ok_and(|port| known.contains(&port))
            }
            _ => false,
        })
    };
    let mut servers = DNS_SERVERS.iter();
    !ports.is_empty() && servers.any(|(known, server)| server == peer && are_open(known))
}

type Rule = (Vec<NetworkPolicyPeer>, Vec<NetworkPolicyPort>);

fn ingress(spec: &NetworkPolicySpec) -> Vec<Rule> {
    let rules = spec.ingress.iter().flatten();
    rules
        .map(|rule| (rule.from.clone().unwrap_or_default(), rule.ports.clone().unwrap_or_default()))
        .collect()
}

fn egress(spec: &NetworkPolicySpec) -> Vec<Rule> {
    let rules = spec.egress.iter().flatten();
    rules
        .map(|rule| (rule.to.clone().unwrap_or_default(), rule.ports.clone().unwrap_or_default()))
        .collect()
}

fn pairs(
    object: &Object,
    peers: &[NetworkPolicyPeer],
    ports: &[NetworkPolicyPort],
) -> Vec<(String, String)> {
    let peers: Vec<String> = match peers {
        [] => vec!["anyone".to_owned()],
        peers => peers.iter().map(|peer| far_end(object, peer)).collect(),
    };
    let ports: Vec<String> = match ports {
        [] => vec!["any port".to_owned()],
        ports => ports.iter().map(port).collect(),
    };
    peers.iter().flat_map(|peer| ports.iter().map(|port| (peer.clone(), port.clone()))).collect()
}

fn far_end(object: &Object, peer: &NetworkPolicyPeer) -> String {
    if let Some(block) = &peer.ip_block {
        let except = block.except.as_deref().unwrap_or_default();
        return match except {
            [] => block.cidr.clone(),
            except => format!("{} but {}", block.cidr, except.join(", ")),
        };
    }
    let pods = selected(peer.pod_selector.as_ref());
    match &peer.namespace_selector {
        None => pods,
        Some(selector) => {
            const NAME: &str = "kubernetes.io/metadata.name";
            let labels = selector.match_labels.as_ref();
            let around = match labels.and_then(|labels| labels.get(NAME)) {
                Some(name) if name == namespace(object) => return pods,
                Some(name) => format!("namespace {name}"),
                None => format!("namespaces of {}", labelled(selector)),
            };
            if peer.pod_selector.is_none() { around } else { format!("{pods} in {around}") }
        }
    }
}

/// The component that a selector finds, or its labels.
fn selected(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else { return "all pods".to_owned() };
    let empty = BTreeMap::new();
    let labels = selector.match_labels.as_ref().unwrap_or(&empty);
    let has_expressions = selector.match_expressions.as_ref().is_some_and(|all| !all.is_empty());
    let is_plain = labels.keys().all(|key| key == INSTANCE || key == PART_OF) && !has_expressions;
    match labels.get(INSTANCE) {
        Some(instance) if is_plain => instance.clone(),
        _ => labelled(selector),
    }
}

fn labelled(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().flatten();
    let mut words: Vec<String> = labels.map(|(key, value)| format!("{key}={value}")).collect();
    for rule in selector.match_expressions.iter().flatten() {
        let values = rule.values.as_deref().unwrap_or_default().join(", ");
        words.push(format!("{} {} ({values})", rule.key, rule.operator));
    }
    if words.is_empty() { "all pods".to_owned() } else { words.join(", ") }
}

fn port(port: &NetworkPolicyPort) -> String {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let number = match &port.port {
        None => return format!("{protocol}, any port"),
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(name)) => name.clone(),
    };
    match port.end_port {
        Some(end) => format!("{protocol} {number}-{end}"),
        None => format!("{protocol} {number}"),
    }
}
