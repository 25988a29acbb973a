//! What is in the earlier output alone and holds no data: it stays in the cluster until somebody deletes it.

use std::collections::{BTreeMap, BTreeSet};

use super::lost::holds_data;
use super::{Revisions, namespace_flag, resource};
use crate::object::Id;

/// Commands that delete it, one a namespace. What got a new name with its content stays for a rollback.
pub(super) fn commands(revisions: &Revisions<'_>) -> Vec<String> {
    let successors: BTreeSet<Id<'_>> = revisions.new.keys().filter_map(|id| stem(*id)).collect();
    let mut by_namespace: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, object) in revisions.old.iter().filter(|(id, _)| !revisions.new.contains_key(*id)) {
        let (_, _, (around, _)) = *id;
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

/// The identity without the hash of the content that the name ends in, of kinds that have one.
fn stem((group, kind, (around, name)): Id<'_>) -> Option<Id<'_>> {
    let (stem, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && matches!(kind, "ConfigMap" | "Job")).then_some((group, kind, (around, stem)))
}
