//! What the API server would refuse, told before it does.

mod names;
mod production;
mod security;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::InvalidName, run: names::check },
    Check { code: Code::UnsafeSetting, run: security::check },
    Check { code: Code::SecretLiteral, run: production::check },
];
