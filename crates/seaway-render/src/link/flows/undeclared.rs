//! No way is open that the stack does not declare.
//!
//! A way is declared by an edge of the graph, by the exposure of a component, and by a rule of a `NetworkPolicy` of the
//! user's own that names the other end. A rule that names nobody opens its pods to everybody: to the pods that an
//! attacker has got hold of as well. Only the namespace of the stack is looked at, which the bundle closes.

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::outputs::metrics_ports;
use seaway_core::stack::Part;
use seaway_core::{Code, Sink};
use seaway_core::{exposure, objects};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::network::{Direction, Policy, Rule, Served};
use super::super::workloads::{NO_LABELS, Selector};
use crate::{Body, Object, connect, containers, names};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    open_pods(index, sink);
    for policy in &index.network.policies {
        if !index.is_here(namespace(policy.object)) {
            continue;
        }
        for (at, rule) in policy.rules(Direction::In).enumerate() {
            rule_of(index, policy, rule, (Direction::In, at), sink);
        }
        for (at, rule) in policy.rules(Direction::Out).enumerate() {
            rule_of(index, policy, rule, (Direction::Out, at), sink);
        }
    }
}

/// Pods that no policy closes in a direction: told once a direction, at the policy that closes all of them.
fn open_pods(index: &Index<'_>, sink: &mut Sink) {
    for direction in [Direction::In, Direction::Out] {
        let workloads = index.pods.workloads.iter().enumerate();
        let mut open = workloads.filter(|(pod, workload)| {
            index.is_here(namespace(workload.object)) && !index.network.is_closed(*pod, direction)
        });
        let Some((_, first)) = open.next() else { continue };
        let more = match open.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (word, path) = match direction {
            Direction::In => ("ingress", "spec.policyTypes"),
            Direction::Out => ("egress", "spec.policyTypes"),
        };
        let id = (namespace(first.object), "default-deny");
        let deny = index.get("networking.k8s.io", "NetworkPolicy", id);
        let is_narrow = |object: &Object| {
            let known = index.network.policies.iter().find(|one| std::ptr::eq(one.object, object));
            known.is_some_and(|policy| !policy.selector().is_empty())
        };
        let (object, path) = match deny {
            Some(object) if is_narrow(object) => (object, "spec.podSelector"),
            Some(object) => (object, path),
            None => (first.object, "metadata.labels"),
        };
        let message =
            format!("no network policy closes the pods of {}{more} for {word}", first.object.id());
        sink.report(
            fault(Code::UndeclaredFlow, object, path, message)
                .help("leave `default-deny` as it is; open what is needed by a NetworkPolicy in `[[objects]]`"),
        );
    }
}

fn rule_of(
    index: &Index<'_>,
    policy: &Policy<'_>,
    rule: Rule<'_>,
    (direction, at): (Direction, usize),
    sink: &mut Sink,
) {
    let root = At::path("spec");
    let (list, peers) = match direction {
        Direction::In => ("ingress", "from"),
        Direction::Out => ("egress", "to"),
    };
    let path = root.index(list, at);
    if rule.peers.is_empty() {
        if !may_be_open(index, policy, rule, direction) {
            open_to_all(policy, &path, direction, sink);
        }
        return;
    }
    for (at, peer) in rule.peers.iter().enumerate() {
        if peer.ip_block.is_some() {
            continue;
        }
        let path = path.index(peers, at);
        if !names_somebody(index, policy, peer) {
            open_to_all(policy, &path, direction, sink);
        } else if direction == Direction::In && !policy.object.is_own {
            all_of_namespace(index, policy, peer, &path, sink);
        } else if direction == Direction::Out && !policy.object.is_own {
            undeclared(index, policy, rule, peer, &path, sink);
        }
    }
}

/// Whether a rule that names nobody is one that has to: the way in of what is exposed to callers whose addresses are
/// not known, but not to its metrics; and the way to DNS servers.
fn may_be_open(
    index: &Index<'_>,
    policy: &Policy<'_>,
    rule: Rule<'_>,
    direction: Direction,
) -> bool {
    if direction == Direction::Out {
        let is_dns = |port: &NetworkPolicyPort| {
            let is_53 = matches!(port.port, Some(IntOrString::Int(53)));
            is_53 && port.end_port.is_none_or(|end| end == 53)
        };
        return !rule.ports.is_empty() && rule.ports.iter().all(is_dns);
    }
    if let Some(part) = part_of(index, policy.object) {
        let shows_metrics =
            |port: u16| rule.has_port(Served { number: port.into(), protocol: "TCP", pod: None });
        return exposure::callers(index.stack, part).anybody
            && !metrics_ports(index.stack, part).is_some_and(|mut ports| ports.any(shows_metrics));
    }
    // The user's own way in to pods that a Service of theirs exposes.
    let around = namespace(policy.object);
    let mut pods = index.pods.selected(around, policy.selector()).into_iter().peekable();
    pods.peek().is_some()
        && !policy.selector().is_empty()
        && pods.all(|pod| {
            index.objects.iter().any(|object| {
                let Body::Service(service) = &object.body else { return false };
                let Some(spec) = &service.spec else { return false };
                let labels = spec.selector.as_ref().unwrap_or(&NO_LABELS);
                matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer"))
                    && namespace(object) == around
                    && !labels.is_empty()
                    && Selector { labels, expressions: &[] }.matches(pod.labels)
            })
        })
}

