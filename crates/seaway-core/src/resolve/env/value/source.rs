//! Sources that are written as tables: the one of a variable, and those of `env-from`.

use std::collections::BTreeSet;

use super::{Meaning, Spot, Values};
use crate::options::{EnvFrom, EnvSource};
use crate::resolve::place;
use crate::stack::{VariableValue, unknown_config, unknown_secret};
use crate::values::Name;
use crate::{Code, Diagnostic, Origin, Sourced, Span, suggest};

/// Fields of a pod that a variable can come from, besides single labels and annotations.
///
/// <https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields>
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Resources of a container that a variable can come from.
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// The place of a key, or of the Secret or config if that is what is not known.
fn key_or<K>(key: &Sourced<K>, owner: &Sourced<Name>, owner_is_known: bool) -> Span {
    place(if owner_is_known { key.origin } else { owner.origin })
}

impl Values<'_, '_> {
    /// Checks the sources of `env-from`; the names that they bring, if all are known.
    pub(in crate::resolve::env) fn env_from(
        &mut self,
        from: &[Sourced<EnvFrom>],
    ) -> Option<BTreeSet<String>> {
        let mut names = Some(BTreeSet::new());
        for source in from {
            let prefix = source.prefix.as_ref().map_or("", |prefix| &prefix.value);
            let keys = self.keys_of(source);
            names = names.zip(keys).map(|(mut names, keys)| {
                names.extend(keys.iter().map(|key| format!("{prefix}{key}")));
                names
            });
        }
        names
    }

    /// The keys of a source of `env-from`, if there is such a source.
    fn keys_of(&mut self, from: &Sourced<EnvFrom>) -> Option<Vec<String>> {
        let span = place(from.origin);
        match (&from.secret, &from.config) {
            (Some(secret), None) => match self.stack.secrets.get(&secret.value) {
                Some(contract) => {
                    self.refuse_all_in_files("secret", secret);
                    return Some(contract.keys.keys().map(ToString::to_string).collect());
                }
                None if self.declared.has("secrets", secret) => {}
                None => self.sink.report(unknown_secret(
                    self.stack.secret_names(),
                    secret,
                    place(secret.origin),
                )),
            },
            (None, Some(config)) => match self.stack.config.get(&config.value) {
                Some(known) => {
                    if known.secret.is_some() {
                        self.refuse_all_in_files("config", config);
                    }
                    self.read_config(known);
                    return Some(known.data.keys().map(ToString::to_string).collect());
                }
                None if self.declared.has("config", config) => {}
                None => self.sink.report(unknown_config(
                    self.stack.config_names(),
                    config,
                    place(config.origin),
                )),
            },
            _ if self.reader_at_fault("env-from") => {}
            _ => self.sink.report(
                Diagnostic::error(Code::Conflict, "expected one of `secret` and `config`")
                    .label(span, ""),
            ),
        }
        None
    }

    /// Variables are what `env-from` makes, and nothing else.
    fn refuse_all_in_files(&mut self, kind: &str, secret: &Sourced<Name>) {
        if let Some(files) = self.files {
            let (what, owner) = match kind {
                "secret" => ("Secret", "secrets"),
                _ => ("config", "config"),
            };
            let fault = format!("`env-from` makes variables of the {what} `{secret}`");
            self.sink.report(
                Diagnostic::error(Code::Conflict, fault)
                    .origin(secret.origin, "")
                    .origin(files, "asks for files")
                    .help(format!(
                        "name the variables, `env.X = \"${{{owner}.{secret}.key}}\"`, or mount all keys: \
                         `mounts.\"/etc/{secret}\" = {{ {kind} = \"{secret}\" }}`"
                    )),
            );
        }
    }

    /// The value that one source stands for.
    pub(super) fn source(&mut self, source: &EnvSource, origin: Origin) -> Option<VariableValue> {
        let meaning = match (
            &source.field,
            &source.resource,
            &source.secret,
            &source.config,
            &source.key,
        ) {
            (Some(field), None, None, None, None) if !source.optional => {
                return self
                    .known_path(field, &FIELDS)
                    .then(|| VariableValue::Field(field.value.clone()));
            }
            (None, Some(resource), None, None, None) if !source.optional => {
                return self
                    .known_path(resource, &RESOURCES)
                    .then(|| VariableValue::Resource(resource.value.clone()));
            }
            (None, None, Some(secret), None, Some(key)) => self.secret(
                &format!("{secret}.{key}"),
                Spot::At(key_or(key, secret, self.stack.secrets.contains_key(&secret.value))),
            )?,
            (None, None, None, Some(config), Some(key)) => self.config(
                &format!("{config}.{key}"),
                Spot::At(key_or(key, config, self.stack.config.contains_key(&config.value))),
            )?,
            _ => {
                self.sink.report(
                    Diagnostic::error(Code::Conflict, "expected one source")
                        .label(place(origin), "")
                        .help("write one of `field`, `resource`, `secret` with `key`, and `config` with `key`"),
                );
                return None;
            }
        };
        Some(match meaning {
            Meaning::Value(VariableValue::Secret { secret, key, .. }) => {
                VariableValue::Secret { secret, key, optional: source.optional }
            }
            Meaning::Value(VariableValue::Config { config, key, .. }) => {
                VariableValue::Config { config, key, optional: source.optional }
            }
            Meaning::Value(value) => value,
            Meaning::Text(text) => VariableValue::Text(text),
        })
    }

    /// Whether a path is one that a variable can come from; the API server refuses others.
    fn known_path(&mut self, path: &Sourced<String>, known: &[&str]) -> bool {
        let of_metadata = ["metadata.labels['", "metadata.annotations['"];
        let is_keyed =
            of_metadata.iter().any(|start| path.starts_with(start) && path.ends_with("']"));
        let fits = known.contains(&path.as_str()) || (known == FIELDS && is_keyed);
        if !fits {
            self.sink.report(
                Diagnostic::error(
                    Code::UnknownValue,
                    format!("no variable can come from `{path}`"),
                )
                .label(place(path.origin), "")
                .help_maybe(suggest::nearest_or_all(path, known.iter().copied())),
            );
        }
        fits
    }
}
