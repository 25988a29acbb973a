//! Where the fields of an object come from.

use std::collections::BTreeSet;

use seaway_core::{Sink, Source};
use seaway_render::Object;
use seaway_render::object::item_key;
use seaway_render::why::{CauseKind, NoAnswer, Question, Why};
use serde_json::Value;

use crate::common::{all, compile};
use crate::support::{json, yaml};

fn ask(source: &Source, stage: &str, question: &Question) -> Result<Why, NoAnswer> {
    let mut sink = Sink::default();
    let document = seaway_core::parse(source, &mut sink);
    seaway_render::why(source, &document, stage, question, &mut sink)
}

fn question_of(object: &Object) -> Question {
    let body = &object.body;
    let group = body.api_version().split_once('/').map(|(group, _)| format!(".{group}"));
    Question {
        object: format!("{}{}/{}", body.kind(), group.unwrap_or_default(), body.name()),
        field: None,
        namespace: body.metadata().namespace.clone(),
    }
}

/// The paths of all values of an object that are rendered.
fn paths(value: &Value, list: &str, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                paths(value, key, &path, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get(item_key(list)).and_then(Value::as_str);
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                paths(item, "", &format!("{path}[{name}]"), found);
            }
        }
        Value::Null => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

/// Of each kind of object of each stage one: the same code makes the others.
#[test]
fn nothing_in_an_object_is_unexplained() {
    let (mut seen, mut count) = (BTreeSet::new(), 0);
    for (_, source, stage) in all() {
        let bundle = compile(&source, &stage).0.expect("the stacks compile");
        for object in &bundle.objects {
            let mut all = BTreeSet::new();
            paths(&json(object), "", "", &mut all);
            if !seen.insert((object.body.kind().to_owned(), all.clone())) {
                continue;
            }
            let what = format!("{} {stage} {}", source.stack.name, object.id());
            let why = ask(&source, &stage, &question_of(object)).expect("an object of the stage");
            let fields = why.fields.expect("all fields");
            for field in &fields {
                let cause = &field.origin;
                let is_written = cause.place.is_some() && cause.key.is_some();
                let is_reasoned = cause.reason.is_some() && cause.why.is_some();
                assert!(is_written || is_reasoned, "{what} {}: {cause:?}", field.path);
                count += 1;
            }
            let found: BTreeSet<String> = fields.iter().map(|field| field.path.clone()).collect();
            let missing: Vec<&String> = found.difference(&all).collect();
            assert_eq!(missing, Vec::<&String>::new(), "{what}: no such field");
            // Of a collection that is empty nothing is rendered, unless it means something.
            let is_empty = |path: &&String| {
                let pointer = object_at(&json(object), path);
                pointer.is_none_or(|value| matches!(value, Value::Array(_) | Value::Object(_)))
            };
            let left: Vec<&String> =
                all.difference(&found).filter(|path| !is_empty(path)).collect();
            assert_eq!(left, Vec::<&String>::new(), "{what}: fields without a line");
            if fields.iter().all(|field| !field.value.hidden) {
                let printed = yaml(&object.body);
                assert_eq!(format!("---\n{}", why.yaml.expect("YAML")), printed, "{what}");
            }
        }
    }
    assert!(count > 2000, "only {count} fields");
}

/// The value at a path of plain keys and of items by their names.
fn object_at(value: &Value, path: &str) -> Option<Value> {
    let mut found = Vec::new();
    collect(value, "", "", &mut found);
    found.into_iter().find(|(known, _)| known == path).map(|(_, value)| value)
}

fn collect(value: &Value, list: &str, path: &str, found: &mut Vec<(String, Value)>) {
    found.push((path.to_owned(), value.clone()));
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(value, key, &path, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get(item_key(list)).and_then(Value::as_str);
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                collect(item, "", &format!("{path}[{name}]"), found);
            }
        }
        _ => {}
    }
}

/// One question for each kind of cause of a stage: the path is found, a pass set it, and one layer wins.
#[test]
fn a_field_of_the_stack_is_won_by_one_layer() {
    let mut asked = 0;
    for (name, source, stage) in all() {
        if name != "shop" {
            continue;
        }
        let bundle = compile(&source, &stage).0.expect("the stacks compile");
        let workload = |object: &&Object| object.id() == "Deployment/web";
        let web = bundle.objects.iter().find(workload).expect("web");
        let of_object = question_of(web);
        let fields = ask(&source, &stage, &of_object).expect("an answer").fields.expect("fields");
        let mut keys = BTreeSet::new();
        for line in fields {
            if !keys.insert((line.origin.key.clone(), line.origin.reason)) {
                continue;
            }
            let question = Question { field: Some(line.path.clone()), ..of_object.clone() };
            let field = ask(&source, &stage, &question).expect("an answer").field.expect("a field");
            assert_eq!(field.path, line.path);
            assert_eq!(field.value, line.value, "{}", line.path);
            assert!(!field.passes.is_empty(), "{}", line.path);
            let wins = field.layers.iter().filter(|says| says.wins).count();
            let is_written = line.origin.kind != CauseKind::Default;
            assert_eq!(wins, usize::from(is_written), "{} {:?}", line.path, field.layers);
            asked += 1;
        }
    }
    assert!(asked > 100, "only {asked} questions");
}
