//! Where a value comes from: a line of the stack, or a named default with its reason.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::Span;
use crate::source::shipped;

/// Why a value is what it is when nobody wrote it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Kebab-case name, unique among all reasons.
    pub name: &'static str,
    /// What goes wrong without it, in a sentence.
    pub why: &'static str,
    /// Where that is known from: a page, or issues of public repositories as `owner/name#1`.
    pub source: &'static str,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It was written in the stack.
    Stack(Span),
    /// Nobody wrote it.
    Default(&'static Reason),
}

impl Origin {
    /// The place in the stack, if it was written there.
    pub fn span(self) -> Option<Span> {
        match self {
            Self::Stack(span) => Some(span),
            Self::Default(_) => None,
        }
    }

    /// Whether Seaway chose it: nobody wrote it, or a type that comes with Seaway says it.
    pub fn is_chosen(self) -> bool {
        self.span().is_none_or(shipped::holds)
    }
}

impl From<Span> for Origin {
    fn from(span: Span) -> Self {
        Self::Stack(span)
    }
}

/// A value together with its origin. Equality and order look at the value alone.
#[derive(Debug, Clone, Copy)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value that was written at `span`.
    pub fn written(value: T, span: Span) -> Self {
        Self { value, origin: Origin::Stack(span) }
    }

    /// A value that nobody wrote.
    pub fn default_for(value: T, reason: &'static Reason) -> Self {
        Self { value, origin: Origin::Default(reason) }
    }

    /// The same origin for another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: change(self.value), origin: self.origin }
    }

    /// The same origin for a borrowed value.
    pub fn as_ref(&self) -> Sourced<&T> {
        Sourced { value: &self.value, origin: self.origin }
    }

    /// The place in the stack, if it was written there.
    pub fn span(&self) -> Option<Span> {
        self.origin.span()
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Sourced<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl<T: Eq> Eq for Sourced<T> {}
impl<T: PartialOrd> PartialOrd for Sourced<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}
impl<T: Ord> Ord for Sourced<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}
impl std::borrow::Borrow<str> for Sourced<String> {
    fn borrow(&self) -> &str {
        &self.value
    }
}
impl<T: fmt::Display> fmt::Display for Sourced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Serialize> Serialize for Sourced<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Sourced<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// The name by which a [`Sourced`] asks a deserializer for the span of a value; only ours answers.
pub(crate) const SOURCED: &str = "$seaway::Sourced";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sourced<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Sourced<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a stack file")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (_, start): (IgnoredAny, u32) = entry(&mut map)?;
                let (_, end): (IgnoredAny, u32) = entry(&mut map)?;
                let (_, value): (IgnoredAny, T) = entry(&mut map)?;
                Ok(Sourced::written(value, Span { start, end }))
            }
        }
        deserializer.deserialize_struct(
            SOURCED,
            &["start", "end", "value"],
            Parts(std::marker::PhantomData),
        )
    }
}

fn entry<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut A,
) -> Result<(IgnoredAny, T), A::Error> {
    map.next_entry()?.ok_or_else(|| serde::de::Error::custom("a value without its place"))
}
