//! Objects + edges → `NetworkPolicy` objects: everything is closed, and exactly the declared flows are open.

mod egress;
mod mesh;
mod node;
mod scrape;

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::objects::{Service, TargetPort};
use seaway_core::stack::Part;
use seaway_core::values::{Name, Port};
use seaway_core::{Origin, Sourced, Stack, broker, exposure, objects};

pub(crate) use self::egress::dns_peer;
use self::egress::egress;
use self::scrape::Scrape;
pub(crate) use self::scrape::{KUBELET_PORT, OPERATOR_NAMESPACE, operated};
use crate::harden::Placer;
use crate::object::filled;
use crate::{Object, names, reasons};

/// Adds the policies of a stage.
pub(crate) fn connect(stack: &Stack, mut objects: Vec<Object>) -> Vec<Object> {
    let mut callers: BTreeMap<&Name, Vec<(&Name, Origin)>> = BTreeMap::new();
    for (name, part) in &stack.parts {
        for (target, origin) in &part.edges {
            callers.entry(target).or_default().push((name, *origin));
        }
    }
    let scrape = Scrape::of(stack);
    let counted = counted(stack);
    let mut policies = vec![default_deny(stack)];
    for (name, part) in &stack.parts {
        if part.component.pod().is_some() {
            let callers = callers.get(name).map(Vec::as_slice).unwrap_or_default();
            let counted = counted.get(name).copied();
            policies.push(policy(stack, part, callers, counted, &scrape));
        }
    }
    for (name, callers) in &callers {
        let target = stack.parts.get(*name);
        policies.extend(target.and_then(|target| into_object(stack, target, callers)));
    }
    policies.extend(solvers(stack));
    policies.extend(node::policies(stack));
    let mut placed = Placer::new(stack);
    for mut policy in policies {
        mesh::open(stack, &mut policy);
        placed.place(&mut policy);
        objects.push(policy);
    }
    objects
}

/// The namespace that KEDA is installed in: <https://keda.sh/docs/latest/deploy/>.
pub(crate) const KEDA: &str = "keda";

/// Brokers of the cluster whose queues KEDA counts, and what asks for it. Its operator calls them from its own namespace.
pub(crate) fn counted(stack: &Stack) -> BTreeMap<&Name, Origin> {
    let scaled = stack.parts.values().filter_map(|part| {
        let length = part.facts.autoscale.as_ref()?.queue_length?;
        let broker = broker::of(stack, part)?;
        broker.is_in_cluster.then_some((broker.name, length.origin))
    });
    scaled.collect()
}

fn both_directions() -> Vec<String> {
    vec!["Ingress".to_owned(), "Egress".to_owned()]
}

/// Closes every pod of the namespace, or of the stack where others may lie there, in both directions; other policies open it
/// again.
fn default_deny(stack: &Stack) -> Object {
    let own = names::of_stack(stack);
    let selector = LabelSelector {
        match_labels: (!own.is_empty()).then_some(own),
        ..LabelSelector::default()
    };
    let name = stack.prefix.text("default-deny");
    let body = NetworkPolicy {
        metadata: ObjectMeta { name: Some(name), ..ObjectMeta::default() },
        spec: Some(NetworkPolicySpec {
            pod_selector: filled(selector),
            policy_types: Some(both_directions()),
            ..NetworkPolicySpec::default()
        }),
    };
    Object::new(body, None, Origin::Default(&reasons::FLOWS))
}

