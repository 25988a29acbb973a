//! Jobs that run a second time and delete what the first run left.
//!
//! A Job is called by the hash of what it runs: a changed image, command or variable makes a new one, which runs. That is
//! what a migration is for. A restore that starts with `--clean` deletes what was written since.

use seaway_core::{Code, Diagnostic, Severity, Sink, policy};

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
        Some((list, &container.name, policy::deletes(&text.join(" "))?))
    })?;
    let path = object::joined(&[path, ".", list, "[", name, "].command"]);
    let message = format!("{} runs again, and `{word}` deletes what is there", object.id());
    let mut diagnostic = fault(Code::RunsAgain, object, path, message)
        .note(format!("what it runs or reads is not what `{was}` ran with, so that it is a new Job"))
        .help("let somebody start it, with `runs = \"manual\"`; or say that it may run again: `allow.runs-again = \"…\"`");
    diagnostic.severity = Severity::Warning;
    Some(diagnostic)
}
