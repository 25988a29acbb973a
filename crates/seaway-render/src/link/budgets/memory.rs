//! Memory: the processes of a container fit into what it may have. One that does not is killed under load, by the
//! kernel and without a word (benoitc/gunicorn#2028, s2i-python-container#188).

use k8s_openapi::api::core::v1::Container;
use seaway_core::options::{Processes, Web};
use seaway_core::values::Quantity;
use seaway_core::{Code, Diagnostic, Sink};

use super::super::api::amount::Amount;
use super::super::api::requests::amount;
use super::super::at::At;
use super::super::index::{Index, fault};
use super::super::workloads::PodTemplate;
use super::runs::{Program, Run};
use crate::containers;
use crate::lower::{WEB_PROCESS, WORKER_CHILD, WORKER_PARENT};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        for (list, container) in containers::running(workload.spec) {
            processes(index, workload, (list, container), sink);
        }
    }
}

fn processes(
    index: &Index<'_>,
    workload: &PodTemplate<'_>,
    (list, container): (&str, &Container),
    sink: &mut Sink,
) {
    let Some(run) = Run::of(container) else {
        return guessed(index, workload, container, sink);
    };
    let resources = container.resources.as_ref();
    let Some(limit) = resources.and_then(|one| amount(one.limits.as_ref(), "memory")) else {
        return;
    };
    let Some(processes) = run.processes() else { return };
    let each = of_one(index, workload, run);
    let parent = match run.program {
        Program::Worker => mebibytes(WORKER_PARENT),
        Program::Server(_) | Program::Beat | Program::Flower => Amount::ZERO,
    };
    let needed = parent.plus(each.times(processes));
    if needed <= limit || processes == 0 {
        return;
    }
    let (_, path) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
    let pod = At::path(path);
    let container_at = pod.item(list, &container.name);
    let at = container_at.field("resources.limits.memory");
    let what = if run.program == Program::Worker { "children" } else { "server processes" };
    let message = format!(
        "`{}` may have {limit} of memory, and its {processes} {what} need {needed}",
        container.name
    );
    let mut sum = format!("{needed} = {processes} × {each}");
    if parent > Amount::ZERO {
        sum = format!("{sum} + {parent} for their parent");
    }
    let flag = match run.program {
        Program::Worker => Some(("--concurrency", "-c")),
        Program::Server(server) => match server.facts().processes {
            Processes::Flag { long, short, .. } => long.first().map(|long| (*long, short)),
            Processes::One => None,
        },
        Program::Beat | Program::Flower => None,
    };
    let mut diagnostic = fault(Code::MemoryOverLimit, workload.object, at, message).note(sum);
    let written = flag.and_then(|(long, short)| run.place(long, short));
    let written = written.and_then(|(words, word)| {
        workload.object.origins.of(&container_at.index(words, word).to_string()).span()
    });
    if let Some(place) = written {
        diagnostic = diagnostic.label(place, format!("{processes} {what}"));
    }
    sink.report(diagnostic.help(format!(
        "allow at least {needed}, run fewer of them, or write `process-memory` if one is measured to need less"
    )));
}

/// A web process by a command of the stack that nobody knows: how many processes it starts is a guess, and with it the memory
/// that they may have.
fn guessed(index: &Index<'_>, workload: &PodTemplate<'_>, container: &Container, sink: &mut Sink) {
    let part = workload.object.component.as_ref();
    let part = part.and_then(|name| index.stack.parts.get(&name.value));
    let Some(part) = part.filter(|part| container.name == *part.name.value) else { return };
    let Some(web) = part.component.options::<Web>() else { return };
    let written = [web.workers.origin.span(), web.process_memory.origin.span()];
    let resources = &web.pod.resources;
    let is_said = written.iter().any(Option::is_some)
        || resources.limits.memory.is_some()
        || resources.requests.memory.is_some();
    let limit = container.resources.as_ref();
    let limit = limit.and_then(|one| amount(one.limits.as_ref(), "memory"));
    let (Some(first), Some(limit)) = (web.command.first().filter(|_| !is_said), limit) else {
        return;
    };
    let (name, workers, each) = (&part.name, web.workers.value, web.process_memory.value);
    let message = format!("the memory limit of `{name}` is a guess: {limit}");
    sink.report(
        Diagnostic::warning(Code::MemoryOverLimit, message)
            .origin(first.origin, "how many processes it starts is not known")
            .note(format!("{limit} = 2 × {workers} processes × {each}"))
            .help(format!(
                "measure it and write `components.{name}.resources.limits.memory = \"…\"`, or `workers` and `process-memory`"
            )),
    );
}

fn mebibytes(count: u32) -> Amount {
    Amount::of(Quantity::mebibytes(count))
}

/// What one process needs: what the stack says of its component, or what a Django project usually takes. A child of Celery
/// may grow to the size at which it is replaced, if there is one.
fn of_one(index: &Index<'_>, workload: &PodTemplate<'_>, run: Run<'_>) -> Amount {
    let name = workload.object.component.as_ref().map(|name| &name.value);
    let part = name.and_then(|name| index.stack.parts.get(name));
    let part = part.filter(|part| run.container.name == *part.name.value);
    let said = part.and_then(|part| part.facts.process_memory);
    let said = said.map(|memory| Amount::of(memory.value));
    let usual = match run.program {
        Program::Worker => mebibytes(WORKER_CHILD),
        Program::Server(_) | Program::Beat | Program::Flower => mebibytes(WEB_PROCESS),
    };
    let each = said.unwrap_or(usual);
    // In KiB: https://docs.celeryq.dev/en/stable/userguide/workers.html#max-memory-per-child-setting
    let most = run
        .number("--max-memory-per-child", "")
        .map(|kibibytes| Amount::count(kibibytes.saturating_mul(1024)));
    most.filter(|_| run.program == Program::Worker).map_or(each, |most| most.max(each))
}
