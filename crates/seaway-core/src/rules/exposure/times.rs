//! Times that have to fit those of what stands before the pods, with the arithmetic.

use super::Cx;
use crate::exposure::{CONTROLLER_IDLE, DEREGISTRATION_LAG, GCE_IDLE};
use crate::options::{Alb, Expose, Web};
use crate::{Code, Diagnostic, Origin, Sink, Sourced};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let web = cx.part.component.options::<Web>();
    if let Some(answer) = web.and_then(Web::answers_within) {
        answers(cx, answer, sink);
    }
    // Of a server that is started by another command the times are not known.
    let server = web.filter(|web| web.command.is_empty());
    let keeps = server.and_then(|web| {
        let fixed = web.fixed_keep_alive().filter(|_| web.nginx().is_none());
        Some((cx.part.facts.keep_alive?, fixed.is_some()))
    });
    let delay = match &cx.expose.value {
        Expose::Alb(alb) => {
            if let Some(keeps) = keeps {
                let idle = alb.idle_timeout_seconds;
                keep_alive(keeps, idle.value, Some(idle.origin), "the load balancer", cx, sink);
            }
            of_alb(alb, sink);
            Some(alb.deregistration_delay_seconds)
        }
        Expose::LoadBalancer(balancer) => balancer.nlb.as_ref().map(|nlb| {
            let check = &nlb.health_check;
            range("interval-seconds", check.interval_seconds, 5, 300, sink);
            range("healthy-threshold", check.healthy_threshold, 2, 10, sink);
            range("unhealthy-threshold", check.unhealthy_threshold, 2, 10, sink);
            let delay = nlb.deregistration_delay_seconds;
            range("deregistration-delay-seconds", delay, 0, 3600, sink);
            delay
        }),
        Expose::Ingress(_) | Expose::Route(_) => {
            if let Some(keeps) = keeps {
                let (idle, who) = if cx.expose.targets_pods() {
                    (GCE_IDLE, "the load balancer")
                } else {
                    (CONTROLLER_IDLE, "the controller")
                };
                keep_alive(keeps, idle, None, who, cx, sink);
            }
            None
        }
        Expose::Gateway(_) => {
            if let Some(keeps) = keeps.filter(|_| cx.expose.targets_pods()) {
                keep_alive(keeps, GCE_IDLE, None, "the load balancer", cx, sink);
            }
            None
        }
        Expose::ClusterIp(_) | Expose::NodePort(_) => None,
    };
    let delay = delay.filter(|_| cx.expose.targets_pods());
    if let (Some(drains), Some(delay)) = (cx.part.facts.drain, delay) {
        drain(cx, drains, sink);
        if let Some(web) = server {
            leaving((drains, web.graceful_timeout_seconds), delay, sink);
        }
    }
}

/// What stands before the pods gives up on a request that the server still works on, and the client gets a 504.
fn answers(cx: Cx<'_>, answer: Sourced<u32>, sink: &mut Sink) {
    let (Some(waits), Some(front)) = (cx.expose.waits(), cx.expose.front()) else { return };
    if waits.value >= answer.value {
        return;
    }
    let name = &cx.part.name;
    let remedy = match waits.origin {
        origin if origin == answer.origin => {
            format!("write a `keep-alive-seconds` of more than {}", answer.saturating_add(10))
        }
        Origin::Stack(_) => "remove it: it then follows from the time of the server".to_owned(),
        Origin::Default(_) => format!(
            "write `idle-timeout-seconds = {}` for each of the group",
            answer.saturating_add(10)
        ),
    };
    let message = format!(
        "{} waits {waits} s for an answer, and the server may take {answer} s",
        front.as_str()
    );
    sink.report(
        Diagnostic::warning(Code::ShortWait, message)
            .origin(waits.origin, "")
            .origin(answer.origin, "a longer request ends with 504")
            .subject(name.to_string())
            .help(format!(
                "{remedy}; or lower `components.{name}.timeout-seconds` to {waits}; if longer requests are \
                 to end there, say so: `components.{name}.allow.short-wait = \"…\"`"
            )),
    );
}

