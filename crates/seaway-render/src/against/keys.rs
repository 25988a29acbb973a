//! Keys that a Secret of somebody else gets, and that it may not have yet: a pod that reads one stays in
//! `CreateContainerConfigError`.

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::shell::command;
use seaway_core::stack::{Contract, SecretSource};
use seaway_core::{Code, Diagnostic, Node, Severity, Sink, Stack};

use super::rules::is_true;
use super::{Revisions, items};
use crate::object::Id;

/// A key of a Secret of somebody else that pods read and did not read before.
pub(crate) struct Lacking<'a> {
    pub(crate) contract: &'a Contract,
    key: String,
    /// The key that it may have been before.
    renamed: Option<String>,
}

/// One warning a key.
pub(super) fn check(stack: &Stack, revisions: &Revisions<'_>, sink: &mut Sink) {
    for Lacking { contract, key, renamed } in lacking(stack, revisions) {
        sink.report(told(&stack.namespace, contract, &key, renamed.as_deref()));
    }
}

/// The keys that the pods read and did not read before.
pub(crate) fn lacking<'a>(stack: &'a Stack, revisions: &Revisions<'_>) -> Vec<Lacking<'a>> {
    let is_existing = |contract: &&Contract| contract.source.value == SecretSource::Existing;
    let existing: Vec<&Contract> = stack.secrets.values().filter(is_existing).collect();
    if existing.is_empty() {
        return Vec::new();
    }
    let here = |id: Id<'_>| id.2.0 == &**stack.namespace;
    // What is the same in both revisions reads the same: only what differs can read another key.
    let (before, after) = reads(revisions, |id| here(id) && !revisions.is_same(id));
    let existing: Vec<&Contract> =
        existing.into_iter().filter(|contract| after.reads_more(&before, &contract.name)).collect();
    if existing.is_empty() {
        return Vec::new();
    }
    let (before, after) = reads(revisions, here);
    let mut found = Vec::new();
    for contract in existing {
        let name: &str = &contract.name;
        // One that nothing read before is a new Secret, and of one that was read as a whole no key is known.
        let Some(was) = before.keys.get(name).filter(|_| !before.whole.contains(name)) else {
            continue;
        };
        let Some(is) = after.keys.get(name) else { continue };
        let new: Vec<&String> = is.difference(was).collect();
        let gone = was.iter().filter(|key| !contract.keys.keys().any(|known| **known == **key));
        let gone: Vec<&String> = gone.collect();
        let renamed = match (gone.as_slice(), new.as_slice()) {
            ([gone], [_]) => Some((*gone).clone()),
            _ => None,
        };
        found.extend(new.into_iter().map(|key| Lacking {
            contract,
            key: key.clone(),
            renamed: renamed.clone(),
        }));
    }
    found
}

fn told(around: &str, contract: &Contract, key: &str, renamed: Option<&str>) -> Diagnostic {
    let name = &contract.name;
    let message = format!("Secret `{name}` needs the key `{key}` before the apply");
    let read = command("kubectl get secret {} -n {} --output=json", &[&name.value, &around]);
    // Text of JSON is text of jq, too.
    let at = |key: &str| format!(".data[{}]", serde_json::Value::from(key));
    let help = match renamed {
        Some(old) => format!(
            "if it is `{old}` under a new name: `{}`",
            command(
                "{} | jq {} | kubectl replace --filename=-",
                &[&read, &format!("{} = {}", at(key), at(old))]
            )
        ),
        None => format!(
            "with its value in the file `{name}/{key}`: `{}`",
            command(
                "{} | jq --rawfile value {} {} | kubectl replace --filename=-",
                &[&read, &format!("{name}/{key}"), &format!("{} = ($value | @base64)", at(key))]
            )
        ),
    };
    let mut diagnostic = Diagnostic::error(Code::NewSecretKey, message)
        .origin(contract.origin, "nothing in the earlier output reads this key")
        .note("a pod that reads a key that is not there does not start: CreateContainerConfigError")
        .help(help);
    diagnostic.severity = Severity::Warning;
    diagnostic
}

/// What the objects that are wanted read in the old revision, and in the new one.
fn reads(revisions: &Revisions<'_>, wanted: impl Fn(Id<'_>) -> bool) -> (Reads, Reads) {
    let old = revisions.old.keys().filter(|id| wanted(**id));
    let new = revisions.new.keys().filter(|id| wanted(**id));
    let before = Reads::of(old.filter_map(|id| revisions.old_tree(*id)));
    (before, Reads::of(new.filter_map(|id| revisions.tree(*id))))
}

/// The keys of Secrets that pods read, by the name of the Secret.
#[derive(Default)]
struct Reads {
    keys: BTreeMap<String, BTreeSet<String>>,
    /// Secrets that are read as a whole.
    whole: BTreeSet<String>,
}

impl Reads {
    /// What objects read; a Secret among them has its keys.
    fn of<'a>(objects: impl Iterator<Item = &'a Node>) -> Self {
        let mut found = Self::default();
        for object in objects {
            if object.get("kind").and_then(Node::as_str) == Some("Secret") {
                found.secret(object);
            } else {
                found.walk(object);
            }
        }
        found
    }

    /// Whether keys of a Secret are read that were not read before.
    fn reads_more(&self, before: &Self, secret: &str) -> bool {
        let was = before.keys.get(secret);
        let mut keys = self.keys.get(secret).into_iter().flatten();
        keys.any(|key| !was.is_some_and(|was| was.contains(key)))
    }

    fn secret(&mut self, object: &Node) {
        let Some(name) = object.at(["metadata", "name"]).and_then(Node::as_str) else { return };
        for part in ["data", "stringData"] {
            for key in
                object.get(part).and_then(Node::as_table).into_iter().flat_map(|data| data.keys())
            {
                self.keys.entry(name.to_owned()).or_default().insert(key.value.clone());
            }
        }
    }

    fn walk(&mut self, node: &Node) {
        items(Some(node)).for_each(|item| self.walk(item));
        let Some(table) = node.as_table() else { return };
        for (field, value) in table {
            let text = |name: &str| value.get(name).and_then(Node::as_str);
            let is_optional = is_true(value.get("optional"));
            match (field.value.as_str(), text("name").or_else(|| text("secretName"))) {
                (_, Some(_)) if is_optional => {}
                ("secretKeyRef", Some(name)) => self.read(name, text("key")),
                ("secretRef", Some(name)) => self.read(name, None),
                ("secret", Some(name)) => match value.get("items") {
                    None => self.read(name, None),
                    some => items(some).for_each(|item| {
                        self.read(name, item.get("key").and_then(Node::as_str));
                    }),
                },
                _ => self.walk(value),
            }
        }
    }

    fn read(&mut self, name: &str, key: Option<&str>) {
        match key {
            Some(key) => {
                self.keys.entry(name.to_owned()).or_default().insert(key.to_owned());
            }
            None => {
                self.whole.insert(name.to_owned());
            }
        }
    }
}
