//! What autoscalers scale, and what they measure.

use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec,
};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, group};
use super::super::scalers::Scaler;
use super::known;
use crate::object::Slot;
use crate::{Body, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for scaler in index.scalers.values().flatten() {
        let (group, kind, (_, name)) = scaler.target;
        known(index, scaler.object, "spec.scaleTargetRef.name", (group, kind, name), sink);
        let Body::HorizontalPodAutoscaler(own) = &scaler.object.body else { continue };
        version(index, scaler, own, sink);
        let spec = Slot::<HorizontalPodAutoscalerSpec>::slot(&own.spec);
        let metrics = spec.and_then(|spec| spec.metrics.as_deref()).unwrap_or_default();
        let root = At::path("spec");
        for (at, metric) in metrics.iter().enumerate() {
            measured(index, scaler, metric, root.index("metrics", at), sink);
        }
    }
}

/// The API of a target that is known by type is the one that it has.
fn version(index: &Index<'_>, scaler: &Scaler<'_>, own: &HorizontalPodAutoscaler, sink: &mut Sink) {
    let (group, kind, name) = scaler.target;
    let Some(target) = index.get(group, kind, name) else { return };
    let spec = Slot::<HorizontalPodAutoscalerSpec>::slot(&own.spec);
    let written = spec.and_then(|spec| spec.scale_target_ref.api_version.as_deref());
    let known = target.body.api_version();
    if let Some(written) = written.filter(|written| *written != known)
        && !matches!(target.body, Body::Other(_))
    {
        let message = format!("there is no {kind} in `{written}`");
        let path = "spec.scaleTargetRef.apiVersion";
        sink.report(
            fault(Code::DanglingReference, scaler.object, path, message)
                .help(format!("write `apiVersion = \"{known}\"`")),
        );
    }
}

/// A metric of a container or of another object: both are there.
fn measured(
    index: &Index<'_>,
    scaler: &Scaler<'_>,
    metric: &MetricSpec,
    path: At<'_>,
    sink: &mut Sink,
) {
    if let Some(of) = metric.object.as_ref().map(|metric| &metric.described_object) {
        let group = group(of.api_version.as_deref().unwrap_or_default());
        let path = path.field("object.describedObject.name");
        known(index, scaler.object, path, (group, &of.kind, &of.name), sink);
    }
    let Some(metric) = &metric.container_resource else { return };
    let (group, kind, name) = scaler.target;
    let pods = index.get(group, kind, name).and_then(|target| target.body.pod_spec());
    let Some((spec, _)) = pods else { return };
    let names = || containers::running(spec).map(|(_, container)| container.name.as_str());
    if names().all(|name| name != metric.container) {
        let message =
            format!("the pods of {kind}/{} have no container `{}`", name.1, metric.container);
        let path = path.field("containerResource.container");
        sink.report(
            fault(Code::DanglingReference, scaler.object, path, message)
                .help_maybe(suggest::nearest_or_all(&metric.container, names())),
        );
    }
}
