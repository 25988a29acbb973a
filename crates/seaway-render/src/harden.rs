//! Objects → objects: what every pod and object needs alike, in one place.
//!
//! Only what is not set is set, so a component or the user's own object can differ; whether it may is for
//! [`link`](crate::link) to say.

mod claims;
mod everywhere;
mod registry;
mod mesh;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    Capabilities, Container, EmptyDirVolumeSource, PodSpec, ResourceRequirements, SeccompProfile,
    SecurityContext, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use seaway_core::options::{Cluster, Identity, IpFamily, Metadata};
use seaway_core::stack::Part;
use seaway_core::values::Image;
use seaway_core::{Origin, Sourced, Stack};

use everywhere::Annotations;

use crate::lower::note_stage;
use crate::names::{COMPONENT, INSTANCE, MANAGED_BY, NAME, PART_OF, USER, VERSION, is_label_value};
use crate::object::{Origins, joined};
use crate::{Body, Object, reasons};

/// Where programs write what they do not keep.
const SCRATCH: &str = "/tmp";

/// What is filled in for each pod.
static OF_POD: [&str; 9] = [
    "automountServiceAccountToken",
    "enableServiceLinks",
    "restartPolicy",
    "securityContext.runAsNonRoot",
    "securityContext.runAsUser",
    "securityContext.runAsGroup",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.seccompProfile",
];
/// What is filled in for each container.
static OF_CONTAINER: [&str; 3] = [
    "securityContext.allowPrivilegeEscalation",
    "securityContext.readOnlyRootFilesystem",
    "securityContext.capabilities.drop",
];
/// What a container reserves and may use even if nobody says so.
static AMOUNTS: [&str; 3] =
    ["resources.requests.cpu", "resources.requests.memory", "resources.limits.memory"];

/// Hardens and labels all objects of a stage.
pub(crate) fn harden(stack: &Stack, mut objects: Vec<Object>) -> Vec<Object> {
    let mut placed = Placer::new(stack);
    let class = stack.cluster.storage_class.as_ref();
    let class = class.map(|class| class.as_ref().map(|class| stack.storage_class(class)));
    for object in &mut objects {
        placed.place(object);
        everywhere::place(stack, object);
        if let Some(registry) = &stack.registry {
            registry::pulled(object, registry);
        }
        pod(stack, object);
        families(&stack.cluster, object);
        mesh::joined(stack, object);
        if let Some(class) = &class {
            claims::classed(object, class);
        }
    }
    objects
}

/// The address families of a Service, where the stack says those of the cluster. What leads to a name has no address, and what is
/// headless follows the cluster.
fn families(cluster: &Cluster, object: &mut Object) {
    let Body::Service(service) = &mut object.body else { return };
    let Some(spec) = &mut service.spec else { return };
    let (Some(first), false) = (
        cluster.ip_families.first(),
        spec.type_.as_deref() == Some("ExternalName") || spec.ip_families.is_some(),
    ) else {
        return;
    };
    let word = |family: &Sourced<IpFamily>| match family.value {
        IpFamily::Ipv4 => "IPv4".to_owned(),
        IpFamily::Ipv6 => "IPv6".to_owned(),
    };
    spec.ip_families = Some(cluster.ip_families.iter().map(word).collect());
    let policy = if cluster.ip_families.len() > 1 { "PreferDualStack" } else { "SingleStack" };
    spec.ip_family_policy.get_or_insert_with(|| policy.to_owned());
    object.origins.suggest("spec.ipFamilies", first.origin);
    object.origins.suggest("spec.ipFamilyPolicy", first.origin);
}
/// The label of pods that a webhook of Azure gives a token and the variables of its client
/// (<https://learn.microsoft.com/en-us/azure/aks/workload-identity-overview#pod-labels>).
const WORKLOAD_IDENTITY: &str = "azure.workload.identity/use";

type Labels = BTreeMap<String, Sourced<String>>;

/// Puts objects into the namespace of the stack, labels and annotates them. The labels of a component are made once for all
/// of its objects, and once more for those that run pods.
pub(crate) struct Placer<'a> {
    stack: &'a Stack,
    said: BTreeMap<(Option<&'a str>, Option<Pods>), Said>,
}

