//! The text of a stack and places in it.

use std::collections::BTreeMap;
use std::ops::Range;

/// A range of bytes in the text of the stack file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The span as a range that indexes the text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<Range<usize>> for Span {
    /// A stack file is far below 4 GiB: [`crate::parse`] refuses a larger one.
    fn from(range: Range<usize>) -> Self {
        let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: narrow(range.start), end: narrow(range.end) }
    }
}

/// A place as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalar values, from 1.
    pub column: usize,
}

/// Everything that a compilation reads: the stack file, and the files beside it that it names.
///
/// The compiler does no I/O: who embeds it reads the files and hands them over here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// How messages call the stack file, for example `stacks/shop/stack.toml`.
    pub name: String,
    /// The text of the stack file.
    pub text: String,
    /// Files that the stack names ([`crate::Document::files`]), by the path that it names.
    pub files: BTreeMap<String, String>,
}

impl Source {
    /// A source of one text without further files.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), files: BTreeMap::new() }
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The place of `part` inside the string that was written at `span`, or the whole string if it is not there.
    ///
    /// `offset` is where `part` begins in the string as the program sees it: without quotes, escapes undone.
    pub fn inside(&self, span: Span, offset: usize, part: &str) -> Span {
        let Some(raw) = self.text.get(span.range()) else { return span };
        let start = written_offset(raw, offset);
        let found = if raw.get(start..).is_some_and(|rest| rest.starts_with(part)) {
            start
        } else if let Some(first) = raw.find(part) {
            first
        } else {
            return span;
        };
        let start = span.start as usize + found;
        Span::from(start..start + part.len())
    }
}

/// Where the byte `offset` of a string lies in the TOML that was written for it, quotes included.
fn written_offset(raw: &str, offset: usize) -> usize {
    let is_long = raw.starts_with("\"\"\"") || raw.starts_with("'''");
    let is_escaped = |at: usize| raw.starts_with('"') && raw[at..].starts_with('\\');
    let mut at = if is_long { 3 } else { 1 };
    if is_long {
        // TOML drops a newline right behind the opening quotes.
        let body = raw.get(at..).unwrap_or_default();
        let newline = ["\r\n", "\n"].into_iter().find(|newline| body.starts_with(newline));
        at += newline.map_or(0, str::len);
    }
    let mut seen = 0;
    while at < raw.len() {
        let (written, read) = if is_escaped(at) { escape(&raw[at..]) } else { plain(&raw[at..]) };
        // A line end that is escaped stands for nothing, so it is passed over even right before the byte.
        if seen >= offset && read > 0 {
            break;
        }
        at = (at + written).min(raw.len());
        seen += read;
    }
    at
}

/// Bytes of a character as it is written and as it is read.
fn plain(rest: &str) -> (usize, usize) {
    let length = rest.chars().next().map_or(1, char::len_utf8);
    (length, length)
}

/// Bytes of an escape as it is written and as it is read.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            let behind = rest[1..].trim_start_matches([' ', '\t', '\r', '\n']);
            return (rest.len() - behind.len(), 0);
        }
        Some(byte) if byte.is_ascii() => return (2, 1),
        _ => return (1, 1),
    };
    let code = rest.get(2..2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match code.and_then(char::from_u32) {
        Some(character) => (2 + digits, character.len_utf8()),
        None => (2, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = Source::new("s", "é = 1\nb = 2");
        assert_eq!(source.position(3), Position { line: 1, column: 3 });
        assert_eq!(source.position(7), Position { line: 2, column: 1 });
        assert_eq!(source.position(u32::MAX), Position { line: 2, column: 6 });
    }

    #[test]
    fn a_part_of_a_string_is_found_behind_an_escape() {
        let source = Source::new("s", r#"a = "\t${b.c}""#);
        let span = Span::from(4..source.text.len());
        assert_eq!(&source.text[source.inside(span, 1, "${b.c}").range()], "${b.c}");
    }
    /// Which `X` of the TOML string `raw` is found for the `nth` one of its value.
    fn found(raw: &str, nth: usize) -> Option<usize> {
        let source = Source::new("s", format!("a = {raw}"));
        let table = toml::de::DeTable::parse(&source.text).expect("valid TOML");
        let value = table.get_ref().get("a").expect("the value");
        let read = value.get_ref().as_str().expect("a string");
        let (offset, _) = read.match_indices('X').nth(nth).expect("an X");
        let place = source.inside(Span::from(value.span()), offset, "X");
        raw.match_indices('X').position(|(at, _)| at + 4 == place.start as usize)
    }

    #[test]
    fn the_right_one_of_several_is_found_behind_every_kind_of_escape() {
        for raw in [
            r#""X\tX\"X\u00e9X\U0001F600X\x41X\e\\X""#,
            r"'X\tXéX'",
            "\"\"\"\n\nX\nX\\\n   \n  X \\  \n X\\tX\"\"\"",
            "'''\nX\n\nX'''",
            "\"\"\"\r\nX\r\nX\\\r\n  X\"\"\"",
        ] {
            for nth in 0..raw.matches('X').count() {
                assert_eq!(found(raw, nth), Some(nth), "{raw}");
            }
        }
    }
}
