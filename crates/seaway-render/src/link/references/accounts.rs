//! The accounts of pods, and the Secrets that nodes pull their images with.

use k8s_openapi::api::core::v1::LocalObjectReference;
use seaway_core::stack::{PULL_KEY, PULL_TYPE};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::dangling;
use crate::{Body, Object};

/// The older form of such a Secret, which nodes still read
/// (<https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets>).
const OLD_PULL_KEY: &str = ".dockercfg";
/// Its type.
const OLD_PULL_TYPE: &str = "kubernetes.io/dockercfg";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if let Body::ServiceAccount(account) = &object.body {
            let secrets = account.image_pull_secrets.as_deref().unwrap_or_default();
            pull_secrets(index, object, secrets, None, sink);
        }
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let pod = At::path(path);
        let around = namespace(object);
        if let Some(account) = &spec.service_account_name
            && !index.has_account((around, account))
        {
            let path = pod.field("serviceAccountName");
            sink.report(dangling(index, object, path, "ServiceAccount", (around, account)));
        }
        let secrets = spec.image_pull_secrets.as_deref().unwrap_or_default();
        pull_secrets(index, object, secrets, Some(&pod), sink);
    }
}

/// Secrets that nodes pull images with, of a pod or an account.
fn pull_secrets(
    index: &Index<'_>,
    object: &Object,
    secrets: &[LocalObjectReference],
    around: Option<&At<'_>>,
    sink: &mut Sink,
) {
    for LocalObjectReference { name } in secrets {
        let full = (namespace(object), name.as_str());
        let list = "imagePullSecrets";
        let path = || around.map_or(At::root_item(list, name), |around| around.item(list, name));
        if let Some(keys) = index.secrets.get(&full) {
            let is_open = index.issued_secrets.get(&full).is_some_and(|(_, made)| made.is_open);
            if !is_open && !keys.contains(PULL_KEY) && !keys.contains(OLD_PULL_KEY) {
                let message = format!("Secret `{name}` has no key `{PULL_KEY}`");
                sink.report(fault(Code::UnknownKey, object, path(), message).help(format!(
                    "nodes read their credentials from that key alone: `secrets.{name}.keys = [\"{PULL_KEY}\"]`"
                )));
            } else if let Some(Body::Secret(secret)) =
                index.get("", "Secret", full).map(|object| &object.body)
            {
                let is = secret.type_.as_deref().unwrap_or("Opaque");
                if ![PULL_TYPE, OLD_PULL_TYPE].contains(&is) {
                    let message = format!("nodes skip Secret `{name}`: its type is `{is}`");
                    // That of a contract has no type to write.
                    let is_own = index.get("", "Secret", full).is_some_and(|object| object.is_own);
                    let help = if is_own {
                        format!("write `type = \"{PULL_TYPE}\"`")
                    } else {
                        format!(
                            "make it by `kubectl create secret docker-registry`, and say so: `secrets.{name}.source = \"existing\"`"
                        )
                    };
                    sink.report(fault(Code::UnknownKey, object, path(), message).help(help));
                }
            }
            continue;
        }
        let declared = (index.is_here(full.0) && index.pull_secrets.contains(name.as_str()))
            || index.provides("Secret", full);
        if !declared {
            let message = format!("there is no Secret `{name}`");
            sink.report(
                fault(Code::DanglingReference, object, path(), message).help(format!(
                    "if the cluster has it, say so: `app.pull-secrets = [\"{name}\"]`"
                )),
            );
        }
    }
}
