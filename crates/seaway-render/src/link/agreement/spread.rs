//! Rules that spread pods over zones and nodes: they count the pods that they are of.

use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::super::workloads::Selector;

/// Labels that controllers give to their pods
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/>).
const OF_CONTROLLERS: [&str; 10] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// A rule whose selector does not find the pod itself spreads nothing
/// (<https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#implicit-conventions>).
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let Some(rules) = &workload.spec.topology_spread_constraints else { continue };
        for rule in rules {
            let object = workload.object;
            let Some((_, path)) = object.body.pod_spec() else { continue };
            let pod = At::path(path);
            let at = pod.item("topologySpreadConstraints", &rule.topology_key);
            let selector = rule.label_selector.as_ref().map(Selector::of);
            if selector.is_none_or(|selector| !selector.matches(workload.labels)) {
                let message = format!("{} does not spread its own pods", object.id());
                sink.report(
                    fault(Code::SelectorMismatch, object, at.field("labelSelector"), message)
                        .help("select by labels that its pods have"),
                );
            }
            for (place, key) in rule.match_label_keys.iter().flatten().enumerate() {
                if !workload.labels.contains_key(key) && !OF_CONTROLLERS.contains(&key.as_str()) {
                    let message = format!("the pods of {} have no label `{key}`", object.id());
                    let known = workload.labels.keys().map(String::as_str);
                    let near = suggest::nearest(key, known.chain(OF_CONTROLLERS));
                    sink.report(
                        fault(
                            Code::SelectorMismatch,
                            object,
                            at.index("matchLabelKeys", place),
                            message,
                        )
                        .help_maybe(near.map(|near| format!("did you mean `{near}`?"))),
                    );
                }
            }
        }
    }
}
