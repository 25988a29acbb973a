//! What watches a stage: what is scraped, what alerts, who is told, what is drawn, where logs and traces go.
//!
//! Nothing in it is read out of a text: it is made of the values that the scrape configuration, the rules and the dashboards
//! are printed from, and ports are those of the objects, patched ones included.

mod series;
mod targets;
mod alerts;
mod receivers;

use seaway_core::options::{MonitorRole, Monitoring};
use seaway_core::shell::Command;
use seaway_core::{Code, Diagnostic, Document, Reported, Sink, Source, Stack, suggest};
use serde::Serialize;

use crate::Bundle;
use crate::lower::monitoring::text;
use crate::lower::monitoring::{Watching, watching};

/// What watches a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Name of the stack.
    pub stack: String,
    /// Name of the stage.
    pub stage: String,
    /// The namespace that all of it lies in.
    pub namespace: String,
    /// The `monitoring` component.
    pub component: String,
    /// Who scrapes and evaluates, if that is not the stage itself.
    pub operator: Option<Operator>,
    /// What the stage consists of, in the order of names; workloads of monitoring come last.
    pub components: Vec<MonitoredComponent>,
    /// How metrics are kept.
    pub metrics: Metrics,
    /// Where metrics are read.
    pub targets: Vec<Target>,
    /// What alerts, in the order in which it is evaluated.
    pub alerts: Vec<Alert>,
    /// Who is told of alerts; null if the stage itself tells nobody.
    pub alerting: Option<Alerting>,
    /// What is drawn.
    pub dashboards: Vec<Dashboard>,
    /// Where logs go; null if they are not kept.
    pub logs: Option<Logs>,
    /// Where traces go; null if nowhere.
    pub traces: Option<Traces>,
    /// Where it can be looked at.
    pub views: Vec<View>,
}

/// A Prometheus Operator of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// Namespace of its Prometheus.
    pub namespace: String,
    /// Labels that it finds monitors and rules by, as `key=value`.
    pub labels: Vec<String>,
}

/// A component of the stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonitoredComponent {
    /// Its name.
    pub name: String,
    /// Its `type`; of a workload of monitoring the name of its program.
    pub kind: String,
    /// Whether it is a workload of monitoring.
    pub is_monitoring: bool,
    /// Whether it has pods in the namespace.
    pub has_pods: bool,
    /// Jobs whose metrics are about it.
    pub jobs: Vec<String>,
    /// Whether its logs are kept.
    pub logs: bool,
}

/// How metrics are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// The workload that scrapes and evaluates; null where an operator's does.
    pub prometheus: Option<String>,
    /// Seconds from one scrape to the next.
    pub interval_seconds: u32,
    /// How long they are kept (`30d`); null where an operator decides it.
    pub retention: Option<String>,
    /// Size of their volume; null where an operator decides it.
    pub storage: Option<String>,
}

/// What is scraped: the pods of a workload, or the kubelets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Value of the label `job`.
    pub job: String,
    /// The components, and volumes of the stack's own, that its metrics are about.
    pub components: Vec<String>,
    /// The component that its exporter connects to, if it speaks for another one.
    pub connects_to: Option<String>,
    /// The workload whose pods show the metrics; null for what the cluster has.
    pub workload: Option<String>,
    /// The program that makes them.
    pub exporter: String,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The ports; empty where the cluster decides them.
    pub ports: Vec<u16>,
    /// The path.
    pub path: &'static str,
    /// Kinds of Kubernetes that it tells of; empty for any other exporter.
    pub resources: Vec<String>,
}

/// An alerting rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// Its name; several rules may have one.
    pub name: String,
    /// The group that it is evaluated in.
    pub group: String,
    /// `critical` wakes somebody, `warning` can wait for the morning, `none` fires for ever.
    pub severity: String,
    /// How long it must hold (`5m`).
    #[serde(rename = "for")]
    pub wait: String,
    /// The components, and volumes of the stack's own, that it can be about; empty if it is about alerting itself, or about
    /// nothing that the stage has.
    pub components: Vec<String>,
    /// One line, with placeholders of Prometheus (`{{ $labels.component }}`).
    pub summary: String,
    /// What it means.
    pub description: String,
    /// Where it is said what to do; null if the stage has no such page.
    pub runbook: Option<String>,
    /// The query.
    pub expr: String,
}

/// Who is told of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alerting {
    /// The workload that tells.
    pub alertmanager: String,
    /// Who is told.
    pub receivers: Vec<Receiver>,
    /// Which alerts go to whom; the first that matches wins, and the last matches all.
    pub routes: Vec<Route>,
}

/// Who is told of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// `email`, `slack`, `pagerduty` or `webhook`.
    pub kind: &'static str,
    /// Addresses or the channel, where the stack says them.
    pub to: Option<String>,
    /// The Secret and the key that it needs, as `secret/key`; never the value.
    pub secret: Option<String>,
}

/// Which alerts go to a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// What must match (`severity="critical"`); null for all that is left.
    pub matches: Option<String>,
    /// Name of the receiver; null if nobody is told.
    pub receiver: Option<String>,
}

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dashboard {
    /// Its file, without `.json`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What its address ends in: `/d/<uid>`.
    pub uid: String,
    /// Its panels, from left to right and top to bottom.
    pub panels: Vec<Panel>,
}

