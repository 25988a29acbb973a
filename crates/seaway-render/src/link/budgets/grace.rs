//! Time to stop: a pod is killed no sooner than what runs in it is done. Requests and tasks that are killed are lost
//! (freelawproject/courtlistener#3726, apache/airflow#18066).

use k8s_openapi::api::core::v1::{Container, Lifecycle, PodSpec};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::super::workloads::PodTemplate;
use super::runs::{Program, Run};
use crate::{Body, containers};

/// Seconds until a pod that says nothing is killed
/// (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination>).
pub(super) const USUAL: i64 = 30;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        // Jobs run to their end.
        if matches!(workload.object.body, Body::Job(_) | Body::CronJob(_)) {
            continue;
        }
        let mut before = 0;
        for container in &workload.spec.containers {
            let done = stop(workload, (containers::MAIN, container), 0, sink);
            before = before.max(done);
        }
        // Native sidecars are told to stop when the main containers have ended, the last one first; their hooks run at once
        // (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#termination-with-sidecars).
        for sidecar in containers::sidecars(workload.spec).rev() {
            before = stop(workload, (containers::INIT, sidecar), before, sink);
        }
    }
}

/// Tells of a container that is killed before it is done, if what runs in it is known; when it is done, in seconds after
/// the pod is told to stop. Its turn comes when those before it are done.
fn stop(
    workload: &PodTemplate<'_>,
    (list, container): (&str, &Container),
    before: i64,
    sink: &mut Sink,
) -> i64 {
    let (object, spec) = (workload.object, workload.spec);
    let drain = container.lifecycle.as_ref().and_then(drain).unwrap_or(0);
    let begin = before.max(drain);
    let Some(run) = Run::of(container) else { return begin };
    let Some((running, option, what)) = running(run) else { return begin };
    let grace = spec.termination_grace_period_seconds.unwrap_or(USUAL);
    // More than can be written is as good as for ever.
    let needed = begin.saturating_add(running).min(u32::MAX.into());
    // A sleep that fills the time by itself is told elsewhere, and so are those whose turn comes before.
    if grace >= needed || begin >= grace {
        return needed;
    }
    let (_, path) = object.body.pod_spec().unwrap_or((spec, "spec"));
    let pod = At::path(path);
    let name = &container.name;
    let message = format!("`{name}` is killed after {grace} s, and needs {needed} s to stop");
    let mut diagnostic =
        fault(Code::ShortGrace, object, pod.field("terminationGracePeriodSeconds"), message);
    let first = if before > drain { "the containers that stop before it" } else { "preStop" };
    if begin > 0 {
        diagnostic =
            diagnostic.note(format!("{needed} s = {begin} s of {first} + {running} s for {what}"));
    }
    let at = pod.item(list, name);
    let written = run
        .place(option, "")
        .and_then(|(words, word)| object.origins.of(&at.index(words, word).to_string()).span());
    if let Some(place) = written {
        diagnostic = diagnostic.label(place, format!("{what} have this time"));
    }
    sink.report(diagnostic.help(format!(
        "write `termination-grace-period-seconds = {needed}` or more; without the key it is computed for a command of \
         Seaway's own"
    )));
    needed
}

/// Seconds after which the containers of a pod are done that are known, the sidecars included.
pub(super) fn needed(spec: &PodSpec) -> Option<i64> {
    let drained = |container: &Container| container.lifecycle.as_ref().and_then(drain).unwrap_or(0);
    let of_main = spec.containers.iter().map(|container| {
        let run = Run::of(container).and_then(running);
        run.map(|(running, ..)| drained(container).saturating_add(running))
    });
    let mut done = of_main.flatten().max()?;
    for sidecar in containers::sidecars(spec).rev() {
        let begin = done.max(drained(sidecar));
        let run = Run::of(sidecar).and_then(running);
        done = run.map_or(begin, |(running, ..)| begin.saturating_add(running));
    }
    Some(done)
}

/// Seconds that what runs may take, the option that says so, and what it is.
fn running(run: Run<'_>) -> Option<(i64, &'static str, &'static str)> {
    match run.program {
        Program::Server(server) => {
            let (setting, usual) = server.facts().graceful_timeout?;
            let option = *setting.flags.first()?;
            let seconds = run.number(option, "").or(usual.map(i64::from))?;
            Some((seconds, option, "running requests"))
        }
        Program::Worker => Some((run.number("--time-limit", "")?, "--time-limit", "running tasks")),
        Program::Beat | Program::Flower => None,
    }
}

/// Seconds that a container goes on before it is told to stop: the kubelet's own sleep, or the program of that name.
fn drain(lifecycle: &Lifecycle) -> Option<i64> {
    let stop = lifecycle.pre_stop.as_ref()?;
    if let Some(sleep) = &stop.sleep {
        return Some(sleep.seconds);
    }
    let words = stop.exec.as_ref()?.command.iter().flatten();
    let mut words = words.flat_map(|word| word.split_whitespace());
    words.find(|word| *word == "sleep")?;
    words.next()?.parse().ok()
}
