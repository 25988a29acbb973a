//! Parts of containers, and the sidecars and init containers that the stack wrote.
//!
//! Both are init containers of the pod: a sidecar is one that is restarted for as long as the pod runs.

use k8s_openapi::api::core::v1::{Container, ContainerPort, SecurityContext};
use seaway_core::options::{self, Resources};
use seaway_core::values::Port;
use seaway_core::{Origin, Sourced};

use super::probes::{Prober, probes};
use super::program::{Defaults, Usage};
use super::resources::resources;
use super::volumes::{Mounts, Owner, TMP, Volumes, mounts_of};
use super::{Cx, env};
use crate::containers::{ALWAYS, INIT};
use crate::object::{Origins, joined};
use crate::reasons;

/// What a small helper reserves and may use.
const HELPER: Usage = Usage { cpu: 50, memory: 64, memory_limit: 128 };

/// The image that the application's processes run.
pub(super) fn app_image(cx: Cx<'_>) -> Sourced<String> {
    cx.part.shared.image.as_ref().map_or_else(
        // Told by a rule: a process without an image is no stack.
        || Sourced { value: String::new(), origin: cx.part.name.origin },
        |image| image.as_ref().map(ToString::to_string),
    )
}

/// When a node pulls the image of the component.
pub(super) fn pull_policy(cx: Cx<'_>, path: &str, origins: &mut Origins) -> Option<String> {
    let policy = cx.part.shared.image_pull_policy?;
    origins.set(joined(&[path, ".imagePullPolicy"]), policy.origin);
    Some(format!("{:?}", policy.value))
}

/// The words of a command or of arguments, their origins noted; `None` if there are none.
pub(super) fn words(
    words: impl IntoIterator<Item = Sourced<String>>,
    list: &str,
    path: &str,
    origins: &mut Origins,
) -> Option<Vec<String>> {
    let (words, places): (Vec<String>, Vec<_>) =
        words.into_iter().map(|word| (word.value, word.origin)).unzip();
    origins.set_items(joined(&[path, ".", list]), places);
    (!words.is_empty()).then_some(words)
}

/// A port with a name.
pub(super) fn port(
    name: &str,
    port: Sourced<Port>,
    path: &str,
    origins: &mut Origins,
) -> ContainerPort {
    origins.set(joined(&[path, ".ports[", name, "]"]), port.origin);
    ContainerPort {
        name: Some(name.to_owned()),
        container_port: port.get().into(),
        ..ContainerPort::default()
    }
}

/// What containers share with the main one: those without an image of their own, and helpers of ours.
pub(super) struct Main {
    pub image: Sourced<String>,
    pub mounts: Mounts,
    /// What the stack says of its cpu and memory.
    pub resources: Resources,
    /// What it takes otherwise.
    pub usage: Usage,
}

/// When a container runs.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Runs {
    /// To its end, before the main container starts.
    Before,
    /// Beside the main container, for as long as that runs.
    Beside,
}

/// A sidecar or init container that the stack wrote.
///
/// A sidecar has no start-up probe unless the stack writes one: the kubelet asks at the address of the pod, where a proxy
/// for the pod alone does not listen
/// (<https://cloud.google.com/sql/docs/postgres/connect-auth-proxy#proxy-options>, `--address`).
pub(super) fn container(
    cx: Cx<'_>,
    written: &Sourced<options::Container>,
    main: &Main,
    runs: Runs,
    volumes: &mut Volumes<'_>,
    origins: &mut Origins,
) -> Container {
    let path = format!("{INIT}[{}]", written.name);
    origins.set(path.clone(), written.origin);
    origins.set(joined(&[&path, ".name"]), written.name.origin);
    let shares = written.image.is_none();
    let mut mounts = if shares { main.mounts.clone() } else { Mounts::new() };
    let has_tmp = written.mounts.keys().any(|path| path.trim_end_matches('/') == TMP);
    if !shares && !has_tmp {
        volumes.temporary(&mut mounts, &written.name);
    }
    let owner = match runs {
        Runs::Beside if !shares => Owner::Stranger(&written.name),
        Runs::Beside | Runs::Before => Owner::Helper,
    };
    volumes.written(&mut mounts, &written.mounts, owner);
    if let Some(reads) = cx.part.container_reads.get(&written.name.value) {
        volumes.authorities(&mut mounts, reads);
    }
    let variables =
        cx.part.container_env.get(&written.name.value).map(Vec::as_slice).unwrap_or_default();
    volumes.secret_files(&mut mounts, variables);
    let first_port = written.ports.keys().next().map(|name| &*name.value);
    let prober = Prober { port: first_port, headers: Vec::new() };
    let is_sidecar = runs == Runs::Beside;
    let written_probes = if is_sidecar { &written.probes } else { &options::Probes::default() };
    let restart_policy = is_sidecar.then(|| restarted(&path, origins));
    let three = probes(written_probes, Defaults::default(), &prober, &path, origins);
    let image = written
        .image
        .as_ref()
        .map_or_else(|| main.image.clone(), |image| image.as_ref().map(ToString::to_string));
    origins.set(joined(&[&path, ".image"]), image.origin);
    let ports = written.ports.iter().map(|(name, number)| port(name, *number, &path, origins));
    let ports = ports.collect();
    let security_context = written.run_as_user.map(|user| {
        for field in ["runAsUser", "runAsGroup"] {
            origins.set(joined(&[&path, ".securityContext.", field]), user.origin);
        }
        let user = user.value.id().map(i64::from);
        SecurityContext { run_as_user: user, run_as_group: user, ..SecurityContext::default() }
    });
    Container {
        name: written.name.to_string(),
        image: Some(image.value),
        // The policy speaks of the component's image.
        image_pull_policy: shares.then(|| pull_policy(cx, &path, origins)).flatten(),
        command: words(written.command.clone(), "command", &path, origins),
        args: words(written.args.clone(), "args", &path, origins),
        ports: Some(ports),
        env: Some(env::variables(cx.stack, variables, &path, origins)),
        env_from: shares.then(|| env::from(cx.stack, &cx.part.shared.env_from, &path, origins)),
        resources: Some(resources(
            &written.resources,
            if shares { main.usage } else { HELPER },
            cx.stack.limits_cpu(),
            &path,
            origins,
        )),
        volume_mounts: Some(mounts_of(mounts, &path, origins)),
        startup_probe: three.startup,
        readiness_probe: three.readiness,
        liveness_probe: three.liveness,
        restart_policy,
        security_context,
        ..Container::default()
    }
}

/// The policy that makes a native sidecar of an init container.
pub(super) fn restarted(path: &str, origins: &mut Origins) -> String {
    origins.set(joined(&[path, ".restartPolicy"]), Origin::Default(&reasons::NATIVE_SIDECAR));
    ALWAYS.to_owned()
}
