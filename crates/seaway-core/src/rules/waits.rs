//! How long pods wait for their migrations, against how long those may take by the word of the stack: of the usual deadline nobody
//! said that migrations take so long.

use crate::declared::Declared;
use crate::options::Migrate;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        if let Some(migrate) = part.component.options::<Migrate>()
            && let Some(wait) = migrate.wait_seconds
            && migrate.deadline_seconds.span().is_some()
            && wait.value < migrate.deadline_seconds.value
        {
            let help = format!(
                "remove `wait-seconds`: pods then wait as long; or write `components.{}.deadline-seconds = {wait}`",
                part.name
            );
            sink.report(short(
                "the pods of the release wait",
                wait,
                migrate.deadline_seconds,
                help,
            ));
        }
        let Some(gate) = &part.waits_for else { continue };
        let migrate = stack.parts.get(&gate.migrate);
        let Some(migrate) = migrate.and_then(|one| one.component.options::<Migrate>()) else {
            continue;
        };
        let (wait, deadline) = (gate.timeout_seconds, migrate.deadline_seconds);
        let is_own = part.facts.waits_for_schema.as_ref();
        let is_own = is_own.is_some_and(|own| own.timeout_seconds.is_some());
        if is_own && deadline.span().is_some() && wait.value < deadline.value {
            let help = format!(
                "write `components.{}.wait-for-schema.timeout-seconds = {deadline}` or more, or leave it out",
                part.name
            );
            sink.report(short(&format!("`{}` waits", part.name), wait, deadline, help));
        }
    }
}

fn short(subject: &str, wait: Sourced<u32>, deadline: Sourced<u32>, help: String) -> Diagnostic {
    let message = format!("{subject} {wait} s for migrations that may take {deadline} s");
    Diagnostic::warning(Code::ShortWait, message)
        .origin(wait.origin, "pods fail while the migrations still run")
        .origin(deadline.origin, "the migrations have this time")
        .help(help)
}
