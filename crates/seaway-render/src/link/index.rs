//! What is where in a bundle.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::options::ServiceAccountSetting;
use seaway_core::{Code, Diagnostic, Origin, Stack, suggest};

use super::makers::Pods;
use super::network::Network;
use crate::{Body, Object};

/// A name within a namespace; the namespace of objects that lie in none is empty.
type Name<'a> = (&'a str, &'a str);

/// Names that objects refer to, with the keys of those that have keys.
pub(super) type Known<'a> = BTreeMap<Name<'a>, BTreeSet<&'a str>>;

/// The objects of a stage, and what the stack declares outside of it.
pub(super) struct Index<'a> {
    pub stack: &'a Stack,
    pub objects: &'a [Object],
    /// What makes pods.
    pub pods: Pods<'a>,
    /// What the network policies let through.
    pub network: Network<'a>,
    /// By API group, kind and name.
    by_id: BTreeMap<(&'a str, &'a str, Name<'a>), &'a Object>,
    /// Keys of each Secret, printed or declared.
    pub secrets: Known<'a>,
    /// Keys of each printed config.
    pub configs: Known<'a>,
    /// Secrets that nodes pull images with, by their declaration.
    pub pull_secrets: BTreeSet<&'a str>,
    /// Claims that exist outside of the bundle.
    claims: BTreeSet<&'a str>,
    /// Accounts that exist outside of the bundle.
    accounts: BTreeSet<&'a str>,
    /// Custom resources, whose operators make objects that the bundle does not have.
    custom: BTreeSet<Name<'a>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(stack: &'a Stack, objects: &'a [Object]) -> Self {
        let by_id = objects.iter().map(|object| (id(object), object)).collect();
        let claims = stack.volumes.values().filter_map(|volume| volume.claim.as_ref());
        let accounts = stack.parts.values().filter_map(|part| {
            match &part.shared.service_account.as_ref()?.value {
                ServiceAccountSetting::Existing(name) => Some(&**name),
                ServiceAccountSetting::Own(_) => None,
            }
        });
        let shared = stack.parts.values().map(|part| &part.shared).chain([&stack.app.shared]);
        let pull_secrets = shared.flat_map(|shared| shared.pull_secrets.iter().flatten());
        let custom = objects.iter().filter(|object| matches!(object.body, Body::Other(_)));
        let pods = Pods::new(objects);
        Self {
            stack,
            objects,
            network: Network::new(objects, &pods),
            pods,
            by_id,
            secrets: secrets(stack, objects),
            configs: configs(objects),
            pull_secrets: pull_secrets.map(|name| &*name.value).collect(),
            claims: claims.map(|claim| &*claim.value).collect(),
            accounts: accounts.collect(),
            custom: custom.map(|object| (namespace(object), object.body.name())).collect(),
        }
    }

    /// The object of an API group, kind and name in a namespace.
    pub(super) fn get(&self, group: &str, kind: &str, name: Name<'_>) -> Option<&'a Object> {
        self.by_id.get(&(group, kind, name)).copied()
    }

    /// The nearest name of a kind in a namespace, for help.
    pub(super) fn near(&self, kind: &str, (around, name): Name<'_>) -> Option<String> {
        let of_kind = self
            .objects
            .iter()
            .filter(|object| object.body.kind() == kind && namespace(object) == around);
        suggest::nearest_or_all(name, of_kind.map(|object| object.body.name()))
    }

    pub(super) fn has_claim(&self, name: Name<'_>) -> bool {
        (self.is_here(name.0) && self.claims.contains(name.1))
            || self.get("", "PersistentVolumeClaim", name).is_some()
    }

    /// Each namespace has an account `default`.
    pub(super) fn has_account(&self, name: Name<'_>) -> bool {
        name.1 == "default"
            || (self.is_here(name.0) && self.accounts.contains(name.1))
            || self.get("", "ServiceAccount", name).is_some()
    }

    /// Whether a custom resource of the namespace has that name. Operators label what they make with it.
    pub(super) fn has_custom(&self, name: Name<'_>) -> bool {
        self.custom.contains(&name)
    }

    /// Whether a namespace is that of the stack, of which the stack declares what exists in it.
    pub(super) fn is_here(&self, namespace: &str) -> bool {
        namespace == &**self.stack.namespace
    }
}

/// The namespace of an object; empty if it lies in none.
pub(super) fn namespace(object: &Object) -> &str {
    object.body.metadata().namespace.as_deref().unwrap_or_default()
}

/// The group of an API version; empty for the core group.
pub(super) fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// What no two objects of a bundle may have in common.
pub(super) fn id(object: &Object) -> (&str, &str, Name<'_>) {
    let body = &object.body;
    (group(body.api_version()), body.kind(), (namespace(object), body.name()))
}

fn secrets<'a>(stack: &'a Stack, objects: &'a [Object]) -> Known<'a> {
    let mut secrets = Known::new();
    for contract in stack.secrets.values() {
        let name = (&**stack.namespace, &*contract.name.value);
        let keys: &mut BTreeSet<&str> = secrets.entry(name).or_default();
        keys.extend(contract.keys.keys().map(|key| &**key));
    }
    for object in objects {
        let Body::Secret(secret) = &object.body else { continue };
        let keys = secrets.entry((namespace(object), object.body.name())).or_default();
        keys.extend(secret.string_data.iter().flatten().map(|(key, _)| key.as_str()));
        keys.extend(secret.data.iter().flatten().map(|(key, _)| key.as_str()));
    }
    secrets
}

fn configs(objects: &[Object]) -> Known<'_> {
    let mut configs = Known::new();
    for object in objects {
        let Body::ConfigMap(config) = &object.body else { continue };
        let keys = configs.entry((namespace(object), object.body.name())).or_default();
        keys.extend(config.data.iter().flatten().map(|(key, _)| key.as_str()));
        keys.extend(config.binary_data.iter().flatten().map(|(key, _)| key.as_str()));
    }
    configs
}

/// An error in a part of an object, at the place that the part comes from.
pub(super) fn fault(
    code: Code,
    object: &Object,
    path: impl std::fmt::Display,
    message: String,
) -> Diagnostic {
    fault_at(code, object, &path.to_string(), message)
}

fn fault_at(code: Code, object: &Object, path: &str, message: String) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::error(code, message).note(format!("in {} at `{path}`", object.id()));
    let nearest = object.origins.nearest(path).map(|(_, origin)| origin);
    let written = nearest.and_then(Origin::span).or_else(|| object.origins.written_inside(path));
    let removals = object.origins.removals();
    // A part that nobody wrote is most likely at fault because a patch took out what it needs.
    let by_patch = written.is_none() && !removals.is_empty();
    let places = if by_patch { removals } else { &[] };
    for place in places {
        diagnostic = diagnostic.label(*place, "takes a part out");
    }
    // A default has no line: the line of what it belongs to is the nearest that a person can look at.
    if let Some(span) = written.or_else(|| object.place()) {
        diagnostic = diagnostic.label(span, "");
    }
    match nearest.unwrap_or(object.origins.object()) {
        Origin::Stack(_) => diagnostic,
        default @ Origin::Default(_) => diagnostic.origin(default, ""),
    }
}
