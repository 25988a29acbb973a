//! Time to start: no probe restarts a container that is still starting.

use k8s_openapi::api::core::v1::Probe;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let name = workload.object.component.as_ref().map(|name| &name.value);
        let part = name.and_then(|name| index.stack.parts.get(name));
        let Some(part) = part else { continue };
        let Some(needed) = part.component.pod().and_then(|pod| pod.startup_seconds) else {
            continue;
        };
        let Some(container) =
            workload.spec.containers.iter().find(|one| one.name == *part.name.value)
        else {
            continue;
        };
        // The others wait for the start-up probe; without one the liveness probe restarts, from the first second on.
        let (probe, field) = match (&container.startup_probe, &container.liveness_probe) {
            (Some(probe), _) => (probe, "startupProbe"),
            (None, Some(probe)) => (probe, "livenessProbe"),
            (None, None) => continue,
        };
        let given = given(probe);
        if given > i64::from(needed.value) {
            continue;
        }
        let (_, path) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
        let pod = At::path(path);
        let at = pod.item("containers", &container.name);
        let word = if field == "startupProbe" { "start-up" } else { "liveness" };
        let message = format!(
            "the {word} probe of `{}` gives up after {given} s, and it needs {needed} s to start",
            part.name
        );
        let mut diagnostic = fault(
            Code::ShortStartup,
            workload.object,
            at.field(field).field("failureThreshold"),
            message,
        );
        diagnostic = diagnostic.note(sum(probe, given));
        if let Some(place) = needed.span() {
            diagnostic = diagnostic.label(place, "needs this long");
        }
        let key = if field == "startupProbe" { "startup" } else { "liveness" };
        let period = i64::from(period(probe));
        sink.report(diagnostic.help(format!(
            "write `probes.{key}.failure-threshold = {}` or more, or leave the start-up probe to its default, which grows",
            i64::from(needed.value) / period + 1
        )));
    }
}

/// Ten seconds and three failures unless it is said
/// (<https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes>).
fn period(probe: &Probe) -> i32 {
    probe.period_seconds.unwrap_or(10).max(1)
}

fn failures(probe: &Probe) -> i32 {
    probe.failure_threshold.unwrap_or(3)
}

/// Seconds until a probe that always fails restarts its container.
fn given(probe: &Probe) -> i64 {
    let delay = i64::from(probe.initial_delay_seconds.unwrap_or(0));
    delay + i64::from(period(probe)) * i64::from(failures(probe))
}

fn sum(probe: &Probe, given: i64) -> String {
    let delay = probe.initial_delay_seconds.filter(|delay| *delay > 0);
    let delay =
        delay.map_or_else(String::new, |delay| format!("{delay} s before the first try + "));
    format!("{given} s = {delay}{} tries × {} s", failures(probe), period(probe))
}
