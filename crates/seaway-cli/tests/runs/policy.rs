//! `NetworkPolicy` objects, evaluated as a network plugin does it.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Deserialize;

use crate::manifest::{Labels, Manifest, Metadata, PodSpec, PortRef, matches};

/// The policies of a namespace.
pub(crate) struct Policies(Vec<Policy>);

/// What a policy selects by.
#[derive(Clone, Copy)]
pub(crate) struct Peer<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) labels: &'a Labels,
    /// None for what is no pod of the stack.
    pub(crate) spec: Option<&'a PodSpec>,
}

impl Policies {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self(manifest.all("NetworkPolicy"))
    }

    /// Whether one pod may open a TCP connection to a port of another.
    pub(crate) fn allow(&self, from: Peer, to: Peer, port: u16) -> bool {
        let leaves =
            self.passes(Direction::Egress, from, |rule| rule.allows(Some(to), "TCP", port, to));
        leaves
            && self.passes(Direction::Ingress, to, |rule| rule.allows(Some(from), "TCP", port, to))
    }

    /// Whether everybody, also from outside of the cluster, may open a TCP connection to a port of a pod.
    pub(crate) fn admit_all(&self, to: Peer, port: u16) -> bool {
        self.passes(Direction::Ingress, to, |rule| rule.allows(None, "TCP", port, to))
    }

    /// Whether a pod may open a TCP connection to a port of an address outside of the cluster.
    pub(crate) fn allow_out(&self, from: Peer, to: Ipv4Addr, port: u16) -> bool {
        self.passes(Direction::Egress, from, |rule| rule.reaches(to, "TCP", port))
    }

    /// Whether a pod may ask the cluster's DNS.
    pub(crate) fn allow_dns(&self, from: Peer) -> bool {
        let dns = Labels::from([("k8s-app".to_owned(), "kube-dns".to_owned())]);
        let dns = Peer { namespace: "kube-system", labels: &dns, spec: None };
        ["UDP", "TCP"].into_iter().all(|protocol| {
            self.passes(Direction::Egress, from, |rule| rule.allows(Some(dns), protocol, 53, dns))
        })
    }

    /// Whether no policy isolates the pod in a direction, or one lets the connection through.
    fn passes(&self, direction: Direction, pod: Peer, allows: impl Fn(&Rule) -> bool) -> bool {
        let applies = |policy: &&Policy| policy.spec.isolates(direction) && policy.selects(pod);
        let mut policies = self.0.iter().filter(applies).peekable();
        policies.peek().is_none()
            || policies.any(|policy| match direction {
                Direction::Ingress => policy.spec.ingress.iter().any(&allows),
                Direction::Egress => policy.spec.egress.iter().any(&allows),
            })
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Ingress,
    Egress,
}

#[derive(Deserialize)]
struct Policy {
    metadata: Metadata,
    spec: Spec,
}

impl Policy {
    fn selects(&self, pod: Peer) -> bool {
        self.metadata.namespace == pod.namespace && self.spec.pod_selector.selects(pod.labels)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    pod_selector: Selector,
    policy_types: Vec<String>,
    #[serde(default)]
    ingress: Vec<Rule>,
    #[serde(default)]
    egress: Vec<Rule>,
}

impl Spec {
    fn isolates(&self, direction: Direction) -> bool {
        let name = match direction {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        };
        self.policy_types.iter().any(|known| known == name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selector {
    #[serde(default)]
    match_labels: Labels,
}

impl Selector {
    fn selects(&self, labels: &Labels) -> bool {
        matches(&self.match_labels, labels)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(alias = "from", alias = "to", default)]
    peers: Vec<PeerRule>,
    #[serde(default)]
    ports: Vec<PortRule>,
}

impl Rule {
    /// Whether it lets a connection out to an address.
    fn reaches(&self, address: Ipv4Addr, protocol: &str, port: u16) -> bool {
        let holds = |rule: &PeerRule| rule.ip_block.as_ref().is_some_and(|ip| ip.holds(address));
        let peer = self.peers.is_empty() || self.peers.iter().any(holds);
        // A port has a name only where a pod gives it one.
        let opens = |rule: &PortRule| {
            !matches!(rule.port, Some(PortRef::Name(_))) && rule.covers_number(protocol, port, None)
        };
        peer && (self.ports.is_empty() || self.ports.iter().any(opens))
    }

    /// Whether it lets a connection pass: `other` is the far end as this rule sees it, `target` whose port it is.
    fn allows(&self, other: Option<Peer>, protocol: &str, port: u16, target: Peer) -> bool {
        let peer = self.peers.is_empty()
            || other.is_some_and(|other| self.peers.iter().any(|rule| rule.covers(other)));
        peer && (self.ports.is_empty()
            || self.ports.iter().any(|rule| rule.covers(protocol, port, target)))
    }
}

/// No pod has an address that a stack could know: ranges are for what lies outside.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PeerRule {
    pod_selector: Option<Selector>,
    namespace_selector: Option<Selector>,
    ip_block: Option<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    cidr: String,
    #[serde(default)]
    except: Vec<String>,
}

impl Block {
    fn holds(&self, address: Ipv4Addr) -> bool {
        lies_in(address, &self.cidr) && !self.except.iter().any(|range| lies_in(address, range))
    }
}

/// Whether an address lies in a range such as `172.20.128.0/18`.
fn lies_in(address: Ipv4Addr, range: &str) -> bool {
    let (base, bits) = range.split_once('/').expect("a range");
    // Of IPv6 there is nothing here.
    let Ok(base) = base.parse::<Ipv4Addr>() else { return false };
    let bits: u32 = bits.parse().expect("a number of bits");
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or_default();
    address.to_bits() & mask == base.to_bits() & mask
}

#[test]
fn addresses_lie_in_ranges() {
    let cases = [
        ("172.20.128.0/18", true),
        ("172.20.0.0/18", false),
        ("0.0.0.0/0", true),
        ("172.20.130.10/32", true),
        ("172.20.130.11/32", false),
        ("::/0", false),
    ];
    for (range, lies) in cases {
        assert_eq!(lies_in(Ipv4Addr::new(172, 20, 130, 10), range), lies, "{range}");
    }
}

impl PeerRule {
    fn covers(&self, other: Peer) -> bool {
        let namespace = match &self.namespace_selector {
            None => other.namespace != "kube-system",
            Some(selector) => selector.selects(&BTreeMap::from([(
                "kubernetes.io/metadata.name".to_owned(),
                other.namespace.to_owned(),
            )])),
        };
        let pod = self.pod_selector.as_ref().is_none_or(|selector| selector.selects(other.labels));
        self.ip_block.is_none() && namespace && pod
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PortRule {
    protocol: Option<String>,
    port: Option<PortRef>,
    end_port: Option<u16>,
}

impl PortRule {
    fn covers(&self, protocol: &str, port: u16, target: Peer) -> bool {
        self.covers_number(protocol, port, target.spec)
    }

    fn covers_number(&self, protocol: &str, port: u16, target: Option<&PodSpec>) -> bool {
        let running = || target.into_iter().flat_map(PodSpec::running);
        let first = self.port.as_ref().map(|port| port.number(running()));
        let in_range =
            first.is_none_or(|first| (first..=self.end_port.unwrap_or(first)).contains(&port));
        in_range && self.protocol.as_deref().unwrap_or("TCP") == protocol
    }
}
