//! Where ways out lead: `egress`, and the place of what lies outside of the stack.

use std::collections::BTreeSet;

use crate::options::{Destination, DestinationWord, Egress, is_everything, namespace_of};
use crate::stack::Part;
use crate::values::{Cidr, HostName, Name};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack};

/// The ways out that components name.
pub(super) fn check(stack: &Stack, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    for part in stack.parts.values() {
        for one in &part.shared.egress {
            // What `[app]` says is that of many components.
            if seen.insert(one.origin) {
                egress(stack, one, sink);
            }
        }
    }
}

fn egress(stack: &Stack, egress: &Sourced<Egress>, sink: &mut Sink) {
    match (&egress.to, &egress.cidr) {
        (Some(to), cidr) => {
            if let Some(cidr) = cidr {
                sink.report(said_twice(to.origin, "cidr", cidr.origin));
            } else if let Some(range) = egress.except.first() {
                sink.report(
                    Diagnostic::error(Code::Conflict, "`except` without `cidr`")
                        .origin(range.origin, "no range that it could be taken out of")
                        .origin(to.origin, "")
                        .help(
                            "remove `except`: `internet` leaves out private ranges, `cluster.network` and \
                             `cluster.services`",
                        ),
                );
            }
            pods(stack, to, sink);
        }
        (None, Some(cidr)) if egress.except.is_empty() => everything(cidr, "egress", sink),
        (None, Some(_)) => {}
        (None, None) => sink.report(
            Diagnostic::error(Code::MissingField, "a way out that does not say where it leads")
                .origin(egress.origin, "")
                .help(
                    "add `to = \"internet\"`, `to = \"kubernetes-api\"`, `to = { namespace = \"…\" }`, or a range, \
                     `cidr = \"10.0.16.0/20\"`",
                ),
        ),
    }
    let is_api = egress.to.as_ref().is_some_and(|to| is_word(to, DestinationWord::KubernetesApi));
    if egress.ports.is_empty() && !is_api {
        sink.report(
            Diagnostic::error(Code::MissingField, "a way out without `ports`")
                .origin(egress.origin, "nothing of it could be reached")
                .help("name the ports that are called, for example `ports = [443]`"),
        );
    }
}

fn is_word(to: &Destination, word: DestinationWord) -> bool {
    matches!(to, Destination::Word(written) if *written == word)
}

/// Pods of the stack's own namespace are named by labels: the way would lead to all components otherwise.
fn pods(stack: &Stack, to: &Sourced<Destination>, sink: &mut Sink) {
    let Destination::Pods(pods) = &to.value else { return };
    if pods.labels.is_empty() && pods.namespace.value == *stack.namespace {
        sink.report(all_of_own(&pods.namespace.value, pods.namespace.origin));
    }
}

fn all_of_own(namespace: &Name, origin: Origin) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, "a way out to all pods of the stack's own namespace")
        .origin(origin, "the namespace of the stack")
        .help(format!(
            "refer to the component that is called; for pods that an operator makes name their labels, for example \
             `to = {{ namespace = \"{namespace}\", labels = {{ \"cnpg.io/cluster\" = \"…\" }} }}`"
        ))
}

/// A range of all addresses takes in private ones, and the metadata service of the node, which hands out its rights.
fn everything(cidr: &Sourced<Cidr>, key: &str, sink: &mut Sink) {
    if !is_everything(cidr) {
        return;
    }
    let word = match key {
        "egress" => "{ to = \"internet\", ports = […] }".to_owned(),
        "receiver-cidrs" => "receiver-to = \"internet\"".to_owned(),
        _ => "to = \"internet\"".to_owned(),
    };
    sink.report(
        Diagnostic::warning(
            Code::WideEgress,
            format!("`{cidr}` takes in the private addresses of the cluster and its cloud"),
        )
        .origin(cidr.origin, "other pods, nodes, and what hands out the rights of the node")
        .help(format!(
            "write `{word}`, which leaves them out; if they are meant, say why: `allow.wide-egress = \"…\"`"
        )),
    );
}

/// Each of these ranges.
pub(super) fn ranges(cidrs: &[Sourced<Cidr>], key: &str, sink: &mut Sink) {
    for cidr in cidrs {
        everything(cidr, key, sink);
    }
}

/// Where the stack says that something lies.
pub(super) fn named(stack: &Stack, to: &Sourced<Destination>, what: &str, sink: &mut Sink) {
    if is_word(to, DestinationWord::KubernetesApi) {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("{what} is not the API server"))
                .origin(to.origin, "")
                .help(
                    "write `to = \"internet\"` or `to = { namespace = \"…\" }`; the API server is `egress = [{ to = \
                     \"kubernetes-api\" }]` of the process that calls it",
                ),
        );
    }
    pods(stack, to, sink);
}

/// Two keys that say where something lies.
pub(super) fn said_twice(to: Origin, key: &str, other: Origin) -> Diagnostic {
    let word = if key == "receiver-cidrs" { "receiver-to" } else { "to" };
    Diagnostic::error(Code::Conflict, format!("`{word}` and `{key}` both say where it lies"))
        .origin(to, "")
        .origin(other, "")
        .help("remove one of them")
}

/// Ranges of a Service: they would have to be those of its pods.
pub(super) fn inside(host: &Sourced<HostName>, namespace: &Name, cidr: Origin) -> Diagnostic {
    Diagnostic::error(Code::Conflict, format!("`{host}` is a Service of the cluster, and has no `cidrs`"))
        .origin(cidr, "pods change their addresses, and to Cilium a range never means a pod")
        .origin(host.origin, format!("lies in the namespace `{namespace}`"))
        .help(format!(
            "remove `cidrs`: the policies let callers out to the namespace `{namespace}`; to narrow it down write \
             `to = {{ namespace = \"{namespace}\", labels = {{ … }} }}`"
        ))
}

/// What says where something lies that a component reaches at some hosts.
pub(super) struct Place<'a> {
    pub(super) hosts: Vec<&'a Sourced<HostName>>,
    pub(super) to: Option<&'a Sourced<Destination>>,
    pub(super) cidrs: &'a [Sourced<Cidr>],
    /// What is written where nothing says it.
    pub(super) help: &'static str,
    /// Whether something says it that is not written here.
    pub(super) is_known: bool,
}

/// Exactly one thing says where a component lies.
pub(super) fn place(stack: &Stack, part: &Part, place: &Place<'_>, sink: &mut Sink) {
    ranges(place.cidrs, "cidrs", sink);
    if let Some(to) = place.to {
        named(stack, to, &format!("`{}`", part.name), sink);
        if let Some(cidr) = place.cidrs.first() {
            sink.report(said_twice(to.origin, "cidrs", cidr.origin));
        }
        return;
    }
    let mut outside = 0;
    for host in &place.hosts {
        match namespace_of(host) {
            Some(namespace) if namespace == *stack.namespace => {
                sink.report(all_of_own(&namespace, host.origin));
            }
            Some(_) => {}
            None => outside += 1,
        }
    }
    let inside = place.hosts.iter().find_map(|host| Some((host, namespace_of(host)?)));
    match (inside, place.cidrs.first()) {
        (Some((host, namespace)), Some(cidr)) if outside == 0 => {
            sink.report(self::inside(host, &namespace, cidr.origin));
        }
        (_, None) if outside > 0 && !place.is_known => {
            let name = &part.name;
            sink.report(
                Diagnostic::error(
                    Code::MissingField,
                    format!("`{name}` has no `cidrs` that it lies in"),
                )
                .origin(name.origin, "a network policy can not name a host")
                .help(place.help),
            );
        }
        _ => {}
    }
}
