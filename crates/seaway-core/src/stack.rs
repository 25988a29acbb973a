//! One stage of a stack: merged, typed, every reference resolved. The form between the language and Kubernetes.

use std::collections::{BTreeMap, BTreeSet};

use crate::binding::Binding;
use crate::naming::Prefix;
use crate::options::{
    App, Around, Cluster, Component, Container, Everywhere, Expose, Facts, Framework, Monitor,
    MonitorRole, Monitoring, Patch, Profile, Project, Quota, Registry, RunAsUser, Shared,
    StoreKind, Users, Volume,
};
pub use crate::recipe::{Piece, Recipe};
use crate::source::{CrdFile, shipped};
use crate::values::{DataKey, EnvName, Image, Interval, KubernetesVersions, Name, Port, Quantity};
use crate::{Code, Diagnostic, Node, Origin, Sourced, Span, Value, suggest};

/// A stage of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Name of the stack.
    pub name: Sourced<Name>,
    /// Name of the stage.
    pub stage: Sourced<Name>,
    /// Namespace of all its objects.
    pub namespace: Sourced<Name>,
    /// What says that somebody else owns the namespace, so that no `Namespace` is printed.
    pub namespace_owner: Option<Origin>,
    /// What the names of its objects begin with.
    pub prefix: Prefix,
    /// The clusters that must accept the output.
    pub kubernetes: Sourced<KubernetesVersions>,
    /// How strict the stage is.
    pub profile: Sourced<Profile>,
    /// Whether each image needs a digest.
    pub require_digest: Option<Sourced<bool>>,
    /// Where images are pulled from, if not from where their names say.
    pub registry: Option<Sourced<Registry>>,
    /// Bounds of the namespace, and where they were asked for.
    pub quota: Option<Sourced<Quota>>,
    /// What is said once for all of its objects and pods. Its components have it already.
    pub everywhere: Everywhere,
    /// The cluster that it is applied to, and what is in it beside it.
    pub cluster: Cluster,
    /// Definitions of the custom resources that the cluster knows.
    pub crds: Vec<Crds>,
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
    /// The component that watches the others, if there is one: each of them asks.
    pub monitoring: Option<Name>,
}

/// Files with definitions of custom resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Crds {
    /// The file or folder that the stack names.
    pub path: Sourced<String>,
    /// What was found there.
    pub files: Vec<CrdFile>,
}

/// A component of the stage with all that it inherits.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its name.
    pub name: Sourced<Name>,
    /// What its objects are called, and begin with if there are several of a kind: its name behind the prefix of the stage.
    pub object: Name,
    /// What it is.
    pub component: Component,
    /// What the compiler knows about it, whatever its type.
    pub facts: Facts,
    /// Settings of `[app]` and of the component, merged.
    pub shared: Shared,
    /// Where the parts of the Django project are, of the component and of `[app]`; empty for what is no process of it.
    pub project: Project,
    /// How it gets the variables that the preset binds.
    pub binding: Binding,
    /// Environment variables in an order in which each comes after those that it uses.
    pub env: Vec<Variable>,
    /// Variables of its sidecars and init containers, by container.
    pub container_env: BTreeMap<Name, Vec<Variable>>,
    /// The components that it talks to, and what makes it so.
    pub edges: BTreeMap<Name, Origin>,
    /// The ports by which it calls them, where it says a port.
    pub calls: Calls,
    /// The components whose metrics it reads at ports of their own, and what makes it so.
    pub scrapes: BTreeMap<Name, Origin>,
    /// The components that the environment of its main container refers to.
    pub reads: BTreeSet<Name>,
    /// Those that its sidecars and init containers refer to, by container.
    pub container_reads: BTreeMap<Name, BTreeSet<Name>>,
    /// What it waits for before it starts, if it does.
    pub waits_for: Option<SchemaGate>,
}

/// A wait for the migrations of a database.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaGate {
    /// The `migrate` component whose migrations it waits for.
    pub migrate: Name,
    /// Memory that it may use, if the stack says so.
    pub memory: Option<Sourced<Quantity>>,
    /// Seconds until it is given up.
    pub timeout_seconds: Sourced<u32>,
    /// Seconds that an attempt may take, if the stack says so.
    pub attempt_seconds: Option<Sourced<u32>>,
}

/// Ports of components by name; `None` stands for the port of a component itself.
pub type Calls = BTreeMap<Name, BTreeSet<Option<Name>>>;

/// An environment variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: EnvName,
    /// Its value, and who set it.
    pub value: Sourced<VariableValue>,
    /// What the preset binds it for, if the preset sets it.
    pub bound: Option<Bound>,
}

