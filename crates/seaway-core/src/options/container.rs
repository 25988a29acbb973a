//! Environment variables, sidecars and init containers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Mount, Probes, Resources, RunAsUser};
use crate::Sourced;
use crate::values::{DataKey, EnvName, Image, MountPath, Name, Port, Template};

/// The value of an environment variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum EnvValue {
    /// Text, with references such as `${db.url}` and `${secrets.django.secret-key}`.
    #[serde(rename = "$string")]
    Text(Template),
    /// A whole number, written as its digits.
    #[serde(rename = "$integer")]
    Number(i64),
    /// One source.
    #[serde(rename = "$table")]
    From(EnvSource),
}

/// Where a variable comes from. Exactly one of `field`, `resource`, `secret` with `key` and `config` with `key`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EnvSource {
    /// A field of the pod, for example `status.podIP`.
    pub field: Option<Sourced<String>>,
    /// A resource of the container, for example `limits.memory`.
    pub resource: Option<Sourced<String>>,
    /// A Secret of `[secrets]`.
    pub secret: Option<Sourced<Name>>,
    /// A config of `[config]`.
    pub config: Option<Sourced<Name>>,
    /// The key of the Secret or config.
    pub key: Option<Sourced<DataKey>>,
    /// Whether the container starts without it.
    #[serde(default)]
    pub optional: bool,
}

/// A Secret or config whose keys all become environment variables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EnvFrom {
    /// A Secret of `[secrets]`.
    pub secret: Option<Sourced<Name>>,
    /// A config of `[config]`.
    pub config: Option<Sourced<Name>>,
    /// What is put in front of each name.
    pub prefix: Option<Sourced<EnvName>>,
}

/// A sidecar or an init container.
///
/// Without `image` it runs the image of its component and shares its environment and mounts. In a later layer an item has the
/// name of an earlier one and what it changes of it; `command`, `args` and other lists replace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Container {
    /// Name of the container, unique in the pod.
    pub name: Sourced<Name>,
    /// The image, if it is another one than the component's.
    pub image: Option<Sourced<Image>>,
    /// Command in place of the image's entry point, a word an item.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Arguments of the command or entry point.
    #[serde(default)]
    pub args: Vec<Sourced<String>>,
    /// Environment variables.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub env: BTreeMap<Sourced<EnvName>, Sourced<EnvValue>>,
    /// Ports that it listens on, by name.
    #[serde(default)]
    pub ports: BTreeMap<Sourced<Name>, Sourced<Port>>,
    /// What is mounted, by the path it is mounted at.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub mounts: BTreeMap<Sourced<MountPath>, Sourced<Mount>>,
    /// Numeric id of the user that it runs as, which is also its group, if it is another one than the pod's.
    pub run_as_user: Option<Sourced<RunAsUser>>,
    /// Requested and allowed cpu and memory.
    #[serde(default)]
    pub resources: Resources,
    /// Probes of a sidecar; it has none that is not written. The next container starts when its startup probe has passed. The
    /// kubelet asks at the address of the pod: a proxy that listens at 127.0.0.1 alone is asked by a `command`.
    #[serde(default)]
    pub probes: Probes,
    /// Takes the container of this name out of the lists of lower layers and of `[app]`; nothing but `name` stands beside it.
    #[serde(default)]
    pub remove: bool,
}
