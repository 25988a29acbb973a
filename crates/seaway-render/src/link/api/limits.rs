//! Limit ranges of the bundle against its containers and claims, as the admission plugin `LimitRanger` of Kubernetes
//! judges them (`plugin/pkg/admission/limitranger`).

use k8s_openapi::api::core::v1::{LimitRangeItem, ResourceRequirements};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::amount::Amount;
use super::quota::usage::at_once_in;
use super::requests::{all, amount, written};
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for range in index.objects {
        for (at, item) in items(range).enumerate() {
            let range = Range { object: range, item, at };
            order(&range, sink);
            let inside = |object: &&Object| namespace(object) == namespace(range.object);
            for object in index.objects.iter().filter(inside) {
                match item.type_.as_str() {
                    "Container" => containers(object, &range, sink),
                    "Pod" => pod(object, &range, sink),
                    "PersistentVolumeClaim" => claim(object, &range, sink),
                    _ => {}
                }
            }
        }
    }
}

/// A limit of a range.
struct Range<'a> {
    object: &'a Object,
    item: &'a LimitRangeItem,
    at: usize,
}

fn items(object: &Object) -> impl Iterator<Item = &LimitRangeItem> {
    let spec = match &object.body {
        Body::LimitRange(range) => range.spec.as_ref(),
        _ => None,
    };
    spec.into_iter().flat_map(|spec| &spec.limits)
}

/// The limits that a namespace sets for each container.
pub(super) fn of_containers<'a>(objects: &[&'a Object]) -> Vec<&'a LimitRangeItem> {
    let all = objects.iter().flat_map(|object| items(object));
    all.filter(|item| item.type_ == "Container").collect()
}

/// The limit that a container has of a resource, with what limit ranges fill in.
pub(super) fn limit(
    ranges: &[&LimitRangeItem],
    resources: &ResourceRequirements,
    resource: &str,
) -> Option<Amount> {
    amount(resources.limits.as_ref(), resource)
        .or_else(|| ranges.iter().find_map(|item| filled_in(item, resource)))
}

/// What a container without a limit gets: the default, or else the most that it may have.
fn filled_in(item: &LimitRangeItem, resource: &str) -> Option<Amount> {
    amount(item.default.as_ref(), resource).or_else(|| amount(item.max.as_ref(), resource))
}

/// `ValidateLimitRange` of `pkg/apis/core/validation`: each bound leaves room for the next one.
fn order(range: &Range<'_>, sink: &mut Sink) {
    let item = range.item;
    let rising = [
        ("min", item.min.as_ref()),
        ("defaultRequest", item.default_request.as_ref()),
        ("default", item.default.as_ref()),
        ("max", item.max.as_ref()),
    ];
    for (at, (low, lows)) in rising.iter().enumerate() {
        for (high, highs) in &rising[at + 1..] {
            for (resource, text) in lows.iter().copied().flatten() {
                let (Some(less), Some(more)) = (Amount::parse(&text.0), amount(*highs, resource))
                else {
                    continue;
                };
                if less > more {
                    let message =
                        format!("`{low}` {less} of `{resource}` is more than `{high}` {more}");
                    let path = format!("spec.limits[{}].{low}.{resource}", range.at);
                    sink.report(
                        fault(Code::OutOfRange, range.object, path, message)
                            .help(format!("write `{low}` up to {more}")),
                    );
                }
            }
        }
    }
}

