//! The order in which a person writes the fields of each Kubernetes struct.
//!
//! `k8s-openapi` prints fields by the alphabet and tells the serializer the struct's name. The orders are those of the
//! examples on <https://kubernetes.io/docs/>: identity first, then what decides most, long blocks last.

use crate::by_name::{Places, same};

/// For structs that are not in [`TABLE`], and enough for most: identity first, the rest by the alphabet.
const DEFAULT: &[&str] = &["apiVersion", "kind", "metadata", "name", "namespace", "type", "spec"];

/// The keys of a struct, first to last. Fields that are not named follow in the order given.
pub(super) fn of(owner: &str) -> &'static [&'static str] {
    let mut known = PLACES.of(owner).map(|at| &TABLE[at]);
    known.find(|(name, _)| same(name, owner)).map_or(DEFAULT, |(_, keys)| keys)
}

static PLACES: Places = {
    let (mut places, mut at) = (Places::NONE, 0);
    while at < TABLE.len() {
        places.note(TABLE[at].0, at);
        at += 1;
    }
    places
};

/// Structs in the order of their names; their fields in the order in which they are read.
#[rustfmt::skip] // one struct a paragraph, not one field a line
const TABLE: &[(&str, &[&str])] = &[
    ("CSIPersistentVolumeSource", &[
        "driver", "volumeHandle", "fsType", "readOnly", "volumeAttributes",
    ]),
    ("Capabilities", &["drop", "add"]),
    ("ConfigMap", &["apiVersion", "kind", "metadata", "immutable", "data", "binaryData"]),
    ("ConfigMapVolumeSource", &["name", "items", "optional", "defaultMode"]),
    ("Container", &[
        "name", "image", "imagePullPolicy", "restartPolicy", "restartPolicyRules", "command",
        "args", "workingDir", "ports", "envFrom", "env", "resources", "resizePolicy",
        "volumeMounts", "volumeDevices", "startupProbe", "livenessProbe", "readinessProbe",
        "lifecycle", "terminationMessagePath", "terminationMessagePolicy", "stdin", "stdinOnce",
        "tty", "securityContext",
    ]),
    ("ContainerPort", &["name", "containerPort", "protocol", "hostPort", "hostIP"]),
    ("CronJobSpec", &[
        "schedule", "timeZone", "suspend", "concurrencyPolicy", "startingDeadlineSeconds",
        "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "jobTemplate",
    ]),
    ("CustomResourceColumnDefinition", &[
        "name", "type", "format", "jsonPath", "priority", "description",
    ]),
    ("CustomResourceDefinitionNames", &[
        "kind", "listKind", "plural", "singular", "shortNames", "categories",
    ]),
    ("CustomResourceDefinitionSpec", &[
        "group", "names", "scope", "versions", "conversion", "preserveUnknownFields",
    ]),
    ("CustomResourceDefinitionVersion", &[
        "name", "served", "storage", "deprecated", "deprecationWarning", "schema", "subresources",
        "additionalPrinterColumns", "selectableFields",
    ]),
    ("DaemonSetSpec", &[
        "revisionHistoryLimit", "minReadySeconds", "selector", "updateStrategy", "template",
    ]),
    ("DeploymentSpec", &[
        "replicas", "revisionHistoryLimit", "progressDeadlineSeconds", "minReadySeconds", "paused",
        "selector", "strategy", "template",
    ]),
    ("DownwardAPIVolumeFile", &["path", "fieldRef", "resourceFieldRef", "mode"]),
    ("EndpointSlice", &["apiVersion", "kind", "metadata", "addressType", "ports", "endpoints"]),
    ("EnvFromSource", &["configMapRef", "secretRef", "prefix"]),
    ("HPAScalingPolicy", &["type", "value", "periodSeconds"]),
    ("HPAScalingRules", &["stabilizationWindowSeconds", "tolerance", "selectPolicy", "policies"]),
    ("HTTPGetAction", &["path", "port", "scheme", "host", "httpHeaders"]),
    ("HTTPIngressPath", &["path", "pathType", "backend"]),
    ("HorizontalPodAutoscalerBehavior", &["scaleUp", "scaleDown"]),
    ("HorizontalPodAutoscalerSpec", &[
        "scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior",
    ]),
    ("HostAlias", &["ip", "hostnames"]),
    ("HostPathVolumeSource", &["path", "type"]),
    ("IngressBackend", &["service", "resource"]),
    ("IngressSpec", &["ingressClassName", "defaultBackend", "tls", "rules"]),
    ("JSONSchemaProps", &["description", "type", "format", "properties", "required"]),
    ("JobSpec", &[
        "suspend", "completionMode", "completions", "parallelism", "backoffLimit",
        "backoffLimitPerIndex", "maxFailedIndexes", "activeDeadlineSeconds",
        "ttlSecondsAfterFinished", "podReplacementPolicy", "podFailurePolicy", "successPolicy",
        "managedBy", "manualSelector", "selector", "template",
    ]),
    ("KeyToPath", &["key", "path", "mode"]),
    ("LabelSelector", &["matchLabels", "matchExpressions"]),
    ("LimitRangeItem", &[
        "type", "min", "max", "default", "defaultRequest", "maxLimitRequestRatio",
    ]),
    ("MutatingWebhook", &[
        "name", "admissionReviewVersions", "clientConfig", "rules", "namespaceSelector",
        "objectSelector", "matchConditions", "matchPolicy", "sideEffects", "failurePolicy",
        "reinvocationPolicy", "timeoutSeconds",
    ]),
    ("NFSVolumeSource", &["server", "path", "readOnly"]),
    ("NetworkPolicyEgressRule", &["to", "ports"]),
    ("NetworkPolicyPeer", &["namespaceSelector", "podSelector", "ipBlock"]),
    ("NetworkPolicyPort", &["protocol", "port", "endPort"]),
    ("NetworkPolicySpec", &["podSelector", "policyTypes", "ingress", "egress"]),
    ("NodeAffinity", &[
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ]),
    ("ObjectMeta", &[
        "name", "generateName", "namespace", "labels", "annotations", "finalizers",
        "ownerReferences",
    ]),
    ("OwnerReference", &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"]),
    ("PersistentVolumeClaimSpec", &[
        "accessModes", "storageClassName", "volumeMode", "volumeAttributesClassName", "resources",
        "volumeName", "selector", "dataSource", "dataSourceRef",
    ]),
    ("PersistentVolumeSpec", &[
        "capacity", "accessModes", "volumeMode", "persistentVolumeReclaimPolicy",
        "storageClassName", "volumeAttributesClassName", "claimRef", "mountOptions",
    ]),
    ("PodAffinity", &[
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ]),
    ("PodAffinityTerm", &[
        "topologyKey", "labelSelector", "matchLabelKeys", "mismatchLabelKeys", "namespaces",
        "namespaceSelector",
    ]),
    ("PodAntiAffinity", &[
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ]),
    ("PodDisruptionBudgetSpec", &[
        "minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy", "selector",
    ]),
    ("PodFailurePolicyOnExitCodesRequirement", &["containerName", "operator", "values"]),
    ("PodFailurePolicyOnPodConditionsPattern", &["type", "status"]),
    ("PodFailurePolicyRule", &["action", "onExitCodes", "onPodConditions"]),
    ("PodSecurityContext", &[
        "runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy",
        "supplementalGroups", "supplementalGroupsPolicy", "seccompProfile", "appArmorProfile",
        "seLinuxOptions", "seLinuxChangePolicy", "sysctls", "windowsOptions",
    ]),
    ("PodSpec", &[
        "serviceAccountName", "serviceAccount", "automountServiceAccountToken",
        "enableServiceLinks", "imagePullSecrets", "runtimeClassName", "priorityClassName",
        "priority", "preemptionPolicy", "restartPolicy", "activeDeadlineSeconds",
        "terminationGracePeriodSeconds", "hostNetwork", "hostPID", "hostIPC", "hostUsers",
        "shareProcessNamespace", "hostname", "hostnameOverride", "subdomain", "setHostnameAsFQDN",
        "hostAliases", "dnsPolicy", "dnsConfig", "securityContext", "initContainers", "containers",
        "ephemeralContainers", "volumes", "resourceClaims", "resources", "overhead", "os",
        "schedulerName", "schedulingGates", "readinessGates", "nodeName", "nodeSelector",
        "affinity", "tolerations", "topologySpreadConstraints",
    ]),
    ("PolicyRule", &["apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs"]),
    ("PreferredSchedulingTerm", &["weight", "preference"]),
    ("PriorityClass", &[
        "apiVersion", "kind", "metadata", "value", "globalDefault", "preemptionPolicy",
        "description",
    ]),
    ("Probe", &[
        "httpGet", "exec", "tcpSocket", "grpc", "initialDelaySeconds", "periodSeconds",
        "timeoutSeconds", "successThreshold", "failureThreshold", "terminationGracePeriodSeconds",
    ]),
    ("ProjectedVolumeSource", &["sources", "defaultMode"]),
    ("ResourceFieldSelector", &["containerName", "resource", "divisor"]),
    ("ResourceRequirements", &["requests", "limits", "claims"]),
    ("RoleRef", &["apiGroup", "kind", "name"]),
    ("RollingUpdateStatefulSetStrategy", &["partition", "maxUnavailable"]),
    ("Secret", &["apiVersion", "kind", "metadata", "immutable", "type", "stringData", "data"]),
    ("SecretVolumeSource", &["secretName", "items", "optional", "defaultMode"]),
    ("SecurityContext", &[
        "runAsNonRoot", "runAsUser", "runAsGroup", "privileged", "allowPrivilegeEscalation",
        "readOnlyRootFilesystem", "capabilities", "seccompProfile", "appArmorProfile",
        "seLinuxOptions", "procMount", "windowsOptions",
    ]),
    ("ServiceAccountTokenProjection", &["path", "audience", "expirationSeconds"]),
    ("ServicePort", &["name", "port", "targetPort", "nodePort", "protocol", "appProtocol"]),
    ("ServiceSpec", &[
        "type", "externalName", "clusterIP", "clusterIPs", "ipFamilyPolicy", "ipFamilies",
        "loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges",
        "allocateLoadBalancerNodePorts", "externalIPs", "externalTrafficPolicy",
        "internalTrafficPolicy", "trafficDistribution", "healthCheckNodePort",
        "publishNotReadyAddresses", "sessionAffinity", "sessionAffinityConfig", "selector", "ports",
    ]),
    ("StatefulSetSpec", &[
        "serviceName", "replicas", "revisionHistoryLimit", "minReadySeconds", "podManagementPolicy",
        "ordinals", "selector", "updateStrategy", "persistentVolumeClaimRetentionPolicy",
        "template", "volumeClaimTemplates",
    ]),
    ("StorageClass", &[
        "apiVersion", "kind", "metadata", "provisioner", "parameters", "reclaimPolicy",
        "volumeBindingMode", "allowVolumeExpansion", "mountOptions", "allowedTopologies",
    ]),
    ("TCPSocketAction", &["port", "host"]),
    ("Toleration", &["key", "operator", "value", "effect", "tolerationSeconds"]),
    ("TopologySpreadConstraint", &[
        "maxSkew", "minDomains", "topologyKey", "whenUnsatisfiable", "labelSelector",
        "matchLabelKeys", "nodeAffinityPolicy", "nodeTaintsPolicy",
    ]),
    ("TypedLocalObjectReference", &["apiGroup", "kind", "name"]),
    ("ValidatingWebhook", &[
        "name", "admissionReviewVersions", "clientConfig", "rules", "namespaceSelector",
        "objectSelector", "matchConditions", "matchPolicy", "sideEffects", "failurePolicy",
        "timeoutSeconds",
    ]),
    ("VolumeMount", &[
        "name", "mountPath", "subPath", "subPathExpr", "readOnly", "recursiveReadOnly",
        "mountPropagation",
    ]),
    ("VolumeResourceRequirements", &["requests", "limits"]),
    ("WeightedPodAffinityTerm", &["weight", "podAffinityTerm"]),
];

#[cfg(test)]
mod tests;
