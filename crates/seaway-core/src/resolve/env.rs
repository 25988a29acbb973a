//! The environment of each process: what `[app]` and the component say, what the preset binds, and the edges that
//! follow from both.

mod binder;
mod configs;
mod files;
mod fronts;
mod known;
mod libpq;
mod order;
mod pooler;
mod preset;
mod texts;
mod value;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::declared::Declared;
use crate::options::Provides;
use crate::outputs;
use crate::overlay::nothing_to_remove;
use crate::resolve::removals::LeftOut;
use crate::stack::{Bound, Calls, Part, SchemaGate, Variable};
use crate::values::{EnvName, Name};
use crate::{Diagnostic, Origin, Sink, Sourced, Stack};
use binder::Binder;
use known::Known;
pub use order::expansions;
use texts::Needed;
use value::{Reader, Values};

pub(super) use libpq::LIBPQ_TLS;
pub(super) use pooler::POOLED;

/// What the layers say beside the options of components.
pub(super) struct Said<'a> {
    /// The configs as they are written.
    pub(super) config: &'a configs::Written,
    /// What `[app]` leaves out of what is bound.
    pub(super) left_out: &'a LeftOut,
}

/// Fills in the variables, edges and waits of every part, and the meaning of each reference in its texts and in configs.
pub(super) fn bind(declared: &Declared<'_>, stack: &mut Stack, said: &Said<'_>, sink: &mut Sink) {
    let known = Known::new(stack);
    configs::resolve(declared, stack, said.config, &known, sink);
    let mut needs = texts::resolve(declared, stack, &known, sink);
    let preset = preset::variables(stack, &known, &needs, sink);
    let mut environments = BTreeMap::new();
    let mut checks = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (name, part) in &stack.parts {
        let mut needs = needs.remove(name).unwrap_or_default();
        checks.insert(name.clone(), std::mem::take(&mut needs.checks));
        let environment = environment(declared, (stack, &known), part, (&preset, needs), sink);
        taken.extend(environment.left_out_by_app.iter().cloned());
        environments.insert(name.clone(), environment);
    }
    // What is at fault may be what would have been bound.
    if sink.errors() == 0 {
        for name in said.left_out.keys().filter(|name| !taken.contains(&name.value)) {
            sink.report(nothing_is_bound(stack, &environments, name));
        }
    }
    for (name, environment) in environments {
        if let Some(part) = stack.parts.get_mut(&name) {
            part.env = environment.env;
            part.container_env = environment.container_env;
            part.edges = environment.edges;
            part.calls = environment.calls;
            part.reads = environment.reads;
            part.container_reads = environment.container_reads;
            for called in &part.facts.calls {
                part.edges.insert(called.value.clone(), called.origin);
                part.reads.insert(called.value.clone());
            }
        }
    }
    let migrates = stack.parts.values().filter(|part| part.facts.migration.is_some());
    let migrates: Vec<&Part> = migrates.collect();
    let waits: Vec<(Name, Option<SchemaGate>)> = stack
        .parts
        .iter()
        .map(|(name, part)| (name.clone(), waits_for(stack, &migrates, part)))
        .collect();
    for (name, gate) in waits {
        if let Some(part) = stack.parts.get_mut(&name) {
            let checked = gate.as_ref().and_then(|gate| checks.get(&gate.migrate));
            for (target, origin) in checked.into_iter().flatten().filter(|(to, _)| **to != name) {
                part.edges.entry(target.clone()).or_insert(*origin);
            }
            part.waits_for = gate;
        }
    }
}

/// `false` in `env` of `[app]` for a name that no process has from the preset.
fn nothing_is_bound(
    stack: &Stack,
    environments: &BTreeMap<Name, Environment>,
    name: &Sourced<String>,
) -> Diagnostic {
    let processes = stack.parts.values().filter(|part| part.facts.is_application());
    let variables = processes.filter_map(|part| environments.get(&part.name.value));
    let variables = variables.flat_map(|environment| &environment.env);
    let bound = variables.filter(|variable| variable.value.origin.span().is_none());
    let known: Vec<Sourced<String>> = bound
        .map(|variable| Sourced { value: variable.name.to_string(), origin: variable.value.origin })
        .collect();
    nothing_to_remove(&["app", "env"], name, name.span().unwrap_or_default(), known.iter())
}

struct Environment {
    /// The variables that `[app]` leaves out and that the process would have got.
    left_out_by_app: Vec<String>,
    env: Vec<Variable>,
    container_env: BTreeMap<Name, Vec<Variable>>,
    edges: BTreeMap<Name, Origin>,
    calls: Calls,
    reads: BTreeSet<Name>,
    container_reads: BTreeMap<Name, BTreeSet<Name>>,
}

