//! Options that components share.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::container::{Container, EnvFrom, EnvValue};
use super::peer::{Destination, End, Peer, Range};
use crate::values::{
    AllowedCode, Cidr, CloudIdentity, DataKey, EnvName, FileMode, HeaderName, Image, Justification,
    MountPath, Name, PolicyArn, Port, Quantity, ResourceName, RoleArn, UrlPath,
};
use crate::{Origin, Sourced};

/// Labels or annotations: keys and values as Kubernetes takes them.
pub type Metadata = BTreeMap<Sourced<String>, Sourced<String>>;

/// What can be set for the whole application in `[app]`, and for one component.
///
/// Tables of `[app]` and of the component are merged, the component's entries win; other values replace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Shared {
    /// The image, `registry/repository:tag`, with a digest (`@sha256:…`) where it must not move.
    pub image: Option<Sourced<Image>>,
    /// When a node pulls the image.
    pub image_pull_policy: Option<Sourced<PullPolicy>>,
    /// Names of Secrets that hold the credentials of an image registry.
    pub pull_secrets: Option<Vec<Sourced<Name>>>,
    /// Environment variables: text with references, or a table with one source. `false` removes an inherited one, or one
    /// that the preset binds. The root file system is read-only, so a process has `HOME=/tmp` unless `env` or `env-from` says
    /// where the home folder is: set it where packages or files of the image lie below it.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub env: BTreeMap<Sourced<EnvName>, Sourced<EnvValue>>,
    /// Secrets and configs whose keys all become environment variables; single variables win over them.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub env_from: Vec<Sourced<EnvFrom>>,
    /// How processes of the application read values of Secrets; `env` if it is not written.
    pub secrets: Option<Sourced<SecretForm>>,
    /// What is mounted, by the path it is mounted at. `false` removes an inherited one.
    #[serde(default, deserialize_with = "crate::decode::each::entry")]
    pub mounts: BTreeMap<Sourced<MountPath>, Sourced<Mount>>,
    /// More labels of the objects and pods. `false` removes an inherited one, of the whole stack as well.
    #[serde(default)]
    pub labels: Metadata,
    /// More annotations of the pods. `false` removes an inherited one, of the `pod-annotations` of the whole stack as well.
    #[serde(default)]
    pub annotations: Metadata,
    /// More annotations of what makes the pods: `Deployment`, `StatefulSet`, `Job` or `CronJob`. `false` removes an inherited
    /// one, of the `annotations` of the whole stack as well.
    #[serde(default)]
    pub object_annotations: Metadata,
    /// More annotations of the Services, if there are any.
    #[serde(default)]
    pub service_annotations: Metadata,
    /// Labels that a node must have. `false` removes an inherited one, of the whole stack as well.
    #[serde(default)]
    pub node_selector: Metadata,
    /// Taints of nodes that the pods tolerate; `[]` for none.
    pub tolerations: Option<Vec<Sourced<Toleration>>>,
    /// Name of a `PriorityClass`, one of `cluster.provides` or of `[[objects]]`.
    pub priority_class: Option<Sourced<Name>>,
    /// Name of a `RuntimeClass`, one of `cluster.provides` or of `[[objects]]`: what runs the containers, for example `nvidia`.
    pub runtime_class: Option<Sourced<Name>>,
    /// The account that the pods run under: the name of an existing one, or a table that describes one of their own.
    pub service_account: Option<Sourced<ServiceAccountSetting>>,
    /// User and group id that the processes run as; never 0. `false` leaves the choice to the cluster, as OpenShift wants it: the
    /// default where `cluster.provider` is `openshift`.
    pub run_as_user: Option<Sourced<RunAsUser>>,
    /// What the pods may call beyond the components that they refer to: the internet, the API server, pods of other namespaces,
    /// ranges of addresses.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub egress: Vec<Sourced<Egress>>,
    /// Further containers that run beside the main one: native sidecars, which start before the wait for the migrations, in
    /// order, and end after the main container, so that a Job ends. One without an image of its own is the application
    /// again, and waits for the migrations. Lists merge by `name`, those of `[app]` and of a component, too: an item changes
    /// the one of its name, or is a new one, `{ name = "…", remove = true }` takes one out, and `[]` all.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub sidecars: Vec<Sourced<Container>>,
}

