//! The deserializer of one node.

use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{self, Fields, Items, Place, Variant};
use super::each::{ATTEMPTS, SameAgain};
use super::fault::Fault;
use super::{State, at};
use crate::origin::SOURCED;
use crate::{Code, Node, Value, suggest};

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'s, 'de> {
    pub(super) node: &'de Node,
    pub(super) state: &'s State<'de>,
}

impl<'de> NodeDeserializer<'_, 'de> {
    fn expected(self, what: &str) -> Fault {
        let help = match &self.node.value {
            Value::String(text) if what.contains("an array") && is_plain(text) => {
                Some(format!("write it in brackets: `[\"{text}\"]`"))
            }
            _ if !what.contains("a string") => None,
            Value::Boolean(flag) => Some(format!("write it in quotes: `\"{flag}\"`")),
            Value::Integer(number) => Some(format!("write it in quotes: `\"{number}\"`")),
            Value::Datetime(time) => Some(format!("write it in quotes: `\"{time}\"`")),
            Value::Float(_) => Some("write it in quotes".to_owned()),
            _ => None,
        };
        match Fault::wrong_type(&what, &self.node.value.kind()) {
            Fault::Fresh { code, message, .. } => Fault::Fresh { code, message, help },
            fault => fault,
        }
    }

    fn integer<V: Visitor<'de>>(self, min: i64, max: i64, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Integer(number) if (min..=max).contains(&number) => visitor.visit_i64(number),
            Value::Integer(number) => Err(Fault::custom(format_args!(
                "expected an integer from {min} to {max}, found `{number}`"
            ))),
            _ => Err(self.expected("an integer")),
        }
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(flag) => visitor.visit_bool(*flag),
            Value::Datetime(_) => {
                Err(self.expected("a string, a number, a boolean, an array or a table"))
            }
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Boolean(flag) => visitor.visit_bool(flag),
            _ => Err(self.expected("`true` or `false`")),
        }
    }
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(0, u8::MAX.into(), visitor)
    }
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(0, u16::MAX.into(), visitor)
    }
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(0, u32::MAX.into(), visitor)
    }
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(0, i64::MAX, visitor)
    }
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(i32::MIN.into(), i32::MAX.into(), visitor)
    }
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.integer(i64::MIN, i64::MAX, visitor)
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => Err(self.expected("a string")),
        }
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == ATTEMPTS {
            return visitor.visit_seq(SameAgain::of(self));
        }
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Array(items) => {
                visitor.visit_seq(Items { items: items.iter(), state: self.state })
            }
            _ => Err(self.expected("an array")),
        }
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Table(table) => visitor.visit_map(access::Entries::new(table, self.state)),
            _ => Err(self.expected("a table")),
        }
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == SOURCED {
            return visitor.visit_map(Place::new(self.node.span, self));
        }
        match &self.node.value {
            Value::Table(table) => {
                self.state.know(self.node, fields);
                visitor.visit_map(Fields::new(self, table, fields))
            }
            _ => Err(self.expected("a table")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let by_kind = match &self.node.value {
            Value::String(_) | Value::Datetime(_) => "$string",
            Value::Integer(_) => "$integer",
            Value::Float(_) => "$float",
            Value::Boolean(_) => "$boolean",
            Value::Array(_) => "$array",
            Value::Table(_) => "$table",
        };
        if variants.contains(&by_kind) {
            return visitor.visit_enum(Variant { name: by_kind, content: Some(self) });
        }
        match &self.node.value {
            Value::String(text) if variants.contains(&text.as_str()) => {
                visitor.visit_enum(Variant { name: text, content: None })
            }
            Value::String(text) => Err(Fault::unknown_variant(text, variants)),
            Value::Table(_) if variants.iter().any(|name| !name.starts_with('$')) => {
                let name = self.variant_of_table(variants)?;
                self.state.know(self.node, &["type"]);
                visitor.visit_enum(Variant { name, content: Some(self) })
            }
            _ => Err(self.expected(&kinds(variants)).advised(advice(name, &self.node.value))),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

impl<'de> NodeDeserializer<'_, 'de> {
    /// The variant that the key `type` of a table names.
    fn variant_of_table(self, variants: &'static [&'static str]) -> Result<&'de str, Fault> {
        let Some(tag) = self.node.get("type") else {
            let table = self.node;
            self.state.tell(
                at(Code::MissingField, "`type` is missing".to_owned(), table.span)
                    .help(format!("add `type = …`: one of {}", suggest::quoted_list(variants))),
            );
            self.state.leave_out(table);
            return Err(Fault::Told);
        };
        self.state
            .run(tag, |_| match &tag.value {
                Value::String(text) if variants.contains(&text.as_str()) => Ok(text.as_str()),
                Value::String(text) => {
                    let is_component = variants.contains(&"service");
                    let data = self.state.types.iter().map(String::as_str);
                    let known = variants.iter().copied().chain(data.filter(|_| is_component));
                    Err(Fault::Fresh {
                        code: Code::UnknownType,
                        message: format!("unknown type `{text}`"),
                        help: suggest::nearest_or_all(text, known),
                    })
                }
                other => Err(Fault::invalid_type(Unexpected::Other(other.kind()), &"a string")),
            })
            .inspect_err(|_| self.state.leave_out(self.node))
    }
}

/// What to write instead of a value that looks like a setting and is none.
fn advice(setting: &str, value: &Value) -> Option<&'static str> {
    match (setting, value) {
        ("NamespaceSetting", Value::Boolean(_)) => Some(
            "for a namespace that somebody else creates, write `namespace = { name = \"…\", create = false }`",
        ),
        _ => None,
    }
}

/// Whether a text is the same in quotes.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c == '"' || c == '\\' || c == '`' || c.is_control())
}

/// What an enum that goes by the kind of its value can be written as.
fn kinds(variants: &[&str]) -> String {
    // More words than a person wants to read: only component types are that many, and they stand in a table.
    if variants.len() > 8 {
        return "a table with the key `type`".to_owned();
    }
    let written: Vec<String> = variants
        .iter()
        .map(|name| match *name {
            "$string" => "a string".to_owned(),
            "$integer" => "an integer".to_owned(),
            "$boolean" => "`true` or `false`".to_owned(),
            "$array" => "an array".to_owned(),
            "$table" => "a table".to_owned(),
            name => format!("`\"{name}\"`"),
        })
        .collect();
    match written.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => written.concat(),
    }
}
