//! Namespaces that somebody else owns, and stacks that share one.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use seaway_core::document::Setting;
use seaway_core::{Sink, Source};
use seaway_render::{Body, Bundle, Format};
use serde::Deserialize;
use serde_json::Value;

use crate::against::earlier;
use crate::common::{all, compile, told, verdict};
use crate::support::{BASE, bundle};

const FOREIGN: &str = "namespace = { name = \"team\", create = false }\n";

#[test]
fn a_namespace_of_somebody_else_is_not_printed() {
    let own = bundle(&BASE.replacen('\n', "\nnamespace = \"team\"\n", 1));
    for says in [FOREIGN, "namespace = \"team\"\ncluster.provides = [\"Namespace/team\"]\n"] {
        let foreign = bundle(&format!("{says}{BASE}"));
        let printed = |bundle: &Bundle| -> Vec<Value> {
            let mut objects = printed(bundle);
            objects.retain(|object| object["kind"] != "Namespace");
            for object in &mut objects {
                object["metadata"].as_object_mut().expect("metadata").remove("annotations");
            }
            objects
        };
        let found = printed(&foreign);
        assert_eq!(foreign.objects.len(), found.len(), "{says}");
        assert!(found == printed(&own), "{says}");
        assert!(found.iter().all(|object| object["metadata"]["namespace"] == "team"));
    }
}