/// Problems that are known and accepted: codes, each with the reason, which every review shows.
pub type Allow = BTreeMap<Sourced<AllowedCode>, Sourced<Allowed>>;

/// Why problems of a code are accepted: all of them, or those of single components, variables, words of a command or volumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Allowed {
    /// The reason for all problems of the code.
    #[serde(rename = "$string")]
    All(Justification),
    /// A reason for each name that the message is about: `allow.secret-literal.SPLASH_TOKEN = "the name of a theme"`. The name of a
    /// component stands for what lies in it, except with `secret-literal`: `allow.single-replica.admin = "three users"`.
    #[serde(rename = "$table")]
    Named(BTreeMap<Sourced<String>, Sourced<Justification>>),
}

/// What every component that runs pods takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Pod {
    /// What `[app]` can set as well.
    #[serde(rename = "$shared")]
    #[schemars(flatten)]
    pub shared: Shared,
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
    /// Requested and allowed cpu, memory and scratch storage.
    #[serde(default)]
    pub resources: Resources,
    /// How Kubernetes finds out that a pod has started, is ready and is alive.
    #[serde(default)]
    pub probes: Probes,
    /// Containers that run to their end before the main one starts, in order. Lists of layers merge by `name`, as `sidecars`
    /// do.
    #[serde(default, deserialize_with = "crate::decode::each::item")]
    pub init_containers: Vec<Sourced<Container>>,
    /// How pods of one component are kept apart; `[]` turns it off.
    pub spread: Option<Vec<Sourced<Spread>>>,
    /// Seconds that the main container needs until it answers, on a busy node too. The default start-up probe waits twice
    /// as long, and one that is written has to wait longer than this.
    pub startup_seconds: Option<Sourced<u32>>,
    /// Seconds that a pod has to stop before it is killed.
    pub termination_grace_period_seconds: Option<Sourced<u32>>,
}

/// Requested and allowed amounts, as Kubernetes names them. What is not written has a default by component.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Resources {
    /// What the scheduler reserves.
    #[serde(default)]
    pub requests: Amounts,
    /// What a container can not exceed.
    #[serde(default)]
    pub limits: Amounts,
}

/// Amounts of what a container uses. In `limits`, extended resources stand beside these keys, by their names of the form
/// `domain/name`: `"nvidia.com/gpu" = 1`. Their requests are the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Amounts {
    /// Cores: `500m` is half of one.
    pub cpu: Option<Sourced<Quantity>>,
    /// Bytes of memory.
    pub memory: Option<Sourced<Quantity>>,
    /// Bytes of scratch volumes and logs.
    pub ephemeral_storage: Option<Sourced<Quantity>>,
    /// Extended resources, `domain/name`: `"nvidia.com/gpu" = 1`. They are written in `limits`; the request is the same.
    #[serde(rename = "$qualified")]
    #[schemars(flatten)]
    pub extended: BTreeMap<Sourced<ResourceName>, Sourced<Quantity>>,
}

/// The three probes of a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Probes {
    /// Holds the other two back until the process has started.
    pub startup: Option<Sourced<ProbeSetting>>,
    /// Takes the pod out of its Service while it fails.
    pub readiness: Option<Sourced<ProbeSetting>>,
    /// Restarts the container when it fails. Keep databases and brokers out of it.
    pub liveness: Option<Sourced<ProbeSetting>>,
}

/// A probe, or `false` for none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum ProbeSetting {
    /// `false` for none; `true` for the default one.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// What to change of the default probe.
    #[serde(rename = "$table")]
    Probe(Box<Probe>),
}

