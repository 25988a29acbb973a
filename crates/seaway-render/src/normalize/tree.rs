//! The table, applied to the tree of an object.

use k8s_openapi::ByteString;
use seaway_core::node::Table;
use seaway_core::{Node, Sourced, Span, Value, values};

use super::table::{Kept, Literal, Of, ROWS, Row};
use crate::object::{group, item_key};
use crate::tree::to_node;

/// Brings an object into the form that the API server keeps; gives the paths of what was in another.
pub(crate) fn normalize(object: &mut Node) -> Vec<String> {
    let text = |key| object.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    custom(&text("apiVersion"), &text("kind"), object)
}

/// The same for the fields of an object whose version and kind are known.
pub(super) fn custom(api_version: &str, kind: &str, object: &mut Node) -> Vec<String> {
    let mut changed = Vec::new();
    for row in ROWS {
        for root in roots(row.of, (group(api_version), kind)) {
            let way = [root, row.within].into_iter().filter(|part| !part.is_empty());
            let way: Vec<&str> = way.flat_map(|part| part.split('.')).collect();
            walk(object, &way, "", &mut |table, path, span| {
                changed.extend(keep(row, table, span).into_iter().map(|field| below(path, field)));
            });
        }
    }
    changed
}

/// Where what has the field lies in an object of a kind.
fn roots(of: Of, (group, kind): (&str, &str)) -> &'static [&'static str] {
    match (of, group, kind) {
        (Of::Kind(of_group, of_kind), ..) if of_group == group && of_kind == kind => &[""],
        (Of::Pod, "", "Pod") => &["spec"],
        (Of::Pod, "batch", "CronJob") => &["spec.jobTemplate.spec.template.spec"],
        (Of::Pod, "apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
        | (Of::Pod, "batch", "Job") => &["spec.template.spec"],
        (Of::Container, "", "Pod") => &["spec.containers[]", "spec.initContainers[]"],
        (Of::Container, "batch", "CronJob") => &[
            "spec.jobTemplate.spec.template.spec.containers[]",
            "spec.jobTemplate.spec.template.spec.initContainers[]",
        ],
        (Of::Container, "apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
        | (Of::Container, "batch", "Job") => {
            &["spec.template.spec.containers[]", "spec.template.spec.initContainers[]"]
        }
        _ => &[],
    }
}

/// Visits each table at the end of a way; a part that ends in `[]` is every item of a list.
fn walk(node: &mut Node, way: &[&str], path: &str, visit: &mut impl FnMut(&mut Table, &str, Span)) {
    let span = node.span;
    let Value::Table(table) = &mut node.value else { return };
    let Some((first, rest)) = way.split_first() else { return visit(table, path, span) };
    let (key, is_list) = first.strip_suffix("[]").map_or((*first, false), |key| (key, true));
    let Some(inner) = table.get_mut(key) else { return };
    let path = below(path, key);
    if !is_list {
        return walk(inner, rest, &path, visit);
    }
    let Value::Array(items) = &mut inner.value else { return };
    for (index, item) in items.iter_mut().enumerate() {
        let name = item.get(item_key(key)).and_then(Node::as_str).map(str::to_owned);
        let path = format!("{path}[{}]", name.unwrap_or_else(|| index.to_string()));
        walk(item, rest, &path, visit);
    }
}

fn below(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// Brings the field of a row into its form; names the fields that were in another.
fn keep(row: &Row, table: &mut Table, span: Span) -> Vec<&'static str> {
    match row.kept {
        Kept::Default(field, literal) => {
            let is_missing = !table.contains_key(field);
            if is_missing {
                put(table, field, value(literal, span));
            }
            is_missing.then_some(field).into_iter().collect()
        }
        Kept::Copied(to, from) => copy(table, to, from, span).then_some(to).into_iter().collect(),
        Kept::NoZero(fields) => {
            let is_zero = |field: &&str| table.get(*field).is_some_and(is_zero);
            let zero: Vec<&str> = fields.iter().copied().filter(is_zero).collect();
            for field in &zero {
                table.remove(*field);
            }
            zero
        }
        Kept::Canonical(fields) => {
            let differs = |field: &&str| table.get_mut(*field).is_some_and(canonical);
            fields.iter().copied().filter(differs).collect()
        }
        Kept::Encoded(from, to) => {
            encode(table, from, to, span).then_some(from).into_iter().collect()
        }
    }
}

fn put(table: &mut Table, field: &str, value: Node) {
    table.insert(Sourced::written(field.to_owned(), value.span), value);
}

fn value(literal: Literal, span: Span) -> Node {
    let value = match literal {
        Literal::Text(text) => Value::String(text.to_owned()),
        Literal::Number(number) => Value::Integer(number),
        Literal::List(items) => Value::Array(items.iter().map(|item| value(*item, span)).collect()),
        Literal::Table(fields) => {
            let mut table = Table::new();
            for (field, literal) in fields {
                put(&mut table, field, value(*literal, span));
            }
            Value::Table(table)
        }
    };
    Node { value, span }
}

fn is_zero(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.is_empty(),
        Value::Integer(number) => *number == 0,
        Value::Boolean(flag) => !flag,
        _ => false,
    }
}

/// Copies the entries that the other map does not have; says whether there were any.
fn copy(table: &mut Table, to: &str, from: &str, span: Span) -> bool {
    let Some(from) = table.get(from).and_then(Node::as_table) else { return false };
    let is_there = |key: &str| table.get(to).is_some_and(|map| map.get(key).is_some());
    let missing: Vec<_> = from.iter().filter(|(key, _)| !is_there(&key.value)).collect();
    let missing: Vec<_> =
        missing.into_iter().map(|(key, value)| (key.value.clone(), value.clone())).collect();
    entries(table, to, missing, span)
}

/// Adds entries to a map; says whether there were any.
fn entries(table: &mut Table, map: &str, entries: Vec<(String, Node)>, span: Span) -> bool {
    let is_changed = !entries.is_empty();
    if is_changed && !table.contains_key(map) {
        put(table, map, Node { value: Value::Table(Table::new()), span });
    }
    if let Some(Value::Table(inner)) = table.get_mut(map).map(|node| &mut node.value) {
        for (key, value) in entries {
            put(inner, &key, value);
        }
    }
    is_changed
}

/// Brings an amount, or each of a map, into its canonical form; says whether one was in another.
fn canonical(node: &mut Node) -> bool {
    let text = match &mut node.value {
        Value::Table(amounts) => {
            // Each of them, not the first one alone.
            let differing =
                amounts.values_mut().filter_map(|amount| canonical(amount).then_some(()));
            return differing.count() > 0;
        }
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        _ => return false,
    };
    let Ok(amount) = text.parse::<values::Quantity>() else { return false };
    let canonical = amount.to_string();
    let differs = canonical != text;
    node.value = Value::String(canonical);
    differs
}

/// The texts of a map as base64 in another; says whether there were any.
fn encode(table: &mut Table, from: &str, to: &str, span: Span) -> bool {
    let Some(Value::Table(texts)) = table.remove(from).map(|node| node.value) else {
        return false;
    };
    let bytes = |node: &Node| to_node(&ByteString(node.as_str()?.as_bytes().to_vec()), node.span);
    let encoded = texts.iter().filter_map(|(key, text)| Some((key.value.clone(), bytes(text)?)));
    entries(table, to, encoded.collect(), span)
}
