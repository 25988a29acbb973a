//! The ports of Services: told apart by name, and each leads to a port of the pods, by its protocol.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ContainerPort, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::workloads::{NO_LABELS, PodTemplate, Selector};
use super::selectors::is_external;
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Body::Service(service) = &object.body else { continue };
        let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_deref());
        let ports = ports.unwrap_or_default();
        names(object, ports, sink);
        targets(index, object, service, ports, sink);
    }
}

/// Several ports of a Service are told apart by their names.
fn names(object: &Object, ports: &[ServicePort], sink: &mut Sink) {
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

fn targets(
    index: &Index<'_>,
    object: &Object,
    service: &Service,
    ports: &[ServicePort],
    sink: &mut Sink,
) {
    let labels = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let labels = labels.unwrap_or(&NO_LABELS);
    if labels.is_empty() || is_external(service) {
        return;
    }
    let selector = Selector { labels, expressions: &[] };
    let root = At::path("spec");
    for pod in index.pods.selected(namespace(object), selector) {
        for (at, port) in ports.iter().enumerate() {
            let path = root.item_or_index("ports", port.name.as_deref(), at);
            target(object, port, path, pod, sink);
        }
    }
}

/// The protocol of a port that names none.
fn protocol(written: Option<&String>) -> &str {
    written.map_or("TCP", String::as_str)
}

/// A named target port is one of the pods' ports; a numbered one is, if they list any. Both carry the same protocol:
/// endpoints are only made of a named port that does (`FindPort` in `pkg/api/v1/pod/util.go` of Kubernetes).
fn target(
    object: &Object,
    port: &ServicePort,
    path: At<'_>,
    pod: &PodTemplate<'_>,
    sink: &mut Sink,
) {
    let is_wanted = |listed: &ContainerPort| match &port.target_port {
        Some(IntOrString::String(name)) => listed.name.as_ref() == Some(name),
        Some(IntOrString::Int(number)) => listed.container_port == *number,
        None => listed.container_port == port.port,
    };
    let is_named = matches!(port.target_port, Some(IntOrString::String(_)));
    let all = || {
        containers::running(pod.spec).flat_map(|(_, container)| container.ports.iter().flatten())
    };
    let Some(first) = all().find(|listed| is_wanted(listed)) else {
        if is_named || all().next().is_some() {
            absent(object, port, path, pod, all(), sink);
        }
        return;
    };
    let wanted = protocol(port.protocol.as_ref());
    let has_protocol = |listed: &ContainerPort| protocol(listed.protocol.as_ref()) == wanted;
    if all().any(|listed| is_wanted(listed) && has_protocol(listed)) {
        return;
    }
    let found = protocol(first.protocol.as_ref());
    let message = format!(
        "port {} of {} is {wanted}, and {found} in the pods of {}",
        port.port,
        object.id(),
        pod.object.id()
    );
    let path = path.field(if port.protocol.is_some() { "protocol" } else { "targetPort" });
    sink.report(
        fault(Code::PortMismatch, object, path, message).help(format!(
            "write `protocol = \"{found}\"`, or change that of the container's port"
        )),
    );
}

fn absent<'p>(
    object: &Object,
    port: &ServicePort,
    path: At<'_>,
    pod: &PodTemplate<'_>,
    all: impl Iterator<Item = &'p ContainerPort>,
    sink: &mut Sink,
) {
    let target = match &port.target_port {
        Some(IntOrString::String(name)) => name.clone(),
        Some(IntOrString::Int(number)) => number.to_string(),
        None => port.port.to_string(),
    };
    let known: Vec<String> = all
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
