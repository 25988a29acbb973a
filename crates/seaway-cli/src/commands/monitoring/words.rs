//! What both pages say in sentences, and how long lists become short.

use std::collections::BTreeSet;

use seaway_render::Overview;
use seaway_render::overview::{Alert, Dashboard, Target, View};

use super::picture::{kept, ports};
use crate::messages::plural;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Words.
    Text(String),
    /// A name of the stack, or a placeholder.
    Value(String),
}

impl Part {
    /// The piece, written by who knows the letters of a page.
    fn written(&self, text: impl Fn(&str) -> String, value: impl Fn(&str) -> String) -> String {
        match self {
            Self::Text(plain) => text(plain),
            Self::Value(name) => value(name),
        }
    }
}

pub(super) type Sentence = Vec<Part>;

/// A sentence, its words and its values written by who knows the letters of a page.
pub(super) fn written(
    sentence: &[Part],
    text: impl Fn(&str) -> String,
    value: impl Fn(&str) -> String,
) -> String {
    sentence.iter().map(|part| part.written(&text, &value)).collect()
}

/// A sentence of ours; names stand between backticks.
fn say(text: &str, names: &[&str]) -> Sentence {
    let mut names = names.iter();
    let mut sentence = Vec::new();
    for (at, words) in text.split("{}").enumerate() {
        if at > 0 {
            sentence.push(Part::Value((*names.next().unwrap_or(&"")).to_owned()));
        }
        if !words.is_empty() {
            sentence.push(Part::Text(words.to_owned()));
        }
    }
    sentence
}

/// What the page begins with.
pub(super) fn introduction(overview: &Overview) -> Vec<Sentence> {
    let own = overview.components.iter().filter(|part| !part.is_monitoring).count();
    let metrics = &overview.metrics;
    let who = match (&metrics.prometheus, &overview.operator) {
        (Some(name), _) => name.clone(),
        (None, Some(operator)) => {
            format!("the Prometheus of the operator in {}", operator.namespace)
        }
        (None, None) => String::new(),
    };
    let panels = panels(overview);
    let mut numbers = vec![
        plural(own, "component"),
        format!(
            "{} read every {} seconds",
            plural(overview.targets.len(), "target"),
            metrics.interval_seconds
        ),
        plural(overview.alerts.len(), "alert rule"),
    ];
    if !overview.dashboards.is_empty() {
        numbers.push(format!(
            "{} with {}",
            plural(overview.dashboards.len(), "dashboard"),
            plural(panels, "panel")
        ));
    }
    let numbers = and(&numbers);
    let first = match (&metrics.retention, &metrics.storage) {
        (Some(retention), Some(storage)) => {
            say(&format!("{numbers}. {{}} {} of metrics.", kept(retention, storage)), &[&who])
        }
        _ => say(&format!("{numbers}. {who} scrapes, judges and tells."), &[]),
    };
    let mut second =
        say("Namespace {}, component {}.", &[&overview.namespace, &overview.component]);
    let is_exposed = overview.views.iter().any(|view| view.command.is_none());
    second.push(Part::Text(
        if is_exposed {
            " Grafana alone is exposed, and asks for a password."
        } else {
            " Nothing of it is public."
        }
        .to_owned(),
    ));
    vec![first, second]
}

/// Panels that show something measured.
pub(super) fn panels(overview: &Overview) -> usize {
    let all = overview.dashboards.iter().flat_map(|board| &board.panels);
    all.filter(|panel| panel.source.is_some()).count()
}

/// `a, b and c`.
fn and(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// How urgent, the most urgent first.
pub(super) fn severity_rank(severity: &str) -> u8 {
    match severity {
        "critical" => 0,
        "warning" => 1,
        _ => 2,
    }
}

/// What stands above the alerts.
pub(super) fn alerts(overview: &Overview) -> Sentence {
    let of = |rank| {
        overview.alerts.iter().filter(|alert| severity_rank(&alert.severity) == rank).count()
    };
    let mut text = format!(
        "{} critical: somebody is woken. {} warnings: they can wait for the morning.",
        of(0),
        of(1)
    );
    if overview.alerts.iter().any(|alert| alert.runbook.is_some()) {
        text.push_str(" Each leads to what to do");
        let of_grafana = |view: &&View| view.what == "grafana";
        if overview.views.iter().find(of_grafana).is_some_and(|view| view.command.is_some()) {
            text.push_str(", once Grafana's port is forwarded");
        }
        text.push('.');
    }
    say(&text, &[])
}

/// An alert with what all rules of its name are about.
pub(super) struct Merged<'a> {
    pub(super) alert: &'a Alert,
    pub(super) about: Sentence,
    pub(super) says: Sentence,
}

/// Alerts, each name once: the critical ones first, and otherwise in the order of their groups.
pub(super) fn merged(overview: &Overview) -> Vec<Merged<'_>> {
    let mut all: Vec<(&Alert, Vec<String>, Sentence)> = Vec::new();
    for alert in &overview.alerts {
        match all.iter_mut().find(|(seen, ..)| seen.name == alert.name) {
            Some((seen, components, says)) => {
                components.extend(alert.components.iter().cloned());
                if seen.summary != alert.summary {
                    // They differ by what the rules are about; what it means is the same.
                    *says = vec![Part::Text(alert.description.clone())];
                }
            }
            None => all.push((alert, alert.components.clone(), summary(&alert.summary))),
        }
    }
    all.sort_by_key(|(alert, ..)| severity_rank(&alert.severity));
    let merged = all.into_iter().map(|(alert, components, says)| {
        // The dead man's switch.
        let is_switch = severity_rank(&alert.severity) > 1;
        let about =
            if is_switch { say("alerting itself", &[]) } else { about(overview, &components) };
        Merged { alert, about, says }
    });
    merged.collect()
}

