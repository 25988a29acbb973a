//! The top level of a stack file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Component;
use super::app::App;
use super::cluster::Cluster;
use super::common::Allow;
use super::everywhere::Everywhere;
use super::namespace::NamespaceSetting;
use super::reasons;
use super::registry::Registry;
use super::secrets::{SecretContract, SecretDefault};
use crate::values::{DataKey, KubernetesVersions, Name, Quantity};
use crate::{Node, Sourced};

/// An application stack and the stages of its way from a laptop to production.
///
/// The top level is the base of every stage; a stage is merged onto what it extends, and that onto the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StackFile {
    /// Name of the stack: its namespace, and the value of `app.kubernetes.io/part-of`.
    pub name: Sourced<Name>,
    /// The versions of Seaway that compile the stack, as Cargo writes them: `>=0.2`. With another one the only error is that.
    pub seaway: Option<Sourced<String>>,
    /// The stack file that this one is merged onto, or its folder: a path relative to this file, inside of the Git work tree or,
    /// without one, of the current folder. Its stages merge with those of this file by their names. Paths in it are relative
    /// to it.
    pub extends: Option<Sourced<String>>,
    /// The base of every stage.
    #[serde(rename = "$layer")]
    #[schemars(flatten)]
    pub layer: Layer,
    /// The stages. A stage may set whatever the top level may.
    #[serde(default)]
    pub stages: BTreeMap<Sourced<Name>, StageFile>,
}

/// A stage: an overlay of the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StageFile {
    /// The stage that this one is merged onto; without it the base alone.
    pub extends: Option<Sourced<Name>>,
    /// What the stage changes.
    #[serde(rename = "$layer")]
    #[schemars(flatten)]
    pub layer: Layer,
}

/// What the base and each stage can say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Layer {
    /// The oldest cluster that must accept the output, or the oldest and the newest: `1.33-1.36`. Without a newest one it
    /// is the newest that Seaway knows; `1.33` if it is not written.
    pub kubernetes: Option<Sourced<KubernetesVersions>>,
    /// How strict the stage is; `development` if it is not written.
    pub profile: Option<Sourced<Profile>>,
    /// Whether each image of the stage needs a digest (`@sha256:…`), those of sidecars and backing services included: a
    /// tag can be moved by whoever may push it.
    pub require_digest: Option<Sourced<bool>>,
    /// Bounds of the namespace: `true`, or a table. A `ResourceQuota` of what the stage uses at most with some head-room,
    /// and a `LimitRange` for containers that say nothing of what they use.
    pub quota: Option<Sourced<QuotaSetting>>,
    /// Where images are pulled from: `"mirror.example/hub"`, a mirror that stands before the full name of each image that Seaway
    /// chooses and of each that names no registry, or a table of what stands in place of each registry, for all images. Tags
    /// and digests stay; what `[[patches]]` write stays as well.
    pub registry: Option<Sourced<Registry>>,
    /// Namespace, if it is not the name of the stack; `{ name = "team", create = false }` for one that somebody else owns.
    pub namespace: Option<Sourced<NamespaceSetting>>,
    /// What the names of all objects begin with, with a `-` behind it, so that several stacks can lie in one namespace: `orders`
    /// gives `Deployment/orders-web`, `PersistentVolumeClaim/orders-db-data`, `Secret/orders-db`, and outputs such as `${db.host}` follow.
    /// What the stack takes over keeps its name: claims and accounts that exist, Secrets with a `name` or with `source = "existing"`, and
    /// `[[objects]]`. A patch names an object without the prefix. Selectors then also go by `app.kubernetes.io/part-of`. Set it
    /// before the first apply: a changed prefix leaves the claims with the data behind. No prefix may be the beginning of another one.
    pub prefix: Option<Sourced<Name>>,
    /// Problems that are known and accepted in the whole stack. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
    /// What is said once for the whole stack.
    #[serde(rename = "$everywhere")]
    #[schemars(flatten)]
    pub everywhere: Everywhere,
    /// The cluster that the stage is applied to, and what is in it beside the stack.
    #[serde(default)]
    pub cluster: Cluster,
    /// What every process of the application shares.
    #[serde(default)]
    pub app: App,
    /// Who makes the Secrets that do not say it themselves, those that components imply included; `development` in a
    /// development stage, else `existing`.
    pub secret_source: Option<Sourced<SecretDefault>>,
    /// Secret contracts: names and keys, never values. `false` removes one.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub secrets: BTreeMap<Sourced<Name>, SecretContract>,
    /// Configuration that is no secret. `false` removes one.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub config: BTreeMap<Sourced<Name>, Config>,
    /// Volumes that outlive pods. `false` removes one.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub volumes: BTreeMap<Sourced<Name>, Volume>,
    /// The parts of the stack. `false` removes one.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub components: BTreeMap<Sourced<Name>, Component>,
    /// Types of components that are data: by name, what a component with that `type` starts from. A type says options of
    /// `service`, or of the `type` that it names. One that is called like a shipped type starts from it. `false` removes one.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub types: BTreeMap<Sourced<Name>, Node>,
    /// Changes to generated objects, after everything else.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub patches: Vec<Patch>,
    /// Whole objects of any kind, in Kubernetes' own words.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub objects: Vec<Node>,
}

