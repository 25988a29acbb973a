//! APIs that not every known version of Kubernetes has, and those that are on their way out.
//!
//! The tables are data: `.ci/test_versions.py` holds those of the known minors against the published schemas, every other
//! row names its source. What was removed before Kubernetes 1.33, and from it up to 1.32, is in the
//! [migration guide](https://kubernetes.io/docs/reference/using-api/deprecation-guide/); alpha versions are not, and
//! those of 1.25 and later are here from the same schemas.

use Successor::{Kind, Other, Version};

/// What to write instead of an API.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Successor {
    /// The same kind of another version.
    Version(&'static str),
    /// Another kind.
    Kind(&'static str, &'static str),
    /// Something else, as advice.
    Other(&'static str),
}

/// An API that a version of Kubernetes removed.
pub(crate) struct Removed {
    pub api_version: &'static str,
    pub kinds: &'static [&'static str],
    /// The first minor without it.
    pub minor: u8,
    pub successor: Successor,
}

/// An API that clusters still have, and warn of.
pub(crate) struct Deprecated {
    pub api_version: &'static str,
    pub kinds: &'static [&'static str],
    /// The minor that warns first.
    pub minor: u8,
    pub successor: Successor,
    pub source: &'static str,
}

/// An API that came after the oldest known version of Kubernetes.
pub(crate) struct Late {
    pub api_version: &'static str,
    pub kinds: &'static [&'static str],
    /// The first minor with it.
    pub minor: u8,
}

/// A custom resource whose operator has left that version behind.
pub(crate) struct Outdated {
    pub api_version: &'static str,
    /// Its kinds; all of that version if there are none.
    pub kinds: &'static [&'static str],
    pub successor: Successor,
    /// What the operator says of it.
    pub why: &'static str,
    pub source: &'static str,
}

impl Removed {
    /// Where it is told, with what changed on the way to the successor.
    pub(crate) fn source(&self) -> String {
        let minor = self.minor;
        if minor > GUIDED || self.api_version.contains("alpha") {
            return format!("{CHANGELOGS}/CHANGELOG-1.{minor}.md");
        }
        format!("https://kubernetes.io/docs/reference/using-api/deprecation-guide/#v1-{minor}")
    }
}

/// The last minor of the migration guide.
const GUIDED: u8 = 32;
const CHANGELOGS: &str = "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG";

