//! What the API server asks of several fields of a Service together, and of several Services:
//! `ValidateService` of `pkg/apis/core/validation`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ServiceSpec;
use seaway_core::{Code, Diagnostic, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::requests::written;
use crate::{Body, Object};

/// The port of the kubelet, which no load balancer may lead to.
const KUBELET: i32 = 10250;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut taken: BTreeMap<(i32, &str), (&Object, usize)> = BTreeMap::new();
    for object in index.objects {
        let Body::Service(service) = &object.body else { continue };
        let Some(spec) = &service.spec else {
            let message = format!("{} has no `spec`", object.id());
            sink.report(
                fault(Code::IncompleteObject, object, "spec", message)
                    .help("write `spec.ports` and `spec.selector`"),
            );
            continue;
        };
        of_type(object, spec, sink);
        ports(object, spec, sink);
        for (at, port) in spec.ports.iter().flatten().enumerate() {
            let Some(number) = port.node_port.filter(|number| *number != 0) else { continue };
            let key = (number, port.protocol.as_deref().unwrap_or("TCP"));
            if let Some((first, place)) = taken.insert(key, (object, at)) {
                sink.report(twice(number, (first, place), (object, at)));
            }
        }
    }
}

/// The path to a field of a port.
fn path_of(object: &Object, at: usize, field: &str) -> String {
    let name = match &object.body {
        Body::Service(service) => {
            service.spec.as_ref().and_then(|spec| spec.ports.as_ref()?.get(at)?.name.as_deref())
        }
        _ => None,
    };
    let root = At::path("spec");
    root.item_or_index("ports", name, at).field(field).to_string()
}

fn twice(number: i32, first: (&Object, usize), second: (&Object, usize)) -> Diagnostic {
    let message =
        format!("`nodePort` {number} is taken by {} and by {}", first.0.id(), second.0.id());
    let path = path_of(second.0, second.1, "nodePort");
    let mut diagnostic = fault(Code::Conflict, second.0, path, message);
    if let Some(place) = written(first.0, &path_of(first.0, first.1, "nodePort")) {
        diagnostic = diagnostic.label(place, "");
    }
    diagnostic.help("write another one, or leave it out: the cluster picks a free one")
}

fn of_type(object: &Object, spec: &ServiceSpec, sink: &mut Sink) {
    let kind = spec.type_.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("ClusterIP");
    let is_headless = spec.cluster_ip.as_deref() == Some("None");
    if spec.ports.as_ref().is_none_or(Vec::is_empty) && !is_headless && kind != "ExternalName" {
        let message = format!("{} has no ports", object.id());
        sink.report(fault(Code::IncompleteObject, object, "spec.ports", message).help(
            "write `ports`; only a headless Service, `clusterIP = \"None\"`, can do without",
        ));
    }
    let mut excluded = |field: &str, message: String, help: &str| {
        let path = At::path("spec").field(field).to_string();
        sink.report(fault(Code::ExclusiveFields, object, path, message).help(help));
    };
    if is_headless && matches!(kind, "NodePort" | "LoadBalancer") {
        let message = format!("a {kind} Service can not be headless");
        excluded("clusterIP", message, "remove `clusterIP`, or the `type`");
    }
    let is_outside = matches!(kind, "NodePort" | "LoadBalancer")
        || spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    if spec.external_traffic_policy.is_some() && !is_outside {
        let message = format!("a {kind} Service can not have `externalTrafficPolicy`");
        let help = "remove it: nothing from outside the cluster comes in here";
        excluded("externalTrafficPolicy", message, help);
    }
    let is_local = spec.external_traffic_policy.as_deref() == Some("Local");
    if spec.health_check_node_port.is_some_and(|port| port != 0)
        && kind == "LoadBalancer"
        && !is_local
    {
        let message =
            "`healthCheckNodePort` is for `externalTrafficPolicy` `Local` only".to_owned();
        excluded("healthCheckNodePort", message, "remove it, or write that policy");
    }
}

fn ports(object: &Object, spec: &ServiceSpec, sink: &mut Sink) {
    let all = spec.ports.as_deref().unwrap_or_default();
    let kind = spec.type_.as_deref().unwrap_or("ClusterIP");
    for (at, port) in all.iter().enumerate() {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let same = |other: &k8s_openapi::api::core::v1::ServicePort| {
            other.port == port.port && other.protocol.as_deref().unwrap_or("TCP") == protocol
        };
        // A port that is missing is told of as such.
        if port.port != 0 && all[..at].iter().any(same) {
            let message = format!("{} has the port {} twice", object.id(), port.port);
            sink.report(
                fault(Code::Conflict, object, path_of(object, at, "port"), message)
                    .help("remove one of them; the protocols can differ"),
            );
        }
        if port.node_port.is_some_and(|number| number != 0) && matches!(kind, "" | "ClusterIP") {
            let message = "a ClusterIP Service can not have a `nodePort`".to_owned();
            sink.report(
                fault(Code::ExclusiveFields, object, path_of(object, at, "nodePort"), message)
                    .help("write `type = \"NodePort\"`, or remove it"),
            );
        }
        if port.port == KUBELET && kind == "LoadBalancer" {
            let message = format!("a load balancer can not have the port {KUBELET}");
            sink.report(
                fault(Code::OutOfRange, object, path_of(object, at, "port"), message)
                    .help("write another one: it is the port of the kubelet of each node"),
            );
        }
    }
}
