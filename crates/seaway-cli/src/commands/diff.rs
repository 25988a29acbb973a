//! `seaway stages --diff`: what one stage gained, lost and rewired against another, and the steps to it.

mod text;

use seaway_core::Severity;
use seaway_render::{Bundle, Difference};

use crate::args::{self, ListFormat};
use crate::files::Input;
use crate::messages::{Message, Report, Terminal, plural};
use crate::status::Status;

/// Compares two stages; nothing is printed if one of them has an error.
pub(super) fn run(args: &args::Stages, stages: [&String; 2], terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let mut messages: Vec<Message> = Vec::new();
    let [from, to] = stages.map(|stage| {
        let (compiled, told) = compile(&input, stage);
        super::merge(&mut messages, told);
        compiled
    });
    let looked_at = if stages[0] == stages[1] { 1 } else { 2 };
    let (Some(from), Some(to)) = (from, to) else {
        let report = Report { source: input.source, messages, stages: looked_at };
        let names = stages.map(|stage| format!("`{stage}`")).join(" and ");
        let summary = format!("could not compare stages {names}: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    };
    let difference = seaway_render::diff(&input.document, &args.stack.words(), &from, &to);
    let text = match args.format {
        ListFormat::Text => text::text(&difference, terminal.has_colored_output()),
        ListFormat::Json => json(&difference),
    };
    let (status, message) = super::written(&text);
    messages.extend(message);
    terminal.show(&Report { source: input.source, messages, stages: looked_at }, None);
    status
}

/// A stage, if it has no error, and what was reported about it.
fn compile(input: &Input, stage: &str) -> (Option<Bundle>, Vec<Message>) {
    let mut sink = input.sink();
    let bundle = seaway_render::compile_document(&input.source, &input.document, stage, &mut sink);
    let compiled = bundle.ok().filter(|_| sink.errors() == 0);
    (compiled, super::messages(input, stage, sink))
}

fn json(difference: &Difference) -> String {
    // Strings and lists alone: there is nothing that JSON can not say.
    let mut text = serde_json::to_string_pretty(difference).unwrap_or_default();
    text.push('\n');
    text
}

/// `2 steps`, for the last line.
fn counted(difference: &Difference) -> String {
    match difference.steps.len() {
        0 => "a plain `kubectl apply` does it".to_owned(),
        steps => format!("{} by hand", plural(steps, "step")),
    }
}
