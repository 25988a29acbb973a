//! The name of an object of the cluster.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An object by its kind and name: `StorageClass/gp3`, and with a namespace of its own `Gateway/infra/public`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName {
    /// Its kind, for example `StorageClass`.
    pub kind: String,
    /// Its namespace; without one it lies in that of the stack, or is of a kind that lies in none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl TryFrom<String> for ObjectName {
    type Error = String;

    /// A kind begins with a capital, and a namespace is a label of DNS. Names of objects are those of DNS too, but roles
    /// have colons and capitals in theirs.
    fn try_from(text: String) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts[..] {
            [kind, name] => (kind, None, name),
            [kind, namespace, name] => (kind, Some(namespace), name),
            _ => return Err(format!("`{text}` does not name an object\n{FORM}")),
        };
        if !is_kind(kind) {
            return Err(format!("`{kind}` is not a kind\n{FORM}"));
        }
        if let Some(namespace) = namespace.filter(|namespace| !is_label(namespace)) {
            return Err(format!(
                "`{namespace}` is not a namespace\nwrite at most 63 of `a-z`, `0-9` and `-`"
            ));
        }
        if !is_name(kind, name) {
            return Err(format!(
                "`{name}` is not the name of a {kind}\nwrite at most 253 of `a-z`, `0-9`, `-` and `.`, beginning and \
                 ending with a letter or digit"
            ));
        }
        Ok(Self {
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        })
    }
}

const FORM: &str = "write `Kind/name`, for example `StorageClass/gp3`, or `Kind/namespace/name`";

fn is_kind(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_label(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 63
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || c == '-')
}

fn is_name(kind: &str, text: &str) -> bool {
    let is_role = kind.ends_with("Role");
    let ends = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || (is_role && c.is_ascii_uppercase())
    };
    (1..=253).contains(&text.len())
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || "-.".contains(c) || (is_role && ":_".contains(c)))
}

impl From<ObjectName> for String {
    fn from(object: ObjectName) -> Self {
        object.to_string()
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

impl JsonSchema for ObjectName {
    fn schema_name() -> Cow<'static, str> {
        "ObjectName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Kind and name of an object: `StorageClass/gp3`, or `Gateway/infra/public` for one of another namespace.",
            "type": "string",
            "pattern": "^[A-Z][A-Za-z0-9]*(/[a-z0-9]([a-z0-9-]*[a-z0-9])?)?/[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectName;

    #[test]
    fn names_of_objects_read_and_print_the_same() {
        for text in [
            "StorageClass/gp3",
            "PriorityClass/high.example",
            "Gateway/infra/public",
            "ClusterRole/system:auth-delegator",
        ] {
            assert_eq!(ObjectName::try_from(text.to_owned()).expect(text).to_string(), text);
        }
        for text in [
            "",
            "gp3",
            "storageclass/gp3",
            "StorageClass/",
            "StorageClass/GP3",
            "StorageClass/a:b",
            "/gp3",
            "Gateway//public",
            "Gateway/Infra/public",
            "Gateway/infra/public/http",
            "Storage-Class/gp3",
        ] {
            assert!(ObjectName::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
