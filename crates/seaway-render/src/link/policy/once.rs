//! What must not run twice: schedulers and singletons have one pod, and no second one in a rollout.
//!
//! Two schedulers send each task twice (inveniosoftware/helm-invenio#159, celery/celery#4808).

use k8s_openapi::api::apps::v1::DeploymentSpec;
use seaway_core::{Code, Sink};

use super::super::budgets::runs::{Program, Run};
use super::super::index::{Index, fault, id};
use super::super::scalers::replicas;
use super::super::workloads::PodTemplate;
use super::part_of;
use crate::object::Slot;
use crate::{Body, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        if let Some(why) = once(index, workload) {
            must_be_one(index, workload, why, sink);
        }
    }
}

/// Why there must be one pod of it, if so.
fn once(index: &Index<'_>, workload: &PodTemplate<'_>) -> Option<&'static str> {
    if let Some(why) = said(index, workload) {
        return Some(why);
    }
    let runs_for_ever = matches!(
        workload.object.body,
        Body::Deployment(_) | Body::StatefulSet(_) | Body::DaemonSet(_)
    );
    let mut running = containers::running(workload.spec);
    let is_beat = |run: Run<'_>| run.program == Program::Beat;
    (runs_for_ever && running.any(|(_, one)| Run::of(one).is_some_and(is_beat)))
        .then_some("sends each task when it is due")
}

/// The same, where the stack says so.
fn said(index: &Index<'_>, workload: &PodTemplate<'_>) -> Option<&'static str> {
    part_of(index, workload.object)?.facts.only_one
}

fn must_be_one(index: &Index<'_>, workload: &PodTemplate<'_>, why: &str, sink: &mut Sink) {
    let object = workload.object;
    let what = object.id();
    let code = Code::RunsTwice;
    for scaler in index.scalers.get(&id(object)).into_iter().flatten() {
        let most = scaler.most();
        if most > 1 {
            let message =
                format!("{what} {why}, and {} scales it up to {most} pods", scaler.object.id());
            sink.report(
                fault(code, scaler.object, "spec.scaleTargetRef.name", message)
                    .help("remove the autoscaler: there must be one pod"),
            );
        }
    }
    if let Some(pods) = replicas(object).filter(|pods| *pods > 1) {
        let message = format!("{what} {why}, and has {pods} pods");
        sink.report(
            fault(code, object, "spec.replicas", message)
                .help("write one replica, or none to pause it"),
        );
    }
    match &object.body {
        Body::DaemonSet(_) => {
            let message = format!("{what} {why}, and has a pod on each node");
            sink.report(
                fault(code, object, "kind", message).help("write a `StatefulSet` of one pod"),
            );
        }
        Body::Deployment(deployment) => {
            let spec = Slot::<DeploymentSpec>::slot(&deployment.spec);
            let strategy = spec.and_then(|spec| spec.strategy.as_ref());
            if strategy.and_then(|strategy| strategy.type_.as_deref()) != Some("Recreate") {
                let message = format!("{what} {why}, and a rollout has two pods at a time");
                let is_said = object.is_own || said(index, workload).is_some();
                let help = if is_said {
                    "write `spec.strategy.type = \"Recreate\"`, or a `StatefulSet` of one pod, which has no second one even \
                     when a node is lost"
                } else {
                    "use the component type `beat`, or write `singleton = true`"
                };
                sink.report(fault(code, object, "spec.strategy.type", message).help(help));
            }
        }
        _ => {}
    }
}
