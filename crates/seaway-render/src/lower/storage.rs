//! The storage classes that a stage brings along.

use std::collections::BTreeMap;

use k8s_openapi::api::storage::v1::StorageClass;
use seaway_core::options::{self, Reclaim};
use seaway_core::{Origin, Sourced, Stack};

use super::meta::named;
use crate::object::joined;
use crate::{Object, reasons};

pub(super) fn lower(stack: &Stack) -> impl Iterator<Item = Object> {
    stack
        .cluster
        .storage_classes
        .iter()
        .map(|(name, class)| storage_class(&stack.storage_class(name), class))
}

/// Volumes of EBS. One is made where the pod is put that asks for it: made at once, it would lie in some zone, and the
/// pod could run in no other
/// (<https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode>). Parameters are those of
/// <https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md>.
fn storage_class(name: &str, class: &Sourced<options::StorageClass>) -> Object {
    let mut parameters = BTreeMap::from([
        ("type".to_owned(), "gp3".to_owned()),
        ("encrypted".to_owned(), "true".to_owned()),
    ]);
    let written = [
        ("iops", class.iops.as_ref().map(|iops| iops.map(|iops| iops.to_string()))),
        ("throughput", class.throughput.as_ref().map(|most| most.map(|most| most.to_string()))),
        ("kmsKeyId", class.kms_key.as_ref().map(|key| key.as_ref().map(ToString::to_string))),
    ];
    let fixed = [
        "provisioner",
        "parameters.type",
        "parameters.encrypted",
        "volumeBindingMode",
        "allowVolumeExpansion",
    ];
    let usual = fixed.map(|path| (path.to_owned(), Origin::Default(&reasons::EBS_VOLUMES)));
    let mut origins = Vec::from(usual);
    for (key, value) in written {
        let Some(value) = value else { continue };
        parameters.insert(key.to_owned(), value.value);
        origins.push((joined(&["parameters.", key]), value.origin));
    }
    let policy = match class.reclaim.value {
        Reclaim::Retain => "Retain",
        Reclaim::Delete => "Delete",
    };
    let body = StorageClass {
        metadata: named(name),
        provisioner: "ebs.csi.aws.com".to_owned(),
        parameters: Some(parameters),
        reclaim_policy: Some(policy.to_owned()),
        volume_binding_mode: Some("WaitForFirstConsumer".to_owned()),
        allow_volume_expansion: Some(true),
        ..StorageClass::default()
    };
    let mut object = Object::new(body, None, class.origin);
    for (path, origin) in origins {
        object.origins.set(path, origin);
    }
    object.origins.set("reclaimPolicy", class.reclaim.origin);
    object
}
