//! Where a Prometheus Operator does the work: what tells it of the stage, in its own words.
//!
//! A `ServiceMonitor` where a Service stands before the metrics, and a `PodMonitor` for the server processes of web components:
//! each of them has a port of its own, and a Service would send a scrape to any of them.
//!
//! The fields are those of <https://prometheus-operator.dev/docs/api-reference/api/>. The jobs and rules are those of the
//! stage's own Prometheus, said as values.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use seaway_core::options::{Monitoring, Operator};
use seaway_core::outputs::metrics_ports;
use seaway_core::{Origin, Stack};
use serde::Serialize;

use super::super::Cx;
use super::super::meta::{named, object, texts};
use super::Watching;
use super::text::{Group, Monitored, Relabel, dashboards, jobs, loki_source, web_port};
use crate::{Object, names, reasons, tree};

const API: &str = "monitoring.coreos.com/v1";
/// What the sidecar of Grafana takes for the folder of a dashboard by itself, and what installations of it name most often:
/// <https://github.com/kiwigrid/k8s-sidecar#configuration-environment-variables>.
const FOLDERS: [&str; 2] = ["k8s-sidecar-target-directory", "grafana_folder"];

/// Scrapes pods, each of the ports that are named.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodMonitor {
    selector: Selector,
    pod_metrics_endpoints: Vec<Endpoint>,
}

/// Scrapes the pods behind Services.
#[derive(Serialize)]
struct ServiceMonitor {
    selector: Selector,
    endpoints: Vec<Endpoint>,
}

#[derive(Serialize)]
struct PrometheusRule<'a> {
    groups: &'a [Group],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    match_labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    match_expressions: Vec<Expression>,
}

impl Selector {
    /// What has these labels and is one of these instances.
    fn of(mut match_labels: BTreeMap<String, String>, instances: &[String]) -> Self {
        let mut match_expressions = Vec::new();
        if let [instance] = instances {
            match_labels.insert(names::INSTANCE.to_owned(), instance.clone());
        } else {
            let values = instances.to_vec();
            match_expressions.push(Expression { key: names::INSTANCE, operator: "In", values });
        }
        Self { match_labels, match_expressions }
    }
}

#[derive(Serialize)]
struct Expression {
    key: &'static str,
    operator: &'static str,
    values: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    port: String,
    interval: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    honor_labels: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relabelings: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metric_relabelings: Vec<Step>,
}

/// A step of relabelling in the operator's words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    action: super::text::Action,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source_labels: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    separator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_label: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
}

impl From<&Relabel> for Step {
    fn from(step: &Relabel) -> Self {
        Self {
            action: step.action,
            source_labels: step.source_labels.clone(),
            separator: step.separator.clone(),
            regex: step.regex.clone(),
            target_label: step.target_label,
            replacement: step.replacement.clone(),
        }
    }
}

/// What the operator's Prometheus scrapes and evaluates, and dashboards for its Grafana.
pub(in crate::lower) fn operated(cx: Cx<'_>, monitoring: &Monitoring) -> Vec<Object> {
    let Some(operator) = monitoring.operator() else { return Vec::new() };
    let Some(Watching { made, .. }) = cx.watching else { return Vec::new() };
    let monitored = &made.monitored;
    let interval = format!("{}s", monitoring.scrape_interval_seconds);
    let mut objects = Vec::new();
    // What lies in other namespaces, cert-manager for one, has monitors of its own there.
    for job in jobs(monitored).into_iter().filter(|job| job.namespace == monitored.namespace) {
        let name = monitored.tool(job.name);
        let endpoint = |port: String| Endpoint {
            port,
            interval: interval.clone(),
            honor_labels: job.honor_labels,
            relabelings: steps(&job.relabel),
            metric_relabelings: steps(&job.metric_relabel),
        };
        let selector = Selector::of(names::of_stack(cx.stack), &job.instances);
        objects.push(if job.name == "web" {
            // Each server process has a port of its own, which no Service has.
            let pod_metrics_endpoints = server_ports(cx.stack).map(endpoint).collect();
            let spec = PodMonitor { selector, pod_metrics_endpoints };
            custom(cx, &operator, "PodMonitor", &name, spec)
        } else {
            // The Service calls the port as the container does.
            let spec = ServiceMonitor { selector, endpoints: vec![endpoint(job.port.clone())] };
            custom(cx, &operator, "ServiceMonitor", &name, spec)
        });
    }
    let rules = PrometheusRule { groups: made.groups() };
    objects.push(custom(cx, &operator, "PrometheusRule", &monitored.prefix, rules));
    if monitoring.grafana().is_some() {
        objects.extend(shown(cx, dashboards(made)));
        objects.extend(logged(cx, monitored));
    }
    objects
}

