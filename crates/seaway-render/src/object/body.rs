//! The kinds of objects that the passes know by type.

use k8s_openapi::api::apps::v1::{
    DaemonSet, DaemonSetSpec, Deployment, DeploymentSpec, StatefulSet, StatefulSetSpec,
};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, Job, JobSpec};
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec,
    PodTemplateSpec, ResourceQuota, Secret, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::Node;
use serde::{Serialize, Serializer};

use super::access::Slot;

/// An object by its kind. What the passes do not look into is [`Other`](Self::Other), printed as it was written.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant is the Kubernetes kind of its name")]
pub enum Body {
    ClusterRole(Box<ClusterRole>),
    ClusterRoleBinding(Box<ClusterRoleBinding>),
    ConfigMap(Box<ConfigMap>),
    CronJob(Box<CronJob>),
    DaemonSet(Box<DaemonSet>),
    Deployment(Box<Deployment>),
    HorizontalPodAutoscaler(Box<HorizontalPodAutoscaler>),
    Ingress(Box<Ingress>),
    IngressClass(Box<IngressClass>),
    Job(Box<Job>),
    LimitRange(Box<LimitRange>),
    Namespace(Box<Namespace>),
    NetworkPolicy(Box<NetworkPolicy>),
    PersistentVolume(Box<PersistentVolume>),
    PersistentVolumeClaim(Box<PersistentVolumeClaim>),
    Pod(Box<Pod>),
    PodDisruptionBudget(Box<PodDisruptionBudget>),
    PriorityClass(Box<PriorityClass>),
    ResourceQuota(Box<ResourceQuota>),
    Role(Box<Role>),
    RoleBinding(Box<RoleBinding>),
    Secret(Box<Secret>),
    Service(Box<Service>),
    ServiceAccount(Box<ServiceAccount>),
    StatefulSet(Box<StatefulSet>),
    StorageClass(Box<StorageClass>),
    /// A kind that the passes do not know, for example a custom resource.
    Other(Box<Other>),
}

/// Kinds without a namespace among those that the passes do not know by type: of Kubernetes itself, and of the
/// operators that stacks commonly use. A user says it of others with `metadata.namespace = ""`.
const CLUSTER_WIDE: [&str; 26] = [
    "APIService",
    "CSIDriver",
    "ClusterExternalSecret",
    "ClusterIssuer",
    "ClusterPolicy",
    "ClusterSecretStore",
    "ClusterTrustBundle",
    "CustomResourceDefinition",
    "DeviceClass",
    "EC2NodeClass",
    "FlowSchema",
    "GatewayClass",
    "IngressClassParams",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Node",
    "NodePool",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttributesClass",
    "VolumeSnapshotClass",
    "VolumeSnapshotContent",
];

/// An object of a kind that the passes do not know by type.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// Everything else, as it was written.
    pub rest: Node,
}

impl Other {
    /// Whether it is of that API group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        let of_group = self.api_version.split_once('/').map_or("", |(group, _)| group);
        of_group == group && self.kind == kind
    }
}

