//! The Gateway API: the gateways that routes hang on, the Services that they lead to, and the certificates of gateways. And the
//! Services that Routes of OpenShift lead to.
//!
//! The fields are those of <https://gateway-api.sigs.k8s.io/reference/spec/>, and of
//! <https://github.com/openshift/api/blob/master/route/v1/types.go>.

use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Node, Sink, Value, suggest};

use super::super::at::At;
use super::super::fields::{items, number, text};
use super::super::index::{Index, fault, namespace};
use super::ingresses::{certificate, has_certificate_maker, no_port, ports, service};
use super::{dangling, known, known_in, not_a_service};
use crate::object::Other;
use crate::{Body, Object};

const GROUP: &str = "gateway.networking.k8s.io";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        let Some(spec) = other.rest.get("spec") else { continue };
        if other.is(GROUP, "Gateway") {
            if !has_certificate_maker(index, object, sink) {
                certificates(index, object, spec, sink);
            }
        } else if other.kind.ends_with("Route") && other.is(GROUP, &other.kind) {
            parents(index, object, spec, sink);
            backends(index, object, spec, sink);
        } else if other.is("route.openshift.io", "Route") {
            of_openshift(index, object, spec, sink);
        }
    }
}

/// A Route leads to a port of a Service by its name, or by the number or name of the pods' port.
fn of_openshift(index: &Index<'_>, object: &Object, spec: &Node, sink: &mut Sink) {
    let root = At::path("spec");
    let Some(to) = spec.get("to").filter(|to| to.get("name").is_some()) else {
        let message = format!("{} leads to no Service", object.id());
        let missing = fault(Code::DanglingReference, object, root.field("to"), message);
        sink.report(missing.help("write `to = { kind = \"Service\", name = \"…\" }`"));
        return;
    };
    let Some(name) = text(to, "name") else { return };
    // The one kind that the API takes.
    if let Some(kind) = text(to, "kind").filter(|kind| *kind != "Service") {
        sink.report(not_a_service(object, root.field("to.kind"), kind));
        return;
    }
    let full = (namespace(object), name);
    let Some(service) = service(index, object, root.field("to.name"), full, sink) else { return };
    let Some(wanted) = spec.at(["port", "targetPort"]) else { return };
    let is_wanted = |port: &ServicePort| match (&wanted.value, &port.target_port) {
        (Value::String(wanted), _) if port.name.as_deref() == Some(wanted) => true,
        (Value::String(wanted), Some(IntOrString::String(target))) => wanted == target,
        (Value::Integer(wanted), Some(IntOrString::Int(target))) => *wanted == i64::from(*target),
        (Value::Integer(wanted), None) => *wanted == i64::from(port.port),
        _ => false,
    };
    if !ports(service).any(is_wanted) {
        no_port(object, root.field("port.targetPort"), name, service, sink);
    }
}

/// A gateway is there, with the listener that the route names.
fn parents(index: &Index<'_>, object: &Object, spec: &Node, sink: &mut Sink) {
    let root = At::path("spec");
    if items(spec, "parentRefs").is_empty() {
        let message = format!("{} hangs on no Gateway", object.id());
        sink.report(
            fault(Code::DanglingReference, object, root.field("parentRefs"), message)
                .help("write `parentRefs = [{ name = \"…\" }]`"),
        );
    }
    for (at, parent) in items(spec, "parentRefs").iter().enumerate() {
        let Some(name) = text(parent, "name") else { continue };
        let path = root.item_or_index("parentRefs", Some(name), at);
        let group = text(parent, "group").unwrap_or(GROUP);
        let kind = text(parent, "kind").unwrap_or("Gateway");
        let around = text(parent, "namespace").unwrap_or(namespace(object));
        let Some(found) = index.get(group, kind, (around, name)) else {
            known_in(index, object, around, path.field("name"), (group, kind, name), sink);
            continue;
        };
        if let Body::Other(gateway) = &found.body
            && let Some(section) = text(parent, "sectionName")
        {
            let names = || listeners(gateway).iter().filter_map(|one| text(one, "name"));
            let path = path.field("sectionName");
            let listener = listeners(gateway).iter().find(|one| text(one, "name") == Some(section));
            if let Some(listener) = listener {
                protocol(object, listener, path, sink);
            } else {
                let message = format!("{} has no listener `{section}`", found.id());
                sink.report(
                    fault(Code::DanglingReference, object, path, message)
                        .help_maybe(suggest::nearest_or_all(section, names())),
                );
            }
        }
    }
}

