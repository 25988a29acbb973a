//! Names of other objects: each is in the bundle, or declared by the stack.

use std::fmt::Display;

use k8s_openapi::api::autoscaling::v2::{HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec};
use k8s_openapi::api::core::v1::{LocalObjectReference, ServiceAccount};
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};
use k8s_openapi::api::rbac::v1::{RoleRef, Subject};
use seaway_core::{Code, Diagnostic, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, group, namespace};
use crate::object::Slot;
use crate::{Body, Object};

/// Annotations by which cert-manager makes the Secret of an Ingress.
const CERTIFICATE_MAKERS: [&str; 2] = ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer"];

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::StatefulSet(set) => {
                use k8s_openapi::api::apps::v1::StatefulSetSpec;
                let spec = Slot::<StatefulSetSpec>::slot(&set.spec);
                let name = spec.and_then(|spec| spec.service_name.as_deref());
                if let Some(name) = name.filter(|name| !name.is_empty()) {
                    known(index, object, "spec.serviceName", ("", "Service", name), sink);
                }
            }
            Body::HorizontalPodAutoscaler(scaler) => scaled(index, object, scaler, sink),
            Body::RoleBinding(binding) => {
                let subjects = binding.subjects.as_deref().unwrap_or_default();
                role(index, object, &binding.role_ref, subjects, sink);
            }
            Body::ClusterRoleBinding(binding) => {
                let subjects = binding.subjects.as_deref().unwrap_or_default();
                role(index, object, &binding.role_ref, subjects, sink);
            }
            Body::ServiceAccount(account) => of_account(index, object, account, sink),
            Body::Ingress(ingress) => {
                backends(index, object, ingress, sink);
                certificates(index, object, ingress, sink);
            }
            _ => {}
        }
    }
}

/// A name that leads nowhere.
pub(super) fn dangling(
    index: &Index<'_>,
    object: &Object,
    path: impl Display,
    kind: &str,
    name: (&str, &str),
) -> Diagnostic {
    let elsewhere =
        if index.is_here(name.0) { String::new() } else { format!(" in namespace `{}`", name.0) };
    let message = format!("there is no {kind} `{}`{elsewhere}", name.1);
    fault(Code::DanglingReference, object, path, message).help_maybe(index.near(kind, name))
}

/// An object of a group, kind and name is in the bundle, in the namespace of the one that refers to it.
fn known(
    index: &Index<'_>,
    object: &Object,
    path: &str,
    (group, kind, name): (&str, &str, &str),
    sink: &mut Sink,
) {
    let name = (namespace(object), name);
    if index.get(group, kind, name).is_none() {
        sink.report(dangling(index, object, path, kind, name));
    }
}

fn scaled(index: &Index<'_>, object: &Object, scaler: &HorizontalPodAutoscaler, sink: &mut Sink) {
    let Some(spec) = Slot::<HorizontalPodAutoscalerSpec>::slot(&scaler.spec) else { return };
    let target = &spec.scale_target_ref;
    let group = group(target.api_version.as_deref().unwrap_or("apps/v1"));
    let path = "spec.scaleTargetRef.name";
    known(index, object, path, (group, &target.kind, &target.name), sink);
    let name = (namespace(object), target.name.as_str());
    if let Some(target) = index.get(group, &target.kind, name) {
        fixed_replicas(object, target, sink);
    }
}

/// An autoscaler's choice would be reset by every apply.
fn fixed_replicas(scaler: &Object, target: &Object, sink: &mut Sink) {
    use k8s_openapi::api::apps::v1::{DeploymentSpec, StatefulSetSpec};
    let replicas = match &target.body {
        Body::Deployment(target) => {
            Slot::<DeploymentSpec>::slot(&target.spec).and_then(|spec| spec.replicas)
        }
        Body::StatefulSet(target) => {
            Slot::<StatefulSetSpec>::slot(&target.spec).and_then(|spec| spec.replicas)
        }
        _ => None,
    };
    if replicas.is_some() {
        let message = format!("{} has `replicas` and an autoscaler", target.id());
        let mut diagnostic = fault(Code::Conflict, target, "spec.replicas", message)
            .note(format!("scaled by {}", scaler.id()))
            .help("remove the replicas: every apply would reset what the autoscaler chose");
        if let Some(place) = scaler.place() {
            diagnostic = diagnostic.label(place, "the autoscaler");
        }
        sink.report(diagnostic);
    }
}

