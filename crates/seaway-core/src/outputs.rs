//! What other components can refer to: the outputs of each component.

use std::collections::BTreeMap;

use crate::options::{Component, External, Postgres, Provides, Redis, Role};
use crate::stack::{Contract, Part, Piece, Recipe, Stack};
use crate::values::{DataKey, Name};

/// An output of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Text that is no secret.
    Text(String),
    /// A key of the component's Secret; never text.
    Secret(DataKey),
}

/// Port of PostgreSQL, registered with IANA.
pub const POSTGRES_PORT: u16 = 5432;
/// Port of Redis and Valkey, registered with IANA.
pub const REDIS_PORT: u16 = 6379;
/// Port of the Service of a web component: plain HTTP.
pub const HTTP_PORT: u16 = 80;

/// The outputs of a component by name. `keys` are those of its Secret, if it has one.
pub fn outputs(
    name: &Name,
    component: &Component,
    stack: &Name,
    keys: &[DataKey],
) -> BTreeMap<String, Output> {
    let text = |entries: &[(&str, String)]| -> BTreeMap<String, Output> {
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Output::Text(value.clone())))
            .collect()
    };
    let mut found = match component {
        Component::Postgres(postgres) => text(&[
            ("host", name.to_string()),
            ("port", POSTGRES_PORT.to_string()),
            ("name", database(postgres, stack)),
            ("username", username(postgres, stack)),
        ]),
        Component::Redis(redis) | Component::Valkey(redis) => {
            let mut found = text(&[("host", name.to_string()), ("port", REDIS_PORT.to_string())]);
            if !redis.has_password() {
                for (output, database) in redis_urls(redis) {
                    let url = format!("redis://{name}:{REDIS_PORT}/{database}");
                    found.insert(output.to_owned(), Output::Text(url));
                }
            }
            found
        }
        Component::External(external) => external_outputs(external),
        Component::Web(_) => served(name, HTTP_PORT),
        Component::Flower(flower) => served(name, flower.port.get()),
        Component::Process(process) => match &process.port {
            Some(port) => served(name, port.get()),
            None => BTreeMap::new(),
        },
        Component::Worker(_)
        | Component::Beat(_)
        | Component::Migrate(_)
        | Component::Cron(_)
        | Component::Job(_) => BTreeMap::new(),
    };
    for key in keys {
        found.entry(key.to_string()).or_insert_with(|| Output::Secret(key.clone()));
    }
    found
}

/// The outputs of a component of a stage.
pub(crate) fn of(stack: &Stack, name: &Name, component: &Component) -> BTreeMap<String, Output> {
    let contract = secret_name(name, component).and_then(|secret| stack.secrets.get(&secret));
    let keys: Vec<DataKey> =
        contract.map(|contract| contract.keys.keys().cloned().collect()).unwrap_or_default();
    outputs(name, component, &stack.name, &keys)
}

/// The contract of a component's own Secret, if it has one.
pub fn contract<'a>(stack: &'a Stack, part: &Part) -> Option<&'a Contract> {
    stack.secrets.get(&secret_name(&part.name.value, &part.component)?)
}

/// The stack's name of a component's Secret, if it has one: written, or its own.
pub(crate) fn secret_name(name: &Name, component: &Component) -> Option<Name> {
    let written = match component {
        Component::Postgres(postgres) => &postgres.secret,
        Component::Redis(redis) | Component::Valkey(redis) if !redis.has_password() => return None,
        Component::Redis(redis) | Component::Valkey(redis) => &redis.secret,
        Component::External(external) => {
            return external.secret.as_ref().map(|secret| secret.value.clone());
        }
        _ => return None,
    };
    Some(written.as_ref().map_or_else(|| name.clone(), |secret| secret.value.clone()))
}

fn served(name: &Name, port: u16) -> BTreeMap<String, Output> {
    let url =
        if port == HTTP_PORT { format!("http://{name}") } else { format!("http://{name}:{port}") };
    [("host", name.to_string()), ("port", port.to_string()), ("url", url)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Output::Text(value)))
        .collect()
}

fn external_outputs(external: &External) -> BTreeMap<String, Output> {
    let mut found = BTreeMap::new();
    let mut put = |name: &str, value: String| found.insert(name.to_owned(), Output::Text(value));
    put("host", external.host.to_string());
    put("port", external.port.get().to_string());
    if let Some(database) = &external.database {
        put("name", database.to_string());
    }
    if let Some(username) = &external.username {
        put("username", username.to_string());
    }
    for (name, value) in &external.outputs {
        put(name, value.value.clone());
    }
    found
}

