//! The Secrets of a stage as data: what both formats print.

use std::collections::BTreeMap;

use seaway_core::shell;
use seaway_core::stack::{Contract, PULL_KEY, Piece, Recipe, SecretSource};
use seaway_core::values::Name;
use seaway_render::secret_readers::Readers;
use serde::Serialize;

use super::choice::Way;
use super::commands::Script;
use super::follows::Follows;
use super::generated::Values;

/// The Secrets of a stage.
#[derive(Debug, Serialize)]
pub(super) struct List {
    pub(super) stack: String,
    pub(super) stage: String,
    pub(super) namespace: String,
    /// Whether somebody else owns the namespace, so that it is there.
    #[serde(skip)]
    pub(super) is_foreign: bool,
    pub(super) secrets: Vec<Secret>,
}

/// A Secret.
#[derive(Debug, Serialize)]
pub(super) struct Secret {
    /// Name in the cluster.
    pub(super) name: String,
    /// Name in the stack; null for one that nodes pull images with.
    pub(super) contract: Option<String>,
    pub(super) namespace: String,
    pub(super) source: Source,
    pub(super) keys: Vec<Key>,
    /// Lines of a shell script that make it, or give it new values; none if nothing is to be made.
    pub(super) commands: Vec<shell::Command>,
    /// What the commands do with it.
    #[serde(skip)]
    pub(super) way: Way,
    /// Files that somebody writes before the commands run.
    #[serde(skip)]
    pub(super) files: Vec<String>,
    /// What follows from new values.
    #[serde(skip)]
    pub(super) follows: Follows,
}

/// Who makes a Secret.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Source {
    /// It has to be there before.
    Existing,
    /// `render` prints it.
    Development,
    /// External Secrets copies it.
    ExternalSecrets { kind: &'static str, store: String, remotes: Vec<String> },
    /// Its controller decrypts it.
    Sealed { file: Option<String> },
}

/// A key of a Secret.
#[derive(Debug, Serialize)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) read_by: Vec<Reader>,
}

/// What is known of a value.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Value {
    /// Any text that nobody can guess.
    Own { value: Option<String> },
    /// Django's `SECRET_KEY`.
    SigningKey { value: Option<String> },
    /// Somebody else gives it out.
    Given,
    /// It follows from other keys.
    Composed { of: String, value: Option<String> },
    /// It is a text of a config, with keys of other Secrets in it.
    File { of: String, value: Option<String> },
    /// It is known to `render`, which makes it up.
    ThrowAway,
}

/// Who reads a key.
#[derive(Debug, Serialize)]
pub(super) struct Reader {
    /// Name of the component, or kind and name of an object.
    pub(super) owner: String,
    pub(super) containers: Vec<String>,
    /// Name of the variable, or path of the file.
    pub(super) through: String,
}

impl List {
    pub(super) fn of(script: &Script<'_>, readers: &Readers) -> Self {
        let stack = script.stack;
        // What is composed of keys of other Secrets comes last.
        let (of_others, of_own): (Vec<_>, Vec<_>) =
            stack.secrets.iter().partition(|(_, contract)| contract.is_of_others());
        let contract = |(name, contract): (&Name, &Contract)| {
            let way = script.choice.way(&contract.name)?;
            let keys = keys(name, contract, readers, script.values);
            Some(Secret {
                name: contract.name.to_string(),
                contract: Some(name.to_string()),
                namespace: stack.namespace.to_string(),
                source: source(contract),
                commands: script.commands(name, contract, way),
                files: script.files(name, contract),
                follows: Follows::of(stack, name, &keys),
                keys,
                way,
            })
        };
        let pull = |name: &str| {
            let way = script.choice.way(name)?;
            let read_by = read_by(readers, name, PULL_KEY);
            let key = Key { name: PULL_KEY.to_owned(), value: Value::Given, read_by };
            Some(Secret {
                name: name.to_owned(),
                contract: None,
                namespace: stack.namespace.to_string(),
                source: Source::Existing,
                commands: script.pull(name, way),
                files: vec![format!("{name}/{PULL_KEY}")],
                follows: Follows::default(),
                keys: vec![key],
                way,
            })
        };
        let is_contract = |name: &str| stack.secrets.values().any(|known| **known.name == *name);
        let pulled = readers.pulled().into_iter().filter(|name| !is_contract(name));
        let mut secrets: Vec<Secret> = of_own.into_iter().filter_map(contract).collect();
        secrets.extend(of_others.into_iter().filter_map(contract));
        secrets.extend(pulled.filter_map(pull));
        Self {
            stack: stack.name.to_string(),
            stage: stack.stage.to_string(),
            namespace: stack.namespace.to_string(),
            is_foreign: stack.namespace_owner.is_some(),
            secrets,
        }
    }

    /// The list as JSON.
    pub(super) fn json(&self) -> String {
        // Strings and lists alone: there is nothing that JSON can not say.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn source(contract: &Contract) -> Source {
    match &contract.source.value {
        SecretSource::Existing => Source::Existing,
        SecretSource::Development => Source::Development,
        SecretSource::Sealed(file) => {
            Source::Sealed { file: file.as_ref().map(|file| file.path.value.clone()) }
        }
        SecretSource::ExternalSecrets(external) => {
            let copied = contract.copied();
            let mut remotes: Vec<String> =
                copied.into_iter().map(|(_, place)| place.remote.value).collect();
            remotes.sort();
            remotes.dedup();
            Source::ExternalSecrets {
                kind: external.kind.as_str(),
                store: external.store.to_string(),
                remotes,
            }
        }
    }
}

fn keys(name: &Name, contract: &Contract, readers: &Readers, values: Option<&Values>) -> Vec<Key> {
    let entry = |(key, recipe): (&seaway_core::values::DataKey, &Recipe)| {
        let value = values.and_then(|values| values.get(&(name.clone(), key.clone())).cloned());
        let value = match recipe {
            _ if contract.is_made_up() => Value::ThrowAway,
            Recipe::Opaque => Value::Own { value },
            Recipe::SigningKey => Value::SigningKey { value },
            Recipe::Given | Recipe::GivenUrl => Value::Given,
            Recipe::Composed(pieces) if contract.is_of_others() => {
                Value::File { of: shown(pieces), value }
            }
            Recipe::Composed(pieces) => Value::Composed { of: shown(pieces), value },
        };
        let read_by = read_by(readers, &contract.name, key);
        Key { name: key.to_string(), value, read_by }
    };
    contract.keys.iter().map(entry).collect()
}

fn read_by(readers: &Readers, secret: &str, key: &str) -> Vec<Reader> {
    let mut places: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for reader in readers.of_key(secret, key) {
        let place = (reader.owner, reader.through.to_string());
        places.entry(place).or_default().extend(reader.container);
    }
    places
        .into_iter()
        .map(|((owner, through), containers)| Reader { owner, containers, through })
        .collect()
}

/// A composed value with what is not known of it in angle brackets.
fn shown(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Key(key) => format!("<{key}>"),
        Piece::Of { secret, key, .. } => format!("<{key} of {secret}>"),
        Piece::Opaque => "<password>".to_owned(),
    };
    pieces.iter().map(piece).collect()
}
