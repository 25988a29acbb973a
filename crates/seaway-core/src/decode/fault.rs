//! What goes wrong while a value is decoded.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::{Code, suggest};

/// A fault on its way up to the node that it belongs to.
#[derive(Debug)]
pub(super) enum Fault {
    /// Not told yet; belongs to the innermost node that it passes.
    Fresh { code: Code, message: String, help: Option<String> },
    /// The table lacks a field.
    Missing(&'static str),
    /// A stand-in does not decode: the value around it is left out without a word.
    Silent,
    /// Told where it belongs.
    Told,
}

impl Fault {
    pub(super) fn wrong_type(expected: &dyn fmt::Display, found: &dyn fmt::Display) -> Self {
        Self::Fresh {
            code: Code::WrongType,
            message: format!("expected {expected}, found {found}"),
            help: None,
        }
    }

    /// The same with other advice, if there is some.
    pub(super) fn advised(self, advice: Option<&str>) -> Self {
        match (self, advice) {
            (Self::Fresh { code, message, .. }, Some(advice)) => {
                Self::Fresh { code, message, help: Some(advice.to_owned()) }
            }
            (fault, _) => fault,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh { message, .. } => f.write_str(message),
            Self::Missing(field) => write!(f, "`{field}` is missing"),
            Self::Silent | Self::Told => f.write_str("already told"),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    /// The first line is the message; what follows is advice.
    fn custom<T: fmt::Display>(text: T) -> Self {
        let text = text.to_string();
        let (message, help) = match text.split_once('\n') {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (text, None),
        };
        Self::Fresh { code: Code::InvalidValue, message, help }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong_type(&expected.to_string(), &found)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.iter().copied().filter(|name| !name.starts_with('$'));
        Self::Fresh {
            code: Code::UnknownValue,
            message: format!("unknown value `{variant}`"),
            help: suggest::nearest_or_all(variant, known),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}