/// Name of the database of an in-cluster PostgreSQL.
pub fn database(postgres: &Postgres, stack: &Name) -> String {
    postgres.database.as_ref().map_or_else(|| stack.replace('-', "_"), |name| name.value.clone())
}

/// Name of the application's role in an in-cluster PostgreSQL.
pub fn username(postgres: &Postgres, stack: &Name) -> String {
    postgres.username.as_ref().map_or_else(|| database(postgres, stack), |name| name.value.clone())
}

/// The keys that a component's Secret must have, with the recipes of throw-away values.
pub fn implied_keys(
    name: &Name,
    component: &Component,
    stack: &Name,
) -> Vec<(&'static str, Recipe)> {
    let password = || Piece::Key(key("password"));
    let text = |text: String| Piece::Text(text);
    match component {
        Component::Postgres(postgres) => {
            let url = vec![
                text(format!("postgres://{}:", username(postgres, stack))),
                password(),
                text(format!("@{name}:{POSTGRES_PORT}/{}", database(postgres, stack))),
            ];
            vec![
                ("password", Recipe::Opaque),
                ("postgres-password", Recipe::Opaque),
                ("url", Recipe::Composed(url)),
            ]
        }
        Component::Redis(redis) | Component::Valkey(redis) => {
            let url = |database: usize| {
                let tail = text(format!("@{name}:{REDIS_PORT}/{database}"));
                Recipe::Composed(vec![text("redis://:".to_owned()), password(), tail])
            };
            let urls =
                redis_urls(redis).into_iter().map(|(output, database)| (output, url(database)));
            [("password", Recipe::Opaque)].into_iter().chain(urls).collect()
        }
        Component::External(_) => vec![("url", Recipe::Given)],
        _ => Vec::new(),
    }
}

/// The outputs of a Redis that are URLs, each with the number of its database: with several roles, one a role.
fn redis_urls(redis: &Redis) -> Vec<(&'static str, usize)> {
    let roles = redis.roles();
    let several = roles
        .iter()
        .filter(|_| roles.len() > 1)
        .map(|(role, database)| (role_url(*role), *database));
    [("url", 0)].into_iter().chain(several).collect()
}

/// The output that holds the URL of a role.
pub fn url_of_role(redis: &Redis, role: Role) -> &'static str {
    if redis.roles().len() > 1 { role_url(role) } else { "url" }
}

fn role_url(role: Role) -> &'static str {
    match role {
        Role::Broker => "broker-url",
        Role::Cache => "cache-url",
        Role::Results => "results-url",
    }
}

/// The Redis database that a secret output leads to: `None` for an output that is not a URL.
pub fn database_of_output(redis: &Redis, output: &str) -> Option<usize> {
    match output {
        "url" | "host" | "password" | "port" => Some(0),
        _ => redis
            .roles()
            .into_iter()
            .find(|(role, _)| role_url(*role) == output)
            .map(|(_, index)| index),
    }
}

/// A key known at compile time.
pub(crate) fn key(text: &str) -> DataKey {
    // Only called with literals that are keys; a wrong one shows in every test.
    DataKey::try_from(text.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}

/// The variable that the preset binds, for what a backing service is used for.
pub fn bound_name(provides: Provides) -> &'static str {
    match provides {
        Provides::Database => "DATABASE_URL",
        Provides::Cache => "CACHE_URL",
        Provides::Broker => "CELERY_BROKER_URL",
        Provides::Results => "CELERY_RESULT_BACKEND",
    }
}

/// What a backing service can be bound as, each with the output that holds the URL.
pub fn provides(component: &Component) -> Vec<(Provides, &'static str)> {
    match component {
        Component::Postgres(_) => vec![(Provides::Database, "url")],
        Component::Redis(redis) | Component::Valkey(redis) => redis
            .roles()
            .into_iter()
            .map(|(role, _)| {
                let provides = match role {
                    Role::Broker => Provides::Broker,
                    Role::Cache => Provides::Cache,
                    Role::Results => Provides::Results,
                };
                (provides, url_of_role(redis, role))
            })
            .collect(),
        Component::External(external) => {
            external.provides.iter().map(|provides| (provides.value, "url")).collect()
        }
        _ => Vec::new(),
    }
}
