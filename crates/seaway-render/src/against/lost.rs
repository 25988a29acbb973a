//! Data that the earlier output has a place for and the bundle has not.

use seaway_core::node::Table;
use seaway_core::shell::command;
use seaway_core::{Code, Diagnostic, Document, Node, Sink, Span, Value, suggest};

use super::{Revisions, at, instance, namespace_flag, resource, text};
use crate::object::{Id, namespace};

/// One error a volume that is gone; a namespace that is gone takes all that is in it along.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    for (id, object) in revisions.gone() {
        let (_, kind, (around, _)) = id;
        if revisions.loses_namespace(around) {
            continue;
        }
        let told = match kind {
            "Namespace" if id.0.is_empty() && !revisions.loses_namespace(id.2.1) => continue,
            "Namespace" if id.0.is_empty() => lost_namespace(revisions, id),
            "PersistentVolumeClaim" if id.0.is_empty() && !is_mounted(revisions, id) => {
                lost_claim(revisions, id, object)
            }
            "PersistentVolume" if id.0.is_empty() => lost_volume(revisions, id, object),
            "StatefulSet" if id.0 == "apps" => match claim_templates(object) {
                Some(names) => lost_set(revisions, id, object, &names),
                None => continue,
            },
            _ => continue,
        };
        sink.report(told);
    }
}

impl Revisions<'_> {
    /// Whether the earlier output made a namespace and the bundle leaves it. One that the bundle still lies in has another
    /// owner now.
    pub(crate) fn loses_namespace(&self, name: &str) -> bool {
        let id = ("", "Namespace", ("", name));
        let is_left = || self.new.keys().all(|(_, _, (around, _))| *around != name);
        let is_gone = self.old.contains_key(&id) && !self.new.contains_key(&id);
        !name.is_empty() && is_gone && is_left()
    }
}

/// Whether an object holds data, so that losing it is told here.
pub(crate) fn holds_data((group, kind, _): Id<'_>, object: &Node) -> bool {
    match (group, kind) {
        ("", "Namespace" | "PersistentVolume" | "PersistentVolumeClaim") => true,
        ("apps", "StatefulSet") => claim_templates(object).is_some(),
        _ => false,
    }
}

