//! What pods reach on the node that they run on, and where they get credentials of a cloud.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta,
};
use seaway_core::options::{Cluster, Cni, Identity, MonitorRole};
use seaway_core::stack::Part;
use seaway_core::values::Port;
use seaway_core::{Origin, Stack, outside};
use serde::Serialize;

use super::block;
use super::egress::{asks_for_names, peer_of};
use super::scrape::KUBELET_PORT;
use crate::{Object, names, reasons, tree};

/// The address of the EKS Pod Identity Agent on each node, which answers at port 80
/// (<https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html>).
const IDENTITY_AGENT: &str = "169.254.170.23/32";
const IDENTITY_AGENT_PORT: u16 = 80;

/// The metadata server of GKE, as policies see it: behind the address of the node's own, and with GKE Dataplane V2 at that
/// (<https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity>).
const METADATA_SERVERS: [(u16, &str); 2] =
    [(988, "169.254.169.252/32"), (80, "169.254.169.254/32")];

/// Ports and addresses that hand out credentials. Those of STS and of Microsoft Entra (`login.microsoftonline.com`) are not
/// fixed, and with an endpoint of its own STS lies in the VPC.
pub(super) fn credentials(cluster: &Cluster, identity: Identity) -> Vec<(u16, NetworkPolicyPeer)> {
    match identity {
        Identity::Irsa | Identity::AksWorkloadIdentity => {
            cluster.beyond_the_node().iter().map(|end| (443, peer_of(end))).collect()
        }
        Identity::PodIdentity => vec![(IDENTITY_AGENT_PORT, block(IDENTITY_AGENT, Vec::new()))],
        Identity::GkeWorkloadIdentity => {
            METADATA_SERVERS.map(|(port, range)| (port, block(range, Vec::new()))).into()
        }
    }
}

/// What Cilium calls the node that a pod runs on, any other node, and the API server:
/// <https://docs.cilium.io/en/stable/security/policy/language/#entities-based>.
const OWN_NODE: &str = "host";
const OTHER_NODES: &str = "remote-node";
const API_SERVER: &str = "kube-apiserver";

/// Policies of Cilium for what runs in the network of a node. It takes addresses of nodes for the nodes themselves, which
/// a range of a `NetworkPolicy` never means, link-local ones included (cilium/cilium#18644, cilium/cilium#34387), nor does
/// it mean the API server on one of them (cilium/cilium#20550).
pub(super) fn policies(stack: &Stack) -> Vec<Object> {
    if !matches!(stack.cluster.cni(), Some(Cni::Cilium | Cni::CiliumEni)) {
        return Vec::new();
    }
    let with_pods = || stack.parts.values().filter(|part| part.component.pod().is_some());
    let mut policies = Vec::new();
    if let Some(origin) = stack.cluster.node_local_dns() {
        let of = with_pods().filter(|part| asks_for_names(part));
        let ports = [(53, "UDP"), (53, "TCP")];
        policies.extend(policy((stack, "node-local-dns"), of, &[OWN_NODE], &ports, origin));
    }
    if stack.cluster.identity() == Some(Identity::PodIdentity) {
        let of = with_pods().filter(|part| part.shared.cloud_rights().is_some());
        let first = with_pods().find_map(|part| part.shared.cloud_rights());
        let port = [(IDENTITY_AGENT_PORT, "TCP")];
        policies.extend(first.and_then(|origin| {
            policy((stack, "pod-identity-agent"), of, &[OWN_NODE], &port, origin)
        }));
    }
    policies.extend(api_server(stack));
    let origin = Origin::Default(&reasons::KUBERNETES_API);
    let is_prometheus = |role: &MonitorRole| matches!(role, MonitorRole::Prometheus);
    let of = with_pods().filter(|part| part.monitor_role().is_some_and(is_prometheus));
    let port = [(KUBELET_PORT, "TCP")];
    policies.extend(policy((stack, "kubelets"), of, &[OWN_NODE, OTHER_NODES], &port, origin));
    policies
}

