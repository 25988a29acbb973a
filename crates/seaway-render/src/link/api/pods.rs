//! What the API server asks of a pod by what makes it, and of several of its fields together
//! (`ValidatePodSpec` and `ValidatePodTemplateSpecForReplicaSet` of `pkg/apis/core/validation` and its neighbours).

use k8s_openapi::api::core::v1::{Container, PodSpec};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::security::enforced;
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        // Where privileges are refused altogether, nothing else is told of them.
        let is_restricted = enforced(index, namespace(object)).is_some();
        by_maker(object, spec, pod, sink);
        spread(object, spec, pod, sink);
        for (list, one) in containers::all(spec) {
            let path = pod.item(list, &one.name);
            if list == containers::INIT && !containers::is_sidecar(one) {
                before(object, one, path, sink);
            }
            probes(object, one, path, sink);
            texts(object, one, path, sink);
            if !is_restricted {
                privileges(object, one, path, sink);
            }
            if spec.host_network == Some(true) && !is_restricted {
                host_ports(object, one, path, sink);
            }
        }
    }
}

/// Pods of a controller go on for ever, those of a Job come to an end.
fn by_maker(object: &Object, spec: &PodSpec, path: At<'_>, sink: &mut Sink) {
    let kind = object.body.kind();
    let (allowed, is_endless): (&[&str], bool) = match &object.body {
        Body::Deployment(_) | Body::StatefulSet(_) | Body::DaemonSet(_) => (&["Always"], true),
        Body::Job(_) | Body::CronJob(_) => (&["Never", "OnFailure"], false),
        _ => return,
    };
    if let Some(policy @ ("Always" | "Never" | "OnFailure")) = spec.restart_policy.as_deref()
        && !allowed.contains(&policy)
    {
        let message = format!("`restartPolicy` of the pods of a {kind} can not be `{policy}`");
        let help = match allowed {
            [only] => {
                format!("write `{only}`, or leave it out; what comes to an end belongs in a Job")
            }
            _ => format!("write one of {}", suggest::quoted_list(allowed)),
        };
        let path = path.field("restartPolicy");
        sink.report(fault(Code::InvalidValue, object, path, message).help(help));
    }
    if is_endless && spec.active_deadline_seconds.is_some() {
        let message = format!("the pods of a {kind} can not have `activeDeadlineSeconds`");
        sink.report(
            fault(Code::ExclusiveFields, object, path.field("activeDeadlineSeconds"), message)
                .help("remove it; what comes to an end belongs in a Job"),
        );
    }
}

/// Most bytes of one text that a program is started with, its end included: `MAX_ARG_STRLEN` of
/// <https://man7.org/linux/man-pages/man2/execve.2.html>.
const LONGEST_TEXT: usize = 128 * 1024;
/// Most bytes of all of them and of their addresses: a quarter of the 8 MiB that a stack has unless somebody says otherwise.
const ALL_TEXTS: usize = 2 * 1024 * 1024;

/// The kernel starts no program with more.
fn texts(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let mut all = 0;
    let mut is_told = false;
    let mut look = |what: &str, size: usize, path: At<'_>| {
        all += size + size_of::<usize>();
        if size > LONGEST_TEXT {
            is_told = true;
            let message =
                format!("{what} has {size} bytes; a program takes at most {LONGEST_TEXT}");
            sink.report(
                fault(Code::OutOfRange, object, path, message)
                    .help("put it into a file: `config` and `mounts`"),
            );
        }
    };
    for variable in container.env.iter().flatten() {
        // With the `=` and the end.
        let size = variable.name.len() + variable.value.as_ref().map_or(0, String::len) + 2;
        look(&format!("the variable `{}`", variable.name), size, path.item("env", &variable.name));
    }
    for (list, words) in [("command", &container.command), ("args", &container.args)] {
        for (at, word) in words.iter().flatten().enumerate() {
            look("a word of the command", word.len() + 1, path.index(list, at));
        }
    }
    if all > ALL_TEXTS && !is_told {
        let message = format!(
            "the command and the variables of `{}` have {all} bytes; a program takes at most {ALL_TEXTS}",
            container.name
        );
        sink.report(
            fault(Code::OutOfRange, object, path.field("env"), message)
                .help("put what is large into files: `config` and `mounts`"),
        );
    }
}