/// The pods of an object, as far as its labels go by them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pods {
    /// The tag of the image that they run.
    version: Option<Sourced<String>>,
    /// Whether their template can not be changed.
    is_fixed: bool,
}

/// Labels and annotations of objects that are alike.
struct Said {
    labels: Arc<Labels>,
    of_pods: Arc<Labels>,
    annotations: Annotations,
}

impl Said {
    fn new(stack: &Stack, part: Option<&Part>, pods: Option<&Pods>) -> Self {
        let version = pods.and_then(|pods| pods.version.as_ref());
        let mut own = labels_of(stack, part, version);
        own.extend(part.filter(|_| pods.is_some()).and_then(|part| of_identity(stack, part)));
        let own = Arc::new(own);
        let labels = match part {
            Some(_) => own.clone(),
            None => Arc::new(with_those_of_all(stack, &own)),
        };
        let annotations = everywhere::annotations(stack, part, pods.is_some());
        let is_fixed = pods.is_some_and(|pods| pods.is_fixed);
        Self { of_pods: if is_fixed { own } else { labels.clone() }, labels, annotations }
    }
}

impl<'a> Placer<'a> {
    pub(crate) fn new(stack: &'a Stack) -> Self {
        Self { stack, said: BTreeMap::new() }
    }

    /// Namespace, labels and annotations of an object.
    pub(crate) fn place(&mut self, object: &mut Object) {
        let stack = self.stack;
        let namespaced = object.body.is_namespaced();
        let metadata = object.body.metadata_mut();
        match metadata.namespace.as_deref() {
            // How a user says that a kind that is not known here has no namespace.
            Some("") => metadata.namespace = None,
            None if namespaced => {
                metadata.namespace = Some(stack.namespace.to_string());
                object.origins.set("metadata.namespace", stack.namespace.origin);
            }
            _ => {}
        }
        let is_ours = !object.is_own && !matches!(object.body, Body::Namespace(_));
        if stack.shares_namespace() && is_ours {
            note_stage(stack, object);
        }
        let part = object.component.as_ref().and_then(|name| stack.parts.get(&name.value));
        let pods = pods_of(object, part);
        let is_fixed = pods.as_ref().is_some_and(|pods| pods.is_fixed);
        let key = (part.map(|part| &**part.name), pods);
        let said = match self.said.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let made = Said::new(stack, part, new.key().1.as_ref());
                new.insert(made)
            }
        };
        let Said { labels, of_pods, annotations } = said;
        let origins = &mut object.origins;
        add(labels, object.body.metadata_mut(), "metadata", origins);
        if let (Body::Service(service), Some(part)) = (&mut object.body, part) {
            let of_service = Arc::new(everywhere::entries(&part.shared.service_annotations));
            everywhere::annotate(&of_service, &mut service.metadata, "metadata", origins);
        }
        everywhere::annotate(&annotations.object, object.body.metadata_mut(), "metadata", origins);
        // Each of several stacks prints the same Namespace, so that none takes it over from another one.
        let is_shared = stack.prefix.0.is_some() && !object.is_own;
        if let (Body::Namespace(namespace), true) = (&mut object.body, is_shared) {
            namespace.metadata.labels.get_or_insert_default().remove(PART_OF);
        }
        if part.is_some() {
            origins.suggest("spec.selector", Origin::Default(&reasons::LABELS));
        }
        let template = object.body.pod_template().map(|(_, path)| path);
        if let Some(path) = template
            && let Some(template) = object.body.pod_template_mut()
        {
            let path = joined(&[path, ".metadata"]);
            let metadata = template.metadata.get_or_insert_default();
            add(of_pods, metadata, &path, origins);
            if !is_fixed {
                everywhere::annotate(&annotations.pods, metadata, &path, origins);
            }
        } else if let Body::Pod(pod) = &mut object.body {
            everywhere::annotate(&annotations.pods, &mut pod.metadata, "metadata", origins);
        }
    }
}

