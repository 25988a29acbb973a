//! Names of other objects: each is in the bundle, or the stack declares it.

mod names;
mod pods;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::DanglingReference, run: names::check },
    Check { code: Code::DanglingReference, run: pods::check },
];
