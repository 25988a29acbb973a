//! Pod Security: what the API server refuses in a namespace that enforces the `restricted` standard.
//!
//! The rules field by field: <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>. What
//! nobody wrote was filled in by [`harden`](crate::harden), so every fault here was written by someone.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Capabilities, Container, LifecycleHandler, PodSpec, Probe, SELinuxOptions,
    SeccompProfile, SecurityContext, Volume, WindowsSecurityContextOptions,
};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use crate::{Body, Object, containers, lower};

/// Labels of a namespace that say which standard it enforces, and of which version.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const VERSION: &str = "pod-security.kubernetes.io/enforce-version";
/// The first minor version that refuses hosts of probes and hooks.
const FIRST_WITHOUT_HOSTS: u32 = 34;
/// The sysctls that are safe for the other pods of a node.
const SYSCTLS: [&str; 13] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];
/// SELinux types of containers.
const SELINUX_TYPES: [&str; 5] =
    ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        if let Some(minor) = enforced(index, namespace(object)) {
            let mut refused = Refused { object, sink };
            let root = At::path(path);
            pod(spec, root, &mut refused);
            annotations(object, &mut refused);
            for (list, one) in containers::all(spec) {
                let path = root.item(list, &one.name);
                container(one, path, &mut refused);
                if minor >= FIRST_WITHOUT_HOSTS {
                    hosts(one, path, &mut refused);
                }
            }
        }
    }
}

/// The minor version of the rules, if a namespace of the bundle enforces them. One that somebody else owns is taken for as strict
/// as the one that the stage would print.
pub(super) fn enforced(index: &Index<'_>, name: &str) -> Option<u32> {
    if index.is_here(name) && index.is_namespace_foreign() {
        let is_restricted = lower::pod_security(index.stack) == "restricted";
        return is_restricted.then_some(index.stack.kubernetes.value.oldest.minor.into());
    }
    let Some(Object { body: Body::Namespace(found), .. }) = index.get("", "Namespace", ("", name))
    else {
        return None;
    };
    let labels = found.metadata.labels.as_ref()?;
    if labels.get(ENFORCE).map(String::as_str) != Some("restricted") {
        return None;
    }
    let version = labels.get(VERSION).and_then(|version| version.strip_prefix("v1."));
    Some(version.and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX))
}

/// Reports what is refused.
struct Refused<'a> {
    object: &'a Object,
    sink: &'a mut Sink,
}

impl Refused<'_> {
    /// Refuses a part if it is wrong.
    fn when(&mut self, wrong: bool, path: At<'_>, what: &str, help: &str) {
        if wrong {
            let message = format!("Pod Security `restricted` refuses {what}");
            self.sink.report(
                fault(Code::UnsafeSetting, self.object, path, message).help(help).note(
                    "the namespace enforces it; what needs more belongs in a namespace of its own, with a Namespace \
                     in `[[objects]]` that enforces less",
                ),
            );
        }
    }
}

fn pod(spec: &PodSpec, path: At<'_>, refused: &mut Refused<'_>) {
    let host = [
        ("hostNetwork", spec.host_network, "the network of the node"),
        ("hostPID", spec.host_pid, "the processes of the node"),
        ("hostIPC", spec.host_ipc, "the shared memory of the node"),
    ];
    for (field, set, what) in host {
        refused.when(set == Some(true), path.field(field), what, "remove it");
    }
    let debug = spec.ephemeral_containers.as_ref().is_some_and(|list| !list.is_empty());
    let what = "ephemeral containers, which can only be added to a pod that runs";
    refused.when(debug, path.field("ephemeralContainers"), what, "remove them");
    for volume in spec.volumes.iter().flatten() {
        let what = "volumes of the node and of storage systems";
        let help = "use a claim, a config, a Secret or an `emptyDir`";
        let path = path.item("volumes", &volume.name);
        // One without any source is told of as incomplete.
        let wrong = !is_portable(volume) && *volume != named(volume);
        refused.when(wrong, path, what, help);
    }
    let Some(context) = &spec.security_context else { return };
    let path = path.field("securityContext");
    user(context.run_as_user, context.run_as_non_root, path, refused);
    seccomp(context.seccomp_profile.as_ref(), path, refused);
    app_armor(context.app_armor_profile.as_ref(), path, refused);
    selinux(context.se_linux_options.as_ref(), path, refused);
    windows(context.windows_options.as_ref(), path, refused);
    for sysctl in context.sysctls.iter().flatten() {
        let known = SYSCTLS.contains(&sysctl.name.as_str());
        let path = path.item("sysctls", &sysctl.name);
        refused.when(!known, path, "a sysctl that reaches beyond the pod", "remove it");
    }
}

