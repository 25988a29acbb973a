//! The volumes that containers mount, and the files of configs and Secrets that they mount alone.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{KeyToPath, PodSpec, Volume, VolumeMount, VolumeProjection};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, Known, fault, namespace};
use crate::object::Slot;
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let volumes = spec.volumes.iter().flatten().map(|volume| volume.name.as_str());
        let known: BTreeSet<&str> = volumes.chain(claim_templates(object)).collect();
        let pod = At::path(path);
        for (list, container) in containers::all(spec) {
            let path = pod.item(list, &container.name);
            for mount in container.volume_mounts.iter().flatten() {
                let path = path.item("volumeMounts", &mount.mount_path);
                if known.contains(mount.name.as_str()) {
                    file(&Files { index, object }, spec, mount, path, sink);
                } else {
                    unknown(object, path.field("name"), &mount.name, &known, sink);
                }
            }
            let devices = container.volume_devices.iter().flatten();
            for device in devices.filter(|device| !known.contains(device.name.as_str())) {
                let path = path.item("volumeDevices", &device.device_path);
                unknown(object, path.field("name"), &device.name, &known, sink);
            }
        }
    }
}

/// A StatefulSet gives each of its pods a volume by each of its claim templates.
fn claim_templates(object: &Object) -> impl Iterator<Item = &str> {
    let templates = match &object.body {
        Body::StatefulSet(set) => Slot::<StatefulSetSpec>::slot(&set.spec)
            .and_then(|spec| spec.volume_claim_templates.as_ref()),
        _ => None,
    };
    templates.into_iter().flatten().filter_map(|claim| claim.metadata.name.as_deref())
}

fn unknown(object: &Object, path: At<'_>, name: &str, known: &BTreeSet<&str>, sink: &mut Sink) {
    let message = format!("the pod has no volume `{name}`");
    sink.report(
        fault(Code::DanglingReference, object, path, message)
            .help_maybe(suggest::nearest_or_all(name, known.iter().copied())),
    );
}

/// A file that is mounted alone is one of its volume: for any other one a folder is made
/// (<https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath>).
fn file(cx: &Files<'_>, spec: &PodSpec, mount: &VolumeMount, path: At<'_>, sink: &mut Sink) {
    let Some(wanted) = mount.sub_path.as_deref().map(|wanted| wanted.trim_end_matches('/')) else {
        return;
    };
    if !wanted.is_empty() {
        cx.has(spec, &mount.name, wanted, path.field("subPath"), sink);
    }
}

/// The files of the volumes of an object's pods.
pub(super) struct Files<'a> {
    pub(super) index: &'a Index<'a>,
    pub(super) object: &'a Object,
}

impl Files<'_> {
    /// Reports a file or folder that a volume does not have, where it is known what it has.
    pub(super) fn has(
        &self,
        spec: &PodSpec,
        name: &str,
        wanted: &str,
        path: At<'_>,
        sink: &mut Sink,
    ) {
        let volume = spec.volumes.iter().flatten().find(|volume| volume.name == name);
        let Some(volume) = volume else { return };
        let mut found = false;
        let is_known = self.each(volume, &mut |file| {
            let rest = file.strip_prefix(wanted);
            found |= rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        });
        if found || !is_known {
            return;
        }
        let mut files = Vec::new();
        self.each(volume, &mut |file| files.push(file.to_owned()));
        let message = format!("the volume `{name}` has no file `{wanted}`");
        sink.report(
            fault(Code::UnknownKey, self.object, path, message)
                .help_maybe(suggest::nearest_or_all(wanted, files.iter().map(String::as_str))),
        );
    }

    /// Visits the files of a volume; whether these are all that it has.
    fn each(&self, volume: &Volume, visit: &mut impl FnMut(&str)) -> bool {
        let Index { configs, secrets, .. } = self.index;
        if let Some(from) = &volume.config_map {
            return self.keys(from.items.as_deref(), configs, &from.name, visit);
        }
        if let Some(from) = &volume.secret {
            let name = from.secret_name.as_deref().unwrap_or_default();
            return self.keys(from.items.as_deref(), secrets, name, visit);
        }
        if let Some(from) = &volume.downward_api {
            for item in from.items.iter().flatten() {
                visit(&item.path);
            }
            return true;
        }
        let Some(projected) = &volume.projected else { return false };
        projected.sources.iter().flatten().all(|source| self.source(source, visit))
    }

    fn source(&self, source: &VolumeProjection, visit: &mut impl FnMut(&str)) -> bool {
        let Index { configs, secrets, .. } = self.index;
        if let Some(from) = &source.config_map {
            self.keys(from.items.as_deref(), configs, &from.name, visit)
        } else if let Some(from) = &source.secret {
            self.keys(from.items.as_deref(), secrets, &from.name, visit)
        } else if let Some(from) = &source.downward_api {
            for item in from.items.iter().flatten() {
                visit(&item.path);
            }
            true
        } else if let Some(from) = &source.service_account_token {
            visit(&from.path);
            true
        } else {
            false
        }
    }

    /// The chosen keys of a config or Secret, or all that it has.
    fn keys(
        &self,
        items: Option<&[KeyToPath]>,
        known: &Known<'_>,
        name: &str,
        visit: &mut impl FnMut(&str),
    ) -> bool {
        if let Some(items) = items.filter(|items| !items.is_empty()) {
            for item in items {
                visit(&item.path);
            }
            return true;
        }
        let keys = known.get(&(namespace(self.object), name));
        for key in keys.into_iter().flatten() {
            visit(key);
        }
        keys.is_some()
    }
}
