//! Custom resources that lead to Services: those of Traefik, of the AWS Load Balancer Controller, and of GKE.

use seaway_core::{Code, Node, Sink, Value};

use super::super::at::At;
use super::super::fields::{items, text};
use super::super::index::{Index, fault, namespace};
use super::ingresses::{certificate, no_port, ports, service};
use super::{known_in, not_a_service};
use crate::{Body, Object};

/// <https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/>
const TRAEFIK: &str = "traefik.io";
/// <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/targetgroupbinding/targetgroupbinding/>
const AWS: &str = "elbv2.k8s.aws";
/// <https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources>
const GKE: &str = "networking.gke.io";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let root = At::path("spec");
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        let Some(spec) = other.rest.get("spec") else { continue };
        if other.is(TRAEFIK, "IngressRoute") || other.is(TRAEFIK, "IngressRouteTCP") {
            routes(index, object, spec, sink);
        } else if other.is(AWS, "TargetGroupBinding")
            && let Some(to) = spec.get("serviceRef")
        {
            backend(index, object, to, root.field("serviceRef"), sink);
        } else if other.is(GKE, "HealthCheckPolicy") || other.is(GKE, "GCPBackendPolicy") {
            target(index, object, spec, sink);
        }
    }
}

/// What a policy of GKE is for: a Service of its namespace, or one of other clusters. A policy without one does nothing, and
/// neither does one whose kind GKE does not look for.
fn target(index: &Index<'_>, object: &Object, spec: &Node, sink: &mut Sink) {
    let root = At::path("spec");
    let Some((to, name)) = spec.get("targetRef").and_then(|to| Some((to, text(to, "name")?)))
    else {
        let message = format!("{} is for no Service", object.id());
        sink.report(
            fault(Code::DanglingReference, object, root.field("targetRef"), message)
                .help("write `targetRef = { kind = \"Service\", name = \"…\" }`"),
        );
        return;
    };
    let root = root.field("targetRef");
    match (text(to, "group").unwrap_or_default(), text(to, "kind").unwrap_or_default()) {
        ("", "Service") => {
            let full = (namespace(object), name);
            service(index, object, root.field("name"), full, sink);
        }
        ("net.gke.io", "ServiceImport") => {}
        (_, kind) => sink.report(not_a_service(object, root.field("kind"), kind)),
    }
}

fn routes(index: &Index<'_>, object: &Object, spec: &Node, sink: &mut Sink) {
    let root = At::path("spec");
    let own = namespace(object);
    for (at, route) in items(spec, "routes").iter().enumerate() {
        let place = root.index("routes", at);
        for (at, to) in items(route, "services").iter().enumerate() {
            let place = place.item_or_index("services", text(to, "name"), at);
            backend(index, object, to, place, sink);
        }
        for (at, through) in items(route, "middlewares").iter().enumerate() {
            // `name@file` is one that Traefik has from elsewhere.
            let Some(name) = text(through, "name").filter(|name| !name.contains('@')) else {
                continue;
            };
            let place = place.item_or_index("middlewares", Some(name), at);
            let around = text(through, "namespace").unwrap_or(own);
            let wanted = (TRAEFIK, "Middleware", name);
            known_in(index, object, around, place.field("name"), wanted, sink);
        }
    }
    if let Some(name) = spec.at(["tls", "secretName"]).and_then(Node::as_str) {
        certificate(index, object, own, name, root.field("tls.secretName"), sink);
    }
}

/// A Service and its port, by number or name; Traefik has services of its own too.
fn backend(index: &Index<'_>, object: &Object, to: &Node, path: At<'_>, sink: &mut Sink) {
    let Some(name) = text(to, "name").filter(|name| !name.contains('@')) else { return };
    let around = text(to, "namespace").unwrap_or(namespace(object));
    if text(to, "kind") == Some("TraefikService") {
        let wanted = (TRAEFIK, "TraefikService", name);
        known_in(index, object, around, path.field("name"), wanted, sink);
        return;
    }
    let full = (around, name);
    let Some(service) = service(index, object, path.field("name"), full, sink) else { return };
    let found = match to.get("port").map(|port| &port.value) {
        Some(Value::Integer(wanted)) => ports(service).any(|port| i64::from(port.port) == *wanted),
        Some(Value::String(wanted)) => ports(service)
            .any(|port| port.name.as_ref() == Some(wanted) || wanted.parse() == Ok(port.port)),
        _ => true,
    };
    if !found {
        no_port(object, path.field("port"), name, service, sink);
    }
}
