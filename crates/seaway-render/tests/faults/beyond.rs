//! What a person can break outside of a `spec`: names, namespaces, labels, keys, roles, and what is beside an autoscaler.

use seaway_core::Source;
use serde_json::Value;

use crate::toml;

/// A way to break an object: what it is, and the patch without its target.
pub(crate) struct Change {
    pub(crate) what: String,
    pub(crate) patch: String,
}

/// Annotations that name another object, up to what a controller appends to its name.
const REFERENCES: &[&str] = &[
    "cert-manager.io/cluster-issuer",
    "cert-manager.io/issuer",
    "cloud.google.com/backend-config",
    "networking.gke.io/managed-certificates",
    "networking.gke.io/v1beta1.FrontendConfig",
    "traefik.ingress.kubernetes.io/router.middlewares",
];

/// A text with a typo in the last name in it.
fn with_typo(text: &str) -> String {
    let end = text.find('@').unwrap_or_else(|| text.trim_end_matches(['"', '}']).len());
    format!("{}x{}", &text[..end], &text[end..])
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
    for key in REFERENCES {
        let Some(text) = object["metadata"]["annotations"][*key].as_str() else { continue };
        let typo = Value::from(with_typo(text));
        all.push(change(
            &format!("typo in {key}"),
            format!("merge.metadata.annotations.{key:?} = {}", toml(&typo)),
        ));
    }
    for field in ["stringData", "data"] {
        let Some(map) = object[field].as_object() else { continue };
        for key in map.keys() {
            let mut rest = map.clone();
            rest.remove(key);
            let rest = toml(&Value::Object(rest));
            // Commands name scripts; configs and SQL are read by what a program makes of its folder.
            let is_script = [".py", ".sh"].iter().any(|end| key.ends_with(end));
            let what = if is_script { "a script" } else { "a key" };
            all.push(change(
                &format!("without {what} of {field}"),
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
