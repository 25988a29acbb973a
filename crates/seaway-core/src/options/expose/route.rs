//! A Route of OpenShift.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Handling, Metadata, Routes, Tls};
use crate::Sourced;
use crate::options::reasons;
use crate::values::{Cidr, Name};

/// A Route of OpenShift, for a host and a path each.
///
/// TLS ends at the router, with its own certificate or with that of `secret`; with `termination = "reencrypt"` it goes on to
/// pods that end it themselves. The network policy lets the routers in, wherever they run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Route {
    /// Hosts and paths.
    #[serde(rename = "$routes", default)]
    #[schemars(flatten)]
    pub routes: Routes,
    /// Who ends TLS.
    #[serde(rename = "$tls", default)]
    #[schemars(flatten)]
    pub tls: Tls,
    /// How requests are handled.
    #[serde(rename = "$handling", default)]
    #[schemars(flatten)]
    pub handling: Handling,
    /// Where TLS ends.
    #[serde(default = "termination")]
    pub termination: Sourced<Termination>,
    /// The CA certificate (PEM) by which the router verifies pods that end TLS themselves; that of the cluster's own service
    /// certificates if it is not written. With `termination = "reencrypt"`.
    pub destination_ca: Option<Sourced<String>>,
    /// Namespaces that the routers run in; all that have the label of OpenShift for it if none is written.
    #[serde(default)]
    pub from_namespaces: Vec<Sourced<Name>>,
    /// Address ranges that they call from, beside those namespaces.
    #[serde(default)]
    pub from: Vec<Sourced<Cidr>>,
    /// Annotations of the Route, which tell the router more.
    #[serde(default)]
    pub annotations: Metadata,
}

/// Where the TLS of a Route ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Termination {
    /// Nowhere: it is plain HTTP.
    None,
    /// At the router, which speaks plain HTTP to the pods.
    Edge,
    /// At the router, which speaks TLS to the pods.
    Reencrypt,
}

impl Termination {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Edge => "edge",
            Self::Reencrypt => "reencrypt",
        }
    }
}

fn termination() -> Sourced<Termination> {
    Sourced::default_for(Termination::Edge, &reasons::ROUTE_TERMINATION)
}
