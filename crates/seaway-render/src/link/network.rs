//! The network policies of a bundle as the cluster applies them: which of them hold for a pod, and what a rule lets
//! through.
//!
//! Policies only ever add up: a pod that one of them selects for a direction is closed in that direction but for what
//! the rules of all of them let through
//! (<https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation>).

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use seaway_core::Sourced;
use seaway_core::options::{DnsPlace, DnsServers, End};
use seaway_core::values::Cidr;

use super::index::namespace;
use super::workloads::{Labels, NO_LABELS, PodTemplate, Pods, Selector};
use crate::object::Slot;
use crate::{Body, Object, containers, names};

/// Which way a connection goes, seen from a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    In,
    Out,
}

/// A policy and its spec.
pub(super) struct Policy<'a> {
    pub object: &'a Object,
    pub spec: &'a NetworkPolicySpec,
}

impl<'a> Policy<'a> {
    /// Whether it closes a direction. Without `policyTypes` it closes ingress, and egress if it has rules for it
    /// (`SetDefaults_NetworkPolicy` in `pkg/apis/networking/v1/defaults.go` of Kubernetes).
    pub(super) fn closes(&self, direction: Direction) -> bool {
        let types = self.spec.policy_types.as_deref().unwrap_or_default();
        let word = match direction {
            Direction::In => "Ingress",
            Direction::Out => "Egress",
        };
        if types.is_empty() {
            direction == Direction::In || self.spec.egress.as_ref().is_some_and(|e| !e.is_empty())
        } else {
            types.iter().any(|one| one == word)
        }
    }

    /// Its rules of a direction, if it closes that direction: the ports and the peers of each.
    pub(super) fn rules(&self, direction: Direction) -> impl Iterator<Item = Rule<'a>> {
        let closes = self.closes(direction);
        let inside = self.spec.ingress.iter().flatten();
        let outside = self.spec.egress.iter().flatten();
        let inside = inside.filter(move |_| closes && direction == Direction::In);
        let outside = outside.filter(move |_| closes && direction == Direction::Out);
        let inside = inside.map(|rule| (rule.ports.as_deref(), rule.from.as_deref()));
        inside.chain(outside.map(|rule| (rule.ports.as_deref(), rule.to.as_deref()))).map(
            |(ports, peers)| Rule {
                ports: ports.unwrap_or_default(),
                peers: peers.unwrap_or_default(),
            },
        )
    }

    pub(super) fn selector(&self) -> Selector<'a> {
        let selector = Slot::<LabelSelector>::slot(&self.spec.pod_selector);
        selector.map_or(Selector { labels: &NO_LABELS, expressions: &[] }, Selector::of)
    }
}

/// A rule: no ports mean all ports, no peers mean everybody.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    pub ports: &'a [NetworkPolicyPort],
    pub peers: &'a [NetworkPolicyPeer],
}

/// A port that somebody serves.
#[derive(Clone, Copy)]
pub(super) struct Served<'a> {
    pub number: i32,
    pub protocol: &'a str,
    /// The pod that serves it, for rules that call the port by its name.
    pub pod: Option<&'a PodSpec>,
}

impl Rule<'_> {
    /// Whether it lets connections to a port through.
    pub(super) fn has_port(self, served: Served<'_>) -> bool {
        self.ports.is_empty() || self.ports.iter().any(|port| is_port(port, served))
    }
}

fn is_port(port: &NetworkPolicyPort, served: Served<'_>) -> bool {
    if port.protocol.as_deref().unwrap_or("TCP") != served.protocol {
        return false;
    }
    match &port.port {
        None => true,
        Some(IntOrString::Int(first)) => {
            (*first..=port.end_port.unwrap_or(*first)).contains(&served.number)
        }
        Some(IntOrString::String(name)) => {
            let containers = served.pod.into_iter().flat_map(containers::running);
            let mut ports = containers.flat_map(|(_, container)| container.ports.iter().flatten());
            ports.any(|one| {
                one.name.as_ref() == Some(name)
                    && one.container_port == served.number
                    && one.protocol.as_deref().unwrap_or("TCP") == served.protocol
            })
        }
    }
}