/// A text with Prometheus' placeholders: `{{ $labels.pod }}` is the value `pod`.
pub(super) fn summary(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else { break };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let name = inside.trim().split([' ', '|']).next().unwrap_or_default();
        let name = name.trim_start_matches('$').trim_start_matches("labels.");
        parts.push(Part::Value(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    parts
}

/// Components by name as far as a reader looks for them.
pub(super) fn about(overview: &Overview, components: &[String]) -> Sentence {
    let all: BTreeSet<&String> = components.iter().collect();
    let with_pods = overview.components.iter().filter(|part| part.has_pods).map(|part| &part.name);
    if all.is_empty() {
        return say("nothing that the stage has", &[]);
    }
    if all.len() > 2 && with_pods.clone().all(|name| all.contains(name)) {
        let only = with_pods.count() == all.len();
        return say(if only { "every pod" } else { "every target" }, &[]);
    }
    let of_monitoring = |name: &&String| {
        overview.components.iter().any(|part| part.is_monitoring && part.name == **name)
    };
    let (monitoring, own): (Vec<&String>, Vec<&String>) = all.into_iter().partition(of_monitoring);
    let fold = monitoring.len() > 3;
    let named: Vec<&String> = if fold { own } else { [own, monitoring.clone()].concat() };
    let mut sentence = Vec::new();
    for (at, name) in named.iter().enumerate() {
        if at > 0 {
            sentence.push(Part::Text(", ".to_owned()));
        }
        sentence.push(Part::Value((*name).clone()));
    }
    if fold {
        let and = if named.is_empty() { "" } else { " and " };
        sentence.push(Part::Text(format!("{and}{} of monitoring", monitoring.len())));
    }
    sentence
}

/// What stands above the receivers.
pub(super) fn told(overview: &Overview) -> Sentence {
    match (&overview.alerting, &overview.operator) {
        (Some(alerting), _) => {
            let expected = alerting.routes.iter().all(|route| route.receiver.is_some());
            let switch = if expected {
                "The dead man's switch is told for ever, and raises the alarm when that stops."
            } else {
                "Nobody expects the dead man's switch: when alerting itself ends, nobody hears of it."
            };
            let text = format!("{{}} tells receivers, by the first line that matches. {switch}");
            say(&text, &[&alerting.alertmanager])
        }
        (None, Some(_)) => say(
            "The Alertmanager of the operator tells whom it was told to tell; the stage has no receivers.",
            &[],
        ),
        (None, None) => {
            say("Nobody: the stage has no receivers. Prometheus shows what alerts.", &[])
        }
    }
}

/// What stands above the targets.
pub(super) fn targets(overview: &Overview) -> Sentence {
    let every = format!("every {} seconds", overview.metrics.interval_seconds);
    match &overview.operator {
        None => say(
            &format!("Read {every}, and found by the names of components, not by annotations."),
            &[],
        ),
        Some(operator) => {
            let labels = operator.labels.join(", ");
            let by = if labels.is_empty() { "PodMonitors" } else { "PodMonitors with {}" };
            say(
                &format!(
                    "Read {every} by {by}; what the cluster shows is scraped by the operator's own monitors."
                ),
                &[&labels],
            )
        }
    }
}

/// Where logs and traces go.
pub(super) fn logs_and_traces(overview: &Overview) -> Vec<Sentence> {
    let mut all = Vec::new();
    if let Some(logs) = &overview.logs {
        let text = format!(
            "Logs: {{}} follows every pod through the API and hands its lines to {{}} ({{}}), which {}.",
            kept(&logs.retention, &logs.storage)
        );
        let mut sentence = say(&text, &[&logs.collector, &logs.store, &logs.address]);
        if overview.operator.is_some() {
            sentence.push(Part::Text(
                " The Grafana of the cluster shows them once that is a data source of it."
                    .to_owned(),
            ));
        }
        all.push(sentence);
    }
    if let Some(traces) = &overview.traces {
        let mut sentence = say("Traces: ", &[]);
        sentence.extend(about(overview, &traces.components));
        sentence.extend(say(" send them to {}, as OTLP over HTTP.", &[&traces.endpoint]));
        all.push(sentence);
    }
    all
}

/// Where a target shows its metrics: `:8001–8002/metrics`.
pub(super) fn place(target: &Target) -> String {
    let scheme = if target.scheme == "http" { "" } else { "https " };
    if target.ports.is_empty() {
        return format!("{scheme}{}", target.path);
    }
    format!("{scheme}:{}{}", ports(&target.ports), target.path)
}

/// Who answers the queries of a dashboard.
pub(super) fn sources(board: &Dashboard) -> Vec<&'static str> {
    let sources: BTreeSet<&'static str> =
        board.panels.iter().filter_map(|panel| panel.source).collect();
    let name = |source| if source == "loki" { "Loki" } else { "Prometheus" };
    sources.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_values() {
        let value = |name: &str| Part::Value(name.to_owned());
        let text = |words: &str| Part::Text(words.to_owned());
        assert_eq!(
            summary("{{ $labels.component }} fails {{ $value | humanizePercentage }} of it"),
            [value("component"), text(" fails "), value("value"), text(" of it")]
        );
        assert_eq!(summary("no {{ end"), [text("no {{ end")]);
        assert_eq!(summary(""), []);
    }
}
