//! The order in which objects are applied.

/// The place of a kind in the order of application: what others need comes first, what takes traffic is in place
/// before what serves it, custom resources come after all else.
pub(crate) fn rank(kind: &str) -> usize {
    const ORDER: &[&str] = &[
        "Namespace",
        "CustomResourceDefinition",
        "PriorityClass",
        "StorageClass",
        "IngressClass",
        "ResourceQuota",
        "LimitRange",
        "NetworkPolicy",
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "Secret",
        "ExternalSecret",
        "SealedSecret",
        "ConfigMap",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Service",
        "Ingress",
        "Gateway",
        "HTTPRoute",
        "PodDisruptionBudget",
        "StatefulSet",
        "Job",
        "Deployment",
        "DaemonSet",
        "Pod",
        "CronJob",
        "HorizontalPodAutoscaler",
        "TriggerAuthentication",
        "ScaledObject",
    ];
    // Files are called by the place of their kind: a further kind stands beside one that is there.
    let kind = match kind {
        // What opens a way stands beside what closes the others.
        "CiliumNetworkPolicy" => "NetworkPolicy",
        // What controllers read beside a Service or an Ingress comes before it, what they read beside a route after it.
        "BackendConfig" | "FrontendConfig" | "ManagedCertificate" | "Middleware"
        | "ServersTransport" => "ConfigMap",
        "Route" => "Ingress",
        "HealthCheckPolicy" | "GCPBackendPolicy" => "HTTPRoute",
        _ => kind,
    };
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}
