//! How a component is reached from outside of the stack: its Services, and the Ingress or the objects of the Gateway API
//! that lead to them.

pub(super) mod gce;
mod route;
pub(super) mod words;

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule,
    IngressServiceBackend, IngressSpec, IngressTLS, ServiceBackendPort,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::options::{
    Alb, CLASS_ANNOTATION, Controller, Expose, Metadata, Routes, TargetType, Tls,
};
use seaway_core::{Origin, Sourced, exposure};
use serde::Serialize;

use super::meta::{named, object};
use super::{Cx, env, gateway, services};
use crate::{Object, reasons, tree};

/// The Services of a component, and what leads to them.
pub(super) fn objects(cx: Cx<'_>, port: Sourced<u16>, target: &str) -> Vec<Object> {
    let mut objects = services::of(cx, port, target);
    match cx.part.expose().map(|expose| &expose.value) {
        Some(Expose::Ingress(ingress)) => objects.extend(of_class(cx, ingress, target)),
        Some(Expose::Alb(alb)) => objects.push(of_alb(cx, alb, target)),
        Some(Expose::Gateway(options)) => objects.extend(gateway::objects(cx, options, port)),
        Some(expose @ Expose::Route(options)) => {
            let mut notes = Notes::written(&options.annotations);
            words::of_front(expose, &mut notes);
            objects.extend(route::objects(cx, options, target, &notes));
        }
        Some(Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::LoadBalancer(_)) | None => {}
    }
    objects
}

/// Annotations with where each comes from.
#[derive(Default, Clone)]
pub(super) struct Notes(BTreeMap<String, Sourced<String>>);

impl Notes {
    /// The annotations that the stack wrote.
    pub(super) fn written(annotations: &Metadata) -> Self {
        let entries = annotations.iter().map(|(key, value)| (key.value.clone(), value.clone()));
        Self(entries.collect())
    }

    /// Adds one of ours.
    pub(super) fn set(&mut self, key: String, value: impl Into<String>, origin: Origin) {
        self.0.insert(key, Sourced { value: value.into(), origin });
    }

    /// Adds one with the value of an option.
    pub(super) fn option<T: ToString>(&mut self, key: String, value: &Sourced<T>) {
        self.set(key, value.value.to_string(), value.origin);
    }

    /// The value of one of them.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.value.as_str())
    }

    /// Metadata with the annotations.
    pub(super) fn metadata(&self, name: &str) -> ObjectMeta {
        let entries = self.0.iter().map(|(key, value)| (key.clone(), value.value.clone()));
        ObjectMeta { annotations: Some(entries.collect()), ..named(name) }
    }

    /// Notes on an object where its annotations come from.
    pub(super) fn note(self, object: &mut Object) {
        for (key, value) in self.0 {
            object.origins.set(format!("metadata.annotations.{key}"), value.origin);
        }
    }
}

