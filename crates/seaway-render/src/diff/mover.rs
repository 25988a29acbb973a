//! Pods that carry data from one place to another.
//!
//! A pod of its own, since nothing that runs may: the namespace is closed in both directions and takes only what the
//! restricted Pod Security Standard takes. It reads its credentials from the Secret, so that none stands in a command
//! line, and stops by itself.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, EnvVar, EnvVarSource, PersistentVolumeClaimVolumeSource, Pod, PodSecurityContext,
    PodSpec, SecretKeySelector, Volume, VolumeMount,
};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::Origin;
use seaway_core::options::Authority;
use seaway_core::outputs::contract;
use seaway_core::stack::Part;

use super::data::output;
use crate::emit::{self, Format};
use crate::harden::harden;
use crate::names::{INSTANCE, SCRIPTS, USER};
use crate::object::filled;
use crate::{Body, Bundle, Object, reasons};

/// Seconds after which a pod that was forgotten stops by itself.
const LIFE: i64 = 4 * 60 * 60;
/// Where a volume is mounted.
pub(super) const FILES: &str = "/from";

/// A pod that moves data.
pub(super) struct Mover<'a> {
    /// The stage that it lives in.
    pub(super) stage: &'a Bundle,
    pub(super) name: String,
    pub(super) image: String,
    /// The component that it reaches.
    pub(super) target: Option<&'a Part>,
    /// A claim to mount, and whether it may be written.
    pub(super) claim: Option<(String, bool)>,
    /// User whose files they are.
    pub(super) user: Option<i64>,
    /// Its account; the default one if it is not said.
    pub(super) account: Option<String>,
}

/// What runs it, as YAML.
pub(super) struct Made {
    pub(super) yaml: String,
    /// Configs of the stage that it reads, by name.
    pub(super) configs: Vec<String>,
}

impl Mover<'_> {
    pub(super) fn make(&self) -> Made {
        let caller = self.target.and_then(|target| caller(self.stage, target));
        let mut env = vec![text("HOME", "/tmp")];
        let (mut mounts, mut volumes, mut configs) = (Vec::new(), Vec::new(), Vec::new());
        if let (Some(target), Some((container, spec))) =
            (self.target, caller.and_then(|part| process(self.stage, part)))
        {
            env.extend(variables(self.stage, target, container));
            for mount in container.volume_mounts.iter().flatten() {
                let mut all = spec.volumes.iter().flatten();
                let Some(volume) = all.find(|volume| volume.name == mount.name) else { continue };
                if mount.mount_path == SCRIPTS || !is_read(volume) || is_of_another(mount, target) {
                    continue;
                }
                let read = volume.config_map.iter().map(|config| config.name.clone());
                configs.extend(read);
                mounts.push(mount.clone());
                volumes.push(volume.clone());
            }
        }
        if let Some((claim, writes)) = &self.claim {
            mounts.push(VolumeMount {
                name: "from".to_owned(),
                mount_path: FILES.to_owned(),
                read_only: (!writes).then_some(true),
                ..VolumeMount::default()
            });
            let source = PersistentVolumeClaimVolumeSource {
                claim_name: claim.clone(),
                ..PersistentVolumeClaimVolumeSource::default()
            };
            volumes.push(Volume {
                name: "from".to_owned(),
                persistent_volume_claim: Some(source),
                ..Volume::default()
            });
        }
        volumes.sort_by(|one, other| one.name.cmp(&other.name));
        volumes.dedup_by(|one, other| one.name == other.name);
        let pod = self.pod(env, mounts, volumes);
        let objects = self.policy(caller).into_iter().chain([pod]).collect();
        let objects = harden(&self.stage.stack, objects);
        let mut yaml = String::new();
        // Made of texts alone: there is nothing that YAML can not say.
        let _ = emit::stream(&objects, Format::Yaml, &mut yaml);
        configs.sort();
        configs.dedup();
        Made { yaml, configs }
    }

    fn metadata(&self) -> ObjectMeta {
        let labels = BTreeMap::from([(INSTANCE.to_owned(), self.name.clone())]);
        ObjectMeta { name: Some(self.name.clone()), labels: Some(labels), ..ObjectMeta::default() }
    }

    /// The way out of the process that the stage lets through; nothing if it reaches nobody.
    fn policy(&self, caller: Option<&Part>) -> Option<Object> {
        let mut egress = caller.map(|part| egress(self.stage, part)).unwrap_or_default();
        let port = self.target.and_then(|target| output(target, "port"));
        if let Some(port) = port.and_then(|port| port.parse().ok()) {
            egress.retain(|rule| leads_to(rule, port));
        }
        if egress.is_empty() {
            return None;
        }
        let selector = LabelSelector {
            match_labels: Some([(INSTANCE.to_owned(), self.name.clone())].into()),
            ..LabelSelector::default()
        };
        let spec = NetworkPolicySpec {
            pod_selector: filled(selector),
            policy_types: Some(vec!["Egress".to_owned()]),
            egress: Some(egress),
            ..NetworkPolicySpec::default()
        };
        let body = NetworkPolicy { metadata: self.metadata(), spec: Some(spec) };
        Some(Object::new(body, None, Origin::Default(&reasons::FLOWS)))
    }

    fn pod(&self, env: Vec<EnvVar>, mounts: Vec<VolumeMount>, volumes: Vec<Volume>) -> Object {
        let container = Container {
            name: "move".to_owned(),
            image: Some(self.image.clone()),
            command: Some(vec!["sleep".to_owned(), LIFE.to_string()]),
            env: Some(env),
            volume_mounts: (!mounts.is_empty()).then_some(mounts),
            ..Container::default()
        };
        let context = PodSecurityContext {
            run_as_user: self.user,
            run_as_group: self.user,
            fs_group: self.user,
            fs_group_change_policy: Some("OnRootMismatch".to_owned()),
            ..PodSecurityContext::default()
        };
        let spec = PodSpec {
            containers: vec![container],
            volumes: (!volumes.is_empty()).then_some(volumes),
            service_account_name: self.account.clone(),
            restart_policy: Some("Never".to_owned()),
            active_deadline_seconds: Some(LIFE),
            termination_grace_period_seconds: Some(1),
            security_context: Some(context),
            ..PodSpec::default()
        };
        let body = Pod { metadata: self.metadata(), spec: Some(spec), ..Pod::default() };
        Object::new(body, None, Origin::Default(&reasons::FLOWS))
    }
}

