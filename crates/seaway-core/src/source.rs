//! The texts of a stack and places in them: the source map.
//!
//! What a stage is made of may be written in several texts: the stack file, the files that it extends, overlays and
//! flags of the command line, and the types that Seaway ships. All of them lie in one space of offsets, so that a
//! [`Span`] stays eight bytes and says by itself which text it is in:
//!
//! ```text
//! 0           stack.toml                end
//! end + 1     ../base/stack.toml        end of that
//! …
//! ```
//!
//! The offset behind a text's last byte still belongs to that text, since an error at the end of a file points there.
//! The next text begins one byte later. Thus every offset has exactly one text, also where texts are empty.
//!
//! A pass never asks which text a span is in: it merges, compares and sorts spans as numbers. Only the two ends of the
//! compiler do. [`parse_text`](crate::document::parse_text) gives each node a span in the shared space, and whoever
//! shows a message turns the span back into a name, a line and a column with [`Source::text_at`] and
//! [`SourceText::position`].

pub mod shipped;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A range of bytes in the space of offsets that all texts of a [`Source`] share.
///
/// Both ends lie in the same text: [`SourceText::span`] makes a span, and [`Source::text_at`] finds its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The place of what stands in for a value that is missing or at fault. A [`Sink`](crate::Sink) takes no diagnostic about it:
    /// the fault itself was reported.
    pub const NOWHERE: Self = Self { start: u32::MAX, end: u32::MAX };
}

/// A place as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalar values, from 1.
    pub column: usize,
}

/// Who wrote a text, and so whether a tool can point at a line of it in the user's repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextKind {
    /// A file of the user, who can open and change it.
    File,
    /// Words of the command line. There is no file to open.
    Flag,
    /// A part of Seaway, compiled into it. The user cannot change it, only write something else over it.
    Shipped,
}

/// One text of a [`Source`], and where its offsets begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// Who wrote it.
    pub kind: TextKind,
    /// How messages call it, for example `stacks/shop/stack.toml`.
    pub name: Cow<'static, str>,
    /// The text itself.
    pub text: Cow<'static, str>,
    /// The offset of its first byte.
    pub start: u32,
    /// Where another text asked for this one. A tool that cannot point into this text points there.
    pub asked_by: Option<Span>,
}

impl SourceText {
    /// The offset behind its last byte, the last one that belongs to it.
    pub fn end(&self) -> u32 {
        self.offset(self.text.len())
    }

    /// The span of a range of bytes of this text.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span { start: self.offset(range.start), end: self.offset(range.end) }
    }

    /// The bytes of this text that a span covers: always within it and between characters, so that it can be sliced.
    pub fn range(&self, span: Span) -> Range<usize> {
        let start = self.index(span.start);
        start..self.index(span.end).max(start)
    }

    /// Line and column of an offset; an offset behind the text is its end.
    pub fn position(&self, offset: u32) -> Position {
        let before = &self.text[..self.index(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// A text that does not fit below 4 GiB is refused by [`parse_text`](crate::document::parse_text).
    fn offset(&self, byte: usize) -> u32 {
        u32::try_from(byte).map_or(u32::MAX, |byte| self.start.saturating_add(byte))
    }

    fn index(&self, offset: u32) -> usize {
        let mut index = (offset.saturating_sub(self.start) as usize).min(self.text.len());
        while !self.text.is_char_boundary(index) {
            index -= 1;
        }
        index
    }
}

/// Everything that a compilation reads: the stack file, the texts that are layers of it, and the files beside it that
/// it names.
///
/// The compiler does no I/O: who embeds it reads the files and hands them over here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The stack file. Its offsets begin at zero.
    pub stack: SourceText,
    /// All other texts that places point into, in the order of their offsets. [`Source::add`] adds one.
    pub further: Vec<SourceText>,
    /// Files that the texts name, by the offset of the text that names it and by the path as it is written there.
    /// [`Source::add_file`] adds one. No place points into them.
    pub files: BTreeMap<(u32, String), String>,
    /// Files with definitions of custom resources, by the offset of the text and by the path that name them: a file or a folder.
    /// [`Source::add_crds`] adds them. No place points into them.
    pub crds: BTreeMap<(u32, String), Vec<CrdFile>>,
}

/// A file with definitions of custom resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrdFile {
    /// Its path, relative to the folder of the text that names it.
    pub path: String,
    /// What is in it.
    pub text: Arc<str>,
}

impl Default for Source {
    fn default() -> Self {
        Self::new("", "")
    }
}

