//! Each field that differs → the one cause that it belongs to.
//!
//! A field belongs to the edit that its origin names. Where its origin is a default, it belongs to the edit that alone makes it what it
//! is: the old revision is compiled with each edit in turn. What no edit makes alone belongs to all edits without which it
//! would be another one. If only one edit is seen in what the layers of the stage say together, all belongs to it.

mod search;

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::{Consequence, Document, Node, Origin, Sourced, Span};

use super::edits::Edit;
use super::effects::effects;
use super::pairs::{Key, Pair, Pairs};
use super::{Cause, CauseKind, Compiled, Finding, Place, Revision};
use crate::diff::Change;
use crate::fields::{self, FieldChange};
use crate::object::instance;

use search::Search;

/// A whole object, or a field of one.
pub(super) type Unit = (Key, Option<String>);

/// The causes, and which of them each difference belongs to.
pub(super) struct Causes<'a> {
    all: Vec<Cause>,
    of: BTreeMap<Unit, usize>,
    edits: &'a [Edit<'a>],
    of_edit: BTreeMap<usize, usize>,
}

pub(super) fn causes<'a>(
    stage: &str,
    old: Revision<'_>,
    new: Revision<'_>,
    edits: &'a [Edit<'a>],
    pairs: &Pairs<'_>,
) -> Causes<'a> {
    let mut causes =
        Causes { all: Vec::new(), of: BTreeMap::new(), edits, of_edit: BTreeMap::new() };
    match (old, new) {
        (Revision::Compiled(old), Revision::Compiled(new)) => {
            let found = Search::new(stage, old, new, edits, pairs).run();
            for (unit, by) in found {
                let at = causes.cause_of_edits(&by, old, new);
                causes.of.insert(unit, at);
            }
        }
        (Revision::Rendered(old), Revision::Compiled(new)) => {
            for unit in units(pairs) {
                let cause = of_rendered(&unit, pairs, new, old.seaway.is_some());
                causes.put(unit, cause);
            }
        }
        (_, Revision::Rendered(_)) => {
            for unit in units(pairs) {
                causes.put(unit, unknown("rendered objects"));
            }
        }
    }
    for pair in &pairs.changed {
        for (at, effect) in effects(pair, &causes) {
            causes.all[at].effects.push(effect);
        }
    }
    for cause in &mut causes.all {
        super::effects::fold(&mut cause.effects);
    }
    causes
}

fn units(pairs: &Pairs<'_>) -> Vec<Unit> {
    pairs.changed.iter().flat_map(units_of).collect()
}

fn units_of(pair: &Pair<'_>) -> Vec<Unit> {
    match pair.change() {
        Change::Changed => {
            let paths = pair.fields.iter().map(|field| field.path.clone());
            paths.map(|path| (pair.key.clone(), Some(path))).collect()
        }
        Change::Gained | Change::Lost => vec![(pair.key.clone(), None)],
    }
}

