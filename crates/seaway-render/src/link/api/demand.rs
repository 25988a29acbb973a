//! What a bundle asks of the nodes that it runs on.

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use seaway_core::Stack;

use super::super::index::Index;
use super::super::scalers::{count, most};
use super::amount::Amount;
use super::quota::usage::at_once_in;
use super::requests::amount;
use crate::{Body, Object};

/// What the pods of an object ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Kind and name of the object.
    pub who: String,
    /// Thousandths of a core that one pod asks for.
    pub cpu: u64,
    /// Mebibytes of memory that one pod asks for.
    pub memory: u64,
    /// Mebibytes of memory that one pod may have; what says no limit counts as nothing.
    pub memory_limit: u64,
    /// Fewest pods: those of a quiet day. A Job has ended by then.
    pub least: u64,
    /// Most pods at a time, but for a rollout.
    pub pods: u64,
    /// More of them in a rollout.
    pub surge: u64,
    /// Whether there is one of them on each node.
    pub is_daemon: bool,
}

/// What each object of a bundle asks for.
pub(crate) fn demands(stack: &Stack, objects: &[Object]) -> Vec<Demand> {
    let index = Index::new(stack, objects);
    objects.iter().filter_map(|object| demand(&index, object)).collect()
}

fn demand(index: &Index<'_>, object: &Object) -> Option<Demand> {
    let (spec, _) = object.body.pod_spec()?;
    let (pods, surge) = most(index, object);
    let whole = |amount: Amount, unit: i128| {
        let units = amount.nano.max(0).unsigned_abs().div_ceil(unit.unsigned_abs());
        u64::try_from(units).unwrap_or(u64::MAX)
    };
    let number = |number: i64| u64::try_from(number).unwrap_or(0);
    Some(Demand {
        who: object.id(),
        cpu: whole(request(spec, "cpu"), MILLI),
        memory: whole(request(spec, "memory"), MEBI),
        memory_limit: whole(limit(spec, "memory"), MEBI),
        least: match object.body {
            Body::Job(_) | Body::CronJob(_) => 0,
            _ => number(count(index, object).map_or(1, |count| count.least)),
        },
        pods: number(pods),
        surge: number(surge),
        is_daemon: matches!(object.body, Body::DaemonSet(_)),
    })
}

/// Billionths of a thousandth, and of a mebibyte.
const MILLI: i128 = 1_000_000;
const MEBI: i128 = (1 << 20) * 1_000_000_000;

/// What a pod may have of a resource.
fn limit(spec: &PodSpec, resource: &str) -> Amount {
    let of = |resources: &ResourceRequirements| amount(resources.limits.as_ref(), resource);
    let of_container = |one: &Container| one.resources.as_ref().and_then(of);
    let containers = || at_once_in(spec, |one| of_container(one).unwrap_or(Amount::ZERO));
    spec.resources.as_ref().and_then(of).unwrap_or_else(containers)
}

/// What the scheduler reserves for a pod.
fn request(spec: &PodSpec, resource: &str) -> Amount {
    let of = |resources: &ResourceRequirements| amount(resources.requests.as_ref(), resource);
    let of_container = |one: &Container| one.resources.as_ref().and_then(of);
    let of_pod = spec.resources.as_ref().and_then(of);
    let overhead = amount(spec.overhead.as_ref(), resource).unwrap_or(Amount::ZERO);
    let containers = || at_once_in(spec, |one| of_container(one).unwrap_or(Amount::ZERO));
    of_pod.unwrap_or_else(containers).plus(overhead)
}
