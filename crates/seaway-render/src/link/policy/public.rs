//! What is open to the outside and asks for no password: Flower, and in production the metrics of anything.
//!
//! Metrics show paths, versions, queues and how many customers there are
//! (<https://prometheus.io/docs/operating/security/>); Flower lets whoever opens it stop workers
//! (<https://flower.readthedocs.io/en/latest/auth.html>).

use k8s_openapi::api::core::v1::{Container, ServicePort, ServiceSpec};
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Node, Sink};

use super::super::at::At;
use super::super::budgets::runs::{Program, Run, words};
use super::super::fields::{items, number, text};
use super::super::index::{Index, fault, namespace};
use super::super::workloads::{NO_LABELS, PodTemplate, Selector};
use super::part_of;
use crate::object::Other;
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::Service(service) => {
                let Some(spec) = &service.spec else { continue };
                if !matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer")) {
                    continue;
                }
                let root = At::path("spec");
                for (at, port) in spec.ports.iter().flatten().enumerate() {
                    let path = root.item_or_index("ports", port.name.as_deref(), at);
                    let door = Door { object, path, service: object, spec, port, url: None };
                    door.judge(index, sink);
                }
            }
            Body::Ingress(ingress) => self::ingress(index, object, ingress, sink),
            Body::Other(other) if other.is("gateway.networking.k8s.io", "HTTPRoute") => {
                route(index, object, other, sink);
            }
            _ => {}
        }
    }
}

/// A way in from outside: what says so, and the port of the Service that it leads to.
struct Door<'a> {
    object: &'a Object,
    path: At<'a>,
    service: &'a Object,
    spec: &'a ServiceSpec,
    port: &'a ServicePort,
    url: Option<&'a str>,
}

impl Door<'_> {
    fn judge(&self, index: &Index<'_>, sink: &mut Sink) {
        let labels = self.spec.selector.as_ref().unwrap_or(&NO_LABELS);
        if labels.is_empty() {
            return;
        }
        let pods =
            index.pods.selected(namespace(self.service), Selector { labels, expressions: &[] });
        let code = Code::PublicWithoutAuth;
        if index.stack.is_production() && self.is_of_metrics(&pods) {
            let message = format!("the metrics of Service/{} are public", self.service.body.name());
            sink.report(fault(code, self.object, self.path, message).help(
                "leave metrics inside: Prometheus reads them from the pods, by a port that no Service opens to the outside",
            ));
        }
        let mut flowers = pods.iter().filter(|workload| is_open_flower(workload));
        if let Some(workload) = flowers.next()
            && !is_told(index, workload, self.object)
        {
            let message = "Flower is public and asks for no password".to_owned();
            sink.report(fault(code, self.object, self.path, message).help(
                "add `auth = \"…\"` to its component, a Secret of `[secrets]` with the key `basic-auth`",
            ));
        }
    }

    fn is_of_metrics(&self, pods: &[&PodTemplate<'_>]) -> bool {
        let by_url = self.url.is_some_and(|url| {
            url.strip_prefix("/metrics")
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let target = match &self.port.target_port {
            Some(IntOrString::String(name)) => Some(name.as_str()),
            Some(IntOrString::Int(number)) => named(pods, *number),
            None => named(pods, self.port.port),
        };
        by_url
            || self.port.name.as_deref().is_some_and(is_metrics)
            || target.is_some_and(is_metrics)
    }
}

/// The name of a port of pods.
fn named<'a>(pods: &[&'a PodTemplate<'_>], number: i32) -> Option<&'a str> {
    let containers = pods.iter().flat_map(|workload| containers::running(workload.spec));
    let mut ports = containers.flat_map(|(_, one)| one.ports.iter().flatten());
    ports.find(|port| port.container_port == number)?.name.as_deref()
}

fn is_metrics(name: &str) -> bool {
    name.split('-').any(|word| matches!(word, "metrics" | "prometheus"))
}

/// Whether pods run a Flower that asks for nothing.
fn is_open_flower(workload: &PodTemplate<'_>) -> bool {
    let asks = |container: &Container| {
        let by_word = words(container).any(|word| {
            word.starts_with("--basic-auth")
                || word.starts_with("--basic_auth")
                || word.starts_with("--auth")
        });
        let mut variables = container.env.iter().flatten();
        by_word || variables.any(|one| matches!(&*one.name, "FLOWER_BASIC_AUTH" | "FLOWER_AUTH"))
    };
    containers::running(workload.spec).any(|(_, one)| {
        Run::of(one).is_some_and(|run| run.program == Program::Flower) && !asks(one)
    })
}

/// Whether the way in is that of the component itself, which the language's own rule sees.
fn is_told(index: &Index<'_>, workload: &PodTemplate<'_>, object: &Object) -> bool {
    let Some(part) = part_of(index, workload.object) else { return false };
    let is_own = object.component.as_ref().is_some_and(|name| name.value == part.name.value);
    part.facts.is_public() && is_own && part.facts.needs_auth
}

fn service<'a>(
    index: &Index<'a>,
    around: &str,
    name: &str,
    is: impl Fn(&ServicePort) -> bool,
) -> Option<(&'a Object, &'a ServiceSpec, &'a ServicePort)> {
    let object = index.get("", "Service", (around, name))?;
    let Body::Service(service) = &object.body else { return None };
    let spec = service.spec.as_ref()?;
    let port = spec.ports.iter().flatten().find(|port| is(port))?;
    Some((object, spec, port))
}

fn ingress(index: &Index<'_>, object: &Object, ingress: &Ingress, sink: &mut Sink) {
    let Some(spec) = &ingress.spec else { return };
    let root = At::path("spec");
    for (rule_at, rule) in spec.rules.iter().flatten().enumerate() {
        let place = root.index("rules", rule_at);
        for (at, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
            let Some(backend) = &path.backend.service else { continue };
            let Some(wanted) = &backend.port else { continue };
            let is = |port: &ServicePort| {
                Some(port.port) == wanted.number
                    || (wanted.name.is_some() && port.name == wanted.name)
            };
            let Some((service, spec, port)) = service(index, namespace(object), &backend.name, is)
            else {
                continue;
            };
            let path_at = place.index("http.paths", at);
            let door = Door {
                object,
                path: path_at.field("backend.service.name"),
                service,
                spec,
                port,
                url: path.path.as_deref(),
            };
            door.judge(index, sink);
        }
    }
}

/// The fields are those of <https://gateway-api.sigs.k8s.io/reference/spec/#httproute>.
fn route(index: &Index<'_>, object: &Object, other: &Other, sink: &mut Sink) {
    let Some(spec) = other.rest.get("spec") else { return };
    let root = At::path("spec");
    for (rule_at, rule) in items(spec, "rules").iter().enumerate() {
        let place = root.item_or_index("rules", text(rule, "name"), rule_at);
        let url = items(rule, "matches").iter().find_map(|one| one.at(["path", "value"]));
        for (at, to) in items(rule, "backendRefs").iter().enumerate() {
            let (Some(name), Some(wanted)) = (text(to, "name"), number(to, "port")) else {
                continue;
            };
            let around = text(to, "namespace").unwrap_or(namespace(object));
            let is = |port: &ServicePort| i64::from(port.port) == wanted;
            let Some((service, spec, port)) = service(index, around, name, is) else { continue };
            let path = place.item_or_index("backendRefs", Some(name), at);
            let url = url.and_then(Node::as_str);
            Door { object, path, service, spec, port, url }.judge(index, sink);
        }
    }
}
