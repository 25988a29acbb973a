//! What is spent and what there is: time to stop and to start, connections, memory. The arithmetic is in the message.
//!
//! What a container spends is read from its words ([`runs`]), so that a command of the stack's own and a patch count as well.
//! A quota against what the stage uses at most is [`super::api`]'s.

mod buffers;
mod connections;
mod deadline;
mod grace;
mod memory;
pub(super) mod runs;
mod spot;
mod start;

use std::collections::BTreeMap;

use seaway_core::{Code, Stack};

use super::Check;
use super::index::Index;
use crate::Object;

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::ShortGrace, run: grace::check },
    Check { code: Code::ShortStartup, run: start::check },
    Check { code: Code::ShortDeadline, run: deadline::check },
    Check { code: Code::ShortGrace, run: spot::check },
    Check { code: Code::MemoryOverLimit, run: memory::check },
    Check { code: Code::MemoryOverLimit, run: buffers::check },
    Check { code: Code::TooManyConnections, run: connections::check },
];

/// The connections that the stage opens at most to each database whose limit is known, and that limit.
pub(crate) fn connections(stack: &Stack, objects: &[Object]) -> BTreeMap<String, (i64, i64)> {
    connections::sums(&Index::new(stack, objects))
}
