//! Moves what many tables have in common, as all components with pods do, to one definition each.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{definitions, reference};

/// Shorter schemas are easier to read in place.
const WORTH_A_NAME: usize = 160;

/// Replaces options that are written the same in several tables by a reference: nothing stands beside it, so it reads
/// like the option itself.
pub(super) fn options(root: &mut Value) {
    *root = in_order(root);
    let mut seen = BTreeMap::new();
    count(root, &mut seen);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let known = root.get("definitions").and_then(Value::as_object).cloned().unwrap_or_default();
    for (text, (times, key)) in seen {
        if times > 1 {
            let taken =
                |name: &str| known.contains_key(name) || names.values().any(|other| other == name);
            let mut name = key.clone();
            let mut next = 2;
            while taken(&name) {
                name = format!("{key}-{next}");
                next += 1;
            }
            names.insert(text, name);
        }
    }
    let mut found = BTreeMap::new();
    replace(root, &names, &mut found);
    if let Some(definitions) = definitions(root) {
        definitions.extend(found);
    }
}

fn in_order(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries: BTreeMap<&String, Value> =
                entries.iter().map(|(key, value)| (key, in_order(value))).collect();
            entries.into_iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(items) => items.iter().map(in_order).collect(),
        other => other.clone(),
    }
}

fn properties_of(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    schema.get_mut("properties").and_then(Value::as_object_mut)
}

/// How often each option is written, and its first key.
fn count(schema: &mut Value, seen: &mut BTreeMap<String, (usize, String)>) {
    for (key, value) in properties_of(schema).into_iter().flatten() {
        let text = value.to_string();
        if value.is_object() && text.len() > WORTH_A_NAME {
            seen.entry(text).or_insert_with(|| (0, key.clone())).0 += 1;
        }
    }
    inner(schema, &mut |schema| count(schema, seen));
}

fn replace(
    schema: &mut Value,
    names: &BTreeMap<String, String>,
    found: &mut BTreeMap<String, Value>,
) {
    for value in properties_of(schema).into_iter().flat_map(Map::values_mut) {
        if let Some(name) = names.get(&value.to_string()) {
            let mut definition = std::mem::replace(value, reference(name));
            if !found.contains_key(name) {
                replace(&mut definition, names, found);
                found.insert(name.clone(), definition);
            }
        }
    }
    inner(schema, &mut |schema| replace(schema, names, found));
}

fn inner(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match schema {
        Value::Object(object) => object.values_mut().for_each(visit),
        Value::Array(items) => items.iter_mut().for_each(visit),
        _ => {}
    }
}
