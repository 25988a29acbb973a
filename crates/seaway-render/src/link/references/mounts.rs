//! The volumes that containers mount.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::object::Slot;
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let volumes = spec.volumes.iter().flatten().map(|volume| volume.name.as_str());
        let known: BTreeSet<&str> = volumes.chain(claim_templates(object)).collect();
        let pod = At::path(path);
        let init = spec.init_containers.iter().flatten().map(|one| ("initContainers", one));
        let main = spec.containers.iter().map(|one| ("containers", one));
        for (list, container) in init.chain(main) {
            let path = pod.item(list, &container.name);
            let mounts = container.volume_mounts.iter().flatten();
            for mount in mounts.filter(|mount| !known.contains(mount.name.as_str())) {
                let path = path.item("volumeMounts", &mount.mount_path);
                unknown(object, path.field("name"), &mount.name, &known, sink);
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