/// What a probe asks, and how patiently. `path` or `command`; without either, whether the port accepts a connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Probe {
    /// Path that must answer with a status from 200 to 399.
    pub path: Option<Sourced<UrlPath>>,
    /// Port to ask, if it is not the component's own.
    pub port: Option<Sourced<Port>>,
    /// Headers of the request, with `path`. `Host` is the first one of `app.hosts` if it is not written, and
    /// `X-Forwarded-Proto` is `https` where Django answers; the kubelet sends the address of the pod as `Host` otherwise.
    #[serde(default)]
    pub headers: BTreeMap<Sourced<HeaderName>, Sourced<String>>,
    /// Command that must exit with 0.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Seconds before the first try.
    pub initial_delay_seconds: Option<Sourced<u32>>,
    /// Seconds between tries.
    pub period_seconds: Option<Sourced<u32>>,
    /// Seconds until a try counts as failed.
    pub timeout_seconds: Option<Sourced<u32>>,
    /// Tries in a row that must fail.
    pub failure_threshold: Option<Sourced<u32>>,
}

/// How a process reads values of Secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretForm {
    /// As environment variables.
    Env,
    /// As files: instead of a variable `X` there is a variable `X_FILE` with the path of a file, read-only and for the pod's
    /// group alone, `/run/secrets/<secret>/<key>`. Child processes and crash reports then do not carry the value. The
    /// application has to look for `X_FILE`. Containers with an image of their own keep variables.
    Files,
}

/// When a node pulls an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PullPolicy {
    /// Asks the registry at every start; with a digest that costs one request.
    Always,
    /// Pulls if the node does not have it.
    IfNotPresent,
    /// Takes what was loaded onto the node.
    Never,
}

/// What is mounted at a path. Exactly one of `volume`, `config`, `secret`, `secrets` and `scratch`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Mount {
    /// A volume of `[volumes]`.
    pub volume: Option<Sourced<Name>>,
    /// A config of `[config]`: a folder of files, or one file with `key`.
    pub config: Option<Sourced<Name>>,
    /// A Secret of `[secrets]`: a folder of files, or one file with `key`.
    pub secret: Option<Sourced<Name>>,
    /// Secrets of `[secrets]` whose keys are the files of one folder; no two of them may have a key of the same name.
    #[serde(default)]
    pub secrets: Vec<Sourced<Name>>,
    /// Permissions of the files of a config or of Secrets, for example `0755` for a script. If it is not written, everybody reads a
    /// config (`0644`), and the group of the pod reads Secrets (`0440`). YAML has no octal number that all its versions read alike:
    /// the output has `420` for `0644` and `288` for `0440`.
    pub mode: Option<Sourced<FileMode>>,
    /// An empty volume of the pod that is gone with it. Init containers, and containers that run the image of the component,
    /// share one with the main container where each of them writes it at the same path. A sidecar with an image of its own
    /// has its own one; it shares one with others where all give it the same `name`.
    pub scratch: Option<Sourced<Scratch>>,
    /// One key of a config or Secret, mounted as the file itself.
    pub key: Option<Sourced<DataKey>>,
    /// A folder inside the volume.
    pub sub_path: Option<Sourced<String>>,
    /// Mounts a volume for reading only. Configs and Secrets always are.
    pub read_only: Option<Sourced<bool>>,
}

