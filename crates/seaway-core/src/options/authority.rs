//! `ca`: who vouches for a server outside the cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::{DataKey, MountPath, Name};

/// The certificates that a server is verified by, in PEM. Exactly one of `config`, `secret` and `file`.
///
/// Those of a config or Secret are mounted for reading into every container that refers to the component. A new bundle in
/// a config rolls the pods that read it. `kubectl apply` keeps a copy of each object in an annotation of at most 256 KiB:
/// of RDS take the bundle of the region, a few KiB, rather than that of all regions
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Authority {
    /// A config of `[config]`; `key` says which of its texts.
    pub config: Option<Sourced<Name>>,
    /// A Secret of `[secrets]`; `key` says which of its keys.
    pub secret: Option<Sourced<Name>>,
    /// Key of the config or Secret.
    pub key: Option<Sourced<DataKey>>,
    /// Path of a file in the image of whoever refers to the component.
    pub file: Option<Sourced<MountPath>>,
}

/// Where the certificates come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AuthoritySource<'a> {
    /// A key of a config of the stack.
    Config(&'a Sourced<Name>, &'a Sourced<DataKey>),
    /// A key of a Secret.
    Secret(&'a Sourced<Name>, &'a Sourced<DataKey>),
    /// A file of the image.
    File(&'a Sourced<MountPath>),
}

impl Authority {
    /// Where they come from: `None` unless exactly one place is named, in full.
    pub fn source(&self) -> Option<AuthoritySource<'_>> {
        match (&self.config, &self.secret, &self.file, &self.key) {
            (Some(config), None, None, Some(key)) => Some(AuthoritySource::Config(config, key)),
            (None, Some(secret), None, Some(key)) => Some(AuthoritySource::Secret(secret, key)),
            (None, None, Some(file), None) => Some(AuthoritySource::File(file)),
            _ => None,
        }
    }

    /// The folder that those of a config or Secret are mounted at in containers that refer to a component.
    pub fn folder(component: &Name) -> String {
        format!("/etc/ssl/seaway/{component}")
    }

    /// The path that a container finds them at.
    pub fn path(&self, component: &Name) -> Option<String> {
        Some(match self.source()? {
            AuthoritySource::Config(_, key) | AuthoritySource::Secret(_, key) => {
                format!("{}/{key}", Self::folder(component))
            }
            AuthoritySource::File(file) => file.to_string(),
        })
    }
}
