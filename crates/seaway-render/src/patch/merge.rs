//! Strategic merge of trees.

use seaway_core::node::Table;
use seaway_core::{Node, Value};

/// The key by which items of a list are the same item, by the name of the list (`patchMergeKey` of the Kubernetes
/// API: <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/>).
const MERGE_KEYS: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("secrets", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("hostAliases", &["ip"]),
    ("ports", &["containerPort", "port"]),
    ("topologySpreadConstraints", &["topologyKey"]),
];

/// Fields of which there can be one, by what they lie in. The API server refuses two, and TOML has no `null` to take the
/// old one out.
const ONE_OF: &[(&[&str], &[&str])] = &[
    (&["env"], &["value", "valueFrom"]),
    (
        &["valueFrom"],
        &["configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"],
    ),
    (
        &["startupProbe", "readinessProbe", "livenessProbe", "preStop", "postStart"],
        &["exec", "grpc", "httpGet", "sleep", "tcpSocket"],
    ),
    (
        &["volumes"],
        &[
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        ],
    ),
];

fn merge_keys(list: &str) -> &'static [&'static str] {
    MERGE_KEYS.iter().find(|(name, _)| *name == list).map_or(&[], |(_, keys)| keys)
}

/// Merges changes into a tree.
pub(super) fn merge(tree: &mut Node, changes: &Node) {
    merge_value(tree, changes, "");
}

/// Merges what lies under a key.
fn merge_value(tree: &mut Node, changes: &Node, key: &str) {
    match (&mut tree.value, &changes.value) {
        (Value::Table(old), Value::Table(new)) => merge_table(old, new, key),
        (Value::Array(old), Value::Array(new)) if !merge_keys(key).is_empty() => {
            for item in new {
                match old.iter_mut().find(|known| is_same(known, item, key)) {
                    Some(known) => merge_value(known, item, key),
                    None => old.push(item.clone()),
                }
            }
        }
        _ => *tree = changes.clone(),
    }
}

fn merge_table(old: &mut Table, new: &Table, around: &str) {
    for (_, fields) in ONE_OF.iter().filter(|(places, _)| places.contains(&around)) {
        if fields.iter().any(|field| new.contains_key(*field)) {
            old.retain(|key, _| !fields.contains(&key.as_str()) || new.contains_key(key.as_str()));
        }
    }
    let kind = new.get("type").and_then(Node::as_str);
    if around == "strategy" && kind == Some("Recreate") {
        old.remove("rollingUpdate");
    }
    for (key, value) in new {
        match old.get_mut(key) {
            Some(known) => merge_value(known, value, key),
            None => {
                old.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Whether two items are one: the same key, and the same protocol where ports have one.
fn is_same(a: &Node, b: &Node, list: &str) -> bool {
    let same = |key: &str| match (a.get(key), b.get(key)) {
        (Some(a), Some(b)) => a.value == b.value,
        _ => false,
    };
    let protocol =
        |item: &Node| item.get("protocol").and_then(Node::as_str).unwrap_or("TCP").to_owned();
    merge_keys(list).iter().any(|key| same(key)) && protocol(a) == protocol(b)
}

/// Removes what a path names, `spec.containers[web].livenessProbe`; says whether it was there.
pub(super) fn remove(tree: &mut Node, path: &str) -> bool {
    let steps = steps(path);
    let Some((end, before)) = steps.split_last() else { return false };
    let mut at = tree;
    let mut list = "";
    for step in before {
        let Some(next) = step_into(at, step, list) else { return false };
        at = next;
        if let Step::Key(key) = step {
            list = key;
        }
    }
    match (&mut at.value, end) {
        (Value::Table(table), Step::Key(key)) => table.remove(*key).is_some(),
        (Value::Array(items), Step::Item(name)) => {
            let before = items.len();
            items.retain(|item| !is_named(item, name, list));
            items.len() < before
        }
        _ => false,
    }
}

enum Step<'a> {
    Key(&'a str),
    Item(&'a str),
}

/// Keys are joined by dots; an item of a list is in brackets, and dots in there belong to it.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let Some(end) = inner.find(']') else { return Vec::new() };
            steps.push(Step::Item(&inner[..end]));
            rest = inner[end + 1..].trim_start_matches('.');
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(&rest[..end]));
            rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
        }
    }
    steps
}

fn step_into<'a>(at: &'a mut Node, step: &Step<'_>, list: &str) -> Option<&'a mut Node> {
    match (&mut at.value, step) {
        (Value::Table(table), Step::Key(key)) => table.get_mut(*key),
        (Value::Array(items), Step::Item(name)) => {
            items.iter_mut().find(|item| is_named(item, name, list))
        }
        _ => None,
    }
}

fn is_named(item: &Node, name: &str, list: &str) -> bool {
    let by_key =
        merge_keys(list).iter().filter_map(|key| item.get(key)).any(|value| match &value.value {
            Value::String(text) => text == name,
            Value::Integer(number) => number.to_string() == name,
            _ => false,
        });
    by_key || item.as_str() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaway_core::{Sink, Source, parse};

    fn tree(text: &str) -> Node {
        parse(&Source::new("t", text), &mut Sink::default()).root
    }

    #[test]
    fn named_items_merge_and_other_lists_are_replaced() {
        let mut base =
            tree("args = [1, 2]\ncontainers = [{ name = \"a\", image = \"x\" }, { name = \"b\" }]");
        merge(
            &mut base,
            &tree("args = [3]\ncontainers = [{ name = \"a\", tty = true }, { name = \"c\" }]"),
        );
        let wanted = tree(
            "args = [3]\ncontainers = [{ name = \"a\", image = \"x\", tty = true }, { name = \"b\" }, { name = \"c\" }]",
        );
        assert_eq!(plain(&base), plain(&wanted));
    }

    #[test]
    fn a_field_takes_the_place_of_the_one_that_it_excludes() {
        let mut base = tree(
            "env = [{ name = \"A\", valueFrom = { fieldRef = {} } }]\ndata = { value = 1 }\n\
             strategy = { type = \"RollingUpdate\", rollingUpdate = {} }\nreadinessProbe = { exec = {} }",
        );
        let changes = tree(
            "env = [{ name = \"A\", value = \"x\" }]\ndata = { valueFrom = 2 }\nstrategy.type = \"Recreate\"\n\
             readinessProbe = { httpGet = {} }",
        );
        merge(&mut base, &changes);
        let wanted = tree(
            "env = [{ name = \"A\", value = \"x\" }]\ndata = { value = 1, valueFrom = 2 }\n\
             strategy = { type = \"Recreate\" }\nreadinessProbe = { httpGet = {} }",
        );
        assert_eq!(plain(&base), plain(&wanted));
    }

    #[test]
    fn a_path_removes_a_key_or_an_item() {
        let mut base = tree(
            "containers = [{ name = \"a\", tty = true, volumeMounts = [{ mountPath = \"/x.y\" }] }]",
        );
        assert!(remove(&mut base, "containers[a].tty"));
        assert!(!remove(&mut base, "containers[a].tty"));
        assert!(remove(&mut base, "containers[a].volumeMounts[/x.y]"));
        assert!(!remove(&mut base, "containers[b"));
        assert_eq!(
            plain(&base),
            plain(&tree("containers = [{ name = \"a\", volumeMounts = [] }]"))
        );
    }

    /// The same tree without places.
    fn plain(node: &Node) -> String {
        serde_json::to_string(node).unwrap_or_default()
    }
}
