//! How many pods there are: as many as it takes, and of what there must be one no second.

use crate::broker::{self, Amqp, Broker, CLUSTER_URL, Server};
use crate::declared::Declared;
use crate::options::{Autoscale, Beat, CeleryRole};
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    for part in stack.parts.values() {
        let facts = &part.facts;
        let (replicas, autoscale) = (&facts.replicas, &facts.autoscale);
        if facts.only_one.is_some() {
            singleton(part, replicas.as_ref(), autoscale.as_ref(), sink);
        }
        if stack.is_production() && facts.is_called {
            single(part, replicas.as_ref(), autoscale.as_ref(), sink);
        }
        if let Some(autoscale) = autoscale {
            scale(declared, stack, part, (replicas.as_ref(), autoscale), sink);
        }
    }
    two_schedulers(stack, sink);
}

fn scale(
    declared: &Declared<'_>,
    stack: &Stack,
    part: &Part,
    (replicas, autoscale): (Option<&Sourced<u16>>, &Sourced<Autoscale>),
    sink: &mut Sink,
) {
    if let Some(replicas) = replicas {
        sink.report(
            Diagnostic::error(Code::Conflict, "`replicas` and `autoscale` exclude each other")
                .origin(replicas.origin, "every apply would reset what the autoscaler chose")
                .origin(autoscale.origin, "")
                .help("remove `replicas`; `autoscale.min` says the fewest"),
        );
    }
    let (min, max) = (autoscale.min, autoscale.max);
    let at_fault = declared.at_fault(["components", &**part.name, "autoscale"]);
    // An autoscaler of Kubernetes does not start again from none: there is no cpu use to measure.
    let least = u16::from(autoscale.queue_length.is_none());
    if !at_fault && (min.value < least || min.value > max.value || max.value == 0) {
        let least = if least == 0 { "at least 0" } else { "at least 1" };
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("can not scale from {min} to {max}"))
                .origin(min.origin, "")
                .help(format!("`min` is {least} and at most `max`")),
        );
    }
    if let Some(length) = &autoscale.queue_length {
        queues(stack, part, length, sink);
    }
}

/// Who scales by queues has some that can be counted.
fn queues(stack: &Stack, part: &Part, length: &Sourced<u32>, sink: &mut Sink) {
    let fault = |code, message: String| Diagnostic::error(code, message).origin(length.origin, "");
    if part.facts.celery != Some(CeleryRole::Worker) {
        let message = format!("`{}` takes no tasks from queues", part.name);
        sink.report(
            fault(Code::Conflict, message).help("scale it by its cpu use: remove `queue-length`"),
        );
        return;
    }
    if length.value == 0 {
        sink.report(
            fault(
                Code::InvalidValue,
                "a queue length of 0 would always ask for more pods".to_owned(),
            )
            .help("write how many waiting tasks are one pod's work, for example 20"),
        );
    }
    match broker::of(stack, part) {
        // What could not be resolved may be what it would refer to.
        None if sink.errors() > 0 => {}
        None => sink.report(
            fault(
                Code::Conflict,
                format!("`{}` has no broker whose queues KEDA counts", part.name),
            )
            .help("scale it by its cpu use, or refer to one Redis or RabbitMQ that is a broker"),
        ),
        Some(broker) => {
            if let Some(diagnostic) = uncounted(stack, &broker, length) {
                sink.report(diagnostic);
            }
        }
    }
}

/// What KEDA lacks to log in to a broker.
fn uncounted(stack: &Stack, broker: &Broker<'_>, length: &Sourced<u32>) -> Option<Diagnostic> {
    let (name, port) = (broker.name, broker.port);
    let (key, help) = match &broker.server {
        Server::Redis(redis) => (
            redis.lacks_password.then_some("password")?,
            "add the key: KEDA takes a password, not a URL with one in it".to_owned(),
        ),
        Server::Amqp(Amqp { url: Some(_), .. }) => return None,
        Server::Amqp(_) if broker.is_in_cluster => (
            CLUSTER_URL,
            format!(
                "KEDA runs in a namespace of its own and has to be given one, by which it finds the broker: \
                 `components.{name}.outputs.{CLUSTER_URL} = \"amqp://USER:PASSWORD@{name}.{}.svc:{port}//\"`",
                stack.namespace
            ),
        ),
        Server::Amqp(_) => {
            ("url", "add the key: `amqps://USER:PASSWORD@HOST:5671/VHOST`".to_owned())
        }
    };
    let message = format!("KEDA can not log in to `{name}`, which has no `{key}`");
    Some(Diagnostic::error(Code::UnknownKey, message).origin(length.origin, "").help(help))
}

/// Of a singleton there is never a second pod, in a rollout either.
fn singleton(
    part: &Part,
    replicas: Option<&Sourced<u16>>,
    autoscale: Option<&Sourced<Autoscale>>,
    sink: &mut Sink,
) {
    let several = replicas.filter(|replicas| replicas.value > 1).map(|replicas| replicas.origin);
    if let Some(origin) = several.or(autoscale.map(|autoscale| autoscale.origin)) {
        sink.report(
            Diagnostic::error(
                Code::RunsTwice,
                format!("`{}` is a singleton and runs more than once", part.name),
            )
            .origin(origin, "")
            .help("remove `singleton` or the replicas"),
        );
    }
}

/// One pod, and the node that it is on is drained: nobody answers until another one has started
/// (<https://kubernetes.io/docs/concepts/workloads/pods/disruptions/>).
fn single(
    part: &Part,
    replicas: Option<&Sourced<u16>>,
    autoscale: Option<&Sourced<Autoscale>>,
    sink: &mut Sink,
) {
    let least = autoscale.map(|autoscale| autoscale.min).or(replicas.copied());
    let Some(least) = least.filter(|least| least.value == 1) else { return };
    let key = if autoscale.is_some() { "autoscale.min" } else { "replicas" };
    let message = format!("`{}` can have one pod in a production stage", part.name);
    sink.report(
        Diagnostic::error(Code::SingleReplica, message)
            .origin(least.origin, "nobody answers while it is drained or restarts")
            .help(format!(
                "write `{key} = 2` or more, or say why a gap is fine: `allow.single-replica = \"…\"`"
            )),
    );
}

/// Two schedulers of one application send each task twice (celery/celery#4808).
fn two_schedulers(stack: &Stack, sink: &mut Sink) {
    let beats = || {
        stack.parts.values().filter_map(|part| {
            let beat = part.component.options::<Beat>()?;
            beat.command.is_empty().then_some((part, beat))
        })
    };
    let is_same = |(first, one): (&Part, &Beat), (second, other): (&Part, &Beat)| {
        let scheduler = |beat: &Beat| beat.scheduler.as_ref().map(|name| name.value.clone());
        let broker = |part: &Part| broker::of(stack, part).map(|broker| broker.name.clone());
        scheduler(one) == scheduler(other) && broker(first) == broker(second)
    };
    for (at, second) in beats().enumerate() {
        let Some(first) =
            beats().take(at).find(|first| is_same((first.0, first.1), (second.0, second.1)))
        else {
            continue;
        };
        let message = format!(
            "`{}` and `{}` both send each task when it is due",
            first.0.name, second.0.name
        );
        sink.report(
            Diagnostic::error(Code::RunsTwice, message)
                .origin(second.0.name.origin, "the second scheduler")
                .origin(first.0.name.origin, "the first one")
                .help("keep one of them, or give them schedulers or commands of their own"),
        );
    }
}
