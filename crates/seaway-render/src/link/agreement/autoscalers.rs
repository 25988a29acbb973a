//! The number of pods: one place says it.

use seaway_core::{Code, Node, Sink};

use super::super::index::{Index, fault};
use super::super::scalers::{Scaler, replicas};
use crate::Object;

/// An autoscaler's choice would be reset by every apply
/// (<https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling>).
pub(super) fn fixed(index: &Index<'_>, sink: &mut Sink) {
    for scaler in index.scalers.values().flatten() {
        let (group, kind, name) = scaler.target;
        let Some(target) = index.get(group, kind, name) else { continue };
        if replicas(target).is_none() {
            continue;
        }
        let message = format!("{} has `replicas` and an autoscaler", target.id());
        let help = if target.is_own {
            "remove the replicas: every apply would reset what the autoscaler chose"
        } else {
            "write `autoscale` in the component, or `remove = [\"spec.replicas\"]` in a patch: every apply would reset \
             what the autoscaler chose"
        };
        let mut diagnostic = fault(Code::FixedReplicas, target, "spec.replicas", message)
            .note(format!("scaled by {}", scaler.object.id()))
            .help(help);
        if let Some(place) = scaler.object.place() {
            diagnostic = diagnostic.label(place, "the autoscaler");
        }
        sink.report(diagnostic);
    }
}

/// Two autoscalers of one target undo each other, or do nothing at all: that of Kubernetes gives up with
/// `AmbiguousSelector` (`pkg/controller/podautoscaler/horizontal.go`), and that of KEDA makes one of Kubernetes
/// (<https://keda.sh/docs/latest/concepts/scaling-deployments/>).
pub(super) fn two(index: &Index<'_>, sink: &mut Sink) {
    for scalers in index.scalers.values() {
        let [first, others @ ..] = scalers.as_slice() else { continue };
        for second in others.iter().filter(|second| !takes_over(first, second)) {
            // What the user wrote is more likely at fault than what follows from the stack.
            let (wrong, right) = match (first.object.is_own, second.object.is_own) {
                (true, false) => (first.object, second.object),
                _ => (second.object, first.object),
            };
            told(wrong, right, first, sink);
        }
    }
}

fn told(wrong: &Object, right: &Object, scaler: &Scaler<'_>, sink: &mut Sink) {
    let (_, kind, (_, name)) = scaler.target;
    let message = format!("{kind}/{name} has two autoscalers");
    let path = "spec.scaleTargetRef.name";
    let mut diagnostic = fault(Code::TwoAutoscalers, wrong, path, message)
        .note(format!("scaled by {} and {}", right.id(), wrong.id()))
        .help("keep one of them: an autoscaler can have several metrics");
    if let Some(place) = right.place() {
        diagnostic = diagnostic.label(place, "the other autoscaler");
    }
    sink.report(diagnostic);
}

/// Whether one is KEDA's and says to take over the other
/// (<https://keda.sh/docs/latest/concepts/scaling-deployments/#transfer-ownership-of-an-existing-hpa>).
fn takes_over(first: &Scaler<'_>, second: &Scaler<'_>) -> bool {
    const KEY: &str = "scaledobject.keda.sh/transfer-hpa-ownership";
    let takes = |scaler: &Scaler<'_>, other: &Scaler<'_>| {
        let annotations = scaler.object.body.metadata().annotations.as_ref();
        let says = annotations.and_then(|all| all.get(KEY)).is_some_and(|value| value == "true");
        says && match &scaler.object.body {
            crate::Body::Other(own) => {
                let path = ["spec", "advanced", "horizontalPodAutoscalerConfig", "name"];
                own.rest.at(path).and_then(Node::as_str) == Some(other.object.body.name())
            }
            _ => false,
        }
    };
    takes(first, second) || takes(second, first)
}