fn policy(
    stack: &Stack,
    part: &Part,
    callers: &[(&Name, Origin)],
    counted: Option<Origin>,
    scrape: &Scrape<'_>,
) -> Object {
    let selector = LabelSelector {
        match_labels: Some(names::selector(stack, part)),
        ..LabelSelector::default()
    };
    let ways_in = ingress(stack, part, callers, counted).into_iter();
    let (ingress, from): (Vec<_>, Vec<_>) = ways_in.chain(scrape.metrics_of(part)).unzip();
    let ways_out = egress(stack, part).into_iter().chain(scrape.egress(stack, part));
    let (egress, to): (Vec<_>, Vec<_>) = ways_out.unzip();
    let spec = NetworkPolicySpec {
        pod_selector: filled(selector),
        policy_types: Some(both_directions()),
        ingress: Some(ingress),
        egress: Some(egress),
    };
    let metadata = ObjectMeta { name: Some(part.object.to_string()), ..ObjectMeta::default() };
    let body = NetworkPolicy { metadata, spec: Some(spec) };
    let mut object = Object::new(body, Some(&part.name), Origin::Default(&reasons::FLOWS));
    for (rule, origins) in to.into_iter().enumerate() {
        object.origins.set(format!("spec.egress[{rule}]"), origins.rule);
        for (peer, origin) in origins.peers.into_iter().enumerate() {
            object.origins.set(format!("spec.egress[{rule}].to[{peer}]"), origin);
        }
        for ((peer, at), origin) in origins.holes {
            let path = format!("spec.egress[{rule}].to[{peer}].ipBlock.except[{at}]");
            object.origins.set(path, origin);
        }
        for (port, origin) in origins.ports.into_iter().enumerate() {
            object.origins.set(format!("spec.egress[{rule}].ports[{port}]"), origin);
        }
    }
    for (rule, origins) in from.into_iter().enumerate() {
        for (index, origin) in origins.into_iter().enumerate() {
            object.origins.set(format!("spec.ingress[{rule}].from[{index}]"), origin);
        }
    }
    object
}

/// The port that others reach the pods of a component at.
pub(crate) fn served_port(part: &Part) -> Option<u16> {
    part.facts.port.map(|port| port.get())
}

/// The ports by which a component calls another one, by their numbers.
pub(crate) fn called_ports(stack: &Stack, part: &Part, target: &Part) -> Vec<Sourced<Port>> {
    let mut ports = part.ports_to(target);
    let management = broker::management(stack, part);
    ports.extend(
        management.filter(|asked| *asked.broker == target.name.value).map(|asked| asked.port),
    );
    ports.sort_by_key(|port| port.value);
    ports.dedup_by_key(|port| port.value);
    ports
}

fn tcp(port: u16) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(IntOrString::Int(port.into())),
        protocol: Some("TCP".to_owned()),
        ..NetworkPolicyPort::default()
    }
}

fn pods_of(stack: &Stack, part: &Part) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        pod_selector: Some(LabelSelector {
            match_labels: Some(names::selector(stack, part)),
            ..LabelSelector::default()
        }),
        ..NetworkPolicyPeer::default()
    }
}

fn block(cidr: &str, except: Vec<String>) -> NetworkPolicyPeer {
    let ip_block =
        IPBlock { cidr: cidr.to_owned(), except: (!except.is_empty()).then_some(except) };
    NetworkPolicyPeer { ip_block: Some(ip_block), ..NetworkPolicyPeer::default() }
}

/// The pods of the namespace with some labels.
fn pods_with(labels: &BTreeMap<String, String>) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        pod_selector: Some(LabelSelector {
            match_labels: Some(labels.clone()),
            ..LabelSelector::default()
        }),
        ..NetworkPolicyPeer::default()
    }
}

/// The port of the pods behind a port of a Service. A rule takes a name of theirs as well.
fn ports_of(service: &Service, port: Sourced<Port>) -> Vec<NetworkPolicyPort> {
    let target = service.target(port.get()).map(|target| match target {
        TargetPort::Number(number) => tcp(*number),
        TargetPort::Name(name) => {
            NetworkPolicyPort { port: Some(IntOrString::String(name.clone())), ..tcp(0) }
        }
    });
    target.into_iter().collect()
}

