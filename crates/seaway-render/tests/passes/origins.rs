//! Everything that is printed comes from a line of the stack, or from a named default with its reason.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use seaway_core::{Origin, Source};
use seaway_render::Object;
use seaway_render::object::item_key;
use serde_json::Value;

use crate::common::{all, compile, told};
use crate::support::json;

/// Every leaf of a value: its path, the same path without names of items, and the value.
fn leaves(value: &Value, list: &str, path: &str, plain: &str, found: &mut Vec<Leaf>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (key, value) in table {
                let join = |around: &str| {
                    if around.is_empty() { key.clone() } else { format!("{around}.{key}") }
                };
                leaves(value, key, &join(path), &join(plain), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get(item_key(list)).and_then(Value::as_str);
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                leaves(item, "", &format!("{path}[{name}]"), &format!("{plain}[]"), found);
            }
        }
        leaf => {
            found.push(Leaf {
                path: path.to_owned(),
                plain: plain.to_owned(),
                value: leaf.clone(),
            });
        }
    }
}

#[derive(Debug)]
struct Leaf {
    path: String,
    plain: String,
    value: Value,
}

impl Leaf {
    /// Whether nothing of it is printed.
    fn is_empty(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(table) => table.is_empty(),
            _ => false,
        }
    }
}

fn leaves_of(object: &Object) -> Vec<Leaf> {
    let mut found = Vec::new();
    leaves(&json(object), "", "", "", &mut found);
    found
}

fn objects() -> impl Iterator<Item = (Source, String, Object)> {
    all().into_iter().flat_map(|(_, source, stage)| {
        let bundle = compile(&source, &stage).0.expect("the stacks compile");
        let objects = bundle.objects.into_iter();
        objects.map(move |object| (source.clone(), stage.clone(), object)).collect::<Vec<_>>()
    })
}

#[test]
fn every_leaf_comes_from_a_line_or_a_named_default() {
    let mut count = 0;
    for (source, stage, object) in objects() {
        for leaf in leaves_of(&object) {
            match object.origins.of(&leaf.path) {
                Origin::Stack(span) => {
                    let text = source.written(span);
                    assert!(
                        !text.is_empty(),
                        "{} {stage} {}: {}",
                        source.stack.name,
                        object.id(),
                        leaf.path
                    );
                }
                Origin::Default(reason) => {
                    assert!(!reason.name.is_empty() && !reason.why.is_empty(), "{}", leaf.path);
                }
            }
            count += 1;
        }
    }
    assert!(count > 1000, "only {count} leaves");
}

