//! `seaway secrets`: which Secrets a stage reads, and a script that makes them.

mod list;
mod generated;
mod script;

use seaway_core::Severity;
use seaway_render::secret_readers::Readers;

use crate::args::{self, SecretsFormat};
use crate::messages::{Message, OUTPUT, Report, Terminal};
use crate::status::Status;

/// Prints the Secrets of a stage; nothing if its text has an error.
pub(super) fn run(args: &args::Secrets, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &super::on_stack("secrets", &args.stack), terminal);
    };
    let mut sink = input.sink();
    let stack = seaway_core::resolve(&input.source, &input.document, stage, &mut sink);
    let mut messages = super::messages(&input, stage, sink);
    // What is doubtful or allowed is not what was asked for; `check` tells it.
    messages.retain(Message::is_error);
    let Ok(stack) = stack else {
        let report = Report { source: input.source, messages, stages: 1 };
        let summary = format!("could not list the Secrets of `{stage}`: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let values = match args.generate.then(|| generated::values(&stack)).transpose() {
        Ok(values) => values,
        Err(error) => {
            let text = format!("the operating system gives no randomness: {error}");
            terminal.show(&Report::from(Message::error(OUTPUT, text)), None);
            return Status::Failed;
        }
    };
    let list = list::List::of(&stack, &Readers::of(&stack), values.as_ref(), &input);
    let text = match args.format {
        SecretsFormat::Text => list.script(),
        SecretsFormat::Json => list.json(),
    };
    super::print(&text, terminal)
}
