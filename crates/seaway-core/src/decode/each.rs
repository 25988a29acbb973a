//! Arrays and tables with free keys whose values are decoded one by one.
//!
//! A fault makes decoding start over. Where it is in one of many alike values, only that value does: the cost of a stack
//! with faults grows with their number, not with its product with the size of the stack.
//!
//! An [`Attempts`] asks its deserializer for the value under a name that only [`NodeDeserializer`](super::de) knows, which
//! offers the same value until it decodes or is left out. Every other deserializer has it once.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::State;
use super::de::NodeDeserializer;
use super::fault::Fault;
use crate::Node;

/// The name under which a value is offered until it decodes.
pub(super) const ATTEMPTS: &str = "$attempts";

/// Attempts at one value, and at a whole stack: behind that many faults it is left out.
const MOST: u32 = 100;

/// Decodes a table with free keys, entry by entry: for `#[serde(deserialize_with = "…")]`.
pub(crate) fn entry<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
{
    deserializer.deserialize_map(Entries(PhantomData))
}

/// Decodes an array, item by item: for `#[serde(deserialize_with = "…")]`.
pub(crate) fn item<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(Items(PhantomData))
}

/// Decodes one value; `None` if it is left out.
pub(super) fn value<'de, T: Deserialize<'de>>(of: NodeDeserializer<'_, 'de>) -> Option<T> {
    Attempts::deserialize(of).ok().and_then(|Attempts(value)| value)
}

struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = BTreeMap<K, V>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key()? {
            if let Attempts(Some(value)) = map.next_value()? {
                entries.insert(key, value);
            }
        }
        Ok(entries)
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Vec<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Attempts(item)) = items.next_element()? {
            found.extend(item);
        }
        Ok(found)
    }
}

/// A value, or nothing where it was left out.
struct Attempts<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Attempts<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(ATTEMPTS, Attempt(PhantomData))
    }
}

struct Attempt<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Attempt<T> {
    type Value = Attempts<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, of: D) -> Result<Self::Value, D::Error> {
        T::deserialize(of).map(|value| Attempts(Some(value)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut attempts: A) -> Result<Self::Value, A::Error> {
        loop {
            // A fault was reported, and the next attempt goes without what is at fault.
            if let Ok(value) = attempts.next_element() {
                return Ok(Attempts(value));
            }
        }
    }
}

/// One value again and again, until it is left out.
pub(super) struct SameAgain<'s, 'de> {
    node: &'de Node,
    state: &'s State<'de>,
    left: u32,
}

impl<'s, 'de> SameAgain<'s, 'de> {
    pub(super) fn of(deserializer: NodeDeserializer<'s, 'de>) -> Self {
        Self { node: deserializer.node, state: deserializer.state, left: MOST }
    }
}

impl<'de> SeqAccess<'de> for SameAgain<'_, 'de> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let (node, state) = (self.node, self.state);
        if state.is_left_out(node) {
            return Ok(None);
        }
        let before = state.faults();
        let result = state.run(node, |deserializer| seed.deserialize(deserializer));
        if result.is_err() {
            self.left -= 1;
            if self.left == 0 || state.faults() == before {
                state.leave_out(node);
            }
        }
        result.map(Some)
    }
}
