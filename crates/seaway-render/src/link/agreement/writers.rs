//! Two things at one place of a pod: one hides the other, or can not start.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    Container, DownwardAPIVolumeFile, KeyToPath, PodSpec, ProjectedVolumeSource, Volume,
};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, Known, fault, namespace};
use crate::{Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        for (list, container) in containers::all(spec) {
            mounts(object, container, pod.item(list, &container.name), sink);
        }
        ports(object, spec, pod, sink);
        for volume in spec.volumes.iter().flatten() {
            files(index, object, volume, pod.item("volumes", &volume.name), sink);
        }
    }
}

/// The API server refuses two mounts at one path (`ValidateVolumeMounts` in `pkg/apis/core/validation/validation.go` of
/// Kubernetes), but takes `/a/` for another path than `/a`.
fn mounts(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let mut paths = BTreeSet::new();
    for mount in container.volume_mounts.iter().flatten() {
        if !paths.insert(mount.mount_path.trim_end_matches('/')) {
            let message = format!("two volumes are mounted at `{}`", mount.mount_path);
            let path = path.item("volumeMounts", &mount.mount_path);
            sink.report(
                fault(Code::TwoWriters, object, path, message).help("mount each at its own path"),
            );
        }
    }
}

/// The containers of a pod share its network: only one of them can listen on a port
/// (<https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking>). Those that run before the others are gone by
/// then, but for sidecars.
fn ports(object: &Object, spec: &PodSpec, pod: At<'_>, sink: &mut Sink) {
    let mut takers = BTreeMap::new();
    let has_ports = |(_, container): &(&str, &Container)| {
        container.ports.as_ref().is_some_and(|ports| !ports.is_empty())
    };
    let listening = containers::running(spec).filter(has_ports);
    if listening.clone().nth(1).is_none() {
        return;
    }
    for (list, container) in listening {
        for (at, port) in container.ports.iter().flatten().enumerate() {
            let key = (port.container_port, port.protocol.as_deref().unwrap_or("TCP"));
            let other: &str = takers.entry(key).or_insert(container.name.as_str());
            if other != container.name {
                let place = pod.item(list, &container.name);
                let path = place.item_or_index("ports", port.name.as_deref(), at);
                let message = format!(
                    "the containers `{other}` and `{}` both listen on port {}",
                    container.name, key.0
                );
                sink.report(
                    fault(Code::TwoWriters, object, path, message)
                        .help("let one of them listen on another port: they share one network"),
                );
            }
        }
    }
}

/// A file of a volume that comes from two keys.
fn files(index: &Index<'_>, object: &Object, volume: &Volume, path: At<'_>, sink: &mut Sink) {
    let mut files = Files { object, seen: BTreeSet::new(), sink };
    if let Some(from) = &volume.config_map {
        files.items(from.items.as_deref(), path.field("configMap"));
    }
    if let Some(from) = &volume.secret {
        files.items(from.items.as_deref(), path.field("secret"));
    }
    if let Some(from) = &volume.downward_api {
        files.fields(from.items.as_deref(), path.field("downwardAPI"));
    }
    if let Some(projected) = &volume.projected {
        files.projected(index, projected, path);
    }
}

struct Files<'a, 's> {
    object: &'a Object,
    seen: BTreeSet<&'a str>,
    sink: &'s mut Sink,
}

impl<'a> Files<'a, '_> {
    fn add(&mut self, file: &'a str, path: At<'_>) {
        if !self.seen.insert(file) {
            let message = format!("two keys become the file `{file}` of one volume");
            self.sink.report(
                fault(Code::TwoWriters, self.object, path, message)
                    .help("give each a `path` of its own"),
            );
        }
    }

    fn items(&mut self, items: Option<&'a [KeyToPath]>, path: At<'_>) {
        for (at, item) in items.into_iter().flatten().enumerate() {
            self.add(&item.path, path.index("items", at).field("path"));
        }
    }

    fn fields(&mut self, items: Option<&'a [DownwardAPIVolumeFile]>, path: At<'_>) {
        for (at, item) in items.into_iter().flatten().enumerate() {
            self.add(&item.path, path.index("items", at).field("path"));
        }
    }

    /// The chosen keys of a source, or all that it has.
    fn keys(
        &mut self,
        items: Option<&'a [KeyToPath]>,
        known: &Known<'a>,
        name: &str,
        path: At<'_>,
    ) {
        if items.is_some_and(|items| !items.is_empty()) {
            self.items(items, path);
            return;
        }
        let keys = known.get(&(namespace(self.object), name));
        for key in keys.into_iter().flatten() {
            self.add(key, path.field("name"));
        }
    }

    fn projected(&mut self, index: &Index<'a>, projected: &'a ProjectedVolumeSource, path: At<'_>) {
        for (at, source) in projected.sources.iter().flatten().enumerate() {
            let path = path.index("projected.sources", at);
            if let Some(from) = &source.config_map {
                self.keys(
                    from.items.as_deref(),
                    &index.configs,
                    &from.name,
                    path.field("configMap"),
                );
            }
            if let Some(from) = &source.secret {
                self.keys(from.items.as_deref(), &index.secrets, &from.name, path.field("secret"));
            }
            if let Some(from) = &source.downward_api {
                self.fields(from.items.as_deref(), path.field("downwardAPI"));
            }
            if let Some(from) = &source.service_account_token {
                self.add(&from.path, path.field("serviceAccountToken.path"));
            }
            if let Some(from) = &source.cluster_trust_bundle {
                self.add(&from.path, path.field("clusterTrustBundle.path"));
            }
        }
    }
}