#[test]
fn what_has_the_origin_of_its_object_alone() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, _, object) in objects() {
        for leaf in leaves_of(&object) {
            let plain = &leaf.plain;
            let is_named = matches!(plain.as_str(), "apiVersion" | "kind" | "metadata.name");
            if !is_named && !leaf.is_empty() && object.origins.nearest(&leaf.path).is_none() {
                found.entry(plain.clone()).or_default().insert(object.body.kind().to_owned());
            }
        }
    }
    let lines: Vec<String> = found
        .into_iter()
        .map(|(path, kinds)| {
            format!("{path}: {}", kinds.into_iter().collect::<Vec<_>>().join(", "))
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    data.bucket.sh: ConfigMap
    data.check-volume.sh: ConfigMap
    data.clear.sql: ConfigMap
    data.copy_static.py: ConfigMap
    data.create-application-role.sh: ConfigMap
    data.database.sh: ConfigMap
    data.download.sh: ConfigMap
    data.dump.sh: ConfigMap
    data.list.sh: ConfigMap
    data.pgbouncer.ini: ConfigMap
    data.restore.sh: ConfigMap
    data.seaway_celery.py: ConfigMap
    data.start.sh: ConfigMap
    data.upload.sh: ConfigMap
    data.wait_for_schema.py: ConfigMap
    metadata.annotations.grafana_folder: ConfigMap
    metadata.annotations.k8s-sidecar-target-directory: ConfigMap
    metadata.labels.grafana_dashboard: ConfigMap
    metadata.labels.grafana_datasource: ConfigMap
    roleRef.apiGroup: ClusterRoleBinding, RoleBinding
    roleRef.kind: ClusterRoleBinding, RoleBinding
    roleRef.name: ClusterRoleBinding, RoleBinding
    rules[].apiGroups[]: ClusterRole
    rules[].resources[]: ClusterRole
    rules[].verbs[]: ClusterRole
    spec.egress[].toEntities[]: CiliumNetworkPolicy
    spec.egress[].toPorts[].ports[].port: CiliumNetworkPolicy
    spec.egress[].toPorts[].ports[].protocol: CiliumNetworkPolicy
    spec.endpointSelector.matchExpressions[].key: CiliumNetworkPolicy
    spec.endpointSelector.matchExpressions[].operator: CiliumNetworkPolicy
    spec.endpointSelector.matchExpressions[].values[]: CiliumNetworkPolicy
    spec.endpointSelector.matchLabels.app.kubernetes.io/instance: CiliumNetworkPolicy
    spec.ingress[].ports[].endPort: NetworkPolicy
    spec.ingress[].ports[].port: NetworkPolicy
    spec.ingress[].ports[].protocol: NetworkPolicy
    spec.maxUnavailable: PodDisruptionBudget
    spec.podSelector.matchLabels.acme.cert-manager.io/http01-solver: NetworkPolicy
    spec.podSelector.matchLabels.app.kubernetes.io/instance: NetworkPolicy
    spec.policyTypes[]: NetworkPolicy
    spec.port.targetPort: Route
    spec.ports[].name: Service
    spec.ports[].port: Service
    spec.ports[].targetPort: Service
    spec.redirectScheme.permanent: Middleware
    spec.redirectScheme.scheme: Middleware
    spec.rules[].backendRefs[].name: HTTPRoute
    spec.rules[].matches[].path.type: HTTPRoute
    spec.rules[].matches[].path.value: HTTPRoute
    spec.scaleTargetRef.apiVersion: HorizontalPodAutoscaler
    spec.scaleTargetRef.kind: HorizontalPodAutoscaler
    spec.scaleTargetRef.name: HorizontalPodAutoscaler, ScaledObject
    spec.secretTargetRef[].key: TriggerAuthentication
    spec.secretTargetRef[].name: TriggerAuthentication
    spec.secretTargetRef[].parameter: TriggerAuthentication
    spec.to.kind: Route
    spec.to.name: Route
    spec.to.weight: Route
    spec.type: Service
    spec.unhealthyPodEvictionPolicy: PodDisruptionBudget
    spec.wildcardPolicy: Route
    subjects[].kind: ClusterRoleBinding, RoleBinding
    subjects[].name: ClusterRoleBinding, RoleBinding
    subjects[].namespace: ClusterRoleBinding, RoleBinding
    type: Secret
    "#);
}

/// A text that stands once in the stack, in quotes, and is printed, is printed because of that line.
#[test]
fn a_printed_text_points_at_the_line_that_it_was_written_in() {
    let mut wrong = BTreeSet::new();
    let mut checked = 0;
    for (source, _, object) in objects() {
        let line = |offset: u32| source.position(offset).line;
        for leaf in leaves_of(&object) {
            // Short words and names stand in other places too; a variable comes from where it refers to a value.
            let is_telling = |text: &&str| {
                text.len() > 6 && text.contains(['.', '/', ':', ' ', '@']) && *text != "manage.py"
            };
            let Some(text) = leaf.value.as_str().filter(is_telling) else { continue };
            if leaf.path.contains(".env[") {
                continue;
            }
            let quoted = format!("\"{text}\"");
            let mut places = source.stack.text.match_indices(&quoted);
            let (Some((at, _)), None) = (places.next(), places.next()) else { continue };
            let origin = object.origins.of(&leaf.path);
            // The same text in the text of a shipped type.
            if origin.span().is_some_and(|span| span.start > source.stack.end()) {
                continue;
            }
            checked += 1;
            let found = origin.span().map(|span| (line(span.start), line(span.end)));
            let written = line(source.stack.span(at..at).start);
            if !found.is_some_and(|(start, end)| (start..=end).contains(&written)) {
                wrong.insert(format!(
                    "{} {}: {quoted} of line {written} has {found:?}",
                    object.id(),
                    leaf.path
                ));
            }
        }
    }
    assert!(checked > 100, "only {checked} texts");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Where fields of an object come from: the line of the stack, or the name of the default.
fn places(source: &Source, object: &Object, paths: &[&str]) -> String {
    let leaves = leaves_of(object);
    let line_of = |path: &&str| {
        assert!(leaves.iter().any(|leaf| leaf.path.starts_with(path)), "{path} of {leaves:#?}");
        let from = match object.origins.of(path) {
            Origin::Stack(span) => {
                let line = source.position(span.start).line;
                source.stack.text.lines().nth(line - 1).unwrap_or_default().trim().to_owned()
            }
            Origin::Default(reason) => format!("default {}", reason.name),
        };
        format!("{} {path}: {from}\n", object.id())
    };
    paths.iter().map(line_of).collect()
}

/// A field that has an option or a default of its own does not come from the line of its component.
#[test]
fn a_field_has_the_origin_of_its_own_option_or_default() {
    let text = r#"
name = "shop"
app.image = "ghcr.io/acme/shop:1"
app.module = "shop"
app.hosts = ["shop.example"]
[stages.local]
[cluster]
provider = "eks"
region = "eu-central-1"
provides = ["GatewayClass/public"]
[cluster.storage-classes.fast]
iops = 4000
[volumes.media]
storage = "1Gi"
[volumes.shared]
storage = "1Gi"
access-mode = "ReadWriteMany"
[components.web]
type = "web"
autoscale = { min = 2, max = 4 }
resources.requests.cpu = "100m"
[components.web.expose]
type = "gateway"
class = "public"
paths = ["/shop"]
secret = "tls"
from-namespaces = ["gateway"]
[secrets.tls]
keys = ["tls.crt", "tls.key"]
source = "existing"
[components.api]
type = "process"
command = ["api"]
port = 8080
resources.requests.cpu = "100m"
[components.api.autoscale]
min = 1
max = 3
cpu-percent = 50
[components.nightly]
type = "cron"
schedule = "@daily"
command = ["true"]
suspend = true
[components.broker]
type = "redis"
durable = true
[components.worker]
type = "worker"
[components.flower]
type = "flower"
"#;
    let source = Source::new("stack.toml", text.trim_start());
    let (bundle, diagnostics) = compile(&source, "local");
    let bundle = bundle.unwrap_or_else(|| panic!("{}", told(&source, &diagnostics)));
    let mut lines = String::new();
    for (id, paths) in [
        ("CronJob/nightly", &["spec.suspend", "spec.successfulJobsHistoryLimit"][..]),
        ("HorizontalPodAutoscaler/web", &["spec.metrics[0].resource.target", "spec.maxReplicas"]),
        ("HorizontalPodAutoscaler/api", &["spec.metrics[0].resource.target"]),
        ("Deployment/flower", &["spec.replicas"]),
        ("PersistentVolumeClaim/media", &["spec.accessModes"]),
        ("PersistentVolumeClaim/shared", &["spec.accessModes"]),
        ("Service/web", &["spec.ports[http].port", "spec.type"]),
        ("Service/api", &["spec.ports[http].port", "spec.type"]),
        ("Service/flower", &["spec.ports[http].port"]),
        ("HTTPRoute/web", &["spec.rules[0].matches[0]", "spec.rules[0].backendRefs[web].port"]),
        ("HTTPRoute/web-redirect", &["spec.rules[0].filters"]),
        ("StorageClass/fast", &["volumeBindingMode", "parameters.encrypted", "parameters.iops"]),
    ] {
        let object = bundle.objects.iter().find(|object| object.id() == id);
        let object = object.unwrap_or_else(|| panic!("{id}"));
        lines.push_str(&places(&source, object, paths));
    }
    assert_snapshot!(lines, @r#"
    CronJob/nightly spec.suspend: suspend = true
    CronJob/nightly spec.successfulJobsHistoryLimit: default cron-history
    HorizontalPodAutoscaler/web spec.metrics[0].resource.target: default autoscale-cpu
    HorizontalPodAutoscaler/web spec.maxReplicas: autoscale = { min = 2, max = 4 }
    HorizontalPodAutoscaler/api spec.metrics[0].resource.target: cpu-percent = 50
    Deployment/flower spec.replicas: default one-pod
    PersistentVolumeClaim/media spec.accessModes: default access-mode
    PersistentVolumeClaim/shared spec.accessModes: access-mode = "ReadWriteMany"
    Service/web spec.ports[http].port: default service-port
    Service/web spec.type: [components.web.expose]
    Service/api spec.ports[http].port: port = 8080
    Service/api spec.type: default expose-cluster-ip
    Service/flower spec.ports[http].port: default flower-port
    HTTPRoute/web spec.rules[0].matches[0]: paths = ["/shop"]
    HTTPRoute/web spec.rules[0].backendRefs[web].port: default service-port
    HTTPRoute/web-redirect spec.rules[0].filters: secret = "tls"
    StorageClass/fast volumeBindingMode: default ebs-volumes
    StorageClass/fast parameters.encrypted: default ebs-volumes
    StorageClass/fast parameters.iops: iops = 4000
    "#);
}