impl Body {
    /// The Kubernetes kind.
    pub fn kind(&self) -> &str {
        match self {
            Self::ClusterRole(_) => <ClusterRole as k8s_openapi::Resource>::KIND,
            Self::ClusterRoleBinding(_) => <ClusterRoleBinding as k8s_openapi::Resource>::KIND,
            Self::ConfigMap(_) => <ConfigMap as k8s_openapi::Resource>::KIND,
            Self::CronJob(_) => <CronJob as k8s_openapi::Resource>::KIND,
            Self::DaemonSet(_) => <DaemonSet as k8s_openapi::Resource>::KIND,
            Self::Deployment(_) => <Deployment as k8s_openapi::Resource>::KIND,
            Self::HorizontalPodAutoscaler(_) => {
                <HorizontalPodAutoscaler as k8s_openapi::Resource>::KIND
            }
            Self::Ingress(_) => <Ingress as k8s_openapi::Resource>::KIND,
            Self::IngressClass(_) => <IngressClass as k8s_openapi::Resource>::KIND,
            Self::Job(_) => <Job as k8s_openapi::Resource>::KIND,
            Self::LimitRange(_) => <LimitRange as k8s_openapi::Resource>::KIND,
            Self::Namespace(_) => <Namespace as k8s_openapi::Resource>::KIND,
            Self::NetworkPolicy(_) => <NetworkPolicy as k8s_openapi::Resource>::KIND,
            Self::PersistentVolume(_) => <PersistentVolume as k8s_openapi::Resource>::KIND,
            Self::PersistentVolumeClaim(_) => {
                <PersistentVolumeClaim as k8s_openapi::Resource>::KIND
            }
            Self::Pod(_) => <Pod as k8s_openapi::Resource>::KIND,
            Self::PodDisruptionBudget(_) => <PodDisruptionBudget as k8s_openapi::Resource>::KIND,
            Self::PriorityClass(_) => <PriorityClass as k8s_openapi::Resource>::KIND,
            Self::ResourceQuota(_) => <ResourceQuota as k8s_openapi::Resource>::KIND,
            Self::Role(_) => <Role as k8s_openapi::Resource>::KIND,
            Self::RoleBinding(_) => <RoleBinding as k8s_openapi::Resource>::KIND,
            Self::Secret(_) => <Secret as k8s_openapi::Resource>::KIND,
            Self::Service(_) => <Service as k8s_openapi::Resource>::KIND,
            Self::ServiceAccount(_) => <ServiceAccount as k8s_openapi::Resource>::KIND,
            Self::StatefulSet(_) => <StatefulSet as k8s_openapi::Resource>::KIND,
            Self::StorageClass(_) => <StorageClass as k8s_openapi::Resource>::KIND,
            Self::Other(object) => &object.kind,
        }
    }

    /// The API group and version.
    pub fn api_version(&self) -> &str {
        match self {
            Self::ClusterRole(_) => <ClusterRole as k8s_openapi::Resource>::API_VERSION,
            Self::ClusterRoleBinding(_) => {
                <ClusterRoleBinding as k8s_openapi::Resource>::API_VERSION
            }
            Self::ConfigMap(_) => <ConfigMap as k8s_openapi::Resource>::API_VERSION,
            Self::CronJob(_) => <CronJob as k8s_openapi::Resource>::API_VERSION,
            Self::DaemonSet(_) => <DaemonSet as k8s_openapi::Resource>::API_VERSION,
            Self::Deployment(_) => <Deployment as k8s_openapi::Resource>::API_VERSION,
            Self::HorizontalPodAutoscaler(_) => {
                <HorizontalPodAutoscaler as k8s_openapi::Resource>::API_VERSION
            }
            Self::Ingress(_) => <Ingress as k8s_openapi::Resource>::API_VERSION,
            Self::IngressClass(_) => <IngressClass as k8s_openapi::Resource>::API_VERSION,
            Self::Job(_) => <Job as k8s_openapi::Resource>::API_VERSION,
            Self::LimitRange(_) => <LimitRange as k8s_openapi::Resource>::API_VERSION,
            Self::Namespace(_) => <Namespace as k8s_openapi::Resource>::API_VERSION,
            Self::NetworkPolicy(_) => <NetworkPolicy as k8s_openapi::Resource>::API_VERSION,
            Self::PersistentVolume(_) => <PersistentVolume as k8s_openapi::Resource>::API_VERSION,
            Self::PersistentVolumeClaim(_) => {
                <PersistentVolumeClaim as k8s_openapi::Resource>::API_VERSION
            }
            Self::Pod(_) => <Pod as k8s_openapi::Resource>::API_VERSION,
            Self::PodDisruptionBudget(_) => {
                <PodDisruptionBudget as k8s_openapi::Resource>::API_VERSION
            }
            Self::PriorityClass(_) => <PriorityClass as k8s_openapi::Resource>::API_VERSION,
            Self::ResourceQuota(_) => <ResourceQuota as k8s_openapi::Resource>::API_VERSION,
            Self::Role(_) => <Role as k8s_openapi::Resource>::API_VERSION,
            Self::RoleBinding(_) => <RoleBinding as k8s_openapi::Resource>::API_VERSION,
            Self::Secret(_) => <Secret as k8s_openapi::Resource>::API_VERSION,
            Self::Service(_) => <Service as k8s_openapi::Resource>::API_VERSION,
            Self::ServiceAccount(_) => <ServiceAccount as k8s_openapi::Resource>::API_VERSION,
            Self::StatefulSet(_) => <StatefulSet as k8s_openapi::Resource>::API_VERSION,
            Self::StorageClass(_) => <StorageClass as k8s_openapi::Resource>::API_VERSION,
            Self::Other(object) => &object.api_version,
        }
    }

