//! Servers that a command of the stack's own starts, and that listen to their own pod alone.

use crate::declared::Declared;
use crate::policy;
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

/// A server that listens at 127.0.0.1 unless it is told otherwise, by its command or by what it reads of its own accord.
struct Program {
    name: &'static str,
    /// Options that say where it listens.
    listen: &'static [&'static str],
    /// Options that name a file which may say it.
    config: &'static [&'static str],
    /// Variables that may say it; `None` where a file does that nobody names.
    variables: Option<&'static [&'static str]>,
    /// What to write.
    help: &'static str,
}

/// Where each listens by itself:
///
/// - <https://docs.gunicorn.org/en/stable/settings.html#bind>, which reads a `gunicorn.conf.py` beside it
/// - <https://www.uvicorn.org/settings/#socket-binding>
/// - <https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html>
/// - <https://github.com/emmett-framework/granian#options>
/// - <https://github.com/django/daphne#running>
const PROGRAMS: &[Program] = &[
    Program {
        name: "gunicorn",
        listen: &["-b", "--bind"],
        config: &["-c", "--config"],
        variables: None,
        help: "--bind=0.0.0.0:8000",
    },
    Program {
        name: "uvicorn",
        listen: &["--host", "--uds", "--fd"],
        config: &["--env-file"],
        variables: Some(&["UVICORN_HOST"]),
        help: "--host=0.0.0.0",
    },
    Program {
        name: "hypercorn",
        listen: &["-b", "--bind", "--quic-bind", "--insecure-bind"],
        config: &["-c", "--config"],
        variables: Some(&[]),
        help: "--bind=0.0.0.0:8000",
    },
    Program {
        name: "granian",
        listen: &["--host", "--uds"],
        config: &["--env-files"],
        variables: Some(&["GRANIAN_HOST"]),
        help: "--host=0.0.0.0",
    },
    Program {
        name: "daphne",
        listen: &["-b", "--bind", "-u", "--unix-socket", "-e", "--endpoint", "--fd"],
        config: &[],
        variables: Some(&[]),
        help: "--bind=0.0.0.0",
    },
];

/// Words of an address that only the pod itself reaches.
const LOOPBACK: [&str; 4] = ["127.", "localhost", "[::1]", "::1"];

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        // A sidecar may be what listens for others.
        let is_fronted = part.containers().next().is_some() || part.facts.copies_static;
        if part.facts.own_port().is_none() || !part.facts.is_application() || is_fronted {
            continue;
        }
        let command = part.component.command();
        if let Some((word, message, program)) = fault(part, command) {
            let name = &part.name;
            sink.report(
                Diagnostic::warning(Code::PortMismatch, message)
                    .origin(word.origin, "probes and callers come to the address of the pod")
                    .subject(name.to_string())
                    .help(format!(
                        "write `{}` in the command; if a file of the image says it, say so: `allow.port-mismatch.{name} = \"…\"`",
                        program.help
                    )),
            );
        }
    }
}

/// The word at fault, and what is wrong with it.
fn fault<'a>(
    part: &Part,
    command: &'a [Sourced<String>],
) -> Option<(&'a Sourced<String>, String, &'static Program)> {
    let tokens: Vec<(&Sourced<String>, &str)> = command
        .iter()
        .flat_map(|word| policy::tokens(word).map(move |token| (word, token)))
        .collect();
    let named =
        |token: &str| PROGRAMS.iter().find(|one| token.rsplit('/').next() == Some(one.name));
    let (at, program) =
        tokens.iter().enumerate().find_map(|(at, (_, token))| Some((at, named(token)?)))?;
    let (start, options) = tokens.get(at..)?.split_first()?;
    let mut listens = Vec::new();
    for (place, (word, token)) in options.iter().enumerate() {
        if program.config.iter().any(|option| value(token, option).is_some()) {
            return None;
        }
        if let Some(value) = program.listen.iter().find_map(|option| value(token, option)) {
            let next = options.get(place + 1).map_or("", |(_, next)| *next);
            listens.push((*word, if value.is_empty() { next } else { value }));
        }
    }
    let name = program.name;
    if listens.is_empty() {
        let variables = program.variables?;
        let is_variable = |variable: &str| variables.contains(&variable);
        let may_be_told = !part.shared.env_from.is_empty()
            || part.env.iter().any(|variable| is_variable(&variable.name));
        return (!may_be_told).then(|| {
            (
                start.0,
                format!("{name} listens at 127.0.0.1 alone: its command says no address"),
                program,
            )
        });
    }
    let is_inside = |address: &str| LOOPBACK.iter().any(|start| address.starts_with(start));
    let (word, address) = *listens.first()?;
    listens
        .iter()
        .all(|(_, address)| is_inside(address))
        .then(|| (word, format!("{name} listens at `{address}` alone"), program))
}

/// What a word says after an option: nothing where the value is the next one.
fn value<'a>(token: &'a str, option: &str) -> Option<&'a str> {
    let rest = token.strip_prefix(option)?;
    if option.starts_with("--") && !rest.is_empty() {
        return rest.strip_prefix('=');
    }
    Some(rest)
}
