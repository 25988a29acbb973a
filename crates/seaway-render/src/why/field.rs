//! A path of a field, as a person writes it, in the tree of an object.
//!
//! Messages print keys as they are, dots and all: `metadata.labels.app.kubernetes.io/name`. So a path is not split, it is
//! read along the tree. Keys can be quoted or stand in brackets, items of lists go by their keys or their places.

use seaway_core::{Node, Value, suggest};

use crate::object::{PathBuf, item_key};

/// Where a path leaves the tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Miss {
    /// The path of the last part that is there.
    pub(super) around: PathBuf,
    /// The key or item that is not there.
    pub(super) next: String,
    /// The keys or items that are.
    pub(super) known: Vec<String>,
    /// Whether they are items of a list.
    is_list: bool,
}

/// The path of a field as messages print it, and what it holds.
pub(super) fn find<'a>(tree: &'a Node, asked: &str) -> Result<(PathBuf, &'a Node), Miss> {
    walk(tree, "", PathBuf::new(), asked.trim())
}

fn walk<'a>(
    node: &'a Node,
    list: &str,
    path: PathBuf,
    rest: &str,
) -> Result<(PathBuf, &'a Node), Miss> {
    if rest.is_empty() {
        return Ok((path, node));
    }
    let children = children(node, list);
    let is_list = matches!(node.value, Value::Array(_));
    let mut missed: Option<Miss> = None;
    for (name, key, child) in &children {
        let behind = if is_list { item(rest, name, key) } else { self::key(rest, key) };
        let Some(behind) = behind else { continue };
        let below = joined(&path, key, is_list);
        match walk(child, if is_list { "" } else { key }, below, behind) {
            Ok(found) => return Ok(found),
            Err(miss) => {
                let is_deeper =
                    missed.as_ref().is_none_or(|known| miss.around.len() > known.around.len());
                missed = if is_deeper { Some(miss) } else { missed };
            }
        }
    }
    Err(missed.unwrap_or_else(|| Miss {
        around: path,
        next: next(rest).to_owned(),
        known: children.into_iter().map(|(_, key, _)| key).collect(),
        is_list,
    }))
}

/// The path of a child.
pub(super) fn joined(path: &str, key: &str, is_item: bool) -> PathBuf {
    match (path, is_item) {
        (_, true) => format!("{path}[{key}]"),
        ("", false) => key.to_owned(),
        (_, false) => format!("{path}.{key}"),
    }
}

/// The name of an item in paths.
pub(super) fn item_name(item: &Node, list: &str, at: usize) -> String {
    let name = item.get(item_key(list)).and_then(Node::as_str);
    name.map_or_else(|| at.to_string(), str::to_owned)
}

/// What a table or a list holds: by which other word it goes, the word of its path, and the value.
fn children<'a>(node: &'a Node, list: &str) -> Vec<(String, String, &'a Node)> {
    match &node.value {
        Value::Table(table) => {
            table.iter().map(|(key, value)| (String::new(), key.value.clone(), value)).collect()
        }
        Value::Array(items) => {
            let child = |(at, item): (usize, &'a Node)| {
                let plain = item.as_str().map_or_else(|| at.to_string(), str::to_owned);
                (plain, item_name(item, list, at), item)
            };
            items.iter().enumerate().map(child).collect()
        }
        _ => Vec::new(),
    }
}

/// What follows after a key.
fn key<'t>(rest: &'t str, key: &str) -> Option<&'t str> {
    let plain = rest.strip_prefix('.').unwrap_or(rest);
    let bare = plain.strip_prefix(key).filter(|behind| is_end(behind));
    bare.or_else(|| quoted(plain, key).filter(|behind| is_end(behind)))
        .or_else(|| in_brackets(rest, key))
}

/// What follows after an item in brackets.
fn item<'t>(rest: &'t str, name: &str, key: &str) -> Option<&'t str> {
    in_brackets(rest, key).or_else(|| in_brackets(rest, name))
}

fn in_brackets<'t>(rest: &'t str, word: &str) -> Option<&'t str> {
    let inner = rest.strip_prefix('[')?;
    let behind = inner.strip_prefix(word).and_then(|behind| behind.strip_prefix(']'));
    behind.or_else(|| quoted(inner, word)?.strip_prefix(']')).filter(|behind| is_end(behind))
}

fn quoted<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_prefix(word)?.strip_prefix(quote))
}

