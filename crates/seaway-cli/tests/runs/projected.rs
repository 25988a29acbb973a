//! Volumes that are put together: what an account needs to talk to the API server.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::env::Facts;
use crate::manifest::{KeyToPath, Manifest};

/// The `ConfigMap` that each namespace of a cluster has, with the authority of its API server.
pub(crate) const ROOT_CA: &str = "kube-root-ca.crt";

/// A `projected` volume.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Projected {
    sources: Vec<Source>,
    pub(crate) default_mode: Option<u32>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Source {
    #[serde(rename_all = "camelCase")]
    ServiceAccountToken {
        path: PathBuf,
        #[serde(rename = "expirationSeconds")]
        _expiration_seconds: Option<IgnoredAny>,
    },
    ConfigMap {
        name: String,
        items: Vec<KeyToPath>,
    },
    #[serde(rename = "downwardAPI")]
    DownwardApi {
        items: Vec<FieldToPath>,
    },
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FieldToPath {
    path: PathBuf,
    field_ref: FieldRef,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FieldRef {
    #[serde(rename = "apiVersion")]
    _api_version: Option<IgnoredAny>,
    field_path: String,
}

impl Projected {
    /// Its files, as paths in the volume and what they hold.
    pub(crate) fn files(&self, manifest: &Manifest, facts: &Facts) -> Vec<(PathBuf, String)> {
        let files = |source: &Source| match source {
            Source::ServiceAccountToken { path, .. } => vec![(path.clone(), token(facts))],
            Source::ConfigMap { name, items } => items
                .iter()
                .map(|item| {
                    (PathBuf::from(&item.path), manifest.text("ConfigMap", name, &item.key))
                })
                .collect(),
            Source::DownwardApi { items } => items
                .iter()
                .map(|item| (item.path.clone(), facts.field(&item.field_ref.field_path)))
                .collect(),
        };
        self.sources.iter().flat_map(files).collect()
    }
}

/// What the stand-ins of the API server and the kubelet know an account by.
fn token(facts: &Facts) -> String {
    format!("token-of:{}/{}", facts.metadata.namespace, facts.service_account)
}
