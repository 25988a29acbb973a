//! PgBouncer: what it stands before, and who may go through it.

use crate::declared::Declared;
use crate::options::{AuthoritySource, External, Pgbouncer, Protocol, Provides};
use crate::outputs;
use crate::outside;
use crate::stack::{Part, VariableValue};
use crate::values::Name;
use crate::{Code, Diagnostic, Sink, Stack, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        if let Some(pooler) = part.component.options::<Pgbouncer>()
            && !declared.at_fault(["components", &**part.name])
        {
            database(declared, stack, part, pooler, sink);
            if pooler.default_pool_size.value == 0 {
                sink.report(
                    Diagnostic::error(Code::InvalidValue, "a pool without connections")
                        .origin(pooler.default_pool_size.origin, "nobody would reach the database")
                        .help("write the connections that one pod may take, for example `20`"),
                );
            }
        }
        through(stack, part, sink);
    }
}

/// Whether a component is a database of its own.
fn is_database(part: &Part) -> bool {
    part.facts.pooler.is_none()
        && (part.component.options::<External>().is_some()
            || part.facts.is_used_as(Provides::Database))
}

fn database(
    declared: &Declared<'_>,
    stack: &Stack,
    part: &Part,
    pooler: &Pgbouncer,
    sink: &mut Sink,
) {
    let (name, origin) = (&pooler.database.value, pooler.database.origin);
    let databases = || {
        let all = stack.parts.iter().filter(|(_, part)| is_database(part));
        all.map(|(name, _)| &**name)
    };
    let Some(behind) = stack.parts.get(name) else { return };
    if declared.at_fault(["components", &**name]) {
        return;
    }
    if !is_database(behind) {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{name}` is no database"))
                .origin(origin, format!("it is a {}", behind.facts.type_name))
                .help_maybe(suggest::nearest_or_all(name, databases())),
        );
        return;
    }
    if let Some(protocol) = behind.facts.protocol.filter(|one| *one != Protocol::Postgresql) {
        let message =
            format!("PgBouncer stands before PostgreSQL, and `{name}` speaks another protocol");
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(origin, format!("it speaks `{}`", protocol.as_str()))
                .help(format!("refer to `{name}` itself, and remove `{}`", part.name)),
        );
        return;
    }
    if let Some(missing) = unsaid(behind) {
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                format!("`{}` does not know how to dial `{name}`", part.name),
            )
            .origin(origin, "stands before it")
            .help(format!("add {missing} to `{name}`")),
        );
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if let Some(upstream) = outputs::pooled(stack, part)
        && !upstream.database.chars().all(plain)
    {
        // The name is a key of the configuration, which knows no quotes there (libusual/libusual, usual/cfparser.c).
        let message =
            format!("PgBouncer can not stand before the database `{}`", upstream.database);
        sink.report(
            Diagnostic::error(Code::InvalidValue, message)
                .origin(origin, "its configuration takes letters, digits, `_`, `.` and `-`")
                .help(format!(
                    "give `{name}` a `database` of such a name, or do without the pooler"
                )),
        );
    }
    if let Some(ca) = outside::authority(behind)
        && let Some(AuthoritySource::File(file)) = ca.source()
    {
        sink.report(
            Diagnostic::error(Code::Conflict, "the image of PgBouncer does not have this file")
                .origin(file.origin, "")
                .origin(origin, "stands before it")
                .help("keep the certificates in a config or Secret: `ca = { config = \"…\", key = \"…\" }`"),
        );
    }
}

/// What an external database does not say of itself, in words.
fn unsaid(part: &Part) -> Option<String> {
    let external = part.component.options::<External>()?;
    let missing: Vec<&str> = [
        ("database", external.database.is_none()),
        ("username", external.username.is_none()),
        ("secret", external.secret.is_none()),
        ("sslmode", external.sslmode.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, is_missing)| is_missing.then_some(key))
    .collect();
    (!missing.is_empty()).then(|| suggest::quoted_list(&missing))
}

/// Who goes through a pooler leaves nothing behind in a connection: cbcoutinho/nextcloud-mcp-server#1032,
/// attendee-labs/attendee#844.
fn through(stack: &Stack, part: &Part, sink: &mut Sink) {
    let is_pooler =
        |name: &&Name| stack.parts.get(*name).is_some_and(|part| part.facts.pooler.is_some());
    let Some(pooler) = part.edges.keys().find(is_pooler) else { return };
    let edge = part.edges.get(pooler).copied();
    if part.facts.migration.is_some()
        && let Some(edge) = edge
    {
        let database = outputs::database_behind(stack, pooler);
        sink.report(
            Diagnostic::error(Code::Conflict, format!("migrations through the pooler `{pooler}`"))
                .origin(edge, "")
                .help(format!(
                    "they lock and set up their session: bind the database itself, for example \
                     `components.{}.env.DATABASE_URL = \"${{{database}.url}}\"`",
                    part.name
                )),
        );
    }
    for variable in part.env.iter().chain(part.container_env.values().flatten()) {
        let VariableValue::Text(text) = &variable.value.value else { continue };
        let (is_wrong, needed, why) = match &*variable.name {
            "CONN_MAX_AGE" => (
                !matches!(text.trim(), "0" | "0.0"),
                "0",
                "a connection that is kept is not shared: the pool runs dry",
            ),
            "DISABLE_SERVER_SIDE_CURSORS" => (
                !matches!(
                    text.to_lowercase().as_str(),
                    "1" | "true" | "yes" | "on" | "y" | "t" | "ok"
                ),
                "true",
                "a cursor is gone with its transaction: InvalidCursorName",
            ),
            _ => continue,
        };
        if is_wrong && variable.value.origin.span().is_some() {
            sink.report(
                Diagnostic::error(
                    Code::Conflict,
                    format!("`{} = {text}` behind the pooler `{pooler}`", variable.name),
                )
                .origin(variable.value.origin, why)
                .help(format!("remove it: it is bound as `{needed}`")),
            );
        }
    }
}
