//! Who ends TLS, with what certificate.

use super::Cx;
use crate::options::{Certificates, Expose, Tls};
use crate::stack::SecretSource;
use crate::stack::unknown_secret;
use crate::{Code, Diagnostic, Origin, Sink, Sourced, exposure};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let certificate = match cx.expose.nlb() {
        Some(nlb) => nlb.certificate.as_ref(),
        None => cx.expose.tls().and_then(|tls| tls.certificate.as_ref()),
    };
    if let Some(certificate) = certificate {
        arns(cx, certificate, sink);
    }
    if let Expose::Alb(alb) = &cx.expose.value
        && let Some(acl) = &alb.web_acl
    {
        region(cx, acl.region(), acl.origin, "the web ACL", sink);
    }
    if let Some(tls) = cx.expose.tls()
        && !excluded(cx, tls, sink)
    {
        misplaced(cx, tls, sink);
        secret(cx, tls, sink);
        issuer(cx, tls, sink);
        redirect(cx, tls, sink);
    }
    plain_http(cx, sink);
}

/// The ways to end TLS that are written, by key.
fn ways(cx: Cx<'_>, tls: &Tls) -> Vec<(&'static str, Origin)> {
    let default = match &cx.expose.value {
        Expose::Ingress(ingress) => ingress.default_certificate.filter(|flag| flag.value),
        _ => None,
    };
    [
        ("certificate", tls.certificate.as_ref().map(|one| one.origin)),
        ("issuer", tls.issuer.as_ref().map(|one| one.origin)),
        ("secret", tls.secret.as_ref().map(|one| one.origin)),
        (
            "managed-certificate",
            tls.managed_certificate.filter(|one| one.value).map(|one| one.origin),
        ),
        ("default-certificate", default.map(|one| one.origin)),
    ]
    .into_iter()
    .filter_map(|(key, origin)| Some((key, origin?)))
    .collect()
}

/// Two certificates for one thing.
fn excluded(cx: Cx<'_>, tls: &Tls, sink: &mut Sink) -> bool {
    let ways = ways(cx, tls);
    let [(first, first_origin), (second, second_origin), ..] = ways[..] else { return false };
    sink.report(
        Diagnostic::error(Code::Conflict, format!("`{first}` and `{second}` exclude each other"))
            .origin(second_origin, "")
            .origin(first_origin, "")
            .help("leave one of them: it says where the certificate comes from"),
    );
    true
}

/// What reads ACM does not read Secrets, and the other way round.
fn misplaced(cx: Cx<'_>, tls: &Tls, sink: &mut Sink) {
    let mut wrong = |message: &str, origin: Origin, label: &str, help: &str| {
        sink.report(
            Diagnostic::error(Code::Conflict, message).origin(origin, label).help(help.to_owned()),
        );
    };
    let is_route = matches!(cx.expose.value, Expose::Route(_));
    let by_secret = ways(cx, tls).into_iter().find(|(key, _)| matches!(*key, "issuer" | "secret"));
    match &cx.expose.value {
        Expose::Alb(_) => {
            if let Some((key, origin)) = by_secret {
                wrong(
                    "a load balancer of AWS can not read a Secret",
                    origin,
                    if key == "issuer" { "cert-manager keeps the certificate in one" } else { "" },
                    "take a certificate of ACM: `certificate = \"arn:aws:acm:REGION:ACCOUNT:certificate/ID\"`",
                );
            }
        }
        Expose::Ingress(_) | Expose::Gateway(_) | Expose::Route(_) => {
            if let Some(issuer) = tls.issuer.as_ref().filter(|_| is_route) {
                wrong(
                    "cert-manager does not watch Routes",
                    issuer.origin,
                    "asks for no certificate",
                    "leave it out for the certificate of the router; or write `secret = \"…\"` with one of your own",
                );
            }
            if let Some(certificate) = &tls.certificate {
                wrong(
                    "only load balancers of AWS can use a certificate of ACM",
                    certificate.origin,
                    "its key never leaves AWS",
                    if is_route {
                        "leave it out for the certificate of the router; or write `secret = \"…\"`"
                    } else {
                        "write `issuer = \"…\"` for one of cert-manager or `secret = \"…\"`, or expose it by `alb`"
                    },
                );
            }
        }
        _ => {}
    }
    if let Expose::Gateway(gateway) = &cx.expose.value
        && let Some(parent) = &gateway.parent
        && let Some((key, origin)) = by_secret
    {
        sink.report(
            Diagnostic::error(Code::Conflict, format!("`{key}` is for a Gateway of its own"))
                .origin(origin, "")
                .origin(parent.origin, "has its certificates in its listeners")
                .help(format!("remove `{key}`, or write `class` in place of `parent`")),
        );
    }
}

fn arns(cx: Cx<'_>, certificate: &Sourced<Certificates>, sink: &mut Sink) {
    let arns = certificate.arns();
    if arns.is_empty() {
        sink.report(
            Diagnostic::error(Code::InvalidValue, "`certificate` is empty")
                .origin(certificate.origin, "")
                .help("write the ARN of a certificate, or remove the key"),
        );
    }
    if let Some(first) = arns.first() {
        region(cx, first.region(), certificate.origin, "the certificate", sink);
    }
}

