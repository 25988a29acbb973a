//! `process` → Deployment and account; a Service if it has ports.

use seaway_core::exposure::DEREGISTRATION_LAG;
use seaway_core::options::{Expose, Process};
use seaway_core::policy;
use seaway_core::values::Port;

use super::containers::app_image;
use super::pod::pod;
use super::program::{Ask, Check, Defaults, Program, Usage, computed, scratch};
use super::services::internal;
use super::workload::{Rollout, Scale, deployment};
use super::{Cx, expose};
use crate::{Object, reasons};

/// What a program takes that nobody knows.
pub(super) const USAGE: Usage = Usage { cpu: 100, memory: 256, memory_limit: 512 };
/// Seconds to stop, drain included; twice Kubernetes' own default of 30 for a process that is not known.
const GRACE: u32 = 60;
/// Seconds to stop that a worker of RQ has. Told to, it ends after the job that it runs, which may take 180 seconds unless the job says
/// otherwise (<https://python-rq.org/docs/workers/#taking-down-workers>, <https://python-rq.org/docs/#enqueueing-jobs>).
const RQ_GRACE: u32 = 300;
/// Seconds that a served process goes on answering when it is told to stop.
const DRAIN: u32 = 10;

pub(super) fn lower(cx: Cx<'_>, process: &Process) -> Vec<Object> {
    let facts = &cx.part.facts;
    let is_called = facts.all_ports().next().is_some();
    let port_name = facts.ports.own.as_ref().map_or("http", |name| &***name);
    let (drain, grace) = stopping(cx);
    let runs_rq = policy::is_rq_worker(process.command.iter().map(|word| word.value.as_str()));
    let program = Program {
        image: app_image(cx),
        command: process.command.clone(),
        args: Vec::new(),
        env: Vec::new(),
        port: facts.port.map(|port| (port_name.to_owned().into(), port)),
        probes: probes(facts.port.is_some()),
        resources: USAGE,
        scratch: vec![scratch("/tmp", 256, false)],
        files: Vec::new(),
        grace: computed(if runs_rq { grace.max(RQ_GRACE) } else { grace }, &reasons::GRACE),
        drain: is_called.then(|| computed(drain, &reasons::ROLLOUT)),
    };
    let scale = Scale::of(cx.part);
    let rollout = if process.singleton { Rollout::Recreate } else { Rollout::Surge };
    let mut objects = deployment(cx, &scale, rollout, pod(cx, program, None));
    match facts.port {
        Some(port) => objects.extend(expose::objects(cx, port.map(Port::get), port_name)),
        None if is_called => objects.push(internal(cx, None)),
        None => {}
    }
    objects
}

/// The probes of a program that nobody knows: whether its port answers.
pub(super) fn probes(served: bool) -> Defaults {
    let check = |period, failures| {
        let reason = &reasons::PROBES;
        served.then_some(Check { ask: Ask::Connect, period, timeout: 5, failures, reason })
    };
    Defaults { startup: check(2, 60), readiness: check(5, 3), liveness: check(15, 4) }
}

/// Seconds of drain, and seconds to stop: longer where a load balancer of AWS sends requests to the pods themselves, and
/// waits for those that run.
pub(super) fn stopping(cx: Cx<'_>) -> (u32, u32) {
    let expose = cx.part.expose().filter(|expose| expose.targets_pods());
    let Some(expose) = expose else { return (DRAIN, GRACE) };
    let delay = match (&expose.value, expose.nlb()) {
        (Expose::Alb(alb), _) => alb.deregistration_delay_seconds.value,
        (_, Some(nlb)) => nlb.deregistration_delay_seconds.value,
        _ => 0,
    };
    (DEREGISTRATION_LAG + 5, GRACE.max(delay.saturating_add(5)))
}
