//! Fields that the API server refuses to change.

use seaway_core::shell::{self, Command};
use seaway_core::{Code, Diagnostic, Node, Sink, Value, suggest};

use super::rules::{broken, has_rules, is_true};
use super::same::{difference, quantity};
use super::{Both, Revisions, Tree, at, items, namespace_flag, resource, text};
use crate::fault::fault;
use crate::object::Id;
use crate::{Body, Object};

/// One error for the fields of an object that an apply would be refused for and that have one way out.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    for Both { id, object, old, new } in comparable(revisions) {
        for (steps, paths) in grouped(id, object, old, new) {
            sink.report(told(object, &paths, "change", (old, new)).help(steps));
        }
        if let Some(stuck) = growth(revisions, id, old, new) {
            let diagnostic = told(object, &[STORAGE.to_owned()], "grow", (old, new));
            sink.report(diagnostic.note(stuck.why()).help(stuck.steps(id)));
        }
    }
}

/// What an apply would be refused for, and what a person does instead.
pub(crate) struct Refusal<'a> {
    /// The object.
    pub id: Id<'a>,
    /// The fields and their object.
    pub what: String,
    /// What to do, in words.
    pub steps: String,
    /// The command that makes way; none for what holds data.
    pub command: Option<Command>,
}

pub(crate) fn refusals<'a>(revisions: &Revisions<'a>) -> Vec<Refusal<'a>> {
    let mut found = Vec::new();
    for Both { id, object, old, new } in comparable(revisions) {
        for (steps, paths) in grouped(id, object, old, new) {
            let command = command(id, &paths);
            found.push(Refusal { id, what: of(object, &paths), steps, command });
        }
        if let Some(stuck) = growth(revisions, id, old, new) {
            let what = of(object, &[STORAGE.to_owned()]);
            let command = matches!(stuck, Stuck::Unbound).then(|| delete(id));
            found.push(Refusal { id, what, steps: stuck.steps(id), command });
        }
    }
    found
}

/// Why a claim can not grow.
#[derive(Clone, Copy)]
enum Stuck {
    /// Its class does not let it.
    Class,
    /// No volume is bound to it yet.
    Unbound,
}

impl Stuck {
    fn why(self) -> &'static str {
        match self {
            Self::Class => "its StorageClass has no `allowVolumeExpansion: true`",
            Self::Unbound => "no pod of the earlier output mounts it: no volume is bound to it yet",
        }
    }

    fn steps(self, id: Id<'_>) -> String {
        match self {
            Self::Class => {
                "write what it was, or let its StorageClass grow volumes: `allowVolumeExpansion = true`"
                    .to_owned()
            }
            Self::Unbound => format!(
                "write what it was, or delete it, since it holds nothing yet: `{}`, then apply",
                delete(id)
            ),
        }
    }
}

/// The size of a claim.
const STORAGE: &str = "spec.resources.requests.storage";

/// Why a claim can not grow: its class does not let it, or it is not bound yet
/// (<https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/admission/storage/persistentvolume/resize/admission.go>).
/// Only a class of the output itself says either.
fn growth(revisions: &Revisions<'_>, id: Id<'_>, old: &Node, new: &Node) -> Option<Stuck> {
    if (id.0, id.1) != ("", "PersistentVolumeClaim")
        || quantity(at(new, STORAGE)) <= quantity(at(old, STORAGE))
    {
        return None;
    }
    let class = ("storage.k8s.io", "StorageClass", ("", text(new, "spec.storageClassName")));
    let class = revisions.tree(class)?;
    if !is_true(at(class, "allowVolumeExpansion")) {
        return Some(Stuck::Class);
    }
    let waits = text(class, "volumeBindingMode") == "WaitForFirstConsumer";
    let is_bound = revisions.old.iter().any(|(other, object)| {
        let here = Some(object).filter(|_| other.2.0 == id.2.0).and_then(Tree::node);
        here.is_some_and(|object| {
            TEMPLATES.iter().any(|spec| {
                items(at(object, &format!("{spec}.volumes")))
                    .any(|volume| text(volume, "persistentVolumeClaim.claimName") == id.2.1)
            })
        })
    });
    (waits && !is_bound).then_some(Stuck::Unbound)
}

/// Where objects have the spec of a pod.
const TEMPLATES: [&str; 3] = ["spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"];

/// The objects that may differ, of kinds of which something is fixed.
fn comparable<'r, 'a>(revisions: &'r Revisions<'a>) -> impl Iterator<Item = Both<'r, 'a>> {
    revisions.differing(|(group, kind, _)| has_rules(group, kind))
}

/// The fields that are refused, by what a person does instead.
fn grouped(id: Id<'_>, object: &Object, old: &Node, new: &Node) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (_, path) in broken(old, new) {
        let steps = steps(id, object, &path);
        match groups.iter_mut().find(|(known, _)| *known == steps) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((steps, vec![path])),
        }
    }
    groups
}

