//! Classes of the cluster: what serves a volume or an Ingress, and how pods run.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, PodSpec};
use seaway_core::options::Provider;
use seaway_core::{Code, Diagnostic, Node, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::{dangling, known};
use crate::object::Slot;
use crate::{Body, Object};

/// A kind of class.
#[derive(Clone, Copy)]
struct Class {
    group: &'static str,
    kind: &'static str,
    /// Those that each cluster has.
    always: &'static [&'static str],
}

const STORAGE: Class = Class { group: "storage.k8s.io", kind: "StorageClass", always: &[] };
const ATTRIBUTES: Class = Class { kind: "VolumeAttributesClass", ..STORAGE };
const INGRESS: Class = Class { group: "networking.k8s.io", kind: "IngressClass", always: &[] };
const GATEWAY: Class =
    Class { group: "gateway.networking.k8s.io", kind: "GatewayClass", always: &[] };
const RUNTIME: Class = Class { group: "node.k8s.io", kind: "RuntimeClass", always: &[] };
/// No other name may begin with `system-` (`pkg/apis/scheduling/helpers.go` of Kubernetes).
const PRIORITY: Class = Class {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    always: &["system-cluster-critical", "system-node-critical"],
};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let volumes = Volumes::new(index);
    let spec = At::path("spec");
    for object in index.objects {
        let cx = Of { index, object, volumes: &volumes };
        if let Some((spec, path)) = object.body.pod_spec() {
            cx.pod(spec, At::path(path), sink);
        }
        match &object.body {
            Body::PersistentVolumeClaim(claim) => {
                if let Some(claim) = &claim.spec {
                    cx.claim(claim, spec, sink);
                }
            }
            Body::PersistentVolume(volume) => {
                let class =
                    volume.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref());
                let is_known = |class: &&str| {
                    volumes.offered.contains(class)
                        || index.exists(STORAGE.group, STORAGE.kind, ("", class))
                };
                // A claim that misses its volume is told there.
                if volumes.claimed.iter().all(is_known) {
                    cx.storage(class, &volumes.claimed, spec.field("storageClassName"), sink);
                }
            }
            Body::StatefulSet(set) => {
                let set = Slot::<StatefulSetSpec>::slot(&set.spec);
                let claims =
                    set.into_iter().flat_map(|set| set.volume_claim_templates.iter().flatten());
                for (at, claim) in claims.enumerate() {
                    let template = spec.index("volumeClaimTemplates", at);
                    if let Some(claim) = &claim.spec {
                        cx.claim(claim, template.field("spec"), sink);
                    }
                }
            }
            Body::Ingress(ingress) => {
                let class =
                    ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_deref());
                cx.class(INGRESS, class, spec.field("ingressClassName"), sink);
            }
            Body::Other(other) if other.is(GATEWAY.group, "Gateway") => {
                let class = other.rest.at(["spec", "gatewayClassName"]).and_then(Node::as_str);
                cx.class(GATEWAY, class, spec.field("gatewayClassName"), sink);
            }
            _ => {}
        }
    }
}

/// Classes of volumes that are made by hand: a claim and a volume find each other by a name that no StorageClass needs to
/// have (<https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class>).
struct Volumes<'a> {
    offered: BTreeSet<&'a str>,
    claimed: BTreeSet<&'a str>,
}

impl<'a> Volumes<'a> {
    fn new(index: &Index<'a>) -> Self {
        let offered: BTreeSet<&str> = index
            .objects
            .iter()
            .filter_map(|object| match &object.body {
                Body::PersistentVolume(volume) => {
                    volume.spec.as_ref()?.storage_class_name.as_deref()
                }
                _ => None,
            })
            .collect();
        let mut claimed = BTreeSet::new();
        let objects = index.objects.iter().filter(|_| !offered.is_empty());
        for object in objects {
            match &object.body {
                Body::PersistentVolumeClaim(claim) => {
                    claimed.extend(claim.spec.iter().filter_map(class_of));
                }
                Body::StatefulSet(set) => {
                    let set = Slot::<StatefulSetSpec>::slot(&set.spec);
                    let claims =
                        set.into_iter().flat_map(|set| set.volume_claim_templates.iter().flatten());
                    claimed.extend(claims.filter_map(|claim| class_of(claim.spec.as_ref()?)));
                }
                _ => {}
            }
        }
        Self { offered, claimed }
    }
}

fn class_of(claim: &PersistentVolumeClaimSpec) -> Option<&str> {
    claim.storage_class_name.as_deref()
}

struct Of<'a> {
    index: &'a Index<'a>,
    object: &'a Object,
    volumes: &'a Volumes<'a>,
}

