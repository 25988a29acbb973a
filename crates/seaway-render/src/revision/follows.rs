//! What follows from the differences of two revisions, by kind of consequence. Each module looks at the objects of both and names
//! the cause by the fields that differ.

mod known;
mod pods;
mod front;
mod needs;
mod opens;
mod capacity;

use std::collections::BTreeSet;

use seaway_core::{Consequence, Node};

use super::attribute::{Causes, few};
use super::pairs::{Pair, Pairs};
use super::{Finding, Revision};
use crate::Object;
use crate::against::lost::holds_data;
use crate::against::{Revisions, Tree};
use crate::object::id;

/// What every module looks at.
pub(super) struct Cx<'a> {
    pub(super) stage: &'a str,
    pub(super) old: Revision<'a>,
    pub(super) new: Revision<'a>,
    pub(super) revisions: &'a Revisions<'a>,
    pub(super) pairs: &'a Pairs<'a>,
    pub(super) causes: &'a Causes<'a>,
}

/// All that follows.
pub(super) fn all(cx: &Cx<'_>) -> Vec<Finding> {
    if cx.pairs.changed.is_empty() {
        return Vec::new();
    }
    let mut found = known::findings(cx);
    found.extend(notes(cx));
    found
}

/// What follows beside what is reported as a diagnostic.
pub(super) fn notes(cx: &Cx<'_>) -> Vec<Finding> {
    if cx.pairs.changed.is_empty() {
        return Vec::new();
    }
    let mut found = pods::findings(cx);
    found.extend(front::findings(cx));
    found.extend(needs::findings(cx));
    found.extend(opens::findings(cx));
    found.extend(capacity::findings(cx));
    found
}

/// A stage that the new revision lacks takes nothing of the cluster away.
pub(super) fn of_lost_stage(stage: &str, old: Revision<'_>) -> Finding {
    let is_kept = |object: &&Object| {
        let tree = Tree::of(object);
        tree.node().is_some_and(|node| holds_data(id(object), node))
    };
    let kept: Vec<String> = old.objects().iter().filter(is_kept).map(Object::id).collect();
    let count = old.objects().len();
    let consequence = if kept.is_empty() { Consequence::NeedsAStep } else { Consequence::LostData };
    let mut finding = Finding::new(consequence, kept.clone());
    finding.message =
        format!("the stage `{stage}` goes, and its {count} objects stay in the cluster");
    if !kept.is_empty() {
        finding.notes.push(format!("{} hold its data", few(&kept)));
    }
    finding.help = Some(
        "delete them by hand once nobody needs them: render the old revision and run `kubectl delete -f` over it".to_owned(),
    );
    finding
}

impl<'a> Cx<'a> {
    /// A consequence for an object, caused by the fields that are asked for.
    fn found(
        &self,
        consequence: Consequence,
        pair: &Pair<'_>,
        wanted: impl Fn(&str) -> bool,
        message: String,
    ) -> Finding {
        let cause = self.causes.of_fields(pair, wanted).or_else(|| self.causes.only());
        Finding {
            message,
            place: self.place(pair, cause),
            cause,
            ..Finding::new(consequence, vec![pair.id()])
        }
    }

    /// The same consequence once for each cause: each alone would have it.
    fn found_by_each(
        &self,
        consequence: Consequence,
        pair: &Pair<'_>,
        wanted: impl Fn(&str) -> bool,
        message: &str,
    ) -> Vec<Finding> {
        let causes = self.causes.all_of_fields(pair, wanted);
        let finding = |cause| Finding {
            message: message.to_owned(),
            place: self.place(pair, Some(cause)),
            cause: Some(cause),
            ..Finding::new(consequence, vec![pair.id()])
        };
        causes.into_iter().map(finding).collect()
    }

    /// The line of the cause, or that of the object.
    fn place(&self, pair: &Pair<'_>, cause: Option<usize>) -> Option<super::Place> {
        self.causes.place(cause).or_else(|| {
            let source = self.new.compiled()?.source;
            Some(super::Place::of(source, pair.new?.place()?))
        })
    }

    /// The objects that differ and are, or were, of some kinds.
    fn of_kinds(&self, kinds: &'static [&'static str]) -> impl Iterator<Item = &'a Pair<'a>> {
        let pairs: &'a Pairs<'a> = self.pairs;
        pairs.changed.iter().filter(move |pair| {
            pair.object().is_some_and(|object| kinds.contains(&object.body.kind()))
        })
    }
}

/// Whether an object only watches others: nobody waits for its answer.
fn watches(object: &Object) -> bool {
    let labels = object.body.metadata().labels.as_ref();
    labels
        .and_then(|labels| labels.get(crate::names::COMPONENT))
        .is_some_and(|part| part == "monitoring")
}

/// A value at a path of the tree of an object.
fn at<'n>(node: Option<&'n Node>, path: &str) -> Option<&'n Node> {
    node?.at(path.split('.'))
}

/// The texts that one set has and the other lacks.
fn news<T: Ord + Clone>(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Vec<T> {
    new.difference(old).cloned().collect()
}

/// `1 pod`, `2 pods`.
fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
