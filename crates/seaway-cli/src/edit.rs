//! Editing a stack file: one value, and not a byte beside it.
//!
//! The text is read by `toml_edit`, which knows where each value and header is written. Only the place of the value is
//! changed in the text itself: comments, layout and line ends stay as they are.

use std::ops::Range;

use toml_edit::{Document, InlineTable, Item, Key, Table, TableLike, Value};

/// A text with a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edited {
    /// The whole text.
    pub(crate) text: String,
    /// Where the value begins.
    pub(crate) at: usize,
    /// What was written in its place.
    pub(crate) before: Option<String>,
}

/// Why a value can not be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where in the text.
    pub(crate) place: Range<usize>,
    /// What is in the way.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

/// Writes a value under a key, where the key stands or where a person would add it.
pub(crate) fn set(text: &str, path: &[String], value: &str) -> Result<Edited, Fault> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let path = &*path;
    let document = Document::parse(text).map_err(|error| Fault {
        place: error.span().unwrap_or(0..0),
        message: error.message().to_owned(),
        help: "correct the line".to_owned(),
    })?;
    let mut container = Container { table: document.as_table(), form: Form::Root, depth: 0 };
    let mut deepest: &dyn TableLike = document.as_table();
    for (index, key) in path.iter().enumerate() {
        let depth = index + 1;
        let rest = &path[depth..];
        match deepest.get(key) {
            None => break,
            Some(Item::Value(Value::InlineTable(inner))) if !rest.is_empty() => {
                deepest = inner;
                if !inner.is_dotted() {
                    container = Container { table: inner, form: Form::Inline(inner), depth };
                }
            }
            Some(Item::Table(inner)) if !rest.is_empty() => {
                deepest = inner;
                if !inner.is_dotted() && !inner.is_implicit() {
                    container = Container { table: inner, form: Form::Header(inner), depth };
                }
            }
            Some(Item::Value(old)) if replaces(old, rest) => {
                let place = old.span().unwrap_or(0..0);
                let value = match rest {
                    [] => value.to_owned(),
                    _ => format!("{{ {} = {value} }}", dotted(rest)),
                };
                return Ok(replaced(text, place, &value));
            }
            Some(item) => return Err(in_the_way(item, &path[..depth], rest)),
        }
    }
    if let ["stages", stage, key @ ..] = path
        && container.depth == 0
        && !key.is_empty()
        && document.get("stages").is_none_or(is_of_headers)
    {
        return Ok(new_stage(text, stage, key, value));
    }
    Ok(container.insert(text, deepest, path, value))
}

/// Whether an old value makes way: a list is not taken for a table.
fn replaces(old: &Value, rest: &[&str]) -> bool {
    match old {
        Value::InlineTable(table) => !table.is_dotted(),
        Value::Array(_) => rest.is_empty(),
        _ => true,
    }
}

/// Whether a table is there only because of headers of tables inside of it.
fn is_of_headers(item: &Item) -> bool {
    item.as_table().is_some_and(|table| table.is_implicit() && !table.is_dotted())
}

/// A table or a list where a value should be.
fn in_the_way(item: &Item, key: &[&str], rest: &[&str]) -> Fault {
    let span = match item {
        Item::Table(table) => table.span().or_else(|| last(table)),
        Item::Value(Value::InlineTable(table)) => table.span().or_else(|| last(table)),
        other => other.span(),
    };
    let key = dotted(key);
    let (message, help) = if rest.is_empty() && item.is_table_like() {
        let message = format!("`{key}` is written as a table of several lines");
        (message, format!("set one of its keys: `{key}.KEY=VALUE`"))
    } else {
        let message = format!("`{key}` is a list, and its items have no keys");
        (message, format!("set the whole list: `{key}=[…]`"))
    };
    Fault { place: span.unwrap_or(0..0), message, help }
}

/// The table that a new key is written in, as text.
struct Container<'a> {
    table: &'a dyn TableLike,
    form: Form<'a>,
    /// How many keys lead to it.
    depth: usize,
}

enum Form<'a> {
    Root,
    Header(&'a Table),
    Inline(&'a InlineTable),
}

impl Container<'_> {
    /// Adds the key behind its nearest relative: the last value of the deepest table that it is a part of.
    fn insert(&self, text: &str, deepest: &dyn TableLike, path: &[&str], value: &str) -> Edited {
        let key = dotted(&path[self.depth..]);
        let anchor = last(deepest).or_else(|| last(self.table));
        match (&self.form, anchor) {
            (Form::Inline(_), Some(anchor)) => {
                spliced(text, anchor.end..anchor.end, &format!(", {key} = "), value, "")
            }
            (Form::Inline(table), None) => {
                let place = table.span().unwrap_or(0..0);
                spliced(text, place, &format!("{{ {key} = "), value, " }")
            }
            (_, Some(anchor)) => line_behind(text, &anchor, &key, value),
            (Form::Header(table), None) => {
                line_behind(text, &table.span().unwrap_or(0..0), &key, value)
            }
            (Form::Root, None) => {
                let comments = text.split_inclusive('\n').take_while(|line| line.starts_with('#'));
                let at = comments.map(str::len).sum();
                spliced(text, at..at, &format!("{key} = "), value, newline(text))
            }
        }
    }
}

/// A line of its own behind the line of another value or of a header, as far to the right.
fn line_behind(text: &str, anchor: &Range<usize>, key: &str, value: &str) -> Edited {
    let start = text[..anchor.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..];
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let end = text[anchor.end..].find('\n').map_or(text.len(), |newline| anchor.end + newline);
    let end = end - usize::from(text[..end].ends_with('\r'));
    spliced(text, end..end, &format!("{}{indent}{key} = ", newline(text)), value, "")
}

/// A header at the end of the text.
fn new_stage(text: &str, stage: &str, key: &[&str], value: &str) -> Edited {
    let newline = newline(text);
    let (before, after) = if text.ends_with('\n') { ("", newline) } else { (newline, "") };
    let header = dotted(&["stages", stage]);
    let lines = format!("{before}{newline}[{header}]{newline}{} = ", dotted(key));
    spliced(text, text.len()..text.len(), &lines, value, after)
}

/// The last value of a table, those of the tables that it has by dotted keys included.
fn last(table: &dyn TableLike) -> Option<Range<usize>> {
    let values = table.iter().filter_map(|(_, item)| match item {
        Item::Value(Value::InlineTable(inner)) if inner.is_dotted() => last(inner),
        Item::Table(inner) if inner.is_dotted() => last(inner),
        Item::Value(value) => value.span(),
        _ => None,
    });
    values.max_by_key(|span| span.end)
}

fn replaced(text: &str, place: Range<usize>, value: &str) -> Edited {
    let before = text[place.clone()].to_owned();
    Edited { before: Some(before), ..spliced(text, place, "", value, "") }
}

fn spliced(text: &str, place: Range<usize>, before: &str, value: &str, after: &str) -> Edited {
    let (head, tail) = (&text[..place.start], &text[place.end..]);
    let at = head.len() + before.len();
    Edited { text: [head, before, value, after, tail].concat(), at, before: None }
}

fn dotted(path: &[&str]) -> String {
    let keys: Vec<String> = path.iter().map(|key| Key::new(*key).to_string()).collect();
    keys.join(".")
}

/// How the lines of the text end.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
