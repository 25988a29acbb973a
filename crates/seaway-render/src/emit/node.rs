//! The serializer of one value at one place.

use serde::ser::Impossible;
use serde::{Serialize, Serializer};

use super::collection::{List, Map, Order};
use super::writer::{Place, Spot, Writer};
use super::{Error, empty, number, order, text};
use crate::by_name::among;

/// The name by which [`Verbatim`](super::Verbatim) is known here; no Rust type can have it.
pub(super) const VERBATIM: &str = "$seaway::Verbatim";

/// Newtypes of `k8s-openapi` around a `serde_json::Value`: the user's own data, or a marker whose presence is the
/// choice (`subresources: { status: {} }`).
const UNTYPED: [&str; 14] = [
    "AllCompositeDisruptionMode",
    "AllDisruptionMode",
    "BasicSchedulingPolicy",
    "CompositeBasicSchedulingPolicy",
    "CustomResourceSubresourceStatus",
    "FieldsV1",
    "JSON",
    "RawExtension",
    "SingleCompositeDisruptionMode",
    "SingleDisruptionMode",
    "StorageVersionSpec",
    "WorkloadPodGroupAllDisruptionMode",
    "WorkloadPodGroupBasicSchedulingPolicy",
    "WorkloadPodGroupSingleDisruptionMode",
];

/// What `serde_json` calls a number when some crate of the build turns on its feature `arbitrary_precision`.
const JSON_NUMBER: &str = "$serde_json::private::Number";

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printed {
    /// It is empty and means nothing: its key has to go as well.
    Nothing,
    Scalar,
    Collection,
}

/// How a value and all below it are printed.
#[derive(Clone, Copy, Default)]
pub(super) struct Rules {
    /// Nothing is left out.
    verbatim: bool,
    /// Maps are sorted: the feature `preserve_order` of `serde_json` would show otherwise.
    sorted: bool,
    /// A string is the text of a number.
    number: bool,
}

/// Prints one value at one place.
pub(super) struct Node<'w, 'o> {
    pub(super) writer: &'w mut Writer<'o>,
    pub(super) at: Spot,
    pub(super) rules: Rules,
    /// The value stays where it is empty.
    pub(super) keep: bool,
}

impl<'w, 'o> Node<'w, 'o> {
    pub(super) fn root(writer: &'w mut Writer<'o>) -> Self {
        let at = Spot { place: Place::Root, column: 0 };
        Self { writer, at, rules: Rules::default(), keep: true }
    }

    /// The list under `items` of a `v1` `List`, in JSON.
    pub(super) fn items_of_list(writer: &'w mut Writer<'o>) -> List<'w, 'o> {
        let at = Spot { place: Place::Entry, column: 2 };
        List::open(Node { writer, at, rules: Rules::default(), keep: true })
    }

    /// Prints an empty collection, or nothing where that means the same.
    pub(super) fn empty(self, brackets: &str) -> Printed {
        let stays = self.keep || self.rules.verbatim || self.at.place != Place::Entry;
        if !stays {
            return Printed::Nothing;
        }
        let flow = self.writer.flow();
        self.writer.lead(self.at, flow);
        self.writer.out.push_str(brackets);
        self.writer.end_scalar();
        Printed::Collection
    }

    fn scalar(
        self,
        write: impl FnOnce(&mut String) -> Result<(), Error>,
    ) -> Result<Printed, Error> {
        self.writer.lead(self.at, false);
        write(self.writer.out)?;
        self.writer.end_scalar();
        Ok(Printed::Scalar)
    }

    fn integer(self, number: impl std::fmt::Display) -> Result<Printed, Error> {
        self.scalar(|out| {
            number::integer(out, number);
            Ok(())
        })
    }

    /// Nulls of typed fields are absent fields. In a list a null holds a place, and verbatim it was written.
    fn null(self) -> Result<Printed, Error> {
        if self.rules.verbatim || self.at.place != Place::Entry {
            return self.integer("null");
        }
        Ok(Printed::Nothing)
    }

    fn map(self) -> Map<'w, 'o> {
        let order = if self.rules.sorted { Order::Sorted } else { Order::Given };
        Map::open(self, "", order)
    }
}

impl<'w, 'o> Serializer for Node<'w, 'o> {
    type Ok = Printed;
    type Error = Error;
    type SerializeSeq = List<'w, 'o>;
    type SerializeTuple = List<'w, 'o>;
    type SerializeTupleStruct = List<'w, 'o>;
    type SerializeTupleVariant = Impossible<Printed, Error>;
    type SerializeMap = Map<'w, 'o>;
    type SerializeStruct = Map<'w, 'o>;
    type SerializeStructVariant = Impossible<Printed, Error>;

    fn serialize_str(self, v: &str) -> Result<Printed, Error> {
        if self.rules.number {
            return self.integer(v);
        }
        let format = self.writer.format;
        let column = self.writer.lead(self.at, false);
        let further_lines = (self.at.place != Place::Root).then_some(column + 2);
        text::value(self.writer.out, v, format, further_lines);
        self.writer.end_scalar();
        Ok(Printed::Scalar)
    }
    fn serialize_bool(self, v: bool) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_i8(self, v: i8) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_i16(self, v: i16) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_i32(self, v: i32) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_i64(self, v: i64) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_u8(self, v: u8) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_u16(self, v: u16) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_u32(self, v: u32) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_u64(self, v: u64) -> Result<Printed, Error> {
        self.integer(v)
    }
    fn serialize_f32(self, v: f32) -> Result<Printed, Error> {
        let keep_point = self.rules.verbatim;
        self.scalar(|out| number::float(out, v, keep_point))
    }
    fn serialize_f64(self, v: f64) -> Result<Printed, Error> {
        let keep_point = self.rules.verbatim;
        self.scalar(|out| number::float(out, v, keep_point))
    }
    fn serialize_char(self, v: char) -> Result<Printed, Error> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }
    fn serialize_bytes(self, v: &[u8]) -> Result<Printed, Error> {
        self.serialize_str(&number::base64(v))
    }
    fn serialize_none(self) -> Result<Printed, Error> {
        self.null()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Printed, Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<Printed, Error> {
        self.null()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<Printed, Error> {
        self.null()
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Printed, Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        value: &T,
    ) -> Result<Printed, Error> {
        if name == VERBATIM {
            self.rules.verbatim = true;
        } else if among(&UNTYPED, name) {
            self.rules = Rules { verbatim: true, sorted: true, ..self.rules };
        }
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Printed, Error> {
        let mut map = self.map();
        map.entry(variant, value)?;
        Ok(map.close())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        Ok(List::open(self))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Ok(List::open(self))
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        Ok(List::open(self))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error::Variant(variant))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Ok(self.map())
    }
    fn serialize_struct(
        mut self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, Error> {
        if name == JSON_NUMBER {
            self.rules.number = true;
            return Ok(Map::transparent(self));
        }
        self.keep |= empty::struct_stays(name);
        Ok(Map::open(self, name, Order::Table(order::of(name))))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(Error::Variant(variant))
    }
}
