//! Selectors: each selects what it should, and a Service's ports lead to ports of the pods.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec, StatefulSetSpec};
use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::makers::{Maker, NO_LABELS, Selector};
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
            _ => own_pods(object, sink),
        }
    }
    twice(index, sink);
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
        selector.values().any(|value| index.has_custom((around, value.as_str())));
    if !made_by_operator {
        let message = format!("no pod has the labels `{selector}`");
        sink.report(fault(Code::SelectorMismatch, object, path, message).help(
            "name labels of pods of this stage; for pods that an operator makes, add its custom resource to \
             `[[objects]]` and select by the name of that",
        ));
    }
}

/// A Service without a selector, or one for a name outside the cluster, finds its endpoints elsewhere.
fn service(index: &Index<'_>, object: &Object, service: &Service, sink: &mut Sink) {
    let Some(spec) = &service.spec else { return };
    let all = spec.ports.as_deref().unwrap_or_default();
    port_names(object, all, sink);
    let labels = spec.selector.as_ref().unwrap_or(&NO_LABELS);
    if spec.type_.as_deref() == Some("ExternalName") || labels.is_empty() {
        return;
    }
    let selector = Selector { labels, expressions: &[] };
    selects(index, object, &At::path("spec.selector"), selector, sink);
    let root = At::path("spec");
    for (at, port) in all.iter().enumerate() {
        let path = root.item_or_index("ports", port.name.as_deref(), at);
        for pod in index.pods.selected(namespace(object), selector) {
            target(object, port, &path, pod, sink);
        }
    }
}

/// Several ports of a Service are told apart by their names.
fn port_names(object: &Object, ports: &[ServicePort], sink: &mut Sink) {
    let mut names = BTreeSet::new();
    let root = At::path("spec");
    for (at, port) in ports.iter().enumerate() {
        let path = root.item_or_index("ports", port.name.as_deref(), at);
        match &port.name {
            None if ports.len() > 1 => {
                let message = format!("a port of {} has no name", object.id());
                sink.report(
                    fault(Code::InvalidObject, object, path, message)
                        .help("name each port of a Service that has several"),
                );
            }
            Some(name) if !names.insert(name) => {
                let message = format!("two ports are called `{name}`");
                sink.report(
                    fault(Code::Conflict, object, path, message).help("rename one of them"),
                );
            }
            _ => {}
        }
    }
}

/// A named target port is one of the pods' ports; a numbered one is, if they list any.
fn target(object: &Object, port: &ServicePort, path: &At<'_>, pod: &Maker<'_>, sink: &mut Sink) {
    let target = port.target_port.clone().unwrap_or(IntOrString::Int(port.port));
    // An init container that is restarted is a sidecar, and serves.
    let init = pod.spec.init_containers.iter().flatten();
    let sidecars = init.filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let containers = || pod.spec.containers.iter().chain(sidecars.clone());
    let all = || containers().flat_map(|container| container.ports.iter().flatten());
    let (found, target) = match &target {
        IntOrString::String(name) => {
            (all().any(|port| port.name.as_ref() == Some(name)), name.clone())
        }
        IntOrString::Int(number) => {
            let listed = all().any(|port| port.container_port == *number);
            (listed || all().next().is_none(), number.to_string())
        }
    };
    if found {
        return;
    }
    let known: Vec<String> = all()
        .map(|port| port.name.clone().unwrap_or_else(|| port.container_port.to_string()))
        .collect();
    let message = format!("the pods of {} have no port `{target}`", pod.object.id());
    let mut diagnostic = fault(Code::DanglingReference, object, path.field("targetPort"), message);
    for place in pod.object.origins.removals() {
        diagnostic = diagnostic.label(*place, "takes a part out of the pods");
    }
    sink.report(diagnostic.help(if known.is_empty() {
        "the pods list no ports: name one in `ports` of a container".to_owned()
    } else {
        format!("their ports are {}", suggest::quoted_list(&known))
    }));
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

/// What makes pods selects them.
fn own_pods(object: &Object, sink: &mut Sink) {
    let Some(selector) = selector_of(object) else { return };
    if selector.is_empty() {
        let message = format!("{} selects nothing", object.id());
        sink.report(
            fault(Code::SelectorMismatch, object, "spec.selector", message)
                .help("write `spec.selector.matchLabels` with labels of its pods"),
        );
        return;
    }
    let labels = object.body.pod_labels().unwrap_or(&NO_LABELS);
    if selector.matches(labels) {
        return;
    }
    // A label that was written is more likely at fault than the selector.
    let label = selector.labels.iter().find(|(key, value)| labels.get(*key) != Some(*value));
    let of_label =
        label.map(|(key, _)| format!("spec.template.metadata.labels.{key}")).filter(|path| {
            object
                .origins
                .nearest(path)
                .is_some_and(|(found, origin)| found == path.as_str() && origin.span().is_some())
        });
    let path = of_label.as_deref().unwrap_or("spec.selector");
    let message = format!("{} does not select its own pods by `{selector}`", object.id());
    let labels = Selector { labels, expressions: &[] };
    sink.report(
        fault(Code::SelectorMismatch, object, path, message)
            .note(format!("its pods have the labels `{labels}`"))
            .help("selector and labels of the pods have to agree; a selector can never be changed again"),
    );
}

/// Two controllers that select the same pods fight for them.
fn twice(index: &Index<'_>, sink: &mut Sink) {
    for maker in &index.pods.makers {
        let object = maker.object;
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
