//! What the diagrams show, before it is drawn: boxes, and which leads to which.

use std::fmt::Write as _;

use seaway_render::Overview;
use seaway_render::overview::{MonitoredComponent, Target};

use crate::messages::plural;

/// A box of a diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// What it is called.
    pub(super) title: String,
    /// What else there is to say, a line each.
    pub(super) notes: Vec<String>,
    /// Whether the cluster has it, or somebody outside, and the stage does not make it.
    pub(super) outside: bool,
}

/// What is watched, and what makes metrics of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) what: Node,
    pub(super) exporter: Node,
}

/// The way of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogsWay {
    pub(super) pods: Node,
    pub(super) collector: Node,
    pub(super) store: Node,
}

/// All boxes. Metrics flow from the rows to Prometheus, from there to Alertmanager and Grafana, logs to Grafana.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) title: String,
    /// One sentence for who can not see it.
    pub(super) description: String,
    pub(super) rows: Vec<Row>,
    pub(super) prometheus: Node,
    pub(super) alertmanager: Option<Node>,
    pub(super) receivers: Vec<Node>,
    pub(super) grafana: Option<Node>,
    pub(super) logs: Option<LogsWay>,
    /// Who sends traces, and where to.
    pub(super) traces: Option<(Node, Node)>,
}

pub(super) fn picture(overview: &Overview) -> Picture {
    let alerting = overview.alerting.as_ref();
    let operated = overview.operator.is_some();
    Picture {
        title: title(overview),
        description: description(overview),
        rows: rows(overview),
        prometheus: prometheus(overview),
        alertmanager: if operated {
            Some(node("Alertmanager", ["of the operator".to_owned()], true))
        } else {
            alerting.map(|alerting| {
                node("Alertmanager", [plural(alerting.routes.len(), "route")], false)
            })
        },
        receivers: alerting
            .into_iter()
            .flat_map(|alerting| &alerting.receivers)
            .map(|receiver| {
                let to = receiver.to.iter().map(|to| format!(" {to}"));
                node(&receiver.name, [format!("{}{}", receiver.kind, to.collect::<String>())], true)
            })
            .collect(),
        grafana: grafana(overview),
        logs: overview.logs.as_ref().map(|logs| {
            let pods = overview.components.iter().filter(|component| component.logs).count();
            LogsWay {
                pods: node("every pod", [format!("logs of {}", plural(pods, "workload"))], false),
                collector: node("Alloy", ["through the API".to_owned()], false),
                store: node("Loki", [kept(&logs.retention, &logs.storage)], false),
            }
        }),
        traces: overview.traces.as_ref().map(|traces| {
            let who = node("processes", [listed(&traces.components, 3)], false);
            (who, node("collector", [traces.endpoint.clone()], true))
        }),
    }
}

/// What the page is called.
pub(super) fn title(overview: &Overview) -> String {
    format!("What watches {}, stage {}", overview.stack, overview.stage)
}

/// The numbers of the stage in a sentence.
fn description(overview: &Overview) -> String {
    let own = overview.components.iter().filter(|component| !component.is_monitoring).count();
    let mut text = format!(
        "{} of {} are watched through {} every {} seconds; {} on them",
        plural(own, "component"),
        overview.stack,
        plural(overview.targets.len(), "target"),
        overview.metrics.interval_seconds,
        plural_verb(overview.alerts.len(), "alert rule"),
    );
    if let Some(alerting) = &overview.alerting {
        let _ = write!(text, " and tell {}", plural(alerting.receivers.len(), "receiver"));
    }
    if !overview.dashboards.is_empty() {
        let _ = write!(text, "; {}", plural(overview.dashboards.len(), "dashboard"));
    }
    text.push('.');
    text
}

fn plural_verb(count: usize, what: &str) -> String {
    format!("{} {}", plural(count, what), if count == 1 { "judges" } else { "judge" })
}

pub(super) fn kept(retention: &str, storage: &str) -> String {
    format!("keeps {retention} in {storage}")
}

fn node(title: &str, notes: impl IntoIterator<Item = String>, outside: bool) -> Node {
    Node { title: title.to_owned(), notes: notes.into_iter().collect(), outside }
}

fn prometheus(overview: &Overview) -> Node {
    let metrics = &overview.metrics;
    let alerts = plural(overview.alerts.len(), "alert rule");
    if let Some(operator) = &overview.operator {
        let of = format!("of the operator in {}", operator.namespace);
        return node("Prometheus", [of, alerts], true);
    }
    let mut notes = vec![format!("every {} s", metrics.interval_seconds)];
    if let (Some(retention), Some(storage)) = (&metrics.retention, &metrics.storage) {
        notes.push(kept(retention, storage));
    }
    notes.push(alerts);
    node("Prometheus", notes, false)
}

