//! Backing services: versions, names, and who may share a Redis.

use std::collections::BTreeMap;

use crate::declared::Declared;
use crate::options::{Beat, External, Postgres, Redis, Role, database_of_output};
use crate::outputs;
use crate::stack::Part;
use crate::values::{Name, Quantity};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack, suggest};

/// Majors of PostgreSQL whose data path is known.
pub(super) const POSTGRES_MAJORS: [&str; 5] = ["14", "15", "16", "17", "18"];

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for volume in stack.volumes.values() {
        storage(volume.storage.as_ref(), sink);
    }
    for part in stack.parts.values() {
        if let Some(postgres) = part.component.options::<Postgres>() {
            self::postgres(postgres, sink);
        }
        if let Some(redis) = part.component.options::<Redis>() {
            storage(Some(&redis.storage), sink);
            version(redis.version.as_ref(), sink);
            roles(stack, redis.roles.as_ref(), sink);
            password(stack, redis.auth.as_ref(), sink);
        }
        if let Some(beat) = part.component.options::<Beat>() {
            storage(beat.storage.as_ref(), sink);
        }
        if let Some(external) = part.component.options::<External>()
            && !declared.at_fault(["components", &**part.name])
        {
            bound_url(stack, part, external, sink);
        }
    }
    shared_databases(stack, sink);
}

fn postgres(postgres: &Postgres, sink: &mut Sink) {
    storage(Some(&postgres.storage), sink);
    if !POSTGRES_MAJORS.contains(&postgres.version.as_str()) {
        sink.report(
            Diagnostic::error(
                Code::UnknownValue,
                format!("unknown major version `{}` of PostgreSQL", postgres.version),
            )
            .origin(postgres.version.origin, "the data path depends on it")
            .help(format!("write one of {}", suggest::quoted_list(&POSTGRES_MAJORS))),
        );
    }
    for name in [&postgres.database, &postgres.username].into_iter().flatten() {
        let fits = name.len() <= 63
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            sink.report(
                Diagnostic::error(Code::InvalidValue, format!("`{name}` needs quotes in SQL"))
                    .origin(name.origin, "")
                    .help("write at most 63 of `a-z`, `0-9` and `_`, starting with a letter"),
            );
        }
    }
}

/// It becomes the tag of an image: numbers, and what a distribution adds to them.
fn version(version: Option<&Sourced<String>>, sink: &mut Sink) {
    let Some(version) = version else { return };
    let (numbers, variant) = match version.split_once('-') {
        Some((numbers, variant)) => (numbers, Some(variant)),
        None => (version.as_str(), None),
    };
    let is_number =
        |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
    };
    let fits = numbers.split('.').count() <= 3
        && numbers.split('.').all(is_number)
        && variant.is_none_or(is_word);
    if !fits {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("`{version}` is not a version of Redis or Valkey"),
            )
            .origin(version.origin, "it becomes the tag of the image")
            .help("write a version line or a version, for example `8` or `8.2.1`"),
        );
    }
}

/// The API server refuses a claim of nothing, and a few bytes are a number whose unit is missing.
fn storage(size: Option<&Sourced<Quantity>>, sink: &mut Sink) {
    const LEAST: u128 = 1 << 20;
    if let Some(size) = size.filter(|size| size.milli > 0 && size.milli < LEAST * 1000) {
        sink.report(
            Diagnostic::error(
                Code::OutOfRange,
                format!("a volume of {} is less than 1Mi", size.value),
            )
            .origin(size.origin, "a number without a unit counts bytes")
            .help("write a size with its unit, for example `1Gi`"),
        );
    }
    if let Some(size) = size.filter(|size| size.milli == 0) {
        sink.report(
            Diagnostic::error(Code::InvalidValue, "a volume without room")
                .origin(size.origin, "")
                .help("write a size, for example `1Gi`"),
        );
    }
}

/// What the preset binds is the output `url`.
fn bound_url(stack: &Stack, part: &Part, external: &External, sink: &mut Sink) {
    let name = &part.name;
    if let Some(provides) = &external.provides
        && !provides.all().is_empty()
        && !outputs::of(stack, part).contains_key("url")
    {
        sink.report(
            Diagnostic::error(Code::MissingField, format!("`{name}` has no `url` that could be bound"))
                .origin(provides.origin, "binds the output `url`")
                .help("add `secret = \"…\"`, a Secret with the key `url`, or `outputs.url = \"…\"` without a password"),
        );
    }
}

