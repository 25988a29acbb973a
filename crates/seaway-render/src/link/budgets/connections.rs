//! Connections: all processes of the stage together open no more than their database takes. One that does refuses the rest,
//! at the time of the highest load, and most of all during a rollout, when old and new pods are there at once.
//!
//! A thread of gunicorn and a child of Celery each keep a connection of their own
//! (<https://docs.djangoproject.com/en/5.2/ref/databases/#connection-management>). Counted are the pods up to the maximum of
//! their autoscaler, the new ones of a rollout beside the old, Jobs, and one run of each `CronJob`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;
use seaway_core::options::{Connections, Interface, Protocol, ServerFacts};
use seaway_core::outputs::{contract, pooler_key};
use seaway_core::stack::Part;
use seaway_core::values::{DataKey, Name};
use seaway_core::{Code, Diagnostic, Origin, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::super::scalers::most;
use super::super::workloads::PodTemplate;
use super::runs::{Program, Run};
use crate::{Object, containers};

/// Connections that are left to people, exporters and backups; PostgreSQL keeps three of them for superusers
/// (<https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SUPERUSER-RESERVED-CONNECTIONS>).
const RESERVE: i64 = 10;
/// Requests that one process of an ASGI server is taken to answer at a time, each with a connection of its own
/// (<https://docs.djangoproject.com/en/5.2/topics/async/#async-views>), unless a flag bounds them: as many as gunicorn has
/// threads.
const OF_ASGI: i64 = 4;
/// Most contributors that a note lists by name.
const LISTED: usize = 8;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for part in index.stack.parts.values() {
        if let Some(limit) = limit(index, part) {
            database(index, part, &limit, sink);
        }
    }
}

/// How many connections a database takes, and where that is said.
struct Limit<'a> {
    most: i64,
    /// The server, if it is in the bundle, and the part of it that says so.
    object: Option<(&'a Object, String)>,
    /// The option that says so, where the server is not in the bundle.
    origin: Origin,
    /// The option that raises it, and the pods that it holds for each.
    option: (&'static str, i64),
}

/// The limit of a database that is known.
fn limit<'a>(index: &Index<'a>, part: &Part) -> Option<Limit<'a>> {
    match part.facts.connections? {
        Connections::OfArgument => {
            let name = &*part.name.value as &str;
            let id = (&**index.stack.namespace, &*part.object as &str);
            let object = index.get("apps", "StatefulSet", id)?;
            let (spec, path) = object.body.pod_spec()?;
            let server = spec.containers.iter().find(|one| one.name == name)?;
            let words = server.args.iter().flatten().enumerate();
            let said = words.filter_map(|(at, word)| {
                Some((at, word.strip_prefix("max_connections=")?.parse().ok()?))
            });
            let (at, most) = said.last()?;
            let pod = At::path(path);
            let container = pod.item("containers", name);
            let path = container.index("args", at).to_string();
            let (object, origin) = (Some((object, path)), part.name.origin);
            Some(Limit { most, object, origin, option: ("max-connections", 1) })
        }
        Connections::OfOption { most, option, pods } => {
            let (most, origin) = (most.value, most.origin);
            Some(Limit { most, object: None, origin, option: (option, pods) })
        }
    }
}

/// A part of the sum.
struct Share {
    who: String,
    how: String,
    connections: i64,
}

/// The connections that are opened at most to each database whose limit is known, and that limit.
pub(super) fn sums(index: &Index<'_>) -> BTreeMap<String, (i64, i64)> {
    let known = index.stack.parts.values().filter_map(|part| {
        let limit = limit(index, part)?;
        let sum = Callers::of(index, part, &limit).sum();
        Some((part.name.to_string(), (sum, limit.most)))
    });
    known.collect()
}

/// Who opens connections to a database.
struct Callers<'i, 'a> {
    index: &'i Index<'a>,
    part: &'i Part,
    secret: Option<&'i str>,
    /// Keys of the Secret that lead to poolers.
    pooled: Vec<DataKey>,
    server: Option<&'a Object>,
}

