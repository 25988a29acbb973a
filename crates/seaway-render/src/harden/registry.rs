//! The registry that images are pulled from, in place of the one that their names say.

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::Sourced;
use seaway_core::options::Registry;
use seaway_core::values::Image;

use crate::Object;
use crate::containers::{INIT, MAIN};
use crate::object::joined;

/// Renames the images of an object: those of its containers, and those that it mounts. What is no image is told elsewhere.
pub(super) fn pulled(object: &mut Object, registry: &Sourced<Registry>) {
    let Some((_, path)) = object.body.pod_spec() else { return };
    let is_own = object.is_own;
    let Some(spec) = object.body.pod_spec_mut() else { return };
    let origins = &mut object.origins;
    for (path, image) in images(spec, path) {
        let Ok(written) = Image::try_from(image.clone()) else { continue };
        let is_chosen = !is_own && origins.of(&path).is_chosen();
        if let Some(pulled) = registry.pulled(&written, is_chosen) {
            *image = pulled.to_string();
            origins.set(path, registry.instead_of(&written).unwrap_or(registry.origin));
        }
    }
}

/// The images of a pod, each with its path.
fn images<'a>(spec: &'a mut PodSpec, pod: &str) -> Vec<(String, &'a mut String)> {
    let PodSpec { containers, init_containers, volumes, .. } = spec;
    let init = init_containers.iter_mut().flatten().map(|one| (INIT, one));
    let main = containers.iter_mut().map(|one| (MAIN, one));
    let of_containers = init.chain(main).filter_map(|(list, container)| {
        let path = joined(&[pod, ".", list, "[", &container.name, "].image"]);
        Some((path, container.image.as_mut()?))
    });
    let of_volumes = volumes.iter_mut().flatten().filter_map(|volume| {
        let path = joined(&[pod, ".volumes[", &volume.name, "].image.reference"]);
        Some((path, volume.image.as_mut()?.reference.as_mut()?))
    });
    of_containers.chain(of_volumes).collect()
}