/// The user that owns the files of a component; `None` if the cluster chooses it.
pub(super) fn user_of(stage: &Bundle, component: &str) -> Option<i64> {
    let mut objects = stage
        .objects
        .iter()
        .filter(|object| object.component.as_ref().is_some_and(|name| &*name.value == component));
    let spec = objects.find_map(|object| object.body.pod_spec());
    match spec {
        Some((spec, _)) => spec.security_context.as_ref()?.run_as_user,
        None => Some(USER),
    }
}

/// A process that reaches a component: the one that migrates, which goes past any pooler, else a web process.
pub(super) fn caller<'a>(stage: &'a Bundle, target: &Part) -> Option<&'a Part> {
    let parts = stage.stack.parts.values();
    let callers = parts
        .filter(|part| part.facts.is_application() && part.edges.contains_key(&target.name.value));
    callers.min_by_key(|part| match (&part.facts.migration, part.facts.needs_hosts) {
        (Some(_), _) => 0,
        (None, true) => 1,
        (None, false) => 2,
    })
}

/// The main container of a process, and its pod.
fn process<'a>(stage: &'a Bundle, part: &Part) -> Option<(&'a Container, &'a PodSpec)> {
    let mut objects = stage.objects.iter().filter(|object| {
        object.component.as_ref().is_some_and(|name| name.value == part.name.value)
    });
    let (spec, _) = objects.find_map(|object| object.body.pod_spec())?;
    Some((spec.containers.first()?, spec))
}

/// The rules that let a process out.
fn egress(stage: &Bundle, part: &Part) -> Vec<NetworkPolicyEgressRule> {
    let rules = stage.objects.iter().filter_map(|object| match &object.body {
        Body::NetworkPolicy(policy)
            if object.component.as_ref().is_some_and(|name| name.value == part.name.value) =>
        {
            policy.spec.as_ref()?.egress.clone()
        }
        _ => None,
    });
    rules.flatten().collect()
}

/// Whether a mount holds the certificates that another component is verified by.
fn is_of_another(mount: &VolumeMount, target: &Part) -> bool {
    let own = Authority::folder(&target.name.value);
    let all = own.rsplit_once('/').map_or("", |(around, _)| around);
    mount.mount_path != own && mount.mount_path.starts_with(all)
}

/// Whether a rule opens a port, or that of the DNS.
fn leads_to(rule: &NetworkPolicyEgressRule, port: i32) -> bool {
    let numbers = rule.ports.iter().flatten().filter_map(|open| match &open.port {
        Some(IntOrString::Int(number)) => Some(*number),
        _ => None,
    });
    let numbers: Vec<i32> = numbers.collect();
    numbers.contains(&port) || numbers.iter().any(|number| [53, 5353].contains(number))
}

/// Whether a volume holds what a client may need: a certificate authority, for example.
fn is_read(volume: &Volume) -> bool {
    volume.secret.is_some() || volume.config_map.is_some() || volume.projected.is_some()
}

/// The name under which the pod has the URL of the database.
pub(super) const URL: &str = "DATABASE_URL";

/// The variables that a client of a component needs: those that lead to its Secret, with what they are made of, and
/// those that libraries read by themselves.
fn variables(stage: &Bundle, target: &Part, container: &Container) -> Vec<EnvVar> {
    let secret = contract(&stage.stack, target).map(|contract| contract.name.to_string());
    let all: Vec<&EnvVar> = container.env.iter().flatten().collect();
    let reads = |variable: &EnvVar| {
        let from = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
        from.is_some_and(|from| Some(&from.name) == secret.as_ref())
    };
    let own = |name: &str| {
        name == URL
            || name.starts_with("PG")
            || name.starts_with("AWS_")
            || name.starts_with("SSL_")
    };
    let mut wanted: Vec<&str> = all
        .iter()
        .filter(|variable| own(&variable.name) || reads(variable))
        .map(|variable| variable.name.as_str())
        .collect();
    // What the text of one is made of comes before it.
    let mut at = 0;
    while let Some(name) = wanted.get(at).copied() {
        let of = all.iter().find(|variable| variable.name == name);
        let text = of.and_then(|variable| variable.value.as_deref()).unwrap_or_default();
        for part in text.split("$(").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)) {
            if all.iter().any(|variable| variable.name == part) && !wanted.contains(&part) {
                wanted.push(part);
            }
        }
        at += 1;
    }
    let mut found: Vec<EnvVar> = all
        .into_iter()
        .filter(|variable| wanted.contains(&variable.name.as_str()))
        .cloned()
        .collect();
    if !found.iter().any(|variable| variable.name == URL)
        && let Some(name) = secret
    {
        let key = SecretKeySelector { name, key: "url".to_owned(), ..SecretKeySelector::default() };
        let source = EnvVarSource { secret_key_ref: Some(key), ..EnvVarSource::default() };
        found.push(EnvVar { name: URL.to_owned(), value_from: Some(source), value: None });
    }
    found
}

fn text(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None }
}