#[test]
fn its_owner_learns_what_the_pods_need() {
    assert_snapshot!(verdict(&format!("{FOREIGN}{BASE}"), "x"), @r#"
    shared-namespace 1:39 objects of others in `team` may have the same names as those of `s` | somebody else owns the namespace | before the first apply, add `prefix = "s"`; if nothing else lies there, say so: `allow.shared-namespace = "…"`
    namespace-labels 1:39 the labels of Namespace `team` are its owner's; your pods pass the Pod Security level `restricted` |  | to see the labels, run `kubectl get namespace team --show-labels`
    "#);
    // A Namespace of the user's own is one that the stage prints.
    let own = "[[objects]]\napiVersion = \"v1\"\nkind = \"Namespace\"\nmetadata.name = \"team\"\n";
    assert_snapshot!(verdict(&format!("{FOREIGN}{BASE}{own}"), "x"), @r#"shared-namespace 1:39 objects of others in `team` may have the same names as those of `s` | somebody else owns the namespace | before the first apply, add `prefix = "s"`; if nothing else lies there, say so: `allow.shared-namespace = "…"`"#);
    let root = "components.old = { type = \"service\", image = \"old:1\", port = 80, run-as-root = \"its image\" }\n";
    assert_snapshot!(verdict(&format!("{FOREIGN}{BASE}{root}"), "x"), @r#"
    shared-namespace 1:39 objects of others in `team` may have the same names as those of `s` | somebody else owns the namespace | before the first apply, add `prefix = "s"`; if nothing else lies there, say so: `allow.shared-namespace = "…"`
    namespace-labels 1:39 the labels of Namespace `team` are its owner's; your pods pass the Pod Security level `baseline` |  | to see the labels, run `kubectl get namespace team --show-labels`
    unused-component 6:12 nothing refers to the service `old` | not used in this stage | leave it out with `components.old = false` in `[stages.x]`, or refer to it: `${old.host}`
    "#);
}

#[test]
fn its_pods_are_judged_as_in_a_namespace_of_their_own() {
    let host = "[[patches]]\ntarget = { kind = \"Deployment\" }\nmerge.spec.template.spec.hostNetwork = true\n";
    let own = verdict(&format!("\n{BASE}{host}"), "x");
    let foreign = verdict(&format!("{FOREIGN}{BASE}{host}"), "x");
    assert_snapshot!(own, @"unsafe-setting 8:40 Pod Security `restricted` refuses the network of the node |  | remove it");
    assert!(foreign.contains(&own), "{foreign}");
}

/// A stack that gives its namespace to somebody else loses nothing; one that moves to another does.
#[test]
fn a_namespace_that_changes_its_owner_is_not_lost() {
    let over = |before: &str, after: &str| {
        let old = earlier(&bundle(before));
        let source = Source::new("stack.toml", after);
        let (new, found) = compile(&source, "x");
        let new = new.unwrap_or_else(|| panic!("{}", told(&source, &found)));
        let document = seaway_core::parse(&source, &mut Sink::default());
        let mut sink = Sink::default();
        let left = seaway_render::compare(&document, &new, &old, &mut sink);
        (told(&source, &sink.finish()), left)
    };
    let named = format!("namespace = \"team\"\n{BASE}");
    assert_eq!(over(&named, &format!("{FOREIGN}{BASE}")), (String::new(), Vec::new()));
    let (lost, _) = over(&named, &format!("{}{BASE}", FOREIGN.replace("team", "other")));
    assert_snapshot!(lost, @r#"lost-data 5:9 Namespace/team and what it holds are not part of the stage any more |  | write `namespace = "team"`, or copy its Secrets and data over, then `kubectl delete namespace team`; once the data is safe, render without `--against`"#);
}

/// A stage of a shipped stack with a prefix, in the namespace of a team.
struct Neighbor {
    what: String,
    prefix: String,
    bundle: Bundle,
    /// Its objects as they are printed.
    objects: Vec<Value>,
}

/// Every stage of every stack, each with a prefix of its own, in one namespace.
fn neighbors() -> Vec<Neighbor> {
    let stages = all().into_iter();
    stages.map(|(stack, source, stage)| neighbor(&source, &stack, &stage)).collect()
}

fn neighbor(source: &Source, stack: &str, stage: &str) -> Neighbor {
    let prefix = format!("{}-{stage}", &stack[..2]);
    let prefix = &prefix[..prefix.len().min(8)];
    let prefix = prefix.trim_end_matches('-');
    let mut source = source.clone();
    // A selector of the user's own names the labels that the pods have.
    let own = "\"app.kubernetes.io/instance\" = \"live\"";
    let text = source.stack.text.replace(own, &own.replace("live", &format!("{prefix}-live")));
    let mut changed = Source::new(source.stack.name.to_string(), text);
    changed.files = std::mem::take(&mut source.files);
    let bundle = with(&changed, stage, Some(prefix));
    let objects = printed(&bundle);
    Neighbor { what: format!("{stack} {stage}"), prefix: prefix.to_owned(), bundle, objects }
}

/// A stage in the namespace of a team, with a prefix or without.
fn with(source: &Source, stage: &str, prefix: Option<&str>) -> Bundle {
    let mut source = source.clone();
    let mut document = seaway_core::parse(&source, &mut Sink::default());
    let mut sink = Sink::default();
    let prefix = prefix.map(|prefix| format!("prefix={prefix}"));
    let space = "namespace={ name = \"team\", create = false }".to_owned();
    for setting in prefix.into_iter().chain([space, "quota=false".to_owned()]) {
        let setting: Setting = setting.parse().expect("a setting");
        let text = source.add_setting(&setting).clone();
        document.set(&setting, &text, &mut sink);
    }
    let bundle = seaway_render::compile_document(&source, &document, stage, &mut sink);
    bundle.unwrap_or_else(|_| panic!("{stage}: {}", told(&source, &sink.finish())))
}

fn printed(bundle: &Bundle) -> Vec<Value> {
    let yaml = bundle.emit(Format::Yaml).expect("it prints");
    let documents = serde_yaml::Deserializer::from_str(&yaml);
    documents.map(|document| Value::deserialize(document).expect("YAML")).collect()
}

/// Every selector of pods of the namespace in an object, with its path. Of others it says so by a selector of namespaces.
fn selectors<'v>(value: &'v Value, path: &str, found: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let path = format!("{path}.{key}");
                let is_elsewhere = key == "podSelector" && fields.contains_key("namespaceSelector");
                let is_label_selector =
                    inner.get("matchLabels").is_some() || inner.get("matchExpressions").is_some();
                let is_of_service = key == "selector" && inner.is_object() && !is_label_selector;
                if key == "namespaceSelector" || is_elsewhere {
                    continue;
                }
                if is_label_selector || is_of_service || key == "podSelector" {
                    found.push((path.clone(), inner));
                }
                selectors(inner, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| selectors(item, path, found)),
        _ => {}
    }
}

/// Whether a selector finds labels; an empty one finds all.
fn finds(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let has = |key: &str, value: &Value| labels.get(key).map(String::as_str) == value.as_str();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    let plain = match selector.get("matchLabels") {
        Some(plain) => plain.as_object(),
        None if expressions.is_some() => None,
        None => selector.as_object(),
    };
    let by_labels = plain.into_iter().flatten().all(|(key, value)| has(key, value));
    let by_expressions = expressions.into_iter().flatten().all(|expression| {
        let key = expression["key"].as_str().expect("a key");
        assert_eq!(expression["operator"], "In", "{expression}");
        expression["values"].as_array().expect("values").iter().any(|value| has(key, value))
    });
    by_labels && by_expressions
}

/// Every text under a key, wherever it is.
fn texts<'v>(value: &'v Value, wanted: &str, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key == wanted {
                    found.extend(inner.as_str());
                }
                texts(inner, wanted, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, wanted, found)),
        _ => {}
    }
}