/// What the labels of an object go by that runs pods: the main container of a component is its first one.
fn pods_of(object: &Object, part: Option<&Part>) -> Option<Pods> {
    let (spec, path) = object.body.pod_spec()?;
    let main = part.and_then(|_| spec.containers.first());
    let version = main.and_then(|main| {
        let image = Image::try_from(main.image.clone()?).ok()?;
        let value = image.tag.filter(|tag| is_label_value(tag))?;
        let path = joined(&[path, ".containers[", &main.name, "].image"]);
        Some(Sourced { value, origin: object.origins.of(&path) })
    });
    Some(Pods { version, is_fixed: everywhere::is_fixed(object) })
}

fn add(labels: &Arc<Labels>, metadata: &mut ObjectMeta, path: &str, origins: &mut Origins) {
    let entries = labels.iter().map(|(key, value)| (key.clone(), value.value.clone()));
    let mut all: BTreeMap<String, String> = entries.collect();
    // What is set stays.
    all.extend(metadata.labels.take().into_iter().flatten());
    metadata.labels = Some(all);
    origins.suggest_keys(joined(&[path, ".labels"]), labels.clone());
}

/// The label of pods that get rights in Azure.
fn of_identity(stack: &Stack, part: &Part) -> Option<(String, Sourced<String>)> {
    let of_azure = stack.cluster.identity() == Some(Identity::AksWorkloadIdentity);
    let origin = part.shared.cloud_rights().filter(|_| of_azure)?;
    Some((WORKLOAD_IDENTITY.to_owned(), Sourced { value: "true".to_owned(), origin }))
}

/// The recommended labels, and those that the stack asks for. The version only where a release is run, so that a
/// release changes no other object.
fn labels_of(stack: &Stack, part: Option<&Part>, version: Option<&Sourced<String>>) -> Labels {
    let mut labels = Labels::new();
    let reason = Origin::Default(&reasons::LABELS);
    let mut put = |key: &str, value: &str, origin| {
        labels.insert(key.to_owned(), Sourced { value: value.to_owned(), origin });
    };
    put(PART_OF, &stack.name, stack.name.origin);
    put(MANAGED_BY, "seaway", reason);
    let Some(part) = part else { return labels };
    put(INSTANCE, &part.object, part.name.origin);
    put(COMPONENT, part.facts.type_name, part.name.origin);
    match part.facts.program.as_deref() {
        Some(program) => put(NAME, program, reason),
        None => put(NAME, &stack.name, stack.name.origin),
    }
    if let Some(version) = version {
        labels.insert(VERSION.to_owned(), version.clone());
    }
    more(&mut labels, &part.shared.labels);
    labels
}

/// The labels of what is no component's, with those that the whole stack has.
fn with_those_of_all(stack: &Stack, own: &Labels) -> Labels {
    let mut labels = own.clone();
    more(&mut labels, &stack.everywhere.labels);
    labels
}

/// Adds labels that the stack asks for; a rule refuses those that selectors use.
fn more(labels: &mut Labels, written: &Metadata) {
    for (key, value) in written {
        labels.insert(key.value.clone(), value.clone());
    }
}

/// A pod as the restricted Pod Security Standard wants it.
fn pod(stack: &Stack, object: &mut Object) {
    let Some((_, path)) = object.body.pod_spec() else { return };
    let is_job = matches!(object.body, Body::Job(_) | Body::CronJob(_));
    let is_ours = object.component.is_some();
    let part = object.component.as_ref().and_then(|name| stack.parts.get(&name.value));
    let user = part.and_then(|part| stack.user(part));
    let is_chosen = user.is_some_and(|user| user.value.id().is_none());
    let Some(spec) = object.body.pod_spec_mut() else { return };
    spec.automount_service_account_token.get_or_insert(false);
    spec.enable_service_links.get_or_insert(false);
    if is_job {
        spec.restart_policy.get_or_insert_with(|| "Never".to_owned());
    }
    let context = spec.security_context.get_or_insert_default();
    context.run_as_non_root.get_or_insert(true);
    if is_ours && !is_chosen {
        // A user's own object knows which user its image has.
        let user = *context.run_as_user.get_or_insert(USER);
        context.run_as_group.get_or_insert(user);
        context.fs_group.get_or_insert(user);
        context.fs_group_change_policy.get_or_insert_with(|| "OnRootMismatch".to_owned());
    }
    context.seccomp_profile.get_or_insert_with(|| SeccompProfile {
        type_: "RuntimeDefault".to_owned(),
        ..SeccompProfile::default()
    });
    let origins = &mut object.origins;
    origins.suggest_fields(path, &OF_POD, Origin::Default(&reasons::HARDENING));
    let volume = scratch_name(spec);
    let mut needs_scratch = false;
    let init = spec.init_containers.iter_mut().flatten().map(|one| ("initContainers", one));
    let main = spec.containers.iter_mut().map(|one| ("containers", one));
    for (list, container) in init.chain(main) {
        let path = format!("{path}.{list}[{}]", container.name);
        needs_scratch |= contain(container, &volume, &path, origins);
    }
    if needs_scratch {
        origins.suggest(
            joined(&[path, ".volumes[", &volume, "]"]),
            Origin::Default(&reasons::SCRATCH),
        );
        add_scratch(spec, volume);
    }
}

