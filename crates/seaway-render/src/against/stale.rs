//! Configs that change while the pods that read them stay as they are.
//!
//! A process sees its environment, and a file that is mounted by `subPath`, as they were when it started. What Seaway
//! generates is safe: names and checksums carry the content. A user's own object in another namespace is not.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, KeyToPath, PodSpec, Volume};
use seaway_core::shell::command;
use seaway_core::{Code, Diagnostic, Severity, Sink};

use super::same::{fields, same};
use super::{Both, Revisions, at, namespace_flag, resource};
use crate::fault::fault;
use crate::object::{Id, namespace};

use crate::{Object, containers};

/// Kinds that replace their pods when the template changes. The others make new pods anyway, or never again.
const ROLLING: [&str; 3] = ["DaemonSet", "Deployment", "StatefulSet"];

/// Keys with other content than before, by kind, namespace and name.
type Changed<'a> = BTreeMap<(&'static str, &'a str, &'a str), BTreeSet<&'a str>>;

/// One error for each workload and each config that it reads and whose change it does not notice.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    let changed = changed(revisions);
    if changed.is_empty() {
        return;
    }
    for (id, object) in revisions.new.iter().filter(|(id, _)| ROLLING.contains(&id.1)) {
        let (Some((template, path)), Some(old)) =
            (object.body.pod_template(), revisions.old_tree(*id))
        else {
            continue;
        };
        let Some(spec) = &template.spec else { continue };
        if !same(at(old, path), revisions.tree(*id).and_then(|new| at(new, path))) {
            continue;
        }
        let mut told = BTreeSet::new();
        let mut uses = uses(spec);
        uses.sort_by_key(|using| using.is_refreshed);
        for using in uses {
            let name = (using.kind, namespace(object), using.name);
            let mut keys = changed.get(&name).into_iter().flatten();
            let read = keys.find(|key| using.key.is_none_or(|read| read == **key));
            if let Some(key) = read
                && told.insert(name)
            {
                sink.report(stale(revisions, (*id, object), &using, key));
            }
        }
    }
}

/// What changes in the configs and Secrets that both outputs have.
fn changed<'r>(revisions: &'r Revisions<'_>) -> Changed<'r> {
    let mut changed = Changed::new();
    let is_config = |id: Id<'_>| id.0.is_empty() && matches!(id.1, "ConfigMap" | "Secret");
    for Both { id, old, new, .. } in revisions.differing(is_config) {
        let kind = if id.1 == "Secret" { "Secret" } else { "ConfigMap" };
        for part in ["data", "binaryData"] {
            let (was, is) = (at(old, part), at(new, part));
            let keys = fields(was, is).into_iter().filter(|key| {
                !same(was.and_then(|was| was.get(key)), is.and_then(|is| is.get(key)))
            });
            let keys: Vec<&str> = keys.collect();
            if !keys.is_empty() {
                changed.entry((kind, id.2.0, id.2.1)).or_default().extend(keys);
            }
        }
    }
    changed
}

/// A place where a pod reads a config or a Secret.
struct Use<'a> {
    kind: &'static str,
    name: &'a str,
    /// The key; none if it reads all of them.
    key: Option<&'a str>,
    /// From the template's spec.
    path: String,
    /// Whether the kubelet replaces the files while the pod runs.
    is_refreshed: bool,
}

fn uses(spec: &PodSpec) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    for (list, container) in containers::all(spec) {
        let path = format!("{list}[{}]", container.name);
        environment(container, &path, &mut found);
        for mount in container.volume_mounts.iter().flatten() {
            let mut volumes = spec.volumes.iter().flatten();
            let Some(volume) = volumes.find(|volume| volume.name == mount.name) else { continue };
            let sub_path = mount.sub_path.as_deref().filter(|path| !path.is_empty());
            let path = format!("{path}.volumeMounts[{}]", mount.mount_path);
            files(volume, sub_path, &path, &mut found);
        }
    }
    found
}

