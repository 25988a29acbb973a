//! What of a value is not shown.

use seaway_core::{Node, Span, Value};

use super::Shown;
use crate::Object;
use crate::environment::Holders;

/// What stands for a text that is not shown.
pub(super) const NOT_SHOWN: &str = "(not shown)";

/// An empty tree.
pub(super) fn nothing() -> Node {
    Node { value: Value::Table(seaway_core::node::Table::new()), span: Span::default() }
}

/// What knows the secrets of a stage.
pub(super) struct Conceal<'a> {
    pub(super) object: &'a Object,
    pub(super) holders: &'a Holders<'a>,
}

impl Conceal<'_> {
    /// A value of the object, without what is secret.
    pub(super) fn value(&self, path: &str, value: &Node) -> Shown {
        let mut value = value.clone();
        let is_secret = self.object.body.kind() == "Secret";
        let mut hidden = false;
        if is_secret && is_data(path) {
            hide_all(&mut value, &mut hidden);
        } else if is_secret && path.is_empty() {
            for key in ["data", "stringData"] {
                if let Value::Table(table) = &mut value.value
                    && let Some(data) = table.get_mut(key)
                {
                    hide_all(data, &mut hidden);
                }
            }
        }
        self.hide(&mut value, name_of(path), &mut hidden);
        Shown { value: Some(value), hidden }
    }

    /// A value of the stack, without what is secret.
    pub(super) fn written(&self, key: &str, value: &Node) -> Shown {
        let mut value = value.clone();
        let mut hidden = false;
        self.hide(&mut value, key, &mut hidden);
        Shown { value: Some(value), hidden }
    }

    /// Whether a text must not be shown. What a template of a controller fills in is handed on, as `$(…)` is in a pod.
    fn is_secret(&self, name: &str, text: &str) -> bool {
        self.holders.conceal(name, &text.replace("{{", "$("))
    }

    /// Replaces what must not be shown in a value that goes by a name.
    fn hide(&self, node: &mut Node, name: &str, hidden: &mut bool) {
        match &mut node.value {
            Value::String(text) if self.is_secret(name, text) => {
                NOT_SHOWN.clone_into(text);
                *hidden = true;
            }
            Value::Table(table) => {
                // A variable is called by the key beside its value.
                let variable = table.get("name").and_then(Node::as_str).map(str::to_owned);
                for (key, value) in table.iter_mut() {
                    let name = match &variable {
                        Some(variable) if key.value == "value" => variable,
                        _ => &key.value,
                    };
                    self.hide(value, name, hidden);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.hide(item, name, hidden);
                }
            }
            _ => {}
        }
    }
}

fn is_data(path: &str) -> bool {
    ["data", "stringData"].iter().any(|data| {
        path.strip_prefix(data).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn hide_all(node: &mut Node, hidden: &mut bool) {
    match &mut node.value {
        Value::Table(table) => table.values_mut().for_each(|value| hide_all(value, hidden)),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_all(item, hidden)),
        value => {
            *value = Value::String(NOT_SHOWN.to_owned());
            *hidden = true;
        }
    }
}

/// The name that a value at a path goes by: of a variable its own, else the last key.
fn name_of(path: &str) -> &str {
    if let Some((_, name)) = path.strip_suffix("].value").and_then(|item| item.rsplit_once(".env["))
    {
        return name;
    }
    path.rsplit(['.', '[']).next().unwrap_or_default()
}
