//! What is where in a bundle.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::options::{ClassField, ServiceAccountSetting};
use seaway_core::stack::Contract;
use seaway_core::{Stack, exposure, suggest};

use super::issued_secrets::IssuedSecret;
use super::network::Network;
use super::scalers::Scaler;
use super::workloads::Pods;
pub(super) use crate::fault::fault;
use crate::object::Other;
pub(super) use crate::object::{group, id, namespace};
use crate::{Body, Object};

/// A name within a namespace; the namespace of objects that lie in none is empty.
type Name<'a> = (&'a str, &'a str);

/// API group, kind and name.
type Id<'a> = (&'a str, &'a str, Name<'a>);

/// Names that objects refer to, with the keys of those that have keys.
pub(super) type Known<'a> = BTreeMap<Name<'a>, BTreeSet<&'a str>>;

/// The objects of a stage, and what the stack declares outside of it.
pub(super) struct Index<'a> {
    pub stack: &'a Stack,
    pub objects: &'a [Object],
    /// What makes pods.
    pub pods: Pods<'a>,
    /// Autoscalers by what they scale: API group, kind and name.
    pub scalers: BTreeMap<Id<'a>, Vec<Scaler<'a>>>,
    /// What the network policies let through.
    pub network: Network<'a>,
    /// By API group, kind and name.
    by_id: BTreeMap<Id<'a>, &'a Object>,
    /// Keys of each Secret, printed or declared.
    pub secrets: Known<'a>,
    /// Secrets that controllers make, and of which objects.
    pub issued_secrets: BTreeMap<Name<'a>, (&'a Object, IssuedSecret<'a>)>,
    /// Keys of each printed config.
    pub configs: Known<'a>,
    /// Secrets that nodes pull images with, by their declaration.
    pub pull_secrets: BTreeSet<&'a str>,
    /// What the cluster provides by the word of the stack, by kind.
    provided: BTreeSet<(&'a str, Name<'a>)>,
    /// Custom resources, whose operators make objects that the bundle does not have.
    custom: BTreeSet<Name<'a>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(stack: &'a Stack, objects: &'a [Object]) -> Self {
        let mut scalers: BTreeMap<Id<'_>, Vec<Scaler<'_>>> = BTreeMap::new();
        for scaler in objects.iter().filter_map(Scaler::of) {
            scalers.entry(scaler.target).or_default().push(scaler);
        }
        let by_id = objects.iter().map(|object| (id(object), object)).collect();
        let shared = stack.parts.values().map(|part| &part.shared).chain([&stack.app.shared]);
        let pull_secrets = shared.flat_map(|shared| shared.pull_secrets.iter().flatten());
        let pull_secrets = pull_secrets.chain(stack.everywhere.pull_secrets.iter().flatten());
        let makes_pods =
            |object: &&Object| matches!(&object.body, Body::Other(other) if makes_pods(other));
        let custom = objects.iter().filter(makes_pods);
        let pods = Pods::new(objects);
        let issued_secrets = issued_secrets(objects);
        Self {
            stack,
            objects,
            network: Network::new(objects, &pods),
            pods,
            scalers,
            by_id,
            secrets: secrets(stack, objects, &issued_secrets),
            issued_secrets,
            configs: configs(objects),
            pull_secrets: pull_secrets.map(|name| &*name.value).collect(),
            provided: provided(stack),
            custom: custom.map(|object| (namespace(object), object.body.name())).collect(),
        }
    }

    /// The object of an API group, kind and name in a namespace.
    pub(super) fn get(&self, group: &str, kind: &str, name: Name<'_>) -> Option<&'a Object> {
        self.by_id.get(&(group, kind, name)).copied()
    }

    /// Whether two objects have the same API group, kind and name.
    pub(super) fn has_twins(&self) -> bool {
        self.by_id.len() < self.objects.len()
    }

    /// Whether an object is in the bundle, or in the cluster by the word of the stack.
    pub(super) fn exists(&self, group: &str, kind: &str, name: Name<'_>) -> bool {
        self.get(group, kind, name).is_some() || self.provides(kind, name)
    }

    /// Whether an object is in the cluster by the word of the stack. A name or kind that is not written leads nowhere
    /// either, and is told as such.
    pub(super) fn provides(&self, kind: &str, name: Name<'_>) -> bool {
        kind.is_empty() || name.1.is_empty() || self.provided.contains(&(kind, name))
    }

    /// The names of a kind in a namespace, for help.
    pub(super) fn names<'k>(
        &'k self,
        kind: &'k str,
        around: &'k str,
    ) -> impl Iterator<Item = &'a str> + 'k {
        let of_kind = self
            .objects
            .iter()
            .filter(move |object| object.body.kind() == kind && namespace(object) == around);
        let provided =
            self.provided.iter().filter(move |(of, name)| *of == kind && name.0 == around);
        of_kind.map(|object| object.body.name()).chain(provided.map(|(_, name)| name.1))
    }

    /// What to write instead of a name that leads nowhere: a near one, or that the cluster has it.
    pub(super) fn advice(&self, kind: &str, name: Name<'_>) -> String {
        let with_name = || {
            let objects = self.objects.iter();
            objects.filter(|object| (namespace(object), object.body.name()) == name)
        };
        if let Some(other) = with_name().find(|object| object.body.kind() == kind) {
            return format!("the {kind} of that name is of `{}`", other.body.api_version());
        }
        if let Some(near) = suggest::nearest(name.1, self.names(kind, name.0)) {
            return format!("did you mean `{near}`?");
        }
        match suggest::nearest(kind, with_name().map(|object| object.body.kind())) {
            Some(near) => format!("did you mean the {near} of that name?"),
            None => self.declare(kind, name),
        }
    }

    /// How the stack says that the cluster has an object.
    pub(super) fn declare(&self, kind: &str, (around, name): Name<'_>) -> String {
        let full = if around.is_empty() || self.is_here(around) {
            format!("{kind}/{name}")
        } else {
            format!("{kind}/{around}/{name}")
        };
        if self.stack.cluster.provides.is_empty() {
            format!("if the cluster has it, say so: `cluster.provides = [\"{full}\"]`")
        } else {
            format!("if the cluster has it, add `\"{full}\"` to `cluster.provides`")
        }
    }

    /// Each namespace has an account `default`.
    pub(super) fn has_account(&self, name: Name<'_>) -> bool {
        name.1 == "default" || self.exists("", "ServiceAccount", name)
    }

    /// Whether a custom resource of the namespace that may make pods has that name. Operators label what they make with it.
    pub(super) fn has_custom(&self, name: Name<'_>) -> bool {
        self.custom.contains(&name)
    }

    /// Whether somebody else owns the namespace of the stack, and the stage prints no object for it.
    pub(super) fn is_namespace_foreign(&self) -> bool {
        let name = &**self.stack.namespace;
        self.stack.namespace_owner.is_some() && self.get("", "Namespace", ("", name)).is_none()
    }

    /// Whether a namespace is that of the stack, of which the stack declares what exists in it.
    pub(super) fn is_here(&self, namespace: &str) -> bool {
        namespace == &**self.stack.namespace
    }
}

