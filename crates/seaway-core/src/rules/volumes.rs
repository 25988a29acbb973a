//! Volumes and mounts: what is named exists, and what one pod can mount is mounted by one.

use std::collections::BTreeMap;

use crate::declared::Declared;
use crate::options::{AccessMode, Mount, MountSource, Scratch};
use crate::stack::Part;
use crate::stack::{unknown_config, unknown_secret};
use crate::values::{DataKey, MountPath, Name};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack, suggest};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for (name, volume) in &stack.volumes {
        let fault = match (&volume.storage, &volume.claim) {
            (None, None) => "neither `storage` nor `claim`",
            (Some(_), Some(_)) => "both `storage` and `claim`",
            _ => continue,
        };
        if declared.at_fault(["volumes", &*name.value]) {
            continue;
        }
        sink.report(
            Diagnostic::error(Code::Conflict, format!("volume `{name}` has {fault}"))
                .origin(name.origin, "")
                .help("write `storage` for a new claim, or `claim` for an existing one"),
        );
    }
    let mut users: BTreeMap<&Name, Vec<(&Part, Origin)>> = BTreeMap::new();
    for part in stack.parts.values() {
        let all = part
            .shared
            .mounts
            .iter()
            .chain(part.containers().flat_map(|container| &container.mounts));
        for (path, mount) in all {
            if !declared.option_at_fault(&part.name, &["mounts", path]) {
                mount_fault(declared, stack, path, mount, sink);
            }
            if let Some(MountSource::Volume(volume)) = mount.source() {
                let of_volume = users.entry(&volume.value).or_default();
                if !of_volume.iter().any(|(user, _)| user.name == part.name) {
                    of_volume.push((part, volume.origin));
                }
            }
        }
    }
    for part in stack.parts.values() {
        scratch(part, sink);
    }
    for (volume, users) in users {
        if !declared.at_fault(["volumes", volume]) {
            shared(stack, volume, &users, sink);
        }
    }
}

/// A scratch volume that containers share has one size.
fn scratch(part: &Part, sink: &mut Sink) {
    let mut known: BTreeMap<(bool, &str), (&Name, &Sourced<Scratch>)> = BTreeMap::new();
    let main = part.shared.mounts.iter().map(|mount| (&part.name.value, false, mount));
    let containers = part.shared.sidecars.iter().map(|one| (one, one.image.is_some()));
    let init = part.component.pod().into_iter().flat_map(|pod| &pod.init_containers);
    let containers = containers.chain(init.map(|one| (one, false)));
    let others = containers.flat_map(|(one, is_stranger)| {
        one.mounts.iter().map(move |mount| (&one.name.value, is_stranger, mount))
    });
    for (container, is_stranger, (path, mount)) in main.chain(others) {
        let Some(MountSource::Scratch(scratch)) = mount.source() else { continue };
        let key = match scratch.name() {
            Some(name) => (true, &*name.value as &str),
            None if is_stranger => continue,
            None => (false, &**path as &str),
        };
        let (first, other) = *known.entry(key).or_insert((container, scratch));
        let same = (other.size(), other.in_memory()) == (scratch.size(), scratch.in_memory());
        if !same {
            let what = if key.0 { "the scratch volume" } else { "the scratch at" };
            let message =
                format!("{what} `{}` is not the same for `{first}` and `{container}`", key.1);
            sink.report(
                Diagnostic::error(Code::Conflict, message)
                    .origin(scratch.origin, "")
                    .origin(other.origin, "the same volume")
                    .help("write the same size for both, or another path or name for one of them"),
            );
        }
    }
}

