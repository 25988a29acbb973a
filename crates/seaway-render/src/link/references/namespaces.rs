//! The namespace that the stack lies in.

use seaway_core::{Code, Sink};

use super::super::index::{Index, fault};
use crate::{Body, Object};

/// Objects of a namespace that is not there are refused, each by itself
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>). Those that the user put into another
/// one are the user's to know of.
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let name = &*index.stack.namespace.value as &str;
    if index.exists("", "Namespace", ("", name)) {
        return;
    }
    let is_made = |object: &&Object| matches!(&object.body, Body::Namespace(_)) && !object.is_own;
    let Some(made) = index.objects.iter().find(is_made) else { return };
    let message = format!("there is no Namespace `{name}` for the objects of the stack");
    sink.report(fault(Code::DanglingReference, made, "metadata.name", message).help(format!(
        "write `namespace = …` in the stack to rename it; if the cluster has `{name}`, say so: \
         `cluster.provides = [\"Namespace/{name}\"]`"
    )));
}
