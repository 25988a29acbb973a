//! What the API server holds fixed in an object, and what of that differs between two.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use seaway_core::{Node, Value};
use serde::Serialize;

use super::same::{fields, quantity, same};
use super::{at, items, text};
use crate::normalize::kept;
use crate::object::group;

/// What the API server refuses to change, by API group and kind: the functions `Validate…Update` of each kind below
/// `pkg/apis` in the sources of Kubernetes.
const RULES: &[(&str, &[&str], Rule)] = &[
    ("apps", &["Deployment", "DaemonSet", "ReplicaSet"], Rule::Fixed("spec.selector")),
    ("apps", &["StatefulSet"], Rule::FixedBut("spec", STATEFUL_SET)),
    ("batch", &["Job"], Rule::FixedBut("spec", JOB)),
    ("batch", &["Job"], Rule::Completions),
    ("batch", &["Job"], Rule::JobTemplate),
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
    ("apiextensions.k8s.io", &["CustomResourceDefinition"], Rule::StoredVersion),
    ("storage.k8s.io", &["VolumeAttributesClass"], Rule::Fixed("driverName")),
    ("storage.k8s.io", &["VolumeAttributesClass"], Rule::Fixed("parameters")),
    ("storage.k8s.io", &["CSIDriver"], Rule::Fixed("spec.attachRequired")),
    ("storage.k8s.io", &["CSIDriver"], Rule::Fixed("spec.volumeLifecycleModes")),
    ("storage.k8s.io", &["CSINode"], Rule::Drivers),
    ("storage.k8s.io", &["CSIStorageCapacity"], Rule::Fixed("nodeTopology")),
    ("storage.k8s.io", &["CSIStorageCapacity"], Rule::Fixed("storageClassName")),
    ("storage.k8s.io", &["VolumeAttachment"], Rule::Fixed("spec")),
    ("resource.k8s.io", &["ResourceClaim", "ResourceClaimTemplate"], Rule::Fixed("spec")),
    ("resource.k8s.io", &["ResourceSlice"], Rule::Fixed("spec.driver")),
    ("resource.k8s.io", &["ResourceSlice"], Rule::Fixed("spec.nodeName")),
    ("resource.k8s.io", &["ResourceSlice"], Rule::Fixed("spec.pool.name")),
    ("discovery.k8s.io", &["EndpointSlice"], Rule::Fixed("addressType")),
    ("apps", &["ControllerRevision"], Rule::Fixed("data")),
    ("networking.k8s.io", &["IPAddress"], Rule::Fixed("spec.parentRef")),
    ("networking.k8s.io", &["ServiceCIDR"], Rule::Fixed("spec.cidrs")),
    // A rule of the definition itself: `self == oldSelf`
    // (https://gateway-api.sigs.k8s.io/reference/spec/#gatewayclassspec).
    ("gateway.networking.k8s.io", &["GatewayClass"], Rule::Fixed("spec.controllerName")),
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
/// What `ValidateJobSpecUpdate` does not look at, and what has a rule of its own
/// (<https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/apis/batch/validation/validation.go>). A selector that
/// changes is refused, so that nothing is left for `manualSelector` to say.
const JOB: &[&str] = &[
    "template",
    "manualSelector",
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
    ("CSIDriver", "spec.attachRequired", "true"),
    ("CSIDriver", "spec.volumeLifecycleModes", "Persistent"),
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
    /// The template of a Job but for its placement while it is suspended and has not started
    /// (<https://github.com/kubernetes/enhancements/tree/master/keps/sig-scheduling/2926-job-mutable-scheduling-directives>).
    /// The earlier output says whether it is suspended, not whether somebody started it by hand.
    JobTemplate,
    /// The drivers of a node that stay but for how many volumes each takes (`ValidateCSINodeUpdate`).
    Drivers,
    /// The version that objects are stored in. It stays in `status.storedVersions` until somebody has migrated them, and each
    /// version there has to be in the definition (`ValidateCustomResourceDefinitionStoredVersions`).
    StoredVersion,
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
                let fixed = is_true(at(old, "immutable"));
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
            Self::JobTemplate => {
                let path = "spec.template";
                let (was, is) = (at(old, path), at(new, path));
                let is_suspended = is_true(at(old, "spec.suspend"));
                let broken = if is_suspended {
                    !same(was.map(without_placement).as_ref(), is.map(without_placement).as_ref())
                } else {
                    !same(was, is)
                };
                named(broken, path)
            }
            Self::Drivers => {
                let path = "spec.drivers";
                let broken = |was: &Node| {
                    let mut is =
                        items(at(new, path)).filter(|is| is.get("name") == was.get("name"));
                    is.any(|is| {
                        let mut keys = fields(Some(was), Some(is)).into_iter();
                        keys.any(|key| key != "allocatable" && !same(was.get(key), is.get(key)))
                    })
                };
                named(items(at(old, path)).any(broken), path)
            }
            Self::StoredVersion => {
                let path = "spec.versions";
                let is_stored = |version: &&Node| is_true(version.get("storage"));
                let is_gone = |was: &Node| {
                    items(at(new, path)).all(|is| text(is, "name") != text(was, "name"))
                };
                named(items(at(old, path)).filter(is_stored).any(is_gone), path)
            }
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
        let filled = |object| at(object, default).map_or(Some(*value), plain);
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

/// A pod template without what says where its pods run, and without its labels and annotations.
fn without_placement(template: &Node) -> Node {
    let mut template = template.clone();
    let mut remove = |path: &[&str], keys: &[&str]| {
        let mut inner = &mut template;
        for key in path {
            let Value::Table(fields) = &mut inner.value else { return };
            let Some(next) = fields.get_mut(*key) else { return };
            inner = next;
        }
        if let Value::Table(fields) = &mut inner.value {
            fields.retain(|key, _| !keys.contains(&key.value.as_str()));
        }
    };
    remove(&["metadata"], &["labels", "annotations"]);
    remove(&["spec", "affinity"], &["nodeAffinity"]);
    remove(&["spec"], &["nodeSelector", "tolerations", "schedulingGates"]);
    template
}

/// A value in the words of the defaults; of a list its only item.
fn plain(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Boolean(true) => Some("true"),
        Value::Array(items) => items.first().filter(|_| items.len() == 1).and_then(plain),
        _ => node.as_str(),
    }
}

pub(super) fn is_true(flag: Option<&Node>) -> bool {
    flag.is_some_and(|flag| flag.value == Value::Boolean(true))
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
