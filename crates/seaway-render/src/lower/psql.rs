//! What the server of a `postgres` and the containers that run `psql` beside it have in common, and the one that waits for
//! extensions.

use k8s_openapi::api::core::v1::{Container, EnvVar};
use seaway_core::options::{Extensions, POSTGRES_PORT, Postgres};
use seaway_core::stack::Part;
use seaway_core::values::Name;
use seaway_core::{Origin, Sourced};

use super::containers::{Main, pull_policy, words};
use super::program::{Files, Source, Usage, Words, computed};
use super::resources::resources;
use super::volumes::{Volumes, mounts_of};
use super::{Cx, env, helpers, scripts};
use crate::containers::INIT;
use crate::names::SCRIPTS;
use crate::object::{Origins, joined};
use crate::{images, reasons};

/// What `psql` takes; the server does the work.
pub(super) const USAGE: Usage = Usage { cpu: 50, memory: 32, memory_limit: 64 };
/// Where passwords lie.
pub(super) const SECRETS: &str = "/run/secrets/postgres";
/// Name of the superuser.
pub(super) const SUPERUSER: &str = "postgres";
/// Key of the Secret with its password.
pub(super) const SUPERUSER_KEY: &str = "postgres-password";

/// A database by the name of its component.
pub(super) fn database<'a>(cx: Cx<'a>, name: &Name) -> Option<(&'a Part, &'a Postgres)> {
    let part = cx.stack.parts.get(name)?;
    Some((part, part.component.options()?))
}

/// The SQL of a database with extensions; `None` for one without.
pub(super) fn sql(cx: Cx<'_>, postgres: &Postgres) -> Option<(&'static str, String)> {
    let extensions: Vec<&str> = postgres.extensions.iter().map(|name| &**name as &str).collect();
    let database = postgres.database(&cx.stack.name);
    (!extensions.is_empty()).then(|| {
        (scripts::CREATE_EXTENSIONS_SQL, scripts::create_extensions_sql(&database, &extensions))
    })
}

/// The image of the server, written or by its version.
pub(super) fn image(part: &Part, postgres: &Postgres) -> Sourced<String> {
    let known = images::POSTGRES.iter().find(|(version, _)| *version == postgres.version.value);
    part.shared.image.as_ref().map_or_else(
        || {
            let image = known.map_or(images::POSTGRES[4].1, |(_, image)| image);
            postgres.version.as_ref().map(|_| image.to_owned())
        },
        |image| image.as_ref().map(ToString::to_string),
    )
}

/// The Secret of a database, by its name in the cluster.
pub(super) fn secret(cx: Cx<'_>, part: &Part) -> String {
    let contract = seaway_core::outputs::contract(cx.stack, part);
    contract.map(|contract| contract.name.to_string()).unwrap_or_default()
}

/// Where the extensions are written.
pub(super) fn said(part: &Part) -> Option<Origin> {
    part.facts.extensions.first().map(|name| name.origin)
}

/// The scripts, and a password.
pub(super) fn files(cx: Cx<'_>, job: &str, part: &Part, key: &'static str) -> [Files; 2] {
    [
        Files {
            volume: "extensions".into(),
            source: Source::Config(job.to_owned()),
            path: SCRIPTS.to_owned(),
        },
        Files {
            volume: format!("secret-{}", part.name).into(),
            source: Source::Secret(secret(cx, part), vec![key.into()]),
            path: SECRETS.to_owned(),
        },
    ]
}

/// The variables by which `psql` finds a server, and who it logs in as.
pub(super) fn connection(server: &Part, user: &str) -> Vec<Sourced<EnvVar>> {
    let port = POSTGRES_PORT.to_string();
    let variables = [("PGHOST", &*server.object as &str), ("PGPORT", &port), ("PGUSER", user)];
    variables.map(|(name, value)| computed(env::text(name, value), &reasons::EXTENSIONS)).into()
}

/// The databases with extensions that a `migrate` refers to.
pub(super) fn awaited(cx: Cx<'_>) -> impl Iterator<Item = (&Part, &Postgres)> {
    let migrates = cx.part.facts.migration.is_some();
    let edges = cx.part.edges.keys().filter(move |_| migrates);
    edges.filter_map(move |name| database(cx, name)).filter(|(_, one)| !one.extensions.is_empty())
}

/// The init container of a migrate Job that waits for the extensions of a database: both Jobs start together, and one whose
/// retries are used up never runs again under its name.
pub(super) fn wait(
    cx: Cx<'_>,
    name: String,
    (part, postgres): (&Part, &Postgres),
    main: &Main,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Container {
    let reason = &reasons::EXTENSIONS;
    let path = joined(&[INIT, "[", &name, "]"]);
    origins.set(path.clone(), said(part).unwrap_or(Origin::Default(reason)));
    let job = cx.stack.prefix.object(&Extensions::name(&part.name));
    let stack = &cx.stack.name.value;
    let (database, username) = (postgres.database(stack), postgres.username(stack));
    let mut variables: Vec<_> =
        connection(part, &username).into_iter().map(|variable| variable.value).collect();
    variables.extend([
        env::text("PGDATABASE", &database),
        env::text("APP_PASSWORD_FILE", &format!("{SECRETS}/password")),
        env::text("CREATED_BY", &job),
    ]);
    let script = format!("{SCRIPTS}/{}", scripts::WAIT_FOR_EXTENSIONS.0);
    let mut command = Words::fixed(&["sh", &script], reason).0;
    if let Some(migration) = &cx.part.facts.migration {
        command.push(migration.database_seconds.map(|seconds| seconds.to_string()));
    }
    command.extend(postgres.extensions.iter().map(|name| name.as_ref().map(ToString::to_string)));
    let image = image(part, postgres);
    origins.set(joined(&[&path, ".image"]), image.origin);
    let mounts = volumes.of_program(&[], &files(cx, &job, part, "password"));
    let limits_cpu = cx.stack.limits_cpu();
    let written = helpers::bounded_as(main);
    Container {
        image: Some(image.value),
        image_pull_policy: pull_policy(Cx { part, ..cx }, &path, origins),
        command: words(command, "command", &path, origins),
        env: Some(variables),
        resources: Some(resources(&written, USAGE, limits_cpu, &path, origins)),
        volume_mounts: Some(mounts_of(mounts, &path, origins)),
        name,
        ..Container::default()
    }
}