/// Names of the ports that the server processes of web components show their metrics at.
fn server_ports(stack: &Stack) -> impl Iterator<Item = String> {
    let webs = stack.parts.values().filter(|part| part.facts.is_application());
    let ports = webs.filter_map(|part| metrics_ports(stack, part));
    let most = ports.map(Iterator::count).max().unwrap_or_default();
    (0..most).map(web_port)
}

/// The steps without the one that picks a port: the monitor names it.
fn steps(steps: &[Relabel]) -> Vec<Step> {
    let picks = "__meta_kubernetes_pod_container_port_name";
    let rest = steps.iter().filter(|step| step.source_labels != [picks]);
    rest.map(Step::from).collect()
}

/// The dashboards, a config each, that the sidecar of Grafana finds by a label:
/// <https://github.com/grafana/helm-charts/blob/main/charts/grafana/README.md#sidecar-for-dashboards>.
///
/// It writes the files of all namespaces into one folder, so that the name of a file has that of the namespace.
fn shown(cx: Cx<'_>, dashboards: BTreeMap<String, String>) -> Vec<Object> {
    let made = |(file, text): (String, String)| {
        let name = file.strip_suffix(".json").unwrap_or(&file);
        let folders = FOLDERS.map(|key| (key.to_owned(), cx.stack.name.to_string()));
        let mut object = found(cx, &format!("dashboard-{name}"), names::DASHBOARD, &file, text);
        object.body.metadata_mut().annotations = Some(BTreeMap::from(folders));
        object
    };
    dashboards.into_iter().map(made).collect()
}

/// The Loki of the stage as a data source of that Grafana.
fn logged(cx: Cx<'_>, monitored: &Monitored) -> Option<Object> {
    let text = loki_source(monitored)?;
    Some(found(cx, "datasource-loki", names::DATA_SOURCE, "loki.yaml", text))
}

/// A config with one file, which is found by a label.
fn found(cx: Cx<'_>, what: &str, label: &str, file: &str, text: String) -> Object {
    let mut metadata = named(&format!("{}-{what}", cx.part.object));
    metadata.labels = Some(BTreeMap::from([(label.to_owned(), "1".to_owned())]));
    let data =
        BTreeMap::from([(format!("{}-{file}", cx.stack.prefix.text(&cx.stack.namespace)), text)]);
    let config = ConfigMap { metadata, data: Some(data), ..ConfigMap::default() };
    let mut config = object(cx, config);
    config.origins.set("data", Origin::Default(&reasons::MONITORING));
    config
}

/// An object of the operator's.
fn custom(cx: Cx<'_>, operator: &Operator, kind: &str, name: &str, spec: impl Serialize) -> Object {
    let origin = cx.part.name.origin;
    let mut metadata = named(name);
    metadata.labels = Some(texts(&operator.labels));
    let place = origin.span().unwrap_or_default();
    let body = tree::custom((API, kind), metadata, &spec, place);
    let mut object = Object::new(body, Some(&cx.part.name), origin);
    object.origins.set("spec", Origin::Default(&reasons::MONITORING));
    for (key, value) in &operator.labels {
        object.origins.set(format!("metadata.labels.{key}"), value.origin);
    }
    object
}
