//! What makes pods, findable by the labels that selectors ask for.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::index::namespace;
use crate::Object;

/// Labels by key.
pub(super) type Labels = BTreeMap<String, String>;

/// What a selector asks of labels.
#[derive(Clone, Copy)]
pub(super) struct Selector<'a> {
    pub labels: &'a Labels,
    pub expressions: &'a [LabelSelectorRequirement],
}

/// No labels at all.
pub(super) static NO_LABELS: Labels = Labels::new();

impl<'a> Selector<'a> {
    pub(super) fn of(selector: &'a LabelSelector) -> Self {
        Self {
            labels: selector.match_labels.as_ref().unwrap_or(&NO_LABELS),
            expressions: selector.match_expressions.as_deref().unwrap_or_default(),
        }
    }

    pub(super) fn is_empty(self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    pub(super) fn matches(self, labels: &Labels) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|wanted| {
                let value = labels.get(&wanted.key);
                let listed = value
                    .is_some_and(|value| wanted.values.iter().flatten().any(|one| one == value));
                match wanted.operator.as_str() {
                    "In" => listed,
                    "NotIn" => !listed,
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    // The API server knows no other, and says so itself.
                    _ => true,
                }
            })
    }

    /// All labels that it asks for.
    pub(super) fn keys(self) -> impl Iterator<Item = &'a String> {
        let is_wanted =
            |one: &&LabelSelectorRequirement| matches!(one.operator.as_str(), "In" | "Exists");
        let listed = self.expressions.iter().filter(is_wanted).map(|wanted| &wanted.key);
        self.labels.keys().chain(listed)
    }

    /// All values that it asks for.
    pub(super) fn values(self) -> impl Iterator<Item = &'a String> {
        let listed = self.expressions.iter().flat_map(|wanted| wanted.values.iter().flatten());
        self.labels.values().chain(listed)
    }
}

/// As `kubectl get --selector` takes it.
impl std::fmt::Display for Selector<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts: Vec<String> =
            self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        for wanted in self.expressions {
            let (key, values) = (&wanted.key, wanted.values.iter().flatten());
            let values = values.cloned().collect::<Vec<_>>().join(",");
            parts.push(match wanted.operator.as_str() {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "DoesNotExist" => format!("!{key}"),
                _ => key.clone(),
            });
        }
        f.write_str(&parts.join(","))
    }
}

/// What makes pods.
pub(super) struct PodTemplate<'a> {
    pub object: &'a Object,
    pub labels: &'a Labels,
    pub spec: &'a PodSpec,
}

/// What makes pods, findable by one label, so that a bundle of any size is checked in linear time.
pub(super) struct Pods<'a> {
    pub workloads: Vec<PodTemplate<'a>>,
    by_label: BTreeMap<(&'a str, &'a str, &'a str), Vec<usize>>,
}

impl<'a> Pods<'a> {
    pub(super) fn new(objects: &'a [Object]) -> Self {
        let mut pods = Self { workloads: Vec::new(), by_label: BTreeMap::new() };
        for object in objects {
            let Some((spec, _)) = object.body.pod_spec() else { continue };
            let labels = object.body.pod_labels().unwrap_or(&NO_LABELS);
            for (key, value) in labels {
                let places = pods.by_label.entry((namespace(object), key, value)).or_default();
                places.push(pods.workloads.len());
            }
            pods.workloads.push(PodTemplate { object, labels, spec });
        }
        pods
    }

    /// Whose pods a selector selects in a namespace.
    pub(super) fn selected(&self, around: &str, selector: Selector<'_>) -> Vec<&PodTemplate<'a>> {
        self.places(around, selector).filter_map(|place| self.workloads.get(place)).collect()
    }

    /// The same, each by its place among the workloads.
    pub(super) fn places<'s>(
        &'s self,
        around: &'s str,
        selector: Selector<'s>,
    ) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let with =
            |key, value| self.by_label.get(&(around, key, value)).map_or(&[][..], Vec::as_slice);
        let labels = selector.labels.iter();
        let rarest = labels.map(|(key, value)| with(key, value)).min_by_key(|places| places.len());
        let all = if rarest.is_none() { 0..self.workloads.len() } else { 0..0 };
        // Of a single label the places say it all.
        let is_said = selector.labels.len() == 1 && selector.expressions.is_empty();
        rarest.unwrap_or_default().iter().copied().chain(all).filter(move |place| {
            is_said
                || self.workloads.get(*place).is_some_and(|pod| {
                    namespace(pod.object) == around && selector.matches(pod.labels)
                })
        })
    }
}