/// Lets callers in to the pods of a Service of the user's own that a component stands for.
fn into_object(stack: &Stack, part: &Part, callers: &[(&Name, Origin)]) -> Option<Object> {
    let service = objects::behind(stack, part)?;
    let mut rules = Vec::new();
    let mut origins = Vec::new();
    for (ports, peers) in by_ports(stack, part, callers) {
        let (from, of_peers): (Vec<_>, Vec<_>) = peers.into_iter().unzip();
        let at = rules.len();
        origins.extend(ports.first().map(|first| (format!("[{at}].ports"), first.origin)));
        let of_peers = of_peers.into_iter().enumerate();
        origins.extend(of_peers.map(|(peer, origin)| (format!("[{at}].from[{peer}]"), origin)));
        let ports = ports.iter().flat_map(|port| ports_of(&service, *port)).collect();
        rules.push(NetworkPolicyIngressRule { ports: Some(ports), from: Some(from) });
    }
    let spec = NetworkPolicySpec {
        pod_selector: filled(LabelSelector {
            match_labels: Some(service.selector),
            ..LabelSelector::default()
        }),
        policy_types: Some(vec!["Ingress".to_owned()]),
        ingress: Some(rules),
        ..NetworkPolicySpec::default()
    };
    let metadata = ObjectMeta { name: Some(part.object.to_string()), ..ObjectMeta::default() };
    let body = NetworkPolicy { metadata, spec: Some(spec) };
    let mut object = Object::new(body, Some(&part.name), Origin::Default(&reasons::FLOWS));
    object.origins.set("spec.podSelector", Origin::Stack(service.span));
    for (path, origin) in origins {
        object.origins.set(format!("spec.ingress{path}"), origin);
    }
    Some(object)
}

/// The callers of a component by the ports that they call, each with where it comes from.
fn by_ports(
    stack: &Stack,
    part: &Part,
    callers: &[(&Name, Origin)],
) -> BTreeMap<Vec<Sourced<Port>>, Vec<(NetworkPolicyPeer, Origin)>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, origin) in callers {
        let Some(caller) = stack.parts.get(*name) else { continue };
        let ports = called_ports(stack, caller, part);
        if !ports.is_empty() {
            found.entry(ports).or_default().push((pods_of(stack, caller), *origin));
        }
    }
    found
}

/// The rules that let callers in, each with where its peers come from: one for the callers of the component's own port, and
/// one for each set of ports that others call.
fn ingress(
    stack: &Stack,
    part: &Part,
    callers: &[(&Name, Origin)],
    counted: Option<Origin>,
) -> Vec<(NetworkPolicyIngressRule, Vec<Origin>)> {
    let mut by_ports = by_ports(stack, part, callers);
    let own = Vec::from_iter(part.facts.port);
    let usual = by_ports.remove(&own).unwrap_or_default();
    let mut rules: Vec<_> = own_port(stack, part, usual, counted).into_iter().collect();
    for (ports, peers) in by_ports {
        let (peers, origins): (Vec<_>, Vec<_>) = peers.into_iter().unzip();
        let ports = Some(ports.iter().map(|port| tcp(port.get())).collect());
        rules.push((NetworkPolicyIngressRule { ports, from: Some(peers) }, origins));
    }
    rules
}

/// The label of the pods that answer a challenge of ACME by HTTP, and their port (`pkg/issuer/acme/http` of
/// cert-manager/cert-manager).
const SOLVER: (&str, u16) = ("acme.cert-manager.io/http01-solver", 8089);

