//! Routes of OpenShift: where they can be, and what they can say.

use super::Cx;
use crate::options::{Expose, Provider, Route, Runs, Termination};
use crate::{Code, Diagnostic, Sink, exposure};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let Expose::Route(route) = &cx.expose.value else { return };
    elsewhere(cx, sink);
    wildcards(cx, route, sink);
    encrypted(cx, route, sink);
}

fn elsewhere(cx: Cx<'_>, sink: &mut Sink) {
    let provider = cx.stack.cluster.provider;
    let is_there = provider.is_some_and(|provider| provider.value == Provider::Openshift);
    if is_there || cx.declared.at_fault(["cluster", "provider"]) {
        return;
    }
    let mut diagnostic =
        Diagnostic::error(Code::Conflict, "only OpenShift has Routes").origin(cx.expose.origin, "");
    if let Some(provider) = provider {
        diagnostic = diagnostic.origin(provider.origin, "is another platform");
    }
    sink.report(diagnostic.help(
        "write `cluster.provider = \"openshift\"` in the stages that run there, and `ingress` or `gateway` in others",
    ));
}

/// A router admits wildcard hosts only where its administrator says so (`wildcardPolicy: WildcardsAllowed`).
fn wildcards(cx: Cx<'_>, route: &Route, sink: &mut Sink) {
    let hosts = exposure::hosts(cx.stack, &route.routes);
    if let Some(host) = hosts.iter().find(|host| host.starts_with('*')) {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("a Route does not answer to `{host}`"))
                .origin(host.origin, "routers refuse wildcards unless they are told to admit them")
                .help("name each host in `hosts`"),
        );
    }
}

fn encrypted(cx: Cx<'_>, route: &Route, sink: &mut Sink) {
    let termination = route.termination;
    if termination.value == Termination::Reencrypt && cx.part.facts.runs == Runs::Application {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{}` speaks plain HTTP", cx.part.name))
                .origin(termination.origin, "the router would speak TLS to it")
                .help("write `termination = \"edge\"`, or leave it out"),
        );
    }
    if let Some(authority) = &route.destination_ca {
        if termination.value != Termination::Reencrypt {
            sink.report(
                Diagnostic::error(Code::Conflict, "a CA for TLS that nobody speaks")
                    .origin(authority.origin, "the router speaks plain HTTP to the pods")
                    .help("write `termination = \"reencrypt\"`, or remove `destination-ca`"),
            );
        } else if !authority.contains("-----BEGIN CERTIFICATE-----") {
            sink.report(
                Diagnostic::error(Code::InvalidValue, "`destination-ca` is not a certificate")
                    .origin(authority.origin, "")
                    .help("write it as PEM: it begins with `-----BEGIN CERTIFICATE-----`"),
            );
        }
    }
    if let Some(secret) =
        route.tls.secret.as_ref().filter(|_| termination.value == Termination::None)
    {
        sink.report(
            Diagnostic::error(Code::Conflict, "a certificate where no TLS is")
                .origin(secret.origin, "")
                .origin(termination.origin, "")
                .help("remove `termination`: TLS ends at the router then"),
        );
    }
}
