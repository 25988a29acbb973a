//! What serde sees of arrays, tables, structs and enums.

use std::collections::btree_map;
use std::slice;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::State;
use super::de::NodeDeserializer;
use super::fault::Fault;
use super::stand_in::StandIn;
use crate::node::Table;
use crate::origin::SOURCED;
use crate::{Code, Node, Sourced, Span};

/// The items of an array without those at fault.
pub(super) struct Items<'s, 'de> {
    pub(super) items: slice::Iter<'de, Node>,
    pub(super) state: &'s State<'de>,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let state = self.state;
        let Some(item) = self.items.find(|item| !state.is_left_out(item)) else { return Ok(None) };
        state.run(item, |deserializer| seed.deserialize(deserializer)).map(Some)
    }
}

/// The field of a struct that takes the keys of its table that are of the form `domain/name`.
pub(super) const QUALIFIED: &str = "$qualified";

/// Whether a key is of the form `domain/name`. No option is.
pub(super) fn is_qualified(key: &str) -> bool {
    key.contains('/')
}

/// The entries of a table with free keys, without those at fault.
pub(super) struct Entries<'s, 'de> {
    rest: btree_map::Iter<'de, Sourced<String>, Node>,
    /// Which keys count.
    counts: fn(&str) -> bool,
    value: Option<&'de Node>,
    state: &'s State<'de>,
}

impl<'s, 'de> Entries<'s, 'de> {
    pub(super) fn new(table: &'de Table, state: &'s State<'de>) -> Self {
        Self { rest: table.iter(), counts: |_| true, value: None, state }
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let (state, counts) = (self.state, self.counts);
        let is_there =
            |(key, value): &(&Sourced<String>, &Node)| counts(key) && !state.is_left_out(value);
        let Some((key, value)) = self.rest.find(is_there) else { return Ok(None) };
        self.value = Some(value);
        match seed.deserialize(KeyDeserializer { key }) {
            Ok(key) => Ok(Some(key)),
            Err(Fault::Fresh { code, message, help }) => {
                let span = key.span().unwrap_or(value.span);
                state.tell(super::at(code, message, span).help_maybe(help));
                state.leave_out(value);
                Err(Fault::Told)
            }
            Err(other) => Err(other),
        }
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let value = self.value.take().ok_or(Fault::Silent)?;
        self.state.run(value, |deserializer| seed.deserialize(deserializer))
    }
}

/// The fields of a struct: the keys of its table that it knows, the `$` fields that share the table, and stand-ins.
pub(super) struct Fields<'s, 'de> {
    of: NodeDeserializer<'s, 'de>,
    table: &'de Table,
    names: slice::Iter<'static, &'static str>,
    value: Option<Field<'de>>,
}

enum Field<'de> {
    Node(&'de Node),
    Qualified,
    StandIn(&'static str, StandIn),
}

impl<'s, 'de> Fields<'s, 'de> {
    pub(super) fn new(
        of: NodeDeserializer<'s, 'de>,
        table: &'de Table,
        fields: &'static [&'static str],
    ) -> Self {
        Self { of, table, names: fields.iter(), value: None }
    }

    fn find(&self, name: &'static str) -> Option<Field<'de>> {
        if name == QUALIFIED {
            return Some(Field::Qualified);
        }
        if name.starts_with('$') {
            return Some(Field::Node(self.of.node));
        }
        let state = self.of.state;
        if let Some(value) = self.table.get(name).filter(|value| !state.is_left_out(value)) {
            return Some(Field::Node(value));
        }
        Some(Field::StandIn(name, state.stand_in(self.of.node, name)?))
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        while let Some(name) = self.names.next() {
            if let Some(value) = self.find(name) {
                self.value = Some(value);
                let name: StrDeserializer<'_, Fault> = (*name).into_deserializer();
                return seed.deserialize(name).map(Some);
            }
        }
        Ok(None)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        match self.value.take() {
            Some(Field::Node(node)) => {
                self.of.state.run(node, |deserializer| seed.deserialize(deserializer))
            }
            Some(Field::Qualified) => {
                let entries = Entries::new(self.table, self.of.state);
                let entries = Entries { counts: is_qualified, ..entries };
                seed.deserialize(MapAccessDeserializer::new(entries))
            }
            Some(Field::StandIn(name, value)) => {
                seed.deserialize(value).map_err(|_| self.of.state.next_stand_in(self.of.node, name))
            }
            None => Err(Fault::Silent),
        }
    }
}

/// `start`, `end` and `value`, as [`Sourced`] asks for them.
pub(super) struct Place<D> {
    span: Span,
    of: D,
    step: u8,
}

impl<D> Place<D> {
    pub(super) fn new(span: Span, of: D) -> Self {
        Self { span, of, step: 0 }
    }
}

impl<'de, D: Deserializer<'de, Error = Fault> + Copy> MapAccess<'de> for Place<D> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let name = ["start", "end", "value"].get(usize::from(self.step)).copied();
        self.step += 1;
        let Some(name) = name else { return Ok(None) };
        let name: StrDeserializer<'_, Fault> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let number = |value: u32| -> U32Deserializer<Fault> { value.into_deserializer() };
        match self.step {
            1 => seed.deserialize(number(self.span.start)),
            2 => seed.deserialize(number(self.span.end)),
            _ => seed.deserialize(self.of),
        }
    }
}

/// A key of a table with free keys.
#[derive(Clone, Copy)]
struct KeyDeserializer<'de> {
    key: &'de Sourced<String>,
}

impl<'de> Deserializer<'de> for KeyDeserializer<'de> {
    type Error = Fault;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(&self.key.value)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name != SOURCED {
            return Err(Fault::wrong_type(&"a table", &"a key"));
        }
        let span = self.key.span().unwrap_or_default();
        visitor.visit_map(Place::new(span, self))
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The chosen variant of an enum; without content it was written as a bare string.
pub(super) struct Variant<'s, 'de> {
    pub(super) name: &'de str,
    pub(super) content: Option<NodeDeserializer<'s, 'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    type Variant = Self;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        if let Some(content) = self.content {
            return seed.deserialize(content);
        }
        // `expose = "node-port"` is `expose = { type = "node-port" }`, where nothing more is needed.
        let nothing = MapDeserializer::new(std::iter::empty::<(&str, StandIn)>());
        seed.deserialize(nothing).map_err(|_| Fault::Fresh {
            code: Code::WrongType,
            message: "expected a table, found a string".to_owned(),
            help: Some(format!("write `{{ type = \"{}\", … }}`", self.name)),
        })
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Fault::Silent)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fault> {
        Err(Fault::Silent)
    }
}
