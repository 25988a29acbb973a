//! Queries and dashboards, held against the parsers and types of Prometheus' and Grafana's own editors.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use super::*;

/// What `.ci/setup` installs, and the programs that read it.
const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/ci/node");
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/node");

/// Runs a program of `.ci/node`: whether all is well, and what it says.
fn node(program: &str, args: &[&str], input: &str) -> (bool, String) {
    assert!(Path::new(MODULES).is_dir(), "no {MODULES}; .ci/setup installs it");
    let mut child = Command::new("node")
        .arg(format!("{PROGRAMS}/{program}"))
        .arg(MODULES)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("node: {error}; .ci/setup installs it"));
    let mut stdin = child.stdin.take().unwrap_or_else(|| panic!("no way in"));
    taken(stdin.write_all(input.as_bytes()), program);
    drop(stdin);
    let output = taken(child.wait_with_output(), program);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Each query of a text: its language, and itself with a window in place of Grafana's variables.
fn queries_of(file: &str, text: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if file == "rules.yml" {
        let file: Value = taken(serde_yaml::from_str(text), text);
        let groups = file["groups"].as_array().into_iter().flatten();
        let rules = groups.flat_map(|group| group["rules"].as_array().into_iter().flatten());
        found.extend(
            rules.map(|rule| ("promql", rule["expr"].as_str().unwrap_or_default().to_owned())),
        );
    }
    if stages::is_dashboard(file) {
        let dashboard: Value = taken(serde_json::from_str(text), text);
        let panels = dashboard["panels"].as_array().into_iter().flatten();
        let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
        for target in targets {
            let language = match target["datasource"]["type"].as_str() {
                Some("prometheus") => "promql",
                Some("loki") => "logql",
                other => panic!("{file}: a data source {other:?}"),
            };
            let mut expr = target["expr"].as_str().unwrap_or_default().to_owned();
            for variable in ["$__rate_interval", "$__auto", "$__range"] {
                expr = expr.replace(variable, "5m");
            }
            found.push((language, expr));
        }
    }
    found
}

/// The grammar of Prometheus' editor is newer than the promtool that Debian has, and the one of Loki's is all that there is.
#[test]
fn every_query_is_one() {
    let mut all = BTreeSet::new();
    for (_, files) in stages::all() {
        for (file, text) in &files {
            all.extend(queries_of(file, text));
        }
    }
    for language in ["promql", "logql"] {
        assert!(all.iter().filter(|(of, _)| *of == language).count() > 5, "{all:?}");
    }
    // Buckets are told apart by numbers, which Prometheus 3 writes in one way and 2 as it read them.
    for (_, query) in &all {
        assert!(!query.contains("le=") && !query.contains("quantile="), "{query}");
        assert!(!query.contains('$') || query.contains("\"$1\""), "a variable in {query}");
    }
    let text = taken(serde_json::to_string(&all), "queries");
    let (well, said) = node("queries.mjs", &[], &text);
    assert!(well, "{said}");
    assert!(said.ends_with(&format!("{} queries\n", all.len())), "{said}");
}

/// The parsers refuse what is wrong, so that a silent one would be seen.
#[test]
fn what_is_no_query_is_refused() {
    for wrong in [
        r#"["promql", "sum(rate(up[5m])"]"#,
        r#"["promql", "up{a=}"]"#,
        r#"["promql", "up down"]"#,
        r#"["promql", ""]"#,
        r#"["logql", "{a=\"b\"} | json | "]"#,
        r#"["logql", "sum by (a) (count_over_time({a=\"b\"}))"]"#,
        r#"["logql", "{a=\"b\"} |= c"]"#,
        r#"["logql", "up"]"#,
    ] {
        let (well, said) = node("queries.mjs", &[], &format!("[{wrong}]"));
        assert!(!well, "{wrong}: {said}");
    }
}

#[test]
fn dashboards_have_the_types_of_grafana() {
    let folder = folder();
    let mut files = Vec::new();
    for (nth, (_, texts)) in stages::all().iter().enumerate() {
        for (file, text) in texts.iter().filter(|(file, _)| stages::is_dashboard(file)) {
            let name = format!("s{nth}-{file}");
            write(folder.path(), &name, text);
            files.push(folder.path().join(name).display().to_string());
        }
    }
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let (well, said) = node("dashboards.mjs", &args, "");
    assert!(well && said.ends_with(&format!("{} dashboards\n", files.len())), "{said}");
}

/// A key that Grafana does not know, a value that is none of its own, and something that is missing.
#[test]
fn what_is_no_dashboard_is_refused() {
    let good =
        dashboards(&Parts::of(shapes::minimal())).remove("requests.json").unwrap_or_default();
    let folder = folder();
    for (old, new) in [
        ("\"refresh\"", "\"refreshes\""),
        ("\"multi\"", "\"many\""),
        ("\"overrides\"", "\"overides\""),
        ("\"type\": \"stat\"", "\"type\": \"stats\""),
        ("\"reduceOptions\"", "\"reduce\""),
        ("\"showPoints\"", "\"points\""),
        ("\"legendFormat\"", "\"legend\""),
        ("\"absolute\"", "\"relative\""),
    ] {
        assert!(good.contains(old), "{old}");
        write(folder.path(), "requests.json", &good.replacen(old, new, 1));
        let path = folder.path().join("requests.json").display().to_string();
        let (well, said) = node("dashboards.mjs", &[&path], "");
        assert!(!well && said.contains("error TS"), "{new}: {said}");
    }
}
