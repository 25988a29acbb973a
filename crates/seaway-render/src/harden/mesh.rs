//! How pods ask for the proxy of a service mesh, or for none.

use seaway_core::options::{Mesh, MeshMark};
use seaway_core::{Sourced, Stack};

use crate::{Body, Object, object};

/// Lets the pods of a component join the mesh of the cluster, or keeps them out of it: a Job ends when its containers do, and a
/// proxy beside them goes on (istio/istio#52742). Without a proxy in the pod a Job can be part of a mesh.
pub(super) fn joined(stack: &Stack, object: &mut Object) {
    let Some(Sourced { value: mesh, origin }) = stack.cluster.mesh else { return };
    if object.component.is_none() {
        return;
    }
    let ends = matches!(object.body, Body::Job(_) | Body::CronJob(_));
    let MeshMark { is_label, key, joins, stays_out } = mesh.mark();
    let value = if ends && mesh != Mesh::IstioAmbient { stays_out } else { joins };
    let Some(path) = object.body.pod_template().map(|(_, path)| path) else { return };
    let Some(template) = object.body.pod_template_mut() else { return };
    let metadata = template.metadata.get_or_insert_default();
    let (list, entries) = if is_label {
        ("labels", &mut metadata.labels)
    } else {
        ("annotations", &mut metadata.annotations)
    };
    let entries = entries.get_or_insert_default();
    if !entries.contains_key(key) {
        entries.insert(key.to_owned(), value.to_owned());
        object.origins.set(object::joined(&[path, ".metadata.", list, ".", key]), origin);
    }
}
