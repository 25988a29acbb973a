//! What two places of a bundle say of one thing agrees.

mod grace;
mod pods;
pub(super) mod selectors;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::SelectorMismatch, run: selectors::check },
    Check { code: Code::Conflict, run: pods::check },
    Check { code: Code::Conflict, run: grace::check },
];
