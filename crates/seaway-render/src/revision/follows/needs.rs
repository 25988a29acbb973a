//! What has to be there before the apply, and what stays behind after it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::shell::{Command, command, separated};
use seaway_core::{Consequence, Node};

use super::{Cx, Finding, Pair, few};
use crate::against::{items, keys, left};
use crate::object::{Id, group, id, namespace};
use crate::{Object, containers};

pub(super) fn findings(cx: &Cx<'_>) -> Vec<Finding> {
    let mut found = secrets(cx);
    found.extend(remote(cx));
    found.extend(of_cluster(cx));
    found.extend(left_behind(cx));
    found
}

/// A key of a Secret that pods cannot start without; without a key it is the Secret itself.
type SecretKey = (String, String, Option<String>);

/// What pods read of Secrets that nothing in the revision makes, with the objects that read it.
fn read(objects: &[Object]) -> BTreeMap<SecretKey, BTreeSet<String>> {
    let makers = ["Secret", "ExternalSecret", "SealedSecret"];
    let made: BTreeSet<(&str, String)> = objects
        .iter()
        .filter(|object| makers.contains(&object.body.kind()))
        .map(|object| (namespace(object), made_name(object)))
        .collect();
    let mut found: BTreeMap<SecretKey, BTreeSet<String>> = BTreeMap::new();
    for object in objects {
        let Some((spec, _)) = object.body.pod_spec() else { continue };
        let around = namespace(object);
        for (name, key) in needed(spec) {
            if !made.contains(&(around, name.to_owned())) {
                let key = (around.to_owned(), name.to_owned(), key.map(str::to_owned));
                found.entry(key).or_default().insert(object.id());
            }
        }
    }
    found
}

/// The name of the Secret that an object is or becomes.
fn made_name(object: &Object) -> String {
    let target = match &object.body {
        crate::Body::Other(other) => {
            other.rest.at(["spec", "target", "name"]).and_then(Node::as_str)
        }
        _ => None,
    };
    target.unwrap_or(object.body.name()).to_owned()
}

/// Secrets and keys that a pod cannot start without.
fn needed(spec: &PodSpec) -> BTreeSet<(&str, Option<&str>)> {
    let mut found = BTreeSet::new();
    for (_, container) in containers::all(spec) {
        for variable in container.env.iter().flatten() {
            let from = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
            if let Some(from) = from.filter(|from| from.optional != Some(true)) {
                found.insert((&*from.name, Some(&*from.key)));
            }
        }
        for source in container.env_from.iter().flatten() {
            let from = source.secret_ref.as_ref().filter(|from| from.optional != Some(true));
            found.extend(from.map(|from| (&*from.name, None)));
        }
    }
    for volume in spec.volumes.iter().flatten() {
        let projected = volume.projected.iter().flat_map(|of| of.sources.iter().flatten());
        let projected = projected.filter_map(|source| source.secret.as_ref());
        let projected = projected
            .filter(|source| source.optional != Some(true))
            .map(|source| (&*source.name, source.items.as_ref()));
        let secret = volume.secret.as_ref().filter(|source| source.optional != Some(true));
        let secret =
            secret.and_then(|source| Some((source.secret_name.as_deref()?, source.items.as_ref())));
        for (name, items) in projected.chain(secret) {
            match items {
                Some(items) => found.extend(items.iter().map(|item| (name, Some(&*item.key)))),
                None => {
                    found.insert((name, None));
                }
            }
        }
    }
    found
}

/// What is needed of a Secret, and who reads it.
#[derive(Default)]
struct Needed<'a> {
    keys: BTreeSet<&'a str>,
    readers: BTreeSet<String>,
}

