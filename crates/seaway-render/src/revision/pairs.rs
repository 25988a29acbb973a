//! The objects of two revisions, each beside what it was.

use std::collections::BTreeMap;

use seaway_core::Node;

use super::{Counts, Revision};
use crate::Object;
use crate::against::Revisions;
use crate::against::left::stem;
use crate::diff::Change;
use crate::fields::{self, FieldChange};
use crate::object::id;

/// Group, kind, namespace and name. The stack's own namespace is left out, and so is the hash of a content.
pub(super) type Key = [String; 4];

/// The objects of both revisions that are not the same.
pub(super) struct Pairs<'a> {
    pub(super) changed: Vec<Pair<'a>>,
}

/// An object in both revisions, or in one of them.
pub(super) struct Pair<'a> {
    pub(super) key: Key,
    pub(super) old: Option<&'a Object>,
    pub(super) new: Option<&'a Object>,
    /// The trees of both, where both are there.
    pub(super) nodes: Option<(&'a Node, &'a Node)>,
    /// What differs, where both are there.
    pub(super) fields: Vec<FieldChange>,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(old: Revision<'a>, new: Revision<'a>, revisions: &'a Revisions<'a>) -> Self {
        let (was, is) = (by_key(old), by_key(new));
        let mut keys: Vec<&Key> = was.keys().chain(is.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let pair =
            |key: &Key| Pair::new(key, was.get(key).copied(), is.get(key).copied(), revisions);
        Self { changed: keys.into_iter().filter_map(pair).collect() }
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |change| self.changed.iter().filter(|pair| pair.change() == change).count();
        Counts {
            gained: count(Change::Gained),
            changed: count(Change::Changed),
            lost: count(Change::Lost),
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Pair<'a>> {
        let at = self.changed.binary_search_by(|pair| pair.key.cmp(key)).ok()?;
        self.changed.get(at)
    }
}

impl<'a> Pair<'a> {
    fn new(
        key: &Key,
        old: Option<&'a Object>,
        new: Option<&'a Object>,
        revisions: &'a Revisions<'a>,
    ) -> Option<Self> {
        let (nodes, fields) = match (old, new) {
            (Some(old), Some(new)) => {
                if revisions.is_same(id(old)) {
                    return None;
                }
                let nodes = (revisions.old_tree(id(old))?, revisions.tree(id(new))?);
                let kind = new.body.kind();
                let found = fields::changes(nodes.0, nodes.1, &|path| fields::conceals(kind, path));
                if found.is_empty() {
                    return None;
                }
                (Some(nodes), found)
            }
            _ => (None, Vec::new()),
        };
        Some(Self { key: key.clone(), old, new, nodes, fields })
    }

    pub(super) fn change(&self) -> Change {
        match (self.old, self.new) {
            (None, _) => Change::Gained,
            (_, None) => Change::Lost,
            _ => Change::Changed,
        }
    }

    /// The object in the new revision, or in the old one if the new one lacks it.
    pub(super) fn object(&self) -> Option<&'a Object> {
        self.new.or(self.old)
    }

    /// Kind and name, as kubectl prints them.
    pub(super) fn id(&self) -> String {
        self.object().map(Object::id).unwrap_or_default()
    }
}

pub(super) fn by_key(revision: Revision<'_>) -> BTreeMap<Key, &Object> {
    let own = revision.namespace();
    revision.objects().iter().map(|object| (key(object, own), object)).collect()
}

pub(super) fn key(object: &Object, own: &str) -> Key {
    let id = id(object);
    let (group, kind, (around, name)) = stem(id).unwrap_or(id);
    // The namespace of the stack is an object of it, whatever its name.
    let name = if kind == "Namespace" && name == own { "" } else { name };
    [group, kind, if around == own { "" } else { around }, name].map(str::to_owned)
}
