//! What the variables of a process hold.

use std::collections::BTreeSet;

use super::Process;
use super::reasons::{EDGE, SETTINGS_MODULE, TRACES};
use crate::exposure;
use crate::options::{BrokerServer, Expose, ProbeSetting, Routes, Traces, Web, Worker};
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

/// Whom uvicorn believes who the caller is. By itself that is its own host alone: each caller then has the address of the proxy
/// (Kludex/uvicorn#589).
///
/// A controller replaces what a caller says of itself, so that the first address is that of the caller, which uvicorn takes of
/// `*`. A load balancer of AWS adds the address of the caller behind what that says, so that it is the last one that is no
/// proxy: uvicorn takes that where it knows the addresses of the proxies
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>).
pub(super) fn proxies(process: &Process<'_>) -> Option<Sourced<Template>> {
    let expose = process.part.expose()?;
    let callers = exposure::callers(process.stack, process.part);
    if callers.anybody {
        return None;
    }
    let is_controller = match &expose.value {
        Expose::Ingress(_) | Expose::Gateway(_) | Expose::Route(_) => !expose.targets_pods(),
        Expose::Alb(_) => false,
        Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::LoadBalancer(_) => return None,
    };
    if is_controller {
        let known = !callers.namespaces.is_empty() || !callers.ranges.is_empty();
        return known.then(|| Sourced { value: Template::text("*"), origin: expose.origin });
    }
    if !matches!(expose.value, Expose::Alb(_)) || callers.ranges.is_empty() {
        return None;
    }
    let nginx = process.part.component.options::<Web>().and_then(Web::nginx);
    let own = nginx.iter().flat_map(|_| ["127.0.0.1", "::1"]).map(str::to_owned);
    let all: Vec<String> =
        own.chain(callers.ranges.iter().map(|range| range.value.to_string())).collect();
    Some(Sourced { value: Template::text(all.join(",")), origin: expose.origin })
}

/// Seconds after which a Redis may hand a task out again that is not done: no task takes longer, and none that a child reserved
/// waits longer. A worker that was killed holds its messages for this time, which is an hour by itself. Those who take tasks look
/// for it, nobody else.
pub(super) fn visibility(process: &Process<'_>) -> Option<Sourced<Template>> {
    /// Seconds for a worker to stop and to start.
    const MARGIN: u32 = 60;
    let parts = || process.stack.parts.values();
    let is_redis = |part: &Part| {
        let broker = part.facts.broker.as_ref();
        broker.is_some_and(|broker| matches!(broker.server, BrokerServer::Redis { .. }))
    };
    // Of what a command of the stack's own takes, nobody knows how long it runs, and the shortest time of a broker holds for all.
    let is_unknown = |part: &Part| {
        let command = part.component.command();
        let says =
            |what: &str| command.iter().any(|word| word.split_whitespace().any(|one| one == what));
        part.component.options::<Worker>().is_none() && says("celery") && says("worker")
    };
    if !parts().any(is_redis) || parts().any(is_unknown) {
        return None;
    }
    let workers = parts().filter_map(|part| part.component.options::<Worker>());
    let longest = workers.map(|worker| {
        worker.visibility_timeout_seconds.unwrap_or_else(|| {
            let reserved = u32::from(worker.prefetch_multiplier.value).saturating_add(1);
            let limit = worker.task_time_limit_seconds;
            limit.map(|limit| limit.saturating_mul(reserved).saturating_add(MARGIN))
        })
    });
    let longest = longest.max_by_key(|seconds| seconds.value)?;
    Some(longest.map(|seconds| Template::text(seconds.to_string())))
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
pub(crate) fn health_paths(part: &Part) -> Vec<String> {
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
    all.iter().map(|path| exempted(path)).collect()
}

/// A path as `SECURE_REDIRECT_EXEMPT` takes it.
pub(crate) fn exempted(path: &str) -> String {
    format!("^{}$", path.trim_start_matches('/'))
}
