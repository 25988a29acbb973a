//! Named ports: names that Kubernetes takes, and numbers that nothing else of the pod has.

use std::collections::BTreeSet;

use crate::declared::Declared;
use crate::options::{HTTP_PORT, Service, Web};
use crate::outputs::metrics_ports;
use crate::stack::Part;
use crate::values::{Name, Port};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let ports = &part.facts.ports;
        for name in ports.own.iter().chain(ports.by_name.iter().map(|(name, _)| name)) {
            form(name, sink);
        }
        let called = ports.own.as_ref().map_or("`port`".to_owned(), |name| format!("`{name}`"));
        let taken = taken(stack, part);
        let mut numbers: BTreeSet<u16> = taken.iter().map(|one| one.number).collect();
        numbers.extend(ports.by_name.iter().map(|(_, port)| port.get()));
        for (at, (name, port)) in ports.by_name.iter().enumerate() {
            let mut earlier = ports.by_name.iter().take(at);
            let twin = earlier.find(|(_, other)| other.value == port.value);
            let own = part.facts.own_port().filter(|own| is_written(part, *own, port.value));
            let twin = twin.map(|(name, port)| (format!("`{name}`"), port.origin));
            if let Some(other) = own.map(|own| (called.clone(), own.origin)).or(twin) {
                sink.report(two_names((name, *port), other));
            } else if let Some(other) = taken.iter().find(|one| one.number == port.get()) {
                sink.report(collision((name, *port), other, &numbers));
            }
            named(part, name, sink);
        }
    }
}

/// Whether a number is that of the port that the stack writes as the component's own.
fn is_written(part: &Part, own: Sourced<Port>, number: Port) -> bool {
    let own = part.component.options::<Web>().map_or(own, |web| web.port);
    own.value == number && own.origin.span().is_some()
}

/// What `IANA_SVC_NAME` of the API means, of what is a DNS label in any case:
/// <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports>.
fn form(name: &Sourced<Name>, sink: &mut Sink) {
    let has_letter = name.bytes().any(|b| b.is_ascii_lowercase());
    if name.len() > 15 || name.contains("--") || !has_letter {
        sink.report(
            Diagnostic::error(Code::InvalidName, format!("`{name}` can not be the name of a port"))
                .origin(name.origin, "")
                .help("write at most 15 of `a-z`, `0-9` and single `-`, one of them a letter"),
        );
    }
}

fn two_names(
    (name, port): (&Sourced<Name>, Sourced<Port>),
    (other, origin): (String, Origin),
) -> Diagnostic {
    Diagnostic::error(Code::Conflict, format!("port {} has two names", port.get()))
        .origin(port.origin, format!("`{name}`"))
        .origin(origin, other)
        .help("leave one of them out")
}

/// A port that something else of the pod or its Service has.
struct Taken {
    number: u16,
    by: String,
    origin: Origin,
}

/// The ports that Seaway gives to others than the component's program, or that the program has anyway.
fn taken(stack: &Stack, part: &Part) -> Vec<Taken> {
    let Some(web) = part.component.options::<Web>() else { return Vec::new() };
    let place = |origin: Origin| origin.span().map_or(part.name.origin, Origin::Stack);
    let mut taken = vec![
        Taken { number: web.port.get(), by: "its server".to_owned(), origin: part.name.origin },
        Taken { number: HTTP_PORT, by: "its `Service`".to_owned(), origin: part.name.origin },
    ];
    if let Some(files) = web.static_files.as_ref().filter(|_| web.nginx().is_some()) {
        let number = web.nginx_port().get();
        taken.push(Taken { number, by: "its nginx".to_owned(), origin: place(files.origin) });
    }
    let origin = web.metrics.map_or(part.name.origin, |metrics| place(metrics.origin));
    let metrics = metrics_ports(stack, part).into_iter().flatten();
    taken.extend(metrics.map(|number| Taken {
        number,
        by: "metrics of its server".to_owned(),
        origin,
    }));
    taken
}

fn collision(
    (name, port): (&Sourced<Name>, Sourced<Port>),
    other: &Taken,
    numbers: &BTreeSet<u16>,
) -> Diagnostic {
    // Below 1024 a port takes rights that not each program has.
    let first = port.get().max(1023);
    let free = (first..u16::MAX).map(|port| port + 1).find(|port| !numbers.contains(port));
    let line = free.map(|free| format!("write `ports.{name} = {free}`, and let it listen there"));
    Diagnostic::error(
        Code::Conflict,
        format!("port {} of `{name}` is that of {}", port.get(), other.by),
    )
    .origin(port.origin, format!("`{name}`"))
    .origin(other.origin, format!("{} has {}", other.by, other.number))
    .help_maybe(line)
}

/// A name that another port of the pod has: Services find the ports of pods by their names.
fn named(part: &Part, name: &Sourced<Name>, sink: &mut Sink) {
    let is_called = |own: &str| *name.value == *own;
    let own = match (part.facts.port, part.component.options::<Service>()) {
        (None, _) => None,
        (Some(_), Some(service)) => Some(service.port_name()),
        (Some(_), None) => Some("http".to_owned()),
    };
    let own = own.filter(|own| part.facts.ports.own.is_none() && is_called(own));
    let web = part.component.options::<Web>();
    let is_nginx = web.is_some_and(|web| web.nginx().is_some()) && is_called("static");
    let is_metrics = part.facts.metrics.is_some()
        && name.strip_prefix("metrics-").is_some_and(|nth| nth.bytes().all(|b| b.is_ascii_digit()));
    let beside = part.containers().find_map(|container| {
        let mut ports = container.ports.keys();
        ports.find(|other| other.value == name.value)
    });
    let (place, whose) = match (own, beside) {
        (Some(_), _) => {
            let origin = part.facts.own_port().and_then(|port| port.origin.span());
            (origin.map_or(part.name.origin, Origin::Stack), "its own port is called so".to_owned())
        }
        (None, Some(other)) => (other.origin, "that of another container".to_owned()),
        (None, None) if is_nginx => (part.name.origin, "the port of its nginx".to_owned()),
        (None, None) if is_metrics => (part.name.origin, "a port of its metrics".to_owned()),
        (None, None) => return,
    };
    sink.report(
        Diagnostic::error(Code::Conflict, format!("two ports of a pod are called `{name}`"))
            .origin(name.origin, "")
            .origin(place, whose)
            .help("give it another name: each port of a pod has one of its own"),
    );
}
