//! What the API server holds fixed in an object, and what of that differs between two.

use std::collections::BTreeSet;

use serde_yaml::Value;

/// What the API server refuses to change, by kind: `ValidateUpdate` of each in the sources of Kubernetes.
const RULES: &[(&[&str], Rule)] = &[
    (&["Deployment", "DaemonSet", "ReplicaSet"], Rule::Fixed("spec.selector")),
    (&["StatefulSet"], Rule::FixedBut("spec", STATEFUL_SET)),
    (&["Job"], Rule::FixedBut("spec", JOB)),
    (&["Service"], Rule::Headless),
    (&["Service"], Rule::FixedOnceSet("spec.clusterIP")),
    (&["Service"], Rule::FixedOnceSet("spec.ipFamilies")),
    (&["Service"], Rule::FixedWhile("spec.loadBalancerClass", "spec.type", "LoadBalancer")),
    (&["Service"], Rule::FixedOnceSet("spec.healthCheckNodePort")),
    (
        &["PersistentVolumeClaim"],
        Rule::FixedBut("spec", &["resources", "volumeAttributesClassName"]),
    ),
    (&["PersistentVolumeClaim"], Rule::Grows("spec.resources.requests.storage")),
    (&["PersistentVolume"], Rule::FixedBut("spec", PERSISTENT_VOLUME)),
    (
        &["ConfigMap", "Secret"],
        Rule::FixedWhenImmutable(&["data", "binaryData", "stringData", "immutable"]),
    ),
    (&["Secret"], Rule::Fixed("type")),
    (&["StorageClass"], Rule::Fixed("provisioner")),
    (&["StorageClass"], Rule::Fixed("parameters")),
    (&["StorageClass"], Rule::Fixed("reclaimPolicy")),
    (&["StorageClass"], Rule::Fixed("volumeBindingMode")),
    (&["PriorityClass"], Rule::Fixed("value")),
    (&["PriorityClass"], Rule::Fixed("preemptionPolicy")),
    (&["RoleBinding", "ClusterRoleBinding"], Rule::Fixed("roleRef")),
    (&["IngressClass"], Rule::Fixed("spec.controller")),
    (&["ResourceQuota"], Rule::Fixed("spec.scopes")),
];
/// `revisionHistoryLimit` may change since 1.33, our oldest.
const STATEFUL_SET: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];
const JOB: &[&str] = &[
    "parallelism",
    "suspend",
    "backoffLimit",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
    "maxFailedIndexes",
    "podReplacementPolicy",
];
const PERSISTENT_VOLUME: &[&str] = &[
    "capacity",
    "accessModes",
    "persistentVolumeReclaimPolicy",
    "claimRef",
    "mountOptions",
    "storageClassName",
];

