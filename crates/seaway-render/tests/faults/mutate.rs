//! The mutations: each breaks one place of a `spec`.

use serde_json::{Value, json};

/// A broken `spec`, and what was done to it.
pub(crate) struct Mutant {
    /// Kind, mutation and path without names: equal for what is equally broken.
    pub what: String,
    pub spec: Value,
}

/// A place in a value.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Item(usize),
}

/// All mutants of a `spec`.
pub(crate) fn mutants(kind: &str, spec: &Value) -> Vec<Mutant> {
    let mut places = Vec::new();
    walk(spec, &mut Vec::new(), &mut places);
    let mut mutants = Vec::new();
    for place in places {
        let Some(value) = at(spec, &place) else { continue };
        let path = shown(&place);
        for (mutation, changed) in changes(kind, &path, value) {
            let mut spec = spec.clone();
            replace(&mut spec, &place, changed);
            mutants.push(Mutant { what: format!("{kind} {mutation} {path}"), spec });
        }
    }
    mutants
}

fn walk(value: &Value, place: &mut Vec<Step>, places: &mut Vec<Vec<Step>>) {
    let mut go = |step: Step, value: &Value| {
        place.push(step);
        places.push(place.clone());
        walk(value, place, places);
        place.pop();
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| go(Step::Key(key.clone()), value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| go(Step::Item(at), value));
        }
        _ => {}
    }
}

fn at<'a>(value: &'a Value, place: &[Step]) -> Option<&'a Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item(at) => value.get(at),
    })
}

/// Puts another value into a place; `None` takes it out.
fn replace(value: &mut Value, place: &[Step], changed: Option<Value>) {
    let Some((last, around)) = place.split_last() else { return };
    let around = around.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Item(at) => value.get_mut(at),
    });
    match (around, last, changed) {
        (Some(Value::Object(map)), Step::Key(key), Some(value)) => {
            map.insert(key.clone(), value);
        }
        (Some(Value::Object(map)), Step::Key(key), None) => {
            map.remove(key);
        }
        (Some(Value::Array(items)), Step::Item(at), Some(value)) => items[*at] = value,
        (Some(Value::Array(items)), Step::Item(at), None) => {
            items.remove(*at);
        }
        _ => {}
    }
}

fn shown(place: &[Step]) -> String {
    let mut path = String::new();
    for step in place {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Step::Item(_) => path.push_str("[]"),
        }
    }
    path
}

/// Names of something else; a typo in one makes it dangle.
const REFERENCES: &[&str] = &[
    "secretKeyRef.name",
    "secretKeyRef.key",
    "configMapKeyRef.name",
    "configMapKeyRef.key",
    "secretRef.name",
    "configMapRef.name",
    "persistentVolumeClaim.claimName",
    "secret.secretName",
    "configMap.name",
    "configMap.items[].key",
    "secret.items[].key",
    "serviceAccountName",
    "serviceName",
    "scaleTargetRef.name",
    "scaleTargetRef.kind",
    "imagePullSecrets[].name",
    "volumeMounts[].name",
    "volumes[].name",
    "targetPort",
    "httpGet.port",
    "tcpSocket.port",
    "app.kubernetes.io/instance",
    "kubernetes.io/metadata.name",
    "k8s-app",
    "containers[].ports[].name",
    // Where requests come in.
    "ingressClassName",
    "backend.service.name",
    "backend.service.port.name",
    "tls[].secretName",
    "gatewayClassName",
    "parentRefs[].name",
    "parentRefs[].sectionName",
    "backendRefs[].name",
    "certificateRefs[].name",
    "to.kind",
    "to.name",
    "targetRef.kind",
    "targetRef.name",
    // Storage, Secrets and what watches and scales.
    "storageClassName",
    "secretStoreRef.kind",
    "secretStoreRef.name",
    "target.name",
    "data[].secretKey",
    "authenticationRef.name",
    "secretTargetRef[].name",
    "secretTargetRef[].key",
    "endpoints[].port",
    "podMetricsEndpoints[].port",
    // Words and names of a Job.
    "onExitCodes.containerName",
    "onExitCodes.operator",
    "rules[].action",
    "restartPolicy",
];

