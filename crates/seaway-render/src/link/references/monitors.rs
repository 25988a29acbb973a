//! What Prometheus scrapes: the Services and pods that monitors select, and the ports that they name.
//!
//! The fields are those of <https://prometheus-operator.dev/docs/api-reference/api/>. A monitor that selects nothing, or a
//! port that nothing has, is no error anywhere in the cluster: there are just no metrics.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, ContainerPort, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use seaway_core::{Code, Node, Sink, Value, decode, suggest};

use super::super::at::At;
use super::super::fields::items;
use super::super::index::{Index, fault, namespace};
use super::super::workloads::{NO_LABELS, Selector};
use super::ingresses::ports;
use crate::object::Other;
use crate::{Body, Object, containers};

const GROUP: &str = "monitoring.coreos.com";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut services = None;
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        if other.is(GROUP, "ServiceMonitor") || other.is(GROUP, "PodMonitor") {
            complete(object, other, sink);
        }
        if other.is(GROUP, "ServiceMonitor") {
            let services = services.get_or_insert_with(|| Services::new(index));
            of_services(index, object, other, services, sink);
        } else if other.is(GROUP, "PodMonitor") {
            of_pods(index, object, other, sink);
        }
    }
}

/// What the API asks a monitor for. One without endpoints scrapes nothing.
fn complete(object: &Object, other: &Other, sink: &mut Sink) {
    let kind = object.body.kind();
    let endpoints = if kind == "PodMonitor" { "podMetricsEndpoints" } else { "endpoints" };
    if other.rest.at(["spec", "selector"]).is_none() {
        let message = format!("a {kind} without `spec.selector`");
        sink.report(fault(Code::IncompleteObject, object, "spec", message).help(
            "say what it selects: `spec.selector.matchLabels = { … }`; an empty one selects all",
        ));
    }
    if other.rest.get("spec").is_none_or(|spec| items(spec, endpoints).is_empty()) {
        let message = format!("a {kind} without `spec.{endpoints}` scrapes nothing");
        sink.report(
            fault(Code::IncompleteObject, object, "spec", message)
                .help(format!("write `spec.{endpoints} = [{{ port = \"metrics\" }}]`")),
        );
    }
}

/// Services by one of their labels.
struct Services<'a>(BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Object>>);

impl<'a> Services<'a> {
    fn new(index: &Index<'a>) -> Self {
        let mut by_label: BTreeMap<_, Vec<&Object>> = BTreeMap::new();
        for object in index.objects {
            let Body::Service(service) = &object.body else { continue };
            for (key, value) in service.metadata.labels.iter().flatten() {
                by_label.entry((namespace(object), &**key, &**value)).or_default().push(object);
            }
        }
        Self(by_label)
    }

    fn selected(&self, index: &Index<'a>, around: &str, selector: Selector<'_>) -> Vec<&'a Object> {
        let with = |key, value| self.0.get(&(around, key, value)).map_or(&[][..], Vec::as_slice);
        let labels = selector.labels.iter();
        let rarest = labels.map(|(key, value)| with(key, value)).min_by_key(|found| found.len());
        let is_service = |object: &&Object| {
            matches!(object.body, Body::Service(_)) && namespace(object) == around
        };
        let candidates: Vec<&Object> = match rarest {
            Some(found) => found.to_vec(),
            None => index.objects.iter().filter(is_service).collect(),
        };
        let labels =
            |object: &'a Object| object.body.metadata().labels.as_ref().unwrap_or(&NO_LABELS);
        candidates.into_iter().filter(|object| selector.matches(labels(object))).collect()
    }
}

/// What a monitor selects by, and the namespaces that it looks into; `None` if it looks into those that the bundle does
/// not know.
fn scope<'a>(
    index: &Index<'_>,
    object: &'a Object,
    other: &'a Other,
) -> Option<(LabelSelector, Vec<&'a str>)> {
    let selector = other.rest.at(["spec", "selector"])?;
    let selector = decode::<LabelSelector>(selector, &mut Sink::default())?;
    let spaces = other.rest.at(["spec", "namespaceSelector"]);
    if spaces
        .and_then(|spaces| spaces.get("any"))
        .is_some_and(|any| any.value == Value::Boolean(true))
    {
        return None;
    }
    let written = spaces.map_or(&[][..], |spaces| items(spaces, "matchNames"));
    let written: Vec<&str> = written.iter().filter_map(Node::as_str).collect();
    let own = namespace(object);
    let around = if written.is_empty() { vec![own] } else { written };
    around.iter().all(|name| *name == own || index.is_here(name)).then_some((selector, around))
}

