//! What is printed for people to run: words, commands, comments and statements.
//!
//! A text of a stack or of an earlier output stays one word, one line of a comment, one name or one literal, whatever it holds.
//! A [`Command`] is made of a template that stands in the source and of such words, so that nothing is interpolated past them. A
//! test of the sources refuses a command that is put together in any other way.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use serde::Serialize;

use crate::Sourced;
use crate::values::{Form, Text};
use crate::visible::visible_line;

/// A command line, or a part of one, that is safe to paste into a POSIX shell.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Command(String);

impl Command {
    /// The text. As an argument of another command it becomes one word, as `sh -c` takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The command in lines that can be pasted. The indent stands where a shell passes over it: in no document, whose end
    /// has to be a line of its own, and in no quotes.
    pub fn indented(&self, indent: &str) -> String {
        let mut out = String::with_capacity(self.0.len() + indent.len());
        let (mut end, mut before) = (None, String::new());
        for line in self.0.lines() {
            let is_text = end.is_some() || is_in_quotes(&before);
            out.push_str(if is_text { "" } else { indent });
            out.push_str(line);
            out.push('\n');
            match end {
                Some(last) if last == line => (end, before) = (None, String::new()),
                Some(_) => {}
                None => {
                    before.push_str(line);
                    before.push('\n');
                    let document = line.rsplit_once(" <<'").filter(|_| !is_in_quotes(&before));
                    end = document.and_then(|(_, end)| end.strip_suffix('\''));
                }
            }
        }
        out
    }

    /// The command with another one in place of a program, wherever that is called.
    #[must_use]
    pub fn with_program(&self, program: &str, by: &Self) -> Self {
        let mut out = String::with_capacity(self.0.len() + by.0.len());
        for (at, part) in self.0.split(program).enumerate() {
            if at > 0 {
                let is_word = part.starts_with(' ') && (out.is_empty() || out.ends_with(' '));
                out.push_str(if is_word && !is_in_quotes(&out) { &by.0 } else { program });
            }
            out.push_str(part);
        }
        Self(out)
    }
}

impl std::ops::Deref for Command {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can stand in the place of a `{}` of a template.
pub trait Argument {
    /// Writes it.
    fn put(&self, line: &mut String);
}

/// A text is one word.
impl Argument for &str {
    fn put(&self, line: &mut String) {
        line.push_str(&word(self));
    }
}

impl Argument for String {
    fn put(&self, line: &mut String) {
        line.push_str(&word(self));
    }
}

impl Argument for Cow<'_, str> {
    fn put(&self, line: &mut String) {
        line.push_str(&word(self));
    }
}

impl<F: Form> Argument for Text<F> {
    fn put(&self, line: &mut String) {
        line.push_str(&word(self));
    }
}

impl<T: Argument> Argument for Sourced<T> {
    fn put(&self, line: &mut String) {
        self.value.put(line);
    }
}

/// A command stays what it is, which may be several words.
impl Argument for Command {
    fn put(&self, line: &mut String) {
        line.push_str(&self.0);
    }
}

/// A command: each `{}` of the template stands for one argument. No `{}` stands in quotes.
pub fn command(template: &'static str, arguments: &[&dyn Argument]) -> Command {
    let mut line = String::with_capacity(template.len() + 16 * arguments.len());
    let mut parts = template.split("{}");
    line.push_str(parts.next().unwrap_or_default());
    let mut arguments = arguments.iter();
    for part in parts {
        debug_assert!(!is_in_quotes(&line), "a word in quotes: {template}");
        let argument = arguments.next();
        debug_assert!(argument.is_some(), "too few arguments: {template}");
        if let Some(argument) = argument {
            argument.put(&mut line);
        }
        line.push_str(part);
    }
    debug_assert!(arguments.next().is_none(), "too many arguments: {template}");
    Command(line)
}

/// Commands with a blank between them: the words of a list, or the arguments of one command.
pub fn joined(commands: impl IntoIterator<Item = Command>) -> Command {
    separated(commands, " ")
}

/// Commands in lines of their own.
pub fn lines(commands: impl IntoIterator<Item = Command>) -> Command {
    separated(commands, "\n")
}

/// Commands with a text between them that a shell knows.
pub fn separated(commands: impl IntoIterator<Item = Command>, separator: &'static str) -> Command {
    let all: Vec<String> = commands.into_iter().map(|command| command.0).collect();
    Command(all.join(separator))
}

