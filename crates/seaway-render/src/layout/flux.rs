//! The `GitRepository` and the `Kustomization` of [Flux](https://fluxcd.io/flux/components/), and the `kustomization.yaml`
//! that the latter builds.
//!
//! `kustomization.yaml` lies above the objects: `kubectl apply -f` would take it for an object and fail. Without it Flux
//! takes each YAML file below the path, its own two objects included
//! (<https://fluxcd.io/flux/components/kustomize/kustomizations/#generating-a-kustomizationyaml-file>).

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::batch::v1::JobSpec;
use serde::Serialize;

use super::{Manifest, OBJECTS, Place, name};
use crate::Body;
use crate::bundle::Bundle;
use crate::emit::{self, Format};
use crate::object::Slot;

/// No reconciliation removes the object (<https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>).
///
/// Each generated `ConfigMap` has it, too: Flux prunes before it waits for the rollout, and its maintainers advise it
/// (<https://github.com/fluxcd/kustomize-controller/issues/1180>).
pub(super) const GUARD: (&str, &str) = ("kustomize.toolkit.fluxcd.io/prune", "disabled");

/// Where `flux bootstrap` installs Flux and its objects (<https://fluxcd.io/flux/cmd/flux_bootstrap/>).
const NAMESPACE: &str = "flux-system";

/// Seconds in which a stage gets ready if none of its objects takes longer: the default of
/// `progressDeadlineSeconds` of a Deployment
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds>).
const READY: i64 = 600;

/// Whether a `GitRepository` takes the URL: its schema has the pattern `^(http|https|ssh)://.*$`
/// (<https://fluxcd.io/flux/components/source/gitrepositories/#url>).
pub(super) fn takes(url: &str) -> bool {
    ["http://", "https://", "ssh://"]
        .iter()
        .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

pub(super) fn files(
    bundle: &Bundle,
    place: &Place,
    format: Format,
    objects: &[(String, String)],
) -> Result<Vec<(String, String)>, emit::Error> {
    let name = name(bundle);
    let repository = Repository {
        interval: "1m",
        url: &place.repo_url,
        reference: Reference::of(&place.revision),
    };
    let spec = Spec {
        interval: "10m",
        retry_interval: "2m",
        source_ref: Source { kind: "GitRepository", name: &name },
        path: format!("./{}", place.below("")),
        prune: true,
        deletion_policy: "Orphan",
        wait: true,
        timeout: format!("{}s", timeout(bundle)),
    };
    let repository_kind = ("source.toolkit.fluxcd.io/v1", "GitRepository");
    let kind = ("kustomize.toolkit.fluxcd.io/v1", "Kustomization");
    let names = objects.iter().map(|(name, _)| format!("{OBJECTS}/{name}"));
    let build = Build {
        api_version: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: names.collect(),
    };
    // Kustomize looks for this name, and JSON is YAML.
    let mut text = String::new();
    emit::document(&build, format, &mut text)?;
    Ok(vec![
        Manifest::new(repository_kind, NAMESPACE, bundle, repository)
            .file("flux-gitrepository", format)?,
        Manifest::new(kind, NAMESPACE, bundle, spec).file("flux-kustomization", format)?,
        ("kustomization.yaml".to_owned(), text),
    ])
}

/// Seconds that the slowest object may take: a migration runs longer than a rollout.
fn timeout(bundle: &Bundle) -> i64 {
    let seconds = bundle.objects.iter().filter_map(|object| match &object.body {
        Body::Job(job) => Slot::<JobSpec>::slot(&job.spec)?.active_deadline_seconds,
        Body::Deployment(deployment) => {
            let spec = Slot::<DeploymentSpec>::slot(&deployment.spec)?;
            spec.progress_deadline_seconds.map(i64::from)
        }
        _ => None,
    });
    seconds.chain([READY]).max().unwrap_or(READY)
}

/// What is fetched (<https://fluxcd.io/flux/components/source/gitrepositories/>).
///
/// `interval` is that of `flux bootstrap`. A private repository needs a `secretRef`, which is a patch of yours.
#[derive(Serialize)]
struct Repository<'a> {
    interval: &'static str,
    url: &'a str,
    #[serde(rename = "ref")]
    reference: Reference<'a>,
}

/// Which revision (<https://fluxcd.io/flux/components/source/gitrepositories/#reference>).
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Reference<'a> {
    Branch(&'a str),
    Commit(&'a str),
    /// A full name, for tags and for pull requests.
    Name(&'a str),
}

impl<'a> Reference<'a> {
    fn of(revision: &'a str) -> Self {
        let is_commit = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
        if revision.starts_with("refs/") {
            Self::Name(revision)
        } else if is_commit {
            Self::Commit(revision)
        } else {
            Self::Branch(revision)
        }
    }
}

/// What is applied (<https://fluxcd.io/flux/components/kustomize/kustomizations/>).
///
/// - `interval` is that of the documentation. Flux undoes at each what was changed by hand; `flux suspend kustomization`
///   stops it for the time of an incident.
/// - `prune`: an object that leaves the repository leaves the cluster, but for those with a [`GUARD`].
/// - `deletionPolicy: Orphan`: who deletes the Kustomization deletes none of its objects
///   (<https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy>).
/// - `wait` and `timeout`: it is ready when all objects are, Jobs included
///   (<https://fluxcd.io/flux/components/kustomize/kustomizations/#wait>).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    interval: &'static str,
    retry_interval: &'static str,
    source_ref: Source<'a>,
    path: String,
    prune: bool,
    deletion_policy: &'static str,
    wait: bool,
    timeout: String,
}

#[derive(Serialize)]
struct Source<'a> {
    kind: &'static str,
    name: &'a str,
}

/// `kustomization.yaml` (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    api_version: &'static str,
    kind: &'static str,
    resources: Vec<String>,
}