/// How the preset came to set a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The usual name of the variable: `bind` may give it another one.
    pub usual: &'static str,
    /// The component whose output it holds, if it holds one.
    pub component: Option<Name>,
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
    /// The path of a file with a key of a Secret; the name of the variable ends in `_FILE`.
    SecretFile {
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
    /// Texts by key. In a config that holds secrets each is shown as `$(secret.key)`.
    pub data: BTreeMap<Sourced<DataKey>, String>,
    /// The stack's name of the Secret that it becomes, if it holds secrets.
    pub secret: Option<Name>,
    /// The components that its texts refer to, and so who reads it.
    pub edges: BTreeMap<Name, Origin>,
    /// The ports of them that the texts refer to.
    pub calls: Calls,
}

/// A Secret that the stage reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Name of the Secret in the cluster.
    pub name: Sourced<Name>,
    /// Its keys, and what is known of the value of each.
    pub keys: BTreeMap<DataKey, Recipe>,
    /// Who makes it, and what says so: the Secret itself, the stage, or what declares or implies it.
    pub source: Sourced<SecretSource>,
    /// What declares or implies it.
    pub origin: Origin,
}

/// Who makes a Secret, with all that follows from the stage.
#[derive(Debug, Clone, PartialEq)]
pub enum SecretSource {
    /// It is in the cluster before the stack is applied.
    Existing,
    /// Seaway prints it with throw-away values.
    Development,
    /// External Secrets copies it from a store.
    ExternalSecrets(Box<ExternalSecret>),
    /// The user's `SealedSecret`.
    Sealed(Option<SealedFile>),
}

/// What External Secrets copies.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalSecret {
    /// Name of the store.
    pub store: Sourced<Name>,
    /// Its kind.
    pub kind: Sourced<StoreKind>,
    /// How often it is asked.
    pub refresh: Sourced<Interval>,
    /// Name of the secret in the store whose properties are the keys.
    pub remote: Sourced<String>,
    /// Keys that lie elsewhere.
    pub elsewhere: BTreeMap<DataKey, RemoteKey>,
}

/// Where the value of a key lies in a store.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteKey {
    /// Name of the secret in the store.
    pub remote: Sourced<String>,
    /// Its property; without one the value is all of the secret.
    pub property: Option<Sourced<String>>,
}

/// A file with a `SealedSecret`.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedFile {
    /// Its path, as it was written.
    pub path: Sourced<String>,
    /// What it holds; `None` if there is no such file, which whoever needs its content tells.
    pub text: Option<String>,
}

impl Contract {
    /// The keys that External Secrets copies, each with its place in the store. The others are composed of them.
    pub fn copied(&self) -> Vec<(&DataKey, RemoteKey)> {
        let SecretSource::ExternalSecrets(external) = &self.source.value else { return Vec::new() };
        let place = |key: &DataKey| {
            external.elsewhere.get(key).cloned().unwrap_or_else(|| RemoteKey {
                remote: external.remote.clone(),
                property: Some(Sourced { value: key.to_string(), origin: external.remote.origin }),
            })
        };
        let is_copied = |(key, recipe): &(&DataKey, &Recipe)| {
            recipe.of_keys().is_none() || external.elsewhere.contains_key(*key)
        };
        let own = self.keys.iter().filter(is_copied).map(|(key, _)| key);
        // What its texts are composed of is no key of it.
        let parts = external.elsewhere.keys().filter(|key| !self.keys.contains_key(*key));
        own.chain(parts).map(|key| (key, place(key))).collect()
    }

    /// Whether it holds texts that are composed of keys of other Secrets.
    pub fn is_of_others(&self) -> bool {
        let mut recipes = self.keys.values().filter_map(Recipe::of_keys);
        recipes.any(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Of { .. })))
    }

    /// The type of Secret that Kubernetes has for these keys, if it is not `Opaque`: what nodes pull images with, or a
    /// certificate with its key (<https://kubernetes.io/docs/concepts/configuration/secret/#secret-types>).
    pub fn secret_type(&self) -> Option<&'static str> {
        let has = |wanted: &str| self.keys.keys().any(|key| &**key == wanted);
        if has(PULL_KEY) {
            return Some(PULL_TYPE);
        }
        (has("tls.crt") && has("tls.key")).then_some("kubernetes.io/tls")
    }

    /// Whether Seaway makes its values up, so that none can hold a character that breaks a URL.
    pub fn is_made_up(&self) -> bool {
        self.source.value == SecretSource::Development
    }
}