/// Policies of Cilium for those that call the API server: one for the ports that it has, and one for each component that
/// names other ports.
fn api_server(stack: &Stack) -> Vec<Object> {
    let mut by_ports: BTreeMap<Vec<Port>, Vec<(&Part, Origin)>> = BTreeMap::new();
    for part in stack.parts.values().filter(|part| part.component.pod().is_some()) {
        for (origin, ports) in calls_api(stack, part) {
            by_ports.entry(ports).or_default().push((part, origin));
        }
    }
    let mut usual: Vec<Port> = stack.cluster.api_ports().iter().map(|port| port.value).collect();
    usual.sort_unstable();
    let mut policies = Vec::new();
    for (ports, callers) in by_ports {
        let name = match callers.first() {
            Some((first, _)) if ports != usual => format!("kubernetes-api-{}", first.name),
            _ => "kubernetes-api".to_owned(),
        };
        let Some((_, origin)) = callers.first() else { continue };
        let of = callers.iter().map(|(part, _)| *part);
        let ports: Vec<_> = ports.iter().map(|port| (port.get(), "TCP")).collect();
        policies.extend(policy((stack, &name), of, &[API_SERVER], &ports, *origin));
    }
    policies
}

/// What lets a component call the API server, each with the ports.
fn calls_api(stack: &Stack, part: &Part) -> Vec<(Origin, Vec<Port>)> {
    let usual = || stack.cluster.api_ports();
    let mut found: Vec<(Origin, Vec<Port>)> = Vec::new();
    for (origin, written) in outside::api_calls(part) {
        let ports = if written.is_empty() { usual() } else { written };
        let mut ports: Vec<Port> = ports.iter().map(|port| port.value).collect();
        ports.sort_unstable();
        if found.iter().all(|(_, known)| *known != ports) {
            found.push((origin, ports));
        }
    }
    found
}

/// The spec of a `CiliumNetworkPolicy` (<https://docs.cilium.io/en/stable/security/policy/language/>).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    endpoint_selector: LabelSelector,
    egress: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    to_entities: Vec<&'static str>,
    to_ports: Vec<Ports>,
}

#[derive(Serialize)]
struct Ports {
    ports: Vec<PortProtocol>,
}

#[derive(Serialize)]
struct PortProtocol {
    port: String,
    protocol: &'static str,
}

/// Lets pods out to ports of what Cilium has a word for; `None` without pods.
fn policy<'a>(
    (stack, name): (&Stack, &str),
    of: impl Iterator<Item = &'a Part>,
    entities: &[&'static str],
    ports: &[(u16, &'static str)],
    origin: Origin,
) -> Option<Object> {
    let instances: Vec<String> = of.map(|part| part.object.to_string()).collect();
    if instances.is_empty() {
        return None;
    }
    let mut labels = names::of_stack(stack);
    let mut expressions = None;
    if let [instance] = &instances[..] {
        labels.insert(names::INSTANCE.to_owned(), instance.clone());
    } else {
        expressions = Some(vec![LabelSelectorRequirement {
            key: names::INSTANCE.to_owned(),
            operator: "In".to_owned(),
            values: Some(instances),
        }]);
    }
    let port =
        |(port, protocol): &(u16, &'static str)| PortProtocol { port: port.to_string(), protocol };
    let spec = Spec {
        endpoint_selector: LabelSelector {
            match_labels: (!labels.is_empty()).then_some(labels),
            match_expressions: expressions,
        },
        egress: vec![Rule {
            to_entities: entities.to_vec(),
            to_ports: vec![Ports { ports: ports.iter().map(port).collect() }],
        }],
    };
    let place = origin.span().unwrap_or_default();
    let metadata = ObjectMeta { name: Some(stack.prefix.text(name)), ..ObjectMeta::default() };
    let body = tree::custom(("cilium.io/v2", "CiliumNetworkPolicy"), metadata, &spec, place);
    Some(Object::new(body, None, origin))
}
