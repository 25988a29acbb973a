//! The environment of each process: what `[app]` and the component say, what the preset binds, and the edges that
//! follow from both.

mod files;
mod known;
mod libpq;
mod order;
mod pooler;
mod preset;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use crate::declared::Declared;
use crate::options::Component;
use crate::outputs::{self, provides};
use crate::stack::{Part, Variable};
use crate::values::Name;
use crate::{Origin, Sink, Stack};
use known::Known;
pub use order::expansions;
use value::Values;

pub(super) use libpq::LIBPQ_TLS;
pub(super) use pooler::POOLED;
pub(super) use preset::{
    ALLOWED_HOSTS, BINDING, EDGE, HOME, METRICS, NO_BYTECODE, SETTINGS_MODULE, TRACES, UNBUFFERED,
};

/// Fills in the variables, edges and waits of every part.
pub(super) fn bind(declared: &Declared<'_>, stack: &mut Stack, sink: &mut Sink) {
    let known = Known::new(stack);
    let preset = preset::variables(&known, sink);
    let mut bound = BTreeMap::new();
    for (name, part) in &stack.parts {
        bound.insert(name.clone(), environment(declared, &known, part, &preset, sink));
    }
    drop(known);
    for (name, environment) in bound {
        if let Some(part) = stack.parts.get_mut(&name) {
            part.env = environment.env;
            part.container_env = environment.container_env;
            part.edges = environment.edges;
            part.reads = environment.reads;
            part.container_reads = environment.container_reads;
            if let Component::Pgbouncer(pooler) = &part.component {
                let (database, origin) = (&pooler.database.value, pooler.database.origin);
                part.edges.insert(database.clone(), origin);
                part.reads.insert(database.clone());
            }
        }
    }
    let waits: Vec<(Name, Option<Name>)> =
        stack.parts.iter().map(|(name, part)| (name.clone(), waits_for(stack, part))).collect();
    for (name, migrate) in waits {
        if let Some(part) = stack.parts.get_mut(&name) {
            part.waits_for = migrate;
        }
    }
}

struct Environment {
    env: Vec<Variable>,
    container_env: BTreeMap<Name, Vec<Variable>>,
    edges: BTreeMap<Name, Origin>,
    reads: BTreeSet<Name>,
    container_reads: BTreeMap<Name, BTreeSet<Name>>,
}

fn environment(
    declared: &Declared<'_>,
    known: &Known<'_>,
    part: &Part,
    preset: &preset::Preset,
    sink: &mut Sink,
) -> Environment {
    let stack = known.stack;
    let mut values = Values::new(declared, known, part, sink);
    let files = files::asked(part);
    values.files = files;
    let from_outside = values.env_from(&part.shared.env_from);
    let brought = from_outside.clone().unwrap_or_default();
    let mut variables = values.resolve_all(&part.shared.env);
    if part.component.is_process() {
        for (name, value) in preset.of(stack, part) {
            // A variable of its own would win over the one that the stack says by `env-from`.
            if !brought.contains(&*name) {
                variables.entry(name).or_insert_with(|| values.preset(&value));
            }
        }
    }
    let mut edges = std::mem::take(&mut values.edges);
    let reads: BTreeSet<Name> = edges.keys().cloned().collect();
    libpq::verify(known, &reads, &mut variables);
    pooler::settings(stack, &reads, &mut variables);
    let mut container_env = BTreeMap::new();
    let mut container_reads = BTreeMap::new();
    for container in part
        .component
        .pod()
        .into_iter()
        .flat_map(|pod| pod.sidecars.iter().chain(&pod.init_containers))
    {
        // Without an image of its own it is the application again, and reads what the application reads.
        let is_app = container.image.is_none();
        values.files = files.filter(|_| is_app);
        let own = values.resolve_all(&container.env);
        let own_edges = std::mem::take(&mut values.edges);
        let (mut all, mut read) =
            if is_app { (variables.clone(), reads.clone()) } else { Default::default() };
        all.extend(own);
        read.extend(own_edges.keys().cloned());
        libpq::verify(known, &read, &mut all);
        container_env.insert(container.name.value.clone(), (is_app, all));
        container_reads.insert(container.name.value.clone(), read);
        for (name, origin) in own_edges {
            edges.entry(name).or_insert(origin);
        }
    }
    if files.is_some() {
        variables = files::instead(variables, sink);
        for (_, env) in container_env.values_mut().filter(|(is_app, _)| *is_app) {
            *env = files::instead(std::mem::take(env), sink);
        }
    }
    let reader = order::Reader { name: &part.name, source: declared.source, from_outside };
    let stranger = order::Reader { from_outside: Some(BTreeSet::new()), ..reader };
    let mut ordered = |is_app: bool, env: &value::Variables| {
        if is_app { reader.ordered(env, sink) } else { stranger.ordered(env, sink) }
    };
    Environment {
        env: ordered(true, &variables),
        container_env: container_env
            .into_iter()
            .map(|(name, (is_app, env))| (name, ordered(is_app, &env)))
            .collect(),
        edges,
        reads,
        container_reads,
    }
}

/// The `migrate` component that a process waits for: one that migrates a database that the process uses.
fn waits_for(stack: &Stack, part: &Part) -> Option<Name> {
    let waits = match &part.component {
        Component::Web(_) | Component::Worker(_) | Component::Beat(_) => true,
        Component::Process(process) => process.wait_for_schema,
        Component::Job(job) => job.wait_for_schema,
        Component::Cron(cron) => cron.wait_for_schema,
        _ => false,
    };
    if !waits {
        return None;
    }
    let is_database = |name: &Name| {
        stack.parts.get(name).is_some_and(|part| {
            provides(&part.component)
                .iter()
                .any(|(what, _)| *what == crate::options::Provides::Database)
        })
    };
    stack
        .parts
        .values()
        .filter(|other| matches!(other.component, Component::Migrate(_)))
        .find(|migrate| {
            let mut used = part.edges.keys().map(|name| outputs::database_behind(stack, name));
            used.any(|name| {
                is_database(name)
                    && migrate
                        .edges
                        .keys()
                        .any(|other| outputs::database_behind(stack, other) == name)
            })
        })
        .map(|migrate| migrate.name.value.clone())
}
