//! What Celery's settings have to agree on with its broker, and who answers its probes.

use crate::broker::{self, Server};
use crate::celery::{self, Celery};
use crate::declared::Declared;
use crate::options::{CeleryProbe, CeleryProbes, Worker};
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Sourced, Stack, suggest};

/// Seconds after which Celery takes a task of a Redis broker for lost, unless its settings say otherwise
/// (<https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout>).
const VISIBILITY: u32 = 3600;

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let Some(celery) = celery::of(stack, part) else { continue };
        probes(stack, part, celery, sink);
        queues(part, sink);
        options(part, celery, sink);
        if let Some(worker) = part.component.options::<Worker>()
            && (worker.command.is_empty() || celery.is_started_by_hand())
            && broker::of(stack, part)
                .is_some_and(|broker| matches!(broker.server, Server::Redis(_)))
        {
            visibility(stack, part, worker, sink);
        }
    }
}

/// Names of queues are one word of `--queues`, in which commas separate them.
fn queues(part: &Part, sink: &mut Sink) {
    for queue in &part.facts.queues {
        let fault = if queue.trim().is_empty() {
            "is empty"
        } else if queue.contains(',') {
            "has a comma"
        } else if queue.chars().any(char::is_control) {
            "has a control character"
        } else {
            continue;
        };
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("the name of a queue {fault}"))
                .origin(queue.origin, "")
                .help("write one name an item: `queues = [\"default\", \"mail\"]`"),
        );
    }
}

/// Nothing restarts a process that hangs, and a rollout goes on before it works, where probes were lost on the way.
fn probes(stack: &Stack, part: &Part, celery: Celery<'_>, sink: &mut Sink) {
    let name = &part.name;
    let by = |asked: &Sourced<CeleryProbes>| match asked.value {
        CeleryProbes::By(by) => Some(by),
        CeleryProbes::Switch(on) => on.then_some(CeleryProbe::Heartbeat),
    };
    if let Some(asked) = &celery.own {
        let first = celery.command.first();
        let problem = match (by(asked), first, celery.subcommand) {
            (Some(CeleryProbe::Ping), _, "beat") => {
                Some(("beat answers no ping", "write `\"heartbeat\"`, or `false` for no probes"))
            }
            (Some(CeleryProbe::Heartbeat), Some(_), _) => Some((
                "a command of its own has no heartbeat",
                "remove `command`: `celery`, `settings` and the other options say what it runs; or write `\"ping\"`",
            )),
            (Some(CeleryProbe::Ping), Some(_), _) if !celery.is_started_by_hand() => Some((
                "only Celery answers a ping",
                "begin `command` with `celery`, or write `false` for no probes",
            )),
            _ => None,
        };
        if let Some((message, help)) = problem {
            let mut diagnostic =
                Diagnostic::error(Code::Conflict, message).origin(asked.origin, "");
            if let Some(first) = first {
                diagnostic = diagnostic.origin(first.origin, "the command");
            }
            sink.report(diagnostic.help(help));
            return;
        }
    }
    let written = part.component.pod().map(|pod| &pod.probes);
    let has_own = written.is_some_and(|probes| {
        probes.startup.is_some() || probes.readiness.is_some() || probes.liveness.is_some()
    });
    let Some(origin) = celery.loses_probes().filter(|_| !has_own) else {
        return;
    };
    let why = if celery.is_started_by_hand() {
        "beat answers no ping, and the heartbeat comes from the command of the preset"
    } else {
        "the heartbeat comes from the command of the preset"
    };
    let message = format!("`{name}` loses its startup, readiness and liveness probes");
    let diagnostic = if stack.is_production() {
        Diagnostic::error(Code::NoProbes, message)
    } else {
        Diagnostic::warning(Code::NoProbes, message)
    };
    sink.report(
        diagnostic
        .origin(origin, why)
        .help(format!(
            "remove `command`: `celery`, `settings` and the other options say what it runs; or write `components.{name}.probes`, \
             or `components.{name}.celery-probes = false` where none are wanted"
        )),
    );
}

/// A worker that is started by hand runs without what the preset would say: its limits are those of Celery, which has none, and
/// a child for each core of the node.
fn options(part: &Part, celery: Celery<'_>, sink: &mut Sink) {
    let Some(first) = celery.command.first().filter(|_| celery.is_started_by_hand()) else {
        return;
    };
    if part.component.options::<Worker>().is_none() {
        return;
    }
    let says = |names: &[&str]| {
        celery.command.iter().any(|word| {
            let name = word.split('=').next().unwrap_or_default();
            names.iter().any(|known| {
                name == *known
                    || (known.len() == 2 && word.starts_with(known) && !word.starts_with("--"))
            })
        })
    };
    let wanted = [
        ("--time-limit", &["--time-limit"][..]),
        ("--concurrency", &["--concurrency", "-c", "--autoscale"]),
        ("--prefetch-multiplier", &["--prefetch-multiplier"]),
    ];
    let missing = wanted.iter().filter(|(_, names)| !says(names)).map(|(name, _)| *name);
    let missing: Vec<&str> = missing.collect();
    // Celery's own prefetch multiplier makes a worker slow, not wrong.
    if missing.iter().all(|name| *name == "--prefetch-multiplier") {
        return;
    }
    let message =
        format!("the command of `{}` leaves out {}", part.name, suggest::quoted_list(&missing));
    sink.report(
        Diagnostic::warning(Code::DroppedOptions, message)
            .origin(first.origin, "what the options of the component say does not reach Celery")
            .help(
                "remove `command`: `celery`, `settings` and the other options say what it runs; or add them to the command",
            ),
    );
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
