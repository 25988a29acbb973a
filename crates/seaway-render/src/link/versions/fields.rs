//! Fields that not every known version of Kubernetes takes.
//!
//! Two sources, brought together: since when the published schemas have a field, and since when the feature gate of the
//! field is on where nobody turned it on. `.ci/test_versions.py` holds the table against the schemas of every known minor:
//! each field that came after the oldest one is here, and no other but those whose gate was off then. The gates are those of
//! <https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/>; for two that it does not list,
//! [`EvictionRequestAPI`](https://github.com/kubernetes/kubernetes/pull/137050) and
//! [`HTTPProbeProtocol`](https://github.com/kubernetes/kubernetes/pull/139429), the change that made them.
//!
//! An API server that knows a field whose gate is off takes the object and
//! [drops the field](https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api_changes.md#adding-unstable-features-to-stable-versions);
//! for pods that is `DropDisabledTemplateFields` of
//! [`pkg/api/pod/util.go`](https://github.com/kubernetes/kubernetes/blob/master/pkg/api/pod/util.go).

/// A field of a type of the API.
pub(super) struct Field {
    /// The type, as the published schemas name it below `io.k8s.api`.
    pub of: &'static str,
    pub name: &'static str,
    /// The minor whose schemas have it first.
    pub schema: u8,
    /// The minor from which on it works unless somebody turns it off.
    pub on: Option<u8>,
    /// The feature gate that it waits for.
    pub gate: &'static str,
}