/// Which kind of thing a [`Mount`] mounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MountSource<'a> {
    /// A volume of the stack.
    Volume(&'a Sourced<Name>),
    /// A config of the stack.
    Config(&'a Sourced<Name>),
    /// A Secret.
    Secret(&'a Sourced<Name>),
    /// Several Secrets in one folder.
    Secrets(&'a [Sourced<Name>]),
    /// An empty volume of the pod.
    Scratch(&'a Sourced<Scratch>),
}

impl Mount {
    /// What is mounted: `None` unless exactly one thing is named.
    pub fn source(&self) -> Option<MountSource<'_>> {
        let secrets = (!self.secrets.is_empty()).then_some(MountSource::Secrets(&self.secrets));
        let all = [
            self.volume.as_ref().map(MountSource::Volume),
            self.config.as_ref().map(MountSource::Config),
            self.secret.as_ref().map(MountSource::Secret),
            secrets,
            self.scratch.as_ref().map(MountSource::Scratch),
        ];
        let mut written = all.into_iter().flatten();
        written.next().filter(|_| written.next().is_none())
    }

    /// The Secrets that it mounts.
    pub fn secrets(&self) -> impl Iterator<Item = &Sourced<Name>> {
        self.secret.iter().chain(&self.secrets)
    }
}

/// An empty volume: its size limit, or a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Scratch {
    /// Its size limit.
    #[serde(rename = "$string")]
    Size(Quantity),
    /// Its size limit and where it lies.
    #[serde(rename = "$table")]
    Full(ScratchTable),
}

/// An empty volume in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ScratchTable {
    /// Its size limit.
    pub size: Quantity,
    /// Whether it lies in memory; its content counts against the memory limit of the container that writes it.
    #[serde(default)]
    pub memory: bool,
    /// Containers of the pod that give the same name share the volume, each at its own path.
    pub name: Option<Sourced<Name>>,
}

impl Scratch {
    /// The size limit.
    pub fn size(&self) -> Quantity {
        match self {
            Self::Size(size) => *size,
            Self::Full(table) => table.size,
        }
    }

    /// The name by which containers share it.
    pub fn name(&self) -> Option<&Sourced<Name>> {
        match self {
            Self::Size(_) => None,
            Self::Full(table) => table.name.as_ref(),
        }
    }

    /// Whether it lies in memory.
    pub fn in_memory(&self) -> bool {
        matches!(self, Self::Full(table) if table.memory)
    }
}

/// The user that processes run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum RunAsUser {
    /// `false`: the one that the cluster chooses.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// A numeric id.
    #[serde(rename = "$integer")]
    Id(u32),
}

impl RunAsUser {
    /// The id; `None` where the cluster chooses one.
    pub fn id(self) -> Option<u32> {
        match self {
            Self::Switch(_) => None,
            Self::Id(id) => Some(id),
        }
    }
}

/// A taint that the pods tolerate, in Kubernetes' words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Toleration {
    /// Key of the taint; without it every taint.
    pub key: Option<Sourced<String>>,
    /// How key and value are compared.
    pub operator: Option<TolerationOperator>,
    /// Value of the taint, for `Equal`.
    pub value: Option<Sourced<String>>,
    /// Effect of the taint; without it every effect.
    pub effect: Option<TolerationEffect>,
    /// Seconds that a pod stays on a node with a `NoExecute` taint.
    pub toleration_seconds: Option<Sourced<u32>>,
}

/// How a toleration compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TolerationOperator {
    /// The value must be the same.
    Equal,
    /// Any value will do.
    Exists,
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TolerationEffect {
    /// New pods stay away.
    NoSchedule,
    /// New pods stay away if they can.
    PreferNoSchedule,
    /// Running pods are evicted too.
    NoExecute,
}

/// Over what pods are spread. Never so strictly that a pod could not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// Over zones of the cloud.
    Zone,
    /// Over nodes.
    Node,
}

/// The account of a component's pods: the name of an existing one, or one of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum ServiceAccountSetting {
    /// Name of an account that exists.
    #[serde(rename = "$string")]
    Existing(Name),
    /// What the own account has beyond its name.
    #[serde(rename = "$table")]
    Own(ServiceAccount),
}

/// A service account of the component.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ServiceAccount {
    /// What the pods are in the cloud: the ARN of an AWS role, the address of a service account of Google Cloud, or the id of
    /// a client of Microsoft Entra, as `cluster.identity` wants it. An annotation of the account names it, where there is one,
    /// and the pods may call what hands out its credentials. `role` is the same for AWS.
    pub identity: Option<Sourced<CloudIdentity>>,
    /// The AWS role that the pods have, by its ARN. With `cluster.identity = "irsa"` an annotation of the account names
    /// it; with `"pod-identity"` the association lies in AWS. The pods may then call what hands out its credentials.
    pub role: Option<Sourced<RoleArn>>,
    /// AWS policies of a role that kops makes for the account: `seaway cluster` says so to kops, whose webhook then knows
    /// the role without an annotation. Excludes `role`.
    #[serde(default)]
    pub policies: Vec<Sourced<PolicyArn>>,
    /// More annotations of the account.
    #[serde(default)]
    pub annotations: Metadata,
    /// What the pods may do with the Kubernetes API in this namespace. With rules they get a token and a way to the API
    /// server, without not.
    #[serde(default)]
    pub rules: Vec<Sourced<PolicyRule>>,
}

