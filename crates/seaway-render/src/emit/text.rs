//! How a string is written: plain, in quotes, or as a literal block.

use super::Format;
use super::quote::{Escapes, folded, must_be_escaped, next, quoted};
use super::writer::indent;

/// Appends `text` as a value. Further lines of it start at `column`; none can where that is `None`.
pub(super) fn value(out: &mut String, text: &str, format: Format, column: Option<usize>) {
    match format {
        Format::Json => quoted(out, text, Escapes::Json),
        Format::Kyaml => folded(out, text, column.unwrap_or(2)),
        Format::Yaml => match (style(text), column) {
            (Style::Plain, _) => out.push_str(text),
            (Style::Literal, Some(column)) => literal(out, text, column),
            (Style::Quoted | Style::Literal, _) => quoted(out, text, Escapes::Yaml),
        },
    }
}

/// Appends `text` as a key, always on one line.
pub(super) fn key(out: &mut String, text: &str, format: Format) {
    match format {
        Format::Json => quoted(out, text, Escapes::Json),
        Format::Kyaml if is_plain_kyaml_key(text) => out.push_str(text),
        Format::Yaml if style(text) == Style::Plain => out.push_str(text),
        Format::Yaml | Format::Kyaml => quoted(out, text, Escapes::Yaml),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Quoted,
    Literal,
}

fn style(text: &str) -> Style {
    match scan(text) {
        Found { escape: true, .. } => Style::Quoted,
        Found { newline: true, trailing_blank: false, .. } if fits_literal(text) => Style::Literal,
        Found { newline: true, .. } | Found { syntax: true, .. } => Style::Quoted,
        Found { .. } if starts_like_syntax(text) || is_word(text) || is_numeric(text) => {
            Style::Quoted
        }
        Found { .. } => Style::Plain,
    }
}

/// What stands in a string, at whatever position.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four findings that do not exclude each other")]
struct Found {
    /// A character that has to be escaped; the rest of the string was not looked at.
    escape: bool,
    newline: bool,
    /// A blank or a tab at the end of a line.
    trailing_blank: bool,
    /// `: `, ` #`, a tab, or `:` or a blank at the end.
    syntax: bool,
}

/// Bytes at which [`scan`] stops.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Ordinary,
    Hash,
    Colon,
    Newline,
    Tab,
    Control,
    /// A byte of a character outside ASCII.
    Wide,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Ordinary; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte < 0x20 || byte == 0x7f {
            classes[byte] = Class::Control;
        } else if byte >= 0x80 {
            classes[byte] = Class::Wide;
        }
        byte += 1;
    }
    classes[b'#' as usize] = Class::Hash;
    classes[b':' as usize] = Class::Colon;
    classes[b'\n' as usize] = Class::Newline;
    classes[b'\t' as usize] = Class::Tab;
    classes
};

/// Whether a byte is of another class than the ordinary one.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without jumps it is asked of sixteen bytes at once: 24 instructions, not 234"
)]
fn is_special(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) | (byte == b'#') | (byte == b':')
}

/// The next place from `from` on at which [`scan`] stops.
fn special(bytes: &[u8], from: usize) -> Option<usize> {
    next(bytes, from, is_special)
}

fn scan(text: &str) -> Found {
    let bytes = text.as_bytes();
    let ends_in_blank = matches!(bytes.last(), Some(b' ' | b'\t'));
    let mut found = Found { syntax: ends_in_blank, ..Found::default() };
    let mut at = 0;
    while let Some(next) = special(bytes, at) {
        at = next;
        let before = || bytes[..at].last();
        match CLASSES[usize::from(bytes[at])] {
            Class::Ordinary => {}
            Class::Hash => found.syntax |= before() == Some(&b' '),
            Class::Colon => {
                found.syntax |= matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'));
            }
            // Further on nothing else matters than what `lines` looks for.
            Class::Newline => return lines(text, at),
            Class::Tab => found.syntax = true,
            Class::Control => return Found { escape: true, ..found },
            Class::Wide => {
                let Some(c) = text[at..].chars().next() else { break };
                if must_be_escaped(c) {
                    return Found { escape: true, ..found };
                }
                at += c.len_utf8();
                continue;
            }
        }
        at += 1;
    }
    found
}

