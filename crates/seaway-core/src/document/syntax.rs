//! What is wrong with a text that is no TOML: as few errors as there are mistakes.
//!
//! The parser goes on behind an error as if the rest were right. Behind a bracket that is not closed each further line is an
//! error then, and in a text of another language each line. Both are one mistake, and one error.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::de::Error;

use crate::{Code, Diagnostic, Sink, SourceText, Span};

/// Reports the errors of a text. What is given back are the places that cannot be relied on.
pub(super) fn report(text: &SourceText, errors: &[Error], sink: &mut Sink) -> Vec<Span> {
    if errors.is_empty() {
        return Vec::new();
    }
    let open = open_bracket(&text.text);
    if let Some(diagnostic) = other_language(text, errors, open.as_ref()) {
        sink.report(diagnostic);
        return vec![text.span(0..text.text.len())];
    }
    let mut lines = Lines { text: &text.text, broken: BTreeMap::new() };
    if let Some(Open { at, before }) = &open {
        let bracket = &text.text[at.clone()];
        let diagnostic = Diagnostic::error(Code::Syntax, format!("this `{bracket}` is not closed"))
            .label(text.span(at.clone()), "")
            .help(format!("write `{}` behind its last item", closing(bracket)));
        sink.report(match before {
            Some(before) => diagnostic.label(text.span(before.clone()), "begins something else"),
            None => diagnostic,
        });
        let line = lines.around(at.clone());
        lines.broken.insert(line.start, text.text.len());
    }
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        // What a line says behind its first error is mostly wrong because of it.
        if lines.are_broken_at(range.start) {
            continue;
        }
        let line = lines.around(range.clone());
        lines.broken.insert(line.start, line.end);
        let message = error.message().trim_end_matches('.').replace('\n', ", ");
        sink.report(Diagnostic::error(Code::Syntax, message).label(text.span(range), ""));
    }
    lines.broken.into_iter().map(|(start, end)| text.span(start..end)).collect()
}

/// The lines of a text that have an error.
struct Lines<'a> {
    text: &'a str,
    /// Their first bytes, and where they end.
    broken: BTreeMap<usize, usize>,
}

impl Lines<'_> {
    fn are_broken_at(&self, at: usize) -> bool {
        self.broken.range(..=at).next_back().is_some_and(|(_, end)| at <= *end)
    }

    /// The whole lines that a range of the text lies in.
    fn around(&self, range: Range<usize>) -> Range<usize> {
        let Range { start, end } = range;
        let before = self.text.get(..start).and_then(|before| before.rfind('\n'));
        let behind = self.text.get(end..).and_then(|behind| behind.find('\n'));
        before.map_or(0, |at| at + 1)..behind.map_or(self.text.len(), |at| end + at)
    }
}

/// A bracket that is not closed, and the key or header that can not be inside it.
struct Open {
    at: Range<usize>,
    before: Option<Range<usize>>,
}

fn closing(bracket: &str) -> &'static str {
    if bracket == "[" { "]" } else { "}" }
}

/// The first bracket of a value that is not closed where its text ends, or where a line begins that is a key with a value or
/// the header of a table.
fn open_bracket(text: &str) -> Option<Open> {
    let mut open: Vec<Range<usize>> = Vec::new();
    // Whether the line is behind its `=`: before that, a bracket begins a header.
    let mut is_value = false;
    let mut at = 0;
    let mut is_line_start = true;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if is_line_start {
            is_line_start = false;
            let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            match open.last() {
                Some(bracket) => {
                    // A table in braces has keys on lines of their own, too.
                    let is_array = text[bracket.clone()] == *"[";
                    if let Some(length) = word_that_begins(&rest[indent..], is_array) {
                        let before = Some(at + indent..at + indent + length);
                        return Some(Open { at: bracket.clone(), before });
                    }
                }
                None => is_value = false,
            }
        }
        let length = token(rest);
        match rest.as_bytes().first() {
            Some(b'\n') => is_line_start = true,
            Some(b'=') => is_value = true,
            Some(b'[' | b'{') if is_value => open.push(at..at + 1),
            Some(b']' | b'}') => drop(open.pop()),
            _ => {}
        }
        at += length;
    }
    open.pop().map(|at| Open { at, before: None })
}

/// The bytes of a string, a comment or one character.
fn token(rest: &str) -> usize {
    if let Some(string) = string(rest) {
        return string.end;
    }
    match rest.chars().next() {
        Some('#') => rest.find('\n').unwrap_or(rest.len()),
        Some(other) => other.len_utf8(),
        None => 0,
    }
}

