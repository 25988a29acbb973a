//! A tree as a typed object: unknown fields and wrong types are told where they are.

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, PersistentVolume, PersistentVolumeClaim, Pod, ResourceQuota,
    Secret, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::{Code, Diagnostic, Node, Sink, Sourced, Span, Value, decode, suggest};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::names::{is_dns_label, is_kind, is_subdomain};
use crate::object::Other;
use crate::{Body, apis};

/// What every object says of itself.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "apiVersion")]
    api_version: Option<Sourced<String>>,
    kind: Option<Sourced<String>>,
}

/// The object that a tree describes; `None` if it was refused.
pub(crate) fn typed(node: &Node, sink: &mut Sink) -> Option<Body> {
    let head = head(node, sink)?;
    let (Some(api_version), Some(kind)) = (head.api_version, head.kind) else {
        sink.report(
            Diagnostic::error(Code::InvalidObject, "an object without `apiVersion` or `kind`")
                .label(place(node), "")
                .help("write both, for example `apiVersion = \"v1\"` and `kind = \"Service\"`"),
        );
        return None;
    };
    if let Some(fault) = head_fault(&api_version, &kind) {
        sink.report(fault);
        return None;
    }
    let before = sink.errors();
    let body = by_kind(node, &api_version, &kind, sink)?;
    if sink.errors() > before {
        return None;
    }
    if body.name().is_empty() {
        sink.report(
            Diagnostic::error(Code::InvalidObject, format!("a {} without a name", kind.value))
                .label(place(node), "")
                .help("write `metadata.name = …`"),
        );
        return None;
    }
    Some(body)
}

/// The object that a tree of somebody else's describes: where it is not quite what the kind has, it is read like a custom resource.
/// `None` if it is no object at all.
pub(crate) fn readable(node: &Node) -> Option<Body> {
    let mut sink = Sink::default();
    typed(node, &mut sink).or_else(|| {
        let head = head(node, &mut sink)?;
        other(node, &head.api_version?, &head.kind?, &mut sink)
    })
}

/// What no API server takes as the head of an object.
fn head_fault(api_version: &Sourced<String>, kind: &Sourced<String>) -> Option<Diagnostic> {
    let is_version = |version: &str| is_dns_label(version) && version.starts_with('v');
    let fits = match api_version.split_once('/') {
        Some((group, version)) => is_subdomain(group) && is_version(version),
        None => is_version(api_version),
    };
    if !fits {
        let message = format!("`{api_version}` is not the version of an API");
        return Some(
            Diagnostic::error(Code::InvalidObject, message)
                .origin(api_version.origin, "")
                .help("write a version, `v1`, or one with its group, `apps/v1`"),
        );
    }
    (!is_kind(kind)).then(|| {
        Diagnostic::error(Code::InvalidObject, format!("`{kind}` is not a kind"))
            .origin(kind.origin, "")
            .help("write one of letters and digits, for example `ConfigMap`")
    })
}

