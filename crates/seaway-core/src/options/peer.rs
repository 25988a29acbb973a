//! Where ways out of pods lead: in words, to pods of a namespace, or to ranges of addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, Cni, IpFamily};
use super::common::Metadata;
use super::reasons;
use crate::values::{Cidr, Name, Port, ipv4};
use crate::{Origin, Reason, Sourced};

/// Where a way out leads: a word, or pods of a namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Destination {
    /// A word.
    #[serde(rename = "$string")]
    Word(DestinationWord),
    /// Pods of a namespace.
    #[serde(rename = "$table")]
    Pods(DestinationPods),
}

/// What a way out can lead to that has a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationWord {
    /// All public addresses: neither private ones, nor those of the node itself, nor the ranges of the cluster.
    Internet,
    /// The API server of the cluster.
    KubernetesApi,
}

/// Pods of a namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DestinationPods {
    /// Their namespace.
    pub namespace: Sourced<Name>,
    /// Their labels; all pods of the namespace if none is written.
    #[serde(default)]
    pub labels: Metadata,
}

/// Where a way out leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Peer {
    /// All public addresses.
    Internet,
    /// The API server of the cluster.
    KubernetesApi,
    /// What a network policy has a field for.
    End(End),
}

/// What a network policy has a field for.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Addresses.
    Range(Range),
    /// Pods of a namespace.
    Pods(DestinationPods),
}

/// A range of addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The range.
    pub cidr: Cidr,
    /// Ranges inside it that stay closed.
    pub except: Vec<Sourced<Cidr>>,
}

/// A way out as network policies can say it.
#[derive(Debug, Clone, PartialEq)]
pub struct WayOut {
    /// The TCP ports.
    pub ports: Vec<Sourced<Port>>,
    /// Where it leads to.
    pub to: Vec<Sourced<End>>,
}

impl Range {
    /// A range without holes.
    pub(super) fn plain(cidr: Cidr) -> Self {
        Self { cidr, except: Vec::new() }
    }
}

impl Peer {
    /// Ranges without holes.
    pub(super) fn ranges(cidrs: &[Sourced<Cidr>]) -> Vec<Sourced<Self>> {
        let range = |cidr: &Cidr| Self::End(End::Range(Range::plain(cidr.clone())));
        cidrs.iter().map(|cidr| cidr.as_ref().map(range)).collect()
    }

    /// Where a host lies: where the stack says so, else in its namespace if it is that of a Service, else in the ranges that
    /// are written.
    pub(super) fn of_host(
        host: Sourced<&str>,
        to: Option<&Sourced<Destination>>,
        cidrs: &[Sourced<Cidr>],
    ) -> Vec<Sourced<Self>> {
        if let Some(to) = to {
            return vec![to.as_ref().map(Destination::peer)];
        }
        match namespace_of(host.value) {
            Some(namespace) => {
                let pods = DestinationPods {
                    namespace: Sourced { value: namespace, origin: host.origin },
                    labels: Metadata::new(),
                };
                vec![Sourced { value: Self::End(End::Pods(pods)), origin: host.origin }]
            }
            None => Self::ranges(cidrs),
        }
    }
}

impl Destination {
    /// Where it leads.
    pub fn peer(&self) -> Peer {
        match self {
            Self::Word(DestinationWord::Internet) => Peer::Internet,
            Self::Word(DestinationWord::KubernetesApi) => Peer::KubernetesApi,
            Self::Pods(pods) => Peer::End(End::Pods(pods.clone())),
        }
    }
}

/// The namespace of the Service that a host stands for: `pg.databases.svc`, `pg.databases.svc.cluster.local`. Two labels alone
/// (`pg.databases`) are as well a name outside.
pub fn namespace_of(host: &str) -> Option<Name> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = host.strip_suffix(".cluster.local").unwrap_or(host).strip_suffix(".svc")?;
    let (_, namespace) = host.rsplit_once('.')?;
    Name::try_from(namespace.to_owned()).ok()
}

/// Link-local addresses (RFC 3927).
const LINK_LOCAL: &str = "169.254.0.0/16";
/// The same of IPv6 (RFC 4291).
const LINK_LOCAL_V6: &str = "fe80::/10";
/// Addresses that are not on the internet: private ones (RFC 1918), those that carriers and clouds share, in which pods of EKS
/// and GKE lie (RFC 6598), and link-local ones, the metadata service of a node among them (RFC 3927).
const PRIVATE: [&str; 5] =
    ["10.0.0.0/8", "100.64.0.0/10", LINK_LOCAL, "172.16.0.0/12", "192.168.0.0/16"];
/// The same of IPv6: unique local addresses, the metadata service of EC2 among them (RFC 4193), and link-local ones (RFC 4291).
const PRIVATE_V6: [&str; 2] = ["fc00::/7", LINK_LOCAL_V6];
/// The metadata service of a node, which hands out the rights of the node.
const METADATA: &str = "169.254.169.254/32";
/// The same of EC2 by IPv6:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html>.
const METADATA_V6: &str = "fd00:ec2::254/128";

