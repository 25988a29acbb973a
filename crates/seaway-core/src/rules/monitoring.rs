//! Monitoring: who is told of alerts, and with which secret.

use crate::declared::Declared;
use crate::options::{End, Exporter, Monitoring, Peer, Traces, namespace_of};
use crate::stack::{Part, unknown_secret};
use crate::values::{DataKey, Name};
use crate::{Code, Diagnostic, Sink, Sourced, Stack, suggest};

use super::reached;

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let mut first: Option<&Part> = None;
    for part in stack.parts.values() {
        let Some(monitoring) = part.component.options::<Monitoring>() else { continue };
        if let Some(first) = first {
            sink.report(
                Diagnostic::error(Code::Conflict, "two components watch the stage")
                    .label(part.span(), "")
                    .label(first.span(), "the first one")
                    .help("keep one; its options are merged stage by stage"),
            );
        }
        first.get_or_insert(part);
        if !declared.at_fault(["components", &**part.name]) {
            receivers(declared, stack, part, monitoring, sink);
            reached::ranges(&monitoring.receiver_cidrs, "receiver-cidrs", sink);
            if let Some(to) = &monitoring.receiver_to {
                reached::named(stack, to, "a receiver of alerts", sink);
                if let Some(cidr) = monitoring.receiver_cidrs.first() {
                    sink.report(reached::said_twice(to.origin, "receiver-cidrs", cidr.origin));
                }
            }
            if let Some(traces) = &monitoring.traces {
                self::traces(declared, stack, traces, sink);
            }
            databases(declared, stack, monitoring, sink);
            grafana(part, monitoring, sink);
        }
    }
}

/// The way to the collector of traces, which network policies have to open, and what goes over it.
fn traces(declared: &Declared<'_>, stack: &Stack, traces: &Sourced<Traces>, sink: &mut Sink) {
    let host = &traces.host;
    if let Some(secret) = &traces.secret {
        credentials(declared, stack, secret, traces.key.as_ref(), "headers", sink);
    } else if let Some(key) = &traces.key {
        sink.report(
            Diagnostic::error(Code::MissingField, "a key without a Secret")
                .origin(key.origin, "")
                .help("add `secret = \"…\"`, or remove `key`"),
        );
    }
    way_of_traces(stack, traces, sink);
    let is_inside = |peer: &Sourced<Peer>| matches!(peer.value, Peer::End(End::Pods(_)));
    let leaves = !traces.peers().iter().any(is_inside);
    if leaves && stack.is_production() && !traces.tls.is_some_and(|tls| tls.value) {
        sink.report(
            Diagnostic::error(
                Code::PlainHttp,
                "traces leave the cluster by plain HTTP in a production stage",
            )
            .origin(traces.tls.map_or(host.origin, |tls| tls.origin), "what they tell of requests can be read on the way")
            .help("add `tls = true`; if something else encrypts it on the way, say so: `allow.plain-http = \"…\"`"),
        );
    }
}

/// Where the collector lies.
fn way_of_traces(stack: &Stack, traces: &Traces, sink: &mut Sink) {
    let (host, written) = (&traces.host, &traces.namespaces);
    reached::ranges(&traces.cidrs, "cidrs", sink);
    if let Some(to) = &traces.to {
        reached::named(stack, to, "the collector", sink);
        let cidr = traces.cidrs.first().map(|cidr| ("cidrs", cidr.origin));
        let namespace = written.first().map(|namespace| ("namespaces", namespace.origin));
        for (key, origin) in namespace.into_iter().chain(cidr) {
            sink.report(reached::said_twice(to.origin, key, origin));
        }
        return;
    }
    let Some(namespace) = namespace_of(host) else {
        if written.is_empty() && traces.cidrs.is_empty() {
            sink.report(
                Diagnostic::error(
                    Code::MissingField,
                    format!("nothing says where `{host}` is, so no network policy lets processes out to it"),
                )
                .origin(host.origin, "")
                .help(
                    "write the host of a Service, `<service>.<namespace>.svc`; if it lies outside of the cluster \
                     `cidrs = [\"…/24\"]`, or `to = \"internet\"` where its addresses are not known",
                ),
            );
        }
        return;
    };
    if let Some(cidr) = traces.cidrs.first() {
        sink.report(reached::inside(host, &namespace, cidr.origin));
    }
    if let Some(first) = written.first()
        && written.iter().all(|one| one.value != namespace)
    {
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("the Service `{host}` is not in the namespaces of the collector"),
            )
            .origin(host.origin, format!("lies in `{namespace}`"))
            .origin(first.origin, "")
            .help(format!("write `namespaces = [\"{namespace}\"]`, or leave it out")),
        );
    }
}