fn secrets(cx: &Cx<'_>) -> Vec<Finding> {
    let (old, new) = (read(cx.old.objects()), read(cx.new.objects()));
    let was_read = |around: &str, name: &str| {
        old.keys().any(|(namespace, secret, _)| (&**namespace, &**secret) == (around, name))
    };
    let mut by_secret: BTreeMap<(&str, &str), Needed<'_>> = BTreeMap::new();
    for ((around, name, key), readers) in &new {
        let is_known = old.contains_key(&(around.clone(), name.clone(), key.clone()))
            // Who reads all keys of a Secret asks for no new one.
            || (key.is_none() && was_read(around, name));
        if !is_known {
            let needed = by_secret.entry((around, name)).or_default();
            needed.keys.extend(key.as_deref());
            needed.readers.extend(readers.iter().cloned());
        }
    }
    if by_secret.is_empty() {
        return Vec::new();
    }
    // A key that a Secret of somebody else lacks is a diagnostic.
    let stack = cx.new.compiled().map(|new| &new.bundle.stack);
    let reported = stack.map(|stack| keys::lacking(stack, cx.revisions)).unwrap_or_default();
    let is_reported = |around: &str, name: &str| {
        let is_it = |one: &keys::Lacking<'_>| &**one.contract.name == name;
        around == cx.new.namespace() && reported.iter().any(is_it)
    };
    let findings = by_secret
        .into_iter()
        .filter(|((around, name), _)| !is_reported(around, name))
        .map(|((around, name), needed)| secret(cx, name, was_read(around, name), needed));
    findings.flatten().collect()
}

fn secret(cx: &Cx<'_>, name: &str, is_known: bool, needed: Needed<'_>) -> Option<Finding> {
    let readers: Vec<String> = needed.readers.into_iter().collect();
    let pair = cx.pairs.changed.iter().find(|pair| readers.contains(&pair.id()))?;
    let keys: Vec<String> = needed.keys.iter().map(|key| format!("`{key}`")).collect();
    let message = match (is_known, keys.is_empty()) {
        (true, false) => format!("Secret/{name} needs {} before the apply", few(&keys)),
        (_, true) => format!("Secret/{name} has to be there before the apply"),
        (false, false) => {
            format!("Secret/{name} with {} has to be there before the apply", few(&keys))
        }
    };
    let reads_it = |path: &str| ["secret", "env", "olumes"].iter().any(|word| path.contains(word));
    let mut finding = cx.found(Consequence::NeedsAStep, pair, reads_it, message);
    finding.notes.push(format!("read by {}; their pods do not start without it", few(&readers)));
    finding.objects = readers;
    finding.help = Some(printed_by(cx.stage));
    Some(finding)
}

/// What External Secrets copies from a store has to be in it.
fn remote(cx: &Cx<'_>) -> Vec<Finding> {
    let of = |object: Option<&Object>| -> BTreeSet<(String, String)> {
        let Some(crate::Body::Other(other)) = object.map(|object| &object.body) else {
            return BTreeSet::new();
        };
        let data = items(other.rest.at(["spec", "data"]));
        let places = data.filter_map(|item| {
            let remote = item.get("remoteRef")?;
            let property = remote.get("property").and_then(Node::as_str).unwrap_or_default();
            Some((remote.get("key")?.as_str()?.to_owned(), property.to_owned()))
        });
        places.collect()
    };
    let finding = |pair: &Pair<'_>| {
        let news = super::news(&of(pair.old), &of(pair.new));
        let (key, _) = news.first()?;
        let mut properties: Vec<String> = Vec::new();
        properties
            .extend(news.iter().filter(|(of, _)| of == key).map(|(_, name)| format!("`{name}`")));
        let message = format!("the store needs {} in `{key}` before the apply", few(&properties));
        let mut finding =
            cx.found(Consequence::NeedsAStep, pair, |path| path.starts_with("spec.data"), message);
        finding.help = Some(printed_by(cx.stage));
        Some(finding)
    };
    cx.of_kinds(&["ExternalSecret"]).filter_map(finding).collect()
}

/// What prints the commands that make Secrets.
fn printed_by(stage: &str) -> String {
    format!("`{}` prints the commands", command("seaway secrets --stage {}", &[&stage]))
}

