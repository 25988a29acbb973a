//! Identities: no two objects of one kind and name, and names, labels and sizes that the API server takes.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::{Code, Diagnostic, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, id};
use crate::names::{is_dns_label, is_label_value};
use crate::{Body, Object};

/// Most bytes of a config or Secret: <https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>.
const LARGEST_DATA: usize = 1 << 20;
/// Most bytes of all annotations of an object (`TotalAnnotationSizeLimitB` of apimachinery).
const LARGEST_ANNOTATIONS: usize = 256 << 10;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut seen: BTreeMap<_, &Object> = BTreeMap::new();
    for object in index.objects {
        if let Some(first) = seen.insert(id(object), object) {
            sink.report(twins(first, object));
        }
        if let Some(wrong) = name_fault(&object.body, object.body.name()) {
            sink.report(fault(Code::InvalidName, object, "metadata.name", wrong));
        }
        metadata(object, object.body.metadata(), At::path("metadata"), sink);
        if let Some((template, path)) = object.body.pod_template()
            && let Some(of_pods) = &template.metadata
        {
            metadata(object, of_pods, At::path(path).field("metadata"), sink);
        }
        size(object, sink);
    }
}

fn twins(first: &Object, second: &Object) -> Diagnostic {
    let message = format!("two objects are {}", second.id());
    let mut diagnostic = Diagnostic::error(Code::DuplicateObject, message);
    for place in [first, second].into_iter().filter_map(Object::place) {
        diagnostic = diagnostic.label(place, "");
    }
    diagnostic.help("rename one of them")
}

/// Lengths and letters: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.
fn name_fault(body: &Body, name: &str) -> Option<String> {
    let kind = body.kind();
    let longest = match body {
        Body::Service(_) | Body::Namespace(_) | Body::Job(_) => 63,
        // The label controller-revision-hash of its pods is the name and a hash; the Jobs of a CronJob add eleven
        // characters.
        Body::StatefulSet(_) | Body::CronJob(_) => 52,
        _ => 253,
    };
    if name.len() > longest {
        let length = name.len();
        return Some(format!(
            "the name of a {kind} has at most {longest} characters, `{name}` has {length}"
        ));
    }
    let fits = match body {
        Body::Role(_)
        | Body::RoleBinding(_)
        | Body::ClusterRole(_)
        | Body::ClusterRoleBinding(_) => {
            !name.is_empty() && !name.contains(['/', '%']) && !matches!(name, "." | "..")
        }
        Body::Service(_) => {
            is_dns_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase())
        }
        Body::Namespace(_) => is_dns_label(name),
        // Custom resources may have names of any form, as long as they are part of a path.
        Body::Other(_) => !name.contains(['/', '%']) && !matches!(name, "." | ".."),
        _ => name.split('.').all(is_dns_label),
    };
    (!fits).then(|| format!("`{name}` can not be the name of a {kind}"))
}

/// Labels and annotations: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>.
fn metadata(object: &Object, metadata: &ObjectMeta, path: At<'_>, sink: &mut Sink) {
    for (key, value) in metadata.labels.iter().flatten() {
        let labels = path.field("labels");
        if !is_qualified(key) {
            let message = format!("`{key}` can not be the key of a label");
            sink.report(fault(Code::InvalidName, object, labels.field(key), message));
        }
        if !is_label_value(value) {
            let message = format!("`{value}` can not be the value of a label");
            sink.report(fault(Code::InvalidName, object, labels.field(key), message).help(
                "write at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit",
            ));
        }
    }
    let mut size = 0;
    for (key, value) in metadata.annotations.iter().flatten() {
        size += key.len() + value.len();
        if !is_qualified(key) {
            let message = format!("`{key}` can not be the key of an annotation");
            let path = format!("{path}.annotations.{key}");
            sink.report(fault(Code::InvalidName, object, &path, message));
        }
    }
    if size > LARGEST_ANNOTATIONS {
        let message = format!("annotations of {size} bytes; {LARGEST_ANNOTATIONS} are the most");
        sink.report(fault(Code::InvalidObject, object, path.field("annotations"), message));
    }
}

/// `name` or `prefix/name`, the prefix a DNS subdomain.
fn is_qualified(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    !name.is_empty()
        && is_label_value(name)
        && prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(is_dns_label))
}

fn size(object: &Object, sink: &mut Sink) {
    let text = |data: &BTreeMap<String, String>| data.values().map(String::len).sum::<usize>();
    let bytes = |data: &BTreeMap<String, k8s_openapi::ByteString>| {
        data.values().map(|bytes| bytes.0.len()).sum::<usize>()
    };
    let size = match &object.body {
        Body::ConfigMap(config) => {
            config.data.as_ref().map_or(0, text) + config.binary_data.as_ref().map_or(0, bytes)
        }
        Body::Secret(secret) => {
            secret.string_data.as_ref().map_or(0, text) + secret.data.as_ref().map_or(0, bytes)
        }
        _ => return,
    };
    if size > LARGEST_DATA {
        let message = format!("{} holds {size} bytes; {LARGEST_DATA} are the most", object.id());
        sink.report(fault(Code::InvalidObject, object, "data", message));
    }
}
