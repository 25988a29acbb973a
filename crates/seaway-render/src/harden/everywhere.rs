//! What is said once for the whole stack, in objects and pods that are no component's, and the annotations of all.
//!
//! Components have inherited it already. The template of a Job of the user's own can not be changed once it is applied, nor can the
//! spec of a pod: both have what stands on the object itself, and nothing else.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{LocalObjectReference, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::Stack;
use seaway_core::options::Metadata;
use seaway_core::stack::Part;

use super::Labels;
use crate::lower::toleration;
use crate::object::{Origins, joined};
use crate::{Body, Object};

/// Whether the pods of an object can not be changed once it is applied, and it keeps its name.
pub(super) fn is_fixed(object: &Object) -> bool {
    object.is_own && matches!(object.body, Body::Job(_) | Body::Pod(_))
}

/// Annotations of an object and of its pods.
#[derive(Default)]
pub(super) struct Annotations {
    pub(super) object: Arc<Labels>,
    pub(super) pods: Arc<Labels>,
}

/// The annotations of the objects of a component, or of what is no component's.
pub(super) fn annotations(stack: &Stack, part: Option<&Part>, runs_pods: bool) -> Annotations {
    let everywhere = &stack.everywhere;
    let (object, pods) = match part {
        Some(part) if runs_pods => (&part.shared.object_annotations, &part.shared.annotations),
        Some(_) | None => (&everywhere.annotations, &everywhere.pod_annotations),
    };
    Annotations { object: Arc::new(entries(object)), pods: Arc::new(entries(pods)) }
}

/// Entries by key, each with its place.
pub(super) fn entries(written: &Metadata) -> Labels {
    written.iter().map(|(key, value)| (key.value.clone(), value.clone())).collect()
}

/// Adds annotations; those that are set stay.
pub(super) fn annotate(
    annotations: &Arc<Labels>,
    metadata: &mut ObjectMeta,
    path: &str,
    origins: &mut Origins,
) {
    if annotations.is_empty() {
        return;
    }
    let all = metadata.annotations.get_or_insert_default();
    for (key, value) in &**annotations {
        all.entry(key.clone()).or_insert_with(|| value.value.clone());
    }
    origins.suggest_keys(joined(&[path, ".annotations"]), annotations.clone());
}

/// Where pods that are no component's run, and how their images are pulled, as far as they do not say it.
pub(super) fn place(stack: &Stack, object: &mut Object) {
    let everywhere = &stack.everywhere;
    if object.component.is_some() || is_fixed(object) {
        return;
    }
    let Some((_, path)) = object.body.pod_spec() else { return };
    let Some(spec) = object.body.pod_spec_mut() else { return };
    let origins = &mut object.origins;
    if !everywhere.node_selector.is_empty() {
        let labels = spec.node_selector.get_or_insert_default();
        for (key, value) in &everywhere.node_selector {
            labels.entry(key.value.clone()).or_insert_with(|| value.value.clone());
        }
        let entries = Arc::new(entries(&everywhere.node_selector));
        origins.suggest_keys(joined(&[path, ".nodeSelector"]), entries);
    }
    lists(stack, spec, path, origins);
    if let (None, Some(class)) = (&spec.priority_class_name, &everywhere.priority_class) {
        spec.priority_class_name = Some(class.to_string());
        origins.set(joined(&[path, ".priorityClassName"]), class.origin);
    }
}

/// Lists that are taken over as a whole.
fn lists(stack: &Stack, spec: &mut PodSpec, path: &str, origins: &mut Origins) {
    let everywhere = &stack.everywhere;
    if let (None, Some(tolerations)) = (&spec.tolerations, &everywhere.tolerations) {
        spec.tolerations = Some(tolerations.iter().map(toleration).collect());
        let places = tolerations.iter().map(|toleration| toleration.origin).collect();
        origins.set_items(joined(&[path, ".tolerations"]), places);
    }
    if let (None, Some(secrets)) = (&spec.image_pull_secrets, &everywhere.pull_secrets) {
        let named = |name| stack.secrets.get(name).map(|contract| contract.name.to_string());
        let mut references = Vec::new();
        for secret in secrets {
            let name = named(&secret.value).unwrap_or_else(|| secret.to_string());
            origins.set(joined(&[path, ".imagePullSecrets[", &name, "]"]), secret.origin);
            references.push(LocalObjectReference { name });
        }
        spec.image_pull_secrets = Some(references);
    }
}
