//! What is in the earlier output alone and holds no data: it stays in the cluster until somebody deletes it.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::Node;
use seaway_core::shell::{Command, command, joined};

use super::lost::holds_data;
use super::{Revisions, namespace_flag, resource};
use crate::hash::secret_names;
use crate::object::{Id, namespace};

/// Commands that delete it, one a namespace, and one for what a Secret would be gone with that pods still read. What got a
/// new name with its content stays for a rollback.
pub(crate) fn commands(revisions: &Revisions<'_>) -> Vec<Command> {
    deletions(&objects(revisions))
}

/// What is left, each with the flags of its deletion.
pub(crate) fn objects<'a>(revisions: &Revisions<'a>) -> Vec<(Id<'a>, Command)> {
    let successors: BTreeSet<Id<'_>> = revisions.new.keys().filter_map(|id| stem(*id)).collect();
    let read = read_secrets(revisions);
    let mut found = Vec::new();
    for (id, object) in revisions.gone() {
        let (_, kind, (around, name)) = id;
        let is_told = holds_data(id, object) || revisions.loses_namespace(around);
        // A controller or a person makes it from now on, under the same name. That of Sealed Secrets wants the old one gone.
        let is_taken_over = kind == "Secret" && read.contains(&(around, name));
        let is_followed = stem(id).is_some_and(|stem| successors.contains(&stem));
        if !is_told && !is_followed && !is_taken_over {
            let mut flags = namespace_flag(id);
            if makes_secret(id) && read.contains(&(around, made(object).unwrap_or(name))) {
                flags = command("{} --cascade=orphan", &[&flags]);
            }
            found.push((id, flags));
        }
    }
    found
}

/// Commands that delete objects, one for all that have the same flags.
pub(crate) fn deletions(objects: &[(Id<'_>, Command)]) -> Vec<Command> {
    let mut by_flags: BTreeMap<&Command, Vec<Command>> = BTreeMap::new();
    for (id, flags) in objects {
        by_flags.entry(flags).or_default().push(resource(*id));
    }
    let deletion = |(flags, names): (&Command, Vec<Command>)| {
        command("kubectl delete{} {}", &[flags, &joined(names)])
    };
    by_flags.into_iter().map(deletion).collect()
}

/// Whether its controller owns a Secret, which Kubernetes deletes with it.
fn makes_secret((group, kind, _): Id<'_>) -> bool {
    matches!(
        (group, kind),
        ("external-secrets.io", "ExternalSecret") | ("bitnami.com", "SealedSecret")
    )
}

/// The Secret that it makes, if it is not called like it.
fn made(object: &Node) -> Option<&str> {
    object.at(["spec", "target", "name"])?.as_str()
}

/// Secrets that pods of the stage read, but for those that a `SealedSecret` becomes.
fn read_secrets<'a>(revisions: &Revisions<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let sealed = |name: &(&'a str, &'a str)| {
        revisions.new.contains_key(&("bitnami.com", "SealedSecret", *name))
    };
    let read = revisions.new.values().flat_map(|object| {
        let spec = object.body.pod_spec().map(|(spec, _)| spec);
        let pulled = spec.into_iter().flat_map(|spec| spec.image_pull_secrets.iter().flatten());
        let pulled = pulled.map(|pull| &*pull.name);
        let names = spec.map(secret_names).unwrap_or_default();
        names.into_iter().chain(pulled).map(|name| (namespace(object), name))
    });
    read.filter(|name| !sealed(name)).collect()
}

/// The identity without the hash of the content that the name ends in, of kinds that have one.
pub(crate) fn stem((group, kind, (around, name)): Id<'_>) -> Option<Id<'_>> {
    let (stem, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && matches!(kind, "ConfigMap" | "Job")).then_some((group, kind, (around, stem)))
}
