//! Dashboards: their JSON, and their queries.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::*;
use crate::emit::{Format, document};

/// A file of rules that are in no stage.
pub(super) fn file(groups: Vec<Group>) -> String {
    #[derive(Serialize)]
    struct File {
        groups: Vec<Group>,
    }
    let mut text = String::new();
    taken(document(&File { groups }, Format::Yaml, &mut text), "rules");
    text
}

/// promtool parses each query of a panel as the query of a recording rule.
#[test]
fn panels_ask_valid_queries() {
    for (name, watched) in shapes::all() {
        let queries: Vec<Query> = queries(&watched);
        let files = dashboards(&watched);
        for query in &queries {
            let file = files.get(&format!("{}.json", query.dashboard));
            assert!(file.is_some_and(|text| text.contains(&query.panel)), "{query:?}");
        }
        let records =
            queries.iter().enumerate().filter(|(_, query)| query.source == Source::Prometheus);
        let records = records.map(|(nth, query)| {
            Rule::Record(Record { name: format!("panel:{nth}:query"), expr: query.over("5m") })
        });
        let group = Group { name: "panels".to_owned(), rules: records.collect() };
        let folder = folder();
        write(folder.path(), "queries.yml", &file(vec![group]));
        let said = run(
            "promtool",
            &["check", "rules", "--lint=all", "--lint-fatal", "queries.yml"],
            folder.path(),
        );
        assert!(said.contains("SUCCESS"), "{name}: {said}");
    }
}

/// Labels that a query of logs selects by are those that Alloy gives.
#[test]
fn logs_are_selected_by_labels_that_they_have() {
    for query in queries(&shapes::full()).iter().filter(|query| query.source == Source::Loki) {
        for selector in query.expr.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            for matcher in selector.split(", ") {
                let label = matcher.split(['=', '!']).next().unwrap_or_default();
                assert!(
                    ["namespace", "component", "container", "level"].contains(&label),
                    "{query:?}"
                );
            }
        }
    }
}

#[test]
fn dashboards_are_what_grafana_reads() {
    for (name, watched) in shapes::all() {
        let mut uids = BTreeSet::new();
        for (file, text) in dashboards(&watched) {
            assert!(text.len() < 64 * 1024, "{name}: {file} has {} bytes", text.len());
            let dashboard: Value = taken(serde_json::from_str(&text), &text);
            let uid = dashboard["uid"].as_str().unwrap_or_default().to_owned();
            assert!((1..=40).contains(&uid.len()), "{name}: {file}: {uid}");
            assert!(uids.insert(uid), "{name}: {file}: two dashboards of one uid");
            let panels = dashboard["panels"].as_array().cloned().unwrap_or_default();
            assert!(!panels.is_empty(), "{name}: {file}");
            let mut taken = BTreeMap::new();
            for panel in &panels {
                let text = panel["type"] == "text" && !panel["options"]["content"].is_null();
                let asks = !panel["targets"].as_array().is_none_or(Vec::is_empty);
                assert!(text || asks, "{file}: {panel}");
                let at = |side: &str| panel["gridPos"][side].as_u64().unwrap_or(u64::MAX);
                assert!(at("x") + at("w") <= 24, "{file}: {panel}");
                for x in at("x")..at("x") + at("w") {
                    for y in at("y")..at("y") + at("h") {
                        let other = taken.insert((x, y), &panel["title"]);
                        assert!(other.is_none(), "{file}: {} lies on {other:?}", panel["title"]);
                    }
                }
            }
        }
    }
}
