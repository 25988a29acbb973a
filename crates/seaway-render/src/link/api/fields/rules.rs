//! What can be asked of a type and its fields.

use crate::by_name::{among, same};

/// What the API server asks of a type of its API.
pub(super) struct Type {
    /// Its name in the API.
    pub name: &'static str,
    /// What a message calls one.
    pub what: &'static str,
    /// What is asked of its fields.
    pub fields: &'static [(&'static str, Rule)],
    /// Fields that it can not do without.
    pub needs: &'static [&'static str],
    /// How its fields go together.
    pub relations: &'static [Relation],
}

/// A type of which nothing is asked.
pub(super) const NONE: Type = Type { name: "", what: "", fields: &[], needs: &[], relations: &[] };

/// What is asked of a field, or of each item or value of it.
pub(super) enum Rule {
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or one that begins with one of those.
    WordOr(&'static [&'static str], &'static [&'static str]),
    /// A whole number between two, both included.
    Within(i64, i64),
    /// The same, or 0, which stands for none.
    NoneOrWithin(i64, i64),
    /// A number of a port, or its name.
    Port,
    /// A whole number from that on, or a percentage up to the other.
    Share(i64, i64),
    /// An amount above nothing.
    Positive,
    /// Keys and values of labels.
    Labels,
    /// Any other form.
    Form { fits: fn(&str) -> bool, what: &'static str, help: &'static str },
}

/// A number from that on.
pub(super) const fn at_least(least: i64) -> Rule {
    Rule::Within(least, i64::MAX)
}

/// How fields of a type go together.
pub(super) enum Relation {
    /// One of these fields, and no other of them.
    One(&'static [&'static str]),
    /// None or one of these fields.
    OneAtMost(&'static [&'static str]),
    /// One of these fields, or several.
    Some(&'static [&'static str]),
    /// One field besides these.
    OneBesides(&'static [&'static str]),
    /// While a field has one of these words (an empty one: it is not set), the type needs these fields, and can not have
    /// those.
    While {
        field: &'static str,
        words: &'static [&'static str],
        needs: &'static [&'static str],
        without: &'static [&'static str],
    },
    /// Fields that a field needs beside it.
    With(&'static str, &'static [&'static str]),
    /// Fields that can not be beside a field.
    Without(&'static str, &'static [&'static str]),
}

impl Relation {
    /// Whether a field has a part in it.
    pub(super) fn names(&self, field: &str) -> bool {
        match self {
            Self::One(fields) | Self::OneAtMost(fields) | Self::Some(fields) => {
                among(fields, field)
            }
            Self::OneBesides(fields) => !among(fields, field),
            Self::While { needs, without, .. } => among(needs, field) || among(without, field),
            Self::With(first, fields) | Self::Without(first, fields) => {
                same(first, field) || among(fields, field)
            }
        }
    }
}
