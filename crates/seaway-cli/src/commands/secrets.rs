//! `seaway secrets`: which Secrets a stage reads, and a script that makes them.

mod choice;
mod list;
mod follows;
mod generated;
mod commands;
mod script;

use seaway_core::Severity;
use seaway_core::shell::{Command, command};
use seaway_render::secret_readers::Readers;

use self::choice::Choice;
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
    let mut sink = input.stack.sink();
    let stack = seaway_core::resolve(&input.source, &input.stack.document, stage, &mut sink);
    let mut messages = super::messages(&input, stage, sink);
    // What is doubtful or allowed is not what was asked for; `check` tells it.
    messages.retain(Message::is_error);
    let Ok(stack) = stack else {
        let report = Report { source: input.source, messages, stages: 1 };
        let summary = format!("could not list the Secrets of `{stage}`: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let (readers, choice) = (Readers::of(&stack), Choice::of(args));
    let messages = choice.faults(&stack, &readers);
    if !messages.is_empty() {
        terminal.show(&Report { source: input.source, messages, stages: 0 }, None);
        return Status::Failed;
    }
    let values = match args.generate.then(|| generated::values(&stack, &choice)).transpose() {
        Ok(values) => values,
        Err(error) => {
            let text = format!("the operating system gives no randomness: {error}");
            terminal.show(&Report::from(Message::error(OUTPUT, text)), None);
            return Status::Failed;
        }
    };
    let script =
        commands::Script { stack: &stack, values: values.as_ref(), input: &input, choice: &choice };
    let list = list::List::of(&script, &readers);
    let text = match args.format {
        SecretsFormat::Text => list.script(&again(args, stage)),
        SecretsFormat::Json => list.json(),
    };
    let (status, message) = super::written_as_it_is(&text);
    terminal.show(
        &Report { source: input.source, messages: message.into_iter().collect(), stages: 0 },
        None,
    );
    status
}

/// The command line that prints the script, without the Secrets that it names.
fn again(args: &args::Secrets, stage: &str) -> Command {
    let generate = command(if args.generate { " --generate" } else { "" }, &[]);
    command("seaway secrets {} --stage {}{}", &[&args.stack.words(), &stage, &generate])
}
