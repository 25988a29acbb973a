//! What a component removes from what it inherits from `[app]`.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::options::{Component, Shared};
use crate::overlay::{Removal, Removals, nothing_to_remove};
use crate::values::Name;
use crate::{Sink, Sourced};

/// The settings of `[app]` without what the component removes.
pub(super) fn without(
    app: &Shared,
    name: &Sourced<Name>,
    component: &Component,
    removals: &Removals,
    sink: &mut Sink,
) -> Shared {
    let mut app = app.clone();
    let inherits = component.is_process();
    let of_component = removals.iter().filter(|((removed_by, _), _)| **removed_by == *name.value);
    for ((_, table), removals) in of_component {
        let path = ["components", name, table];
        let mut take = Take { inherits, path, removals, sink };
        match table.as_str() {
            "env" => take.from(&mut app.env),
            "mounts" => take.from(&mut app.mounts),
            "labels" => take.from(&mut app.labels),
            "annotations" => take.from(&mut app.annotations),
            _ => take.from(&mut app.node_selector),
        }
    }
    app
}

struct Take<'a> {
    inherits: bool,
    path: [&'a str; 3],
    removals: &'a BTreeMap<Sourced<String>, Removal>,
    sink: &'a mut Sink,
}

impl Take<'_> {
    fn from<K: Ord + Deref<Target = str>, V>(&mut self, inherited: &mut BTreeMap<Sourced<K>, V>) {
        for (key, removal) in self.removals {
            let before = inherited.len();
            inherited.retain(|known, _| *known.value != *key.value);
            let removed = self.inherits && inherited.len() < before;
            if !removed && !removal.hit {
                let known = inherited.keys().filter(|_| self.inherits);
                let known: Vec<Sourced<String>> = known
                    .map(|known| Sourced { value: known.value.to_string(), origin: known.origin })
                    .collect();
                let place = key.span().unwrap_or_default();
                self.sink.report(nothing_to_remove(&self.path, key, place, known.iter()));
            }
        }
    }
}