fn mount_fault(
    declared: &Declared<'_>,
    stack: &Stack,
    path: &Sourced<MountPath>,
    mount: &Sourced<Mount>,
    sink: &mut Sink,
) {
    let Some(source) = mount.source() else {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{path}` mounts not exactly one thing"))
                .origin(mount.origin, "")
                .help("write one of `volume`, `config`, `secret`, `secrets` and `scratch`"),
        );
        return;
    };
    sub_path(mount, source, sink);
    mode(mount, source, sink);
    named(declared, stack, source, mount.key.as_ref(), sink);
}

/// Whether what is named is there, with its key.
pub(super) fn named(
    declared: &Declared<'_>,
    stack: &Stack,
    source: MountSource<'_>,
    key: Option<&Sourced<DataKey>>,
    sink: &mut Sink,
) {
    match source {
        MountSource::Volume(volume) => {
            if !stack.volumes.contains_key(volume) && !declared.has("volumes", volume) {
                sink.report(unknown_volume(stack, volume));
            }
            no_key(key, sink);
        }
        MountSource::Scratch(_) => no_key(key, sink),
        MountSource::Config(config) => match stack.config.get(&config.value) {
            None if declared.has("config", config) => {}
            None => sink.report(unknown_config(
                stack.config_names(),
                config,
                config.span().unwrap_or_default(),
            )),
            Some(found) if !declared.at_fault(["config", &*config.value]) => {
                // A key whose file is missing is there, and was reported.
                let is_declared = |key: &&Sourced<DataKey>| {
                    declared.root.at(["config", &*config.value, &*key.value]).is_some()
                };
                let key = key.filter(|key| !is_declared(key));
                let known: Vec<&DataKey> = found.data.keys().map(|key| &key.value).collect();
                has_key("config", config, key, &known, sink);
            }
            Some(_) => {}
        },
        MountSource::Secrets(secrets) => {
            for secret in secrets {
                named(declared, stack, MountSource::Secret(secret), None, sink);
            }
            no_key(key, sink);
            files_of_several(stack, secrets, sink);
        }
        MountSource::Secret(secret) => match stack.secrets.get(&secret.value) {
            None if declared.has("secrets", secret) => {}
            None => sink.report(unknown_secret(
                stack.secret_names(),
                secret,
                secret.span().unwrap_or_default(),
            )),
            Some(found) if !declared.at_fault(["secrets", &*secret.value]) => {
                let known: Vec<&DataKey> = found.keys.keys().collect();
                has_key("Secret", secret, key, &known, sink);
            }
            Some(_) => {}
        },
    }
}

fn sub_path(mount: &Sourced<Mount>, source: MountSource<'_>, sink: &mut Sink) {
    let Some(path) = &mount.sub_path else { return };
    let outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
    if !matches!(source, MountSource::Volume(_)) {
        sink.report(
            Diagnostic::error(Code::Conflict, "only a volume has folders")
                .origin(path.origin, "")
                .help("write `key` for one file of a config or Secret"),
        );
    } else if outside {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("`{path}` leads out of the volume"))
                .origin(path.origin, "")
                .help("write a path without `..` that does not start with `/`"),
        );
    }
}

/// Secrets in one folder with a key of the same name: the kubelet refuses the pod.
fn files_of_several(stack: &Stack, secrets: &[Sourced<Name>], sink: &mut Sink) {
    let mut known: BTreeMap<&DataKey, &Sourced<Name>> = BTreeMap::new();
    for secret in secrets {
        let contract = stack.secrets.get(&secret.value);
        for key in contract.into_iter().flat_map(|contract| contract.keys.keys()) {
            let Some(other) = known.insert(key, secret) else { continue };
            let message = format!("the Secrets `{other}` and `{secret}` both have a key `{key}`");
            sink.report(
                Diagnostic::error(Code::TwoWriters, message)
                    .origin(secret.origin, "one folder has one file of a name")
                    .origin(other.origin, "")
                    .help("mount them at two paths, or one key alone with `secret` and `key`"),
            );
            return;
        }
    }
}

fn mode(mount: &Sourced<Mount>, source: MountSource<'_>, sink: &mut Sink) {
    let has_files = match source {
        MountSource::Config(_) | MountSource::Secret(_) | MountSource::Secrets(_) => true,
        MountSource::Volume(_) | MountSource::Scratch(_) => false,
    };
    if let Some(mode) = mount.mode.as_ref().filter(|_| !has_files) {
        sink.report(
            Diagnostic::error(Code::Conflict, "only files of a config or Secret have a `mode`")
                .origin(mode.origin, "")
                .help("remove it: what writes a file sets its permissions"),
        );
    }
}

fn no_key(key: Option<&Sourced<DataKey>>, sink: &mut Sink) {
    if let Some(key) = key {
        sink.report(
            Diagnostic::error(Code::Conflict, "only a config or a Secret has keys")
                .origin(key.origin, ""),
        );
    }
}

fn unknown_volume(stack: &Stack, volume: &Sourced<Name>) -> Diagnostic {
    let known = stack.volumes.keys().map(|name| &*name.value);
    Diagnostic::error(Code::UnknownVolume, format!("unknown volume `{volume}`"))
        .origin(volume.origin, "not part of this stage")
        .help(
            suggest::nearest_or_all(volume, known)
                .unwrap_or_else(|| format!("add it: `volumes.{volume} = {{ storage = \"1Gi\" }}`")),
        )
}

fn has_key(
    what: &str,
    name: &Sourced<Name>,
    key: Option<&Sourced<DataKey>>,
    known: &[&DataKey],
    sink: &mut Sink,
) {
    let Some(key) = key.filter(|key| !known.contains(&&key.value)) else { return };
    sink.report(
        Diagnostic::error(Code::UnknownKey, format!("{what} `{name}` has no key `{key}`"))
            .origin(key.origin, "")
            .help_maybe(suggest::nearest_or_all(key, known.iter().map(|key| &***key))),
    );
}

/// One pod's volume in several pods: they wait for each other for ever (GoogleCloudPlatform/kubernetes-engine-samples#90).
fn shared(stack: &Stack, volume: &Name, users: &[(&Part, Origin)], sink: &mut Sink) {
    let Some((_, options)) = stack.volumes.iter().find(|(name, _)| name.value == *volume) else {
        return;
    };
    let mode = match (&options.access_mode, &options.claim) {
        (Some(mode), _) => mode.value,
        // What an existing claim allows is not known here.
        (None, Some(_)) => return,
        (None, None) => AccessMode::ReadWriteOnce,
    };
    if matches!(mode, AccessMode::ReadWriteMany | AccessMode::ReadOnlyMany) {
        return;
    }
    let pods: u32 = users.iter().map(|(part, _)| u32::from(part.facts.most_pods)).sum();
    if pods <= 1 {
        return;
    }
    let names: Vec<&Name> = users.iter().map(|(part, _)| &part.name.value).collect();
    let message = format!("volume `{volume}` is mounted by {pods} pods and can be mounted by one");
    // On the one node of a laptop any number of pods mount it.
    let may_fit = mode == AccessMode::ReadWriteOnce && !stack.is_production();
    let mut diagnostic = if may_fit {
        Diagnostic::warning(Code::SharedVolume, message)
    } else {
        Diagnostic::error(Code::SharedVolume, message)
    }
    .subject(&**volume)
    .note(format!("pods of {}", suggest::quoted_list(&names)));
    for (_, origin) in users {
        diagnostic = diagnostic.origin(*origin, "");
    }
    for replicas in users.iter().filter_map(|(part, _)| part.facts.replicas.as_ref()) {
        if replicas.span().is_none() {
            diagnostic = diagnostic.origin(replicas.origin, "");
        }
    }
    sink.report(diagnostic.help(format!(
        "write `volumes.{volume}.access-mode = \"ReadWriteMany\"` with a storage class that has it, or keep the \
         files in object storage"
    )));
}
