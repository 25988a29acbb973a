//! What is compared, as all views read it.

use std::collections::BTreeMap;

use seaway_core::Consequence;
use seaway_render::StageDiff;
use seaway_render::diff::Change;
use seaway_render::revision::{Cause, CauseKind, Effect, Finding, Place};
use serde::Serialize;

/// The version of the form of the JSON view. It grows when a key goes or gets another meaning, not when one is added.
const FORM: u32 = 1;

/// Two revisions of one stack or of several.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    /// The version of this form.
    form: u32,
    /// What the command line calls the old revision.
    pub(super) old: String,
    /// What it calls the new one.
    pub(super) new: String,
    /// The worst consequence that is not allowed; null if nothing follows.
    pub(super) worst: Option<Consequence>,
    /// The stacks, by their paths.
    pub(super) stacks: Vec<StackDiff>,
}

/// Two revisions of a stack.
#[derive(Debug, Serialize)]
pub(super) struct StackDiff {
    /// Its file in the new revision, or in the old one if the new one lacks it.
    pub(super) path: String,
    /// Whether only one of the revisions has the stack.
    pub(super) change: Option<Change>,
    /// Its stages in the order of the file.
    pub(super) stages: Vec<StageDiff>,
}

impl Comparison {
    pub(super) fn new(old: String, new: String, stacks: Vec<StackDiff>) -> Self {
        let stages = stacks.iter().flat_map(|stack| &stack.stages);
        let worst = stages.filter_map(StageDiff::worst).min();
        Self { form: FORM, old, new, worst, stacks }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stacks.iter().all(StackDiff::is_empty)
    }

    /// Stages that differ alike are shown once.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for stack in &self.stacks {
            for stage in stack.stages.iter().filter(|stage| !stage.is_empty()) {
                let same = groups.iter_mut().find(|group| {
                    group.stack == stack.path
                        && group.diff.change == stage.change
                        && group.diff.causes == stage.causes
                        && group.diff.findings == stage.findings
                });
                match same {
                    Some(group) => group.stages.push(&stage.stage),
                    None => groups.push(Group {
                        stack: &stack.path,
                        stages: vec![&stage.stage],
                        diff: stage,
                    }),
                }
            }
        }
        groups
    }
}

impl StackDiff {
    pub(super) fn is_empty(&self) -> bool {
        self.change.is_none() && self.stages.iter().all(StageDiff::is_empty)
    }
}

/// Stages of a stack that differ alike.
pub(super) struct Group<'a> {
    pub(super) stack: &'a str,
    pub(super) stages: Vec<&'a str>,
    pub(super) diff: &'a StageDiff,
}

impl Group<'_> {
    /// `stage prod`, `stages a and b`.
    pub(super) fn stages(&self) -> String {
        match self.stages[..] {
            [one] => format!("stage {one}"),
            [ref first @ .., last] => format!("stages {} and {last}", first.join(", ")),
            [] => String::new(),
        }
    }

    /// `1 object gained, 4 changed`.
    pub(super) fn counts(&self) -> String {
        let counts = self.diff.objects;
        let rows = [(counts.gained, "gained"), (counts.changed, "changed"), (counts.lost, "lost")];
        let rows: Vec<String> = rows
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if rows.is_empty() {
            "no object differs".to_owned()
        } else {
            format!("objects: {}", rows.join(", "))
        }
    }

    /// What follows from a cause, or without one from none of them.
    pub(super) fn findings_of(&self, cause: Option<usize>) -> impl Iterator<Item = &Finding> {
        self.diff.findings.iter().filter(move |finding| finding.cause == cause)
    }
}

/// `components.worker.concurrency: 4 → 16`
pub(super) fn heading(cause: &Cause) -> String {
    let value = match (&cause.was, &cause.is) {
        (Some(was), Some(is)) if was == is => String::new(),
        (Some(was), Some(is)) => format!(": {was} → {is}"),
        (None, Some(is)) if cause.kind == CauseKind::Unknown => format!(": now {is}"),
        (None, Some(is)) => format!(": added, {is}"),
        (Some(was), None) => format!(": removed, was {was}"),
        (None, None) => match cause.kind {
            CauseKind::File => " has another text".to_owned(),
            _ => String::new(),
        },
    };
    let layer = cause.layer.as_deref().filter(|layer| *layer != "base");
    let layer = layer.map(|layer| format!(" (stage {layer})")).unwrap_or_default();
    format!("{}{value}{layer}", cause.key)
}

/// `stack.toml:6`
pub(super) fn at(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// `image: a:1 → a:2 in Deployment/web`
pub(super) fn effect(effect: &Effect) -> String {
    let objects = listed(&effect.objects);
    match effect.change {
        Change::Gained => format!("new: {objects}"),
        Change::Lost => format!("gone: {objects}"),
        Change::Changed => {
            let value = match (&effect.was, &effect.is) {
                (Some(was), Some(is)) => format!("{was} → {is}"),
                (None, Some(is)) => format!("added, {is}"),
                (Some(was), None) => format!("removed, was {was}"),
                (None, None) => String::new(),
            };
            let count = if effect.count > effect.objects.len() {
                format!("{} places in ", effect.count)
            } else {
                "in ".to_owned()
            };
            format!("{}: {value} {count}{objects}", effect.field)
        }
    }
}

/// Objects by their kinds: `Deployment/web, worker; Job/migrate`.
pub(super) fn listed(objects: &[String]) -> String {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for object in objects {
        let (kind, name) = object.split_once('/').unwrap_or(("", object));
        kinds.entry(kind).or_default().push(name);
    }
    let rows: Vec<String> =
        kinds.into_iter().map(|(kind, names)| format!("{kind}/{}", names.join(", "))).collect();
    rows.join("; ")
}
