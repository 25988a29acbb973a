//! Maps, structs and lists: their entries, brackets, order, and what is left of them when they are empty.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
};

use super::key::{self, Key};
use super::node::{Node, Printed};
use super::writer::{Entry, Items, Place, Spot, Writer};
use super::{Error, Format, empty};
use crate::by_name::same;

/// Bytes of an entry that is better moved where it stands than copied out and in again: the data of a `ConfigMap`.
const LONG: usize = 4096;

/// Which entry of a map comes first.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// The one that was given first.
    Given,
    /// The one with the lowest key.
    Sorted,
    /// The one whose key is first in the table; those without a place in it follow as given.
    Table(&'static [&'static str]),
}

/// A map or a struct that is being printed.
///
/// Entries are written as they come. When the last is there, their bytes change places if they have to; an entry that
/// turns out to be empty is cut off again.
pub(super) struct Map<'w, 'o> {
    node: Node<'w, 'o>,
    /// The name of the struct, empty for a map.
    owner: &'static str,
    order: Order,
    /// Where the output stood before the map.
    start: usize,
    /// The column of the closing brace.
    column: usize,
    /// The column of the keys.
    inner: usize,
    /// How many entries of outer maps wait in the writer.
    outer: usize,
    count: usize,
    /// The start of an entry whose value is still to come, and the end of its key.
    open: (usize, usize),
    /// What a wrapper of one value printed instead of a map.
    instead: Option<Printed>,
}

impl<'w, 'o> Map<'w, 'o> {
    pub(super) fn open(node: Node<'w, 'o>, owner: &'static str, order: Order) -> Self {
        let start = node.writer.out.len();
        let column = node.writer.lead(node.at, true);
        let flow = node.writer.flow();
        if flow {
            node.writer.out.push_str("{\n");
        }
        let inner = if node.at.place == Place::Root && !flow { 0 } else { column + 2 };
        let outer = node.writer.entries.len();
        Self {
            node,
            owner,
            order,
            start,
            column,
            inner,
            outer,
            count: 0,
            open: (start, start),
            instead: None,
        }
    }

    /// A struct that stands for the one value in it.
    pub(super) fn transparent(node: Node<'w, 'o>) -> Self {
        let start = node.writer.out.len();
        let outer = node.writer.entries.len();
        let (order, column) = (Order::Given, node.at.column);
        let instead = Some(Printed::Nothing);
        Self {
            node,
            owner: "",
            order,
            start,
            column,
            inner: 0,
            outer,
            count: 0,
            open: (start, start),
            instead,
        }
    }

    pub(super) fn entry<T: Serialize + ?Sized>(
        &mut self,
        key: &str,
        value: &T,
    ) -> Result<(), Error> {
        let start = self.node.writer.out.len();
        key::write(self.node.writer, key, self.inner);
        self.open = (start, self.node.writer.out.len());
        self.value(value, true, 0)
    }

    fn value<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        keep: bool,
        rank: usize,
    ) -> Result<(), Error> {
        let at = Spot { place: Place::Entry, column: self.inner };
        let Node { writer, rules, .. } = &mut self.node;
        let printed = value.serialize(Node { writer, at, rules: *rules, keep })?;
        let (start, key_end) = self.open;
        if printed == Printed::Nothing {
            writer.out.truncate(start);
            return Ok(());
        }
        if writer.flow() {
            writer.out.push_str(",\n");
        }
        self.count += 1;
        if !matches!(self.order, Order::Given) {
            writer.entries.push(Entry { start, key_end, end: writer.out.len(), rank });
        }
        Ok(())
    }

    pub(super) fn close(mut self) -> Printed {
        if let Some(printed) = self.instead {
            return printed;
        }
        if self.count == 0 {
            self.node.writer.out.truncate(self.start);
            return self.node.empty("{}");
        }
        self.put_in_order();
        let writer = self.node.writer;
        if writer.flow() {
            end_lines(writer);
            writer.indent(self.column);
            writer.out.push('}');
        }
        writer.dash(self.start, self.node.at);
        Printed::Collection
    }

    /// Lays the entries out anew if they did not come in order. Each byte moves once for each struct around it.
    fn put_in_order(&mut self) {
        let Writer { out, entries, scratch, .. } = &mut *self.node.writer;
        let mine = &mut entries[self.outer..];
        let key = |entry: &Entry| {
            out[entry.start + self.inner..entry.key_end].trim_matches(['"', ':', ' '])
        };
        match self.order {
            Order::Given => return,
            Order::Sorted => mine.sort_by(|a, b| key(a).cmp(key(b))),
            Order::Table(_) if mine.is_sorted_by_key(|entry| entry.rank) => {}
            Order::Table(_) => mine.sort_unstable_by_key(|entry| (entry.rank, entry.start)),
        }
        if !mine.is_sorted_by_key(|entry| entry.start) {
            let first = mine.iter().map(|entry| entry.start).min().unwrap_or(self.start);
            let length = |entry: &Entry| entry.end - entry.start;
            let longest = (0..mine.len()).max_by_key(|at| length(&mine[*at])).unwrap_or(0);
            let longest_alone = length(&mine[longest]) >= LONG;
            let (before, others) = mine.split_at(if longest_alone { longest } else { mine.len() });
            scratch.clear();
            copy(before, out, scratch);
            if let Some((longest, after)) = others.split_first() {
                let middle = scratch.len();
                copy(after, out, scratch);
                out.truncate(longest.end);
                out.replace_range(first..longest.start, &scratch[..middle]);
                out.push_str(&scratch[middle..]);
            } else {
                out.truncate(first);
                out.push_str(scratch);
            }
        }
        entries.truncate(self.outer);
    }
}

