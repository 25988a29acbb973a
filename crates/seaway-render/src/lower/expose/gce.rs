//! The load balancers of Google Cloud: what the controllers of GKE read beside an Ingress or an `HTTPRoute`.
//!
//! The fields are those of the `CustomResourceDefinition`s of <https://github.com/kubernetes/ingress-gce/tree/master/pkg/apis>
//! and <https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources>.

use seaway_core::options::{Handling, Ingress, Tls};
use seaway_core::{Origin, Sourced, exposure};
use serde::Serialize;

use super::{Cx, Notes, custom};
use crate::{Object, reasons};

/// Seconds between checks, and until one counts as failed; checks in a row that have to pass or fail. They are those of a
/// load balancer of AWS: a pod that is ready takes requests within half a minute.
const INTERVAL: u32 = 15;
const TIMEOUT: u32 = 5;
const THRESHOLD: u32 = 2;
/// Affinity by a cookie of the load balancer.
const COOKIE: &str = "GENERATED_COOKIE";
/// Seconds that running requests have to end when an endpoint leaves.
const DRAIN: u32 = 30;

/// What a load balancer does with its backends: `cloud.google.com/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackendSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_sec: Option<u32>,
    connection_draining: Draining,
    health_check: HealthCheck,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_affinity: Option<Affinity>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Affinity {
    affinity_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Draining {
    draining_timeout_sec: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HealthCheck {
    r#type: &'static str,
    port: u16,
    request_path: String,
    check_interval_sec: u32,
    timeout_sec: u32,
    healthy_threshold: u32,
    unhealthy_threshold: u32,
}

/// What it does with its listeners: `networking.gke.io/v1beta1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FrontendSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_to_https: Option<Redirect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssl_policy: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Redirect {
    enabled: bool,
    response_code_name: &'static str,
}

/// `networking.gke.io/v1`.
#[derive(Serialize)]
struct CertificateSpec {
    domains: Vec<String>,
}

/// A policy of the Gateway API for the Service that routes lead to: `networking.gke.io/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicySpec<T> {
    default: T,
    target_ref: TargetRef,
}

