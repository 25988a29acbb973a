//! Backing services outside the cluster: where they are reached, and by which certificates they are verified.

use crate::options::{
    Authority, AuthoritySource, Cluster, MonitorRole, Peer, Protocol, Provides, WayOut,
};
use crate::stack::{Part, Stack};
use crate::values::{DataKey, Name, Port};
use crate::{Origin, Sourced};

pub use crate::options::{S3_RANGES, Way};

/// The way to a component outside the cluster; `None` for one inside.
pub fn way(part: &Part) -> Option<&Way> {
    part.facts.outside.as_ref().map(|outside| &outside.way)
}

/// Ways out that lead to some peers by some ports.
pub fn ways(cluster: &Cluster, peers: &[Sourced<Peer>], ports: &[Sourced<Port>]) -> Vec<WayOut> {
    let mut plain = WayOut { ports: ports.to_vec(), to: Vec::new() };
    let mut others = Vec::new();
    for peer in peers {
        for way in cluster.ways_to(peer, ports) {
            if way.ports == ports { plain.to.extend(way.to) } else { others.push(way) }
        }
    }
    let plain = Some(plain).filter(|way| !way.to.is_empty());
    plain.into_iter().chain(others).collect()
}

/// The ways out to some ports of a component outside of the stack.
pub fn ways_to(stack: &Stack, target: &Part, ports: &[Sourced<Port>]) -> Vec<WayOut> {
    let peers = way(target).map(|way| way.peers.as_slice()).unwrap_or_default();
    ways(&stack.cluster, peers, ports)
}

/// What lets a component call the API server: what says so, and the ports if it names some.
pub fn api_calls(part: &Part) -> Vec<(Origin, Vec<Sourced<Port>>)> {
    let written = part
        .shared
        .egress
        .iter()
        .filter(|egress| egress.peer().is_some_and(|peer| peer.value == Peer::KubernetesApi));
    let written = written.map(|egress| (egress.origin, egress.ports.clone()));
    written.chain(by_rights(part).map(|origin| (origin, Vec::new()))).collect()
}

/// What a component calls the API server for, whatever `egress` says: its rights there, or what it watches.
fn by_rights(part: &Part) -> Option<Origin> {
    let watches = part.monitor_role().is_some_and(MonitorRole::calls_kubernetes);
    part.shared.api_rights().or(watches.then_some(part.name.origin))
}

/// The ways out that a component has beyond its references, each with what says so: those of `egress`, and the way to the API
/// server of pods that call it in any case.
pub fn own_ways(stack: &Stack, part: &Part) -> Vec<(Origin, WayOut)> {
    let cluster = &stack.cluster;
    let written = part.shared.egress.iter().flat_map(|egress| {
        let ways = egress.peer().map(|peer| cluster.ways_to(&peer, &egress.ports));
        ways.unwrap_or_default().into_iter().map(|way| (egress.origin, way))
    });
    let by_rights = by_rights(part).into_iter().flat_map(|origin| {
        let api = Sourced { value: Peer::KubernetesApi, origin };
        cluster.ways_to(&api, &[]).into_iter().map(move |way| (origin, way))
    });
    written.chain(by_rights).collect()
}

/// The certificates that a component is verified by, if the stack says some.
pub fn authority(part: &Part) -> Option<&Sourced<Authority>> {
    part.facts.outside.as_ref()?.authority.as_ref()
}

/// How a PostgreSQL is verified. Two that are verified alike are equal, wherever each has its copy of the certificates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verified<'a> {
    /// In libpq's words; `None` of one that says nothing of TLS.
    pub(crate) sslmode: Option<&'a str>,
    /// The certificates that it is verified by.
    pub(crate) certificates: Option<Certificates<'a>>,
}

impl Verified<'_> {
    /// Whether the certificate of the server is looked at.
    pub(crate) fn verifies(&self) -> bool {
        self.sslmode.is_some_and(|mode| mode.starts_with("verify-"))
    }
}

/// Certificates by what they are, and not by where they are mounted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Certificates<'a> {
    /// The text of a config.
    Text(&'a str),
    /// A key of a config that the stack does not have, which is reported elsewhere.
    Unknown(&'a Name, &'a DataKey),
    /// A key of a Secret, by the name of the Secret in the cluster.
    Secret(&'a Name, &'a DataKey),
    /// A file of the image.
    File(&'a str),
}

/// How a database is verified whose clients read libpq's variables, as far as its protocol is known; `None` of anything else.
pub(crate) fn verified<'a>(stack: &'a Stack, part: &'a Part) -> Option<Verified<'a>> {
    let facts = &part.facts;
    let is_read_by_libpq = facts.is_used_as(Provides::Database)
        && facts.protocol.is_none_or(|protocol| protocol == Protocol::Postgresql);
    if !is_read_by_libpq {
        return None;
    }
    let sslmode = part.facts.outputs.get("sslmode").map(String::as_str);
    let certificates = authority(part).and_then(|authority| {
        Some(match authority.source()? {
            AuthoritySource::Config(config, key) => {
                let data = stack.config.get(&config.value).map(|config| &config.data);
                let mut entries = data.into_iter().flatten();
                match entries.find(|(known, _)| known.value == key.value) {
                    Some((_, text)) => Certificates::Text(text.trim()),
                    None => Certificates::Unknown(&config.value, &key.value),
                }
            }
            AuthoritySource::Secret(secret, key) => {
                let contract = stack.secrets.get(&secret.value);
                let name = contract.map_or(&secret.value, |contract| &contract.name.value);
                Certificates::Secret(name, &key.value)
            }
            AuthoritySource::File(file) => Certificates::File(file),
        })
    });
    Some(Verified { sslmode, certificates })
}
