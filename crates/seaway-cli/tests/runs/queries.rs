//! What rules and panels ask: that it can be asked, and that there is an answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::manifest::Manifest;
use crate::node::Node;
use crate::prometheus::{Prometheus, SCRAPED};
use crate::tools::eventually;

/// Selectors of series of which there are none here, by their beginnings, and why. All others have some.
const NO_SERIES: [(&str, &str); 8] = [
    ("loki_", "Loki and Alloy do not run"),
    (r#"up{namespace="shop",job="alloy""#, "Alloy does not run"),
    (r#"up{namespace="shop",job="grafana""#, "Grafana does not run"),
    (r#"up{namespace="shop",job="loki""#, "Loki does not run"),
    (
        "django_http_responses_total_by_status_view_method_total{namespace=\"shop\",status=~\"5",
        "no view fails",
    ),
    ("django_migrations_", "the shop does not set PROMETHEUS_EXPORT_MIGRATIONS"),
    ("kube_job_failed", "no Job fails"),
    ("kube_pod_container_status_last_terminated_reason", "no container ends"),
];
/// Selectors of series that come and go while pods start.
const AT_TIMES: [&str; 2] =
    ["kube_pod_container_status_waiting_reason", "kube_pod_init_container_status_waiting_reason"];
/// Panels without a series here, and why.
const EMPTY: [(&str, &str); 1] = [("Lines sent to Loki", "Alloy does not run")];
/// A window that has some scrapes in it, on a busy machine too.
const WINDOW: &str = "1m";
/// What the config of a workload holds; its name ends with a hash.
pub(crate) fn config(manifest: &Manifest, prefix: &str) -> BTreeMap<String, String> {
    let configs = manifest.objects().iter().filter(|object| object["kind"] == "ConfigMap");
    let mut names = configs.filter_map(|config| config["metadata"]["name"].as_str());
    let is_it = |name: &&str| name.strip_prefix(prefix).is_some_and(|hash| !hash.contains('-'));
    let name = names.find(is_it).unwrap_or_else(|| panic!("no config {prefix}"));
    manifest.data("ConfigMap", name)
}

/// Every rule that is written is there and evaluates.
pub(crate) fn rules_evaluate(node: &Node, prometheus: &Prometheus) {
    let text = config(&node.manifest, "monitoring-prometheus-").remove("rules.yml");
    let text = text.expect("rules");
    let written = ["alert: ", "record: "].map(|kind| text.matches(&format!("- {kind}")).count());
    let what = "each rule evaluates";
    eventually(what, SCRAPED, || {
        let rules = prometheus.rules();
        assert_eq!(rules.len(), written.iter().sum::<usize>(), "rules that are there");
        let bad = rules.iter().filter(|rule| rule.health != "ok");
        let bad: Vec<_> =
            bad.map(|rule| format!("{}: {} {}", rule.name, rule.health, rule.error)).collect();
        bad.is_empty().then_some(()).ok_or_else(|| format!("{bad:#?}"))
    });
    node.note(&format!("{what}: {written:?} alerts and records"));
}

/// Every query of every panel that Prometheus answers.
pub(crate) fn panels_show_something(node: &Node, prometheus: &Prometheus) {
    let queries = queries(&config(&node.manifest, "monitoring-grafana-dashboards-"));
    assert!(queries.len() > 50, "only {} queries", queries.len());
    let mut open: Vec<_> = queries
        .iter()
        .filter(|(panel, _)| !EMPTY.iter().any(|(known, _)| panel.ends_with(known)))
        .collect();
    let what = "each panel shows something";
    eventually(what, SCRAPED, || {
        let mut problems = Vec::new();
        open.retain(|(panel, query)| match prometheus.series(query) {
            Ok(series) if series > 0 => false,
            Ok(_) => {
                problems.push(format!("{panel}: no series: {query}"));
                true
            }
            Err(problem) => panic!("{panel}: {problem}: {query}"),
        });
        open.is_empty().then_some(()).ok_or_else(|| problems.join("\n"))
    });
    for (known, reason) in EMPTY {
        let mut empty = queries.iter().filter(|(panel, _)| panel.ends_with(known)).peekable();
        assert!(empty.peek().is_some(), "no panel is called {known}");
        for (panel, query) in empty {
            assert_eq!(prometheus.series(query), Ok(0), "{panel} shows something, though {reason}");
        }
    }
    node.note(&format!("{what}: {} queries", queries.len()));
}

/// The queries of dashboards, each with its dashboard and panel, as Grafana asks them.
fn queries(dashboards: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (file, text) in dashboards {
        let dashboard: Value = serde_json::from_str(text).expect("JSON");
        for panel in dashboard["panels"].as_array().expect("panels") {
            let title = panel["title"].as_str().unwrap_or_default();
            for target in panel["targets"].as_array().into_iter().flatten() {
                if target["datasource"]["type"] != "prometheus" {
                    // Loki's, which does not run.
                    continue;
                }
                let query = target["expr"].as_str().expect("a query");
                let query = query.replace("$__rate_interval", WINDOW);
                assert!(!query.contains('$'), "{file}: {title}: {query}");
                found.push((format!("{file}: {title}"), query));
            }
        }
    }
    found
}

/// What rules and panels are made of is there, with the labels that they ask for: a sum of nothing would be zero as well.
pub(crate) fn selectors_find_series(node: &Node, prometheus: &Prometheus) {
    let rules = config(&node.manifest, "monitoring-prometheus-").remove("rules.yml");
    let panels = queries(&config(&node.manifest, "monitoring-grafana-dashboards-"));
    let panels = panels.into_iter().map(|(_, query)| query);
    let texts: Vec<_> = rules.into_iter().chain(panels).collect();
    let found: BTreeSet<_> = texts.iter().flat_map(|text| selectors(text)).collect();
    let known = |selector: &str| NO_SERIES.iter().find(|(known, _)| selector.starts_with(known));
    let at_times = |selector: &str| AT_TIMES.iter().any(|known| selector.starts_with(known));
    let always: Vec<_> =
        found.iter().filter(|one| known(one).is_none() && !at_times(one)).collect();
    assert!(always.len() > 80, "only {} selectors", always.len());
    let what = "each selector finds series";
    eventually(what, SCRAPED, || {
        let empty = always.iter().filter(|selector| prometheus.series(selector) == Ok(0));
        let empty: Vec<_> = empty.collect();
        empty.is_empty().then_some(()).ok_or_else(|| format!("{empty:#?}"))
    });
    for (beginning, reason) in NO_SERIES {
        let mut of = found.iter().filter(|selector| selector.starts_with(beginning)).peekable();
        assert!(of.peek().is_some(), "no selector begins with {beginning}");
        for selector in of {
            assert_eq!(prometheus.series(selector), Ok(0), "{selector}, though {reason}");
        }
    }
    node.note(&format!("{what}: {}", always.len()));
}

/// The selectors of a query, as we write them all: a name and labels in braces.
fn selectors(text: &str) -> impl Iterator<Item = String> {
    let starts = text.match_indices('{').map(|(at, _)| at);
    starts.filter_map(|at| {
        let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':');
        let name =
            text[..at].rsplit(|char| !is_name(char)).next().filter(|name| !name.is_empty())?;
        let labels = &text[at..=at + text[at..].find('}')?];
        // Not the templates of messages.
        labels.contains('=').then(|| format!("{name}{labels}"))
    })
}
