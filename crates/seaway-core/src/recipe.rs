//! What is known of the value of a secret key.

use crate::values::{DataKey, Name};

/// What is known of the value of a secret key, and so whether somebody can make it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// A password or token of the stack's own: any text that nobody can guess.
    Opaque,
    /// Django's `SECRET_KEY`: a text of the stack's own, as `django-admin startproject` makes it.
    SigningKey,
    /// A value that somebody else gives out: the password of a managed database, an API key, a certificate.
    Given,
    /// A URL that comes from outside of the stack. No random text is one: a client that reads it as such fails when it starts, and most
    /// read an empty text as "not configured".
    GivenUrl,
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
    /// The value of a key of another Secret, by the stack's name for it: what a config is composed of.
    Of {
        /// The Secret.
        secret: Name,
        /// Its key.
        key: DataKey,
        /// Whether it is percent-encoded, as a part of a URL.
        is_encoded: bool,
    },
    /// A value of its own, as [`Recipe::Opaque`] makes it.
    Opaque,
}

impl Recipe {
    /// The pieces that it is composed of, to complete.
    pub(crate) fn pieces_mut(&mut self) -> &mut [Piece] {
        match self {
            Self::Composed(pieces) => pieces,
            Self::Opaque | Self::SigningKey | Self::Given | Self::GivenUrl => &mut [],
        }
    }

    /// The pieces, if the value follows from text and other keys alone.
    pub fn of_keys(&self) -> Option<&[Piece]> {
        match self {
            Self::Composed(pieces) if !pieces.contains(&Piece::Opaque) => Some(pieces),
            _ => None,
        }
    }
}
