//! `namespace`: where the objects of a stage lie, and whose it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cluster;
use crate::values::Name;
use crate::{Origin, Sourced};

/// The namespace of a stage: its name, or a table that also says whose it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum NamespaceSetting {
    /// Its name. The stage prints a `Namespace`, unless `cluster.provides` names it.
    #[serde(rename = "$string")]
    Named(Name),
    /// Its name, and whether the stage prints it.
    #[serde(rename = "$table")]
    Table(Namespace),
}

/// The namespace of a stage, and whose it is.
///
/// A namespace that somebody else owns is not printed: everything else lies in it, and its labels stay what the owner makes
/// them. What Pod Security refuses is an error all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Namespace {
    /// Its name.
    pub name: Sourced<Name>,
    /// Whether the stage prints a `Namespace`; `true` if it is not written. Write `false` where your right to write objects ends
    /// at this namespace. `cluster.provides = ["Namespace/…"]` says the same.
    pub create: Option<Sourced<bool>>,
}

impl Sourced<NamespaceSetting> {
    /// Its name.
    pub(crate) fn name(&self) -> Sourced<Name> {
        match &self.value {
            NamespaceSetting::Named(name) => Sourced { value: name.clone(), origin: self.origin },
            NamespaceSetting::Table(table) => table.name.clone(),
        }
    }

    /// Whether the stage prints it, if that is written.
    pub(crate) fn create(&self) -> Option<Sourced<bool>> {
        match &self.value {
            NamespaceSetting::Named(_) => None,
            NamespaceSetting::Table(table) => table.create,
        }
    }
}

impl Cluster {
    /// What says that the cluster has a namespace.
    pub(crate) fn provides_namespace(&self, name: &Name) -> Option<Origin> {
        let is_it = |object: &&Sourced<crate::values::ObjectName>| {
            object.kind == "Namespace" && object.namespace.is_none() && object.name == **name
        };
        self.provides.iter().find(is_it).map(|object| object.origin)
    }
}
