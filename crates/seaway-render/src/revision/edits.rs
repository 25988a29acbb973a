//! Two documents → the keys in which they differ, as far as a stage sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use seaway_core::document::Above;
use seaway_core::node::Table;
use seaway_core::{Document, Node, Sink, Source, Sourced, Span, Value, policy};

use super::{CauseKind, Compiled, Place};
use crate::fields::{line, short};

/// Something that was edited, and how to do the same to another document.
pub(super) struct Edit<'a> {
    pub(super) kind: CauseKind,
    pub(super) key: String,
    pub(super) layer: Option<String>,
    pub(super) was: Option<Written<'a>>,
    pub(super) is: Option<Written<'a>>,
    changes: Vec<Set<'a>>,
}

/// A value with its key.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    key: Option<&'a Sourced<String>>,
    node: &'a Node,
}

/// A part of an edit.
enum Set<'a> {
    /// A key of one of the stack files gets a value, or goes.
    Key(usize, Vec<String>, Option<(&'a Sourced<String>, &'a Node)>),
    /// An overlay or a value of the command line is another one, or goes.
    Above(usize, Option<&'a Above>),
    /// A file beside the stack gets another text, or goes.
    File((u32, String), Option<&'a str>),
}

/// Every edit that a stage may see, in the order of the keys.
pub(super) fn edits<'a>(old: Compiled<'a>, new: Compiled<'a>, stage: &str) -> Vec<Edit<'a>> {
    let chains: BTreeSet<String> =
        [old.document, new.document].into_iter().flat_map(|of| chain(of, stage)).collect();
    let mut found = Vec::new();
    let (was, is): (Vec<&Node>, Vec<&Node>) =
        (old.document.roots().rev().collect(), new.document.roots().rev().collect());
    for depth in 0..was.len().max(is.len()) {
        let root =
            |of: &[&'a Node]| of.get(depth).and_then(|root| root.as_table()).unwrap_or(&EMPTY);
        let mut walk = Walk { depth, path: Vec::new(), found: Vec::new() };
        let (was, is) = (root(&was), root(&is));
        walk.tables(was, is, &|key| key != "stages" && key != "extends");
        for name in &chains {
            let of =
                |root: &'a Table| root.get("stages")?.as_table()?.get(name.as_str())?.as_table();
            walk.path = vec!["stages".to_owned(), name.clone()];
            walk.tables(of(was).unwrap_or(&EMPTY), of(is).unwrap_or(&EMPTY), &|_| true);
        }
        found.extend(exclusive(renamed(walk.found)));
    }
    found.extend(above(old, new));
    found.extend(files(old, new));
    found
}

static EMPTY: Table = Table::new();

/// Overlays and values of the command line that differ, each as a whole.
fn above<'a>(old: Compiled<'a>, new: Compiled<'a>) -> Vec<Edit<'a>> {
    let (was, is) = (&old.document.above, &new.document.above);
    let differs = |at: &usize| match (was.get(*at), is.get(*at)) {
        (Some(was), Some(is)) => !alike(&was.root, &is.root),
        _ => true,
    };
    let edit = |at: usize| {
        let (was, is) = (was.get(at), is.get(at));
        let side = if is.is_some() { new } else { old };
        let place = is.or(was).map(|above| above.root.span).unwrap_or_default();
        let written = |above: &'a Above| Written { key: None, node: &above.root };
        Edit {
            kind: CauseKind::Outside,
            key: side.source.text_at(place.start).name.to_string(),
            layer: None,
            was: was.map(written),
            is: is.map(written),
            changes: vec![Set::Above(at, is)],
        }
    };
    (0..was.len().max(is.len())).filter(differs).map(edit).collect()
}

/// The stages that a stage is merged from, itself included.
fn chain(document: &Document, stage: &str) -> Vec<String> {
    let chain = document.chain(stage, &mut Sink::default());
    let chain = chain.map(|extends| extends.chain).unwrap_or_default();
    chain.into_iter().map(|link| link.name.value.clone()).collect()
}

struct Walk<'a> {
    /// Which of the stack files: 0 is the uppermost one, and what it extends follows.
    depth: usize,
    path: Vec<String>,
    found: Vec<Edit<'a>>,
}

impl<'a> Walk<'a> {
    fn tables(&mut self, was: &'a Table, is: &'a Table, wanted: &dyn Fn(&str) -> bool) {
        let keys: BTreeSet<&str> =
            was.keys().chain(is.keys()).map(|key| key.value.as_str()).collect();
        for key in keys.into_iter().filter(|key| wanted(key)) {
            self.path.push(key.to_owned());
            self.value(was.get_key_value(key), is.get_key_value(key));
            self.path.pop();
        }
    }

    fn value(
        &mut self,
        was: Option<(&'a Sourced<String>, &'a Node)>,
        is: Option<(&'a Sourced<String>, &'a Node)>,
    ) {
        let tables = (table(was), table(is));
        match tables {
            (Some(was), Some(is)) if !is_another_thing(was, is) => {
                return self.tables(was, is, &|_| true);
            }
            (Some(one), None) if is.is_none() && self.is_a_container(one) => {
                return one.iter().for_each(|entry| self.below(entry, true));
            }
            (None, Some(one)) if was.is_none() && self.is_a_container(one) => {
                return one.iter().for_each(|entry| self.below(entry, false));
            }
            _ => {}
        }
        if let (Some(was), Some(is)) = (was, is)
            && alike(was.1, is.1)
        {
            return;
        }
        self.found.push(self.edit(was, is));
    }

    fn below(&mut self, entry: (&'a Sourced<String>, &'a Node), is_lost: bool) {
        self.path.push(entry.0.value.clone());
        if is_lost {
            self.value(Some(entry), None);
        } else {
            self.value(None, Some(entry));
        }
        self.path.pop();
    }

    fn edit(
        &self,
        was: Option<(&'a Sourced<String>, &'a Node)>,
        is: Option<(&'a Sourced<String>, &'a Node)>,
    ) -> Edit<'a> {
        let (layer, path) = split(&self.path);
        let written = |(key, node)| Written { key: Some(key), node };
        Edit {
            kind: CauseKind::Key,
            key: path.join("."),
            layer: Some(layer.unwrap_or("base").to_owned()),
            was: was.map(written),
            is: is.map(written),
            changes: vec![Set::Key(self.depth, self.path.clone(), is)],
        }
    }

    /// Whether a table is not one thing, but a place for things that each count alone.
    fn is_a_container(&self, one: &Table) -> bool {
        let (_, path) = split(&self.path);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path[..] {
            ["components", _] => !one.contains_key("type"),
            ["app" | "cluster" | "components" | "secrets" | "config" | "volumes" | "types"]
            | [.., "env"] => true,
            _ => false,
        }
    }
}