/// What stands in a text of several lines, of that what decides how it is written: a character that has to be escaped,
/// or a blank at the end of a line. Nothing is left to be found before the newline at `from`.
///
/// Configuration files have thousands of lines: it looks at 32 bytes at a time.
fn lines(text: &str, from: usize) -> Found {
    let bytes = text.as_bytes();
    let mut found = Found { newline: true, ..Found::default() };
    found.trailing_blank = matches!(bytes.last(), Some(b' ' | b'\t'));
    let mut at = from.max(1);
    while at < bytes.len() {
        let end = bytes.len().min(at + 32);
        let window = &bytes[at - 1..end];
        let (odd, blank) = window.first_chunk::<33>().map_or_else(|| look(window), |w| look(w));
        found.trailing_blank |= blank;
        if odd {
            // The first bytes may be the end of a character that begins before them.
            let start = (at..end).find(|at| text.is_char_boundary(*at)).unwrap_or(bytes.len());
            let mut odd = text[start..].char_indices().take_while(|(run, _)| start + run < end);
            if odd.any(|(_, c)| !matches!(c, '\n' | '\t') && must_be_escaped(c)) {
                return Found { escape: true, ..found };
            }
        }
        at = end;
    }
    found
}

/// Whether any byte but the first may have to be escaped, and whether any but the first ends a line after a blank.
#[expect(clippy::needless_bitwise_bool, reason = "as for `is_special`")]
#[inline]
fn look(bytes: &[u8]) -> (bool, bool) {
    let (mut odd, mut blank) = (false, false);
    for (before, byte) in bytes.iter().zip(&bytes[1..]) {
        odd |= !(0x20..0x7f).contains(byte) & (*byte != b'\n') & (*byte != b'\t');
        blank |= (*byte == b'\n') & ((*before == b' ') | (*before == b'\t'));
    }
    (odd, blank)
}

/// Whether a literal block holds a text of several lines exactly, for every reader, if no line ends in a blank.
///
/// `|+`, which would keep several newlines at the end, is not used: it swallows the empty lines before the next key.
fn fits_literal(text: &str) -> bool {
    let first = text.trim_start_matches('\n');
    !text.ends_with("\n\n") && !first.is_empty() && !first.starts_with([' ', '\t'])
}

fn literal(out: &mut String, text: &str, column: usize) {
    let (header, body) = text.strip_suffix('\n').map_or(("|-", text), |body| ("|", body));
    out.push_str(header);
    out.push('\n');
    let mut start = 0;
    loop {
        let newline = next(body.as_bytes(), start, |byte| byte == b'\n');
        let end = newline.map_or(body.len(), |newline| newline + 1);
        if newline != Some(start) && start < end {
            indent(out, column);
        }
        out.push_str(&body[start..end]);
        if newline.is_none() {
            return;
        }
        start = end;
    }
}

/// Whether the start of a string, or all of it, is an indicator of YAML.
///
/// `-` followed by a character is none: options of commands stay plain. `=` and `<<` are types of YAML 1.1 (default
/// value, merge); `~` is null.
fn starts_like_syntax(text: &str) -> bool {
    let indicator = b"?:,[]{}#&*!|>'\"%@`=<~ ";
    // A document marker never starts a line of ours, but not every splitter of streams looks for that.
    let marker = |mark: &str| {
        text.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    match text.as_bytes() {
        [] | [b'-'] | [b'-', b' ', ..] => true,
        // Most strings.
        [b'a'..=b'z' | b'A'..=b'Z' | b'/', ..] => false,
        [first, ..] => indicator.contains(first) || marker("---") || marker("..."),
    }
}

/// Whether a name of letters alone is plain, for the many names of fields: what [`style`] says of it, asked for less.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && next(name.as_bytes(), 0, |byte| !byte.is_ascii_alphabetic()).is_none()
        && !is_word(name)
        && !is_infinite(name.as_bytes())
}

