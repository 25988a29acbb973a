//! The network: what the graph of the stack declares is open, and nothing else is.

use super::Check;

pub(super) const CHECKS: &[Check] = &[];