#[rustfmt::skip]
const REMOVED: &[Removed] = &[
    // 1.20 and 1.21: alpha versions, by the changelogs.
    Removed { api_version: "batch/v2alpha1", kinds: &["CronJob"], minor: 21, successor: Version("batch/v1") },
    Removed { api_version: "settings.k8s.io/v1alpha1", kinds: &["PodPreset"], minor: 20, successor: Other("write what it would add to the pods into the pods") },
    // 1.16
    Removed { api_version: "extensions/v1beta1", kinds: &["DaemonSet", "Deployment", "ReplicaSet"], minor: 16, successor: Version("apps/v1") },
    Removed { api_version: "extensions/v1beta1", kinds: &["NetworkPolicy"], minor: 16, successor: Version("networking.k8s.io/v1") },
    Removed { api_version: "extensions/v1beta1", kinds: &["PodSecurityPolicy"], minor: 16, successor: POD_SECURITY },
    Removed { api_version: "apps/v1beta1", kinds: &["Deployment", "ReplicaSet", "StatefulSet"], minor: 16, successor: Version("apps/v1") },
    Removed { api_version: "apps/v1beta2", kinds: &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], minor: 16, successor: Version("apps/v1") },
    // 1.22
    Removed { api_version: "admissionregistration.k8s.io/v1beta1", kinds: &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], minor: 22, successor: Version("admissionregistration.k8s.io/v1") },
    Removed { api_version: "apiextensions.k8s.io/v1beta1", kinds: &["CustomResourceDefinition"], minor: 22, successor: Version("apiextensions.k8s.io/v1") },
    Removed { api_version: "apiregistration.k8s.io/v1beta1", kinds: &["APIService"], minor: 22, successor: Version("apiregistration.k8s.io/v1") },
    Removed { api_version: "authentication.k8s.io/v1beta1", kinds: &["TokenReview"], minor: 22, successor: Version("authentication.k8s.io/v1") },
    Removed { api_version: "authorization.k8s.io/v1beta1", kinds: &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SubjectAccessReview"], minor: 22, successor: Version("authorization.k8s.io/v1") },
    Removed { api_version: "certificates.k8s.io/v1beta1", kinds: &["CertificateSigningRequest"], minor: 22, successor: Version("certificates.k8s.io/v1") },
    Removed { api_version: "coordination.k8s.io/v1beta1", kinds: &["Lease"], minor: 22, successor: Version("coordination.k8s.io/v1") },
    Removed { api_version: "extensions/v1beta1", kinds: &["Ingress"], minor: 22, successor: Version("networking.k8s.io/v1") },
    Removed { api_version: "networking.k8s.io/v1beta1", kinds: &["Ingress", "IngressClass"], minor: 22, successor: Version("networking.k8s.io/v1") },
    Removed { api_version: "rbac.authorization.k8s.io/v1beta1", kinds: &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], minor: 22, successor: Version("rbac.authorization.k8s.io/v1") },
    Removed { api_version: "scheduling.k8s.io/v1beta1", kinds: &["PriorityClass"], minor: 22, successor: Version("scheduling.k8s.io/v1") },
    Removed { api_version: "storage.k8s.io/v1beta1", kinds: &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], minor: 22, successor: Version("storage.k8s.io/v1") },
    // 1.25
    Removed { api_version: "autoscaling/v2beta1", kinds: &["HorizontalPodAutoscaler"], minor: 25, successor: Version("autoscaling/v2") },
    Removed { api_version: "batch/v1beta1", kinds: &["CronJob"], minor: 25, successor: Version("batch/v1") },
    Removed { api_version: "discovery.k8s.io/v1beta1", kinds: &["EndpointSlice"], minor: 25, successor: Version("discovery.k8s.io/v1") },
    Removed { api_version: "events.k8s.io/v1beta1", kinds: &["Event"], minor: 25, successor: Version("events.k8s.io/v1") },
    Removed { api_version: "node.k8s.io/v1beta1", kinds: &["RuntimeClass"], minor: 25, successor: Version("node.k8s.io/v1") },
    Removed { api_version: "policy/v1beta1", kinds: &["PodDisruptionBudget"], minor: 25, successor: Version("policy/v1") },
    Removed { api_version: "policy/v1beta1", kinds: &["PodSecurityPolicy"], minor: 25, successor: POD_SECURITY },
    // 1.26 to 1.33
    Removed { api_version: "autoscaling/v2beta2", kinds: &["HorizontalPodAutoscaler"], minor: 26, successor: Version("autoscaling/v2") },
    Removed { api_version: "flowcontrol.apiserver.k8s.io/v1beta1", kinds: &["FlowSchema", "PriorityLevelConfiguration"], minor: 26, successor: FLOW_CONTROL },
    Removed { api_version: "resource.k8s.io/v1alpha1", kinds: &["ResourceClaim", "ResourceClaimTemplate"], minor: 27, successor: DEVICES },
    Removed { api_version: "resource.k8s.io/v1alpha1", kinds: &["ResourceClass"], minor: 27, successor: DEVICE_CLASS },
    Removed { api_version: "storage.k8s.io/v1beta1", kinds: &["CSIStorageCapacity"], minor: 27, successor: Version("storage.k8s.io/v1") },
    Removed { api_version: "flowcontrol.apiserver.k8s.io/v1beta2", kinds: &["FlowSchema", "PriorityLevelConfiguration"], minor: 29, successor: FLOW_CONTROL },
    Removed { api_version: "networking.k8s.io/v1alpha1", kinds: &["ClusterCIDR"], minor: 29, successor: Other("leave it out: no other API took its place") },
    Removed { api_version: "networking.k8s.io/v1alpha1", kinds: &["IPAddress", "ServiceCIDR"], minor: 31, successor: Version("networking.k8s.io/v1") },
    Removed { api_version: "resource.k8s.io/v1alpha2", kinds: &["ResourceClaim", "ResourceClaimTemplate"], minor: 31, successor: DEVICES },
    Removed { api_version: "resource.k8s.io/v1alpha2", kinds: &["ResourceClass"], minor: 31, successor: DEVICE_CLASS },
    Removed { api_version: "admissionregistration.k8s.io/v1alpha1", kinds: &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], minor: 32, successor: Version("admissionregistration.k8s.io/v1") },
    Removed { api_version: "authentication.k8s.io/v1alpha1", kinds: &["SelfSubjectReview"], minor: 32, successor: Version("authentication.k8s.io/v1") },
    Removed { api_version: "flowcontrol.apiserver.k8s.io/v1beta3", kinds: &["FlowSchema", "PriorityLevelConfiguration"], minor: 32, successor: FLOW_CONTROL },
    Removed { api_version: "authentication.k8s.io/v1beta1", kinds: &["SelfSubjectReview"], minor: 33, successor: Version("authentication.k8s.io/v1") },
    // 1.34 and later: held against the schemas.
    Removed { api_version: "admissionregistration.k8s.io/v1beta1", kinds: &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], minor: 34, successor: Version("admissionregistration.k8s.io/v1") },
    Removed { api_version: "resource.k8s.io/v1alpha3", kinds: &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], minor: 34, successor: DEVICES },
    Removed { api_version: "certificates.k8s.io/v1alpha1", kinds: &["PodCertificateRequest"], minor: 35, successor: Version("certificates.k8s.io/v1") },
    Removed { api_version: "storage.k8s.io/v1alpha1", kinds: &["VolumeAttributesClass"], minor: 35, successor: Version("storage.k8s.io/v1") },
    Removed { api_version: "storagemigration.k8s.io/v1alpha1", kinds: &["StorageVersionMigration"], minor: 35, successor: Version("storagemigration.k8s.io/v1") },
    Removed { api_version: "scheduling.k8s.io/v1alpha1", kinds: &["Workload"], minor: 36, successor: Version("scheduling.k8s.io/v1beta1") },
    Removed { api_version: "certificates.k8s.io/v1alpha1", kinds: &["ClusterTrustBundle"], minor: 37, successor: Version("certificates.k8s.io/v1") },
    Removed { api_version: "networking.k8s.io/v1beta1", kinds: &["IPAddress", "ServiceCIDR"], minor: 37, successor: Version("networking.k8s.io/v1") },
    Removed { api_version: "scheduling.k8s.io/v1alpha2", kinds: &["PodGroup", "Workload"], minor: 37, successor: Version("scheduling.k8s.io/v1beta1") },
    Removed { api_version: "storage.k8s.io/v1beta1", kinds: &["VolumeAttributesClass"], minor: 37, successor: Version("storage.k8s.io/v1") },
];

