//! Probes: the component's defaults with what the stack changes.

use k8s_openapi::api::core::v1::{ExecAction, HTTPGetAction, HTTPHeader, Probe, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::{self, ProbeSetting, Probes};
use seaway_core::{Origin, Sourced};

use super::program::{Ask, Check, Defaults, seconds};
use crate::object::{Origins, joined};
use crate::reasons;

/// Who asks, and what it says of itself: the headers of an HTTP probe, and the name of the usual port.
pub(super) struct Prober<'a> {
    pub port: Option<&'a str>,
    pub headers: Vec<(&'a str, Sourced<String>)>,
}

/// The three probes of a container.
pub(super) struct Three {
    pub startup: Option<Probe>,
    pub readiness: Option<Probe>,
    pub liveness: Option<Probe>,
}

/// The probes that the stack asks for, completed from the defaults of the component.
pub(super) fn probes(
    written: &Probes,
    defaults: Defaults,
    prober: &Prober<'_>,
    path: &str,
    origins: &mut Origins,
) -> Three {
    let mut one = |name: &str, written: Option<&Sourced<ProbeSetting>>, usual: Option<Check>| {
        let origin = match (written, &usual) {
            (_, Some(check)) => Origin::Default(check.reason),
            (Some(written), None) => written.origin,
            (None, None) => return None,
        };
        let empty = options::Probe::default();
        let options = match written.map(|written| &written.value) {
            Some(ProbeSetting::Switch(false)) => return None,
            Some(ProbeSetting::Probe(probe)) => probe,
            Some(ProbeSetting::Switch(true)) | None => &empty,
        };
        let probe = probe(options, usual, prober)?;
        let path = format!("{path}.{name}");
        origins.set(path.clone(), origin);
        note(options, &path, origins);
        for (name, value) in headers(options, prober) {
            origins.set(joined(&[&path, ".httpGet.httpHeaders[", name, "]"]), value.origin);
        }
        Some(probe)
    };
    Three {
        startup: one("startupProbe", written.startup.as_ref(), defaults.startup),
        readiness: one("readinessProbe", written.readiness.as_ref(), defaults.readiness),
        liveness: one("livenessProbe", written.liveness.as_ref(), defaults.liveness),
    }
}

/// Where the written parts of a probe come from; the others come from its default.
fn note(written: &options::Probe, path: &str, origins: &mut Origins) {
    let mut set = |field: &str, origin: Option<Origin>| {
        if let Some(origin) = origin {
            origins.set(joined(&[path, ".", field]), origin);
        }
    };
    set("httpGet.path", written.path.as_ref().map(|path| path.origin));
    for (index, word) in written.command.iter().enumerate() {
        set(&format!("exec.command[{index}]"), Some(word.origin));
    }
    let port = written.port.map(|port| port.origin);
    set("httpGet.port", port);
    set("tcpSocket.port", port);
    set("initialDelaySeconds", written.initial_delay_seconds.map(|value| value.origin));
    set("periodSeconds", written.period_seconds.map(|value| value.origin));
    set("timeoutSeconds", written.timeout_seconds.map(|value| value.origin));
    set("failureThreshold", written.failure_threshold.map(|value| value.origin));
}

fn probe(written: &options::Probe, usual: Option<Check>, prober: &Prober<'_>) -> Option<Probe> {
    let usual = usual.unwrap_or(Check {
        ask: Ask::Connect,
        period: 10,
        timeout: 5,
        failures: 3,
        reason: &reasons::PROBES,
    });
    let ask = if let Some(path) = &written.path {
        Ask::Get(path.to_string())
    } else if !written.command.is_empty() {
        Ask::Run(written.command.iter().map(|word| word.value.clone()).collect())
    } else if written.port.is_some() && matches!(usual.ask, Ask::Run(_)) {
        // A port is asked for, and a command has none.
        Ask::Connect
    } else {
        usual.ask
    };
    let of = |value: Option<Sourced<u32>>, usual: u32| {
        Some(seconds(value.map_or(usual, |value| value.value)))
    };
    let mut probe = Probe {
        initial_delay_seconds: written.initial_delay_seconds.map(|value| seconds(value.value)),
        period_seconds: of(written.period_seconds, usual.period),
        timeout_seconds: of(written.timeout_seconds, usual.timeout),
        failure_threshold: of(written.failure_threshold, usual.failures),
        ..Probe::default()
    };
    let port = match (&written.port, prober.port) {
        (Some(port), _) => Some(IntOrString::Int(port.get().into())),
        (None, Some(name)) => Some(IntOrString::String(name.to_owned())),
        (None, None) => None,
    };
    match (ask, port) {
        (Ask::Run(command), _) => probe.exec = Some(ExecAction { command: Some(command) }),
        (Ask::Get(path), Some(port)) => probe.http_get = Some(get(path, port, written, prober)),
        (Ask::Connect, Some(port)) => {
            probe.tcp_socket = Some(TCPSocketAction { host: None, port });
        }
        (_, None) => return None,
    }
    Some(probe)
}

/// The headers of an HTTP probe: those of the prober, unless the stack writes others, and what else the stack writes.
fn headers<'a>(
    written: &'a options::Probe,
    prober: &'a Prober<'_>,
) -> impl Iterator<Item = (&'a str, &'a Sourced<String>)> {
    let is_written =
        |usual: &str| written.headers.keys().any(|name| name.eq_ignore_ascii_case(usual));
    let usual = prober.headers.iter().map(|(name, value)| (*name, value));
    let usual = usual.filter(move |(name, _)| !is_written(name));
    usual.chain(written.headers.iter().map(|(name, value)| (&**name as &str, value)))
}

fn get(
    path: String,
    port: IntOrString,
    written: &options::Probe,
    prober: &Prober<'_>,
) -> HTTPGetAction {
    let headers = headers(written, prober)
        .map(|(name, value)| HTTPHeader { name: name.to_owned(), value: value.value.clone() });
    HTTPGetAction {
        path: Some(path),
        port,
        http_headers: Some(headers.collect()),
        ..HTTPGetAction::default()
    }
}
