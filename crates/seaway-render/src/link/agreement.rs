//! What two places of a bundle say of one thing agrees.

mod annotations;
mod autoscalers;
mod budgets;
mod claims;
mod health;
mod ingresses;
mod metrics;
mod nodes;
mod placement;
mod pods;
mod ports;
mod probes;
pub(super) mod selectors;
mod spread;
mod writers;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::FixedReplicas, run: autoscalers::fixed },
    Check { code: Code::TwoAutoscalers, run: autoscalers::two },
    Check { code: Code::BlockedDrain, run: budgets::check },
    Check { code: Code::SharedVolume, run: claims::check },
    Check { code: Code::Conflict, run: ingresses::check },
    Check { code: Code::IncompleteObject, run: metrics::check },
    Check { code: Code::Unschedulable, run: nodes::check },
    Check { code: Code::Unschedulable, run: placement::check },
    Check { code: Code::SelectorMismatch, run: spread::check },
    Check { code: Code::SelectorMismatch, run: selectors::check },
    Check { code: Code::InvalidObject, run: selectors::own },
    Check { code: Code::PortMismatch, run: health::check },
    Check { code: Code::PortMismatch, run: ports::check },
    Check { code: Code::PortMismatch, run: probes::check },
    Check { code: Code::TwoWriters, run: writers::check },
    Check { code: Code::Conflict, run: pods::check },
    Check { code: Code::UnreadAnnotation, run: annotations::check },
];
