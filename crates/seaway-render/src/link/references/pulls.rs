//! Images that a node pulls without the credentials that another pod has for the same registry.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::values::Image;
use seaway_core::{Code, Severity, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use crate::{Body, Object};

/// Registries that everybody shares: the path below them says whose images are meant, and most of them need no credentials.
const SHARED: [&str; 9] = [
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "quay.io",
    "registry.gitlab.com",
    "registry.k8s.io",
    "registry.redhat.io",
];

/// Credentials are those of a pod (<https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod>): a
/// private registry refuses the pods beside it.
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut given: BTreeMap<String, (&Object, String, &str)> = BTreeMap::new();
    let mut without: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for object in index.objects.iter().filter(|object| index.is_here(namespace(object))) {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let secret = spec.image_pull_secrets.as_deref().unwrap_or_default().first();
        for registry in registries(spec) {
            match secret {
                Some(secret) => {
                    let path = At::path(path).item("imagePullSecrets", &secret.name).to_string();
                    given.entry(registry).or_insert((object, path, &secret.name));
                }
                None if is_known_without(index, object, spec) => {
                    without.entry(registry).or_default().insert(object.body.name());
                }
                None => {}
            }
        }
    }
    for (registry, (object, path, secret)) in given {
        let Some(names) = without.get(&registry) else { continue };
        let names: Vec<&str> = names.iter().copied().collect();
        let message = format!(
            "the Secret `{secret}` for images of `{registry}` does not reach {}",
            suggest::quoted_list(&names)
        );
        let known = index.stack.secrets.iter().find(|(_, contract)| **contract.name == *secret);
        let name = known.map_or(secret, |(name, _)| name);
        let mut diagnostic = fault(Code::MissingPullSecret, object, path, message);
        diagnostic.severity = Severity::Warning;
        sink.report(diagnostic.subject(registry.clone()).help(format!(
            "write `pull-secrets = [\"{name}\"]` at the top level: every pod has it; if nodes pull these images without it, say so: \
             `allow.missing-pull-secret.{} = \"…\"`",
            suggest::pasted(&registry)
        )));
    }
}

/// Whether nothing else gives the nodes credentials for the pod: its account may, and one that is not of the stack is not known.
fn is_known_without(index: &Index<'_>, object: &Object, spec: &PodSpec) -> bool {
    let part = object.component.as_ref().and_then(|name| index.stack.part(name));
    if part.is_some_and(|part| part.shared.pull_secrets.is_some()) {
        return false;
    }
    let Some(name) = spec.service_account_name.as_deref() else { return true };
    let account = index.get("", "ServiceAccount", (namespace(object), name));
    match account.map(|object| &object.body) {
        Some(Body::ServiceAccount(account)) => {
            account.image_pull_secrets.as_ref().is_none_or(Vec::is_empty)
        }
        _ => false,
    }
}

/// The registries that a pod pulls from; with the first word behind them where everybody shares them.
fn registries(spec: &PodSpec) -> BTreeSet<String> {
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let images = containers.filter_map(|container| container.image.clone());
    images.filter_map(|image| registry(&Image::try_from(image).ok()?)).collect()
}

fn registry(image: &Image) -> Option<String> {
    let full = image.full_repository();
    let (host, path) = full.split_once('/')?;
    let owner = path.split_once('/').map(|(owner, _)| owner);
    if (host, owner) == ("docker.io", Some("library")) {
        return None;
    }
    Some(match owner.filter(|_| SHARED.contains(&host)) {
        Some(owner) => format!("{host}/{owner}"),
        None => host.to_owned(),
    })
}
