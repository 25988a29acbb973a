//! The fields that the API server keeps in another form than they may be written in.
//!
//! Complete for the kinds that Seaway makes: of Kubernetes itself, every list that `kubectl apply` replaces as a whole (no
//! `patchStrategy` in the Go types, <https://github.com/kubernetes/api>) was held against the defaults of its items
//! (`defaults.go` below <https://github.com/kubernetes/kubernetes/tree/master/pkg/apis>), and every field that Go leaves out
//! where it is zero (`omitempty` of what is no pointer) against what is printed. Of custom resources, each `default` below
//! a list of their schemas. No schema of `CiliumNetworkPolicy`, `PrometheusRule`, `ScaledObject` or `TriggerAuthentication`
//! has one in a list that is printed.

/// A field and what the API server keeps of it.
pub(super) struct Row {
    /// What has the field.
    pub of: Of,
    /// The tables that have it, below [`of`](Self::of): `spec.rules[].backendRefs[]`.
    pub within: &'static str,
    /// What is kept of it.
    pub kept: Kept,
    /// Where that is written.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table"))]
    pub source: &'static str,
}

/// What has a field.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// An object of an API group and a kind.
    Kind(&'static str, &'static str),
    /// The spec of each pod, whatever makes it.
    Pod,
    /// Each container of a pod.
    Container,
}

/// What the API server keeps of a field.
pub(super) enum Kept {
    /// A default where there is none.
    Default(&'static str, Literal),
    /// For each key of the second field an entry of the first: a limit is the default where there is none.
    Copied(&'static str, &'static str),
    /// Nothing, where they are zero: empty, `false` or `0`.
    NoZero(&'static [&'static str]),
    /// An amount, or a map of amounts, in the canonical form.
    Canonical(&'static [&'static str]),
    /// The texts of the first field as base64 in the second.
    Encoded(&'static str, &'static str),
}

/// A value of a default.
#[derive(Clone, Copy)]
pub(super) enum Literal {
    Text(&'static str),
    Number(i64),
    Table(&'static [(&'static str, Literal)]),
    List(&'static [Literal]),
}

/// Seconds for which a token is valid: an hour.
pub(super) const TOKEN_SECONDS: i64 = 3600;
/// The version of the API that a field of a pod is read by.
pub(super) const FIELD_VERSION: &str = "v1";
/// The unit of an amount that is no part of one.
pub(super) const DIVISOR: &str = "0";
/// The protocol of a port.
pub(super) const PROTOCOL: &str = "TCP";

/// Defaults of `core/v1`.
const CORE: &str =
    "https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/v1/defaults.go";
/// Types of `core/v1`.
const CORE_TYPES: &str = "https://github.com/kubernetes/api/blob/v0.36.3/core/v1/types.go";
/// Types of `apps/v1`.
const APPS_TYPES: &str = "https://github.com/kubernetes/api/blob/v0.36.3/apps/v1/types.go";
/// Defaults of `networking.k8s.io/v1`.
const NETWORKING: &str =
    "https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/networking/v1/defaults.go";
/// The canonical form: suffixes, and no fractions.
const QUANTITY: &str =
    "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/";
/// Types of routes.
const ROUTE: &str =
    "https://github.com/kubernetes-sigs/gateway-api/blob/v1.6.1/apis/v1/httproute_types.go";
/// References of routes.
const PARENT: &str =
    "https://github.com/kubernetes-sigs/gateway-api/blob/v1.6.1/apis/v1/shared_types.go";
/// References to objects.
const REFERENCE: &str =
    "https://github.com/kubernetes-sigs/gateway-api/blob/v1.6.1/apis/v1/object_reference_types.go";
/// Types of Gateways.
const GATEWAY: &str =
    "https://github.com/kubernetes-sigs/gateway-api/blob/v1.6.1/apis/v1/gateway_types.go";
/// External Secrets had these defaults up to 2.8, and has none from 2.9 on: written out they fit both.
const EXTERNAL: &str = "https://github.com/external-secrets/external-secrets/pull/6798";
/// Types of monitors.
const RELABELING: &str = "https://github.com/prometheus-operator/prometheus-operator/blob/v0.93.0/pkg/apis/monitoring/v1/prometheus_types.go";

const HTTP_ROUTE: Of = Of::Kind("gateway.networking.k8s.io", "HTTPRoute");
const OWN_GATEWAY: Of = Of::Kind("gateway.networking.k8s.io", "Gateway");
const EXTERNAL_SECRET: Of = Of::Kind("external-secrets.io", "ExternalSecret");
const SERVICE_MONITOR: Of = Of::Kind("monitoring.coreos.com", "ServiceMonitor");
const POD_MONITOR: Of = Of::Kind("monitoring.coreos.com", "PodMonitor");
const DEPLOYMENT: Of = Of::Kind("apps", "Deployment");
const STATEFUL_SET: Of = Of::Kind("apps", "StatefulSet");
const NETWORK_POLICY: Of = Of::Kind("networking.k8s.io", "NetworkPolicy");
const LIMIT_RANGE: Of = Of::Kind("", "LimitRange");
const SERVICE: Of = Of::Kind("", "Service");

