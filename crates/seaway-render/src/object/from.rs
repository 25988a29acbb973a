//! Every kind is a [`Body`].

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, PersistentVolume, PersistentVolumeClaim, Pod, ResourceQuota,
    Secret, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::api::storage::v1::StorageClass;

use super::Body;

impl From<ClusterRole> for Body {
    fn from(object: ClusterRole) -> Self {
        Self::ClusterRole(Box::new(object))
    }
}

impl From<ClusterRoleBinding> for Body {
    fn from(object: ClusterRoleBinding) -> Self {
        Self::ClusterRoleBinding(Box::new(object))
    }
}

impl From<ConfigMap> for Body {
    fn from(object: ConfigMap) -> Self {
        Self::ConfigMap(Box::new(object))
    }
}

impl From<CronJob> for Body {
    fn from(object: CronJob) -> Self {
        Self::CronJob(Box::new(object))
    }
}

impl From<DaemonSet> for Body {
    fn from(object: DaemonSet) -> Self {
        Self::DaemonSet(Box::new(object))
    }
}

impl From<Deployment> for Body {
    fn from(object: Deployment) -> Self {
        Self::Deployment(Box::new(object))
    }
}

impl From<HorizontalPodAutoscaler> for Body {
    fn from(object: HorizontalPodAutoscaler) -> Self {
        Self::HorizontalPodAutoscaler(Box::new(object))
    }
}

impl From<Ingress> for Body {
    fn from(object: Ingress) -> Self {
        Self::Ingress(Box::new(object))
    }
}

impl From<IngressClass> for Body {
    fn from(object: IngressClass) -> Self {
        Self::IngressClass(Box::new(object))
    }
}

impl From<Job> for Body {
    fn from(object: Job) -> Self {
        Self::Job(Box::new(object))
    }
}

impl From<LimitRange> for Body {
    fn from(object: LimitRange) -> Self {
        Self::LimitRange(Box::new(object))
    }
}

impl From<Namespace> for Body {
    fn from(object: Namespace) -> Self {
        Self::Namespace(Box::new(object))
    }
}

impl From<NetworkPolicy> for Body {
    fn from(object: NetworkPolicy) -> Self {
        Self::NetworkPolicy(Box::new(object))
    }
}

impl From<PersistentVolume> for Body {
    fn from(object: PersistentVolume) -> Self {
        Self::PersistentVolume(Box::new(object))
    }
}

impl From<PersistentVolumeClaim> for Body {
    fn from(object: PersistentVolumeClaim) -> Self {
        Self::PersistentVolumeClaim(Box::new(object))
    }
}

impl From<Pod> for Body {
    fn from(object: Pod) -> Self {
        Self::Pod(Box::new(object))
    }
}

impl From<PodDisruptionBudget> for Body {
    fn from(object: PodDisruptionBudget) -> Self {
        Self::PodDisruptionBudget(Box::new(object))
    }
}

impl From<PriorityClass> for Body {
    fn from(object: PriorityClass) -> Self {
        Self::PriorityClass(Box::new(object))
    }
}

impl From<ResourceQuota> for Body {
    fn from(object: ResourceQuota) -> Self {
        Self::ResourceQuota(Box::new(object))
    }
}

impl From<Role> for Body {
    fn from(object: Role) -> Self {
        Self::Role(Box::new(object))
    }
}

impl From<RoleBinding> for Body {
    fn from(object: RoleBinding) -> Self {
        Self::RoleBinding(Box::new(object))
    }
}

impl From<Secret> for Body {
    fn from(object: Secret) -> Self {
        Self::Secret(Box::new(object))
    }
}

impl From<Service> for Body {
    fn from(object: Service) -> Self {
        Self::Service(Box::new(object))
    }
}

impl From<ServiceAccount> for Body {
    fn from(object: ServiceAccount) -> Self {
        Self::ServiceAccount(Box::new(object))
    }
}

impl From<StatefulSet> for Body {
    fn from(object: StatefulSet) -> Self {
        Self::StatefulSet(Box::new(object))
    }
}

impl From<StorageClass> for Body {
    fn from(object: StorageClass) -> Self {
        Self::StorageClass(Box::new(object))
    }
}
