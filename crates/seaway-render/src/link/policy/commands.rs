//! Commands that break in as many pods as there are.

use k8s_openapi::api::core::v1::Container;
use seaway_core::policy::{self, Start};
use seaway_core::stack::Part;
use seaway_core::{Sink, Sourced};

use super::super::at::At;
use super::super::index::Index;
use super::{part_of, told, written};
use crate::{Body, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let runs_for_ever = matches!(
            workload.object.body,
            Body::Deployment(_) | Body::StatefulSet(_) | Body::DaemonSet(_)
        );
        if !runs_for_ever {
            continue;
        }
        let part = part_of(index, workload.object);
        let (_, path) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
        let pod = At::path(path);
        for (list, container) in containers::all(workload.spec) {
            let start = if list == containers::INIT { Start::Helper } else { Start::Process };
            if part.is_some_and(|part| is_as_written(part, container)) {
                continue;
            }
            let words = || container.command.iter().chain(&container.args).flatten();
            let commands = container.command.as_ref().map_or(0, Vec::len);
            policy::command(
                &words().map(String::as_str),
                start,
                index.stack.is_production(),
                |at, judgement| {
                    let container = pod.item(list, &container.name);
                    let place = match at.checked_sub(commands) {
                        Some(at) => container.index("args", at),
                        None => container.index("command", at),
                    };
                    sink.report(told(&judgement, workload.object, place));
                },
            );
        }
    }
}

/// Whether a container runs what the stack says, which was judged there.
fn is_as_written(part: &Part, container: &Container) -> bool {
    let same = |written: &[Sourced<String>], words: Option<&Vec<String>>| {
        let words = words.map(Vec::as_slice).unwrap_or_default();
        written.len() == words.len()
            && written.iter().zip(words).all(|(one, two)| one.value == *two)
    };
    if *container.name == *part.name.value {
        let command = part.component.command();
        return !command.is_empty()
            && same(command, container.command.as_ref())
            && container.args.is_none();
    }
    written(part, container).is_some_and(|written| {
        same(&written.command, container.command.as_ref())
            && same(&written.args, container.args.as_ref())
    })
}