/// A load balancer uses what lies in its own region
/// (<https://docs.aws.amazon.com/acm/latest/userguide/acm-regions.html>).
fn region(cx: Cx<'_>, found: &str, origin: Origin, what: &str, sink: &mut Sink) {
    if let Some(region) = &cx.stack.cluster.region
        && region.value != found
    {
        let message = format!("{what} is of `{found}`, and the cluster lies in `{region}`");
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(origin, "")
                .origin(region.origin, "")
                .help(format!("take one of `{region}`: those of other regions can not be used")),
        );
    }
}

/// A Secret with a certificate is declared, and not made up.
fn secret(cx: Cx<'_>, tls: &Tls, sink: &mut Sink) {
    let Some(secret) = &tls.secret else { return };
    let Some(contract) = cx.stack.secrets.get(&secret.value) else {
        if !cx.declared.has("secrets", secret) {
            let place = secret.span().unwrap_or_default();
            sink.report(unknown_secret(cx.stack.secret_names(), secret, place));
        }
        return;
    };
    if cx.declared.at_fault(["secrets", &*secret.value]) {
        return;
    }
    let has = |wanted: &str| contract.keys.keys().any(|key| **key == *wanted);
    if let Some(key) = ["tls.crt", "tls.key"].into_iter().find(|key| !has(key)) {
        sink.report(
            Diagnostic::error(Code::UnknownKey, format!("Secret `{secret}` has no key `{key}`"))
                .origin(secret.origin, "")
                .origin(contract.origin, "declared here")
                .help(format!("write `secrets.{secret}.keys = [\"tls.crt\", \"tls.key\"]`")),
        );
    } else if contract.source.value == SecretSource::Development {
        sink.report(
            Diagnostic::error(Code::InvalidValue, "a certificate can not be made up")
                .origin(secret.origin, "")
                .origin(contract.origin, "a development stage would fill it with random digits")
                .help(format!(
                    "write `secrets.{secret}.source = \"existing\"` and create it, or `issuer` in place of `secret`"
                )),
        );
    }
}

/// Certificates are for names.
fn issuer(cx: Cx<'_>, tls: &Tls, sink: &mut Sink) {
    let Some(routes) = cx.expose.routes() else { return };
    if let Some(issuer) = &tls.issuer
        && exposure::hosts(cx.stack, routes).is_empty()
        && !cx.at_fault("hosts")
        && !cx.declared.at_fault(["app", "hosts"])
    {
        sink.report(
            Diagnostic::error(Code::MissingField, "a certificate without a host")
                .origin(issuer.origin, "cert-manager asks for one by its names")
                .help("add `app.hosts = [\"www.example.com\"]`, or `hosts` in `expose`"),
        );
    }
}

fn redirect(cx: Cx<'_>, tls: &Tls, sink: &mut Sink) {
    if let Some(redirect) = tls.redirect
        && redirect.value
        && exposure::tls(cx.expose).is_none()
        && ways(cx, tls).is_empty()
    {
        sink.report(
            Diagnostic::error(Code::Conflict, "a redirect to HTTPS where no TLS is")
                .origin(redirect.origin, "requests would end nowhere")
                .help(format!("{}, or remove `redirect`", with_tls(&cx.expose.value))),
        );
    }
}

/// How TLS is written for a way of exposure.
fn with_tls(expose: &Expose) -> &'static str {
    match expose {
        Expose::Alb(_) => "add `certificate = \"arn:aws:acm:REGION:ACCOUNT:certificate/ID\"`",
        Expose::LoadBalancer(balancer) if balancer.nlb.is_some() => {
            "add `nlb.certificate = \"arn:aws:acm:REGION:ACCOUNT:certificate/ID\"`"
        }
        Expose::Gateway(gateway) if gateway.parent.is_some() => {
            "write the name of a `listener` that ends TLS"
        }
        Expose::Route(_) => "remove `termination`: TLS ends at the router then",
        Expose::Ingress(_) | Expose::Gateway(_) => {
            "add `issuer = \"…\"`, an issuer of cert-manager, or `secret = \"…\"`"
        }
        Expose::LoadBalancer(_) | Expose::NodePort(_) | Expose::ClusterIp(_) => {
            "expose it by `ingress`, `alb` or `gateway`, which end TLS"
        }
    }
}

/// A production stage that anybody on the way can read. It is a judgement: TLS may end before the load balancer.
fn plain_http(cx: Cx<'_>, sink: &mut Sink) {
    let inside = matches!(cx.expose.value, Expose::ClusterIp(_));
    let told = cx.expose.tls().is_some_and(|tls| !ways(cx, tls).is_empty())
        || ["certificate", "issuer", "secret", "nlb"].iter().any(|key| cx.at_fault(key))
        // That it lacks both is told.
        || matches!(&cx.expose.value, Expose::Gateway(gateway)
            if gateway.parent.is_none() && gateway.class.is_none());
    if !cx.stack.is_production() || inside || told || exposure::tls(cx.expose).is_some() {
        return;
    }
    let message = format!("`{}` is reached by plain HTTP in a production stage", cx.part.name);
    sink.report(
        Diagnostic::error(Code::PlainHttp, message)
            .origin(cx.expose.origin, "passwords and sessions can be read on the way")
            .help(format!(
                "{}; if TLS ends before it, say so: `{}.plain-http = \"…\"`",
                with_tls(&cx.expose.value),
                cx.allows()
            )),
    );
}