/// The type of a Secret that nodes pull images with. They skip one of another type
/// (<https://github.com/kubernetes/kubernetes/blob/master/pkg/credentialprovider/secrets/secrets.go>).
pub const PULL_TYPE: &str = "kubernetes.io/dockerconfigjson";
/// Its key.
pub const PULL_KEY: &str = ".dockerconfigjson";

/// Folder of the files that processes read values of a Secret from, where they do not read variables.
pub fn secret_folder(secret: &Name) -> String {
    format!("/run/secrets/{secret}")
}

impl Variable {
    /// The setting that it holds: its name, without the `_FILE` that says where a file with the value is.
    pub fn setting(&self) -> &str {
        match self.value.value {
            VariableValue::SecretFile { .. } => self.name.strip_suffix("_FILE"),
            _ => None,
        }
        .unwrap_or(&self.name)
    }
}

impl VariableValue {
    /// The Secret and key that it brings, itself or as a file.
    pub fn secret(&self) -> Option<(&Name, &DataKey)> {
        match self {
            Self::Secret { secret, key, .. } | Self::SecretFile { secret, key, .. } => {
                Some((secret, key))
            }
            _ => None,
        }
    }
}

impl Stack {
    /// Whether the strict rules of production hold.
    pub fn is_production(&self) -> bool {
        self.profile.value == Profile::Production
    }

    /// Whether each image of it needs a digest.
    pub fn requires_digest(&self) -> bool {
        self.require_digest.is_some_and(|required| required.value)
    }

    /// Who the pods of a component run as, where the stack or its platform says so. An id of a shipped type is that of its
    /// image's own user, which a cluster that chooses ids itself does not admit.
    pub fn user(&self, part: &Part) -> Option<Sourced<RunAsUser>> {
        let platform = self.cluster.platform().users;
        let chosen = (platform.value == Users::Cluster)
            .then(|| Sourced::default_for(RunAsUser::Switch(false), platform.reason));
        let is_written = |user: &Sourced<RunAsUser>| {
            chosen.is_none() || user.span().is_some_and(|span| !shipped::holds(span))
        };
        part.shared.run_as_user.filter(is_written).or(chosen)
    }

    /// Whether each container has a limit of cpu: in production, and where a quota of the user's own counts them and no
    /// `LimitRange` fills them in.
    pub fn limits_cpu(&self) -> bool {
        // A quota with scopes counts some pods only.
        let counts = |quota: &Node| {
            let has = |key: &str| quota.at(["spec", key]).is_some();
            quota.at(["spec", "hard", "limits.cpu"]).is_some()
                && !has("scopes")
                && !has("scopeSelector")
        };
        let fills_in = |range: &Node| {
            let items = range.at(["spec", "limits"]).map(|limits| &limits.value);
            let Some(Value::Array(items)) = items else { return false };
            items.iter().any(|item| {
                let says = |side: &str| item.at([side, "cpu"]).is_some();
                item.get("type").and_then(Node::as_str) == Some("Container")
                    && (says("default") || says("max"))
            })
        };
        let is_counted =
            || self.own("ResourceQuota").any(counts) && !self.own("LimitRange").any(fills_in);
        self.is_production() || is_counted()
    }

    /// The user's own objects of a kind, in the namespace of the stage.
    fn own<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Node> {
        self.objects.iter().filter(move |object| {
            let around = object.at(["metadata", "namespace"]).and_then(Node::as_str);
            object.get("kind").and_then(Node::as_str) == Some(kind)
                && around.is_none_or(|around| around == &**self.namespace)
        })
    }

    /// The images that it names.
    pub fn images(&self) -> impl Iterator<Item = &Sourced<Image>> {
        self.parts.values().flat_map(|part| {
            let of_containers = part.containers().filter_map(|container| container.image.as_ref());
            part.shared.image.iter().chain(of_containers).chain(&part.facts.more_images)
        })
    }

    /// Whether the Django preset is on.
    pub fn is_django(&self) -> bool {
        self.app.framework == Framework::Django
    }

    /// What watches the stage, and its options, if anything does; a stage has no two.
    pub fn monitoring(&self) -> Option<(&Part, &Monitoring)> {
        let part = self.parts.get(self.monitoring.as_ref()?)?;
        Some((part, part.component.options()?))
    }

