//! The lines of a rendered object, and which field each holds.
//!
//! [`emit`] prints one way only: a key or a dash begins each line, a nested value stands two columns further right (a list
//! in a map at the column of its key), and only literal blocks have lines of their own. So the columns say where a line
//! belongs. A test holds the paths against the trees of all objects.

use seaway_core::{Node, Value};

use super::cause::Causes;
use super::conceal::{Conceal, NOT_SHOWN};
use super::field::{item_name, joined};
use super::{Line, Shown};
use crate::Object;
use crate::emit::{self, Format};
use crate::object::PathBuf;

/// The text of an object without secrets, and its fields in the order of their lines.
pub(super) fn of(
    object: &Object,
    tree: &Node,
    causes: &Causes<'_>,
    conceal: &Conceal<'_>,
) -> (String, Vec<Line>) {
    let mut text = String::new();
    // What can not be printed was refused before.
    let _ = emit::document(&object.body, Format::Yaml, &mut text);
    let mut walk = Walk { tree, open: Vec::new(), path: Vec::new() };
    let (mut out, mut fields) = (String::new(), Vec::new());
    let mut number = 0;
    let mut lines = text.lines().skip(1).peekable();
    while let Some(line) = lines.next() {
        number += 1;
        let Some(leaf) = walk.line(line) else {
            push(&mut out, line);
            continue;
        };
        let behind = |next: &&str| leaf.is_block && is_inside(next, leaf.column);
        let mut block = Vec::new();
        while let Some(next) = lines.next_if(behind) {
            block.push(next);
        }
        let value = match leaf.value {
            Some(value) => conceal.value(&leaf.path, value),
            // A line that is not understood, in an object whose values must not be shown.
            None => Shown { value: None, hidden: object.body.kind() == "Secret" },
        };
        let at = number;
        if value.hidden {
            push(&mut out, &format!("{}{NOT_SHOWN:?}", &line[..leaf.start]));
        } else {
            push(&mut out, line);
            number += block.len();
            for line in block {
                push(&mut out, line);
            }
        }
        let origin = causes.of(&leaf.path).cause;
        fields.push(Line { line: at, path: leaf.path, value, origin });
    }
    (out, fields)
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// Whether a line belongs to the literal block of a value whose key or dash stands at a column.
fn is_inside(line: &str, column: usize) -> bool {
    line.is_empty() || line.len() - line.trim_start_matches(' ').len() > column
}

/// A line that holds a value, or begins one.
struct Leaf<'a> {
    path: PathBuf,
    /// Column of its key or dash.
    column: usize,
    /// Where the value starts in the line.
    start: usize,
    /// Whether it is a literal block, which goes on in the lines after it.
    is_block: bool,
    value: Option<&'a Node>,
}

/// What is open around a line.
struct Walk<'a> {
    tree: &'a Node,
    /// Columns of the maps and lists, outermost first.
    open: Vec<Open>,
    /// What is entered, outermost first.
    path: Vec<(PathBuf, Option<&'a Node>, String)>,
}

/// A map or a list that is open.
struct Open {
    column: usize,
    /// The place of the next item; `None` for a map.
    next: Option<usize>,
    /// How much of the path lies around it.
    depth: usize,
}

impl<'a> Walk<'a> {
    /// The value of a line; `None` if it only begins a map or a list.
    fn line(&mut self, line: &str) -> Option<Leaf<'a>> {
        let mut column = line.len() - line.trim_start_matches(' ').len();
        while let Some(rest) =
            line[column..].strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' '))
        {
            self.item(column);
            if !is_entry(rest.trim_start()) && !rest.trim_start().starts_with("- ") {
                let start = (column + 2).min(line.len());
                return Some(self.leaf(column, start, &line[start..]));
            }
            column += 2;
        }
        let (key, behind) = split(&line[column..])?;
        self.entry(column, &key);
        let start = line.len() - behind.len();
        (!behind.is_empty()).then(|| self.leaf(column, start, behind))
    }

    fn leaf(&self, column: usize, start: usize, value: &str) -> Leaf<'a> {
        let (path, node) =
            self.path.last().map(|(path, node, _)| (path.clone(), *node)).unwrap_or_default();
        Leaf { path, column, start, is_block: value.starts_with('|'), value: node }
    }

    /// Enters the next item of the list whose dash stands at a column.
    fn item(&mut self, column: usize) {
        self.close(|open| open.column > column);
        // The map of the key before it has the same column.
        if self.open.last().is_none_or(|open| open.column < column || open.next.is_none()) {
            self.open.push(Open { column, next: Some(0), depth: self.path.len() });
        }
        let Some(open) = self.open.last_mut() else { return };
        let at = open.next.unwrap_or_default();
        open.next = Some(at + 1);
        self.path.truncate(open.depth);
        let (around, node, list) = self.around();
        let child = node.and_then(|node| match &node.value {
            Value::Array(items) => items.get(at),
            _ => None,
        });
        let name = child.map_or_else(|| at.to_string(), |child| item_name(child, &list, at));
        self.path.push((joined(&around, &name, true), child, String::new()));
    }

    /// Enters the entry of a map whose key stands at a column.
    fn entry(&mut self, column: usize, key: &str) {
        self.close(|open| open.column > column || (open.column == column && open.next.is_some()));
        if self.open.last().is_none_or(|open| open.column < column) {
            self.open.push(Open { column, next: None, depth: self.path.len() });
        }
        let Some(open) = self.open.last() else { return };
        self.path.truncate(open.depth);
        let (around, node, _) = self.around();
        let child = node.and_then(|node| node.get(key));
        self.path.push((joined(&around, key, false), child, key.to_owned()));
    }

    fn close(&mut self, is_over: impl Fn(&Open) -> bool) {
        while self.open.last().is_some_and(&is_over) {
            self.open.pop();
        }
    }

    fn around(&self) -> (PathBuf, Option<&'a Node>, String) {
        self.path
            .last()
            .cloned()
            .unwrap_or_else(|| (PathBuf::new(), Some(self.tree), String::new()))
    }
}

/// Whether a text begins an entry of a map.
fn is_entry(text: &str) -> bool {
    split(text).is_some()
}

/// A key and what stands behind its colon.
fn split(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        let end = closing_quote(text)?;
        let behind = text[end..].strip_prefix(':')?;
        // Escapes of YAML.
        let key = serde_yaml::from_str(&text[..end]).ok()?;
        return behind_colon(behind).map(|behind| (key, behind));
    }
    let end = text.match_indices(':').find(|(at, _)| behind_colon(&text[at + 1..]).is_some());
    let (key, behind) = (&text[..end?.0], &text[end?.0 + 1..]);
    Some((key.to_owned(), behind_colon(behind)?))
}

/// What follows after a colon that ends a key.
fn behind_colon(text: &str) -> Option<&str> {
    if text.is_empty() { Some(text) } else { text.strip_prefix(' ') }
}

/// The byte behind the closing quote of a text that begins with one.
fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let mut bytes = text.bytes().enumerate().skip(1);
    bytes.find_map(|(at, byte)| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes.then_some(at + 1)
    })
}