/// Whether a selector of namespaces takes one of which these labels are known.
fn takes_namespace(selector: &LabelSelector, name: &str, labels: &Labels) -> bool {
    const NAME: &str = "kubernetes.io/metadata.name";
    let selector = Selector::of(selector);
    // The API server sets the name as a label of each namespace.
    selector.labels.iter().all(|(key, value)| {
        if key == NAME { value == name } else { labels.get(key) == Some(value) }
    }) && selector.expressions.iter().all(|wanted| {
        if wanted.key != NAME {
            let one = Selector { labels: &NO_LABELS, expressions: std::slice::from_ref(wanted) };
            return one.matches(labels);
        }
        let listed = wanted.values.iter().flatten().any(|value| value == name);
        match wanted.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "DoesNotExist" => false,
            _ => true,
        }
    })
}

/// The network of a bundle.
pub(super) struct Network<'a> {
    pub policies: Vec<Policy<'a>>,
    /// The peers of each policy: those of its ways in, and those of its ways out.
    peers: Vec<[Peers<'a>; 2]>,
    /// For each workload of pods, the policies with rules that select it, and which directions are closed.
    of_pod: Vec<Closed>,
    /// Labels of the namespaces of the bundle, by name.
    namespaces: Vec<(&'a str, &'a Labels)>,
    /// Makers of each component, in the order of their components.
    by_component: Vec<(&'a str, usize)>,
}

#[derive(Default)]
struct Closed {
    inside: bool,
    outside: bool,
    policies: Vec<usize>,
}

/// The rules of a policy in a direction by the pods of the bundle that they let through: in a policy with hundreds of peers only
/// those are looked at that can be of a pod.
#[derive(Default)]
struct Peers<'a> {
    /// Those that a label of the pod does not lead to. A rule without a peer lets everybody through.
    wide: Vec<(Rule<'a>, Option<&'a NetworkPolicyPeer>)>,
    by_label: BTreeMap<(&'a str, &'a str), Vec<(Rule<'a>, &'a NetworkPolicyPeer)>>,
}

impl<'a> Peers<'a> {
    fn of(rules: impl Iterator<Item = Rule<'a>>) -> Self {
        let mut peers = Self::default();
        for rule in rules {
            if rule.peers.is_empty() {
                peers.wide.push((rule, None));
            }
            // A block of addresses takes no pod of the bundle: it is meant for what lies outside of the cluster.
            for peer in rule.peers.iter().filter(|peer| peer.ip_block.is_none()) {
                let selector = peer.pod_selector.as_ref().map(Selector::of);
                let labels = selector.map(|selector| selector.labels);
                let instance = labels.and_then(|labels| labels.get_key_value(names::INSTANCE));
                match instance.or_else(|| labels?.first_key_value()) {
                    Some((key, value)) => {
                        peers.by_label.entry((key, value)).or_default().push((rule, peer));
                    }
                    None => peers.wide.push((rule, Some(peer))),
                }
            }
        }
        peers
    }

    /// The rules, each with the peer, that can let a pod with some labels through.
    fn candidates<'s>(
        &'s self,
        labels: &'s Labels,
    ) -> impl Iterator<Item = (Rule<'a>, Option<&'a NetworkPolicyPeer>)> + use<'s, 'a> {
        let named = labels.iter().filter_map(|(key, value)| self.by_label.get(&(&**key, &**value)));
        let named = named.flatten().map(|(rule, peer)| (*rule, Some(*peer)));
        self.wide.iter().copied().chain(named)
    }
}

