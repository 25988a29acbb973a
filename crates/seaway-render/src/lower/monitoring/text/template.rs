//! Fills the templates of `templates/monitoring/`.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

/// A template with its values filled in.
pub(super) fn fill(template: &str, values: impl Serialize) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("quote", |text: &str| quote(text));
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
