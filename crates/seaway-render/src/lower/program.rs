//! What the main container of a component runs, before it is a pod.

use std::borrow::Cow;

use seaway_core::options::Setting;
use seaway_core::stack::Part;
use seaway_core::values::{Port, Quantity};
use seaway_core::{Origin, Reason, Sourced};

/// The main container of a component, in plain data. Every value carries its origin.
pub(super) struct Program {
    /// Image and its origin.
    pub image: Sourced<String>,
    /// Command and arguments, a word an item.
    pub command: Vec<Sourced<String>>,
    /// Arguments for the image's own entry point, where there is no command.
    pub args: Vec<Sourced<String>>,
    /// Variables beyond those that the stack binds.
    pub env: Vec<Sourced<k8s_openapi::api::core::v1::EnvVar>>,
    /// The port that it listens on, with its name.
    pub port: Option<(Cow<'static, str>, Sourced<Port>)>,
    /// The probes unless the stack says otherwise.
    pub probes: Defaults,
    /// What it reserves and may use unless the stack says otherwise.
    pub resources: Usage,
    /// Writable paths.
    pub scratch: Vec<Scratch>,
    /// Generated files that it reads.
    pub files: Vec<Files>,
    /// Seconds that it needs to stop, the drain included.
    pub grace: Sourced<u32>,
    /// Seconds that it goes on serving when it is told to stop.
    pub drain: Option<Sourced<u32>>,
}

/// The three default probes.
#[derive(Default)]
pub(super) struct Defaults {
    pub startup: Option<Check>,
    pub readiness: Option<Check>,
    pub liveness: Option<Check>,
}

/// A default probe.
pub(super) struct Check {
    pub ask: Ask,
    pub period: u32,
    pub timeout: u32,
    pub failures: u32,
    pub reason: &'static Reason,
}

/// What a probe asks.
#[derive(Clone)]
pub(super) enum Ask {
    /// Whether the port accepts a connection.
    Connect,
    /// Whether a path answers.
    Get(String),
    /// Whether a command exits with 0.
    Run(Vec<String>),
}

/// Default amounts: requested cpu in millicores, requested and allowed memory in MiB.
#[derive(Clone, Copy)]
pub(super) struct Usage {
    pub cpu: u32,
    pub memory: u32,
    pub memory_limit: u32,
}

/// An empty volume.
pub(super) struct Scratch {
    pub path: &'static str,
    pub size: Quantity,
    pub memory: bool,
}

/// Files of a generated config or a Secret, mounted read-only.
pub(super) struct Files {
    /// Name of the volume.
    pub volume: Cow<'static, str>,
    pub source: Source,
    pub path: String,
}

/// Where files come from.
pub(super) enum Source {
    /// A generated config, by its name before the hash.
    Config(String),
    /// One file of it, by its key: the path is that of the file, and what else is in its folder stays there.
    ConfigFile(String, &'static str),
    /// Keys of a Secret, by its name in the cluster.
    Secret(String, Vec<Cow<'static, str>>),
}

/// Words of a command, each with its origin.
pub(super) struct Words(pub Vec<Sourced<String>>);

impl Words {
    /// Words that nobody wrote.
    pub(super) fn fixed(words: &[&str], reason: &'static Reason) -> Self {
        Self(words.iter().map(|word| Sourced::default_for((*word).to_owned(), reason)).collect())
    }

    /// The interpreter of a process, and words for it that nobody wrote.
    pub(super) fn python(part: &Part, words: &[&str], reason: &'static Reason) -> Self {
        let python = part.project.interpreter();
        let python = python.unwrap_or_else(|| Sourced::default_for("python".to_owned(), reason));
        let mut all = Self(vec![python]);
        all.0.extend(Self::fixed(words, reason).0);
        all
    }

    /// A word that nobody wrote.
    pub(super) fn word(mut self, word: impl Into<String>, reason: &'static Reason) -> Self {
        self.0.push(Sourced::default_for(word.into(), reason));
        self
    }

    /// `--name=value` with the origin of the value.
    pub(super) fn flag<T: std::fmt::Display>(mut self, name: &str, value: &Sourced<T>) -> Self {
        self.0.push(Sourced { value: format!("{name}={}", value.value), origin: value.origin });
        self
    }

    /// Words that nobody wrote.
    pub(super) fn all(mut self, words: &[&str], reason: &'static Reason) -> Self {
        self.0.extend(Self::fixed(words, reason).0);
        self
    }

    /// An option of a server in each of its flags, if the server has it.
    pub(super) fn setting<T: std::fmt::Display>(
        self,
        setting: Option<&Setting>,
        value: &Sourced<T>,
    ) -> Self {
        let flags = setting.map_or(&[][..], |setting| setting.flags);
        flags.iter().fold(self, |words, flag| words.flag(flag, value))
    }

    /// `--name=value` if there is one.
    pub(super) fn flag_maybe<T: std::fmt::Display>(
        self,
        name: &str,
        value: Option<&Sourced<T>>,
    ) -> Self {
        match value {
            Some(value) => self.flag(name, value),
            None => self,
        }
    }
}

/// The words that the stack wrote, or else those of the preset.
pub(super) fn written_or(
    written: &[Sourced<String>],
    preset: impl FnOnce() -> Words,
) -> Vec<Sourced<String>> {
    if written.is_empty() { preset().0 } else { written.to_vec() }
}

/// An empty volume of a size in MiB.
pub(super) fn scratch(path: &'static str, mebibytes: u32, memory: bool) -> Scratch {
    Scratch { path, size: Quantity::mebibytes(mebibytes), memory }
}

/// A default that is a sum of other values.
pub(super) fn computed<T>(value: T, reason: &'static Reason) -> Sourced<T> {
    Sourced { value, origin: Origin::Default(reason) }
}

/// Seconds as Kubernetes counts them; more than it can count is as good as for ever.
pub(super) fn seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