fn cidr(text: &str) -> Cidr {
    // Only called with literals that are ranges; a wrong one shows in every test.
    Cidr::try_from(text.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}

/// All addresses of IPv4.
pub(super) fn everything() -> Cidr {
    cidr("0.0.0.0/0")
}

/// The metadata service of a node, which hands out the rights of the node.
pub(super) fn metadata(reason: &'static Reason) -> Sourced<Cidr> {
    Sourced::default_for(cidr(METADATA), reason)
}

/// Whether a range lies in one of those that are not on the internet.
fn is_private(range: &Cidr) -> bool {
    let Some((network, length)) = ipv4(range) else { return false };
    PRIVATE.iter().filter_map(|one| ipv4(&cidr(one))).any(|(known, alike)| {
        let mask = u32::MAX.checked_shl(32 - alike).unwrap_or(0);
        length >= alike && network & mask == known
    })
}

/// Whether a range is all addresses of a family.
pub fn is_everything(range: &Cidr) -> bool {
    range.ends_with("/0")
}

/// Anywhere, of each family, but for the metadata service of the node.
pub(super) fn anywhere(cluster: &Cluster, reason: &'static Reason) -> Vec<Sourced<End>> {
    let ranges = all_but(cluster, (&[METADATA], &[METADATA_V6]), reason).into_iter();
    ranges.map(|range| Sourced::default_for(End::Range(range), reason)).collect()
}

/// All addresses of each family, but for some of IPv4 and some of IPv6.
fn all_but(cluster: &Cluster, (v4, v6): (&[&str], &[&str]), reason: &'static Reason) -> Vec<Range> {
    let range = |family: Sourced<IpFamily>| {
        let (all, except) = match family.value {
            IpFamily::Ipv4 => (everything(), v4),
            IpFamily::Ipv6 => (cidr("::/0"), v6),
        };
        let except = except.iter().map(|text| Sourced::default_for(cidr(text), reason));
        Range { cidr: all, except: except.collect() }
    };
    cluster.ip_families().into_iter().map(range).collect()
}

impl Cluster {
    /// The ways out that lead to a peer by some ports, as network policies say them. Without ports it is those that the API
    /// server has.
    pub fn ways_to(&self, peer: &Sourced<Peer>, ports: &[Sourced<Port>]) -> Vec<WayOut> {
        let to = match &peer.value {
            Peer::Internet => self.internet(peer.origin),
            Peer::End(end) => vec![Sourced { value: end.clone(), origin: peer.origin }],
            Peer::KubernetesApi => return self.ways_to_api(ports),
        };
        vec![WayOut { ports: ports.to_vec(), to }]
    }

    /// The public addresses.
    fn internet(&self, origin: Origin) -> Vec<Sourced<End>> {
        let own = [&self.network, &self.services].into_iter().flatten();
        let own: Vec<&Sourced<Cidr>> = own.filter(|range| !is_private(range)).collect();
        let but_own = |mut range: Range| {
            let own = own.iter().filter(|own| own.contains(':') == range.cidr.contains(':'));
            range.except.extend(own.map(|own| (*own).clone()));
            Sourced { value: End::Range(range), origin }
        };
        let public = all_but(self, (&PRIVATE, &PRIVATE_V6), &reasons::INTERNET);
        public.into_iter().map(but_own).collect()
    }

    /// Anywhere but for link-local addresses, of each family: the metadata service of the node with the rights of the node is one
    /// of those.
    pub fn beyond_the_node(&self) -> Vec<End> {
        let ranges = all_but(self, (&[LINK_LOCAL], &[LINK_LOCAL_V6]), &reasons::INTERNET);
        ranges.into_iter().map(End::Range).collect()
    }

    /// The ports that the API server listens on, and that of its Service.
    pub fn api_ports(&self) -> Vec<Sourced<Port>> {
        if !self.api_ports.is_empty() {
            return self.api_ports.clone();
        }
        let row = self.platform().api_ports;
        let port = |port: &u16| Sourced::default_for(Port::new(*port), row.reason);
        row.value.iter().map(port).collect()
    }

    /// Where nodes lie: in the network of the cluster, or anywhere if that is not known.
    pub fn nodes(&self, reason: &'static Reason) -> Vec<Sourced<End>> {
        if let Some(network) = &self.network {
            let range = End::Range(Range::plain(network.value.clone()));
            return vec![Sourced { value: range, origin: network.origin }];
        }
        anywhere(self, reason)
    }

    /// The ways to the API server. Most network plugins judge a call after the address of its Service has become that of the
    /// server, which lies in the network of the cluster, or anywhere if that is not known. The VPC CNI of AWS judges by the address
    /// of the Service (open-telemetry/opentelemetry-operator#5621).
    fn ways_to_api(&self, ports: &[Sourced<Port>]) -> Vec<WayOut> {
        let own_ports = if ports.is_empty() { self.api_ports() } else { ports.to_vec() };
        let range =
            |range: Cidr, origin| Sourced { value: End::Range(Range::plain(range)), origin };
        // Anywhere takes in the address of the Service, too.
        let is_narrow = self.network.is_some() || self.cni() == Some(Cni::AmazonVpc);
        let of_service = self.api_service().into_iter().filter(|_| is_narrow);
        let of_service: Vec<_> = of_service
            .map(|address| range(cidr(&format!("{}/32", address.value)), address.origin))
            .collect();
        let servers = if is_narrow && self.network.is_none() {
            Vec::new()
        } else {
            self.nodes(self.platform().api_ports.reason)
        };
        let service_port = match ports {
            [] => vec![Sourced::default_for(Port::new(443), &reasons::API_SERVICE_PORT)],
            written => written.to_vec(),
        };
        let ways = [
            WayOut { ports: own_ports, to: servers },
            WayOut { ports: service_port, to: of_service },
        ];
        ways.into_iter().filter(|way| !way.to.is_empty()).collect()
    }
}
