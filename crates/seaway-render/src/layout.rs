//! A stage for a tool that follows a Git repository: its objects in a folder, and beside that folder the objects that make the tool apply it.
//!
//! ```text
//! argocd-application.yaml      or flux-gitrepository.yaml, flux-kustomization.yaml and kustomization.yaml
//! objects/000-namespace-shop.yaml
//! objects/…
//! ```
//!
//! A tool that follows a repository also deletes: what leaves the repository leaves the cluster. So three things differ
//! from the objects of a plain apply:
//!
//! - **Guards.** An object whose deletion takes away what no repository holds has an annotation, so that only a person
//!   deletes it: a `Namespace`, a `PersistentVolumeClaim`, a `PersistentVolume`, a `StatefulSet` with claims of its own, a
//!   `CustomResourceDefinition`.
//! - **Configs of the release before** stay as long as its pods may need them. Argo CD prunes last; Flux prunes before the
//!   rollout ends, so each generated `ConfigMap` is guarded there.
//! - **Jobs stay when they are done.** The name of a generated Job has the hash of what it runs. As long as it is there, the
//!   tool has nothing to do, and the Job of the next release replaces it. `ttlSecondsAfterFinished` is left out: the tool
//!   would see a missing Job, and run a migration again.

mod argocd;
mod flux;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use crate::bundle::Bundle;
use crate::emit::{self, Format};
use crate::object::{Other, Slot};
use crate::{Body, Object, hash};

/// The folder of the objects.
pub const OBJECTS: &str = "objects";

/// Annotations that guard an object, with their values. They belong to the layout of a folder, and not to the stage.
pub const GUARDS: [(&str, &str); 2] = [argocd::GUARD, flux::GUARD];

/// The tool that applies a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// [Argo CD](https://argo-cd.readthedocs.io/).
    ArgoCd,
    /// [Flux](https://fluxcd.io/).
    Flux,
}

/// Where a tool finds a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The URL of the Git repository.
    pub repo_url: String,
    /// The folder around [`OBJECTS`], from the root of the repository, with `/` between its parts.
    pub path: String,
    /// A branch, a commit, or a full name of a reference: `main`, `refs/tags/v1.2.0`.
    pub revision: String,
}

/// Why a place is none for a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The URL is empty, or has blanks or control characters.
    NoUrl,
    /// Flux takes no URL of this form.
    NotForFlux,
    /// The path is absolute or leaves the repository.
    Outside,
    /// The revision is empty, or has blanks or control characters.
    NoRevision,
}

impl Place {
    /// What is wrong with the place for a tool.
    pub fn fault(&self, tool: Tool) -> Option<Fault> {
        let is_word = |text: &str| {
            !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        let leaves = self.path.split('/').any(|part| part == "..");
        if !is_word(&self.repo_url) {
            Some(Fault::NoUrl)
        } else if tool == Tool::Flux && !flux::takes(&self.repo_url) {
            Some(Fault::NotForFlux)
        } else if self.path.starts_with('/') || leaves || self.path.chars().any(char::is_control) {
            Some(Fault::Outside)
        } else if !is_word(&self.revision) {
            Some(Fault::NoRevision)
        } else {
            None
        }
    }

    /// The path of a folder below it, without empty parts.
    fn below(&self, folder: &str) -> String {
        let parts = self.path.split('/').chain([folder]);
        parts.filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
    }
}

/// The files of a stage, by their paths from the folder that [`Place::path`] names.
///
/// # Errors
///
/// Those of [`Bundle::files`].
pub fn files(
    bundle: &Bundle,
    tool: Tool,
    place: &Place,
    format: Format,
) -> Result<Vec<(String, String)>, emit::Error> {
    let mut bundle = bundle.clone();
    for object in &mut bundle.objects {
        if let Body::Job(job) = &mut object.body {
            Slot::<k8s_openapi::api::batch::v1::JobSpec>::slot_mut(&mut job.spec)
                .ttl_seconds_after_finished = None;
        }
        let (key, value) = match tool {
            Tool::ArgoCd => argocd::GUARD,
            Tool::Flux => flux::GUARD,
        };
        if holds_more(object) || (tool == Tool::Flux && is_generated_config(object)) {
            annotate(object.body.metadata_mut(), key, value);
        }
    }
    let objects = bundle.files(format)?;
    let mut files = match tool {
        Tool::ArgoCd => argocd::files(&bundle, place, format)?,
        Tool::Flux => flux::files(&bundle, place, format, &objects)?,
    };
    files.extend(objects.into_iter().map(|(name, text)| (format!("{OBJECTS}/{name}"), text)));
    Ok(files)
}

/// Whether something goes with the object that no repository holds.
fn holds_more(object: &Object) -> bool {
    let is_definition =
        |other: &Other| other.is("apiextensions.k8s.io", "CustomResourceDefinition");
    object.holds_data() || matches!(&object.body, Body::Other(other) if is_definition(other))
}

/// Whether its name has the hash of what it holds.
fn is_generated_config(object: &Object) -> bool {
    let Body::ConfigMap(config) = &object.body else { return false };
    !object.is_own && config.immutable == Some(true)
}

/// Adds an annotation. A user's own one of that key wins: it was written for this tool.
fn annotate(metadata: &mut ObjectMeta, key: &str, value: &str) {
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.entry(key.to_owned()).or_insert_with(|| value.to_owned());
}

/// An object of the tool's own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a, S> {
    api_version: &'a str,
    kind: &'a str,
    metadata: ObjectMeta,
    spec: S,
}

impl<'a, S: Serialize> Manifest<'a, S> {
    /// An object that is named after the stack and the stage: one tool may apply several of each.
    fn new(
        (api_version, kind): (&'a str, &'a str),
        namespace: &str,
        bundle: &Bundle,
        spec: S,
    ) -> Self {
        let metadata = ObjectMeta {
            name: Some(name(bundle)),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        };
        Self { api_version, kind, metadata, spec }
    }

    fn file(&self, stem: &str, format: Format) -> Result<(String, String), emit::Error> {
        let mut text = String::new();
        emit::document(self, format, &mut text)?;
        Ok((format!("{stem}.{}", format.extension()), text))
    }
}

/// The name of the tool's objects. Both tools write it into labels, which end at 63 characters.
fn name(bundle: &Bundle) -> String {
    let name = format!("{}-{}", bundle.stack.name.value, bundle.stack.stage.value);
    if name.len() <= 63 { name } else { hash::shortened(&name) }
}
