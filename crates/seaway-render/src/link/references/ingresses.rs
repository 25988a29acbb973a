//! Where an Ingress leads: Services and their ports, and the Secrets of its certificates.

use std::fmt::Display;

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, group, namespace};
use super::{dangling, known, known_in};
use crate::{Body, Object};

/// Annotations by which cert-manager makes the Secret of an Ingress or Gateway, and the kinds that they name.
const CERTIFICATE_MAKERS: [(&str, &str); 2] =
    [("cert-manager.io/issuer", "Issuer"), ("cert-manager.io/cluster-issuer", "ClusterIssuer")];

/// An annotation that says what kind of issuer `cert-manager.io/issuer` names, where it is not cert-manager's own.
const ISSUER_GROUP: &str = "cert-manager.io/issuer-group";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Body::Ingress(ingress) = &object.body else { continue };
        backends(index, object, ingress, sink);
        if has_certificate_maker(index, object, sink) {
            continue;
        }
        let tls = ingress.spec.iter().flat_map(|spec| spec.tls.iter().flatten());
        let spec = At::path("spec");
        for (at, tls) in tls.enumerate() {
            let Some(name) = &tls.secret_name else { continue };
            let tls = spec.index("tls", at);
            certificate(index, object, namespace(object), name, tls.field("secretName"), sink);
        }
    }
}

fn backends(index: &Index<'_>, object: &Object, ingress: &Ingress, sink: &mut Sink) {
    let Some(spec) = &ingress.spec else { return };
    if let Some(default) = &spec.default_backend {
        backend(index, object, default, At::path("spec.defaultBackend"), sink);
    }
    let root = At::path("spec");
    for (rule_at, rule) in spec.rules.iter().flatten().enumerate() {
        let place = root.index("rules", rule_at);
        for (at, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
            let place = place.index("http.paths", at);
            backend(index, object, &path.backend, place.field("backend"), sink);
        }
    }
}

fn backend(index: &Index<'_>, object: &Object, to: &IngressBackend, path: At<'_>, sink: &mut Sink) {
    if let Some(resource) = &to.resource {
        let group = resource.api_group.as_deref().unwrap_or_default();
        let wanted = (group, resource.kind.as_str(), resource.name.as_str());
        known(index, object, path.field("resource.name"), wanted, sink);
    }
    let Some(backend) = &to.service else { return };
    let path = path.field("service");
    let name = (namespace(object), backend.name.as_str());
    let Some(service) = service(index, object, path.field("name"), name, sink) else { return };
    // A port that is not written is told as such.
    let wanted = backend.port.as_ref().filter(|port| port.name.is_some() || port.number.is_some());
    let found = wanted.is_none_or(|wanted| {
        ports(service).any(|port| match (&wanted.name, wanted.number) {
            (Some(name), _) => port.name.as_ref() == Some(name),
            (None, Some(number)) => port.port == number,
            (None, None) => false,
        })
    });
    if !found {
        no_port(object, path.field("port"), &backend.name, service, sink);
    }
}

/// A Service of the bundle; one that is neither there nor declared is told.
pub(super) fn service<'a>(
    index: &Index<'a>,
    object: &Object,
    path: impl Display,
    name: (&str, &str),
    sink: &mut Sink,
) -> Option<&'a Service> {
    match index.get("", "Service", name).map(|object| &object.body) {
        Some(Body::Service(service)) => Some(service),
        _ if index.provides("Service", name) => None,
        _ => {
            sink.report(dangling(index, object, path, "Service", name));
            None
        }
    }
}

/// The ports of a Service.
pub(super) fn ports(service: &Service) -> impl Iterator<Item = &ServicePort> {
    service.spec.iter().flat_map(|spec| spec.ports.iter().flatten())
}

/// A port that a Service does not have.
pub(super) fn no_port(
    object: &Object,
    path: impl Display,
    name: &str,
    service: &Service,
    sink: &mut Sink,
) {
    let known: Vec<String> = ports(service)
        .map(|port| match &port.name {
            Some(name) => format!("{} ({name})", port.port),
            None => port.port.to_string(),
        })
        .collect();
    let message = format!("Service `{name}` has no such port");
    sink.report(
        fault(Code::DanglingReference, object, path, message)
            .help(format!("its ports are {}", suggest::quoted_list(&known))),
    );
}

/// Whether cert-manager makes the Secrets of an object, by its annotations; then the issuer that they name is there.
pub(super) fn has_certificate_maker(index: &Index<'_>, object: &Object, sink: &mut Sink) -> bool {
    let Some(annotations) = &object.body.metadata().annotations else { return false };
    let mut found = false;
    for (key, kind) in CERTIFICATE_MAKERS {
        let Some(name) = annotations.get(key) else { continue };
        found = true;
        let around = if kind == "ClusterIssuer" { "" } else { namespace(object) };
        if !annotations.contains_key(ISSUER_GROUP) {
            let metadata = At::path("metadata.annotations");
            let issuer = (group("cert-manager.io/v1"), kind, name.as_str());
            known_in(index, object, around, metadata.field(key), issuer, sink);
        }
    }
    found
}

/// The Secret of a certificate is declared, printed, or made by cert-manager.
pub(super) fn certificate(
    index: &Index<'_>,
    object: &Object,
    around: &str,
    name: &str,
    path: At<'_>,
    sink: &mut Sink,
) {
    match index.secrets.get(&(around, name)) {
        None if index.provides("Secret", (around, name)) => {}
        None => {
            let message = format!("there is no Secret `{name}`");
            let help = if index.is_here(around) {
                format!("declare it: `secrets.{name}.keys = [\"tls.crt\", \"tls.key\"]`")
            } else {
                index.declare("Secret", (around, name))
            };
            sink.report(fault(Code::DanglingReference, object, path, message).help(help));
        }
        Some(keys) => {
            for key in ["tls.crt", "tls.key"].into_iter().filter(|key| !keys.contains(key)) {
                let message = format!("Secret `{name}` has no key `{key}`");
                sink.report(fault(Code::UnknownKey, object, path, message));
            }
        }
    }
}
