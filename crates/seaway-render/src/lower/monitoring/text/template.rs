//! Fills the templates of `templates/monitoring/`.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

/// A template with its values filled in.
pub(super) fn fill(template: &str, values: impl Serialize) -> String {
    // Without the filters, tests and functions that come with minijinja: templates use one of them.
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("quote", |text: &str| quote(text));
    environment.add_test("none", Value::is_none);
    // The template is part of the program and every value is given: a fault shows in every snapshot test.
    let text = environment
        .render_str(template, Value::from(Serde(values)))
        .unwrap_or_else(|fault| unreachable!("{fault}"));
    // minijinja drops the newline at the end of a template.
    format!("{}\n", text.trim_end())
}

/// A string in double quotes, as JSON, YAML and Alloy read it alike.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                quoted.extend(["\\u00", &format!("{:02x}", u32::from(control))]);
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// A text with values in the place of the words that stand for them; each word begins with a `$`.
pub(super) fn put(text: &str, values: &[(&str, &str)]) -> String {
    let room = values.iter().map(|(_, value)| value.len()).max().unwrap_or(0);
    let mut out = String::with_capacity(text.len() + 2 * room);
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (word, value) =
            *values.iter().find(|(word, _)| from.starts_with(word)).unwrap_or(&("$", "$"));
        out.push_str(value);
        rest = &from[word.len()..];
    }
    out.push_str(rest);
    out
}

/// A text that a regular expression (RE2) takes for itself. Names hold nothing else that it could misread.
pub(super) fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if !(character.is_alphanumeric()
            || matches!(character, '-' | '_' | ':' | '/' | ' ' | '<' | '>'))
        {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// `a|b`: any of the texts, the longest first, since the first that fits wins.
pub(super) fn any_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = texts.into_iter().collect();
    all.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    all.dedup();
    all.iter().map(|text| literal(text)).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::put;

    #[test]
    fn values_stand_where_their_words_stood() {
        let values = [("$ns", "namespace=\"shop\""), ("$floor", "0.1")];
        assert_eq!(put("up{$ns} > $floor", &values), "up{namespace=\"shop\"} > 0.1");
        assert_eq!(put("$labels.x $ns$", &values), "$labels.x namespace=\"shop\"$");
        assert_eq!(put("é$floor", &values), "é0.1");
    }
}