/// Names of the claim templates of a `StatefulSet`, if it has any.
fn claim_templates(set: &Node) -> Option<String> {
    let Value::Array(templates) = &at(set, "spec.volumeClaimTemplates")?.value else { return None };
    let names: Vec<&str> = templates.iter().map(|claim| text(claim, "metadata.name")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether a pod of the bundle mounts a claim that the bundle does not make: it is declared to exist.
pub(crate) fn is_mounted(revisions: &Revisions<'_>, (_, _, (around, name)): Id<'_>) -> bool {
    let here = revisions.new.values().filter(|object| namespace(object) == around);
    let mut volumes = here
        .filter_map(|object| object.body.pod_spec())
        .flat_map(|(spec, _)| spec.volumes.iter().flatten())
        .filter_map(|volume| volume.persistent_volume_claim.as_ref());
    volumes.any(|claim| claim.claim_name == name)
}

fn lost_claim(revisions: &Revisions<'_>, id: Id<'_>, claim: &Node) -> Diagnostic {
    let (_, _, (_, name)) = id;
    let copy = if is_postgres(claim) {
        let server = instance(claim).unwrap_or("…");
        let dump =
            command("kubectl exec{} statefulset/{} -- pg_dump …", &[&namespace_flag(id), &server]);
        format!("copy the data with `{dump}` while the old database runs")
    } else {
        "copy the data with a Job that mounts the claim".to_owned()
    };
    // What a component keeps its own data in can not be handed to it.
    let copy = if instance(claim).is_some_and(|of| name == format!("{of}-data")) {
        format!("or {copy}")
    } else {
        format!(
            "declare that it exists (`volumes.… = {{ claim = {} }}`), or {copy}",
            suggest::pasted(name)
        )
    };
    let message = format!("the data of PersistentVolumeClaim/{name} is not used any more");
    told(revisions, id, claim, message, &copy)
}

fn is_postgres(claim: &Node) -> bool {
    let label = claim.at(["metadata", "labels", "app.kubernetes.io/name"]);
    label.and_then(Node::as_str) == Some("postgres")
}

fn lost_set(revisions: &Revisions<'_>, id: Id<'_>, set: &Node, claims: &str) -> Diagnostic {
    let (_, _, (_, name)) = id;
    let message = format!("the data of the volumes of StatefulSet/{name} is not used any more");
    let copy = "or copy the data with a Job that mounts the claims";
    told(revisions, id, set, message, copy)
        .note(format!("each of its pods has claims of its own, by the templates {claims}"))
}

fn lost_volume(revisions: &Revisions<'_>, id: Id<'_>, volume: &Node) -> Diagnostic {
    let (_, _, (_, name)) = id;
    let message = format!("PersistentVolume/{name} is not part of the stage any more");
    told(revisions, id, volume, message, "or copy what it holds")
}

fn told(
    revisions: &Revisions<'_>,
    id: Id<'_>,
    object: &Node,
    message: String,
    copy: &str,
) -> Diagnostic {
    let cause = cause(revisions, id, object);
    let delete = command("kubectl delete{} {}", &[&namespace_flag(id), &resource(id)]);
    let diagnostic = Diagnostic::error(Code::LostData, message).label(cause.place, cause.text);
    diagnostic
        .note("`kubectl apply` leaves it in the cluster; `--prune` and whoever tidies up delete it with its data")
        .help(format!(
            "keep what uses it, {copy}, then `{delete}`; once the data is safe, render without `--against`"
        ))
}

fn lost_namespace(revisions: &Revisions<'_>, id: Id<'_>) -> Diagnostic {
    let (_, _, (_, name)) = id;
    let message = format!("Namespace/{name} and what it holds are not part of the stage any more");
    let new = revisions.new.values().find(|object| object.body.kind() == "Namespace");
    let place = new.and_then(|object| object.place()).unwrap_or_else(|| stage_place(revisions));
    let now = new
        .map_or(String::new(), |object| format!("the namespace is `{}` now", object.body.name()));
    let mut diagnostic = Diagnostic::error(Code::LostData, message).label(place, now);
    let inside = revisions.old.iter().filter(|(inner, object)| {
        inner.2.0 == name && object.node().is_some_and(|object| holds_data(**inner, object))
    });
    let inside: Vec<_> = inside.map(|((_, kind, (_, name)), _)| format!("{kind}/{name}")).collect();
    if !inside.is_empty() {
        diagnostic = diagnostic.note(format!("it holds the data of {}", inside.join(", ")));
    }
    diagnostic
        .note("Secrets and volumes do not move between namespaces: the stage starts without them in the new one")
        .help(format!(
            "write `namespace = {}`, or copy its Secrets and data over, then `{}`; once the data is safe, render without \
             `--against`",
            suggest::pasted(name),
            command("kubectl delete namespace {}", &[&name])
        ))
}

/// A place in the stack that made an object go, and what to say of it.
struct Cause {
    place: Span,
    text: &'static str,
}

/// Options that decide whether a component has a volume.
const DECIDING: [&str; 4] = ["type", "durable", "storage", "claim"];

/// Where the stack says that an object is gone: the uppermost layer that removes or changes its component, else the
/// stage.
fn cause(revisions: &Revisions<'_>, (_, _, (_, name)): Id<'_>, object: &Node) -> Cause {
    let layers = layers(revisions);
    let component = instance(object).unwrap_or_default();
    let of = |section: &str, object: &str| {
        let sections = || layers.iter().filter_map(|layer| layer.get(section)?.as_table());
        // An object has the prefix of its stage before the name that the stack has for it.
        let is_it = |name: &&str| {
            let prefix = object.strip_suffix(*name);
            prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('-'))
        };
        let names = sections().flat_map(Table::keys).map(|name| name.value.as_str());
        let name = names.filter(is_it).max_by_key(|name| name.len())?;
        let mut written = sections().filter_map(|table| table.get_key_value(name));
        written.find_map(|(key, value)| match &value.value {
            Value::Boolean(false) => Some(Cause { place: value.span, text: "removed here" }),
            Value::Table(table) => {
                decides(table).map(|place| Cause { place, text: "does not use it" })
            }
            _ => key.span().map(|place| Cause { place, text: "does not use it" }),
        })
    };
    let prefix = layers.iter().find_map(|layer| layer.get("prefix"));
    let is_new = |prefix: &&&Node| {
        let rest = prefix.as_str().and_then(|prefix| name.strip_prefix(prefix));
        !rest.is_some_and(|rest| rest.starts_with('-'))
    };
    let by_prefix = prefix.as_ref().filter(is_new).map(|prefix| Cause {
        place: prefix.span,
        text: "the names of all objects begin with it now",
    });
    by_prefix
        .or_else(|| of("components", component))
        .or_else(|| of("volumes", name))
        .unwrap_or_else(|| Cause {
            place: stage_place(revisions),
            text: "nothing in this stage uses it",
        })
}

fn decides(table: &Table) -> Option<Span> {
    let mut keys = DECIDING.iter().rev();
    keys.find_map(|key| table.get(*key)).map(|value| value.span)
}

/// The tables that the stage is merged from, the uppermost first.
pub(super) fn layers<'a>(revisions: &Revisions<'a>) -> Vec<&'a Node> {
    let Some(document) = revisions.document else { return Vec::new() };
    let chain = document.chain(revisions.stage, &mut Sink::default());
    let chain = chain.map(|extends| extends.chain).unwrap_or_default();
    let above = document.above.iter().rev().map(|above| &above.root);
    let stages = chain.into_iter().rev().flat_map(|link| link.tables.into_iter().rev());
    above.chain(stages).chain(document.roots().rev()).collect()
}

fn stage_place(revisions: &Revisions<'_>) -> Span {
    let mut stages = revisions.document.into_iter().flat_map(Document::stages);
    let stage = stages.find(|stage| stage.value == revisions.stage);
    stage.and_then(|stage| stage.span()).unwrap_or_default()
}