/// Whether a table is another thing under the same name: none of its options survive.
fn is_another_thing(was: &Table, is: &Table) -> bool {
    let of = |table: &Table| table.get("type").and_then(Node::as_str).map(str::to_owned);
    let (was, is) = (of(was), of(is));
    was.is_some() && is.is_some() && was != is
}

fn table<'a>(entry: Option<(&'a Sourced<String>, &'a Node)>) -> Option<&'a Table> {
    entry?.1.as_table()
}

/// The stage of a path from the root of a document, and the path in its layer.
fn split(path: &[String]) -> (Option<&str>, &[String]) {
    match path {
        [stages, stage, rest @ ..] if stages == "stages" => (Some(stage), rest),
        path => (None, path),
    }
}

/// Whether two values are the same, wherever they are written.
fn alike(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Table(one), Value::Table(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, one), (of, other))| key.value == of.value && alike(one, other))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (one, other) => one == other,
    }
}

/// A component that goes while another one with the same options comes has got another name.
fn renamed(mut found: Vec<Edit<'_>>) -> Vec<Edit<'_>> {
    let is_component =
        |edit: &Edit<'_>| edit.key.split('.').count() == 2 && edit.key.starts_with("components.");
    let mut at = 0;
    while at < found.len() {
        let lost = &found[at];
        let twin = (is_component(lost) && lost.is.is_none()).then_some(()).and_then(|()| {
            let was = lost.was?;
            found.iter().position(|gained| {
                is_component(gained)
                    && gained.was.is_none()
                    && gained.layer == lost.layer
                    && gained.is.is_some_and(|is| alike(was.node, is.node))
            })
        });
        if let Some(twin) = twin {
            let gained = found.remove(twin);
            let at = if twin < at { at - 1 } else { at };
            let lost = &mut found[at];
            let name = gained.key.trim_start_matches("components.");
            lost.key = format!("{} → {name}", lost.key);
            lost.is = gained.is;
            lost.changes.extend(gained.changes);
        }
        at += 1;
    }
    found
}

/// Options of which one takes the place of the other.
const EXCLUSIVE: [&str; 2] = ["replicas", "autoscale"];

/// An option that goes while another one takes its place is one edit.
fn exclusive(mut found: Vec<Edit<'_>>) -> Vec<Edit<'_>> {
    let split = |edit: &Edit<'_>| {
        let (around, option) = edit.key.rsplit_once('.')?;
        EXCLUSIVE.contains(&option).then(|| (around.to_owned(), option.to_owned()))
    };
    let mut at = 0;
    while at < found.len() {
        let twin = split(&found[at]).filter(|_| found[at].is.is_none()).and_then(|(around, _)| {
            let same = |edit: &Edit<'_>| {
                edit.was.is_none()
                    && edit.layer == found[at].layer
                    && split(edit).is_some_and(|(of, _)| of == around)
            };
            found.iter().position(same)
        });
        if let Some(twin) = twin {
            let gained = found.remove(twin);
            let at = if twin < at { at - 1 } else { at };
            let lost = &mut found[at];
            let option = gained.key.rsplit('.').next().unwrap_or_default();
            lost.key = format!("{} → {option}", lost.key);
            lost.is = gained.is;
            lost.changes.extend(gained.changes);
        }
        at += 1;
    }
    found
}

