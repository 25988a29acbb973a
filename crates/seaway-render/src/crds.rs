//! Definitions of custom resources, which the stack names under `cluster.crds`: their scope, and what is wrong with objects of
//! their kinds.
//!
//! An object is held against the schema of its version as the API server does it with strict validation: unknown fields are errors
//! (a structural schema would drop them), and values fit. Rules in CEL are counted and not checked.

mod definition;
mod judge;
#[cfg(feature = "crds")]
mod schema;
mod strict;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use seaway_core::{Code, Diagnostic, Severity, Sink, Sourced, Stack, suggest};

use crate::fault::fault;
use crate::object::{Other, group, item_key};
use crate::{Body, Object, tree};
use definition::{Definition, Version};

/// Most faults of one object that are reported one by one.
const MOST: usize = 10;

/// What the stack says of the kinds that the cluster knows beside Kubernetes' own.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    /// By API group and kind.
    by_kind: BTreeMap<(String, String), Definition>,
}

/// The definitions of a stage: of files, and those that it brings along in `[[objects]]`. Each fault in them is reported once.
pub(crate) fn definitions(stack: &Stack, sink: &mut Sink) -> Definitions {
    let mut all = Definitions::default();
    for crds in &stack.crds {
        for file in &crds.files {
            let Some(found) = definition::read(&crds.path, file, sink) else { continue };
            for definition in found {
                all.add(definition, sink);
            }
        }
    }
    for node in &stack.objects {
        let own = definition::of_object(node, tree::place(node), sink);
        if let Some(definition) = own {
            all.add(definition, sink);
        }
    }
    all
}

impl Definitions {
    fn add(&mut self, definition: Definition, sink: &mut Sink) {
        let key = (definition.group.clone(), definition.kind.clone());
        match self.by_kind.get(&key) {
            None => {
                self.by_kind.insert(key, definition);
            }
            Some(first) if first.same_schemas(&definition) => {}
            Some(first) => {
                let message = format!(
                    "`{}` and `{}` define {} of `{}` in two ways",
                    first.file, definition.file, definition.kind, definition.group
                );
                let diagnostic = Diagnostic::error(Code::Conflict, message)
                    .origin(definition.named.origin, "")
                    .origin(first.named.origin, "")
                    .help("keep the one that the cluster has");
                sink.report(diagnostic);
            }
        }
    }

    fn of(&self, other: &Other) -> Option<&Definition> {
        let key = (group(&other.api_version).to_owned(), other.kind.clone());
        self.by_kind.get(&key)
    }

    /// Puts objects into a namespace or into none, as the definition of their kind says it, where the object itself does not.
    pub(crate) fn place(&self, stack: &Stack, objects: &mut [Object]) {
        for object in objects {
            let Body::Other(other) = &mut object.body else { continue };
            let Some(definition) = self.of(other) else { continue };
            if other.metadata.namespace.is_none() {
                let here = definition.is_namespaced.then(|| stack.namespace.to_string());
                // An empty one says that the kind has none.
                other.metadata.namespace = Some(here.unwrap_or_default());
                object.origins.set("metadata.namespace", stack.namespace.origin);
            }
        }
    }

    /// Holds each object against the definition of its kind.
    pub(crate) fn check(&self, objects: &[Object], sink: &mut Sink) {
        let mut unchecked: BTreeMap<&str, (usize, &Sourced<String>)> = BTreeMap::new();
        let mut judges = BTreeMap::new();
        for object in objects {
            let Body::Other(other) = &object.body else { continue };
            let Some(definition) = self.of(other) else { continue };
            let Some(version) = definition.version(&other.api_version) else {
                sink.report(not_served(object, other, definition));
                continue;
            };
            // A schema is made ready once, for all objects of its kind.
            let judge = judges
                .entry((&definition.group, &definition.kind, &version.name))
                .or_insert_with(|| judge::Judge::new(&version.schema));
            match judge {
                Ok(judge) => {
                    hold(object, definition, version, judge, sink);
                    let rules = rules(&version.schema);
                    if rules > 0 {
                        unchecked.insert(&definition.kind, (rules, &definition.named));
                    }
                }
                Err(cause) => {
                    let cause = std::mem::take(cause);
                    // Its second object has nothing new to say.
                    if !cause.is_empty() {
                        sink.report(unusable(definition, version, cause));
                    }
                }
            }
        }
        report_rules(&unchecked, sink);
    }
}

