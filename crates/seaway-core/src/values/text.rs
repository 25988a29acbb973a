//! A text with a form.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// What a text has to look like.
pub trait Form {
    /// Name of the type in the schema.
    const NAME: &'static str;
    /// What such a text is, in a phrase, for the schema and the reference.
    const ABOUT: &'static str;
    /// A regular expression that every accepted text matches, in the schema.
    const PATTERN: &'static str;
    /// What is wrong with a text; a second line is advice.
    fn fault(text: &str) -> Option<String>;
}

/// A text that was checked against its form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Text<F: Form> {
    text: String,
    form: PhantomData<F>,
}

impl<F: Form> TryFrom<String> for Text<F> {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match F::fault(&text) {
            Some(fault) => Err(fault),
            None => Ok(Self { text, form: PhantomData }),
        }
    }
}

impl<F: Form> std::ops::Deref for Text<F> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

impl<F: Form> std::borrow::Borrow<str> for Text<F> {
    /// Equality and order are those of the text.
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<F: Form> fmt::Display for Text<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<F: Form> Serialize for Text<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<F: Form> JsonSchema for Text<F> {
    fn schema_name() -> Cow<'static, str> {
        F::NAME.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": F::PATTERN, "description": F::ABOUT })
    }
}