fn environment<'a>(container: &'a Container, path: &str, found: &mut Vec<Use<'a>>) {
    for variable in container.env.iter().flatten() {
        let Some(from) = &variable.value_from else { continue };
        let config = from.config_map_key_ref.as_ref();
        let config = config.map(|source| ("ConfigMap", &source.name, &source.key));
        let secret = from.secret_key_ref.as_ref();
        let secret = secret.map(|source| ("Secret", &source.name, &source.key));
        for (kind, name, key) in config.into_iter().chain(secret) {
            let path = format!("{path}.env[{}]", variable.name);
            found.push(Use { kind, name, key: Some(key), path, is_refreshed: false });
        }
    }
    for (index, source) in container.env_from.iter().flatten().enumerate() {
        let config = source.config_map_ref.as_ref().map(|source| ("ConfigMap", &source.name));
        let secret = source.secret_ref.as_ref().map(|source| ("Secret", &source.name));
        for (kind, name) in config.into_iter().chain(secret) {
            let path = format!("{path}.envFrom[{index}]");
            found.push(Use { kind, name, key: None, path, is_refreshed: false });
        }
    }
}

fn files<'a>(volume: &'a Volume, sub_path: Option<&'a str>, path: &str, found: &mut Vec<Use<'a>>) {
    type Source<'a> = (&'static str, &'a str, Option<&'a Vec<KeyToPath>>);
    let config = volume.config_map.as_ref();
    let config = config.map(|source| ("ConfigMap", source.name.as_str(), source.items.as_ref()));
    let secret = volume.secret.as_ref();
    let secret = secret
        .and_then(|source| Some(("Secret", source.secret_name.as_deref()?, source.items.as_ref())));
    let mut sources: Vec<Source<'_>> = config.into_iter().chain(secret).collect();
    let projected = volume.projected.iter().flat_map(|volume| volume.sources.iter().flatten());
    for projection in projected {
        let config = projection.config_map.as_ref();
        sources.extend(config.map(|of| ("ConfigMap", of.name.as_str(), of.items.as_ref())));
        let secret = projection.secret.as_ref();
        sources.extend(secret.map(|of| ("Secret", of.name.as_str(), of.items.as_ref())));
    }
    for (kind, name, items) in sources {
        let mut reads = |key: Option<&'a str>| {
            let is_refreshed = sub_path.is_none();
            found.push(Use { kind, name, key, path: path.to_owned(), is_refreshed });
        };
        match (items, sub_path) {
            // Without items, a file is called as its key.
            (None, _) => reads(sub_path),
            (Some(items), _) => {
                let here =
                    items.iter().filter(|item| sub_path.is_none_or(|path| item.path == path));
                here.for_each(|item| reads(Some(&item.key)));
            }
        }
    }
}

fn stale(
    revisions: &Revisions<'_>,
    (id, object): (Id<'_>, &Object),
    using: &Use<'_>,
    changed: &str,
) -> Diagnostic {
    let config = format!("{}/{}", using.kind, using.name);
    let message = format!("{config} changes and no pod of {} is replaced", object.id());
    let path = format!("spec.template.spec.{}", using.path);
    let mut diagnostic = fault(Code::StaleConfig, object, path, message);
    if let Some(config) = revisions.new.get(&("", using.kind, (id.2.0, using.name))) {
        let mut parts = ["data", "binaryData", "stringData"].into_iter();
        let written = parts.find_map(|part| {
            let (_, origin) = config.origins.nearest(&format!("{part}.{changed}"))?;
            origin.span()
        });
        if let Some(place) = written.or_else(|| config.place()) {
            diagnostic = diagnostic.label(place, "changes");
        }
    }
    if using.is_refreshed {
        diagnostic.severity = Severity::Warning;
        diagnostic = diagnostic
            .note("the files change below the running process, which may not read them again");
    }
    diagnostic.help(format!(
        "change an annotation of its pod template along with it, for example `checksum/{}`, or apply and then run `{}`",
        using.name,
        command("kubectl rollout restart{} {}", &[&namespace_flag(id), &resource(id)])
    ))
}
