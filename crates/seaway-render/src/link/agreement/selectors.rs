//! Selectors: each selects what it should.

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec, StatefulSetSpec};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use seaway_core::{Code, Sink, Sourced};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::workloads::{NO_LABELS, Selector};
use crate::object::Slot;
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::Service(service) => self::service(index, object, service, sink),
            Body::PodDisruptionBudget(budget) => {
                let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
                if let Some(selector) = selector {
                    selects(
                        index,
                        object,
                        &At::path("spec.selector"),
                        Selector::of(selector),
                        sink,
                    );
                }
            }
            Body::NetworkPolicy(policy) => network(index, object, policy, sink),
            _ => {}
        }
    }
    twice(index, sink);
}

/// What makes pods selects them; the API server refuses it otherwise.
pub(super) fn own(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        own_pods(object, sink);
    }
}

/// What the labels begin with that operators and controllers put on the pods that they make, of which none is in the bundle:
/// - solvers of cert-manager (cert-manager/website#1827)
/// - `CloudNativePG` (<https://cloudnative-pg.io/documentation/current/labels_annotations/>)
/// - Strimzi (<https://strimzi.io/docs/operators/latest/deploying>)
/// - the operator of Crunchy Data (<https://access.crunchydata.com/documentation/postgres-operator/latest>)
/// - Elastic Cloud on Kubernetes (<https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s>)
/// - the MySQL operator of Oracle (<https://dev.mysql.com/doc/mysql-operator/en/>)
/// - controllers of Gateways (<https://gateway-api.sigs.k8s.io/geps/gep-1762/>)
/// - Argo Workflows and Tekton, whose objects make pods at run time
/// - Kubernetes itself: the names of the Job and of the pod of a `StatefulSet`
///   (<https://kubernetes.io/docs/reference/labels-annotations-taints/>)
const LABELS_OF_OPERATORS: [&str; 12] = [
    "acme.cert-manager.io/",
    "apps.kubernetes.io/",
    "batch.kubernetes.io/",
    "cnpg.io/",
    "common.k8s.elastic.co/",
    "gateway.networking.k8s.io/",
    "mysql.oracle.com/",
    "postgres-operator.crunchydata.com/",
    "statefulset.kubernetes.io/",
    "strimzi.io/",
    "tekton.dev/",
    "workflows.argoproj.io/",
];

fn is_of_operator(key: &str) -> bool {
    LABELS_OF_OPERATORS.iter().any(|prefix| key.starts_with(prefix))
}

/// A selector that asks for something finds pods: of the bundle, or of a custom resource of the bundle, whose operator
/// labels its pods with the name of the resource.
fn selects(
    index: &Index<'_>,
    object: &Object,
    path: &At<'_>,
    selector: Selector<'_>,
    sink: &mut Sink,
) {
    let around = namespace(object);
    if selector.is_empty() || !index.pods.selected(around, selector).is_empty() {
        return;
    }
    let made_by_operator =
        selector.values().any(|value| index.has_custom((around, value.as_str())))
            || selector.keys().any(|key| is_of_operator(key));
    if !made_by_operator {
        let message = format!("no pod has the labels `{selector}`");
        sink.report(fault(Code::SelectorMismatch, object, path, message).help(
            "name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and \
             select by the name of that, or say who makes them: `allow.selector-mismatch = \"…\"`",
        ));
    }
}

/// A Service without a selector, or one for a name outside the cluster, finds its endpoints elsewhere.
fn service(index: &Index<'_>, object: &Object, service: &Service, sink: &mut Sink) {
    let labels = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    if !is_external(service) {
        let selector = Selector { labels: labels.unwrap_or(&NO_LABELS), expressions: &[] };
        selects(index, object, &At::path("spec.selector"), selector, sink);
    }
}

/// Whether a Service is a name for a host outside the cluster.
pub(super) fn is_external(service: &Service) -> bool {
    let spec = service.spec.as_ref();
    spec.is_some_and(|spec| spec.type_.as_deref() == Some("ExternalName"))
}