/// Files beside the stack with another text.
fn files<'a>(old: Compiled<'a>, new: Compiled<'a>) -> Vec<Edit<'a>> {
    let (was, is) = (named_files(old), named_files(new));
    let names: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let edit = |name: &str| {
        let (was, is) = (was.get(name)?, is.get(name)?);
        (was.text != is.text).then(|| Edit {
            kind: CauseKind::File,
            key: name.to_owned(),
            layer: None,
            was: None,
            is: None,
            changes: vec![Set::File((was.start, name.to_owned()), is.text)],
        })
    };
    names.into_iter().filter_map(edit).collect()
}

/// A file beside a text.
struct File<'a> {
    /// Where the text that names it begins.
    start: u32,
    text: Option<&'a str>,
}

/// The files that a revision names, by the path as it is written. One that only one revision names belongs to the key that
/// names it.
fn named_files(of: Compiled<'_>) -> BTreeMap<&str, File<'_>> {
    let mut found = BTreeMap::new();
    let named: BTreeSet<(u32, String)> = of
        .document
        .files()
        .into_iter()
        .map(|named| (of.source.text_at(named.span().unwrap_or_default().start).start, named.value))
        .collect();
    for (start, name) in named {
        if let Some(((start, name), text)) = of.source.files.get_key_value(&(start, name)) {
            found.insert(name.as_str(), File { start: *start, text: Some(text) });
        }
    }
    found
}

impl Edit<'_> {
    /// Does the same to another document.
    pub(super) fn apply(&self, source: &mut Source, document: &mut Document) {
        for change in &self.changes {
            match change {
                Set::Key(depth, path, is) => set(root(document, *depth), path, *is),
                Set::Above(at, Some(above)) if *at < document.above.len() => {
                    document.above[*at] = (*above).clone();
                }
                Set::Above(_, Some(above)) => document.above.push((*above).clone()),
                Set::Above(at, None) => document.above.truncate(*at),
                Set::File(name, Some(text)) => {
                    source.files.insert(name.clone(), (*text).to_owned());
                }
                Set::File(name, None) => {
                    source.files.remove(name);
                }
            }
        }
    }

    /// Whether a place of the new revision lies in what was edited.
    pub(super) fn wrote(&self, span: Span) -> bool {
        self.is.is_some_and(|is| is.holds(span))
    }

    /// Whether a place of the old revision lies in what was edited.
    pub(super) fn had_written(&self, span: Span) -> bool {
        self.was.is_some_and(|was| was.holds(span))
    }

    /// The edit of the same key among those that lead the other way round.
    pub(super) fn counterpart<'e, 'b>(&self, back: &'e [Edit<'b>]) -> Option<&'e Edit<'b>> {
        back.iter().find(|back| (&back.key, &back.layer) == (&self.key, &self.layer))
    }

    /// How many parts of a path its key has: the longer one is the more exact one.
    pub(super) fn depth(&self) -> usize {
        self.key.matches('.').count()
    }
}

