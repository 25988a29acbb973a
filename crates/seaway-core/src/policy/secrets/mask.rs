//! A stack as messages show it: without the secrets that are written in it.

use std::borrow::Cow;
use std::ops::Range;

use super::{in_command, secret_at};
use crate::document::syntax::string;

/// A text of TOML with `*` for each byte of a string that looks like a secret, so that every place in it stays where it is.
///
/// It looks at the text alone, since a message may be about one that is no TOML, or that no stage could be made of.
pub fn masked(text: &str) -> Cow<'_, str> {
    let mut scan =
        Scan { text, at: 0, key: String::new(), header: String::new(), found: Vec::new() };
    scan.run();
    if scan.found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for range in scan.found {
        shown.push_str(&text[end..range.start]);
        for c in text[range.clone()].chars() {
            match c {
                '\n' | '\r' => shown.push(c),
                c => shown.extend(std::iter::repeat_n('*', c.len_utf8())),
            }
        }
        end = range.end;
    }
    shown.push_str(&text[end..]);
    Cow::Owned(shown)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// The last key, whose value stands here.
    key: String,
    /// The table that the keys of the line are in.
    header: String,
    found: Vec<Range<usize>>,
}

impl Scan<'_> {
    fn run(&mut self) {
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut starts_line = true;
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '#' => self.skip_while(|c| c != '\n'),
                '"' | '\'' => {
                    let Some(string) = string(&self.text[self.at..]) else { break };
                    let inside = self.at + string.inside.start..self.at + string.inside.end;
                    self.at += string.end;
                    if self.is_key() {
                        self.key = self.text[inside].to_owned();
                    } else {
                        words.push(inside);
                    }
                }
                '[' if starts_line => {
                    let start = self.at;
                    self.skip_while(|c| c != '\n');
                    self.text[start..self.at].clone_into(&mut self.header);
                }
                c if is_bare(c) => {
                    let start = self.at;
                    self.skip_while(is_bare);
                    let word = start..self.at;
                    if self.is_key() {
                        self.take(&mut words);
                        self.key = self.text[word].to_owned();
                    }
                }
                '\n' => {
                    self.at += 1;
                    starts_line = true;
                    continue;
                }
                c => self.at += c.len_utf8(),
            }
            starts_line &= c == ' ' || c == '\t';
        }
        self.take(&mut words);
    }

    /// Judges the strings of one key: one value, or the items of a list, which may be the words of a command.
    fn take(&mut self, words: &mut Vec<Range<usize>>) {
        let texts: Vec<String> =
            words.iter().map(|range| unescaped(&self.text[range.clone()])).collect();
        let of_command: Vec<usize> =
            in_command(texts.iter().map(String::as_str)).into_iter().map(|(at, _)| at).collect();
        let is_data = self.header.contains("stringData") || self.key == "stringData";
        for (at, (range, text)) in words.drain(..).zip(&texts).enumerate() {
            let is_secret = secret_at(&self.key, text).is_some();
            if !text.is_empty() && (is_secret || is_data || of_command.contains(&at)) {
                self.found.push(range);
            }
        }
    }

    fn skip_while(&mut self, is_part: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    }

    /// Whether what ends here is a key: `=` or a dot follows.
    fn is_key(&self) -> bool {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        rest.starts_with(['=', '.'])
    }
}

/// A text with its lines apart.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\\"", "\"")
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}
