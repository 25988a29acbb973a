//! What the stack has as a whole: Namespace, Secrets, configs, volumes, scripts.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::options::{CeleryProbe, Postgres};
use seaway_core::stack::Part;
use seaway_core::{Origin, Sink, Stack};

use super::meta::named;
use super::scripts::{self, Script};
use super::secrets;
use super::workload::claim;
use crate::names::{STACK, STAGE};
use crate::object::joined;
use crate::{Object, reasons};

pub(super) fn lower(stack: &Stack, sink: &mut Sink) -> Vec<Object> {
    let mut objects = Vec::new();
    if stack.namespace_owner.is_none() {
        objects.push(namespace(stack));
    }
    objects.extend(
        stack.secrets.values().filter_map(|contract| secrets::lower(stack, contract, sink)),
    );
    // What holds secrets is a Secret like the others.
    for (name, config) in stack.config.iter().filter(|(_, config)| config.secret.is_none()) {
        let data = config.data.iter().map(|(key, text)| (key.to_string(), text.clone())).collect();
        let mut object =
            Object::new(config_map(&stack.prefix.text(name), data), None, config.origin);
        for key in config.data.keys() {
            object.origins.set(joined(&["data.", key]), key.origin);
        }
        objects.push(object);
    }
    objects.extend(used_scripts(stack).into_values().map(|script| {
        let data = BTreeMap::from([(script.file.to_owned(), script.text.to_owned())]);
        Object::new(
            config_map(&stack.prefix.text(script.config), data),
            None,
            Origin::Default(&reasons::CONFIG_HASH),
        )
    }));
    for (name, volume) in &stack.volumes {
        let Some(storage) = &volume.storage else { continue };
        let class = volume.storage_class.as_ref();
        objects.push(claim(
            stack,
            &stack.prefix.text(name),
            None,
            storage,
            class,
            volume.access_mode,
            name.origin,
        ));
    }
    objects
}

/// Label of a namespace in whose pods the AWS Load Balancer Controller puts a readiness gate: a pod that is ready counts
/// once the load balancer takes it for healthy too. The gate is put into pods that are made while there is a target group for their
/// Service, which is why Services and Ingresses are applied before what makes pods.
pub(crate) const READINESS_GATE: &str = "elbv2.k8s.aws/pod-readiness-gate-inject";

/// The strictest Pod Security Standard that the pods of a stage pass.
pub(crate) fn pod_security(stack: &Stack) -> &'static str {
    let has_root = stack.parts.values().any(|part| part.facts.runs_as_root);
    if has_root { "baseline" } else { "restricted" }
}

/// Whether a load balancer reaches pods of a stage directly, so that they want a readiness gate.
pub(crate) fn wants_readiness_gates(stack: &Stack) -> bool {
    let waits = |part: &Part| part.expose().is_some_and(|one| one.waits_for_gates());
    stack.parts.values().any(waits)
}

/// A namespace in which the API server itself refuses pods that are not hardened. The rules are those of the oldest
/// cluster of the stage, so that an upgrade does not tighten them over night.
fn namespace(stack: &Stack) -> Object {
    let mut labels = BTreeMap::new();
    for mode in ["enforce", "audit", "warn"] {
        let key = format!("pod-security.kubernetes.io/{mode}");
        labels.insert(format!("{key}-version"), format!("v{}", stack.kubernetes.value.oldest));
        // What is not restricted for a reason is told all the same.
        let level = if mode == "enforce" { pod_security(stack) } else { "restricted" };
        labels.insert(key, level.to_owned());
    }
    let gated = wants_readiness_gates(stack);
    if gated {
        labels.insert(READINESS_GATE.to_owned(), "enabled".to_owned());
    }
    let metadata = ObjectMeta { labels: Some(labels), ..named(&stack.namespace) };
    let mut object =
        Object::new(Namespace { metadata, ..Namespace::default() }, None, stack.namespace.origin);
    if !stack.shares_namespace() {
        note_stage(stack, &mut object);
    }
    object.origins.set("metadata.labels", Origin::Default(&reasons::NAMESPACE));
    if gated {
        let path = joined(&["metadata.labels.", READINESS_GATE]);
        object.origins.set(path, Origin::Default(&reasons::READINESS_GATE));
    }
    object
}

/// Says on an object which stage of which stack it is of.
pub(crate) fn note_stage(stack: &Stack, object: &mut Object) {
    for (key, value) in [(STACK, &stack.name), (STAGE, &stack.stage)] {
        let annotations = object.body.metadata_mut().annotations.get_or_insert_default();
        annotations.insert(key.to_owned(), value.to_string());
        let path = format!("metadata.annotations.{key}");
        object.origins.set(path, Origin::Default(&reasons::STAGE_OF_OUTPUT));
    }
}

fn config_map(name: &str, data: BTreeMap<String, String>) -> ConfigMap {
    ConfigMap { metadata: named(name), data: Some(data), ..ConfigMap::default() }
}

/// The scripts that components of the stage run, each once.
fn used_scripts(stack: &Stack) -> BTreeMap<&'static str, &'static Script> {
    let mut used: BTreeMap<&'static str, &'static Script> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for part in stack.parts.values() {
        let celery = seaway_core::celery::of(stack, part).and_then(|celery| celery.probe());
        for (script, needed) in [
            (
                &scripts::WAIT_FOR_SCHEMA,
                part.waits_for.is_some() || super::pod::waits_for_database(stack, part),
            ),
            (&scripts::CELERY, celery == Some(CeleryProbe::Heartbeat)),
            (&scripts::COPY_STATIC, part.facts.copies_static),
            (&scripts::CHECK_VOLUME, part.component.options::<Postgres>().is_some()),
        ] {
            if needed && names.insert(script.config) {
                used.insert(script.config, script);
            }
        }
    }
    used
}
