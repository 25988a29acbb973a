//! `seaway why`: where an object, or a field of it, comes from.

mod text;

use seaway_core::Severity;
use seaway_core::shell::{self, Command};
use seaway_render::why::{NoAnswer, Question, Why};

use crate::args::{self, ListFormat};
use crate::messages::{Message, Report, Terminal, USAGE};
use crate::status::Status;

/// Prints where a field comes from. Nothing is printed if the stage has an error.
pub(super) fn run(args: &args::Why, terminal: Terminal) -> Status {
    let stack = args::Stack { path: args.stack.clone(), over: args.over.clone() };
    let input = match super::read(&stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let Some(stage) = &args.stage else {
        return super::without_stage(input, &command(args), terminal);
    };
    let mut sink = input.stack.sink();
    let question = Question {
        object: args.object.clone(),
        field: args.field.clone(),
        namespace: args.namespace.clone(),
    };
    let answer =
        seaway_render::why(&input.source, &input.stack.document, stage, &question, &mut sink);
    let has_errors = sink.errors() > 0;
    let messages = super::messages(&input, stage, sink);
    let mut report = Report { source: input.source, messages, stages: 1 };
    let why = match answer {
        Err(NoAnswer::Unknown { message, notes, help }) if !has_errors => {
            report.messages.push(Message { notes, help, ..Message::error(USAGE, message) });
            terminal.show(&report, None);
            return Status::Failed;
        }
        Ok(why) if !has_errors => why,
        _ => {
            let summary = format!("could not compile stage `{stage}`: {}", report.counts());
            terminal.show(&report, Some((Severity::Error, &summary)));
            return Status::Failed;
        }
    };
    let page = match args.format {
        ListFormat::Text => text::text(&why, &report.source, terminal.has_colored_output()),
        ListFormat::Json => json(&why),
    };
    let (status, message) = super::written(&page, terminal);
    report.messages.extend(message);
    terminal.show(&report, None);
    status
}

/// The command without its stage.
fn command(args: &args::Why) -> Command {
    let field = args.field.as_deref().map(|field| shell::command(" {}", &[&field]));
    let path = args.stack.display().to_string();
    shell::command(
        "seaway why {}{} --stack {}{}",
        &[&args.object, &field.unwrap_or_default(), &path, &args.over.words()],
    )
}

fn json(why: &Why) -> String {
    // Values of objects alone: there is nothing that JSON can not say.
    let mut text = serde_json::to_string_pretty(why).unwrap_or_default();
    text.push('\n');
    text
}
