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
    for (name, monitored) in shapes::all() {
        let queries: Vec<Query> = queries(&monitored);
        let files = dashboards(&Parts::of(monitored));
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

/// Units that panels may have: <https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts>.
const UNITS: [&str; 7] = ["none", "percentunit", "bytes", "s", "ops", "reqps", "Bps"];

/// The uids of the data sources that are there: those of the stage, and the one of kube-prometheus-stack.
fn sources(files: &stages::Files) -> BTreeSet<String> {
    let text = files.get("datasources.yaml").map_or("", String::as_str);
    let file: Value = taken(serde_yaml::from_str(text), text);
    let told = file["datasources"].as_array().into_iter().flatten();
    let mut uids: BTreeSet<String> =
        told.filter_map(|source| source["uid"].as_str().map(str::to_owned)).collect();
    if !files.contains_key("prometheus.yml") {
        uids.insert("prometheus".to_owned());
    }
    uids
}

#[test]
fn dashboards_are_what_grafana_reads() {
    for (name, files) in stages::all() {
        let mut uids = BTreeSet::new();
        let sources = sources(&files);
        let shown: stages::Files =
            files.into_iter().filter(|(file, _)| stages::is_dashboard(file)).collect();
        // All of them lie in one config, which has room for a mebibyte.
        let size: usize = shown.values().map(String::len).sum();
        assert!(size < 512 * 1024, "{name}: {size} bytes");
        for (file, text) in shown {
            let dashboard: Value = taken(serde_json::from_str(&text), &text);
            // Nothing is chosen in a dashboard, so that there are no variables but those of Grafana.
            let plain = ["$__rate_interval", "$__auto"]
                .iter()
                .fold(text, |text, known| text.replace(known, ""));
            assert!(
                dashboard["templating"].is_null() && !plain.contains('$') && !plain.contains("[["),
                "{name}: {file}"
            );
            let uid = dashboard["uid"].as_str().unwrap_or_default().to_owned();
            assert!((1..=40).contains(&uid.len()), "{name}: {file}: {uid}");
            assert!(uids.insert(uid), "{name}: {file}: two dashboards of one uid");
            let panels = dashboard["panels"].as_array().cloned().unwrap_or_default();
            assert!(!panels.is_empty(), "{name}: {file}");
            let mut taken = BTreeMap::new();
            let ids: BTreeSet<Option<u64>> =
                panels.iter().map(|panel| panel["id"].as_u64()).collect();
            assert!(ids.len() == panels.len() && !ids.contains(&None), "{name}: {file}: {ids:?}");
            for panel in &panels {
                let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
                assert!(unit.is_none_or(|unit| UNITS.contains(&unit)), "{file}: {panel}");
                let asked = panel["targets"].as_array().into_iter().flatten();
                for asked in asked.chain([panel]).filter(|asked| !asked["datasource"].is_null()) {
                    let uid = asked["datasource"]["uid"].as_str().unwrap_or_default();
                    assert!(sources.contains(uid), "{name}: {file}: no data source {uid}");
                }
                // Where there are several series each has a name: what tells them apart.
                for target in panel["targets"].as_array().into_iter().flatten() {
                    let by_label =
                        target["expr"].as_str().is_some_and(|expr| expr.contains(" by ("));
                    let legend = target["legendFormat"].as_str().unwrap_or_default();
                    assert!(
                        panel["type"] != "timeseries" || !by_label || !legend.is_empty(),
                        "{file}: {panel}"
                    );
                }
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
