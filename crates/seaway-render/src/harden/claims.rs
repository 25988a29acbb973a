//! The storage class of claims that name none.

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::PersistentVolumeClaimSpec;
use seaway_core::Sourced;

use crate::object::{Slot, joined};
use crate::{Body, Object};

/// Gives the claims of an object a storage class.
pub(super) fn classed(object: &mut Object, class: &Sourced<String>) {
    match &mut object.body {
        Body::PersistentVolumeClaim(claim) => {
            let is_named = claim.spec.as_mut().is_some_and(|claim| name(claim, class));
            if is_named {
                object.origins.set("spec.storageClassName", class.origin);
            }
        }
        Body::StatefulSet(set) => {
            let spec = Slot::<StatefulSetSpec>::slot_mut(&mut set.spec);
            let templates = spec.volume_claim_templates.iter_mut().flatten();
            for (at, template) in templates.enumerate() {
                if template.spec.as_mut().is_some_and(|claim| name(claim, class)) {
                    let path = format!("spec.volumeClaimTemplates[{at}].spec.storageClassName");
                    object.origins.set(path, class.origin);
                }
            }
        }
        _ => {}
    }
    let Some((_, path)) = object.body.pod_spec() else { return };
    let Some(spec) = object.body.pod_spec_mut() else { return };
    for volume in spec.volumes.iter_mut().flatten() {
        let template = volume.ephemeral.as_mut().and_then(|own| own.volume_claim_template.as_mut());
        let Some(template) = template else { continue };
        if name(Slot::<PersistentVolumeClaimSpec>::slot_mut(&mut template.spec), class) {
            let of_claim = "].ephemeral.volumeClaimTemplate.spec.storageClassName";
            let path = joined(&[path, ".volumes[", &volume.name, of_claim]);
            object.origins.set(path, class.origin);
        }
    }
}

/// Names the class, unless the claim names one, or the volume itself.
fn name(claim: &mut PersistentVolumeClaimSpec, class: &Sourced<String>) -> bool {
    let is_free = claim.storage_class_name.is_none() && claim.volume_name.is_none();
    if is_free {
        claim.storage_class_name = Some(class.value.clone());
    }
    is_free
}
