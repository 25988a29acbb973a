//! What a process needs to be one, and keys that exclude each other.

use std::collections::BTreeSet;

use crate::declared::Declared;
use crate::options::{
    CommandSource, Expose, Probe, ProbeSetting, Project, RunAsUser, Service, Users, Worker,
    Workload,
};
use crate::stack::Part;
use crate::{Code, Diagnostic, Sink, Sourced, Span, Stack, suggest};

/// First words of references that are no components.
const RESERVED: [&str; 8] = ["self", "secrets", "config", "pod", "node", "stack", "stage", "app"];
/// Node ports that a cluster hands out: <https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport>.
const NODE_PORTS: std::ops::RangeInclusive<u16> = 30000..=32767;

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let mut told_image = false;
    let mut told_users = BTreeSet::new();
    for part in stack.parts.values() {
        if RESERVED.contains(&&*part.name.value) {
            sink.report(
                Diagnostic::error(
                    Code::InvalidValue,
                    format!("a component can not be called `{}`", part.name),
                )
                .label(part.span(), "references begin with this word")
                .help(format!("reserved are {}", suggest::quoted_list(&RESERVED))),
            );
        }
        let has_image =
            part.shared.image.is_some() || declared.option_at_fault(&part.name, &["image"]);
        if part.facts.is_application() && !has_image && !told_image {
            told_image = true;
            sink.report(
                Diagnostic::error(Code::MissingField, "the application has no image")
                    .label(part.span(), "needs one")
                    .help("add `app.image = \"registry/repository:tag\"`"),
            );
        }
        needs_command(declared, stack, part, sink);
        exposure(declared, part, sink);
        containers(part, sink);
        probes(part, sink);
        if stack.is_production() {
            unprobed(part, sink);
        }
        time_limits(part, sink);
        schema_wait(part, sink);
        user(stack, part, &mut told_users, sink);
    }
}

fn needs_command(declared: &Declared<'_>, stack: &Stack, part: &Part, sink: &mut Sink) {
    let source = part.facts.command;
    let preset_command = matches!(source, CommandSource::Preset | CommandSource::PresetOfModule);
    let required = source == CommandSource::Stack;
    let empty =
        part.component.command().is_empty() && !declared.option_at_fault(&part.name, &["command"]);
    let framework_at_fault = declared.at_fault(["app", "framework"]);
    // Who names the Celery application needs no package to find it in.
    let names_celery = part.facts.celery.is_some()
        && (part.project.celery.is_some() || declared.option_at_fault(&part.name, &["celery"]));
    let lacks_module = source == CommandSource::PresetOfModule
        && part.project.module.is_none()
        && !declared.option_at_fault(&part.name, &["module"])
        && !names_celery;
    let (message, help) = if required && empty {
        (
            format!("`{}` has an empty command", part.name),
            "write the words of the command".to_owned(),
        )
    } else if preset_command && empty && !stack.is_django() && !framework_at_fault {
        let message = format!("`{}` has no command", part.name);
        (message, "without a framework a process says its `command`".to_owned())
    } else if lacks_module && empty && !framework_at_fault {
        let message = format!("`{}` needs the Python package of the project", part.name);
        (message, format!("add `app.module = \"{}\"`", likely_package(declared, stack, part)))
    } else {
        return;
    };
    sink.report(Diagnostic::error(Code::MissingField, message).label(part.span(), "").help(help));
}

/// The package that the settings or the Celery application lie in, or else one that is called like the stack.
fn likely_package(declared: &Declared<'_>, stack: &Stack, part: &Part) -> String {
    let Project { settings, celery, .. } = &part.project;
    let of_settings = settings.as_ref().map(|settings| {
        let of_package = settings.split_once(".settings").map(|(package, _)| package);
        of_package.unwrap_or_else(|| settings.split('.').next().unwrap_or(settings))
    });
    let of_celery = celery.as_ref().map(|celery| celery.split([':', '.']).next().unwrap_or(celery));
    match of_settings.or(of_celery) {
        Some(package) => package.to_owned(),
        None if declared.at_fault(["name"]) || declared.root.get("name").is_none() => {
            "…".to_owned()
        }
        None => stack.name.replace('-', "_"),
    }
}

