//! What annotations of a Service or an Ingress name: objects that its controller reads beside it.
//!
//! - GKE: <https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration> and
//!   <https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs>
//! - Traefik: <https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/>

use std::collections::BTreeMap;

use seaway_core::Sink;

use super::super::at::At;
use super::super::index::{Index, namespace};
use super::known_in;

const GKE: &str = "networking.gke.io";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects.iter().filter(|object| !object.is_own) {
        let Some(annotations) = &object.body.metadata().annotations else { continue };
        for (key, value) in annotations {
            for (around, wanted) in named(key, value, namespace(object)) {
                let path = At::path("metadata.annotations");
                let (group, kind, name) = &wanted;
                let wanted = (*group, *kind, name.as_str());
                known_in(index, object, &around, path.field(key), wanted, sink);
            }
        }
    }
}

/// The objects that an annotation names, each with its namespace.
fn named(
    key: &str,
    value: &str,
    around: &str,
) -> Vec<(String, (&'static str, &'static str, String))> {
    let here = |group, kind, name: &str| (around.to_owned(), (group, kind, name.trim().to_owned()));
    match key {
        "cloud.google.com/backend-config" => {
            let configs = backend_configs(value);
            configs.iter().map(|name| here("cloud.google.com", "BackendConfig", name)).collect()
        }
        "networking.gke.io/v1beta1.FrontendConfig" => vec![here(GKE, "FrontendConfig", value)],
        "networking.gke.io/managed-certificates" => {
            value.split(',').map(|name| here(GKE, "ManagedCertificate", name)).collect()
        }
        "traefik.ingress.kubernetes.io/router.middlewares" => {
            // `namespace-name@kubernetescrd`; what other providers of Traefik have is not the cluster's.
            let of_cluster =
                value.split(',').filter_map(|name| name.trim().strip_suffix("@kubernetescrd"));
            let ours = of_cluster.filter_map(|name| name.strip_prefix(around)?.strip_prefix('-'));
            ours.map(|name| here("traefik.io", "Middleware", name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The names in `{"default": "name"}` and `{"ports": {"http": "name"}}`.
pub(in super::super) fn backend_configs(value: &str) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Configs {
        default: Option<String>,
        #[serde(default)]
        ports: BTreeMap<String, String>,
    }
    // JSON is YAML as well. What is neither is the user's own text, and the controller's to refuse.
    let read: Option<Configs> = serde_yaml::from_str(value).ok();
    read.map_or_else(Vec::new, |read| {
        read.default.into_iter().chain(read.ports.into_values()).collect()
    })
}
