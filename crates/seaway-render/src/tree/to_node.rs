//! A typed object as a tree, to be patched. Places are those of the object's origin.

use seaway_core::node::Table;
use seaway_core::{Node, Sourced, Span, Value};
use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct,
    SerializeTupleStruct, Serializer,
};

/// The tree of a value, all of it at one place. `None` for what no object holds, such as bytes.
pub(crate) fn to_node<T: Serialize>(value: &T, span: Span) -> Option<Node> {
    value.serialize(ToNode { span }).ok().flatten()
}

#[derive(Clone, Copy)]
struct ToNode {
    span: Span,
}

type Fault = std::fmt::Error;
type Converted = Result<Option<Node>, NoNode>;

/// What the tree has no form for.
#[derive(Debug)]
struct NoNode;

impl std::fmt::Display for NoNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> Result<(), Fault> {
        f.write_str("not a value of an object")
    }
}
impl std::error::Error for NoNode {}
impl serde::ser::Error for NoNode {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

impl ToNode {
    fn node(self, value: Value) -> Node {
        Node { value, span: self.span }
    }
    fn integer(self, number: impl TryInto<i64>) -> Converted {
        Ok(Some(self.node(Value::Integer(number.try_into().map_err(|_| NoNode)?))))
    }
    fn key(self, key: &str) -> Sourced<String> {
        Sourced::written(key.to_owned(), self.span)
    }
}

struct Items {
    of: ToNode,
    items: Vec<Node>,
}

struct Fields {
    of: ToNode,
    table: Table,
    key: Option<String>,
}

impl Serializer for ToNode {
    type Ok = Option<Node>;
    type Error = NoNode;
    type SerializeSeq = Items;
    type SerializeTuple = Impossible<Self::Ok, NoNode>;
    type SerializeTupleStruct = Impossible<Self::Ok, NoNode>;
    type SerializeTupleVariant = Impossible<Self::Ok, NoNode>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Self::Ok, NoNode>;

    fn serialize_bool(self, flag: bool) -> Converted {
        Ok(Some(self.node(Value::Boolean(flag))))
    }
    fn serialize_i8(self, number: i8) -> Converted {
        self.integer(number)
    }
    fn serialize_i16(self, number: i16) -> Converted {
        self.integer(number)
    }
    fn serialize_i32(self, number: i32) -> Converted {
        self.integer(number)
    }
    fn serialize_i64(self, number: i64) -> Converted {
        self.integer(number)
    }
    fn serialize_u8(self, number: u8) -> Converted {
        self.integer(number)
    }
    fn serialize_u16(self, number: u16) -> Converted {
        self.integer(number)
    }
    fn serialize_u32(self, number: u32) -> Converted {
        self.integer(number)
    }
    fn serialize_u64(self, number: u64) -> Converted {
        self.integer(number)
    }
    fn serialize_f32(self, number: f32) -> Converted {
        Ok(Some(self.node(Value::Float(number.into()))))
    }
    fn serialize_f64(self, number: f64) -> Converted {
        Ok(Some(self.node(Value::Float(number))))
    }
    fn serialize_char(self, char: char) -> Converted {
        Ok(Some(self.node(Value::String(char.to_string()))))
    }
    fn serialize_str(self, text: &str) -> Converted {
        Ok(Some(self.node(Value::String(text.to_owned()))))
    }
    fn serialize_bytes(self, _: &[u8]) -> Converted {
        Err(NoNode)
    }
    fn serialize_none(self) -> Converted {
        Ok(None)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Converted {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Converted {
        Ok(None)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Converted {
        Ok(None)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Converted {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Converted {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Converted {
        Err(NoNode)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Items, NoNode> {
        Ok(Items { of: self, items: Vec::new() })
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NoNode> {
        Err(NoNode)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, NoNode> {
        Err(NoNode)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoNode> {
        Err(NoNode)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Fields, NoNode> {
        Ok(Fields { of: self, table: Table::new(), key: None })
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, NoNode> {
        self.serialize_map(None)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoNode> {
        Err(NoNode)
    }
}

impl SerializeSeq for Items {
    type Ok = Option<Node>;
    type Error = NoNode;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoNode> {
        self.items.extend(value.serialize(self.of)?);
        Ok(())
    }
    fn end(self) -> Converted {
        Ok(Some(self.of.node(Value::Array(self.items))))
    }
}

impl SerializeMap for Fields {
    type Ok = Option<Node>;
    type Error = NoNode;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoNode> {
        // YAML has keys of other types; who turns it into JSON takes them for text, as kubectl does.
        self.key = key.serialize(self.of)?.and_then(|key| match key.value {
            Value::String(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Boolean(flag) => Some(flag.to_string()),
            _ => None,
        });
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoNode> {
        let key = self.key.take().ok_or_else(|| NoNode::custom(""))?;
        if let Some(value) = value.serialize(self.of)? {
            self.table.insert(self.of.key(&key), value);
        }
        Ok(())
    }
    fn end(self) -> Converted {
        Ok(Some(self.of.node(Value::Table(self.table))))
    }
}

impl SerializeStruct for Fields {
    type Ok = Option<Node>;
    type Error = NoNode;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), NoNode> {
        if let Some(value) = value.serialize(self.of)? {
            self.table.insert(self.of.key(key), value);
        }
        Ok(())
    }
    fn end(self) -> Converted {
        SerializeMap::end(self)
    }
}

impl SerializeTupleStruct for Items {
    type Ok = Option<Node>;
    type Error = NoNode;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoNode> {
        self.serialize_element(value)
    }
    fn end(self) -> Converted {
        SerializeSeq::end(self)
    }
}
