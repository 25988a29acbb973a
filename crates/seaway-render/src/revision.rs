//! Two revisions of a stage → what was edited, what that changes, and what follows.
//!
//! The spine is *cause → effect*. A [`Cause`] is a key of the stack that was edited, a file beside it, or what another version of
//! Seaway does otherwise. Each field that differs is an [`Effect`] of exactly one cause. Each cause has
//! [`Finding`]s: what follows from it in the cluster, out of the closed list of [`Consequence`].
//!
//! ```text
//! two documents → edits ┐
//!                       ├→ causes with their effects ┐
//! two bundles → fields  ┘                            ├→ StageDiff
//! two bundles → findings ────────────────────────────┘
//! ```
//!
//! A revision is a stage that was compiled, with the origin of each field, or a folder that was rendered before, of which the objects
//! alone are known. Views of the value (text, Markdown, HTML, JSON) are made elsewhere.

mod edits;
mod pairs;
mod attribute;
mod effects;
mod follows;
mod drawn;

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::shell::Command;
use seaway_core::{Allowance, Consequence, Document, Node, Origin, Reason, Sink, Source, Span};
use serde::Serialize;

use crate::against::{Another, OutputOf, Revisions};
use crate::diff::{Change, Step, steps_between};
use crate::object::namespace;
use crate::{Body, Bundle, Earlier, Object, tree};

use follows::Cx;
use pairs::Pairs;

/// A stage of a revision.
#[derive(Debug, Clone, Copy)]
pub enum Revision<'a> {
    /// It was compiled.
    Compiled(Compiled<'a>),
    /// It was rendered before, and nothing else of it is known.
    Rendered(&'a Rendered),
}

/// A stage that was compiled.
#[derive(Debug, Clone, Copy)]
pub struct Compiled<'a> {
    /// Its texts. Where both revisions are compiled, they share one space of offsets: the texts of both are in the source of
    /// each, and the files beside them are its own.
    pub source: &'a Source,
    /// The parsed stack file.
    pub document: &'a Document,
    /// The stage itself.
    pub bundle: &'a Bundle,
    /// What the stage allows.
    pub allowances: &'a [Allowance],
}

/// A stage that was rendered before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendered {
    /// Its objects.
    objects: Vec<Object>,
    /// The stack and the stage that it is of, as far as it says so.
    output_of: OutputOf,
    /// The version of Seaway that rendered it, if it is another one and read the same texts: what differs then is its doing.
    pub seaway: Option<String>,
}

static RENDERED: Reason = Reason {
    name: "rendered-before",
    why: "the object was read from a folder that was rendered before",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/",
};

impl Rendered {
    /// The objects of earlier output.
    pub fn new(earlier: &Earlier) -> Self {
        let object = |node: &Node| {
            let body = tree::readable(node)?;
            Some(Object::new(body, None, Origin::Default(&RENDERED)))
        };
        Self {
            objects: earlier.nodes().filter_map(object).collect(),
            output_of: earlier.output_of(),
            seaway: None,
        }
    }

    /// The namespace of the stack: that of its `Namespace`, or the one that most objects lie in.
    fn namespace(&self) -> &str {
        let is_namespace = |object: &&Object| matches!(object.body, Body::Namespace(_));
        if let Some(made) = self.objects.iter().find(is_namespace) {
            return made.body.name();
        }
        let mut inside: BTreeMap<&str, usize> = BTreeMap::new();
        for around in self.objects.iter().map(namespace).filter(|around| !around.is_empty()) {
            *inside.entry(around).or_default() += 1;
        }
        inside.into_iter().max_by_key(|(_, count)| *count).map_or("", |(around, _)| around)
    }
}

impl<'a> Revision<'a> {
    /// How another revision is no revision of this stage: one of them was rendered, and says that it is of another stack or stage, which
    /// neither extends the other nor is extended by it.
    /// The names of two that are compiled are part of what is compared.
    pub fn another(&self, new: &Self) -> Option<Another> {
        let is_compiled = |one: &Self| one.compiled().is_some();
        if is_compiled(self) && is_compiled(new) {
            return None;
        }
        let another = self.output_of().another(&new.output_of())?;
        let mut documents = [self, new].into_iter().filter_map(Self::compiled);
        let are_related = documents.any(|one| {
            another.what == "stage" && one.document.are_related(&another.was, &another.is)
        });
        (!are_related).then_some(another)
    }

    fn output_of(&self) -> OutputOf {
        match self {
            Self::Compiled(compiled) => OutputOf::stage(&compiled.bundle.stack),
            Self::Rendered(rendered) => rendered.output_of.clone(),
        }
    }

