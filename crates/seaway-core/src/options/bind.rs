//! `bind`: which variables the preset sets, and how they are called.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::{EnvName, Separator};

/// Which variables the preset binds: all or none, or a table by their usual names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Bind {
    /// `true` for all under their usual names, `false` for none.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// Single names. The others are bound as `[app]` says, or as usual.
    #[serde(rename = "$table")]
    Names(BTreeMap<Sourced<EnvName>, Sourced<BoundAs>>),
}

/// What a variable of the preset is called in a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum BoundAs {
    /// `false`: it is not bound. `true`: under its usual name.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// Another name.
    #[serde(rename = "$string")]
    Name(EnvName),
    /// Several names, which may have the usual one among them.
    #[serde(rename = "$array")]
    Names(Vec<Sourced<EnvName>>),
    /// A list that the application splits at something else than a comma.
    #[serde(rename = "$table")]
    List(BoundList),
}

/// How a list is bound: `ALLOWED_HOSTS`, `CSRF_TRUSTED_ORIGINS`, `SECURE_PROXY_SSL_HEADER` and `SECURE_REDIRECT_EXEMPT` are
/// lists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BoundList {
    /// Its name; the usual one if it is not written.
    pub name: Option<Sourced<EnvName>>,
    /// What stands between its items; a comma if it is not written.
    pub separator: Option<Sourced<Separator>>,
}
