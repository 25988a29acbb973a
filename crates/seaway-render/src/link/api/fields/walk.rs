//! The way through an object: its own serialization, which is asked for nothing but names and values.

use std::{fmt, mem};

use seaway_core::Sink;
use serde::ser::{Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use super::relate::{Seen, relate};
use super::report::Report;
use super::rules::{Rule, Type};
use super::{find, quantities};
use crate::Object;
use crate::by_name::{among, same};
use crate::names::{is_label_value, is_qualified};

/// Walks an object and reports its faults.
pub(super) fn walk(object: &Object, sink: &mut Sink) {
    let mut report = Report { object, sink, seen: Vec::new() };
    let walk = Walk {
        place: &Place { around: None, step: Step::Root },
        of: None,
        rule: None,
        is_amount: false,
        report: &mut report,
    };
    // A walk never fails.
    let _ = object.body.serialize(walk);
}

/// Where the walk is: a chain of steps on the stack of the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    pub around: Option<&'p Place<'p>>,
    pub step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'p> {
    Root,
    /// A field of a type, or a key of a map.
    Key(&'p str),
    /// An item of a list.
    Item(usize),
}

impl<'p> Place<'p> {
    fn inside(&'p self, step: Step<'p>) -> Self {
        Self { around: Some(self), step }
    }

    /// The last key on the way.
    pub(super) fn key(&self) -> &str {
        match self.step {
            Step::Root => "",
            Step::Key(key) => key,
            Step::Item(_) => self.around.map_or("", |around| around.key()),
        }
    }
}

/// What was found at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing, or a text, list or map without content.
    Absent,
    /// Something.
    Present,
    /// One of the words of a rule.
    Word(&'static str),
}

/// The walk at one place.
struct Walk<'w, 'o> {
    place: &'w Place<'w>,
    /// The type that the rule is of.
    of: Option<&'static Type>,
    rule: Option<&'static Rule>,
    is_amount: bool,
    report: &'w mut Report<'o>,
}

impl<'o> Walk<'_, 'o> {
    /// The same walk at a place inside.
    fn at<'p>(&'p mut self, place: &'p Place<'p>) -> Walk<'p, 'o> {
        Walk { place, of: self.of, rule: self.rule, is_amount: self.is_amount, report: self.report }
    }

    fn number(self, number: i64) -> Shape {
        let Some((of, rule)) = self.of.zip(self.rule) else { return Shape::Present };
        let (least, most) = match rule {
            Rule::NoneOrWithin(..) if number == 0 => return Shape::Absent,
            Rule::Within(least, most) | Rule::NoneOrWithin(least, most) => (*least, *most),
            Rule::Port => (1, 65535),
            Rule::Share(least, _) => (*least, i64::MAX),
            _ => return Shape::Present,
        };
        if !(least..=most).contains(&number) {
            self.report.range(self.place, of, number, least, most);
        }
        Shape::Present
    }

    fn text(self, text: &str) -> Shape {
        if self.is_amount {
            let positive = matches!(self.rule, Some(Rule::Positive));
            quantities::check(text, positive, self.place, self.report);
            return Shape::Present;
        }
        let Some((of, rule)) = self.of.zip(self.rule) else { return present(text) };
        // A text without content is no value: the API server fills in the default.
        if text.is_empty() {
            return Shape::Absent;
        }
        match rule {
            Rule::Word(words) | Rule::WordOr(words, _) => {
                if let Some(word) = words.iter().find(|word| **word == text) {
                    return Shape::Word(word);
                }
                let begins = |start: &&str| text.len() > start.len() && text.starts_with(start);
                let other = matches!(rule, Rule::WordOr(_, starts) if starts.iter().any(begins));
                if !other {
                    self.report.word(self.place, of, text, words);
                }
            }
            Rule::Form { fits, what, help } => {
                if !fits(text) {
                    self.report.form(self.place, text, what, help);
                }
            }
            Rule::Labels => {
                if !is_label_value(text) {
                    self.report.label_value(self.place, text);
                }
            }
            Rule::Port => {
                if !is_port_name(text) {
                    self.report.port(self.place, of, text);
                }
            }
            Rule::Share(_, most) => {
                let share = text.strip_suffix('%').filter(|digits| is_digits(digits));
                let share = share.and_then(|digits| digits.parse::<i64>().ok());
                if share.is_none_or(|share| share > *most) {
                    self.report.share(self.place, of, text, *most);
                }
            }
            Rule::Within(..) | Rule::NoneOrWithin(..) | Rule::Positive => {}
        }
        Shape::Present
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `IsValidPortName` of apimachinery; a number is no name.
fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && crate::names::is_dns_label(text)
        && !text.contains("--")
        && text.bytes().any(|b| b.is_ascii_lowercase())
}