pub(super) fn password(stack: &Stack, auth: Option<&Sourced<bool>>, sink: &mut Sink) {
    if let Some(auth) = auth
        && !auth.value
        && stack.is_production()
    {
        sink.report(
            Diagnostic::error(
                Code::NoPassword,
                "a Redis without a password in a production stage",
            )
            .origin(auth.origin, "whoever reaches it reads and deletes everything")
            .help(
                "remove `auth` and bind the URL, which holds the password; if the application can not be told one, say so with \
                 `allow.no-password = \"…\"`",
            ),
        );
    }
}

pub(super) fn roles(stack: &Stack, roles: Option<&Sourced<Vec<Sourced<Role>>>>, sink: &mut Sink) {
    let Some(roles) = roles else { return };
    let mut seen: Vec<Role> = Vec::new();
    for role in roles.iter() {
        if seen.contains(&role.value) {
            sink.report(
                Diagnostic::error(
                    Code::Conflict,
                    format!("the role `{}` is there twice", role.as_str()),
                )
                .origin(role.origin, ""),
            );
        }
        seen.push(role.value);
    }
    if seen.contains(&Role::Broker) && seen.contains(&Role::Cache) {
        let (code, message) = (Code::SharedRedisDatabase, "one Redis is broker and cache");
        let diagnostic = if stack.is_production() {
            Diagnostic::error(code, message)
        } else {
            Diagnostic::warning(code, message)
        };
        sink.report(
            diagnostic
                .origin(roles.origin, "it must keep every task, so the cache can fill it")
                .help("give the cache a component of its own"),
        );
    }
}

/// Broker and cache in one database: flushing the cache deletes tasks (celery/celery#6319, rq/rq#1280).
fn shared_databases(stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let mut used: BTreeMap<(&Name, usize), (Role, &str, Origin)> = BTreeMap::new();
        for variable in &part.env {
            let Some(role) = role_of_name(variable.setting()) else { continue };
            let Some((secret, key)) = variable.value.secret() else { continue };
            let Some((owner, database)) = redis_of(stack, secret, key) else { continue };
            if role == Role::Broker && evicts(stack, owner) {
                sink.report(evicting_broker(&variable.name, owner, variable.value.origin));
            }
            match used.get(&(owner, database)) {
                // Told of its broker.
                Some(_) if evicts(stack, owner) => {}
                Some((other, name, first)) if *other != role => sink.report(
                    Diagnostic::error(
                        Code::SharedRedisDatabase,
                        format!("`{}` and `{name}` use one Redis database", variable.name),
                    )
                    .origin(variable.value.origin, "flushing the cache would delete tasks")
                    .origin(*first, "")
                    .help(format!(
                        "use two components, or `roles = [\"broker\", \"cache\"]` on `{owner}` and its outputs \
                         `broker-url` and `cache-url`"
                    )),
                ),
                Some(_) => {}
                None => {
                    used.insert((owner, database), (role, &variable.name, variable.value.origin));
                }
            }
        }
    }
}

/// Whether a Redis drops entries when its memory is full.
fn evicts(stack: &Stack, name: &Name) -> bool {
    stack.parts.get(name).is_some_and(|part| part.facts.evicts)
}

/// An entry of a broker that is dropped is a task that is lost, without an error (rq/rq#1280, sidekiq/sidekiq#2883).
fn evicting_broker(variable: &str, owner: &Name, origin: Origin) -> Diagnostic {
    let message =
        format!("`{variable}` leads to `{owner}`, which drops entries when its memory is full");
    Diagnostic::error(Code::SharedRedisDatabase, message)
        .origin(origin, "tasks would be lost without an error")
        .help(format!(
            "use a Redis of its own with `durable = true`, or write `components.{owner}.roles = [\"broker\"]`"
        ))
}

fn redis_of<'a>(stack: &'a Stack, secret: &Name, key: &str) -> Option<(&'a Name, usize)> {
    stack.parts.iter().find_map(|(name, part)| {
        let roles = part.facts.roles.as_ref()?;
        let is_own = part.facts.secret.as_ref()?.name == *secret;
        is_own.then(|| Some((name, database_of_output(roles, key)?))).flatten()
    })
}

/// What a variable is for, by the words in its name.
fn role_of_name(name: &str) -> Option<Role> {
    let upper = name.to_uppercase();
    let says = |word: &str| upper.split('_').any(|part| part == word);
    if !(says("URL") || says("URI") || says("LOCATION")) {
        return None;
    }
    if says("BROKER") {
        Some(Role::Broker)
    } else if says("CACHE") {
        Some(Role::Cache)
    } else {
        None
    }
}
