//! Start commands that break when a process is replicated, restarted or stopped.

use crate::declared::Declared;
use crate::options::{CeleryRole, Provides, Workload};
use crate::policy::{self, Start};
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        if part.facts.workload == Some(Workload::Job) {
            deletes(part, part.component.command(), sink);
            // Those before and beside the main one run as often.
            for container in part.containers() {
                let words: Vec<Sourced<String>> =
                    container.command.iter().chain(&container.args).cloned().collect();
                deletes(part, &words, sink);
            }
        }
        if !is_replicated(part) {
            continue;
        }
        for container in part.containers() {
            let words: Vec<&Sourced<String>> =
                container.command.iter().chain(&container.args).collect();
            judged(stack, part, &words, Start::Helper, sink);
        }
        let command = part.component.command();
        let is_worker = part.facts.celery == Some(CeleryRole::Worker);
        let start = if is_worker { Start::Worker } else { Start::Process };
        judged(stack, part, &command.iter().collect::<Vec<_>>(), start, sink);
        if let Some(diagnostic) = shell_without_exec(command) {
            sink.report(diagnostic);
        }
    }
}

/// A Job of a release that deletes data: it runs again as soon as its image, a variable or a config changes
/// (ansible-collections/community.postgresql#866).
fn deletes(part: &Part, command: &[Sourced<String>], sink: &mut Sink) {
    let text: Vec<&str> = command.iter().map(|word| word.as_str()).collect();
    let Some(found) = policy::deletes(&text.join(" ")) else { return };
    let has_it = |word: &&Sourced<String>| {
        policy::tokens(word).any(|token| token.eq_ignore_ascii_case(found))
    };
    let Some(word) = command.iter().find(has_it).or(command.first()) else { return };
    sink.report(
        Diagnostic::warning(
            Code::DestructiveJob,
            format!(
                "the Job `{}` runs with each change of what it reads, and `{found}` deletes data",
                part.name
            ),
        )
        .origin(word.origin, "what was written since the last run is lost")
        .help(format!(
            "write `components.{}.runs = \"manual\"`: it then runs when somebody starts it",
            part.name
        )),
    );
}

/// Whether it is a process that runs for ever, so that each of its pods does what its command says. A run of a Job or a cron
/// is one.
fn is_replicated(part: &Part) -> bool {
    part.facts.is_application() && part.facts.workload.is_some_and(Workload::runs_on)
}

fn judged(stack: &Stack, part: &Part, words: &[&Sourced<String>], start: Start, sink: &mut Sink) {
    let texts = words.iter().map(|word| word.as_str());
    policy::command(&texts, start, stack.is_production(), |at, judgement| {
        // Of a container, which its main process waits for; of each pod's own file it makes its own.
        let is_own = start == Start::Helper
            && judgement.message.ends_with("migrates")
            && !uses_database(stack, part);
        if let Some(word) = words.get(at).filter(|_| !is_own) {
            sink.report(judgement.diagnostic().origin(word.origin, judgement.label));
        }
    });
}

/// Whether pods of it share a database. A SQLite file in its scratch volume is each pod's own, and so are its migrations.
fn uses_database(stack: &Stack, part: &Part) -> bool {
    part.edges
        .keys()
        .filter_map(|name| stack.parts.get(name))
        .any(|other| other.facts.is_used_as(Provides::Database))
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
