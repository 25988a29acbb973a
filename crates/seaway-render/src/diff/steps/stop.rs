//! Those who write: stopped before data is copied, and started again where the objects do not say how many they are.

use seaway_core::options::CeleryRole;
use seaway_core::shell::{Command, command};
use seaway_core::stack::Part;

use super::{Cx, quoted, step, workload};
use crate::diff::data::Store;
use crate::diff::{Step, Task};
use crate::{Body, Bundle, Object, pause};

/// A process that stops.
pub(super) struct Stopped<'a> {
    part: &'a Part,
    is_worker: bool,
}

/// The processes of the first stage that write to what moves.
pub(super) fn stopped<'a>(cx: &Cx<'a>) -> Vec<Stopped<'a>> {
    let writes = |part: &Part| {
        cx.stores.iter().filter(|store| is_moved(store)).any(|store| match store.from {
            Some(service) => part.edges.contains_key(&service.name.value),
            None => mounts(cx.from, part, &store.data.name),
        })
    };
    let processes = cx.from.stack.parts.values().filter(|part| part.facts.is_application());
    processes
        .filter(|part| writes(part))
        .map(|part| Stopped { part, is_worker: part.facts.celery == Some(CeleryRole::Worker) })
        .collect()
}

fn is_moved(store: &Store<'_>) -> bool {
    store.data.task != Task::Drop
}

/// Whether the pods of a component mount a claim.
fn mounts(stage: &Bundle, part: &Part, claim: &str) -> bool {
    of(stage, part).any(|object| {
        object.body.pod_spec().is_some_and(|(spec, _)| {
            let mut claims = spec
                .volumes
                .iter()
                .flatten()
                .filter_map(|volume| volume.persistent_volume_claim.as_ref());
            claims.any(|source| source.claim_name == claim)
        })
    })
}

fn of<'a>(stage: &'a Bundle, part: &Part) -> impl Iterator<Item = &'a Object> {
    let name = part.name.value.clone();
    stage
        .objects
        .iter()
        .filter(move |object| object.component.as_ref().is_some_and(|known| known.value == name))
}

/// Stops those who put tasks into queues, and all who write but workers.
pub(super) fn producers(cx: &Cx<'_>, stopped: &[Stopped<'_>]) -> Option<Step> {
    let parts: Vec<&Part> =
        stopped.iter().filter(|one| !one.is_worker).map(|one| one.part).collect();
    let mut step = stop(cx, &parts)?;
    step.notes
        .insert(0, format!("the application is down from here until {} is applied", cx.second()));
    Some(step)
}

/// Stops the workers, whose queues are empty by now.
pub(super) fn workers(cx: &Cx<'_>, stopped: &[Stopped<'_>]) -> Option<Step> {
    let parts: Vec<&Part> =
        stopped.iter().filter(|one| one.is_worker).map(|one| one.part).collect();
    stop(cx, &parts)
}

fn stop(cx: &Cx<'_>, parts: &[&Part]) -> Option<Step> {
    let mut commands = Vec::new();
    for part in parts {
        for name in autoscalers(cx.from, part) {
            commands.push(pause::scaler(&cx.old, &name, true));
        }
    }
    let scaled: Vec<Command> = parts.iter().filter_map(|part| workload(cx.from, part)).collect();
    if !scaled.is_empty() {
        commands.push(pause::scale(&cx.old, 0, scaled));
    }
    for name in parts.iter().flat_map(|part| cron_jobs(cx.from, part)) {
        commands.push(pause::cron_job(&cx.old, &name, true));
    }
    if commands.is_empty() {
        return None;
    }
    let cron_jobs_of = |part: &&&Part| !cron_jobs(cx.from, part).is_empty();
    let is_running = |part: &&&Part| workload(cx.from, part).is_some();
    let stopped = parts.iter().filter(|part| is_running(part) || cron_jobs_of(part));
    let names: Vec<&str> = stopped.map(|part| &*part.name.value as &str).collect();
    let all = parts.iter().flat_map(|part| cron_jobs(cx.from, part));
    let jobs: Vec<Command> = all.map(|name| command("cronjob.batch/{}", &[&name])).collect();
    if !jobs.is_empty() {
        commands.push(pause::ended(&cx.old, jobs));
    }
    let objects: Vec<&str> =
        parts.iter().filter(is_running).map(|part| &*part.object as &str).collect();
    if !objects.is_empty() {
        let selector = format!("app.kubernetes.io/instance in ({})", objects.join(","));
        commands.push(command(
            "{} wait --for=delete pod --selector={} --timeout=10m",
            &[&cx.old, &selector],
        ));
    }
    let mut step = step(format!("stop {}", quoted(&names)));
    step.commands = commands;
    Some(step)
}

fn cron_jobs(stage: &Bundle, part: &Part) -> Vec<String> {
    of(stage, part)
        .filter(|object| matches!(object.body, Body::CronJob(_)))
        .map(|object| object.body.name().to_owned())
        .collect()
}

/// The autoscalers of KEDA, which start pods again by themselves.
fn autoscalers(stage: &Bundle, part: &Part) -> Vec<String> {
    of(stage, part)
        .filter(|object| object.body.kind() == "ScaledObject")
        .map(|object| object.body.name().to_owned())
        .collect()
}

/// Starts again what the objects of the second stage do not: who has an autoscaler has no `replicas` in its YAML.
pub(super) fn start(cx: &Cx<'_>, stopped: &[Stopped<'_>]) -> Option<Step> {
    let mut commands = Vec::new();
    for stopped in stopped {
        let Some(part) = cx.to.stack.parts.get(&stopped.part.name.value) else { continue };
        for name in autoscalers(cx.to, part) {
            commands.push(pause::scaler(&cx.new, &name, false));
        }
        let scaled = of(cx.to, part).find_map(scaled_by_others);
        if let Some(name) = scaled {
            let deployment = command("deployment/{}", &[&name]);
            commands.push(pause::scale(&cx.new, least(part).into(), vec![deployment]));
        }
        for name in cron_jobs(cx.to, part) {
            let was = cron_jobs(cx.from, stopped.part).contains(&name);
            if was && !is_suspended(part) {
                commands.push(pause::cron_job(&cx.new, &name, false));
            }
        }
    }
    if commands.is_empty() {
        return None;
    }
    let mut step = step("start again what an apply leaves stopped");
    step.commands = commands;
    Some(step)
}

fn is_suspended(part: &Part) -> bool {
    part.facts.is_suspended
}

/// The name of a Deployment that does not say how many pods it has.
fn scaled_by_others(object: &Object) -> Option<String> {
    let Body::Deployment(deployment) = &object.body else { return None };
    let spec =
        crate::object::Slot::<k8s_openapi::api::apps::v1::DeploymentSpec>::slot(&deployment.spec)?;
    spec.replicas.is_none().then(|| object.body.name().to_owned())
}

fn least(part: &Part) -> u16 {
    part.facts.autoscale.as_ref().map_or(1, |scale| scale.min.value.max(1))
}
