//! The claims that pods mount, and what claims are filled from.

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::PersistentVolumeClaimSpec;
use seaway_core::{Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, namespace};
use super::{dangling, known, known_in};
use crate::object::Slot;
use crate::{Body, Object};

const KIND: &str = "PersistentVolumeClaim";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::PersistentVolumeClaim(claim) => {
                if let Some(claim) = &claim.spec {
                    sources(index, object, claim, At::path("spec"), sink);
                }
            }
            Body::StatefulSet(set) => {
                let set = Slot::<StatefulSetSpec>::slot(&set.spec);
                let claims =
                    set.into_iter().flat_map(|set| set.volume_claim_templates.iter().flatten());
                for (at, claim) in claims.enumerate() {
                    let root = At::path("spec");
                    let template = root.index("volumeClaimTemplates", at);
                    if let Some(claim) = &claim.spec {
                        sources(index, object, claim, template.field("spec"), sink);
                    }
                }
            }
            _ => {}
        }
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        for volume in spec.volumes.iter().flatten() {
            let Some(claim) = &volume.persistent_volume_claim else { continue };
            let name = (namespace(object), claim.claim_name.as_str());
            if index.exists("", KIND, name) {
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

/// A claim takes a volume by its name, or is filled from a snapshot or another claim.
fn sources(
    index: &Index<'_>,
    object: &Object,
    claim: &PersistentVolumeClaimSpec,
    path: At<'_>,
    sink: &mut Sink,
) {
    if let Some(volume) = claim.volume_name.as_deref().filter(|name| !name.is_empty()) {
        let wanted = ("", "PersistentVolume", volume);
        known_in(index, object, "", path.field("volumeName"), wanted, sink);
    }
    if let Some(from) = &claim.data_source_ref {
        let around = from.namespace.as_deref().unwrap_or(namespace(object));
        let wanted = (from.api_group.as_deref().unwrap_or_default(), &*from.kind, &*from.name);
        known_in(index, object, around, path.field("dataSourceRef.name"), wanted, sink);
    } else if let Some(from) = &claim.data_source {
        let wanted = (from.api_group.as_deref().unwrap_or_default(), &*from.kind, &*from.name);
        known(index, object, path.field("dataSource.name"), wanted, sink);
    }
}
