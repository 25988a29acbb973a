//! Words of commands that are printed for people to run: what comes from a stack is a word, whatever it holds.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text as one word of a POSIX shell.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// A text as a literal of Python.
pub(crate) fn python(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                literal.push('\\');
                literal.push(c);
            }
            ' '..='~' => literal.push(c),
            _ => {
                let _ = write!(literal, "\\U{:08x}", u32::from(c));
            }
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(word("a-b/c.d:e@f=g+h,i_j"), "a-b/c.d:e@f=g+h,i_j");
        assert_eq!(word(""), "''");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("a';touch x;'$(id)`id`"), r"'a'\'';touch x;'\''$(id)`id`'");
        assert_eq!(word("~"), "'~'");
        assert_eq!(word("a\nb"), "'a\nb'");
    }

    #[test]
    fn literals_stay_literals() {
        assert_eq!(python("celery"), "\"celery\"");
        assert_eq!(python("a\"); import os #\\"), r#""a\"); import os #\\""#);
        assert_eq!(python("ü\n"), r#""\U000000fc\U0000000a""#);
    }
}
