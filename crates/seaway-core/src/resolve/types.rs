//! Types of components that are data: what `type = "meilisearch"` starts from.
//!
//! A type is a set of options of another one: of a type that the compiler knows, of one of the stack, or of a shipped one.
//! What it says lies below what the component says, from the layer on that gives the component its type: so the layers of the
//! component merge onto it as they merge onto each other, `false` removes, and what changes its type starts anew.

use std::collections::BTreeMap;

use crate::node::Table;
use crate::options::Component;
use crate::overlay::Overlay;
use crate::source::shipped;
use crate::{Code, Diagnostic, Document, Node, Sink, Sourced, Span, Value, document};

/// Tables of one layer each, the lowest first, and the name of the type that the compiler knows.
pub(super) struct Start {
    tables: Vec<Table>,
    known: String,
    /// Where a type of the stack says that word.
    place: Option<Span>,
}

impl Start {
    /// In place of a type that is at fault, so that nothing else is told of it.
    fn stand_in() -> Self {
        let image = Node { value: Value::String("stand-in:1".to_owned()), span: Span::NOWHERE };
        let key = Sourced::written("image".to_owned(), Span::NOWHERE);
        Self { tables: vec![Table::from([(key, image)])], known: "service".to_owned(), place: None }
    }
}

/// What the types of a stage say.
pub(super) struct Types<'a> {
    /// `[types]` of all layers together.
    written: Option<&'a Table>,
    /// What each component starts from, by the number of the layer that gives it its type.
    starts: BTreeMap<usize, Vec<(String, Node, Start)>>,
}

impl<'a> Types<'a> {
    /// What the components of a stage start from. `merged` is what all of its layers say together.
    pub(super) fn of(merged: &'a Table, layers: &[&Table], sink: &mut Sink) -> Self {
        let written = merged.get("types").and_then(Node::as_table);
        let mut types = Self { written, starts: BTreeMap::new() };
        for name in written.into_iter().flat_map(Table::keys) {
            if Component::TYPES.contains(&name.value.as_str()) {
                let fault = format!("`{name}` is a type that Seaway knows itself");
                sink.report(
                    Diagnostic::error(Code::Conflict, fault).origin(name.origin, "").help(format!(
                        "give it another name, and start from that one: `types.my-{name}.type = \"{name}\"`"
                    )),
                );
            }
        }
        types.begin(layers, sink);
        types
    }

    /// Adds what the components of some layers start from.
    fn begin(&mut self, layers: &[&Table], sink: &mut Sink) {
        for (component, (layer, word)) in given(layers) {
            if let Some(name) = word.as_str()
                && !Component::TYPES.contains(&name)
                && let Some(start) = self.start(name, sink)
            {
                self.starts.entry(layer).or_default().push((component, word.clone(), start));
            }
        }
    }

