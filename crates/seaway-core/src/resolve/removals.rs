//! What a component removes from what it inherits from the whole stack, from `[app]` and from the preset.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::binding::Dropped;
use crate::options::{Facts, Metadata, Shared};
use crate::overlay::{Owner, Removal, Removals, nothing_to_remove};
use crate::values::Name;
use crate::{Sink, Sourced};

/// Variables that are left out, by their names.
pub(super) type LeftOut = BTreeMap<Sourced<String>, Dropped>;

/// The settings of `[app]` without what the component removes, and the variables that the preset must not bind for it. What it
/// removes may be `everywhere` instead.
pub(super) fn without(
    (app, everywhere): (&Shared, &Shared),
    name: &Sourced<Name>,
    facts: &Facts,
    removals: &Removals,
    sink: &mut Sink,
) -> (Shared, LeftOut) {
    let mut app = app.clone();
    let inherits = facts.is_application();
    let mut left_out = of_app(removals);
    let of_component = removals.iter().filter(|((removed_by, _), _)| {
        matches!(removed_by, Owner::Component(owner) if **owner == *name.value)
    });
    for ((_, table), removals) in of_component {
        let path = ["components", name, table];
        let is_done = facts.foreign_image.is_some();
        let everywhere = everywhere.metadata(table);
        let mut take = Take { inherits, is_done, everywhere, path, removals, sink };
        match table.as_str() {
            "env" => take.variables(&mut app.env, &mut left_out),
            "mounts" => take.from(&mut app.mounts),
            table => take.from(app.metadata_mut(table).unwrap_or(&mut Metadata::new())),
        }
    }
    (app, left_out)
}

/// The variables that `[app]` leaves out for all. A `false` that took back the line of a lower layer did its work: the preset
/// binds the name again.
pub(super) fn of_app(removals: &Removals) -> LeftOut {
    let of_app = removals.get(&(Owner::App, "env".to_owned())).into_iter().flatten();
    let of_preset = of_app.filter(|(_, removal)| !removal.hit);
    of_preset.map(|(name, _)| (name.clone(), Dropped { by_component: false, hit: false })).collect()
}

struct Take<'a> {
    inherits: bool,
    /// Whether its image says already that it inherits nothing, so that a removal is one more word for it.
    is_done: bool,
    /// What the whole stack says in the same table.
    everywhere: Option<&'a Metadata>,
    path: [&'a str; 3],
    removals: &'a BTreeMap<Sourced<String>, Removal>,
    sink: &'a mut Sink,
}

impl Take<'_> {
    fn from<K: Ord + Deref<Target = str>, V>(&mut self, inherited: &mut BTreeMap<Sourced<K>, V>) {
        for (key, removal) in self.removals {
            let removed = self.one(key, inherited);
            if !removed && !removal.hit {
                self.missed(key, inherited);
            }
        }
    }

    /// The same for variables, which the preset may have bound as well: whether it had is known when all are bound.
    fn variables<K: Ord + Deref<Target = str>, V>(
        &mut self,
        inherited: &mut BTreeMap<Sourced<K>, V>,
        left_out: &mut LeftOut,
    ) {
        for (key, removal) in self.removals {
            let removed = self.one(key, inherited);
            if !self.inherits && !removal.hit {
                self.missed(key, inherited);
            } else if removed || !removal.hit {
                left_out.remove(key);
                left_out.insert(key.clone(), Dropped { by_component: true, hit: removed });
            }
        }
    }

    fn one<K: Ord + Deref<Target = str>, V>(
        &self,
        key: &Sourced<String>,
        inherited: &mut BTreeMap<Sourced<K>, V>,
    ) -> bool {
        let before = inherited.len();
        inherited.retain(|known, _| *known.value != *key.value);
        let of_all = self.everywhere.is_some_and(|entries| entries.contains_key(key));
        of_all || self.inherits && inherited.len() < before
    }

    fn missed<K: Ord + Deref<Target = str>, V>(
        &mut self,
        key: &Sourced<String>,
        inherited: &BTreeMap<Sourced<K>, V>,
    ) {
        if self.is_done {
            return;
        }
        let known = inherited.keys().filter(|_| self.inherits);
        let known = known
            .map(|known| Sourced { value: known.value.to_string(), origin: known.origin })
            .chain(self.everywhere.into_iter().flatten().map(|(known, _)| known.clone()));
        let known: Vec<Sourced<String>> = known.collect();
        let place = key.span().unwrap_or_default();
        self.sink.report(nothing_to_remove(&self.path, key, place, known.iter()));
    }
}
