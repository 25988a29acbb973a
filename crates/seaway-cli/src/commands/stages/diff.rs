//! `seaway stages --diff`: what one stage gained, lost and rewired against another, and the steps to it.

mod text;

use seaway_core::Severity;
use seaway_render::revision::{self, Compiled, Finding};
use seaway_render::{Bundle, Difference, Revision};
use serde::Serialize;

use crate::args::{self, ListFormat};
use crate::files::Input;
use crate::messages::{Message, Report, Terminal, plural};
use crate::status::Status;

/// Compares two stages; nothing is printed if one of them has an error.
pub(in crate::commands) fn run(
    args: &args::Stages,
    stages: [&String; 2],
    terminal: Terminal,
) -> Status {
    let input = match super::super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    let mut messages: Vec<Message> = Vec::new();
    let [from, to] = stages.map(|stage| {
        let (compiled, told) = compile(&input, stage);
        super::super::merge(&mut messages, told);
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
    let difference = seaway_render::diff(&input.stack.document, &args.stack.words(), &from, &to);
    let side = |bundle| {
        let (source, document) = (&*input.source, &input.stack.document);
        Revision::Compiled(Compiled { source, document, bundle, allowances: &[] })
    };
    let consequences = revision::findings(stages[1], side(&from), side(&to));
    let text = match args.format {
        ListFormat::Text => text::text(&difference, &consequences, terminal.has_colored_output()),
        ListFormat::Json => json(&difference, consequences),
    };
    let (status, message) = super::super::written(&text, terminal);
    messages.extend(message);
    terminal.show(&Report { source: input.source, messages, stages: looked_at }, None);
    status
}

/// A stage, if it has no error, and what was reported about it.
fn compile(input: &Input, stage: &str) -> (Option<Bundle>, Vec<Message>) {
    let mut sink = input.stack.sink();
    let bundle =
        seaway_render::compile_document(&input.source, &input.stack.document, stage, &mut sink);
    let compiled = bundle.ok().filter(|_| sink.errors() == 0);
    (compiled, super::super::messages(input, stage, sink))
}

fn json(difference: &Difference, consequences: Vec<Finding>) -> String {
    /// What differs, and what follows from it.
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        difference: &'a Difference,
        consequences: Vec<Finding>,
    }
    // Strings and lists alone: there is nothing that JSON can not say.
    let whole = Whole { difference, consequences };
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
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