impl<'a> Network<'a> {
    pub(super) fn new(objects: &'a [Object], pods: &Pods<'a>) -> Self {
        let (mut policies, mut peers) = (Vec::new(), Vec::new());
        let mut of_pod: Vec<Closed> = pods.workloads.iter().map(|_| Closed::default()).collect();
        let mut namespaces = Vec::new();
        for object in objects {
            if let Body::Namespace(body) = &object.body {
                namespaces.push((
                    object.body.name(),
                    body.metadata.labels.as_ref().unwrap_or(&NO_LABELS),
                ));
            }
            let Body::NetworkPolicy(body) = &object.body else { continue };
            let Some(spec) = &body.spec else { continue };
            let policy = Policy { object, spec };
            let (inside, outside) = (policy.closes(Direction::In), policy.closes(Direction::Out));
            let has_rules = [Direction::In, Direction::Out]
                .iter()
                .any(|direction| policy.rules(*direction).next().is_some());
            for pod in pods.places(namespace(object), policy.selector()) {
                let Some(closed) = of_pod.get_mut(pod) else { continue };
                closed.inside |= inside;
                closed.outside |= outside;
                if has_rules {
                    closed.policies.push(policies.len());
                }
            }
            peers.push([Direction::In, Direction::Out].map(|way| Peers::of(policy.rules(way))));
            policies.push(policy);
        }
        let components = pods.workloads.iter().enumerate().filter_map(|(place, workload)| {
            Some((&*workload.object.component.as_ref()?.value as &str, place))
        });
        let mut by_component: Vec<(&'a str, usize)> = components.collect();
        by_component.sort_unstable();
        Self { policies, peers, of_pod, namespaces, by_component }
    }

    /// What makes the pods of a component, by place.
    pub(super) fn of_component(&self, name: &str) -> impl Iterator<Item = usize> {
        let first = self.by_component.partition_point(|(component, _)| *component < name);
        let rest = self.by_component.get(first..).unwrap_or_default().iter();
        rest.take_while(move |(component, _)| *component == name).map(|(_, place)| *place)
    }

    /// Whether a policy closes a direction of a pod.
    pub(super) fn is_closed(&self, pod: usize, direction: Direction) -> bool {
        self.of_pod.get(pod).is_some_and(|closed| match direction {
            Direction::In => closed.inside,
            Direction::Out => closed.outside,
        })
    }

    fn rules(
        &self,
        pod: usize,
        direction: Direction,
    ) -> impl Iterator<Item = (&Policy<'a>, Rule<'a>)> {
        let places = self.of_pod.get(pod).map(|closed| closed.policies.as_slice());
        let policies = places.unwrap_or_default().iter().filter_map(|at| self.policies.get(*at));
        policies.flat_map(move |policy| policy.rules(direction).map(move |rule| (policy, rule)))
    }

    /// Whether a pod may talk with another one, as far as its own side goes.
    pub(super) fn lets(
        &self,
        pod: usize,
        direction: Direction,
        other: &PodTemplate<'_>,
        served: Served<'_>,
    ) -> bool {
        if !self.is_closed(pod, direction) {
            return true;
        }
        let places = self.of_pod.get(pod).map(|closed| closed.policies.as_slice());
        places.unwrap_or_default().iter().any(|at| {
            let (Some(policy), Some([inside, outside])) =
                (self.policies.get(*at), self.peers.get(*at))
            else {
                return false;
            };
            let peers = if direction == Direction::In { inside } else { outside };
            peers.candidates(other.labels).any(|(rule, peer)| {
                rule.has_port(served) && peer.is_none_or(|peer| self.is_peer(policy, peer, other))
            })
        })
    }

    /// Whether a peer takes a pod of the bundle in.
    fn is_peer(
        &self,
        policy: &Policy<'_>,
        peer: &NetworkPolicyPeer,
        pod: &PodTemplate<'_>,
    ) -> bool {
        self.takes_place(policy, peer, namespace(pod.object))
            && peer.pod_selector.as_ref().is_none_or(|one| Selector::of(one).matches(pod.labels))
    }

    /// Whether a peer takes pods of a namespace in.
    pub(super) fn takes_place(
        &self,
        policy: &Policy<'_>,
        peer: &NetworkPolicyPeer,
        around: &str,
    ) -> bool {
        let Some(selector) = &peer.namespace_selector else {
            return namespace(policy.object) == around;
        };
        let known = self.namespaces.iter().find(|(name, _)| *name == around);
        takes_namespace(selector, around, known.map_or(&NO_LABELS, |(_, labels)| labels))
    }

    /// Whether somebody outside the cluster may talk to a pod: everybody, or a block of addresses that narrows it down.
    pub(super) fn lets_in_from_outside(&self, pod: usize, served: Served<'_>) -> bool {
        !self.is_closed(pod, Direction::In)
            || self.rules(pod, Direction::In).any(|(_, rule)| {
                let outside = |peer: &NetworkPolicyPeer| peer.ip_block.is_some();
                rule.has_port(served) && (rule.peers.is_empty() || rule.peers.iter().any(outside))
            })
    }

    /// Whether pods of another namespace may talk to a pod.
    pub(super) fn lets_in_from(&self, pod: usize, around: &str, served: Served<'_>) -> bool {
        !self.is_closed(pod, Direction::In)
            || self.rules(pod, Direction::In).any(|(policy, rule)| {
                let takes = |peer| self.takes_place(policy, peer, around);
                rule.has_port(served) && (rule.peers.is_empty() || rule.peers.iter().any(takes))
            })
    }

    /// Whether pods of all namespaces with a label may talk to a pod.
    pub(super) fn lets_in_labelled(
        &self,
        pod: usize,
        (key, value): (&str, &str),
        served: Served<'_>,
    ) -> bool {
        let labels = Labels::from([(key.to_owned(), value.to_owned())]);
        // A namespace of which nothing but the label is known.
        let takes = |peer: &NetworkPolicyPeer| {
            let selector = peer.namespace_selector.as_ref();
            peer.pod_selector.as_ref().is_none_or(|one| Selector::of(one).is_empty())
                && selector.is_some_and(|one| takes_namespace(one, "", &labels))
        };
        !self.is_closed(pod, Direction::In)
            || self.rules(pod, Direction::In).any(|(_, rule)| {
                rule.has_port(served) && (rule.peers.is_empty() || rule.peers.iter().any(takes))
            })
    }

    /// Whether pods of another namespace, of which the labels are known, may talk to a pod.
    pub(super) fn lets_in_pods(
        &self,
        pod: usize,
        other: (&str, &Labels),
        served: Served<'_>,
    ) -> bool {
        self.lets_pods(pod, Direction::In, other, served)
    }

    fn lets_pods(
        &self,
        pod: usize,
        direction: Direction,
        (around, labels): (&str, &Labels),
        served: Served<'_>,
    ) -> bool {
        let takes = |policy: &Policy<'_>, peer: &NetworkPolicyPeer| {
            let pods = peer.pod_selector.as_ref();
            peer.ip_block.is_none()
                && self.takes_place(policy, peer, around)
                && pods.is_none_or(|pods| Selector::of(pods).matches(labels))
        };
        !self.is_closed(pod, direction)
            || self.rules(pod, direction).any(|(policy, rule)| {
                let mut peers = rule.peers.iter();
                rule.has_port(served)
                    && (rule.peers.is_empty() || peers.any(|peer| takes(policy, peer)))
            })
    }

