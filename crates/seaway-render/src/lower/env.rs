//! Environment variables as Kubernetes takes them.

use k8s_openapi::api::core::v1::{
    ConfigMapEnvSource, ConfigMapKeySelector, EnvFromSource, EnvVar, EnvVarSource,
    ObjectFieldSelector, ResourceFieldSelector, SecretEnvSource, SecretKeySelector,
};
use seaway_core::options::EnvFrom;
use seaway_core::stack::{Variable, VariableValue, secret_folder};
use seaway_core::{Sourced, Stack};

use crate::object::{Origins, joined};

/// The variables of a container, in the order given.
pub(super) fn variables(
    stack: &Stack,
    variables: &[Variable],
    path: &str,
    origins: &mut Origins,
) -> Vec<EnvVar> {
    variables
        .iter()
        .map(|variable| {
            origins.set(joined(&[path, ".env[", &variable.name, "]"]), variable.value.origin);
            variable_of(stack, &variable.name, &variable.value.value)
        })
        .collect()
}

fn variable_of(stack: &Stack, name: &str, value: &VariableValue) -> EnvVar {
    let source = match value {
        VariableValue::Text(text) => {
            return EnvVar {
                name: name.to_owned(),
                value: Some(text.clone()),
                ..EnvVar::default()
            };
        }
        VariableValue::SecretFile { secret, key, .. } => {
            return text(name, &format!("{}/{key}", secret_folder(secret)));
        }
        VariableValue::Secret { secret, key, optional } => EnvVarSource {
            secret_key_ref: Some(SecretKeySelector {
                name: secret_name(stack, secret),
                key: key.to_string(),
                optional: optional.then_some(true),
            }),
            ..EnvVarSource::default()
        },
        VariableValue::Config { config, key, optional } => EnvVarSource {
            config_map_key_ref: Some(ConfigMapKeySelector {
                name: stack.prefix.text(config),
                key: key.to_string(),
                optional: optional.then_some(true),
            }),
            ..EnvVarSource::default()
        },
        VariableValue::Field(field) => EnvVarSource {
            field_ref: Some(ObjectFieldSelector {
                field_path: field.clone(),
                ..ObjectFieldSelector::default()
            }),
            ..EnvVarSource::default()
        },
        VariableValue::Resource(resource) => EnvVarSource {
            resource_field_ref: Some(ResourceFieldSelector {
                resource: resource.clone(),
                ..ResourceFieldSelector::default()
            }),
            ..EnvVarSource::default()
        },
    };
    EnvVar { name: name.to_owned(), value_from: Some(source), ..EnvVar::default() }
}

/// A variable with a text that nobody wrote.
pub(super) fn text(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), ..EnvVar::default() }
}

/// A variable from a key of a Secret, by its name in the cluster.
pub(super) fn secret(name: &str, secret: &str, key: &str) -> EnvVar {
    EnvVar {
        name: name.to_owned(),
        value_from: Some(EnvVarSource {
            secret_key_ref: Some(SecretKeySelector {
                name: secret.to_owned(),
                key: key.to_owned(),
                optional: None,
            }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    }
}

/// Secrets and configs whose keys all become variables.
pub(super) fn from(
    stack: &Stack,
    sources: &[Sourced<EnvFrom>],
    path: &str,
    origins: &mut Origins,
) -> Vec<EnvFromSource> {
    sources
        .iter()
        .enumerate()
        .map(|(index, source)| {
            origins.set(format!("{path}.envFrom[{index}]"), source.origin);
            let config = source.config.as_ref();
            let becomes =
                config.and_then(|config| stack.config.get(&config.value)?.secret.as_ref());
            let secret = source.secret.as_ref().map(|secret| &secret.value).or(becomes);
            EnvFromSource {
                prefix: source.prefix.as_ref().map(ToString::to_string),
                secret_ref: secret
                    .map(|name| SecretEnvSource { name: secret_name(stack, name), optional: None }),
                config_map_ref: config.filter(|_| becomes.is_none()).map(|name| {
                    ConfigMapEnvSource { name: stack.prefix.text(name), optional: None }
                }),
            }
        })
        .collect()
}

/// The name in the cluster of a Secret of the stack.
pub(super) fn secret_name(stack: &Stack, secret: &seaway_core::values::Name) -> String {
    stack
        .secrets
        .get(secret)
        .map_or_else(|| secret.to_string(), |contract| contract.name.to_string())
}