    /// All types that are data: those of the stack, and those that are shipped.
    pub(super) fn names(&self) -> Vec<String> {
        let own = self.written.into_iter().flat_map(Table::keys).map(|name| name.value.clone());
        let mut names: Vec<String> = own.chain(shipped::names().map(str::to_owned)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether no component starts from data.
    pub(super) fn are_unused(&self) -> bool {
        self.starts.is_empty()
    }

    /// Puts what components start from below a layer.
    pub(super) fn below(&self, layer: usize, onto: &mut Overlay, sink: &mut Sink) {
        for (component, word, start) in self.starts.get(&layer).into_iter().flatten() {
            for table in &start.tables {
                // The word of the component: it starts anew where it had another type, and not at the layer itself.
                let mut table = table.clone();
                table.remove("type");
                table.insert(Sourced::written("type".to_owned(), word.span), word.clone());
                onto.merge(&nested(component, table, word), &[], sink);
            }
        }
    }

    /// Gives the components of the merged layers the types that the compiler knows.
    pub(super) fn settle(&self, root: &mut Table) {
        let Some(Node { value: Value::Table(components), .. }) = root.get_mut("components") else {
            return;
        };
        for (component, word, start) in self.starts.values().flatten() {
            if let Some(Node { value: Value::Table(options), .. }) =
                components.get_mut(component.as_str())
                && let Some(written) = options.get_mut("type")
                && written.value == word.value
            {
                written.value = Value::String(start.known.clone());
                written.span = start.place.unwrap_or(written.span);
            }
        }
    }

    /// A root with components as they were before they changed their type.
    pub(super) fn under(&self, former: &Table) -> Table {
        let mut overlay = Overlay::default();
        let aside = &mut Sink::default();
        let layer = |name: &str, options: &Node| {
            nested(name, options.as_table().cloned().unwrap_or_default(), options)
        };
        let layers: Vec<Table> =
            former.iter().map(|(name, options)| layer(&name.value, options)).collect();
        for layer in &layers {
            // Each is the one layer of a stage of its own.
            let mut types = Self { written: self.written, starts: BTreeMap::new() };
            types.begin(&[layer], aside);
            types.below(0, &mut overlay, aside);
            overlay.merge(layer, &[], aside);
            types.settle(&mut overlay.table);
        }
        overlay.table
    }

    /// What a type is made of; `None` for one that is unknown, which is told where the component is read.
    fn start(&self, name: &str, sink: &mut Sink) -> Option<Start> {
        let mut tables = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let (mut at, mut place) = (name.to_owned(), None);
        while let Some((key, table)) =
            self.written.and_then(|types| types.get_key_value(at.as_str()))
        {
            if Component::TYPES.contains(&key.value.as_str()) {
                break;
            }
            let Some(table) = table.as_table() else {
                let message = format!("expected a table, found {}", table.value.kind());
                sink.report(
                    Diagnostic::error(Code::WrongType, message)
                        .origin(key.origin, "a type is a table"),
                );
                return Some(Start::stand_in());
            };
            seen.push(&key.value);
            tables.push(table.clone());
            let next = table.get("type");
            let word = next.and_then(Node::as_str);
            at = match word {
                // A type of the stack that is called like a shipped one starts from that.
                None if shipped::text(&key.value).is_some() => break,
                Some(word) if word == key.value && shipped::text(word).is_some() => break,
                None => "service".to_owned(),
                Some(word) => word.to_owned(),
            };
            place = next.map(|next| next.span).or(place);
            if let Some(next) = next.filter(|_| seen.contains(&at.as_str())) {
                sink.report(
                    Diagnostic::error(
                        Code::CyclicExtends,
                        format!("type `{at}` starts from itself"),
                    )
                    .label(next.span, "closes the circle")
                    .note(format!("{} → {at}", seen.join(" → "))),
                );
                return Some(Start::stand_in());
            }
        }
        let mut known = at;
        if let Some(text) = shipped::text(&known) {
            // It is tested that none of them has errors.
            let document = document::parse_text(text, &mut Sink::default());
            let table = document.root.as_table().cloned().unwrap_or_default();
            let word = table.get("type").and_then(Node::as_str).map(str::to_owned);
            known = word.unwrap_or_else(|| "service".to_owned());
            tables.push(table);
        }
        tables.reverse();
        (!tables.is_empty()).then_some(Start { tables, known, place })
    }
}

/// The types that a stack has of its own in any of its layers, each with the type that the compiler knows of it.
pub fn own_types(document: &Document) -> BTreeMap<String, String> {
    let stages = document.roots().filter_map(|root| root.get("stages")?.as_table());
    let above = document.above.iter().map(|above| &above.root);
    let layers = stages.flat_map(Table::values).chain(document.roots()).chain(above);
    let mut written = Table::new();
    for types in layers.filter_map(|layer| layer.get("types")).filter_map(Node::as_table) {
        written.extend(types.iter().map(|(name, table)| (name.clone(), table.clone())));
    }
    let types = Types { written: Some(&written), starts: BTreeMap::new() };
    let start = |name: &str| types.start(name, &mut Sink::default());
    let known = written.keys().filter_map(|name| Some((name.value.clone(), start(name)?.known)));
    known.collect()
}

/// The words of `type`, each with the number of the layer that gives it to its component.
fn given<'a>(layers: &[&'a Table]) -> BTreeMap<String, (usize, &'a Node)> {
    let mut given: BTreeMap<String, (usize, &Node)> = BTreeMap::new();
    for (layer, table) in layers.iter().enumerate() {
        let components = table.get("components").and_then(Node::as_table);
        for (name, options) in components.into_iter().flatten() {
            if options.value == Value::Boolean(false) {
                given.remove(&name.value);
            }
            let Some(word) = options.get("type") else { continue };
            let is_same = given.get(&name.value).is_some_and(|(_, old)| old.value == word.value);
            if !is_same {
                given.insert(name.value.clone(), (layer, word));
            }
        }
    }
    given
}

/// A layer that says nothing but the options of one component.
fn nested(component: &str, options: Table, place: &Node) -> Table {
    let table = |key: &str, value: Table| {
        let node = Node { value: Value::Table(value), span: place.span };
        Table::from([(Sourced::written(key.to_owned(), place.span), node)])
    };
    table("components", table(component, options))
}