/// Appends the bytes of entries; those that stand side by side in one go.
fn copy(entries: &[Entry], from: &str, to: &mut String) {
    for side_by_side in entries.chunk_by(|one, next| one.end == next.start) {
        if let Some((first, last)) = side_by_side.first().zip(side_by_side.last()) {
            to.push_str(&from[first.start..last.end]);
        }
    }
}

impl SerializeMap for Map<'_, '_> {
    type Ok = Printed;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let start = self.node.writer.out.len();
        key.serialize(Key { writer: self.node.writer, column: self.inner })?;
        self.open = (start, self.node.writer.out.len());
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value, true, 0)
    }
    fn end(self) -> Result<Printed, Error> {
        Ok(self.close())
    }
}

impl SerializeStruct for Map<'_, '_> {
    type Ok = Printed;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if self.instead.is_some() {
            let Node { writer, at, rules, keep } = &mut self.node;
            self.instead =
                Some(value.serialize(Node { writer, at: *at, rules: *rules, keep: *keep })?);
            return Ok(());
        }
        let rank = match self.order {
            Order::Table(keys) => {
                keys.iter().position(|known| same(known, key)).unwrap_or(keys.len())
            }
            Order::Given | Order::Sorted => 0,
        };
        let start = self.node.writer.out.len();
        key::write_field(self.node.writer, key, self.inner);
        self.open = (start, self.node.writer.out.len());
        self.value(value, empty::field_stays(self.owner), rank)
    }
    fn end(self) -> Result<Printed, Error> {
        Ok(self.close())
    }
}

/// A list that is being printed.
pub(super) struct List<'w, 'o> {
    node: Node<'w, 'o>,
    /// Where the output stood before the list.
    start: usize,
    /// The column of the dashes; in flow style, of the line with the opening bracket.
    column: usize,
    items: Items,
}

impl<'w, 'o> List<'w, 'o> {
    pub(super) fn open(node: Node<'w, 'o>) -> Self {
        let start = node.writer.out.len();
        let column = node.writer.lead(node.at, true);
        let nested = matches!(node.at.place, Place::Item(_)) && !node.writer.flow();
        if node.writer.flow() {
            node.writer.out.push('[');
        }
        Self { node, start, column: if nested { column + 2 } else { column }, items: Items::First }
    }

    pub(super) fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let at = Spot { place: Place::Item(self.items), column: self.column };
        let Node { writer, rules, .. } = &mut self.node;
        let printed = value.serialize(Node { writer, at, rules: *rules, keep: true })?;
        if self.items == Items::First {
            let cuddled = writer.format == Format::Kyaml && printed == Printed::Collection;
            self.items = if cuddled { Items::Cuddled } else { Items::Lines };
        }
        if writer.flow() && self.items == Items::Lines {
            writer.out.push_str(",\n");
        }
        Ok(())
    }

    pub(super) fn close(self) -> Printed {
        let writer = self.node.writer;
        if self.items == Items::First {
            writer.out.truncate(self.start);
            return Node { writer, ..self.node }.empty("[]");
        }
        if writer.flow() {
            if self.items == Items::Lines {
                end_lines(writer);
                writer.indent(self.column);
            }
            writer.out.push(']');
        }
        writer.dash(self.start, self.node.at);
        Printed::Collection
    }
}

/// JSON has no comma after the last of several.
fn end_lines(writer: &mut Writer<'_>) {
    if writer.format == Format::Json {
        writer.out.truncate(writer.out.len() - ",\n".len());
        writer.out.push('\n');
    }
}

impl SerializeSeq for List<'_, '_> {
    type Ok = Printed;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }
    fn end(self) -> Result<Printed, Error> {
        Ok(self.close())
    }
}

impl SerializeTuple for List<'_, '_> {
    type Ok = Printed;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }
    fn end(self) -> Result<Printed, Error> {
        Ok(self.close())
    }
}

impl SerializeTupleStruct for List<'_, '_> {
    type Ok = Printed;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }
    fn end(self) -> Result<Printed, Error> {
        Ok(self.close())
    }
}