/// Attributes of a load balancer as one text, those of options and those that the stack wrote.
pub(super) fn attributes(own: Vec<(&str, String)>, written: &Metadata) -> String {
    let mut all: BTreeMap<&str, String> = own.into_iter().collect();
    all.extend(written.iter().map(|(key, value)| (&*key.value as &str, value.value.clone())));
    let pairs: Vec<String> = all.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// The name of the Secret that cert-manager keeps a certificate of a component in.
fn issued(cx: Cx<'_>) -> String {
    format!("{}-tls", cx.part.object)
}

/// The Secret that a certificate of a component lies in: one of the stack, or that of cert-manager.
pub(super) fn secret(cx: Cx<'_>, tls: &Tls) -> Option<Sourced<String>> {
    let written = tls.secret.as_ref();
    let written =
        written.map(|secret| secret.as_ref().map(|secret| env::secret_name(cx.stack, secret)));
    written.or_else(|| tls.issuer.as_ref().map(|issuer| issuer.as_ref().map(|_| issued(cx))))
}

/// Asks cert-manager for a certificate.
pub(super) fn issue(tls: &Tls, notes: &mut Notes) {
    if let Some(issuer) = &tls.issuer {
        let (key, name) = issuer.annotation();
        notes.set(key.to_owned(), name, issuer.origin);
    }
}

/// An Ingress for a controller, with what that reads beside it.
fn of_class(cx: Cx<'_>, options: &seaway_core::options::Ingress, target: &str) -> Vec<Object> {
    let mut notes = Notes::written(&options.annotations);
    issue(&options.tls, &mut notes);
    let mut class = options.class.as_ref().map(|class| class.as_ref().map(ToString::to_string));
    if let Some(named) = class.take_if(|_| options.is_named_by_annotation(&cx.stack.cluster)) {
        notes.set(CLASS_ANNOTATION.to_owned(), named.value, named.origin);
    }
    if let Some(expose) = cx.part.expose() {
        words::of_front(expose, &mut notes);
    }
    let mut objects = match options.controller.map(|controller| controller.value) {
        Some(Controller::Gce) => gce::beside(cx, options, &mut notes),
        Some(Controller::Traefik) => words::beside(cx, options, &mut notes),
        Some(Controller::Nginx | Controller::Haproxy | Controller::Openshift) | None => Vec::new(),
    };
    objects.push(ingress(cx, (&options.routes, target), class, secret(cx, &options.tls), notes));
    objects
}

/// A custom resource of the component, with its name.
fn custom<T: Serialize>(cx: Cx<'_>, kind: (&str, &str), spec: &T) -> Object {
    let origin = cx.part.expose().map_or(cx.part.name.origin, |expose| expose.origin);
    let place = origin.span().unwrap_or_default();
    let body = tree::custom(kind, named(&cx.part.object), spec, place);
    Object::new(body, Some(&cx.part.name), origin)
}

/// An Ingress with its routes to a named port of the pods.
fn ingress(
    cx: Cx<'_>,
    (routes, target): (&Routes, &str),
    class: Option<Sourced<String>>,
    secret: Option<Sourced<String>>,
    notes: Notes,
) -> Object {
    let Some(expose) = cx.part.expose() else {
        return object(cx, Ingress::default());
    };
    let hosts = exposure::hosts(cx.stack, routes);
    let paths = exposure::paths(routes, expose.origin);
    let backend = IngressServiceBackend {
        name: services::public_name(cx),
        port: Some(ServiceBackendPort {
            name: Some(services::port_name(cx, target).to_owned()),
            number: None,
        }),
    };
    let path = |path: &Sourced<&str>| HTTPIngressPath {
        backend: IngressBackend { service: Some(backend.clone()), resource: None },
        path: Some(path.value.to_owned()),
        path_type: "Prefix".to_owned(),
    };
    let rule = |host: Option<&Sourced<String>>| IngressRule {
        host: host.map(|host| host.value.clone()),
        http: Some(HTTPIngressRuleValue { paths: paths.iter().map(path).collect() }),
    };
    let mut rules: Vec<IngressRule> = hosts.iter().map(|host| rule(Some(host))).collect();
    if rules.is_empty() {
        rules.push(rule(None));
    }
    // Of a load balancer of AWS the certificate is elsewhere, and the hosts are still said.
    let ends = exposure::tls(expose);
    // Of GKE it is elsewhere unless it lies in a Secret.
    let is_elsewhere =
        secret.is_none() && matches!(&expose.value, Expose::Ingress(ingress) if ingress.is_gce());
    let tls = ends.filter(|_| !is_elsewhere).map(|_| {
        let names = hosts.iter().map(|host| host.value.clone()).collect();
        let secret_name = secret.as_ref().map(|secret| secret.value.clone());
        vec![IngressTLS { hosts: Some(names), secret_name }]
    });
    let spec = IngressSpec {
        ingress_class_name: class.as_ref().map(|class| class.value.clone()),
        rules: Some(rules),
        tls,
        ..IngressSpec::default()
    };
    let body = Ingress {
        metadata: notes.metadata(&cx.part.object),
        spec: Some(spec),
        ..Ingress::default()
    };
    let mut object = Object::new(body, Some(&cx.part.name), expose.origin);
    notes.note(&mut object);
    if let Some(class) = class {
        object.origins.set("spec.ingressClassName", class.origin);
    }
    for (at, host) in hosts.iter().enumerate() {
        object.origins.set(format!("spec.rules[{at}]"), host.origin);
        object.origins.set(format!("spec.tls[0].hosts[{at}]"), host.origin);
    }
    for rule in 0..hosts.len().max(1) {
        for (at, path) in paths.iter().enumerate() {
            object.origins.set(format!("spec.rules[{rule}].http.paths[{at}]"), path.origin);
        }
    }
    if let Some(origin) = secret.map(|secret| secret.origin).or(ends) {
        object.origins.set("spec.tls[0]", origin);
    }
    object
}

/// An Ingress of the AWS Load Balancer Controller:
/// <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/>.
fn of_alb(cx: Cx<'_>, alb: &Alb, target: &str) -> Object {
    let key = |name: &str| format!("alb.ingress.kubernetes.io/{name}");
    let mut notes = Notes::written(&alb.annotations);
    let default = Origin::Default(&reasons::LOAD_BALANCER);
    notes.set(key("scheme"), alb.scheme.as_str(), alb.scheme.origin);
    if let Some(target) = alb.target_type {
        notes.set(key("target-type"), target.as_str(), target.origin);
    }
    if !alb.source_ranges.is_empty() {
        let ranges: Vec<String> = alb.source_ranges.iter().map(ToString::to_string).collect();
        notes.set(key("inbound-cidrs"), ranges.join(","), alb.source_ranges[0].origin);
    }
    if let Some(certificate) = &alb.tls.certificate {
        let arns: Vec<&str> = certificate.arns().into_iter().map(|arn| &**arn).collect();
        notes.set(key("certificate-arn"), arns.join(","), certificate.origin);
        notes.option(key("ssl-policy"), &alb.ssl_policy);
    }
    let expose = cx.part.expose();
    let redirects = expose.is_some_and(|expose| exposure::redirects(expose));
    let ports = match (&alb.tls.certificate, redirects) {
        (Some(_), true) => r#"[{"HTTP":80},{"HTTPS":443}]"#,
        (Some(_), false) => r#"[{"HTTPS":443}]"#,
        (None, _) => r#"[{"HTTP":80}]"#,
    };
    notes.set(key("listen-ports"), ports, default);
    if redirects {
        notes.set(key("ssl-redirect"), "443", alb.tls.redirect.map_or(default, |flag| flag.origin));
    }
    grouped(cx, alb, &mut notes);
    if let Some(acl) = &alb.web_acl {
        notes.option(key("wafv2-acl-arn"), acl);
    }
    checked(cx, alb, &mut notes);
    let of_balancer = vec![
        ("idle_timeout.timeout_seconds", alb.idle_timeout_seconds.to_string()),
        ("routing.http.drop_invalid_header_fields.enabled", alb.drop_invalid_headers.to_string()),
        ("deletion_protection.enabled", protection(alb.deletion_protection)),
    ];
    let of_balancer = attributes(of_balancer, &alb.load_balancer_attributes);
    notes.set(key("load-balancer-attributes"), of_balancer, alb.idle_timeout_seconds.origin);
    let delay = alb.deregistration_delay_seconds;
    let mut of_targets = vec![("deregistration_delay.timeout_seconds", delay.to_string())];
    if alb.handling.sticky().is_some() {
        of_targets.push(("stickiness.enabled", "true".to_owned()));
        of_targets.push(("stickiness.type", "lb_cookie".to_owned()));
    }
    let of_targets = attributes(of_targets, &alb.target_group_attributes);
    notes.set(key("target-group-attributes"), of_targets, delay.origin);
    let class = alb.class.as_ref().map(ToString::to_string);
    ingress(cx, (&alb.routes, target), Some(class), None, notes)
}

/// Whether deletion is off, as an attribute.
pub(super) fn protection(written: Option<Sourced<bool>>) -> String {
    written.is_some_and(|flag| flag.value).to_string()
}

/// Group and place in it.
fn grouped(cx: Cx<'_>, alb: &Alb, notes: &mut Notes) {
    /// Space between two places, for Ingresses of others.
    const STEP: usize = 10;
    let Some(group) = &alb.group else { return };
    notes.option("alb.ingress.kubernetes.io/group.name".to_owned(), group);
    let key = "alb.ingress.kubernetes.io/group.order".to_owned();
    if let Some(order) = &alb.group_order {
        notes.option(key, order);
        return;
    }
    // That there is none is told by a rule.
    let members = exposure::group_order(cx.stack, group).unwrap_or_default();
    let place = members.iter().position(|name| **name == cx.part.name.value);
    if let (Some(place), true) = (place, members.len() > 1) {
        notes.set(key, ((place + 1) * STEP).to_string(), Origin::Default(&reasons::GROUP_ORDER));
    }
}

/// What the load balancer asks: the pods whether they are ready, or the nodes whether they pass requests on. A node would
/// pass the check on to any pod, which does not know the node's address that is its host.
fn checked(cx: Cx<'_>, alb: &Alb, notes: &mut Notes) {
    let key = |name: &str| format!("alb.ingress.kubernetes.io/{name}");
    let check = &alb.health_check;
    let to_pods = alb.target_type.is_some_and(|target| target.value == TargetType::Ip);
    let written = check.path.as_ref().map(|path| path.as_ref().map(ToString::to_string));
    let ready = exposure::readiness_path(cx.part).filter(|_| to_pods);
    let (port, path) = match written.or(ready) {
        Some(path) => ("traffic-port".to_owned(), path),
        None if to_pods => return,
        None => {
            let reason = &reasons::NODE_HEALTH;
            let path = Sourced::default_for(exposure::NODE_HEALTH_PATH.to_owned(), reason);
            (exposure::NODE_HEALTH_PORT.to_string(), path)
        }
    };
    notes.set(key("healthcheck-port"), port, path.origin);
    notes.set(key("healthcheck-path"), path.value, path.origin);
    notes.option(key("healthcheck-interval-seconds"), &check.interval_seconds);
    notes.option(key("healthcheck-timeout-seconds"), &check.timeout_seconds);
    notes.option(key("healthy-threshold-count"), &check.healthy_threshold);
    notes.option(key("unhealthy-threshold-count"), &check.unhealthy_threshold);
    notes.option(key("success-codes"), &check.success_codes);
}
