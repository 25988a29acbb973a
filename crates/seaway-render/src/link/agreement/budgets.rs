//! Disruption budgets: a node can be drained of the pods that they guard.

use std::collections::BTreeMap;

use k8s_openapi::api::policy::v1::PodDisruptionBudgetSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, id, namespace};
use super::super::scalers::count;
use super::super::workloads::{PodTemplate, Selector};
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    // What makes pods, and the first budget that guards them.
    let mut guarded = BTreeMap::new();
    for object in index.objects {
        let Body::PodDisruptionBudget(budget) = &object.body else { continue };
        let Some(spec) = &budget.spec else { continue };
        let Some(selector) = spec.selector.as_ref().map(Selector::of) else { continue };
        if selector.is_empty() {
            continue;
        }
        let pods = index.pods.selected(namespace(object), selector);
        blocked(index, object, spec, &pods, sink);
        for pod in pods {
            if let Some(first) = guarded.insert(id(pod.object), object) {
                two(first, object, pod, sink);
            }
        }
    }
}

/// A budget that no eviction fits into. The counting is that of `pkg/controller/disruption/disruption.go` of Kubernetes,
/// which rounds percentages up.
fn blocked(
    index: &Index<'_>,
    object: &Object,
    spec: &PodDisruptionBudgetSpec,
    pods: &[&PodTemplate<'_>],
    sink: &mut Sink,
) {
    let root = At::path("spec");
    if let Some(most) = &spec.max_unavailable {
        if amount(most, 100) == Some(0) {
            let message = format!("{} lets no pod be unavailable", object.id());
            sink.report(
                fault(Code::BlockedDrain, object, root.field("maxUnavailable"), message)
                    .note("no node with one of its pods can be drained")
                    .help("write `maxUnavailable = 1`"),
            );
        }
        return;
    }
    let Some(least) = &spec.min_available else { return };
    let path = root.field("minAvailable");
    let is_all =
        matches!(least, IntOrString::String(text) if percent(text).is_some_and(|all| all >= 100));
    // Of pods that there is one of on each node, nobody knows how many there are.
    let there =
        pods.iter().try_fold(0_i64, |sum, pod| sum.checked_add(count(index, pod.object)?.least));
    let there = there.filter(|there| *there > 0);
    let keeps = there.and_then(|there| Some((amount(least, there)?, there)));
    let message = match keeps {
        _ if is_all => format!("{} lets no pod be unavailable", object.id()),
        Some((keeps, there)) if keeps >= there => format!(
            "{} keeps {keeps} pod{} available, and there can be as few as {there}",
            object.id(),
            if keeps == 1 { "" } else { "s" }
        ),
        _ => return,
    };
    sink.report(
        fault(Code::BlockedDrain, object, path, message)
            .note("no node with one of its pods can be drained")
            .help("write `maxUnavailable = 1` in place of `minAvailable`, or run more pods"),
    );
}

/// A number of pods, or a share of them rounded up.
fn amount(value: &IntOrString, of: i64) -> Option<i64> {
    match value {
        IntOrString::Int(number) => Some((*number).into()),
        IntOrString::String(text) => {
            let share = percent(text)?.checked_mul(of)?;
            Some(share / 100 + i64::from(share % 100 != 0))
        }
    }
}

fn percent(text: &str) -> Option<i64> {
    text.strip_suffix('%')?.parse().ok().filter(|percent| *percent >= 0)
}

/// The API server evicts no pod that two budgets guard (`pkg/registry/core/pod/storage/eviction.go` of Kubernetes).
fn two(first: &Object, second: &Object, pod: &PodTemplate<'_>, sink: &mut Sink) {
    let (wrong, right) =
        if first.is_own && !second.is_own { (first, second) } else { (second, first) };
    let message = format!("two budgets select the pods of {}", pod.object.id());
    let mut diagnostic = fault(Code::BlockedDrain, wrong, "spec.selector", message)
        .note(format!(
            "{} selects them as well, and no pod of two budgets is ever evicted",
            right.id()
        ))
        .help("keep one of them");
    if let Some(place) = right.place() {
        diagnostic = diagnostic.label(place, "the other budget");
    }
    sink.report(diagnostic);
}
