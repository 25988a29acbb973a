//! What exporters log in as: a role that may read statistics. `pg_monitor` gives that right and no other
//! (<https://www.postgresql.org/docs/current/predefined-roles.html>), and only who runs the server can give it away.

use seaway_core::options::{Component, Monitor, MonitorRole, Monitoring};
use seaway_core::outputs::username;
use seaway_core::stack::Part;
use seaway_core::values::Name;

use super::super::Step;
use super::super::data::{is_inside, output};
use super::{Cx, step};
use crate::Bundle;

/// Gives the right where the second stage watches a database that the first one did not, or does so as somebody else.
pub(super) fn grant(cx: &Cx<'_>) -> Option<Step> {
    let mut made = step("let the exporters read the statistics of the databases");
    for (database, monitoring) in watched(cx.to) {
        let Some(part) = cx.to.stack.parts.get(database) else { continue };
        let login = monitoring.login(database);
        let was = cx.from.stack.parts.get(database);
        let stays = was.is_some_and(|was| is_same_server(was, part));
        let before = watched(cx.from).find(|(name, _)| *name == database);
        if stays && before.is_some_and(|(_, was)| was.login(database) == login) {
            continue;
        }
        match (&part.component, login) {
            // A server that is made anew gives the application the right by its first script.
            (Component::Postgres(_), None) if !stays => {}
            (Component::Postgres(postgres), None) => {
                let role = username(postgres, &cx.to.stack.name);
                let grant = format!("--command='GRANT pg_monitor TO \"{role}\"'");
                made.commands.push(format!("{} {grant}", inside(cx, "", database)));
            }
            (Component::Postgres(_), Some(_)) => {
                made.commands.push(format!("{} {}", inside(cx, "-it ", database), of_its_own()));
            }
            (_, None) => {
                let role = output(&cx.to.stack, part, "username");
                let role =
                    role.map_or_else(|| "$ROLE".to_owned(), |role| format!("\\\"{role}\\\""));
                let grant = format!("--command=\"GRANT pg_monitor TO {role}\"");
                made.commands.push(format!("psql \"$ADMIN_URL\" {grant}"));
            }
            (_, Some(_)) => made.commands.push(format!("psql \"$ADMIN_URL\" {}", of_its_own())),
        }
        if let Some(login) = login {
            let key = login.key.as_ref().map_or("url", |key| &key.value);
            made.notes.push(format!(
                "`$ROLE` is the user in `{key}` of the Secret `{}`, which the exporter of `{database}` reads",
                login.secret
            ));
        }
    }
    let has = |word: &str| made.commands.iter().any(|command| command.contains(word));
    if has("$ADMIN_URL") {
        made.notes.push(
            "`$ADMIN_URL` logs in as who runs the server, on RDS as its master user, from where the server lets it in"
                .to_owned(),
        );
    }
    if has("TO $ROLE") {
        made.notes.push("`$ROLE` is the user in the URL that the processes read".to_owned());
    }
    (!made.commands.is_empty()).then_some(made)
}

/// The databases that a stage watches.
fn watched(stage: &Bundle) -> impl Iterator<Item = (&Name, &Monitoring)> {
    let parts = &stage.stack.parts;
    parts.values().filter_map(move |part| {
        let Component::Monitor(monitor) = &part.component else { return None };
        let Monitor { of, role: MonitorRole::PostgresExporter { database }, .. } = &**monitor
        else {
            return None;
        };
        let Component::Monitoring(monitoring) = &parts.get(&of.value)?.component else {
            return None;
        };
        Some((database, &**monitoring))
    })
}

/// Whether it is the server that it was: one of the cluster, or the same one outside.
fn is_same_server(was: &Part, is: &Part) -> bool {
    is_inside(was) == is_inside(is)
        && match (&was.component, &is.component) {
            (Component::Rds(was), Component::Rds(is)) => was.host.value == is.host.value,
            (Component::External(was), Component::External(is)) => was.host.value == is.host.value,
            (was, is) => was.type_name() == is.type_name(),
        }
}

/// psql of a server of the cluster, as who runs it.
fn inside(cx: &Cx<'_>, terminal: &str, database: &str) -> String {
    format!("{} exec {terminal}statefulset/{database} -- psql --username=postgres", cx.old)
}

/// Makes a role that can log in, and asks for its password.
fn of_its_own() -> &'static str {
    "--command=\"CREATE ROLE $ROLE LOGIN IN ROLE pg_monitor\" --command=\"\\password $ROLE\""
}