/// A panel of a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Panel {
    /// Its title.
    pub title: String,
    /// What it says beyond its title; may be empty.
    pub help: String,
    /// The row that it is in, from 0.
    pub row: usize,
    /// `number`, `lines`, `areas`, `logs` or `text`.
    pub shows: &'static str,
    /// `prometheus` or `loki`; null for a text.
    pub source: Option<&'static str>,
    /// The unit of its numbers, in Grafana's words; may be empty.
    pub unit: String,
    /// Its queries.
    pub queries: Vec<String>,
}

/// Where logs go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Logs {
    /// The workload that collects them.
    pub collector: String,
    /// The workload that keeps them.
    pub store: String,
    /// Where it takes them, in the namespace.
    pub address: String,
    /// How long they are kept (`14d`).
    pub retention: String,
    /// Size of their volume.
    pub storage: String,
}

/// Where traces go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traces {
    /// Address of the collector, which takes OTLP over HTTP.
    pub endpoint: String,
    /// The components that send them.
    pub components: Vec<String>,
}

/// A way to look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// What is looked at: `grafana`, `prometheus` or `alertmanager`.
    pub what: String,
    /// Its address, once the command runs.
    pub address: String,
    /// The command that leads there; null for what is reached without one.
    pub command: Option<Command>,
}

/// What watches a compiled stage, or nothing if it has no `monitoring`.
///
/// Pure, as all of this crate.
pub fn of(bundle: &Bundle) -> Option<Overview> {
    let stack = &bundle.stack;
    let Watching { part, monitoring, made } = watching(stack)?;
    let monitored = &made.monitored;
    let targets = targets::targets(bundle, &made);
    let alerts = alerts::alerts(&made);
    let traces = receivers::traces(stack, monitoring);
    let mut overview = Overview {
        stack: monitored.stack.clone(),
        stage: monitored.stage.clone(),
        namespace: monitored.namespace.clone(),
        component: part.name.to_string(),
        operator: receivers::operator(monitoring),
        components: Vec::new(),
        metrics: metrics(monitoring, monitored),
        targets,
        alerts,
        alerting: receivers::alerting(stack, monitoring, monitored),
        dashboards: dashboards(&made),
        logs: receivers::logs(monitoring, monitored),
        traces,
        views: receivers::views(bundle, monitoring),
    };
    overview.components = components(bundle, &overview);
    Some(overview)
}

/// A stage that nothing watches.
pub(crate) fn unwatched(
    source: &Source,
    document: &Document,
    stack: &Stack,
    sink: &mut Sink,
) -> Reported {
    let is_watched = |stage: &str| {
        seaway_core::resolve(source, document, stage, &mut Sink::default())
            .is_ok_and(|stack| watching(&stack).is_some())
    };
    let stages = document.stages().into_iter().map(|stage| stage.value);
    let monitored: Vec<String> = stages.filter(|stage| is_watched(stage)).collect();
    let mut help = "add `components.monitoring = { type = \"monitoring\" }`".to_owned();
    if !monitored.is_empty() {
        help = format!("{help}, or look at {}", suggest::quoted_list(&monitored));
    }
    sink.error(
        Diagnostic::error(Code::MissingField, "nothing watches the stage")
            .origin(stack.stage.origin, "has no component of type `monitoring`")
            .help(help),
    )
}

fn metrics(monitoring: &Monitoring, monitored: &text::Monitored) -> Metrics {
    let own = !monitored.operator;
    Metrics {
        prometheus: own.then(|| monitored.tool("prometheus")),
        interval_seconds: monitored.scrape_interval,
        retention: own.then(|| monitoring.retention.to_string()),
        storage: own.then(|| monitoring.storage.to_string()),
    }
}

fn components(bundle: &Bundle, overview: &Overview) -> Vec<MonitoredComponent> {
    let mut components: Vec<MonitoredComponent> = bundle
        .stack
        .parts
        .values()
        .filter(|part| part.component.options::<Monitoring>().is_none())
        .map(|part| {
            let name = part.object.to_string();
            let is_about = |target: &&Target| target.components.contains(&name);
            let mut jobs: Vec<String> =
                overview.targets.iter().filter(is_about).map(|target| target.job.clone()).collect();
            jobs.dedup();
            let has_pods = targets::pods(bundle, &name).next().is_some();
            let monitor = part.monitor_role().map(MonitorRole::program);
            MonitoredComponent {
                kind: monitor.unwrap_or(part.facts.type_name).to_owned(),
                is_monitoring: monitor.is_some(),
                has_pods,
                jobs,
                logs: has_pods && overview.logs.is_some(),
                name,
            }
        })
        .collect();
    components.sort_by_key(|component| component.is_monitoring);
    components
}

fn dashboards(made: &text::Parts) -> Vec<Dashboard> {
    let monitored = &made.monitored;
    let panel = |panel: text::ShownPanel| Panel {
        title: panel.title.to_owned(),
        help: panel.help.to_owned(),
        row: panel.row,
        shows: panel.shows,
        source: panel.source.map(|source| match source {
            text::Source::Prometheus => "prometheus",
            text::Source::Loki => "loki",
        }),
        unit: panel.unit.to_owned(),
        queries: panel.queries,
    };
    let dashboard = |shown: text::Shown| Dashboard {
        name: shown.name.to_owned(),
        title: shown.title.to_owned(),
        uid: shown.uid,
        panels: shown.panels.into_iter().map(panel).collect(),
    };
    let is_shown = monitored.operator || monitored.grafana.is_some();
    let shown = if is_shown { text::shown(made) } else { Vec::new() };
    shown.into_iter().map(dashboard).collect()
}
