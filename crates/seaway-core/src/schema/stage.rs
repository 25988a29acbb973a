//! What a stage can write: the same tables, of which it may leave out anything, and `false` for names that it removes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::tagged::Union;
use super::{definitions, each, reference, target};
use crate::overlay::{EVERYWHERE, INHERITED, NAMED, SECTIONS};

/// What is behind the name of a definition that may leave out keys.
const PATCH: &str = ".patch";

/// Lets components, `[app]` and workloads of monitoring remove what they inherit, in the top level as well as in stages.
pub(super) fn removable(root: &mut Value, unions: &[Union]) {
    let Some(definitions) = definitions(root) else { return };
    for (name, tables) in [("App", EVERYWHERE), ("App", &["env"]), ("Pod", EVERYWHERE)] {
        let mut properties =
            definitions.get_mut(name).and_then(|schema| schema.get_mut("properties"));
        for table in tables {
            properties.as_deref_mut().and_then(|known| known.get_mut(*table)).map(or_false);
        }
    }
    for (_, name) in
        unions.iter().filter(|union| union.name == "Component").flat_map(|union| &union.variants)
    {
        let properties = definitions.get_mut(name).and_then(|schema| schema.get_mut("properties"));
        let Some(properties) = properties.and_then(Value::as_object_mut) else { continue };
        for table in INHERITED {
            properties.get_mut(*table).map(or_false);
        }
    }
    // Containers merge by name, in the top level those of `[app]` and of components.
    let mut container =
        definitions.get_mut("Container").and_then(|schema| schema.get_mut("properties"));
    for table in NAMED {
        container.as_deref_mut().and_then(|properties| properties.get_mut(*table)).map(or_false);
    }
}

/// Gives stages the definitions that they can write overlays by.
pub(super) fn overlays(root: &mut Value, unions: &[Union]) {
    let Some(definitions) = definitions(root) else { return };
    let Some(stage) = definitions.get("StageFile").cloned() else { return };
    let mut overlays = Overlays { known: definitions, unions, done: BTreeMap::new() };
    let stage = overlays.loose(&stage);
    overlays.known.insert("StageFile".to_owned(), stage);
}

/// Lets the file that a stack extends give it its name.
pub(super) fn named_by_base(root: &mut Value) {
    if let Some(root) = root.as_object_mut()
        && let Some(required) = root.remove("required")
    {
        root.insert("if".to_owned(), json!({ "required": ["extends"] }));
        root.insert("else".to_owned(), json!({ "required": required }));
    }
}

struct Overlays<'a> {
    known: &'a mut Map<String, Value>,
    unions: &'a [Union],
    /// Definitions that were looked at, and what stages refer to in their place.
    done: BTreeMap<String, String>,
}