    /// Whether a pod may talk to all of an end outside of the bundle.
    pub(super) fn lets_to(&self, pod: usize, end: &End, served: Served<'_>) -> bool {
        match end {
            End::Range(range) => {
                self.lets_range(pod, Direction::Out, (&range.cidr, &range.except), served)
            }
            End::Pods(pods) => {
                let labels = pods.labels.iter();
                let labels: Labels =
                    labels.map(|(key, value)| (key.value.clone(), value.value.clone())).collect();
                self.lets_pods(pod, Direction::Out, (&pods.namespace, &labels), served)
            }
        }
    }

    /// Whether a pod has a way out to some addresses by a port, but for those of the node itself, which no name leads to.
    pub(super) fn has_way_out(&self, pod: usize, served: Served<'_>) -> bool {
        const LINK_LOCAL: &str = "169.254.";
        !self.is_closed(pod, Direction::Out)
            || self.rules(pod, Direction::Out).any(|(_, rule)| {
                let block = |peer: &NetworkPolicyPeer| {
                    let block = peer.ip_block.as_ref();
                    block.is_some_and(|block| !block.cidr.starts_with(LINK_LOCAL))
                };
                rule.has_port(served) && (rule.peers.is_empty() || rule.peers.iter().any(block))
            })
    }

    /// Whether a pod may talk to some pods of another namespace. The port of their Service may be another one than theirs.
    pub(super) fn lets_into(&self, pod: usize, around: &str, served: Served<'_>) -> bool {
        !self.is_closed(pod, Direction::Out)
            || self.rules(pod, Direction::Out).any(|(policy, rule)| {
                let is_there = |peer: &NetworkPolicyPeer| {
                    peer.namespace_selector.is_some() && self.takes_place(policy, peer, around)
                };
                rule.peers.iter().any(is_there) || (rule.peers.is_empty() && rule.has_port(served))
            })
    }

