//! Programs of PostgreSQL that are older than the server that they are run against.

use crate::declared::Declared;
use crate::options::{POSTGRES_IMAGE, Protocol};
use crate::outputs::database_behind;
use crate::stack::Part;
use crate::values::Image;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

/// The programs that refuse a server of a newer major: the notes of
/// <https://www.postgresql.org/docs/current/app-pgdump.html> and <https://www.postgresql.org/docs/current/app-pgbasebackup.html>,
/// and what both check as soon as they are connected. `psql` and `pg_restore` take newer servers.
const REFUSE: [&str; 4] = ["pg_dump", "pg_dumpall", "pg_basebackup", "pg_receivewal"];

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let servers = servers(stack, part);
        let Some(server) = servers.iter().max_by_key(|server| server.major) else { continue };
        let own = (part.shared.image.as_ref(), part.component.command().iter().collect());
        let written = part.containers().map(|container| {
            let image = container.image.as_ref().or(part.shared.image.as_ref());
            (image, container.command.iter().chain(&container.args).collect::<Vec<_>>())
        });
        for (image, words) in std::iter::once(own).chain(written) {
            let Some(client) = words.into_iter().find_map(|word| client(word, image)) else {
                continue;
            };
            // Of several databases the command may mean one that is as old.
            if servers.iter().all(|server| client.major < server.major) {
                sink.report(older(part, &client, server, image));
            }
        }
    }
}

/// A database that a component refers to, and the major of its server.
struct Server<'a> {
    part: &'a Part,
    major: u32,
}

/// The servers whose major is known: the tag of its image says it, or the stack.
fn servers<'a>(stack: &'a Stack, part: &'a Part) -> Vec<Server<'a>> {
    let databases =
        part.edges.keys().filter_map(|name| stack.parts.get(database_behind(stack, name)));
    let of_server = |server: &'a Part| {
        let facts = &server.facts;
        let said = facts.data.as_ref().and_then(|data| data.major);
        let of_tag = || server.shared.image.as_ref()?.postgres_major();
        let major = of_tag().or(said)?;
        (facts.protocol == Some(Protocol::Postgresql)).then_some(Server { part: server, major })
    };
    databases.filter_map(of_server).collect()
}

/// A program of [`REFUSE`] in a command.
struct Client<'a> {
    program: &'static str,
    major: u32,
    word: &'a Sourced<String>,
    /// Whether its path says the major, whatever the image is.
    by_path: bool,
}

/// The program in a word of a command, which may be a script.
fn client<'a>(word: &'a Sourced<String>, image: Option<&Sourced<Image>>) -> Option<Client<'a>> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "/_-.=".contains(c);
    // With `=` it is an option or a variable: a file may be called like the program.
    word.split(|c| !is_of_word(c)).filter(|path| !path.contains('=')).find_map(|path| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let program = REFUSE.into_iter().find(|program| *program == name)?;
        // Of the packages of Debian and of PostgreSQL's own for other distributions.
        let of_path = folder
            .split('/')
            .find_map(|part| part.strip_prefix("pgsql-").unwrap_or(part).parse().ok());
        let major = of_path.or_else(|| image?.postgres_major())?;
        Some(Client { program, major, word, by_path: of_path.is_some() })
    })
}

fn older(
    part: &Part,
    client: &Client<'_>,
    server: &Server<'_>,
    image: Option<&Sourced<Image>>,
) -> Diagnostic {
    let (program, old, new) = (client.program, client.major, server.major);
    let database = &server.part.name;
    let message = format!(
        "`{}` runs {program} {old}, and the server `{database}` is PostgreSQL {new}",
        part.name
    );
    let refuses = format!("{program} refuses a newer server");
    let diagnostic = Diagnostic::error(Code::OlderClient, message);
    if let Some(image) = image.filter(|_| !client.by_path) {
        return diagnostic
            .origin(image.origin, refuses)
            .origin(client.word.origin, "")
            .help(format!("write `image = \"{POSTGRES_IMAGE}:{new}\"`"));
    }
    diagnostic
        .origin(client.word.origin, refuses)
        .help(format!("run {program} {new}, for example of `{POSTGRES_IMAGE}:{new}`"))
}
