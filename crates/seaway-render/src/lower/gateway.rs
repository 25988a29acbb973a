//! Objects of the Gateway API: the routes of a component, and a Gateway of its own where it has one.
//!
//! The fields are those of <https://gateway-api.sigs.k8s.io/reference/spec/>.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::options::Gateway;
use seaway_core::{Origin, Sourced, exposure};
use serde::Serialize;

use super::Cx;
use super::expose::{Notes, gce, issue, secret};
use crate::{Object, tree};

const API_VERSION: &str = "gateway.networking.k8s.io/v1";
/// The listener of a Gateway of our own that takes plain HTTP.
const HTTP: &str = "http";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewaySpec {
    gateway_class_name: String,
    listeners: Vec<Listener>,
}

#[derive(Serialize)]
struct Listener {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    port: u16,
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<ListenerTls>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListenerTls {
    mode: &'static str,
    certificate_refs: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteSpec {
    parent_refs: Vec<ParentRef>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hostnames: Vec<String>,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParentRef {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
    section_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    matches: Vec<Match>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<Filter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    backend_refs: Vec<BackendRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeouts: Option<Timeouts>,
}

#[derive(Serialize)]
struct Timeouts {
    request: String,
}

#[derive(Serialize)]
struct Match {
    path: PathMatch,
}

#[derive(Serialize)]
struct PathMatch {
    r#type: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    r#type: &'static str,
    request_redirect: Redirect,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Redirect {
    scheme: &'static str,
    status_code: u16,
}

#[derive(Serialize)]
struct BackendRef {
    name: String,
    port: u16,
}

/// The Gateway of a component, if it is its own, its route, and the redirect to HTTPS.
pub(super) fn objects(cx: Cx<'_>, options: &Gateway, port: Sourced<u16>) -> Vec<Object> {
    let Some(expose) = cx.part.expose() else { return Vec::new() };
    let hosts = exposure::hosts(cx.stack, &options.routes);
    let redirects = exposure::redirects(expose);
    let mut objects = Vec::new();
    let mut notes = Notes::written(&options.annotations);
    if let Some(class) = &options.class {
        issue(&options.tls, &mut notes);
        let class = class.as_ref().map(ToString::to_string);
        objects.push(gateway(cx, options, &class, &hosts, redirects, notes));
        notes = Notes::default();
    }
    let backend = BackendRef { name: cx.part.object.to_string(), port: port.value };
    let sections = sections(options, hosts.len(), exposure::tls(expose).is_some());
    // GKE reads it from a policy.
    let timeout = options.handling.timeout_seconds.filter(|_| !options.is_gce());
    let timeouts = timeout.map(|timeout| Timeouts { request: format!("{timeout}s") });
    let forward = Rule { backend_refs: vec![backend], timeouts, ..rule(options, expose.origin) };
    let mut forwarding = route(cx, options, &cx.part.object, sections, forward, notes);
    let backend = format!("spec.rules[0].backendRefs[{}].port", cx.part.object);
    forwarding.origins.set(backend, port.origin);
    if let Some(timeout) = timeout {
        forwarding.origins.set("spec.rules[0].timeouts", timeout.origin);
    }
    objects.push(forwarding);
    if redirects {
        let to_https = Redirect { scheme: "https", status_code: 301 };
        let filter = Filter { r#type: "RequestRedirect", request_redirect: to_https };
        let section = match &options.parent {
            Some(_) => options.http_listener.to_string(),
            None => HTTP.to_owned(),
        };
        let rule = Rule { filters: vec![filter], ..rule(options, expose.origin) };
        let name = format!("{}-redirect", cx.part.object);
        let mut redirecting = route(cx, options, &name, vec![section], rule, Notes::default());
        let wanted = options.tls.redirect.map(|redirect| redirect.origin);
        if let Some(origin) = wanted.or(exposure::tls(expose)) {
            redirecting.origins.set("spec.rules[0].filters", origin);
        }
        objects.push(redirecting);
    }
    if options.is_gce() {
        objects.extend(gce::policies(cx));
    }
    objects
}

/// The listeners that serve the component.
fn sections(options: &Gateway, hosts: usize, tls: bool) -> Vec<String> {
    match (&options.parent, tls) {
        (Some(_), _) => vec![options.listener.to_string()],
        (None, true) => exposure::tls_listeners(hosts).collect(),
        (None, false) => vec![HTTP.to_owned()],
    }
}

/// A Gateway with a listener a host: cert-manager asks for certificates by the names of listeners
/// (<https://cert-manager.io/docs/usage/gateway/>).
fn gateway(
    cx: Cx<'_>,
    options: &Gateway,
    class: &Sourced<String>,
    hosts: &[Sourced<String>],
    redirects: bool,
    notes: Notes,
) -> Object {
    let certificate = secret(cx, &options.tls);
    let mut listeners = Vec::new();
    if certificate.is_none() || redirects {
        let name = HTTP.to_owned();
        listeners.push(Listener { name, hostname: None, port: 80, protocol: "HTTP", tls: None });
    }
    let mut origins = Vec::new();
    if let Some(certificate) = &certificate {
        for (at, name) in exposure::tls_listeners(hosts.len()).enumerate() {
            let host = hosts.get(at);
            origins.push((name.clone(), host.map_or(certificate.origin, |host| host.origin)));
            let certificate_refs = vec![Named { name: certificate.value.clone() }];
            listeners.push(Listener {
                name,
                hostname: host.map(|host| host.value.clone()),
                port: 443,
                protocol: "HTTPS",
                tls: Some(ListenerTls { mode: "Terminate", certificate_refs }),
            });
        }
    }
    let spec = GatewaySpec { gateway_class_name: class.value.clone(), listeners };
    let mut object = custom(cx, "Gateway", notes.metadata(&cx.part.object), &spec);
    notes.note(&mut object);
    object.origins.set("spec.gatewayClassName", class.origin);
    for (name, origin) in origins {
        object.origins.set(format!("spec.listeners[{name}]"), origin);
        if let Some(certificate) = &certificate {
            object.origins.set(format!("spec.listeners[{name}].tls"), certificate.origin);
        }
    }
    object
}

/// A rule that matches the paths of the component and does nothing yet.
fn rule(options: &Gateway, origin: Origin) -> Rule {
    let paths = exposure::paths(&options.routes, origin).into_iter();
    let by_prefix = |path: Sourced<&str>| Match {
        path: PathMatch { r#type: "PathPrefix", value: path.value.to_owned() },
    };
    Rule {
        matches: paths.map(by_prefix).collect(),
        filters: Vec::new(),
        backend_refs: Vec::new(),
        timeouts: None,
    }
}

fn route(
    cx: Cx<'_>,
    options: &Gateway,
    name: &str,
    sections: Vec<String>,
    rule: Rule,
    notes: Notes,
) -> Object {
    let (namespace, gateway) = exposure::gateway_of(cx.part, options);
    let hosts = exposure::hosts(cx.stack, &options.routes);
    let parent = |section_name: String| ParentRef {
        namespace: namespace.map(str::to_owned),
        name: gateway.to_owned(),
        section_name,
    };
    let spec = RouteSpec {
        parent_refs: sections.into_iter().map(parent).collect(),
        hostnames: hosts.iter().map(|host| host.value.clone()).collect(),
        rules: vec![rule],
    };
    let mut object = custom(cx, "HTTPRoute", notes.metadata(name), &spec);
    notes.note(&mut object);
    let at = options.parent.as_ref().map(|parent| parent.origin);
    if let Some(origin) = at.or(options.class.as_ref().map(|class| class.origin)) {
        object.origins.set(format!("spec.parentRefs[{gateway}]"), origin);
        let section = format!("spec.parentRefs[{gateway}].sectionName");
        let is_redirect = name != &*cx.part.object;
        let listener = if is_redirect { &options.http_listener } else { &options.listener };
        object.origins.set(section, listener.span().map_or(origin, Origin::Stack));
    }
    for (at, host) in hosts.iter().enumerate() {
        object.origins.set(format!("spec.hostnames[{at}]"), host.origin);
    }
    for (at, path) in options.routes.paths.iter().enumerate() {
        object.origins.set(format!("spec.rules[0].matches[{at}]"), path.origin);
    }
    object
}

/// An object of the Gateway API.
fn custom<T: Serialize>(cx: Cx<'_>, kind: &str, metadata: ObjectMeta, spec: &T) -> Object {
    let origin = cx.part.expose().map_or(cx.part.name.origin, |expose| expose.origin);
    let place = origin.span().unwrap_or_default();
    let body = tree::custom((API_VERSION, kind), metadata, spec, place);
    Object::new(body, Some(&cx.part.name), origin)
}
