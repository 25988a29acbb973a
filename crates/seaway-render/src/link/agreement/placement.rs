//! Rules of placement that no node or pod can meet: the pods would be `Pending` for ever, and nothing else would be wrong.
//!
//! What each rule means is that of <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/>.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::super::scalers::count;
use super::super::workloads::{NO_LABELS, PodTemplate, Selector};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let Some(affinity) = &workload.spec.affinity else { continue };
        let Some((_, path)) = workload.object.body.pod_spec() else { continue };
        let pod = At::path(path);
        let affinity_at = pod.field("affinity");
        let nodes = affinity.node_affinity.as_ref();
        if let Some(nodes) = nodes
            .and_then(|nodes| nodes.required_during_scheduling_ignored_during_execution.as_ref())
        {
            let at = affinity_at.field("nodeAffinity");
            of_nodes(workload, &nodes.node_selector_terms, at.field(REQUIRED), sink);
        }
        let together = affinity.pod_affinity.as_ref();
        let together = together
            .and_then(|pods| pods.required_during_scheduling_ignored_during_execution.as_deref())
            .unwrap_or_default();
        let apart = affinity.pod_anti_affinity.as_ref();
        let apart = apart
            .and_then(|pods| pods.required_during_scheduling_ignored_during_execution.as_deref())
            .unwrap_or_default();
        let at = affinity_at.field("podAffinity");
        for (place, term) in together.iter().enumerate() {
            with_pods(index, workload, term, at.index(REQUIRED, place), sink);
        }
        let at = affinity_at.field("podAntiAffinity");
        for (place, term) in apart.iter().enumerate() {
            let at = at.index(REQUIRED, place);
            if together.contains(term) {
                let message = format!(
                    "{} has to run with the pods that it must not run with",
                    workload.object.id()
                );
                sink.report(
                    fault(Code::Unschedulable, workload.object, at, message)
                        .help("remove it from `podAffinity` or from `podAntiAffinity`"),
                );
            } else {
                apart_from_itself(index, workload, term, at, sink);
            }
        }
    }
}

/// Terms are alternatives: all of them have to be impossible.
fn of_nodes(workload: &PodTemplate<'_>, terms: &[NodeSelectorTerm], at: At<'_>, sink: &mut Sink) {
    let first = terms.first().and_then(|term| impossible(workload, term));
    let Some((place, key)) = first else { return };
    if !terms.iter().all(|term| impossible(workload, term).is_some()) {
        return;
    }
    let term_at = at.index("nodeSelectorTerms", 0);
    let expression = term_at.index("matchExpressions", place);
    let at = if terms.len() == 1 { expression } else { at.field("nodeSelectorTerms") };
    let selected = workload.spec.node_selector.as_ref().and_then(|labels| labels.get(key));
    let message = format!("no node can have the `{key}` that {} asks for", workload.object.id());
    let help = match selected {
        Some(value) => format!("`nodeSelector` says `{value}`: say the same, or say it once"),
        None => "its rules exclude each other: keep one of them".to_owned(),
    };
    sink.report(fault(Code::Unschedulable, workload.object, at, message).help(help));
}

/// The first rule of a term that leaves no value for its label, with those before it and the node selector.
fn impossible<'a>(
    workload: &'a PodTemplate<'_>,
    term: &'a NodeSelectorTerm,
) -> Option<(usize, &'a str)> {
    let rules = term.match_expressions.as_deref().unwrap_or_default();
    let labels = workload.spec.node_selector.as_ref().unwrap_or(&NO_LABELS);
    rules.iter().enumerate().find_map(|(place, rule)| {
        let selected = labels.get(&rule.key);
        let of_key = || rules[..=place].iter().filter(|other| other.key == rule.key);
        let is_absent = |rule: &NodeSelectorRequirement| rule.operator == "DoesNotExist";
        let needs_label =
            selected.is_some() || of_key().any(|rule| !is_absent(rule) && rule.operator != "NotIn");
        if needs_label && of_key().any(is_absent) {
            return Some((place, rule.key.as_str()));
        }
        // The values that are listed, if any are, each held against all rules.
        let listed = of_key().find(|rule| rule.operator == "In");
        let takes = |value: &str| of_key().all(|rule| takes(rule, value));
        let possible = match (selected, listed) {
            (Some(value), _) => takes(value),
            (None, Some(listed)) => listed.values.iter().flatten().any(|value| takes(value)),
            (None, None) => numbers_between(of_key()),
        };
        (!possible).then_some((place, rule.key.as_str()))
    })
}

/// Whether a node with a value of the label meets a rule.
fn takes(rule: &NodeSelectorRequirement, value: &str) -> bool {
    let mut values = rule.values.iter().flatten();
    match rule.operator.as_str() {
        "In" => values.any(|one| one == value),
        "NotIn" => values.all(|one| one != value),
        "Gt" | "Lt" => {
            let bound = values.next().and_then(|bound| bound.parse::<i64>().ok());
            // What is no number, the API server refuses.
            let (Some(bound), Ok(number)) = (bound, value.parse::<i64>()) else {
                return bound.is_none();
            };
            if rule.operator == "Gt" { number > bound } else { number < bound }
        }
        "DoesNotExist" => false,
        _ => true,
    }
}

