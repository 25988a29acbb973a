//! `seaway explain`: the page of a code or of a consequence.

use std::fmt::Write as _;

use seaway_core::code::Page;
use seaway_core::{Code, Consequence, suggest};

use crate::messages::{Message, Report, Terminal, USAGE};
use crate::status::Status;

/// Most characters of a line of text.
const WIDTH: usize = 80;

/// Prints the page of a code, or the list of all.
pub(super) fn run(name: Option<&str>, terminal: Terminal) -> Status {
    let Some(name) = name else { return super::print(&list(), terminal) };
    let text = match (Code::named(name), Consequence::named(name)) {
        (Some(code), _) => {
            let title = format!("{}[{code}]: {}", code.severity().as_str(), code.summary());
            page(&title, &code.page())
        }
        (None, Some(word)) => {
            page(&format!("consequence[{word}]: {}", word.summary()), &word.page())
        }
        (None, None) => return unknown(name, terminal),
    };
    super::print(&text, terminal)
}

fn unknown(name: &str, terminal: Terminal) -> Status {
    let message = Message::error(USAGE, format!("there is no code `{name}`"));
    let words = Code::all().map(Code::as_str).chain(Consequence::all().map(Consequence::as_str));
    let message = match suggest::nearest(name, words) {
        Some(near) => message.help(format!("did you mean `{near}`?")),
        None => message.help("`seaway explain` lists all codes"),
    };
    terminal.show(&Report::from(message), None);
    Status::Usage
}

/// A line a code, its usual severity, and what it says; then the consequences that are no code as well.
fn list() -> String {
    let width = Code::all().map(|code| code.as_str().len()).max().unwrap_or_default();
    let line = |code: Code| {
        let severity = code.severity().as_str();
        format!("{:width$}  {severity:7}  {}\n", code.as_str(), code.summary())
    };
    let consequences = Consequence::all().filter(|word| Code::named(word.as_str()).is_none());
    let consequence =
        |word: Consequence| format!("{:width$}  follows  {}\n", word.as_str(), word.summary());
    Code::all().map(line).chain(consequences.map(consequence)).collect()
}

/// The text in lines of a terminal, the examples indented.
fn page(title: &str, page: &Page) -> String {
    let mut out = format!("{title}\n");
    for paragraph in page.text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        let _ = write!(out, "\n{}", wrapped(paragraph));
    }
    for example in &page.examples {
        let _ = writeln!(out, "\n{}\n", example.role.about());
        for line in example.text.lines() {
            let indent = if line.is_empty() { "" } else { "    " };
            let _ = writeln!(out, "{indent}{line}");
        }
    }
    out
}

/// A paragraph in lines of at most [`WIDTH`] characters where its words allow it. Blocks of code and lists stay as they
/// are written.
fn wrapped(paragraph: &str) -> String {
    if paragraph.starts_with("```") || paragraph.lines().any(|line| line.starts_with("- ")) {
        return format!("{paragraph}\n");
    }
    let (mut out, mut length) = (String::new(), 0);
    for word in paragraph.split_whitespace() {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > WIDTH {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += word_length;
    }
    out.push('\n');
    out
}