/// API groups and classes that the cluster has to have.
fn of_cluster(cx: &Cx<'_>) -> Vec<Finding> {
    let (old, new) = (asked(cx.old.objects()), asked(cx.new.objects()));
    let own: BTreeSet<(&str, &str)> =
        cx.new.objects().iter().map(|object| (object.body.kind(), object.body.name())).collect();
    let finding = |((kind, name), objects): (&(&'static str, String), &BTreeSet<String>)| {
        if old.contains_key(&(*kind, name.clone())) || own.contains(&(*kind, name.as_str())) {
            return None;
        }
        let pair = cx.pairs.changed.iter().find(|pair| objects.contains(&pair.id()))?;
        let message = match *kind {
            "" => format!("the cluster needs the custom resources of `{name}`"),
            kind => format!("the cluster needs {kind}/{name}"),
        };
        let mut finding =
            cx.found(Consequence::NeedsAStep, pair, |path| path.starts_with("spec"), message);
        finding.objects = objects.iter().cloned().collect();
        Some(finding)
    };
    new.iter().filter_map(finding).collect()
}

/// What objects ask of the cluster, by kind and name; a group of custom resources has no kind.
fn asked(objects: &[Object]) -> BTreeMap<(&'static str, String), BTreeSet<String>> {
    let mut found: BTreeMap<(&'static str, String), BTreeSet<String>> = BTreeMap::new();
    for object in objects {
        let mut ask = |kind: &'static str, name: Option<&str>| {
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                found.entry((kind, name.to_owned())).or_default().insert(object.id());
            }
        };
        if let crate::Body::Other(other) = &object.body {
            let group = group(&other.api_version);
            ask("", Some(group).filter(|group| group.contains('.') && !group.ends_with(".k8s.io")));
            ask("", Some(group).filter(|group| group.ends_with("gateway.networking.k8s.io")));
        }
        match &object.body {
            crate::Body::PersistentVolumeClaim(claim) => {
                let spec = claim.spec.as_ref();
                ask("StorageClass", spec.and_then(|spec| spec.storage_class_name.as_deref()));
            }
            crate::Body::Ingress(ingress) => {
                let spec = ingress.spec.as_ref();
                ask("IngressClass", spec.and_then(|spec| spec.ingress_class_name.as_deref()));
                let annotations = ingress.metadata.annotations.as_ref();
                let issuer = annotations.and_then(|all| all.get("cert-manager.io/cluster-issuer"));
                ask("ClusterIssuer", issuer.map(String::as_str));
            }
            _ => {}
        }
        if let Some((spec, _)) = object.body.pod_spec() {
            ask("PriorityClass", spec.priority_class_name.as_deref());
            ask("RuntimeClass", spec.runtime_class_name.as_deref());
        }
    }
    found
}

/// What only the old revision has stays in the cluster, one finding a cause.
fn left_behind(cx: &Cx<'_>) -> Vec<Finding> {
    let mut by_cause: BTreeMap<Option<usize>, Vec<(Id<'_>, Command, &Pair<'_>)>> = BTreeMap::new();
    for (object, flags) in left::objects(cx.revisions) {
        let is_it = |pair: &&Pair<'_>| pair.old.is_some_and(|old| id(old) == object);
        let Some(pair) = cx.pairs.changed.iter().find(is_it) else { continue };
        // Of a revision of which the objects alone are known, the cause of a loss is a guess.
        let cause = cx.old.compiled().and_then(|_| cx.causes.of_object(pair));
        by_cause.entry(cause).or_default().push((object, flags, pair));
    }
    let finding = |(_, rows): (Option<usize>, Vec<(Id<'_>, Command, &Pair<'_>)>)| {
        let names: Vec<String> = rows.iter().map(|(.., pair)| pair.id()).collect();
        let has_pods =
            rows.iter().any(|(.., pair)| pair.old.is_some_and(|old| old.body.pod_spec().is_some()));
        let (_, _, first) = rows.first()?;
        let message = format!("{} stay in the cluster until you delete them", few(&names));
        let message = if names.len() == 1 {
            format!("{} stays in the cluster until you delete it", names[0])
        } else {
            message
        };
        let mut finding = cx.found(Consequence::NeedsAStep, first, |_| true, message);
        if has_pods {
            finding.notes.push("pods run on with their old configuration until then".to_owned());
        }
        finding.objects = names;
        let rows: Vec<(Id<'_>, Command)> =
            rows.into_iter().map(|(id, flags, _)| (id, flags)).collect();
        finding.help =
            Some(format!("after the apply: `{}`", separated(left::deletions(&rows), "; ")));
        Some(finding)
    };
    by_cause.into_iter().filter_map(finding).collect()
}
