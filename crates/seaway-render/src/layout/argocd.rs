//! The `Application` of [Argo CD](https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml).

use serde::Serialize;

use super::{Manifest, OBJECTS, Place};
use crate::bundle::Bundle;
use crate::emit::{self, Format};

/// Neither a sync nor the deletion of the `Application` removes the object
/// (<https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>).
pub(super) const GUARD: (&str, &str) =
    ("argocd.argoproj.io/sync-options", "Prune=false,Delete=false");

/// Where Argo CD looks for Applications
/// (<https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/>).
const NAMESPACE: &str = "argocd";

/// The file of the `Application`.
///
/// It has no finalizer, so who deletes it with kubectl deletes none of its objects
/// (<https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/>).
pub(super) fn files(
    bundle: &Bundle,
    place: &Place,
    format: Format,
) -> Result<Vec<(String, String)>, emit::Error> {
    let spec = Spec {
        project: "default",
        source: From {
            repo_url: &place.repo_url,
            path: place.below(OBJECTS),
            target_revision: &place.revision,
        },
        destination: Destination {
            server: "https://kubernetes.default.svc",
            namespace: &bundle.stack.namespace.value,
        },
        sync_policy: POLICY,
    };
    let kind = ("argoproj.io/v1alpha1", "Application");
    let application = Manifest::new(kind, NAMESPACE, bundle, spec);
    Ok(vec![application.file("argocd-application", format)?])
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    project: &'a str,
    source: From<'a>,
    destination: Destination<'a>,
    sync_policy: Policy,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct From<'a> {
    #[serde(rename = "repoURL")]
    repo_url: &'a str,
    path: String,
    target_revision: &'a str,
}

#[derive(Serialize)]
struct Destination<'a> {
    server: &'a str,
    namespace: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    automated: Automated,
    sync_options: [&'static str; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Automated {
    prune: bool,
    self_heal: bool,
}

/// How a commit reaches the cluster.
///
/// - `prune`: an object that leaves the repository leaves the cluster, but for those with a [`GUARD`].
/// - `selfHeal` is off: what a person does by hand in an incident (`kubectl rollout undo`, `kubectl scale`) stays until the
///   next commit, and Argo CD shows it as `OutOfSync`
///   (<https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing>).
/// - `PruneLast`: objects of the release before go after the new ones are healthy, so that its pods can still start when
///   the rollout fails (<https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#prune-last>).
/// - `ServerSideApply`: a client-side apply keeps a copy of the object in an annotation, which has at most 262,144 bytes;
///   a `ConfigMap` may hold 1 MiB
///   (<https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#server-side-apply>).
///
/// Argo CD tries a sync that fails five more times by default
/// (<https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml>).
const POLICY: Policy = Policy {
    automated: Automated { prune: true, self_heal: false },
    sync_options: ["PruneLast=true", "ServerSideApply=true"],
};
