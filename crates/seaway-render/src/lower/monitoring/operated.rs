//! Where a Prometheus Operator does the work: what tells it of the stage, in its own words.
//!
//! The fields are those of <https://prometheus-operator.dev/docs/api-reference/api/>.

use std::collections::BTreeMap;

use seaway_core::options::{Component, Monitoring, Operator};
use seaway_core::outputs::metrics_ports;
use seaway_core::stack::Part;
use seaway_core::{Origin, Span};
use serde::Serialize;

use super::super::Cx;
use super::super::meta::{named, texts};
use super::PORT;
use crate::object::Other;
use crate::tree::to_node;
use crate::{Object, names, reasons};

const API: &str = "monitoring.coreos.com/v1";

#[derive(Serialize)]
struct Spec<T: Serialize> {
    spec: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodMonitor {
    selector: Selector,
    pod_metrics_endpoints: Vec<Endpoint>,
}

#[derive(Serialize)]
struct ServiceMonitor {
    selector: Selector,
    endpoints: Vec<Endpoint>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_labels: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Endpoint {
    port: String,
    interval: String,
}

/// What the operator's Prometheus scrapes: the pods of web components at their metrics ports, and the Services of what has a
/// page of metrics as its own.
pub(in crate::lower) fn operated(cx: Cx<'_>, monitoring: &Monitoring) -> Vec<Object> {
    let Some(operator) = monitoring.operator() else { return Vec::new() };
    let interval = format!("{}s", monitoring.scrape_interval_seconds);
    let endpoint = |port: String| Endpoint { port, interval: interval.clone() };
    let mut objects = Vec::new();
    for part in cx.stack.parts.values() {
        let selector = Selector { match_labels: names::selector(&part.name.value) };
        if let Some(ports) = metrics_ports(cx.stack, part) {
            let ports = (0..ports.len()).map(|index| endpoint(format!("metrics-{index}")));
            let spec = PodMonitor { selector, pod_metrics_endpoints: ports.collect() };
            objects.push(monitor(cx, &operator, "PodMonitor", part, spec));
        } else if matches!(part.component, Component::Monitor(_)) {
            let spec = ServiceMonitor { selector, endpoints: vec![endpoint(PORT.to_owned())] };
            objects.push(monitor(cx, &operator, "ServiceMonitor", part, spec));
        }
    }
    objects
}

fn monitor(
    cx: Cx<'_>,
    operator: &Operator,
    kind: &str,
    part: &Part,
    spec: impl Serialize,
) -> Object {
    let origin = cx.part.name.origin;
    let mut metadata = named(&part.name);
    metadata.labels = Some(texts(&operator.labels));
    let rest = to_node(&Spec { spec }, origin.span().unwrap_or_default());
    let body = Other {
        api_version: API.to_owned(),
        kind: kind.to_owned(),
        metadata,
        rest: rest.unwrap_or_else(|| nothing(origin.span().unwrap_or_default())),
    };
    let mut object = Object::new(crate::Body::Other(Box::new(body)), Some(&cx.part.name), origin);
    object.origins.set("spec", Origin::Default(&reasons::MONITORING));
    for (key, value) in &operator.labels {
        object.origins.set(format!("metadata.labels.{key}"), value.origin);
    }
    object
}

/// What nothing becomes: a table without keys.
fn nothing(span: Span) -> seaway_core::Node {
    seaway_core::Node { value: seaway_core::Value::Table(BTreeMap::new()), span }
}
