//! What is known of a stack while it is made up: what can be named, and what is taken.

use std::collections::BTreeSet;

use crate::chance::Chance;

/// A stack in the making.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) chance: Chance,
    /// Whether one of the stages is a production one, and what only development may have is left out.
    pub(crate) production: bool,
    /// Whether the preset brings commands and bindings.
    pub(crate) django: bool,
    /// How processes read Secrets.
    pub(crate) form: &'static str,
    /// Names of Secret contracts and their keys.
    pub(crate) secrets: Vec<(String, Vec<&'static str>)>,
    /// Names of configs and their keys.
    pub(crate) configs: Vec<(String, Vec<&'static str>)>,
    /// Volumes that several pods can mount.
    pub(crate) volumes: Vec<String>,
    /// A volume for one pod, until somebody mounts it.
    pub(crate) lone_volume: Option<String>,
    /// Names and types of all components.
    pub(crate) components: Vec<(String, &'static str)>,
    /// Outputs of components that can be referred to, `web.url`.
    pub(crate) outputs: Vec<String>,
    /// Outputs of backing services that nothing refers to yet.
    pub(crate) unused: Vec<String>,
    /// Components that something names, and those that name something: they stay in every stage.
    pub(crate) needed: BTreeSet<String>,
    /// Whether there is a schema to wait for.
    pub(crate) has_schema: bool,
    /// A number that nothing else has.
    number: usize,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        Self {
            production: !chance.one_in(3),
            django: !chance.one_in(5),
            form: if chance.one_in(6) { "files" } else { "env" },
            chance,
            secrets: Vec::new(),
            configs: Vec::new(),
            volumes: Vec::new(),
            lone_volume: None,
            components: Vec::new(),
            outputs: Vec::new(),
            unused: Vec::new(),
            needed: BTreeSet::new(),
            has_schema: false,
            number: 0,
        }
    }

    /// Whether processes read Secrets as files, so that none can be part of a text.
    pub(crate) fn reads_files(&self) -> bool {
        self.form == "files"
    }

    /// A number that nothing else has.
    pub(crate) fn number(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    /// `secret` and `key` of some Secret.
    pub(crate) fn secret_key(&mut self) -> Option<(String, &'static str)> {
        let (name, keys) = self.chance.any(&self.secrets)?;
        Some((name, self.chance.pick(&keys)))
    }

    /// `config` and `key` of some config.
    pub(crate) fn config_key(&mut self) -> Option<(String, &'static str)> {
        let (name, keys) = self.chance.any(&self.configs)?;
        Some((name, self.chance.pick(&keys)))
    }

    /// The names of components of some types.
    pub(crate) fn named(&self, types: &[&str]) -> Vec<String> {
        let of_types = self.components.iter().filter(|(_, kind)| types.contains(kind));
        of_types.map(|(name, _)| name.clone()).collect()
    }

    /// One of the components of some types, which then stays in every stage.
    pub(crate) fn need(&mut self, types: &[&str]) -> Option<String> {
        let name = self.chance.any(&self.named(types))?;
        self.needed.insert(name.clone());
        Some(name)
    }
}

/// A list of TOML strings.
pub(crate) fn list<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}