fn exposure(declared: &Declared<'_>, part: &Part, sink: &mut Sink) {
    let expose = part.expose();
    let port_at_fault =
        ["port", "ports"].iter().any(|key| declared.at_fault(["components", &**part.name, key]));
    if let (None, Some(expose), false) = (&part.facts.port, expose, port_at_fault) {
        sink.report(
            Diagnostic::error(
                Code::MissingField,
                format!("`{}` is exposed without a port", part.name),
            )
            .origin(expose.origin, "")
            .help(if part.facts.ports.by_name.is_empty() {
                "add `port = …`"
            } else {
                "write the one that it leads to as `port = …`, outside of `ports`"
            }),
        );
    }
    let Some(expose) = expose else { return };
    if let Expose::NodePort(node_port) = &expose.value
        && let Some(port) = &node_port.node_port
        && !NODE_PORTS.contains(&port.get())
    {
        sink.report(
            Diagnostic::error(Code::InvalidValue, format!("{} is no node port", port.get()))
                .origin(port.origin, "")
                .help(format!("write one from {} to {}", NODE_PORTS.start(), NODE_PORTS.end())),
        );
    }
    if part.facts.needs_auth
        && part.facts.is_public()
        && part.facts.basic_auth.is_none()
        && !declared.at_fault(["components", &**part.name, "auth"])
    {
        sink.report(
            Diagnostic::error(Code::PublicWithoutAuth, "Flower is public and asks for no password")
                .origin(expose.origin, "anyone could see and stop tasks")
                .help("add `auth = \"…\"`, a Secret of `[secrets]` with the key `basic-auth`"),
        );
    }
}

/// Names of containers are unique in a pod; the main one is called like its component.
fn containers(part: &Part, sink: &mut Sink) {
    let mut seen = vec![&part.name];
    for container in part.containers() {
        let name = &container.name;
        if let Some(first) = seen.iter().find(|seen| **seen == name) {
            sink.report(
                Diagnostic::error(
                    Code::Conflict,
                    format!("two containers of a pod are called `{name}`"),
                )
                .origin(name.origin, "")
                .origin(first.origin, "the first one")
                .help("give it another name; the main container is called like its component"),
            );
        }
        seen.push(name);
    }
}

/// A task gets its warning before it is killed.
fn time_limits(part: &Part, sink: &mut Sink) {
    if let Some(worker) = part.component.options::<Worker>()
        && let Some(soft) = &worker.task_soft_time_limit_seconds
        && soft.value >= worker.task_time_limit_seconds.value
    {
        let hard = &worker.task_time_limit_seconds;
        sink.report(
            Diagnostic::error(
                Code::Conflict,
                format!("a task is killed after {hard} s and warned after {soft} s"),
            )
            .origin(soft.origin, "never reached")
            .origin(hard.origin, "the limit")
            .help("`task-soft-time-limit-seconds` is less than `task-time-limit-seconds`"),
        );
    }
}

/// An attempt has no more time than all of them together.
fn schema_wait(part: &Part, sink: &mut Sink) {
    let Some(gate) = &part.waits_for else { return };
    let timeout = &gate.timeout_seconds;
    if let Some(attempt) = gate.attempt_seconds.filter(|attempt| attempt.value > timeout.value) {
        let message = format!(
            "an attempt may take {attempt} s, and the wait for the schema is given up after {timeout} s"
        );
        sink.report(
            Diagnostic::error(Code::Conflict, message)
                .origin(attempt.origin, "never reached")
                .origin(timeout.origin, "the limit")
                .help(format!(
                    "write `timeout-seconds = {attempt}` or more, or leave `attempt-seconds` out"
                )),
        );
    }
}

fn probes(part: &Part, sink: &mut Sink) {
    let Some(pod) = part.component.pod() else { return };
    let containers = part.shared.sidecars.iter().map(|container| &container.probes);
    for probes in containers.chain([&pod.probes]) {
        for setting in [&probes.startup, &probes.readiness, &probes.liveness].into_iter().flatten()
        {
            let ProbeSetting::Probe(probe) = &setting.value else { continue };
            if let Some(path) = &probe.path
                && !probe.command.is_empty()
            {
                sink.report(
                    Diagnostic::error(Code::Conflict, "a probe has either `path` or `command`")
                        .origin(path.origin, ""),
                );
            }
            headers(probe, sink);
        }
    }
}

/// A process without a port has no probe by itself: nothing restarts it when it hangs, and a rollout goes on before it works. That
/// Celery lost its probes is a rule of its own.
fn unprobed(part: &Part, sink: &mut Sink) {
    let facts = &part.facts;
    let runs_on = facts.workload.is_some_and(Workload::runs_on);
    let is_asked = facts.own_port().is_some() || facts.celery.is_some() || facts.is_monitoring();
    let written = part.component.pod().map(|pod| &pod.probes);
    let has_own = written.is_some_and(|probes| {
        probes.startup.is_some() || probes.readiness.is_some() || probes.liveness.is_some()
    });
    if !runs_on || is_asked || has_own {
        return;
    }
    let name = &part.name;
    let message = format!("`{name}` has neither a port nor a probe");
    sink.report(
        Diagnostic::warning(Code::NoProbes, message)
            .origin(name.origin, "nothing restarts it when it hangs")
            .subject(name.to_string())
            .help(format!(
                "ask it by a command, `components.{name}.probes.liveness.command = [\"…\"]`; if it ends by itself when something is \
                 wrong, say so: `components.{name}.probes.liveness = false`"
            )),
    );
}

