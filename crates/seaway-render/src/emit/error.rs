//! Why a value cannot be printed.

use std::fmt;

/// A value that has no form in Kubernetes YAML.
///
/// None of them can come from a typed Kubernetes object, apart from an infinite number in a custom resource's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A float that is infinite or not a number; JSON, the API's own format, has neither.
    NotFinite,
    /// A map key that is a map, a list or null.
    Key,
    /// An enum variant with several fields; the API has no such unions.
    Variant(&'static str),
    /// What the `Serialize` of the value itself says.
    Custom(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str("a number is infinite or not a number"),
            Self::Key => f.write_str("a map key is not a string"),
            Self::Variant(name) => write!(f, "the enum variant `{name}` has several fields"),
            Self::Custom(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}
