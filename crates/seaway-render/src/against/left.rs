//! What is in the earlier output alone and holds no data: it stays in the cluster until somebody deletes it.

use std::collections::{BTreeMap, BTreeSet};

use super::lost::holds_data;
use super::{Revisions, namespace_flag, resource};
use crate::object::{Id, namespace};
use crate::seal::secret_names;

/// Commands that delete it, one a namespace. What got a new name with its content stays for a rollback, and a Secret
/// that pods of the bundle read stays whoever makes it from now on.
pub(crate) fn commands(revisions: &Revisions<'_>) -> Vec<String> {
    let successors: BTreeSet<Id<'_>> = revisions.new.keys().filter_map(|id| stem(*id)).collect();
    let mut by_namespace: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, object) in revisions.old.iter().filter(|(id, _)| !revisions.new.contains_key(*id)) {
        let (_, _, (around, _)) = *id;
        if id.0.is_empty() && id.1 == "Secret" && is_read(revisions, *id) {
            continue;
        }
        let is_told = holds_data(*id, object) || revisions.loses_namespace(around);
        let is_followed = stem(*id).is_some_and(|stem| successors.contains(&stem));
        if !is_told && !is_followed {
            by_namespace.entry(namespace_flag(*id)).or_default().push(resource(*id));
        }
    }
    let command = |(place, names): (String, Vec<String>)| {
        format!("kubectl delete{place} {}", names.join(" "))
    };
    by_namespace.into_iter().map(command).collect()
}

/// Whether a pod of the bundle reads a Secret that the bundle does not make.
fn is_read(revisions: &Revisions<'_>, (_, _, (around, name)): Id<'_>) -> bool {
    let here = revisions.new.values().filter(|object| namespace(object) == around);
    let mut specs = here.filter_map(|object| object.body.pod_spec());
    specs.any(|(spec, _)| {
        let pulled = spec.image_pull_secrets.iter().flatten();
        secret_names(spec).contains(&name) || pulled.into_iter().any(|pull| pull.name == name)
    })
}

/// The identity without the hash of the content that the name ends in, of kinds that have one.
pub(crate) fn stem((group, kind, (around, name)): Id<'_>) -> Option<Id<'_>> {
    let (stem, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && matches!(kind, "ConfigMap" | "Job")).then_some((group, kind, (around, stem)))
}