impl Source {
    /// A source of one text without further texts and files.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let stack = SourceText {
            kind: TextKind::File,
            name: name.into().into(),
            text: text.into().into(),
            start: 0,
            asked_by: None,
        };
        Self { stack, further: Vec::new(), files: BTreeMap::new(), crds: BTreeMap::new() }
    }

    /// Adds a text behind all others and gives it back with its offset.
    ///
    /// `asked_by` is the place that names it, in a text that was added before. The name of a
    /// [shipped](TextKind::Shipped) text is its path in the repository of Seaway; messages call it `<seaway>/…`, so
    /// that nobody looks for it beside the stack.
    pub fn add(
        &mut self,
        kind: TextKind,
        name: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
        asked_by: Option<Span>,
    ) -> &SourceText {
        let name = name.into();
        let name = match kind {
            TextKind::File | TextKind::Flag => name,
            TextKind::Shipped => format!("<seaway>/{name}").into(),
        };
        let last = self.further.last().unwrap_or(&self.stack);
        let start = last.end().saturating_add(1);
        self.further.push(SourceText { kind, name, text: text.into(), start, asked_by });
        self.further.last().unwrap_or(&self.stack)
    }

    /// The text that an offset lies in; one behind all texts counts as the end of the last.
    pub fn text_at(&self, offset: u32) -> &SourceText {
        if let Some(text) = shipped::text_at(offset) {
            return text;
        }
        let behind = self.further.partition_point(|text| text.start <= offset);
        let text = behind.checked_sub(1).and_then(|index| self.further.get(index));
        text.unwrap_or(&self.stack)
    }

    /// Line and column of an offset in the text that it lies in.
    pub fn position(&self, offset: u32) -> Position {
        self.text_at(offset).position(offset)
    }

    /// What was written at a span.
    pub fn written(&self, span: Span) -> &str {
        let text = self.text_at(span.start);
        &text.text[text.range(span)]
    }

    /// The place of `part` inside the string that was written at `span`, or the whole string if it is not there.
    ///
    /// `offset` is where `part` begins in the string as the program sees it: without quotes, escapes undone.
    pub fn inside(&self, span: Span, offset: usize, part: &str) -> Span {
        let text = self.text_at(span.start);
        let written = text.range(span);
        let raw = &text.text[written.clone()];
        let start = written_offset(raw, offset);
        let found = if raw.get(start..).is_some_and(|rest| rest.starts_with(part)) {
            start
        } else if let Some(first) = raw.find(part) {
            first
        } else {
            return span;
        };
        let start = written.start + found;
        text.span(start..start + part.len())
    }

    /// The places of several parts of the string that was written at `span`, in one way through it. Each part comes with its
    /// offset, in their order; one that is not there has the place of the whole string.
    pub fn all_inside<'p>(
        &self,
        span: Span,
        parts: impl IntoIterator<Item = (usize, &'p str)>,
    ) -> Vec<Span> {
        let text = self.text_at(span.start);
        let written = text.range(span);
        let raw = &text.text[written.clone()];
        let mut walk = Walk::new(raw);
        let place = |(offset, part): (usize, &str)| {
            let start = walk.to(offset);
            let is_there = raw.get(start..).is_some_and(|rest| rest.starts_with(part));
            if !is_there {
                return span;
            }
            let start = written.start + start;
            text.span(start..start + part.len())
        };
        parts.into_iter().map(place).collect()
    }
}

/// Where the byte `offset` of a string lies in the TOML that was written for it, quotes included.
fn written_offset(raw: &str, offset: usize) -> usize {
    Walk::new(raw).to(offset)
}

/// A way through the TOML of a string, from its first byte to its last.
struct Walk<'a> {
    raw: &'a str,
    at: usize,
    /// Bytes of the string that were passed.
    seen: usize,
}

impl<'a> Walk<'a> {
    fn new(raw: &'a str) -> Self {
        let is_long = raw.starts_with("\"\"\"") || raw.starts_with("'''");
        let mut at = if is_long { 3 } else { 1 };
        if is_long {
            // TOML drops a newline right behind the opening quotes.
            let body = raw.get(at..).unwrap_or_default();
            let newline = ["\r\n", "\n"].into_iter().find(|newline| body.starts_with(newline));
            at += newline.map_or(0, str::len);
        }
        Self { raw, at, seen: 0 }
    }

    /// Goes on to the byte `offset` of the string, which does not lie before the last one that was asked for.
    fn to(&mut self, offset: usize) -> usize {
        while let Some(rest) = self.raw.get(self.at..).filter(|rest| !rest.is_empty()) {
            let is_escaped = self.raw.starts_with('"') && rest.starts_with('\\');
            let (written, read) = if is_escaped { escape(rest) } else { plain(rest) };
            // A line end that is escaped stands for nothing, so it is passed over even right before the byte.
            if self.seen >= offset && read > 0 {
                break;
            }
            self.at = (self.at + written).min(self.raw.len());
            self.seen += read;
        }
        self.at
    }
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
        let mut source = Source::new("s", r#"a = "\t${b.c}""#);
        source.add(TextKind::File, "t", r#"é = "\t${b.c}""#, None);
        for text in [&source.stack, &source.further[0]] {
            let span = text.span(text.text.find('"').expect("a string")..text.text.len());
            let place = source.inside(span, 1, "${b.c}");
            assert_eq!(source.written(place), "${b.c}");
            assert_eq!(source.text_at(place.start), text);
        }
    }

    /// Which `X` of the TOML string `raw` is found for the `nth` one of its value.
    fn found(raw: &str, nth: usize) -> Option<usize> {
        let source = Source::new("s", format!("a = {raw}"));
        let table = toml::de::DeTable::parse(&source.stack.text).expect("valid TOML");
        let value = table.get_ref().get("a").expect("the value");
        let read = value.get_ref().as_str().expect("a string");
        let (offset, _) = read.match_indices('X').nth(nth).expect("an X");
        let place = source.inside(source.stack.span(value.span()), offset, "X");
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
