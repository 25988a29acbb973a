//! [`Bundle`] and earlier output → diagnostics: what an apply of the bundle over that output would break.
//!
//! An API server refuses to change some fields, and a volume that leaves the stack takes its data along. Neither shows
//! in the bundle alone, so this pass runs only where somebody has the output that was applied before.

pub(crate) mod same;
mod another;
mod rules;
pub(crate) mod immutable;
pub(crate) mod lost;
mod stale;
pub(crate) mod scaled;
pub(crate) mod keys;
mod again;
pub(crate) mod unreadable;
pub(crate) mod left;

pub use another::{Another, OutputOf};
pub use rules::refused;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use seaway_core::shell::{Command, command};
use seaway_core::{Document, Node, Sink, Span, Stack, Value};
use serde::Serialize;

use crate::normalize::{kept_of_stage, normalize_tree};
use crate::object::{Id, group, id};
use crate::tree::to_node;
use crate::{Bundle, Object, names};

/// The objects of earlier output.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    /// By group, kind, namespace and name.
    objects: BTreeMap<[String; 4], Node>,
}

/// Why a value is no object of earlier output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoObject {
    /// It is no table.
    NoTable,
    /// It holds a value that no object has, such as a number of more than 64 bits.
    NoValue,
    /// It has no field of this name, or none that is text.
    Without(&'static str),
    /// The text of the field is none that an API server takes there.
    Unfit(&'static str),
}

impl std::fmt::Display for NoObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTable => f.write_str("it is not a table of fields"),
            Self::NoValue => f.write_str("it holds a value that no object has"),
            Self::Without(field) => write!(f, "it has no `{field}`"),
            Self::Unfit(field) => write!(f, "no API server takes its `{field}`"),
        }
    }
}

impl std::error::Error for NoObject {}

impl Earlier {
    /// Takes an object as it was printed, in any form that serde reads; the items of a `List` one by one. Of two with
    /// one identity the later counts, as it does when both are applied.
    pub fn add(&mut self, object: &impl Serialize) -> Result<(), NoObject> {
        self.take(to_node(object, Span::default()).ok_or(NoObject::NoValue)?)
    }

    fn take(&mut self, mut object: Node) -> Result<(), NoObject> {
        if object.as_table().is_none() {
            return Err(NoObject::NoTable);
        }
        let text = |path: &[&'static str]| object.at(path.iter().copied()).and_then(Node::as_str);
        let needed = |path: &[&'static str], name| text(path).ok_or(NoObject::Without(name));
        let kind = needed(&["kind"], "kind")?;
        let group = group(needed(&["apiVersion"], "apiVersion")?);
        if kind == "List" {
            let Value::Table(mut fields) = object.value else { return Err(NoObject::NoTable) };
            let Some(Value::Array(items)) = fields.remove("items").map(|items| items.value) else {
                return Err(NoObject::Without("items"));
            };
            return items.into_iter().try_for_each(|item| self.take(item));
        }
        let name = needed(&["metadata", "name"], "metadata.name")?;
        let namespace = text(&["metadata", "namespace"]).unwrap_or_default();
        // Messages and commands hold them.
        let fits = [
            ("apiVersion", group.is_empty() || names::is_subdomain(group)),
            ("kind", names::is_kind(kind)),
            ("metadata.namespace", namespace.is_empty() || names::is_dns_label(namespace)),
            ("metadata.name", names::is_segment(name)),
        ];
        if let Some((field, _)) = fits.into_iter().find(|(_, fits)| !fits) {
            return Err(NoObject::Unfit(field));
        }
        let id = [group, kind, namespace, name].map(str::to_owned);
        // An older version may have printed it in another form, which is no change.
        normalize_tree(&mut object);
        self.objects.insert(id, object);
        Ok(())
    }

    /// The objects as trees.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.objects.values()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = (Id<'_>, &Node)> {
        self.objects.iter().map(|([group, kind, namespace, name], object)| {
            ((group.as_str(), kind.as_str(), (namespace.as_str(), name.as_str())), object)
        })
    }
}

/// An object as the tree that the API server keeps.
pub(crate) enum Tree<'a> {
    /// It was printed before, and read again.
    Read(&'a Node),
    /// It was compiled: its tree is made when it is first asked for.
    Compiled(&'a Object, OnceCell<Option<Node>>),
}

impl<'a> Tree<'a> {
    /// The tree of an object that was compiled.
    pub(crate) fn of(object: &'a Object) -> Self {
        Self::Compiled(object, OnceCell::new())
    }

    /// The tree itself; `None` if the object holds a value that no object has.
    pub(crate) fn node(&self) -> Option<&Node> {
        match self {
            Self::Read(node) => Some(node),
            Self::Compiled(object, made) => made.get_or_init(|| kept_of_stage(object)).as_ref(),
        }
    }
}

/// Both outputs, found by identity.
pub(crate) struct Revisions<'a> {
    /// The stack of the new revision, where it was compiled.
    document: Option<&'a Document>,
    stage: &'a str,
    pub(crate) old: BTreeMap<Id<'a>, Tree<'a>>,
    pub(crate) new: BTreeMap<Id<'a>, &'a Object>,
    trees: BTreeMap<Id<'a>, Tree<'a>>,
    /// The objects that are known to be the same in both, so that nothing has to look for what differs in them.
    same: BTreeSet<Id<'a>>,
}

/// An object that both outputs have.
pub(crate) struct Both<'r, 'a> {
    pub(crate) id: Id<'a>,
    pub(crate) object: &'a Object,
    pub(crate) old: &'r Node,
    pub(crate) new: &'r Node,
}

impl<'a> Revisions<'a> {
    /// A stage's bundle and the output that is applied before it.
    pub(crate) fn new(document: &'a Document, bundle: &'a Bundle, earlier: &'a Earlier) -> Self {
        let old = earlier.iter().map(|(id, node)| (id, Tree::Read(node))).collect();
        Self::of(Some(document), &bundle.stack.stage, &bundle.objects, old)
    }