fn containers(object: &Object, range: &Range<'_>, sink: &mut Sink) {
    let Some((spec, path)) = object.body.pod_spec() else { return };
    let pod = At::path(path);
    for (list, name, resources) in all(spec) {
        let path = pod.item(list, name);
        let path = path.field("resources");
        for (resource, most) in range.item.max.iter().flatten() {
            let Some(most) = Amount::parse(&most.0) else { continue };
            let limit = amount(resources.limits.as_ref(), resource);
            let request = amount(resources.requests.as_ref(), resource);
            let (field, more) = match (limit, request) {
                (Some(limit), _) if limit > most => ("limits", limit),
                (None, Some(request)) if request > most => ("requests", request),
                _ => continue,
            };
            let what = format!("the container `{name}` may have {more} of `{resource}`");
            let field = path.field(field);
            range.report(
                object,
                field.field(resource),
                &what,
                ("takes at most", most, "max"),
                sink,
            );
        }
        for (resource, least) in range.item.min.iter().flatten() {
            let Some(least) = Amount::parse(&least.0) else { continue };
            if let Some(request) = amount(resources.requests.as_ref(), resource)
                && request < least
            {
                let what = format!("the container `{name}` asks for {request} of `{resource}`");
                let field = path.field("requests");
                range.report(
                    object,
                    field.field(resource),
                    &what,
                    ("takes at least", least, "min"),
                    sink,
                );
            }
        }
        for resource in range.item.default.iter().flatten().map(|(resource, _)| resource) {
            let unlimited = amount(resources.limits.as_ref(), resource).is_none();
            let filled_in = filled_in(range.item, resource).filter(|_| unlimited);
            if let (Some(limit), Some(request)) =
                (filled_in, amount(resources.requests.as_ref(), resource))
                && request > limit
            {
                let what = format!("the container `{name}` asks for {request} of `{resource}`");
                let field = path.field("requests");
                let text = "gives containers without a limit";
                range.report(object, field.field(resource), &what, (text, limit, "default"), sink);
            }
        }
    }
}

fn pod(object: &Object, range: &Range<'_>, sink: &mut Sink) {
    let Some((spec, path)) = object.body.pod_spec() else { return };
    for (resource, most) in range.item.max.iter().flatten() {
        let Some(most) = Amount::parse(&most.0) else { continue };
        // As the LimitRanger counts (`podLimits` in `plugin/pkg/admission/limitranger/admission.go` of Kubernetes).
        let sum = at_once_in(spec, |one| {
            let limits = one.resources.as_ref().and_then(|resources| resources.limits.as_ref());
            amount(limits, resource).unwrap_or(Amount::ZERO)
        });
        if sum > most {
            let what = format!("a pod of {} may have {sum} of `{resource}`", object.id());
            let pod = At::path(path);
            let first = spec.containers.first().map_or("", |first| first.name.as_str());
            let limits = pod.item("containers", first);
            let limits = limits.field("resources.limits");
            let bound = ("takes at most", most, "max");
            range.report(object, limits.field(resource), &what, bound, sink);
        }
    }
}

fn claim(object: &Object, range: &Range<'_>, sink: &mut Sink) {
    const SIZE: &str = "storage";
    let mut size = |text: Option<Amount>, path: At<'_>, name: &str| {
        let Some(size) = text else { return };
        let what = format!("the claim `{name}` asks for {size}");
        if let Some(most) = amount(range.item.max.as_ref(), SIZE).filter(|most| size > *most) {
            range.report(object, path, &what, ("takes at most", most, "max"), sink);
        }
        if let Some(least) = amount(range.item.min.as_ref(), SIZE).filter(|least| size < *least) {
            range.report(object, path, &what, ("takes at least", least, "min"), sink);
        }
    };
    for (name, claim, at) in super::quota::claims(object) {
        let requests = claim.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let spec = At::path("spec");
        let template = at.map(|at| spec.index("volumeClaimTemplates", at));
        let path = template.as_ref().map(|template| template.field("spec"));
        let path = path.as_ref().unwrap_or(&spec).field("resources.requests.storage");
        size(amount(requests, SIZE), path, name);
    }
}

impl Range<'_> {
    fn report(
        &self,
        object: &Object,
        path: At<'_>,
        what: &str,
        (bound, limit, field): (&str, Amount, &str),
        sink: &mut Sink,
    ) {
        let message = format!("{what}, and {} {bound} {limit}", self.object.id());
        let mut diagnostic = fault(Code::ExceededQuota, object, path, message);
        let own = format!("spec.limits[{}]", self.at);
        let place = written(self.object, &own).or_else(|| self.object.origins.written_inside(&own));
        if let Some(place) = place.or_else(|| self.object.place()) {
            diagnostic = diagnostic.label(place, "the limit");
        }
        sink.report(
            diagnostic.help(format!("write another amount here, or another `{field}` there")),
        );
    }
}
