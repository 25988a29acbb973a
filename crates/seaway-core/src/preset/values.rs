//! What the variables of a process hold.

use std::collections::BTreeSet;

use super::Process;
use super::reasons::{EDGE, SETTINGS_MODULE, TRACES};
use crate::exposure;
use crate::options::{Expose, ProbeSetting, Routes, Traces};
use crate::stack::Part;
use crate::values::Template;
use crate::{Origin, Sourced};

/// How callers from outside of the stage reach the process: where several ways lead to it, by one at which TLS ends.
pub(super) fn expose<'a>(process: &Process<'a>) -> Option<&'a Expose> {
    let mut all = exposes(process).peekable();
    let first = all.peek().copied();
    all.find(|expose| exposure::tls(expose).is_some()).or(first)
}

fn exposes<'a>(process: &Process<'a>) -> impl Iterator<Item = &'a Expose> {
    process.edge.iter().filter_map(|part| part.expose()).map(|expose| &expose.value)
}

/// The hosts that the application answers to: its own, and those of the routes of the process.
pub(super) fn hosts(process: &Process<'_>) -> Vec<String> {
    let mut hosts: Vec<String> = process.stack.app.hosts.iter().map(ToString::to_string).collect();
    let routes = exposes(process).filter_map(Expose::routes);
    for host in routes.flat_map(|routes| &routes.hosts) {
        if !hosts.contains(&host.to_string()) {
            hosts.push(host.to_string());
        }
    }
    hosts
}

/// The hosts that are routed to the process by TLS; none for any host.
pub(super) fn routed_hosts(process: &Process<'_>) -> Vec<Sourced<String>> {
    let no_routes = Routes::default();
    let encrypted = exposes(process).filter(|expose| exposure::tls(expose).is_some());
    let hosts = encrypted
        .flat_map(|expose| exposure::hosts(process.stack, expose.routes().unwrap_or(&no_routes)));
    let mut seen = BTreeSet::new();
    hosts.filter(|host| seen.insert(host.value.clone())).collect()
}

pub(super) fn trusted_origins(process: &Process<'_>) -> Option<Sourced<Template>> {
    let hosts = routed_hosts(process);
    let origin = hosts.first()?.origin;
    let origins: Vec<String> = hosts.iter().map(|host| format!("https://{host}")).collect();
    Some(Sourced { value: Template::text(origins.join(",")), origin })
}

/// What ends TLS before the process.
pub(super) fn tls_origin(process: &Process<'_>) -> Origin {
    let tls = expose(process).and_then(exposure::tls);
    tls.unwrap_or(Origin::Default(&EDGE))
}

pub(super) fn hsts(process: &Process<'_>) -> Option<Sourced<u32>> {
    let tls = expose(process)?.tls()?;
    Some(tls.hsts_seconds).filter(|hsts| hsts.value > 0)
}

/// The settings of the project: written, or those of its package.
pub(super) fn settings(process: &Process<'_>) -> Option<Sourced<Template>> {
    let project = &process.part.project;
    if let Some(settings) = &project.settings {
        return Some(settings.as_ref().map(|name| Template::text(&**name)));
    }
    let module = project.module.as_ref()?;
    Some(Sourced::default_for(Template::text(format!("{module}.settings")), &SETTINGS_MODULE))
}

/// Where processes send their traces, if `monitoring` says so.
pub(super) fn collector<'a>(process: &Process<'a>) -> Option<&'a Sourced<Traces>> {
    process.stack.monitoring()?.1.traces.as_ref()
}

pub(super) fn traces_origin(_: &Process<'_>) -> Origin {
    Origin::Default(&TRACES)
}

pub(super) fn traces_endpoint(process: &Process<'_>) -> Option<Sourced<Template>> {
    let collector = collector(process)?;
    let scheme = if collector.tls.is_some_and(|tls| tls.value) { "https" } else { "http" };
    let host = match collector.host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => collector.host.to_string(),
    };
    let endpoint = format!("{scheme}://{host}:{}", collector.port.get());
    Some(Sourced { value: Template::text(endpoint), origin: collector.origin })
}

pub(super) fn traces_headers(process: &Process<'_>) -> Option<Sourced<Template>> {
    let collector = collector(process)?;
    let secret = collector.secret.as_ref()?;
    let key = collector.key.as_ref().map_or("headers", |key| &key.value);
    let template = Template::from(format!("${{secrets.{secret}.{key}}}"));
    Some(Sourced { value: template, origin: secret.origin })
}

/// The paths of probes and health checks, as `SECURE_REDIRECT_EXEMPT` takes them: expressions without the first slash. Those
/// with characters that mean something in an expression, or with a comma, are left out.
pub(super) fn health_paths(part: &Part) -> Vec<String> {
    let all = part.component.pod().map(|pod| &pod.probes);
    let settings = all.into_iter().flat_map(|all| [&all.startup, &all.readiness, &all.liveness]);
    let probed = settings.flatten().filter_map(|setting| match &setting.value {
        ProbeSetting::Probe(probe) => probe.path.as_ref().map(|path| path.value.to_string()),
        ProbeSetting::Switch(_) => None,
    });
    let asked = part.expose().and_then(|expose| match &expose.value {
        Expose::Alb(alb) => alb.health_check.path.as_ref().map(|path| path.value.to_string()),
        _ => None,
    });
    let plain = |path: &String| {
        path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b)) && path != "/"
    };
    let all: BTreeSet<String> = probed.chain(asked).filter(plain).collect();
    all.iter().map(|path| format!("^{}$", path.trim_start_matches('/'))).collect()
}
