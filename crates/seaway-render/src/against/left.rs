//! What is in the earlier output alone and holds no data: it stays in the cluster until somebody deletes it.

use std::collections::BTreeMap;

use super::lost::holds_data;
use super::{Revisions, namespace_flag, resource};
use crate::object::Id;

/// Commands that delete it, one a namespace. What got a new name with its content stays for a rollback.
pub(super) fn commands(revisions: &Revisions<'_>) -> Vec<String> {
    let mut by_namespace: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, object) in revisions.old.iter().filter(|(id, _)| !revisions.new.contains_key(*id)) {
        let (_, _, (around, _)) = *id;
        let is_told = holds_data(*id, object) || revisions.loses_namespace(around);
        if !is_told && !has_successor(revisions, *id) {
            by_namespace.entry(namespace_flag(*id)).or_default().push(resource(*id));
        }
    }
    let command = |(place, names): (String, Vec<String>)| {
        format!("kubectl delete{place} {}", names.join(" "))
    };
    by_namespace.into_iter().map(command).collect()
}

/// Whether the bundle has the object under a name that ends in another hash.
fn has_successor(revisions: &Revisions<'_>, (group, kind, (around, name)): Id<'_>) -> bool {
    let Some(stem) = stem(name).filter(|_| matches!(kind, "ConfigMap" | "Job")) else {
        return false;
    };
    let mut same_kind =
        revisions.new.keys().filter(|new| (new.0, new.1, new.2.0) == (group, kind, around));
    same_kind.any(|new| self::stem(new.2.1) == Some(stem))
}

/// A name without the hash of its content.
fn stem(name: &str) -> Option<&str> {
    let (stem, hash) = name.rsplit_once('-')?;
    (hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(stem)
}
