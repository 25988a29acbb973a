//! Everything that is printed comes from a line of the stack, or from a named default with its reason.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use seaway_core::{Origin, Source};
use seaway_render::Object;
use seaway_render::object::item_key;
use serde_json::Value;

use crate::common::{all, compile};
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
    assert_snapshot!(lines.join("\n"), @"
    allowVolumeExpansion: StorageClass
    data.copy_static.py: ConfigMap
    data.create-application-role.sh: ConfigMap
    data.pgbouncer.ini: ConfigMap
    data.seaway_celery.py: ConfigMap
    data.start.sh: ConfigMap
    data.wait_for_schema.py: ConfigMap
    metadata.annotations.grafana_folder: ConfigMap
    metadata.annotations.k8s-sidecar-target-directory: ConfigMap
    metadata.labels.grafana_dashboard: ConfigMap
    metadata.labels.grafana_datasource: ConfigMap
    parameters.encrypted: StorageClass
    parameters.type: StorageClass
    provisioner: StorageClass
    roleRef.apiGroup: ClusterRoleBinding, RoleBinding
    roleRef.kind: ClusterRoleBinding, RoleBinding
    roleRef.name: ClusterRoleBinding, RoleBinding
    rules[].apiGroups[]: ClusterRole
    rules[].resources[]: ClusterRole
    rules[].verbs[]: ClusterRole
    spec.accessModes[]: PersistentVolumeClaim
    spec.clusterIP: Service
    spec.egress[].toEntities[]: CiliumNetworkPolicy
    spec.egress[].toPorts[].ports[].port: CiliumNetworkPolicy
    spec.egress[].toPorts[].ports[].protocol: CiliumNetworkPolicy
    spec.endpointSelector.matchExpressions[].key: CiliumNetworkPolicy
    spec.endpointSelector.matchExpressions[].operator: CiliumNetworkPolicy
    spec.endpointSelector.matchExpressions[].values[]: CiliumNetworkPolicy
    spec.failedJobsHistoryLimit: CronJob
    spec.ingress[].ports[].endPort: NetworkPolicy
    spec.ingress[].ports[].port: NetworkPolicy
    spec.ingress[].ports[].protocol: NetworkPolicy
    spec.maxUnavailable: PodDisruptionBudget
    spec.metrics[].resource.name: HorizontalPodAutoscaler
    spec.metrics[].resource.target.averageUtilization: HorizontalPodAutoscaler
    spec.metrics[].resource.target.type: HorizontalPodAutoscaler
    spec.metrics[].type: HorizontalPodAutoscaler
    spec.podSelector.matchLabels.app.kubernetes.io/instance: NetworkPolicy
    spec.policyTypes[]: NetworkPolicy
    spec.ports[].name: Service
    spec.ports[].port: Service
    spec.ports[].targetPort: Service
    spec.replicas: Deployment
    spec.rules[].backendRefs[].name: HTTPRoute
    spec.rules[].backendRefs[].port: HTTPRoute
    spec.rules[].filters[].requestRedirect.scheme: HTTPRoute
    spec.rules[].filters[].requestRedirect.statusCode: HTTPRoute
    spec.rules[].filters[].type: HTTPRoute
    spec.rules[].matches[].path.type: HTTPRoute
    spec.rules[].matches[].path.value: HTTPRoute
    spec.scaleTargetRef.apiVersion: HorizontalPodAutoscaler
    spec.scaleTargetRef.kind: HorizontalPodAutoscaler
    spec.scaleTargetRef.name: HorizontalPodAutoscaler, ScaledObject
    spec.secretTargetRef[].key: TriggerAuthentication
    spec.secretTargetRef[].name: TriggerAuthentication
    spec.secretTargetRef[].parameter: TriggerAuthentication
    spec.successfulJobsHistoryLimit: CronJob
    spec.type: Service
    spec.unhealthyPodEvictionPolicy: PodDisruptionBudget
    subjects[].kind: ClusterRoleBinding, RoleBinding
    subjects[].name: ClusterRoleBinding, RoleBinding
    subjects[].namespace: ClusterRoleBinding, RoleBinding
    type: Secret
    volumeBindingMode: StorageClass
    ");
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
