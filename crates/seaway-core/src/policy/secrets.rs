//! Secrets that are written as text: what tells them from other values.
//!
//! A value is a secret by its form (a private key, a token of a known provider, a URL with a password, `PASSWORD=…` inside of a
//! text), whatever its name is, or by the name of what holds it. A name alone proves little: switches, numbers, paths, names of
//! classes and values that are handed on are no secrets under any name.

mod forms;
mod mask;
mod names;
mod programs;
mod text;

use std::fmt::Write as _;

use super::Judgement;
use crate::Code;

pub use mask::masked;

/// A value that looks like a secret and is written as text. References are `$(…)` or `${…}` in it.
pub fn secret(name: &str, text: &str) -> Option<Judgement> {
    // A file of settings is not one value.
    let is_one = !text.trim_end().contains('\n');
    let message = match forms::known(text) {
        Some(form) => format!("`{name}` holds {form} as text"),
        None if credentials_in_url(text) => looks_like(name),
        None if is_one && names::is_secret(name) && text::is_literal_secret(text) => {
            looks_like(name)
        }
        None if is_one && names::is_key(name) && text::is_random(text) => looks_like(name),
        None if holds_pair(text) || !programs::passwords([text].into_iter()).is_empty() => {
            format!("`{name}` has a password in it, as text")
        }
        None => return None,
    };
    Some(judgement(message, &declaring(name, &[key_of(name)]), name))
}

/// What to write instead of a secret, where a contract has the keys of all secrets that are written as text.
pub fn declaring(name: &str, keys: &[String]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    format!(
        "declare it, `secrets.app.keys = [{}]`, and write `\"${{secrets.app.{}}}\"`; {}",
        quoted.join(", "),
        key_of(name),
        no_secret(name)
    )
}

/// The same of a text that stands under a key of a stack file: some of these keys name a Secret, and hold none.
pub fn secret_at(key: &str, text: &str) -> Option<Judgement> {
    secret(key, text).filter(|_| !names::names_a_secret(key) || form(text).is_some())
}

/// A secret in the words of a command, each with the place of its word: `--password=…`, `--password …`, `PASSWORD=… program`, a
/// URL with a password, a token of a known form, or an option by which a program is known to take a password.
pub fn in_command<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Vec<(usize, Judgement)> {
    let mut found = Vec::new();
    let mut flag: Option<String> = None;
    let known = programs::passwords(words.clone());
    for (at, word) in words.enumerate() {
        let before = flag.take();
        let mut tokens = text::tokens(word).peekable();
        let is_value = |token: &str| !token.starts_with('-') && text::is_literal_secret(token);
        let after = before.filter(|_| tokens.peek().is_some_and(|token| is_value(token)));
        let of_program = || known.iter().find(|(place, _)| *place == at);
        let name = after
            .or_else(|| secret_flag(word))
            .or_else(|| of_program().map(|(_, flag)| (*flag).to_owned()));
        let url = form(word).map(|form| (format!("{form} in a command"), "command".to_owned()));
        let by_flag = name.map(|name| (format!("a value of `{name}` in a command"), name));
        if let Some((message, subject)) = url.or(by_flag) {
            let help = format!(
                "declare a Secret, set a variable from it, and write `$(VARIABLE)` here; {}",
                no_secret(&subject)
            );
            found.push((at, judgement(message, &help, &subject)));
        }
        let last = text::tokens(word).last().unwrap_or_default();
        let is_flag = last.starts_with('-') && !last.contains('=') && names::is_secret(last);
        flag = is_flag.then(|| last.to_owned());
    }
    found
}

/// `--name=value`, `NAME=value` or, inside of the text of a shell, `--name value`.
fn secret_flag(word: &str) -> Option<String> {
    let pair = text::pairs(word)
        .find(|(name, value)| names::is_secret(name) && text::is_literal_secret(value));
    if let Some((name, _)) = pair {
        return Some(name.to_owned());
    }
    let tokens: Vec<&str> = text::tokens(word).collect();
    let pair = tokens.windows(2).find_map(|pair| match pair {
        [flag, value] => {
            let is_flag = flag.starts_with("--") && !flag.contains('=') && names::is_secret(flag);
            let is_value = !value.starts_with('-') && text::is_literal_secret(value);
            (is_flag && is_value).then_some(*flag)
        }
        _ => None,
    });
    pair.map(str::to_owned)
}

/// What a text holds that is a secret under any name: a form that is known, or a URL with a password.
pub fn form(text: &str) -> Option<&'static str> {
    forms::known(text).or_else(|| credentials_in_url(text).then_some("a URL with a password"))
}

/// `scheme://user:password@host`, anywhere in the text.
pub fn credentials_in_url(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let rest = text.get(at + 3..).unwrap_or_default();
        let end =
            |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | ',' | '"' | '\'' | '<');
        let authority = rest.split(end).next().unwrap_or_default();
        let Some((user, _)) = authority.rsplit_once('@') else { return false };
        user.split_once(':').is_some_and(|(_, password)| text::has_literal(password))
    })
}

/// Whether a line of a file of settings sets a secret: `PASSWORD=…`, `password: …`.
fn holds_pair(text: &str) -> bool {
    let is_secret =
        |(name, value): (&str, &str)| names::is_secret(name) && text::is_setting(name, value);
    text::pairs(text).any(is_secret) || text::lines(text).any(is_secret)
}

fn looks_like(name: &str) -> String {
    format!("`{name}` looks like a secret and is written as text")
}

fn judgement(message: String, help: &str, subject: &str) -> Judgement {
    let label = "everyone who reads the stack or its output reads it";
    Judgement::error(Code::SecretLiteral, message, label, help).about(subject)
}

/// How to allow one name that only looks like that of a secret.
pub fn no_secret(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let key = if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        crate::suggest::pasted(name)
    };
    format!("if it is no secret, say so: `allow.secret-literal.{key} = \"…\"`")
}

/// A key of a contract for a variable of that name.
pub fn key_of(name: &str) -> String {
    let mut key = String::new();
    for word in names::words(name) {
        let dash = if key.is_empty() { "" } else { "-" };
        // Writing to a String can not fail.
        let _ = write!(key, "{dash}{}", word.to_lowercase());
    }
    key
}
