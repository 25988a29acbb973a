//! Text with references.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Text in which `${db.host}` stands for an output of a component; `$${` is a literal `${`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Template {
    /// Text and references in order; no two texts follow each other.
    pub parts: Vec<Part>,
    written: String,
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A reference, and its first byte in the text as written.
    Reference(Reference, usize),
    /// What begins like a reference and is none. It is reported where its place in the file is known.
    Malformed {
        /// As it was written.
        text: String,
        /// Its first byte in the text as written.
        offset: usize,
    },
}

/// What is between `${` and `}`: words joined by dots, at least two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The first word: a component, or one of `self`, `secrets`, `config`, `pod`, `node`, `stack`, `stage`, `app`.
    pub owner: String,
    /// The rest: an output, or a Secret and its key.
    pub path: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${{{}.{}}}", self.owner, self.path)
    }
}

impl Template {
    /// A template of text alone.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { parts: vec![Part::Text(text.clone())], written: text }
    }

    /// The text as it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether a text has to be looked at for references at all.
    pub fn may_refer(text: &str) -> bool {
        text.contains("${")
    }

    /// Where each reference, and each piece that only begins like one, lies in the text as written, and what it is there.
    pub fn places(&self) -> impl Iterator<Item = (usize, &str)> {
        self.parts.iter().filter_map(|part| {
            let offset = match part {
                Part::Text(_) => return None,
                Part::Reference(_, offset) | Part::Malformed { offset, .. } => *offset,
            };
            let rest = self.written.get(offset..)?;
            Some((offset, rest.find('}').map_or("${", |end| &rest[..=end])))
        })
    }

    /// The references, each with its first byte in the text as written.
    pub fn references(&self) -> impl Iterator<Item = (&Reference, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Reference(reference, offset) => Some((reference, *offset)),
            Part::Text(_) | Part::Malformed { .. } => None,
        })
    }

    /// The text, if there is no reference in it.
    pub fn as_text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}

impl From<String> for Template {
    fn from(written: String) -> Self {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        while let Some(found) = written[at..].find("${") {
            let start = at + found;
            if found > 0 && written[..start].ends_with('$') {
                text.push_str(&written[at..start - 1]);
                text.push_str("${");
                at = start + 2;
                continue;
            }
            text.push_str(&written[at..start]);
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            let end = written[start..].find('}').map_or(written.len(), |length| start + length + 1);
            let whole = &written[start..end];
            parts.push(match reference(whole) {
                Some(reference) => Part::Reference(reference, start),
                None => Part::Malformed { text: whole.to_owned(), offset: start },
            });
            at = end;
        }
        text.push_str(&written[at..]);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Self { parts, written }
    }
}

/// `${owner.path}`
fn reference(whole: &str) -> Option<Reference> {
    let inner = whole.strip_prefix("${")?.strip_suffix('}')?;
    let word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let (owner, path) = inner.split_once('.')?;
    let fits = word(owner) && path.split('.').all(word);
    fits.then(|| Reference { owner: owner.to_owned(), path: path.to_owned() })
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.written
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Text in which `${db.host}` stands for an output; `$${` is a literal `${`.",
            "type": "string",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Template {
        Template::from(text.to_owned())
    }

    #[test]
    fn references_and_escapes() {
        assert_eq!(parse("plain").as_text(), Some("plain"));
        assert_eq!(parse("$${x} $(POD_IP) $").as_text(), Some("${x} $(POD_IP) $"));
        assert_eq!(parse("").as_text(), Some(""));
        let template = parse("a${db.host}:${secrets.x.y-z}");
        let found: Vec<String> =
            template.references().map(|(reference, at)| format!("{reference}@{at}")).collect();
        assert_eq!(found, ["${db.host}@1", "${secrets.x.y-z}@12"]);
        for text in ["${", "${db", "${db}", "${}", "${a b.c}", "${.x}", "${x.}"] {
            assert!(
                matches!(parse(text).parts.as_slice(), [Part::Malformed { offset: 0, .. }]),
                "{text}"
            );
        }
    }
}