fn network(index: &Index<'_>, object: &Object, policy: &NetworkPolicy, sink: &mut Sink) {
    let Some(spec) = &policy.spec else { return };
    if let Some(selector) = Slot::<LabelSelector>::slot(&spec.pod_selector) {
        selects(index, object, &At::path("spec.podSelector"), Selector::of(selector), sink);
    }
    let root = At::path("spec");
    let mut peers = |list: &str, rule: usize, field: &str, peers: &[NetworkPolicyPeer]| {
        let rule = root.index(list, rule);
        for (at, peer) in peers.iter().enumerate() {
            // Pods of other namespaces are not in the bundle.
            if let (Some(selector), None) = (&peer.pod_selector, &peer.namespace_selector) {
                let peer = rule.index(field, at);
                selects(index, object, &peer.field("podSelector"), Selector::of(selector), sink);
            }
        }
    };
    for (at, rule) in spec.ingress.iter().flatten().enumerate() {
        peers("ingress", at, "from", rule.from.as_deref().unwrap_or_default());
    }
    for (at, rule) in spec.egress.iter().flatten().enumerate() {
        peers("egress", at, "to", rule.to.as_deref().unwrap_or_default());
    }
}

pub(in crate::link) fn selector_of(object: &Object) -> Option<Selector<'_>> {
    let selector = match &object.body {
        Body::Deployment(object) => &Slot::<DeploymentSpec>::slot(&object.spec)?.selector,
        Body::StatefulSet(object) => &Slot::<StatefulSetSpec>::slot(&object.spec)?.selector,
        Body::DaemonSet(object) => &Slot::<DaemonSetSpec>::slot(&object.spec)?.selector,
        _ => return None,
    };
    Some(Selector::of(selector))
}

fn own_pods(object: &Object, sink: &mut Sink) {
    let Some(selector) = selector_of(object) else { return };
    if selector.is_empty() {
        let message = format!("{} selects nothing", object.id());
        sink.report(
            fault(Code::InvalidObject, object, "spec.selector", message)
                .help("write `spec.selector.matchLabels` with labels of its pods"),
        );
        return;
    }
    let labels = object.body.pod_labels().unwrap_or(&NO_LABELS);
    if selector.matches(labels) {
        return;
    }
    // Of the two, what somebody wrote for this object is at fault: the selector and labels of a component both follow
    // from its name.
    let of_component = object.component.as_ref().and_then(Sourced::span);
    let is_written = |path: &str| {
        let found = object.origins.nearest(path).filter(|(found, _)| *found == path);
        let span = found.and_then(|(_, origin)| origin.span());
        span.is_some() && span != of_component
    };
    let key = selector.labels.iter().find(|(key, value)| labels.get(*key) != Some(*value));
    let of = |place: &str| key.map(|(key, _)| format!("{place}.{key}"));
    let paths = [of("spec.template.metadata.labels"), of("spec.selector.matchLabels")];
    let written = paths.into_iter().flatten().find(|path| is_written(path));
    let path = written.as_deref().unwrap_or("spec.selector");
    let message = format!("{} does not select its own pods by `{selector}`", object.id());
    let labels = Selector { labels, expressions: &[] };
    sink.report(
        fault(Code::InvalidObject, object, path, message)
            .note(format!("its pods have the labels `{labels}`"))
            .help("selector and labels of the pods have to agree; a selector can never be changed again"),
    );
}

/// Two controllers that select the same pods fight for them.
fn twice(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let object = workload.object;
        let Some(selector) = selector_of(object).filter(|selector| !selector.is_empty()) else {
            continue;
        };
        for other in index.pods.selected(namespace(object), selector) {
            if !std::ptr::eq(other.object, object) {
                let message =
                    format!("{} selects the pods of {} as well", object.id(), other.object.id());
                sink.report(
                    fault(Code::SelectorMismatch, object, "spec.selector", message)
                        .help("select by a label that only its own pods have"),
                );
            }
        }
    }
}
