//! Time to stop on nodes that the cloud takes away: it gives its own notice, whatever the pod asks for.

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::grace::{USUAL, needed};
use super::runs::{Program, Run};
use crate::{Body, Object};

/// Labels and taints of nodes that are taken away: key, value, and the seconds that a pod has from the notice to its end.
///
/// Amazon gives two minutes (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html>),
/// Google 30 seconds, of which the kubelet leaves 25 to pods
/// (<https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms#termination-graceful-shutdown>), Azure 30 seconds
/// (<https://learn.microsoft.com/en-us/azure/aks/spot-node-pool#limitations>).
const NODES: [(&str, &str, i64); 7] = [
    ("eks.amazonaws.com/capacityType", "SPOT", 120),
    ("karpenter.sh/capacity-type", "spot", 120),
    ("node.kubernetes.io/lifecycle", "spot", 120),
    ("kops.k8s.io/spot", "true", 120),
    ("cloud.google.com/gke-spot", "true", 25),
    ("cloud.google.com/gke-preemptible", "true", 25),
    ("kubernetes.azure.com/scalesetpriority", "spot", 30),
];

/// How a pod comes onto such a node.
struct Way {
    key: &'static str,
    notice: i64,
    /// The field that says so, below the pod.
    path: String,
}

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        // What runs to its end is started again on another node.
        if matches!(workload.object.body, Body::Job(_) | Body::CronJob(_)) {
            continue;
        }
        let grace = workload.spec.termination_grace_period_seconds.unwrap_or(USUAL);
        let Some(way) = ways(workload.spec).min_by_key(|way| way.notice) else { continue };
        // What stops in less than it may take is not cut short.
        let needed = needed(workload.spec).unwrap_or(if grace > USUAL { grace } else { 0 });
        if grace > way.notice && needed > way.notice {
            report(workload.object, workload.spec, &way, needed.min(grace), sink);
        }
    }
}

fn report(object: &Object, spec: &PodSpec, way: &Way, needed: i64, sink: &mut Sink) {
    let (_, path) = object.body.pod_spec().unwrap_or((spec, "spec"));
    let pod = At::path(path);
    let (name, notice) = (object.body.name(), way.notice);
    let message = format!(
        "`{name}` may need {needed} s to stop, and a node of `{}` gives it {notice} s",
        way.key
    );
    let mut diagnostic = fault(Code::ShortGrace, object, pod.field(&way.path), message);
    diagnostic.severity = seaway_core::Severity::Warning;
    let mut programs = spec.containers.iter().filter_map(Run::of).map(|run| run.program);
    let help = match programs.next() {
        Some(Program::Worker) => {
            "a task that is cut runs again only with `task_acks_late` and `task_reject_on_worker_lost`, so it has to be safe to repeat; \
             shorter tasks with `task-time-limit-seconds` fit"
        }
        Some(Program::Server(_)) => {
            "requests that take longer are cut; a shorter `graceful-timeout-seconds` fits"
        }
        Some(Program::Beat | Program::Flower) | None => {
            "what keeps data belongs on nodes that stay; or a shorter `termination-grace-period-seconds` fits"
        }
    };
    let allow = object.component.as_ref().map_or_else(
        || "allow.short-grace".to_owned(),
        |component| format!("components.{component}.allow.short-grace"),
    );
    sink.report(diagnostic.help(format!("{help}; if that is meant, say so: `{allow} = \"…\"`")));
}

/// What lets a pod onto nodes that are taken away.
fn ways(spec: &PodSpec) -> impl Iterator<Item = Way> {
    let known = |key: &str, has: &dyn Fn(&str) -> bool, path: String| {
        let row = NODES.iter().find(|(label, value, _)| *label == key && has(value));
        row.map(|(key, _, notice)| Way { key, notice: *notice, path })
    };
    let mut ways = Vec::new();
    for (key, value) in spec.node_selector.iter().flatten() {
        ways.extend(known(key, &|wanted| wanted == value, format!("nodeSelector.{key}")));
    }
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required =
        affinity.and_then(|one| one.required_during_scheduling_ignored_during_execution.as_ref());
    let required = required.iter().flat_map(|one| &one.node_selector_terms);
    let preferred =
        affinity.and_then(|one| one.preferred_during_scheduling_ignored_during_execution.as_ref());
    let preferred = preferred.into_iter().flatten().map(|one| &one.preference);
    for expression in
        required.chain(preferred).flat_map(|term| term.match_expressions.iter().flatten())
    {
        let has = |wanted: &str| match expression.operator.as_str() {
            "In" => expression.values.iter().flatten().any(|value| value == wanted),
            "Exists" => true,
            _ => false,
        };
        ways.extend(known(&expression.key, &has, "affinity.nodeAffinity".to_owned()));
    }
    for (at, toleration) in spec.tolerations.iter().flatten().enumerate() {
        let exists = toleration.operator.as_deref() == Some("Exists");
        let value = toleration.value.as_deref().unwrap_or_default();
        let key = toleration.key.as_deref().unwrap_or_default();
        ways.extend(known(key, &|wanted| exists || value == wanted, format!("tolerations[{at}]")));
    }
    ways.into_iter()
}
