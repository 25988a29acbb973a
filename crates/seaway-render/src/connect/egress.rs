//! The ways out of the pods of a component: to names, to what it refers to, and to what it says beyond that.

use k8s_openapi::api::networking::v1::{
    NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort,
};
use seaway_core::options::{Cluster, DnsPlace, End, WayOut};
use seaway_core::stack::Part;
use seaway_core::{Origin, Sourced, Stack, objects, outside};

use super::{block, called_ports, mesh, node, pods_in_with, pods_of, pods_with, ports_of, tcp};
use crate::reasons;

/// Where a rule and its parts come from.
pub(super) struct Opened {
    pub(super) rule: Origin,
    pub(super) peers: Vec<Origin>,
    /// Of the ranges that are taken out of a peer, by the place of both.
    pub(super) holes: Vec<((usize, usize), Origin)>,
    pub(super) ports: Vec<Origin>,
}

impl Opened {
    /// A rule whose parts all come from where it does.
    fn by(rule: Origin) -> Self {
        Self { rule, peers: Vec::new(), holes: Vec::new(), ports: Vec::new() }
    }
}

/// A rule that lets pods out, and where it comes from.
pub(super) type Rule = (NetworkPolicyEgressRule, Opened);

/// The rules that let a component out, each with what declares it.
pub(super) fn egress(stack: &Stack, part: &Part) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    // Those that can be there twice: no two components have the same pods, but two backing services can have one range, and a
    // Service of the user's own the pods of a component.
    let mut others: Vec<usize> = Vec::new();
    let mut open = |rule: Option<Rule>, is_of_component: bool| {
        let Some((rule, origins)) = rule else { return };
        let is_open = if is_of_component {
            others.iter().any(|at| rules.get(*at).is_some_and(|(open, _)| *open == rule))
        } else {
            rules.iter().any(|(open, _)| *open == rule)
        };
        if is_open {
            return;
        }
        if !is_of_component {
            others.push(rules.len());
        }
        rules.push((rule, origins));
    };
    if asks_for_names(part) {
        for (ports, to, peers) in dns(&stack.cluster) {
            let origins = Opened { peers, ..Opened::by(Origin::Default(&reasons::FLOWS)) };
            open(rule(ports, to, origins), false);
        }
    }
    if let Some((ports, peer, origin)) = mesh::way_out(stack, part) {
        open(rule(ports, vec![peer], Opened::by(origin)), false);
    }
    if let (Some(origin), Some(identity)) = (part.shared.cloud_rights(), stack.cluster.identity()) {
        for (number, issuer) in node::credentials(&stack.cluster, identity) {
            open(rule(vec![tcp(number)], vec![issuer], Opened::by(origin)), false);
        }
    }
    for (name, origin) in &part.edges {
        let Some(target) = stack.parts.get(name) else { continue };
        let ports = called_ports(stack, part, target);
        if let Some(service) = objects::behind(stack, target) {
            let found = ports.iter().flat_map(|port| {
                let targets = ports_of(&service, *port).into_iter();
                targets.map(|target| (target, port.origin))
            });
            let (ports, of_ports): (Vec<_>, Vec<_>) = found.unzip();
            let peers = vec![Origin::Stack(service.span)];
            let origins = Opened { peers, ports: of_ports, ..Opened::by(*origin) };
            open(rule(ports, vec![pods_with(&service.selector)], origins), false);
        } else if outside::way(target).is_some() {
            for way in outside::ways_to(stack, target, &ports) {
                open(opened(&way, *origin), false);
            }
        } else {
            let ports = ports.iter().map(|port| tcp(port.get())).collect();
            open(rule(ports, vec![pods_of(stack, target)], Opened::by(*origin)), true);
        }
    }
    for (origin, way) in outside::own_ways(stack, part) {
        open(opened(&way, origin), false);
    }
    rules
}

/// To the API an empty list means everything, here it means nothing.
fn rule(
    ports: Vec<NetworkPolicyPort>,
    to: Vec<NetworkPolicyPeer>,
    origins: Opened,
) -> Option<Rule> {
    let is_open = !ports.is_empty() && !to.is_empty();
    is_open.then_some((NetworkPolicyEgressRule { ports: Some(ports), to: Some(to) }, origins))
}

/// The rule of a way out.
pub(super) fn opened(way: &WayOut, origin: Origin) -> Option<Rule> {
    let ports = way.ports.iter().map(|port| tcp(port.get())).collect();
    let to = way.to.iter().map(|end| peer_of(&end.value)).collect();
    let holes = way.to.iter().enumerate().flat_map(|(peer, end)| {
        let except = match &end.value {
            End::Range(range) => range.except.as_slice(),
            End::Pods(_) => &[],
        };
        except.iter().enumerate().map(move |(at, hole)| ((peer, at), hole.origin))
    });
    let origins = Opened {
        rule: origin,
        peers: way.to.iter().map(|end| end.origin).collect(),
        holes: holes.collect(),
        ports: way.ports.iter().map(|port| port.origin).collect(),
    };
    rule(ports, to, origins)
}

/// The end of a way as a peer.
pub(crate) fn peer_of(end: &End) -> NetworkPolicyPeer {
    match end {
        End::Range(range) => {
            block(&range.cidr, range.except.iter().map(ToString::to_string).collect())
        }
        End::Pods(pods) => {
            let labels = pods.labels.iter();
            let labels = labels.map(|(key, value)| (key.value.clone(), value.value.clone()));
            pods_in_with(&pods.namespace, &labels.collect())
        }
    }
}

/// Whether its pods look names up.
pub(super) fn asks_for_names(part: &Part) -> bool {
    let shared = &part.shared;
    let talks =
        !part.edges.is_empty() || !shared.egress.is_empty() || shared.api_rights().is_some();
    talks
        || part.facts.is_monitoring()
        || part.facts.is_application()
        || part.facts.is_unknown_program
        || shared.cloud_rights().is_some()
}

/// DNS servers as a peer.
pub(crate) fn dns_peer(place: &DnsPlace) -> NetworkPolicyPeer {
    match place {
        DnsPlace::Pods { namespace, labels } => pods_in_with(namespace, labels),
        DnsPlace::Address(range) => block(range, Vec::new()),
    }
}

/// The ports and peers of a rule, each peer with where it comes from.
type Ends = (Vec<NetworkPolicyPort>, Vec<NetworkPolicyPeer>, Vec<Origin>);

/// The cluster's DNS, a rule for each set of ports: without it no name resolves, not even inside the namespace
/// (kubernetes/website#54997).
fn dns(cluster: &Cluster) -> Vec<Ends> {
    let port = |number: u16, protocol: &str| NetworkPolicyPort {
        protocol: Some(protocol.to_owned()),
        ..tcp(number)
    };
    let mut rules: Vec<(Vec<u16>, Ends)> = Vec::new();
    for Sourced { value: servers, origin } in cluster.dns() {
        let peer = dns_peer(&servers.at);
        let known = rules.iter_mut().find(|(ports, _)| *ports == servers.ports);
        if let Some((_, (_, to, origins))) = known {
            to.push(peer);
            origins.push(origin);
        } else {
            let ports = servers.ports.iter();
            let both = ports.flat_map(|number| [port(*number, "UDP"), port(*number, "TCP")]);
            let ends = (both.collect(), vec![peer], vec![origin]);
            rules.push((servers.ports, ends));
        }
    }
    rules.into_iter().map(|(_, ends)| ends).collect()
}
