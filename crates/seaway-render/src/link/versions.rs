//! Kubernetes versions: nothing newer than the oldest cluster of the stage, nothing that its newest one has removed.

use super::Check;

pub(super) const CHECKS: &[Check] = &[];
