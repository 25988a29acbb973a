//! What the API server would refuse, told before it does.

pub(super) mod amount;
mod data;
pub(super) mod demand;
mod fields;
mod limits;
mod names;
mod network;
mod pods;
pub(super) mod quota;
pub(super) mod requests;
mod security;
mod services;
mod workloads;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::InvalidName, run: names::check },
    Check { code: Code::InvalidValue, run: fields::check },
    Check { code: Code::InvalidValue, run: pods::check },
    Check { code: Code::OutOfRange, run: workloads::check },
    Check { code: Code::ExclusiveFields, run: services::check },
    Check { code: Code::ExclusiveFields, run: network::check },
    Check { code: Code::IncompleteObject, run: data::check },
    Check { code: Code::RequestOverLimit, run: requests::check },
    Check { code: Code::ExceededQuota, run: limits::check },
    Check { code: Code::ExceededQuota, run: quota::check },
    Check { code: Code::UnsafeSetting, run: security::check },
];