/// Whether a whole number lies within all bounds.
fn numbers_between<'a>(rules: impl Iterator<Item = &'a NodeSelectorRequirement>) -> bool {
    let (mut above, mut below) = (None, None);
    for rule in rules {
        let bound = rule.values.iter().flatten().next().and_then(|bound| bound.parse::<i64>().ok());
        match rule.operator.as_str() {
            "Gt" => above = above.max(bound),
            "Lt" => below = [below, bound].into_iter().flatten().min(),
            _ => {}
        }
    }
    match (above, below) {
        (Some(above), Some(below)) => below.saturating_sub(above) > 1,
        _ => true,
    }
}

/// The namespaces that a term looks into, if the bundle knows all of them.
fn namespaces<'a>(
    index: &Index<'_>,
    workload: &'a PodTemplate<'_>,
    term: &'a PodAffinityTerm,
) -> Option<Vec<&'a str>> {
    let own = namespace(workload.object);
    let named: Vec<&str> = term.namespaces.iter().flatten().map(String::as_str).collect();
    let spaces = if named.is_empty() { vec![own] } else { named };
    let is_known = |name: &&str| *name == own || index.is_here(name);
    (term.namespace_selector.is_none() && spaces.iter().all(is_known)).then_some(spaces)
}

/// A pod that has to run beside others finds some. Its own kind is enough: the first one needs nobody.
fn with_pods(
    index: &Index<'_>,
    workload: &PodTemplate<'_>,
    term: &PodAffinityTerm,
    at: At<'_>,
    sink: &mut Sink,
) {
    let Some(spaces) = namespaces(index, workload, term) else { return };
    let at = at.field("labelSelector");
    let Some(selector) = term.label_selector.as_ref().map(Selector::of) else {
        let message = format!("{} has to run with pods and selects none", workload.object.id());
        sink.report(
            fault(Code::Unschedulable, workload.object, at, message)
                .help("write `labelSelector.matchLabels = { … }`"),
        );
        return;
    };
    let found = spaces.iter().any(|around| !index.pods.selected(around, selector).is_empty());
    let made_by_operator = || {
        let has = |value: &String| spaces.iter().any(|around| index.has_custom((around, value)));
        selector.values().any(has)
    };
    if !found && !made_by_operator() {
        let message = format!(
            "{} has to run with pods that have the labels `{selector}`, and there are none",
            workload.object.id()
        );
        sink.report(
            fault(Code::Unschedulable, workload.object, at, message)
                .help("name labels of pods of this stage, or prefer them rather than require them"),
        );
    }
}

/// Pods that keep away from each other over zones or nodes, and are bound to fewer of these than there are pods.
fn apart_from_itself(
    index: &Index<'_>,
    workload: &PodTemplate<'_>,
    term: &PodAffinityTerm,
    at: At<'_>,
    sink: &mut Sink,
) {
    let Some(places) = bound_to(workload, &term.topology_key) else { return };
    let Some(pods) = count(index, workload.object).map(|count| count.least) else { return };
    let own = namespace(workload.object);
    let finds_itself = namespaces(index, workload, term)
        .is_some_and(|spaces| spaces.contains(&own))
        && term
            .label_selector
            .as_ref()
            .is_some_and(|all| Selector::of(all).matches(workload.labels));
    if !finds_itself || pods <= i64::try_from(places.len()).unwrap_or(i64::MAX) {
        return;
    }
    let places: Vec<&str> = places.into_iter().collect();
    let message = format!(
        "{pods} pods of {} keep away from each other by `{}` and are bound to {}",
        workload.object.id(),
        term.topology_key,
        suggest::quoted_list(&places)
    );
    sink.report(fault(Code::Unschedulable, workload.object, at, message).help(
        "run fewer pods, allow more places, or prefer to keep them apart rather than require it",
    ));
}

/// The values of a label of nodes that a pod is bound to, if it is.
fn bound_to<'a>(workload: &'a PodTemplate<'_>, key: &str) -> Option<BTreeSet<&'a str>> {
    if let Some(value) = workload.spec.node_selector.as_ref().and_then(|labels| labels.get(key)) {
        return Some(BTreeSet::from([value.as_str()]));
    }
    let nodes = workload.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = nodes.required_during_scheduling_ignored_during_execution.as_ref()?;
    let mut places = BTreeSet::new();
    for term in &terms.node_selector_terms {
        let mut rules = term.match_expressions.iter().flatten();
        let listed = rules.find(|rule| rule.key == key && rule.operator == "In")?;
        places.extend(listed.values.iter().flatten().map(String::as_str));
    }
    Some(places)
}