fn part_of<'a>(index: &Index<'a>, object: &Object) -> Option<&'a Part> {
    index.stack.parts.get(&object.component.as_ref()?.value)
}

/// Whether a peer is narrower than all pods of the stack.
fn names_somebody(index: &Index<'_>, policy: &Policy<'_>, peer: &NetworkPolicyPeer) -> bool {
    let by_pod = peer.pod_selector.as_ref().is_some_and(|one| !Selector::of(one).is_empty());
    by_pod || !index.network.takes_place(policy, peer, &index.stack.namespace)
}

fn open_to_all(policy: &Policy<'_>, path: &At<'_>, direction: Direction, sink: &mut Sink) {
    let (message, help) = match direction {
        Direction::In => (
            format!("{} lets in everybody", policy.object.id()),
            "name the callers: `from = [{ podSelector.matchLabels = { … } }]`",
        ),
        Direction::Out => (
            format!("{} lets its pods out to everywhere", policy.object.id()),
            "name the targets: `to = [{ podSelector.matchLabels = { … } }]`, or `ipBlock` for what lies outside",
        ),
    };
    sink.report(fault(Code::UndeclaredFlow, policy.object, path, message).help(help));
}

/// What an operator asks for metrics lets in some pods of its namespace, not all of them.
fn all_of_namespace(
    index: &Index<'_>,
    policy: &Policy<'_>,
    peer: &NetworkPolicyPeer,
    path: &At<'_>,
    sink: &mut Sink,
) {
    if peer.pod_selector.as_ref().is_some_and(|one| !Selector::of(one).is_empty()) {
        return;
    }
    let Some(part) = part_of(index, policy.object) else { return };
    let Some(operated) = connect::operated(index.stack, part) else { return };
    let around = &*operated.namespace;
    let exposed = exposure::callers(index.stack, part).namespaces;
    if exposed.iter().any(|one| one.value == exposure::Namespaces::Named(around))
        || !index.network.takes_place(policy, peer, around)
    {
        return;
    }
    let message = format!("{} lets in every pod of namespace `{around}`", policy.object.id());
    sink.report(
        fault(Code::UndeclaredFlow, policy.object, path, message)
            .help("name the pods: `prometheus-pods` and `grafana-pods` of `operator` say which"),
    );
}

/// A generated rule names what a patch made it name: each must be an edge, or closed by the other side.
fn undeclared(
    index: &Index<'_>,
    policy: &Policy<'_>,
    rule: Rule<'_>,
    peer: &NetworkPolicyPeer,
    path: &At<'_>,
    sink: &mut Sink,
) {
    let Some(selector) = peer.pod_selector.as_ref().map(Selector::of) else { return };
    let part = part_of(index, policy.object);
    let edge = |name: &str| {
        part.is_some_and(|part| part.edges.contains_key(name) || part.scrapes.contains_key(name))
    };
    let instance = selector.labels.get(names::INSTANCE);
    let instance = instance.and_then(|instance| index.stack.part_of_object(instance));
    if instance.is_some_and(|target| edge(&target.name)) || peer.namespace_selector.is_some() {
        return;
    }
    // A component may stand for a Service of the user's own.
    let mut targets = part.into_iter().flat_map(|part| part.edges.keys());
    let stands_for = targets.any(|name| {
        let target = index.stack.parts.get(name);
        let behind = target.and_then(|target| objects::behind(index.stack, target));
        behind.is_some_and(|service| service.selector == *selector.labels)
    });
    if stands_for {
        return;
    }
    let around = namespace(policy.object);
    let callers = index.pods.selected(around, policy.selector());
    let Some(caller) = callers.first() else { return };
    for target in index.pods.places(around, selector) {
        let Some(workload) = index.pods.workloads.get(target) else { continue };
        let component = workload.object.component.as_ref().map_or("", |name| &*name.value as &str);
        let mut ports =
            containers::running(workload.spec).flat_map(|(_, one)| one.ports.iter().flatten());
        let open = ports.any(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let served = Served { number: port.container_port, protocol, pod: Some(workload.spec) };
            rule.has_port(served) && index.network.lets(target, Direction::In, caller, served)
        });
        if open && !edge(component) && !std::ptr::eq(caller.object, workload.object) {
            let (from, to) = (caller.object.id(), workload.object.id());
            let message = format!("{from} can reach {to}, and nothing declares that it does");
            sink.report(
                fault(Code::UndeclaredFlow, policy.object, path, message).help(
                    "refer to the component, or allow it by a NetworkPolicy in `[[objects]]`",
                ),
            );
            return;
        }
    }
}
