//! Start commands that break when a process is replicated, restarted or stopped.

use crate::declared::Declared;
use crate::options::{Component, Container, Provides};
use crate::outputs::provides;
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let containers = part.component.pod().into_iter();
        for container in containers.flat_map(|pod| pod.sidecars.iter().chain(&pod.init_containers))
        {
            if uses_database(stack, part) {
                migrates(container, sink);
            }
        }
        let command = part.component.command();
        let replicated = matches!(
            part.component,
            Component::Web(_)
                | Component::Worker(_)
                | Component::Process(_)
                | Component::Beat(_)
                | Component::Flower(_)
        );
        if !replicated || command.is_empty() {
            continue;
        }
        for word in command {
            for diagnostic in word_faults(stack, &part.component, word) {
                sink.report(diagnostic);
            }
        }
        if let Some(diagnostic) = shell_without_exec(command) {
            sink.report(diagnostic);
        }
    }
}

/// Whether pods of it share a database. A SQLite file in its scratch volume is each pod's own, and so are its migrations.
fn uses_database(stack: &Stack, part: &Part) -> bool {
    part.edges
        .keys()
        .filter_map(|name| stack.parts.get(name))
        .any(|other| provides(&other.component).iter().any(|(what, _)| *what == Provides::Database))
}

/// A container beside or before the main one runs as often as there are pods: nautobot/helm-charts#744.
fn migrates(container: &Sourced<Container>, sink: &mut Sink) {
    let words = || container.command.iter().chain(&container.args);
    // `migrate --check` and `--plan` change nothing.
    if words().any(|word| matches!(word.as_str(), "--check" | "--plan")) {
        return;
    }
    if let Some(word) = words().find(|word| says(word, "migrate")) {
        sink.report(
            Diagnostic::error(Code::UnsafeCommand, "a container of a process that migrates")
                .origin(word.origin, "every pod would do it")
                .help("add a component of type `migrate`: one Job a release, and processes wait for it"),
        );
    }
}

/// Whether one of the words of a text is this one.
fn says(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).any(|part| part == word)
}

/// What is wrong with one word of the command of a replicated process.
fn word_faults(stack: &Stack, component: &Component, word: &Sourced<String>) -> Vec<Diagnostic> {
    let is = |words: &[&str]| words.contains(&word.as_str());
    let mut found = Vec::new();
    let mut error = |holds: bool, message: &str, label: &str, help: &str| {
        if holds {
            found.push(
                Diagnostic::error(Code::UnsafeCommand, message)
                    .origin(word.origin, label)
                    .help(help),
            );
        }
    };
    // IFRCGo/go-api#1926, johnpooch/diplicity-react#996
    error(
        says(word, "migrate"),
        "a replicated process that migrates at its start",
        "every pod would do it",
        "add a component of type `migrate`: one Job a release, and processes wait for it",
    );
    // RedHatProductSecurity/component-registry#388
    error(
        says(word, "collectstatic"),
        "a process that collects static files at its start",
        "the root file system is read-only",
        "run `collectstatic` when the image is built",
    );
    // mitodl/ol-infrastructure#4266
    error(
        matches!(component, Component::Worker(_)) && is(&["-B", "--beat"]),
        "a worker that schedules as well",
        "every replica would send each task",
        "add a component of type `beat`",
    );
    error(
        is(&["eventlet", "--worker-class=eventlet"]),
        "gunicorn has no eventlet workers since version 26",
        "",
        "use threads: leave `command` out",
    );
    error(
        says(word, "runserver") && stack.is_production(),
        "Django's development server in a production stage",
        "",
        "leave `command` out: gunicorn or uvicorn serve",
    );
    found
}

/// A shell as first process does not pass `SIGTERM` on: apache/superset#33513.
fn shell_without_exec(command: &[Sourced<String>]) -> Option<Diagnostic> {
    let shell = command.first()?;
    let name = shell.rsplit('/').next()?;
    let script = command.iter().skip(1).find(|word| !word.starts_with('-'))?;
    let is_shell = matches!(name, "sh" | "bash" | "dash" | "ash")
        && command.get(1).is_some_and(|flag| flag.starts_with('-') && flag.contains('c'));
    let execs =
        script.split([';', '&', '\n', '|']).any(|step| step.trim_start().starts_with("exec "));
    (is_shell && !execs).then(|| {
        Diagnostic::warning(
            Code::UnsafeCommand,
            "a shell as the first process does not pass SIGTERM on",
        )
        .origin(script.origin, "the process is killed when its grace period ends")
        .help("write the command without a shell, or start its last step with `exec`")
    })
}
