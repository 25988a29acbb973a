//! Classes of Ingress: who serves them, and what only some of them take.

use super::Cx;
use crate::options::{CLASS_ANNOTATION, Expose, Ingress, Tls};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, exposure};

/// The classes that the controller of GKE looks for
/// (<https://cloud.google.com/kubernetes-engine/docs/concepts/ingress#controller_summary>).
const GCE: &str = "gce";
const GCE_INTERNAL: &str = "gce-internal";

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    match &cx.expose.value {
        Expose::Ingress(ingress) => {
            named_twice(ingress, sink);
            elsewhere(cx, ingress, sink);
            ssl_policy(cx, ingress, sink);
            managed(cx, &ingress.tls, Some(ingress), sink);
            internal(ingress, sink);
        }
        Expose::Alb(alb) => managed(cx, &alb.tls, None, sink),
        Expose::Gateway(gateway) => managed(cx, &gateway.tls, None, sink),
        Expose::Route(route) => managed(cx, &route.tls, None, sink),
        Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::LoadBalancer(_) => {}
    }
}

/// The API server refuses a new Ingress with both
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress/#deprecated-annotation>).
fn named_twice(ingress: &Ingress, sink: &mut Sink) {
    let by_hand = ingress.annotations.iter().find(|(key, _)| key.value == CLASS_ANNOTATION);
    let written = ingress.class.as_ref().filter(|class| class.span().is_some());
    if let (Some(class), Some((key, _))) = (written, by_hand) {
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("the annotation `{key}` and `class` both name a class"),
            )
            .origin(key.origin, "")
            .origin(class.origin, "")
            .help("remove the annotation: `class` becomes what the controller reads"),
        );
    }
}

/// A class of GKE in a stage of which nobody says that it runs there: the field means nothing to that controller.
fn elsewhere(cx: Cx<'_>, ingress: &Ingress, sink: &mut Sink) {
    let Some(class) = ingress.class_name() else { return };
    let of_gke = matches!(class.value, GCE | GCE_INTERNAL);
    if !of_gke || ingress.row(&cx.stack.cluster).is_some() || ingress.controller.is_some() {
        return;
    }
    let message =
        format!("`{}` is a class of GKE, and nothing says that the stage runs there", class.value);
    let mut diagnostic = Diagnostic::warning(Code::PlatformMismatch, message).origin(
        class.origin,
        "the controller of GKE goes by an annotation, and asks `/` of pods unless a `BackendConfig` says more",
    );
    if let Some(provider) = cx.stack.cluster.provider {
        diagnostic = diagnostic.origin(provider.origin, "");
    }
    sink.report(diagnostic.help("write `cluster.provider = \"gke\"`; or name another class"));
}

/// What only the load balancers of GKE take.
fn only_gce(what: &str, origin: Origin, cx: Cx<'_>) -> Diagnostic {
    let help = if cx.stack.cluster.provider.is_some() {
        format!("remove `{what}`")
    } else {
        format!("write `class = \"gce\"` and `cluster.provider = \"gke\"`, or remove `{what}`")
    };
    Diagnostic::error(
        Code::Conflict,
        format!("only an Ingress of the class `gce` of GKE has `{what}`"),
    )
    .origin(origin, "")
    .origin(cx.expose.origin, "is none")
    .help(help)
}

/// Whether the external load balancer of GKE serves it: the internal one has neither
/// (<https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration>).
fn is_external(ingress: &Ingress) -> bool {
    ingress.is_gce() && !is_internal(ingress)
}

fn is_internal(ingress: &Ingress) -> bool {
    ingress.is_gce() && ingress.class_name().is_some_and(|class| class.value == GCE_INTERNAL)
}

fn ssl_policy(cx: Cx<'_>, ingress: &Ingress, sink: &mut Sink) {
    let Some(policy) = &ingress.ssl_policy else { return };
    if !is_external(ingress) {
        sink.report(only_gce("ssl-policy", policy.origin, cx));
    } else if exposure::tls(cx.expose).is_none() && ingress.default_certificate.is_none() {
        sink.report(
            Diagnostic::error(Code::Conflict, "a policy for TLS where no TLS is")
                .origin(policy.origin, "")
                .help("add `managed-certificate = true`, or remove `ssl-policy`"),
        );
    }
}

/// A certificate of Google's is for names, and for no wildcard
/// (<https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs>).
fn managed(cx: Cx<'_>, tls: &Tls, ingress: Option<&Ingress>, sink: &mut Sink) {
    let Some(flag) = tls.managed_certificate.filter(|flag| flag.value) else { return };
    if !ingress.is_some_and(is_external) {
        sink.report(only_gce("managed-certificate", flag.origin, cx));
        return;
    }
    let Some(routes) = cx.expose.routes() else { return };
    let hosts = exposure::hosts(cx.stack, routes);
    if hosts.is_empty() && !cx.at_fault("hosts") && !cx.declared.at_fault(["app", "hosts"]) {
        sink.report(
            Diagnostic::error(Code::MissingField, "a certificate without a host")
                .origin(flag.origin, "Google issues it for names")
                .help("add `app.hosts = [\"www.example.com\"]`, or `hosts` in `expose`"),
        );
    }
    if let Some(host) = hosts.iter().find(|host| host.starts_with('*')) {
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("Google issues no managed certificate for `{host}`"),
            )
            .origin(host.origin, "")
            .origin(flag.origin, "")
            .help(
                "name each host; or write `issuer` or `secret` in place of `managed-certificate`",
            ),
        );
    }
}

/// No `FrontendConfig` redirects for an internal load balancer.
fn internal(ingress: &Ingress, sink: &mut Sink) {
    let asked: Option<Sourced<bool>> = ingress.tls.redirect.filter(|redirect| redirect.value);
    if let Some(redirect) = asked.filter(|_| is_internal(ingress)) {
        sink.report(
            Diagnostic::error(Code::Conflict, "an internal load balancer of GKE does not redirect")
                .origin(redirect.origin, "")
                .help("remove `redirect`: with TLS it does not answer to plain HTTP"),
        );
    }
}
