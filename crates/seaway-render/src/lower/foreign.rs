//! `service` → Deployment or StatefulSet of one pod and account; a Service if it has ports, a claim for each path of its storage.

use k8s_openapi::api::core::v1::Capabilities;
use seaway_core::options::Service;
use seaway_core::values::Port;

use super::containers::app_image;
use super::pod::{Template, pod};
use super::program::{Ask, Check, Defaults, Program, Usage, computed};
use super::service::governing;
use super::workload::{Rollout, Scale, claim, deployment, stateful_set_behind};
use super::{Cx, expose};
use crate::{Object, reasons};

/// What a program takes that nobody knows: as a `process` does.
const USAGE: Usage = Usage { cpu: 100, memory: 256, memory_limit: 512 };
/// What an entry point needs that gives folders to another user and goes on as that one; all of them are of Pod Security
/// `baseline`: <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>.
const ENTRY_POINT: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];
/// Seconds to stop: twice Kubernetes' own default of 30.
const GRACE: u32 = 60;
/// Seconds that one of several pods goes on answering when it is told to stop.
const DRAIN: u32 = 10;

pub(super) fn lower(cx: Cx<'_>, service: &Service) -> Vec<Object> {
    let facts = &cx.part.facts;
    let mut objects: Vec<Object> = facts
        .storage
        .iter()
        .map(|volume| {
            let (name, class) = (&cx.part.name, service.storage_class.as_ref());
            claim(&volume.name, Some(name), &volume.size, class, None, volume.path.origin)
        })
        .collect();
    let port_name = service.port_name();
    let mut template = pod(cx, program(cx, service, &port_name), None);
    rights(cx, service, &mut template);
    let is_stored = !facts.storage.is_empty();
    let services = match facts.port {
        Some(port) => expose::objects(cx, port.map(Port::get), &port_name),
        None if is_stored || !facts.ports.by_name.is_empty() => vec![governing(cx, None)],
        None => Vec::new(),
    };
    if is_stored {
        objects.extend(stateful_set_behind(cx, services, template));
    } else {
        objects.extend(deployment(cx, &Scale::of(cx.part), Rollout::Surge, template));
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

fn program(cx: Cx<'_>, service: &Service, port_name: &str) -> Program {
    let facts = &cx.part.facts;
    let served = facts.port.is_some();
    let check = |period, failures| {
        let reason = &reasons::PROBES;
        served.then_some(Check { ask: Ask::Connect, period, timeout: 5, failures, reason })
    };
    let is_surging = served && facts.storage.is_empty();
    Program {
        image: app_image(cx),
        command: service.command.clone(),
        args: service.args.clone(),
        env: Vec::new(),
        port: facts.port.map(|port| (port_name.to_owned().into(), port)),
        probes: Defaults { startup: check(2, 60), readiness: check(5, 3), liveness: check(15, 4) },
        resources: USAGE,
        scratch: Vec::new(),
        files: Vec::new(),
        grace: computed(GRACE, &reasons::GRACE),
        drain: is_surging.then(|| computed(DRAIN, &reasons::ROLLOUT)),
    }
}
