//! Jobs that run a second time and delete what the first run left.
//!
//! A Job is called by the hash of what it runs: a changed image, command or variable makes a new one, which runs. That is
//! what a migration is for. A restore that starts with `--clean` deletes what was written since.

use seaway_core::{Code, Diagnostic, Severity, Sink};

use super::{Revisions, instance};
use crate::containers;
use crate::fault::fault;
use crate::object::Id;
use crate::{Object, object};

/// One warning a Job that runs again with a command that deletes.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    let is_job = |id: &Id<'_>| (id.0, id.1) == ("batch", "Job");
    for (id, object) in revisions.new.iter().filter(|(id, _)| is_job(id)) {
        let Some(component) = object::instance(object).filter(|_| object.component.is_some())
        else {
            continue;
        };
        if revisions.old.contains_key(id) {
            continue;
        }
        let mut before = revisions.old.iter().filter(|(other, old)| {
            let is_here = is_job(other) && other.2.0 == id.2.0;
            is_here && old.node().and_then(instance) == Some(component)
        });
        let Some((was, _)) = before.next() else { continue };
        if let Some(diagnostic) = told(object, was.2.1) {
            sink.report(diagnostic);
        }
    }
}

fn told(object: &Object, was: &str) -> Option<Diagnostic> {
    let (spec, path) = object.body.pod_spec()?;
    let (list, name, word) = containers::all(spec).find_map(|(list, container)| {
        let words = container.command.iter().chain(&container.args).flatten();
        let text: Vec<&str> = words.map(String::as_str).collect();
        Some((list, &container.name, deletes(&text.join(" "))?))
    })?;
    let path = object::joined(&[path, ".", list, "[", name, "].command"]);
    let message = format!("{} runs again, and `{word}` deletes what is there", object.id());
    let mut diagnostic = fault(Code::RunsAgain, object, path, message)
        .note(format!("what it runs or reads is not what `{was}` ran with, so that it is a new Job"))
        .help("remove the component once it has run; or say that it may run again: `allow.runs-again = \"…\"`");
    diagnostic.severity = Severity::Warning;
    Some(diagnostic)
}

/// Words of programs after which another word deletes data; an empty program stands for any.
const DELETING: &[(&str, &str)] = &[
    // https://www.postgresql.org/docs/current/app-pgrestore.html
    ("pg_restore", "--clean"),
    ("pg_restore", "-c"),
    ("", "dropdb"),
    // https://docs.djangoproject.com/en/5.2/ref/django-admin/#flush
    ("manage.py", "flush"),
    ("django-admin", "flush"),
    // https://django-extensions.readthedocs.io/en/latest/reset_db.html
    ("manage.py", "reset_db"),
    ("django-admin", "reset_db"),
    ("", "FLUSHALL"),
    ("", "FLUSHDB"),
    ("", "DROP"),
    ("", "TRUNCATE"),
];

/// The word of a command that deletes data.
fn deletes(command: &str) -> Option<&'static str> {
    let words: Vec<&str> = command
        .split(|c: char| c.is_whitespace() || "'\";|&()".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let at = |wanted: &str, is_name: bool| {
        words.iter().position(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            if is_name { name == wanted } else { word.eq_ignore_ascii_case(wanted) }
        })
    };
    let found = DELETING.iter().find(|(program, word)| {
        let Some(place) = at(word, false) else { return false };
        program.is_empty() || at(program, true).is_some_and(|program| program < place)
    });
    found.map(|(_, word)| *word)
}
