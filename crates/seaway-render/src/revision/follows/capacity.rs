//! What the stage asks of the cluster: now, and at the most.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::values::Quantity;
use seaway_core::{Consequence, Stack};

use super::{Cx, Finding};
use crate::diff::Change;
use crate::fields::FieldChange;
use crate::link::{Demand, connections, demands};
use crate::{Body, Object, cluster};

/// What is summed, in the order in which it is shown. Cpu is in thousandths of a core, memory and storage in mebibytes.
const SUMS: [&str; 8] = [
    "pods",
    "cpu requests",
    "memory requests",
    "memory limits",
    "volumes",
    "storage",
    "load balancers",
    "nodes",
];
/// Where the nodes are among them.
const NODES: usize = 7;

/// Amounts by their place among the sums: of a quiet day, and at the most.
type Amounts = [Option<u64>; SUMS.len()];

pub(super) fn findings(cx: &Cx<'_>) -> Vec<Finding> {
    if !cx.pairs.changed.iter().any(is_sized) {
        return Vec::new();
    }
    let compiled = cx.new.compiled().or_else(|| cx.old.compiled());
    // What is declared outside of the objects changes none of the sums.
    let Some(stack) = compiled.map(|compiled| &compiled.bundle.stack) else { return Vec::new() };
    let of = |revision: super::Revision<'_>| {
        let (mut now, most) = amounts(stack, revision.objects());
        let named = revision.compiled().filter(|one| one.bundle.stack.cluster.name.is_some());
        now[NODES] = named.and_then(|compiled| cluster::node_count(compiled.bundle));
        (now, most)
    };
    let (was, is) = (of(cx.old), of(cx.new));
    let mut now = rows(&was.0, &is.0);
    now.extend(of_databases(cx));
    let most = rows(&was.1, &is.1);
    let mut found = sizes(cx);
    if now.is_empty() && most.is_empty() {
        return found;
    }
    let at_most = format!("at most: {}", most.join(", "));
    let message = if now.is_empty() { at_most.clone() } else { now.join(", ") };
    let cause = cx.causes.only();
    let place = cx.causes.place(cause);
    let finding = Finding::new(Consequence::Capacity, Vec::new());
    let mut finding = Finding { message, place, cause, ..finding };
    if !now.is_empty() && !most.is_empty() {
        finding.notes.push(format!("{at_most}, with autoscalers at their maximum and a rollout"));
    }
    found.push(finding);
    found
}

fn rows(was: &Amounts, is: &Amounts) -> Vec<String> {
    let mut rows = Vec::new();
    for (at, what) in SUMS.into_iter().enumerate() {
        // What is not known of both is not compared.
        let (Some(old), Some(new)) = (was[at], is[at]) else { continue };
        if old != new {
            rows.push(format!("{what} {} → {}", shown(what, old), shown(what, new)));
        }
    }
    rows
}

/// Whether the sums can be other ones because of an object.
fn is_sized(pair: &super::Pair<'_>) -> bool {
    let counts = |object: &Object| {
        let is_counted = matches!(object.body, Body::PersistentVolumeClaim(_) | Body::Service(_));
        is_counted || object.body.pod_spec().is_some()
    };
    match pair.change() {
        // The command of a process says how many connections it opens.
        Change::Changed => pair.fields.iter().any(|field| {
            let path = field.path.as_str();
            is_size(path)
                || path.contains("command")
                || path.contains("args")
                || path.contains("type")
        }),
        Change::Gained | Change::Lost => pair.object().is_some_and(counts),
    }
}

/// Whether a field says how much there is of something.
fn is_size(path: &str) -> bool {
    ["eplicas", "resources.requests", "resources.limits", "parallelism", "spec.hard"]
        .iter()
        .any(|word| path.contains(word))
}

