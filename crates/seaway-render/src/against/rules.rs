//! What the API server holds fixed in an object, and what of that differs between two.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use seaway_core::{Node, Value};
use serde::Serialize;

use super::same::{fields, quantity, same};
use super::{at, text};
use crate::normalize::kept;
use crate::object::group;

/// What the API server refuses to change, by API group and kind: the functions `Validate…Update` of each kind below
/// `pkg/apis` in the sources of Kubernetes.
const RULES: &[(&str, &[&str], Rule)] = &[
    ("apps", &["Deployment", "DaemonSet", "ReplicaSet"], Rule::Fixed("spec.selector")),
    ("apps", &["StatefulSet"], Rule::FixedBut("spec", STATEFUL_SET)),
    ("batch", &["Job"], Rule::FixedBut("spec", JOB)),
    ("batch", &["Job"], Rule::Completions),
    ("", &["Pod"], Rule::FixedBut("spec", POD)),
    ("", &["Pod"], Rule::Containers("spec.containers")),
    ("", &["Pod"], Rule::Containers("spec.initContainers")),
    ("", &["Service"], Rule::Headless),
    ("", &["Service"], Rule::FixedOnceSet("spec.clusterIP")),
    ("", &["Service"], Rule::FixedOnceSet("spec.ipFamilies")),
    ("", &["Service"], Rule::FixedWhile("spec.loadBalancerClass", "spec.type", "LoadBalancer")),
    ("", &["Service"], Rule::FixedOnceSet("spec.healthCheckNodePort")),
    (
        "",
        &["PersistentVolumeClaim"],
        Rule::FixedBut("spec", &["resources", "volumeAttributesClassName"]),
    ),
    ("", &["PersistentVolumeClaim"], Rule::Grows("spec.resources.requests.storage")),
    ("", &["PersistentVolume"], Rule::FixedBut("spec", PERSISTENT_VOLUME)),
    ("", &["ConfigMap", "Secret"], Rule::FixedWhenImmutable(CONTENT)),
    ("", &["Secret"], Rule::Fixed("type")),
    ("storage.k8s.io", &["StorageClass"], Rule::Fixed("provisioner")),
    ("storage.k8s.io", &["StorageClass"], Rule::Fixed("parameters")),
    ("storage.k8s.io", &["StorageClass"], Rule::Fixed("reclaimPolicy")),
    ("storage.k8s.io", &["StorageClass"], Rule::Fixed("volumeBindingMode")),
    ("scheduling.k8s.io", &["PriorityClass"], Rule::Fixed("value")),
    ("scheduling.k8s.io", &["PriorityClass"], Rule::Fixed("preemptionPolicy")),
    ("rbac.authorization.k8s.io", &["RoleBinding", "ClusterRoleBinding"], Rule::Fixed("roleRef")),
    ("networking.k8s.io", &["IngressClass"], Rule::Fixed("spec.controller")),
    ("node.k8s.io", &["RuntimeClass"], Rule::Fixed("handler")),
    ("", &["ResourceQuota"], Rule::Fixed("spec.scopes")),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"], Rule::Fixed("spec.scope")),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"], Rule::Fixed("spec.names.kind")),
];
/// `revisionHistoryLimit` may change since 1.33, our oldest.
const STATEFUL_SET: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];
const JOB: &[&str] = &[
    "parallelism",
    "completions",
    "suspend",
    "backoffLimit",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
    "maxFailedIndexes",
    "podReplacementPolicy",
];
const POD: &[&str] = &[
    "activeDeadlineSeconds",
    "containers",
    "initContainers",
    "terminationGracePeriodSeconds",
    "tolerations",
];
const PERSISTENT_VOLUME: &[&str] = &[
    "capacity",
    "accessModes",
    "persistentVolumeReclaimPolicy",
    "claimRef",
    "mountOptions",
    "storageClassName",
    "volumeAttributesClassName",
];
const CONTENT: &[&str] = &["data", "binaryData", "immutable"];

/// What the server fills in where nothing is written: writing it out is no change.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("StatefulSet", "spec.podManagementPolicy", "OrderedReady"),
    ("Job", "spec.completionMode", "NonIndexed"),
    ("PersistentVolumeClaim", "spec.volumeMode", "Filesystem"),
    ("PersistentVolume", "spec.volumeMode", "Filesystem"),
    ("Secret", "type", "Opaque"),
    ("StorageClass", "reclaimPolicy", "Delete"),
    ("StorageClass", "volumeBindingMode", "Immediate"),
    ("PriorityClass", "preemptionPolicy", "PreemptLowerPriority"),
    ("RoleBinding", "roleRef.apiGroup", "rbac.authorization.k8s.io"),
    ("ClusterRoleBinding", "roleRef.apiGroup", "rbac.authorization.k8s.io"),
];

