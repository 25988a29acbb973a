//! What the passes did to the fields of an object.

use seaway_core::{Node, Span};

use super::conceal::Conceal;
use super::{Shown, Step, StepChange, field};
use crate::Object;
use crate::object::{group, id, namespace};
use crate::passes::Pass;
use crate::tree::to_node;

/// The objects of a stage after each pass.
#[derive(Debug, Default)]
pub struct History {
    passes: Vec<(Pass, Vec<Object>)>,
}

impl History {
    /// Notes what a pass made of the objects.
    pub(crate) fn note(&mut self, pass: Pass, objects: &[Object]) {
        self.passes.push((pass, objects.to_vec()));
    }

    /// An object as a tree after each pass that knew it.
    pub(super) fn of(&self, object: &Object) -> Vec<(Pass, Node)> {
        // From the hashes on, names are other ones, and the order is that of the pass before.
        let last = self.passes.last().map(|(_, objects)| objects.as_slice()).unwrap_or_default();
        let at = last.iter().position(|known| id(known) == id(object));
        let before = self.passes.iter().rev().find(|(pass, _)| *pass < Pass::Hash);
        let before = before.zip(at).and_then(|((_, objects), at)| objects.get(at));
        let Some(before) = before else { return Vec::new() };
        let is_it = |known: &&Object| {
            let (one, other) = (&known.body, &before.body);
            // What has no namespace yet is given that of the stack.
            let around =
                [namespace(known), ""].contains(&namespace(before)) || namespace(known).is_empty();
            around
                && one.kind() == other.kind()
                && one.name() == other.name()
                && group(one.api_version()) == group(other.api_version())
        };
        let trees = self.passes.iter().filter_map(|(pass, objects)| {
            let known = match pass {
                Pass::Hash | Pass::Normalize => objects.get(at?),
                _ => objects.iter().find(is_it),
            };
            Some((*pass, to_node(&known?.body, Span::default())?))
        });
        trees.collect()
    }
}

/// The passes that did something to a field.
pub(super) fn steps(passes: &[(Pass, Node)], path: &str, conceal: &Conceal<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut was: Option<&Node> = None;
    for (pass, tree) in passes {
        let is = field::find(tree, path).ok().map(|(_, value)| value);
        let change = match (was, is) {
            (None, Some(_)) => Some(StepChange::Set),
            (Some(_), None) => Some(StepChange::Removed),
            (Some(was), Some(is)) if was.value != is.value => Some(StepChange::Changed),
            _ => None,
        };
        let shown = is.map(|value| conceal.value(path, value));
        let value = shown.unwrap_or(Shown { value: None, hidden: false });
        steps.extend(change.map(|change| Step { pass: *pass, change, value }));
        was = is;
    }
    steps
}