/// Roles of the cluster (`view`, `edit`, …) exist outside of the bundle.
fn role(index: &Index<'_>, object: &Object, role: &RoleRef, subjects: &[Subject], sink: &mut Sink) {
    if role.kind == "Role" {
        let role = ("rbac.authorization.k8s.io", "Role", role.name.as_str());
        known(index, object, "roleRef.name", role, sink);
    }
    for subject in subjects.iter().filter(|subject| subject.kind == "ServiceAccount") {
        let path = format!("subjects[{}]", subject.name);
        // A RoleBinding lends its own namespace; a ClusterRoleBinding has none.
        let around = subject.namespace.as_deref().unwrap_or(namespace(object));
        if around.is_empty() {
            let message = format!("the ServiceAccount `{}` has no namespace", subject.name);
            sink.report(
                fault(Code::InvalidObject, object, &path, message)
                    .help(format!("write `namespace = \"{}\"`", index.stack.namespace)),
            );
        }
        // What lies in other namespaces is not this stack's.
        if index.is_here(around) && !index.has_account((around, &subject.name)) {
            let name = (around, subject.name.as_str());
            sink.report(dangling(index, object, &path, "ServiceAccount", name));
        }
    }
}

fn of_account(index: &Index<'_>, object: &Object, account: &ServiceAccount, sink: &mut Sink) {
    let secrets = account.image_pull_secrets.as_deref().unwrap_or_default();
    pull_secrets(index, object, secrets, None, sink);
}

/// Secrets that nodes pull images with, of a pod or an account.
pub(super) fn pull_secrets(
    index: &Index<'_>,
    object: &Object,
    secrets: &[LocalObjectReference],
    around: Option<&At<'_>>,
    sink: &mut Sink,
) {
    for LocalObjectReference { name } in secrets {
        let full = (namespace(object), name.as_str());
        let declared = index.is_here(full.0) && index.pull_secrets.contains(name.as_str());
        if !declared && !index.secrets.contains_key(&full) {
            let message = format!("there is no Secret `{name}`");
            let list = "imagePullSecrets";
            let path = around.map_or(At::root_item(list, name), |around| around.item(list, name));
            sink.report(
                fault(Code::DanglingReference, object, path, message).help(format!(
                    "if the cluster has it, say so: `app.pull-secrets = [\"{name}\"]`"
                )),
            );
        }
    }
}

fn backends(index: &Index<'_>, object: &Object, ingress: &Ingress, sink: &mut Sink) {
    let Some(spec) = &ingress.spec else { return };
    if let Some(default) = &spec.default_backend {
        backend(index, object, default, "spec.defaultBackend", sink);
    }
    for (rule_at, rule) in spec.rules.iter().flatten().enumerate() {
        for (at, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
            let place = format!("spec.rules[{rule_at}].http.paths[{at}].backend");
            backend(index, object, &path.backend, &place, sink);
        }
    }
}

fn backend(index: &Index<'_>, object: &Object, to: &IngressBackend, path: &str, sink: &mut Sink) {
    let Some(backend) = &to.service else { return };
    let name = (namespace(object), backend.name.as_str());
    let path = format!("{path}.service");
    let Some(Object { body: Body::Service(service), .. }) = index.get("", "Service", name) else {
        sink.report(dangling(index, object, format!("{path}.name"), "Service", name));
        return;
    };
    let ports = || service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let found = backend.port.as_ref().is_some_and(|wanted| {
        ports().any(|port| match (&wanted.name, wanted.number) {
            (Some(name), _) => port.name.as_ref() == Some(name),
            (None, Some(number)) => port.port == number,
            (None, None) => false,
        })
    });
    if !found {
        let message = format!("Service `{}` has no such port", backend.name);
        let known: Vec<String> = ports()
            .map(|port| match &port.name {
                Some(name) => format!("{} ({name})", port.port),
                None => port.port.to_string(),
            })
            .collect();
        sink.report(
            fault(Code::DanglingReference, object, format!("{path}.port"), message)
                .help(format!("its ports are {}", suggest::quoted_list(&known))),
        );
    }
}

/// The Secret of a certificate is declared, printed, or made by cert-manager.
fn certificates(index: &Index<'_>, object: &Object, ingress: &Ingress, sink: &mut Sink) {
    let annotations = object.body.metadata().annotations.as_ref();
    let made = annotations.is_some_and(|annotations| {
        CERTIFICATE_MAKERS.iter().any(|key| annotations.contains_key(*key))
    });
    if made {
        return;
    }
    let tls = ingress.spec.iter().flat_map(|spec| spec.tls.iter().flatten());
    for (at, tls) in tls.enumerate() {
        let Some(name) = &tls.secret_name else { continue };
        let path = format!("spec.tls[{at}].secretName");
        match index.secrets.get(&(namespace(object), name.as_str())) {
            None => {
                let message = format!("there is no Secret `{name}`");
                sink.report(fault(Code::DanglingReference, object, &path, message).help(format!(
                    "declare it: `secrets.{name}.keys = [\"tls.crt\", \"tls.key\"]`"
                )));
            }
            Some(keys) => {
                for key in ["tls.crt", "tls.key"].into_iter().filter(|key| !keys.contains(key)) {
                    let message = format!("Secret `{name}` has no key `{key}`");
                    sink.report(fault(Code::UnknownKey, object, &path, message));
                }
            }
        }
    }
}
