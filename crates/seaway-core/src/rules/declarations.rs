//! Volumes, configs and Secrets that are declared and that nothing of the stage mounts or reads.

use std::collections::BTreeSet;

use crate::declared::Declared;
use crate::{Code, Diagnostic, Node, Sink, Stack, Value};

/// What can be declared, by its table: what it is called, and how it is used.
const TABLES: [(&str, &str, &str); 3] = [
    ("volumes", "volume", "mounts"),
    ("config", "config", "mounts or reads"),
    ("secrets", "Secret", "reads"),
];

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    // What could not be resolved may be what would use it; where nothing runs, nothing was forgotten.
    let process = stack.parts.values().find(|part| part.facts.is_application());
    let Some(process) = process.filter(|_| sink.errors() == 0) else { return };
    let root = declared.root.as_table();
    let mut words = BTreeSet::new();
    for (key, node) in root.into_iter().flatten() {
        let is_of_others = matches!(key.as_str(), "name" | "namespace" | "stages" | "allow");
        if !is_of_others {
            gather(node, &mut words);
        }
    }
    for config in stack.config.values() {
        words.extend(config.data.values().flat_map(|text| words_of(text)));
    }
    let of_components = stack.parts.values().flat_map(|part| {
        let secret = part.facts.secret.as_ref().map(|secret| &*secret.name as &str);
        let basic = part.facts.basic_auth.as_ref().map(|secret| &*secret.value as &str);
        secret.into_iter().chain(basic)
    });
    words.extend(of_components);
    for (table, kind, verb) in TABLES {
        let entries = declared.root.get(table).and_then(Node::as_table);
        for (name, node) in entries.into_iter().flatten() {
            let is_claim = node.get("claim").and_then(Node::as_str);
            let is_used = words.contains(name.as_str())
                || is_claim.is_some_and(|claim| words.contains(claim) && claim != name.as_str());
            if matches!(node.value, Value::Table(_)) && !is_used {
                let help = match table {
                    "secrets" => format!("refer to a key of it, `${{secrets.{name}.…}}`"),
                    "config" => format!(
                        "mount it, `components.{}.mounts.\"/etc/{name}\" = {{ config = \"{name}\" }}`",
                        process.name
                    ),
                    _ => format!(
                        "mount it, `components.{}.mounts.\"/srv/{name}\" = {{ volume = \"{name}\" }}`",
                        process.name
                    ),
                };
                sink.report(
                    Diagnostic::warning(
                        Code::UnusedDeclaration,
                        format!("nothing {verb} the {kind} `{name}`"),
                    )
                    .origin(name.origin, "")
                    .subject(name.as_str())
                    .help(format!("{help}, or remove it: `{table}.{name} = false` in a stage")),
                );
            }
        }
    }
}

/// The words of all texts: a name can stand in a mount, in a reference, or in an object of the user's own.
fn gather<'a>(node: &'a Node, words: &mut BTreeSet<&'a str>) {
    match &node.value {
        Value::String(text) => words.extend(words_of(text)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, words)),
        Value::Table(table) => table.values().for_each(|node| gather(node, words)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.split(move |c| !is_part(c)).filter(|word| !word.is_empty())
}
