//! Backing services outside the cluster: where they are reached, and by which certificates they are verified.

use crate::Sourced;
use crate::options::Authority;
use crate::stack::Part;

pub use crate::options::{Range, S3_RANGES, Way};

/// The way to a component outside the cluster; `None` for one inside.
pub fn way(part: &Part) -> Option<&Way> {
    part.facts.outside.as_ref().map(|outside| &outside.way)
}

/// The certificates that a component is verified by, if the stack says some.
pub fn authority(part: &Part) -> Option<&Sourced<Authority>> {
    part.facts.outside.as_ref()?.authority.as_ref()
}
