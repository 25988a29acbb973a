//! The layers of a stage: the top level of each file, what the stage extends, itself, what lies over every stage.

use super::Merged;
use super::types::Types;
use std::collections::BTreeSet;

use crate::decode::decode_with_types;
use crate::document::Above;
use crate::node::Table;
use crate::overlay::{Overlay, Removals, Sidecars};
use crate::values::Name;
use crate::{Code, Diagnostic, Document, Node, Reported, Sink, Sourced, Span, Value, suggest};

/// A stage and the stages it is merged onto, itself last.
#[derive(Debug, Clone, PartialEq)]
pub struct Extends<'a> {
    /// The lowest first.
    pub chain: Vec<Link<'a>>,
}

/// A stage in the chain of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Link<'a> {
    /// Its name, where the uppermost file says it.
    pub name: &'a Sourced<String>,
    /// What each file says of it: that of the lowest base first.
    pub tables: Vec<&'a Node>,
}

impl Document {
    /// The chain of stages that a stage is made of; unknown and cyclic ones are reported.
    pub fn chain(&self, stage: &str, sink: &mut Sink) -> Result<Extends<'_>, Reported> {
        let written = || self.roots().filter_map(|root| root.get("stages"));
        if let Some(stages) = written().find(|stages| stages.as_table().is_none()) {
            let message = format!("expected a table, found {}", stages.value.kind());
            return Err(sink.error(
                Diagnostic::error(Code::WrongType, message)
                    .label(stages.span, "")
                    .help(format!("write `[stages.{stage}]`")),
            ));
        }
        let nearest = |stage: &str| {
            let known = self.stages();
            suggest::nearest_or_all(stage, known.iter().map(|name| name.value.as_str()))
        };
        let Some(mut at) = self.link(stage) else {
            let place = written().next_back().map(|stages| stages.span).unwrap_or_default();
            return Err(sink.error(
                Diagnostic::error(Code::UnknownStage, format!("there is no stage `{stage}`"))
                    .label(place, "")
                    .help_maybe(nearest(stage).or_else(|| {
                        Some(format!("add `[stages.{stage}]`: the file has no stages"))
                    })),
            ));
        };
        let mut chain: Vec<Link<'_>> = Vec::new();
        let mut seen = BTreeSet::from([&*at.name.value]);
        while let Some(extends) = at.tables.iter().rev().find_map(|table| table.get("extends")) {
            let Some(name) = extends.as_str() else {
                let message = format!("expected a string, found {}", extends.value.kind());
                return Err(sink.error(
                    Diagnostic::error(Code::WrongType, message)
                        .label(extends.span, "the name of a stage"),
                ));
            };
            chain.push(at);
            at = self.link(name).ok_or_else(|| {
                sink.error(
                    Diagnostic::error(Code::UnknownStage, format!("there is no stage `{name}`"))
                        .label(extends.span, "extended here")
                        .help_maybe(nearest(name)),
                )
            })?;
            if !seen.insert(&*at.name.value) {
                let circle: Vec<&str> = chain.iter().map(|link| link.name.value.as_str()).collect();
                return Err(sink.error(
                    Diagnostic::error(
                        Code::CyclicExtends,
                        format!("stage `{name}` extends itself"),
                    )
                    .label(extends.span, "closes the circle")
                    .note(format!("{} → {name}", circle.join(" → "))),
                ));
            }
        }
        chain.push(at);
        chain.reverse();
        Ok(Extends { chain })
    }

    /// Whether one of two stages extends the other one, so that it takes its place.
    pub fn are_related(&self, one: &str, other: &str) -> bool {
        let extends = |stage: &str, wanted: &str| {
            let chain = self.chain(stage, &mut Sink::default());
            chain.is_ok_and(|extends| extends.chain.iter().any(|link| link.name.value == wanted))
        };
        extends(one, other) || extends(other, one)
    }

    /// A stage with what each file says of it.
    fn link(&self, stage: &str) -> Option<Link<'_>> {
        let of_files = self
            .roots()
            .filter_map(|root| root.get("stages").and_then(Node::as_table)?.get_key_value(stage));
        let (names, tables): (Vec<_>, Vec<_>) = of_files.unzip();
        Some(Link { name: names.last().copied()?, tables })
    }
}