fn is_end(behind: &str) -> bool {
    behind.is_empty() || behind.starts_with(['.', '['])
}

/// The first key or item of what is left of a path.
fn next(rest: &str) -> &str {
    let end = |text: &str| text.find(['.', '[']).unwrap_or(text.len());
    let word = if let Some(inner) = rest.strip_prefix('[') {
        &inner[..inner.find(']').unwrap_or(inner.len())]
    } else {
        let plain = rest.strip_prefix('.').unwrap_or(rest);
        &plain[..end(plain)]
    };
    word.trim_matches(['"', '\''])
}

/// The path that was most likely meant: a key that is near, or a field elsewhere that is called so.
pub(super) fn suggestion(tree: &Node, miss: &Miss) -> Option<String> {
    let near = suggest::nearest(&miss.next, miss.known.iter().map(String::as_str));
    if let Some(near) = near {
        return Some(format!("did you mean `{}`?", joined(&miss.around, near, miss.is_list)));
    }
    let mut found = Vec::new();
    called(tree, "", "", &miss.next, &mut found);
    match &found[..] {
        [] => None,
        [one] => Some(format!("did you mean `{one}`?")),
        several => {
            let some = &several[..several.len().min(5)];
            Some(format!("fields of that name are {}", suggest::quoted_list(some)))
        }
    }
}

/// The paths of fields and items of a name.
fn called(node: &Node, list: &str, path: &str, name: &str, found: &mut Vec<PathBuf>) {
    let is_list = matches!(node.value, Value::Array(_));
    for (_, key, child) in children(node, list) {
        let below = joined(path, &key, is_list);
        if key == name {
            found.push(below.clone());
        }
        called(child, if is_list { "" } else { &key }, &below, name, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seaway_core::{Sink, Source, parse};

    const TREE: &str = r#"
[metadata.labels]
"app.kubernetes.io/name" = "web"
app = "x"
[[spec.containers]]
name = "a.b"
args = ["run", "--all"]
volumeMounts = [{ mountPath = "/tmp/x" }]
"#;

    /// The path and the value as JSON, or where it leaves the tree.
    fn found(asked: &str) -> String {
        let tree = parse(&Source::new("t", TREE), &mut Sink::default()).root;
        match find(&tree, asked) {
            Ok((path, value)) => {
                format!("{path} = {}", serde_json::to_string(value).unwrap_or_default())
            }
            Err(miss) => {
                let near = suggestion(&tree, &miss).unwrap_or_default();
                format!("no `{}` in `{}`: {near}", miss.next, miss.around)
            }
        }
    }

    #[test]
    fn a_path_can_be_written_in_every_usual_way() {
        for asked in [
            "metadata.labels.app.kubernetes.io/name",
            ".metadata.labels.\"app.kubernetes.io/name\"",
            "metadata.labels['app.kubernetes.io/name']",
            "metadata.labels[app.kubernetes.io/name]",
        ] {
            assert_eq!(
                found(asked),
                r#"metadata.labels.app.kubernetes.io/name = "web""#,
                "{asked}"
            );
        }
        assert_eq!(found("metadata.labels.app"), r#"metadata.labels.app = "x""#);
        for asked in ["spec.containers[a.b].args[0]", "spec.containers[0].args[run]"] {
            assert_eq!(found(asked), r#"spec.containers[a.b].args[0] = "run""#, "{asked}");
        }
        assert_eq!(
            found("spec.containers[\"a.b\"].volumeMounts[/tmp/x].mountPath"),
            r#"spec.containers[a.b].volumeMounts[/tmp/x].mountPath = "/tmp/x""#
        );
    }

    #[test]
    fn what_is_not_there_is_near_to_something() {
        insta::assert_snapshot!(found("metadata.lables.app"), @"no `lables` in `metadata`: did you mean `metadata.labels`?");
        insta::assert_snapshot!(found("spec.containers[a.c].args"), @"no `a.c` in `spec.containers`: did you mean `spec.containers[a.b]`?");
        insta::assert_snapshot!(found("args"), @"no `args` in ``: did you mean `spec.containers[a.b].args`?");
        insta::assert_snapshot!(found("metadata.labels.app.x"), @"no `x` in `metadata.labels.app`:");
        insta::assert_snapshot!(found("spec.containers[a.b"), @"no `a.b` in `spec.containers`: did you mean `spec.containers[a.b]`?");
    }
}