/// Kind and name of each object; of those of the cluster, too.
fn ids(neighbor: &Neighbor) -> BTreeSet<(String, String)> {
    let objects = neighbor.bundle.objects.iter();
    objects.map(|one| (one.body.kind().to_owned(), one.body.name().to_owned())).collect()
}

/// Several stacks of one namespace leave each other alone: all stages that the repository has, two by two.
#[test]
fn stacks_with_prefixes_share_a_namespace() {
    let neighbors = neighbors();
    let (mut pairs, mut tried) = (0, 0);
    for one in &neighbors {
        let own: BTreeSet<String> = ids(one).into_iter().map(|(_, name)| name).collect();
        let mut found = Vec::new();
        one.objects
            .iter()
            .for_each(|object| selectors(object, &object["kind"].to_string(), &mut found));
        let mut read = BTreeSet::new();
        for key in ["claimName", "secretName", "serviceAccountName"] {
            one.objects.iter().for_each(|object| texts(object, key, &mut read));
        }
        let of_stack =
            |other: &&Neighbor| one.what.split(' ').next() != other.what.split(' ').next();
        for other in neighbors.iter().filter(of_stack) {
            pairs += 1;
            let both: Vec<_> = ids(one).intersection(&ids(other)).cloned().collect();
            assert!(both.is_empty(), "{} and {}: {both:?}", one.what, other.what);
            let theirs: BTreeSet<String> = ids(other).into_iter().map(|(_, name)| name).collect();
            for name in &read {
                assert!(own.contains(*name) || !theirs.contains(*name), "{}: {name}", one.what);
            }
            for object in &other.bundle.objects {
                for labels in [object.body.pod_labels(), object.body.metadata().labels.as_ref()] {
                    let Some(labels) = labels else { continue };
                    for (path, selector) in &found {
                        tried += 1;
                        let what = (&one.what, path, &other.what, object.id());
                        assert!(!finds(selector, labels), "{what:?}: {selector}");
                    }
                }
            }
        }
    }
    assert!(pairs > 100 && tried > 100_000, "{pairs} pairs, {tried} tries");
}

/// What reads the name of a Service in a text reads the one with the prefix.
#[test]
fn texts_follow_the_prefix() {
    let mut tried = 0;
    for (stack, source, stage) in all().into_iter().filter(|(stack, ..)| stack != "newsroom") {
        let plain = with(&source, &stage, None);
        let Neighbor { prefix, bundle, .. } = neighbor(&source, &stack, &stage);
        let text = bundle.emit(Format::Yaml).expect("it prints");
        let services = plain.objects.iter().filter_map(|object| match &object.body {
            Body::Service(service) if !object.is_own => Some((object.body.name(), service)),
            _ => None,
        });
        for (name, service) in services {
            assert!(text.contains(&format!("{prefix}-{name}")), "{stack} {stage}: {name}");
            let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
            let ports: Vec<String> = ports.map(|port| format!(":{}", port.port)).collect();
            for (at, _) in text.match_indices(name) {
                let (before, after) = (&text[..at], &text[at + name.len()..]);
                let is_part =
                    |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
                let is_url = before.ends_with("://") || before.ends_with('@');
                let is_call = ports.iter().any(|port| after.starts_with(port.as_str()))
                    && !before.ends_with(is_part);
                let is_host = after.starts_with(".team.svc") && !before.ends_with(is_part);
                tried += 1;
                let line = before.rsplit('\n').next().unwrap_or_default();
                assert!(
                    !(is_url || is_call || is_host),
                    "{stack} {stage}: {line}{name}{}",
                    &after[..20]
                );
            }
        }
        // Apart from the prefix nothing comes or goes.
        assert_eq!(plain.objects.len(), bundle.objects.len(), "{stack} {stage}");
    }
    assert!(tried > 1000, "{tried}");
}

