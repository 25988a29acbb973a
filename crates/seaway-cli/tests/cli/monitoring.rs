//! `seaway monitoring`, and the pages of it that are kept.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::sandbox::{FAULTY, Run, SHOP, Sandbox};

/// What is kept of the shop's stage `monitoring`, and its format.
const KEPT: [(&str, &str); 2] = [("MONITORING.md", "markdown"), ("monitoring.svg", "svg")];

/// Names and texts that would end a label, a cell, a tag or an attribute if they were taken for what they look like.
pub(crate) fn hostile() -> String {
    format!(
        "{SHOP}[stages.watched]
extends = \"postgres\"
secrets.mail.keys = [\"password\"]
components.cache = {{ type = \"redis\" }}
components.broker = {{ type = \"redis\", durable = true }}
components.worker = {{ type = \"worker\" }}
[stages.watched.components.monitoring]
type = \"monitoring\"
default = \"chat\"
critical = \"mail\"
receivers.chat = {{ type = \"slack\", channel = \"#a|b`\\\"<script>alert(1)</script>&amp;]-->\", secret = \"mail\", key = \"password\" }}
receivers.mail = {{ type = \"email\", to = \"<b>\\\"a\\\"</b>@shop.test\", from = \"s@shop.test\", host = \"smtp.shop.test\" }}
traces = {{ host = \"otel.shop.test\", namespaces = [\"tracing\"] }}
"
    )
}

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/shop")
}

/// What is printed of a stage of the shop.
pub(crate) fn of_shop(stage: &str, format: &str) -> String {
    let stack = shop().display().to_string();
    let sandbox = Sandbox::new(SHOP);
    let Run { code, out, err } =
        sandbox.run(&["monitoring", &stack, "--stage", stage, "--format", format]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    out
}

/// What is printed of the stage of [`hostile`].
pub(crate) fn of_hostile(format: &str) -> String {
    let sandbox = Sandbox::new(&hostile());
    let Run { code, out, err } =
        sandbox.run(&["monitoring", "shop", "--stage", "watched", "--format", format]);
    assert_eq!(code, Some(0), "{err}");
    out
}

#[test]
fn the_kept_pages_are_what_is_printed() {
    for (name, format) in KEPT {
        let file = shop().join(name);
        let new = of_shop("monitoring", format);
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            fs::write(&file, &new).expect("a written page");
            continue;
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        let update = "UPDATE_REFERENCE=1 cargo test -p seaway-cli --test cli monitoring";
        assert!(kept == new, "{name} is stale: {update}");
    }
}

#[test]
fn a_stage_that_nothing_watches_is_told_so() {
    let sandbox = Sandbox::new(&hostile());
    let Run { code, out, err } = sandbox.run(&["monitoring", "shop", "--stage", "local"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(err, @r#"
    error[missing-field]: nothing watches the stage
     --> shop/stack.toml:8:9
      |
    8 | [stages.local]
      |         ^^^^^ has no component of type `monitoring`
      |
      = help: add `components.monitoring = { type = "monitoring" }`, or look at `watched`

    error: could not tell what watches stage `local`: 1 error
    for more about an error: seaway explain missing-field
    "#);
    let Run { code, out, err } = Sandbox::new(FAULTY).run(&["monitoring", "shop", "-s", "faulty"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let end = "error: could not tell what watches stage `faulty`: 2 errors\nfor more about an error: seaway explain unknown-field\n";
    assert!(err.ends_with(end), "{err}");
}

#[test]
fn the_stage_has_to_be_named() {
    let Run { code, out, err } = Sandbox::new(SHOP).run(&["monitoring", "shop"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err, @"
    error[usage]: which stage? `--stage` is missing
     |
     = note: the stages of shop/stack.toml are `local` and `postgres`
     = help: for example `seaway monitoring shop --stage local`
    ");
}

/// The help text says which keys there are.
#[test]
fn the_help_names_the_keys() {
    let json: Value = serde_json::from_str(&of_hostile("json")).expect("JSON");
    let Run { out: help, .. } = Sandbox::new(SHOP).run(&["monitoring", "--help"]);
    let mut keys = Vec::new();
    collect(&json, &mut keys);
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        let named = help.contains(&format!("`{key}`"))
            || help.lines().any(|line| line.trim_start().starts_with(&format!("{key} ")))
            || help.contains(&format!("{key}, "))
            || help.contains(&format!(", {key}\n"));
        assert!(named, "the help does not say `{key}`");
    }
}

fn collect(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
                collect(value, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}

/// Each row of a table has as many cells as its head, whatever the stack says.
#[test]
fn tables_of_markdown_are_whole() {
    for page in [of_hostile("markdown"), of_shop("monitoring-operator", "markdown")] {
        let mut columns = 0;
        let mut rows = 0;
        for line in page.lines() {
            let cells = line.replace("\\|", "").matches('|').count();
            if !line.starts_with('|') {
                columns = 0;
            } else if columns == 0 {
                columns = cells;
            } else {
                assert_eq!(cells, columns, "{line}");
                rows += 1;
            }
        }
        assert!(rows > 40, "{page}");
        assert_eq!(page.matches("```").count(), 2, "{page}");
        // What looks like a tag is inside of a code span that nothing in it ends.
        let span = "``#a\\|b`\"<script>alert(1)</script>&amp;]-->``";
        assert!(!page.replace(span, "").contains("<script"), "{page}");
    }
}

/// Every name in an arrow of the diagram is a box of it, and no label ends early.
#[test]
fn diagrams_of_mermaid_are_whole() {
    for page in [of_hostile("markdown"), of_shop("monitoring-operator", "markdown")] {
        let diagram = page.split("```mermaid\n").nth(1).and_then(|rest| rest.split("```").next());
        let diagram = diagram.expect("a diagram");
        let mut boxes = Vec::new();
        for line in diagram.lines().map(str::trim) {
            if let Some((id, label)) = line.split_once(['[', '(']).filter(|_| line.contains('"')) {
                assert_eq!(label.matches('"').count(), 2, "{line}");
                assert!(line.ends_with(['"', ']', ')']), "{line}");
                boxes.push(id.trim_start_matches("subgraph ").to_owned());
            }
        }
        let arrows: Vec<&str> =
            diagram.lines().filter(|line| line.contains('>') && !line.contains('"')).collect();
        assert!(arrows.len() > 8, "{diagram}");
        for arrow in arrows {
            let arrow = arrow.replace(" -- alerts ", " ").replace(" -- metrics ", " ");
            let arrow = arrow.replace(" -. logs ", " ").replace(" -. traces ", " ");
            for id in arrow.replace("-.->", "-->").replace(".->", "-->").split("-->") {
                assert!(boxes.iter().any(|known| known == id.trim()), "{id} of {arrow}");
            }
        }
    }
}
