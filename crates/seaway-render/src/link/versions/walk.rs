//! A walk over the fields of an object that the table of fields can say something of.
//!
//! For typed objects a serializer that writes nothing: it follows the few fields that lead to one of the table, and asks of
//! each. It allocates nothing; only the path of a fault is written out, with the names of the items on the way.

use std::fmt;

use seaway_core::{Node, Span, Value};
use serde::ser::{Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use super::shapes::{Shape, Step};
use crate::Body;
use crate::object::item_key;
use crate::tree::to_node;

/// A place in an object, as a chain of steps from the object itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'static str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// As origins are looked up by: items of lists go by their names.
    pub(super) fn path(&self, body: &Body) -> String {
        let Some(tree) = to_node(body, Span::default()) else { return String::new() };
        self.write(&tree).0
    }

    /// The path, the part of the tree that it leads to, and the list that this is an item of.
    fn write<'a>(&self, tree: &'a Node) -> (String, Option<&'a Node>, &'static str) {
        match self {
            Self::Root => (String::new(), Some(tree), ""),
            Self::Field(around, name) => {
                let (path, node, _) = around.write(tree);
                let path =
                    if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
                (path, node.and_then(|node| node.get(name)), name)
            }
            Self::Item(around, index) => {
                let (path, node, list) = around.write(tree);
                let item = match node.map(|node| &node.value) {
                    Some(Value::Array(items)) => items.get(*index),
                    _ => None,
                };
                let name = item.and_then(|item| item.get(item_key(list))).and_then(Node::as_str);
                let path = match name {
                    Some(name) => format!("{path}[{name}]"),
                    None => format!("{path}[{index}]"),
                };
                (path, item, "")
            }
        }
    }
}

/// Asks of each field of the table that an object has, by its type, its name and its place. The answer is whether enough
/// was said of it; if not, the walk goes on inside.
pub(super) fn each_listed<F: Ask>(body: &Body, shape: &'static Shape, ask: &mut F) {
    match body {
        Body::Other(other) => in_tree(&other.rest, shape, &Place::Root, ask),
        // The walk itself never fails, and what no object holds would end it as it ends the output.
        typed => drop(typed.serialize(Walk { shape, place: Place::Root, ask })),
    }
}

/// What is asked of a field.
pub(super) trait Ask: FnMut(&'static str, &'static str, Place<'_>) -> bool {}
impl<F: FnMut(&'static str, &'static str, Place<'_>) -> bool> Ask for F {}

fn in_tree<F: Ask>(node: &Node, shape: &'static Shape, place: &Place<'_>, ask: &mut F) {
    match &node.value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                in_tree(item, shape, &Place::Item(place, index), ask);
            }
        }
        Value::Table(table) => {
            for (key, value) in table {
                let Some(step) = step(shape, &key.value) else { continue };
                let place = Place::Field(place, step.field);
                if step.listed && ask(shape.of, step.field, place) {
                    continue;
                }
                let Some(shape) = step.into else { continue };
                in_tree(value, shape, &place, ask);
            }
        }
        _ => {}
    }
}

fn step(shape: &'static Shape, field: &str) -> Option<&'static Step> {
    shape.steps.iter().find(|step| step.field == field)
}

struct Walk<'a, F> {
    shape: &'static Shape,
    place: Place<'a>,
    ask: &'a mut F,
}

/// The fields of an object, or the items of a list.
struct Inside<'a, F> {
    walk: Walk<'a, F>,
    index: usize,
}

impl<'a, F> Walk<'a, F> {
    fn inside(self) -> Inside<'a, F> {
        Inside { walk: self, index: 0 }
    }
}

type Done = fmt::Result;

impl<'a, F: Ask> Serializer for Walk<'a, F> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Inside<'a, F>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Entries;
    type SerializeStruct = Inside<'a, F>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    fn serialize_bool(self, _: bool) -> Done {
        Ok(())
    }
    fn serialize_i8(self, _: i8) -> Done {
        Ok(())
    }
    fn serialize_i16(self, _: i16) -> Done {
        Ok(())
    }
    fn serialize_i32(self, _: i32) -> Done {
        Ok(())
    }
    fn serialize_i64(self, _: i64) -> Done {
        Ok(())
    }
    fn serialize_u8(self, _: u8) -> Done {
        Ok(())
    }
    fn serialize_u16(self, _: u16) -> Done {
        Ok(())
    }
    fn serialize_u32(self, _: u32) -> Done {
        Ok(())
    }
    fn serialize_u64(self, _: u64) -> Done {
        Ok(())
    }
    fn serialize_f32(self, _: f32) -> Done {
        Ok(())
    }
    fn serialize_f64(self, _: f64) -> Done {
        Ok(())
    }
    fn serialize_char(self, _: char) -> Done {
        Ok(())
    }
    fn serialize_str(self, _: &str) -> Done {
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Done {
        Ok(())
    }
    fn serialize_none(self) -> Done {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Done {
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, fmt::Error> {
        Ok(self.inside())
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, fmt::Error> {
        Err(fmt::Error)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Err(fmt::Error)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Err(fmt::Error)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Entries, fmt::Error> {
        Ok(Entries)
    }
    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, fmt::Error> {
        Ok(self.inside())
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, fmt::Error> {
        Err(fmt::Error)
    }
}

impl<F: Ask> SerializeStruct for Inside<'_, F> {
    type Ok = ();
    type Error = fmt::Error;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        let Some(step) = step(self.walk.shape, key) else { return Ok(()) };
        let place = Place::Field(&self.walk.place, step.field);
        if step.listed && (self.walk.ask)(self.walk.shape.of, step.field, place) {
            return Ok(());
        }
        let Some(shape) = step.into else { return Ok(()) };
        value.serialize(Walk { shape, place, ask: &mut *self.walk.ask })
    }
    fn end(self) -> Done {
        Ok(())
    }
}

impl<F: Ask> SerializeSeq for Inside<'_, F> {
    type Ok = ();
    type Error = fmt::Error;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let place = Place::Item(&self.walk.place, self.index);
        self.index += 1;
        value.serialize(Walk { shape: self.walk.shape, place, ask: &mut *self.walk.ask })
    }
    fn end(self) -> Done {
        Ok(())
    }
}

/// The entries of a map of a typed object, which lead to no field of the table.
struct Entries;

impl SerializeMap for Entries {
    type Ok = ();
    type Error = fmt::Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Ok(())
    }
    fn end(self) -> Done {
        Ok(())
    }
}
