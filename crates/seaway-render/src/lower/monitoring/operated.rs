//! Where a Prometheus Operator does the work: what tells it of the stage, in its own words.
//!
//! The fields are those of <https://prometheus-operator.dev/docs/api-reference/api/>. The jobs and rules are those of the
//! stage's own Prometheus, said as values.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use seaway_core::Origin;
use seaway_core::options::{Monitoring, Operator};
use serde::Serialize;

use super::super::Cx;
use super::super::meta::{named, object, texts};
use super::stage::watched;
use super::text::{Group, Relabel, dashboards, groups, jobs, loki_uid, operated_datasources};
use crate::{Object, names, reasons, tree};

const API: &str = "monitoring.coreos.com/v1";
/// What the Grafana of kube-prometheus-stack finds dashboards by.
const DASHBOARD: &str = "grafana_dashboard";
/// What it finds data sources by.
const DATASOURCE: &str = "grafana_datasource";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PodMonitor {
    selector: Selector,
    pod_metrics_endpoints: Vec<Endpoint>,
}

#[derive(Serialize)]
struct PrometheusRule {
    groups: Vec<Group>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_expressions: Vec<Expression>,
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
    let watched = watched(cx.stack, cx.part, monitoring);
    let interval = format!("{}s", monitoring.scrape_interval_seconds);
    let steps = |steps: &[Relabel]| steps.iter().map(Step::from).collect::<Vec<_>>();
    let mut objects: Vec<Object> = jobs(&watched)
        .into_iter()
        .map(|job| {
            let endpoint = Endpoint {
                interval: interval.clone(),
                honor_labels: job.honor_labels,
                relabelings: steps(&job.relabel),
                metric_relabelings: steps(&job.metric_relabel),
            };
            let instances =
                Expression { key: names::INSTANCE, operator: "In", values: job.instances };
            let spec = PodMonitor {
                selector: Selector { match_expressions: vec![instances] },
                pod_metrics_endpoints: vec![endpoint],
            };
            custom(cx, &operator, "PodMonitor", &watched.tool(job.name), spec)
        })
        .collect();
    let rules = PrometheusRule { groups: groups(&watched) };
    objects.push(custom(cx, &operator, "PrometheusRule", &watched.prefix, rules));
    // One folder holds the files of all stacks.
    let dashboards = dashboards(&watched).into_iter();
    let dashboards = dashboards.map(|(file, text)| (format!("{}-{file}", watched.stack), text));
    objects.push(shown(cx, "dashboards", DASHBOARD, dashboards.collect()));
    let file = format!("{}.yaml", loki_uid(&watched));
    let sources = operated_datasources(&watched).map(|text| BTreeMap::from([(file, text)]));
    objects.extend(sources.map(|sources| shown(cx, "datasources", DATASOURCE, sources)));
    objects
}

/// Dashboards and the source of logs, as configs that the sidecars of Grafana find by their label:
/// <https://github.com/grafana/helm-charts/blob/main/charts/grafana/README.md#sidecar-for-dashboards>.
fn shown(cx: Cx<'_>, what: &str, label: &str, data: BTreeMap<String, String>) -> Object {
    let mut metadata = named(&format!("{}-{what}", cx.part.name));
    metadata.labels = Some(BTreeMap::from([(label.to_owned(), "1".to_owned())]));
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
