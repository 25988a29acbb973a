//! Labels of nodes that pods ask for: those that Kubernetes itself gives to nodes are a closed set.
//!
//! Names and values are those of <https://kubernetes.io/docs/reference/labels-annotations-taints/>.

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::Object;

/// Labels of nodes, each with its domain.
const LABELS: [(&str, &str); 12] = [
    ("kubernetes.io", "arch"),
    ("kubernetes.io", "hostname"),
    ("kubernetes.io", "os"),
    ("node.kubernetes.io", "exclude-from-external-load-balancers"),
    ("node.kubernetes.io", "instance-type"),
    ("node.kubernetes.io", "windows-build"),
    ("topology.kubernetes.io", "region"),
    ("topology.kubernetes.io", "zone"),
    ("failure-domain.beta.kubernetes.io", "region"),
    ("failure-domain.beta.kubernetes.io", "zone"),
    ("beta.kubernetes.io", "arch"),
    ("beta.kubernetes.io", "os"),
];

/// A label whose values are known.
struct Values {
    label: &'static str,
    known: &'static [&'static str],
    /// What other places call some of them.
    others: &'static [(&'static str, &'static str)],
}

const VALUES: [Values; 2] = [
    Values {
        label: "kubernetes.io/arch",
        known: &[
            "386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x",
        ],
        others: &[
            ("aarch64", "arm64"),
            ("armv7", "arm"),
            ("armv8", "arm64"),
            ("i386", "386"),
            ("x64", "amd64"),
            ("x86-64", "amd64"),
            ("x86_64", "amd64"),
        ],
    },
    Values {
        label: "kubernetes.io/os",
        known: &["linux", "windows"],
        others: &[("ubuntu", "linux"), ("win", "windows")],
    },
];

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        if let Some((spec, path)) = workload.object.body.pod_spec() {
            of_pod(workload.object, spec, At::path(path), sink);
        }
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

fn of_pod(object: &Object, spec: &PodSpec, pod: At<'_>, sink: &mut Sink) {
    let selector = pod.field("nodeSelector");
    for (key, wanted) in spec.node_selector.iter().flatten() {
        label(object, key, selector.field(key), sink);
        value(object, key, wanted, selector.field(key), sink);
    }
    for rule in spec.topology_spread_constraints.iter().flatten() {
        let path = pod.item("topologySpreadConstraints", &rule.topology_key);
        label(object, &rule.topology_key, path.field("topologyKey"), sink);
    }
    let Some(affinity) = &spec.affinity else { return };
    let at = pod.field("affinity.nodeAffinity");
    let nodes = affinity.node_affinity.as_ref();
    let nodes =
        nodes.and_then(|nodes| nodes.required_during_scheduling_ignored_during_execution.as_ref());
    let required = at.field(REQUIRED);
    for (place, term) in nodes.iter().flat_map(|nodes| &nodes.node_selector_terms).enumerate() {
        let term_at = required.index("nodeSelectorTerms", place);
        for (place, rule) in term.match_expressions.iter().flatten().enumerate() {
            let path = term_at.index("matchExpressions", place);
            label(object, &rule.key, path.field("key"), sink);
            // Of alternatives one that nobody has is no harm.
            if let (Some([wanted]), "In") = (rule.values.as_deref(), rule.operator.as_str()) {
                value(object, &rule.key, wanted, path.field("values"), sink);
            }
        }
    }
    let together = affinity.pod_affinity.as_ref();
    let together = together
        .and_then(|pods| pods.required_during_scheduling_ignored_during_execution.as_deref());
    let apart = affinity.pod_anti_affinity.as_ref();
    let apart =
        apart.and_then(|pods| pods.required_during_scheduling_ignored_during_execution.as_deref());
    for (at, terms) in [("affinity.podAffinity", together), ("affinity.podAntiAffinity", apart)] {
        let at = pod.field(at);
        for (place, term) in terms.into_iter().flatten().enumerate() {
            let path = at.index(REQUIRED, place);
            label(object, &term.topology_key, path.field("topologyKey"), sink);
        }
    }
}

/// A label that is nearly one of Kubernetes' own.
fn label(object: &Object, key: &str, path: At<'_>, sink: &mut Sink) {
    let Some((domain, name)) = key.split_once('/') else { return };
    let is_like = |known: &(&str, &str)| known.0 == domain || known.1 == name;
    if LABELS.contains(&(domain, name)) || !LABELS.iter().any(is_like) {
        return;
    }
    let names = LABELS.iter().filter(|known| known.0 == domain).map(|known| known.1);
    let domains = LABELS.iter().filter(|known| known.1 == name).map(|known| known.0);
    let near = match (suggest::nearest(name, names), suggest::nearest(domain, domains)) {
        (Some(name), _) => format!("{domain}/{name}"),
        (None, Some(near)) => format!("{near}/{name}"),
        (None, None) => return,
    };
    let message = format!("no node has the label `{key}`");
    sink.report(
        fault(Code::Unschedulable, object, path, message).help(format!("did you mean `{near}`?")),
    );
}

fn value(object: &Object, key: &str, wanted: &str, path: At<'_>, sink: &mut Sink) {
    let values = VALUES.iter().find(|values| values.label == key);
    let Some(values) = values.filter(|values| !values.known.contains(&wanted)) else { return };
    let lower = wanted.to_lowercase();
    let other = values.others.iter().find(|(other, _)| *other == lower).map(|(_, value)| *value);
    let message = format!("no node has `{wanted}` for `{key}`");
    let diagnostic = fault(Code::Unschedulable, object, path, message);
    sink.report(match other {
        Some(value) => diagnostic.help(format!("did you mean `{value}`?")),
        None => {
            diagnostic.help_maybe(suggest::nearest_or_all(wanted, values.known.iter().copied()))
        }
    });
}
