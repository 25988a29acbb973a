//! Subnets of a network: one for the nodes of each zone, and one for what the public reaches.

use std::net::Ipv4Addr;

/// A range of IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    first: u32,
    length: u32,
}

impl Range {
    /// All addresses.
    pub(super) const ALL: Self = Self { first: 0, length: 0 };

    /// A range in CIDR notation; `None` of IPv6.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let length = length.parse().ok().filter(|length| *length <= 32)?;
        Some(Self { first: address.parse::<Ipv4Addr>().ok()?.to_bits(), length })
    }

    fn last(self) -> u32 {
        self.first | u32::MAX.checked_shr(self.length).unwrap_or(0)
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.first <= other.last() && other.first <= self.last()
    }

    /// Whether the other lies in it and is smaller.
    pub(super) fn has_inside(self, other: Self) -> bool {
        self.length < other.length && self.overlaps(other)
    }

    /// One of the parts that it has if it is halved so many times.
    fn part(self, halvings: u32, place: u32) -> Self {
        let length = self.length + halvings;
        Self { first: self.first + (place << (32 - length)), length }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from_bits(self.first), self.length)
    }
}

/// Subnets of the zones: those of the nodes, and those of load balancers and NAT gateways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subnets {
    pub nodes: Vec<Range>,
    pub utility: Vec<Range>,
}

/// Eighths of the network for the nodes, and one more in eighths of its own for the rest, of those that nothing else
/// takes. `None` if there are not enough of them, or if they would be smaller than a subnet can be.
pub(super) fn subnets(network: Range, zones: usize, taken: &[Range]) -> Option<Subnets> {
    // The smallest subnet of a VPC is a /28: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    if network.length + 6 > 28 || zones > 7 {
        return None;
    }
    let parts = (0..8).map(|place| network.part(3, place));
    let mut free = parts.filter(|part| !taken.iter().any(|taken| taken.overlaps(*part)));
    let utility = free.next()?;
    let nodes: Vec<Range> = free.take(zones).collect();
    let utility = (0..).map(|place| utility.part(3, place)).take(zones).collect();
    (nodes.len() == zones).then_some(Subnets { nodes, utility })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(network: &str, zones: usize, taken: &[&str]) -> Option<String> {
        let range = |text: &str| Range::parse(text).expect("a range");
        let taken: Vec<Range> = taken.iter().map(|text| range(text)).collect();
        let found = subnets(range(network), zones, &taken)?;
        let text =
            |ranges: &[Range]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Some(format!("{} | {}", text(&found.nodes), text(&found.utility)))
    }

    #[test]
    fn zones_share_the_network() {
        assert_eq!(
            told("172.20.0.0/16", 3, &[]).as_deref(),
            Some(
                "172.20.32.0/19 172.20.64.0/19 172.20.96.0/19 | 172.20.0.0/22 172.20.4.0/22 172.20.8.0/22"
            )
        );
        assert_eq!(told("10.1.0.0/22", 1, &[]).as_deref(), Some("10.1.0.128/25 | 10.1.0.0/28"));
    }

    #[test]
    fn what_is_taken_stays_free_of_nodes() {
        let taken = ["172.20.128.0/18", "172.20.32.5/32", "10.0.0.0/8"];
        assert_eq!(
            told("172.20.0.0/16", 3, &taken).as_deref(),
            Some(
                "172.20.64.0/19 172.20.96.0/19 172.20.192.0/19 | 172.20.0.0/22 172.20.4.0/22 172.20.8.0/22"
            )
        );
        assert_eq!(told("172.20.0.0/16", 3, &["172.20.0.0/17", "172.20.128.0/18"]), None);
        assert_eq!(told("10.1.0.0/24", 1, &[]), None);
    }
}
