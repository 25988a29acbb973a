//! What is known of the value of a secret key.

use crate::values::DataKey;

/// What is known of the value of a secret key, and so whether somebody can make it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// A password or token of the stack's own: any text that nobody can guess.
    Opaque,
    /// Django's `SECRET_KEY`: a text of the stack's own, as `django-admin startproject` makes it.
    SigningKey,
    /// A value that somebody else gives out: the password of a managed database, an API key, a certificate.
    Given,
    /// Text and other keys of the same Secret, for example a URL with a password in it.
    Composed(Vec<Piece>),
}

/// A piece of a composed secret value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The value of another key, percent-encoded: what is composed of keys is a URL.
    Key(DataKey),
    /// A value of its own, as [`Recipe::Opaque`] makes it.
    Opaque,
}

impl Recipe {
    /// The pieces, if the value follows from text and other keys alone.
    pub fn of_keys(&self) -> Option<&[Piece]> {
        match self {
            Self::Composed(pieces) if !pieces.contains(&Piece::Opaque) => Some(pieces),
            _ => None,
        }
    }
}
