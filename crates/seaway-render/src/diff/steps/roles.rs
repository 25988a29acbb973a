//! What exporters log in as: a role that may read statistics. `pg_monitor` gives that right and no other
//! (<https://www.postgresql.org/docs/current/predefined-roles.html>), and only who runs the server can give it away.

use seaway_core::options::{Monitor, MonitorRole, Monitoring};
use seaway_core::shell::{Command, command, sql_name};
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
        let of_cluster = part.facts.upstream.as_ref().filter(|_| is_inside(part));
        match (of_cluster, login) {
            // A server that is made anew gives the application the right by its first script.
            (Some(_), None) if !stays => {}
            (Some(upstream), None) => {
                let grant = format!("GRANT pg_monitor TO {}", sql_name(&upstream.username));
                let server = inside(cx, "exec", part);
                made.commands.push(command("{} --command={}", &[&server, &grant]));
            }
            (Some(_), Some(_)) => {
                let server = inside(cx, "exec -it", part);
                made.commands.push(command("{} {}", &[&server, &of_its_own()]));
            }
            (None, None) => {
                let grant = match output(part, "username") {
                    Some(role) => {
                        command("{}", &[&format!("GRANT pg_monitor TO {}", sql_name(&role))])
                    }
                    None => command("\"GRANT pg_monitor TO $ROLE\"", &[]),
                };
                made.commands.push(command("psql \"$ADMIN_URL\" --command={}", &[&grant]));
            }
            (None, Some(_)) => {
                made.commands.push(command("psql \"$ADMIN_URL\" {}", &[&of_its_own()]));
            }
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
        let Monitor { of, role: MonitorRole::PostgresExporter { database }, .. } =
            part.monitor()?
        else {
            return None;
        };
        Some((database, parts.get(&of.value)?.component.options::<Monitoring>()?))
    })
}

/// Whether it is the server that it was: one of the cluster, or the same one outside.
fn is_same_server(was: &Part, is: &Part) -> bool {
    let host = |part: &Part| part.facts.outside.as_ref().map(|outside| outside.named.clone());
    was.facts.type_name == is.facts.type_name && host(was) == host(is)
}

/// psql of a server of the cluster, as who runs it.
fn inside(cx: &Cx<'_>, exec: &'static str, database: &Part) -> Command {
    command(
        "{} {} statefulset/{} -- psql --username=postgres",
        &[&cx.old, &command(exec, &[]), &database.object],
    )
}

/// Makes a role that can log in, and asks for its password.
fn of_its_own() -> Command {
    command(
        "--command=\"CREATE ROLE $ROLE LOGIN IN ROLE pg_monitor\" --command=\"\\password $ROLE\"",
        &[],
    )
}