#[derive(Serialize)]
struct TargetRef {
    group: &'static str,
    kind: &'static str,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckPolicy {
    check_interval_sec: u32,
    timeout_sec: u32,
    healthy_threshold: u32,
    unhealthy_threshold: u32,
    config: CheckConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckConfig {
    r#type: &'static str,
    http_health_check: HttpCheck,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpCheck {
    port_specification: &'static str,
    port: u16,
    request_path: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackendPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_sec: Option<u32>,
    connection_draining: Draining,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_affinity: Option<PolicyAffinity>,
}

#[derive(Serialize)]
struct PolicyAffinity {
    r#type: &'static str,
}

/// What the pods are asked: the path that says whether they are ready, and the port of the pods that it is at.
fn asked(cx: Cx<'_>) -> Option<(Sourced<String>, u16)> {
    Some((exposure::readiness_path(cx.part)?, cx.part.facts.port?.get()))
}

/// The annotations of a Service that an Ingress of GKE leads to: endpoints are the targets, not nodes, and a `BackendConfig`
/// says more (<https://cloud.google.com/kubernetes-engine/docs/how-to/container-native-load-balancing>).
pub(in crate::lower) fn of_service(cx: Cx<'_>, notes: &mut Notes) {
    let default = Origin::Default(&reasons::ENDPOINT_TARGETS);
    notes.set("cloud.google.com/neg".to_owned(), r#"{"ingress":true}"#, default);
    if asked(cx).is_some() {
        let config = format!(r#"{{"default":"{}"}}"#, cx.part.object);
        notes.set("cloud.google.com/backend-config".to_owned(), config, default);
    }
}

/// What lies beside an Ingress of GKE, and its annotations.
pub(super) fn beside(cx: Cx<'_>, ingress: &Ingress, notes: &mut Notes) -> Vec<Object> {
    let mut objects: Vec<Object> = backend(cx).into_iter().collect();
    let Some(expose) = cx.part.expose() else { return objects };
    let ends = exposure::tls(expose);
    let is_internal = ingress.class_name().is_some_and(|class| class.value == "gce-internal");
    let redirects = exposure::redirects(expose) && !is_internal;
    if let Some(origin) = ends.filter(|_| !redirects) {
        // Nobody would redirect.
        notes.set("kubernetes.io/ingress.allow-http".to_owned(), "false", origin);
    }
    let policy = ingress.ssl_policy.as_ref();
    if redirects || policy.is_some() {
        let to_https = Redirect { enabled: true, response_code_name: "MOVED_PERMANENTLY_DEFAULT" };
        let spec = FrontendSpec {
            redirect_to_https: redirects.then_some(to_https),
            ssl_policy: policy.map(ToString::to_string),
        };
        let mut config = custom(cx, ("networking.gke.io/v1beta1", "FrontendConfig"), &spec);
        let wanted = ingress.tls.redirect.map(|redirect| redirect.origin);
        if let Some(origin) = wanted.or(ends) {
            config.origins.set("spec.redirectToHttps", origin);
        }
        if let Some(policy) = policy {
            config.origins.set("spec.sslPolicy", policy.origin);
        }
        let origin = wanted.or(ends).or(policy.map(|policy| policy.origin));
        let key = "networking.gke.io/v1beta1.FrontendConfig".to_owned();
        notes.set(key, &*cx.part.object, origin.unwrap_or(expose.origin));
        objects.push(config);
    }
    objects.extend(certificate(cx, &ingress.tls, notes));
    objects
}

/// How a load balancer asks the pods, and how long it waits for what they run.
fn backend(cx: Cx<'_>) -> Option<Object> {
    let (path, port) = asked(cx)?;
    let handling = cx.part.expose()?.handling()?;
    let (timeout, sticky) = (handling.longest(), handling.sticky());
    let spec = BackendSpec {
        timeout_sec: timeout.map(|timeout| timeout.value),
        session_affinity: sticky.map(|_| Affinity { affinity_type: COOKIE }),
        connection_draining: Draining { draining_timeout_sec: DRAIN },
        health_check: HealthCheck {
            r#type: "HTTP",
            port,
            request_path: path.value,
            check_interval_sec: INTERVAL,
            timeout_sec: TIMEOUT,
            healthy_threshold: THRESHOLD,
            unhealthy_threshold: THRESHOLD,
        },
    };
    let mut config = custom(cx, ("cloud.google.com/v1", "BackendConfig"), &spec);
    let default = Origin::Default(&reasons::GOOGLE_HEALTH);
    config.origins.set("spec.healthCheck", default);
    config.origins.set("spec.connectionDraining", default);
    config.origins.set("spec.healthCheck.requestPath", path.origin);
    if let Some(timeout) = timeout {
        config.origins.set("spec.timeoutSec", timeout.origin);
    }
    if let Some(origin) = sticky {
        config.origins.set("spec.sessionAffinity", origin);
    }
    Some(config)
}

/// A certificate that Google gets and renews.
fn certificate(cx: Cx<'_>, tls: &Tls, notes: &mut Notes) -> Option<Object> {
    let managed = tls.managed_certificate.filter(|managed| managed.value)?;
    let hosts = exposure::hosts(cx.stack, cx.part.expose()?.routes()?);
    let domains = hosts.iter().map(|host| host.value.clone()).collect();
    let spec = CertificateSpec { domains };
    let mut certificate = custom(cx, ("networking.gke.io/v1", "ManagedCertificate"), &spec);
    for (at, host) in hosts.iter().enumerate() {
        certificate.origins.set(format!("spec.domains[{at}]"), host.origin);
    }
    let key = "networking.gke.io/managed-certificates".to_owned();
    notes.set(key, &*cx.part.object, managed.origin);
    Some(certificate)
}

/// The policies of a Service that routes of a Gateway of GKE lead to
/// (<https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources#configure_health_check>).
pub(in crate::lower) fn policies(cx: Cx<'_>) -> Vec<Object> {
    let Some((path, port)) = asked(cx) else { return Vec::new() };
    let target = || TargetRef { group: "", kind: "Service", name: cx.part.object.to_string() };
    let check = CheckPolicy {
        check_interval_sec: INTERVAL,
        timeout_sec: TIMEOUT,
        healthy_threshold: THRESHOLD,
        unhealthy_threshold: THRESHOLD,
        config: CheckConfig {
            r#type: "HTTP",
            http_health_check: HttpCheck {
                port_specification: "USE_FIXED_PORT",
                port,
                request_path: path.value,
            },
        },
    };
    let default = Origin::Default(&reasons::GOOGLE_HEALTH);
    let spec = PolicySpec { default: check, target_ref: target() };
    let mut health = custom(cx, ("networking.gke.io/v1", "HealthCheckPolicy"), &spec);
    health.origins.set("spec.default", default);
    health.origins.set("spec.default.config.httpHealthCheck.requestPath", path.origin);
    let handling = cx.part.expose().and_then(|expose| expose.handling());
    let timeout = handling.and_then(Handling::longest);
    let sticky = handling.and_then(Handling::sticky);
    let draining = Draining { draining_timeout_sec: DRAIN };
    let spec = PolicySpec {
        default: BackendPolicy {
            timeout_sec: timeout.map(|timeout| timeout.value),
            connection_draining: draining,
            session_affinity: sticky.map(|_| PolicyAffinity { r#type: COOKIE }),
        },
        target_ref: target(),
    };
    let mut backend = custom(cx, ("networking.gke.io/v1", "GCPBackendPolicy"), &spec);
    backend.origins.set("spec.default", default);
    if let Some(timeout) = timeout {
        backend.origins.set("spec.default.timeoutSec", timeout.origin);
    }
    if let Some(origin) = sticky {
        backend.origins.set("spec.default.sessionAffinity", origin);
    }
    vec![health, backend]
}
