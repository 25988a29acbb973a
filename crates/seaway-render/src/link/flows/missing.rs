//! Each edge of the graph has a way through the network policies, as the cluster applies them after all patches.
//!
//! Three things have to be open: the caller's way out, the target's way in, and the way to the DNS that the caller
//! finds the target by. What is exposed is called from outside of the stage, so its way in has to be open to that. The API server and the probes of the kubelet pass in any case
//! (<https://kubernetes.io/docs/concepts/services-networking/network-policies/#network-traffic-filtering>).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ContainerPort, PodSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::exposure::Namespaces;
use seaway_core::objects::{Service, TargetPort};
use seaway_core::options::{End, Peer, WayOut};
use seaway_core::outputs::metrics_ports;
use seaway_core::stack::Part;
use seaway_core::values::{Name, Port};
use seaway_core::{Code, Diagnostic, Sink, Sourced, Stack};
use seaway_core::{exposure, objects, outside};

use super::super::agreement::selectors::selector_of;
use super::super::index::{Index, fault, namespace};
use super::super::network::{Direction, Served};
use super::super::workloads::{PodTemplate, Selector};
use super::api_server;
use crate::{Body, connect, containers, names};

/// The sides that are closed, each with the ends that it is closed to.
type Shut = BTreeMap<(usize, Direction), Vec<String>>;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut shut = Shut::new();
    let counted = connect::counted(index.stack);
    let servers = index.stack.cluster.dns();
    let first = servers.iter().flat_map(|server| &server.ports).min().copied().unwrap_or_default();
    for (pod, workload) in index.pods.workloads.iter().enumerate() {
        let part = part_of(index, workload);
        if let Some(end) = api_server::closed(index, (pod, workload), part) {
            shut.entry((pod, Direction::Out)).or_default().push(end);
        }
        let Some(part) = part else { continue };
        for name in part.edges.keys() {
            let Some(target) = index.stack.parts.get(name) else { continue };
            let called = connect::called_ports(index.stack, part, target);
            if let Some(service) = objects::behind(index.stack, target) {
                for port in called {
                    own_service(index, (pod, workload), name, (&service, port), &mut shut);
                }
                continue;
            }
            if outside::way(target).is_none() {
                named(index, (part, workload), target, sink);
                inside(index, (pod, workload), target, &mut shut, sink);
                continue;
            }
            for way in outside::ways_to(index.stack, target, &called) {
                leaves(index, pod, &way, Some(name), &mut shut);
            }
        }
        for name in part.scrapes.keys() {
            if let Some(target) = index.stack.parts.get(name) {
                scraped(index, (pod, workload), target, &mut shut);
            }
        }
        operated(index, pod, part, &mut shut);
        exposed(index, (pod, workload), part, &mut shut);
        if counted.contains_key(&part.name.value)
            && let Some(port) = connect::served_port(part)
            && !index.network.lets_in_from(pod, connect::KEDA, tcp(port))
        {
            let end = format!("KEDA, which counts its queues (TCP {port})");
            shut.entry((pod, Direction::In)).or_default().push(end);
        }
        for way in written_ways(index.stack, part) {
            leaves(index, pod, &way, None, &mut shut);
        }
        if !part.edges.is_empty() || !part.shared.egress.is_empty() {
            for protocol in ["UDP", "TCP"] {
                if !index.network.lets_to_dns(pod, protocol, &servers) {
                    let end = format!("the DNS of the cluster ({protocol} {first})");
                    shut.entry((pod, Direction::Out)).or_default().push(end);
                }
            }
        }
    }
    for ((pod, direction), ends) in shut {
        if let Some(workload) = index.pods.workloads.get(pod) {
            sink.report(closed(index, workload, direction, &ends));
        }
    }
}

/// The ways of `egress`. That to the API server is looked at for all pods that call it.
fn written_ways(stack: &Stack, part: &Part) -> Vec<WayOut> {
    let written = part.shared.egress.iter().filter_map(|egress| {
        let peer = egress.peer().filter(|peer| peer.value != Peer::KubernetesApi)?;
        Some(stack.cluster.ways_to(&peer, &egress.ports))
    });
    written.flatten().collect()
}

/// A way out of the stack, to what a component stands for if it has a name.
fn leaves(index: &Index<'_>, pod: usize, way: &WayOut, name: Option<&Name>, shut: &mut Shut) {
    for end in &way.to {
        for port in &way.ports {
            if index.network.lets_to(pod, &end.value, tcp(port.get())) {
                continue;
            }
            let place = match &end.value {
                End::Range(range) => range.cidr.to_string(),
                End::Pods(pods) => format!("namespace `{}`", pods.namespace),
            };
            let number = port.get();
            let end = match name {
                Some(name) => format!("`{name}` ({place}, TCP {number})"),
                None => format!("{place} (TCP {number})"),
            };
            shut.entry((pod, Direction::Out)).or_default().push(end);
        }
    }
}

