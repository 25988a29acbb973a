//! What is said once for the whole stack → below what `[app]` and each component say.

use super::early::Early;
use super::inherit;
use crate::options::{Everywhere, Shared};
use crate::overlay::{Owner, Removal, Removals, nothing_to_remove};
use crate::values::{Name, Template};
use crate::{Sink, Sourced, Stack};

/// Writes the meaning of each reference in its place. It holds for all components, so that it can refer to none.
pub(super) fn resolve(everywhere: &mut Everywhere, early: Early<'_>, sink: &mut Sink) {
    for text in everywhere.texts().filter(|text| Template::may_refer(&text.value)) {
        early.write(text, sink);
    }
}

/// Lets all components inherit it. The texts of each of them have to be resolved.
pub(super) fn inherited(stack: &mut Stack, removals: &Removals, sink: &mut Sink) {
    let all = stack.everywhere.shared();
    for (name, part) in &mut stack.parts {
        let component = Owner::Component(name.to_string());
        let app = part.facts.is_application().then_some(&Owner::App);
        let owners = app.into_iter().chain([&component]);
        let below = owners.fold(all.clone(), |below, owner| without(below, removals, owner));
        part.shared = inherit(&below, std::mem::take(&mut part.shared));
    }
    for ((owner, table), removals) in removals {
        missed(stack, &all, (owner, table), removals, sink);
    }
}

/// What a workload of monitoring inherits.
pub(super) fn of_workload(
    stack: &Stack,
    removals: &Removals,
    monitoring: &Name,
    workload: &str,
) -> Shared {
    let owner = Owner::Workload(monitoring.to_string(), workload.to_owned());
    without(stack.everywhere.shared(), removals, &owner)
}

fn without(mut all: Shared, removals: &Removals, owner: &Owner) -> Shared {
    for ((_, table), removals) in removals.iter().filter(|((by, _), _)| by == owner) {
        if let Some(entries) = all.metadata_mut(table) {
            entries.retain(|key, _| !removals.contains_key(key));
        }
    }
    all
}

/// Reports what `[app]` or a workload of monitoring removes and nobody said.
fn missed(
    stack: &Stack,
    all: &Shared,
    (owner, table): (&Owner, &str),
    removals: &std::collections::BTreeMap<Sourced<String>, Removal>,
    sink: &mut Sink,
) {
    let (path, own) = match owner {
        Owner::App => (vec!["app", table], stack.app.shared.metadata(table)),
        Owner::Workload(monitoring, workload) => {
            (vec!["components", monitoring, "workloads", workload, table], None)
        }
        // Those of components are looked at where they inherit from `[app]`.
        Owner::Component(_) => return,
    };
    let Some(entries) = all.metadata(table) else { return };
    for (key, removal) in removals {
        if !removal.hit && !entries.contains_key(key) {
            let known = entries.keys().chain(own.into_iter().flatten().map(|(key, _)| key));
            let place = key.span().unwrap_or_default();
            sink.report(nothing_to_remove(&path, key, place, known));
        }
    }
}
