//! Metadata and selectors of the objects of a component.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use seaway_core::options::Metadata;

use super::Cx;
use crate::{Body, Object, names};

/// Metadata with a name.
pub(super) fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

/// What selects the pods of the component.
pub(super) fn selecting(cx: Cx<'_>) -> LabelSelector {
    LabelSelector {
        match_labels: Some(names::selector(cx.stack, cx.part)),
        ..LabelSelector::default()
    }
}

/// An object of the component with the name of the component.
pub(super) fn object(cx: Cx<'_>, body: impl Into<Body>) -> Object {
    Object::new(body, Some(&cx.part.name), cx.part.name.origin)
}

/// Labels or annotations as Kubernetes takes them.
pub(super) fn texts(written: &Metadata) -> BTreeMap<String, String> {
    written.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
}