impl<'i, 'a> Callers<'i, 'a> {
    fn of(index: &'i Index<'a>, part: &'i Part, limit: &Limit<'a>) -> Self {
        let secret = contract(index.stack, part).map(|contract| &*contract.name.value as &str);
        let poolers = index.stack.parts.iter().filter(|(_, pooler)| {
            let pooler = pooler.facts.pooler.as_ref();
            pooler.is_some_and(|pooler| *pooler.database == part.name.value)
        });
        // The URL of a pooler lies in the Secret of its database, and leads to the pooler.
        let pooled = poolers.map(|(name, _)| pooler_key(name)).collect();
        let server = limit.object.as_ref().map(|(object, _)| *object);
        Self { index, part, secret, pooled, server }
    }

    /// Connections of one pod of a workload.
    fn held(&self, workload: &PodTemplate<'_>) -> i64 {
        let is_caller = calls(self.index, workload, self.part);
        let each = containers::running(workload.spec).map(|(_, one)| {
            let is_main = is_caller
                && workload.object.component.as_ref().is_some_and(|name| one.name == *name.value);
            if is_main || reads(one, self.secret, &self.pooled) {
                of_container(self.index, workload, one)
            } else {
                0
            }
        });
        each.fold(0_i64, i64::saturating_add)
    }

    /// The workloads but for the server itself.
    fn workloads(&self) -> impl Iterator<Item = &'i PodTemplate<'a>> {
        let server = self.server;
        let is_server = move |workload: &&PodTemplate<'_>| {
            server.is_some_and(|object| std::ptr::eq(workload.object, object))
        };
        self.index.pods.workloads.iter().filter(move |workload| !is_server(workload))
    }

    /// Connections at most, those in reserve included.
    fn sum(&self) -> i64 {
        self.workloads().fold(RESERVE, |sum, workload| {
            let (pods, surge) = most(self.index, workload.object);
            sum.saturating_add(self.held(workload).saturating_mul(pods.saturating_add(surge)))
        })
    }
}

fn database(index: &Index<'_>, part: &Part, limit: &Limit<'_>, sink: &mut Sink) {
    let callers = Callers::of(index, part, limit);
    let sum = callers.sum();
    if sum <= limit.most {
        return;
    }
    let mut shares: Vec<Share> = Vec::new();
    for workload in callers.workloads() {
        let each = callers.held(workload);
        if each > 0 {
            shares.push(share(index, workload, each));
        }
    }
    shares.retain(|share| share.connections > 0);
    shares.sort_by_key(|share| std::cmp::Reverse(share.connections));
    let mut lines: Vec<String> =
        shares.iter().take(LISTED).map(|share| format!("{}: {}", share.who, share.how)).collect();
    let rest = shares.iter().skip(LISTED);
    let more = rest.clone().map(|share| share.connections).fold(0, i64::saturating_add);
    if more > 0 {
        lines.push(format!("{} more: {more}", rest.count()));
    }
    let name = &part.name;
    let most = limit.most;
    // What stands in between speaks PostgreSQL.
    let is_pooled = part.facts.protocol.is_none_or(|protocol| protocol == Protocol::Postgresql);
    let message =
        format!("the stage opens up to {sum} connections to `{name}`, which takes {most}");
    let diagnostic = match &limit.object {
        Some((object, path)) => fault(Code::TooManyConnections, object, path, message),
        None => Diagnostic::error(Code::TooManyConnections, message).origin(limit.origin, ""),
    };
    sink.report(
        diagnostic.note(format!("{sum} = {}; {RESERVE} in reserve", lines.join("; "))).help(help(
            name,
            sum,
            limit.option,
            is_pooled,
        )),
    );
}

