//! What holds in every stage of every stack.

use std::collections::BTreeSet;

use seaway_core::Source;
use seaway_render::{Body, Bundle};
use serde_json::{Value, json};

use crate::common::{all, compile};
use crate::support::{at, containers, find_maybe, pod_spec, workloads};

/// All stages of all stacks.
fn bundles() -> Vec<(String, Bundle)> {
    all()
        .into_iter()
        .map(|(name, source, stage)| {
            let bundle = compile(&source, &stage).0.expect("the stacks compile");
            (format!("{name}/{stage}"), bundle)
        })
        .collect()
}

#[test]
fn every_pod_is_hardened_and_every_container_has_resources() {
    for (stage, bundle) in bundles() {
        for object in workloads(&bundle) {
            let spec = pod_spec(object);
            let place = format!("{stage} {}", object.id());
            assert_eq!(spec["enableServiceLinks"], false, "{place}");
            assert_eq!(spec["automountServiceAccountToken"], false, "{place}");
            assert_eq!(spec["securityContext"]["runAsNonRoot"], true, "{place}");
            assert_eq!(
                spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
                "{place}"
            );
            for container in containers(&spec) {
                let place = format!("{place} {}", container["name"]);
                let context = &container["securityContext"];
                assert_eq!(context["allowPrivilegeEscalation"], false, "{place}");
                // The one type with a `writable-root`, and its reason.
                let is_opensearch =
                    container["image"].as_str().is_some_and(|image| image.contains("opensearch"));
                assert_eq!(context["readOnlyRootFilesystem"], !is_opensearch, "{place}");
                assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{place}");
                for amount in ["/requests/cpu", "/requests/memory", "/limits/memory"] {
                    assert!(container["resources"].pointer(amount).is_some(), "{place} {amount}");
                }
            }
        }
    }
}

#[test]
fn only_a_component_with_rules_gets_a_token() {
    for (stage, bundle) in bundles() {
        for object in workloads(&bundle) {
            let spec = pod_spec(object);
            let has_token = spec["volumes"].as_array().into_iter().flatten().any(|volume| {
                let sources =
                    volume["projected"]["sources"].as_array().cloned().unwrap_or_default();
                sources.iter().any(|source| !source["serviceAccountToken"].is_null())
            });
            let name = object.component.as_ref().map(ToString::to_string).unwrap_or_default();
            let has_role = bundle
                .objects
                .iter()
                .any(|object| object.body.kind() == "Role" && object.body.name() == name);
            assert_eq!(has_token, has_role, "{stage} {}", object.id());
        }
    }
}

#[test]
fn every_pod_has_one_policy_of_its_own() {
    for (stage, bundle) in bundles() {
        for object in workloads(&bundle).filter(|object| object.component.is_some()) {
            let labels = object.body.pod_labels().expect("labels");
            let selecting: Vec<&str> = bundle
                .objects
                .iter()
                .filter(|policy| policy.body.kind() == "NetworkPolicy")
                .filter(|policy| {
                    let wanted = at(policy, "/spec/podSelector/matchLabels");
                    let wanted = wanted.as_object().cloned().unwrap_or_default();
                    wanted
                        .iter()
                        .all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
                })
                .map(|policy| policy.body.name())
                .collect();
            assert_eq!(selecting.len(), 2, "{stage} {}: {selecting:?}", object.id());
            assert!(selecting.contains(&"default-deny"), "{stage} {}", object.id());
        }
    }
}

