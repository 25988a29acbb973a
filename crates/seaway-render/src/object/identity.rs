//! What tells one object from another.

use crate::{Object, names};

/// The API group, the kind, and the namespace and name of an object.
pub(crate) type Id<'a> = (&'a str, &'a str, (&'a str, &'a str));

/// The namespace of an object; empty if it lies in none.
pub(crate) fn namespace(object: &Object) -> &str {
    object.body.metadata().namespace.as_deref().unwrap_or_default()
}

/// The group of an API version; empty for the core group.
pub(crate) fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// What no two objects of a bundle may have in common.
pub(crate) fn id(object: &Object) -> Id<'_> {
    let body = &object.body;
    (group(body.api_version()), body.kind(), (namespace(object), body.name()))
}

/// The component that an object of ours belongs to, by its label.
pub(crate) fn instance(object: &Object) -> Option<&str> {
    let label = object.body.metadata().labels.as_ref()?.get(names::INSTANCE)?;
    Some(label.as_str())
}