impl Of<'_> {
    fn pod(&self, spec: &PodSpec, pod: At<'_>, sink: &mut Sink) {
        self.class(
            PRIORITY,
            spec.priority_class_name.as_deref(),
            pod.field("priorityClassName"),
            sink,
        );
        self.class(
            RUNTIME,
            spec.runtime_class_name.as_deref(),
            pod.field("runtimeClassName"),
            sink,
        );
        for volume in spec.volumes.iter().flatten() {
            let template =
                volume.ephemeral.as_ref().and_then(|own| own.volume_claim_template.as_ref());
            let claim = template.and_then(|own| Slot::<PersistentVolumeClaimSpec>::slot(&own.spec));
            if let Some(claim) = claim {
                let volume = pod.item("volumes", &volume.name);
                self.claim(claim, volume.field("ephemeral.volumeClaimTemplate.spec"), sink);
            }
        }
        for claim in spec.resource_claims.iter().flatten() {
            let path = pod.item("resourceClaims", &claim.name);
            for (field, kind, name) in [
                ("resourceClaimName", "ResourceClaim", &claim.resource_claim_name),
                (
                    "resourceClaimTemplateName",
                    "ResourceClaimTemplate",
                    &claim.resource_claim_template_name,
                ),
            ] {
                if let Some(name) = name {
                    let wanted = ("resource.k8s.io", kind, name.as_str());
                    known(self.index, self.object, path.field(field), wanted, sink);
                }
            }
        }
    }

    fn claim(&self, claim: &PersistentVolumeClaimSpec, path: At<'_>, sink: &mut Sink) {
        let stack = self.index.stack;
        let has_choice = claim.storage_class_name.is_some() || claim.volume_name.is_some();
        if !has_choice
            && stack.is_production()
            && let Some(provider) = stack.cluster.provider
            && provider.value != Provider::Generic
            && stack.cluster.platform().storage_class.value.is_none()
        {
            sink.report(self.without_class(provider.value, path.field("storageClassName")));
        }
        // A claim that names its volume asks for no other.
        let class = class_of(claim).filter(|_| claim.volume_name.is_none());
        self.storage(class, &self.volumes.offered, path.field("storageClassName"), sink);
        let attributes = claim.volume_attributes_class_name.as_deref();
        self.class(ATTRIBUTES, attributes, path.field("volumeAttributesClassName"), sink);
    }

    /// Where not every cluster of a platform has a default class, the claim would wait for ever.
    fn without_class(&self, provider: Provider, path: At<'_>) -> Diagnostic {
        let of_aws = self.index.stack.cluster.on_aws().is_some();
        let place = if of_aws { "AWS".to_owned() } else { format!("`{}`", provider.as_str()) };
        let message = format!("a claim without a storage class in a production stage on {place}");
        let help = match self.index.names(STORAGE.kind, "").next() {
            Some(known) => format!("choose one: `cluster.storage-class = \"{known}\"`"),
            None if !of_aws => {
                "choose one that the cluster has (`kubectl get storageclass`): `cluster.storage-class = \"…\"` and \
                 `cluster.provides = [\"StorageClass/…\"]`"
                    .to_owned()
            }
            None => "choose one: `cluster.storage-class = \"gp3\"`, and make it with \
                     `cluster.storage-classes.gp3 = {}` unless the cluster has it"
                .to_owned(),
        };
        fault(Code::IncompleteObject, self.object, path, message)
            .note(if of_aws {
                "not every cluster has a default class: EKS has none since 1.30"
            } else {
                "not every cluster has a default class"
            })
            .help(help)
    }

    /// A class of storage is there, or what it is for has the same one.
    fn storage(
        &self,
        class: Option<&str>,
        counterparts: &BTreeSet<&str>,
        path: At<'_>,
        sink: &mut Sink,
    ) {
        self.class(STORAGE, class.filter(|class| !counterparts.contains(class)), path, sink);
    }

    /// Without a name it is the default class, and the empty name of a StorageClass says that there is none.
    fn class(&self, class: Class, name: Option<&str>, path: At<'_>, sink: &mut Sink) {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        let full = ("", name);
        if class.always.contains(&name) || self.index.exists(class.group, class.kind, full) {
            return;
        }
        let of_volumes = self.volumes.offered.iter().filter(|_| class.kind == STORAGE.kind);
        let always = class.always.iter().chain(of_volumes).copied();
        if let Some(near) = suggest::nearest(name, always.filter(|known| *known != name)) {
            let message = format!("there is no {} `{name}`", class.kind);
            let diagnostic = fault(Code::DanglingReference, self.object, path, message);
            sink.report(diagnostic.help(format!("did you mean `{near}`?")));
            return;
        }
        let diagnostic = dangling(self.index, self.object, path, class.kind, full);
        let is_near = suggest::nearest(name, self.index.names(class.kind, "")).is_some();
        let can_be_made = class.kind == STORAGE.kind && self.index.stack.cluster.on_aws().is_some();
        sink.report(if can_be_made && !is_near {
            let declare = self.index.declare(class.kind, full);
            let make = format!("make it with `cluster.storage-classes.{name} = {{}}`");
            diagnostic.help(format!("{make}; {declare}"))
        } else {
            diagnostic
        });
    }
}
