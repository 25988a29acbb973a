//! Backing services outside the cluster: where they are reached, and who vouches for them.

use crate::options::{Authority, Component, S3};
use crate::stack::{Part, Stack};
use crate::values::{Cidr, Port};
use crate::{Reason, Sourced};

/// The range that is taken where a bucket names none.
pub static S3_RANGES: Reason = Reason {
    name: "s3-ranges",
    why: "buckets of AWS have public addresses that change; the credentials of the node and the own network stay closed",
    source: "https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html",
};

/// The metadata service of a node, which hands out the rights of the node.
const METADATA: &str = "169.254.169.254/32";

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
        Component::S3(s3) => return Some(way_to_bucket(stack, s3)),
        _ => return None,
    };
    let ranges = cidrs.into_iter().map(|cidr| Range { cidr, except: Vec::new() }).collect();
    Some(Way { port: *served, ranges })
}

/// Where a bucket is reached: buckets of AWS have public addresses, whatever way the network takes to them.
fn way_to_bucket(stack: &Stack, s3: &S3) -> Way {
    let written = s3.endpoint.as_ref().and_then(|endpoint| {
        let (_, _, port) = S3::parts_of_endpoint(endpoint.trim_end_matches('/'))?;
        Some(Sourced { value: Port::new(port), origin: endpoint.origin })
    });
    let port = written.unwrap_or(Sourced::default_for(Port::new(443), &S3_RANGES));
    if !s3.cidrs.is_empty() {
        let ranges = s3.cidrs.iter().cloned();
        return Way {
            port,
            ranges: ranges.map(|cidr| Range { cidr, except: Vec::new() }).collect(),
        };
    }
    let range = |text: &str| {
        let cidr = Cidr::try_from(text.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"));
        Sourced::default_for(cidr, &S3_RANGES)
    };
    let mut except = vec![range(METADATA)];
    except.extend(of_aws(stack, &[]).into_iter().filter(|range| !range.contains(':')));
    Way { port, ranges: vec![Range { cidr: range("0.0.0.0/0"), except }] }
}

/// The ranges as written, or that of the cluster's network, in which what the stack keeps in AWS lies unless it says more:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>.
fn of_aws(stack: &Stack, written: &[Sourced<Cidr>]) -> Vec<Sourced<Cidr>> {
    if !written.is_empty() {
        return written.to_vec();
    }
    stack.cluster.network.iter().cloned().collect()
}

/// The certificates that a component is verified by, if the stack says some.
pub fn authority(component: &Component) -> Option<&Sourced<Authority>> {
    match component {
        Component::Rds(rds) => rds.ca.as_ref(),
        Component::Elasticache(cache) => cache.ca.as_ref(),
        Component::External(external) => external.ca.as_ref(),
        _ => None,
    }
}
