//! Files of Seaway's own that containers name: each lies in a volume that the container mounts there.
//!
//! What the application or another program looks for below its own paths is theirs to know.

use k8s_openapi::api::core::v1::{Container, PodSpec, VolumeMount};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::mounts::Files;
use crate::containers;

/// Folders of Seaway's own in containers: scripts, configs, certificates, and Secrets.
const OURS: [&str; 4] =
    ["/opt/seaway/", "/etc/seaway/", "/etc/ssl/seaway/", "/run/secrets/seaway/"];

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let (pod, files) = (At::path(path), Files { index, object });
        for (list, container) in containers::all(spec) {
            let path = pod.item(list, &container.name);
            words(container, path, &mut |word, path| {
                file(&files, spec, (container, word), path, sink);
            });
        }
    }
}

/// Visits what may name a file: commands, arguments, commands of probes, and variables.
fn words(container: &Container, path: At<'_>, visit: &mut impl FnMut(&str, At<'_>)) {
    let probes = [
        ("startupProbe", &container.startup_probe),
        ("readinessProbe", &container.readiness_probe),
        ("livenessProbe", &container.liveness_probe),
    ];
    let asked = probes
        .iter()
        .filter_map(|(name, probe)| Some((*name, &probe.as_ref()?.exec.as_ref()?.command)));
    let lists = [("command", &container.command), ("args", &container.args)];
    let lists = lists.into_iter().chain(asked);
    for (name, list) in lists {
        let path = path.field(name);
        for word in list.iter().flatten() {
            visit(word, path);
        }
    }
    for variable in container.env.iter().flatten() {
        if let Some(value) = &variable.value {
            visit(value, path.item("env", &variable.name));
        }
    }
}

/// The file that a word names, if it is one of ours: `/opt/seaway/a.py`, `--config=/etc/seaway/a.yaml`.
fn named(word: &str) -> Option<&str> {
    let value = match word.split_once('=') {
        Some((option, value)) if option.starts_with('-') => value,
        _ => word,
    };
    let is_one = !value.contains(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';'));
    OURS.iter().any(|folder| value.starts_with(folder)).then_some(value).filter(|_| is_one)
}

fn file(
    files: &Files<'_>,
    spec: &PodSpec,
    (container, word): (&Container, &str),
    path: At<'_>,
    sink: &mut Sink,
) {
    let Some(wanted) = named(word) else { return };
    let mounts = container.volume_mounts.iter().flatten();
    let below = mounts.filter_map(|mount| Some((mount, below(mount, wanted)?)));
    let Some((mount, rest)) = below.min_by_key(|(_, rest)| rest.len()) else {
        let message = format!("nothing is mounted at `{wanted}`");
        sink.report(fault(Code::DanglingReference, files.object, path, message).help(format!(
            "mount the volume with that file in the container `{}`",
            container.name
        )));
        return;
    };
    if !rest.is_empty() && mount.sub_path.is_none() {
        files.has(spec, &mount.name, rest, path, sink);
    }
}

/// What is left of a path below the place of a mount.
fn below<'a>(mount: &VolumeMount, path: &'a str) -> Option<&'a str> {
    let path = path.trim_end_matches('/');
    let rest = path.strip_prefix(mount.mount_path.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}
