//! `service` → Deployment or StatefulSet of one pod and account; a Service if it has ports, a claim for each path of its storage.

use k8s_openapi::api::core::v1::Capabilities;
use seaway_core::options::{Facts, Service};
use seaway_core::values::Port;

use super::containers::app_image;
use super::pod::{Template, pod};
use super::process::{USAGE, probes, stopping};
use super::program::{Defaults, Program, computed};
use super::services::internal;
use super::workload::{Rollout, Scale, claim, deployment, stateful_set_behind};
use super::{Cx, expose};
use crate::{Object, reasons};

/// What an entry point needs that gives folders to another user and goes on as that one; all of them are of Pod Security
/// `baseline`: <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>.
const ENTRY_POINT: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

pub(super) fn lower(cx: Cx<'_>, service: &Service) -> Vec<Object> {
    let facts = &cx.part.facts;
    let mut objects: Vec<Object> = facts
        .storage
        .iter()
        .map(|volume| {
            let (name, class) = (&cx.part.name, service.storage_class.as_ref());
            claim(cx.stack, &volume.name, Some(name), &volume.size, class, None, volume.path.origin)
        })
        .collect();
    let port_name = service.port_name();
    let mut template = pod(cx, program(cx, service, &port_name), None);
    rights(cx, service, &mut template);
    let is_stored = !facts.storage.is_empty();
    let services = match facts.port {
        Some(port) => expose::objects(cx, port.map(Port::get), &port_name),
        None if !facts.ports.by_name.is_empty() => vec![internal(cx, None)],
        None => Vec::new(),
    };
    if is_stored {
        objects.extend(stateful_set_behind(cx, services, template));
    } else {
        let rollout = if service.is_singleton() { Rollout::Recreate } else { Rollout::Surge };
        objects.extend(deployment(cx, &Scale::of(cx.part), rollout, template));
        objects.extend(services);
    }
    objects
}

/// What an image of its own needs beyond what the restricted Pod Security Standard lets it do, each for a reason of the stack.
fn rights(cx: Cx<'_>, service: &Service, template: &mut Template<'_>) {
    let path = format!("containers[{}].securityContext", cx.part.name);
    let Some(main) = template.spec.containers.first_mut() else { return };
    if let Some(reason) = &service.writable_root {
        let context = main.security_context.get_or_insert_default();
        context.read_only_root_filesystem = Some(false);
        template.origins.set(format!("{path}.readOnlyRootFilesystem"), reason.origin);
    }
    if let Some(reason) = &service.run_as_root {
        let context = main.security_context.get_or_insert_default();
        context.run_as_user = Some(0);
        context.run_as_group = Some(0);
        context.run_as_non_root = Some(false);
        context.capabilities = Some(Capabilities {
            drop: Some(vec!["ALL".to_owned()]),
            add: Some(ENTRY_POINT.map(str::to_owned).to_vec()),
        });
        for field in ["runAsUser", "runAsGroup", "runAsNonRoot", "capabilities.add"] {
            template.origins.set(format!("{path}.{field}"), reason.origin);
        }
    }
}

/// The start of a backing service is asked for each second: everybody waits for it, and a restart is over in a few.
fn asked(facts: &Facts, served: bool) -> Defaults {
    let mut probes = probes(served);
    if let Some(startup) = probes.startup.as_mut().filter(|_| !facts.provides.is_empty()) {
        startup.failures = startup.failures.saturating_mul(startup.period);
        startup.period = 1;
    }
    probes
}

fn program(cx: Cx<'_>, service: &Service, port_name: &str) -> Program {
    let facts = &cx.part.facts;
    let served = facts.port.is_some();
    let (drain, grace) = stopping(cx);
    let is_surging = served && !service.is_singleton();
    Program {
        image: app_image(cx),
        command: service.command.clone(),
        args: service.args.clone(),
        env: Vec::new(),
        port: facts.port.map(|port| (port_name.to_owned().into(), port)),
        probes: asked(facts, served),
        resources: USAGE,
        scratch: Vec::new(),
        files: Vec::new(),
        grace: computed(grace, &reasons::GRACE),
        drain: is_surging.then(|| computed(drain, &reasons::ROLLOUT)),
    }
}
