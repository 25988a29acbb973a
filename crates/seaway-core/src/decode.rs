//! From a [`Node`] to a typed value: serde, but with places, every fault in one run, and the nearest known key.
//!
//! Serde stops at the first fault. Here a fault is reported where it is, its value is left out, and decoding starts
//! over, until what is left decodes: each round removes at least one value, so it ends. Where there can be many values of a kind,
//! only the one at fault is decoded again (`each`). A required value that was at fault or is missing gets a stand-in, so that
//! the rest of its table is still looked at.
//!
//! Three conventions connect an option struct with a table, all of them plain derives:
//!
//! - a field whose name starts with `$` takes its keys from the same table (serde's `flatten` loses the places), and one called
//!   `$qualified` all that are of the form `domain/name`;
//! - an enum takes its variant from a string, from the key `type` of a table, or, if it has variants
//!   called `$string`, `$integer`, `$boolean`, `$array` or `$table`, from the kind of the value;
//! - [`Sourced`](crate::Sourced) asks for the place by a private name.

mod access;
mod de;
pub(crate) mod each;
mod fault;
mod stand_in;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use crate::{Code, Diagnostic, Node, Sink, Span, Value, suggest};
use access::{QUALIFIED, is_qualified};
use de::NodeDeserializer;
use fault::Fault;
use stand_in::StandIn;

/// Decodes a value and reports each fault of it.
///
/// What is at fault is left out of the result, so that later checks can look at the rest; `None` if nothing is left.
pub fn decode<T: DeserializeOwned>(node: &Node, sink: &mut Sink) -> Option<T> {
    decode_with_faults(node, sink).0
}

/// Decodes as [`decode`] does, and says as well what was at fault.
pub(crate) fn decode_with_faults<T: DeserializeOwned>(
    node: &Node,
    sink: &mut Sink,
) -> (Option<T>, Faults) {
    decode_with_types(node, &[], sink)
}

/// Decodes as [`decode_with_faults`] does, where components can have more types than the compiler knows: for what is said of an
/// unknown one.
pub(crate) fn decode_with_types<T: DeserializeOwned>(
    node: &Node,
    types: &[String],
    sink: &mut Sink,
) -> (Option<T>, Faults) {
    let state = State { types: types.to_vec(), ..State::default() };
    let value = each::value(NodeDeserializer { node, state: &state });
    state.unknown_keys();
    for diagnostic in state.found.into_inner() {
        sink.report(diagnostic);
    }
    (value, Faults { left_out: state.left_out.into_inner(), supplied: state.supplied.into_inner() })
}

/// What was at fault in a tree that was decoded: what is missing because of it has been told already.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    left_out: BTreeSet<Address>,
    supplied: BTreeMap<Address, BTreeMap<&'static str, usize>>,
}

impl Faults {
    /// Whether a node of the tree that was decoded was left out of the result.
    pub(crate) fn left_out(&self, node: &Node) -> bool {
        self.left_out.contains(&address(node))
    }

    /// Whether a table lacks a field that it has to have.
    pub(crate) fn supplied(&self, table: &Node, field: &str) -> bool {
        self.supplied.get(&address(table)).is_some_and(|fields| fields.contains_key(field))
    }

    /// Whether a node or anything inside it was at fault.
    pub(crate) fn touch(&self, node: &Node) -> bool {
        self.left_out(node)
            || self.supplied.contains_key(&address(node))
            || match &node.value {
                Value::Array(items) => items.iter().any(|item| self.touch(item)),
                Value::Table(table) => table.values().any(|value| self.touch(value)),
                _ => false,
            }
    }
}

/// The address of a node: what identifies it while its tree is borrowed.
type Address = usize;

fn address(node: &Node) -> Address {
    std::ptr::from_ref(node).addr()
}

/// What is known about the tree after the rounds so far.
#[derive(Default)]
struct State<'de> {
    left_out: RefCell<BTreeSet<Address>>,
    /// Fields that get a stand-in, by their table; the number says which, as not every type takes every text.
    supplied: RefCell<BTreeMap<Address, BTreeMap<&'static str, usize>>>,
    /// Fields and their stand-ins so far.
    attempts: Cell<usize>,
    structs: RefCell<BTreeMap<Address, Keys<'de>>>,
    /// Types of components that are data.
    types: Vec<String>,
    found: RefCell<Vec<Diagnostic>>,
}

