//! Quotas of the bundle against all that the bundle can use at once in their namespace.
//!
//! Counted is what there is at most: pods up to the maximum of their autoscaler, the pods of rollouts beside the old
//! ones, Jobs, and one run of each CronJob. Where the API server would count more or less depending on the cluster (a pod
//! a node, other namespaces' objects), the least is counted. The rules are those of `pkg/quota/v1/evaluator/core`.

pub(super) mod usage;

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, ResourceQuota};
use seaway_core::{Code, Sink};

use super::super::index::{Index, fault, namespace};
use super::amount::Amount;
use super::requests::written;
use crate::object::Slot;
use crate::{Body, Object};
use usage::Usage;

/// Most contributors that a note lists by name.
const LISTED: usize = 6;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if let Body::ResourceQuota(quota) = &object.body {
            self::quota(index, object, quota, sink);
        }
    }
}

fn quota(index: &Index<'_>, object: &Object, quota: &ResourceQuota, sink: &mut Sink) {
    let Some(spec) = &quota.spec else { return };
    // A quota with scopes counts some pods only.
    if spec.scope_selector.is_some()
        || spec.scopes.as_ref().is_some_and(|scopes| !scopes.is_empty())
    {
        return;
    }
    let usage = Usage::new(index, namespace(object));
    for (resource, hard) in spec.hard.iter().flatten() {
        let Some(hard) = Amount::parse(&hard.0) else { continue };
        let Some(mut parts) = usage.of(resource) else { continue };
        for without in usage.without(resource) {
            unlimited(object, resource, &without, sink);
        }
        let sum = parts.iter().fold(Amount::ZERO, |sum, part| sum.plus(part.amount));
        if sum <= hard {
            continue;
        }
        parts.sort_by_key(|part| std::cmp::Reverse(part.amount));
        let mut lines: Vec<String> = parts
            .iter()
            .take(LISTED)
            .filter(|part| part.amount > Amount::ZERO)
            .map(|part| format!("{}: {}", part.who, part.how))
            .collect();
        let rest = parts.iter().skip(LISTED).filter(|part| part.amount > Amount::ZERO);
        let (count, others) =
            rest.fold((0, Amount::ZERO), |(count, sum), part| (count + 1, sum.plus(part.amount)));
        if count > 0 {
            lines.push(format!("{count} more: {others}"));
        }
        let message = format!(
            "the stage uses up to {sum} of `{resource}`, and {} allows {hard}",
            object.id()
        );
        sink.report(
            fault(Code::ExceededQuota, object, format!("spec.hard.{resource}"), message)
                .note(format!("{sum} = {}", lines.join("; ")))
                .help(format!("allow at least {sum}, or let the stage use less")),
        );
    }
}

/// What a namespace uses of a resource at most; `None` if only the cluster knows, or a container says nothing of it.
pub(in super::super) fn used(index: &Index<'_>, around: &str, resource: &str) -> Option<Amount> {
    let usage = Usage::new(index, around);
    let parts = usage.of(resource).filter(|_| usage.without(resource).is_empty())?;
    Some(parts.iter().fold(Amount::ZERO, |sum, part| sum.plus(part.amount)))
}

/// A container that a quota can not count: the API server refuses its pods.
fn unlimited(quota: &Object, resource: &str, without: &usage::Without<'_>, sink: &mut Sink) {
    let message = format!(
        "the container `{}` says nothing of `{resource}`, which {} counts",
        without.container,
        quota.id()
    );
    let path = format!("spec.hard.{resource}");
    let mut diagnostic = fault(Code::ExceededQuota, without.object, &without.path, message);
    if let Some(span) = written(quota, &path) {
        diagnostic = diagnostic.label(span, "counted here");
    }
    sink.report(diagnostic.help(format!(
        "write `{}`, or add a LimitRange with a default",
        match resource.split_once('.') {
            Some(("limits", what)) => format!("resources.limits.{what} = …"),
            Some(("requests", what)) => format!("resources.requests.{what} = …"),
            _ => format!("resources.requests.{resource} = …"),
        }
    )));
}

/// Claims that an object is or makes: their names, and their places in its templates.
pub(super) fn claims(
    object: &Object,
) -> impl Iterator<Item = (&str, &PersistentVolumeClaimSpec, Option<usize>)> {
    let own = match &object.body {
        Body::PersistentVolumeClaim(claim) => claim.spec.as_ref(),
        _ => None,
    };
    let templates = match &object.body {
        Body::StatefulSet(set) => Slot::<StatefulSetSpec>::slot(&set.spec)
            .and_then(|spec| spec.volume_claim_templates.as_deref()),
        _ => None,
    };
    let templates = templates.unwrap_or_default().iter().enumerate().filter_map(|(at, claim)| {
        let name = claim.metadata.name.as_deref().unwrap_or_default();
        Some((name, claim.spec.as_ref()?, Some(at)))
    });
    own.map(|claim| (object.body.name(), claim, None)).into_iter().chain(templates)
}