/// How strict a stage is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Throw-away credentials are generated, one replica and node ports are fine.
    #[default]
    Development,
    /// Nothing that looks like a secret, no image that moves, no `DEBUG`, no `*` for hosts, no single pod of what is called.
    /// All of its rules, with why each is there: [PRODUCTION.md](PRODUCTION.md).
    Production,
}

/// Bounds of the namespace: whether there are any, or which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum QuotaSetting {
    /// `true` for the usual ones, `false` for none.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// Which ones.
    #[serde(rename = "$table")]
    Table(Quota),
}

/// Bounds of the namespace. The amounts are computed: pods up to the maximum of their autoscalers, the new pods of a
/// rollout beside the old ones, Jobs, and one run of each cron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Quota {
    /// Percent of what the stage uses at most that is left free for pods that stop slowly and for people.
    #[serde(default = "head_room")]
    pub head_room_percent: Sourced<u16>,
    /// Whether there is a `LimitRange` as well.
    #[serde(default = "yes")]
    pub limit_range: bool,
}

fn head_room() -> Sourced<u16> {
    Sourced::default_for(25, &reasons::QUOTA_HEAD_ROOM)
}
fn yes() -> bool {
    true
}

impl QuotaSetting {
    /// The bounds, if there are any.
    pub fn quota(&self) -> Option<Quota> {
        match self {
            Self::Switch(false) => None,
            Self::Switch(true) => Some(Quota { head_room_percent: head_room(), limit_range: true }),
            Self::Table(quota) => Some(quota.clone()),
        }
    }
}

/// Configuration: becomes an immutable `ConfigMap` whose name ends in the hash of its content, so that a change rolls the
/// pods that read it.
///
/// References in its texts are resolved, and are edges of every component that mounts or reads it. If one of them is a secret,
/// the whole config becomes a Secret, `<config>-config`, that is mounted and read in the same places: made by External Secrets
/// where the secret comes from there, and listed by `seaway secrets` where it has to exist.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Config {
    /// Keys and texts.
    pub data: BTreeMap<Sourced<DataKey>, Sourced<ConfigValue>>,
}

/// The text under a key of a config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum ConfigValue {
    /// The text itself, with references such as `${db.host}`; `$${` is a literal `${`.
    #[serde(rename = "$string")]
    Text(String),
    /// A file beside the stack file.
    #[serde(rename = "$table")]
    File(ConfigFile),
}

/// A file beside the stack file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigFile {
    /// Its path, relative to the folder of the stack file.
    pub file: Sourced<String>,
    /// Whether references in it are resolved. Without it the file is taken as it is.
    #[serde(default)]
    pub references: bool,
}

/// A volume that outlives pods. Either `storage` for a new claim, or `claim` for an existing one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Volume {
    /// Size; it can only grow.
    pub storage: Option<Sourced<Quantity>>,
    /// Name of an existing `PersistentVolumeClaim`.
    pub claim: Option<Sourced<Name>>,
    /// Storage class, one that the cluster has; `cluster.storage-class` if it is not written, else the cluster's default one.
    pub storage_class: Option<Sourced<Name>>,
    /// Who can mount it at the same time; `ReadWriteOnce` if it is not written.
    pub access_mode: Option<Sourced<AccessMode>>,
}

/// Who can mount a volume at the same time, in Kubernetes' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AccessMode {
    /// Pods of one node.
    ReadWriteOnce,
    /// One pod.
    ReadWriteOncePod,
    /// Pods of all nodes.
    ReadWriteMany,
    /// Pods of all nodes, for reading.
    ReadOnlyMany,
}

/// A change to generated objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Patch {
    /// Which objects.
    pub target: Sourced<PatchTarget>,
    /// What to merge in: a strategic merge, as `kubectl patch` does it. Containers, env, volumes and ports merge by
    /// their names, other lists are replaced.
    pub merge: Option<Node>,
    /// Fields to remove, for example `spec.template.spec.containers[web].livenessProbe`.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub remove: Vec<Sourced<String>>,
}

/// Which objects a patch changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PatchTarget {
    /// Their kind, for example `Deployment`.
    pub kind: Sourced<String>,
    /// Their name before any hash; without it all of the kind.
    pub name: Option<Sourced<String>>,
}