/// A volume of the same name without a source.
fn named(volume: &Volume) -> Volume {
    Volume { name: volume.name.clone(), ..Volume::default() }
}

/// Whether a volume is of a kind that does not reach the node or a storage system by itself.
fn is_portable(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.csi.is_some()
        || volume.downward_api.is_some()
        || volume.empty_dir.is_some()
        || volume.ephemeral.is_some()
        || volume.image.is_some()
        || volume.persistent_volume_claim.is_some()
        || volume.projected.is_some()
        || volume.secret.is_some()
}

fn container(container: &Container, path: At<'_>, refused: &mut Refused<'_>) {
    for (at, port) in container.ports.iter().flatten().enumerate() {
        let taken = port.host_port.is_some_and(|port| port != 0);
        let path = path.item_or_index("ports", port.name.as_deref(), at);
        refused.when(
            taken,
            path.field("hostPort"),
            "ports of the node",
            "remove it and use a Service",
        );
    }
    let default = SecurityContext::default();
    let context = container.security_context.as_ref().unwrap_or(&default);
    let path = path.field("securityContext");
    refused.when(
        context.privileged == Some(true),
        path.field("privileged"),
        "privileged containers",
        "remove it",
    );
    refused.when(
        context.allow_privilege_escalation != Some(false) && context.privileged != Some(true),
        path.field("allowPrivilegeEscalation"),
        "processes that gain privileges",
        "remove it: `false` is filled in",
    );
    capabilities(context.capabilities.as_ref(), path, refused);
    user(context.run_as_user, context.run_as_non_root, path, refused);
    seccomp(context.seccomp_profile.as_ref(), path, refused);
    app_armor(context.app_armor_profile.as_ref(), path, refused);
    selinux(context.se_linux_options.as_ref(), path, refused);
    windows(context.windows_options.as_ref(), path, refused);
    let plain = context.proc_mount.as_deref().is_none_or(|mount| mount == "Default");
    let help = "remove it";
    refused.when(!plain, path.field("procMount"), "an unmasked `/proc`", help);
}

fn capabilities(found: Option<&Capabilities>, path: At<'_>, refused: &mut Refused<'_>) {
    let path = path.field("capabilities");
    let dropped = found.and_then(|found| found.drop.as_ref());
    let all = dropped.is_some_and(|list| list.iter().any(|one| one == "ALL"));
    let help = "write `drop = [\"ALL\"]`, or leave it out";
    refused.when(!all, path.field("drop"), "containers that keep capabilities", help);
    let added = found.into_iter().flat_map(|found| found.add.iter().flatten());
    for (at, name) in added.enumerate() {
        let wrong = name != "NET_BIND_SERVICE";
        if wrong {
            let what = format!("the capability `{name}`");
            refused.when(true, path.index("add", at), &what, "remove it");
        }
    }
}

fn user(user: Option<i64>, non_root: Option<bool>, path: At<'_>, refused: &mut Refused<'_>) {
    let help = "write another user id; the image must not need root";
    refused.when(user == Some(0), path.field("runAsUser"), "processes of root", help);
    let path = path.field("runAsNonRoot");
    refused.when(non_root == Some(false), path, "processes of root", "remove it");
}

fn seccomp(profile: Option<&SeccompProfile>, path: At<'_>, refused: &mut Refused<'_>) {
    let wrong = profile.is_some_and(|profile| !is_profile(&profile.type_));
    let path = path.field("seccompProfile.type");
    refused.when(wrong, path, "system calls without a filter", "write `RuntimeDefault`");
}