    /// Whether all addresses of a range may talk to a pod.
    pub(super) fn lets_in_range(&self, pod: usize, range: &str, served: Served<'_>) -> bool {
        self.lets_range(pod, Direction::In, (range, &[]), served)
    }

    fn lets_range(
        &self,
        pod: usize,
        direction: Direction,
        (range, except): (&str, &[Sourced<Cidr>]),
        served: Served<'_>,
    ) -> bool {
        let Some(range) = Range::of(range) else { return true };
        if !self.is_closed(pod, direction) {
            return true;
        }
        // What is taken out of the range is not asked for.
        let hole = |range: &Sourced<Cidr>| IPBlock { cidr: range.to_string(), except: None };
        let holes: Vec<IPBlock> = except.iter().map(hole).collect();
        let rules = || self.rules(pod, direction).filter(|(_, rule)| rule.has_port(served));
        rules().any(|(_, rule)| rule.peers.is_empty())
            || covers(range, &|| {
                let peers = rules().flat_map(|(_, rule)| rule.peers);
                Box::new(peers.filter_map(|peer| peer.ip_block.as_ref()).chain(&holes))
            })
    }

    /// Whether a pod may ask one of some DNS servers, by a protocol. Of servers that are pods only the namespace and some
    /// labels are known; a block of addresses may be that of a cache on the node.
    pub(super) fn lets_to_dns(
        &self,
        pod: usize,
        protocol: &str,
        servers: &[Sourced<DnsServers>],
    ) -> bool {
        if !self.is_closed(pod, Direction::Out) {
            return true;
        }
        let is_let = |rule: Rule<'_>, policy: &Policy<'_>, server: &DnsServers| {
            let mut ports = server.ports.iter();
            let has_port = ports.any(|port| {
                rule.has_port(Served { number: i32::from(*port), protocol, pod: None })
            });
            let mut peers = rule.peers.iter();
            let is_peer = |peer: &NetworkPolicyPeer| {
                peer.ip_block.is_some() || Self::is_dns(policy, peer, &server.at)
            };
            has_port && (rule.peers.is_empty() || peers.any(is_peer))
        };
        self.rules(pod, Direction::Out)
            .any(|(policy, rule)| servers.iter().any(|server| is_let(rule, policy, server)))
    }

