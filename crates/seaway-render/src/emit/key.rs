//! Keys of maps: strings, and the scalars that serde lets a map have instead.

use serde::ser::Impossible;
use serde::{Serialize, Serializer};

use super::writer::Writer;
use super::{Error, Format, text};

/// The longest key, in bytes as written, that stands before its `:` on the same line.
///
/// YAML looks no further than 1,024 characters for the colon (<https://yaml.org/spec/1.2.2/#742-flow-mappings>); a
/// longer key is marked with `?`. No key of the API itself is near: a label has at most 317 characters.
const LONGEST_SIMPLE_KEY: usize = 1024;

/// Appends a key and its colon. In block style a key of more than 1,024 bytes takes two lines, `? key` and `:`.
pub(super) fn write(writer: &mut Writer<'_>, key: &str, column: usize) {
    writer.indent(column);
    let start = writer.out.len();
    text::key(writer.out, key, writer.format);
    let long = writer.out.len() - start > LONGEST_SIMPLE_KEY && writer.format != Format::Json;
    if long {
        writer.out.insert_str(start, "? ");
    }
    if long && !writer.flow() {
        writer.out.push('\n');
        writer.indent(column);
    }
    writer.out.push_str(if writer.flow() { ": " } else { ":" });
}

/// Appends the name of a field and its colon.
pub(super) fn write_field(writer: &mut Writer<'_>, name: &'static str, column: usize) {
    if writer.format == Format::Yaml && text::is_plain_name(name) {
        writer.indent(column);
        writer.out.push_str(name);
        writer.out.push(':');
    } else {
        write(writer, name, column);
    }
}

/// Writes the key that it is given.
pub(super) struct Key<'w, 'o> {
    pub(super) writer: &'w mut Writer<'o>,
    pub(super) column: usize,
}

impl Key<'_, '_> {
    /// JSON has string keys only, so a number becomes one, in quotes.
    fn display(self, scalar: impl std::fmt::Display) -> Result<(), Error> {
        self.serialize_str(&scalar.to_string())
    }
}

impl Serializer for Key<'_, '_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_str(self, v: &str) -> Result<(), Error> {
        write(self.writer, v, self.column);
        Ok(())
    }
    fn serialize_char(self, v: char) -> Result<(), Error> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }
    fn serialize_bool(self, v: bool) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_i8(self, v: i8) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_i16(self, v: i16) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_i32(self, v: i32) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_i64(self, v: i64) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_u8(self, v: u8) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_u16(self, v: u16) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_u32(self, v: u32) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_u64(self, v: u64) -> Result<(), Error> {
        self.display(v)
    }
    fn serialize_f32(self, _: f32) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_f64(self, _: f64) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_none(self) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        Err(Error::Key)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        Err(Error::Key)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        Err(Error::Key)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        Err(Error::Key)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error::Key)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Err(Error::Key)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Error> {
        Err(Error::Key)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(Error::Key)
    }
}