/// Paths in a container; another one is another file.
const PATHS: &[&str] = &["volumeMounts[].mountPath", "volumeMounts[].subPath"];

/// Ports as numbers.
const PORTS: &[&str] = &[
    "ports[].port",
    "ports[].containerPort",
    "httpGet.port",
    "tcpSocket.port",
    "healthCheck.port",
    "httpHealthCheck.port",
    "backendRefs[].port",
];

/// What is taken out, whole or an item at a time.
const DROPPED: &[&str] = &[
    "selector",
    "template",
    "template.metadata.labels",
    "app.kubernetes.io/instance",
    "containers",
    "containers[].image",
    "containers[].name",
    "volumes",
    "volumes[]",
    "volumeMounts",
    "volumeMounts[]",
    "initContainers[]",
    "egress",
    "egress[]",
    "ingress",
    "ingress[]",
    "from",
    "from[]",
    "to",
    "to[]",
    "egress[].ports",
    "ingress[].ports",
    "egress[].ports[]",
    "policyTypes[]",
    "podSelector.matchLabels",
    "scaleTargetRef",
    "ports",
    "ports[].name",
    "secretKeyRef.key",
    "schedule",
    "accessModes",
    "resources",
    "jobTemplate",
    "jobTemplate.spec.template",
    "rules[].action",
    "onExitCodes",
    "backend.service.port",
    "backendRefs[]",
    "parentRefs",
    "listeners",
    "to.name",
    "targetRef",
    "secretStoreRef",
    "data[]",
    "domains",
    "endpoints",
    "podMetricsEndpoints",
];

/// Whether a mount has files that Seaway wrote, and whose readers it knows.
fn is_ours(path: &str) -> bool {
    path.starts_with("/opt/seaway")
}

type Change = (&'static str, Option<Value>);

fn changes(kind: &str, path: &str, value: &Value) -> Vec<Change> {
    let ends = |ends: &[&str]| {
        ends.iter().any(|end| {
            path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', ']']))
        })
    };
    let mut all: Vec<Change> = Vec::new();
    if let (Value::String(text), true) = (value, ends(REFERENCES)) {
        all.push(("typo", Some(json!(format!("{text}x")))));
    }
    if let (Some(text), true) = (value.as_str(), ends(&["env[].value"]))
        && text.contains("$(")
    {
        all.push(("typo in $(VAR)", Some(json!(text.replace("$(", "$(X")))));
    }
    if let (Value::String(path), true) = (value, ends(PATHS)) {
        let what = if is_ours(path) { "another path of files of ours" } else { "another path" };
        all.push((what, Some(json!(format!("{path}x")))));
    }
    if let (Some(port), true) = (value.as_i64(), ends(PORTS)) {
        all.push(("another port", Some(json!(port + 1))));
        all.push(("port out of range", Some(json!(70000))));
    }
    if ends(&["template.spec.restartPolicy"]) {
        all.push(("another restart policy", Some(json!("OnFailure"))));
    }
    if ends(&["protocol"]) {
        let other = if value == "TCP" { "UDP" } else { "TCP" };
        all.push(("another protocol", Some(json!(other))));
    }
    if ends(DROPPED) {
        let is_ours = value["mountPath"].as_str().is_some_and(is_ours);
        all.push((if is_ours { "drop files of ours" } else { "drop" }, None));
    }
    if ends(&["requests.memory"]) && path.contains("containers[]") {
        all.push(("over its limit", Some(json!("999Gi"))));
    }
    if ends(&["containers[].securityContext"]) || ends(&["initContainers[].securityContext"]) {
        all.push(("privileged", Some(json!({ "privileged": true }))));
    }
    if ends(&["cidr"]) {
        all.push(("another range", Some(json!("192.0.2.0/24"))));
    }
    if kind == "Deployment" && path == "selector" {
        all.push(("nothing", Some(json!({}))));
    }
    all
}
