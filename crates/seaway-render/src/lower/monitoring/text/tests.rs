//! Holds the texts against the programs that read them, and each query against what the exporters show.

#![expect(clippy::disallowed_methods, reason = "programs read files")]

mod alerts;
mod alloy;
mod cases;
mod inhibited;
mod keys;
mod known;
mod messages;
mod panels;
mod queries;
mod series;
mod shapes;
mod stages;
mod targets;
mod texts;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;

/// Runs a program in a folder and gives what it says; panics where it fails or is not there.
fn run(program: &str, args: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; .ci/setup installs it"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{program} {}\n{said}", args.join(" "));
    said
}

/// What a reader made of a text; panics with both where it made nothing of it.
fn taken<T, E: Display>(read: Result<T, E>, text: &str) -> T {
    read.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn folder() -> TempDir {
    taken(TempDir::new(), "a folder")
}

fn write(folder: &Path, name: &str, text: &str) {
    taken(fs::write(folder.join(name), text), name);
}

/// The shape with its files in a folder, as its pods have them.
fn placed(monitored: &Monitored) -> TempDir {
    let folder = folder();
    let at = folder.path();
    for file in ["token", "ca.crt"] {
        write(at, file, "");
    }
    // promtool looks whether the files of the account are there.
    let account = at.display().to_string();
    let here = Parts::of(Monitored { service_account: account, ..monitored.clone() });
    write(at, "prometheus.yml", &targets::without_kubernetes(&prometheus(&here)));
    write(at, "rules.yml", &rules(here.groups()));
    folder
}

#[test]
fn prometheus_takes_its_configuration_and_rules() {
    for (name, mut files) in stages::all() {
        let folder = folder();
        let account = folder.path().display().to_string();
        for file in ["token", "ca.crt"] {
            write(folder.path(), file, "");
        }
        let mut checks = vec![("rules", "rules.yml")];
        if let Some(text) = files.get_mut("prometheus.yml") {
            // promtool looks whether the files of the account are there.
            *text =
                ["/var/run/secrets/kubernetes.io/serviceaccount", "/var/run/secrets/seaway/token"]
                    .iter()
                    .fold(targets::without_kubernetes(text), |text, path| {
                        text.replace(path, &account)
                    });
            checks.push(("config", "prometheus.yml"));
        }
        for (file, text) in &files {
            write(folder.path(), file, text);
        }
        for (what, file) in checks {
            let args = ["check", what, "--lint=all", "--lint-fatal", file];
            let said = run("promtool", &args, folder.path());
            assert!(said.contains("SUCCESS"), "{name}: {said}");
        }
    }
}

/// No rule and no panel reads a metric that nobody shows.
#[test]
fn every_metric_exists() {
    for (name, monitored) in shapes::all() {
        let recorded = groups(&monitored).into_iter().flat_map(|group| group.rules);
        let recorded: BTreeSet<String> = recorded
            .filter_map(|rule| match rule {
                Rule::Record(record) => Some(record.name),
                Rule::Alert(_) => None,
            })
            .collect();
        for metric in Parts::of(monitored).metrics() {
            let known = known::METRICS.contains(&metric.as_str()) || recorded.contains(metric);
            assert!(known, "{name}: nobody shows {metric}");
        }
    }
}

/// A query that names a metric without a selector would not be seen by the test above, nor kept by the relabelling.
#[test]
fn every_series_is_of_the_namespace() {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    for (name, monitored) in shapes::all() {
        let rules = groups(&monitored).into_iter().flat_map(|group| group.rules);
        let exprs = rules.map(|rule| match rule {
            Rule::Record(record) => record.expr,
            Rule::Alert(alert) => alert.expr,
        });
        let panels = queries(&monitored).into_iter().map(|query| query.expr);
        for expr in exprs.chain(panels) {
            for selector in expr.split('{').skip(1) {
                let first = format!("namespace=\"{}\"", monitored.namespace);
                assert!(selector.starts_with(&first), "{name}: {{{selector}");
            }
            let words = expr.split(|c| !is_word(c));
            for word in words.filter(|word| known::METRICS.contains(word) && *word != "up") {
                assert!(expr.contains(&format!("{word}{{")), "{name}: {word} without a selector");
            }
        }
    }
}
