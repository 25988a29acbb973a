//! The stack file as a tree in which everything knows its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::node::Table;
use crate::{Code, Diagnostic, Node, Sink, Source, Sourced, Span, Value};

/// Largest stack file, in bytes; a `ConfigMap` holds 1 MiB, so no honest stack comes near.
const MAX_BYTES: usize = 16 << 20;

/// A parsed stack file, before any stage is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The top level table.
    pub root: Node,
    /// Lines with syntax errors: what they say, and what belongs to it, may be missing.
    pub broken: Vec<Span>,
}

impl Document {
    /// The names of the stages in the order of the file.
    pub fn stages(&self) -> Vec<Sourced<String>> {
        let stages = self.root.get("stages").and_then(Node::as_table);
        let mut names: Vec<_> = stages.into_iter().flat_map(Table::keys).cloned().collect();
        names.sort_by_key(|name| (name.span(), name.value.clone()));
        names
    }

    /// Paths of the files beside the stack that it names (`{ file = "…" }` in a config or as the source of a Secret), with
    /// their places.
    ///
    /// They are read by whoever has a file system and handed over in [`Source::files`].
    pub fn files(&self) -> Vec<Sourced<String>> {
        let mut found = Vec::new();
        files_of(&self.root, &mut found);
        if let Some(stages) = self.root.get("stages").and_then(Node::as_table) {
            for stage in stages.values() {
                files_of(stage, &mut found);
            }
        }
        found
    }
}

fn files_of(layer: &Node, found: &mut Vec<Sourced<String>>) {
    let entries = |table: &str| layer.get(table).and_then(Node::as_table).into_iter().flatten();
    let configs = entries("config").filter_map(|(_, config)| config.as_table());
    let sources = entries("secrets").filter_map(|(_, contract)| contract.get("source"));
    for value in configs.flat_map(Table::values).chain(sources) {
        if let Some(file) = value.get("file")
            && let Some(path) = file.as_str()
        {
            found.push(Sourced::written(path.to_owned(), file.span));
        }
    }
}

/// Reads the text of a stack file; reports every syntax error and goes on with what could be read.
pub fn parse(source: &Source, sink: &mut Sink) -> Document {
    if source.text.len() > MAX_BYTES {
        sink.report(Diagnostic::error(
            Code::Syntax,
            format!("the stack file has more than {} MiB", MAX_BYTES >> 20),
        ));
        let root = Node { value: Value::Table(Table::new()), span: Span::default() };
        return Document { root, broken: vec![Span::from(0..source.text.len())] };
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut broken: Vec<Span> = Vec::new();
    for error in errors {
        let message = error.message().trim_end_matches('.').replace('\n', ", ");
        let span = Span::from(error.span().unwrap_or(0..0));
        // What a line says behind its first error is mostly wrong because of it.
        if broken.iter().any(|line| (line.start..=line.end).contains(&span.start)) {
            continue;
        }
        broken.push(line_around(&source.text, span));
        sink.report(Diagnostic::error(Code::Syntax, message).label(span, ""));
    }
    let span = Span::from(table.span());
    Document {
        root: Node { value: Value::Table(of_table(table.into_inner(), sink)), span },
        broken,
    }
}

/// The whole lines that a span lies in.
fn line_around(text: &str, span: Span) -> Span {
    let Range { start, end } = span.range();
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line_end =
        text.get(end..).and_then(|behind| behind.find('\n')).map_or(text.len(), |at| end + at);
    Span::from(line_start..line_end)
}

fn of_table(table: DeTable<'_>, sink: &mut Sink) -> Table {
    table
        .into_iter()
        .map(|(key, value)| {
            let span = Span::from(key.span());
            let mut node = of_value(value, sink);
            // The place of a table that was opened by a header is the header: what a person takes for its name.
            if node.as_table().is_some() && node.span.end <= span.end {
                node.span = span;
            }
            (Sourced::written(key.into_inner().into_owned(), span), node)
        })
        .collect()
}

fn of_value(value: Spanned<DeValue<'_>>, sink: &mut Sink) -> Node {
    let span = Span::from(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            if parsed.is_err() {
                let message = format!("`{number}` does not fit into 64 bits");
                sink.report(Diagnostic::error(Code::InvalidValue, message).label(span, ""));
            }
            Value::Integer(parsed.unwrap_or_default())
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(time) => Value::Datetime(time.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.into_iter().map(|item| of_value(item, sink)).collect())
        }
        DeValue::Table(table) => Value::Table(of_table(table, sink)),
    };
    Node { value, span }
}
