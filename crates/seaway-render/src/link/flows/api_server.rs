//! The way to the API server of pods that call it: those that say so, and those that have a token for it.

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::options::{Cni, Peer, WayOut};
use seaway_core::stack::Part;
use seaway_core::{Node, Sourced, Value, outside};

use super::super::index::{Index, namespace};
use super::super::workloads::{Labels, PodTemplate};
use super::missing::tcp;
use crate::{Body, reasons};

/// The API server as the end of a way that is closed to pods that call it.
pub(super) fn closed(
    index: &Index<'_>,
    (pod, workload): (usize, &PodTemplate<'_>),
    part: Option<&Part>,
) -> Option<String> {
    let calls = part.map(outside::api_calls).unwrap_or_default();
    if calls.is_empty() && !has_token(workload.spec) {
        return None;
    }
    let cluster = &index.stack.cluster;
    let written = calls.into_iter().map(|(_, ports)| ports).find(|ports| !ports.is_empty());
    let ports = written.unwrap_or_default();
    let api = Sourced::default_for(Peer::KubernetesApi, &reasons::KUBERNETES_API);
    let ways = cluster.ways_to(&api, &ports);
    let is_let = |way: &WayOut| {
        way.ports.iter().all(|port| {
            way.to.iter().all(|end| index.network.lets_to(pod, &end.value, tcp(port.get())))
        })
    };
    // Which of them a call is judged by is up to the network plugin.
    let by_range = || ways.iter().any(is_let);
    let is_open = match cluster.cni() {
        Some(Cni::Cilium | Cni::CiliumEni) => by_entity(index, workload),
        Some(Cni::AmazonVpc) | None => by_range(),
    };
    let first = ways.first().and_then(|way| way.ports.first()).map(|port| port.get());
    (!is_open).then(|| format!("the API server (TCP {})", first.unwrap_or_default()))
}

/// Whether a pod gets a token that the API server takes: one of another audience is for somebody else.
fn has_token(spec: &PodSpec) -> bool {
    let projected = spec.volumes.iter().flatten().filter_map(|volume| volume.projected.as_ref());
    let mut sources = projected.flat_map(|volume| volume.sources.iter().flatten());
    spec.automount_service_account_token == Some(true)
        || sources.any(|source| {
            source.service_account_token.as_ref().is_some_and(|token| token.audience.is_none())
        })
}

/// Whether a policy of Cilium lets pods out to the API server, of which a range is never the address where it runs on a node.
fn by_entity(index: &Index<'_>, workload: &PodTemplate<'_>) -> bool {
    let takes = |rule: &Node| {
        list(rule, "toEntities")
            .iter()
            .filter_map(Node::as_str)
            .any(|entity| matches!(entity, "kube-apiserver" | "cluster" | "all"))
    };
    index.objects.iter().any(|object| {
        let Body::Other(other) = &object.body else { return false };
        let is_here = match &*other.kind {
            "CiliumNetworkPolicy" => namespace(object) == namespace(workload.object),
            "CiliumClusterwideNetworkPolicy" => true,
            _ => false,
        };
        let Some(spec) = other.rest.get("spec").filter(|_| is_here) else { return false };
        let selector = spec.get("endpointSelector");
        selector.is_none_or(|selector| matches_labels(selector, workload.labels))
            && list(spec, "egress").iter().any(takes)
    })
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    match node.get(key).map(|list| &list.value) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// Whether a selector of Cilium takes labels, as far as it lists values.
fn matches_labels(selector: &Node, labels: &Labels) -> bool {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let wanted = selector.get("matchLabels").and_then(Node::as_table);
    let by_label = wanted
        .into_iter()
        .flatten()
        .all(|(key, value)| labels.get(&key.value).map(String::as_str) == value.as_str());
    by_label
        && list(selector, "matchExpressions").iter().all(|wanted| {
            let label = text(wanted, "key").and_then(|key| labels.get(&key));
            let has = list(wanted, "values")
                .iter()
                .filter_map(Node::as_str)
                .any(|value| label.is_some_and(|label| label == value));
            match text(wanted, "operator").as_deref() {
                Some("In") => has,
                Some("NotIn") => !has,
                Some("Exists") => label.is_some(),
                _ => label.is_none(),
            }
        })
}
