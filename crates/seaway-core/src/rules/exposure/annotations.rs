//! Annotations and attributes that the options write themselves, or that run text in a controller.

use super::Cx;
use crate::options::{Expose, Metadata};
use crate::{Code, Diagnostic, Sink};

/// Annotations of an Ingress that options write, without `alb.ingress.kubernetes.io/`, each with its option.
const OF_ALB: [(&str, &str); 18] = [
    ("certificate-arn", "certificate"),
    ("group.name", "group"),
    ("group.order", "group-order"),
    ("healthcheck-interval-seconds", "health-check.interval-seconds"),
    ("healthcheck-path", "health-check.path"),
    ("healthcheck-port", "target-type"),
    ("healthcheck-timeout-seconds", "health-check.timeout-seconds"),
    ("healthy-threshold-count", "health-check.healthy-threshold"),
    ("inbound-cidrs", "source-ranges"),
    ("listen-ports", "certificate"),
    ("load-balancer-attributes", "load-balancer-attributes"),
    ("scheme", "scheme"),
    ("ssl-policy", "ssl-policy"),
    ("ssl-redirect", "redirect"),
    ("success-codes", "health-check.success-codes"),
    ("target-group-attributes", "target-group-attributes"),
    ("target-type", "target-type"),
    ("wafv2-acl-arn", "web-acl"),
];
/// Annotations of a Service that options write, without `service.beta.kubernetes.io/aws-load-balancer-`.
const OF_NLB: [(&str, &str); 13] = [
    ("attributes", "nlb.load-balancer-attributes"),
    ("healthcheck-healthy-threshold", "nlb.health-check.healthy-threshold"),
    ("healthcheck-interval", "nlb.health-check.interval-seconds"),
    ("healthcheck-path", "nlb.health-check.path"),
    ("healthcheck-port", "nlb.health-check"),
    ("healthcheck-protocol", "nlb.health-check.path"),
    ("healthcheck-unhealthy-threshold", "nlb.health-check.unhealthy-threshold"),
    ("nlb-target-type", "nlb.target-type"),
    ("scheme", "nlb.scheme"),
    ("ssl-cert", "nlb.certificate"),
    ("ssl-negotiation-policy", "nlb.ssl-policy"),
    ("ssl-ports", "nlb.certificate"),
    ("target-group-attributes", "nlb.target-group-attributes"),
];
/// Annotations of cert-manager that options write.
const OF_ISSUER: [(&str, &str); 2] =
    [("cert-manager.io/cluster-issuer", "issuer"), ("cert-manager.io/issuer", "issuer")];

/// Attributes of a load balancer that options write.
const LOAD_BALANCER: [(&str, &str); 4] = [
    ("deletion_protection.enabled", "deletion-protection"),
    ("idle_timeout.timeout_seconds", "idle-timeout-seconds"),
    ("load_balancing.cross_zone.enabled", "cross-zone"),
    ("routing.http.drop_invalid_header_fields.enabled", "drop-invalid-headers"),
];
/// Attributes of a target group that options write.
const TARGET_GROUP: [(&str, &str); 2] = [
    ("deregistration_delay.timeout_seconds", "deregistration-delay-seconds"),
    ("preserve_client_ip.enabled", "target-type"),
];

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    match &cx.expose.value {
        Expose::Alb(alb) => {
            taken(&alb.annotations, "alb.ingress.kubernetes.io/", &OF_ALB, sink);
            attributes(&alb.load_balancer_attributes, &LOAD_BALANCER, sink);
            attributes(&alb.target_group_attributes, &TARGET_GROUP, sink);
        }
        Expose::LoadBalancer(balancer) => {
            proxy_protocol(&balancer.annotations, sink);
            let Some(nlb) = &balancer.nlb else { return };
            proxy_protocol(&nlb.target_group_attributes, sink);
            let prefix = "service.beta.kubernetes.io/aws-load-balancer-";
            taken(&balancer.annotations, prefix, &OF_NLB, sink);
            attributes(&nlb.load_balancer_attributes, &LOAD_BALANCER, sink);
            attributes(&nlb.target_group_attributes, &TARGET_GROUP, sink);
            if let Some(class) = &balancer.class {
                let message = "`class` and `nlb` exclude each other";
                sink.report(
                    Diagnostic::error(Code::Conflict, message)
                        .origin(class.origin, "")
                        .origin(nlb.origin, "has the class `service.k8s.aws/nlb`")
                        .help("remove one of them"),
                );
            }
        }
        Expose::Ingress(ingress) if ingress.tls.issuer.is_some() => {
            taken(&ingress.annotations, "", &OF_ISSUER, sink);
        }
        Expose::Gateway(gateway) if gateway.tls.issuer.is_some() => {
            taken(&gateway.annotations, "", &OF_ISSUER, sink);
        }
        _ => {}
    }
}

fn taken(annotations: &Metadata, prefix: &str, options: &[(&str, &str)], sink: &mut Sink) {
    for key in annotations.keys() {
        let rest = key.value.strip_prefix(prefix);
        let known = rest.and_then(|rest| options.iter().find(|(name, _)| *name == rest));
        if let Some((_, option)) = known {
            sink.report(written_twice(&format!("the annotation `{key}`"), option, key));
        }
    }
}

fn written_twice(what: &str, option: &str, key: &crate::Sourced<String>) -> Diagnostic {
    Diagnostic::error(Code::Conflict, format!("{what} is written by `{option}`"))
        .origin(key.origin, "")
        .help(format!("write `{option}` in its place"))
}

/// Bytes before each request that name the caller: no server of Django's reads them
/// (<https://docs.gunicorn.org/en/stable/settings.html#proxy-protocol> is off, uvicorn has none).
fn proxy_protocol(annotations: &Metadata, sink: &mut Sink) {
    const ON: [&str; 2] = [
        "service.beta.kubernetes.io/aws-load-balancer-proxy-protocol",
        "proxy_protocol_v2.enabled",
    ];
    for key in annotations.keys().filter(|key| ON.contains(&key.value.as_str())) {
        sink.report(
            Diagnostic::error(Code::Conflict, "the server does not speak proxy protocol")
                .origin(key.origin, "each request would begin with bytes that it refuses")
                .help("leave it out; `alb`, `ingress` and `gateway` name the caller in a header"),
        );
    }
}

/// Attributes become one text, `key=value,key=value`.
fn attributes(attributes: &Metadata, options: &[(&str, &str)], sink: &mut Sink) {
    for (key, value) in attributes {
        if let Some((_, option)) = options.iter().find(|(name, _)| **name == *key.value) {
            sink.report(written_twice(&format!("the attribute `{key}`"), option, key));
        }
        let separates = |text: &str| text.is_empty() || text.contains([',', '=', ' ']);
        for text in [key, value].into_iter().filter(|text| separates(text)) {
            sink.report(
                Diagnostic::error(Code::InvalidValue, format!("`{text}` can not be in a list of attributes"))
                    .origin(text.origin, "")
                    .help("write one attribute a key, for example `\"access_logs.s3.enabled\" = \"true\"`"),
            );
        }
    }
}
