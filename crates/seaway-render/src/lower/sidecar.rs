//! The nginx beside a web process: serves static files and passes everything else on.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, ExecAction, Lifecycle, LifecycleHandler};
use seaway_core::options::{Interface, NGINX_BODY, Probes, SidecarStatic, WEBSOCKET_SECONDS, Web};
use seaway_core::values::{Port, Quantity};
use seaway_core::{Origin, Sourced};

use super::helpers::{self, Helper};
use super::meta::{named, object};
use super::pod::Template;
use super::probes::{Prober, probes};
use super::program::{Ask, Check, Defaults, Files, Source, Usage, Words, computed};
use super::resources::resources;
use super::volumes::{Mounts, Volumes, mount, mounts_of};
use super::{Cx, containers, scripts};
use crate::containers::is_sidecar;
use crate::object::{Origins, joined};
use crate::{Object, images, reasons};

/// Name of nginx's port, which the Service targets.
pub(super) const PORT_NAME: &str = "static";
const USAGE: Usage = Usage { cpu: 20, memory: 32, memory_limit: 64 };
/// The command that starts nginx, and with `-s quit` stops it.
const NGINX: [&str; 5] = ["nginx", "-e", "stderr", "-c", "/etc/seaway/nginx/nginx.conf"];
/// Seconds by which nginx waits longer for an answer than the server lets a request run.
const READ_MARGIN: u32 = 5;
/// MiB of a volume for temporary files.
const SPOOL: u32 = 256;
/// Seconds by which the server outlives nginx, which then passes on the last requests that it took.
const LEAD: u32 = 2;

/// Seconds by which a server goes on after it would otherwise have drained: as long as nginx in front of it needs to stop.
pub(super) fn lead(web: &Web) -> u32 {
    if web.nginx().is_some() { LEAD } else { 0 }
}

/// What nginx and the copy of the files for it have in common.
struct Sidecar<'a> {
    cx: Cx<'a>,
    options: &'a SidecarStatic,
    /// What asks for it.
    origin: Origin,
    /// Name of its config.
    config: String,
    /// Where the files lie.
    root: Sourced<String>,
    size: Sourced<Quantity>,
    port: Sourced<Port>,
}

/// Adds the sidecar and the copy of the files to a web pod; gives its configuration as an object.
pub(super) fn add(
    cx: Cx<'_>,
    web: &Web,
    options: &SidecarStatic,
    template: &mut Template<'_>,
) -> Vec<Object> {
    let reason = &reasons::STATIC_SIDECAR;
    let origin = web.static_files.as_ref().map_or(cx.part.name.origin, |files| files.origin);
    let root = options.root.as_ref().map(|root| root.as_ref().map(ToString::to_string));
    let sidecar = Sidecar {
        cx,
        options,
        origin,
        config: format!("{}-nginx", cx.part.object),
        root: root.unwrap_or_else(|| computed("/srv/static".to_owned(), reason)),
        size: options.size.unwrap_or(computed(Quantity::mebibytes(256), reason)),
        port: computed(web.nginx_port(), reason),
    };
    let copy = sidecar.copy(template);
    let nginx = sidecar.nginx(web, template);
    let init = template.spec.init_containers.get_or_insert_default();
    // Sidecars stop in the reverse order of their start: what nginx needs to reach outlives it.
    let sidecars = init.iter().take_while(|one| is_sidecar(one)).count();
    init.insert(sidecars, nginx);
    init.push(copy);
    vec![sidecar.config(web)]
}