fn of(object: &Object, paths: &[String]) -> String {
    format!("{} of {}", suggest::quoted_list(paths), object.id())
}

fn told(object: &Object, paths: &[String], verb: &str, (old, new): (&Node, &Node)) -> Diagnostic {
    let shrinks = verb == "change" && paths.iter().any(|path| path == STORAGE);
    let verb = if shrinks { "shrink" } else { verb };
    let message = format!("{} can not {verb}", of(object, paths));
    let first = paths.first().map(String::as_str).unwrap_or_default();
    let exact = difference(first, at(old, first), at(new, first));
    let mut diagnostic = fault(Code::ImmutableField, object, as_written(object, exact), message);
    for path in paths {
        let Some((was, is)) = shown(at(old, path)).zip(shown(at(new, path))) else { continue };
        let what = if paths.len() == 1 { "it".to_owned() } else { format!("`{path}`") };
        diagnostic =
            diagnostic.note(format!("{what} is {was} in the earlier output, and {is} now"));
    }
    diagnostic
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

/// The command that makes way for the new object; none for what holds data.
fn command(id: Id<'_>, paths: &[String]) -> Option<Command> {
    let selects = paths.iter().any(|path| path == "spec.selector");
    match id.1 {
        "PersistentVolumeClaim" | "PersistentVolume" | "CustomResourceDefinition" => None,
        "StatefulSet" if selects => Some(delete(id)),
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" => Some(orphan(id)),
        _ => Some(delete(id)),
    }
}

/// Deletes an object.
fn delete(id: Id<'_>) -> Command {
    shell::command("kubectl delete{} {}", &[&namespace_flag(id), &resource(id)])
}

/// Deletes an object and keeps what it made.
fn orphan(id: Id<'_>) -> Command {
    shell::command("{} --cascade=orphan", &[&delete(id)])
}

/// Whether a field is one of a StatefulSet that Seaway chooses and no pod notices: how it starts its pods, and the Service
/// that it names. A new StatefulSet adopts the pods that are there.
fn is_replaced(object: &Object, path: &str) -> bool {
    let chosen = ["spec.podManagementPolicy", "spec.serviceName"].contains(&path);
    let is_written = object.origins.nearest(path).is_some_and(|(_, of)| of.span().is_some());
    chosen && object.body.kind() == "StatefulSet" && !object.is_own && !is_written
}

/// What a person does instead: most objects can be deleted and made anew, and each has something to keep while it is.
fn steps(id: Id<'_>, object: &Object, path: &str) -> String {
    let (_, kind, (_, name)) = id;
    let (what, place) = (resource(id), namespace_flag(id));
    let orphan = format!("`{}`", orphan(id));
    let delete = format!("`{}`", delete(id));
    match (kind, path) {
        ("Deployment" | "DaemonSet" | "ReplicaSet", _) => format!(
            "write what it was, or delete it and keep its pods: {orphan}, apply, wait for the new pods, then delete what \
             the old selector still finds: `{}`",
            shell::command("kubectl delete{} replicasets,pods -l …", &[&place])
        ),
        ("StatefulSet", "spec.volumeClaimTemplates") => format!(
            "write what it was, or delete it and keep its pods and volumes: {orphan}, then apply; claims that exist stay \
             as they are: grow each with `{}`, and copy the data where a name or class changes",
            shell::command("kubectl edit{} pvc", &[&place])
        ),
        ("StatefulSet", "spec.selector") => format!(
            "write what it was, or delete it and keep its volumes: {delete}, then apply; it is down in between"
        ),
        ("StatefulSet", _) if is_replaced(object, path) => format!(
            "delete it once and keep its pods and volumes: {orphan}, then apply: the new one takes them over"
        ),
        ("StatefulSet", _) => format!(
            "write what it was, or delete it and keep its pods and volumes: {orphan}, apply, then `{}`",
            shell::command("kubectl rollout restart{} {}", &[&place, &what])
        ),
        ("Job", _) => format!(
            "give it another name, or delete it so that it runs again: {delete}, then apply"
        ),
        ("PersistentVolumeClaim", STORAGE) => format!(
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
        ("CustomResourceDefinition", "spec.versions") => format!(
            "keep the version that objects are stored in, with `served = false` and `storage = false`, until all are written \
             again and `status.storedVersions` of `{name}` does not name it: \
             https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#upgrade-existing-objects-to-a-new-stored-version"
        ),
        ("CustomResourceDefinition", _) => {
            "write what it was, or define a kind of another name: deleting the definition \
                                            deletes every object of the kind"
                .to_owned()
        }
        ("StorageClass" | "VolumeAttributesClass", _) => format!(
            "give it another name, or delete it: {delete}, then apply; volumes that exist stay as they are"
        ),
        _ => format!("write what it was, or delete it: {delete}, then apply"),
    }
}