/// A table that was decoded as structs, and the keys that these know.
struct Keys<'de> {
    table: &'de Node,
    known: Vec<&'static [&'static str]>,
}

impl<'de> State<'de> {
    /// How many faults were met so far: a round without a further one would only end as the one before.
    fn faults(&self) -> usize {
        self.left_out.borrow().len() + self.attempts.get()
    }

    fn is_left_out(&self, node: &Node) -> bool {
        self.left_out.borrow().contains(&address(node))
    }

    fn leave_out(&self, node: &Node) {
        self.left_out.borrow_mut().insert(address(node));
    }

    fn tell(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// Decodes one node; a fault that has no place yet gets this one.
    fn run<T>(
        &self,
        node: &'de Node,
        decode: impl FnOnce(NodeDeserializer<'_, 'de>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        decode(NodeDeserializer { node, state: self }).map_err(|fault| {
            match fault {
                Fault::Told => return Fault::Told,
                Fault::Silent => self.leave_out(node),
                Fault::Missing(field) => self.missing(node, field),
                Fault::Fresh { code, message, help } => {
                    self.tell(at(code, message, node.span).help_maybe(help));
                    self.leave_out(node);
                }
            }
            Fault::Told
        })
    }

    /// A field without which the struct can not be: told unless it is there and was told already.
    fn missing(&self, table: &Node, field: &'static str) {
        if table.as_table().is_none() {
            self.leave_out(table);
        }
        if table.get(field).is_none() {
            self.tell(
                at(Code::MissingField, format!("`{field}` is missing"), table.span)
                    .help(format!("add `{field} = …`")),
            );
        }
        let mut supplied = self.supplied.borrow_mut();
        if supplied.entry(address(table)).or_default().insert(field, 0).is_none() {
            self.attempts.update(|attempts| attempts + 1);
        }
    }

    /// Which stand-in a field of a table gets, if it gets one.
    fn stand_in(&self, table: &Node, field: &str) -> Option<StandIn> {
        StandIn::number(*self.supplied.borrow().get(&address(table))?.get(field)?)
    }

    /// The type of a field does not take its stand-in: the next round tries another one, if there is one.
    fn next_stand_in(&self, table: &Node, field: &'static str) -> Fault {
        let mut supplied = self.supplied.borrow_mut();
        let number = supplied.entry(address(table)).or_default().entry(field).or_default();
        *number += 1;
        self.attempts.update(|attempts| attempts + 1);
        if StandIn::number(*number).is_some() { Fault::Told } else { Fault::Silent }
    }

    fn know(&self, table: &'de Node, fields: &'static [&'static str]) {
        let mut structs = self.structs.borrow_mut();
        let keys = structs.entry(address(table)).or_insert(Keys { table, known: Vec::new() });
        if !keys.known.contains(&fields) {
            keys.known.push(fields);
        }
    }

    fn unknown_keys(&self) {
        for keys in self.structs.borrow().values() {
            let Some(table) = keys.table.as_table() else { continue };
            let known = || {
                keys.known.iter().copied().flatten().copied().filter(|key| !key.starts_with('$'))
            };
            let takes_qualified = keys.known.iter().any(|fields| fields.contains(&QUALIFIED));
            let is_free = |key: &str| takes_qualified && is_qualified(key);
            let is_unknown = |key: &str| known().all(|known| known != key) && !is_free(key);
            for key in table.keys().filter(|key| is_unknown(key)) {
                let span = key.span().unwrap_or(keys.table.span);
                self.tell(
                    Diagnostic::error(Code::UnknownField, format!("unknown key `{key}`"))
                        .label(span, "not known here")
                        .help_maybe(suggest::nearest_or_all(key, known())),
                );
            }
        }
    }
}

fn at(code: Code, message: String, span: Span) -> Diagnostic {
    Diagnostic::error(code, message).label(span, "")
}