/// Whether the operator of a custom resource may make pods of it. Those that are known not to are often called like the
/// pods that they are about.
fn makes_pods(other: &Other) -> bool {
    const GROUPS: [&str; 8] = [
        "cert-manager.io",
        "cloud.google.com",
        "external-secrets.io",
        "networking.gke.io",
        "route.openshift.io",
        "traefik.io",
        "elbv2.k8s.aws",
        "karpenter.sh",
    ];
    const KINDS: [(&str, &str); 7] = [
        ("keda.sh", "ScaledObject"),
        ("keda.sh", "TriggerAuthentication"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "Probe"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "ScrapeConfig"),
        ("monitoring.coreos.com", "ServiceMonitor"),
    ];
    let group = group(&other.api_version);
    let is_of_kubernetes = group.ends_with(".k8s.io");
    !is_of_kubernetes && !GROUPS.contains(&group) && !KINDS.contains(&(group, &*other.kind))
}

/// What the stack says to be in the cluster. A name without a namespace is meant either way: of a kind that lies in none,
/// or in the namespace of the stack. Volumes and accounts that a component takes over are said where they are used.
fn provided(stack: &Stack) -> BTreeSet<(&str, Name<'_>)> {
    let here = &**stack.namespace;
    let mut provided = BTreeSet::new();
    provided.extend(stack.namespace_owner.map(|_| ("Namespace", ("", here))));
    let claims = stack.volumes.values().filter_map(|volume| volume.claim.as_ref());
    provided.extend(claims.map(|claim| ("PersistentVolumeClaim", (here, &***claim))));
    provided.extend(stack.parts.values().filter_map(|part| {
        match &part.shared.service_account.as_ref()?.value {
            ServiceAccountSetting::Existing(name) => Some(("ServiceAccount", (here, &**name))),
            ServiceAccountSetting::Own(_) => None,
        }
    }));
    // Who runs a cluster on AWS runs the controller that a stage asks for, and it comes with its class.
    let albs = exposure::albs(stack).filter(|_| stack.cluster.on_aws().is_some());
    provided.extend(albs.map(|(.., alb)| ("IngressClass", ("", &**alb.class))));
    let platform = stack.cluster.platform();
    let classes = platform.ingress_classes.value.iter();
    let classes = classes.filter(|class| class.named_by == ClassField::Field);
    provided.extend(classes.map(|class| ("IngressClass", ("", class.name))));
    let gateways = platform.gateway_classes.value.iter();
    provided.extend(gateways.map(|class| ("GatewayClass", ("", class.name))));
    provided.extend(platform.storage_class.value.map(|class| ("StorageClass", ("", class))));
    for object in &stack.cluster.provides {
        match &object.namespace {
            Some(around) => {
                provided.insert((&*object.kind, (&**around, &*object.name)));
            }
            None => {
                for around in ["", here] {
                    provided.insert((&*object.kind, (around, &*object.name)));
                }
            }
        }
    }
    provided
}

