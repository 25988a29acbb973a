//! Lists of containers: an item of a later layer merges into the one of the same name, or is a new one at the end.
//!
//! `{ name = "…", remove = true }` takes one out, an empty list all. Two items of one layer with the same name stay two, which is a mistake that
//! a rule reports.

use std::collections::BTreeSet;

use super::{Merge, nothing_to_remove};
use crate::node::Table;
use crate::{Code, Diagnostic, Node, Sink, Sourced, Value};

/// The key of an item that takes out the one of its name.
const REMOVE: &str = "remove";

impl<'a> Merge<'a, '_> {
    /// What a list of containers becomes.
    pub(super) fn list(
        &mut self,
        old: Option<(Sourced<String>, Node)>,
        key: &Sourced<String>,
        new: &'a Node,
        items: &'a [Node],
    ) -> (Sourced<String>, Node) {
        let (key, mut list, span) = match old {
            Some((key, Node { value: Value::Array(list), span })) => (key, list, span),
            _ => (key.clone(), Vec::new(), new.span),
        };
        if let ["components", component, "sidecars"] = *self.path {
            self.sidecars.entry(component.to_owned()).or_default().push(items.to_vec());
            // What is not there may be inherited: it is reported where that is known.
            let Self { path, without, removals, sidecars, former, .. } = self;
            let (path, sink) = (path.clone(), &mut Sink::default());
            Merge { path, without, removals, sidecars, former, sink }.containers(&mut list, items);
        } else {
            self.containers(&mut list, items);
        }
        (key, Node { value: Value::Array(list), span })
    }

    /// Puts the items of a layer over those of the layers below.
    pub(super) fn containers(&mut self, list: &mut Vec<Node>, items: &'a [Node]) {
        if items.is_empty() {
            list.clear();
        }
        let mut below = list.len();
        let mut seen = BTreeSet::new();
        for item in items {
            let name = name_of(item);
            let is_first = name.is_none_or(|name| seen.insert(name));
            let is_it = |one: &Node| is_first && name.is_some() && name_of(one) == name;
            let known = list[..below].iter().position(is_it);
            match (name, item.as_table()) {
                (Some(name), Some(table)) if is_removal(table) => {
                    self.only_removes(table);
                    if let Some(known) = known {
                        list.remove(known);
                        below -= 1;
                    } else {
                        self.not_there(name, item, list);
                    }
                }
                (Some(name), Some(table)) => {
                    self.path.push(name);
                    let old = known.and_then(|known| list.get_mut(known));
                    if let Some(Node { value: Value::Table(old), .. }) = old {
                        self.tables(old, table);
                    } else {
                        let mut fresh = Table::new();
                        self.tables(&mut fresh, table);
                        list.push(Node { value: Value::Table(fresh), span: item.span });
                    }
                    self.path.pop();
                }
                // What is no container is reported when it gets a type.
                _ => list.push(item.clone()),
            }
        }
    }

    fn only_removes(&mut self, table: &Table) {
        let others = table.keys().filter(|key| !matches!(key.as_str(), "name" | REMOVE));
        for key in others {
            let message = format!("a container that is removed can not have `{key}`");
            self.sink.report(
                Diagnostic::error(Code::Conflict, message)
                    .label(key.span().unwrap_or_default(), "")
                    .help("remove this key, or `remove = true`"),
            );
        }
    }

    fn not_there(&mut self, name: &str, item: &Node, list: &[Node]) {
        let place = item.get("name").map_or(item.span, |name| name.span);
        let key = Sourced::written(name.to_owned(), place);
        let known: Vec<Sourced<String>> = list
            .iter()
            .filter_map(|one| Some(Sourced::written(name_of(one)?.to_owned(), one.span)))
            .collect();
        self.sink.report(nothing_to_remove(&self.path, &key, place, known.iter()));
    }
}

fn name_of(item: &Node) -> Option<&str> {
    item.get("name").and_then(Node::as_str)
}

fn is_removal(table: &Table) -> bool {
    table.get(REMOVE).is_some_and(|remove| remove.value == Value::Boolean(true))
}