/// Reads the head alone: the other keys belong to the kind.
fn head(node: &Node, sink: &mut Sink) -> Option<Head> {
    let Some(table) = node.as_table() else {
        let message = format!("expected an object, found {}", node.value.kind());
        sink.report(Diagnostic::error(Code::WrongType, message).label(node.span, ""));
        return None;
    };
    let head = table
        .iter()
        .filter(|(key, _)| matches!(key.value.as_str(), "apiVersion" | "kind"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    decode(&Node { value: Value::Table(head), span: node.span }, sink)
}

/// The header of an array of tables has no span of its own in every case: the first key stands for it.
pub(crate) fn place(node: &Node) -> Span {
    let first = node.as_table().and_then(|table| table.keys().filter_map(Sourced::span).min());
    first.filter(|_| node.span == Span::default()).unwrap_or(node.span)
}

fn of<T: DeserializeOwned + Into<Body>>(node: &Node, sink: &mut Sink) -> Option<Body> {
    decode::<T>(node, sink).map(Into::into)
}

/// How an object of a kind that is known by type is read.
struct Reader {
    api_version: &'static str,
    kind: &'static str,
    read: fn(&Node, &mut Sink) -> Option<Body>,
}

const fn kind<T: Resource + DeserializeOwned + Into<Body>>() -> Reader {
    Reader { api_version: T::API_VERSION, kind: T::KIND, read: of::<T> }
}

/// The kinds of [`Body`].
const KINDS: &[Reader] = &[
    kind::<ClusterRole>(),
    kind::<ClusterRoleBinding>(),
    kind::<ConfigMap>(),
    kind::<CronJob>(),
    kind::<DaemonSet>(),
    kind::<Deployment>(),
    kind::<HorizontalPodAutoscaler>(),
    kind::<Ingress>(),
    kind::<IngressClass>(),
    kind::<Job>(),
    kind::<LimitRange>(),
    kind::<Namespace>(),
    kind::<NetworkPolicy>(),
    kind::<PersistentVolume>(),
    kind::<PersistentVolumeClaim>(),
    kind::<Pod>(),
    kind::<PodDisruptionBudget>(),
    kind::<PriorityClass>(),
    kind::<ResourceQuota>(),
    kind::<Role>(),
    kind::<RoleBinding>(),
    kind::<Secret>(),
    kind::<Service>(),
    kind::<ServiceAccount>(),
    kind::<StatefulSet>(),
    kind::<StorageClass>(),
];

/// API groups that no custom resource can have, as long as their kinds are known here.
const BUILT_IN: [&str; 11] = [
    "",
    "apps",
    "autoscaling",
    "batch",
    "extensions",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "apiextensions.k8s.io",
];

/// Kinds that would carry pods past the passes, and what to write instead.
const REFUSED: [(&str, &str); 3] = [
    ("List", "write each of its objects as an `[[objects]]` of its own"),
    ("ReplicaSet", "write a Deployment, which makes one"),
    ("ReplicationController", "write a Deployment"),
];

fn by_kind(
    node: &Node,
    api_version: &Sourced<String>,
    kind: &Sourced<String>,
    sink: &mut Sink,
) -> Option<Body> {
    let known = KINDS
        .iter()
        .find(|known| known.api_version == api_version.value && known.kind == kind.value);
    if let Some(known) = known {
        return (known.read)(node, sink);
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if BUILT_IN.contains(&group)
        && let Some(wrong) = not_a_kind(group, api_version, kind)
    {
        sink.report(wrong);
        return None;
    }
    other(node, api_version, kind, sink)
}

/// What is wrong with a kind of a built-in group that is not known by type, if anything is: most likely a typing error,
/// and then the object would pass every check unseen.
fn not_a_kind(
    group: &str,
    api_version: &Sourced<String>,
    kind: &Sourced<String>,
) -> Option<Diagnostic> {
    let message = format!("there is no {} in `{}`", kind.value, api_version.value);
    if let Some((_, help)) = REFUSED.iter().find(|(refused, _)| *refused == kind.value) {
        let message = format!("a {} would pass the checks unseen", kind.value);
        let diagnostic = Diagnostic::error(Code::InvalidObject, message);
        return Some(diagnostic.origin(kind.origin, "").help(*help));
    }
    // It was one: `link` knows when, and what to write instead.
    if apis::removed(api_version, kind).is_some() {
        return None;
    }
    if let Some(known) = KINDS.iter().find(|known| known.kind == kind.value) {
        let diagnostic = Diagnostic::error(Code::InvalidObject, message);
        let help = format!("write `apiVersion = \"{}\"`", known.api_version);
        return Some(diagnostic.origin(api_version.origin, "").help(help));
    }
    let of_group = KINDS
        .iter()
        .filter(|known| known.api_version.split_once('/').map_or("", |(group, _)| group) == group);
    let near = suggest::nearest(kind, of_group.map(|known| known.kind))?;
    let diagnostic = Diagnostic::error(Code::InvalidObject, message);
    Some(diagnostic.origin(kind.origin, "").help(format!("did you mean `{near}`?")))
}

/// A kind that is not known by type: its metadata is read, the rest stays as it was written.
fn other(
    node: &Node,
    api_version: &Sourced<String>,
    kind: &Sourced<String>,
    sink: &mut Sink,
) -> Option<Body> {
    let metadata = match node.get("metadata") {
        Some(metadata) => decode::<ObjectMeta>(metadata, sink)?,
        None => ObjectMeta::default(),
    };
    let mut rest = node.clone();
    if let Value::Table(table) = &mut rest.value {
        table.retain(|key, _| !matches!(key.value.as_str(), "apiVersion" | "kind" | "metadata"));
    }
    let (api_version, kind) = (api_version.value.clone(), kind.value.clone());
    Some(Body::Other(Box::new(Other { api_version, kind, metadata, rest })))
}
