//! Each rule is broken by a case, and none by its twin.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

/// An object, a field of it in JSON as it was and as it is, and whether the server refuses that.
const CASES: &[(&str, &str, &str, &str, bool)] = &[
    (
        "Deployment",
        "spec.selector",
        r#"{"matchLabels": {"a": "1"}}"#,
        r#"{"matchLabels": {"a": "2"}}"#,
        true,
    ),
    ("Deployment", "spec.template", r#"{"a": 1}"#, r#"{"a": 2}"#, false),
    ("StatefulSet", "spec.serviceName", r#""a""#, r#""b""#, true),
    ("StatefulSet", "spec.volumeClaimTemplates", r#"[{"a": 1}]"#, r#"[{"a": 2}]"#, true),
    ("StatefulSet", "spec.podManagementPolicy", "null", r#""Parallel""#, true),
    ("StatefulSet", "spec.template", r#"{"a": 1}"#, r#"{"a": 2}"#, false),
    ("StatefulSet", "spec.replicas", "1", "2", false),
    ("Job", "spec.template", r#"{"a": 1}"#, r#"{"a": 2}"#, true),
    ("Job", "spec.completions", "1", "2", true),
    ("Job", "spec.backoffLimit", "1", "2", false),
    ("Service", "spec.clusterIP", r#""None""#, "null", true),
    ("Service", "spec.clusterIP", "null", r#""None""#, true),
    ("Service", "spec.clusterIP", r#""10.0.0.1""#, r#""10.0.0.2""#, true),
    ("Service", "spec.clusterIP", r#""10.0.0.1""#, "null", false),
    ("Service", "spec.ipFamilies", r#"["IPv4"]"#, r#"["IPv6"]"#, true),
    (
        "Service",
        "spec",
        r#"{"type": "LoadBalancer"}"#,
        r#"{"type": "LoadBalancer", "loadBalancerClass": "a"}"#,
        true,
    ),
    (
        "Service",
        "spec",
        r#"{"type": "NodePort"}"#,
        r#"{"type": "LoadBalancer", "loadBalancerClass": "a"}"#,
        false,
    ),
    ("Service", "spec.healthCheckNodePort", "30001", "30002", true),
    ("Service", "spec.ports", r#"[{"port": 80}]"#, r#"[{"port": 81}]"#, false),
    ("PersistentVolumeClaim", "spec.storageClassName", "null", r#""gp3""#, true),
    (
        "PersistentVolumeClaim",
        "spec.accessModes",
        r#"["ReadWriteOnce"]"#,
        r#"["ReadWriteMany"]"#,
        true,
    ),
    ("PersistentVolumeClaim", "spec.resources.requests.storage", r#""2Gi""#, r#""2047Mi""#, true),
    ("PersistentVolumeClaim", "spec.resources.requests.storage", r#""900Mi""#, r#""1Gi""#, false),
    ("PersistentVolume", "spec.hostPath", r#"{"path": "/a"}"#, r#"{"path": "/b"}"#, true),
    ("PersistentVolume", "spec.capacity", r#"{"storage": "1Gi"}"#, r#"{"storage": "2Gi"}"#, false),
    (
        "ConfigMap",
        "",
        r#"{"immutable": true, "data": {"a": "1"}}"#,
        r#"{"immutable": true, "data": {"a": "2"}}"#,
        true,
    ),
    ("ConfigMap", "immutable", "true", "null", true),
    ("ConfigMap", "data", r#"{"a": "1"}"#, r#"{"a": "2"}"#, false),
    ("Secret", "", r#"{"immutable": true, "data": {"a": "1"}}"#, r#"{"immutable": true}"#, true),
    ("Secret", "type", r#""Opaque""#, r#""kubernetes.io/tls""#, true),
    ("StorageClass", "provisioner", r#""a""#, r#""b""#, true),
    ("StorageClass", "parameters", r#"{"type": "gp2"}"#, r#"{"type": "gp3"}"#, true),
    ("StorageClass", "reclaimPolicy", "null", r#""Retain""#, true),
    ("StorageClass", "volumeBindingMode", "null", r#""WaitForFirstConsumer""#, true),
    ("StorageClass", "allowVolumeExpansion", "null", "true", false),
    ("PriorityClass", "value", "1", "2", true),
    ("PriorityClass", "preemptionPolicy", "null", r#""Never""#, true),
    ("ClusterRoleBinding", "roleRef", r#"{"name": "a"}"#, r#"{"name": "b"}"#, true),
    ("RoleBinding", "subjects", r#"[{"name": "a"}]"#, r#"[{"name": "b"}]"#, false),
    ("IngressClass", "spec.controller", r#""a""#, r#""b""#, true),
    ("ResourceQuota", "spec.scopes", r#"["BestEffort"]"#, r#"["NotBestEffort"]"#, true),
    ("NetworkPolicy", "spec.podSelector", "{}", r#"{"matchLabels": {"a": "1"}}"#, false),
    ("StatefulSet", "spec.podManagementPolicy", "null", r#""OrderedReady""#, false),
    (
        "Job",
        "spec",
        r#"{"completions": 1, "completionMode": "Indexed"}"#,
        r#"{"completions": 2, "parallelism": 2, "completionMode": "Indexed"}"#,
        false,
    ),
    ("Pod", "spec.nodeName", r#""a""#, r#""b""#, true),
    (
        "Pod",
        "spec.containers",
        r#"[{"name": "a", "image": "a:1"}]"#,
        r#"[{"name": "a", "image": "a:2"}]"#,
        false,
    ),
    (
        "Pod",
        "spec.containers",
        r#"[{"name": "a", "args": ["1"]}]"#,
        r#"[{"name": "a", "args": ["2"]}]"#,
        true,
    ),
    ("Pod", "spec.initContainers", "null", r#"[{"name": "a"}]"#, true),
    ("Service", "spec", r#"{"clusterIP": "None"}"#, r#"{"type": "ExternalName"}"#, false),
    ("PersistentVolumeClaim", "spec.volumeMode", "null", r#""Filesystem""#, false),
    ("PersistentVolumeClaim", "spec.volumeMode", "null", r#""Block""#, true),
    ("PersistentVolumeClaim", "spec.resources.requests.storage", r#""1Gi""#, r#""1024Mi""#, false),
    ("Secret", "type", "null", r#""Opaque""#, false),
    (
        "RoleBinding",
        "roleRef",
        r#"{"name": "a"}"#,
        r#"{"name": "a", "apiGroup": "rbac.authorization.k8s.io"}"#,
        false,
    ),
    (
        "RoleBinding",
        "roleRef",
        r#"{"name": "a"}"#,
        r#"{"name": "b", "apiGroup": "rbac.authorization.k8s.io"}"#,
        true,
    ),
    ("RuntimeClass", "handler", r#""a""#, r#""b""#, true),
    ("CustomResourceDefinition", "spec.scope", r#""Namespaced""#, r#""Cluster""#, true),
    ("CustomResourceDefinition", "spec.names.kind", r#""A""#, r#""B""#, true),
    (
        "CustomResourceDefinition",
        "spec.versions",
        ONE_VERSION,
        r#"[{"name": "v2", "storage": true}]"#,
        true,
    ),
    ("CustomResourceDefinition", "spec.versions", ONE_VERSION, TWO_VERSIONS, false),
    (
        "CustomResourceDefinition",
        "spec.versions",
        TWO_VERSIONS,
        r#"[{"name": "v2", "storage": true}]"#,
        false,
    ),
    ("VolumeAttributesClass", "driverName", r#""a""#, r#""b""#, true),
    ("VolumeAttributesClass", "parameters", r#"{"iops": "1"}"#, r#"{"iops": "2"}"#, true),
    ("CSIDriver", "spec.attachRequired", "true", "false", true),
    // The server fills it in.
    ("CSIDriver", "spec.attachRequired", "null", "true", false),
    ("CSIDriver", "spec.attachRequired", "null", "false", true),
    ("CSIDriver", "spec.volumeLifecycleModes", "null", r#"["Persistent"]"#, false),
    ("CSIDriver", "spec.volumeLifecycleModes", "null", r#"["Ephemeral"]"#, true),
    ("CSIDriver", "spec.podInfoOnMount", "true", "false", false),
    ("CSIDriver", "spec.fsGroupPolicy", r#""File""#, r#""None""#, false),
    (
        "CSINode",
        "spec.drivers",
        r#"[{"name": "a", "nodeID": "1"}]"#,
        r#"[{"name": "a", "nodeID": "2"}]"#,
        true,
    ),
    (
        "CSINode",
        "spec.drivers",
        r#"[{"name": "a", "allocatable": {"count": 1}}]"#,
        r#"[{"name": "a", "allocatable": {"count": 2}}, {"name": "b", "nodeID": "1"}]"#,
        false,
    ),
    ("CSIStorageCapacity", "nodeTopology", "null", r#"{"matchLabels": {"a": "1"}}"#, true),
    ("CSIStorageCapacity", "storageClassName", r#""a""#, r#""b""#, true),
    ("CSIStorageCapacity", "capacity", r#""1Gi""#, r#""2Gi""#, false),
    ("VolumeAttachment", "spec.nodeName", r#""a""#, r#""b""#, true),
    (
        "ResourceClaim",
        "spec.devices",
        r#"{"requests": []}"#,
        r#"{"requests": [{"name": "a"}]}"#,
        true,
    ),
    (
        "ResourceClaimTemplate",
        "spec.spec",
        r#"{"devices": {"a": 1}}"#,
        r#"{"devices": {"a": 2}}"#,
        true,
    ),
    ("ResourceSlice", "spec.driver", r#""a""#, r#""b""#, true),
    ("ResourceSlice", "spec.nodeName", r#""a""#, r#""b""#, true),
    ("ResourceSlice", "spec.pool", r#"{"name": "a", "generation": 1}"#, r#"{"name": "b"}"#, true),
    (
        "ResourceSlice",
        "spec.pool",
        r#"{"name": "a", "generation": 1}"#,
        r#"{"name": "a", "generation": 2}"#,
        false,
    ),
    ("DeviceClass", "spec.selectors", "[]", r#"[{"cel": {"expression": "true"}}]"#, false),
    ("EndpointSlice", "addressType", r#""IPv4""#, r#""IPv6""#, true),
    ("EndpointSlice", "endpoints", "[]", r#"[{"addresses": ["10.0.0.1"]}]"#, false),
    ("ControllerRevision", "data", r#"{"a": 1}"#, r#"{"a": 2}"#, true),
    ("ControllerRevision", "revision", "1", "2", false),
    ("IPAddress", "spec.parentRef", r#"{"name": "a"}"#, r#"{"name": "b"}"#, true),
    ("ServiceCIDR", "spec.cidrs", r#"["10.0.0.0/16"]"#, r#"["10.1.0.0/16"]"#, true),
    ("GatewayClass", "spec.controllerName", r#""a.com/a""#, r#""a.com/b""#, true),
    ("GatewayClass", "spec.description", r#""a""#, r#""b""#, false),
    // A Job that waits may be sent elsewhere.
    (
        "Job",
        "spec",
        WAITING,
        r#"{"suspend": true, "template": {"metadata": {"labels": {"a": "2"}, "annotations": {"b": "1"}}, "spec": {
            "nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}], "schedulingGates": [{"name": "a"}],
            "affinity": {"nodeAffinity": {"a": 1}}, "containers": [{"name": "a", "image": "a:1"}]}}}"#,
        false,
    ),
    (
        "Job",
        "spec",
        WAITING,
        r#"{"suspend": false, "template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}}"#,
        false,
    ),
    (
        "Job",
        "spec",
        WAITING,
        r#"{"suspend": true, "template": {"spec": {"containers": [{"name": "a", "image": "a:2"}]}}}"#,
        true,
    ),
    (
        "Job",
        "spec",
        WAITING,
        r#"{"suspend": true, "template": {"spec": {"affinity": {"podAffinity": {"a": 1}}, "containers": [{"name": "a", "image": "a:1"}]}}}"#,
        true,
    ),
    // One that runs may not, though it is suspended from now on.
    (
        "Job",
        "spec",
        r#"{"template": {"spec": {"nodeSelector": {"disk": "hdd"}}}}"#,
        r#"{"suspend": true, "template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}"#,
        true,
    ),
    ("Job", "spec.manualSelector", "null", "false", false),
    (
        "Job",
        "spec",
        r#"{"manualSelector": true, "selector": {"matchLabels": {"a": "1"}}}"#,
        r#"{"manualSelector": false}"#,
        true,
    ),
];

const ONE_VERSION: &str = r#"[{"name": "v1", "storage": true}]"#;
const TWO_VERSIONS: &str = r#"[{"name": "v1", "storage": false}, {"name": "v2", "storage": true}]"#;
const WAITING: &str = r#"{"suspend": true, "template": {"metadata": {"labels": {"a": "1"}}, "spec": {
    "nodeSelector": {"disk": "hdd"}, "containers": [{"name": "a", "image": "a:1"}]}}}"#;

#[test]
fn the_rules_refuse_what_a_server_refuses() {
    let mut shown = BTreeSet::new();
    for (kind, field, old, new, expected) in CASES {
        let object = |value: &str| object(kind, field, value);
        let broken = broken(&object(old), &object(new));
        assert_eq!(!broken.is_empty(), *expected, "{kind} {field}: {old} to {new}: {broken:?}");
        shown.extend(broken.into_iter().map(|(rule, _)| rule));
    }
    let unshown: Vec<_> =
        (0..RULES.len()).filter(|rule| !shown.contains(rule)).map(|rule| RULES[rule]).collect();
    assert!(unshown.is_empty(), "rules that no case breaks: {unshown:?}");
}

#[test]
fn a_custom_resource_has_no_rules_of_a_namesake() {
    let service = |name| json!({ "apiVersion": "serving.knative.dev/v1", "kind": "Service", "spec": { "clusterIP": name } });
    assert_eq!(refused(&service("None"), &service("a")), Vec::<String>::new());
}

/// A small object of a kind with a value at a path; none if it is null.
fn object(kind: &str, field: &str, value: &str) -> Node {
    let mut object: Value = serde_json::from_str(value).expect("JSON");
    for key in field.rsplit('.').filter(|key| !key.is_empty()) {
        object = if object.is_null() { json!({}) } else { json!({ key: object }) };
    }
    object["apiVersion"] = match kind {
        "Deployment" | "StatefulSet" | "ControllerRevision" => "apps/v1",
        "Job" => "batch/v1",
        "StorageClass"
        | "VolumeAttributesClass"
        | "VolumeAttachment"
        | "CSIDriver"
        | "CSINode"
        | "CSIStorageCapacity" => "storage.k8s.io/v1",
        "ResourceClaim" | "ResourceClaimTemplate" | "ResourceSlice" | "DeviceClass" => {
            "resource.k8s.io/v1"
        }
        "EndpointSlice" => "discovery.k8s.io/v1",
        "GatewayClass" => "gateway.networking.k8s.io/v1",
        "PriorityClass" => "scheduling.k8s.io/v1",
        "ClusterRoleBinding" | "RoleBinding" => "rbac.authorization.k8s.io/v1",
        "IngressClass" | "NetworkPolicy" | "IPAddress" | "ServiceCIDR" => "networking.k8s.io/v1",
        "RuntimeClass" => "node.k8s.io/v1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        _ => "v1",
    }
    .into();
    object["kind"] = kind.into();
    object["metadata"]["name"] = "it".into();
    if kind == "PersistentVolumeClaim" && object.pointer("/spec/resources").is_none() {
        object["spec"]["resources"]["requests"]["storage"] = "1Gi".into();
    }
    kept(&object).expect("a tree")
}
