//! Fields of objects that are not known by type.

use seaway_core::{Node, Value};

/// The items of a list; none if it is something else or not there.
pub(super) fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    match node.get(key).map(|list| &list.value) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// A text.
pub(super) fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

/// A whole number.
pub(super) fn number(node: &Node, key: &str) -> Option<i64> {
    match node.get(key)?.value {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}
