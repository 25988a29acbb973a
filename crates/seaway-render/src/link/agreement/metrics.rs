//! What an autoscaler scales can be scaled, and what it measures is measured against something.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::object::Slot;
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for scaler in index.scalers.values().flatten() {
        let (group, kind, name) = scaler.target;
        let Some(target) = index.get(group, kind, name) else { continue };
        if !can_scale(&target.body) {
            let message = format!("a {kind} can not be scaled");
            sink.report(
                fault(Code::InvalidObject, scaler.object, "spec.scaleTargetRef.kind", message)
                    .help("name a Deployment or a StatefulSet"),
            );
            continue;
        }
        let Body::HorizontalPodAutoscaler(own) = &scaler.object.body else { continue };
        let spec = Slot::<HorizontalPodAutoscalerSpec>::slot(&own.spec);
        let Some((pods, path)) = target.body.pod_spec() else { continue };
        for metric in spec.and_then(|spec| spec.metrics.as_ref()).into_iter().flatten() {
            let of_pods = metric.resource.as_ref().map(|metric| (&metric.name, &metric.target));
            let Some((resource, to)) = of_pods else { continue };
            if to.average_utilization.is_some() {
                requested(scaler.object, target, resource, pods, At::path(path), sink);
            }
        }
    }
}

/// Kinds that have no `scale`; of those that are not known by type nobody knows.
fn can_scale(body: &Body) -> bool {
    matches!(body, Body::Deployment(_) | Body::StatefulSet(_) | Body::Other(_))
}

/// A share is one of what the containers request. Without a request in one of them the autoscaler does nothing
/// (<https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details>).
fn requested(
    scaler: &Object,
    target: &Object,
    resource: &str,
    pods: &PodSpec,
    pod: At<'_>,
    sink: &mut Sink,
) {
    for (list, container) in containers::running(pods).filter(|(_, one)| !requests(one, resource)) {
        let place = pod.item(list, &container.name);
        let requests = place.field("resources.requests");
        let message = format!("the container `{}` requests no `{resource}`", container.name);
        sink.report(
            fault(Code::IncompleteObject, target, requests.field(resource), message)
                .note(format!("{} measures it as a share of the requests", scaler.id()))
                .help(format!("write `resources.requests.{resource} = …`")),
        );
    }
}

/// A limit stands for a request that is not written.
fn requests(container: &Container, resource: &str) -> bool {
    let Some(resources) = &container.resources else { return false };
    let has = |amounts: &Option<std::collections::BTreeMap<String, _>>| {
        amounts.as_ref().is_some_and(|amounts| amounts.contains_key(resource))
    };
    has(&resources.requests) || has(&resources.limits)
}
