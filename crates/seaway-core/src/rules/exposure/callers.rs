//! What load balancers send requests to, and from where they do.

use super::Cx;
use crate::options::{Alb, Cni, Expose, TargetType};
use crate::values::Cidr;
use crate::{Code, Diagnostic, Origin, Sink, Sourced, exposure};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    match &cx.expose.value {
        Expose::Alb(alb) => {
            targets(cx, alb.target_type, &alb.from, sink);
            health_path(cx, Some(alb), sink);
        }
        Expose::LoadBalancer(balancer) => {
            if let Some(nlb) = &balancer.nlb {
                targets(cx, nlb.target_type, &nlb.from, sink);
            }
        }
        Expose::Ingress(_) => {
            nobody(cx, "the controller", "from-namespaces = [\"traefik\"]", sink);
            health_path(cx, None, sink);
        }
        Expose::Gateway(_) => {
            nobody(cx, "the Gateway", "from-namespaces = [\"envoy-gateway-system\"]", sink);
            health_path(cx, None, sink);
        }
        // Where there are Routes, the routers are known.
        Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::Route(_) => {}
    }
}

fn targets(
    cx: Cx<'_>,
    target: Option<Sourced<TargetType>>,
    from: &[Sourced<Cidr>],
    sink: &mut Sink,
) {
    let Some(target) = target else { return };
    let cni = cx.stack.cluster.cni();
    let to_pods = target.value == TargetType::Ip;
    if to_pods && cni == Some(Cni::Cilium) {
        let written = cx.stack.cluster.cni.map(|cni| cni.origin);
        let provider = cx.stack.cluster.provider.map(|provider| provider.origin);
        let message = "pods of this cluster have no addresses that a load balancer of AWS reaches";
        let mut diagnostic = Diagnostic::error(Code::Conflict, message)
            .origin(target.origin, "needs addresses of the VPC");
        if let Some(cluster) = written.or(provider) {
            diagnostic = diagnostic.origin(cluster, "gives pods addresses of an overlay (Cilium)");
        }
        sink.report(diagnostic.help(
            "leave `target-type` out: nodes are the targets then; or write `cluster.cni = \"cilium-eni\"` or \
             `\"amazon-vpc\"` if the cluster has it",
        ));
        return;
    }
    if to_pods && from.is_empty() && cx.stack.cluster.network.is_none() {
        if cx.at_fault("from") || cx.declared.at_fault(["cluster", "network"]) {
            return;
        }
        let message = "nothing says which addresses the load balancer calls from";
        sink.report(
            Diagnostic::error(Code::MissingField, message)
                .origin(place(target.origin, cx), "the network policy has to let it in")
                .help("add `cluster.network`, the range of the VPC, or the subnets of the load balancer as `from`"),
        );
    }
    if let Some(range) = from.first()
        && !to_pods
        && matches!(cni, Some(Cni::Cilium | Cni::CiliumEni))
    {
        let message = "a range that no request would come from";
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(range.origin, "nodes pass requests on, and Cilium tells no range of those")
                .help("leave `from` out; `source-ranges` says whom the load balancer admits"),
        );
    }
}

/// The place of a value, or that of `expose` if nobody wrote it.
fn place(origin: Origin, cx: Cx<'_>) -> Origin {
    if origin.span().is_some() { origin } else { cx.expose.origin }
}

/// A check that asks the pods needs a path that answers with 200: the first page may redirect or ask for a password.
fn health_path(cx: Cx<'_>, alb: Option<&Alb>, sink: &mut Sink) {
    let written = alb.is_some_and(|alb| alb.health_check.path.is_some());
    let knows = written || exposure::readiness_path(cx.part).is_some();
    let told = cx.at_fault("health-check")
        || cx.declared.at_fault(["components", &**cx.part.name, "probes"]);
    if cx.expose.targets_pods() && !knows && !told {
        let or = if alb.is_some() { ", or `health-check.path` in `expose`" } else { "" };
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                format!("no path says whether `{}` is ready", cx.part.name),
            )
            .origin(cx.expose.origin, "the load balancer asks each pod for one")
            .help(format!("add `probes.readiness = {{ path = \"/readyz\" }}`{or}")),
        );
    }
}

/// Without callers the network policy would let nobody in.
fn nobody(cx: Cx<'_>, who: &str, example: &str, sink: &mut Sink) {
    let knows = !exposure::callers(cx.stack, cx.part).is_empty();
    if knows || cx.at_fault("from-namespaces") || cx.at_fault("from") {
        return;
    }
    // A load balancer of Google Cloud within the team's network.
    if cx.expose.targets_pods() {
        sink.report(
            Diagnostic::error(Code::MissingField, "nothing says which addresses the load balancer calls from")
                .origin(cx.expose.origin, "the network policy has to let it in")
                .help("add `from` with the range of the proxy-only subnet of its network, for example `from = [\"10.129.0.0/23\"]`"),
        );
        return;
    }
    sink.report(
        Diagnostic::error(Code::MissingField, format!("nothing says where {who} runs"))
            .origin(cx.expose.origin, "the network policy has to let it in")
            .help(format!(
                "add `{example}`, or `from` with its addresses if it uses the network of its nodes"
            )),
    );
}
