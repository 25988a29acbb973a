//! Claims that one pod can mount are mounted by one.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::MountSource;
use seaway_core::stack::Part;
use seaway_core::values::Name;
use seaway_core::{Code, Severity, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::scalers::count;
use super::super::workloads::PodTemplate;
use crate::object::Slot;
use crate::{Body, Object};

/// The label that each node has for itself.
const HOST: &str = "kubernetes.io/hostname";

/// What mounts a claim, and by which of its volumes.
type User<'a> = (&'a PodTemplate<'a>, &'a str);

/// Several pods over a volume of one wait for each other for ever, unless something holds them on one node
/// (GoogleCloudPlatform/kubernetes-engine-samples#90, longhorn/longhorn#30). The volumes of the stack itself were looked at
/// before anything was made of them; this finds what patches and whole objects add.
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut users: BTreeMap<(&str, &str), Vec<User<'_>>> = BTreeMap::new();
    for workload in &index.pods.workloads {
        for volume in workload.spec.volumes.iter().flatten() {
            let Some(claim) = &volume.persistent_volume_claim else { continue };
            let name = (namespace(workload.object), claim.claim_name.as_str());
            let of_claim = users.entry(name).or_default();
            if !of_claim.iter().any(|(known, _)| std::ptr::eq(*known, workload)) {
                of_claim.push((workload, &volume.name));
            }
        }
    }
    for (name, users) in users {
        let Some(is_for_one_pod) = for_one(index, name) else { continue };
        let loose: Vec<User<'_>> = users
            .into_iter()
            .filter(|(workload, _)| is_for_one_pod || !stays_on_one_node(workload.spec))
            .collect();
        claim(index, (name.1, is_for_one_pod), &loose, sink);
    }
}

/// Whether a claim of the bundle can be mounted by pods of one node or by one pod alone; `None` if by any.
fn for_one(index: &Index<'_>, name: (&str, &str)) -> Option<bool> {
    let Body::PersistentVolumeClaim(claim) = &index.get("", "PersistentVolumeClaim", name)?.body
    else {
        return None;
    };
    let modes = claim.spec.as_ref()?.access_modes.as_deref().unwrap_or_default();
    let is_single = |mode: &String| matches!(mode.as_str(), "ReadWriteOnce" | "ReadWriteOncePod");
    (!modes.is_empty() && modes.iter().all(is_single))
        .then(|| modes.iter().all(|mode| mode == "ReadWriteOncePod"))
}

/// Pods that are bound to a node, or to pods on the same node, can share what is mounted there.
fn stays_on_one_node(spec: &PodSpec) -> bool {
    let bound = spec.node_name.is_some()
        || spec.node_selector.as_ref().is_some_and(|labels| labels.contains_key(HOST));
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_affinity.as_ref());
    let terms = affinity
        .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    bound || terms.into_iter().flatten().any(|term| term.topology_key == HOST)
}

/// Whether the rules of the language have seen it: the components alone mount it more than once.
fn is_reported(index: &Index<'_>, name: &str, users: &[User<'_>]) -> bool {
    let is_volume = index.stack.volumes.keys().any(|volume| *volume.value == *name);
    let parts: BTreeSet<&Name> = users
        .iter()
        .filter(|(workload, _)| !workload.object.is_own)
        .filter_map(|(workload, _)| workload.object.component.as_ref())
        .map(|name| &name.value)
        .collect();
    let mounts = |part: &&Part| {
        let containers = part.containers().flat_map(|container| container.mounts.values());
        part.shared.mounts.values().chain(containers).any(|mount| {
            matches!(mount.source(), Some(MountSource::Volume(volume)) if *volume.value == *name)
        })
    };
    let parts = parts.into_iter().filter_map(|name| index.stack.parts.get(name)).filter(mounts);
    let pods: u32 = parts.map(|part| u32::from(part.facts.most_pods)).sum();
    is_volume && pods > 1
}

fn claim(
    index: &Index<'_>,
    (name, is_for_one_pod): (&str, bool),
    users: &[User<'_>],
    sink: &mut Sink,
) {
    let most = |workload: &PodTemplate<'_>| {
        count(index, workload.object).map_or(i64::MAX, |count| count.most)
    };
    let pods = users.iter().fold(0_i64, |sum, (workload, _)| sum.saturating_add(most(workload)));
    let Some((workload, volume)) = users.iter().max_by_key(|(workload, _)| workload.object.is_own)
    else {
        return;
    };
    let (_, root) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
    let spec = At::path(root);
    let volume = spec.item("volumes", volume);
    let path = volume.field("persistentVolumeClaim.claimName");
    if pods > 1 {
        if is_reported(index, name, users) {
            return;
        }
        let workloads: Vec<String> =
            users.iter().map(|(workload, _)| workload.object.id()).collect();
        let several = if pods == i64::MAX { "several".to_owned() } else { pods.to_string() };
        let message =
            format!("the claim `{name}` is mounted by {several} pods and can be mounted by one");
        let mut diagnostic = fault(Code::SharedVolume, workload.object, path, message);
        if !is_for_one_pod && !index.stack.is_production() {
            diagnostic.severity = Severity::Warning;
        }
        sink.report(diagnostic.note(format!("pods of {}", suggest::quoted_list(&workloads))).help(
            "give the claim the access mode `ReadWriteMany`, with a storage class that has it",
        ));
    } else if pods == 1 && overlaps(workload.object) {
        let id = workload.object.id();
        let message = format!(
            "a rollout of {id} has two pods at a time, and its claim `{name}` can be mounted by one"
        );
        sink.report(
            fault(Code::SharedVolume, workload.object, path, message)
                .help("write `spec.strategy.type = \"Recreate\"`"),
        );
    }
}

/// Whether a rollout starts a new pod before the old one is gone.
fn overlaps(object: &Object) -> bool {
    let Body::Deployment(deployment) = &object.body else { return false };
    let spec = Slot::<DeploymentSpec>::slot(&deployment.spec);
    let Some(strategy) = spec.and_then(|spec| spec.strategy.as_ref()) else { return true };
    let surge = strategy.rolling_update.as_ref().and_then(|rolling| rolling.max_surge.as_ref());
    let without_surge = match surge {
        Some(IntOrString::Int(surge)) => *surge == 0,
        Some(IntOrString::String(surge)) => surge == "0%",
        None => false,
    };
    strategy.type_.as_deref() != Some("Recreate") && !without_surge
}
