//! The ports that load balancers of GKE ask pods for their health: each is one of the pods.
//!
//! A check of another port never passes, and the site answers 502 although every pod is ready
//! (<https://cloud.google.com/kubernetes-engine/docs/concepts/ingress#health_checks>).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ContainerPort, Service};
use seaway_core::{Code, Node, Sink, suggest};

use super::super::at::At;
use super::super::fields::{number, text};
use super::super::index::{Index, fault, namespace};
use super::super::references::backend_configs;
use super::super::workloads::{NO_LABELS, Selector};
use crate::{Body, Object, containers};

/// A port that is asked: whose words it is, where, and which.
struct Asked<'a> {
    by: &'a Object,
    path: &'static str,
    port: i64,
}

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut policies: BTreeMap<(&str, &str), Asked<'_>> = BTreeMap::new();
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        if other.is("networking.gke.io", "HealthCheckPolicy")
            && let Some(spec) = other.rest.get("spec")
            && let Some(name) = spec.at(["targetRef", "name"]).and_then(Node::as_str)
            && let Some(check) = spec.at(["default", "config", "httpHealthCheck"])
            && text(check, "portSpecification") == Some("USE_FIXED_PORT")
            && let Some(port) = number(check, "port")
        {
            let path = "spec.default.config.httpHealthCheck.port";
            policies.insert((namespace(object), name), Asked { by: object, path, port });
        }
    }
    for object in index.objects {
        let Body::Service(service) = &object.body else { continue };
        let full = (namespace(object), object.body.name());
        if let Some(asked) = policies.get(&full) {
            answered(index, object, service, asked, sink);
        }
        let annotations = service.metadata.annotations.iter().flatten();
        // Without endpoints as targets the load balancer asks the nodes, by a port of theirs.
        if !annotations.clone().any(|(key, _)| key == "cloud.google.com/neg") {
            continue;
        }
        let named = annotations.filter(|(key, _)| *key == "cloud.google.com/backend-config");
        for name in named.flat_map(|(_, value)| backend_configs(value)) {
            let config = index.get("cloud.google.com", "BackendConfig", (full.0, &name));
            if let Some(by) = config
                && let Body::Other(other) = &by.body
                && let Some(check) = other.rest.at(["spec", "healthCheck"])
                && let Some(port) = number(check, "port")
            {
                let asked = Asked { by, path: "spec.healthCheck.port", port };
                answered(index, object, service, &asked, sink);
            }
        }
    }
}

/// The pods behind a Service have the port; those that list none may well have it.
fn answered(
    index: &Index<'_>,
    object: &Object,
    service: &Service,
    asked: &Asked<'_>,
    sink: &mut Sink,
) {
    let labels = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let labels = labels.unwrap_or(&NO_LABELS);
    if labels.is_empty() {
        return;
    }
    for pod in index.pods.selected(namespace(object), Selector { labels, expressions: &[] }) {
        let ports = containers::running(pod.spec).flat_map(|(_, one)| one.ports.iter().flatten());
        let known: Vec<i32> = ports.map(|port: &ContainerPort| port.container_port).collect();
        if known.is_empty() || known.iter().any(|port| i64::from(*port) == asked.port) {
            continue;
        }
        let message = format!(
            "the load balancer asks port {}, which the pods of {} do not have",
            asked.port,
            pod.object.id()
        );
        sink.report(
            fault(Code::PortMismatch, asked.by, At::path(asked.path), message)
                .help(format!("their ports are {}", suggest::quoted_list(&known))),
        );
    }
}
