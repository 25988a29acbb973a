//! Tables that say by their key `type` what else can be written in them.
//!
//! `anyOf … true` is always valid: it is there for completion and hover, which walk it. `allOf` with `if` and `then` is
//! what validates, since it gives errors at the exact key; editors do not walk it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{definitions, reference, target};

/// An enum of the language that takes its variant from `type`.
pub(super) struct Union {
    /// Its definition.
    pub(super) name: String,
    /// The words of `type`, each with the definition of its table.
    pub(super) variants: Vec<(String, String)>,
    /// Whether the word alone will do: no table of it needs a key.
    pub(super) shorthand: bool,
}

impl Union {
    /// The schema: of complete tables, or of overlays that can leave out even the type. For overlays: what is behind
    /// the names of their definitions, and the definition of a table without a type.
    pub(super) fn schema(&self, description: &Value, patches: Option<(&str, &str)>) -> Value {
        let words: Vec<Value> = self.variants.iter().map(|(word, _)| json!(word)).collect();
        let definition = |name: &str| match patches {
            Some((suffix, _)) => format!("{name}{suffix}"),
            None => name.to_owned(),
        };
        let word = json!({ "type": "string", "enum": words });
        let mut walked: Vec<Value> =
            self.variants.iter().map(|(_, name)| reference(&definition(name))).collect();
        let mut checked = vec![json!({
            "if": { "type": "object" },
            "then": { "properties": { "type": { "enum": words } } },
        })];
        for (word, name) in &self.variants {
            checked.push(json!({
                "if": { "type": "object", "properties": { "type": { "const": word } }, "required": ["type"] },
                "then": reference(&definition(name)),
            }));
        }
        let mut schema = Map::new();
        schema.insert("description".to_owned(), description.clone());
        schema.insert("type".to_owned(), json!("object"));
        if self.shorthand {
            walked.push(word.clone());
            checked.push(json!({ "if": { "type": "string" }, "then": word }));
            schema.insert("type".to_owned(), json!(["object", "string"]));
        }
        walked.push(json!(true));
        match patches {
            Some((_, any)) => checked.push(json!({
                "if": { "type": "object", "not": { "required": ["type"] } },
                "then": reference(any),
            })),
            None => {
                schema.insert("required".to_owned(), json!(["type"]));
            }
        }
        schema.insert("additionalProperties".to_owned(), json!(true));
        schema.insert("anyOf".to_owned(), Value::Array(walked));
        schema.insert("allOf".to_owned(), Value::Array(checked));
        Value::Object(schema)
    }
}

/// Gives each variant a definition of its own and each union its shape.
pub(super) fn unions(root: &mut Value) -> Vec<Union> {
    let Some(definitions) = definitions(root) else { return Vec::new() };
    let found: Vec<(String, Value)> = definitions
        .iter()
        .filter(|(_, schema)| is_union(schema))
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    let mut unions = Vec::new();
    for (name, schema) in found {
        let variants = schema["oneOf"].as_array().into_iter().flatten();
        let mut union = Union { name: name.clone(), variants: Vec::new(), shorthand: true };
        for variant in variants {
            let word =
                variant["properties"]["type"]["const"].as_str().unwrap_or_default().to_owned();
            let options = variant["$ref"].as_str().map_or("", target);
            let options = definitions.get(options).cloned().unwrap_or_default();
            union.shorthand &= options.get("required").is_none();
            let own = format!("{name}.{word}");
            definitions.insert(own.clone(), variant_table(&word, variant, options));
            union.variants.push((word, own));
        }
        // A component is always a table: the list of its keys is what a stage merges onto.
        union.shorthand &= name != "Component";
        definitions.insert(name, union.schema(&schema["description"], None));
        unions.push(union);
    }
    unions
}

/// Adds types of components that are data, each with the name of the type that it starts from. What it needs may be said by
/// what it starts from, so that no key of it is required.
pub(super) fn data(root: &mut Value, unions: &mut [Union], types: &BTreeMap<String, String>) {
    let Some(definitions) = definitions(root) else { return };
    let Some(union) = unions.iter_mut().find(|union| union.name == "Component") else { return };
    let known = union.variants.clone();
    for (word, start) in types {
        let Some((_, options)) = known.iter().find(|(word, _)| word == start) else { continue };
        let mut options = definitions.get(options).cloned().unwrap_or_default();
        options["properties"]["type"] = json!({
            "type": "string",
            "const": word,
            "description": format!("Starts from what the type `{word}` says, a `{start}`."),
        });
        options["required"] = json!(["type"]);
        let own = format!("Component.{word}");
        definitions.insert(own.clone(), options);
        union.variants.push((word.clone(), own));
    }
    let description = definitions.get("Component").map(|schema| schema["description"].clone());
    let schema = union.schema(&description.unwrap_or_default(), None);
    definitions.insert("Component".to_owned(), schema);
}

fn is_union(schema: &Value) -> bool {
    let variants = schema["oneOf"].as_array();
    variants.is_some_and(|variants| {
        variants.iter().all(|variant| variant["properties"]["type"]["const"].is_string())
    })
}

/// The table of one variant: its options and the key `type`.
fn variant_table(word: &str, variant: &Value, mut options: Value) -> Value {
    let about = &variant["description"];
    if let Some(table) = options.as_object_mut() {
        let tag = json!({ "type": "string", "const": word, "description": about });
        let properties = table.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("type".to_owned(), tag);
        }
        let required = table.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut() {
            required.insert(0, json!("type"));
        }
    }
    options
}
