//! Routes of OpenShift: `route.openshift.io/v1`, whose fields are those of
//! <https://github.com/openshift/api/blob/master/route/v1/types.go>.

use k8s_openapi::api::rbac::v1::{PolicyRule, Role, RoleBinding, RoleRef, Subject};
use seaway_core::options::{Route, Termination};
use seaway_core::{Origin, Sourced, exposure};
use serde::Serialize;

use super::super::meta::named;
use super::super::services;
use super::{Cx, Notes, secret};
use crate::object::filled;
use crate::{Object, reasons, tree};

const API_VERSION: &str = "route.openshift.io/v1";
/// The share of the only backend: what the API server writes if it is not written.
const WEIGHT: u16 = 100;
/// The account that the routers run as, and its namespace
/// (<https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/ingress_and_load_balancing/configuring-routes#nw-ingress-route-secret-load-external-cert_secured-routes>).
const ROUTER: (&str, &str) = ("openshift-ingress", "router");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    to: Backend,
    port: BackendPort,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<TlsSpec>,
    wildcard_policy: &'static str,
}

#[derive(Serialize)]
struct Backend {
    kind: &'static str,
    name: String,
    weight: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackendPort {
    target_port: String,
}

#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
struct TlsSpec {
    termination: &'static str,
    insecure_edge_termination_policy: &'static str,
    #[serde(rename = "destinationCACertificate", skip_serializing_if = "Option::is_none")]
    destination_ca_certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_certificate: Option<SecretName>,
}

#[derive(Serialize, Clone)]
struct SecretName {
    name: String,
}

/// The Routes of a component, one for each host and path, and what lets the routers read its certificate.
pub(super) fn objects(cx: Cx<'_>, route: &Route, target: &str, notes: &Notes) -> Vec<Object> {
    let Some(expose) = cx.part.expose() else { return Vec::new() };
    let hosts = exposure::hosts(cx.stack, &route.routes);
    let paths = exposure::paths(&route.routes, expose.origin);
    let hosts: Vec<Option<&Sourced<String>>> =
        if hosts.is_empty() { vec![None] } else { hosts.iter().map(Some).collect() };
    let certificate = secret(cx, &route.tls);
    let redirects = exposure::redirects(expose);
    let tls = (route.termination.value != Termination::None).then(|| TlsSpec {
        termination: route.termination.as_str(),
        insecure_edge_termination_policy: if redirects { "Redirect" } else { "None" },
        destination_ca_certificate: route.destination_ca.as_ref().map(ToString::to_string),
        external_certificate: certificate
            .as_ref()
            .map(|one| SecretName { name: one.value.clone() }),
    });
    let mut objects = Vec::new();
    for host in hosts {
        for path in &paths {
            let name = match objects.len() {
                0 => cx.part.object.to_string(),
                more => format!("{}-{}", cx.part.object, more + 1),
            };
            let spec = RouteSpec {
                host: host.map(|host| host.value.clone()),
                path: Some(path.value.to_owned()).filter(|path| path != "/"),
                to: Backend { kind: "Service", name: services::public_name(cx), weight: WEIGHT },
                port: BackendPort { target_port: services::port_name(cx, target).to_owned() },
                tls: tls.clone(),
                wildcard_policy: "None",
            };
            let place = expose.origin.span().unwrap_or_default();
            let body = tree::custom((API_VERSION, "Route"), notes.metadata(&name), &spec, place);
            let mut object = Object::new(body, Some(&cx.part.name), expose.origin);
            notes.clone().note(&mut object);
            if let Some(host) = host {
                object.origins.set("spec.host", host.origin);
            }
            object.origins.set("spec.path", path.origin);
            object.origins.set("spec.tls", route.termination.origin);
            let redirect = route.tls.redirect.map(|redirect| redirect.origin);
            if let Some(origin) = redirect {
                object.origins.set("spec.tls.insecureEdgeTerminationPolicy", origin);
            }
            if let Some(certificate) = &certificate {
                object.origins.set("spec.tls.externalCertificate", certificate.origin);
            }
            if let Some(authority) = &route.destination_ca {
                object.origins.set("spec.tls.destinationCACertificate", authority.origin);
            }
            objects.push(object);
        }
    }
    objects.extend(certificate.iter().flat_map(|certificate| readable(cx, certificate)));
    objects
}

/// Lets the routers read the Secret of a certificate: the API server refuses a Route whose certificate they can not read.
fn readable(cx: Cx<'_>, secret: &Sourced<String>) -> [Object; 2] {
    let name = format!("{}-certificate", cx.part.object);
    let reading = PolicyRule {
        api_groups: Some(vec![String::new()]),
        resources: Some(vec!["secrets".to_owned()]),
        resource_names: Some(vec![secret.value.clone()]),
        verbs: ["get", "list", "watch"].map(str::to_owned).to_vec(),
        ..PolicyRule::default()
    };
    let role = Role { metadata: named(&name), rules: Some(vec![reading]) };
    let (around, account) = ROUTER;
    let binding = RoleBinding {
        metadata: named(&name),
        role_ref: RoleRef {
            api_group: filled("rbac.authorization.k8s.io".to_owned()),
            kind: "Role".to_owned(),
            name: name.clone(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: account.to_owned(),
            namespace: Some(around.to_owned()),
            ..Subject::default()
        }]),
    };
    let made = |body: crate::Body| {
        Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::ROUTE_CERTIFICATE))
    };
    [made(role.into()), made(binding.into())]
}
