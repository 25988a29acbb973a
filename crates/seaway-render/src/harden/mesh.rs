//! How pods ask for the proxy of a service mesh, or for none.

use seaway_core::options::Mesh;
use seaway_core::{Sourced, Stack};

use crate::{Body, Object, object};

/// What a pod carries to join a mesh, and to stay out of it.
struct Word {
    /// The list of the metadata that it stands in.
    list: &'static str,
    key: &'static str,
    joins: &'static str,
    stays_out: &'static str,
}

fn word(mesh: Mesh) -> Word {
    match mesh {
        // https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
        Mesh::Istio => Word {
            list: "labels",
            key: "sidecar.istio.io/inject",
            joins: "true",
            stays_out: "false",
        },
        // https://istio.io/latest/docs/ambient/usage/add-workloads/
        Mesh::IstioAmbient => Word {
            list: "labels",
            key: "istio.io/dataplane-mode",
            joins: "ambient",
            stays_out: "none",
        },
        // https://linkerd.io/2/features/proxy-injection/
        Mesh::Linkerd => Word {
            list: "annotations",
            key: "linkerd.io/inject",
            joins: "enabled",
            stays_out: "disabled",
        },
    }
}

/// Lets the pods of a component join the mesh of the cluster, or keeps them out of it: a Job ends when its containers do, and a
/// proxy beside them goes on (istio/istio#52742). Without a proxy in the pod a Job can be part of a mesh.
pub(super) fn joined(stack: &Stack, object: &mut Object) {
    let Some(Sourced { value: mesh, origin }) = stack.cluster.mesh else { return };
    if object.component.is_none() {
        return;
    }
    let ends = matches!(object.body, Body::Job(_) | Body::CronJob(_));
    let Word { list, key, joins, stays_out } = word(mesh);
    let value = if ends && mesh != Mesh::IstioAmbient { stays_out } else { joins };
    let Some(path) = object.body.pod_template().map(|(_, path)| path) else { return };
    let Some(template) = object.body.pod_template_mut() else { return };
    let metadata = template.metadata.get_or_insert_default();
    let entries = if list == "labels" { &mut metadata.labels } else { &mut metadata.annotations };
    let entries = entries.get_or_insert_default();
    if !entries.contains_key(key) {
        entries.insert(key.to_owned(), value.to_owned());
        object.origins.set(object::joined(&[path, ".metadata.", list, ".", key]), origin);
    }
}
