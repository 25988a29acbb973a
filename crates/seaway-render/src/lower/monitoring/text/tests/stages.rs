//! The texts of everything that there is: of the shapes, and of each stage of the repository's stacks that watches itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::Value;

use super::*;

/// Texts by the name of their file.
pub(super) type Files = BTreeMap<String, String>;

/// Whether a file is a dashboard.
pub(super) fn is_dashboard(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "json")
}

/// Each by its name.
pub(super) fn all() -> Vec<(String, Files)> {
    let shapes =
        shapes::all().into_iter().map(|(name, monitored)| (name.to_owned(), of(monitored)));
    shapes.chain(rendered()).collect()
}

/// The texts of a shape.
fn of(monitored: Monitored) -> Files {
    let made = Parts::of(monitored);
    let monitored = &made.monitored;
    let some = [
        ("prometheus.yml", Some(prometheus(&made)).filter(|_| !monitored.operator)),
        ("rules.yml", Some(rules(made.groups()))),
        ("alertmanager.yml", alertmanager(monitored)),
        ("loki.yaml", loki(monitored)),
        ("config.alloy", alloy(monitored)),
        ("grafana.ini", grafana_ini(monitored)),
        ("datasources.yaml", datasources(monitored)),
        ("providers.yaml", providers(monitored)),
        ("datasources.yaml", loki_source(monitored).filter(|_| monitored.operator)),
    ];
    let some = some.into_iter().filter_map(|(file, text)| Some((file.to_owned(), text?)));
    // Without somebody who shows them they are of nobody.
    let shown = monitored.operator || monitored.grafana.is_some();
    let shown = if shown { dashboards(&made) } else { Files::new() };
    some.chain(shown).collect()
}

/// The texts of stages, out of what they are pinned to print.
fn rendered() -> Vec<(String, Files)> {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots");
    let folders = taken(fs::read_dir(&snapshots), "a folder of snapshots").flatten();
    let pinned = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten());
    let mut found = Vec::new();
    for path in pinned.flatten().map(|entry| entry.path()) {
        let text = taken(fs::read_to_string(&path), "a snapshot");
        // Most stages watch nothing, and take their time to read.
        if text.contains("\n  rules.yml: ") || text.contains("\nkind: PrometheusRule\n") {
            found.push((path.display().to_string(), files(&text)));
        }
    }
    assert!(found.len() >= 2, "{found:?}");
    found
}

/// The texts in a stream of objects.
fn files(stream: &str) -> Files {
    let mut files = Files::new();
    for document in serde_yaml::Deserializer::from_str(stream) {
        let value = taken(Value::deserialize(document), "an object");
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        if value["kind"] == "PrometheusRule" {
            let text = taken(serde_yaml::to_string(&value["spec"]), name);
            files.insert("rules.yml".to_owned(), text);
        }
        for (file, text) in value["data"].as_mapping().into_iter().flatten() {
            let file = file.as_str().unwrap_or_default();
            let of = [("datasource", "datasources.yaml"), ("providers", "providers.yaml")];
            let of = of.into_iter().find(|(of, _)| name.contains(of));
            let is_ours = is_dashboard(file)
                || matches!(file, "config.alloy" | "grafana.ini" | "loki.yaml" | "rules.yml")
                || matches!(file, "prometheus.yml" | "alertmanager.yml");
            if of.is_some() || is_ours {
                let file = of.map_or(file, |(_, of)| of).to_owned();
                files.insert(file, text.as_str().unwrap_or_default().to_owned());
            }
        }
    }
    files
}
