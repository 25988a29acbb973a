//! Objects → + `ResourceQuota` and `LimitRange`, where the stage asks for them: what the namespace may use is what the
//! objects use at most, and some head-room.
//!
//! It comes after the patches, so that the amounts are those of what is applied. The check of quotas counts in the same way.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    LimitRange, LimitRangeItem, LimitRangeSpec, ResourceQuota, ResourceQuotaSpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::options::Quota;
use seaway_core::values;
use seaway_core::{Origin, Sourced, Stack};

use super::api::amount::Amount;
use super::api::quota::used;
use super::api::requests::{all, amount};
use super::index::{Index, namespace};
use crate::harden::Placer;
use crate::{Object, reasons};

/// One of what is counted in whole ones, in billionths.
const WHOLE: i128 = 1_000_000_000;
/// A MiB, in billionths of a byte.
const MEBIBYTE: i128 = 1_000_000_000 << 20;
/// The disk of nodes that pods ask for.
const DISK: &str = "requests.ephemeral-storage";
/// What is bounded with head-room, and to which millionth of a unit it is rounded up.
const ROOMY: [(&str, i128); 5] = [
    ("pods", WHOLE),
    ("requests.cpu", 100_000_000),
    ("requests.memory", MEBIBYTE),
    ("limits.cpu", 100_000_000),
    ("limits.memory", MEBIBYTE),
];
/// What is bounded exactly: a new one of these is a change of the stack.
const EXACT: [&str; 4] =
    ["persistentvolumeclaims", "requests.storage", "services.loadbalancers", "services.nodeports"];

/// Adds the bounds that the stage asks for.
pub(crate) fn bound(stack: &Stack, mut objects: Vec<Object>) -> Vec<Object> {
    let Some(quota) = &stack.quota else { return objects };
    let index = Index::new(stack, &objects);
    let mut bounds = vec![resource_quota(&index, quota)];
    if quota.limit_range {
        bounds.push(limit_range(&index, quota));
    }
    let mut placed = Placer::new(stack);
    for mut object in bounds {
        placed.place(&mut object);
        objects.push(object);
    }
    objects
}

/// Extended resources that containers ask for. A quota counts their requests, which are their limits
/// (<https://kubernetes.io/docs/concepts/policy/resource-quotas/#resource-quota-for-extended-resources>).
fn extended<'a>(index: &'a Index<'_>, around: &str) -> BTreeSet<&'a str> {
    let inside = index.pods.workloads.iter().filter(|one| namespace(one.object) == around);
    let containers = inside.flat_map(|workload| all(workload.spec));
    let limits = containers.flat_map(|(_, _, one)| one.limits.iter().flatten());
    limits.map(|(name, _)| name.as_str()).filter(|name| name.contains('/')).collect()
}

fn named(stack: &Stack) -> ObjectMeta {
    ObjectMeta { name: Some(stack.name.to_string()), ..ObjectMeta::default() }
}

fn resource_quota(index: &Index<'_>, quota: &Sourced<Quota>) -> Object {
    let around = &*index.stack.namespace.value as &str;
    let mut hard = BTreeMap::new();
    for (resource, step) in ROOMY {
        if let Some(sum) = used(index, around, resource) {
            let roomy = sum.percent(100 + i64::from(quota.head_room_percent.value), step);
            hard.insert(resource.to_owned(), Quantity(roomy.to_string()));
        }
    }
    // A quota of no disk would refuse the first pod that asks for some.
    if let Some(sum) = used(index, around, DISK).filter(|sum| *sum > Amount::ZERO) {
        let roomy = sum.percent(100 + i64::from(quota.head_room_percent.value), MEBIBYTE);
        hard.insert(DISK.to_owned(), Quantity(roomy.to_string()));
    }
    for resource in extended(index, around) {
        let name = format!("requests.{resource}");
        if let Some(sum) = used(index, around, &name) {
            let roomy = sum.percent(100 + i64::from(quota.head_room_percent.value), WHOLE);
            hard.insert(name, Quantity(roomy.to_string()));
        }
    }
    for resource in EXACT {
        if let Some(sum) = used(index, around, resource) {
            hard.insert(resource.to_owned(), Quantity(sum.to_string()));
        }
    }
    let spec = ResourceQuotaSpec { hard: Some(hard), ..ResourceQuotaSpec::default() };
    let body = ResourceQuota {
        metadata: named(index.stack),
        spec: Some(spec),
        ..ResourceQuota::default()
    };
    let mut object = Object::new(body, None, quota.origin);
    object.origins.set("spec.hard", Origin::Default(&reasons::QUOTA));
    object
}

/// Bounds of single containers: what one gets that says nothing, and as much as the largest of the stage.
fn limit_range(index: &Index<'_>, quota: &Sourced<Quota>) -> Object {
    let around = &*index.stack.namespace.value as &str;
    let workloads =
        || index.pods.workloads.iter().filter(|workload| namespace(workload.object) == around);
    let largest = |resource: &str, least: Amount| {
        let limits = workloads().flat_map(|workload| all(workload.spec));
        let limits = limits.filter_map(|(_, _, one)| amount(one.limits.as_ref(), resource));
        limits.fold(least, Amount::max)
    };
    let mebibytes = |count: u32| Amount::of(values::Quantity::mebibytes(count));
    let mut item = LimitRangeItem { type_: "Container".to_owned(), ..LimitRangeItem::default() };
    let mut put = |resource: &str, amounts: [Option<Amount>; 3]| {
        let maps = [&mut item.default_request, &mut item.default, &mut item.max];
        for (map, amount) in maps.into_iter().zip(amounts) {
            if let Some(amount) = amount {
                let map = map.get_or_insert_default();
                map.insert(resource.to_owned(), Quantity(amount.to_string()));
            }
        }
    };
    let usual = mebibytes(256);
    put("memory", [Some(mebibytes(128)), Some(usual), Some(largest("memory", usual))]);
    // Where some containers are not bounded on purpose, nobody is.
    let core = Amount::count(1);
    let is_bounded = used(index, around, "limits.cpu").is_some();
    let [limit, most] = [core, largest("cpu", core)].map(|one| Some(one).filter(|_| is_bounded));
    put("cpu", [Some(Amount::of(values::Quantity::millicores(50))), limit, most]);
    let body = LimitRange {
        metadata: named(index.stack),
        spec: Some(LimitRangeSpec { limits: vec![item] }),
    };
    let mut object = Object::new(body, None, quota.origin);
    object.origins.set("spec.limits", Origin::Default(&reasons::QUOTA));
    object
}
