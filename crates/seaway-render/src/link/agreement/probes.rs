//! Probes and hooks ask ports that their container has, and paths that are some.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, HTTPGetAction, LifecycleHandler, PodSpec, Probe,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::ProbeSetting;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::{Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        for (list, container) in containers::all(spec) {
            let path = pod.item(list, &container.name);
            let asks = Asks { index, object, spec, container, path };
            asks.check(sink);
        }
    }
}

struct Asks<'a> {
    index: &'a Index<'a>,
    object: &'a Object,
    spec: &'a PodSpec,
    container: &'a Container,
    path: At<'a>,
}

impl Asks<'_> {
    fn check(&self, sink: &mut Sink) {
        let probes = [
            ("startupProbe", &self.container.startup_probe),
            ("readinessProbe", &self.container.readiness_probe),
            ("livenessProbe", &self.container.liveness_probe),
        ];
        for (name, probe) in probes {
            if let Some(probe) = probe {
                self.probe(probe, self.path.field(name), sink);
            }
        }
        let Some(lifecycle) = &self.container.lifecycle else { return };
        let path = self.path.field("lifecycle");
        for (name, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)]
        {
            if let Some(hook) = hook {
                self.hook(hook, path.field(name), sink);
            }
        }
    }

    fn probe(&self, probe: &Probe, path: At<'_>, sink: &mut Sink) {
        if let Some(get) = &probe.http_get {
            self.http("probe", get, path.field("httpGet"), sink);
        } else if let Some(socket) = &probe.tcp_socket {
            let is_own = is_pod(socket.host.as_ref());
            self.port("probe", &socket.port, is_own, path.field("tcpSocket"), sink);
        } else if let Some(grpc) = &probe.grpc {
            self.port("probe", &IntOrString::Int(grpc.port), true, path.field("grpc"), sink);
        }
    }

    fn hook(&self, hook: &LifecycleHandler, path: At<'_>, sink: &mut Sink) {
        if let Some(get) = &hook.http_get {
            self.http("hook", get, path.field("httpGet"), sink);
        }
    }

    /// A path without a slash at its start is none; an address in its place is asked of the pod all the same.
    fn http(&self, what: &str, get: &HTTPGetAction, path: At<'_>, sink: &mut Sink) {
        let asked = get.path.as_deref().unwrap_or("/");
        if !asked.starts_with('/') && !asked.is_empty() {
            let message =
                format!("the {what} asks the path `{asked}`, which does not start with `/`");
            let help = match asked.split_once("://").map(|(_, rest)| rest) {
                Some(rest) => {
                    let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
                    format!("write `path = \"{path}\"`: host and port are those of the pod")
                }
                None => format!("write `path = \"/{asked}\"`"),
            };
            sink.report(
                fault(Code::PortMismatch, self.object, path.field("path"), message).help(help),
            );
        }
        self.port(what, &get.port, is_pod(get.host.as_ref()), path, sink);
    }

    /// Whether the stack itself names the port in `probes`: a process may well answer there, and a list of ports is
    /// no more than a note (<https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports>).
    fn is_asked_for(&self, number: i32) -> bool {
        let name = self.object.component.as_ref();
        let part = name.and_then(|name| self.index.stack.parts.get(&name.value));
        let Some(pod) = part.and_then(|part| part.component.pod()) else { return false };
        let probes = [&pod.probes.startup, &pod.probes.readiness, &pod.probes.liveness];
        probes.into_iter().flatten().any(|probe| match &probe.value {
            ProbeSetting::Probe(probe) => {
                probe.port.is_some_and(|port| i32::from(port.get()) == number)
            }
            ProbeSetting::Switch(_) => false,
        })
    }

    /// A named port is one of the container; a number is one of the pod, if the container lists any.
    fn port(&self, what: &str, port: &IntOrString, is_own: bool, path: At<'_>, sink: &mut Sink) {
        let listed = || self.container.ports.iter().flatten();
        let name_of = &self.container.name;
        let (code, asked) = match port {
            IntOrString::String(name) if listed().all(|port| port.name.as_ref() != Some(name)) => {
                (Code::DanglingReference, name.clone())
            }
            IntOrString::Int(number)
                if is_own
                    && listed().next().is_some()
                    && all_ports(self.spec).all(|port| port.container_port != *number)
                    && !self.is_asked_for(*number) =>
            {
                (Code::PortMismatch, number.to_string())
            }
            _ => return,
        };
        let message = format!("the {what} asks a port `{asked}`, which `{name_of}` does not have");
        let diagnostic = fault(code, self.object, path.field("port"), message);
        sink.report(if code == Code::DanglingReference {
            let names: BTreeSet<&str> = listed().filter_map(|port| port.name.as_deref()).collect();
            diagnostic.help_maybe(suggest::nearest_or_all(&asked, names))
        } else {
            let known: Vec<i32> = listed().map(|port| port.container_port).collect();
            let known = suggest::quoted_list(&known);
            diagnostic
                .help(format!("its ports are {known}: ask one of them, or list `{asked}` too"))
        });
    }
}

/// Whether the pod itself is asked, and no other host.
fn is_pod(host: Option<&String>) -> bool {
    host.is_none_or(|host| host.is_empty() || host == "127.0.0.1" || host == "localhost")
}

fn all_ports(spec: &PodSpec) -> impl Iterator<Item = &ContainerPort> {
    containers::running(spec).flat_map(|(_, container)| container.ports.iter().flatten())
}