/// A server that drops an idle connection first meets requests that are on their way (alphagov/notifications-admin#4826).
fn keep_alive(
    (keep_alive, is_fixed): (Sourced<u32>, bool),
    idle: u32,
    origin: Option<Origin>,
    who: &str,
    cx: Cx<'_>,
    sink: &mut Sink,
) {
    if keep_alive.value > idle {
        return;
    }
    let message = format!(
        "the server drops idle connections after {keep_alive} s, and {who} keeps them for {idle} s"
    );
    let why = "requests on such a connection fail with 502";
    if !is_fixed {
        let mut diagnostic =
            Diagnostic::error(Code::Conflict, message).origin(keep_alive.origin, why);
        if let Some(origin) = origin {
            diagnostic = diagnostic.origin(origin, "");
        }
        sink.report(diagnostic.help(format!(
            "write more than {idle} s as `keep-alive-seconds`, or leave it out: it is computed"
        )));
        return;
    }
    // No key of the stack shortens the time of a controller.
    let (mut diagnostic, help) = match origin {
        Some(origin) => (
            Diagnostic::error(Code::Conflict, message).origin(origin, ""),
            format!(
                "write `idle-timeout-seconds = {}`, or ",
                (keep_alive.value.saturating_mul(3) / 4).max(1)
            ),
        ),
        None => (Diagnostic::warning(Code::Conflict, message), String::new()),
    };
    diagnostic = diagnostic.origin(cx.expose.origin, why);
    sink.report(diagnostic.help(format!(
        "{help}put an nginx before the server, which keeps them longer: `static-files = \"sidecar\"`"
    )));
}

/// Until the load balancer knows that a pod stops, the pod has to answer (aws-samples/sample-kolya-br-proxy#20).
fn drain(cx: Cx<'_>, drain: Sourced<u32>, sink: &mut Sink) {
    if drain.value >= DEREGISTRATION_LAG {
        return;
    }
    let message = format!(
        "a stopping pod serves for {drain} s more, and the load balancer sends it requests for up to {DEREGISTRATION_LAG} s"
    );
    sink.report(
        Diagnostic::error(Code::Conflict, message)
            .origin(drain.origin, "each rollout would drop requests")
            .origin(cx.expose.origin, "")
            .help(format!(
                "write at least {DEREGISTRATION_LAG} s as `drain-seconds`, or leave it out"
            )),
    );
}

/// A pod outlives the time for which the load balancer waits for its requests.
fn leaving((drain, graceful): (Sourced<u32>, Sourced<u32>), delay: Sourced<u32>, sink: &mut Sink) {
    let alive = drain.saturating_add(graceful.value);
    if alive >= delay.value {
        return;
    }
    let message = format!(
        "the load balancer waits {delay} s for requests of a pod that leaves, and the pod ends after {drain} s of drain and \
         {graceful} s for running requests: {alive} s"
    );
    sink.report(
        Diagnostic::error(Code::Conflict, message)
            .origin(delay.origin, "")
            .origin(graceful.origin, "")
            .help(format!(
                "write at least {} s as `graceful-timeout-seconds`, or a `deregistration-delay-seconds` of at most {alive}",
                delay.saturating_sub(drain.value)
            )),
    );
}

/// The ranges that AWS takes: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>.
fn of_alb(alb: &Alb, sink: &mut Sink) {
    let check = &alb.health_check;
    range("interval-seconds", check.interval_seconds, 5, 300, sink);
    range("timeout-seconds", check.timeout_seconds, 2, 120, sink);
    range("healthy-threshold", check.healthy_threshold, 2, 10, sink);
    range("unhealthy-threshold", check.unhealthy_threshold, 2, 10, sink);
    range("deregistration-delay-seconds", alb.deregistration_delay_seconds, 0, 3600, sink);
    range("idle-timeout-seconds", alb.idle_timeout_seconds, 1, 4000, sink);
    if let Some(order) = alb.group_order {
        range("group-order", order.map(u32::from), 1, 1000, sink);
    }
    let (interval, timeout) = (check.interval_seconds, check.timeout_seconds);
    if timeout.value >= interval.value {
        let message =
            format!("a check that waits {timeout} s for an answer begins every {interval} s");
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(timeout.origin, "AWS refuses it")
                .origin(interval.origin, "")
                .help("`timeout-seconds` is less than `interval-seconds`"),
        );
    }
    let codes = &check.success_codes;
    if !are_codes(codes) {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("`{codes}` are no status codes"))
                .origin(codes.origin, "")
                .help("write codes from 200 to 499: `200`, `200,204` or `200-299`"),
        );
    }
}

fn are_codes(text: &str) -> bool {
    let code = |text: &str| text.len() == 3 && matches!(text.parse::<u32>(), Ok(200..=499));
    text.split(',').all(|item| match item.split_once('-') {
        Some((from, to)) => code(from) && code(to) && from <= to,
        None => code(item),
    })
}

fn range(key: &str, value: Sourced<u32>, least: u32, most: u32, sink: &mut Sink) {
    if !(least..=most).contains(&value.value) {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("AWS takes no `{key}` of {value}"))
                .origin(value.origin, "")
                .help(format!("write {least} to {most}")),
        );
    }
}
