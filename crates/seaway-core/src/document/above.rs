//! What lies over every stage: overlays, and values of the command line.

use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Document, Reader, parse_text};
use crate::node::Table;
use crate::{Code, Diagnostic, Node, Sink, Source, SourceText, Sourced, Span, TextKind, Value};

/// A layer over every stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Above {
    /// Its top level table.
    pub root: Node,
    /// The other way to read it. Only a value of the command line has one: `1.10` is a number or a text.
    pub otherwise: Option<Otherwise>,
}

/// Another reading of a layer, for a key that does not take the type of the first one.
#[derive(Debug, Clone, PartialEq)]
pub struct Otherwise {
    /// The top level table of this reading.
    pub root: Node,
    /// The place of the value, in both readings.
    pub place: Span,
}

/// A value of the command line, `KEY=VALUE`: what is before the first `=` is a key of TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    written: String,
    /// The parts of the key, the outermost first, and where each is written.
    key: Vec<(String, Range<usize>)>,
    /// Where the value begins.
    value: usize,
}

impl Setting {
    /// `KEY=VALUE`, as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The parts of the key, the outermost first.
    pub fn key(&self) -> impl Iterator<Item = &str> {
        self.key.iter().map(|(part, _)| part.as_str())
    }

    /// The key, as it was written.
    pub fn written_key(&self) -> &str {
        self.written[..self.value - 1].trim()
    }

    /// The value, as it was written.
    pub fn written_value(&self) -> &str {
        &self.written[self.value..]
    }

    /// The value as TOML reads it, if the whole of it is TOML.
    fn as_toml(&self, text: &SourceText) -> Option<Node> {
        let table = DeTable::parse(&self.written).ok()?.into_inner();
        let mut value = Spanned::new(0..0, DeValue::Table(table));
        for (part, _) in &self.key {
            let DeValue::Table(table) = value.into_inner() else { return None };
            // A second line could say anything.
            let mut entries = table.into_iter();
            let (name, inner) = entries.next()?;
            if entries.next().is_some() || name.into_inner() != part.as_str() {
                return None;
            }
            value = inner;
        }
        // What is behind the value would be a comment.
        let is_whole = self.written.trim_end().len() <= value.span().end;
        let mut sink = Sink::default();
        let node = Reader { text, is_broken: false, sink: &mut sink }.node(value);
        let place = text.span(self.value..self.written.len());
        (is_whole && sink.errors() == 0).then_some(Node { span: place, ..node })
    }

    /// The top level table that has the key with this value and nothing else.
    fn nested(&self, value: Node, text: &SourceText) -> Node {
        self.key.iter().rev().fold(value, |value, (part, range)| {
            let span = text.span(range.clone());
            let table = Table::from([(Sourced::written(part.clone(), span), value)]);
            Node { value: Value::Table(table), span }
        })
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(written: &str) -> Result<Self, String> {
        let Some((key, _)) = written.split_once('=') else {
            return Err("there is no `=`; write `KEY=VALUE`".to_owned());
        };
        if key.trim().is_empty() {
            return Err("there is no key before the `=`; write `KEY=VALUE`".to_owned());
        }
        let path = key_path(key).ok_or_else(|| {
            "what is before the first `=` is not a key of TOML; write it as in \
             `app.annotations.\"example.com/team\"=shop`"
                .to_owned()
        })?;
        Ok(Self { written: written.to_owned(), key: path, value: key.len() + 1 })
    }
}

/// The parts of a dotted key.
fn key_path(key: &str) -> Option<Vec<(String, Range<usize>)>> {
    // A line break ends a key, and what follows could be anything.
    if key.contains(['\n', '\r']) {
        return None;
    }
    let line = format!("{key}=0");
    let mut table = DeTable::parse(&line).ok()?.into_inner();
    let mut path = Vec::new();
    loop {
        let (name, value) = table.into_iter().next()?;
        let span = name.span();
        path.push((name.into_inner().into_owned(), span));
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            _ => return Some(path),
        }
    }
}

impl Source {
    /// Adds a value of the command line. Messages call it `--set KEY`.
    pub fn add_setting(&mut self, setting: &Setting) -> &SourceText {
        let name = format!("--set {}", setting.written_key());
        self.add(TextKind::Flag, name, setting.written.clone(), None)
    }
}

impl Document {
    /// Merges an overlay over every stage, and over what was put there before: a text in the form of a stage, that can also
    /// set the `name` of the stack.
    pub fn overlay(&mut self, text: &SourceText, sink: &mut Sink) {
        let Document { root, broken, .. } = parse_text(text, sink);
        self.broken.extend(broken);
        self.put(Above { root, otherwise: None }, "an overlay", sink);
    }

    /// Merges a value of the command line over every stage, and over what was put there before.
    ///
    /// The value is what TOML makes of it if the key takes that, else text. `text` is what [`Source::add_setting`] gave.
    pub fn set(&mut self, setting: &Setting, text: &SourceText, sink: &mut Sink) {
        let written = setting.written_value();
        let place = text.span(setting.value..setting.written.len());
        let as_text = Node { value: Value::String(written.to_owned()), span: place };
        let (first, second) = match setting.as_toml(text) {
            None => (as_text, None),
            Some(value) => match &value.value {
                // Quotes make a text already, and `false` removes.
                Value::String(_) | Value::Boolean(false) => (value, None),
                // `1_000` stays as it is written where the key takes texts beside numbers.
                Value::Integer(number) if number.to_string() != written => (as_text, Some(value)),
                _ => (value, Some(as_text)),
            },
        };
        let root = setting.nested(first, text);
        let otherwise = second.map(|value| Otherwise { root: setting.nested(value, text), place });
        self.put(Above { root, otherwise }, "`--set`", sink);
    }

    fn put(&mut self, mut above: Above, what: &str, sink: &mut Sink) {
        for (key, help) in [
            ("stages", "leave out `stages.NAME`: it applies to the stage that `--stage` names"),
            ("extends", "write `extends` in the stack file"),
        ] {
            let Value::Table(table) = &mut above.root.value else { continue };
            if let Some((key, value)) = table.remove_entry(key) {
                let message = format!("{what} can not set `{key}`");
                let place = key.span().unwrap_or(value.span);
                sink.report(Diagnostic::error(Code::Conflict, message).label(place, "").help(help));
            }
        }
        self.above.push(above);
    }
}