impl Causes<'_> {
    /// The cause of an object that comes or goes, or of the first field of one that changes.
    pub(super) fn of_object(&self, pair: &Pair<'_>) -> Option<usize> {
        self.of_fields(pair, |_| true)
    }

    /// The cause of an object that comes or goes, or of the first field of one that changes and is asked for.
    pub(super) fn of_fields(
        &self,
        pair: &Pair<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        if let Some(at) = self.of.get(&(pair.key.clone(), None)) {
            return Some(*at);
        }
        // What follows from another change has no cause of its own worth naming first.
        let mut fields: Vec<&FieldChange> =
            pair.fields.iter().filter(|field| wanted(&field.path)).collect();
        fields.sort_by_key(|field| field.is_checksum());
        fields.iter().find_map(|field| self.of_field(&pair.key, &field.path))
    }

    /// Every cause that changes a field that is asked for, or brings the object.
    pub(super) fn all_of_fields(
        &self,
        pair: &Pair<'_>,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<usize> {
        if let Some(at) = self.of.get(&(pair.key.clone(), None)) {
            return vec![*at];
        }
        let fields = pair.fields.iter().filter(|field| wanted(&field.path));
        let found: BTreeSet<usize> =
            fields.filter_map(|field| self.of_field(&pair.key, &field.path)).collect();
        found.into_iter().collect()
    }

    pub(super) fn of_field(&self, key: &Key, path: &str) -> Option<usize> {
        self.of.get(&(key.clone(), Some(path.to_owned()))).copied()
    }

    /// The cause of which a place of the new revision, or of the old one, was edited.
    pub(super) fn of_span(&self, span: Span) -> Option<usize> {
        let edits = || self.edits.iter().enumerate();
        let found = edits().find(|(_, edit)| edit.wrote(span));
        let (at, _) = found.or_else(|| edits().find(|(_, edit)| edit.had_written(span)))?;
        self.of_edit.get(&at).copied()
    }

    /// The cause that adds a component, or gives it its name.
    pub(super) fn of_component(&self, name: &str) -> Option<usize> {
        let adds = |cause: &Cause| {
            let Some(key) = cause.key.strip_prefix("components.") else { return false };
            let added = cause.was.is_none() && cause.is.is_some() && key == name;
            added || key.rsplit_once(" → ").is_some_and(|(_, new)| new == name)
        };
        self.all.iter().position(adds)
    }

    /// The only cause, if there is one.
    pub(super) fn only(&self) -> Option<usize> {
        (self.all.len() == 1).then_some(0)
    }

    pub(super) fn place(&self, at: Option<usize>) -> Option<Place> {
        let cause = self.all.get(at?)?;
        cause.is_at.clone().or_else(|| cause.was_at.clone())
    }

    /// What nothing follows from changes nothing that runs.
    pub(super) fn without_consequence(&self, noted: &BTreeSet<usize>) -> Vec<Finding> {
        let quiet = self.all.iter().enumerate().filter(|(at, _)| !noted.contains(at));
        let finding = |(at, cause): (usize, &Cause)| {
            let objects: BTreeSet<String> =
                cause.effects.iter().flat_map(|effect| effect.objects.iter().cloned()).collect();
            let objects: Vec<String> = objects.into_iter().collect();
            Finding {
                message: format!("nothing that runs changes in {}", few(&objects)),
                place: self.place(Some(at)),
                cause: Some(at),
                ..Finding::new(Consequence::Cosmetic, objects)
            }
        };
        quiet.map(finding).collect()
    }

    /// Causes and findings, the worst first.
    pub(super) fn ranked(self, mut findings: Vec<Finding>) -> (Vec<Cause>, Vec<Finding>) {
        let mut causes: Vec<(usize, Cause)> = self.all.into_iter().enumerate().collect();
        for (at, cause) in &mut causes {
            let own = findings.iter().filter(|finding| finding.cause == Some(*at));
            let worst = own.map(|finding| finding.consequence).min();
            cause.worst = worst.unwrap_or(Consequence::Cosmetic);
        }
        causes.sort_by(|(_, one), (_, other)| {
            (one.worst, &one.key, &one.layer).cmp(&(other.worst, &other.key, &other.layer))
        });
        let places: BTreeMap<usize, usize> =
            causes.iter().enumerate().map(|(to, (from, _))| (*from, to)).collect();
        for finding in &mut findings {
            finding.cause = finding.cause.and_then(|at| places.get(&at).copied());
        }
        findings.sort_by(|one, other| {
            (one.consequence, one.cause, &one.message).cmp(&(
                other.consequence,
                other.cause,
                &other.message,
            ))
        });
        (causes.into_iter().map(|(_, cause)| cause).collect(), findings)
    }

    fn put(&mut self, unit: Unit, cause: Cause) {
        let at = self.add(cause);
        self.of.insert(unit, at);
    }

    /// The place of a cause among all, which it gets if it is new.
    fn add(&mut self, cause: Cause) -> usize {
        let is_same = |known: &Cause| {
            (known.kind, &known.key, &known.layer) == (cause.kind, &cause.key, &cause.layer)
        };
        self.all.iter().position(is_same).unwrap_or_else(|| {
            self.all.push(cause);
            self.all.len() - 1
        })
    }

    /// The cause that some edits are together.
    fn cause_of_edits(
        &mut self,
        by: &BTreeSet<usize>,
        old: Compiled<'_>,
        new: Compiled<'_>,
    ) -> usize {
        let only = by.first().filter(|_| by.len() == 1);
        if let Some(known) = only.and_then(|only| self.of_edit.get(only)) {
            return *known;
        }
        let edits: Vec<&Edit<'_>> = by.iter().filter_map(|at| self.edits.get(*at)).collect();
        let cause = match edits[..] {
            [edit] => Cause {
                kind: edit.kind,
                layer: edit.layer.clone(),
                was: edit.was.map(super::edits::Written::short),
                is: edit.is.map(super::edits::Written::short),
                was_at: edit.was.map(|was| was.place(old.source)),
                is_at: edit.is.map(|is| is.place(new.source)),
                ..unknown(&edit.key)
            },
            [] => Cause { kind: CauseKind::Several, ..unknown("several edits together") },
            [first, ..] => {
                let keys: Vec<&str> = edits.iter().map(|edit| edit.key.as_str()).collect();
                let is_at = first.is.map(|is| is.place(new.source));
                Cause { kind: CauseKind::Several, is_at, ..unknown(&keys.join(" + ")) }
            }
        };
        let at = self.add(cause);
        if let Some(only) = only {
            self.of_edit.insert(*only, at);
        }
        at
    }
}

