//! Fault injection: what a person can break by a patch is refused, or it is known why not.
//!
//! Each object of each stage of each stack is broken in one place at a time, by a patch that puts a changed `spec` into
//! the place of the generated one. A mutant that still compiles survives; [`survivors`] lists each kind of them with
//! the reason. A new survivor fails the test, and so does one of the list that does not survive any more. [`beyond`] does
//! the same to what is outside of the `spec`.

#[path = "../common/mod.rs"]
mod common;
mod beyond;
mod mutate;
mod survivors;

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::{Severity, Source};
use seaway_render::Bundle;
use serde_json::Value;

use crate::common::{compile, stages};
use crate::mutate::{Mutant, mutants};

/// A stage whose kinds no stack of the repository prints: a Gateway of its own, and the policies of GKE for what is behind it.
const GATEWAY: &str = r#"
[stages.gke-gateway]
cluster = { provider = "gke", storage-class = "standard-rwo", provides = ["ClusterIssuer/letsencrypt"] }
components.web.expose = { type = "gateway", class = "gke-l7-global-external-managed", issuer = "letsencrypt" }
"#;

/// Names and sources of all stacks, with what only this test needs.
fn stacks() -> Vec<(String, Source)> {
    let mut stacks = common::stacks();
    let platforms = stacks.iter_mut().find(|(name, _)| name == "platforms");
    let (_, source) = platforms.expect("the stack of the platforms");
    source.stack.text.to_mut().push_str(GATEWAY);
    stacks
}

/// How an object was called before its name got the hash of its content.
fn plain_names(bundle: &Bundle) -> BTreeMap<String, String> {
    let hashed = bundle
        .objects
        .iter()
        .filter(|object| !object.is_own && matches!(object.body.kind(), "ConfigMap" | "Job"));
    let names = hashed.filter_map(|object| {
        let (plain, hash) = object.body.name().rsplit_once('-')?;
        let is_hash = hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then(|| (object.body.name().to_owned(), plain.to_owned()))
    });
    names.collect()
}

fn without_hashes(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(plain) = names.get(text) {
                text.clone_from(plain);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without_hashes(item, names)),
        Value::Object(map) => map.values_mut().for_each(|item| without_hashes(item, names)),
        _ => {}
    }
}

/// A value as inline TOML.
fn toml(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(toml).collect())),
        Value::Object(map) => {
            let entries = map.iter().filter(|(_, value)| !value.is_null());
            let entries = entries.map(|(key, value)| format!("{key:?} = {}", toml(value)));
            format!("{{ {} }}", list(entries.collect()))
        }
        other => other.to_string(),
    }
}

/// A stack with a patch that puts a `spec` into the place of that of an object.
fn patched(source: &Source, target: (&str, &str), spec: &Value) -> Source {
    beyond::patched(source, target, &format!("remove = [\"spec\"]\nmerge.spec = {}", toml(spec)))
}

fn is_refused(source: &Source, stage: &str) -> Option<String> {
    let (bundle, diagnostics) = compile(source, stage);
    let error = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    bundle.is_none().then(|| error.map_or_else(String::new, |error| error.message.clone()))
}

/// What survives in one stage: what was done, and the first place where.
fn survive(
    (name, source, stage): (&str, &Source, &str),
    broken: &mut BTreeSet<String>,
) -> (usize, BTreeMap<String, String>) {
    let (bundle, _) = compile(source, stage);
    let bundle = bundle.unwrap_or_else(|| panic!("{name}/{stage} compiles"));
    let names = plain_names(&bundle);
    let mut survivors = BTreeMap::new();
    let mut count = 0;
    for object in bundle.objects.iter().filter(|object| !object.is_own) {
        let mut value = serde_json::to_value(object).expect("an object is JSON");
        without_hashes(&mut value, &names);
        let Some(spec) = value.get("spec") else { continue };
        let kind = object.body.kind();
        let plain = names.get(object.body.name()).map_or(object.body.name(), String::as_str);
        // What an earlier stage of the stack has in the same words was broken there.
        if !broken.insert(format!("{kind}/{plain} {spec}")) {
            continue;
        }
        let same = patched(source, (kind, plain), spec);
        assert_eq!(is_refused(&same, stage), None, "{name}/{stage} {} as it is", object.id());
        for Mutant { what, spec } in mutants(kind, spec) {
            count += 1;
            if is_refused(&patched(source, (kind, plain), &spec), stage).is_none() {
                survivors.entry(what).or_insert_with(|| format!("{name}/{stage} {kind}/{plain}"));
            }
        }
    }
    (count, survivors)
}

