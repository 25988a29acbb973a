//! Time to stop: a pod is killed no sooner than what runs in it is done. Requests and tasks that are killed are lost
//! (freelawproject/courtlistener#3726, apache/airflow#18066).

use k8s_openapi::api::core::v1::{Container, Lifecycle, PodSpec};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::runs::{Program, Run};
use crate::{Body, Object};

/// Seconds until a pod that says nothing is killed
/// (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination>).
const USUAL: i64 = 30;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for maker in &index.pods.makers {
        // Jobs run to their end.
        if matches!(maker.object.body, Body::Job(_) | Body::CronJob(_)) {
            continue;
        }
        for container in &maker.spec.containers {
            stop(maker.object, maker.spec, container, sink);
        }
    }
}

fn stop(object: &Object, spec: &PodSpec, container: &Container, sink: &mut Sink) {
    let Some(run) = Run::of(container) else { return };
    let Some((running, option, what)) = running(run) else { return };
    let grace = spec.termination_grace_period_seconds.unwrap_or(USUAL);
    let drain = container.lifecycle.as_ref().and_then(drain).unwrap_or(0);
    // More than can be written is as good as for ever.
    let needed = drain.saturating_add(running).min(u32::MAX.into());
    // A sleep that fills the time by itself is told elsewhere.
    if grace >= needed || drain >= grace {
        return;
    }
    let (_, path) = object.body.pod_spec().unwrap_or((spec, "spec"));
    let pod = At::path(path);
    let name = &container.name;
    let message = format!("`{name}` is killed after {grace} s, and needs {needed} s to stop");
    let mut diagnostic =
        fault(Code::ShortGrace, object, pod.field("terminationGracePeriodSeconds"), message);
    if drain > 0 {
        diagnostic =
            diagnostic.note(format!("{needed} s = {drain} s of preStop + {running} s for {what}"));
    }
    let at = pod.item("containers", name);
    let written = run
        .place(option, "")
        .and_then(|(list, word)| object.origins.of(&at.index(list, word).to_string()).span());
    if let Some(place) = written {
        diagnostic = diagnostic.label(place, format!("{what} have this time"));
    }
    sink.report(diagnostic.help(format!(
        "write `termination-grace-period-seconds = {needed}` or more; without the key it is computed for a command of \
         Seaway's own"
    )));
}

/// Seconds that what runs may take, the option that says so, and what it is.
fn running(run: Run<'_>) -> Option<(i64, &'static str, &'static str)> {
    match run.program {
        Program::Gunicorn => {
            // Its own default: https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout
            let seconds = run.number("--graceful-timeout", "").unwrap_or(30);
            Some((seconds, "--graceful-timeout", "running requests"))
        }
        Program::Uvicorn => {
            let option = "--timeout-graceful-shutdown";
            Some((run.number(option, "")?, option, "running requests"))
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
