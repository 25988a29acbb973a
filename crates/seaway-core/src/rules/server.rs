//! What a stack says to the server of a web process, and the server has no use for.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::declared::Declared;
use crate::options::{
    Expose, KeepAlive, ProbeSetting, Processes, Server, ServerFacts, Setting, Web,
};
use crate::stack::{Part, VariableValue};
use crate::{Code, Diagnostic, Origin, Sink, Sourced, Stack, suggest};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        // What a command of the stack's own makes of the options is not known.
        let web = part.component.options::<Web>();
        let Some((web, server)) = web.and_then(|web| Some((web, web.preset_server()?))) else {
            continue;
        };
        below_prefix(part, web, &server, sink);
        one_process(part, web, &server, sink);
        families(stack, part, web, &server, sink);
        for option in options(web) {
            if let Some(diagnostic) = option.fault(part, &server) {
                sink.report(diagnostic);
            }
        }
    }
}

/// gunicorn answers 500 to each path that does not begin with `SCRIPT_NAME` (benoitc/gunicorn#2969, `gunicorn/http/wsgi.py` of 27.0).
/// Other servers do not read the variable, and Django's `FORCE_SCRIPT_NAME` changes the URLs that it writes, not those that it
/// answers to (`django/core/handlers/wsgi.py` of 5.2).
fn below_prefix(part: &Part, web: &Web, server: &ServerFacts, sink: &mut Sink) {
    if server.program != Server::Gunicorn.facts().program {
        return;
    }
    let prefix = part.env.iter().find_map(|variable| match &variable.value.value {
        VariableValue::Text(text) if *variable.name == *"SCRIPT_NAME" => {
            Some((text, variable.value.origin))
        }
        _ => None,
    });
    let Some((prefix, origin)) = prefix.filter(|(prefix, _)| !prefix.is_empty()) else { return };
    let probes = &web.pod.probes;
    let probes = [&probes.startup, &probes.readiness, &probes.liveness].into_iter().flatten();
    let asked = probes.filter_map(|setting| match &setting.value {
        ProbeSetting::Probe(probe) => probe.path.as_ref().filter(|_| probe.port.is_none()),
        ProbeSetting::Switch(_) => None,
    });
    let checked = match &web.expose.value {
        Expose::Alb(alb) => alb.health_check.path.as_ref(),
        _ => None,
    };
    let mut told = BTreeSet::new();
    for path in asked.chain(checked) {
        if path.starts_with(&**prefix) || !told.insert(path.origin) {
            continue;
        }
        let below = format!("{}{}", prefix.trim_end_matches('/'), path.value);
        let message =
            format!("{} answers 500 to `{path}`, which is not below `{prefix}`", server.program);
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(path.origin, "the pods never become ready")
                .origin(origin, "each path has to begin with it")
                .help(format!("write `path = \"{below}\"`")),
        );
    }
}

/// An option of `web` that not every server has.
struct ServerOption {
    name: &'static str,
    value: Sourced<u32>,
    /// The values that a server takes for it, if it has it.
    range: fn(&ServerFacts) -> Option<RangeInclusive<u32>>,
    /// Whether something else in the pod takes it too.
    is_used_beside: bool,
}

fn options(web: &Web) -> [ServerOption; 5] {
    const ANY: RangeInclusive<u32> = 0..=u32::MAX;
    let option = |name, value, range| ServerOption { name, value, range, is_used_beside: false };
    [
        option("threads", web.threads.map(u32::from), |server| range(server.threads.as_ref())),
        option("timeout-seconds", web.timeout_seconds, |server| range(server.timeout.as_ref())),
        // Of a server without such a flag the pod takes the time.
        option("graceful-timeout-seconds", web.graceful_timeout_seconds, |server| {
            let setting = server.graceful_timeout.as_ref().map(|(setting, _)| setting);
            Some(range(setting).unwrap_or(ANY))
        }),
        ServerOption {
            is_used_beside: web.nginx().is_some(),
            ..option("keep-alive-seconds", web.keep_alive_seconds, |server| {
                match server.keep_alive {
                    KeepAlive::Flag(_) => Some(ANY),
                    KeepAlive::Fixed(_) => None,
                }
            })
        },
        option("max-requests", web.max_requests, |server| server.max_requests.map(|_| ANY)),
    ]
}

fn range(setting: Option<&Setting>) -> Option<RangeInclusive<u32>> {
    setting.map(|setting| setting.range.clone())
}

impl ServerOption {
    /// What is wrong with it, if somebody wrote it.
    fn fault(&self, part: &Part, server: &ServerFacts) -> Option<Diagnostic> {
        let Origin::Stack(place) = self.value.origin else { return None };
        let (web, name, program) = (&part.name, self.name, server.program);
        let Some(range) = (self.range)(server) else {
            if self.is_used_beside {
                return None;
            }
            let have = Server::ALL.into_iter().map(Server::facts);
            let have: Vec<_> = have.filter(|server| (self.range)(server).is_some()).collect();
            let have: Vec<_> = have.iter().map(|server| server.program).collect();
            let message = format!("{program} has no use for the `{name}` of `{web}`");
            return Some(Diagnostic::error(Code::Conflict, message).label(place, "").help(
                format!(
                    "remove it, or choose a server that takes it: {}",
                    suggest::quoted_list(&have)
                ),
            ));
        };
        if range.contains(&self.value.value) {
            return None;
        }
        let (least, most) = (range.start(), range.end());
        let most = if *most == u32::MAX { "or more".to_owned() } else { format!("to {most}") };
        let message = format!("{program} takes no `{name}` of {}", self.value);
        let diagnostic = Diagnostic::error(Code::InvalidValue, message).label(place, "");
        Some(diagnostic.help(format!("write {least} {most}")))
    }
}

/// More processes than the server can have are more pods.
/// A server that cannot listen on both families with one process.
fn families(stack: &Stack, part: &Part, web: &Web, server: &ServerFacts, sink: &mut Sink) {
    let processes = web.processes();
    if server.host(stack.cluster.families(), processes.value).is_some() {
        return;
    }
    let (name, program) = (&part.name, server.program);
    let message = format!("{program} with one process listens on one family of addresses alone");
    let mut diagnostic = Diagnostic::error(Code::Conflict, message).origin(web.server.origin, "");
    if let Some(family) = stack.cluster.ip_families.first() {
        diagnostic = diagnostic.origin(family.origin, "the cluster has both");
    }
    sink.report(diagnostic.help(format!(
        "write `components.{name}.workers = 2`, or another `server`: `granian` for example"
    )));
}

fn one_process(part: &Part, web: &Web, server: &ServerFacts, sink: &mut Sink) {
    let workers = web.workers;
    let (Processes::One, Origin::Stack(place)) = (server.processes, workers.origin) else { return };
    if workers.value == 1 {
        return;
    }
    let (name, program) = (&part.name, server.program);
    let pods = part.facts.replicas.map_or(1, |replicas| replicas.value).max(1);
    let pods = pods.saturating_mul(workers.value.max(1));
    let instead = if part.facts.autoscale.is_some() {
        format!("remove `workers` of `{name}`: its autoscaler starts more pods")
    } else {
        format!("remove `workers` and write `components.{name}.replicas = {pods}`")
    };
    sink.report(
        Diagnostic::error(Code::Conflict, format!("{program} has one process, and no `workers`"))
            .label(place, "")
            .help(instead),
    );
}