/// `/`, and all below it.
const EVERY_PATH: Literal =
    Literal::Table(&[("type", Literal::Text("PathPrefix")), ("value", Literal::Text("/"))]);
const SAME_NAMESPACE: Literal = Literal::Table(&[("from", Literal::Text("Same"))]);

/// Fields that the API server keeps in another form. A default comes before those inside of it.
pub(super) static ROWS: &[Row] = &[
    // Kinds of Kubernetes: items of lists that are replaced as a whole.
    default(
        Of::Pod,
        "volumes[].downwardAPI.items[].fieldRef",
        "apiVersion",
        Literal::Text(FIELD_VERSION),
        CORE,
    ),
    default(
        Of::Pod,
        "volumes[].downwardAPI.items[].resourceFieldRef",
        "divisor",
        Literal::Text(DIVISOR),
        CORE_TYPES,
    ),
    default(
        Of::Pod,
        "volumes[].projected.sources[].downwardAPI.items[].fieldRef",
        "apiVersion",
        Literal::Text(FIELD_VERSION),
        CORE,
    ),
    default(
        Of::Pod,
        "volumes[].projected.sources[].downwardAPI.items[].resourceFieldRef",
        "divisor",
        Literal::Text(DIVISOR),
        CORE_TYPES,
    ),
    default(
        Of::Pod,
        "volumes[].projected.sources[].serviceAccountToken",
        "expirationSeconds",
        Literal::Number(TOKEN_SECONDS),
        CORE,
    ),
    default(
        NETWORK_POLICY,
        "spec.ingress[].ports[]",
        "protocol",
        Literal::Text(PROTOCOL),
        NETWORKING,
    ),
    default(
        NETWORK_POLICY,
        "spec.egress[].ports[]",
        "protocol",
        Literal::Text(PROTOCOL),
        NETWORKING,
    ),
    row(LIMIT_RANGE, "spec.limits[]", Kept::Copied("default", "max"), CORE),
    row(LIMIT_RANGE, "spec.limits[]", Kept::Copied("defaultRequest", "default"), CORE),
    // What Go leaves out where it is zero.
    row(Of::Container, "env[]", Kept::NoZero(&["value"]), CORE_TYPES),
    row(Of::Container, "envFrom[]", Kept::NoZero(&["prefix"]), CORE_TYPES),
    row(
        Of::Container,
        "ports[]",
        Kept::NoZero(&["name", "hostPort", "hostIP", "protocol"]),
        CORE_TYPES,
    ),
    row(
        Of::Container,
        "volumeMounts[]",
        Kept::NoZero(&["readOnly", "subPath", "subPathExpr"]),
        CORE_TYPES,
    ),
    row(Of::Container, "startupProbe", PROBE, CORE_TYPES),
    row(Of::Container, "readinessProbe", PROBE, CORE_TYPES),
    row(Of::Container, "livenessProbe", PROBE, CORE_TYPES),
    row(
        Of::Container,
        "",
        Kept::NoZero(&["stdin", "stdinOnce", "tty", "workingDir", "imagePullPolicy"]),
        CORE_TYPES,
    ),
    row(
        Of::Pod,
        "",
        Kept::NoZero(&[
            "hostNetwork",
            "hostPID",
            "hostIPC",
            "hostname",
            "subdomain",
            "priorityClassName",
            "serviceAccountName",
            "schedulerName",
        ]),
        CORE_TYPES,
    ),
    row(
        Of::Pod,
        "tolerations[]",
        Kept::NoZero(&["key", "operator", "value", "effect"]),
        CORE_TYPES,
    ),
    row(Of::Pod, "volumes[].persistentVolumeClaim", Kept::NoZero(&["readOnly"]), CORE_TYPES),
    row(Of::Pod, "volumes[].emptyDir", Kept::NoZero(&["medium"]), CORE_TYPES),
    row(DEPLOYMENT, "spec", Kept::NoZero(&["minReadySeconds", "paused"]), APPS_TYPES),
    row(STATEFUL_SET, "spec", Kept::NoZero(&["minReadySeconds"]), APPS_TYPES),
    row(
        SERVICE,
        "spec",
        Kept::NoZero(&[
            "clusterIP",
            "publishNotReadyAddresses",
            "externalTrafficPolicy",
            "sessionAffinity",
        ]),
        CORE_TYPES,
    ),
    row(SERVICE, "spec.ports[]", Kept::NoZero(&["name", "nodePort", "protocol"]), CORE_TYPES),
    // Amounts.
    row(Of::Container, "resources", Kept::Canonical(&["requests", "limits"]), QUANTITY),
    row(Of::Pod, "volumes[].emptyDir", Kept::Canonical(&["sizeLimit"]), QUANTITY),
    row(
        Of::Kind("", "PersistentVolumeClaim"),
        "spec.resources",
        Kept::Canonical(&["requests", "limits"]),
        QUANTITY,
    ),
    row(Of::Kind("", "ResourceQuota"), "spec", Kept::Canonical(&["hard"]), QUANTITY),
    row(
        LIMIT_RANGE,
        "spec.limits[]",
        Kept::Canonical(&["default", "defaultRequest", "max", "min"]),
        QUANTITY,
    ),
    // A field that is written and never read.
    row(Of::Kind("", "Secret"), "", Kept::Encoded("stringData", "data"), CORE_TYPES),
    // Custom resources: any list.
    default(
        HTTP_ROUTE,
        "spec.parentRefs[]",
        "group",
        Literal::Text("gateway.networking.k8s.io"),
        PARENT,
    ),
    default(HTTP_ROUTE, "spec.parentRefs[]", "kind", Literal::Text("Gateway"), PARENT),
    default(
        HTTP_ROUTE,
        "spec.rules[]",
        "matches",
        Literal::List(&[Literal::Table(&[("path", EVERY_PATH)])]),
        ROUTE,
    ),
    default(HTTP_ROUTE, "spec.rules[].matches[]", "path", EVERY_PATH, ROUTE),
    default(HTTP_ROUTE, "spec.rules[].matches[].path", "type", Literal::Text("PathPrefix"), ROUTE),
    default(HTTP_ROUTE, "spec.rules[].matches[].path", "value", Literal::Text("/"), ROUTE),
    default(HTTP_ROUTE, "spec.rules[].matches[].headers[]", "type", Literal::Text("Exact"), ROUTE),
    default(
        HTTP_ROUTE,
        "spec.rules[].matches[].queryParams[]",
        "type",
        Literal::Text("Exact"),
        ROUTE,
    ),
    default(
        HTTP_ROUTE,
        "spec.rules[].filters[].requestRedirect",
        "statusCode",
        Literal::Number(302),
        ROUTE,
    ),
    default(HTTP_ROUTE, "spec.rules[].backendRefs[]", "group", Literal::Text(""), REFERENCE),
    default(HTTP_ROUTE, "spec.rules[].backendRefs[]", "kind", Literal::Text("Service"), REFERENCE),
    default(HTTP_ROUTE, "spec.rules[].backendRefs[]", "weight", Literal::Number(1), PARENT),
    default(
        OWN_GATEWAY,
        "spec.listeners[]",
        "allowedRoutes",
        Literal::Table(&[("namespaces", SAME_NAMESPACE)]),
        GATEWAY,
    ),
    default(OWN_GATEWAY, "spec.listeners[].allowedRoutes", "namespaces", SAME_NAMESPACE, GATEWAY),
    default(
        OWN_GATEWAY,
        "spec.listeners[].allowedRoutes.namespaces",
        "from",
        Literal::Text("Same"),
        GATEWAY,
    ),
    default(OWN_GATEWAY, "spec.listeners[].tls", "mode", Literal::Text("Terminate"), GATEWAY),
    default(
        OWN_GATEWAY,
        "spec.listeners[].tls.certificateRefs[]",
        "group",
        Literal::Text(""),
        REFERENCE,
    ),
    default(
        OWN_GATEWAY,
        "spec.listeners[].tls.certificateRefs[]",
        "kind",
        Literal::Text("Secret"),
        REFERENCE,
    ),
    default(
        EXTERNAL_SECRET,
        "spec.data[].remoteRef",
        "conversionStrategy",
        Literal::Text("Default"),
        EXTERNAL,
    ),
    default(
        EXTERNAL_SECRET,
        "spec.data[].remoteRef",
        "decodingStrategy",
        Literal::Text("None"),
        EXTERNAL,
    ),
    default(
        EXTERNAL_SECRET,
        "spec.data[].remoteRef",
        "metadataPolicy",
        Literal::Text("None"),
        EXTERNAL,
    ),
    default(
        SERVICE_MONITOR,
        "spec.endpoints[].relabelings[]",
        "action",
        Literal::Text("replace"),
        RELABELING,
    ),
    default(
        SERVICE_MONITOR,
        "spec.endpoints[].metricRelabelings[]",
        "action",
        Literal::Text("replace"),
        RELABELING,
    ),
    default(
        POD_MONITOR,
        "spec.podMetricsEndpoints[].relabelings[]",
        "action",
        Literal::Text("replace"),
        RELABELING,
    ),
    default(
        POD_MONITOR,
        "spec.podMetricsEndpoints[].metricRelabelings[]",
        "action",
        Literal::Text("replace"),
        RELABELING,
    ),
];

const PROBE: Kept = Kept::NoZero(&[
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
]);

const fn row(of: Of, within: &'static str, kept: Kept, source: &'static str) -> Row {
    Row { of, within, kept, source }
}

const fn default(
    of: Of,
    within: &'static str,
    field: &'static str,
    value: Literal,
    source: &'static str,
) -> Row {
    row(of, within, Kept::Default(field, value), source)
}