/// What controllers make Secrets of.
fn issued_secrets(objects: &[Object]) -> BTreeMap<Name<'_>, (&Object, IssuedSecret<'_>)> {
    let mut issued_secrets = BTreeMap::new();
    for object in objects {
        let Body::Other(other) = &object.body else { continue };
        if let Some(issued) = IssuedSecret::of(other) {
            issued_secrets.insert((namespace(object), issued.name), (object, issued));
        }
    }
    issued_secrets
}

/// Secrets with their keys: declared, printed, or made by a controller.
fn secrets<'a>(
    stack: &'a Stack,
    objects: &'a [Object],
    issued_secrets: &BTreeMap<Name<'a>, (&'a Object, IssuedSecret<'a>)>,
) -> Known<'a> {
    let mut secrets = Known::new();
    // What the stage prints itself is known by the printed object: a patch may have changed it. What a controller makes is
    // held against the contract by a check of its own, which tells a missing key once.
    let outside = |contract: &&Contract| !contract.is_made_up();
    for contract in stack.secrets.values().filter(outside) {
        let name = (&**stack.namespace, &*contract.name.value);
        let keys: &mut BTreeSet<&str> = secrets.entry(name).or_default();
        keys.extend(contract.keys.keys().map(|key| &**key));
    }
    for (name, (_, issued)) in issued_secrets {
        secrets.entry(*name).or_default().extend(issued.keys.iter().copied());
    }
    for object in objects {
        if let Body::Secret(secret) = &object.body {
            let keys = secrets.entry((namespace(object), object.body.name())).or_default();
            keys.extend(secret.string_data.iter().flatten().map(|(key, _)| key.as_str()));
            keys.extend(secret.data.iter().flatten().map(|(key, _)| key.as_str()));
        }
    }
    secrets
}

fn configs(objects: &[Object]) -> Known<'_> {
    let mut configs = Known::new();
    for object in objects {
        let Body::ConfigMap(config) = &object.body else { continue };
        let keys = configs.entry((namespace(object), object.body.name())).or_default();
        keys.extend(config.data.iter().flatten().map(|(key, _)| key.as_str()));
        keys.extend(config.binary_data.iter().flatten().map(|(key, _)| key.as_str()));
    }
    configs
}