impl Overlays<'_> {
    /// The schema of an overlay of what this is the schema of. Arrays are replaced, so their items stay complete; of a
    /// container no more than its name is needed.
    fn loose(&mut self, schema: &Value) -> Value {
        let Some(object) = schema.as_object() else { return schema.clone() };
        let mut loose = Map::new();
        for (key, value) in object {
            let value = match (key.as_str(), value) {
                ("required", _) => continue,
                ("$ref", Value::String(to)) => self.definition(target(to)),
                ("properties", Value::Object(properties)) => {
                    let keys = properties
                        .iter()
                        .map(|(key, value)| (key.clone(), self.property(key, value)));
                    Value::Object(keys.collect())
                }
                ("patternProperties", Value::Object(patterns)) => Value::Object(
                    patterns.iter().map(|(key, value)| (key.clone(), self.loose(value))).collect(),
                ),
                ("additionalProperties", value) => self.loose(value),
                ("anyOf", Value::Array(choices)) => {
                    choices.iter().map(|choice| self.loose(choice)).collect()
                }
                (_, value) => value.clone(),
            };
            loose.insert(key.clone(), value);
        }
        Value::Object(loose)
    }

    fn property(&mut self, key: &str, schema: &Value) -> Value {
        let mut loose = self.loose(schema);
        if NAMED.contains(&key) || SECTIONS.contains(&key) {
            or_false(&mut loose);
        }
        loose
    }

    /// A reference to the overlay of a definition, or to itself if it needs no key.
    fn definition(&mut self, name: &str) -> Value {
        let refer = |name: &str| reference(name)["$ref"].clone();
        if let Some(done) = self.done.get(name) {
            return refer(done);
        }
        let patch = format!("{name}{PATCH}");
        let name_in_stages =
            if let Some(union) = self.unions.iter().find(|union| union.name == name) {
                self.union(union);
                patch
            } else {
                let schema = self.known.get(name).cloned().unwrap_or_default();
                let mut loose = self.loose(&schema);
                if name == "Config" {
                    or_false(&mut loose);
                }
                if name == "Registry" {
                    loose["anyOf"].as_array_mut().into_iter().flatten().for_each(or_false);
                }
                if loose == schema {
                    name.to_owned()
                } else {
                    self.known.insert(patch.clone(), loose);
                    patch
                }
            };
        self.done.insert(name.to_owned(), name_in_stages.clone());
        refer(&name_in_stages)
    }

    /// The overlays of a union; without a type, a table can have the keys of all of them.
    fn union(&mut self, union: &Union) {
        let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (_, variant) in &union.variants {
            let schema = self.known.get(variant).cloned().unwrap_or_default();
            let loose = self.loose(&schema);
            for (key, value) in loose["properties"].as_object().into_iter().flatten() {
                let known = all.entry(key.clone()).or_default();
                // What differs in no more than its words is checked the same way.
                if !known.iter().any(|known| without_words(known) == without_words(value)) {
                    known.push(value.clone());
                }
            }
            self.known.insert(format!("{variant}{PATCH}"), loose);
        }
        let properties: Map<String, Value> = all
            .into_iter()
            .filter(|(key, _)| key != "type")
            .map(|(key, mut choices)| match choices.len() {
                1 => (key, choices.remove(0)),
                _ => (key, json!({ "anyOf": choices, "description": choices[0]["description"] })),
            })
            .collect();
        let description =
            self.known.get(&union.name).map_or(Value::Null, |known| known["description"].clone());
        let any = format!("{}{ANY}", union.name);
        self.known.insert(
            any.clone(),
            json!({ "type": "object", "additionalProperties": false, "properties": properties }),
        );
        self.known.insert(
            format!("{}{PATCH}", union.name),
            union.schema(&description, Some((PATCH, &any))),
        );
    }
}

/// What is behind the name of a definition with the keys of all variants.
const ANY: &str = ".any";

fn without_words(schema: &Value) -> Value {
    let mut schema = schema.clone();
    each(&mut schema, &mut |object| {
        for key in ["description", "default"] {
            object.remove(key);
        }
    });
    schema
}

/// Lets the values of a table with free keys be `false`.
fn or_false(table: &mut Value) {
    let removed = json!({ "const": false, "description": "Removes it." });
    let is_done =
        |value: &Value| value["anyOf"].as_array().is_some_and(|choices| choices.contains(&removed));
    let Some(table) = table.as_object_mut() else { return };
    let mut allow = |value: &mut Value| {
        if is_done(value) {
            return;
        }
        let whole = value.take();
        *value = match whole.get("$ref") {
            // As in unions: what is walked for completion is always valid, what validates gives the exact place.
            Some(_) => json!({
                "anyOf": [whole, removed, true],
                "allOf": [{ "if": { "const": false }, "else": whole }],
            }),
            None => json!({ "anyOf": [whole, removed] }),
        };
    };
    if let Some(Value::Object(patterns)) = table.get_mut("patternProperties") {
        patterns.values_mut().for_each(&mut allow);
    }
    if let Some(value) = table.get_mut("additionalProperties").filter(|value| value.is_object()) {
        allow(value);
    }
}
