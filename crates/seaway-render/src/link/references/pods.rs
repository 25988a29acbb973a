//! What pods refer to: accounts, claims, Secrets, configs and their keys, and the volumes that containers mount.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{Container, KeyToPath, PodSpec, Volume};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::names::{dangling, pull_secrets};
use crate::object::Slot;
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if let Some((spec, path)) = object.body.pod_spec() {
            Pod { index, object, spec, path }.check(sink);
        }
    }
}

/// The config that each namespace has by itself.
const ROOT_CA: (&str, &str) = ("kube-root-ca.crt", "ca.crt");

struct Pod<'a> {
    index: &'a Index<'a>,
    object: &'a Object,
    spec: &'a PodSpec,
    path: &'static str,
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
        visit(&Read {
            holder: Holder::ConfigMap,
            name: &from.name,
            keys: Keys::Items(&from.items),
            optional: from.optional,
            path: path.field("configMap"),
        });
    }
    if let Some(from) = &volume.secret
        && let Some(name) = &from.secret_name
    {
        visit(&Read {
            holder: Holder::Secret,
            name,
            keys: Keys::Items(&from.items),
            optional: from.optional,
            path: path.field("secret"),
        });
    }
    let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
    for (at, source) in sources.enumerate() {
        let path = path.index("projected.sources", at);
        if let Some(from) = &source.config_map {
            visit(&Read {
                holder: Holder::ConfigMap,
                name: &from.name,
                keys: Keys::Items(&from.items),
                optional: from.optional,
                path: path.field("configMap"),
            });
        }
        if let Some(from) = &source.secret {
            visit(&Read {
                holder: Holder::Secret,
                name: &from.name,
                keys: Keys::Items(&from.items),
                optional: from.optional,
                path: path.field("secret"),
            });
        }
    }
}

/// What the variables of a container read.
fn of_container(container: &Container, path: At<'_>, visit: &mut impl FnMut(&Read<'_>)) {
    for variable in container.env.iter().flatten() {
        let Some(from) = &variable.value_from else { continue };
        let path = path.item("env", &variable.name);
        if let Some(from) = &from.secret_key_ref {
            visit(&Read {
                holder: Holder::Secret,
                name: &from.name,
                keys: Keys::One(&from.key),
                optional: from.optional,
                path: path.field("valueFrom.secretKeyRef"),
            });
        }
        if let Some(from) = &from.config_map_key_ref {
            visit(&Read {
                holder: Holder::ConfigMap,
                name: &from.name,
                keys: Keys::One(&from.key),
                optional: from.optional,
                path: path.field("valueFrom.configMapKeyRef"),
            });
        }
    }
    for (at, source) in container.env_from.iter().flatten().enumerate() {
        let path = path.index("envFrom", at);
        if let Some(from) = &source.secret_ref {
            visit(&Read {
                holder: Holder::Secret,
                name: &from.name,
                keys: Keys::All,
                optional: from.optional,
                path: path.field("secretRef"),
            });
        }
        if let Some(from) = &source.config_map_ref {
            visit(&Read {
                holder: Holder::ConfigMap,
                name: &from.name,
                keys: Keys::All,
                optional: from.optional,
                path: path.field("configMapRef"),
            });
        }
    }
}

