//! The claims that pods mount.

use seaway_core::{Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, namespace};
use super::dangling;

const KIND: &str = "PersistentVolumeClaim";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        for volume in spec.volumes.iter().flatten() {
            let Some(claim) = &volume.persistent_volume_claim else { continue };
            let name = (namespace(object), claim.claim_name.as_str());
            if index.has_claim(name) {
                continue;
            }
            let volume = pod.item("volumes", &volume.name);
            let path = volume.field("persistentVolumeClaim.claimName");
            let diagnostic = dangling(index, object, path, KIND, name);
            let is_near = suggest::nearest(name.1, index.names(KIND, name.0)).is_some();
            sink.report(if is_near || !index.is_here(name.0) {
                diagnostic
            } else {
                diagnostic.help(format!(
                    "declare it: `volumes.{0}.storage = \"1Gi\"`, or `volumes.{0}.claim = \"{0}\"` if the cluster \
                     has it",
                    name.1
                ))
            });
        }
    }
}