fn app_armor(profile: Option<&AppArmorProfile>, path: At<'_>, refused: &mut Refused<'_>) {
    let wrong = profile.is_some_and(|profile| !is_profile(&profile.type_));
    let path = path.field("appArmorProfile.type");
    refused.when(wrong, path, "containers without AppArmor", "write `RuntimeDefault`");
}

fn is_profile(kind: &str) -> bool {
    matches!(kind, "RuntimeDefault" | "Localhost")
}

fn selinux(options: Option<&SELinuxOptions>, path: At<'_>, refused: &mut Refused<'_>) {
    let Some(options) = options else { return };
    let path = path.field("seLinuxOptions");
    let kind = options.type_.as_deref().unwrap_or_default();
    let help = "write `container_t`, or leave it out";
    let wrong = !SELINUX_TYPES.contains(&kind);
    refused.when(wrong, path.field("type"), "SELinux types that are not for containers", help);
    for (field, value) in [("user", &options.user), ("role", &options.role)] {
        let set = value.as_ref().is_some_and(|value| !value.is_empty());
        refused.when(set, path.field(field), "SELinux users and roles", "remove it");
    }
}

fn windows(
    options: Option<&WindowsSecurityContextOptions>,
    path: At<'_>,
    refused: &mut Refused<'_>,
) {
    let wrong = options.is_some_and(|options| options.host_process == Some(true));
    let path = path.field("windowsOptions.hostProcess");
    refused.when(wrong, path, "processes of the node", "remove it");
}

/// AppArmor profiles as annotations of a pod, before there were fields for them.
fn annotations(object: &Object, refused: &mut Refused<'_>) {
    let root = At::path(object.body.pod_template().map_or("", |(_, path)| path));
    let (metadata, path) = match &object.body {
        Body::Pod(pod) => (Some(&pod.metadata), At::path("metadata")),
        body => match body.pod_template() {
            Some((template, _)) => (template.metadata.as_ref(), root.field("metadata")),
            None => return,
        },
    };
    let path = path.field("annotations");
    for (key, value) in
        metadata.and_then(|metadata| metadata.annotations.as_ref()).into_iter().flatten()
    {
        let wrong = key.starts_with("container.apparmor.security.beta.kubernetes.io/")
            && value != "runtime/default"
            && !value.starts_with("localhost/");
        let (what, help) = ("containers without AppArmor", "write `runtime/default`");
        refused.when(wrong, path.field(key), what, help);
    }
}

/// Probes and hooks that ask another host than the pod: through them the kubelet could be made to call anything.
fn hosts(container: &Container, path: At<'_>, refused: &mut Refused<'_>) {
    let probe = |probe: &Option<Probe>| {
        let probe = probe.as_ref();
        let get = probe.and_then(|probe| probe.http_get.as_ref()?.host.clone());
        [
            ("httpGet", get),
            ("tcpSocket", probe.and_then(|probe| probe.tcp_socket.as_ref()?.host.clone())),
        ]
    };
    let hook = |hook: Option<&LifecycleHandler>| {
        let get = hook.and_then(|hook| hook.http_get.as_ref()?.host.clone());
        [
            ("httpGet", get),
            ("tcpSocket", hook.and_then(|hook| hook.tcp_socket.as_ref()?.host.clone())),
        ]
    };
    let lifecycle = container.lifecycle.as_ref();
    let all = [
        ("startupProbe", probe(&container.startup_probe)),
        ("readinessProbe", probe(&container.readiness_probe)),
        ("livenessProbe", probe(&container.liveness_probe)),
        ("lifecycle.preStop", hook(lifecycle.and_then(|lifecycle| lifecycle.pre_stop.as_ref()))),
        (
            "lifecycle.postStart",
            hook(lifecycle.and_then(|lifecycle| lifecycle.post_start.as_ref())),
        ),
    ];
    for (place, handlers) in all {
        for (handler, host) in handlers {
            let set = host.is_some_and(|host| !host.is_empty());
            let path = path.field(place);
            let path = path.field(handler);
            let help =
                "remove it: the pod itself is asked; a `Host` header goes into `httpHeaders`";
            refused.when(set, path.field("host"), "probes and hooks that ask another host", help);
        }
    }
}