    /// Its objects.
    pub(crate) fn objects(&self) -> &'a [Object] {
        match self {
            Self::Compiled(compiled) => &compiled.bundle.objects,
            Self::Rendered(rendered) => &rendered.objects,
        }
    }

    fn compiled(&self) -> Option<Compiled<'a>> {
        match self {
            Self::Compiled(compiled) => Some(*compiled),
            Self::Rendered(_) => None,
        }
    }

    /// The namespace of the stack's own objects.
    fn namespace(&self) -> &'a str {
        match self {
            Self::Compiled(compiled) => &compiled.bundle.stack.namespace,
            Self::Rendered(rendered) => rendered.namespace(),
        }
    }
}

/// All that differs between two revisions of a stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageDiff {
    /// Name of the stage.
    pub stage: String,
    /// Whether only one of the revisions has the stage.
    pub change: Option<Change>,
    /// Objects that only the new revision has, that differ, and that only the old one has.
    pub objects: Counts,
    /// The components of both revisions, by name, for a picture of the stack; empty where only objects are known.
    pub components: Vec<Drawn>,
    /// Why it differs: the cause with the worst consequence first.
    pub causes: Vec<Cause>,
    /// What follows, the worst first.
    pub findings: Vec<Finding>,
    /// What to do by hand, in this order; empty if a plain `kubectl apply` does it all.
    pub steps: Vec<Step>,
}

/// How many objects differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Only the new revision has them.
    pub gained: usize,
    /// Both have them, and they differ.
    pub changed: usize,
    /// Only the old revision has them.
    pub lost: usize,
}

/// A component in the picture of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// Its name.
    pub name: String,
    /// Its type in the new revision, or in the old one if the new one lacks it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What became of it; null if none of its objects differs.
    pub change: Option<Change>,
    /// The components that it calls.
    pub calls: Vec<String>,
    /// The worst that follows for its objects.
    pub worst: Option<Consequence>,
}

/// What was edited.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// What kind of edit it is.
    pub kind: CauseKind,
    /// The key of the merged options (`components.worker.concurrency`), or the name of what was edited.
    pub key: String,
    /// The layer of the stack that says it: `base`, or the name of a stage; null for what is no key.
    pub layer: Option<String>,
    /// What it was, in short; null if it was not there.
    pub was: Option<String>,
    /// What it is, in short; null if it is not there.
    pub is: Option<String>,
    /// Where it was written in the old revision.
    pub was_at: Option<Place>,
    /// Where it is written in the new revision.
    pub is_at: Option<Place>,
    /// Why, where nobody wrote it.
    pub reason: Option<String>,
    /// What it changes.
    pub effects: Vec<Effect>,
    /// The worst of its consequences.
    pub worst: Consequence,
}

/// What kind of edit a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// A key of the stack.
    Key,
    /// A file beside the stack.
    File,
    /// An overlay or a value of the command line.
    Outside,
    /// A default of another version of Seaway.
    Seaway,
    /// Several edits together.
    Several,
    /// The old revision is known by its objects alone, so that only the new value has a place.
    Unknown,
}

/// A place in a text of a revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The name of the text.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The place in the shared space of offsets.
    #[serde(skip)]
    pub span: Span,
}

impl Place {
    fn of(source: &Source, span: Span) -> Self {
        let text = source.text_at(span.start);
        let position = text.position(span.start);
        Self { file: text.name.to_string(), line: position.line, column: position.column, span }
    }
}

/// A field that differs, in one object or in several alike, or objects that come or go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// Gained and lost are whole objects; of a changed one, a field.
    pub change: Change,
    /// The field, without the names of containers where several differ alike; empty for whole objects.
    pub field: String,
    /// What it was, in short.
    pub was: Option<String>,
    /// What it is, in short.
    pub is: Option<String>,
    /// The objects, as kubectl prints them, each with the containers that differ.
    pub objects: Vec<String>,
    /// How many fields differ like this.
    pub count: usize,
    /// Whether it follows from another effect: a checksum, a name that ends in a hash, a label with the version.
    pub follows: bool,
}

/// Something that follows from a cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of consequence it is.
    pub consequence: Consequence,
    /// A phrase that says it.
    pub message: String,
    /// The objects that it is about, as kubectl prints them.
    pub objects: Vec<String>,
    /// The line to look at.
    pub place: Option<Place>,
    /// The cause, by its place in the list of causes.
    pub cause: Option<usize>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The code of the diagnostic, if it is one.
    pub code: Option<&'static str>,
    /// The reason why the stack allows it, if it does.
    pub allowed: Option<String>,
}