/// What all layers of a stage say, merged onto the base.
#[derive(PartialEq)]
pub(super) struct Layers {
    /// The name of the stage.
    pub(super) stage: Sourced<Name>,
    /// What all layers say together.
    pub(super) root: Node,
    /// What `[app]` and components remove from what they inherit.
    pub(super) removals: Removals,
    /// The types of components that are data.
    pub(super) types: Vec<String>,
    /// The sidecars that components write.
    pub(super) sidecars: Sidecars,
    /// What components said before they changed their type, in a root of its own.
    pub(super) former: Node,
}

/// One of the tables that a stage is merged of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageLayer<'a> {
    /// Who says it.
    pub name: LayerName<'a>,
    /// What it says.
    pub table: &'a Table,
    /// Keys of its top level that are no part of the layer.
    pub without: &'static [&'static str],
}

/// Who says what a layer says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LayerName<'a> {
    /// The top level of a stack file.
    Base,
    /// What a stack file says of a stage.
    Stage(&'a str),
    /// An overlay or a value of the command line: the text that its top level table lies in says which.
    Above(Span),
}

impl Document {
    /// The layers of a stage, the lowest first; unknown and cyclic stages are reported.
    pub fn layers(&self, stage: &str, sink: &mut Sink) -> Result<Vec<StageLayer<'_>>, Reported> {
        let mut layers = written(self, stage, sink)?;
        let above = chosen(&layers, &self.above, self.root.span);
        layers.extend(above_all(&above));
        Ok(layers)
    }
}

/// Merges the layers of a stage.
pub(super) fn merged(
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Layers, Reported> {
    let layers = document.layers(stage, sink)?;
    let span = document.root.span;
    let Together { root, removals, types, sidecars, former } = together(&layers, span, sink);
    let name = document.chain(stage, &mut Sink::default()).ok();
    let name = name.and_then(|extends| extends.chain.last().map(|link| link.name.clone()));
    let stage = name.map_or_else(|| stand_in("stage"), |name| stage_name(name, sink));
    Ok(Layers { stage, root, removals, types, sidecars, former })
}

/// Whether all layers of a stage together say the same in two documents, at the same places. What one of them says below
/// another that says it again makes no difference.
pub fn is_same(one: &Document, other: &Document, stage: &str) -> bool {
    let merged = |document| merged(document, stage, &mut Sink::default()).ok();
    merged(one).is_some_and(|one| merged(other).is_some_and(|other| one == other))
}

/// What counts of each layer over a stage ([`Document::above`]): of a value that can be read in two ways, what its key takes.
pub fn readings<'a>(
    document: &'a Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Vec<&'a Node>, Reported> {
    let layers = written(document, stage, sink)?;
    Ok(chosen(&layers, &document.above, document.root.span))
}

/// The layers that files say.
fn written<'a>(
    document: &'a Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Vec<StageLayer<'a>>, Reported> {
    let chain = document.chain(stage, sink)?.chain;
    let mut layers: Vec<StageLayer<'_>> = Vec::new();
    for root in document.roots().filter_map(Node::as_table) {
        layers.push(StageLayer {
            name: LayerName::Base,
            table: root,
            without: &["stages", "extends", "seaway"],
        });
    }
    for link in chain {
        for table in link.tables {
            layers.extend(of_stage(link.name, table, sink));
        }
    }
    Ok(layers)
}

/// What one file says of a stage.
fn of_stage<'a>(name: &'a str, table: &'a Node, sink: &mut Sink) -> Option<StageLayer<'a>> {
    let Some(entries) = table.as_table() else {
        let message = format!("expected a table, found {}", table.value.kind());
        sink.report(
            Diagnostic::error(Code::WrongType, message).label(table.span, "a stage is a table"),
        );
        return None;
    };
    if let Some(said) = table.get("name") {
        sink.report(
            Diagnostic::error(Code::Conflict, "a stage can not change the name of the stack")
                .label(said.span, "")
                .help("write `namespace = …` if the stage lives in another namespace"),
        );
    }
    let name = LayerName::Stage(name);
    Some(StageLayer { name, table: entries, without: &["extends", "name"] })
}

/// What layers say together.
struct Together {
    root: Node,
    removals: Removals,
    types: Vec<String>,
    sidecars: Sidecars,
    former: Node,
}

fn together(layers: &[StageLayer<'_>], span: Span, sink: &mut Sink) -> Together {
    // What the types say is known once all layers are merged, and lies below those that name them.
    let mut plain = Overlay::default();
    let mut told = Sink::default();
    for StageLayer { table, without, .. } in layers {
        plain.merge(table, without, &mut told);
    }
    let tables: Vec<&Table> = layers.iter().map(|layer| layer.table).collect();
    let types = Types::of(&plain.table, &tables, sink);
    let names = types.names();
    let former = types.under(&plain.former);
    let Overlay { mut table, removals, sidecars, .. } = if types.are_unused() {
        for diagnostic in told.finish() {
            sink.report(diagnostic);
        }
        plain
    } else {
        let mut merged = Overlay::default();
        for (number, StageLayer { table, without, .. }) in layers.iter().enumerate() {
            types.below(number, &mut merged, sink);
            merged.merge(table, without, sink);
        }
        types.settle(&mut merged.table);
        merged
    };
    table.remove("types");
    let root = Node { value: Value::Table(table), span };
    let former = Node { value: Value::Table(former), span };
    Together { root, removals, types: names, sidecars, former }
}

/// The layers over every stage, in their order.
fn above_all<'a>(readings: &[&'a Node]) -> impl Iterator<Item = StageLayer<'a>> {
    let layer = |root: &&'a Node| {
        let (name, table) = (LayerName::Above(root.span), root.as_table()?);
        Some(StageLayer { name, table, without: &[] })
    };
    readings.iter().filter_map(layer)
}