fn present(text: &str) -> Shape {
    if text.is_empty() { Shape::Absent } else { Shape::Present }
}

/// No walk ends early.
#[derive(Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a value of an object")
    }
}
impl std::error::Error for Never {}
impl serde::ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Walked = Result<Shape, Never>;

impl<'w, 'o> Serializer for Walk<'w, 'o> {
    type Ok = Shape;
    type Error = Never;
    type SerializeSeq = Items<'w, 'o>;
    type SerializeTuple = Impossible<Shape, Never>;
    type SerializeTupleStruct = Impossible<Shape, Never>;
    type SerializeTupleVariant = Impossible<Shape, Never>;
    type SerializeMap = Entries<'w, 'o>;
    type SerializeStruct = Fields<'w, 'o>;
    type SerializeStructVariant = Impossible<Shape, Never>;

    fn serialize_bool(self, flag: bool) -> Walked {
        // What is off excludes nothing.
        Ok(if flag { Shape::Present } else { Shape::Absent })
    }
    fn serialize_i8(self, number: i8) -> Walked {
        Ok(self.number(number.into()))
    }
    fn serialize_i16(self, number: i16) -> Walked {
        Ok(self.number(number.into()))
    }
    fn serialize_i32(self, number: i32) -> Walked {
        Ok(self.number(number.into()))
    }
    fn serialize_i64(self, number: i64) -> Walked {
        Ok(self.number(number))
    }
    fn serialize_u8(self, number: u8) -> Walked {
        Ok(self.number(number.into()))
    }
    fn serialize_u16(self, number: u16) -> Walked {
        Ok(self.number(number.into()))
    }
    fn serialize_u32(self, number: u32) -> Walked {
        Ok(self.number(number.into()))
    }
    fn serialize_u64(self, number: u64) -> Walked {
        Ok(self.number(i64::try_from(number).unwrap_or(i64::MAX)))
    }
    fn serialize_f32(self, _: f32) -> Walked {
        Ok(Shape::Present)
    }
    fn serialize_f64(self, _: f64) -> Walked {
        Ok(Shape::Present)
    }
    fn serialize_char(self, _: char) -> Walked {
        Ok(Shape::Present)
    }
    fn serialize_str(self, text: &str) -> Walked {
        Ok(self.text(text))
    }
    fn serialize_bytes(self, _: &[u8]) -> Walked {
        Ok(Shape::Present)
    }
    fn serialize_none(self) -> Walked {
        Ok(Shape::Absent)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Walked {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Walked {
        Ok(Shape::Absent)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Walked {
        Ok(Shape::Absent)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Walked {
        Ok(Shape::Present)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Walked {
        value.serialize(Self { is_amount: name == "Quantity", ..self })
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Walked {
        Ok(Shape::Present)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'w, 'o>, Never> {
        Ok(Items { walk: self, count: 0 })
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Never> {
        Err(Never)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Never> {
        Err(Never)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Never> {
        Err(Never)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'w, 'o>, Never> {
        Ok(Entries { walk: self, shape: Shape::Absent })
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'w, 'o>, Never> {
        let outer = self.report.seen.len();
        Ok(Fields { place: self.place, of: find(name), report: self.report, outer })
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Never> {
        Err(Never)
    }
}

/// The walk through a list.
struct Items<'w, 'o> {
    walk: Walk<'w, 'o>,
    count: usize,
}

impl SerializeSeq for Items<'_, '_> {
    type Ok = Shape;
    type Error = Never;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        let place = self.walk.place.inside(Step::Item(self.count));
        self.count += 1;
        value.serialize(self.walk.at(&place))?;
        Ok(())
    }
    fn end(self) -> Walked {
        Ok(if self.count == 0 { Shape::Absent } else { Shape::Present })
    }
}

/// The walk through a map.
struct Entries<'w, 'o> {
    walk: Walk<'w, 'o>,
    shape: Shape,
}

impl SerializeMap for Entries<'_, '_> {
    type Ok = Shape;
    type Error = Never;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Never> {
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Never> {
        self.shape = Shape::Present;
        Ok(())
    }
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), Never> {
        use fmt::Write;
        self.shape = Shape::Present;
        let mut entry = Entry { walk: &mut self.walk, value };
        write!(entry, "{}", Key(key)).map_err(|_| Never)
    }
    fn end(self) -> Walked {
        Ok(self.shape)
    }
}

/// A key of a map, to be written: a key can not be borrowed from its serialization, but it is written in one piece.
struct Key<'k, K: ?Sized>(&'k K);

impl<K: Serialize + ?Sized> fmt::Display for Key<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

/// The walk through a value of a map, which goes on when the key is written to it.
struct Entry<'e, 'w, 'o, V: ?Sized> {
    walk: &'e mut Walk<'w, 'o>,
    value: &'e V,
}

impl<V: Serialize + ?Sized> fmt::Write for Entry<'_, '_, '_, V> {
    fn write_str(&mut self, key: &str) -> fmt::Result {
        let place = self.walk.place.inside(Step::Key(key));
        let mut walk = self.walk.at(&place);
        if matches!(walk.rule, Some(Rule::Labels)) && !is_qualified(key) {
            walk.report.label_key(&place, key);
        }
        walk.is_amount = false;
        self.value.serialize(walk).map(|_| ()).map_err(|_| fmt::Error)
    }
}

/// The walk through the fields of a type.
struct Fields<'w, 'o> {
    place: &'w Place<'w>,
    of: Option<&'static Type>,
    report: &'w mut Report<'o>,
    /// How much was seen of the types around it.
    outer: usize,
}

impl SerializeStruct for Fields<'_, '_> {
    type Ok = Shape;
    type Error = Never;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        // What metadata has is looked at elsewhere, and the status belongs to the cluster.
        if matches!(key, "metadata" | "status") && self.place.around.is_none() {
            return Ok(());
        }
        let place = self.place.inside(Step::Key(key));
        let rule = self.of.and_then(|of| of.fields.iter().find(|(field, _)| same(field, key)));
        let shape = value.serialize(Walk {
            place: &place,
            of: self.of,
            rule: rule.map(|(_, rule)| rule),
            is_amount: false,
            report: self.report,
        })?;
        let Some(of) = self.of else { return Ok(()) };
        let matters = || among(of.needs, key) || of.relations.iter().any(|one| one.names(key));
        match shape {
            Shape::Word(word) => self.report.seen.push((key, word)),
            Shape::Present if matters() => self.report.seen.push((key, "")),
            _ => {}
        }
        Ok(())
    }
    fn end(self) -> Walked {
        let Some(of) = self.of else { return Ok(Shape::Present) };
        let mut all = mem::take(&mut self.report.seen);
        let seen = Seen(&all[self.outer..]);
        if of.needs.iter().any(|field| !seen.has(field)) {
            self.report.missing(self.place, of, seen);
        }
        for relation in of.relations {
            relate(relation, seen, of, self.place, self.report);
        }
        all.truncate(self.outer);
        self.report.seen = all;
        Ok(Shape::Present)
    }
}