const POD_SECURITY: Successor = Other(
    "leave it out: the labels `pod-security.kubernetes.io/…` of the Namespace do its work, and Seaway writes them",
);
const FLOW_CONTROL: Successor = Version("flowcontrol.apiserver.k8s.io/v1");
const DEVICES: Successor = Version("resource.k8s.io/v1");
const DEVICE_CLASS: Successor = Kind("resource.k8s.io/v1", "DeviceClass");

/// The first minor that warns is the one that `types.go` of the API names, or the third after that which introduced it.
#[rustfmt::skip]
const DEPRECATED: &[Deprecated] = &[
    Deprecated { api_version: "v1", kinds: &["ComponentStatus"], minor: 19, successor: Other("leave it out: probe the endpoints `/livez` and `/readyz` of the control plane"), source: "https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/component-status-v1/" },
    Deprecated { api_version: "v1", kinds: &["Endpoints"], minor: 33, successor: Kind("discovery.k8s.io/v1", "EndpointSlice"), source: "https://kubernetes.io/blog/2025/04/24/endpoints-deprecation/" },
    Deprecated { api_version: "resource.k8s.io/v1beta1", kinds: &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], minor: 35, successor: DEVICES, source: "https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/resource/v1beta1/types.go" },
    Deprecated { api_version: "resource.k8s.io/v1beta2", kinds: &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], minor: 36, successor: DEVICES, source: "https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/resource/v1beta2/types.go" },
    Deprecated { api_version: "admissionregistration.k8s.io/v1beta1", kinds: &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"], minor: 37, successor: Version("admissionregistration.k8s.io/v1"), source: "https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/admissionregistration/v1beta1/types.go" },
    Deprecated { api_version: "certificates.k8s.io/v1beta1", kinds: &["ClusterTrustBundle"], minor: 36, successor: Version("certificates.k8s.io/v1"), source: "https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/certificates/v1beta1/types.go" },
];