impl Sidecar<'_> {
    fn config(&self, web: &Web) -> Object {
        let url = self.options.url.as_ref().map_or("/static/".to_owned(), ToString::to_string);
        let keep_alive = self.cx.part.facts.keep_alive.unwrap_or(web.keep_alive_seconds).value;
        let conf = scripts::nginx_conf(&scripts::Nginx {
            port: self.port.get(),
            families: self.cx.stack.cluster.families(),
            upstream_port: web.port.get(),
            static_url: &url,
            static_root: &self.root,
            max_body_mebibytes: self
                .options
                .max_body_mebibytes
                .map_or(NGINX_BODY, |size| size.value),
            keep_alive_seconds: keep_alive,
            server_keep_alive_seconds: web.fixed_keep_alive().unwrap_or(keep_alive),
            read_seconds: read_seconds(web),
            shutdown_seconds: web.graceful_timeout_seconds.value.max(1),
        });
        let config = ConfigMap {
            metadata: named(&self.config),
            data: Some(BTreeMap::from([("nginx.conf".to_owned(), conf)])),
            ..ConfigMap::default()
        };
        let mut config = object(self.cx, config);
        config.origins.set("data", self.origin);
        config
    }

    /// The volume that both mount.
    fn files(&self, read_only: bool, volumes: &mut Volumes<'_>) -> Mounts {
        let root = &self.root;
        let volume = volumes.empty(root, self.size.value, false, self.size.origin);
        Mounts::from([(root.value.clone(), (mount(volume, root, read_only), root.origin))])
    }

    /// The init container that copies the files out of the image.
    fn copy(&self, template: &mut Template<'_>) -> Container {
        let Template { volumes, origins, main, .. } = template;
        let helper = Helper {
            name: "copy-static",
            origin: self.origin,
            script: &scripts::COPY_STATIC,
            args: Words(vec![self.root.clone()]),
            mounts: self.files(false, volumes),
            memory: None,
        };
        helpers::container(self.cx, helper, main, volumes, origins)
    }

    fn nginx(&self, web: &Web, template: &mut Template<'_>) -> Container {
        let Template { volumes, origins, .. } = template;
        let path = "initContainers[nginx]";
        origins.set(path, self.origin);
        let reason = &reasons::STATIC_SIDECAR;
        let check = |period, failures| {
            let reason = &reasons::PROBES;
            Some(Check { ask: Ask::Connect, period, timeout: 3, failures, reason })
        };
        let defaults = Defaults { startup: None, readiness: check(5, 3), liveness: check(15, 4) };
        let prober = Prober { port: Some(PORT_NAME), headers: Vec::new() };
        let three = probes(&Probes::default(), defaults, &prober, path, origins);
        let image = self.options.image.as_ref().map_or_else(
            || Sourced::default_for(images::NGINX.to_owned(), &reasons::IMAGES),
            |image| image.as_ref().map(ToString::to_string),
        );
        origins.set(joined(&[path, ".image"]), image.origin);
        let limits_cpu = self.cx.stack.limits_cpu();
        let mounts = self.mounts(web, volumes);
        Container {
            name: "nginx".to_owned(),
            image: Some(image.value),
            command: containers::words(Words::fixed(&NGINX, reason).0, "command", path, origins),
            ports: Some(vec![containers::port(PORT_NAME, self.port, path, origins)]),
            resources: Some(resources(&self.options.resources, USAGE, limits_cpu, path, origins)),
            volume_mounts: Some(mounts_of(mounts, path, origins)),
            readiness_probe: three.readiness,
            liveness_probe: three.liveness,
            lifecycle: Some(drain(web, path, origins)),
            restart_policy: Some(containers::restarted(path, origins)),
            ..Container::default()
        }
    }

    fn mounts(&self, web: &Web, volumes: &mut Volumes<'_>) -> Mounts {
        let files = Files {
            volume: "nginx".into(),
            source: Source::Config(self.config.clone()),
            path: "/etc/seaway/nginx".to_owned(),
        };
        let mut mounts = volumes.of_program(&[], &[files]);
        // A volume of its own: nginx buffers bodies there, and the application need not see them.
        let origin = Origin::Default(&reasons::SCRATCH);
        let body = web.largest_body();
        let size = spool(body.map_or(0, |body| body.value.units()));
        let origin = body.filter(|_| size > spool(0)).map_or(origin, |body| body.origin);
        let tmp = volumes.empty("nginx/tmp", size, false, origin);
        mounts.insert("/tmp".to_owned(), (mount(tmp, "/tmp", false), origin));
        mounts.extend(self.files(true, volumes));
        mounts
    }
}

/// Seconds that nginx waits for the next part of an answer: longer than the server lets a request run, so that it is the server
/// that ends it. On a `WebSocket`, which a server of ASGI takes, it is usual that nothing is said for long.
fn read_seconds(web: &Web) -> u32 {
    /// What nginx itself waits: <https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout>.
    const USUAL: u32 = 60;
    let is_asgi = web.server.value.facts().interface == Interface::Asgi;
    let usual = if is_asgi { WEBSOCKET_SECONDS } else { USUAL };
    usual.max(web.timeout_seconds.saturating_add(READ_MARGIN))
}

/// Bytes of a volume that bodies of requests pass through: two of the largest at a time, and not less than usual.
pub(super) fn spool(body: u128) -> Quantity {
    let usual = Quantity::mebibytes(SPOOL);
    let bodies = body.saturating_mul(2).div_ceil(1 << 20);
    let bodies = Quantity::mebibytes(u32::try_from(bodies).unwrap_or(u32::MAX));
    bodies.max(usual)
}

/// nginx stops by itself before the server does: as a sidecar it is told to only after the server has ended, and would
/// answer 502 until then. The hook runs as soon as the pod is told to stop
/// (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#termination-with-sidecars>); `quit` lets running
/// requests end. In an image without a shell nginx ends after the server.
fn drain(web: &Web, path: &str, origins: &mut Origins) -> Lifecycle {
    let quit = [&NGINX[..], &["-s", "quit"]].concat();
    let command = match web.drain_seconds.value {
        0 => quit.iter().map(|word| (*word).to_owned()).collect(),
        seconds => {
            let script = format!("sleep {seconds} && exec {}", quit.join(" "));
            vec!["sh".to_owned(), "-c".to_owned(), script]
        }
    };
    origins.set(joined(&[path, ".lifecycle"]), web.drain_seconds.origin);
    let exec = Some(ExecAction { command: Some(command) });
    let pre_stop = Some(LifecycleHandler { exec, ..LifecycleHandler::default() });
    Lifecycle { pre_stop, ..Lifecycle::default() }
}
