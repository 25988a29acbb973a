//! What Celery's settings have to agree on with its broker.

use crate::broker::{self, Server};
use crate::declared::Declared;
use crate::options::Worker;
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Stack};

/// Seconds after which Celery takes a task of a Redis broker for lost, unless its settings say otherwise
/// (<https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout>).
const VISIBILITY: u32 = 3600;

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        if let Some(worker) = part.component.options::<Worker>()
            && worker.command.is_empty()
            && broker::of(stack, part)
                .is_some_and(|broker| matches!(broker.server, Server::Redis(_)))
        {
            visibility(stack, part, worker, sink);
        }
    }
}

/// A task that is not done by then is handed out again, while it still runs.
fn visibility(stack: &Stack, part: &Part, worker: &Worker, sink: &mut Sink) {
    let limit = worker.task_time_limit_seconds;
    let visible = worker.visibility_timeout_seconds;
    let waits = visible.map_or(VISIBILITY, |visible| visible.value);
    if limit.value < waits {
        return;
    }
    let message = format!(
        "a task of `{}` may run {limit} s, and its broker hands it out again after {waits} s",
        part.name
    );
    let code = Code::RedeliveredTasks;
    let diagnostic = if stack.is_production() {
        Diagnostic::error(code, message)
    } else {
        Diagnostic::warning(code, message)
    };
    let mut diagnostic = diagnostic.origin(limit.origin, "it would run twice at a time");
    if let Some(visible) = visible {
        diagnostic = diagnostic.origin(visible.origin, "the broker waits this long");
    }
    let needed = limit.value.saturating_add(limit.value / 5).max(limit.value.saturating_add(1));
    sink.report(diagnostic.help(format!(
        "set `broker_transport_options = {{\"visibility_timeout\": {needed}}}` in the settings of Celery, and say so here: \
         `visibility-timeout-seconds = {needed}`"
    )));
}
