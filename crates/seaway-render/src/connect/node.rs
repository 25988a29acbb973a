//! What pods reach on the node that they run on, and where they get credentials of a cloud.

use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta,
};
use seaway_core::options::{Cni, Identity, MonitorRole};
use seaway_core::stack::Part;
use seaway_core::{Origin, Stack};
use serde::Serialize;

use super::scrape::{API_PORTS, KUBELET_PORT};
use super::{asks_for_names, block};
use crate::{Object, names, reasons, tree};

/// The address of the EKS Pod Identity Agent on each node, which answers at port 80
/// (<https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html>).
const IDENTITY_AGENT: &str = "169.254.170.23/32";
const IDENTITY_AGENT_PORT: u16 = 80;
/// Link-local addresses: the metadata service of the node with the rights of the node is one of them.
const LINK_LOCAL: &str = "169.254.0.0/16";

/// The metadata server of GKE, as policies see it: behind the address of the node's own, and with GKE Dataplane V2 at that
/// (<https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity>).
const METADATA_SERVERS: [(u16, &str); 2] =
    [(988, "169.254.169.252/32"), (80, "169.254.169.254/32")];

/// Ports and addresses that hand out credentials. Those of STS and of Microsoft Entra (`login.microsoftonline.com`) are not
/// fixed, and with an endpoint of its own STS lies in the VPC.
pub(super) fn credentials(identity: Identity) -> Vec<(u16, NetworkPolicyPeer)> {
    match identity {
        Identity::Irsa | Identity::AksWorkloadIdentity => {
            vec![(443, block("0.0.0.0/0", vec![LINK_LOCAL.to_owned()]))]
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
        policies.extend(policy("node-local-dns", of, &[OWN_NODE], &ports, origin));
    }
    if stack.cluster.identity() == Some(Identity::PodIdentity) {
        let of = with_pods().filter(|part| part.shared.cloud_rights().is_some());
        let first = with_pods().find_map(|part| part.shared.cloud_rights());
        let port = [(IDENTITY_AGENT_PORT, "TCP")];
        policies.extend(
            first.and_then(|origin| policy("pod-identity-agent", of, &[OWN_NODE], &port, origin)),
        );
    }
    let monitors = |wanted: fn(&MonitorRole) -> bool| {
        with_pods().filter(move |part| part.monitor_role().is_some_and(wanted))
    };
    let origin = Origin::Default(&reasons::KUBERNETES_API);
    let of = monitors(MonitorRole::calls_kubernetes);
    let ports = API_PORTS.map(|port| (port, "TCP"));
    policies.extend(policy("kubernetes-api", of, &[API_SERVER], &ports, origin));
    let of = monitors(|role| matches!(role, MonitorRole::Prometheus));
    let port = [(KUBELET_PORT, "TCP")];
    policies.extend(policy("kubelets", of, &[OWN_NODE, OTHER_NODES], &port, origin));
    policies
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
    ports: Vec<Port>,
}

#[derive(Serialize)]
struct Port {
    port: String,
    protocol: &'static str,
}

/// Lets pods out to ports of what Cilium has a word for; `None` without pods.
fn policy<'a>(
    name: &str,
    of: impl Iterator<Item = &'a Part>,
    entities: &[&'static str],
    ports: &[(u16, &'static str)],
    origin: Origin,
) -> Option<Object> {
    let instances: Vec<String> = of.map(|part| part.name.to_string()).collect();
    if instances.is_empty() {
        return None;
    }
    let instance = LabelSelectorRequirement {
        key: names::INSTANCE.to_owned(),
        operator: "In".to_owned(),
        values: Some(instances),
    };
    let port = |(port, protocol): &(u16, &'static str)| Port { port: port.to_string(), protocol };
    let spec = Spec {
        endpoint_selector: LabelSelector {
            match_expressions: Some(vec![instance]),
            ..LabelSelector::default()
        },
        egress: vec![Rule {
            to_entities: entities.to_vec(),
            to_ports: vec![Ports { ports: ports.iter().map(port).collect() }],
        }],
    };
    let place = origin.span().unwrap_or_default();
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let body = tree::custom(("cilium.io/v2", "CiliumNetworkPolicy"), metadata, &spec, place);
    Some(Object::new(body, None, origin))
}