/// What must stay in an object that is applied again.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// This field.
    Fixed(&'static str),
    /// This field, if both have it: the server fills it in, and copies its own over where it is left out.
    FixedOnceSet(&'static str),
    /// The first field, while the second has this value.
    FixedWhile(&'static str, &'static str, &'static str),
    /// Everything under this field but these keys.
    FixedBut(&'static str, &'static [&'static str]),
    /// These fields of an object that says `immutable: true`.
    FixedWhenImmutable(&'static [&'static str]),
    /// This quantity may grow and not shrink.
    Grows(&'static str),
    /// Whether a Service is headless. The server refuses `None` in place of an address, and silently keeps a `None`.
    Headless,
}

impl Rule {
    /// The fields that break the rule.
    fn broken(self, old: &Value, new: &Value) -> Vec<String> {
        let differ = |path: &str| at(old, path) != at(new, path);
        let named =
            |broken: bool, path: &str| if broken { vec![path.to_owned()] } else { Vec::new() };
        match self {
            Self::Fixed(path) => named(differ(path), path),
            Self::FixedOnceSet(path) => {
                let set = at(old, path).is_some() && at(new, path).is_some();
                named(set && differ(path) && !headless(old) && !headless(new), path)
            }
            Self::FixedWhile(path, other, value) => {
                named(text(old, other) == value && text(new, other) == value && differ(path), path)
            }
            Self::FixedBut(path, free) => {
                let keys = [old, new]
                    .into_iter()
                    .filter_map(|object| at(object, path)?.as_mapping())
                    .flatten();
                let keys: BTreeSet<_> = keys.filter_map(|(key, _)| key.as_str()).collect();
                let fixed = keys
                    .into_iter()
                    .filter(|key| !free.contains(key))
                    .map(|key| format!("{path}.{key}"));
                fixed.filter(|path| differ(path)).collect()
            }
            Self::FixedWhenImmutable(paths) if at(old, "immutable") == Some(&Value::Bool(true)) => {
                paths.iter().filter(|path| differ(path)).map(|path| (*path).to_owned()).collect()
            }
            Self::FixedWhenImmutable(_) => Vec::new(),
            Self::Grows(path) => named(bytes(at(new, path)) < bytes(at(old, path)), path),
            Self::Headless => named(headless(old) != headless(new), "spec.clusterIP"),
        }
    }
}

fn headless(service: &Value) -> bool {
    at(service, "spec.clusterIP").and_then(Value::as_str) == Some("None")
}

/// The value at a path such as `spec.selector`.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

fn bytes(quantity: Option<&Value>) -> u64 {
    let quantity = quantity.and_then(Value::as_str).expect("a quantity");
    let digits = quantity.trim_end_matches(char::is_alphabetic);
    let factor =
        ["", "Ki", "Mi", "Gi", "Ti"].iter().position(|unit| *unit == &quantity[digits.len()..]);
    let factor = factor.unwrap_or_else(|| panic!("the unit of {quantity}"));
    digits.parse::<u64>().unwrap_or_else(|_| panic!("the quantity {quantity}")) << (10 * factor)
}

/// What the API server would refuse when `new` is applied over `old`, with the rule that says so.
pub(crate) fn refused(old: &Value, new: &Value) -> Vec<(usize, String)> {
    let kind = text(old, "kind");
    let rules = RULES.iter().enumerate().filter(|(_, (kinds, _))| kinds.contains(&kind));
    let broken = rules.flat_map(|(index, (_, rule))| {
        rule.broken(old, new).into_iter().map(move |path| (index, path))
    });
    let name = text(old, "metadata.name");
    broken.map(|(index, path)| (index, format!("{kind} {name}: {path} is immutable"))).collect()
}

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
];

#[test]
fn the_rules_refuse_what_a_server_refuses() {
    let mut shown = BTreeSet::new();
    for (kind, field, old, new, expected) in CASES {
        let object = |value: &str| object(kind, field, serde_yaml::from_str(value).expect("JSON"));
        let refused = refused(&object(old), &object(new));
        assert_eq!(!refused.is_empty(), *expected, "{kind} {field}: {old} to {new}: {refused:?}");
        shown.extend(refused.into_iter().map(|(rule, _)| rule));
    }
    let unshown: Vec<_> =
        (0..RULES.len()).filter(|rule| !shown.contains(rule)).map(|rule| RULES[rule]).collect();
    assert!(unshown.is_empty(), "rules that no case breaks: {unshown:?}");
}

/// A small object of a kind with a value at a path; none if it is null.
fn object(kind: &str, field: &str, value: Value) -> Value {
    let mut object = value;
    for key in field.rsplit('.').filter(|key| !key.is_empty()) {
        let entry = if object.is_null() { None } else { Some((Value::from(key), object)) };
        object = Value::Mapping(entry.into_iter().collect());
    }
    object["kind"] = kind.into();
    object["metadata"]["name"] = "it".into();
    if kind == "PersistentVolumeClaim" && at(&object, "spec.resources").is_none() {
        object["spec"]["resources"]["requests"]["storage"] = "1Gi".into();
    }
    object
}
