//! The texts of everything that there is: of the shapes, and of each stage of the repository's stacks that watches itself.

use std::collections::BTreeMap;

use seaway_core::{Sink, Source};

use super::*;
use crate::Bundle;

/// Texts by the name of their file.
pub(super) type Files = BTreeMap<String, String>;

/// Whether a file is a dashboard.
pub(super) fn is_dashboard(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "json")
}

/// Each by its name.
pub(super) fn all() -> Vec<(String, Files)> {
    let shapes = shapes::all().into_iter().map(|(name, watched)| (name.to_owned(), made(&watched)));
    shapes.chain(rendered()).collect()
}

/// The texts of a shape.
fn made(watched: &Watched) -> Files {
    let some = [
        ("prometheus.yml", Some(prometheus(watched)).filter(|_| !watched.operator)),
        ("rules.yml", Some(rules(watched))),
        ("alertmanager.yml", alertmanager(watched)),
        ("loki.yaml", loki(watched)),
        ("config.alloy", alloy(watched)),
        ("grafana.ini", grafana_ini(watched)),
        ("datasources.yaml", datasources(watched)),
        ("providers.yaml", providers(watched)),
        ("datasources.yaml", loki_source(watched).filter(|_| watched.operator)),
    ];
    let some = some.into_iter().filter_map(|(file, text)| Some((file.to_owned(), text?)));
    // Without somebody who shows them they are of nobody.
    let shown = watched.operator || watched.grafana.is_some();
    let shown = if shown { dashboards(watched) } else { Files::new() };
    some.chain(shown).collect()
}

/// The texts of stages, out of the objects that are printed.
fn rendered() -> Vec<(String, Files)> {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks");
    let folders = taken(fs::read_dir(&stacks), "a folder of stacks");
    let mut found = Vec::new();
    for folder in folders.flatten().map(|entry| entry.path()) {
        let file = folder.join("stack.toml");
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if !text.contains("\"monitoring\"") {
            continue;
        }
        let mut source = Source::new(file.display().to_string(), text);
        let document = seaway_core::parse(&source, &mut Sink::default());
        for named in document.files() {
            let text = fs::read_to_string(folder.join(&named.value)).unwrap_or_default();
            source.files.insert(named.value, text);
        }
        for stage in document.stages() {
            let bundle = crate::compile(&source, &stage.value, &mut Sink::default());
            let files = bundle.map(|bundle| files(&bundle)).unwrap_or_default();
            if !files.is_empty() {
                found.push((format!("{} {stage}", file.display()), files));
            }
        }
    }
    assert!(found.len() >= 2, "{found:?}");
    found
}

fn files(bundle: &Bundle) -> Files {
    let mut files = Files::new();
    for object in &bundle.objects {
        let value = taken(serde_json::to_value(&object.body), "an object");
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        if object.body.kind() == "PrometheusRule" {
            let text = taken(serde_yaml::to_string(&value["spec"]), name);
            files.insert("rules.yml".to_owned(), text);
        }
        for (file, text) in value["data"].as_object().into_iter().flatten() {
            let of = ["datasources", "providers"].into_iter().find(|of| name.contains(of));
            let file = of.map_or_else(|| file.clone(), |of| format!("{of}.yaml"));
            let text = text.as_str().unwrap_or_default().to_owned();
            let ours = [".json", ".alloy", "grafana.ini", "loki.yaml", "rules.yml"];
            let ours = ours.iter().any(|end| file.ends_with(end));
            if of.is_some() || ours || matches!(&*file, "prometheus.yml" | "alertmanager.yml") {
                files.insert(file, text);
            }
        }
    }
    files
}