const SHARED: &str = "prefix = \"blue\"\nnamespace = \"team\"\n";

/// Labels of a selector, as they are printed.
fn labels(bundle: &Bundle, kind: &str, name: &str, path: &[&str]) -> String {
    let objects = printed(bundle);
    let object = objects.iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    let object = object.unwrap_or_else(|| panic!("no {kind}/{name}"));
    path.iter().fold(object, |value, key| &value[*key]).to_string()
}

#[test]
fn selectors_say_the_stack_where_others_may_lie() {
    let bundle = bundle(&format!(
        "{SHARED}{BASE}components.db = {{ type = \"postgres\" }}\ncomponents.web = {{ replicas = 2, env.A = \"${{db.host}}\" }}\n"
    ));
    let both = r#"{"app.kubernetes.io/instance":"blue-web","app.kubernetes.io/part-of":"s"}"#;
    for (kind, name, path) in [
        ("Deployment", "blue-web", &["spec", "selector", "matchLabels"][..]),
        ("Service", "blue-web", &["spec", "selector"]),
        ("NetworkPolicy", "blue-web", &["spec", "podSelector", "matchLabels"]),
        ("PodDisruptionBudget", "blue-web", &["spec", "selector", "matchLabels"]),
    ] {
        assert_eq!(labels(&bundle, kind, name, path), both, "{kind}");
    }
    assert_eq!(
        labels(&bundle, "NetworkPolicy", "blue-default-deny", &["spec", "podSelector"]),
        r#"{"matchLabels":{"app.kubernetes.io/part-of":"s"}}"#
    );
}

/// Who shares a namespace prints the same one, and says on each object what it is of.
#[test]
fn output_says_which_stage_it_is_of() {
    let noted = |text: &str| -> BTreeMap<String, String> {
        let objects = printed(&bundle(text)).into_iter();
        let noted = objects.filter_map(|object| {
            let notes = object["metadata"]["annotations"].as_object()?;
            let of = |key: &str| notes.get(key).and_then(Value::as_str).map(str::to_owned);
            let stage = format!("{} {}", of("seaway/stack")?, of("seaway/stage")?);
            Some((format!("{}/{}", object["kind"], object["metadata"]["name"]), stage))
        });
        noted.collect()
    };
    assert_eq!(noted(BASE), BTreeMap::from([("\"Namespace\"/\"s\"".to_owned(), "s x".to_owned())]));
    for text in [format!("{SHARED}{BASE}"), format!("{FOREIGN}{BASE}")] {
        let found = noted(&text);
        assert!(found.values().all(|stage| stage == "s x"), "{found:?}");
        let others = bundle(&text).objects.len() - usize::from(!text.contains("create"));
        assert_eq!(found.len(), others, "{text}");
    }
    let namespace = |name: &str| {
        let text = format!("{SHARED}{BASE}").replace("name = \"s\"", &format!("name = \"{name}\""));
        let objects = printed(&bundle(&text.replace("blue", name)));
        objects.into_iter().find(|object| object["kind"] == "Namespace").expect("a Namespace")
    };
    assert_eq!(namespace("one"), namespace("two"));
}

#[test]
fn patches_name_what_is_meant() {
    let patch = |name: &str| {
        verdict(
            &format!(
                "{SHARED}{BASE}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"{name}\" }}\nmerge.spec.revisionHistoryLimit = 1\n"
            ),
            "x",
        )
    };
    assert_snapshot!(patch("web"), @"6 objects");
    assert_snapshot!(patch("blue-web"), @"patch-without-target 8:40 there is no Deployment/blue-web to patch |  | known is `web`");
}

