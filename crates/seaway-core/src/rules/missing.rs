//! What a stage needs and nobody declares: a broker for its workers, migrations for its database, a worker for Celery's default
//! queue.
//!
//! Each of them shows itself only when the stage runs: pods start, are ready, and do nothing.

use super::lost;
use crate::celery;
use crate::declared::Declared;
use crate::options::{CeleryRole, Framework, Provides, Role};
use crate::policy;
use crate::stack::{Part, Variable, VariableValue};
use crate::values::Name;
use crate::{Code, Diagnostic, Sink, Stack, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    // What could not be resolved may be what is missing.
    if sink.errors() > 0 {
        return;
    }
    let is_lost = |name: &Name| lost::of(declared, stack, name).contains(&Provides::Broker);
    if !declared.former.keys().any(is_lost) {
        broker(stack, sink);
    }
    migrations(stack, sink);
    default_queue(stack, sink);
}

/// Without a URL, Celery dials `amqp://guest@localhost//` for ever
/// (<https://docs.celeryq.dev/en/stable/userguide/configuration.html#broker-url>).
fn broker(stack: &Stack, sink: &mut Sink) {
    let without: Vec<&Part> = stack
        .parts
        .values()
        .filter(|part| is_celery(stack, part) && !has_broker(stack, part))
        .collect();
    let Some(first) = without.first() else { return };
    let names: Vec<_> = without.iter().map(|part| &part.name.value).collect();
    let message = format!("no component is the broker of {}", suggest::quoted_list(&names));
    let mut diagnostic = Diagnostic::error(Code::NoBroker, message);
    // A Redis that could be it, and has lost the role or never had it.
    let read = || first.edges.keys().filter_map(|name| stack.parts.get(name));
    let could_be = read().find(|part| part.facts.roles.is_some());
    let help = match could_be {
        Some(part) => {
            let roles = part.facts.roles.as_deref().unwrap_or_default();
            let had: Vec<&str> = roles.iter().map(|(role, _)| role.as_str()).collect();
            let is = if had.is_empty() {
                "it has no role".to_owned()
            } else {
                format!("its role is {}", suggest::quoted_list(&had))
            };
            diagnostic = diagnostic.origin(part.name.origin, is);
            let all: Vec<String> = std::iter::once(Role::Broker.as_str())
                .chain(had)
                .map(|role| format!("\"{role}\""))
                .collect();
            format!("give it the role: `components.{}.roles = [{}]`", part.name, all.join(", "))
        }
        None => "add one: `components.broker = { type = \"redis\", durable = true }`".to_owned(),
    };
    for part in without {
        diagnostic = diagnostic.origin(part.name.origin, "Celery would dial localhost for ever");
    }
    sink.report(
        diagnostic.help(format!(
            "{help}; if the settings know a broker, say so: `allow.no-broker = \"…\"`"
        )),
    );
}

/// Whether it is known to start Celery.
fn is_celery(stack: &Stack, part: &Part) -> bool {
    let command = part.component.command();
    match part.facts.celery {
        None => false,
        Some(_) if command.is_empty() => true,
        Some(CeleryRole::Flower) => {
            policy::names_program(command.iter().map(|word| word.as_str()), "celery")
        }
        Some(_) => celery::of(stack, part).is_some_and(|celery| celery.is_started_by_hand()),
    }
}

fn has_broker(stack: &Stack, part: &Part) -> bool {
    let read = part.edges.keys().filter_map(|name| stack.parts.get(name));
    let words = part.component.command().iter().map(|word| word.as_str());
    read.into_iter().any(|part| part.facts.is_used_as(Provides::Broker))
        || part.env.iter().any(names_broker)
        || words.into_iter().any(|word| word == "-b" || word.starts_with("--broker"))
}

/// Whether a variable that the stack sets itself looks like the way to a broker.
fn names_broker(variable: &Variable) -> bool {
    /// Words of names: whatever the settings make a URL of.
    const WORDS: [&str; 8] =
        ["BROKER", "AMQP", "RABBIT", "REDIS", "VALKEY", "SQS", "SENTINEL", "KAFKA"];
    /// The transports of Kombu: <https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.html>.
    const SCHEMES: [&str; 10] = [
        "amqp://",
        "amqps://",
        "redis://",
        "rediss://",
        "valkey://",
        "sqs://",
        "sentinel://",
        "confluentkafka://",
        "gcpubsub://",
        "memory://",
    ];
    let name = variable.name.to_uppercase();
    let holds = match &variable.value.value {
        VariableValue::Text(text) => SCHEMES.iter().any(|scheme| text.contains(scheme)),
        _ => false,
    };
    variable.bound.is_none() && (holds || WORDS.iter().any(|word| name.contains(word)))
}

