//! A deserializer that makes up a value for a required one that is missing or at fault.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::access::Place;
use super::fault::Fault;
use crate::Span;
use crate::origin::SOURCED;

/// Any value of the type asked for: nobody will see it, since an error was reported.
#[derive(Clone, Copy)]
pub(super) struct StandIn(&'static str);

/// Texts of which each form of the language takes one.
const TEXTS: [&str; 5] = ["a", "/a", "1", "10.0.0.0/8", "@daily"];

impl StandIn {
    pub(super) fn number(number: usize) -> Option<Self> {
        TEXTS.get(number).copied().map(Self)
    }
}

impl IntoDeserializer<'_, Fault> for StandIn {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// Whatever does not decode here has no place in the stack and nothing to tell.
fn silent<T>(result: Result<T, Fault>) -> Result<T, Fault> {
    result.map_err(|_| Fault::Silent)
}

impl<'de> Deserializer<'de> for StandIn {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        silent(visitor.visit_str(self.0))
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        silent(visitor.visit_bool(false))
    }
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        silent(visitor.visit_i64(1))
    }
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        silent(visitor.visit_none())
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        silent(visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Self>())))
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        silent(visitor.visit_map(MapDeserializer::new(std::iter::empty::<(&str, Self)>())))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == SOURCED {
            return silent(visitor.visit_map(Place::new(Span::NOWHERE, self)));
        }
        let entries = fields.iter().map(|field| (*field, self));
        silent(visitor.visit_map(MapDeserializer::new(entries)))
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        silent(visitor.visit_newtype_struct(self))
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        silent(visitor.visit_enum(FirstVariant(variants, self)))
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

struct FirstVariant(&'static [&'static str], StandIn);

impl<'de> EnumAccess<'de> for FirstVariant {
    type Error = Fault;
    type Variant = StandIn;
    fn variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, StandIn), Fault> {
        let first = self.0.first().copied().unwrap_or_default();
        let first: serde::de::value::StrDeserializer<'_, Fault> = first.into_deserializer();
        Ok((seed.deserialize(first)?, self.1))
    }
}

impl<'de> VariantAccess<'de> for StandIn {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }
    fn newtype_variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Fault> {
        seed.deserialize(self)
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
