//! Time to stop: a grace period that the stack wrote is as long as what runs needs.

use seaway_core::options::Component;
use seaway_core::stack::Part;
use seaway_core::{Code, Diagnostic, Sink, Sourced};

use super::super::index::Index;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for part in index.stack.parts.values() {
        let pod = part.component.pod();
        let Some(written) = pod.and_then(|pod| pod.termination_grace_period_seconds) else {
            continue;
        };
        if let Some((needed, why)) = needed(part)
            && written.value < needed.value
        {
            let message = format!(
                "`{}` is killed after {written} s, and needs {needed} s to stop",
                part.name
            );
            sink.report(
                Diagnostic::error(Code::Conflict, message)
                    .origin(written.origin, "")
                    .origin(needed.origin, why)
                    .help("write a longer time, or leave it out: it is computed"),
            );
        }
    }
}

/// The seconds that a component needs, and what for. Requests and tasks that are killed are lost
/// (freelawproject/courtlistener#3726).
fn needed(part: &Part) -> Option<(Sourced<u32>, &'static str)> {
    match &part.component {
        Component::Web(web) if web.command.is_empty() => {
            let drain = web.drain_seconds.value;
            let all = web.graceful_timeout_seconds.map(|running| running.saturating_add(drain));
            Some((all, "running requests have this time, and the drain comes before"))
        }
        Component::Worker(worker) if worker.command.is_empty() => {
            Some((worker.task_time_limit_seconds, "a running task has this time"))
        }
        _ => None,
    }
}
