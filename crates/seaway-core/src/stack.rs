//! One stage of a stack: merged, typed, every reference resolved. The form between the language and Kubernetes.

use std::collections::{BTreeMap, BTreeSet};

use crate::options::{
    App, Cluster, Component, Framework, Patch, Profile, SecretSource, Shared, Volume,
};
use crate::values::{DataKey, EnvName, KubernetesVersions, Name};
use crate::{Code, Diagnostic, Node, Origin, Sourced, Span, suggest};

/// A stage of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Name of the stack.
    pub name: Sourced<Name>,
    /// Name of the stage.
    pub stage: Sourced<Name>,
    /// Namespace of all its objects.
    pub namespace: Sourced<Name>,
    /// The clusters that must accept the output.
    pub kubernetes: Sourced<KubernetesVersions>,
    /// How strict the stage is.
    pub profile: Sourced<Profile>,
    /// What is in the cluster beside it.
    pub cluster: Cluster,
    /// What every process of the application shares.
    pub app: App,
    /// Secrets by the name that the stack gives them, those that components imply included.
    pub secrets: BTreeMap<Name, Contract>,
    /// Configuration: texts by name and key.
    pub config: BTreeMap<Name, Config>,
    /// Volumes that outlive pods.
    pub volumes: BTreeMap<Sourced<Name>, Volume>,
    /// The components by name.
    pub parts: BTreeMap<Name, Part>,
    /// Changes to generated objects.
    pub patches: Vec<Patch>,
    /// The user's own objects.
    pub objects: Vec<Node>,
}

/// A component of the stage with all that it inherits.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its name.
    pub name: Sourced<Name>,
    /// What it is.
    pub component: Component,
    /// Settings of `[app]` and of the component, merged.
    pub shared: Shared,
    /// Environment variables in an order in which each comes after those that it uses.
    pub env: Vec<Variable>,
    /// Variables of its sidecars and init containers, by container.
    pub container_env: BTreeMap<Name, Vec<Variable>>,
    /// The components that it talks to, and what makes it so.
    pub edges: BTreeMap<Name, Origin>,
    /// The components that the environment of its main container refers to.
    pub reads: BTreeSet<Name>,
    /// Those that its sidecars and init containers refer to, by container.
    pub container_reads: BTreeMap<Name, BTreeSet<Name>>,
    /// The `migrate` component whose migrations it waits for.
    pub waits_for: Option<Name>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: EnvName,
    /// Its value, and who set it.
    pub value: Sourced<VariableValue>,
}

/// What an environment variable holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum VariableValue {
    /// Text; `$(OTHER)` stands for an earlier variable.
    Text(String),
    /// A key of a Secret, by the stack's name for it.
    Secret {
        /// The Secret.
        secret: Name,
        /// Its key.
        key: DataKey,
        /// Whether the container starts without it.
        optional: bool,
    },
    /// A key of a config.
    Config {
        /// The config.
        config: Name,
        /// Its key.
        key: DataKey,
        /// Whether the container starts without it.
        optional: bool,
    },
    /// A field of the pod.
    Field(String),
    /// A resource of the container.
    Resource(String),
}

/// A config of the stage with the texts of its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where it was declared.
    pub origin: Origin,
    /// Texts by key.
    pub data: BTreeMap<Sourced<DataKey>, String>,
}

/// A Secret that the stage reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Name of the Secret in the cluster.
    pub name: Sourced<Name>,
    /// Its keys, and how a throw-away value of each is made.
    pub keys: BTreeMap<DataKey, Recipe>,
    /// Who makes it.
    pub source: SecretSource,
    /// What declares or implies it.
    pub origin: Origin,
}

/// How the value of a secret key is made where one has to be made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// Hexadecimal digits that nobody could guess if they were not derived from names.
    Opaque,
    /// Text and other keys of the same Secret, for example a URL with a password in it.
    Composed(Vec<Piece>),
}

/// A piece of a composed secret value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// The value of another key; in a URL it has to be percent-encoded.
    Key(DataKey),
    /// A value of its own, as [`Recipe::Opaque`] makes it.
    Opaque,
}

impl Stack {
    /// Whether the strict rules of production hold.
    pub fn is_production(&self) -> bool {
        self.profile.value == Profile::Production
    }

    /// Whether the Django preset is on.
    pub fn is_django(&self) -> bool {
        self.app.framework == Framework::Django
    }

    /// The names of its Secrets.
    pub(crate) fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(|name| &**name)
    }

    /// The names of its configs.
    pub(crate) fn config_names(&self) -> impl Iterator<Item = &str> {
        self.config.keys().map(|name| &**name)
    }

    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find_map(|(key, part)| (&**key == name).then_some(part))
    }
}

impl Part {
    /// Most pods of it at a time, without the surge of a rollout.
    pub fn most_pods(&self) -> u16 {
        let of = |replicas: &Option<Sourced<u16>>,
                  autoscale: &Option<Sourced<crate::options::Autoscale>>| {
            autoscale.as_ref().map_or_else(
                || replicas.as_ref().map_or(1, |replicas| replicas.value),
                |scale| scale.max.value,
            )
        };
        match &self.component {
            Component::Web(web) => of(&web.replicas, &web.autoscale),
            Component::Worker(worker) => of(&worker.replicas, &worker.autoscale),
            Component::Process(process) => of(&process.replicas, &process.autoscale),
            Component::Pgbouncer(pgbouncer) => pgbouncer.replicas.value,
            outside if outside.is_outside() => 0,
            _ => 1,
        }
    }

    /// The place of its name in the stack.
    pub fn span(&self) -> Span {
        self.name.span().unwrap_or_default()
    }
}

/// A Secret that is not declared.
pub(crate) fn unknown_secret<'a>(
    known: impl Iterator<Item = &'a str>,
    name: &str,
    span: Span,
) -> Diagnostic {
    Diagnostic::error(Code::UnknownSecret, format!("unknown Secret `{name}`"))
        .label(span, "no contract declares it")
        .help(
            suggest::nearest_or_all(name, known)
                .unwrap_or_else(|| format!("declare it: `secrets.{name}.keys = […]`")),
        )
}

/// A config that is not declared.
pub(crate) fn unknown_config<'a>(
    known: impl Iterator<Item = &'a str>,
    name: &str,
    span: Span,
) -> Diagnostic {
    Diagnostic::error(Code::UnknownConfig, format!("unknown config `{name}`"))
        .label(span, "not part of this stage")
        .help(
            suggest::nearest_or_all(name, known)
                .unwrap_or_else(|| format!("add it: `config.{name} = {{ key = \"text\" }}`")),
        )
}