/// Whether a string is a null or a boolean to some reader: YAML 1.1 has `y`, `on` and the like, in three cases each.
fn is_word(text: &str) -> bool {
    let words: &[&str] = match text.len() {
        1 => &["y", "n"],
        2 => &["no", "on"],
        3 => &["yes", "off"],
        4 => &["null", "true"],
        5 => &["false"],
        _ => return false,
    };
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a string is, or is close to, a number or a date to some reader.
///
/// Wider than any one grammar, because quotes cost nothing: whatever is built from digits, signs, `.`, `_`, `:`, `,`
/// and `e` alone. That covers base 60 (`10:00`), `1_000`, Ruby's `1,000`, and `1.2.3`, which the float of YAML 1.1
/// (`[0-9.]*` after the point, <https://yaml.org/type/float.html>) matches. A date is four digits and a dash.
fn is_numeric(text: &str) -> bool {
    let bytes = text.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    match unsigned {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] => return true,
        [a, b, c, d, b'-', ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()) => {
            return true;
        }
        [b'.' | b'i' | b'I' | b'n' | b'N', ..] if is_infinite(unsigned) => return true,
        _ if !matches!(bytes.first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'_')) => {
            return false;
        }
        _ => {}
    }
    let numeric = |byte: &u8| {
        matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'_' | b':' | b',' | b'e' | b'E')
    };
    let letter = |byte: &u8| byte.is_ascii_alphabetic();
    // Without a digit, `-e` is an option and no number, but `..` or `-` stays suspicious.
    bytes.iter().all(numeric) && (bytes.iter().any(u8::is_ascii_digit) || !bytes.iter().any(letter))
}

/// `.inf` and `.nan`; without the dot too, because Go's and Python's own number parsers take those.
fn is_infinite(unsigned: &[u8]) -> bool {
    let word = unsigned.strip_prefix(b".").unwrap_or(unsigned);
    ["inf", "nan", "infinity"].iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// KYAML's rule: letters, digits and `_`, inside also `-`, `.` and `/`, and nothing that could be another type.
///
/// ASCII only: which other characters are letters changes with the toolchain's Unicode tables, and the bytes may not.
/// `t` and `f` are booleans to the Go function with which `sigs.k8s.io/yaml/kyaml` asks.
fn is_plain_kyaml_key(text: &str) -> bool {
    let word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    text.starts_with(word)
        && text.ends_with(word)
        && text.chars().all(|c| word(c) || matches!(c, '-' | '.' | '/'))
        && !matches!(text, "t" | "T" | "f" | "F")
        && !is_word(text)
        && !is_numeric(text)
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Class, Style, is_plain_name, is_special, style};

    #[test]
    fn what_a_long_text_holds_is_found_at_each_place() {
        let text = "first\n".to_owned() + &"a line: with # much in it, é\n".repeat(9);
        let found = |at: usize, odd: &str| {
            let (before, after) = text.split_at(at);
            style(&format!("{before}{odd}{after}"))
        };
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_eq!(found(at, "\t.").eq(&Style::Literal), at > 0, "a tab at {at}");
            assert_eq!(found(at, "\u{200b}"), Style::Quoted, "a hidden character at {at}");
            assert_eq!(found(at, "\u{7}"), Style::Quoted, "a control character at {at}");
            let blank = [" \n", "\t\n"].map(|end| found(at, end));
            assert_eq!(
                blank,
                [Style::Quoted, Style::Quoted],
                "a blank at the end of a line at {at}"
            );
        }
        assert_eq!(style(&text), Style::Literal);
        assert_eq!(style("\na\n"), Style::Literal);
    }

    #[test]
    fn the_scan_stops_at_each_byte_that_is_not_ordinary() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_special(byte), CLASSES[usize::from(byte)] != Class::Ordinary, "{byte}");
        }
    }

    #[test]
    fn a_plain_name_is_a_plain_string() {
        let words =
            ["y", "N", "on", "No", "yes", "OFF", "null", "True", "false", "inf", "NaN", "Infinity"];
        for word in words {
            assert!(!is_plain_name(word), "{word}");
        }
        for name in
            words.into_iter().chain(["", "a", "name", "apiVersion", "x509", "a b", "falsey"])
        {
            assert!(!is_plain_name(name) || style(name) == Style::Plain, "{name}");
        }
    }
}
