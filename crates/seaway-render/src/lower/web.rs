//! `web` → Deployment, Service, account; autoscaler, budget and sidecar where asked for.

use seaway_core::Sourced;
use seaway_core::options::{
    HTTP_PORT, Interface, KeepAlive, Listen, MaxRequests, ProbeSetting, Processes, ServerFacts, Web,
};
use seaway_core::outputs::metrics_ports;
use seaway_core::values::Port;

use super::containers::{self, app_image};
use super::monitoring::text::web_port;

use super::pod::{Template, pod};
use super::program::{
    Ask, Check, Defaults, Program, Scratch, Usage, Words, computed, scratch, written_or,
};
use super::resources::{scaled_cpu, whole_mebibytes};
use super::workload::{Rollout, Scale, deployment};
use super::{Cx, expose, sidecar};
use crate::{Object, reasons};

/// MiB of a server process of which the stack says nothing: a warm Django project takes about 100.
pub(crate) const PROCESS: u32 = 128;
/// Seconds that a server may take beyond drain and graceful timeout.
const MARGIN: u32 = 5;

pub(super) fn lower(cx: Cx<'_>, web: &Web) -> Vec<Object> {
    let drain = cx.part.facts.drain.unwrap_or(web.drain_seconds);
    let beyond = web.linger_seconds().saturating_add(sidecar::lead(web));
    let drain = drain.map(|seconds| seconds.saturating_add(beyond));
    let grace = drain.saturating_add(web.graceful_timeout_seconds.value).saturating_add(MARGIN);
    let program = Program {
        image: app_image(cx),
        command: written_or(&web.command, || command(cx, web)),
        args: Vec::new(),
        env: Vec::new(),
        port: Some(("http".into(), web.port)),
        probes: probes(web),
        resources: usage(web),
        // gunicorn's heartbeat files want memory: on a slow disk they block (gunicorn FAQ).
        scratch: vec![spooled(web), scratch("/dev/shm", 64, true)],
        files: Vec::new(),
        grace: computed(grace, &reasons::GRACE),
        drain: Some(drain),
    };
    let mut template = pod(cx, program, None);
    show_metrics(cx, &mut template);
    let mut target = "http";
    let mut objects = Vec::new();
    if let Some(options) = web.nginx() {
        target = sidecar::PORT_NAME;
        objects.extend(sidecar::add(cx, web, options, &mut template));
    }
    let scale = Scale::of(cx.part);
    objects.extend(deployment(cx, &scale, Rollout::Surge, template));
    objects.extend(expose::objects(cx, computed(HTTP_PORT, &reasons::SERVICE_PORT), target));
    objects
}

/// The temporary files of the server, where Django keeps the files of a request that are larger than 2.5 MB
/// (<https://docs.djangoproject.com/en/5.2/topics/http/file-uploads/#where-uploaded-data-is-stored>).
fn spooled(web: &Web) -> Scratch {
    let body = web.largest_body().map_or(0, |body| body.value.units());
    Scratch { path: "/tmp", size: sidecar::spool(body), memory: false }
}

/// A port a server process for its metrics; no Service routes to them.
fn show_metrics(cx: Cx<'_>, template: &mut Template<'_>) {
    let Some(ports) = metrics_ports(cx.stack, cx.part) else { return };
    let Template { spec, origins, .. } = template;
    let Some(main) = spec.containers.first_mut() else { return };
    let path = format!("containers[{}]", main.name);
    for (index, number) in ports.enumerate() {
        let name = web_port(index);
        let port = computed(Port::new(number), &reasons::MONITORING);
        let port = containers::port(&name, port, &path, origins);
        main.ports.get_or_insert_default().push(port);
    }
}

/// Memory grows with the processes, each of which may take twice what it usually does: workers times memory that passes
/// the limit is an OOM kill (benoitc/gunicorn#2028).
fn usage(web: &Web) -> Usage {
    let workers = u32::from(web.processes().value.max(1));
    let memory = whole_mebibytes(web.process_memory.value).saturating_mul(workers);
    let cpu = scaled_cpu(web.autoscale.as_ref(), workers);
    Usage { cpu, memory, memory_limit: memory.saturating_mul(2) }
}

/// The words that start its server, in the order of their meaning: what runs where, how, and for how long.
fn command(cx: Cx<'_>, web: &Web) -> Words {
    let reason = &reasons::SERVER_COMMAND;
    let server = web.server.value.facts();
    let interface = match server.interface {
        Interface::Wsgi => "wsgi",
        Interface::Asgi => "asgi",
    };
    let application = cx.part.project.module.as_ref();
    let application = application
        .map(|module| module.as_ref().map(|name| format!("{name}.{interface}:application")));
    let mut words = Words::fixed(&[server.program], reason);
    match server.application {
        Some(flag) => words = words.flag_maybe(flag, application.as_ref()),
        None => words.0.extend(application),
    }
    let port = web.port.map(Port::get);
    // That a server cannot listen on both families is reported by a rule.
    let families = cx.stack.cluster.families();
    let host = server.host(families, web.processes().value).unwrap_or_default();
    let words = match server.listen {
        Listen::Address(flag) => words.flag(flag, &port.map(|port| address(host, port))),
        Listen::HostAndPort(flag, of_port) => {
            words.word(format!("{flag}={host}"), reason).flag(of_port, &port)
        }
    };
    let mut words = limits(cx, web, &server, words.all(server.mode, reason));
    if let Some(MaxRequests { flag, jitter }) = server.max_requests {
        let fifth = web.max_requests.map(|requests| requests / 5);
        words = words.flag(flag, &web.max_requests).flag(jitter, &fifth);
    }
    words.all(server.more, reason)
}

/// Host and port in one word.
fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// How much a server does at a time, and how long it takes for it.
fn limits(cx: Cx<'_>, web: &Web, server: &ServerFacts, mut words: Words) -> Words {
    if let Processes::Flag { long: [flag, ..], .. } = server.processes {
        words = words.flag(flag, &web.workers);
    }
    let graceful = server.graceful_timeout.as_ref().map(|(setting, _)| setting);
    let keep_alive = cx.part.facts.keep_alive.unwrap_or(web.keep_alive_seconds);
    words = words
        .setting(server.threads.as_ref(), &web.threads)
        .setting(server.timeout.as_ref(), &web.timeout_seconds)
        .setting(graceful, &web.graceful_timeout_seconds);
    match server.keep_alive {
        KeepAlive::Flag(flag) => words.flag(flag, &keep_alive),
        KeepAlive::Fixed(_) => words,
    }
}

/// Readiness asks the path that the stack names; liveness one without shared dependencies, or only the port.
fn probes(web: &Web) -> Defaults {
    let written = &web.pod.probes;
    let path_of = |setting: &Option<Sourced<ProbeSetting>>| match setting.as_ref().map(|s| &s.value)
    {
        Some(ProbeSetting::Probe(probe)) => probe.path.as_ref().map(ToString::to_string),
        _ => None,
    };
    let ready = path_of(&written.readiness);
    let live = path_of(&written.liveness);
    let ask = |path: Option<&String>| path.map_or(Ask::Connect, |path| Ask::Get(path.clone()));
    let check = |ask, period, timeout, failures| {
        Some(Check { ask, period, timeout, failures, reason: &reasons::PROBES })
    };
    Defaults {
        startup: check(ask(live.as_ref().or(ready.as_ref())), 2, 5, 60),
        readiness: check(ask(ready.as_ref().or(live.as_ref())), 5, 3, 3),
        liveness: check(ask(live.as_ref()), 15, 5, 4),
    }
}
