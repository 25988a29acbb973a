//! Messages for code scanning: one SARIF 2.1.0 document.
//!
//! The format: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. A test holds the document against
//! the schema of that standard.

use std::collections::BTreeSet;
use std::fmt::Write;

use seaway_core::{Code, Label, Severity, Source, SourceText, Span};
use serde_json::{Value, json};

use super::{AGAINST, Annotated, Message, NOT_SHOWN, OUTPUT, Report, USAGE};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document on one line, also if there is nothing to say: who uploads it needs one.
pub(super) fn text(reports: &[Report]) -> String {
    let messages = reports.iter().flat_map(|report| &report.messages);
    let codes: BTreeSet<&str> = messages.map(|message| message.code).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let results = reports
        .iter()
        .flat_map(|report| report.messages.iter().map(|message| result(report, message, &codes)));
    let results: Vec<Value> = results.collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "seaway",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    format!("{document}\n")
}

fn rule(code: &str) -> Value {
    let known = Code::all().find(|known| known.as_str() == code);
    let summary = match (known, code) {
        (Some(known), _) => known.summary(),
        (None, OUTPUT) => "output that could not be written",
        (None, AGAINST) => "earlier output that could not be read",
        (None, NOT_SHOWN) => "errors beyond those that are shown",
        (None, USAGE) => "something that the command line lacks, or names in vain",
        (None, _) => "a problem",
    };
    let level = level(known.map_or(Severity::Error, Code::severity));
    json!({
        "id": code,
        "shortDescription": { "text": summary },
        "defaultConfiguration": { "level": level },
    })
}

fn result(report: &Report, message: &Message, codes: &[&str]) -> Value {
    let source = &report.source;
    let annotated = report.annotated(message);
    // Locations of a document are lines of the repository. The text has to name all others.
    let is_related = |label: &&Label| {
        report.is_in_file(label.span) && !annotated.is_some_and(|at| at.is_of(label))
    };
    let (related, others): (Vec<&Label>, Vec<&Label>) = message.labels.iter().partition(is_related);
    let mut lines = vec![message.text.clone()];
    lines.extend(others.into_iter().filter_map(|label| report.label_line(label, annotated)));
    lines.extend(report.lines(message));
    let mut result = json!({
        "ruleId": message.code,
        "ruleIndex": codes.iter().position(|code| *code == message.code),
        "level": level(message.severity),
        "message": { "text": lines.join("\n") },
        "properties": { "stages": message.stages },
    });
    if let Some(reason) = &message.allowed {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
    }
    if let Some(Annotated { place, .. }) = annotated {
        result["locations"] = json!([{ "physicalLocation": physical(source, place) }]);
    }
    if !related.is_empty() {
        let related: Vec<Value> =
            related.into_iter().map(|label| related_place(source, label)).collect();
        result["relatedLocations"] = related.into();
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn related_place(source: &Source, label: &Label) -> Value {
    let mut location = json!({ "physicalLocation": physical(source, label.span) });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn physical(source: &Source, place: Span) -> Value {
    let text = source.text_at(place.start);
    let (line, column) = position(text, place.start);
    let (end_line, end_column) = position(text, place.end.max(place.start));
    json!({
        "artifactLocation": { "uri": uri(&text.name) },
        "region": {
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
        },
    })
}

/// Line and column from 1, the column in UTF-16 code units: what SARIF counts in unless told otherwise.
fn position(text: &SourceText, offset: u32) -> (usize, usize) {
    let position = text.position(offset);
    let line = text.text.split('\n').nth(position.line - 1).unwrap_or_default();
    let before = line.chars().take(position.column - 1);
    (position.line, before.map(char::len_utf16).sum::<usize>() + 1)
}

/// A path as a URI reference: relative to the folder of the run, or of the scheme `file`.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            // Writing to a String can not fail.
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utf16_code_units() {
        let source = Source::new("s", "a\n😀é = 1");
        assert_eq!(position(&source.stack, 2), (2, 1));
        assert_eq!(position(&source.stack, 6), (2, 3));
        assert_eq!(position(&source.stack, 8), (2, 4));
    }

    #[test]
    fn any_path_is_a_uri() {
        assert_eq!(uri("stacks/a b/stack.toml"), "stacks/a%20b/stack.toml");
        assert_eq!(uri("/x/é%.toml"), "file:///x/%C3%A9%25.toml");
        assert_eq!(uri("c:#?"), "c%3A%23%3F");
    }

    #[test]
    fn further_places_are_related_ones() {
        let label =
            |start, text: &str| Label { span: Span { start, end: start + 1 }, text: text.into() };
        let labels = vec![label(0, "one"), label(2, ""), label(4, "three")];
        let message = Message { labels, ..Message::error(OUTPUT, "x") };
        let report = Report {
            source: Source::new("s", "a\nb\nc").into(),
            messages: vec![message],
            stages: 1,
        };
        let document: Value = serde_json::from_str(&text(&[report])).expect("JSON");
        let result = &document["runs"][0]["results"][0];
        assert_eq!(result["message"]["text"], "x\none");
        let related = result["relatedLocations"].as_array().expect("related places");
        let lines: Vec<_> =
            related.iter().map(|place| &place["physicalLocation"]["region"]["startLine"]).collect();
        assert_eq!(lines, [2, 3]);
        assert_eq!(
            (&related[0]["message"], &related[1]["message"]["text"]),
            (&Value::Null, &"three".into())
        );
    }
}
