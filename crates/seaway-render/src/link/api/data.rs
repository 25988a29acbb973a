//! What Secrets of a type and configs hold, and what claims ask for: `ValidateSecret`, `ValidateConfigMap` and
//! `ValidatePersistentVolumeClaim` of `pkg/apis/core/validation`.

use k8s_openapi::api::core::v1::Secret;
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::quota::claims;
use crate::{Body, Object};

/// Types of Secrets, and the keys that one of each holds.
const TYPES: [(&str, &[&str]); 8] = [
    ("Opaque", &[]),
    ("bootstrap.kubernetes.io/token", &[]),
    ("kubernetes.io/basic-auth", &[]),
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/service-account-token", &[]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];
/// The annotation that a token of an account is made by.
const ACCOUNT: &str = "kubernetes.io/service-account.name";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::Secret(secret) => {
                self::secret(object, secret, sink);
                copy(object, sink);
            }
            Body::ConfigMap(_) => copy(object, sink),
            Body::PersistentVolumeClaim(_) | Body::StatefulSet(_) => storage(object, sink),
            _ => {}
        }
    }
}

/// Most bytes of all annotations of an object, one of which is the copy that `kubectl apply` keeps of what it applied.
const MOST_OF_COPY: usize = 256 * 1024;
/// What the copy holds beside the values: the head, and the labels of the stack.
const HEAD: usize = 1024;

/// `kubectl apply` refuses what it can not keep a copy of. More than 1 MiB of values is an error of its own.
fn copy(object: &Object, sink: &mut Sink) {
    let (texts, bytes, field) = match &object.body {
        Body::ConfigMap(config) => (&config.data, &config.binary_data, "data"),
        Body::Secret(secret) => (&secret.string_data, &secret.data, "stringData"),
        _ => return,
    };
    let plain: usize = texts.iter().flatten().map(|(key, text)| key.len() + text.len()).sum();
    let binary: usize =
        bytes.iter().flatten().map(|(key, one)| key.len() + one.0.len() * 4 / 3).sum();
    // An escape has at most six characters.
    if HEAD + plain * 6 + binary <= MOST_OF_COPY || plain + binary > 1 << 20 {
        return;
    }
    let escaped = |text: &String| serde_json::to_string(text).map_or(0, |json| json.len());
    let texts: usize = texts.iter().flatten().map(|(key, text)| key.len() + escaped(text)).sum();
    let size = HEAD + texts + binary;
    if size > MOST_OF_COPY {
        let message = format!(
            "`kubectl apply` refuses {}: it keeps a copy of about {size} bytes, and the annotations of an object have at most \
             {MOST_OF_COPY}",
            object.id()
        );
        sink.report(
            fault(Code::LargeObject, object, field, message)
                .help("apply the stage with `kubectl apply --server-side`, which keeps no copy, and say so: `allow.large-object = \"…\"`; or split it"),
        );
    }
}

fn secret(object: &Object, secret: &Secret, sink: &mut Sink) {
    let Some(of_type) = secret.type_.as_deref() else { return };
    let has = |key: &str| {
        secret.string_data.as_ref().is_some_and(|data| data.contains_key(key))
            || secret.data.as_ref().is_some_and(|data| data.contains_key(key))
    };
    let Some((_, keys)) = TYPES.iter().find(|(known, _)| *known == of_type) else {
        // Others are fine, but nobody else writes below this domain.
        let near = suggest::nearest(of_type, TYPES.map(|(known, _)| known));
        if let (Some(near), true) = (near, of_type.contains("kubernetes.io/")) {
            let message = format!("there is no type `{of_type}` of Secrets");
            sink.report(
                fault(Code::InvalidValue, object, "type", message)
                    .help(format!("did you mean `{near}`?")),
            );
        }
        return;
    };
    for key in keys.iter().filter(|key| !has(key)) {
        let message = format!("a Secret of type `{of_type}` needs the key `{key}`");
        sink.report(
            fault(Code::IncompleteObject, object, "type", message)
                .help(format!("write `stringData.\"{key}\" = …`, or leave the type out")),
        );
    }
    if of_type == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        let message = format!("a Secret of type `{of_type}` needs `username` or `password`");
        sink.report(
            fault(Code::IncompleteObject, object, "type", message)
                .help("write one of them in `stringData`, or leave the type out"),
        );
    }
    let account = secret.metadata.annotations.as_ref().and_then(|all| all.get(ACCOUNT));
    if of_type == "kubernetes.io/service-account-token" && account.is_none_or(String::is_empty) {
        let message = format!("a Secret of type `{of_type}` needs the annotation `{ACCOUNT}`");
        sink.report(
            fault(Code::IncompleteObject, object, "type", message)
                .help("write it, with the name of a ServiceAccount"),
        );
    }
}

/// A claim says how much it asks for, and shares its volume with nobody if it says so.
fn storage(object: &Object, sink: &mut Sink) {
    for (name, claim, template) in claims(object) {
        let spec = At::path("spec");
        let around = template.map(|at| spec.index("volumeClaimTemplates", at));
        let path = around.as_ref().map(|around| around.field("spec"));
        let path = path.as_ref().unwrap_or(&spec);
        let requests = claim.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        // One without any requests is told of as such.
        if requests
            .is_some_and(|requests| !requests.is_empty() && !requests.contains_key("storage"))
        {
            let message = format!("the claim `{name}` asks for no storage");
            sink.report(
                fault(Code::IncompleteObject, object, path.field("resources.requests"), message)
                    .help("write `resources.requests.storage = \"1Gi\"`"),
            );
        }
        let modes = claim.access_modes.as_deref().unwrap_or_default();
        if modes.len() > 1 && modes.iter().any(|mode| mode == "ReadWriteOncePod") {
            let message =
                format!("the claim `{name}` has `ReadWriteOncePod` beside other access modes");
            sink.report(
                fault(Code::ExclusiveFields, object, path.field("accessModes"), message)
                    .help("write it alone, or leave it out"),
            );
        }
    }
}