/// The component that a pod belongs to, if its workload finds its pods: if not, that is the fault to tell.
pub(super) fn part_of<'a>(index: &Index<'a>, workload: &PodTemplate<'_>) -> Option<&'a Part> {
    let part = index.stack.parts.get(&workload.object.component.as_ref()?.value)?;
    let selector = selector_of(workload.object);
    selector.is_none_or(|one| one.matches(workload.labels)).then_some(part)
}

pub(super) fn tcp(number: u16) -> Served<'static> {
    Served { number: number.into(), protocol: "TCP", pod: None }
}

/// Callers find a component by the Service of its name.
fn named(
    index: &Index<'_>,
    (part, workload): (&Part, &PodTemplate<'_>),
    target: &Part,
    sink: &mut Sink,
) {
    let (name, around) = (&*target.object as &str, namespace(workload.object));
    if connect::served_port(target).is_none() || index.exists("", "Service", (around, name)) {
        return;
    }
    let message = format!("there is no Service `{name}`, by which `{}` calls it", part.name.value);
    let diagnostic = Diagnostic::error(Code::MissingFlow, message);
    let diagnostic = match part.edges.get(&target.name.value) {
        Some(origin) => diagnostic.origin(*origin, ""),
        None => diagnostic,
    };
    let place = target.name.span().filter(|_| diagnostic.labels.is_empty());
    let diagnostic = match place {
        Some(place) => diagnostic.label(place, ""),
        None => diagnostic,
    };
    sink.report(diagnostic.help("keep the name and namespace of its Service: they are its host"));
}

/// The way in to a component that is reachable from outside of the stage.
fn exposed<'a>(
    index: &Index<'a>,
    (pod, workload): (usize, &PodTemplate<'a>),
    part: &Part,
    shut: &mut Shut,
) {
    let callers = exposure::callers(index.stack, part);
    // What is exposed is its own port.
    let further = &part.facts.ports.by_name;
    let is_further =
        |one: &Served<'_>| further.iter().any(|(_, port)| i32::from(port.get()) == one.number);
    for served in served(index, part, workload).filter(|one| !is_further(one)) {
        let (protocol, number) = (served.protocol, served.number);
        if callers.anybody && !index.network.lets_in_from_outside(pod, served) {
            let end = format!("callers from outside ({protocol} {number})");
            shut.entry((pod, Direction::In)).or_default().push(end);
        }
        for around in &callers.namespaces {
            let (is_open, who) = match around.value {
                Namespaces::Named(name) => (
                    index.network.lets_in_from(pod, name, served),
                    format!("pods of namespace `{name}`"),
                ),
                Namespaces::Labelled(key, value) => (
                    index.network.lets_in_labelled(pod, (key, value), served),
                    format!("pods of the namespaces with the label `{key}`"),
                ),
            };
            if !is_open {
                let end = format!("{who} ({protocol} {number})");
                shut.entry((pod, Direction::In)).or_default().push(end);
            }
        }
        for range in &callers.ranges {
            if !index.network.lets_in_range(pod, range, served) {
                let end = format!("{} ({protocol} {number})", range.value);
                shut.entry((pod, Direction::In)).or_default().push(end);
            }
        }
    }
}

/// The way in of an operator's Prometheus, and of its Grafana to the logs.
fn operated(index: &Index<'_>, pod: usize, part: &Part, shut: &mut Shut) {
    let Some(operated) = connect::operated(index.stack, part) else { return };
    let around = &*operated.namespace;
    for (program, labels) in &operated.callers {
        for port in &operated.ports {
            if !index.network.lets_in_pods(pod, (around, labels), tcp(*port)) {
                let end = format!("the {program} of namespace `{around}` (TCP {port})");
                shut.entry((pod, Direction::In)).or_default().push(end);
            }
        }
    }
}

/// The metrics of a component, at ports of their own.
fn scraped(
    index: &Index<'_>,
    (pod, workload): (usize, &PodTemplate<'_>),
    target: &Part,
    shut: &mut Shut,
) {
    let caller = workload.object.component.as_ref().map_or("", |name| &*name.value as &str);
    for other in index.network.of_component(&target.name.value) {
        let Some(serving) = index.pods.workloads.get(other) else { continue };
        for port in metrics_ports(index.stack, target).into_iter().flatten() {
            if !index.network.lets(pod, Direction::Out, serving, tcp(port)) {
                let end = format!("the metrics of `{}` (TCP {port})", target.name.value);
                shut.entry((pod, Direction::Out)).or_default().push(end);
            }
            if !index.network.lets(other, Direction::In, workload, tcp(port)) {
                let end = format!("`{caller}` (TCP {port})");
                shut.entry((other, Direction::In)).or_default().push(end);
            }
        }
    }
}

/// An edge to a component that stands for a Service of the user's own.
fn own_service(
    index: &Index<'_>,
    (pod, workload): (usize, &PodTemplate<'_>),
    name: &Name,
    (service, port): (&Service, Sourced<Port>),
    shut: &mut Shut,
) {
    let caller = workload.object.component.as_ref().map_or("", |name| &*name.value as &str);
    let selector = Selector { labels: &service.selector, expressions: &[] };
    for other in index.pods.places(namespace(workload.object), selector) {
        let Some(serving) = index.pods.workloads.get(other) else { continue };
        let named = |wanted: &str| {
            let ports =
                containers::running(serving.spec).flat_map(|(_, one)| one.ports.iter().flatten());
            let mut found = ports.filter(|port| port.name.as_deref() == Some(wanted));
            found.next().map(|port| port.container_port)
        };
        let number = match service.target(port.get()) {
            Some(TargetPort::Number(number)) => Some(i32::from(*number)),
            Some(TargetPort::Name(wanted)) => named(wanted),
            None => None,
        };
        // A Service that finds no port is told where that is.
        let Some(number) = number else { continue };
        let served = Served { number, protocol: "TCP", pod: Some(serving.spec) };
        if !index.network.lets(pod, Direction::Out, serving, served) {
            let end = format!("`{name}` (TCP {number})");
            shut.entry((pod, Direction::Out)).or_default().push(end);
        }
        if !index.network.lets(other, Direction::In, workload, served) {
            let end = format!("`{caller}` (TCP {number})");
            shut.entry((other, Direction::In)).or_default().push(end);
        }
    }
}

/// An edge between two components of the cluster.
fn inside(
    index: &Index<'_>,
    (pod, workload): (usize, &PodTemplate<'_>),
    target: &Part,
    shut: &mut Shut,
    sink: &mut Sink,
) {
    let caller = workload.object.component.as_ref().map_or("", |name| &*name.value as &str);
    for other in index.network.of_component(&target.name.value) {
        let Some(serving) = index.pods.workloads.get(other) else { continue };
        if part_of(index, serving).is_none() {
            continue;
        }
        let open =
            caller_of(index, workload).map(|one| connect::called_ports(index.stack, one, target));
        let has_several = !target.facts.ports.by_name.is_empty();
        for served in served(index, target, serving) {
            let is_called = |ports: &Vec<Sourced<Port>>| {
                ports.iter().any(|port| i32::from(port.get()) == served.number)
            };
            // A reference opens the ports that it says, and no other one of several.
            if has_several && !open.as_ref().is_some_and(is_called) {
                continue;
            }
            let out = index.network.lets(pod, Direction::Out, serving, served);
            let inside = index.network.lets(other, Direction::In, workload, served);
            if out && inside {
                continue;
            }
            let (protocol, number) = (served.protocol, served.number);
            // The policies open the port that the stack knows: who says another one is at fault.
            let mut known = target.facts.all_ports().peekable();
            if known.peek().is_some() && known.all(|known| i32::from(known.get()) != number) {
                other_port(target, serving, served, caller, sink);
                continue;
            }
            if !out {
                let end = format!("`{}` ({protocol} {number})", target.name.value);
                shut.entry((pod, Direction::Out)).or_default().push(end);
            }
            if !inside {
                let end = format!("`{caller}` ({protocol} {number})");
                shut.entry((other, Direction::In)).or_default().push(end);
            }
        }
    }
}

fn caller_of<'a>(index: &Index<'a>, workload: &PodTemplate<'_>) -> Option<&'a Part> {
    index.stack.parts.get(&workload.object.component.as_ref()?.value)
}

fn other_port(
    target: &Part,
    pod: &PodTemplate<'_>,
    served: Served<'_>,
    caller: &str,
    sink: &mut Sink,
) {
    let known = connect::served_port(target).unwrap_or_default();
    let (name, number) = (&target.name.value, served.number);
    let message =
        format!("`{name}` serves {number}, and the network policies let `{caller}` to {known}");
    let Some((_, root)) = pod.object.body.pod_spec() else { return };
    let listed = containers::running(pod.spec).find_map(|(list, container)| {
        let mut ports = container.ports.iter().flatten();
        let port = ports.find(|port| port.container_port == number)?;
        Some((list, &*container.name, port.name.as_deref()?))
    });
    let path = match listed {
        Some((list, container, port)) => format!("{root}.{list}[{container}].ports[{port}]"),
        None => format!("{root}.containers"),
    };
    sink.report(
        fault(Code::MissingFlow, pod.object, path, message)
            .help("change the port of the component rather than that of its pods"),
    );
}

/// The ports of the pods that the Service of a component leads to; without a Service, the port that it is known by.
/// Whether a port is there at all is another check's to say.
fn served<'a>(
    index: &Index<'a>,
    target: &Part,
    pod: &PodTemplate<'a>,
) -> impl Iterator<Item = Served<'a>> {
    let around = namespace(pod.object);
    let service = index.get("", "Service", (around, &target.name.value));
    let service = service.and_then(|object| match &object.body {
        Body::Service(service) => service.spec.as_ref(),
        _ => None,
    });
    let ports = service.and_then(|spec| spec.ports.as_deref());
    let known = connect::served_port(target).filter(|_| ports.is_none());
    let known = known.map(|port| Served { pod: Some(pod.spec), ..tcp(port) });
    let pod = pod.spec;
    let of_service = ports.unwrap_or_default().iter().filter_map(move |port| {
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let number = match &port.target_port {
            None => port.port,
            Some(IntOrString::Int(number)) => *number,
            Some(IntOrString::String(name)) => {
                ports_of(pod).find(|one| one.name.as_ref() == Some(name))?.container_port
            }
        };
        Some(Served { number, protocol, pod: Some(pod) })
    });
    let is_listed = move |served: &Served<'_>| {
        let mut ports = ports_of(pod).peekable();
        ports.peek().is_none() || ports.any(|port| port.container_port == served.number)
    };
    let of_service = of_service.filter(is_listed);
    known.into_iter().chain(of_service)
}

/// The ports that the containers of a pod list.
fn ports_of(pod: &PodSpec) -> impl Iterator<Item = &ContainerPort> {
    containers::running(pod).flat_map(|(_, container)| container.ports.iter().flatten())
}

/// A side that is closed to ends that it should talk with.
fn closed(
    index: &Index<'_>,
    workload: &PodTemplate<'_>,
    direction: Direction,
    ends: &[String],
) -> Diagnostic {
    let component = workload.object.component.as_ref().map_or("", |name| &*name.value as &str);
    let ends = listed(ends);
    // A pod of the user's own belongs to no component.
    let pods = match component {
        "" => workload.object.id(),
        component => format!("`{component}`"),
    };
    let (message, help, rules) = match direction {
        Direction::Out => (
            format!("no network policy lets {pods} out to {ends}"),
            "keep the generated egress rules, or let it out in a NetworkPolicy in `[[objects]]`",
            "spec.egress",
        ),
        Direction::In => (
            format!("no network policy lets {ends} in to {pods}"),
            "keep the generated ingress rules, or let it in by a NetworkPolicy in `[[objects]]`",
            "spec.ingress",
        ),
    };
    let part = index.stack.part(component);
    let object = part.map_or(component, |part| &*part.object);
    let id = (namespace(workload.object), object);
    let policy = index.get("networking.k8s.io", "NetworkPolicy", id);
    let has_label = workload.labels.get(names::INSTANCE).is_some_and(|label| label == object);
    let diagnostic = if let Some(object) = policy.filter(|_| has_label) {
        let known = index.network.policies.iter().find(|one| std::ptr::eq(one.object, object));
        let selects = known.is_some_and(|policy| policy.selector().matches(workload.labels));
        let path = if !selects {
            "spec.podSelector"
        } else if known.is_some_and(|policy| !policy.closes(direction)) {
            "spec.policyTypes"
        } else {
            rules
        };
        fault(Code::MissingFlow, object, path, message)
    } else {
        let path = workload
            .object
            .body
            .pod_template()
            .map_or("metadata.labels".to_owned(), |(_, path)| {
                format!("{path}.metadata.labels.{}", names::INSTANCE)
            });
        fault(Code::MissingFlow, workload.object, path, message)
    };
    diagnostic.help(help)
}

/// The first ends, and how many there are beside them.
fn listed(ends: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = ends.iter().take(SHOWN).map(String::as_str).collect();
    let more = ends.len().saturating_sub(SHOWN);
    let list = shown.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}