/// What is wrong with an object, at its lines.
fn hold(
    object: &Object,
    definition: &Definition,
    version: &Version,
    judge: &judge::Judge,
    sink: &mut Sink,
) {
    let Ok(value) = serde_json::to_value(&object.body) else { return };
    let mut faults = strict::unknown(&version.schema, &value);
    faults.extend(judge.faults(&value));
    let more = faults.len().saturating_sub(MOST);
    let mut faults = faults.into_iter().take(MOST).peekable();
    while let Some(found) = faults.next() {
        let path = path(&found.place, &value);
        let around = if path.is_empty() { "metadata" } else { &path };
        let mut diagnostic = fault(found.code, object, around, found.message)
            .note(defined(definition))
            .help_maybe(found.help);
        if faults.peek().is_none() && more > 0 {
            diagnostic =
                diagnostic.note(format!("{more} more faults of {} are not shown", object.id()));
        }
        sink.report(diagnostic);
    }
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
}

/// A fault in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    place: Vec<Step>,
    code: Code,
    message: String,
    help: Option<String>,
}

/// The path of a place as origins are looked up by: items of lists go by their keys.
fn path(steps: &[Step], value: &serde_json::Value) -> String {
    let (mut path, mut list, mut at) = (String::new(), "", Some(value));
    for step in steps {
        match step {
            Step::Field(field) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(field);
                list = field;
                at = at.and_then(|at| at.get(field));
            }
            Step::Index(index) => {
                at = at.and_then(|at| at.get(index));
                let key = at.and_then(|item| item.get(item_key(list))).and_then(|key| key.as_str());
                match key {
                    Some(key) => path.extend(["[", key, "]"]),
                    None => {
                        let _ = write!(path, "[{index}]");
                    }
                }
                list = "";
            }
        }
    }
    path
}

/// Where a kind is defined.
fn defined(definition: &Definition) -> String {
    format!("{} is defined in `{}`", definition.kind, definition.file)
}

fn not_served(object: &Object, other: &Other, definition: &Definition) -> Diagnostic {
    let served: Vec<String> = definition
        .versions
        .iter()
        .map(|version| format!("{}/{}", definition.group, version.name))
        .collect();
    let message = format!("the cluster serves no {} of `{}`", other.kind, other.api_version);
    let help = match &*served {
        [] => "no version of its definition is served".to_owned(),
        [only] => format!("write `apiVersion = \"{only}\"`"),
        all => format!("write one that is served: {}", suggest::quoted_list(all)),
    };
    fault(Code::InvalidObject, object, "apiVersion", message).note(defined(definition)).help(help)
}

fn unusable(definition: &Definition, version: &Version, cause: String) -> Diagnostic {
    let message = format!(
        "the schema of {} `{}/{}` in `{}` can not be checked",
        definition.kind, definition.group, version.name, definition.file
    );
    Diagnostic::error(Code::InvalidObject, message)
        .origin(definition.named.origin, "")
        .note(cause)
        .help("take the definition from the release of its operator that the cluster runs")
}

/// The number of rules in CEL.
fn rules(schema: &serde_json::Value) -> usize {
    use serde_json::Value;

    match schema {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| match value {
                Value::Array(rules) if key == "x-kubernetes-validations" => rules.len(),
                // Words of the author, whatever they look like.
                _ if matches!(key.as_str(), "default" | "enum" | "example") => 0,
                value => rules(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(rules).sum(),
        _ => 0,
    }
}

/// Says once how many rules are left to the API server.
fn report_rules(unchecked: &BTreeMap<&str, (usize, &Sourced<String>)>, sink: &mut Sink) {
    let Some((_, (_, named))) = unchecked.first_key_value() else { return };
    let rules: usize = unchecked.values().map(|(rules, _)| rules).sum();
    let kinds: Vec<&str> = unchecked.keys().copied().collect();
    let kinds = suggest::quoted_list(&kinds);
    let message = match rules {
        1 => format!("one rule in CEL of {kinds} is not checked"),
        rules => format!("{rules} rules in CEL of {kinds} are not checked"),
    };
    let mut note = Diagnostic::warning(Code::UncheckedRules, message)
        .origin(named.origin, "")
        .help("the API server checks them: `kubectl apply --dry-run=server`");
    note.severity = Severity::Note;
    sink.report(note);
}
