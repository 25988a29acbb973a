//! What is said once for the whole stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Metadata, Shared, Toleration};
use crate::Sourced;
use crate::values::Name;

/// What is said once for the whole stack. `[app]` and components can say otherwise, and `false` there removes an entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Everywhere {
    /// Labels of every object and of every pod, those of `[[objects]]` included; never of selectors. `false` in `labels` of `[app]`
    /// or of a component removes one.
    #[serde(default)]
    pub labels: Metadata,
    /// Annotations of every object, those of `[[objects]]` included, and of no pod. `false` in `object-annotations` of `[app]` or
    /// of a component removes one from its workload objects.
    #[serde(default)]
    pub annotations: Metadata,
    /// Annotations of every pod, those of `[[objects]]` included. `false` in `annotations` of `[app]` or of a component removes
    /// one.
    #[serde(default)]
    pub pod_annotations: Metadata,
    /// Names of Secrets that hold the credentials of an image registry, for every pod that names none itself.
    pub pull_secrets: Option<Vec<Sourced<Name>>>,
    /// Labels that a node must have for any pod. `false` in `node-selector` of `[app]` or of a component removes one.
    #[serde(default)]
    pub node_selector: Metadata,
    /// Taints of nodes that every pod tolerates, unless it says its own tolerations.
    pub tolerations: Option<Vec<Sourced<Toleration>>>,
    /// Name of a `PriorityClass` for every pod that names none itself: one of `cluster.provides` or of `[[objects]]`.
    pub priority_class: Option<Sourced<Name>>,
}

impl Everywhere {
    /// The same as options that a component inherits.
    pub(crate) fn shared(&self) -> Shared {
        Shared {
            labels: self.labels.clone(),
            annotations: self.pod_annotations.clone(),
            object_annotations: self.annotations.clone(),
            pull_secrets: self.pull_secrets.clone(),
            node_selector: self.node_selector.clone(),
            tolerations: self.tolerations.clone(),
            priority_class: self.priority_class.clone(),
            ..Shared::default()
        }
    }

    /// The texts in which references stand.
    pub(crate) fn texts(&mut self) -> impl Iterator<Item = &mut Sourced<String>> {
        let annotations = self.annotations.values_mut().chain(self.pod_annotations.values_mut());
        self.labels.values_mut().chain(annotations)
    }
}