impl Pod<'_> {
    fn check(&self, sink: &mut Sink) {
        let around = namespace(self.object);
        let pod = At::path(self.path);
        if let Some(account) = &self.spec.service_account_name
            && !self.index.has_account((around, account))
        {
            let path = pod.field("serviceAccountName");
            let name = (around, account.as_str());
            sink.report(dangling(self.index, self.object, path, "ServiceAccount", name));
        }
        let secrets = self.spec.image_pull_secrets.as_deref().unwrap_or_default();
        pull_secrets(self.index, self.object, secrets, Some(&pod), sink);
        for volume in self.spec.volumes.iter().flatten() {
            self.volume(volume, pod.item("volumes", &volume.name), sink);
        }
        let init = self.spec.init_containers.iter().flatten().map(|one| ("initContainers", one));
        let main = self.spec.containers.iter().map(|one| ("containers", one));
        for (list, container) in init.chain(main) {
            let path = pod.item(list, &container.name);
            of_container(container, path, &mut |read| self.keys(read, sink));
            self.mounts(container, path, sink);
        }
    }

    fn volume(&self, volume: &Volume, path: At<'_>, sink: &mut Sink) {
        if let Some(claim) = &volume.persistent_volume_claim {
            let name = (namespace(self.object), claim.claim_name.as_str());
            if !self.index.has_claim(name) {
                let kind = "PersistentVolumeClaim";
                let path = path.field("persistentVolumeClaim.claimName");
                let diagnostic = dangling(self.index, self.object, path, kind, name);
                sink.report(match diagnostic.help {
                    Some(_) => diagnostic,
                    None => diagnostic.help(format!(
                        "declare it: `volumes.{0}.storage = \"1Gi\"`, or `volumes.{0}.claim = \"{0}\"` if the cluster \
                         has it",
                        name.1
                    )),
                });
            }
        }
        of_volume(volume, path, &mut |read| self.keys(read, sink));
    }

    /// What is read is there, with its keys, unless the pod starts without it.
    fn keys(&self, read: &Read<'_>, sink: &mut Sink) {
        let Read { holder, name, keys, optional, path } = *read;
        if optional == Some(true) {
            return;
        }
        let known = match holder {
            Holder::Secret => &self.index.secrets,
            Holder::ConfigMap => &self.index.configs,
        };
        let kind = holder.kind();
        let around = namespace(self.object);
        let root_ca = BTreeSet::from([ROOT_CA.1]);
        let is_root_ca = holder == Holder::ConfigMap && name == ROOT_CA.0;
        let found = known.get(&(around, name)).or(is_root_ca.then_some(&root_ca));
        let Some(found) = found else {
            let message = format!("there is no {kind} `{name}`");
            let names = known.keys().filter(|(place, _)| *place == around).map(|(_, name)| *name);
            let near = suggest::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
            let of_volume = matches!(keys, Keys::Items(_)) && path.is_field("secret");
            let path = path.field(if of_volume { "secretName" } else { "name" });
            sink.report(
                fault(Code::DanglingReference, self.object, path, message)
                    .help(near.unwrap_or_else(|| declare(holder, name))),
            );
            return;
        };
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

    fn mounts(&self, container: &Container, path: At<'_>, sink: &mut Sink) {
        let templates = match &self.object.body {
            Body::StatefulSet(set) => Slot::<StatefulSetSpec>::slot(&set.spec)
                .and_then(|spec| spec.volume_claim_templates.as_ref()),
            _ => None,
        };
        let templates =
            templates.into_iter().flatten().filter_map(|claim| claim.metadata.name.as_deref());
        let volumes = self.spec.volumes.iter().flatten().map(|volume| volume.name.as_str());
        let known: BTreeSet<&str> = volumes.chain(templates).collect();
        let mut paths = BTreeSet::new();
        for mount in container.volume_mounts.iter().flatten() {
            let path = path.item("volumeMounts", &mount.mount_path);
            if !known.contains(mount.name.as_str()) {
                let message = format!("the pod has no volume `{}`", mount.name);
                sink.report(
                    fault(Code::DanglingReference, self.object, path.field("name"), message)
                        .help_maybe(suggest::nearest_or_all(&mount.name, known.iter().copied())),
                );
            }
            if !paths.insert(mount.mount_path.trim_end_matches('/')) {
                let message = format!("two volumes are mounted at `{}`", mount.mount_path);
                sink.report(fault(Code::Conflict, self.object, path, message));
            }
        }
    }
}

/// How the stack says that something exists.
fn declare(holder: Holder, name: &str) -> String {
    match holder {
        Holder::Secret => format!("declare it: `secrets.{name}.keys = […]`"),
        Holder::ConfigMap => format!(
            "add it: `config.{name} = {{ key = \"text\" }}`; if something else makes it, write `optional = true`"
        ),
    }
}