impl ServiceAccount {
    /// What gives its pods rights in a cloud.
    pub fn cloud_rights(&self) -> Option<Origin> {
        let named = self.named().map(|name| name.origin);
        named.or_else(|| self.policies.first().map(|policy| policy.origin))
    }

    /// What it is in the cloud.
    pub fn named(&self) -> Option<Sourced<&str>> {
        let role = self.role.as_ref().map(|role| role.as_ref().map(|role| &**role));
        role.or_else(|| Some(self.identity.as_ref()?.as_ref().map(|name| &**name)))
    }
}

impl Shared {
    /// The labels or annotations, or the labels of nodes, that a key of the language holds.
    pub(crate) fn metadata(&self, table: &str) -> Option<&Metadata> {
        Some(match table {
            "labels" => &self.labels,
            "annotations" => &self.annotations,
            "object-annotations" => &self.object_annotations,
            "service-annotations" => &self.service_annotations,
            "node-selector" => &self.node_selector,
            _ => return None,
        })
    }

    /// The same, to change.
    pub(crate) fn metadata_mut(&mut self, table: &str) -> Option<&mut Metadata> {
        Some(match table {
            "labels" => &mut self.labels,
            "annotations" => &mut self.annotations,
            "object-annotations" => &mut self.object_annotations,
            "service-annotations" => &mut self.service_annotations,
            "node-selector" => &mut self.node_selector,
            _ => return None,
        })
    }

    /// What gives the pods rights in the API server of the cluster.
    pub fn api_rights(&self) -> Option<Origin> {
        match &self.service_account.as_ref()?.value {
            ServiceAccountSetting::Own(own) => own.rules.first().map(|rule| rule.origin),
            ServiceAccountSetting::Existing(_) => None,
        }
    }

    /// What gives the pods rights in a cloud.
    pub fn cloud_rights(&self) -> Option<Origin> {
        match &self.service_account.as_ref()?.value {
            ServiceAccountSetting::Own(own) => own.cloud_rights(),
            ServiceAccountSetting::Existing(_) => None,
        }
    }
}

/// A rule of a `Role`, in Kubernetes' words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyRule {
    /// API groups; the core group is `""`.
    #[serde(default = "core_group")]
    pub api_groups: Vec<String>,
    /// Resources, for example `pods`.
    pub resources: Vec<String>,
    /// Names of single objects; empty for all.
    #[serde(default)]
    pub resource_names: Vec<String>,
    /// Verbs, for example `get`, `list`, `watch`.
    pub verbs: Vec<String>,
}

fn core_group() -> Vec<String> {
    vec![String::new()]
}

/// A way out of the pods: `to` in words, or a range of addresses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Egress {
    /// Where it leads: `"internet"` for all public addresses, `"kubernetes-api"` for the API server, or pods of a namespace,
    /// `{ namespace = "databases", labels = { … } }`. Excludes `cidr`.
    pub to: Option<Sourced<Destination>>,
    /// A range of addresses. It means no pods and nodes where the cluster runs Cilium.
    pub cidr: Option<Sourced<Cidr>>,
    /// Ranges inside `cidr` that stay closed.
    #[serde(default)]
    pub except: Vec<Sourced<Cidr>>,
    /// TCP ports. Only of `"kubernetes-api"` they are known if they are not written.
    #[serde(default)]
    pub ports: Vec<Sourced<Port>>,
}

impl Egress {
    /// Where it leads, if it says so.
    pub fn peer(&self) -> Option<Sourced<Peer>> {
        let except = || self.except.clone();
        let range =
            |cidr: &Cidr| Peer::End(End::Range(Range { cidr: cidr.clone(), except: except() }));
        let written = self.to.as_ref().map(|to| to.as_ref().map(Destination::peer));
        written.or_else(|| Some(self.cidr.as_ref()?.as_ref().map(range)))
    }
}
