//! The layers of a stage: the base, what it extends, itself, what lies over every stage.

use super::Merged;
use super::types::Types;
use crate::decode::decode_with_types;
use crate::document::Above;
use crate::node::Table;
use crate::overlay::{Overlay, Removals, Sidecars};
use crate::values::Name;
use crate::{Code, Diagnostic, Document, Node, Reported, Sink, Sourced, Span, Value, suggest};

/// A stage and the stages it is merged onto, itself last.
#[derive(Debug, Clone, PartialEq)]
pub struct Extends<'a> {
    /// Names and tables, the lowest first.
    pub chain: Vec<(&'a Sourced<String>, &'a Node)>,
}

impl Document {
    /// The chain of stages that a stage is made of; unknown and cyclic ones are reported.
    pub fn chain(&self, stage: &str, sink: &mut Sink) -> Result<Extends<'_>, Reported> {
        let stages = self.root.get("stages").and_then(Node::as_table);
        let names = || stages.into_iter().flat_map(Table::keys).map(|name| name.value.as_str());
        let find = |name: &str| stages.and_then(|stages| stages.get_key_value(name));
        if let Some(written) = self.root.get("stages").filter(|stages| stages.as_table().is_none())
        {
            let message = format!("expected a table, found {}", written.value.kind());
            return Err(sink.error(
                Diagnostic::error(Code::WrongType, message)
                    .label(written.span, "")
                    .help(format!("write `[stages.{stage}]`")),
            ));
        }
        let Some(mut at) = find(stage) else {
            let place = self.root.get("stages").map(|stages| stages.span).unwrap_or_default();
            return Err(sink.error(
                Diagnostic::error(Code::UnknownStage, format!("there is no stage `{stage}`"))
                    .label(place, "")
                    .help_maybe(suggest::nearest_or_all(stage, names()).or_else(|| {
                        Some(format!("add `[stages.{stage}]`: the file has no stages"))
                    })),
            ));
        };
        let mut chain = vec![at];
        while let Some(extends) = at.1.get("extends") {
            let Some(name) = extends.as_str() else {
                let message = format!("expected a string, found {}", extends.value.kind());
                return Err(sink.error(
                    Diagnostic::error(Code::WrongType, message)
                        .label(extends.span, "the name of a stage"),
                ));
            };
            at = find(name).ok_or_else(|| {
                sink.error(
                    Diagnostic::error(Code::UnknownStage, format!("there is no stage `{name}`"))
                        .label(extends.span, "extended here")
                        .help_maybe(suggest::nearest_or_all(name, names())),
                )
            })?;
            if chain.iter().any(|(seen, _)| *seen == at.0) {
                let circle: Vec<&str> = chain.iter().map(|(name, _)| name.value.as_str()).collect();
                return Err(sink.error(
                    Diagnostic::error(
                        Code::CyclicExtends,
                        format!("stage `{name}` extends itself"),
                    )
                    .label(extends.span, "closes the circle")
                    .note(format!("{} → {name}", circle.join(" → "))),
                ));
            }
            chain.push(at);
        }
        chain.reverse();
        Ok(Extends { chain })
    }
}

/// What all layers of a stage say, merged onto the base.
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
}

/// A table that is merged, and its keys that are no part of the layer.
type Layer<'a> = (&'a Table, &'static [&'static str]);

/// Merges the layers of a stage.
pub(super) fn merged(
    document: &Document,
    stage: &str,
    sink: &mut Sink,
) -> Result<Layers, Reported> {
    let chain = document.chain(stage, sink)?.chain;
    let mut layers: Vec<Layer<'_>> = Vec::new();
    if let Some(base) = document.root.as_table() {
        layers.push((base, &["stages"]));
    }
    let mut name = None;
    for (layer, table) in chain {
        name = Some(layer);
        let Some(entries) = table.as_table() else {
            let message = format!("expected a table, found {}", table.value.kind());
            sink.report(
                Diagnostic::error(Code::WrongType, message).label(table.span, "a stage is a table"),
            );
            continue;
        };
        if let Some(name) = table.get("name") {
            sink.report(
                Diagnostic::error(Code::Conflict, "a stage can not change the name of the stack")
                    .label(name.span, "")
                    .help("write `namespace = …` if the stage lives in another namespace"),
            );
        }
        layers.push((entries, &["extends", "name"]));
    }
    let span = document.root.span;
    let above = readings(&layers, &document.above, span);
    layers.extend(above_all(&above));
    let Together { root, removals, types, sidecars } = together(&layers, span, sink);
    let stage = name.cloned().map_or_else(|| stand_in("stage"), |name| stage_name(name, sink));
    Ok(Layers { stage, root, removals, types, sidecars })
}

/// What layers say together.
struct Together {
    root: Node,
    removals: Removals,
    types: Vec<String>,
    sidecars: Sidecars,
}

fn together(layers: &[Layer<'_>], span: Span, sink: &mut Sink) -> Together {
    // What the types say is known once all layers are merged, and lies below those that name them.
    let mut plain = Overlay::default();
    let mut told = Sink::default();
    for (table, without) in layers {
        plain.merge(table, without, &mut told);
    }
    let tables: Vec<&Table> = layers.iter().map(|(table, _)| *table).collect();
    let types = Types::of(&plain.table, &tables, sink);
    let names = types.names();
    let Overlay { mut table, removals, sidecars } = if types.are_unused() {
        for diagnostic in told.finish() {
            sink.report(diagnostic);
        }
        plain
    } else {
        let mut merged = Overlay::default();
        for (number, (table, without)) in layers.iter().enumerate() {
            types.below(number, &mut merged, sink);
            merged.merge(table, without, sink);
        }
        types.settle(&mut merged.table);
        merged
    };
    table.remove("types");
    let root = Node { value: Value::Table(table), span };
    Together { root, removals, types: names, sidecars }
}

/// The layers over every stage, in their order.
fn above_all<'a>(readings: &[&'a Node]) -> impl Iterator<Item = Layer<'a>> {
    let whole: &[&str] = &[];
    readings.iter().filter_map(|root| root.as_table()).map(move |table| (table, whole))
}

/// What lies over the stage. Of a value that can be read in two ways, the second one counts where the key does not take the
/// type of the first.
fn readings<'a>(lower: &[Layer<'a>], above: &'a [Above], span: Span) -> Vec<&'a Node> {
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
    lower: &[Layer<'a>],
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
    Sourced::written(name, Span::default())
}
