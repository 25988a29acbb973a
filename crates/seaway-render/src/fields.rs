//! Two objects → the fields in which they differ.

mod short;

use std::collections::BTreeSet;

use seaway_core::{Node, Span, Value};
use serde::Serialize;

use crate::against::same::{equal, holds_amounts, keys};
use crate::object::item_key;

pub(crate) use short::{line, short};

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Where it is: `spec.template.spec.containers[web].image`.
    pub path: String,
    /// What it was, in short; null if it was not there.
    pub was: Option<String>,
    /// What it is, in short; null if it is not there.
    pub is: Option<String>,
}

impl FieldChange {
    /// Whether it is a checksum of what pods read, which follows from a change that is shown by itself.
    pub(crate) fn is_checksum(&self) -> bool {
        self.path.rsplit_once("annotations.").is_some_and(|(_, key)| key.starts_with("checksum/"))
    }
}

/// Whether the content of an object is never shown: the values of a Secret.
pub(crate) fn conceals(kind: &str, path: &str) -> bool {
    kind == "Secret" && (path.starts_with("data") || path.starts_with("stringData"))
}

/// The fields that differ, each as deep as it is one thing. `conceals` says of a path that its values are not shown.
pub(crate) fn changes(old: &Node, new: &Node, conceals: &dyn Fn(&str) -> bool) -> Vec<FieldChange> {
    let mut walk = Walk { conceals, found: Vec::new() };
    walk.table("", old, new, false, None);
    walk.found
}

struct Walk<'a> {
    conceals: &'a dyn Fn(&str) -> bool,
    found: Vec<FieldChange>,
}

impl Walk<'_> {
    /// The fields of two tables, but for one that the path says already.
    fn table(&mut self, path: &str, old: &Node, new: &Node, amounts: bool, said: Option<&str>) {
        for key in keys(old, new).into_iter().filter(|key| Some(*key) != said) {
            let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let amounts = amounts || holds_amounts(key);
            self.value(&below, old.get(key), new.get(key), amounts);
        }
    }

    fn value(&mut self, path: &str, old: Option<&Node>, new: Option<&Node>, amounts: bool) {
        if equal(old, new, amounts) {
            return;
        }
        let (Some(was), Some(is)) = (old, new) else {
            return self.only_one(path, old, new);
        };
        match (&was.value, &is.value) {
            (Value::Table(_), Value::Table(_)) => self.table(path, was, is, amounts, None),
            (Value::Array(were), Value::Array(are)) => self.list(path, were, are, amounts),
            _ => self.tell(path, Some(short(was)), Some(short(is))),
        }
    }

    /// A value that one of the two has: a table of one field is told by that field.
    fn only_one(&mut self, path: &str, old: Option<&Node>, new: Option<&Node>) {
        if let Some(table) = old.or(new).and_then(Node::as_table)
            && table.len() == 1
            && let Some((key, _)) = table.iter().next()
        {
            let of = |node: Option<&'_ Node>| node.and_then(|node| node.get(key).cloned());
            let (old, new) = (of(old), of(new));
            return self.only_one(&format!("{path}.{key}"), old.as_ref(), new.as_ref());
        }
        self.tell(path, old.map(short), new.map(short));
    }

    /// Two items of one key, which their path says already.
    fn item(
        &mut self,
        path: &str,
        key: &str,
        was: Option<&Node>,
        is: Option<&Node>,
        amounts: bool,
    ) {
        let says_more = |item: &&Node| item.as_table().is_some_and(|table| table.len() > 1);
        if let (Some(was), Some(is)) = (was.filter(says_more), is.filter(says_more)) {
            return self.table(path, was, is, amounts, Some(key));
        }
        let without_key = |item: &Node| {
            let mut item = item.clone();
            if let Value::Table(table) = &mut item.value
                && table.len() > 1
            {
                table.remove(key);
            }
            item
        };
        let (was, is) = (was.map(without_key), is.map(without_key));
        self.value(path, was.as_ref(), is.as_ref(), amounts);
    }

    fn list(&mut self, path: &str, were: &[Node], are: &[Node], amounts: bool) {
        let field = path.rsplit('.').next().unwrap_or_default();
        let key = item_key(field);
        if let (Some(old), Some(new)) = (keyed(were, key), keyed(are, key)) {
            let names: BTreeSet<&str> = old.iter().chain(&new).map(|(name, _)| *name).collect();
            let order = |items: &[(&str, &Node)]| -> Vec<String> {
                let both = items.iter().map(|(name, _)| (*name).to_owned());
                both.filter(|name| item(&old, name).is_some() && item(&new, name).is_some())
                    .collect()
            };
            for name in names {
                let (was, is) = (item(&old, name), item(&new, name));
                if !equal(was, is, amounts) {
                    self.item(&format!("{path}[{name}]"), key, was, is, amounts);
                }
            }
            if order(&old) != order(&new) {
                self.tell(path, Some(order(&old).join(", ")), Some(order(&new).join(", ")));
            }
        } else if let (Some(old), Some(new)) = (words(were), words(are)) {
            let gone: Vec<&str> = old.iter().filter(|word| !new.contains(word)).copied().collect();
            let come: Vec<&str> = new.iter().filter(|word| !old.contains(word)).copied().collect();
            if gone.is_empty() && come.is_empty() {
                self.tell(path, Some(line(&old.join(" "))), Some(line(&new.join(" "))));
            } else {
                let text = |words: &[&str]| (!words.is_empty()).then(|| line(&words.join(" ")));
                self.tell(path, text(&gone), text(&come));
            }
        } else if were.len() == are.len() {
            for (at, (was, is)) in were.iter().zip(are).enumerate() {
                self.value(&format!("{path}[{at}]"), Some(was), Some(is), amounts);
            }
        } else {
            let whole = |items: &[Node]| {
                Some(short(&Node { value: Value::Array(items.to_vec()), span: Span::default() }))
            };
            self.tell(path, whole(were), whole(are));
        }
    }

    fn tell(&mut self, path: &str, was: Option<String>, is: Option<String>) {
        let shown = |value: Option<String>| {
            value.map(|value| if (self.conceals)(path) { "not shown".to_owned() } else { value })
        };
        let (was, is) = (shown(was), shown(is));
        self.found.push(FieldChange { path: path.to_owned(), was, is });
    }
}

/// Items by the key that names them; `None` if one has none, or two have the same.
fn keyed<'a>(items: &'a [Node], key: &str) -> Option<Vec<(&'a str, &'a Node)>> {
    let pairs: Option<Vec<_>> =
        items.iter().map(|item| Some((item.get(key)?.as_str()?, item))).collect();
    let names: BTreeSet<_> = pairs.iter().flatten().map(|(name, _)| *name).collect();
    pairs.filter(|pairs| names.len() == pairs.len())
}

/// The item of a name.
fn item<'a>(items: &[(&str, &'a Node)], name: &str) -> Option<&'a Node> {
    items.iter().find(|(known, _)| *known == name).map(|(_, node)| *node)
}

/// The items if all are texts.
fn words(items: &[Node]) -> Option<Vec<&str>> {
    items.iter().map(Node::as_str).collect()
}