fn help(name: &Name, sum: i64, (option, pods): (&str, i64), is_pooled: bool) -> String {
    let each = sum.saturating_add(pods - 1) / pods;
    let else_ =
        if option == "max-connections" && is_pooled { ", or put a pooler in between" } else { "" };
    format!(
        "write `components.{name}.{option} = {each}` with memory for them, let fewer pods, processes or threads run{else_}"
    )
}

fn share(index: &Index<'_>, workload: &PodTemplate<'_>, each: i64) -> Share {
    let (pods, surge) = most(index, workload.object);
    let connections = each.saturating_mul(pods.saturating_add(surge));
    let run = containers::running(workload.spec).find_map(|(_, one)| Run::of(one));
    let of_pod = match run {
        Some(run) if of_run(run) == each && each > 1 => product(run),
        _ => each.to_string(),
    };
    let pods = match surge {
        0 => pods.to_string(),
        surge => format!("({pods} + {surge} in a rollout)"),
    };
    let how = if pods == "1" && !of_pod.contains('×') {
        of_pod
    } else {
        format!("{pods} × {of_pod} = {connections}")
    };
    Share { who: workload.object.id(), how, connections }
}

/// Whether the component of a workload refers to a database, or to its pods through what it is called by.
fn calls(index: &Index<'_>, workload: &PodTemplate<'_>, database: &Part) -> bool {
    let name = workload.object.component.as_ref().map(|name| &name.value);
    let part = name.and_then(|name| index.stack.parts.get(name));
    part.is_some_and(|part| part.edges.contains_key(&database.name.value))
}

/// Whether a container reads the Secret of a database, other than for the keys of its poolers.
fn reads(container: &Container, secret: Option<&str>, pooled: &[DataKey]) -> bool {
    let Some(secret) = secret else { return false };
    let single = container.env.iter().flatten().filter_map(|variable| {
        let selector = variable.value_from.as_ref()?.secret_key_ref.as_ref()?;
        let is_pooled = pooled.iter().any(|key| **key == *selector.key);
        (!is_pooled).then_some(&*selector.name)
    });
    let whole = container.env_from.iter().flatten();
    let whole = whole.filter_map(|from| Some(&*from.secret_ref.as_ref()?.name));
    single.chain(whole).any(|name: &str| name == secret)
}

/// Connections that a container keeps: what is not known keeps one. A pooler keeps its pool, whatever its callers do.
fn of_container(index: &Index<'_>, workload: &PodTemplate<'_>, container: &Container) -> i64 {
    let name = workload.object.component.as_ref().map(|name| &name.value);
    let part = name.and_then(|name| index.stack.parts.get(name));
    match part.and_then(|part| part.facts.pooler.as_ref()) {
        Some(pooler) => pooler.pool_size.into(),
        None => Run::of(container).map_or(1, of_run),
    }
}

fn of_run(run: Run<'_>) -> i64 {
    let of_one = run.processes().unwrap_or(1).max(1);
    match run.program {
        Program::Server(server) => of_one.saturating_mul(at_once(run, &server.facts())),
        Program::Worker => run.concurrency().unwrap_or(1).max(1),
        Program::Beat | Program::Flower => 1,
    }
}

/// Requests that one process of a server answers at a time.
fn at_once(run: Run<'_>, server: &ServerFacts) -> i64 {
    let bound = server.at_once.and_then(|flag| run.number(flag, ""));
    let usual = match server.interface {
        Interface::Wsgi => 1,
        Interface::Asgi => OF_ASGI,
    };
    bound.unwrap_or(usual).max(1)
}

fn product(run: Run<'_>) -> String {
    let processes = run.processes().unwrap_or(1);
    match run.program {
        Program::Server(server) => {
            let server = server.facts();
            let what = match server.interface {
                Interface::Wsgi => "threads",
                Interface::Asgi => "requests",
            };
            format!("{processes} processes × {} {what}", at_once(run, &server))
        }
        Program::Worker | Program::Beat | Program::Flower => {
            format!("{} tasks", of_run(run))
        }
    }
}
