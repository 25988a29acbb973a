//! A broker keeps every entry, after all patches.

use seaway_core::options::Role;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::part_of;
use crate::containers;

/// An entry of a broker that is dropped is a task that is lost, without an error (rq/rq#1280, taskforcesh/bullmq#2215).
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let roles = part_of(index, workload.object).and_then(|part| part.facts.roles.as_ref());
        if !roles.into_iter().flatten().any(|(role, _)| *role != Role::Cache) {
            continue;
        }
        let (_, path) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
        for (list_of, container) in containers::running(workload.spec) {
            for (list, words) in [("command", &container.command), ("args", &container.args)] {
                let words = words.as_deref().unwrap_or_default();
                let policy = words.iter().position(|word| word == "--maxmemory-policy");
                let Some((at, policy)) = policy.and_then(|at| Some((at + 1, words.get(at + 1)?)))
                else {
                    continue;
                };
                if policy == "noeviction" {
                    continue;
                }
                let pod = At::path(path);
                let container = pod.item(list_of, &container.name);
                let message = format!(
                    "{} holds tasks and drops entries when its memory is full (`{policy}`)",
                    workload.object.id()
                );
                sink.report(
                    fault(
                        Code::SharedRedisDatabase,
                        workload.object,
                        container.index(list, at),
                        message,
                    )
                    .help("write `noeviction`, and give the cache a component of its own"),
                );
            }
        }
    }
}
