//! The components of both revisions, for a picture of the stack with what changed in it.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::stack::Part;

use super::pairs::{Pair, Pairs};
use super::{Drawn, Finding, Revision};
use crate::diff::Change;

pub(super) fn components(
    old: Revision<'_>,
    new: Revision<'_>,
    pairs: &Pairs<'_>,
    findings: &[Finding],
) -> Vec<Drawn> {
    let (was, is) = (parts(old), parts(new));
    let objects = objects(pairs);
    let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let drawn = |name: &str| {
        let (before, after) = (was.get(name), is.get(name));
        let part = after.or(before)?;
        let own = objects.get(name);
        let change = match (before, after) {
            (None, _) => Some(Change::Gained),
            (_, None) => Some(Change::Lost),
            _ => own.map(|_| Change::Changed),
        };
        let follows = findings.iter().filter(|finding| {
            finding.objects.iter().any(|object| own.is_some_and(|own| own.contains(object)))
        });
        Some(Drawn {
            name: name.to_owned(),
            type_name: part.facts.type_name.to_owned(),
            change,
            calls: part.edges.keys().map(ToString::to_string).collect(),
            worst: follows.map(|finding| finding.consequence).min(),
        })
    };
    // One side alone would draw everything as new or gone.
    if was.is_empty() || is.is_empty() {
        return Vec::new();
    }
    names.into_iter().filter_map(drawn).collect()
}

fn parts(revision: Revision<'_>) -> BTreeMap<&str, &Part> {
    let stack = revision.compiled().map(|compiled| &compiled.bundle.stack);
    let parts = stack.into_iter().flat_map(|stack| &stack.parts);
    parts.map(|(name, part)| (&**name as &str, part)).collect()
}

/// The objects that differ, by their components.
fn objects<'a>(pairs: &'a Pairs<'_>) -> BTreeMap<&'a str, BTreeSet<String>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let component = |pair: &'a Pair<'_>| pair.object()?.component.as_ref().map(|name| &*name.value);
    for pair in &pairs.changed {
        if let Some(name) = component(pair) {
            found.entry(name).or_default().insert(pair.id());
        }
    }
    found
}
