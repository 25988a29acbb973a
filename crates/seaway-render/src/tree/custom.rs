//! Custom resources: objects of an operator's kind, of which the passes know no type.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::{Node, Sourced, Span, Value};
use serde::Serialize;

use super::to_node;
use crate::Body;
use crate::object::Other;

/// A custom resource with a `spec`, all of it at one place.
pub(crate) fn custom<T: Serialize>(
    (api_version, kind): (&str, &str),
    metadata: ObjectMeta,
    spec: &T,
    place: Span,
) -> Body {
    let spec = to_node(spec, place);
    let spec = spec.map(|spec| (Sourced::written("spec".to_owned(), place), spec));
    let rest = Node { value: Value::Table(BTreeMap::from_iter(spec)), span: place };
    let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
    Body::Other(Box::new(Other { api_version, kind, metadata, rest }))
}