/// Lets the callers of components with an `issuer` in to the pods that cert-manager starts beside them for a challenge of ACME
/// by HTTP, which come by the same controller (cert-manager/cert-manager#2334). An issuer of another kind starts none.
fn solvers(stack: &Stack) -> Option<Object> {
    let mut peers: Vec<(NetworkPolicyPeer, Origin)> = Vec::new();
    let mut first = None;
    for part in stack.parts.values() {
        let Some(issuer) = part.expose().and_then(|expose| expose.tls()?.issuer.as_ref()) else {
            continue;
        };
        first.get_or_insert(issuer.origin);
        let outside = exposure::callers(stack, part);
        let namespaces = outside.namespaces.iter().map(|one| (namespaces(one.value), one.origin));
        let ranges = outside.ranges.iter();
        let ranges = ranges.map(|range| (block(range, Vec::new()), range.origin));
        for (peer, origin) in namespaces.chain(ranges) {
            if peers.iter().all(|(known, _)| *known != peer) {
                peers.push((peer, origin));
            }
        }
    }
    // To the API a rule without peers is open to everybody.
    let issuer = first.filter(|_| !peers.is_empty())?;
    let (label, port) = SOLVER;
    let (from, origins): (Vec<_>, Vec<_>) = peers.into_iter().unzip();
    let rule = NetworkPolicyIngressRule { ports: Some(vec![tcp(port)]), from: Some(from) };
    let spec = NetworkPolicySpec {
        pod_selector: filled(self::label(label, "true")),
        policy_types: Some(vec!["Ingress".to_owned()]),
        ingress: Some(vec![rule]),
        ..NetworkPolicySpec::default()
    };
    let name = Some(stack.prefix.text("acme-http01-solver"));
    let metadata = ObjectMeta { name, ..ObjectMeta::default() };
    let mut object = Object::new(NetworkPolicy { metadata, spec: Some(spec) }, None, issuer);
    for (at, origin) in origins.into_iter().enumerate() {
        object.origins.set(format!("spec.ingress[0].from[{at}]"), origin);
    }
    Some(object)
}

/// The rule that lets callers in to the component's own port, and where each peer of it comes from; `None` if nobody calls.
fn own_port(
    stack: &Stack,
    part: &Part,
    mut peers: Vec<(NetworkPolicyPeer, Origin)>,
    counted: Option<Origin>,
) -> Option<(NetworkPolicyIngressRule, Vec<Origin>)> {
    let ports = Some(vec![tcp(served_port(part)?)]);
    peers.extend(counted.map(|origin| (pods_in(KEDA), origin)));
    let outside = exposure::callers(stack, part);
    // To the API a rule without peers is open to everybody.
    if outside.anybody {
        return Some((NetworkPolicyIngressRule { ports, from: None }, Vec::new()));
    }
    peers.extend(outside.namespaces.iter().map(|one| (namespaces(one.value), one.origin)));
    peers.extend(outside.ranges.iter().map(|range| (block(range, Vec::new()), range.origin)));
    let (peers, origins): (Vec<_>, Vec<_>) = peers.into_iter().unzip();
    let rule = NetworkPolicyIngressRule { ports, from: Some(peers) };
    (!origins.is_empty()).then_some((rule, origins))
}

fn label(key: &str, value: &str) -> LabelSelector {
    LabelSelector {
        match_labels: Some([(key.to_owned(), value.to_owned())].into()),
        ..LabelSelector::default()
    }
}

/// All pods of namespaces.
fn namespaces(namespaces: exposure::Namespaces<'_>) -> NetworkPolicyPeer {
    match namespaces {
        exposure::Namespaces::Named(name) => pods_in(name),
        exposure::Namespaces::Labelled(key, value) => NetworkPolicyPeer {
            namespace_selector: Some(label(key, value)),
            ..NetworkPolicyPeer::default()
        },
    }
}

/// The pods of a namespace with some labels; all of them without labels.
fn pods_in_with(namespace: &str, labels: &BTreeMap<String, String>) -> NetworkPolicyPeer {
    let pod_selector = if labels.is_empty() { None } else { pods_with(labels).pod_selector };
    NetworkPolicyPeer { pod_selector, ..pods_in(namespace) }
}

/// All pods of a namespace.
fn pods_in(namespace: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(label("kubernetes.io/metadata.name", namespace)),
        ..NetworkPolicyPeer::default()
    }
}