    /// The object's metadata.
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::ClusterRole(object) => &object.metadata,
            Self::ClusterRoleBinding(object) => &object.metadata,
            Self::ConfigMap(object) => &object.metadata,
            Self::CronJob(object) => &object.metadata,
            Self::DaemonSet(object) => &object.metadata,
            Self::Deployment(object) => &object.metadata,
            Self::HorizontalPodAutoscaler(object) => &object.metadata,
            Self::Ingress(object) => &object.metadata,
            Self::IngressClass(object) => &object.metadata,
            Self::Job(object) => &object.metadata,
            Self::LimitRange(object) => &object.metadata,
            Self::Namespace(object) => &object.metadata,
            Self::NetworkPolicy(object) => &object.metadata,
            Self::PersistentVolume(object) => &object.metadata,
            Self::PersistentVolumeClaim(object) => &object.metadata,
            Self::Pod(object) => &object.metadata,
            Self::PodDisruptionBudget(object) => &object.metadata,
            Self::PriorityClass(object) => &object.metadata,
            Self::ResourceQuota(object) => &object.metadata,
            Self::Role(object) => &object.metadata,
            Self::RoleBinding(object) => &object.metadata,
            Self::Secret(object) => &object.metadata,
            Self::Service(object) => &object.metadata,
            Self::ServiceAccount(object) => &object.metadata,
            Self::StatefulSet(object) => &object.metadata,
            Self::StorageClass(object) => &object.metadata,
            Self::Other(object) => &object.metadata,
        }
    }

    /// The object's metadata, to change.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::ClusterRole(object) => &mut object.metadata,
            Self::ClusterRoleBinding(object) => &mut object.metadata,
            Self::ConfigMap(object) => &mut object.metadata,
            Self::CronJob(object) => &mut object.metadata,
            Self::DaemonSet(object) => &mut object.metadata,
            Self::Deployment(object) => &mut object.metadata,
            Self::HorizontalPodAutoscaler(object) => &mut object.metadata,
            Self::Ingress(object) => &mut object.metadata,
            Self::IngressClass(object) => &mut object.metadata,
            Self::Job(object) => &mut object.metadata,
            Self::LimitRange(object) => &mut object.metadata,
            Self::Namespace(object) => &mut object.metadata,
            Self::NetworkPolicy(object) => &mut object.metadata,
            Self::PersistentVolume(object) => &mut object.metadata,
            Self::PersistentVolumeClaim(object) => &mut object.metadata,
            Self::Pod(object) => &mut object.metadata,
            Self::PodDisruptionBudget(object) => &mut object.metadata,
            Self::PriorityClass(object) => &mut object.metadata,
            Self::ResourceQuota(object) => &mut object.metadata,
            Self::Role(object) => &mut object.metadata,
            Self::RoleBinding(object) => &mut object.metadata,
            Self::Secret(object) => &mut object.metadata,
            Self::Service(object) => &mut object.metadata,
            Self::ServiceAccount(object) => &mut object.metadata,
            Self::StatefulSet(object) => &mut object.metadata,
            Self::StorageClass(object) => &mut object.metadata,
            Self::Other(object) => &mut object.metadata,
        }
    }

    /// The object's name; empty if it has none.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// Whether the kind lives in a namespace; kinds that are not known are taken to.
    pub fn is_namespaced(&self) -> bool {
        match self {
            Self::ClusterRole(_)
            | Self::ClusterRoleBinding(_)
            | Self::IngressClass(_)
            | Self::Namespace(_)
            | Self::PersistentVolume(_)
            | Self::PriorityClass(_)
            | Self::StorageClass(_) => false,
            Self::Other(object) => !CLUSTER_WIDE.contains(&object.kind.as_str()),
            _ => true,
        }
    }

    /// The template of the pods that the object makes, and the path to it.
    pub fn pod_template(&self) -> Option<(&PodTemplateSpec, &'static str)> {
        match self {
            Self::Deployment(object) => Slot::<DeploymentSpec>::slot(&object.spec)
                .map(|spec| (&spec.template, "spec.template")),
            Self::StatefulSet(object) => Slot::<StatefulSetSpec>::slot(&object.spec)
                .map(|spec| (&spec.template, "spec.template")),
            Self::DaemonSet(object) => Slot::<DaemonSetSpec>::slot(&object.spec)
                .map(|spec| (&spec.template, "spec.template")),
            Self::Job(object) => {
                Slot::<JobSpec>::slot(&object.spec).map(|spec| (&spec.template, "spec.template"))
            }
            Self::CronJob(object) => {
                let spec = Slot::<CronJobSpec>::slot(&object.spec)?;
                let job = Slot::<JobSpec>::slot(&spec.job_template.spec)?;
                Some((&job.template, "spec.jobTemplate.spec.template"))
            }
            _ => None,
        }
    }

    /// The template of the pods that the object makes, to change.
    pub fn pod_template_mut(&mut self) -> Option<&mut PodTemplateSpec> {
        Some(match self {
            Self::Deployment(object) => {
                &mut Slot::<DeploymentSpec>::slot_mut(&mut object.spec).template
            }
            Self::StatefulSet(object) => {
                &mut Slot::<StatefulSetSpec>::slot_mut(&mut object.spec).template
            }
            Self::DaemonSet(object) => {
                &mut Slot::<DaemonSetSpec>::slot_mut(&mut object.spec).template
            }
            Self::Job(object) => &mut Slot::<JobSpec>::slot_mut(&mut object.spec).template,
            Self::CronJob(object) => {
                let spec = Slot::<CronJobSpec>::slot_mut(&mut object.spec);
                &mut Slot::<JobSpec>::slot_mut(&mut spec.job_template.spec).template
            }
            _ => return None,
        })
    }

    /// The pod that the object makes or is, and the path to its spec.
    pub fn pod_spec(&self) -> Option<(&PodSpec, &'static str)> {
        if let Self::Pod(pod) = self {
            return pod.spec.as_ref().map(|spec| (spec, "spec"));
        }
        let (template, _) = self.pod_template()?;
        let path = match self {
            Self::CronJob(_) => "spec.jobTemplate.spec.template.spec",
            _ => "spec.template.spec",
        };
        template.spec.as_ref().map(|spec| (spec, path))
    }

    /// The pod that the object makes or is, to change.
    pub fn pod_spec_mut(&mut self) -> Option<&mut PodSpec> {
        match self {
            Self::Pod(pod) => pod.spec.as_mut(),
            other => other.pod_template_mut()?.spec.as_mut(),
        }
    }

    /// Labels of the pods that the object makes or is.
    pub fn pod_labels(&self) -> Option<&std::collections::BTreeMap<String, String>> {
        if let Self::Pod(pod) = self {
            return pod.metadata.labels.as_ref();
        }
        self.pod_template()?.0.metadata.as_ref()?.labels.as_ref()
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::ClusterRole(object) => object.serialize(serializer),
            Self::ClusterRoleBinding(object) => object.serialize(serializer),
            Self::ConfigMap(object) => object.serialize(serializer),
            Self::CronJob(object) => object.serialize(serializer),
            Self::DaemonSet(object) => object.serialize(serializer),
            Self::Deployment(object) => object.serialize(serializer),
            Self::HorizontalPodAutoscaler(object) => object.serialize(serializer),
            Self::Ingress(object) => object.serialize(serializer),
            Self::IngressClass(object) => object.serialize(serializer),
            Self::Job(object) => object.serialize(serializer),
            Self::LimitRange(object) => object.serialize(serializer),
            Self::Namespace(object) => object.serialize(serializer),
            Self::NetworkPolicy(object) => object.serialize(serializer),
            Self::PersistentVolume(object) => object.serialize(serializer),
            Self::PersistentVolumeClaim(object) => object.serialize(serializer),
            Self::Pod(object) => object.serialize(serializer),
            Self::PodDisruptionBudget(object) => object.serialize(serializer),
            Self::PriorityClass(object) => object.serialize(serializer),
            Self::ResourceQuota(object) => object.serialize(serializer),
            Self::Role(object) => object.serialize(serializer),
            Self::RoleBinding(object) => object.serialize(serializer),
            Self::Secret(object) => object.serialize(serializer),
            Self::Service(object) => object.serialize(serializer),
            Self::ServiceAccount(object) => object.serialize(serializer),
            Self::StatefulSet(object) => object.serialize(serializer),
            Self::StorageClass(object) => object.serialize(serializer),
            Self::Other(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Other {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", &self.api_version)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("metadata", &self.metadata)?;
        for (key, value) in self.rest.as_table().into_iter().flatten() {
            map.serialize_entry(key, &crate::emit::Verbatim(value))?;
        }
        map.end()
    }
}
