//! Secrets and configs that pods read, and their keys.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, KeyToPath, Volume};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::fields::{items, text};
use super::super::index::{Index, fault, namespace};
use crate::object::Other;
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if let Body::Other(other) = &object.body
            && other.is("keda.sh", "TriggerAuthentication")
        {
            login(Pod { index, object }, other, sink);
        }
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let (pod, at) = (Pod { index, object }, At::path(path));
        for volume in spec.volumes.iter().flatten() {
            of_volume(volume, at.item("volumes", &volume.name), &mut |read| pod.read(read, sink));
        }
        for (list, container) in containers::all(spec) {
            let path = at.item(list, &container.name);
            of_container(container, path, &mut |read| pod.read(read, sink));
        }
    }
}

/// What KEDA logs in with: <https://keda.sh/docs/latest/concepts/authentication/#kubernetes-secrets>.
fn login(pod: Pod<'_>, other: &Other, sink: &mut Sink) {
    let root = At::path("spec");
    let all = other.rest.get("spec").map_or(&[][..], |spec| items(spec, "secretTargetRef"));
    for (at, one) in all.iter().enumerate() {
        if let (Some(name), Some(key)) = (text(one, "name"), text(one, "key")) {
            let path = root.item_or_index("secretTargetRef", Some(name), at);
            pod.read(&Read::secret(name, Keys::One(key), None, path), sink);
        }
    }
}

/// The config that each namespace has by itself.
const ROOT_CA: (&str, &str) = ("kube-root-ca.crt", "ca.crt");

#[derive(Clone, Copy)]
struct Pod<'a> {
    index: &'a Index<'a>,
    object: &'a Object,
}

/// What holds keys.
#[derive(Clone, Copy, PartialEq)]
enum Holder {
    Secret,
    ConfigMap,
}

impl Holder {
    fn kind(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }
}

/// A Secret or config that a pod reads, and the keys of it.
struct Read<'a> {
    holder: Holder,
    name: &'a str,
    keys: Keys<'a>,
    optional: Option<bool>,
    path: At<'a>,
}

impl<'a> Read<'a> {
    fn secret(name: &'a str, keys: Keys<'a>, optional: Option<bool>, path: At<'a>) -> Self {
        Self { holder: Holder::Secret, name, keys, optional, path }
    }

    fn config(name: &'a str, keys: Keys<'a>, optional: Option<bool>, path: At<'a>) -> Self {
        Self { holder: Holder::ConfigMap, name, keys, optional, path }
    }
}

/// Which keys are read.
#[derive(Clone, Copy)]
enum Keys<'a> {
    /// Whatever there is.
    All,
    One(&'a str),
    /// Those of a volume; without any it is all of them.
    Items(&'a Option<Vec<KeyToPath>>),
}

/// What a volume reads, itself or through a projection.
fn of_volume(volume: &Volume, path: At<'_>, visit: &mut impl FnMut(&Read<'_>)) {
    if let Some(from) = &volume.config_map {
        visit(&Read::config(
            &from.name,
            Keys::Items(&from.items),
            from.optional,
            path.field("configMap"),
        ));
    }
    if let Some(from) = &volume.secret
        && let Some(name) = &from.secret_name
    {
        visit(&Read::secret(name, Keys::Items(&from.items), from.optional, path.field("secret")));
    }
    let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
    for (at, source) in sources.enumerate() {
        let path = path.index("projected.sources", at);
        if let Some(from) = &source.config_map {
            visit(&Read::config(
                &from.name,
                Keys::Items(&from.items),
                from.optional,
                path.field("configMap"),
            ));
        }
        if let Some(from) = &source.secret {
            visit(&Read::secret(
                &from.name,
                Keys::Items(&from.items),
                from.optional,
                path.field("secret"),
            ));
        }
    }
}

