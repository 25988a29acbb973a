//! Backing services outside the cluster: where they are reached, and who vouches for them.

use crate::options::{Authority, Component};
use crate::stack::{Part, Stack};
use crate::values::{Cidr, Port};
use crate::{Reason, Sourced};

/// The range that is taken where a component of AWS names none.
pub static CLUSTER_NETWORK: Reason = Reason {
    name: "cluster-network",
    why: "what the stack keeps in AWS lies in the network of the cluster unless it says its own ranges",
    source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
};

/// A way out of the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// The TCP port.
    pub port: Sourced<Port>,
    /// The ranges that it leads to.
    pub ranges: Vec<Range>,
}

/// A range of addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The range.
    pub cidr: Sourced<Cidr>,
    /// Ranges inside it that stay closed.
    pub except: Vec<Sourced<Cidr>>,
}

/// The way to a component outside the cluster; `None` for one inside.
pub fn way(stack: &Stack, part: &Part) -> Option<Way> {
    let (served, cidrs) = match &part.component {
        Component::Rds(rds) => (&rds.port, of_aws(stack, &rds.cidrs)),
        Component::Elasticache(cache) => (&cache.port, of_aws(stack, &cache.cidrs)),
        Component::External(external) => (&external.port, external.cidrs.clone()),
        _ => return None,
    };
    let ranges = cidrs.into_iter().map(|cidr| Range { cidr, except: Vec::new() }).collect();
    Some(Way { port: *served, ranges })
}

/// The ranges as written, or that of the cluster's network.
fn of_aws(stack: &Stack, written: &[Sourced<Cidr>]) -> Vec<Sourced<Cidr>> {
    if !written.is_empty() {
        return written.to_vec();
    }
    let network = stack.cluster.network.iter();
    network.map(|range| Sourced::default_for(range.value.clone(), &CLUSTER_NETWORK)).collect()
}

/// The certificates that a component is verified by, if the stack says some.
pub fn authority(component: &Component) -> Option<&Sourced<Authority>> {
    match component {
        Component::Rds(rds) => rds.ca.as_ref(),
        Component::Elasticache(cache) => cache.ca.as_ref(),
        _ => None,
    }
}
