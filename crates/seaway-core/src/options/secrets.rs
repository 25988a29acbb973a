//! `[secrets]`: which Secrets the stack reads, and who makes them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::{DataKey, Interval, Name};

/// A Secret that the stack reads: its name and keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SecretContract {
    /// The keys that it has. Needed unless a component implies the Secret and its keys: `secrets.db.source = …` alone says
    /// who makes the Secret of the component `db`.
    pub keys: Option<Vec<Sourced<DataKey>>>,
    /// Keys whose values nobody else gives out, for example a token between two processes of the stack:
    /// `seaway secrets --generate` makes them up.
    #[serde(default)]
    pub generate: Vec<Sourced<DataKey>>,
    /// Name of the Secret in the cluster, if it is not the key of this table.
    pub name: Option<Sourced<Name>>,
    /// Who makes it; what `secret-source` says if it is not written.
    pub source: Option<Sourced<SecretSource>>,
}

/// Who makes a Secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "type")]
pub enum SecretSource {
    /// It is in the cluster before the stack is applied; `seaway secrets` says how.
    Existing(Existing),
    /// Seaway prints it with values that it computes from the names of the stack and of the Secret, the same ones each time:
    /// whoever knows the names knows the values. Refused in production. A key that is a URL of somebody else (`dsn`, or what
    /// `SENTRY_DSN` reads) is an empty text: no random one is a URL.
    Development(Development),
    /// External Secrets copies it from a store outside the cluster, for example AWS Secrets Manager.
    ExternalSecrets(Box<ExternalSecrets>),
    /// The user's `SealedSecret`, which its controller decrypts in the cluster.
    Sealed(Sealed),
}

/// Who makes the Secrets of a stage that do not say it themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "type")]
pub enum SecretDefault {
    /// They are in the cluster before the stack is applied; `seaway secrets` says how.
    Existing(Existing),
    /// Seaway prints them with values that it computes from the names of the stack and of each Secret: whoever knows the
    /// names knows the values. Refused in production.
    Development(Development),
    /// External Secrets copies them from a store outside the cluster, for example AWS Secrets Manager.
    ExternalSecrets(ExternalDefault),
}

/// A Secret that exists needs nothing more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Existing {}

/// A Secret with throw-away values needs nothing more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Development {}

/// A Secret that External Secrets keeps up to date: becomes an `ExternalSecret` (`external-secrets.io/v1`).
///
/// Each key is a property of one secret in the store. URLs with a password in them are not there: the `ExternalSecret`
/// composes them, the password percent-encoded. The Secret goes with its `ExternalSecret` and stays when the store's
/// secret is gone. Pods see a changed value when they start anew.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ExternalSecrets {
    /// Name of the store, one of `cluster.provides` or of `[[objects]]`; that of `secret-source` if it is not written.
    pub store: Option<Sourced<Name>>,
    /// Kind of the store; that of `secret-source` if the store is the one named there, else `ClusterSecretStore`.
    pub kind: Option<Sourced<StoreKind>>,
    /// How often the store is asked, for example `15m`; that of `secret-source`, else `1h`.
    pub refresh: Option<Sourced<Interval>>,
    /// Name of the secret in the store, for example `prod/shop/db`. If it is not written, it is the `prefix` of
    /// `secret-source` and the name of the Secret.
    pub remote: Option<Sourced<String>>,
    /// Keys that lie elsewhere in the store, or under another property. A URL that is here is read as it is, not composed.
    #[serde(default)]
    pub data: BTreeMap<Sourced<DataKey>, Sourced<Remote>>,
}

/// The store of a whole stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ExternalDefault {
    /// Name of the store, one of `cluster.provides` or of `[[objects]]`. Needed.
    pub store: Option<Sourced<Name>>,
    /// Kind of the store; `ClusterSecretStore` if it is not written.
    pub kind: Option<Sourced<StoreKind>>,
    /// How often the store is asked; `1h` if it is not written.
    pub refresh: Option<Sourced<Interval>>,
    /// What names of secrets in the store begin with: `prod/shop` makes `prod/shop/db` of the Secret `db`. Names of the
    /// stack and of the stage if it is not written: `shop/aws-rds/db`.
    pub prefix: Option<Sourced<String>>,
}

/// Kinds of stores of External Secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StoreKind {
    /// A store for all namespaces.
    ClusterSecretStore,
    /// A store of the stack's namespace.
    SecretStore,
}

impl StoreKind {
    /// The Kubernetes kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClusterSecretStore => "ClusterSecretStore",
            Self::SecretStore => "SecretStore",
        }
    }
}

/// Where a key lies in the store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Remote {
    /// Name of the secret in the store; that of the other keys if it is not written.
    pub remote: Option<Sourced<String>>,
    /// Property of that secret; the key itself if it is not written, and `""` for all of a secret that has no properties.
    pub property: Option<Sourced<String>>,
}

/// A Secret that the user has sealed: its `SealedSecret` (`bitnami.com/v1alpha1`) is taken in, its name, its namespace and
/// its keys are checked.
///
/// The controller leaves a Secret alone that it did not make: one of the same name has to be deleted first, or annotated
/// with `sealedsecrets.bitnami.com/managed: "true"`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Sealed {
    /// The file that `kubeseal` wrote, relative to the folder of the stack file; without it, one of `[[objects]]`.
    pub file: Option<Sourced<String>>,
}
