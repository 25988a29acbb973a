//! The accounts of pods, and the Secrets that nodes pull their images with.

use k8s_openapi::api::core::v1::LocalObjectReference;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, namespace};
use super::dangling;
use crate::{Body, Object};

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
        let declared = (index.is_here(full.0) && index.pull_secrets.contains(name.as_str()))
            || index.provides("Secret", full);
        if !declared && !index.secrets.contains_key(&full) {
            let message = format!("there is no Secret `{name}`");
            let list = "imagePullSecrets";
            let path = around.map_or(At::root_item(list, name), |around| around.item(list, name));
            sink.report(
                fault(Code::DanglingReference, object, path, message).help(format!(
                    "if the cluster has it, say so: `app.pull-secrets = [\"{name}\"]`"
                )),
            );
        }
    }
}