/// Roles are of databases that have an exporter, and their Secrets are declared.
fn databases(declared: &Declared<'_>, stack: &Stack, monitoring: &Monitoring, sink: &mut Sink) {
    let watched = || {
        let has_login = |part: &&Part| {
            matches!(part.facts.exporter, Some(Exporter::Postgres | Exporter::Mysqld))
        };
        stack.parts.values().filter(has_login).map(|part| &*part.name.value as &str)
    };
    for (name, login) in &monitoring.databases {
        if !watched().any(|known| *known == *name.value) {
            sink.report(
                Diagnostic::error(
                    Code::UnknownComponent,
                    format!("no database `{name}` is watched"),
                )
                .origin(name.origin, "")
                .help_maybe(suggest::nearest_or_all(name, watched())),
            );
        }
        credentials(declared, stack, &login.secret, login.key.as_ref(), "url", sink);
    }
}

/// Grafana where the stage shows it.
fn grafana(part: &Part, monitoring: &Monitoring, sink: &mut Sink) {
    let Some(expose) = monitoring.grafana().and_then(|grafana| grafana.expose) else { return };
    if let Some(operator) = monitoring.operator.as_ref().filter(|_| monitoring.operator().is_some())
    {
        sink.report(
            Diagnostic::error(Code::Conflict, "a Grafana that the stage does not have is exposed")
                .origin(expose.origin, "")
                .origin(operator.origin, "that of the operator shows the dashboards")
                .help(format!(
                    "write `components.{}.grafana = true` here, without `expose`",
                    part.name
                )),
        );
        return;
    }
    let paths = expose.routes().map_or(&[][..], |routes| &routes.paths);
    if let [_, second, ..] = paths {
        sink.report(
            Diagnostic::error(Code::Conflict, "Grafana is served below one path")
                .origin(second.origin, "a second one")
                .help("keep one: its links and cookies are made for it"),
        );
    }
}

fn receivers(
    declared: &Declared<'_>,
    stack: &Stack,
    part: &Part,
    monitoring: &Monitoring,
    sink: &mut Sink,
) {
    for receiver in monitoring.receivers.values() {
        if let Some((secret, key, usual)) = receiver.secret() {
            credentials(declared, stack, secret, key, usual, sink);
        }
    }
    if let Some(watchdog) = &monitoring.watchdog {
        let (secret, key) = (&watchdog.secret, watchdog.key.as_ref());
        credentials(declared, stack, secret, key, "url", sink);
    }
    let known = || monitoring.receivers.keys().map(|name| &*name.value);
    for named in [&monitoring.default, &monitoring.critical].into_iter().flatten() {
        if !known().any(|name| name == &*named.value) {
            sink.report(
                Diagnostic::error(Code::UnknownComponent, format!("unknown receiver `{named}`"))
                    .origin(named.origin, "not among `receivers`")
                    .help(suggest::nearest_or_all(named, known()).unwrap_or_else(|| {
                        format!("add it: `receivers.{named} = {{ type = \"slack\", … }}`")
                    })),
            );
        }
    }
    if monitoring.receivers.len() > 1 && monitoring.default.is_none() {
        sink.report(
            Diagnostic::error(Code::MissingField, "several receivers, and none is the usual one")
                .label(part.span(), "")
                .help(format!(
                    "add `default`: {}",
                    suggest::nearest_or_all("", known()).unwrap_or_default()
                )),
        );
    }
    let alone = monitoring.receivers.is_empty() && monitoring.operator().is_none();
    if let Some(watchdog) = monitoring.watchdog.as_ref().filter(|_| alone) {
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                "a dead man's switch, and nobody is told of alerts",
            )
            .origin(watchdog.origin, "without `receivers`")
            .help(
                "add `receivers.on-call = { type = \"slack\", channel = \"#…\", secret = \"…\" }`",
            ),
        );
    } else if alone && stack.is_production() {
        sink.report(
            Diagnostic::error(Code::MissingField, "nobody is told of alerts")
                .label(part.span(), "has no receivers")
                .help("add `receivers.on-call = { type = \"slack\", channel = \"#…\", secret = \"…\" }`"),
        );
    }
}

pub(super) fn credentials(
    declared: &Declared<'_>,
    stack: &Stack,
    secret: &Sourced<Name>,
    key: Option<&Sourced<DataKey>>,
    usual: &str,
    sink: &mut Sink,
) {
    let Some(contract) = stack.secrets.get(&secret.value) else {
        if !declared.has("secrets", secret) {
            let span = secret.span().unwrap_or_default();
            sink.report(unknown_secret(stack.secret_names(), secret, span));
        }
        return;
    };
    let wanted = key.map_or(usual, |key| &*key.value);
    if contract.keys.keys().any(|known| &**known == wanted) {
        return;
    }
    let known = contract.keys.keys().map(|known| &**known);
    sink.report(
        Diagnostic::error(Code::UnknownKey, format!("Secret `{secret}` has no key `{wanted}`"))
            .origin(key.map_or(secret.origin, |key| key.origin), "")
            .origin(contract.origin, "its contract")
            .help_maybe(suggest::nearest_or_all(wanted, known)),
    );
}