    /// What a component that is added to the stage is told about it.
    pub(crate) fn around<'a>(&'a self, name: &'a Sourced<Name>, object: &'a Name) -> Around<'a> {
        Around {
            name,
            object,
            stack: &self.name.value,
            namespace: &self.namespace.value,
            profile: self.profile.value,
            cluster: &self.cluster,
            app: &self.app,
            is_at_fault: &|_| false,
        }
    }

    /// Whether objects of others may lie in its namespace: somebody else owns it, or it has a prefix for that.
    pub fn shares_namespace(&self) -> bool {
        self.namespace_owner.is_some() || self.prefix.0.is_some()
    }

    /// The claim behind a volume of the stack: one that exists, or one of its own.
    pub fn claim_of(&self, volume: &Name) -> String {
        let mut known = self.volumes.iter().filter(|(name, _)| name.value == *volume);
        let existing = known.find_map(|(_, volume)| volume.claim.as_ref());
        existing.map_or_else(|| self.prefix.text(volume), ToString::to_string)
    }

    /// The storage class that is meant by a name: one that the stage brings along, or one of the cluster.
    pub fn storage_class(&self, name: &Name) -> String {
        let is_own = self.cluster.storage_classes.keys().any(|own| own.value == *name);
        if is_own { self.prefix.text(name) } else { name.to_string() }
    }

    /// The names of its Secrets.
    pub(crate) fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(|name| &**name)
    }

    /// The names of its configs.
    pub(crate) fn config_names(&self) -> impl Iterator<Item = &str> {
        self.config.keys().map(|name| &**name)
    }

    /// The part whose objects are called that.
    pub fn part_of_object(&self, object: &str) -> Option<&Part> {
        let part = self.parts.get(self.prefix.bare(object)?)?;
        (*part.object == *object).then_some(part)
    }

    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.get(name)
    }
}

impl Part {
    /// The ports by which it calls a component, by their numbers: those that its references say, else the component's own one,
    /// else all of them.
    pub fn ports_to(&self, target: &Self) -> Vec<Sourced<Port>> {
        let own = target.facts.own_port();
        let usual = || own.map_or_else(|| target.facts.all_ports().collect(), |own| vec![own]);
        let Some(calls) = self.calls.get(&target.name.value) else { return usual() };
        let of_call = |port: &Option<Name>| match port {
            None => usual(),
            Some(name) => target.facts.ports.named(name).into_iter().collect(),
        };
        let mut ports: Vec<Sourced<Port>> = calls.iter().flat_map(of_call).collect();
        ports.sort_by_key(|port| port.value);
        ports.dedup_by_key(|port| port.value);
        ports
    }

    /// The first name that a variable of the preset would be bound as and that the stack does not set by hand; `None` where
    /// all are set, or none is asked for.
    pub(crate) fn unset<'a>(&'a self, usual: &'a str) -> Option<&'a str> {
        let is_set = |name: &str| self.shared.env.keys().any(|set| &*set.value == name);
        self.binding.names_of(usual).find(|name| !is_set(name))
    }

    /// A component by itself: nothing is inherited, bound or called yet.
    pub(crate) fn new(
        (name, object): (Sourced<Name>, Name),
        component: Component,
        facts: Facts,
    ) -> Self {
        let shared = component.pod().map(|pod| pod.shared.clone()).unwrap_or_default();
        Self {
            name,
            object,
            component,
            facts,
            shared,
            project: Project::default(),
            binding: Binding::default(),
            env: Vec::new(),
            container_env: BTreeMap::new(),
            edges: BTreeMap::new(),
            calls: Calls::new(),
            scrapes: BTreeMap::new(),
            reads: BTreeSet::new(),
            container_reads: BTreeMap::new(),
            waits_for: None,
        }
    }

    /// Who reaches it from outside of the stack.
    pub fn expose(&self) -> Option<&Sourced<Expose>> {
        self.facts.expose.as_ref()
    }

    /// The workload of monitoring that it is, if it is one.
    pub fn monitor(&self) -> Option<&Monitor> {
        self.component.options()
    }

    /// The workload of monitoring that it is, and what it does.
    pub fn monitor_role(&self) -> Option<&MonitorRole> {
        Some(&self.monitor()?.role)
    }

    /// Its sidecars, those that it inherits included, and its init containers.
    pub fn containers(&self) -> impl Iterator<Item = &Sourced<Container>> {
        let init = self.component.pod().into_iter().flat_map(|pod| &pod.init_containers);
        self.shared.sidecars.iter().chain(init)
    }

    /// The words of its commands: those of its own one, and those of its [further containers](Self::containers).
    pub fn words(&self) -> impl Iterator<Item = &Sourced<String>> {
        let further = self.containers().flat_map(|one| one.command.iter().chain(&one.args));
        self.component.command().iter().chain(further)
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

/// A file beside the stack file that is not there.
pub fn missing_file(file: &Sourced<String>) -> Diagnostic {
    Diagnostic::error(Code::MissingFile, format!("there is no file `{file}`"))
        .origin(file.origin, "not found beside the stack file")
}
