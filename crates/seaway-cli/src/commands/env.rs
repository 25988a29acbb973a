//! `seaway env`: what the containers of a stage find in their environment.

mod text;

use seaway_core::Severity;
use seaway_render::Environment;

use crate::args::{self, ListFormat};
use crate::messages::{Report, Terminal};
use crate::status::Status;

pub(super) use text::{place, quoted};

/// Prints the environment of each container. Nothing is printed if the stage has an error.
pub(super) fn run(args: &args::Env, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &super::on_stack("env", &args.stack), terminal);
    };
    let mut sink = input.stack.sink();
    let component = args.component.as_deref();
    let found = seaway_render::environments(
        &input.source,
        &input.stack.document,
        stage,
        component,
        &mut sink,
    );
    let found = found.ok().filter(|_| sink.errors() == 0);
    let messages = super::messages(&input, stage, sink);
    let mut report = Report { source: input.source, messages, stages: 1 };
    let Some(found) = found else {
        let summary = format!("could not print the environment: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let page = match args.format {
        ListFormat::Text => text::text(&found, &report.source, terminal.has_colored_output()),
        ListFormat::Json => json(&found),
    };
    let (status, message) = super::written(&page, terminal);
    report.messages.extend(message);
    terminal.show(&report, None);
    if found.is_empty() {
        let of = component.map_or("the stage".to_owned(), |name| format!("`{name}`"));
        terminal.say(&format!("note: {of} has no container in the cluster"));
    }
    status
}

fn json(environments: &[Environment]) -> String {
    // Strings, flags and lists alone: there is nothing that JSON can not say.
    let mut text = serde_json::to_string_pretty(environments).unwrap_or_default();
    text.push('\n');
    text
}