impl Finding {
    /// A consequence for some objects, without a cause and a place yet.
    pub(super) fn new(consequence: Consequence, objects: Vec<String>) -> Self {
        Self {
            consequence,
            message: String::new(),
            objects,
            place: None,
            cause: None,
            notes: Vec::new(),
            help: None,
            code: None,
            allowed: None,
        }
    }
}

/// A few names, and how many more there are.
pub(super) fn few(names: &[String]) -> String {
    const LISTED: usize = 4;
    match names {
        [] => "nothing".to_owned(),
        [.., last] if names.len() <= LISTED => {
            let first = &names[..names.len() - 1];
            if first.is_empty() { last.clone() } else { format!("{} and {last}", first.join(", ")) }
        }
        _ => format!("{} and {} more", names[..LISTED - 1].join(", "), names.len() - LISTED + 1),
    }
}

fn unknown(key: &str) -> Cause {
    Cause {
        kind: CauseKind::Unknown,
        key: key.to_owned(),
        layer: None,
        was: None,
        is: None,
        was_at: None,
        is_at: None,
        reason: None,
        effects: Vec::new(),
        worst: Consequence::Cosmetic,
    }
}

// The old one rendered -----------------------------------------------------------------------------------------------------

fn of_rendered(unit: &Unit, pairs: &Pairs<'_>, new: Compiled<'_>, is_same_input: bool) -> Cause {
    let (key, path) = unit;
    let pair = pairs.get(key);
    let Some(object) = pair.and_then(|pair| pair.new) else {
        let component = pair.and_then(|pair| pair.old).and_then(instance);
        return unknown(&component.map_or_else(
            || "what the new revision lacks".to_owned(),
            |name| format!("components.{name}"),
        ));
    };
    let origin = path.as_ref().map_or(object.origins.object(), |path| object.origins.of(path));
    if is_same_input && let Origin::Default(reason) = origin {
        let reason_text = format!("{} ({})", reason.why, reason.source);
        return Cause {
            kind: CauseKind::Seaway,
            reason: Some(reason_text),
            ..unknown(&format!("default `{}`", reason.name))
        };
    }
    let span = origin.span().or_else(|| object.place());
    match span.and_then(|span| Some((span, key_at(new.document, span)?))) {
        Some((span, (key, node))) => Cause {
            kind: CauseKind::Unknown,
            is: node.map(fields::short),
            is_at: Some(Place::of(new.source, span)),
            ..unknown(&key)
        },
        None => unknown("the stack as a whole"),
    }
}

/// The key of a document that a place lies in, without the stage, and its value if that is no table.
fn key_at(document: &Document, span: Span) -> Option<(String, Option<&Node>)> {
    let is_around = |place: Span| place.start <= span.start && span.end <= place.end;
    let mut path = Vec::new();
    let above = document.above.iter().map(|above| &above.root);
    let node =
        document.roots().chain(above).find_map(|root| innermost(root, &is_around, &mut path))?;
    let words: Vec<&str> = path.iter().map(|key| key.value.as_str()).collect();
    let words = match words[..] {
        ["stages", _, ref rest @ ..] => rest.to_vec(),
        ref all => all.to_vec(),
    };
    Some((words.join("."), Some(node).filter(|node| node.as_table().is_none())))
}

/// The innermost value around a place, with the keys that lead to it.
fn innermost<'a>(
    node: &'a Node,
    is_around: &dyn Fn(Span) -> bool,
    path: &mut Vec<&'a Sourced<String>>,
) -> Option<&'a Node> {
    for (key, value) in node.as_table()? {
        path.push(key);
        if let Some(found) = innermost(value, is_around, path) {
            return Some(found);
        }
        if key.span().is_some_and(is_around) || is_around(value.span) {
            return Some(value);
        }
        path.pop();
    }
    None
}
