//! The text of a file → the definitions in it.

use seaway_core::{Code, CrdFile, Diagnostic, Node, Sink, Sourced, Span};
use serde::Deserialize;
use serde_json::Value;

/// The kind of what defines kinds.
const KIND: &str = "CustomResourceDefinition";

/// A kind of custom resources.
#[derive(Debug)]
pub(super) struct Definition {
    /// Its API group.
    pub(super) group: String,
    /// The kind.
    pub(super) kind: String,
    /// Whether its objects lie in a namespace.
    pub(super) is_namespaced: bool,
    /// The versions that the API server serves.
    pub(super) versions: Vec<Version>,
    /// The file that it was read from.
    pub(super) file: String,
    /// What the stack names: that file, or its folder.
    pub(super) named: Sourced<String>,
}

/// A version of a kind.
#[derive(Debug, PartialEq)]
pub(super) struct Version {
    /// `v1`.
    pub(super) name: String,
    /// Its `openAPIV3Schema`.
    pub(super) schema: Value,
}

impl Definition {
    /// The version of an `apiVersion`, if it is served.
    pub(super) fn version(&self, api_version: &str) -> Option<&Version> {
        let (_, name) = api_version.split_once('/')?;
        self.versions.iter().find(|version| version.name == name)
    }

    /// Whether it does not matter which of two definitions is taken.
    pub(super) fn same_schemas(&self, other: &Self) -> bool {
        self.is_namespaced == other.is_namespaced && self.versions == other.versions
    }
}

/// The definitions of a file; `None` if there is a fault, which is reported. What else is in a file is passed over: the manifest of
/// an operator has all of its objects.
pub(super) fn read(
    named: &Sourced<String>,
    file: &CrdFile,
    sink: &mut Sink,
) -> Option<Vec<Definition>> {
    let fault =
        |text: String| Diagnostic::error(Code::InvalidObject, text).origin(named.origin, "");
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&file.text) {
        match Value::deserialize(document) {
            Ok(value) => objects(value, &mut found),
            Err(error) => {
                let text = format!("`{}` is not YAML", file.path);
                sink.report(fault(text).note(error.to_string()));
                return None;
            }
        }
    }
    let crds: Vec<&Value> = found.iter().filter(|value| is_crd(value)).collect();
    if crds.is_empty() {
        let text = format!("`{}` defines no custom resource", file.path);
        sink.report(fault(text).help(
            "name a file with objects of `kind: CustomResourceDefinition`, as `kubectl get crd NAME -o yaml` prints them",
        ));
        return None;
    }
    let mut definitions = Vec::new();
    for crd in crds {
        definitions.push(definition_or_fault(crd, named, &file.path, sink)?);
    }
    Some(definitions)
}

/// The definition that an object of the stack is, if it is one and there is no fault in it.
pub(super) fn of_object(node: &Node, place: Span, sink: &mut Sink) -> Option<Definition> {
    if node.get("kind").and_then(Node::as_str) != Some(KIND) {
        return None;
    }
    let crd = serde_json::to_value(node).ok()?;
    let name = crd.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let named = Sourced::written(name.to_owned(), place);
    definition_or_fault(&crd, &named, "[[objects]]", sink)
}

fn definition_or_fault(
    crd: &Value,
    named: &Sourced<String>,
    file: &str,
    sink: &mut Sink,
) -> Option<Definition> {
    let cause = match definition(crd, named, file) {
        Ok(definition) => return Some(definition),
        Err(cause) => cause,
    };
    let name = crd.pointer("/metadata/name").and_then(Value::as_str);
    let name = name.map_or_else(|| "a custom resource".to_owned(), |name| format!("`{name}`"));
    let text = format!("`{file}` defines {name} in a way that Kubernetes does not take");
    sink.report(Diagnostic::error(Code::InvalidObject, text).origin(named.origin, "").note(cause));
    None
}

/// The objects of a document: a list holds several.
fn objects(mut value: Value, found: &mut Vec<Value>) {
    let is_list =
        value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => found.extend(items),
        _ => found.push(value),
    }
}

fn is_crd(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some(KIND)
}

/// What Kubernetes needs of a definition
/// (<https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/>), or what it lacks.
fn definition(crd: &Value, named: &Sourced<String>, file: &str) -> Result<Definition, String> {
    const API_VERSION: &str = "apiextensions.k8s.io/v1";
    let api_version = crd.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    if api_version != API_VERSION {
        return Err(format!(
            "its `apiVersion` is not `{API_VERSION}`, the only one since Kubernetes 1.22"
        ));
    }
    let text = |path: &str| {
        let text = crd.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned)
            .ok_or_else(|| format!("it has no `{}`", path[1..].replace('/', ".")))
    };
    let is_namespaced = match text("/spec/scope")?.as_str() {
        "Namespaced" => true,
        "Cluster" => false,
        _ => return Err("its `spec.scope` is neither `Namespaced` nor `Cluster`".to_owned()),
    };
    let written = crd.pointer("/spec/versions").and_then(Value::as_array);
    let mut versions = Vec::new();
    for version in written.map_or(&[][..], Vec::as_slice) {
        if version.get("served").and_then(Value::as_bool) != Some(true) {
            continue;
        }
        let name = version.get("name").and_then(Value::as_str).unwrap_or_default();
        let schema = version.pointer("/schema/openAPIV3Schema").filter(|schema| schema.is_object());
        let Some(schema) = schema.filter(|_| !name.is_empty()) else {
            return Err("one of its `spec.versions` has no `name` or no `schema.openAPIV3Schema`"
                .to_owned());
        };
        versions.push(Version { name: name.to_owned(), schema: schema.clone() });
    }
    Ok(Definition {
        group: text("/spec/group")?,
        kind: text("/spec/names/kind")?,
        is_namespaced,
        versions,
        file: file.to_owned(),
        named: named.clone(),
    })
}