/// A string at the beginning of a text.
pub(crate) struct Quoted {
    /// What is between its quotes.
    pub(crate) inside: Range<usize>,
    /// Where it ends.
    pub(crate) end: usize,
}

/// The string that a text begins with. One that is not closed ends with its line, and one of several lines with the text.
pub(crate) fn string(text: &str) -> Option<Quoted> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let three = if quote == '"' { "\"\"\"" } else { "'''" };
    if let Some(inside) = text.strip_prefix(three) {
        let end = 3 + inside.find(three).unwrap_or(inside.len());
        return Some(Quoted { inside: 3..end, end: (end + 3).min(text.len()) });
    }
    let mut is_escaped = false;
    let ends = |c: char| {
        let ends = c == '\n' || (c == quote && !is_escaped);
        is_escaped = c == '\\' && quote == '"' && !is_escaped;
        ends
    };
    let end = text[1..].find(ends).map_or(text.len(), |end| end + 1);
    Some(Quoted { inside: 1..end, end: end + usize::from(text[end..].starts_with(quote)) })
}

/// How long the header is that a line begins with, or the key: no item of an array looks like one.
fn word_that_begins(line: &str, can_be_key: bool) -> Option<usize> {
    let line = line.split('\n').next().unwrap_or(line);
    if let Some(inside) = line.strip_prefix('[') {
        let inside = inside.strip_prefix('[').unwrap_or(inside);
        let (name, _) = inside.split_once(']')?;
        // `[true]` and `[1, 2]` are items of an array.
        let is_header = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !matches!(name, "true" | "false" | "inf" | "nan")
            && name.chars().all(is_of_key);
        return is_header.then(|| line.trim_end().len());
    }
    let (key, value) = line.split_once('=').filter(|_| can_be_key)?;
    let key = key.trim_end();
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(is_of_key);
    (is_key && !value.is_empty()).then_some(key.len())
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '"' | '\'' | '/')
}

/// The one error of a text that is in another language: most of its lines are no TOML.
fn other_language(text: &SourceText, errors: &[Error], open: Option<&Open>) -> Option<Diagnostic> {
    let first = errors.first()?.span().unwrap_or(0..0);
    // Behind a bracket that is not closed each line is an error, whatever it says.
    let end = open.map_or(text.text.len(), |open| open.at.start);
    let lines = written_lines(&text.text[..end]).count();
    let at_lines = errors.iter().filter_map(|error| {
        let start = error.span()?.start;
        text.text.get(..start.min(end)).map(|before| before.rfind('\n'))
    });
    let wrong = at_lines.collect::<BTreeSet<_>>().len();
    let (is_other, message, help) = match language(&text.text) {
        Language::Json => (
            true,
            "this is JSON, and a stack is TOML",
            "write `key = value`, and `[table]` in place of `\"table\": { … }`",
        ),
        Language::Yaml => (
            wrong > 2 && wrong * 2 > lines,
            "this is YAML, and a stack is TOML",
            "write `key = value`, and `[table]` in place of `table:`",
        ),
        Language::Unknown => (
            wrong > 2 && wrong * 4 > lines * 3,
            "this is not TOML",
            "name the file of a stack: lines of the form `key = value`",
        ),
    };
    let diagnostic = Diagnostic::error(Code::Syntax, message).label(text.span(first), "");
    is_other.then(|| diagnostic.help(help))
}

/// The lines of a text that are neither empty nor a comment, which TOML and YAML begin alike.
fn written_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What a text looks like.
enum Language {
    Json,
    Yaml,
    Unknown,
}

fn language(text: &str) -> Language {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // No TOML begins with a brace; a bracket begins a header.
    let is_list = text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'));
    if text.starts_with('{') || is_list {
        return Language::Json;
    }
    let of_yaml = written_lines(text).filter(|line| is_of_yaml(line)).count();
    if of_yaml * 2 > written_lines(text).count() { Language::Yaml } else { Language::Unknown }
}

/// Whether a line is a key of a YAML mapping or an item of a sequence.
fn is_of_yaml(line: &str) -> bool {
    let item = line.strip_prefix("- ");
    let key = item.unwrap_or(line).split_once(": ").map(|(key, _)| key);
    let key = key.or_else(|| item.unwrap_or(line).strip_suffix(':'));
    item.is_some() || line == "---" || key.is_some_and(|key| key.chars().all(is_of_key))
}
