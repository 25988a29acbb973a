//! Whether two trees mean the same to an API server.

use std::collections::BTreeSet;

use seaway_core::values::Quantity;
use seaway_core::{Node, Sourced, Value};

use crate::object::item_key;

/// Fields whose texts are amounts: `1Gi` and `1024Mi` are one.
const AMOUNTS: [&str; 5] = ["requests", "limits", "capacity", "sizeLimit", "storage"];

/// Whether two values mean the same. What is empty is as good as not there: it is not printed either.
pub(super) fn same(old: Option<&Node>, new: Option<&Node>) -> bool {
    equal(old, new, false)
}

/// Whether the texts below a field are amounts.
pub(crate) fn holds_amounts(field: &str) -> bool {
    AMOUNTS.contains(&field)
}

/// Whether two values mean the same, where texts may be `amounts`.
pub(crate) fn equal(old: Option<&Node>, new: Option<&Node>, amounts: bool) -> bool {
    let (old, new) = match (old, new) {
        (None, None) => return true,
        (Some(one), None) | (None, Some(one)) => return is_empty(one),
        (Some(old), Some(new)) => (old, new),
    };
    match (&old.value, &new.value) {
        (Value::Table(old), Value::Table(new)) => {
            let is_alike = |(key, value): (&Sourced<String>, &Node)| {
                equal(Some(value), new.get(key), amounts || holds_amounts(&key.value))
            };
            let is_news = |(key, value): (&Sourced<String>, &Node)| {
                !old.contains_key(key) && !is_empty(value)
            };
            old.iter().all(is_alike) && !new.iter().any(is_news)
        }
        (Value::Array(old), Value::Array(new)) => {
            let mut pairs = old.iter().zip(new);
            old.len() == new.len() && pairs.all(|(old, new)| equal(Some(old), Some(new), amounts))
        }
        (old, new) => {
            old == new || (amounts && amount(old).is_some_and(|old| Some(old) == amount(new)))
        }
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Table(table) => table.values().all(is_empty),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The keys of two tables.
pub(crate) fn keys<'a>(old: &'a Node, new: &'a Node) -> BTreeSet<&'a str> {
    let tables = [old, new].into_iter().filter_map(Node::as_table).flatten();
    tables.map(|(key, _)| key.value.as_str()).collect()
}

/// A quantity in thousandths, as text or as a number.
fn amount(value: &Value) -> Option<u128> {
    match value {
        Value::String(text) => text.parse::<Quantity>().ok().map(|quantity| quantity.milli),
        Value::Integer(number) => u128::try_from(*number).ok().map(|number| number * 1000),
        _ => None,
    }
}

/// A quantity at a place, in thousandths.
pub(super) fn quantity(node: Option<&Node>) -> Option<u128> {
    amount(&node?.value)
}

/// The keys right below a path in either of two objects.
pub(super) fn fields<'a>(old: Option<&'a Node>, new: Option<&'a Node>) -> BTreeSet<&'a str> {
    let tables = [old, new].into_iter().flatten().filter_map(Node::as_table).flatten();
    tables.map(|(key, _)| key.value.as_str()).collect()
}

/// The path to what differs between two values, as far down as it is one thing.
pub(super) fn difference(path: &str, old: Option<&Node>, new: Option<&Node>) -> String {
    let mut path = path.to_owned();
    let (mut old, mut new) = (old, new);
    while let (Some(was), Some(is)) = (old, new) {
        match (&was.value, &is.value) {
            (Value::Table(_), Value::Table(_)) => {
                let mut differing =
                    keys(was, is).into_iter().filter(|key| !same(was.get(key), is.get(key)));
                let (Some(key), None) = (differing.next(), differing.next()) else { break };
                path = format!("{path}.{key}");
                (old, new) = (was.get(key), is.get(key));
            }
            (Value::Array(were), Value::Array(are)) if were.len() == are.len() => {
                let mut differing =
                    (0..are.len()).filter(|index| !same(were.get(*index), are.get(*index)));
                let (Some(index), None) = (differing.next(), differing.next()) else { break };
                let list = path.rsplit('.').next().unwrap_or_default();
                let key = are[index].get(item_key(list)).and_then(Node::as_str);
                path = match key {
                    Some(key) => format!("{path}[{key}]"),
                    None => format!("{path}[{index}]"),
                };
                (old, new) = (were.get(index), are.get(index));
            }
            _ => break,
        }
    }
    path
}