/// Who may call whom at which port: both ends of a flow say the same, and no policy says more.
#[test]
fn each_edge_is_open_on_both_sides_and_nothing_else_is() {
    for (name, source, stage) in all() {
        let bundle = compile(&source, &stage).0.expect("a bundle");
        let wanted: BTreeSet<(String, String)> = bundle
            .stack
            .parts
            .values()
            .flat_map(|part| {
                let called = part.edges.keys().chain(part.scrapes.keys());
                called.map(|to| (part.name.to_string(), to.to_string()))
            })
            .filter(|(_, to)| find_maybe(&bundle, "NetworkPolicy", to).is_some())
            .collect();
        let mut open_to_all: BTreeSet<(String, i64)> = BTreeSet::new();
        for (policy, spec) in policies(&bundle) {
            let rules = spec["ingress"].as_array().into_iter().flatten();
            for rule in rules.filter(|rule| rule["from"].is_null()) {
                let ports = rule["ports"].as_array().into_iter().flatten();
                let ports = ports.filter_map(|port| port["port"].as_i64());
                open_to_all.extend(ports.map(|port| (policy.clone(), port)));
            }
        }
        let (mut out, mut into) = (BTreeSet::new(), BTreeSet::new());
        for (policy, spec) in policies(&bundle) {
            for rule in spec["egress"].as_array().into_iter().flatten() {
                for (peer, port) in flows(rule, "to") {
                    out.insert((policy.clone(), peer, port));
                }
            }
            for rule in spec["ingress"].as_array().into_iter().flatten() {
                for (peer, port) in flows(rule, "from") {
                    into.insert((peer, policy.clone(), port));
                }
            }
        }
        let pairs = |flows: &BTreeSet<(String, String, i64)>| -> BTreeSet<(String, String)> {
            flows.iter().map(|(from, to, _)| (from.clone(), to.clone())).collect()
        };
        assert_eq!(pairs(&out), wanted, "{name}/{stage}");
        let is_open = |to: &String, port: &i64| open_to_all.contains(&(to.clone(), *port));
        let narrow = out.iter().filter(|(_, to, port)| !is_open(to, port)).cloned().collect();
        assert_eq!(into, narrow, "{name}/{stage}");
    }
}

fn policies(bundle: &Bundle) -> impl Iterator<Item = (String, Value)> {
    let policies = bundle.objects.iter().filter(|object| object.body.kind() == "NetworkPolicy");
    policies.map(|object| (object.body.name().to_owned(), at(object, "/spec")))
}

/// The peers of a rule that are components, with the port.
fn flows(rule: &Value, side: &str) -> Vec<(String, i64)> {
    let ports: Vec<i64> = rule["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|port| port["port"].as_i64())
        .collect();
    rule[side]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|peer| {
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"].as_str()
        })
        .flat_map(|name| ports.iter().map(|port| (name.to_owned(), *port)))
        .collect()
}

#[test]
fn generated_configs_are_immutable_and_named_by_their_content() {
    for (stage, bundle) in bundles() {
        for object in bundle.objects.iter().filter(|object| !object.is_own) {
            if let Body::ConfigMap(config) = &object.body {
                // What is found by a label would be found in its older forms as well.
                let labels = config.metadata.labels.iter().flat_map(|labels| labels.keys());
                if labels.into_iter().any(|key| key.starts_with("grafana_")) {
                    assert_eq!(config.immutable, None, "{stage} {}", object.id());
                    continue;
                }
                let hash = object.body.name().rsplit('-').next().unwrap_or_default();
                assert_eq!(hash.len(), 8, "{stage} {}", object.id());
                assert_eq!(config.immutable, Some(true), "{stage} {}", object.id());
            }
        }
    }
}

#[test]
fn nothing_generated_is_newer_than_the_oldest_cluster() {
    // Only objects that a user can have changed are looked through: after a patch that may be any.
    let patch =
        "\n[[patches]]\ntarget.kind = \"Namespace\"\nmerge.metadata.annotations.a = \"b\"\n";
    for (name, source, stage) in all() {
        let patched = Source::new(&*source.stack.name, format!("{}{patch}", source.stack.text));
        let source = Source { files: source.files, ..patched };
        let (bundle, diagnostics) = compile(&source, &stage);
        let is_clean = diagnostics.iter().all(|diagnostic| diagnostic.allowed.is_some());
        assert!(bundle.is_some() && is_clean, "{name}/{stage}: {diagnostics:?}");
    }
}