/// Hardens a container; says whether it gets a place to write.
fn contain(container: &mut Container, volume: &str, path: &str, origins: &mut Origins) -> bool {
    origins.suggest_fields(path, &OF_CONTAINER, Origin::Default(&reasons::HARDENING));
    let context = container.security_context.get_or_insert_with(SecurityContext::default);
    // Who has all privileges can not be kept from more: the API server refuses it.
    if context.privileged != Some(true) {
        context.allow_privilege_escalation.get_or_insert(false);
    }
    context.read_only_root_filesystem.get_or_insert(true);
    let capabilities = context.capabilities.get_or_insert_with(Capabilities::default);
    capabilities.drop.get_or_insert_with(|| vec!["ALL".to_owned()]);
    let read_only = context.read_only_root_filesystem == Some(true);
    origins.suggest_fields(path, &AMOUNTS, Origin::Default(&reasons::RESOURCES));
    amounts(container.resources.get_or_insert_default());
    let mounts = container.volume_mounts.get_or_insert_default();
    let has_scratch = mounts.iter().any(|mount| mount.mount_path.trim_end_matches('/') == SCRATCH);
    let needs_scratch = read_only && !has_scratch;
    if needs_scratch {
        let reason = Origin::Default(&reasons::SCRATCH);
        origins.suggest(joined(&[path, ".volumeMounts[", SCRATCH, "]"]), reason);
        mounts.push(VolumeMount {
            name: volume.to_owned(),
            mount_path: SCRATCH.to_owned(),
            ..VolumeMount::default()
        });
    }
    needs_scratch
}

/// Amounts for a container that says none.
fn amounts(resources: &mut ResourceRequirements) {
    let quantity = |text: &str| Quantity(text.to_owned());
    let limits = resources.limits.get_or_insert_default();
    let requests = resources.requests.get_or_insert_default();
    if !limits.contains_key("memory") {
        let asked = requests.get("memory").cloned().unwrap_or_else(|| quantity("256Mi"));
        limits.insert("memory".to_owned(), asked);
    }
    if !requests.contains_key("memory")
        && let Some(limit) = limits.get("memory")
    {
        requests.insert("memory".to_owned(), limit.clone());
    }
    if !requests.contains_key("cpu") {
        let cpu = limits.get("cpu").cloned().unwrap_or_else(|| quantity("50m"));
        requests.insert("cpu".to_owned(), cpu);
    }
}

/// What the volume for scratch is called: not like one that holds something else.
fn scratch_name(spec: &PodSpec) -> String {
    let taken = spec.volumes.iter().flatten();
    let mut taken = taken.filter(|volume| volume.empty_dir.is_none());
    if taken.any(|volume| volume.name == "tmp") { "scratch-tmp" } else { "tmp" }.to_owned()
}

fn add_scratch(spec: &mut PodSpec, name: String) {
    let volumes = spec.volumes.get_or_insert_default();
    if volumes.iter().any(|volume| volume.name == name) {
        return;
    }
    volumes.push(Volume {
        name,
        empty_dir: Some(EmptyDirVolumeSource {
            size_limit: Some(Quantity("64Mi".to_owned())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    });
}
