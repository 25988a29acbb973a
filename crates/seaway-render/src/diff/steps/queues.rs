//! Brokers: their tasks are used up, not copied.

use std::collections::BTreeSet;

use seaway_core::options::{CeleryRole, Provides};
use seaway_core::outputs::bound_name;
use seaway_core::stack::Part;

use super::{Cx, step, workload};
use crate::diff::data::{Store, is_inside};
use crate::diff::{Kept, Step, Task};

/// Celery's default queue: <https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-default-queue>.
const DEFAULT: &str = "celery";

/// What the preset calls the URL of the broker.
const BROKER_URL: &str = bound_name(Provides::Broker);

/// Waits until no task is left, queued or running.
pub(super) fn drain(cx: &Cx<'_>) -> Vec<Step> {
    let brokers = cx.stores.iter().filter(|store| store.data.task == Task::Drain);
    brokers.filter_map(|store| Some(drained(cx, store.from?))).collect()
}

fn drained(cx: &Cx<'_>, broker: &Part) -> Step {
    let mut step = step(format!("let the workers empty the queues of `{}`", broker.name));
    let queues = queues(cx, broker);
    step.notes.push(
        "all numbers have to be 0. `unacked` counts what runs, and what waits for its countdown in the memory of a \
         worker: tasks of the far future have to be revoked and sent again"
            .to_owned(),
    );
    step.notes.push(
        "tasks with a priority wait in lists of their own (`celery\\x06\\x163`), tasks for a queue that no worker of \
         the stack takes wait in the list of its name"
            .to_owned(),
    );
    if is_inside(broker) {
        let (program, number) = client(broker);
        let pod =
            workload(cx.from, broker).unwrap_or_else(|| format!("statefulset/{}", broker.name));
        let ask = |words: &str| format!("{} exec {pod} -- {program} -n {number} {words}", cx.old);
        step.commands = queues.iter().map(|queue| ask(&format!("LLEN {queue}"))).collect();
        step.commands.push(ask("HLEN unacked"));
    } else if let Some((part, worker)) = worker(cx, broker) {
        let python = part.project.interpreter().map_or("python".to_owned(), |python| python.value);
        let url = part.binding.names_of(BROKER_URL).next().unwrap_or(BROKER_URL);
        let lists: Vec<String> =
            queues.iter().map(|queue| format!("r.llen(\"{queue}\")")).collect();
        let counts = format!("{}, r.hlen(\"unacked\")", lists.join(", "));
        step.commands.push(format!(
            "{} exec {worker} -- {python} -c 'import os, redis; r = redis.Redis.from_url(os.environ[\"{url}\"]); \
             print({counts})'",
            cx.old
        ));
    }
    step
}

/// The client program of a Redis, and the number of the broker's database.
fn client(broker: &Part) -> (&'static str, usize) {
    let facts = &broker.facts;
    let number = facts.broker.as_ref().map_or(0, |broker| broker.database);
    let is_valkey = facts.program == Some("valkey");
    (if is_valkey { "valkey-cli" } else { "redis-cli" }, number)
}

/// The queues that workers take tasks from.
fn queues(cx: &Cx<'_>, broker: &Part) -> BTreeSet<String> {
    let mut found = BTreeSet::from([DEFAULT.to_owned()]);
    for part in cx.from.stack.parts.values() {
        if part.edges.contains_key(&broker.name.value) {
            found.extend(part.facts.queues.iter().map(|queue| queue.value.clone()));
        }
    }
    found
}

/// A worker of a broker, and the workload that it is.
fn worker<'a>(cx: &Cx<'a>, broker: &Part) -> Option<(&'a Part, String)> {
    let mut parts = cx.from.stack.parts.values().filter(|part| {
        part.facts.celery == Some(CeleryRole::Worker) && part.edges.contains_key(&broker.name.value)
    });
    let part = parts.next()?;
    Some((part, workload(cx.from, part)?))
}

/// A program that can not read the files of the one before it gets an empty volume.
pub(super) fn swap(cx: &Cx<'_>) -> Vec<Step> {
    let swapped = cx.stores.iter().filter_map(|store| other_program(store));
    swapped
        .map(|name| {
            let mut step = step(format!("give `{name}` an empty volume"));
            step.notes.push(
                "Redis and Valkey do not read each other's files; the queues in them are empty by now".to_owned(),
            );
            step.commands = vec![
                format!("{} scale --replicas=0 statefulset/{name}", cx.old),
                format!("{} delete pvc/{name}-data", cx.old),
            ];
            step
        })
        .collect()
}

fn other_program<'a>(store: &Store<'a>) -> Option<&'a str> {
    let (from, to) = (store.from?, store.to?);
    let durable = |part: &Part| part.facts.keeps_volume && part.facts.roles.is_some();
    let differs = from.facts.type_name != to.facts.type_name;
    let same = from.name.value == to.name.value && durable(from) && durable(to);
    (store.data.what == Kept::Broker && differs && same).then_some(&*from.name.value)
}