impl Written<'_> {
    fn holds(self, span: Span) -> bool {
        let is_around = |place: Span| place.start <= span.start && span.end <= place.end;
        self.key.and_then(Sourced::span).is_some_and(is_around) || holds(self.node, &is_around)
    }

    /// The value in short; what looks like a secret is not shown.
    pub(super) fn short(self) -> String {
        let name = self.key.map(|key| key.value.as_str()).unwrap_or_default();
        if has_secret(name, self.node) { "not shown".to_owned() } else { toml(self.node) }
    }

    pub(super) fn place(self, source: &Source) -> Place {
        let span = self.key.and_then(Sourced::span).unwrap_or(self.node.span);
        Place::of(source, span)
    }
}

/// A value as TOML has it, in short. A text alone needs no quotes to be understood.
fn toml(node: &Node) -> String {
    if let Value::String(text) = &node.value {
        return line(text);
    }
    let mut out = String::new();
    inline(node, &mut out);
    line(&out)
}

fn inline(node: &Node, out: &mut String) {
    match &node.value {
        Value::String(text) => {
            let _ = write!(out, "{text:?}");
        }
        Value::Table(table) if table.is_empty() => out.push_str("{}"),
        Value::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            // What a thing is comes first.
            entries.sort_by_key(|(key, _)| key.value != "type");
            for (at, (key, value)) in entries.into_iter().enumerate() {
                let _ = write!(out, "{}{key} = ", if at == 0 { "{ " } else { ", " });
                inline(value, out);
            }
            out.push_str(" }");
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                inline(item, out);
            }
            out.push(']');
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            out.push_str(&short(node));
        }
    }
}

fn has_secret(name: &str, node: &Node) -> bool {
    match &node.value {
        Value::String(text) => policy::secret_at(name, text).is_some(),
        Value::Table(table) => table.iter().any(|(key, node)| has_secret(key, node)),
        Value::Array(items) => items.iter().any(|item| has_secret(name, item)),
        _ => false,
    }
}

/// The place of a table that was opened by a header is the header alone, so its parts are asked as well.
fn holds(node: &Node, is_around: &dyn Fn(Span) -> bool) -> bool {
    is_around(node.span)
        || match &node.value {
            Value::Table(table) => table
                .iter()
                .any(|(key, node)| key.span().is_some_and(is_around) || holds(node, is_around)),
            Value::Array(items) => items.iter().any(|item| holds(item, is_around)),
            _ => false,
        }
}

/// The top level table of a stack file; a base that is not there yet is empty.
fn root(document: &mut Document, depth: usize) -> &mut Node {
    if depth == 0 {
        return &mut document.root;
    }
    while document.below.len() < depth {
        let empty = Node { value: Value::Table(Table::new()), span: document.root.span };
        document.below.insert(0, empty);
    }
    let at = document.below.len() - depth;
    &mut document.below[at]
}

fn set(node: &mut Node, path: &[String], is: Option<(&Sourced<String>, &Node)>) {
    let Value::Table(table) = &mut node.value else { return };
    match path {
        [] => {}
        [key] => {
            table.remove(key.as_str());
            if let Some((key, node)) = is {
                table.insert(key.clone(), node.clone());
            }
        }
        [key, rest @ ..] => {
            if !table.contains_key(key.as_str()) {
                let span = is.map(|(_, node)| node.span).unwrap_or_default();
                let below = Node { value: Value::Table(Table::new()), span };
                table.insert(Sourced::written(key.clone(), span), below);
            }
            if let Some(below) = table.get_mut(key.as_str()) {
                set(below, rest, is);
            }
        }
    }
}