/// The first request to a database without tables is an error of the server.
fn migrations(stack: &Stack, sink: &mut Sink) {
    if stack.app.framework != Framework::Django || stack.parts.values().any(migrates) {
        return;
    }
    let readers = |name: &Name| -> Vec<&Name> {
        let processes = stack.parts.values().filter(|part| part.facts.is_application());
        let readers = processes.filter(|part| part.edges.contains_key(name));
        readers.map(|part| &part.name.value).collect()
    };
    let databases = stack.parts.values().filter(|part| part.facts.is_used_as(Provides::Database));
    let mut read = databases.map(|part| (part, readers(&part.name)));
    let Some((database, readers)) = read.find(|(_, readers)| !readers.is_empty()) else { return };
    // Migrations go past a pooler.
    let behind = database.facts.pooler.as_ref().map(|pooler| &pooler.database.value);
    let database = behind.and_then(|name| stack.parts.get(name)).unwrap_or(database);
    let message = format!("nothing migrates the database `{}`", database.name);
    // One outside of the cluster was there before, and may be migrated from elsewhere.
    let diagnostic = if stack.is_production() && !database.facts.is_outside() {
        Diagnostic::error(Code::NoMigrate, message)
    } else {
        Diagnostic::warning(Code::NoMigrate, message)
    };
    sink.report(
        diagnostic
            .origin(database.name.origin, format!("{} would find no tables", suggest::quoted_list(&readers)))
            .help(
                "add `components.migrate = { type = \"migrate\" }`: processes wait for it; if something else migrates it, say \
                 so: `allow.no-migrate = \"…\"`",
            ),
    );
}

/// Whether a component migrates, by its type or by a command of its own.
fn migrates(part: &Part) -> bool {
    part.facts.migration.is_some()
        || part.words().any(|word| policy::tokens(word).any(|token| token.contains("migrat")))
}

/// A task without a route goes to the queue `celery`, and waits there if no worker takes it
/// (<https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-default-queue>).
fn default_queue(stack: &Stack, sink: &mut Sink) {
    /// The name of Celery's own, and the one that settings usually give it.
    const DEFAULTS: [&str; 2] = ["celery", "default"];
    let is_worker = |part: &&Part| part.facts.celery == Some(CeleryRole::Worker);
    let workers: Vec<&Part> = stack.parts.values().filter(is_worker).collect();
    // Which queues a command of its own takes is not known.
    let all_known = workers.iter().all(|part| part.component.command().is_empty());
    let takes = |part: &&Part| {
        let queues = &part.facts.queues;
        queues.is_empty() || queues.iter().any(|queue| DEFAULTS.contains(&queue.as_str()))
    };
    let by_variable =
        |part: &&Part| part.env.iter().any(|variable| variable.name.ends_with("DEFAULT_QUEUE"));
    if !all_known || workers.iter().any(takes) || workers.iter().any(by_variable) {
        return;
    }
    let Some(queue) = workers.first().and_then(|part| part.facts.queues.first()) else { return };
    let names: Vec<_> = workers.iter().map(|part| &part.name.value).collect();
    let mut diagnostic = Diagnostic::warning(
        Code::NoDefaultQueue,
        "no worker takes tasks from Celery's default queue, `celery`",
    )
    .note(format!(
        "tasks without a route wait there; the workers are {}",
        suggest::quoted_list(&names)
    ));
    for worker in &workers {
        if let Some(queue) = worker.facts.queues.first() {
            diagnostic = diagnostic.origin(queue.origin, "");
        }
    }
    let first = names.first().map_or("", |name| &**name);
    sink.report(diagnostic.help(format!(
        "add it to a worker, `components.{first}.queues = [{}, \"celery\"]`; if `task_default_queue` of the settings names \
         another one, say so: `allow.no-default-queue = \"…\"`",
        suggest::pasted(queue)
    )));
}
