//! `seaway stages`: what there is to render.

pub(super) mod diff;

use seaway_core::options::Profile;
use seaway_core::{Severity, Sink};
use serde::Serialize;

use crate::args::{self, ListFormat};
use crate::files::Input;
use crate::messages::{Message, Report, Terminal, plural};
use crate::status::Status;

/// A stage in the list.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    profile: Profile,
    components: usize,
    chain: Vec<String>,
}

/// Lists the stages; nothing if one of them has an error.
pub(super) fn run(args: &args::Stages, terminal: Terminal) -> Status {
    let input = match super::read(&args.stack, terminal) {
        Ok(input) => input,
        Err(status) => return status,
    };
    if input.stack.is_broken() {
        return super::show_broken(input, terminal);
    }
    let stages = input.stack.stages();
    let (mut rows, mut messages) = (Vec::new(), Vec::new());
    for stage in &stages {
        let mut sink = Sink::default();
        rows.extend(row(&input, stage, &mut sink));
        super::merge(&mut messages, super::messages(&input, stage, sink));
    }
    // What is doubtful or allowed is not what was asked for; `check` tells it.
    messages.retain(Message::is_error);
    if !messages.is_empty() {
        let report = Report { source: input.source, messages, stages: stages.len() };
        let summary = format!("could not list the stages: {}", report.counts());
        terminal.show(&report, Some((Severity::Error, &summary)));
        return Status::Failed;
    }
    let (status, message) = super::written(&list(args.format, &rows), terminal);
    let messages = message.into_iter().collect();
    terminal.show(&Report { source: input.source, messages, stages: stages.len() }, None);
    status
}

fn row(input: &Input, stage: &str, sink: &mut Sink) -> Option<Row> {
    let chain = input.stack.document.chain(stage, sink).ok()?.chain;
    let chain = chain.iter().map(|link| link.name.value.clone()).collect();
    let stack = seaway_core::resolve(&input.source, &input.stack.document, stage, sink).ok()?;
    let name = stage.to_owned();
    Some(Row { name, profile: stack.profile.value, components: stack.parts.len(), chain })
}

fn list(format: ListFormat, rows: &[Row]) -> String {
    match format {
        ListFormat::Json => {
            // Strings and numbers alone: there is nothing that JSON can not say.
            let mut text = serde_json::to_string_pretty(rows).unwrap_or_default();
            text.push('\n');
            text
        }
        ListFormat::Text => {
            let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
            rows.iter().map(|row| line(row, width)).collect()
        }
    }
}

fn line(row: &Row, width: usize) -> String {
    let profile = match row.profile {
        Profile::Development => "development",
        Profile::Production => "production",
    };
    let components = plural(row.components, "component");
    let mut line = format!("{:width$}  {profile:11}  {components:13}", row.name);
    if let Some((_, lower)) = row.chain.split_last()
        && !lower.is_empty()
    {
        let nearest_first: Vec<&str> = lower.iter().rev().map(String::as_str).collect();
        line.push_str("  extends ");
        line.push_str(&nearest_first.join(", "));
    }
    format!("{}\n", line.trim_end())
}
