//! Double quotes and escapes.

use std::fmt::Write as _;

use super::writer::indent;

/// Whose escapes may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Those that YAML 1.1 and 1.2 share.
    Yaml,
    /// Those of JSON, with surrogate pairs.
    Json,
}

/// Appends `text` in double quotes, on one line.
pub(super) fn quoted(out: &mut String, text: &str, escapes: Escapes) {
    out.push('"');
    body(out, text, escapes);
    out.push('"');
}

/// Appends `text` as KYAML does: over several lines if it has several, each folded into the next by a backslash.
///
/// The blank before each line is dropped by readers. It keeps lines aligned with those that start with a blank, of
/// which the first has to be escaped.
pub(super) fn folded(out: &mut String, text: &str, column: usize) {
    if !text.contains('\n') {
        return quoted(out, text, Escapes::Yaml);
    }
    out.push_str("\"\\\n");
    for line in text.split_inclusive('\n') {
        indent(out, column);
        out.push(if line.starts_with(' ') { '\\' } else { ' ' });
        body(out, line, Escapes::Yaml);
        out.push_str("\\\n");
    }
    indent(out, column);
    out.push('"');
}

fn body(out: &mut String, text: &str, escapes: Escapes) {
    let (mut at, mut copied) = (0, 0);
    while let Some(odd) = next(text.as_bytes(), at, may_be_escaped) {
        let Some(c) = text[odd..].chars().next() else { break };
        at = odd + c.len_utf8();
        if matches!(c, '"' | '\\') || must_be_escaped(c) {
            out.push_str(&text[copied..odd]);
            escape(out, c, escapes);
            copied = at;
        }
    }
    out.push_str(&text[copied..]);
}

/// Whether a byte is, or begins, a character that may have to be escaped in double quotes.
#[expect(clippy::needless_bitwise_bool, reason = "without jumps it is asked of many at once")]
fn may_be_escaped(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte) | (byte == b'"') | (byte == b'\\')
}

/// The next place from `from` on with a byte that is looked for. Most text holds none for long: it looks at sixteen at
/// a time. Most strings are shorter than that: it looks at the two ends of what is left, which overlap.
pub(super) fn next(bytes: &[u8], from: usize, is_one: impl Fn(u8) -> bool) -> Option<usize> {
    let (chunks, rest) = bytes[from..].as_chunks::<16>();
    let mut at = from;
    for chunk in chunks {
        if any(chunk, &is_one) {
            return first(chunk, &is_one).map(|run| at + run);
        }
        at += 16;
    }
    let is_without = match rest.len() {
        8.. => is_without::<8>(rest, &is_one),
        4.. => is_without::<4>(rest, &is_one),
        _ => false,
    };
    if is_without { None } else { first(rest, &is_one).map(|run| at + run) }
}

/// Whether any byte is one that is looked for, asked without jumps.
fn any<const N: usize>(chunk: &[u8; N], is_one: impl Fn(u8) -> bool) -> bool {
    chunk.iter().fold(false, |any, byte| any | is_one(*byte))
}

/// Whether the first and the last `N` bytes are all others. There are at least so many, and at most twice as many.
fn is_without<const N: usize>(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> bool {
    let ends = [bytes.first_chunk::<N>(), bytes.last_chunk::<N>()];
    ends.into_iter().flatten().all(|end| !any(end, &is_one))
}

fn first(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|byte| is_one(*byte))
}

fn escape(out: &mut String, c: char, escapes: Escapes) {
    let short = match (c, escapes) {
        ('"' | '\\', _) => c,
        ('\u{8}', _) => 'b',
        ('\t', _) => 't',
        ('\n', _) => 'n',
        ('\u{c}', _) => 'f',
        ('\r', _) => 'r',
        ('\0', Escapes::Yaml) => '0',
        ('\u{7}', Escapes::Yaml) => 'a',
        ('\u{b}', Escapes::Yaml) => 'v',
        ('\u{1b}', Escapes::Yaml) => 'e',
        ('\u{85}', Escapes::Yaml) => 'N',
        ('\u{a0}', Escapes::Yaml) => '_',
        ('\u{2028}', Escapes::Yaml) => 'L',
        ('\u{2029}', Escapes::Yaml) => 'P',
        _ => return escape_by_number(out, c, escapes),
    };
    out.push('\\');
    out.push(short);
}

fn escape_by_number(out: &mut String, c: char, escapes: Escapes) {
    let number = u32::from(c);
    // Writing to a string cannot fail.
    let _ = match escapes {
        Escapes::Yaml if number < 0x80 => write!(out, "\\x{number:02x}"),
        Escapes::Yaml if number < 0x1_0000 => write!(out, "\\u{number:04x}"),
        Escapes::Yaml => write!(out, "\\U{number:08x}"),
        Escapes::Json => {
            c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
        }
    };
}

/// Whether a character may not stand in the output as itself.
///
/// Some would break a reader (C0, C1, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF), the rest would deceive one: a
/// reviewer approves what he sees. These are the characters that Unicode calls default ignorable (zero width, soft
/// hyphen, fillers, bidirectional controls, tags), blanks other than U+0020, private use and noncharacters. The ranges
/// are a table here and not `char::escape_debug`, which changes with the toolchain. U+FE0E and U+FE0F stay: they choose
/// between the two forms of an emoji, and a `⚠️` must not turn a whole dashboard into one quoted line.
pub(super) fn must_be_escaped(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{1680}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}'
        | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_place_is_found_wherever_it_is() {
        for length in 0..50 {
            for from in 0..=length {
                let mut bytes = vec![b'-'; length];
                assert_eq!(next(&bytes, from, |byte| byte == b'x'), None, "{length}, {from}");
                for at in (0..length).rev() {
                    // Those further on are there, too.
                    bytes[at] = b'x';
                    let found = next(&bytes, from, |byte| byte == b'x');
                    let nearest = Some(at.max(from)).filter(|nearest| *nearest < length);
                    assert_eq!(found, nearest, "{length}, {from}, {at}");
                }
            }
        }
    }
}
