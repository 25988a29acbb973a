//! The network: what the graph of the stack declares is open, and nothing else is.

mod api_server;
mod foreign;
mod missing;
mod no_way_out;
mod undeclared;
mod unmigrated;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::ForeignValue, run: foreign::check },
    Check { code: Code::MissingFlow, run: missing::check },
    Check { code: Code::NoWayOut, run: no_way_out::check },
    Check { code: Code::UndeclaredFlow, run: undeclared::check },
    Check { code: Code::UnmigratedReader, run: unmigrated::check },
];
