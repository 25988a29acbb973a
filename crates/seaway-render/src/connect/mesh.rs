//! What the proxies of a service mesh have to reach, and what reaches them.

use k8s_openapi::api::networking::v1::{
    NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
};
use seaway_core::options::{Mesh, MeshMark, Workload};
use seaway_core::stack::Part;
use seaway_core::{Origin, Sourced, Stack};

use super::{block, pods_in, tcp};
use crate::{Body, Object};

/// Where the control plane of a mesh runs unless somebody installs it elsewhere, and the ports of it that a proxy calls.
fn control_plane(mesh: Mesh) -> Option<(&'static str, &'static [u16])> {
    match mesh {
        // XDS and certificates: https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
        Mesh::Istio => Some(("istio-system", &[15012])),
        // The proxy of the node calls, and no pod.
        Mesh::IstioAmbient => None,
        // Identity, destinations and policies: https://linkerd.io/2/reference/architecture/
        Mesh::Linkerd => Some(("linkerd", &[8080, 8086, 8090])),
    }
}

/// The port of a pod that calls of other pods of the mesh may come to instead of the one that they are for.
fn tunnel(mesh: Mesh) -> Option<u16> {
    match mesh {
        // A proxy in the pod takes what comes to the ports of the program.
        Mesh::Istio => None,
        // https://istio.io/latest/docs/ambient/usage/networkpolicy/
        Mesh::IstioAmbient => Some(15008),
        // https://linkerd.io/2/reference/proxy-configuration/
        Mesh::Linkerd => Some(4143),
    }
}

/// The address that probes of the kubelet come from in an ambient mesh:
/// <https://istio.io/latest/docs/ambient/usage/networkpolicy/>.
const AMBIENT_PROBES: &str = "169.254.7.127/32";

/// The way of a pod's proxy to its control plane.
pub(super) fn way_out(
    stack: &Stack,
    part: &Part,
) -> Option<(Vec<NetworkPolicyPort>, NetworkPolicyPeer, Origin)> {
    let Sourced { value: mesh, origin } = stack.cluster.mesh?;
    let (namespace, ports) = control_plane(mesh).filter(|_| has_proxy(mesh, part))?;
    Some((ports.iter().copied().map(tcp).collect(), pods_in(namespace), origin))
}

/// Opens the port of the tunnel of a mesh to whoever a policy lets in by another port, and out to whom it lets out. Where no proxy
/// is in the pod, the kubelet's probes come from an address of the mesh.
pub(super) fn open(stack: &Stack, policy: &mut Object) {
    let Some(Sourced { value: mesh, origin }) = stack.cluster.mesh else { return };
    let Some(tunnel) = tunnel(mesh) else { return };
    let is_of_component = policy.component.is_some();
    let Body::NetworkPolicy(body) = &mut policy.body else { return };
    let Some(spec) = &mut body.spec else { return };
    let mut opened = Vec::new();
    let ingress = spec.ingress.iter_mut().flatten().enumerate();
    let ingress = ingress.map(|(at, rule)| ("ingress", at, &mut rule.ports, &rule.from));
    let egress = spec.egress.iter_mut().flatten().enumerate();
    let egress = egress.map(|(at, rule)| ("egress", at, &mut rule.ports, &rule.to));
    for (direction, at, ports, peers) in ingress.chain(egress) {
        let has_pods = peers.iter().flatten().any(|peer| peer.ip_block.is_none());
        let (Some(ports), true) = (ports, has_pods) else { continue };
        // DNS servers are no part of the mesh.
        if ports.iter().all(|port| port.protocol.as_deref() == Some("TCP")) {
            opened.push(format!("spec.{direction}[{at}].ports[{}]", ports.len()));
            ports.push(tcp(tunnel));
        }
    }
    if mesh == Mesh::IstioAmbient && is_of_component {
        let from = Some(vec![block(AMBIENT_PROBES, Vec::new())]);
        let rules = spec.ingress.get_or_insert_default();
        opened.push(format!("spec.ingress[{}]", rules.len()));
        rules.push(NetworkPolicyIngressRule { ports: None, from });
    }
    for path in opened {
        policy.origins.set(path, origin);
    }
}

/// Whether the pods of a component run on, and so have a proxy unless the stack says otherwise.
fn has_proxy(mesh: Mesh, part: &Part) -> bool {
    let MeshMark { is_label, key, stays_out, .. } = mesh.mark();
    let list = if is_label { &part.shared.labels } else { &part.shared.annotations };
    let is_refused = list.iter().any(|(name, value)| name.value == key && value.value == stays_out);
    part.facts.workload.is_some_and(Workload::runs_on) && !is_refused
}