fn headers(probe: &Probe, sink: &mut Sink) {
    let mut seen = BTreeSet::new();
    for (name, value) in &probe.headers {
        if !seen.insert(name.to_ascii_lowercase()) {
            sink.report(
                Diagnostic::error(Code::Conflict, format!("the header `{name}` is written twice"))
                    .origin(name.origin, "upper and lower case are the same here"),
            );
        }
        if value.chars().any(char::is_control) {
            let message = format!("the header `{name}` has a control character in its value");
            sink.report(
                Diagnostic::error(Code::InvalidValue, message)
                    .origin(value.origin, "no request can carry it"),
            );
        }
    }
    if probe.path.is_none()
        && let Some(name) = probe.headers.keys().next()
    {
        sink.report(
            Diagnostic::error(Code::Conflict, "a probe without `path` sends no headers")
                .origin(name.origin, "never sent")
                .help("add `path = \"/…\"`"),
        );
    }
}

/// Who a pod may run as, where the cluster chooses
/// (<https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies>).
fn chosen(
    stack: &Stack,
    part: &Part,
    user: &Sourced<RunAsUser>,
    told: &mut BTreeSet<Span>,
    sink: &mut Sink,
) {
    let cluster = &stack.cluster;
    let RunAsUser::Id(id) = user.value else { return };
    let Some(place) = user.span().filter(|place| !crate::source::shipped::holds(*place)) else {
        return;
    };
    // What `[app]` says is said of the first component alone.
    if cluster.platform().users.value != Users::Cluster || id == 0 || !told.insert(place) {
        return;
    }
    let mut diagnostic = Diagnostic::warning(
        Code::PlatformMismatch,
        format!("the cluster chooses user ids, and `{}` asks for {id}", part.name),
    )
    .origin(user.origin, "`restricted-v2` refuses the pod");
    if let Some(provider) = cluster.provider {
        diagnostic = diagnostic.origin(provider.origin, "");
    }
    sink.report(diagnostic.help(format!(
        "write `run-as-user = false`, or leave it out; if its account may use `nonroot-v2`, say so: \
         `components.{}.allow.platform-mismatch = \"…\"`",
        part.name
    )));
}

/// An image that runs as its own user alone.
fn fixed(stack: &Stack, part: &Part, sink: &mut Sink) {
    let service = part.component.options::<Service>();
    let Some(fixed) = service.and_then(|service| service.fixed_user.as_ref()) else { return };
    let cluster = &stack.cluster;
    let leaves_it =
        matches!(stack.user(part).map(|user| user.value), Some(RunAsUser::Switch(false)));
    if !leaves_it {
        return;
    }
    let mut diagnostic = Diagnostic::warning(
        Code::PlatformMismatch,
        format!("the image of `{}` runs as its own user alone", part.name),
    )
    .label(part.span(), "the cluster chooses another one for it");
    let written = part.shared.run_as_user.filter(|user| user.value == RunAsUser::Switch(false));
    if let Some(user) = written {
        diagnostic = diagnostic.origin(user.origin, "");
    } else if let Some(provider) = cluster.provider {
        diagnostic = diagnostic.origin(provider.origin, "");
    }
    sink.report(diagnostic.note(fixed.to_string()).help(format!(
        "give its account the constraint `nonroot-v2` and write `run-as-user` with the user of the image, or use an image \
         that runs as any user; if this one does, say so: `components.{}.allow.platform-mismatch = \"…\"`",
        part.name
    )));
}

fn user(stack: &Stack, part: &Part, told: &mut BTreeSet<Span>, sink: &mut Sink) {
    fixed(stack, part, sink);
    let containers = part.containers().filter_map(|container| container.run_as_user.as_ref());
    for user in containers.chain(&part.shared.run_as_user) {
        match user.value {
            RunAsUser::Id(0) => sink.report(
                Diagnostic::error(Code::UnsafeSetting, "a process can not run as root")
                    .origin(user.origin, "Pod Security `restricted` refuses it")
                    .help("write another user id, or remove the key for 10001"),
            ),
            RunAsUser::Switch(true) => sink.report(
                Diagnostic::error(Code::InvalidValue, "`run-as-user = true` names no user")
                    .origin(user.origin, "")
                    .help("write a user id, or `false` for the one that the cluster chooses"),
            ),
            RunAsUser::Id(_) => chosen(stack, part, user, told, sink),
            RunAsUser::Switch(false) => {}
        }
    }
}