/// A listener takes the routes of its protocol alone; protocols of vendors have a domain in their names
/// (<https://gateway-api.sigs.k8s.io/reference/spec/#protocoltype>).
fn protocol(object: &Object, listener: &Node, path: At<'_>, sink: &mut Sink) {
    let by_http = matches!(object.body.kind(), "HTTPRoute" | "GRPCRoute");
    let protocol = text(listener, "protocol").unwrap_or_default();
    if by_http && matches!(protocol, "TCP" | "UDP" | "TLS") {
        let message = format!("a listener of {protocol} takes no {}", object.body.kind());
        sink.report(
            fault(Code::PortMismatch, object, path, message)
                .help("name a listener of `HTTP` or `HTTPS`"),
        );
    }
}

fn listeners(gateway: &Other) -> &[Node] {
    gateway.rest.get("spec").map_or(&[], |spec| items(spec, "listeners"))
}

fn backends(index: &Index<'_>, object: &Object, spec: &Node, sink: &mut Sink) {
    let root = At::path("spec");
    for (at, rule) in items(spec, "rules").iter().enumerate() {
        let place = root.item_or_index("rules", text(rule, "name"), at);
        filters(index, object, rule, place, sink);
        // A filter may answer itself. Without one it is 500 for all requests.
        if items(rule, "backendRefs").is_empty() && items(rule, "filters").is_empty() {
            let message = format!("a rule of {} leads to no Service", object.id());
            sink.report(
                fault(Code::DanglingReference, object, place.field("backendRefs"), message)
                    .help("write `backendRefs = [{ name = \"…\", port = 80 }]`"),
            );
        }
        for (at, to) in items(rule, "backendRefs").iter().enumerate() {
            let place = place.item_or_index("backendRefs", text(to, "name"), at);
            backend(index, object, to, place, sink);
            filters(index, object, to, place, sink);
        }
    }
}

/// Filters that send a copy of the requests somewhere, or are made elsewhere.
fn filters(index: &Index<'_>, object: &Object, of: &Node, path: At<'_>, sink: &mut Sink) {
    for (at, filter) in items(of, "filters").iter().enumerate() {
        if let Some(to) = filter.at(["requestMirror", "backendRef"]) {
            let path = path.index("filters", at);
            backend(index, object, to, path.field("requestMirror.backendRef"), sink);
        }
        if let Some(to) = filter.get("extensionRef")
            && let (Some(group), Some(kind), Some(name)) =
                (text(to, "group"), text(to, "kind"), text(to, "name"))
        {
            let path = path.index("filters", at);
            known(index, object, path.field("extensionRef.name"), (group, kind, name), sink);
        }
    }
}

fn backend(index: &Index<'_>, object: &Object, to: &Node, path: At<'_>, sink: &mut Sink) {
    let Some(name) = text(to, "name") else { return };
    let group = text(to, "group").unwrap_or_default();
    let kind = text(to, "kind").unwrap_or("Service");
    let around = text(to, "namespace").unwrap_or(namespace(object));
    if (group, kind) != ("", "Service") {
        if !index.exists(group, kind, (around, name)) {
            sink.report(dangling(index, object, path.field("name"), kind, (around, name)));
        }
        return;
    }
    let full = (around, name);
    let Some(service) = service(index, object, path.field("name"), full, sink) else { return };
    if let Some(wanted) = number(to, "port")
        && ports(service).all(|port| i64::from(port.port) != wanted)
    {
        no_port(object, path.field("port"), name, service, sink);
    }
}

/// The Secrets that listeners end TLS with.
fn certificates(index: &Index<'_>, object: &Object, spec: &Node, sink: &mut Sink) {
    let root = At::path("spec");
    for (at, listener) in items(spec, "listeners").iter().enumerate() {
        let Some(tls) = listener.get("tls") else { continue };
        let place = root.item_or_index("listeners", text(listener, "name"), at);
        for (at, to) in items(tls, "certificateRefs").iter().enumerate() {
            let Some(name) = text(to, "name") else { continue };
            if text(to, "kind").is_none_or(|kind| kind == "Secret") {
                let place = place.item_or_index("tls.certificateRefs", Some(name), at);
                let around = text(to, "namespace").unwrap_or(namespace(object));
                certificate(index, object, around, name, place.field("name"), sink);
            }
        }
    }
}