fn grafana(overview: &Overview) -> Option<Node> {
    if overview.dashboards.is_empty() {
        return None;
    }
    let boards = plural(overview.dashboards.len(), "dashboard");
    Some(if overview.operator.is_some() {
        node("Grafana", ["of the cluster".to_owned(), boards], true)
    } else {
        node("Grafana", [boards, plural(super::words::panels(overview), "panel")], false)
    })
}

/// A row for each target; kubelets share one, and so do the programs of monitoring.
fn rows(overview: &Overview) -> Vec<Row> {
    let mut rows = Vec::new();
    let is_own = |target: &&Target| is_own(overview, target);
    let (own, others): (Vec<&Target>, Vec<&Target>) = overview.targets.iter().partition(is_own);
    let (kubelets, others): (Vec<&Target>, Vec<&Target>) =
        others.into_iter().partition(|target| target.exporter == "kubelet");
    for target in others {
        let outside = target.workload.is_none();
        let exporter = node(&target.exporter, place(target), outside);
        let what = if target.resources.is_empty() {
            component(overview, target)
        } else {
            let kinds: Vec<String> = target.resources.iter().map(|kind| short(kind)).collect();
            node("objects", [listed(&kinds, 2)], false)
        };
        rows.push(Row { what, exporter });
    }
    if let Some(kubelet) = kubelets.first() {
        let of = |path: &str| {
            let of_path = kubelets.iter().filter(|target| target.path == path);
            of_path.map(|target| target.components.len()).sum::<usize>()
        };
        let containers = plural(of("/metrics/cadvisor"), "workload");
        let volumes = match of("/metrics") {
            0 => String::new(),
            some => format!(", {}", plural(some, "volume")),
        };
        rows.push(Row {
            what: node("containers", [format!("{containers}{volumes}")], false),
            exporter: node("kubelets", place(kubelet), true),
        });
    }
    if !own.is_empty() {
        let names: Vec<String> = own.iter().map(|target| target.exporter.clone()).collect();
        rows.push(Row {
            what: node("what watches", [listed(&names, 2)], false),
            exporter: node("themselves", [plural(own.len(), "port")], false),
        });
    }
    rows
}

/// Whether a program of monitoring tells of itself.
fn is_own(overview: &Overview, target: &Target) -> bool {
    let of_monitoring = |name: &String| {
        overview.components.iter().any(|part| part.is_monitoring && part.name == *name)
    };
    target.workload.as_ref().is_some_and(|name| {
        target.components.as_slice() == std::slice::from_ref(name) && of_monitoring(name)
    })
}

fn component(overview: &Overview, target: &Target) -> Node {
    let of = |name: &String| overview.components.iter().find(|part| part.name == *name);
    let mut kinds: Vec<&str> = target.components.iter().filter_map(of).map(words).collect();
    kinds.dedup();
    let mut note = kinds.join(", ");
    if let Some(through) = target.connects_to.as_ref().filter(|to| !target.components.contains(to))
    {
        let _ = write!(note, ", by {through}");
    }
    let outside = target.components.iter().filter_map(of).all(|part| !part.has_pods);
    node(&listed(&target.components, 3), [note], outside)
}

/// What a component is, in a word or two.
fn words(component: &MonitoredComponent) -> &str {
    match component.kind.as_str() {
        "web" => "web process",
        "worker" => "Celery worker",
        "postgres" => "PostgreSQL",
        "redis" => "Redis",
        "valkey" => "Valkey",
        "rds" => "PostgreSQL of RDS",
        "elasticache" => "Redis of ElastiCache",
        "external" => "outside of the cluster",
        other => other,
    }
}

/// A kind of Kubernetes as people call it.
fn short(kind: &str) -> String {
    kind.strip_prefix("horizontalpod").unwrap_or(kind).to_owned()
}

fn place(target: &Target) -> Option<String> {
    (!target.ports.is_empty()).then(|| format!("port {}", ports(&target.ports)))
}

/// `8001–8002`, `80, 8080`.
pub(super) fn ports(ports: &[u16]) -> String {
    match ports {
        [first, .., last] if usize::from(last - first) + 1 == ports.len() => {
            format!("{first}–{last}")
        }
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The first names, and how many more there are.
pub(super) fn listed(names: &[String], most: usize) -> String {
    if names.len() <= most + 1 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..most].join(", "), names.len() - most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_names_are_short() {
        assert_eq!(ports(&[8001, 8002, 8003]), "8001–8003");
        assert_eq!(ports(&[80, 8080]), "80, 8080");
        assert_eq!(ports(&[80]), "80");
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(listed(&names[..3], 2), "a, b, c");
        assert_eq!(listed(&names, 2), "a, b and 2 more");
    }
}
