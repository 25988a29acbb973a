//! Fields that the API server refuses to change.

use seaway_core::{Code, Diagnostic, Node, Sink, Value};

use super::rules::{broken, has_rules};
use super::same::difference;
use super::{Revisions, at, namespace_flag, resource};
use crate::fault::fault;
use crate::normalize::kept;
use crate::object::Id;
use crate::{Body, Object};

/// One error a field that an apply would be refused for.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    for (id, old) in &revisions.old {
        let Some(object) = revisions.new.get(id).filter(|_| has_rules(id.0, id.1)) else {
            continue;
        };
        let Some(new) = kept(&object.body) else { continue };
        for (_, path) in broken(old, &new) {
            sink.report(told(*id, object, &path, (old, &new)));
        }
    }
}

/// What an apply would be refused for, and what a person does instead.
pub(crate) fn refusals(revisions: &Revisions<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (id, old) in &revisions.old {
        let object = revisions.new.get(id).filter(|_| has_rules(id.0, id.1));
        let Some((object, new)) = object.and_then(|object| Some((object, kept(&object.body)?)))
        else {
            continue;
        };
        for (_, path) in broken(old, &new) {
            found.push((format!("`{path}` of {}", object.id()), steps(*id, &path)));
        }
    }
    found
}

fn told(id: Id<'_>, object: &Object, path: &str, (old, new): (&Node, &Node)) -> Diagnostic {
    let (was, is) = (at(old, path), at(new, path));
    let verb = if path == "spec.resources.requests.storage" { "shrink" } else { "change" };
    let message = format!("`{path}` of {} can not {verb}", object.id());
    let exact = as_written(object, difference(path, was, is));
    let mut diagnostic = fault(Code::ImmutableField, object, exact, message);
    if let (Some(was), Some(is)) = (shown(was), shown(is)) {
        diagnostic = diagnostic.note(format!("it is {was} in the earlier output, and {is} now"));
    }
    diagnostic.help(steps(id, path))
}

/// The path at which a user's own object has it: the texts of a Secret are compared as bytes.
fn as_written(object: &Object, path: String) -> String {
    let Body::Secret(secret) = &object.body else { return path };
    let key = path.strip_prefix("data.").unwrap_or_default();
    let is_text = secret.string_data.as_ref().is_some_and(|texts| texts.contains_key(key));
    if is_text { format!("stringData.{key}") } else { path }
}

/// A value in a message, if it is short.
fn shown(value: Option<&Node>) -> Option<String> {
    match value.map(|node| &node.value) {
        None => Some("not set".to_owned()),
        Some(Value::String(text)) => Some(format!("`{text}`")),
        Some(Value::Integer(number)) => Some(format!("`{number}`")),
        Some(Value::Boolean(flag)) => Some(format!("`{flag}`")),
        Some(_) => None,
    }
}

/// What a person does instead: most objects can be deleted and made anew, and each has something to keep while it is.
fn steps(id: Id<'_>, path: &str) -> String {
    let (_, kind, (_, name)) = id;
    let (what, place) = (resource(id), namespace_flag(id));
    let orphan = format!("`kubectl delete{place} {what} --cascade=orphan`");
    let delete = format!("`kubectl delete{place} {what}`");
    match (kind, path) {
        ("Deployment" | "DaemonSet" | "ReplicaSet", _) => format!(
            "write what it was, or delete it and keep its pods: {orphan}, apply, wait for the new pods, then delete what \
             the old selector still finds: `kubectl delete{place} replicasets,pods -l …`"
        ),
        ("StatefulSet", "spec.volumeClaimTemplates") => format!(
            "write what it was, or delete it and keep its pods and volumes: {orphan}, then apply; claims that exist stay \
             as they are: grow each with `kubectl edit{place} pvc`, and copy the data where a name or class changes"
        ),
        ("StatefulSet", "spec.selector") => format!(
            "write what it was, or delete it and keep its volumes: {delete}, then apply; it is down in between"
        ),
        ("StatefulSet", _) => format!(
            "write what it was, or delete it and keep its pods and volumes: {orphan}, apply, then \
             `kubectl rollout restart{place} {what}`"
        ),
        ("Job", _) => format!(
            "give it another name, or delete it so that it runs again: {delete}, then apply"
        ),
        ("PersistentVolumeClaim", "spec.resources.requests.storage") => format!(
            "write at least what it was; for a smaller volume declare one of another name, copy the data with a Job that \
             mounts both, then remove `{name}`"
        ),
        ("PersistentVolumeClaim", _) => format!(
            "write what it was; for another volume declare one of another name, copy the data with a Job that mounts both, \
             then remove `{name}`"
        ),
        ("PersistentVolume", _) => format!(
            "write what it was, or declare a volume of another name and copy the data; deleting `{name}` can delete what \
             it holds"
        ),
        ("ConfigMap" | "Secret", "data" | "binaryData" | "immutable") => format!(
            "give it another name where it is declared and where it is read, or delete it: {delete}, apply, then restart \
             the pods that read it"
        ),
        ("Service", _) => format!(
            "write what it was, or delete it: {delete}, then apply; clients can not reach it in between, and its address \
             changes"
        ),
        ("CustomResourceDefinition", _) => {
            "write what it was, or define a kind of another name: deleting the definition \
                                            deletes every object of the kind"
                .to_owned()
        }
        ("StorageClass", _) => format!(
            "give it another name, or delete it: {delete}, then apply; volumes that exist stay as they are"
        ),
        _ => format!("write what it was, or delete it: {delete}, then apply"),
    }
}
