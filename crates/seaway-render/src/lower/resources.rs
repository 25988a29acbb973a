//! Requests and limits: what the stack says, and defaults for the rest.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource;
use seaway_core::options::{Amounts, Autoscale, Resources};
use seaway_core::values::Quantity;
use seaway_core::{Origin, Sourced};

use super::program::Usage;
use crate::object::{Origins, joined};
use crate::reasons;

/// The resources of a container; a limit is never below its request.
///
/// Memory always has a limit. Cpu has one in production and where a quota counts it, in whole cores and at least twice the
/// request: a limit near the request throttles. The request of an extended resource is its limit
/// (<https://kubernetes.io/docs/tasks/configure-pod-container/extended-resource/>).
pub(super) fn resources(
    written: &Resources,
    usage: Usage,
    limits_cpu: bool,
    path: &str,
    origins: &mut Origins,
) -> ResourceRequirements {
    let default = |value| Sourced { value, origin: Origin::Default(&reasons::RESOURCES) };
    let (asked, allowed) = (&written.requests, &written.limits);
    let memory_limit = allowed.memory.unwrap_or_else(|| {
        let usual = Quantity::mebibytes(usage.memory_limit);
        asked.memory.filter(|request| request.value > usual).unwrap_or(default(usual))
    });
    let memory = asked.memory.unwrap_or_else(|| {
        let usual = Quantity::mebibytes(usage.memory);
        if usual > memory_limit.value { memory_limit } else { default(usual) }
    });
    let cpu = asked.cpu.unwrap_or_else(|| {
        let usual = Quantity::millicores(usage.cpu);
        allowed.cpu.filter(|limit| limit.value < usual).unwrap_or(default(usual))
    });
    let cpu_limit = allowed.cpu.or_else(|| {
        let cores = u32::try_from((cpu.value.milli * 2).div_ceil(1000)).unwrap_or(u32::MAX / 1000);
        limits_cpu.then(|| default(Quantity::millicores(cores * 1000)))
    });
    let further = |amounts: &Amounts| -> Vec<(String, Option<Sourced<Quantity>>)> {
        amounts.extended.iter().map(|(name, amount)| (name.to_string(), Some(*amount))).collect()
    };
    let extended = [further(allowed), further(asked)].concat();
    let requests = [
        ("cpu", Some(cpu)),
        ("memory", Some(memory)),
        ("ephemeral-storage", asked.ephemeral_storage),
    ];
    let limits = [
        ("cpu", cpu_limit),
        ("memory", Some(memory_limit)),
        ("ephemeral-storage", allowed.ephemeral_storage),
    ];
    let mut amounts = |side: &str,
                       amounts: [(&str, Option<Sourced<Quantity>>); 3],
                       extended: Vec<(String, Option<Sourced<Quantity>>)>| {
        let mut map = BTreeMap::new();
        let named = amounts.into_iter().map(|(name, amount)| (name.to_owned(), amount));
        for (name, amount) in named.chain(extended) {
            if let Some(amount) = amount {
                origins.set(joined(&[path, ".resources.", side, ".", &name]), amount.origin);
                map.insert(name, resource::Quantity(amount.value.to_string()));
            }
        }
        Some(map)
    };
    ResourceRequirements {
        requests: amounts("requests", requests, extended),
        limits: amounts("limits", limits, further(allowed)),
        ..ResourceRequirements::default()
    }
}

/// Millicores that a container asks for whose processes each run Python, if nobody says how many. Where an autoscaler goes by the
/// share of them that is in use, they have to be near what the processes can use: of 100m a target of 70 % is reached by a
/// process that does next to nothing, and the pods stay at their maximum (mitodl/ol-infrastructure#5241).
pub(super) fn scaled_cpu(autoscale: Option<&Sourced<Autoscale>>, processes: u32) -> u32 {
    const USUAL: u32 = 100;
    const EACH: u32 = 250;
    let by_cpu = autoscale.is_some_and(|autoscale| autoscale.queue_length.is_none());
    if by_cpu { processes.max(1).saturating_mul(EACH) } else { USUAL }
}

/// An amount in MiB, rounded up.
pub(super) fn whole_mebibytes(quantity: Quantity) -> u32 {
    u32::try_from(quantity.units().div_ceil(1 << 20)).unwrap_or(u32::MAX)
}

/// The memory limit that a container will have.
pub(super) fn memory_limit(written: &Resources, usage: Usage) -> Quantity {
    let usual = Quantity::mebibytes(usage.memory_limit);
    written.limits.memory.map_or_else(
        || written.requests.memory.map_or(usual, |request| request.value.max(usual)),
        |limit| limit.value,
    )
}