/// What lies over the stage. Of a value that can be read in two ways, the second one counts where the key does not take the
/// type of the first.
fn chosen<'a>(lower: &[StageLayer<'a>], above: &'a [Above], span: Span) -> Vec<&'a Node> {
    let mut readings: Vec<&Node> = above.iter().map(|above| &above.root).collect();
    if above.iter().all(|above| above.otherwise.is_none()) {
        return readings;
    }
    let first = refused(lower, &readings, above, span);
    for ((reading, above), is_refused) in readings.iter_mut().zip(above).zip(first) {
        if let Some(otherwise) = above.otherwise.as_ref().filter(|_| is_refused) {
            *reading = &otherwise.root;
        }
    }
    // A key that takes neither is at fault with the first one.
    let second = refused(lower, &readings, above, span);
    for ((reading, above), is_refused) in readings.iter_mut().zip(above).zip(second) {
        if is_refused {
            *reading = &above.root;
        }
    }
    readings
}

/// For each layer over the stage, whether its key does not take the type of its value.
fn refused<'a>(
    lower: &[StageLayer<'a>],
    readings: &[&'a Node],
    above: &[Above],
    span: Span,
) -> Vec<bool> {
    let mut layers = lower.to_vec();
    layers.extend(above_all(readings));
    let mut aside = Sink::default();
    let Together { root, types, .. } = together(&layers, span, &mut aside);
    decode_with_types::<Merged>(&root, &types, &mut aside);
    let found = aside.finish();
    let is_refused = |place: Span| {
        let mut wrong = found.iter().filter(|fault| fault.code == Code::WrongType);
        wrong.any(|fault| fault.labels.first().is_some_and(|label| label.span == place))
    };
    let place = |above: &Above| above.otherwise.as_ref().map(|otherwise| otherwise.place);
    above.iter().map(|above| place(above).is_some_and(is_refused)).collect()
}

/// The name of a stage becomes part of names and labels.
fn stage_name(written: Sourced<String>, sink: &mut Sink) -> Sourced<Name> {
    match Name::try_from(written.value) {
        Ok(name) => Sourced { value: name, origin: written.origin },
        Err(fault) => {
            let (message, help) = fault.split_once('\n').unwrap_or((&fault, ""));
            sink.report(
                Diagnostic::error(Code::InvalidValue, message)
                    .origin(written.origin, "")
                    .help(help),
            );
            stand_in("stage")
        }
    }
}

/// A name in place of one that is at fault, so that the rest is still looked at.
pub(super) fn stand_in(name: &str) -> Sourced<Name> {
    let name = Name::try_from(name.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"));
    Sourced::written(name, Span::NOWHERE)
}