/// The value of a variable as one word.
pub fn variable(name: &str) -> Command {
    let is_of_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    Command(format!("\"${}\"", name.chars().filter(is_of_name).collect::<String>()))
}

/// Texts as words.
pub fn words<T: AsRef<str>>(texts: &[T]) -> Command {
    joined(texts.iter().map(|text| command("{}", &[&text.as_ref()])))
}

/// A command that reads a text, in which a shell changes nothing.
pub fn reading(command: &Command, end: &'static str, text: &str) -> Command {
    let mut end = end.to_owned();
    while text.lines().any(|line| line == end) {
        end.push('_');
    }
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Command(format!("{command} <<'{end}'\n{text}{newline}{end}"))
}

/// Whether a quote is open at the end of a line.
fn is_in_quotes(line: &str) -> bool {
    let mut open = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), c) if c == quote => open = None,
            (None | Some('"'), '\\') => {
                chars.next();
            }
            _ => {}
        }
    }
    open.is_some()
}

/// A text as one word of a POSIX shell.
pub fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@=+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// A comment of a shell in one line.
pub fn comment(text: &str) -> Command {
    Command(format!("# {}", visible_line(text)))
}

/// A text as a literal of Python.
pub fn python(text: &str) -> String {
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

/// A text as a name of SQL: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>.
pub fn sql_name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A text as a name that a meta-command of `psql` reads: it folds letters and ends at a blank unless it stands in quotes.
pub fn psql_name(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(sql_name(text))
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
    fn commands_are_made_of_words_and_of_commands() {
        let kubectl = command("kubectl -n {}", &[&"a b"]);
        assert_eq!(kubectl.as_str(), "kubectl -n 'a b'");
        let inner = command("echo {}", &[&"it's"]);
        let nested = command("{} exec pod/{} -- sh -c {}", &[&kubectl, &"x;y", &inner.as_str()]);
        assert_eq!(
            nested.as_str(),
            r"kubectl -n 'a b' exec pod/'x;y' -- sh -c 'echo '\''it'\''\'\'''\''s'\'''"
        );
        assert_eq!(words(&["a", "b c"]).as_str(), "a 'b c'");
        let other = command("kubectl --context a", &[]);
        let piped = command("kubectl get {} | kubectl apply", &[&"a kubectl b"]);
        assert_eq!(
            piped.with_program("kubectl", &other).as_str(),
            "kubectl --context a get 'a kubectl b' | kubectl --context a apply"
        );
    }

    #[test]
    fn a_text_that_is_read_can_not_end_itself() {
        let cat = command("cat", &[]);
        assert_eq!(reading(&cat, "EOF", "a\nEOF\n").as_str(), "cat <<'EOF_'\na\nEOF\nEOF_");
        assert_eq!(reading(&cat, "EOF", "a").as_str(), "cat <<'EOF'\na\nEOF");
    }

    #[test]
    fn an_indent_changes_nothing() {
        let cat = command("cat", &[]);
        let all = lines([
            reading(&cat, "EOF", "a: |\n  <<'EOF'\n\nEOF\n"),
            command("printf %s {} \\\n  | cat", &[&"it's <<'B'\n  b"]),
            command("true", &[]),
        ]);
        assert_eq!(
            all.indented("   "),
            "   cat <<'EOF_'\na: |\n  <<'EOF'\n\nEOF\nEOF_\n   printf %s 'it'\\''s <<'\\''B'\\''\n  b' \\\n     | cat\n   true\n"
        );
    }

    #[test]
    fn comments_stay_in_their_line() {
        assert_eq!(comment("a\ntouch x\u{9b}").as_str(), "# a\\ntouch x\\u009b");
    }

    #[test]
    fn quotes_are_seen() {
        for (line, expected) in [
            ("a 'b", true),
            ("a 'b' ", false),
            ("a \"b\\\"", true),
            ("a \"b'\"", false),
            (r"a \' ", false),
        ] {
            assert_eq!(is_in_quotes(line), expected, "{line}");
        }
    }

    #[test]
    fn literals_stay_literals() {
        assert_eq!(python("celery"), "\"celery\"");
        assert_eq!(python("a\"); import os #\\"), r#""a\"); import os #\\""#);
        assert_eq!(python("ü\n"), r#""\U000000fc\U0000000a""#);
    }

    #[test]
    fn names_stay_names() {
        assert_eq!(sql_name("a\"; DROP"), "\"a\"\"; DROP\"");
        assert_eq!(psql_name("shop_1"), "shop_1");
        assert_eq!(psql_name("Shop"), "\"Shop\"");
    }
}