    /// The objects of a stage, and those of another one that are applied before them.
    pub(crate) fn between(
        document: Option<&'a Document>,
        stage: &'a str,
        old: &'a [Object],
        new: &'a [Object],
    ) -> Self {
        let trees = old.iter().map(|object| (id(object), Tree::of(object))).collect();
        let mut revisions = Self::of(document, stage, new, trees);
        for object in old {
            let is_same = |new: &&Object| new.body == object.body;
            if revisions.new.get(&id(object)).is_some_and(is_same) {
                revisions.same.insert(id(object));
            }
        }
        revisions
    }

    fn of(
        document: Option<&'a Document>,
        stage: &'a str,
        objects: &'a [Object],
        old: BTreeMap<Id<'a>, Tree<'a>>,
    ) -> Self {
        let new = objects.iter().map(|object| (id(object), object)).collect();
        let trees = objects.iter().map(|object| (id(object), Tree::of(object))).collect();
        Self { document, stage, old, new, trees, same: BTreeSet::new() }
    }

    /// A new object as the tree that the API server keeps.
    pub(crate) fn tree<'s>(&'s self, id: Id<'s>) -> Option<&'s Node> {
        if self.same.contains(&id) {
            return self.old_tree(id);
        }
        self.trees.get(&id)?.node()
    }

    /// The object of the earlier output as the tree that the API server keeps.
    pub(crate) fn old_tree<'s>(&'s self, id: Id<'s>) -> Option<&'s Node> {
        self.old.get(&id)?.node()
    }

    /// Whether an object is known to be the same in both outputs.
    pub(crate) fn is_same(&self, id: Id<'_>) -> bool {
        self.same.contains(&id)
    }

    /// The objects that the new output does not have.
    pub(crate) fn gone(&self) -> impl Iterator<Item = (Id<'a>, &Node)> {
        let gone = self.old.iter().filter(|(id, _)| !self.new.contains_key(*id));
        gone.filter_map(|(id, tree)| Some((*id, tree.node()?)))
    }

    /// The objects of some kinds that both outputs have and that may differ.
    pub(crate) fn differing(
        &self,
        wanted: impl Fn(Id<'_>) -> bool,
    ) -> impl Iterator<Item = Both<'_, 'a>> {
        let old = self.old.iter().filter(move |(id, _)| wanted(**id) && !self.same.contains(*id));
        old.filter_map(|(id, old)| {
            let object = *self.new.get(id)?;
            Some(Both { id: *id, object, old: old.node()?, new: self.tree(*id)? })
        })
    }
}

/// Reports what can not be applied over earlier output, what data it leaves behind, which changed configs no pod
/// notices, and what needs a step before the apply. Gives commands of kubectl that delete what the bundle has no more and what holds no data.
pub fn compare(
    document: &Document,
    bundle: &Bundle,
    earlier: &Earlier,
    sink: &mut Sink,
) -> Vec<Command> {
    let revisions = Revisions::new(document, bundle, earlier);
    if another::check(document, &bundle.stack, earlier, sink) {
        immutable::check(&revisions, sink);
        unreadable::check(&revisions, sink);
        return Vec::new();
    }
    check(Some(&bundle.stack), &revisions, sink);
    left::commands(&revisions)
}

/// Reports all that an apply would break. `stack` is that of the new revision, where it was compiled.
pub(crate) fn check(stack: Option<&Stack>, revisions: &Revisions<'_>, sink: &mut Sink) {
    immutable::check(revisions, sink);
    lost::check(revisions, sink);
    unreadable::check(revisions, sink);
    stale::check(revisions, sink);
    scaled::check(revisions, sink);
    if let Some(stack) = stack {
        keys::check(stack, revisions, sink);
    }
    again::check(revisions, sink);
}

/// The value at a path such as `spec.selector`.
fn at<'a>(object: &'a Node, path: &str) -> Option<&'a Node> {
    object.at(path.split('.'))
}

/// The text at a path; empty if there is none.
fn text<'a>(object: &'a Node, path: &str) -> &'a str {
    at(object, path).and_then(Node::as_str).unwrap_or_default()
}

/// The items of a list; none if it is not there.
pub(crate) fn items(list: Option<&Node>) -> impl Iterator<Item = &Node> {
    match list.map(|list| &list.value) {
        Some(Value::Array(items)) => items.iter(),
        _ => [].iter(),
    }
}

/// The component that an object of ours belongs to.
pub(crate) fn instance(object: &Node) -> Option<&str> {
    object.at(["metadata", "labels", "app.kubernetes.io/instance"])?.as_str()
}

/// What kubectl calls an object: `deployment.apps/web`.
pub(crate) fn resource((group, kind, (_, name)): Id<'_>) -> Command {
    let dot = if group.is_empty() { "" } else { "." };
    command("{}/{}", &[&format!("{}{dot}{group}", kind.to_lowercase()), &name])
}

/// The flag that says where an object lies; empty for one that lies in no namespace.
pub(crate) fn namespace_flag((_, _, (namespace, _)): Id<'_>) -> Command {
    if namespace.is_empty() { Command::default() } else { command(" -n {}", &[&namespace]) }
}
