//! Ports that network policies name.

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::workloads::{PodTemplate, Selector};
use crate::object::Slot;
use crate::{Body, Object, containers};

/// A named port is one of the pods that the rule leads to; a name that none of them has opens nothing
/// (<https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>).
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let root = At::path("spec");
    for object in index.objects {
        let Body::NetworkPolicy(policy) = &object.body else { continue };
        let Some(spec) = &policy.spec else { continue };
        for (at, rule) in spec.ingress.iter().flatten().enumerate() {
            let place = root.index("ingress", at);
            for (at, port) in rule.ports.iter().flatten().enumerate() {
                let Some(name) = name_of(port) else { continue };
                let Some(selector) = Slot::<LabelSelector>::slot(&spec.pod_selector) else {
                    continue;
                };
                let pods = index.pods.selected(namespace(object), Selector::of(selector));
                let port = place.index("ports", at);
                named(object, name, &pods, port.field("port"), sink);
            }
        }
        for (at, rule) in spec.egress.iter().flatten().enumerate() {
            let place = root.index("egress", at);
            for (at, port) in rule.ports.iter().flatten().enumerate() {
                let Some(name) = name_of(port) else { continue };
                let to = rule.to.as_deref().unwrap_or_default();
                let Some(pods) = reached(index, object, to) else { continue };
                let port = place.index("ports", at);
                named(object, name, &pods, port.field("port"), sink);
            }
        }
    }
}

fn name_of(port: &NetworkPolicyPort) -> Option<&str> {
    match &port.port {
        Some(IntOrString::String(name)) => Some(name),
        _ => None,
    }
}

/// The pods that a rule leads to, if all of them are of the bundle.
fn reached<'i, 'a>(
    index: &'i Index<'a>,
    object: &Object,
    to: &[NetworkPolicyPeer],
) -> Option<Vec<&'i PodTemplate<'a>>> {
    let mut pods = Vec::new();
    for peer in to {
        match (&peer.pod_selector, &peer.namespace_selector) {
            (Some(selector), None) => {
                pods.extend(index.pods.selected(namespace(object), Selector::of(selector)));
            }
            _ => return None,
        }
    }
    Some(pods)
}

fn named(object: &Object, name: &str, pods: &[&PodTemplate<'_>], path: At<'_>, sink: &mut Sink) {
    let names = || {
        let containers = pods.iter().flat_map(|pod| containers::running(pod.spec));
        let ports = containers.flat_map(|(_, container)| container.ports.iter().flatten());
        ports.filter_map(|port| port.name.as_deref())
    };
    // Without pods the selector is at fault, or leads to those of an operator.
    if pods.is_empty() || names().any(|known| known == name) {
        return;
    }
    let message = format!("no port of the pods that the rule leads to is called `{name}`");
    sink.report(
        fault(Code::DanglingReference, object, path, message)
            .help_maybe(suggest::nearest_or_all(name, names())),
    );
}
