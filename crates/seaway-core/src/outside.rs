//! Backing services outside the cluster: where they are reached, and by which certificates they are verified.

use crate::Sourced;
use crate::options::{Authority, AuthoritySource, Protocol, Provides};
use crate::stack::{Part, Stack};
use crate::values::{DataKey, Name};

pub use crate::options::{Range, S3_RANGES, Way};

/// The way to a component outside the cluster; `None` for one inside.
pub fn way(part: &Part) -> Option<&Way> {
    part.facts.outside.as_ref().map(|outside| &outside.way)
}

/// The certificates that a component is verified by, if the stack says some.
pub fn authority(part: &Part) -> Option<&Sourced<Authority>> {
    part.facts.outside.as_ref()?.authority.as_ref()
}

/// How a PostgreSQL is verified. Two that are verified alike are equal, wherever each has its copy of the certificates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verified<'a> {
    /// In libpq's words; `None` of one that says nothing of TLS.
    pub(crate) sslmode: Option<&'a str>,
    /// The certificates that it is verified by.
    pub(crate) certificates: Option<Certificates<'a>>,
}

impl Verified<'_> {
    /// Whether the certificate of the server is looked at.
    pub(crate) fn verifies(&self) -> bool {
        self.sslmode.is_some_and(|mode| mode.starts_with("verify-"))
    }
}

/// Certificates by what they are, and not by where they are mounted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Certificates<'a> {
    /// The text of a config.
    Text(&'a str),
    /// A key of a config that the stack does not have, which is reported elsewhere.
    Unknown(&'a Name, &'a DataKey),
    /// A key of a Secret, by the name of the Secret in the cluster.
    Secret(&'a Name, &'a DataKey),
    /// A file of the image.
    File(&'a str),
}

/// How a database is verified whose clients read libpq's variables, as far as its protocol is known; `None` of anything else.
pub(crate) fn verified<'a>(stack: &'a Stack, part: &'a Part) -> Option<Verified<'a>> {
    let facts = &part.facts;
    let is_read_by_libpq = facts.is_used_as(Provides::Database)
        && facts.protocol.is_none_or(|protocol| protocol == Protocol::Postgresql);
    if !is_read_by_libpq {
        return None;
    }
    let sslmode = part.facts.outputs.get("sslmode").map(String::as_str);
    let certificates = authority(part).and_then(|authority| {
        Some(match authority.source()? {
            AuthoritySource::Config(config, key) => {
                let data = stack.config.get(&config.value).map(|config| &config.data);
                let mut entries = data.into_iter().flatten();
                match entries.find(|(known, _)| known.value == key.value) {
                    Some((_, text)) => Certificates::Text(text.trim()),
                    None => Certificates::Unknown(&config.value, &key.value),
                }
            }
            AuthoritySource::Secret(secret, key) => {
                let contract = stack.secrets.get(&secret.value);
                let name = contract.map_or(&secret.value, |contract| &contract.name.value);
                Certificates::Secret(name, &key.value)
            }
            AuthoritySource::File(file) => Certificates::File(file),
        })
    });
    Some(Verified { sslmode, certificates })
}