/// Names of derived objects have no room for every prefix either.
#[test]
fn names_of_derived_objects_have_room() {
    let name = "w".repeat(50);
    let web = format!(
        "{SHARED}{BASE}[stages.x.components.{name}]\ntype = \"web\"\nexpose.type = \"node-port\"\nports.more = 9000\n"
    );
    assert_snapshot!(verdict(&web, "x"), @"invalid-name 1:10 the name of a Service has at most 63 characters, `blue-wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww-node-port` has 65 | before the name of each object | write a shorter prefix, or shorter names");
}

/// The prefix is part of the names of claims: a change of it leaves the data behind.
#[test]
fn a_changed_prefix_loses_data() {
    let text = |prefix: &str| {
        format!(
            "{prefix}{BASE}components.db = {{ type = \"postgres\" }}\ncomponents.web.env.A = \"${{db.host}}\"\n"
        )
    };
    let over = |before: &str, after: &str| {
        let old = earlier(&bundle(&text(before)));
        let source = Source::new("stack.toml", text(after));
        let (new, found) = compile(&source, "x");
        let new = new.unwrap_or_else(|| panic!("{}", told(&source, &found)));
        let document = seaway_core::parse(&source, &mut Sink::default());
        let mut sink = Sink::default();
        seaway_render::compare(&document, &new, &old, &mut sink);
        told(&source, &sink.finish())
    };
    assert_snapshot!(over("", "prefix = \"blue\"\n"), @"lost-data 1:10 the data of PersistentVolumeClaim/db-data is not used any more | the names of all objects begin with it now | keep what uses it, or copy the data with `kubectl exec -n s statefulset/db -- pg_dump …` while the old database runs, then `kubectl delete -n s persistentvolumeclaim/db-data`; once the data is safe, render without `--against`");
    assert_snapshot!(over("prefix = \"blue\"\n", "prefix = \"red\"\n"), @"lost-data 1:10 the data of PersistentVolumeClaim/blue-db-data is not used any more | the names of all objects begin with it now | keep what uses it, or copy the data with `kubectl exec -n s statefulset/blue-db -- pg_dump …` while the old database runs, then `kubectl delete -n s persistentvolumeclaim/blue-db-data`; once the data is safe, render without `--against`");
    assert_eq!(over("prefix = \"blue\"\n", "prefix = \"blue\"\n"), "");
}

#[test]
fn output_of_another_stack_or_stage_is_refused() {
    let text = |name: &str, more: &str| {
        format!(
            "name = \"{name}\"\nnamespace = \"team\"\napp = {{ image = \"a:1\", module = \"s\" }}\n\
             components.web = {{ type = \"web\" }}\n{more}[stages.x]\n[stages.y]\n[stages.z]\nextends = \"x\"\n"
        )
    };
    let over = |(before, stage): (&str, &str), (after, now): (&str, &str)| {
        let old = Source::new("stack.toml", before);
        let old = earlier(&compile(&old, stage).0.expect("a bundle"));
        let source = Source::new("stack.toml", after);
        let new = compile(&source, now).0.expect("a bundle");
        let document = seaway_core::parse(&source, &mut Sink::default());
        let mut sink = Sink::default();
        let left = seaway_render::compare(&document, &new, &old, &mut sink);
        (told(&source, &sink.finish()), left)
    };
    let (one, other) = (text("one", ""), text("other", ""));
    let (refused, left) = over((&one, "x"), (&other, "x"));
    assert_snapshot!(refused, @r#"other-output 1:8 the earlier output is of the stack `one` | not of this stack | name the output of this stack; if it was renamed, say so: `allow.other-output = "…"`"#);
    assert!(left.is_empty(), "{left:?}");
    assert_snapshot!(over((&one, "x"), (&one, "y")).0, @r#"other-output 6:9 the earlier output is of the stage `x` | not of this stage | name the output of this stage; if it was renamed, say so: `allow.other-output = "…"`"#);
    // What takes the place of another stage on purpose, and what was renamed.
    assert_eq!(over((&one, "x"), (&one, "z")).0, "");
    let renamed = text("other", "allow.other-output = \"renamed\"\n");
    assert_snapshot!(over((&one, "x"), (&renamed, "x")).0, @r#"other-output 1:8 the earlier output is of the stack `one` | not of this stack | name the output of this stack; if it was renamed, say so: `allow.other-output = "…"`"#);
}