/// Two constraints of one topology contradict each other.
fn spread(object: &Object, spec: &PodSpec, path: At<'_>, sink: &mut Sink) {
    let all = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    for (at, one) in all.iter().enumerate() {
        let same = |other: &&k8s_openapi::api::core::v1::TopologySpreadConstraint| {
            other.topology_key == one.topology_key
                && other.when_unsatisfiable == one.when_unsatisfiable
        };
        if all[..at].iter().any(|other| same(&other)) {
            let message = format!(
                "two spread constraints of `{}` have one `whenUnsatisfiable`",
                one.topology_key
            );
            let path = path.item("topologySpreadConstraints", &one.topology_key);
            sink.report(fault(Code::Conflict, object, path, message).help("remove one of them"));
        }
    }
}

/// What runs before the pod, and is over when it starts, is neither asked nor stopped.
fn before(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let set = [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    for (field, _) in set.into_iter().filter(|(_, set)| *set) {
        let message = format!("the init container `{}` can not have `{field}`", container.name);
        sink.report(
            fault(Code::ExclusiveFields, object, path.field(field), message)
                .help("remove it; a sidecar, with `restartPolicy = \"Always\"`, can have it"),
        );
    }
}

fn probes(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let once =
        [("livenessProbe", &container.liveness_probe), ("startupProbe", &container.startup_probe)];
    for (field, probe) in once {
        let threshold = probe.as_ref().and_then(|probe| probe.success_threshold);
        // Less than 1 is told of every probe.
        if let Some(threshold) = threshold.filter(|threshold| *threshold > 1) {
            let message = format!("`successThreshold` of a `{field}` is 1, not {threshold}");
            let path = path.field(field);
            sink.report(
                fault(Code::OutOfRange, object, path.field("successThreshold"), message)
                    .help("remove it: only a `readinessProbe` can ask for several successes"),
            );
        }
    }
    let ready = container.readiness_probe.as_ref();
    if ready.is_some_and(|probe| probe.termination_grace_period_seconds.is_some()) {
        let message = "a `readinessProbe` can not have `terminationGracePeriodSeconds`".to_owned();
        let path = path.field("readinessProbe.terminationGracePeriodSeconds");
        sink.report(
            fault(Code::ExclusiveFields, object, path, message)
                .help("remove it: a pod that is not ready is not stopped"),
        );
    }
}

/// `ValidateSecurityContext`: who has all privileges can gain no more, and must not be said to be kept from it.
fn privileges(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    let Some(context) = &container.security_context else { return };
    if context.allow_privilege_escalation != Some(false) {
        return;
    }
    let added = context.capabilities.as_ref().and_then(|capabilities| capabilities.add.as_ref());
    let admin = |name: &String| matches!(name.as_str(), "SYS_ADMIN" | "CAP_SYS_ADMIN");
    let other = if context.privileged == Some(true) {
        "privileged"
    } else if added.is_some_and(|added| added.iter().any(admin)) {
        "capabilities.add"
    } else {
        return;
    };
    let message = format!(
        "the container `{}` has `{other}` and no `allowPrivilegeEscalation`",
        container.name
    );
    let path = path.field("securityContext");
    sink.report(
        fault(Code::ExclusiveFields, object, path.field(other), message)
            .help("write `allowPrivilegeEscalation = true` as well, or take the privileges away"),
    );
}

/// In the network of the node, the port of the container is the port of the node.
fn host_ports(object: &Object, container: &Container, path: At<'_>, sink: &mut Sink) {
    for (at, port) in container.ports.iter().flatten().enumerate() {
        let Some(host) = port.host_port.filter(|host| *host != 0 && *host != port.container_port)
        else {
            continue;
        };
        let message = format!(
            "`hostPort` {host} is not `containerPort` {}, in a pod with `hostNetwork`",
            port.container_port
        );
        let path = path.item_or_index("ports", port.name.as_deref(), at);
        sink.report(
            fault(Code::ExclusiveFields, object, path.field("hostPort"), message)
                .help("remove it, or write the same number"),
        );
    }
}
