//! Brokers: their tasks are used up, not copied.

use std::collections::BTreeSet;

use seaway_core::broker::{self, Broker, Server};
use seaway_core::options::{CeleryRole, Provides};
use seaway_core::outputs::bound_name;
use seaway_core::shell::{self, Command, command};
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

fn drained(cx: &Cx<'_>, part: &Part) -> Step {
    let mut step = step(format!("let the workers empty the queues of `{}`", part.name));
    let queues = queues(cx, part);
    match broker::broker(&cx.from.stack, part) {
        Some(Broker { server: Server::Redis(redis), .. }) => {
            step.notes = owned(&REDIS);
            step.commands = counted_by_redis(cx, part, &queues, redis.database);
        }
        Some(Broker { server: Server::Amqp(amqp), .. }) => {
            step.notes = owned(if is_inside(part) { &RABBITMQ } else { &RABBITMQ_OUTSIDE });
            step.commands = counted_by_rabbitmq(cx, part, &queues, amqp.vhost.as_deref());
        }
        None => step.notes.push(
            "nothing says which protocol it speaks, so that its queues have to be counted by hand: write `protocol = \"…\"`"
                .to_owned(),
        ),
    }
    step
}

/// What the numbers of a Redis say, and what they leave out. A message that a worker took lies in `unacked` until the worker is
/// done with it. Of a worker that was killed it stays there until another one finds its time in `unacked_index` older than the
/// visibility timeout (`restore_visible` of <https://github.com/celery/kombu/blob/main/kombu/transport/redis.py>;
/// <https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout>).
const REDIS: [&str; 3] = [
    "all numbers have to be 0. `unacked` counts what runs, and what waits for its countdown in the memory of a worker: tasks \
     of the far future have to be revoked and sent again",
    "`unacked` also counts what a worker had that was killed: no other worker gets it before the visibility timeout is over, \
     an hour unless the settings say otherwise. `unacked_index` lists each message with the second since 1970 at which a worker \
     took it: where one is older than any task runs, wait for the timeout with a worker running, or go on and lose it",
    "tasks with a priority wait in lists of their own (`celery\\x06\\x163`), tasks for a queue that no worker of the stack \
     takes wait in the list of its name",
];

/// The same of a RabbitMQ that `rabbitmqctl` is asked at.
const RABBITMQ: [&str; 1] = [
    "all numbers have to be 0. `messages_unacknowledged` counts what runs, and what waits for its countdown in the memory of \
     a worker: tasks of the far future have to be revoked and sent again",
];

/// The same of one that is asked by its protocol, which knows of waiting messages alone.
const RABBITMQ_OUTSIDE: [&str; 2] = [
    "all numbers have to be 0. They leave out what runs, and what waits for its countdown in the memory of a worker: the \
     second command lists both, and has to list no task. Tasks of the far future have to be revoked and sent again",
    "tasks for a queue that no worker of the stack takes are not counted: the management page of the broker shows all queues",
];

/// Asks a Redis how long its lists are.
fn counted_by_redis(
    cx: &Cx<'_>,
    broker: &Part,
    queues: &BTreeSet<String>,
    number: usize,
) -> Vec<Command> {
    if is_inside(broker) {
        let program = client(broker);
        let pod = pod_of(cx, broker);
        let number = number.to_string();
        let ask = |words: &Command| {
            command("{} exec {} -- {} -n {} {}", &[&cx.old, &pod, &program, &number, words])
        };
        let lists = queues.iter().map(|queue| ask(&command("LLEN {}", &[queue])));
        let unacked = ["HLEN unacked", "ZRANGE unacked_index 0 -1 WITHSCORES"];
        return lists.chain(unacked.map(|words| ask(&command(words, &[])))).collect();
    }
    let Some(Worker { pod: worker, python, url, .. }) = worker(cx, broker) else {
        return Vec::new();
    };
    let lists: Vec<String> =
        queues.iter().map(|queue| format!("r.llen({})", shell::python(queue))).collect();
    let url = shell::python(&url);
    let program = format!(
        "import os, redis; r = redis.Redis.from_url(os.environ[{url}]); print({}, r.hlen(\"unacked\"), r.zrange(\"unacked_index\", 0, -1, withscores=True))",
        lists.join(", ")
    );
    vec![command("{} exec {} -- {} -c {}", &[&cx.old, &worker, &python, &program])]
}

