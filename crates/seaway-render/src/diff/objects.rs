//! The objects that differ.

use std::collections::BTreeMap;

use seaway_core::{Node, Span};

use super::{Change, FieldChange, ObjectChange};
use crate::against::left::stem;
use crate::names::STAGE;
use crate::object::id;
use crate::tree::to_node;
use crate::{Bundle, Object, fields};

/// Kinds whose pods are replaced when their template changes.
const ROLLING: [&str; 3] = ["DaemonSet", "Deployment", "StatefulSet"];

/// Group, kind, namespace and name. The stack's own namespace is left out, and so is the hash of a content.
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

pub(super) fn changes(from: &Bundle, to: &Bundle) -> Vec<ObjectChange> {
    let (old, new) = (by_key(from), by_key(to));
    let mut keys: Vec<&Key<'_>> = old.keys().chain(new.keys()).collect();
    // As people look for them: by kind.
    keys.sort_unstable_by_key(|(group, kind, around, name)| (*kind, *name, *around, *group));
    keys.dedup();
    let compared = keys.into_iter().filter_map(|key| match (old.get(key), new.get(key)) {
        (None, Some(object)) => Some(whole(object, Change::Gained)),
        (Some(object), None) => Some(whole(object, Change::Lost)),
        (Some(was), Some(is)) => differing(was, is),
        (None, None) => None,
    });
    compared.collect()
}

fn by_key(stage: &Bundle) -> BTreeMap<Key<'_>, &Object> {
    let own: &str = &stage.stack.namespace;
    let key = |object| {
        let id = id(object);
        let (group, kind, (around, name)) = stem(id).unwrap_or(id);
        // The namespace of the stack is an object of it, whatever its name.
        let name = if kind == "Namespace" && name == own { "" } else { name };
        (group, kind, if around == own { "" } else { around }, name)
    };
    stage.objects.iter().map(|object| (key(object), object)).collect()
}

fn whole(object: &Object, change: Change) -> ObjectChange {
    let (group, kind, (_, name)) = id(object);
    ObjectChange {
        group: group.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        change,
        replaces_pods: false,
        fields: Vec::new(),
    }
}

fn differing(was: &Object, is: &Object) -> Option<ObjectChange> {
    if was.body == is.body {
        return None;
    }
    let (old, new) = (to_node(&was.body, Span::default())?, to_node(&is.body, Span::default())?);
    let kind = is.body.kind();
    let mut fields = fields::changes(&old, &new, &|path| fields::conceals(kind, path));
    fields.retain(|field| !is_consequence(field));
    let template = |object: &Node| object.at(["spec", "template"]).cloned();
    let replaces_pods = ROLLING.contains(&is.body.kind()) && template(&old) != template(&new);
    (!fields.is_empty() || replaces_pods).then(|| ObjectChange {
        replaces_pods,
        fields,
        ..whole(is, Change::Changed)
    })
}

/// Whether a field differs because its object lies in another namespace, because it is of another stage, or because of what its pods
/// read: all of that is shown once.
fn is_consequence(field: &FieldChange) -> bool {
    let is_stage = || field.path.strip_prefix("metadata.annotations.") == Some(STAGE);
    field.path == "metadata.namespace" || is_stage() || field.is_checksum()
}