/// What single objects ask for, where several causes change it: the sums are those of all together.
fn sizes(cx: &Cx<'_>) -> Vec<Finding> {
    if cx.causes.only().is_some() {
        return Vec::new();
    }
    let of_pair = |pair: &super::Pair<'_>| {
        let sizes: Vec<&FieldChange> =
            pair.fields.iter().filter(|field| is_size(&field.path) && field.is.is_some()).collect();
        let first = sizes.first()?;
        let row = |field: &&FieldChange| {
            let name = match field.path.split_once("resources.") {
                Some((_, amount)) => amount.replace('.', " of "),
                None => field.path.rsplit('.').next().unwrap_or_default().to_owned(),
            };
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            format!("{name} {} → {}", value(&field.was), value(&field.is))
        };
        let rows: BTreeSet<String> = sizes.iter().map(row).collect();
        let rows: Vec<String> = rows.into_iter().collect();
        let message = format!("{}: {}", pair.id(), super::few(&rows));
        Some(cx.found(Consequence::Capacity, pair, |path| path == first.path, message))
    };
    cx.pairs.changed.iter().filter_map(of_pair).collect()
}

fn shown(what: &str, amount: u64) -> String {
    if what.starts_with("cpu") {
        return if amount.is_multiple_of(1000) {
            (amount / 1000).to_string()
        } else {
            format!("{amount}m")
        };
    }
    if what.starts_with("memory") || what == "storage" {
        return if amount.is_multiple_of(1024) && amount > 0 {
            format!("{}Gi", amount / 1024)
        } else {
            format!("{amount}Mi")
        };
    }
    amount.to_string()
}

fn amounts(stack: &Stack, objects: &[Object]) -> (Amounts, Amounts) {
    let (mut now, mut most): (Amounts, Amounts) = ([None; SUMS.len()], [None; SUMS.len()]);
    let add = |sums: &mut Amounts, at: usize, amount: u64| {
        sums[at] = Some(sums[at].unwrap_or(0).saturating_add(amount));
    };
    for at in 0..4 {
        add(&mut now, at, 0);
        add(&mut most, at, 0);
    }
    for at in 4..NODES {
        add(&mut now, at, 0);
    }
    for demand in demands(stack, objects) {
        let Demand { cpu, memory, memory_limit, pods, surge, least, is_daemon, .. } = demand;
        // How many nodes there are is the cluster's to say.
        if is_daemon {
            continue;
        }
        for (sums, pods) in [(&mut now, least), (&mut most, pods.saturating_add(surge))] {
            add(sums, 0, pods);
            for (at, each) in [(1, cpu), (2, memory), (3, memory_limit)] {
                add(sums, at, each.saturating_mul(pods));
            }
        }
    }
    for object in objects {
        match &object.body {
            Body::PersistentVolumeClaim(claim) => {
                add(&mut now, 4, 1);
                let requests = claim.spec.as_ref().and_then(|spec| spec.resources.as_ref());
                let storage = requests.and_then(|all| all.requests.as_ref()?.get("storage"));
                let size = storage.and_then(|size| size.0.parse::<Quantity>().ok());
                let mebibytes = size.map_or(0, |size| size.milli / (1000 << 20));
                add(&mut now, 5, u64::try_from(mebibytes).unwrap_or(u64::MAX));
            }
            Body::Service(service) => {
                let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref());
                add(&mut now, 6, u64::from(kind == Some("LoadBalancer")));
            }
            _ => {}
        }
    }
    (now, most)
}

/// Connections that the processes open at most, by database.
fn of_databases(cx: &Cx<'_>) -> Vec<String> {
    let of = |revision: super::Revision<'_>| -> BTreeMap<String, (i64, i64)> {
        let Some(compiled) = revision.compiled() else { return BTreeMap::new() };
        connections(&compiled.bundle.stack, &compiled.bundle.objects)
    };
    let (was, is) = (of(cx.old), of(cx.new));
    let rows = is.iter().filter_map(|(name, (sum, most))| {
        let (before, _) = was.get(name)?;
        (before != sum).then(|| format!("connections to {name} {before} → {sum} of {most}"))
    });
    rows.collect()
}
