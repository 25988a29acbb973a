//! What a person can break outside of a `spec`: names, namespaces, labels, keys, roles, and what is beside an autoscaler.

use seaway_core::Source;
use serde_json::Value;

use crate::toml;

/// A way to break an object: what it is, and the patch without its target.
pub(crate) struct Change {
    pub(crate) what: String,
    pub(crate) patch: String,
}

/// All ways to break an object outside of its `spec`.
pub(crate) fn changes(object: &Value, scaled: bool) -> Vec<Change> {
    let kind = object["kind"].as_str().unwrap_or_default();
    let change = |what: &str, patch: String| Change { what: format!("{kind} {what}"), patch };
    let mut all = vec![
        change("another name", "merge.metadata.name = \"renamed\"".to_owned()),
        change(
            "a label that is none",
            "merge.metadata.labels.\"app.kubernetes.io/instance\" = \"a b\"".to_owned(),
        ),
    ];
    if object["metadata"]["namespace"].is_string() {
        all.push(change(
            "another namespace",
            "merge.metadata.namespace = \"elsewhere\"".to_owned(),
        ));
    }
    for field in ["stringData", "data"] {
        let Some(map) = object[field].as_object() else { continue };
        for key in map.keys() {
            let mut rest = map.clone();
            rest.remove(key);
            let rest = toml(&Value::Object(rest));
            all.push(change(
                &format!("without a key of {field}"),
                format!("remove = [\"{field}\"]\nmerge.{field} = {rest}"),
            ));
        }
    }
    if object["roleRef"].is_object() {
        all.push(change("typo in roleRef.name", "merge.roleRef.name = \"renamed\"".to_owned()));
        all.push(change("without subjects", "remove = [\"subjects\"]".to_owned()));
    }
    if object["rules"].is_array() {
        all.push(change("without rules", "remove = [\"rules\"]".to_owned()));
    }
    if scaled {
        all.push(change("replicas beside an autoscaler", "merge.spec.replicas = 3".to_owned()));
    }
    all
}

/// A stack with a patch of an object.
pub(crate) fn patched(source: &Source, (kind, name): (&str, &str), patch: &str) -> Source {
    let target = format!("target = {{ kind = \"{kind}\", name = \"{name}\" }}");
    let mut patched = source.clone();
    for line in ["", "[[patches]]", &target, patch, ""] {
        patched.stack.text.to_mut().push_str(line);
        patched.stack.text.to_mut().push('\n');
    }
    patched
}
