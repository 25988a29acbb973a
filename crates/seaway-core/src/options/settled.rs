//! What follows from the cluster and from how a component is exposed, where nobody wrote it.

use super::{Around, Cni, Expose, Profile, TargetType, TrafficPolicy, WEBSOCKET_SECONDS, Web};
use crate::{Origin, Reason, Sourced};

pub(crate) static TARGET_PODS: Reason = Reason {
    name: "load-balancer-targets-pods",
    why: "pods have addresses of the VPC: no hop over a node, and a rollout waits for the load balancer",
    source: "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#target-type",
};
pub(crate) static TARGET_NODES: Reason = Reason {
    name: "load-balancer-targets-nodes",
    why: "a load balancer of AWS reaches pods only by addresses of the VPC, which an overlay does not give them",
    source: "https://kops.sigs.k8s.io/networking/cilium/",
};
pub(crate) static DELETION_PROTECTION: Reason = Reason {
    name: "load-balancer-deletion-protection",
    why: "in production a removed Ingress or Service must not take the address away that names point to",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
};
pub(crate) static DRAIN_OF_TARGETS: Reason = Reason {
    name: "load-balancer-drain",
    why: "a load balancer of AWS sends requests to a stopping pod until the controller has taken it out",
    source: "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/",
};
pub(crate) static DRAIN_OF_ENDPOINTS: Reason = Reason {
    name: "load-balancer-drain-of-endpoints",
    why: "a load balancer of Google Cloud sends requests to a stopping pod until the controller has taken its endpoint out",
    source: "https://cloud.google.com/kubernetes-engine/docs/how-to/container-native-load-balancing#scale-to-zero_workloads_interruption",
};
pub(crate) static GCE_KEEP_ALIVE: Reason = Reason {
    name: "longer-than-google-cloud",
    why: "load balancers of Google Cloud keep idle connections for 600 s, and a server that drops them earlier gives sporadic 502",
    source: "https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries",
};
pub(crate) static DRAIN_OF_NODES: Reason = Reason {
    name: "load-balancer-drain-of-nodes",
    why: "a node whose last pod stops gets requests until its health checks have failed",
    source: "https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-to-terminating-endpoints",
};
pub(crate) static KEEP_ALIVE: Reason = Reason {
    name: "longer-than-the-load-balancer",
    why: "a server that drops a connection before the load balancer does gives sporadic 502",
    source: "alphagov/notifications-admin#4826",
};

/// Seconds for which a load balancer of AWS goes on sending requests to a pod that was told to stop: until the controller
/// has seen it, called AWS, and all zones know
/// (<https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/>, aws-samples/sample-kolya-br-proxy#20).
pub const DEREGISTRATION_LAG: u32 = 15;
/// Seconds for which load balancers of Google Cloud keep an idle connection to a pod; it can not be changed
/// (<https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries>).
pub const GCE_IDLE: u32 = 600;
/// Seconds of drain where pods are the targets: the lag of the controller, and some more.
const DRAIN: u32 = DEREGISTRATION_LAG + 5;
/// Seconds by which the server keeps a connection longer than the load balancer does.
const KEEP_ALIVE_MARGIN: u32 = 15;

/// Seconds by which what stands before the pods waits longer for an answer than the server: then it is the server that ends a
/// request. An nginx beside the server waits 5 s longer.
const ANSWER_MARGIN: u32 = 10;

/// The same of a web process, whose requests may take as long as the stack says.
pub(super) fn exposed_web(web: &Web, around: &Around<'_>) -> Option<Sourced<Expose>> {
    let mut expose = exposed(Some(&web.expose), around)?;
    if let Some(answer) = web.answers_within() {
        let keeps = Some(web.keep_alive_seconds).filter(|seconds| seconds.span().is_some());
        let needed = answer.map(|seconds| seconds.saturating_add(ANSWER_MARGIN));
        expose.value.wait_for(needed, keeps.map(|keeps| keeps.value));
    }
    Some(expose)
}

