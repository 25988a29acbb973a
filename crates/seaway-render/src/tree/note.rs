//! Where the values of a tree were written, as origins of an object.

use seaway_core::node::Table;
use seaway_core::{Node, Origin, Span, Value};

use crate::object::{Origins, item_key};

/// Notes where each value of an object was written. What has no place was not written by anyone, and is passed over.
pub(crate) fn note(node: &Node, origins: &mut Origins) {
    if let Some(table) = node.as_table() {
        fields(table, "", origins);
    }
}

fn fields(table: &Table, around: &str, origins: &mut Origins) {
    for (key, value) in table {
        let path = if around.is_empty() { key.value.clone() } else { format!("{around}.{key}") };
        note_value(value, key, path, origins);
    }
}

fn note_value(node: &Node, list: &str, path: String, origins: &mut Origins) {
    match &node.value {
        Value::Table(table) => fields(table, &path, origins),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get(item_key(list)).and_then(Node::as_str);
                let key = name.map_or_else(|| index.to_string(), str::to_owned);
                note_value(item, "", format!("{path}[{key}]"), origins);
            }
        }
        _ => {}
    }
    if node.span != Span::default() {
        origins.set(path, Origin::Stack(node.span));
    }
}
