//! What is spent and what there is: time to stop and to start, connections, memory. The arithmetic is in the message.
//!
//! What a container spends is read from its words ([`runs`]), so that a command of the stack's own and a patch count as well.
//! A quota against what the stage uses at most is [`super::api`]'s.

mod connections;
mod grace;
mod memory;
pub(super) mod runs;
mod start;

use seaway_core::Code;

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::ShortGrace, run: grace::check },
    Check { code: Code::ShortStartup, run: start::check },
    Check { code: Code::MemoryOverLimit, run: memory::check },
    Check { code: Code::TooManyConnections, run: connections::check },
];
