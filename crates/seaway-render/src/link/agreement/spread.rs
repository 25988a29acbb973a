//! Rules that spread pods over zones and nodes: they count the pods that they are of.

use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::super::makers::Selector;

/// A rule whose selector does not find the pod itself spreads nothing
/// (<https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#implicit-conventions>).
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for maker in &index.pods.makers {
        let Some(rules) = &maker.spec.topology_spread_constraints else { continue };
        for rule in rules {
            let selector = rule.label_selector.as_ref().map(Selector::of);
            if selector.is_some_and(|selector| selector.matches(maker.labels)) {
                continue;
            }
            let (object, path) = (maker.object, maker.object.body.pod_spec().map_or("", |at| at.1));
            let pod = At::path(path);
            let rule = pod.item("topologySpreadConstraints", &rule.topology_key);
            let message = format!("{} does not spread its own pods", object.id());
            sink.report(
                fault(Code::SelectorMismatch, object, rule.field("labelSelector"), message)
                    .help("select by labels that its pods have"),
            );
        }
    }
}
