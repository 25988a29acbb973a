//! The nginx beside a web process: serves static files and passes everything else on.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container};
use seaway_core::options::{Probes, SidecarStatic, Web};
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
use crate::object::{Origins, joined};
use crate::{Object, images, reasons};

/// Name of nginx's port, which the Service targets.
pub(super) const PORT_NAME: &str = "static";
/// nginx's port; unprivileged, and not one that a server commonly has.
const PORT: u16 = 8080;
const USAGE: Usage = Usage { cpu: 20, memory: 32, memory_limit: 64 };
const COPY_USAGE: Usage = Usage { cpu: 50, memory: 128, memory_limit: 256 };

/// The port of nginx beside a server: not the server's own.
pub(crate) fn port(web: &Web) -> u16 {
    if web.port.get() == PORT { PORT + 1 } else { PORT }
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
        config: format!("{}-nginx", cx.part.name),
        root: root.unwrap_or_else(|| computed("/srv/static".to_owned(), reason)),
        size: options.size.unwrap_or(computed(Quantity::mebibytes(256), reason)),
        port: computed(Port::new(port(web)), reason),
    };
    let copy = sidecar.copy(&mut template.volumes, &mut template.origins);
    let nginx = sidecar.nginx(template);
    template.spec.init_containers.get_or_insert_default().push(copy);
    template.spec.containers.push(nginx);
    vec![sidecar.config(web)]
}

impl Sidecar<'_> {
    fn config(&self, web: &Web) -> Object {
        let url = self.options.url.as_ref().map_or("/static/".to_owned(), ToString::to_string);
        let conf = scripts::nginx_conf(&scripts::Nginx {
            port: self.port.get(),
            upstream_port: web.port.get(),
            static_url: &url,
            static_root: &self.root,
            max_body_mebibytes: self.options.max_body_mebibytes.map_or(10, |size| size.value),
            keep_alive_seconds: web.keep_alive_seconds.value,
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
    fn copy(&self, volumes: &mut Volumes<'_>, origins: &mut Origins) -> Container {
        let helper = Helper {
            name: "copy-static",
            origin: self.origin,
            script: &scripts::COPY_STATIC,
            args: Words(vec![self.root.clone()]),
            mounts: self.files(false, volumes),
            usage: COPY_USAGE,
        };
        helpers::container(self.cx, helper, volumes, origins)
    }

    fn nginx(&self, template: &mut Template<'_>) -> Container {
        let Template { spec, volumes, origins, .. } = template;
        let path = "containers[nginx]";
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
        let command = ["nginx", "-e", "stderr", "-c", "/etc/seaway/nginx/nginx.conf"];
        let production = self.cx.stack.is_production();
        let mounts = self.mounts(volumes);
        Container {
            name: "nginx".to_owned(),
            image: Some(image.value),
            command: containers::words(Words::fixed(&command, reason).0, "command", path, origins),
            ports: Some(vec![containers::port(PORT_NAME, self.port, path, origins)]),
            resources: Some(resources(&self.options.resources, USAGE, production, path, origins)),
            volume_mounts: Some(mounts_of(mounts, path, origins)),
            readiness_probe: three.readiness,
            liveness_probe: three.liveness,
            // It drains as long as the server, then SIGQUIT (the image's stop signal) lets running requests end.
            lifecycle: spec.containers.first().and_then(|main| main.lifecycle.clone()),
            ..Container::default()
        }
    }

    fn mounts(&self, volumes: &mut Volumes<'_>) -> Mounts {
        let files = Files {
            volume: "nginx".into(),
            source: Source::Config(self.config.clone()),
            path: "/etc/seaway/nginx".to_owned(),
        };
        let mut mounts = volumes.of_program(&[], &[files]);
        // A volume of its own: nginx buffers bodies there, and the application need not see them.
        let origin = Origin::Default(&reasons::SCRATCH);
        let tmp = volumes.empty("nginx/tmp", Quantity::mebibytes(256), false, origin);
        mounts.insert("/tmp".to_owned(), (mount(tmp, "/tmp", false), origin));
        mounts.extend(self.files(true, volumes));
        mounts
    }
}
