//! Characters that change what a reader sees: a terminal obeys them, or a reviewer does not see them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is a control character of C0 or C1, a line or paragraph separator of Unicode, a direction of writing, or
/// has no width.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The escape of a character, which JSON and people read: `\u009b`.
pub fn escaped(c: char) -> String {
    let mut text = String::new();
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a String can not fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
    text
}

/// A text of several lines with an escape in place of each hidden character. Line feeds and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_shown = |c: char| c == '\n' || c == '\t' || !is_hidden(c);
    if text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) { out.push(c) } else { out.push_str(&escaped(c)) }
    }
    Cow::Owned(out)
}

/// A text of one line with an escape in place of each hidden character.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    match visible(text) {
        shown if shown.contains(['\n', '\t']) => {
            Cow::Owned(shown.replace('\n', "\\n").replace('\t', "\\t"))
        }
        shown => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_view_is_escaped() {
        assert_eq!(visible("a\tü\n→ 中"), "a\tü\n→ 中");
        assert_eq!(visible("\u{1b}[2J\u{9b}1m\u{7f}\r"), "\\u001b[2J\\u009b1m\\u007f\\u000d");
        assert_eq!(visible("\u{202e}a\u{2066}\u{200b}\u{feff}"), "\\u202ea\\u2066\\u200b\\ufeff");
        assert_eq!(visible_line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(escaped('\u{e0001}'), "\\udb40\\udc01");
    }
}
