//! Requests of containers against their limits: `ValidateContainerResourceRequirements` of `pkg/apis/core/validation`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::amount::Amount;
use crate::{Object, containers};

pub(in crate::link) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        for (list, name, resources) in all(spec) {
            let path = pod.item(list, name);
            requirements(object, "the container", name, resources, path.field("resources"), sink);
        }
        if let Some(resources) = &spec.resources {
            requirements(
                object,
                "the pod of",
                object.body.name(),
                resources,
                pod.field("resources"),
                sink,
            );
        }
    }
}

/// Lists, names and resources of the containers of a pod.
pub(in super::super) fn all(
    spec: &PodSpec,
) -> impl Iterator<Item = (&'static str, &str, &ResourceRequirements)> {
    containers::all(spec)
        .filter_map(|(list, one)| Some((list, &*one.name, one.resources.as_ref()?)))
}

/// An amount of a resource, if there is one that can be read: what can not is told elsewhere.
pub(in crate::link) fn amount(
    amounts: Option<&BTreeMap<String, Quantity>>,
    resource: &str,
) -> Option<Amount> {
    Amount::parse(&amounts?.get(resource)?.0)
}

fn requirements(
    object: &Object,
    what: &str,
    name: &str,
    resources: &ResourceRequirements,
    path: At<'_>,
    sink: &mut Sink,
) {
    for (resource, text) in resources.requests.iter().flatten() {
        let Some(request) = Amount::parse(&text.0) else { continue };
        let limit = amount(resources.limits.as_ref(), resource);
        let (message, help) = match limit {
            Some(limit) if request > limit => (
                format!(
                    "{what} `{name}` asks for {} of `{resource}` and may have {}",
                    text.0,
                    resources.limits.as_ref().map_or("", |limits| &limits[resource].0)
                ),
                format!("write a limit of {} or more, or a smaller request", text.0),
            ),
            Some(limit) if request != limit && is_whole_or_nothing(resource) => (
                format!("{what} `{name}` asks for {request} of `{resource}` and may have {limit}"),
                "write the same amount in both: this resource is never shared".to_owned(),
            ),
            None if is_whole_or_nothing(resource)
                && !resources
                    .limits
                    .as_ref()
                    .is_some_and(|limits| limits.contains_key(resource)) =>
            {
                (
                    format!("{what} `{name}` asks for {request} of `{resource}` without a limit"),
                    format!("write `limits.\"{resource}\" = \"{request}\"` as well"),
                )
            }
            _ => continue,
        };
        let (requests, limits) = (path.field("requests"), path.field("limits"));
        let sides = [requests.field(resource), limits.field(resource)].map(|at| at.to_string());
        let spans = sides.each_ref().map(|side| written(object, side));
        // The request is at fault, unless only the limit was written.
        let [at, other] = if spans[0].is_none() && spans[1].is_some() { [1, 0] } else { [0, 1] };
        let mut diagnostic = fault(Code::RequestOverLimit, object, &sides[at], message);
        if let Some(span) = spans[other] {
            diagnostic =
                diagnostic.label(span, if other == 1 { "the limit" } else { "the request" });
        }
        sink.report(diagnostic.help(help));
    }
}

/// Where a part was written, if it was written by itself.
pub(in crate::link) fn written(object: &Object, path: &str) -> Option<seaway_core::Span> {
    let (found, origin) = object.origins.nearest(path)?;
    (found == path).then(|| origin.span()).flatten()
}

/// Huge pages and extended resources can not be promised to more than one.
fn is_whole_or_nothing(resource: &str) -> bool {
    resource.starts_with("hugepages-") || resource.contains('/')
}