/// Asks a RabbitMQ how many messages its queues hold. One outside of the cluster is asked by a worker, whose kombu speaks
/// its protocol; a queue that is not there yet is an error there (<https://www.rabbitmq.com/docs/queues#passive-declaration>).
fn counted_by_rabbitmq(
    cx: &Cx<'_>,
    broker: &Part,
    queues: &BTreeSet<String>,
    vhost: Option<&str>,
) -> Vec<Command> {
    if is_inside(broker) {
        let vhost = vhost.map(|vhost| command(" --vhost {}", &[&vhost])).unwrap_or_default();
        return vec![command(
            "{} exec {} -- rabbitmqctl list_queues{} name messages_ready messages_unacknowledged",
            &[&cx.old, &pod_of(cx, broker), &vhost],
        )];
    }
    let Some(Worker { pod: worker, python, celery, url }) = worker(cx, broker) else {
        return Vec::new();
    };
    let names: Vec<String> = queues.iter().map(|queue| shell::python(queue)).collect();
    let count = format!(
        "import kombu, os; c = kombu.Connection(os.environ[{}]).channel(); \
         print([c.queue_declare(q, passive=True).message_count for q in ({},)])",
        shell::python(&url),
        names.join(", ")
    );
    let list = command(
        "{} inspect active && {} inspect reserved && {} inspect scheduled",
        &[&celery, &celery, &celery],
    );
    vec![
        command("{} exec {} -- {} -c {}", &[&cx.old, &worker, &python, &count]),
        command("{} exec {} -- sh -c {}", &[&cx.old, &worker, &list.as_str()]),
    ]
}

fn owned(notes: &[&str]) -> Vec<String> {
    notes.iter().map(|note| (*note).to_owned()).collect()
}

fn pod_of(cx: &Cx<'_>, broker: &Part) -> Command {
    workload(cx.from, broker).unwrap_or_else(|| command("statefulset/{}", &[&broker.object]))
}

/// The client program of a Redis.
fn client(broker: &Part) -> &'static str {
    if broker.facts.program.as_deref() == Some("valkey") { "valkey-cli" } else { "redis-cli" }
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

/// A worker that a broker can be asked from.
struct Worker {
    /// Its workload, as kubectl takes it.
    pod: Command,
    /// Its interpreter.
    python: String,
    /// Celery's command with the application.
    celery: Command,
    /// The variable that holds the URL of the broker.
    url: String,
}

fn worker(cx: &Cx<'_>, broker: &Part) -> Option<Worker> {
    let mut parts = cx.from.stack.parts.values().filter(|part| {
        part.facts.celery == Some(CeleryRole::Worker) && part.edges.contains_key(&broker.name.value)
    });
    let part = parts.next()?;
    let app = part.project.celery_app().map(|app| command(" --app={}", &[&app.value]));
    Some(Worker {
        pod: workload(cx.from, part)?,
        python: part.project.interpreter().map_or_else(|| "python".to_owned(), |one| one.value),
        celery: command("celery{}", &[&app.unwrap_or_default()]),
        url: part.binding.names_of(BROKER_URL).next().unwrap_or(BROKER_URL).to_owned(),
    })
}

/// A program that can not read the files of the one before it gets an empty volume.
pub(super) fn swap(cx: &Cx<'_>) -> Vec<Step> {
    let swapped = cx.stores.iter().filter_map(|store| other_program(store));
    swapped
        .map(|part| {
            let (name, object) = (&part.name, &part.object);
            let mut step = step(format!("give `{name}` an empty volume"));
            step.notes.push(
                "Redis and Valkey do not read each other's files; the queues in them are empty by now".to_owned(),
            );
            step.commands = super::empty(cx, object, &format!("{object}-data"));
            step
        })
        .collect()
}

fn other_program<'a>(store: &Store<'a>) -> Option<&'a Part> {
    let (from, to) = (store.from?, store.to?);
    let durable = |part: &Part| part.facts.keeps_volume && part.facts.roles.is_some();
    let differs = from.facts.type_name != to.facts.type_name;
    let same = from.name.value == to.name.value && durable(from) && durable(to);
    (store.data.what == Kept::Broker && differs && same).then_some(from)
}