/// Each survivor is one of the list, and each of the list survives.
fn all_known(
    known: &[(&str, &str)],
    survived: &BTreeMap<String, String>,
    broken: &str,
    count: usize,
) {
    let known: BTreeMap<&str, &str> = known.iter().copied().collect();
    let new: Vec<String> = survived
        .iter()
        .filter(|(what, _)| !known.contains_key(what.as_str()))
        .map(|(what, place)| format!("    (\"{what}\", \"{place}\"),"))
        .collect();
    let gone: Vec<&&str> = known.keys().filter(|what| !survived.contains_key(**what)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "of {count} {broken} survive, and no reason is known:\n{}\nrefused by now: {gone:?}",
        new.join("\n")
    );
}

#[test]
fn every_fault_is_refused_or_known() {
    let stacks = stacks();
    let results: Vec<_> = std::thread::scope(|scope| {
        let stack = |name: &String, source: &Source| {
            let mut broken = BTreeSet::new();
            let stages = stages(source).into_iter();
            stages.map(|stage| survive((name, source, &stage), &mut broken)).collect::<Vec<_>>()
        };
        let runs: Vec<_> =
            stacks.iter().map(|(name, source)| scope.spawn(move || stack(name, source))).collect();
        runs.into_iter().flat_map(|run| run.join().expect("no mutant panics")).collect()
    });
    let mut survived = BTreeMap::new();
    let mut count = 0;
    for (mutants, survivors) in results {
        count += mutants;
        for (what, place) in survivors {
            survived.entry(what).or_insert(place);
        }
    }
    all_known(survivors::SURVIVORS, &survived, "mutants", count);
    assert!(count > 500, "only {count} mutants");
}

#[test]
fn what_is_outside_of_a_spec_is_refused_or_known() {
    let mut survived: BTreeMap<String, String> = BTreeMap::new();
    let mut count = 0;
    for (name, source) in &stacks() {
        let mut broken = BTreeSet::new();
        for stage in stages(source) {
            let (bundle, _) = compile(source, &stage);
            let bundle = bundle.unwrap_or_else(|| panic!("{name}/{stage} compiles"));
            let names = plain_names(&bundle);
            let scaled: BTreeSet<&str> = bundle
                .objects
                .iter()
                .filter(|object| object.body.kind() == "HorizontalPodAutoscaler")
                .map(|object| object.body.name())
                .collect();
            for object in bundle.objects.iter().filter(|object| !object.is_own) {
                let value = serde_json::to_value(object).expect("an object is JSON");
                let kind = object.body.kind();
                let plain =
                    names.get(object.body.name()).map_or(object.body.name(), String::as_str);
                let is_scaled = kind == "Deployment" && scaled.contains(plain);
                for change in beyond::changes(&value, is_scaled) {
                    if !broken.insert(format!("{kind}/{plain} {}", change.patch)) {
                        continue;
                    }
                    count += 1;
                    let patched = beyond::patched(source, (kind, plain), &change.patch);
                    if is_refused(&patched, &stage).is_none() {
                        let place = format!("{name}/{stage} {kind}/{plain}");
                        survived.entry(change.what).or_insert(place);
                    }
                }
            }
        }
    }
    all_known(survivors::OUTSIDE, &survived, "changes", count);
    assert!(count > 300, "only {count} changes");
}