fn nothing(
    index: &Index<'_>,
    object: &Object,
    what: &str,
    selector: Selector<'_>,
    sink: &mut Sink,
) {
    let made_by_operator =
        selector.values().any(|value| index.has_custom((namespace(object), value)));
    if !made_by_operator {
        let message = format!("no {what} has the labels `{selector}`");
        sink.report(
            fault(Code::SelectorMismatch, object, "spec.selector", message)
                .help(format!(
                    "name labels of a {what} of this stage; a monitor of other namespaces says so by `namespaceSelector`"
                )),
        );
    }
}

/// The places of a list of endpoints, each with the port that it names.
fn endpoints<'a>(
    other: &'a Other,
    list: &str,
    key: &str,
) -> impl Iterator<Item = (usize, &'a Value)> {
    let endpoints = other.rest.get("spec").map_or(&[][..], |spec| items(spec, list));
    let key = key.to_owned();
    endpoints
        .iter()
        .enumerate()
        .filter_map(move |(at, endpoint)| Some((at, &endpoint.get(&key)?.value)))
}

fn of_services(
    index: &Index<'_>,
    object: &Object,
    other: &Other,
    services: &Services<'_>,
    sink: &mut Sink,
) {
    let Some((selector, spaces)) = scope(index, object, other) else { return };
    let selector = Selector::of(&selector);
    let found: Vec<&Object> =
        spaces.iter().flat_map(|around| services.selected(index, around, selector)).collect();
    if found.is_empty() {
        nothing(index, object, "Service", selector, sink);
        return;
    }
    let names = || {
        let services = found.iter().filter_map(|found| match &found.body {
            Body::Service(service) => Some(service),
            _ => None,
        });
        services.flat_map(|service| ports(service)).filter_map(|port| port.name.as_deref())
    };
    let root = At::path("spec");
    for (at, wanted) in endpoints(other, "endpoints", "port") {
        let Value::String(wanted) = wanted else { continue };
        if names().all(|name| name != wanted) {
            let endpoint = root.index("endpoints", at);
            let message = format!("no port of the selected Services is called `{wanted}`");
            sink.report(
                fault(Code::DanglingReference, object, endpoint.field("port"), message)
                    .help_maybe(suggest::nearest_or_all(wanted, names())),
            );
        }
    }
}

fn of_pods(index: &Index<'_>, object: &Object, other: &Other, sink: &mut Sink) {
    let Some((selector, spaces)) = scope(index, object, other) else { return };
    let selector = Selector::of(&selector);
    let found: Vec<_> =
        spaces.iter().flat_map(|around| index.pods.selected(around, selector)).collect();
    if found.is_empty() {
        nothing(index, object, "pod", selector, sink);
        return;
    }
    let ports = || found.iter().flat_map(|pod| container_ports(pod.spec));
    let root = At::path("spec");
    for (at, wanted) in endpoints(other, "podMetricsEndpoints", "port") {
        let Value::String(wanted) = wanted else { continue };
        let names = || ports().filter_map(|port| port.name.as_deref());
        if names().all(|name| name != wanted) {
            let endpoint = root.index("podMetricsEndpoints", at);
            let message = format!("no port of the selected pods is called `{wanted}`");
            sink.report(
                fault(Code::DanglingReference, object, endpoint.field("port"), message)
                    .help_maybe(suggest::nearest_or_all(wanted, names())),
            );
        }
    }
    for (at, wanted) in endpoints(other, "podMetricsEndpoints", "portNumber") {
        let Value::Integer(wanted) = wanted else { continue };
        if ports().all(|port| i64::from(port.container_port) != *wanted) {
            let endpoint = root.index("podMetricsEndpoints", at);
            let message = format!("the selected pods list no port {wanted}");
            let known: Vec<i32> = ports().map(|port| port.container_port).collect();
            let help = format!("their ports are {}", suggest::quoted_list(&known));
            sink.report(
                fault(Code::DanglingReference, object, endpoint.field("portNumber"), message)
                    .help_maybe((!known.is_empty()).then_some(help)),
            );
        }
    }
}

/// The ports of all containers of a pod.
fn container_ports(spec: &PodSpec) -> impl Iterator<Item = &ContainerPort> {
    let containers = containers::running(spec).map(|(_, container)| container);
    containers.flat_map(|container: &Container| container.ports.iter().flatten())
}