fn environment(
    declared: &Declared<'_>,
    (stack, known): (&Stack, &Known),
    part: &Part,
    (preset, mut said): (&preset::Preset, Needed),
    sink: &mut Sink,
) -> Environment {
    let reader = Reader {
        name: Some(&part.name),
        image: part.shared.image.as_ref(),
        is_process: part.facts.is_application(),
        place: part.span(),
        file: None,
    };
    let mut values = Values::new(declared, (stack, known), reader, sink);
    let files = files::asked(part);
    values.files = files;
    values.named = said.named;
    values.helpers = said.main.helpers;
    values.edges = said.main.edges;
    values.calls = said.calls;
    let from_outside = values.env_from(&part.shared.env_from);
    let brought = from_outside.clone().unwrap_or_default();
    let written = values.resolve_all(&part.shared.env);
    let mut binder = Binder::new(&part.binding, &brought, written);
    if part.facts.is_application() {
        for (usual, value) in preset.of(stack, part) {
            let component = values.component_of(&value);
            binder.bind(Bound { usual, component }, || values.preset(&value));
        }
    }
    values.mounted(part.shared.mounts.values().map(|mount| &mount.value));
    let mut edges = std::mem::take(&mut values.edges);
    let reads: BTreeSet<Name> = edges.keys().cloned().collect();
    libpq::verify(stack, known, &reads, |bound, value| binder.bind(bound, || value));
    pooler::settings(stack, &reads, |bound, value| binder.bind(bound, || value));
    let left_out_by_app = binder.left_out_by_app().cloned().collect();
    let mut problems = binder.removed_nothing(&part.name.value);
    let mut variables = std::mem::take(&mut binder.variables);
    problems.append(&mut binder.problems);
    let bound = binder.bound;
    let mut container_env = BTreeMap::new();
    let mut container_reads = BTreeMap::new();
    for container in part.containers() {
        // Without an image of its own it is the application again, and reads what the application reads.
        let is_app = container.image.is_none();
        values.files = files.filter(|_| is_app);
        let needs = said.containers.remove(&container.name.value).unwrap_or_default();
        values.helpers = needs.helpers;
        values.edges = needs.edges;
        let own = values.resolve_all(&container.env);
        values.mounted(container.mounts.values().map(|mount| &mount.value));
        let own_edges = std::mem::take(&mut values.edges);
        let (mut all, mut read, mut all_bound) = if is_app {
            (variables.clone(), reads.clone(), bound.clone())
        } else {
            Default::default()
        };
        all_bound.retain(|name, _| !own.contains_key(name));
        all.extend(own);
        read.extend(own_edges.keys().cloned());
        // Another program knows libpq's variables by their own names alone.
        libpq::verify(stack, known, &read, |binds, value| {
            let is_left_out = is_app && part.binding.targets(binds.usual).is_empty();
            if let Entry::Vacant(free) = all.entry(env_name(binds.usual))
                && !is_left_out
            {
                all_bound.insert(free.key().clone(), binds);
                free.insert(value);
            }
        });
        container_env.insert(container.name.value.clone(), (is_app, all, all_bound));
        container_reads.insert(container.name.value.clone(), read);
        for (name, origin) in own_edges {
            edges.entry(name).or_insert(origin);
        }
    }
    let calls = std::mem::take(&mut values.calls);
    for problem in problems {
        sink.report(problem);
    }
    if files.is_some() {
        variables = files::instead(variables, sink);
        for (_, env, _) in container_env.values_mut().filter(|(is_app, ..)| *is_app) {
            *env = files::instead(std::mem::take(env), sink);
        }
    }
    let reader = order::Reader { name: &part.name, source: declared.source, from_outside };
    let stranger = order::Reader { from_outside: Some(BTreeSet::new()), ..reader };
    let mut ordered = |is_app: bool, env: &value::Variables, bound: &BTreeMap<EnvName, Bound>| {
        let reader = if is_app { &reader } else { &stranger };
        let mut variables = reader.ordered(env, sink);
        for variable in &mut variables {
            variable.bound = bound.get(variable.setting()).cloned();
        }
        variables
    };
    Environment {
        left_out_by_app,
        env: ordered(true, &variables, &bound),
        container_env: container_env
            .into_iter()
            .map(|(name, (is_app, env, bound))| (name, ordered(is_app, &env, &bound)))
            .collect(),
        edges,
        calls,
        reads,
        container_reads,
    }
}

/// A name that is known at compile time, or was checked when it was read.
fn env_name(name: &str) -> EnvName {
    EnvName::try_from(name.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}

/// What a process waits for: the migrations of a database that it uses, whatever protocol the database speaks.
fn waits_for(stack: &Stack, migrates: &[&Part], part: &Part) -> Option<SchemaGate> {
    let wait = part.facts.waits_for_schema.as_ref()?;
    let is_database = |name: &Name| {
        stack.parts.get(name).is_some_and(|part| part.facts.is_used_as(Provides::Database))
    };
    migrates.iter().find_map(|migrate| {
        let migration = migrate.facts.migration.as_ref()?;
        let mut used = part.edges.keys().map(|name| outputs::database_behind(stack, name));
        let is_migrated = used.any(|name| {
            is_database(name)
                && migrate.edges.keys().any(|other| outputs::database_behind(stack, other) == name)
        });
        is_migrated.then(|| SchemaGate {
            migrate: migrate.name.value.clone(),
            memory: wait.memory,
            timeout_seconds: wait.timeout_seconds.unwrap_or(migration.wait_seconds),
            attempt_seconds: wait.attempt_seconds,
        })
    })
}
