//! What a variable holds: a text, or the place that its value comes from.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::EnvVar;
use seaway_core::policy;
use serde::Serialize;

use super::expand::expand;
use crate::object::namespace;
use crate::{Body, Bundle};

/// What a variable holds, or where that comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Value {
    /// A text of the object.
    Literal {
        /// The text as it is in the object.
        text: String,
        /// The text with all variables in it that are known; the others stay `$(NAME)`.
        expanded: String,
        /// Names of the variables that are not known.
        uses: Vec<String>,
    },
    /// A text of the object that looks like a secret, or has one in it.
    Hidden,
    /// A key of a Secret.
    Secret {
        /// Name of the Secret.
        name: String,
        /// The key; null for every key that it has.
        key: Option<String>,
        /// Whether the container starts without it.
        optional: bool,
    },
    /// A key of a `ConfigMap`.
    ConfigMap {
        /// Name of the `ConfigMap`.
        name: String,
        /// The key; null for every key that it has.
        key: Option<String>,
        /// Whether the container starts without it.
        optional: bool,
    },
    /// A field of the pod.
    Field {
        /// Its path: `status.podIP`.
        path: String,
    },
    /// An amount of cpu, memory or storage of a container.
    Resource {
        /// Its path: `limits.memory`.
        path: String,
    },
    /// Something that this version does not know.
    Other,
}

impl Value {
    /// A key of a Secret; without one, all of its keys.
    pub(super) fn secret(name: &str, key: Option<&str>, optional: Option<bool>) -> Self {
        let (key, optional) = (key.map(str::to_owned), optional == Some(true));
        Self::Secret { name: name.to_owned(), key, optional }
    }

    /// A key of a `ConfigMap`; without one, all of its keys.
    pub(super) fn config_map(name: &str, key: Option<&str>, optional: Option<bool>) -> Self {
        let (key, optional) = (key.map(str::to_owned), optional == Some(true));
        Self::ConfigMap { name: name.to_owned(), key, optional }
    }

    /// What `$(NAME)` in a later text stands for, if all of it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Literal { expanded, uses, .. } if uses.is_empty() => Some(expanded),
            _ => None,
        }
    }
}

/// Fewest bytes of a value of a Secret that is looked for in texts. Shorter ones, `postgres` or `true`, are words that
/// texts have anyway.
const LONG_ENOUGH: usize = 16;

/// The Secrets and configs of a stage: their keys, and which texts must not be shown.
pub(crate) struct Holders<'a> {
    secrets: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    configs: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    /// What the Secrets of the stage hold.
    values: BTreeSet<&'a str>,
}

impl<'a> Holders<'a> {
    pub(crate) fn of(bundle: &'a Bundle) -> Self {
        let mut holders =
            Self { secrets: BTreeMap::new(), configs: BTreeMap::new(), values: BTreeSet::new() };
        for object in &bundle.objects {
            let place = (namespace(object), object.body.name());
            match &object.body {
                Body::Secret(secret) => {
                    let texts = secret.string_data.iter().flatten();
                    let texts = texts.map(|(key, text)| (key.as_str(), text.as_str()));
                    let bytes = secret.data.iter().flatten();
                    let bytes = bytes.map(|(key, bytes)| {
                        (key.as_str(), std::str::from_utf8(&bytes.0).unwrap_or_default())
                    });
                    for (key, value) in texts.chain(bytes) {
                        holders.secrets.entry(place).or_default().insert(key);
                        let value = value.trim();
                        if value.len() >= LONG_ENOUGH {
                            holders.values.insert(value);
                        }
                    }
                }
                Body::ConfigMap(config) => {
                    let texts = config.data.iter().flat_map(BTreeMap::keys);
                    // Of bytes the kubelet makes no variable.
                    holders.configs.entry(place).or_default().extend(texts.map(String::as_str));
                }
                _ => {}
            }
        }
        let around = &**bundle.stack.namespace;
        for contract in bundle.stack.secrets.values() {
            let keys = contract.keys.keys().map(|key| &**key);
            holders.secrets.entry((around, &contract.name)).or_default().extend(keys);
        }
        holders
    }

    /// The keys of a Secret; `None` if only the cluster knows them.
    pub(super) fn keys_of_secret(
        &self,
        namespace: &'a str,
        name: &'a str,
    ) -> Option<&BTreeSet<&'a str>> {
        self.secrets.get(&(namespace, name))
    }

    /// The keys of a config; `None` if only the cluster knows them.
    pub(super) fn keys_of_config(
        &self,
        namespace: &'a str,
        name: &'a str,
    ) -> Option<&BTreeSet<&'a str>> {
        self.configs.get(&(namespace, name))
    }

    /// Whether a text under a name must not be shown: it looks like a secret, or has the value of one in it.
    pub(crate) fn conceal(&self, name: &str, text: &str) -> bool {
        policy::secret(name, text).is_some() || self.values.iter().any(|value| text.contains(value))
    }

    /// What a variable holds after those before it, of which `texts` has the ones that are known.
    pub(super) fn value(&self, variable: &EnvVar, texts: &BTreeMap<&str, Option<String>>) -> Value {
        let Some(from) = &variable.value_from else {
            let text = variable.value.as_deref().unwrap_or_default();
            let expanded = expand(text, |name| texts.get(name).cloned().flatten());
            // What is put together from several texts can look like a secret where none of them does.
            if [text, &expanded.text].into_iter().any(|text| self.conceal(&variable.name, text)) {
                return Value::Hidden;
            }
            let (text, uses) = (text.to_owned(), expanded.open);
            return Value::Literal { text, expanded: expanded.text, uses };
        };
        if let Some(secret) = &from.secret_key_ref {
            return Value::secret(&secret.name, Some(&secret.key), secret.optional);
        }
        if let Some(config) = &from.config_map_key_ref {
            return Value::config_map(&config.name, Some(&config.key), config.optional);
        }
        if let Some(field) = &from.field_ref {
            return Value::Field { path: field.field_path.clone() };
        }
        match &from.resource_field_ref {
            Some(resource) => Value::Resource { path: resource.resource.clone() },
            None => Value::Other,
        }
    }
}
