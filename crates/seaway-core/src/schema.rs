//! The JSON Schema of the stack file, made from the option structs.
//!
//! It is written for editors: draft 7 is the one draft in which the language servers Taplo and Tombi mean the same,
//! and both complete, explain and place their errors best with the shapes that the passes below bring it into.
//!
//! The top level has to be complete; a stage may leave out what it does not change. A stack whose top level leaves
//! a required key to each of its stages, or to the file that it extends, compiles, but editors underline it. Only the name
//! of the stack may come from there without a word of theirs.

mod shape;
mod share;
mod stage;
mod tagged;

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value};

use crate::options::{Pod, Project, StackFile};
use crate::source::shipped;
use tagged::Union;

pub(crate) use shape::first_paragraph;

/// The schema as pretty-printed JSON with sorted keys, for editors.
pub fn schema() -> String {
    with_types(&shipped_types())
}

/// The same with the types of components that a stack has of its own ([`own_types`](crate::resolve::own_types)).
pub fn schema_of(own: BTreeMap<String, String>) -> String {
    let mut types = shipped_types();
    types.extend(own);
    with_types(&types)
}

fn shipped_types() -> BTreeMap<String, String> {
    shipped::names().map(|name| (name.to_owned(), "service".to_owned())).collect()
}

fn with_types(types: &BTreeMap<String, String>) -> String {
    let mut root = generated();
    let mut unions = language(&mut root);
    tagged::data(&mut root, &mut unions, types);
    stage::removable(&mut root, &unions);
    stage::overlays(&mut root, &unions);
    stage::named_by_base(&mut root);
    shape::without_ref_siblings(&mut root);
    shape::first_paragraphs(&mut root);
    share::options(&mut root);
    shape::without_orphans(&mut root);
    let mut text = serde_json::to_string_pretty(&sorted(&root)).unwrap_or_default();
    text.push('\n');
    text
}

/// The schema as the reference reads it: with whole descriptions, and a definition for each struct.
pub(crate) fn described() -> Value {
    let mut root = generated();
    language(&mut root);
    shape::without_orphans(&mut root);
    root
}

/// From what schemars makes to what the language takes.
fn language(root: &mut Value) -> Vec<Union> {
    shape::without_null(root);
    shape::enums(root);
    shape::closed(root);
    shape::without_noise(root);
    let unions = tagged::unions(root);
    shape::defaults(root);
    unions
}

/// What schemars makes of the structs, before any pass.
fn generated() -> Value {
    generator().into_root_schema_for::<StackFile>().to_value()
}

/// The options that all components with pods take.
pub(crate) fn pod_options() -> Vec<String> {
    options_of(&generator().into_root_schema_for::<Pod>().to_value())
}

/// The options that all processes of the application take.
pub(crate) fn project_options() -> Vec<String> {
    options_of(&generator().into_root_schema_for::<Project>().to_value())
}

fn options_of(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(Map::keys).cloned().collect()
}

fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft07();
    // Its passes for draft 7 hide a reference beside a description in an `allOf`, at which Taplo 0.10 hangs.
    settings.transforms.clear();
    settings.into_generator()
}

/// The definition that a reference leads to.
pub(crate) fn target(reference: &str) -> &str {
    reference.strip_prefix("#/definitions/").unwrap_or(reference)
}

fn reference(definition: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/definitions/{definition}") })
}

fn definitions(root: &mut Value) -> Option<&mut Map<String, Value>> {
    root.get_mut("definitions").and_then(Value::as_object_mut)
}

/// Calls a function with each object of a schema, the outermost first.
fn each(schema: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match schema {
        Value::Object(object) => {
            change(object);
            for value in object.values_mut() {
                each(value, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        _ => {}
    }
}

/// The same value with sorted keys, whatever features other crates switch on in `serde_json`.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Sorted<'a> {
    Object(BTreeMap<&'a str, Sorted<'a>>),
    Array(Vec<Sorted<'a>>),
    Other(&'a Value),
}

fn sorted(value: &Value) -> Sorted<'_> {
    match value {
        Value::Object(entries) => Sorted::Object(
            entries.iter().map(|(key, value)| (key.as_str(), sorted(value))).collect(),
        ),
        Value::Array(items) => Sorted::Array(items.iter().map(sorted).collect()),
        other => Sorted::Other(other),
    }
}
