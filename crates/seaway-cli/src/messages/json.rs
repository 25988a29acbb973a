//! Messages for programs: one JSON object a line. The help text documents the keys.

use seaway_core::{Label, Source};
use serde::Serialize;

use super::Report;

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    labels: Vec<Place<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    allowed: Option<&'a str>,
    stages: &'a [String],
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

/// One line a message.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    for message in &report.messages {
        let line = Line {
            code: message.code,
            severity: message.severity.as_str(),
            message: &message.text,
            labels: message.labels.iter().map(|label| place(&report.source, label)).collect(),
            notes: &message.notes,
            help: message.help.as_deref(),
            allowed: message.allowed.as_deref(),
            stages: &message.stages,
        };
        // Strings and numbers alone: there is nothing that JSON can not say.
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn place<'a>(source: &'a Source, label: &'a Label) -> Place<'a> {
    let text = source.text_at(label.span.start);
    let start = text.position(label.span.start);
    let end = text.position(label.span.end.max(label.span.start));
    Place {
        file: &text.name,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        text: &label.text,
    }
}