impl StageDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.change.is_none() && self.causes.is_empty() && self.findings.is_empty()
    }

    /// The worst consequence that the stack does not allow, if anything follows.
    pub fn worst(&self) -> Option<Consequence> {
        let counted = self.findings.iter().filter(|finding| finding.allowed.is_none());
        counted.map(|finding| finding.consequence).min()
    }

    /// A stage that only one of the revisions has.
    fn of_one(stage: &str, change: Change, objects: &[Object]) -> Self {
        let count = objects.len();
        let objects = match change {
            Change::Gained => Counts { gained: count, ..Counts::default() },
            Change::Changed => Counts { changed: count, ..Counts::default() },
            Change::Lost => Counts { lost: count, ..Counts::default() },
        };
        Self {
            stage: stage.to_owned(),
            change: Some(change),
            objects,
            components: Vec::new(),
            causes: Vec::new(),
            findings: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// A stage that only the new revision has.
pub fn gained(stage: &str, new: Revision<'_>) -> StageDiff {
    StageDiff::of_one(stage, Change::Gained, new.objects())
}

/// A stage that only the old revision has: its objects and its data stay in the cluster until somebody deletes them.
pub fn lost(stage: &str, old: Revision<'_>) -> StageDiff {
    let mut diff = StageDiff::of_one(stage, Change::Lost, old.objects());
    diff.findings.push(follows::of_lost_stage(stage, old));
    diff
}

/// Compares two revisions of a stage.
///
/// `path` is what the stack is called on a command line, quoted for a shell; it is only used in the commands of the steps. Pure:
/// reads nothing but its arguments, and compiles the stage again with a part of the edits where no origin says which of them a field
/// belongs to.
pub fn compare(stage: &str, path: &Command, old: Revision<'_>, new: Revision<'_>) -> StageDiff {
    let document = new.compiled().map(|new| new.document);
    let revisions = Revisions::between(document, stage, old.objects(), new.objects());
    let pairs = Pairs::new(old, new, &revisions);
    let edits = match (old.compiled(), new.compiled()) {
        (Some(old), Some(new)) => edits::edits(old, new, stage),
        _ => Vec::new(),
    };
    let causes = attribute::causes(stage, old, new, &edits, &pairs);
    let mut findings = follows::all(&Cx {
        stage,
        old,
        new,
        revisions: &revisions,
        pairs: &pairs,
        causes: &causes,
    });
    let is_noted: BTreeSet<usize> = findings.iter().filter_map(|finding| finding.cause).collect();
    findings.extend(causes.without_consequence(&is_noted));
    let objects = pairs.counts();
    let (causes, findings) = causes.ranked(findings);
    let steps = match (old.compiled(), new.compiled()) {
        (Some(old), Some(new)) if !causes.is_empty() => {
            steps_between(path, old.bundle, new.bundle, &revisions)
        }
        _ => Vec::new(),
    };
    let components = drawn::components(old, new, &pairs, &findings);
    StageDiff {
        stage: stage.to_owned(),
        change: None,
        objects,
        components,
        causes,
        findings,
        steps,
    }
}

/// What follows from the differences of two stages, whatever caused them: the worst first.
pub fn findings(stage: &str, old: Revision<'_>, new: Revision<'_>) -> Vec<Finding> {
    uncaused(stage, old, new, follows::all)
}

/// What follows beside what [`compare`](crate::compare) reports: the worst first.
pub fn notes(stage: &str, old: Revision<'_>, new: Revision<'_>) -> Vec<Finding> {
    uncaused(stage, old, new, follows::notes)
}

fn uncaused(
    stage: &str,
    old: Revision<'_>,
    new: Revision<'_>,
    find: fn(&Cx<'_>) -> Vec<Finding>,
) -> Vec<Finding> {
    let document = new.compiled().map(|new| new.document);
    let revisions = Revisions::between(document, stage, old.objects(), new.objects());
    let pairs = Pairs::new(old, new, &revisions);
    let causes = attribute::causes(stage, old, new, &[], &pairs);
    let mut findings =
        find(&Cx { stage, old, new, revisions: &revisions, pairs: &pairs, causes: &causes });
    if let Revision::Compiled(_) = old {
        // Where the one stage differs from the other was not edited.
        for finding in &mut findings {
            finding.cause = None;
        }
    }
    findings.sort_by(|one, other| {
        (one.consequence, &one.message).cmp(&(other.consequence, &other.message))
    });
    findings
}

/// Where a stage of a compiled revision reports, with what the stack allows.
fn sink(allowances: &[Allowance]) -> Sink {
    let mut sink = Sink::default();
    for allowance in allowances {
        sink.allow(allowance.clone());
    }
    sink
}