    fn is_dns(policy: &Policy<'_>, peer: &NetworkPolicyPeer, place: &DnsPlace) -> bool {
        let DnsPlace::Pods { namespace: home, labels } = place else { return false };
        let Some(selector) = &peer.namespace_selector else {
            return namespace(policy.object) == home;
        };
        let label = |selector: &LabelSelector, key: &str, value: &str| {
            let labels = selector.match_labels.as_ref();
            labels.and_then(|labels| labels.get(key)).is_none_or(|asked| asked == value)
        };
        label(selector, "kubernetes.io/metadata.name", home)
            && peer
                .pod_selector
                .as_ref()
                .is_none_or(|pods| labels.iter().all(|(key, value)| label(pods, key, value)))
    }
}

/// Addresses of one length that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    /// The first address, from the highest bit on.
    bits: u128,
    /// How many bits are alike.
    alike: u32,
    /// How many bits an address has.
    width: u32,
}

impl Range {
    fn of(text: &str) -> Option<Self> {
        let (address, alike) = text.split_once('/')?;
        let alike = alike.parse().ok()?;
        let (bits, width) = match address.parse().ok()? {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
            IpAddr::V6(v6) => (v6.to_bits(), 128),
        };
        let range = Self { bits, alike, width };
        (alike <= width).then(|| Self { bits: bits & range.mask(), ..range })
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - self.alike).unwrap_or(0)
    }

    fn has(self, other: Self) -> bool {
        self.width == other.width
            && self.alike <= other.alike
            && other.bits & self.mask() == self.bits
    }

    fn halves(self) -> [Self; 2] {
        let alike = self.alike + 1;
        [self.bits, self.bits | (1 << (128 - alike))].map(|bits| Self { bits, alike, ..self })
    }
}

type Blocks<'a> = Box<dyn Iterator<Item = &'a IPBlock> + 'a>;

/// Whether some blocks together take in a whole range.
fn covers<'a>(range: Range, blocks: &dyn Fn() -> Blocks<'a>) -> bool {
    let whole = |block: &IPBlock| {
        let except = || block.except.iter().flatten().filter_map(|text| Range::of(text));
        Range::of(&block.cidr).is_some_and(|all| all.has(range))
            && !except().any(|hole| hole.has(range) || range.has(hole))
    };
    let parts = |block: &IPBlock| {
        let ranges = block.except.iter().flatten().chain([&block.cidr]);
        ranges.filter_map(|text| Range::of(text)).any(|part| part != range && range.has(part))
    };
    blocks().any(whole)
        || (range.alike < range.width
            && blocks().any(parts)
            && range.halves().into_iter().all(|half| covers(half, blocks)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(range: &str, blocks: &[(&str, &[&str])]) -> bool {
        let blocks: Vec<IPBlock> = blocks
            .iter()
            .map(|(cidr, except)| IPBlock {
                cidr: (*cidr).to_owned(),
                except: Some(except.iter().map(|one| (*one).to_owned()).collect()),
            })
            .collect();
        covers(Range::of(range).expect("a range"), &|| Box::new(blocks.iter()))
    }

    #[test]
    fn blocks_take_in_a_range_together() {
        assert!(covered("10.0.0.0/8", &[("10.0.0.0/8", &[])]));
        assert!(covered("0.0.0.0/0", &[("0.0.0.0/1", &[]), ("128.0.0.0/1", &[])]));
        assert!(covered("10.2.0.0/16", &[("10.0.0.0/8", &["10.3.0.0/16"])]));
        assert!(covered("2001:db8::/32", &[("::/0", &[])]));
        assert!(covered("10.0.0.0/8", &[("10.0.0.0/8", &["10.3.0.0/16"]), ("10.3.0.0/16", &[])]));
        assert!(!covered("10.0.0.0/8", &[("10.0.0.0/8", &["10.3.0.0/16"])]));
        assert!(!covered("10.3.4.0/24", &[("10.0.0.0/8", &["10.3.0.0/16"])]));
        assert!(!covered("0.0.0.0/0", &[("128.0.0.0/1", &[])]));
        assert!(!covered("10.0.0.0/8", &[("::/0", &[])]));
        assert!(!covered("1.2.3.4/32", &[]));
    }
}
