//! Inside a pod: names of containers, volumes and ports, variables before their use, time to stop.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, PodSpec};
use seaway_core::resolve::expansions;
use seaway_core::values::Image;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::names::is_dns_label;
use crate::{Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if let Some((_, path)) = object.body.pod_template()
            && object.body.pod_spec().is_none()
        {
            let message = format!("{} makes pods without a spec", object.id());
            sink.report(fault(Code::InvalidObject, object, path, message));
        }
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        if spec.containers.is_empty() {
            let message = format!("the pods of {} have no containers", object.id());
            sink.report(fault(Code::InvalidObject, object, format!("{path}.containers"), message));
        }
        let pod = At::path(path);
        volumes(object, spec, pod, sink);
        let mut names = BTreeMap::new();
        for (list, container) in containers::all(spec) {
            let path = pod.item(list, &container.name);
            if let Some(first) = names.insert(container.name.as_str(), list) {
                let message = format!("two containers of a pod are called `{}`", container.name);
                let help = if first == list {
                    "rename one of them".to_owned()
                } else {
                    format!("rename one of them, or write it under `{first}` to change that one")
                };
                sink.report(fault(Code::Conflict, object, path, message).help(help));
            }
            label(object, path.field("name"), "container", &container.name, sink);
            image(object, container, path, sink);
            Environment { object, spec, container, path }.check(sink);
            ports(object, container, path, sink);
            drain(object, spec, container, path, sink);
        }
    }
}

/// Names of containers and volumes.
fn label(object: &Object, path: At<'_>, what: &str, name: &str, sink: &mut Sink) {
    if !name.is_empty() && !is_dns_label(name) {
        let message = format!("`{name}` can not be the name of a {what}");
        sink.report(
            fault(Code::InvalidName, object, path, message)
                .help("write at most 63 of `a-z`, `0-9` and `-`"),
        );
    }
}

fn volumes(object: &Object, spec: &PodSpec, pod: At<'_>, sink: &mut Sink) {
    let mut names = BTreeSet::new();
    for volume in spec.volumes.iter().flatten() {
        let path = pod.item("volumes", &volume.name);
        if !names.insert(volume.name.as_str()) {
            let message = format!("two volumes of a pod are called `{}`", volume.name);
            sink.report(fault(Code::Conflict, object, path, message).help("rename one of them"));
        }
        label(object, path.field("name"), "volume", &volume.name, sink);
    }
}

/// The image of each container is there.
fn image(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let path = path.field("image");
    let text = container.image.as_deref().unwrap_or_default();
    if let Err(wrong) = Image::try_from(text.to_owned()) {
        let (message, help) = match wrong.split_once('\n') {
            Some((message, help)) if !text.is_empty() => (message.to_owned(), help),
            _ => (format!("the container `{}` has no image", container.name), "write `image = …`"),
        };
        sink.report(fault(Code::InvalidObject, object, path, message).help(help));
    }
}

struct Environment<'a> {
    object: &'a Object,
    spec: &'a PodSpec,
    container: &'a Container,
    path: At<'a>,
}

impl Environment<'_> {
    /// Kubernetes expands `$(NAME)` only if the variable comes before; in commands all variables are known.
    fn check(&self, sink: &mut Sink) {
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for variable in self.container.env.iter().flatten() {
            let path = self.path.item("env", &variable.name);
            for used in variable.value.iter().flat_map(|text| expansions(text)) {
                if !known.contains(used) && !self.is_from_elsewhere(used) {
                    let message = format!("`$({used})` is used before it is defined");
                    sink.report(
                        fault(Code::UndefinedVariable, self.object, path.field("value"), message)
                            .subject(used)
                            .help(advice(used, &known)),
                    );
                }
            }
            if !known.insert(&variable.name) {
                let message = format!("`{}` is defined twice", variable.name);
                sink.report(fault(Code::Conflict, self.object, path, message));
            }
        }
        for (list, words) in [("command", &self.container.command), ("args", &self.container.args)]
        {
            for (at, word) in words.iter().flatten().enumerate() {
                let path = self.path.index(list, at);
                for used in expansions(word) {
                    // In a shell `$(date)` runs a program; names in capitals are hardly ever meant so.
                    let is_program = used.contains(|c: char| c.is_ascii_lowercase());
                    if !is_program && !known.contains(used) && !self.is_from_elsewhere(used) {
                        let name = &self.container.name;
                        let message =
                            format!("`$({used})` is no variable of the container `{name}`");
                        sink.report(
                            fault(Code::UndefinedVariable, self.object, path, message)
                                .subject(used)
                                .help(advice(used, &known)),
                        );
                    }
                }
            }
        }
    }

    /// Variables that the list does not show: of `envFrom`, of the API server, and of Services where links are on.
    fn is_from_elsewhere(&self, name: &str) -> bool {
        self.container.env_from.as_ref().is_some_and(|list| !list.is_empty())
            || self.spec.enable_service_links == Some(true)
            || name.starts_with("KUBERNETES_")
    }
}

fn advice(used: &str, known: &BTreeSet<&str>) -> String {
    let literally = format!("rite `$$({used})` for the text itself");
    match suggest::nearest(used, known.iter().copied()) {
        Some(near) => format!("did you mean `$({near})`? W{literally}"),
        None => format!("define `{used}` before it, or w{literally}"),
    }
}

/// What `IANA_SVC_NAME` of the API means: at most 15 of `a-z`, `0-9` and single `-`, one of them a letter.
fn is_port_name(name: &str) -> bool {
    name.len() <= 15
        && is_dns_label(name)
        && !name.contains("--")
        && name.bytes().any(|b| b.is_ascii_lowercase())
}

fn ports(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let mut names = BTreeSet::new();
    for port in container.ports.iter().flatten() {
        let Some(name) = &port.name else { continue };
        let path = path.item("ports", name);
        if !names.insert(name.as_str()) {
            let message = format!("two ports are called `{name}`");
            sink.report(fault(Code::Conflict, object, path, message).help("rename one of them"));
        }
        if !is_port_name(name) {
            let message = format!("`{name}` can not be the name of a port");
            sink.report(
                fault(Code::InvalidName, object, path, message)
                    .help("write at most 15 of `a-z`, `0-9` and single `-`, one of them a letter"),
            );
        }
    }
}

/// The sleep before a stop counts against the grace period; the API server refuses one that fills it.
fn drain(object: &Object, spec: &PodSpec, container: &Container, path: At<'_>, sink: &mut Sink) {
    let grace = spec.termination_grace_period_seconds.unwrap_or(30);
    let stop = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    let Some(sleep) = stop.and_then(|stop| stop.sleep.as_ref()) else { return };
    if sleep.seconds >= grace {
        let message = format!(
            "the container sleeps {} s before it stops and is killed after {grace} s",
            sleep.seconds
        );
        sink.report(
            fault(Code::Conflict, object, path.field("lifecycle.preStop.sleep.seconds"), message)
                .help("give it a longer `terminationGracePeriodSeconds`, or a shorter sleep"),
        );
    }
}