/// What must stay in an object that is applied again.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// This field.
    Fixed(&'static str),
    /// This field, if both have it: the server fills it in, and copies its own over where it is left out.
    FixedOnceSet(&'static str),
    /// The first field, while the second has this value.
    FixedWhile(&'static str, &'static str, &'static str),
    /// Everything under this field but these keys.
    FixedBut(&'static str, &'static [&'static str]),
    /// These fields of an object that says `immutable: true`.
    FixedWhenImmutable(&'static [&'static str]),
    /// This quantity may grow and not shrink.
    Grows(&'static str),
    /// Whether a Service is headless. The server refuses `None` in place of an address, and silently keeps a `None`.
    Headless,
    /// These containers of a pod but for their images.
    Containers(&'static str),
    /// The completions of a Job, unless it has indexes and runs as many at a time (`validateCompletions`).
    Completions,
}

impl Rule {
    /// The fields that break the rule.
    fn broken(self, old: &Node, new: &Node) -> Vec<String> {
        let named =
            |broken: bool, path: &str| if broken { vec![path.to_owned()] } else { Vec::new() };
        let set = |path: &str| at(old, path).is_some() && at(new, path).is_some();
        match self {
            Self::Fixed(path) => named(differ(old, new, path), path),
            Self::FixedOnceSet(path) => {
                let has_address = |service| !headless(service) && !external(service);
                let fixed = set(path) && has_address(old) && has_address(new);
                named(fixed && differ(old, new, path), path)
            }
            Self::FixedWhile(path, other, value) => {
                let fixed = text(old, other) == value && text(new, other) == value;
                named(fixed && differ(old, new, path), path)
            }
            Self::FixedBut(path, free) => {
                let keys = fields(at(old, path), at(new, path)).into_iter();
                let fixed =
                    keys.filter(|key| !free.contains(key)).map(|key| format!("{path}.{key}"));
                fixed.filter(|path| differ(old, new, path)).collect()
            }
            Self::FixedWhenImmutable(paths) => {
                let fixed =
                    at(old, "immutable").is_some_and(|flag| flag.value == Value::Boolean(true));
                let broken = paths.iter().filter(|path| fixed && differ(old, new, path));
                broken.map(|path| (*path).to_owned()).collect()
            }
            Self::Grows(path) => {
                let shrinks = match (quantity(at(old, path)), quantity(at(new, path))) {
                    (Some(old), Some(new)) => new.cmp(&old) == Ordering::Less,
                    _ => false,
                };
                named(shrinks, path)
            }
            // A Service by another name has no address to keep.
            Self::Headless => {
                let broken = headless(old) != headless(new) && !external(old) && !external(new);
                named(broken, "spec.clusterIP")
            }
            Self::Containers(path) => named(!same_but_images(at(old, path), at(new, path)), path),
            Self::Completions => {
                let elastic = text(new, "spec.completionMode") == "Indexed"
                    && same(at(new, "spec.completions"), at(new, "spec.parallelism"));
                named(!elastic && differ(old, new, "spec.completions"), "spec.completions")
            }
        }
    }
}

/// Whether a field changes, where one that is left out has the server's default.
fn differ(old: &Node, new: &Node, path: &str) -> bool {
    let (was, is) = (at(old, path), at(new, path));
    if same(was, is) {
        return false;
    }
    let kind = text(new, "kind");
    let defaults = DEFAULTS.iter().filter(|(of, ..)| *of == kind);
    let equal = |(_, default, value): &(&str, &str, &str)| {
        let filled = |object| at(object, default).map_or(Some(*value), Node::as_str);
        filled(old) == filled(new) && (at(old, default).is_none() || at(new, default).is_none())
    };
    let left_out: Vec<&str> = defaults.filter(|default| equal(default)).map(|row| row.1).collect();
    if left_out.contains(&path) {
        return false;
    }
    // One field of a reference that is left out.
    match left_out.iter().find_map(|default| default.strip_prefix(path)?.strip_prefix('.')) {
        Some(key) => fields(was, is).into_iter().any(|field| {
            field != key
                && !same(was.and_then(|was| was.get(field)), is.and_then(|is| is.get(field)))
        }),
        None => true,
    }
}

fn headless(service: &Node) -> bool {
    text(service, "spec.clusterIP") == "None"
}

fn external(service: &Node) -> bool {
    text(service, "spec.type") == "ExternalName"
}

fn same_but_images(old: Option<&Node>, new: Option<&Node>) -> bool {
    let items = |list: Option<&Node>| match list.map(|list| &list.value) {
        Some(Value::Array(items)) => items.clone(),
        _ => Vec::new(),
    };
    let (old, new) = (items(old), items(new));
    let equal = |(old, new): (&Node, &Node)| {
        let mut keys = fields(Some(old), Some(new)).into_iter();
        keys.all(|key| key == "image" || same(old.get(key), new.get(key)))
    };
    old.len() == new.len() && old.iter().zip(&new).all(equal)
}

/// Paths of what the API server refuses to change when one object is applied over an earlier one of the same identity.
pub fn refused(old: &impl Serialize, new: &impl Serialize) -> Vec<String> {
    match (kept(old), kept(new)) {
        (Some(old), Some(new)) => broken(&old, &new).into_iter().map(|(_, path)| path).collect(),
        _ => Vec::new(),
    }
}

/// The rules that are broken, by their place in the table, each with the path of what breaks it.
pub(super) fn broken(old: &Node, new: &Node) -> Vec<(usize, String)> {
    let (group, kind) = (group(text(new, "apiVersion")), text(new, "kind"));
    let rules = RULES.iter().enumerate();
    let of_kind = rules.filter(|(_, (of, kinds, _))| *of == group && kinds.contains(&kind));
    let broken = of_kind.flat_map(|(index, (_, _, rule))| {
        rule.broken(old, new).into_iter().map(move |path| (index, path))
    });
    broken.collect()
}

/// Whether something of a kind is fixed at all.
pub(super) fn has_rules(group: &str, kind: &str) -> bool {
    RULES.iter().any(|(of, kinds, _)| *of == group && kinds.contains(&kind))
}
