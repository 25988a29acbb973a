//! Who reads which keys of which Secrets, by the objects themselves: patched ones and the user's own included.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, KeyToPath, LocalObjectReference, PodSpec, Volume};

use seaway_core::stack::PULL_KEY;
use seaway_core::{Sink, Stack};

use crate::object::namespace;
use crate::{Body, containers, harden, lower, patch};

/// A place where a key of a Secret is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reader {
    /// Kind and name of the object, or the component that it belongs to.
    pub owner: String,
    /// The container, if it is one that reads.
    pub container: Option<String>,
    /// How it reads.
    pub through: Through,
}

/// How a key is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Through {
    /// As an environment variable.
    Variable(String),
    /// As a file.
    File(String),
    /// As the certificate of an Ingress.
    Certificate,
    /// By the node, as credentials for the registry of an image.
    Pull,
}

impl std::fmt::Display for Through {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => f.write_str(path),
            Self::Certificate => f.write_str("TLS certificate"),
            Self::Pull => f.write_str("credentials of an image registry"),
        }
    }
}

/// What is read of the Secrets of a namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readers {
    /// By name of the Secret and key; without a key all of them are read.
    all: Vec<(String, Option<String>, Reader)>,
    /// Names of the Secrets that an object of the stage makes.
    issued: BTreeSet<String>,
}

impl Readers {
    /// What the objects of a stage read in its namespace. What else is wrong with them is not looked at: a `SealedSecret`
    /// may be what is missing.
    pub fn of(stack: &Stack) -> Self {
        let mut aside = Sink::default();
        let objects = harden::harden(stack, lower::lower(stack, &mut aside));
        let objects = patch::patch(stack, objects, &mut aside);
        let around = &**stack.namespace;
        let mut readers = Self::default();
        for object in objects.iter().filter(|object| namespace(object) == around) {
            let component = object.component.as_ref().map(|name| name.value.to_string());
            let owner = component.unwrap_or_else(|| object.id());
            if let Some((spec, _)) = object.body.pod_spec() {
                readers.pod(&owner, spec);
                readers.pulls(&owner, spec.image_pull_secrets.as_deref());
            }
            if let Body::ServiceAccount(account) = &object.body {
                readers.pulls(&owner, account.image_pull_secrets.as_deref());
            }
            if matches!(object.body.kind(), "Secret" | "ExternalSecret" | "SealedSecret") {
                readers.issued.insert(object.body.name().to_owned());
            }
            if let Body::Ingress(ingress) = &object.body {
                let tls = ingress.spec.iter().flat_map(|spec| spec.tls.iter().flatten());
                for name in tls.filter_map(|tls| tls.secret_name.as_deref()) {
                    for key in ["tls.crt", "tls.key"] {
                        let through = Through::Certificate;
                        let owner = owner.clone();
                        let reader = Reader { owner, container: None, through };
                        readers.all.push((name.to_owned(), Some(key.to_owned()), reader));
                    }
                }
            }
        }
        readers
    }

    /// Who reads a key of a Secret, in the order of their names.
    pub fn of_key(&self, secret: &str, key: &str) -> Vec<Reader> {
        let reads = self.all.iter().filter(|(name, _, _)| name == secret);
        let mut found: Vec<Reader> = reads
            .filter_map(|(_, read, reader)| match (read, &reader.through) {
                (Some(read), _) => (read == key).then(|| reader.clone()),
                // The variable or file is called like the key.
                (None, Through::Variable(prefix)) => {
                    let through = Through::Variable(format!("{prefix}{key}"));
                    Some(Reader { through, ..reader.clone() })
                }
                (None, Through::File(folder)) => {
                    let through = Through::File(format!("{folder}/{key}"));
                    Some(Reader { through, ..reader.clone() })
                }
                (None, Through::Certificate | Through::Pull) => None,
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Names of the Secrets that nodes pull images with and that no object of the stage makes.
    pub fn pulled(&self) -> BTreeSet<&str> {
        let pulled = self.all.iter().filter(|(_, _, reader)| reader.through == Through::Pull);
        pulled
            .map(|(name, _, _)| name.as_str())
            .filter(|name| !self.issued.contains(*name))
            .collect()
    }

    fn pulls(&mut self, owner: &str, secrets: Option<&[LocalObjectReference]>) {
        for LocalObjectReference { name } in secrets.into_iter().flatten() {
            let owner = owner.to_owned();
            let reader = Reader { owner, container: None, through: Through::Pull };
            self.all.push((name.clone(), Some(PULL_KEY.to_owned()), reader));
        }
    }

    fn pod(&mut self, owner: &str, spec: &PodSpec) {
        let volumes: BTreeMap<&str, &Volume> =
            spec.volumes.iter().flatten().map(|volume| (volume.name.as_str(), volume)).collect();
        for (_, container) in containers::all(spec) {
            self.variables(owner, container);
            for mount in container.volume_mounts.iter().flatten() {
                let Some(volume) = volumes.get(mount.name.as_str()) else { continue };
                let sub_path = mount.sub_path.as_deref().filter(|path| !path.is_empty());
                for (secret, items) in secrets_of(volume) {
                    self.files(owner, container, (&mount.mount_path, sub_path), (secret, items));
                }
            }
        }
    }

    fn put(
        &mut self,
        (secret, key): (&str, Option<&str>),
        owner: &str,
        container: &Container,
        through: Through,
    ) {
        let container = Some(container.name.clone());
        let reader = Reader { owner: owner.to_owned(), container, through };
        self.all.push((secret.to_owned(), key.map(str::to_owned), reader));
    }

    fn variables(&mut self, owner: &str, container: &Container) {
        for variable in container.env.iter().flatten() {
            let from = variable.value_from.as_ref();
            if let Some(from) = from.and_then(|from| from.secret_key_ref.as_ref()) {
                let through = Through::Variable(variable.name.clone());
                self.put((&from.name, Some(&from.key)), owner, container, through);
            }
        }
        for source in container.env_from.iter().flatten() {
            if let Some(from) = &source.secret_ref {
                let prefix = source.prefix.clone().unwrap_or_default();
                self.put((&from.name, None), owner, container, Through::Variable(prefix));
            }
        }
    }

    fn files(
        &mut self,
        owner: &str,
        container: &Container,
        (path, sub_path): (&str, Option<&str>),
        (secret, items): (&str, &Option<Vec<KeyToPath>>),
    ) {
        match (items, sub_path) {
            (None, None) => {
                self.put((secret, None), owner, container, Through::File(path.to_owned()));
            }
            // Without items, a file is called as its key.
            (None, Some(key)) => {
                self.put((secret, Some(key)), owner, container, Through::File(path.to_owned()));
            }
            (Some(items), _) => {
                for item in items.iter().filter(|item| sub_path.is_none_or(|sub| sub == item.path))
                {
                    let file = match sub_path {
                        Some(_) => path.to_owned(),
                        None => format!("{path}/{}", item.path),
                    };
                    self.put((secret, Some(&item.key)), owner, container, Through::File(file));
                }
            }
        }
    }
}

/// The Secrets of a volume, itself or through a projection, with the keys that it takes of each.
fn secrets_of(volume: &Volume) -> Vec<(&str, &Option<Vec<KeyToPath>>)> {
    let own =
        volume.secret.iter().filter_map(|from| Some((from.secret_name.as_deref()?, &from.items)));
    let projected = volume.projected.iter().flat_map(|of| of.sources.iter().flatten());
    let projected = projected.filter_map(|source| source.secret.as_ref());
    own.chain(projected.map(|from| (from.name.as_str(), &from.items))).collect()
}