/// What the variables of a container read.
fn of_container(container: &Container, path: At<'_>, visit: &mut impl FnMut(&Read<'_>)) {
    for variable in container.env.iter().flatten() {
        let Some(from) = &variable.value_from else { continue };
        let path = path.item("env", &variable.name);
        if let Some(from) = &from.secret_key_ref {
            visit(&Read::secret(
                &from.name,
                Keys::One(&from.key),
                from.optional,
                path.field("valueFrom.secretKeyRef"),
            ));
        }
        if let Some(from) = &from.config_map_key_ref {
            visit(&Read::config(
                &from.name,
                Keys::One(&from.key),
                from.optional,
                path.field("valueFrom.configMapKeyRef"),
            ));
        }
    }
    for (at, source) in container.env_from.iter().flatten().enumerate() {
        let path = path.index("envFrom", at);
        if let Some(from) = &source.secret_ref {
            visit(&Read::secret(&from.name, Keys::All, from.optional, path.field("secretRef")));
        }
        if let Some(from) = &source.config_map_ref {
            visit(&Read::config(&from.name, Keys::All, from.optional, path.field("configMapRef")));
        }
    }
}

impl Pod<'_> {
    /// What is read is there, with its keys, unless the pod starts without it.
    fn read(&self, read: &Read<'_>, sink: &mut Sink) {
        let Read { holder, name, keys, optional, path } = *read;
        if optional == Some(true) || name.is_empty() {
            return;
        }
        let known = match holder {
            Holder::Secret => &self.index.secrets,
            Holder::ConfigMap => &self.index.configs,
        };
        let kind = holder.kind();
        let around = namespace(self.object);
        let root_ca;
        let found = match known.get(&(around, name)) {
            None if holder == Holder::ConfigMap && name == ROOT_CA.0 => {
                root_ca = BTreeSet::from([ROOT_CA.1]);
                Some(&root_ca)
            }
            found => found,
        };
        let Some(found) = found else {
            // What keys it has is not known.
            if self.index.provides(kind, (around, name)) {
                return;
            }
            let message = format!("there is no {kind} `{name}`");
            let names = known.keys().filter(|(place, _)| *place == around).map(|(_, name)| *name);
            let names = names.chain(self.index.names(kind, around));
            let near = suggest::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
            let of_volume = matches!(keys, Keys::Items(_)) && path.is_field("secret");
            let path = path.field(if of_volume { "secretName" } else { "name" });
            sink.report(
                fault(Code::DanglingReference, self.object, path, message)
                    .help(near.unwrap_or_else(|| self.declare(holder, name))),
            );
            return;
        };
        let issued_secrets = &self.index.issued_secrets;
        if holder == Holder::Secret
            && issued_secrets.get(&(around, name)).is_some_and(|(_, made)| made.is_open)
        {
            return;
        }
        let (one, items) = match keys {
            Keys::All => (None, None),
            Keys::One(key) => (Some(key), None),
            Keys::Items(items) => (None, items.as_ref()),
        };
        let items = items.into_iter().flatten().map(|item| item.key.as_str());
        for key in one.into_iter().chain(items) {
            if !found.contains(key) {
                let message = format!("{kind} `{name}` has no key `{key}`");
                sink.report(
                    fault(Code::UnknownKey, self.object, path.field("key"), message)
                        .help_maybe(suggest::nearest_or_all(key, found.iter().copied())),
                );
            }
        }
    }

    /// How the stack says that something exists.
    fn declare(&self, holder: Holder, name: &str) -> String {
        let around = namespace(self.object);
        match holder {
            // The stack makes and declares what lies in its own namespace.
            _ if !self.index.is_here(around) => self.index.declare(holder.kind(), (around, name)),
            Holder::Secret => format!("declare it: `secrets.{name}.keys = […]`"),
            Holder::ConfigMap => format!(
                "add it: `config.{name} = {{ key = \"text\" }}`; if something else makes it, write `optional = true`"
            ),
        }
    }
}
