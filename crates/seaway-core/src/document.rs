//! A text of a stack as a tree in which everything knows its place.

mod above;
mod below;
mod requirement;
pub(crate) mod syntax;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::node::Table;
use crate::source::CrdFile;
use crate::{Code, Diagnostic, Node, Sink, Source, SourceText, Sourced, Span, Value};

pub use above::{Above, Otherwise, Setting};

/// Largest text, in bytes; a `ConfigMap` holds 1 MiB, so no honest stack comes near.
const MAX_BYTES: usize = 16 << 20;

/// A parsed text, before any stage is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The top level table.
    pub root: Node,
    /// The top level tables of the stack files that it extends, the lowest first: [bases](Document::extend).
    pub below: Vec<Node>,
    /// What lies over every stage, the lowest first: [overlays](Document::overlay), then
    /// [values of the command line](Document::set).
    pub above: Vec<Above>,
    /// Lines with syntax errors: what they say, and what belongs to it, may be missing.
    pub broken: Vec<Span>,
}

impl Document {
    fn of(root: Node, broken: Vec<Span>) -> Self {
        Self { root, below: Vec::new(), above: Vec::new(), broken }
    }

    /// The names of the stages in the order of the file, those of a base first.
    pub fn stages(&self) -> Vec<Sourced<String>> {
        let mut names: Vec<Sourced<String>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for root in self.roots() {
            let stages = root.get("stages").and_then(Node::as_table);
            let mut of_file: Vec<_> = stages.into_iter().flat_map(Table::keys).collect();
            of_file.sort_by_key(|name| (name.span(), *name));
            for name in of_file {
                if let Some(known) = places.get(&*name.value).and_then(|at| names.get_mut(*at)) {
                    known.origin = name.origin;
                } else {
                    places.insert(&name.value, names.len());
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// The top level tables of the stack file and of what it extends, the lowest first.
    pub fn roots(&self) -> impl DoubleEndedIterator<Item = &Node> {
        self.below.iter().chain([&self.root])
    }

    /// Paths of the files beside the stack that it names (`{ file = "…" }` in a config or as the source of a Secret), with
    /// their places.
    ///
    /// They are read by whoever has a file system and handed over with [`Source::add_file`]. A path is relative to the folder
    /// of the text that its place lies in.
    pub fn files(&self) -> Vec<Sourced<String>> {
        let mut found = Vec::new();
        for layer in self.tables() {
            files_of(layer, &mut found);
        }
        found
    }

    /// Paths of files and folders with definitions of custom resources that it names (`cluster.crds`), with their places. They
    /// are read like [files](Self::files), and handed over with [`Source::add_crds`].
    pub fn crds(&self) -> Vec<Sourced<String>> {
        let of_layer = |layer: &Node| match &layer.at(["cluster", "crds"])?.value {
            Value::Array(paths) => Some(paths.clone()),
            _ => None,
        };
        let written = |path: Node| Some(Sourced::written(path.as_str()?.to_owned(), path.span));
        self.tables().into_iter().filter_map(of_layer).flatten().filter_map(written).collect()
    }

    /// Every table that says options of a stage: the base, each stage, and what lies over them.
    fn tables(&self) -> Vec<&Node> {
        let mut found = Vec::new();
        for root in self.roots() {
            found.push(root);
            let stages = root.get("stages").and_then(Node::as_table);
            found.extend(stages.into_iter().flat_map(Table::values));
        }
        found.extend(self.above.iter().map(|above| &above.root));
        found
    }
}

impl Source {
    /// Hands over a file that a text names ([`Document::files`]). The same path in a text of another
    /// folder is another file.
    pub fn add_file(&mut self, named: &Sourced<String>, content: impl Into<String>) {
        self.files.insert(self.file_key(named), content.into());
    }

    /// The content of a file that a text names.
    pub fn file(&self, named: &Sourced<String>) -> Option<&str> {
        self.files.get(&self.file_key(named)).map(String::as_str)
    }

    /// Hands over the files that a path of [`Document::crds`] leads to.
    pub fn add_crds(&mut self, named: &Sourced<String>, files: Vec<CrdFile>) {
        self.crds.insert(self.file_key(named), files);
    }

    /// The files that a path of `cluster.crds` leads to.
    pub fn crds(&self, named: &Sourced<String>) -> Option<&[CrdFile]> {
        self.crds.get(&self.file_key(named)).map(Vec::as_slice)
    }

    fn file_key(&self, named: &Sourced<String>) -> (u32, String) {
        let place = named.span().unwrap_or_default();
        (self.text_at(place.start).start, named.value.clone())
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

/// Reads the stack file; reports every syntax error and goes on with what could be read.
pub fn parse(source: &Source, sink: &mut Sink) -> Document {
    parse_text(&source.stack, sink)
}

/// Reads one text of a [`Source`], so that it can become a layer. Its places are those of the source.
pub fn parse_text(text: &SourceText, sink: &mut Sink) -> Document {
    if let Some(message) = too_large(text) {
        let fault = Diagnostic::error(Code::Syntax, message);
        sink.report(match text.asked_by {
            Some(place) => fault.label(place, "named here"),
            None => fault,
        });
        let place = text.span(0..0);
        let root = Node { value: Value::Table(Table::new()), span: place };
        return Document::of(root, vec![Span { end: text.end(), ..place }]);
    }
    let (table, errors) = DeTable::parse_recoverable(&text.text);
    let broken = syntax::report(text, &errors, sink);
    let span = text.span(table.span());
    let root = Reader { text, is_broken: !broken.is_empty(), sink }.table(table.into_inner());
    Document::of(Node { value: Value::Table(root), span }, broken)
}

/// Why a text is not read at all.
fn too_large(text: &SourceText) -> Option<String> {
    let name = if text.start == 0 { "the stack file" } else { &*format!("`{}`", text.name) };
    if text.text.len() > MAX_BYTES {
        return Some(format!("{name} has more than {} MiB", MAX_BYTES >> 20));
    }
    let is_beyond = text.end() == u32::MAX;
    is_beyond.then(|| format!("{name} and all that was read before it have more than 4 GiB"))
}

/// Turns what the TOML parser found into nodes that have their places in the source.
struct Reader<'a> {
    text: &'a SourceText,
    /// Whether there are syntax errors, so that the parser made values up.
    is_broken: bool,
    sink: &'a mut Sink,
}

impl Reader<'_> {
    fn table(&mut self, table: DeTable<'_>) -> Table {
        // A value that was written has at least one byte.
        let is_broken = self.is_broken;
        let is_written = |value: &Spanned<DeValue<'_>>| {
            !is_broken || value.get_ref().is_table() || !value.span().is_empty()
        };
        table
            .into_iter()
            .filter(|(_, value)| is_written(value))
            .map(|(key, value)| {
                let span = self.text.span(key.span());
                let mut node = self.node(value);
                // The place of a table that was opened by a header is the header: what a person takes for its name.
                if node.as_table().is_some() && node.span.end <= span.end {
                    node.span = span;
                }
                (Sourced::written(key.into_inner().into_owned(), span), node)
            })
            .collect()
    }

    fn node(&mut self, value: Spanned<DeValue<'_>>) -> Node {
        let span = self.text.span(value.span());
        let value = match value.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                if parsed.is_err() {
                    let message = format!("`{number}` does not fit into 64 bits");
                    self.sink
                        .report(Diagnostic::error(Code::InvalidValue, message).label(span, ""));
                }
                Value::Integer(parsed.unwrap_or_default())
            }
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Value::Boolean(flag),
            DeValue::Datetime(time) => Value::Datetime(time.to_string()),
            DeValue::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { value, span }
    }
}