/// All of them, by type.
#[rustfmt::skip]
pub(super) const FIELDS: &[Field] = &[
    // `maxUnavailable` was on in 1.35.0 to 1.35.3, and off again up to 1.36.
    Field { of: "apps.v1.RollingUpdateStatefulSetStrategy", name: "maxUnavailable", schema: 33, on: Some(37), gate: "MaxUnavailableStatefulSet" },
    Field { of: "autoscaling.v2.HPAScalingRules", name: "tolerance", schema: 33, on: Some(35), gate: "HPAConfigurableTolerance" },
    Field { of: "batch.v1.JobSpec", name: "scheduling", schema: 37, on: None, gate: "WorkloadWithJob" },
    Field { of: "coordination.v1.LeaseSpec", name: "preferredHolder", schema: 33, on: None, gate: "CoordinatedLeaderElection" },
    Field { of: "coordination.v1.LeaseSpec", name: "strategy", schema: 33, on: None, gate: "CoordinatedLeaderElection" },
    Field { of: "core.v1.ClusterTrustBundleProjection", name: "user", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.ConfigMapVolumeSource", name: "defaultUser", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.Container", name: "restartPolicyRules", schema: 34, on: Some(35), gate: "ContainerRestartRules" },
    Field { of: "core.v1.DownwardAPIVolumeFile", name: "user", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.DownwardAPIVolumeSource", name: "defaultUser", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.EmptyDirVolumeSource", name: "mode", schema: 37, on: None, gate: "EmptyDirVolumeMode" },
    Field { of: "core.v1.EnvVarSource", name: "fileKeyRef", schema: 34, on: Some(35), gate: "EnvFiles" },
    Field { of: "core.v1.EphemeralContainer", name: "restartPolicyRules", schema: 34, on: Some(35), gate: "ContainerRestartRules" },
    Field { of: "core.v1.GRPCAction", name: "mode", schema: 37, on: None, gate: "GRPCContainerProbeTLS" },
    Field { of: "core.v1.HTTPGetAction", name: "protocol", schema: 37, on: None, gate: "HTTPProbeProtocol" },
    Field { of: "core.v1.KeyToPath", name: "user", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.Lifecycle", name: "stopSignal", schema: 33, on: None, gate: "ContainerStopSignals" },
    Field { of: "core.v1.PersistentVolumeClaimSpec", name: "volumeAttributesClassName", schema: 33, on: Some(34), gate: "VolumeAttributesClass" },
    Field { of: "core.v1.PersistentVolumeSpec", name: "volumeAttributesClassName", schema: 33, on: Some(34), gate: "VolumeAttributesClass" },
    Field { of: "core.v1.PodCertificateProjection", name: "user", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.PodCertificateProjection", name: "userAnnotations", schema: 35, on: Some(37), gate: "PodCertificateRequest" },
    Field { of: "core.v1.PodSpec", name: "evictionResponders", schema: 37, on: None, gate: "EvictionRequestAPI" },
    Field { of: "core.v1.PodSpec", name: "hostnameOverride", schema: 34, on: Some(35), gate: "HostnameOverride" },
    Field { of: "core.v1.PodSpec", name: "resourceClaims", schema: 33, on: Some(34), gate: "DynamicResourceAllocation" },
    Field { of: "core.v1.PodSpec", name: "resources", schema: 33, on: Some(34), gate: "PodLevelResources" },
    Field { of: "core.v1.PodSpec", name: "schedulingGroup", schema: 36, on: None, gate: "GenericWorkload" },
    Field { of: "core.v1.PodSpec", name: "workloadRef", schema: 35, on: None, gate: "GenericWorkload" },
    Field { of: "core.v1.ProjectedVolumeSource", name: "defaultUser", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.ResourceRequirements", name: "claims", schema: 33, on: Some(34), gate: "DynamicResourceAllocation" },
    Field { of: "core.v1.SecretVolumeSource", name: "defaultUser", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.ServiceAccountTokenProjection", name: "user", schema: 37, on: None, gate: "AtomicWriteVolumeUserFields" },
    Field { of: "core.v1.TypedObjectReference", name: "namespace", schema: 33, on: None, gate: "CrossNamespaceVolumeDataSource" },
    Field { of: "core.v1.Volume", name: "image", schema: 33, on: Some(35), gate: "ImageVolume" },
    Field { of: "core.v1.VolumeMount", name: "bindMountOptions", schema: 37, on: None, gate: "VolumeBindMountOptions" },
    Field { of: "core.v1.VolumeProjection", name: "clusterTrustBundle", schema: 33, on: Some(37), gate: "ClusterTrustBundleProjection" },
    Field { of: "core.v1.VolumeProjection", name: "podCertificate", schema: 34, on: Some(37), gate: "PodCertificateRequest" },
    Field { of: "discovery.v1.EndpointHints", name: "forNodes", schema: 33, on: Some(34), gate: "PreferSameTrafficDistribution" },
    Field { of: "resource.v1.DeviceClassSpec", name: "extendedResourceName", schema: 34, on: Some(36), gate: "DRAExtendedResource" },
    Field { of: "resource.v1.DeviceConstraint", name: "distinctAttribute", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1.DeviceSubRequest", name: "capacity", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1.DeviceSubRequest", name: "derivedAttributes", schema: 37, on: None, gate: "DRADerivedAttributes" },
    Field { of: "resource.v1.DeviceSubRequest", name: "tolerations", schema: 34, on: Some(36), gate: "DRADeviceTaints" },
    Field { of: "resource.v1.ExactDeviceRequest", name: "capacity", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1.ExactDeviceRequest", name: "derivedAttributes", schema: 37, on: None, gate: "DRADerivedAttributes" },
    Field { of: "resource.v1.ExactDeviceRequest", name: "tolerations", schema: 34, on: Some(36), gate: "DRADeviceTaints" },
    Field { of: "resource.v1beta1.DeviceClassSpec", name: "extendedResourceName", schema: 34, on: Some(36), gate: "DRAExtendedResource" },
    Field { of: "resource.v1beta1.DeviceConstraint", name: "distinctAttribute", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1beta1.DeviceRequest", name: "adminAccess", schema: 33, on: Some(34), gate: "DRAAdminAccess" },
    Field { of: "resource.v1beta1.DeviceRequest", name: "capacity", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1beta1.DeviceRequest", name: "derivedAttributes", schema: 37, on: None, gate: "DRADerivedAttributes" },
    Field { of: "resource.v1beta1.DeviceRequest", name: "firstAvailable", schema: 33, on: Some(34), gate: "DRAPrioritizedList" },
    Field { of: "resource.v1beta1.DeviceRequest", name: "tolerations", schema: 33, on: Some(36), gate: "DRADeviceTaints" },
    Field { of: "resource.v1beta1.DeviceSubRequest", name: "capacity", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1beta1.DeviceSubRequest", name: "derivedAttributes", schema: 37, on: None, gate: "DRADerivedAttributes" },
    Field { of: "resource.v1beta1.DeviceSubRequest", name: "tolerations", schema: 33, on: Some(36), gate: "DRADeviceTaints" },
    Field { of: "resource.v1beta2.DeviceClassSpec", name: "extendedResourceName", schema: 34, on: Some(36), gate: "DRAExtendedResource" },
    Field { of: "resource.v1beta2.DeviceConstraint", name: "distinctAttribute", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1beta2.DeviceRequest", name: "firstAvailable", schema: 33, on: Some(34), gate: "DRAPrioritizedList" },
    Field { of: "resource.v1beta2.DeviceSubRequest", name: "capacity", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1beta2.DeviceSubRequest", name: "derivedAttributes", schema: 37, on: None, gate: "DRADerivedAttributes" },
    Field { of: "resource.v1beta2.DeviceSubRequest", name: "tolerations", schema: 33, on: Some(36), gate: "DRADeviceTaints" },
    Field { of: "resource.v1beta2.ExactDeviceRequest", name: "adminAccess", schema: 33, on: Some(34), gate: "DRAAdminAccess" },
    Field { of: "resource.v1beta2.ExactDeviceRequest", name: "capacity", schema: 34, on: Some(36), gate: "DRAConsumableCapacity" },
    Field { of: "resource.v1beta2.ExactDeviceRequest", name: "derivedAttributes", schema: 37, on: None, gate: "DRADerivedAttributes" },
    Field { of: "resource.v1beta2.ExactDeviceRequest", name: "tolerations", schema: 33, on: Some(36), gate: "DRADeviceTaints" },
    Field { of: "storage.v1.CSIDriverSpec", name: "nodeAllocatableUpdatePeriodSeconds", schema: 33, on: Some(35), gate: "MutableCSINodeAllocatableCount" },
    Field { of: "storage.v1.CSIDriverSpec", name: "preventPodSchedulingIfMissing", schema: 36, on: Some(37), gate: "VolumeLimitScaling" },
    Field { of: "storage.v1.CSIDriverSpec", name: "serviceAccountTokenInSecrets", schema: 35, on: Some(35), gate: "CSIServiceAccountTokenSecrets" },
];