/// Who reaches a component, with the targets and the protection that follow from the cluster and the profile.
pub(super) fn exposed(
    expose: Option<&Sourced<Expose>>,
    around: &Around<'_>,
) -> Option<Sourced<Expose>> {
    let mut expose = expose.cloned()?;
    let target = match around.cluster.cni() {
        Some(Cni::CiliumEni | Cni::AmazonVpc) => Sourced::default_for(TargetType::Ip, &TARGET_PODS),
        Some(Cni::Cilium) | None => Sourced::default_for(TargetType::Instance, &TARGET_NODES),
    };
    let is_production = around.profile == Profile::Production;
    let protection = Sourced::default_for(is_production, &DELETION_PROTECTION);
    match &mut expose.value {
        Expose::Alb(alb) => {
            let is_written = alb.idle_timeout_seconds.span().is_some();
            if let Some(on) = alb.handling.websockets.filter(|on| on.value && !is_written) {
                let value = WEBSOCKET_SECONDS;
                alb.idle_timeout_seconds = Sourced { value, origin: on.origin };
            }
            alb.target_type.get_or_insert(target);
            alb.deletion_protection.get_or_insert(protection);
        }
        Expose::LoadBalancer(balancer) => {
            if let Some(nlb) = &mut balancer.nlb {
                nlb.value.target_type.get_or_insert(target);
                nlb.value.deletion_protection.get_or_insert(protection);
            }
        }
        Expose::Ingress(ingress) => ingress.settle(around.cluster),
        Expose::Gateway(gateway) => gateway.settle(around.cluster),
        Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::Route(_) => {}
    }
    Some(expose)
}

/// Takes a longer time than the usual one where nobody wrote any.
pub(super) fn longer(usual: Sourced<u32>, needed: Option<Sourced<u32>>) -> Sourced<u32> {
    let is_longer = |needed: &Sourced<u32>| {
        matches!(usual.origin, Origin::Default(_)) && needed.value > usual.value
    };
    needed.filter(is_longer).unwrap_or(usual)
}

/// Seconds that a stopping pod has to go on serving.
pub(super) fn drain(expose: &Expose) -> Option<Sourced<u32>> {
    if expose.targets_pods() {
        let of_aws = expose.waits_for_gates();
        let reason = if of_aws { &DRAIN_OF_TARGETS } else { &DRAIN_OF_ENDPOINTS };
        return Some(Sourced::default_for(DRAIN, reason));
    }
    let Expose::LoadBalancer(balancer) = expose else { return None };
    let local = balancer.external_traffic_policy?.value == TrafficPolicy::Local;
    let check = &balancer.nlb.as_ref().filter(|_| local)?.health_check;
    let failing = check.interval_seconds.saturating_mul(check.unhealthy_threshold.value);
    Some(Sourced::default_for(failing.saturating_add(5), &DRAIN_OF_NODES))
}

/// Seconds that the server has to keep an idle connection.
pub(super) fn keep_alive(expose: &Expose) -> Option<Sourced<u32>> {
    let (idle, reason) = match expose {
        Expose::Alb(alb) => (alb.idle_timeout_seconds.value, &KEEP_ALIVE),
        Expose::Ingress(_) | Expose::Gateway(_) if expose.targets_pods() => {
            (GCE_IDLE, &GCE_KEEP_ALIVE)
        }
        _ => return None,
    };
    Some(Sourced::default_for(idle.saturating_add(KEEP_ALIVE_MARGIN), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_stays() {
        let needed = Some(Sourced::default_for(20, &DRAIN_OF_TARGETS));
        let written = Sourced::written(5, crate::Span::default());
        assert_eq!(longer(written, needed).value, 5);
        assert_eq!(longer(Sourced::default_for(30, &KEEP_ALIVE), needed).value, 30);
        assert_eq!(longer(Sourced::default_for(10, &KEEP_ALIVE), needed).value, 20);
    }
}