#[rustfmt::skip]
const LATE: &[Late] = &[
    Late { api_version: "admissionregistration.k8s.io/v1beta1", kinds: &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"], minor: 34 },
    Late { api_version: "certificates.k8s.io/v1alpha1", kinds: &["PodCertificateRequest"], minor: 34 },
    Late { api_version: "resource.k8s.io/v1", kinds: &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], minor: 34 },
    Late { api_version: "storage.k8s.io/v1", kinds: &["VolumeAttributesClass"], minor: 34 },
    Late { api_version: "certificates.k8s.io/v1beta1", kinds: &["PodCertificateRequest"], minor: 35 },
    Late { api_version: "scheduling.k8s.io/v1alpha1", kinds: &["Workload"], minor: 35 },
    Late { api_version: "storagemigration.k8s.io/v1beta1", kinds: &["StorageVersionMigration"], minor: 35 },
    Late { api_version: "admissionregistration.k8s.io/v1", kinds: &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"], minor: 36 },
    Late { api_version: "resource.k8s.io/v1alpha3", kinds: &["ResourcePoolStatusRequest"], minor: 36 },
    Late { api_version: "resource.k8s.io/v1beta2", kinds: &["DeviceTaintRule"], minor: 36 },
    Late { api_version: "scheduling.k8s.io/v1alpha2", kinds: &["PodGroup", "Workload"], minor: 36 },
    Late { api_version: "certificates.k8s.io/v1", kinds: &["ClusterTrustBundle", "PodCertificateRequest"], minor: 37 },
    Late { api_version: "lifecycle.k8s.io/v1alpha1", kinds: &["Eviction", "EvictionRequest"], minor: 37 },
    Late { api_version: "resource.k8s.io/v1", kinds: &["DeviceTaintRule"], minor: 37 },
    Late { api_version: "scheduling.k8s.io/v1alpha3", kinds: &["CompositePodGroup", "PodGroup", "Workload"], minor: 37 },
    Late { api_version: "scheduling.k8s.io/v1beta1", kinds: &["PodGroup", "Workload"], minor: 37 },
    Late { api_version: "storagemigration.k8s.io/v1", kinds: &["StorageVersionMigration"], minor: 37 },
];

const CERT_MANAGER: &str = "cert-manager has not served it since 1.6";
const CERT_MANAGER_SOURCE: &str =
    "https://cert-manager.io/docs/releases/upgrading/remove-deprecated-apis/";
const EXTERNAL_SECRETS: &[&str] =
    &["ClusterExternalSecret", "ClusterSecretStore", "ExternalSecret", "SecretStore"];
const EXTERNAL_SECRETS_SOURCE: &str =
    "https://github.com/external-secrets/external-secrets/releases/tag/v0.17.0";
const GATEWAY_API_SOURCE: &str =
    "https://github.com/kubernetes-sigs/gateway-api/releases/tag/v1.0.0";
const ISTIO: &str = "Istio has a stable version of it since 1.22";
const ISTIO_SOURCE: &str = "https://istio.io/latest/blog/2024/v1-apis/";
const ISTIO_NETWORKING: &[&str] = &[
    "DestinationRule",
    "Gateway",
    "ServiceEntry",
    "Sidecar",
    "VirtualService",
    "WorkloadEntry",
    "WorkloadGroup",
];
const KARPENTER_SOURCE: &str = "https://karpenter.sh/docs/upgrading/v1beta1-migration/";

#[rustfmt::skip]
const OUTDATED: &[Outdated] = &[
    Outdated { api_version: "certmanager.k8s.io/v1alpha1", kinds: &[], successor: Version("cert-manager.io/v1"), why: "cert-manager has not had this group since 0.11", source: "https://cert-manager.io/docs/releases/upgrading/upgrading-0.10-0.11/" },
    Outdated { api_version: "cert-manager.io/v1alpha2", kinds: &[], successor: Version("cert-manager.io/v1"), why: CERT_MANAGER, source: CERT_MANAGER_SOURCE },
    Outdated { api_version: "cert-manager.io/v1alpha3", kinds: &[], successor: Version("cert-manager.io/v1"), why: CERT_MANAGER, source: CERT_MANAGER_SOURCE },
    Outdated { api_version: "cert-manager.io/v1beta1", kinds: &[], successor: Version("cert-manager.io/v1"), why: CERT_MANAGER, source: CERT_MANAGER_SOURCE },
    Outdated { api_version: "external-secrets.io/v1alpha1", kinds: EXTERNAL_SECRETS, successor: Version("external-secrets.io/v1"), why: "External Secrets has not served it since 0.17", source: EXTERNAL_SECRETS_SOURCE },
    Outdated { api_version: "external-secrets.io/v1beta1", kinds: EXTERNAL_SECRETS, successor: Version("external-secrets.io/v1"), why: "External Secrets has not served it since 0.17", source: EXTERNAL_SECRETS_SOURCE },
    Outdated { api_version: "gateway.networking.k8s.io/v1alpha2", kinds: &["Gateway", "GatewayClass", "HTTPRoute"], successor: Version("gateway.networking.k8s.io/v1"), why: "the Gateway API has a stable version of it since 1.0", source: GATEWAY_API_SOURCE },
    Outdated { api_version: "gateway.networking.k8s.io/v1beta1", kinds: &["Gateway", "GatewayClass", "HTTPRoute"], successor: Version("gateway.networking.k8s.io/v1"), why: "the Gateway API has a stable version of it since 1.0", source: GATEWAY_API_SOURCE },
    Outdated { api_version: "gateway.networking.k8s.io/v1alpha2", kinds: &["GRPCRoute"], successor: Version("gateway.networking.k8s.io/v1"), why: "the Gateway API has not served it since 1.2", source: "https://github.com/kubernetes-sigs/gateway-api/releases/tag/v1.2.0" },
    Outdated { api_version: "gateway.networking.k8s.io/v1alpha2", kinds: &["ReferenceGrant"], successor: Version("gateway.networking.k8s.io/v1beta1"), why: "the Gateway API has not served it since 1.2", source: "https://github.com/kubernetes-sigs/gateway-api/releases/tag/v1.2.0" },
    Outdated { api_version: "karpenter.k8s.aws/v1alpha1", kinds: &["AWSNodeTemplate"], successor: Kind("karpenter.k8s.aws/v1", "EC2NodeClass"), why: "Karpenter has not had it since 0.33", source: KARPENTER_SOURCE },
    Outdated { api_version: "karpenter.k8s.aws/v1beta1", kinds: &["EC2NodeClass"], successor: Version("karpenter.k8s.aws/v1"), why: "Karpenter has not served it since 1.1", source: "https://karpenter.sh/v1.0/upgrading/v1-migration/" },
    Outdated { api_version: "karpenter.sh/v1beta1", kinds: &["NodePool"], successor: Version("karpenter.sh/v1"), why: "Karpenter has not served it since 1.1", source: "https://karpenter.sh/v1.0/upgrading/v1-migration/" },
    Outdated { api_version: "karpenter.sh/v1alpha5", kinds: &["Provisioner"], successor: Kind("karpenter.sh/v1", "NodePool"), why: "Karpenter has not had it since 0.33", source: KARPENTER_SOURCE },
    Outdated { api_version: "keda.k8s.io/v1alpha1", kinds: &[], successor: Version("keda.sh/v1alpha1"), why: "KEDA has not had this group since 2.0", source: "https://keda.sh/docs/2.19/migration/" },
    Outdated { api_version: "networking.istio.io/v1alpha3", kinds: ISTIO_NETWORKING, successor: Version("networking.istio.io/v1"), why: ISTIO, source: ISTIO_SOURCE },
    Outdated { api_version: "networking.istio.io/v1beta1", kinds: ISTIO_NETWORKING, successor: Version("networking.istio.io/v1"), why: ISTIO, source: ISTIO_SOURCE },
    Outdated { api_version: "security.istio.io/v1beta1", kinds: &["PeerAuthentication"], successor: Version("security.istio.io/v1"), why: ISTIO, source: ISTIO_SOURCE },
    Outdated { api_version: "telemetry.istio.io/v1alpha1", kinds: &["Telemetry"], successor: Version("telemetry.istio.io/v1"), why: ISTIO, source: ISTIO_SOURCE },
    Outdated { api_version: "snapshot.storage.k8s.io/v1beta1", kinds: &["VolumeSnapshot", "VolumeSnapshotClass", "VolumeSnapshotContent"], successor: Version("snapshot.storage.k8s.io/v1"), why: "the snapshot controller has not served it since 6.1", source: "https://github.com/kubernetes-csi/external-snapshotter/releases/tag/v6.1.0" },
    Outdated { api_version: "traefik.containo.us/v1alpha1", kinds: &[], successor: Version("traefik.io/v1alpha1"), why: "Traefik has not read this group since 3.0", source: "https://doc.traefik.io/traefik/migration/v2-to-v3-details/" },
];

/// The removal of an API, if there was one.
pub(crate) fn removed(api_version: &str, kind: &str) -> Option<&'static Removed> {
    REMOVED.iter().find(|row| row.api_version == api_version && row.kinds.contains(&kind))
}

/// The deprecation of an API of Kubernetes itself.
pub(crate) fn deprecated(api_version: &str, kind: &str) -> Option<&'static Deprecated> {
    DEPRECATED.iter().find(|row| row.api_version == api_version && row.kinds.contains(&kind))
}

/// The first known minor that has an API; `None` if the oldest one has it, or none of them.
pub(crate) fn since(api_version: &str, kind: &str) -> Option<u8> {
    let is_it = |row: &&Late| row.api_version == api_version && row.kinds.contains(&kind);
    LATE.iter().find(is_it).map(|row| row.minor)
}

/// What an operator says of a version of its custom resource that it left behind.
pub(crate) fn outdated(api_version: &str, kind: &str) -> Option<&'static Outdated> {
    OUTDATED.iter().find(|row| {
        row.api_version == api_version && (row.kinds.is_empty() || row.kinds.contains(&kind))
    })
}
