//! Identities: no two objects of one kind and name, and names, labels and sizes that the API server takes.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::{Code, Diagnostic, Label, Sink};

use super::super::at::At;
use super::super::index::{Index, fault, id};
use crate::names::{
    LABEL_KEY_HELP, LABEL_VALUE_HELP, is_dns_label, is_label_value, is_qualified, is_segment,
    is_subdomain,
};
use crate::{Body, Object};

/// Most bytes of a config or Secret: <https://kubernetes.io/docs/concepts/configuration/configmap/#motivation>.
const LARGEST_DATA: usize = 1 << 20;
/// Most bytes of all annotations of an object (`TotalAnnotationSizeLimitB` of apimachinery).
const LARGEST_ANNOTATIONS: usize = 256 << 10;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut seen: BTreeMap<_, &Object> = BTreeMap::new();
    for object in index.objects {
        if index.has_twins()
            && let Some(first) = seen.insert(id(object), object)
        {
            sink.report(twins(first, object));
        }
        if let Some((wrong, help)) = name_fault(&object.body, object.body.name()) {
            let found = fault(Code::InvalidName, object, "metadata.name", wrong).help(help);
            sink.report(by_prefix(index, object).map_or(found.clone(), |prefix| Diagnostic {
                labels: vec![prefix],
                help: Some("write a shorter prefix, or shorter names".to_owned()),
                ..found
            }));
        }
        if let Some(namespace) = &object.body.metadata().namespace
            && !is_dns_label(namespace)
        {
            let message = format!("`{namespace}` can not be the name of a Namespace");
            sink.report(
                fault(Code::InvalidName, object, "metadata.namespace", message).help(LABEL_HELP),
            );
        }
        metadata(object, object.body.metadata(), At::path("metadata"), sink);
        if let Some((template, path)) = object.body.pod_template()
            && let Some(of_pods) = &template.metadata
        {
            metadata(object, of_pods, At::path(path).field("metadata"), sink);
        }
        data(object, sink);
        port_names(object, sink);
    }
}

/// The prefix of the stage, if the name would be right without it.
fn by_prefix(index: &Index<'_>, object: &Object) -> Option<Label> {
    let prefix = index.stack.prefix.0.as_ref().filter(|_| !object.is_own)?;
    let bare = index.stack.prefix.bare(object.body.name())?;
    let span = prefix.span().filter(|_| name_fault(&object.body, bare).is_none())?;
    Some(Label { span, text: "before the name of each object".to_owned() })
}

fn twins(first: &Object, second: &Object) -> Diagnostic {
    let message = format!("two objects are {}", second.id());
    let mut diagnostic = Diagnostic::error(Code::DuplicateObject, message);
    for place in [first, second].into_iter().filter_map(Object::place) {
        diagnostic = diagnostic.label(place, "");
    }
    diagnostic.help("rename one of them")
}

/// What a DNS label (RFC 1123) is made of.
const LABEL_HELP: &str =
    "write at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit";
/// What the name of a Service (RFC 1035) is made of.
const SERVICE_HELP: &str =
    "write at most 63 of `a-z`, `0-9` and `-`, beginning with a letter and not ending with `-`";
/// What a DNS subdomain is made of.
const SUBDOMAIN_HELP: &str = "write small letters, digits, `-` and `.`, each part beginning and ending with a letter or digit";
/// What can be part of a path.
const SEGMENT_HELP: &str = "write a name without `/` and `%`";

/// Lengths and letters: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>. What is wrong with a
/// name, and what to write.
fn name_fault(body: &Body, name: &str) -> Option<(String, &'static str)> {
    let kind = body.kind();
    let (longest, why) = match body {
        Body::Service(_) | Body::Namespace(_) => (63, "write a shorter one"),
        Body::Job(_) => (63, "write a shorter one: it becomes a label of its pods"),
        // The label controller-revision-hash of its pods is the name and a hash.
        Body::StatefulSet(_) => {
            (52, "write a shorter one: its pods have a label of the name and a hash")
        }
        Body::CronJob(_) => (52, "write a shorter one: its Jobs add eleven characters"),
        _ => (253, "write a shorter one"),
    };
    if name.len() > longest {
        let length = name.len();
        let message =
            format!("the name of a {kind} has at most {longest} characters, `{name}` has {length}");
        return Some((message, why));
    }
    let (fits, help) = match body {
        Body::Role(_)
        | Body::RoleBinding(_)
        | Body::ClusterRole(_)
        | Body::ClusterRoleBinding(_) => (
            !name.is_empty() && !name.contains(['/', '%']) && !matches!(name, "." | ".."),
            SEGMENT_HELP,
        ),
        Body::Service(_) => (
            is_dns_label(name) && name.starts_with(|first: char| first.is_ascii_lowercase()),
            SERVICE_HELP,
        ),
        Body::Namespace(_) => (is_dns_label(name), LABEL_HELP),
        // Custom resources may have names of any form, as long as they are part of a path.
        Body::Other(_) => (
            is_segment(name) && !name.contains(char::is_whitespace),
            "write a name without `/`, `%` and blanks",
        ),
        _ => (is_subdomain(name), SUBDOMAIN_HELP),
    };
    (!fits).then(|| (format!("`{name}` can not be the name of a {kind}"), help))
}

/// Labels and annotations: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>.
fn metadata(object: &Object, metadata: &ObjectMeta, path: At<'_>, sink: &mut Sink) {
    for (key, value) in metadata.labels.iter().flatten() {
        let labels = path.field("labels");
        if !is_qualified(key) {
            let message = format!("`{key}` can not be the key of a label");
            sink.report(
                fault(Code::InvalidName, object, labels.field(key), message).help(LABEL_KEY_HELP),
            );
        }
        if !is_label_value(value) {
            let message = format!("`{value}` can not be the value of a label");
            sink.report(
                fault(Code::InvalidName, object, labels.field(key), message).help(LABEL_VALUE_HELP),
            );
        }
    }
    let mut size = 0;
    for (key, value) in metadata.annotations.iter().flatten() {
        size += key.len() + value.len();
        if !is_qualified(key) {
            let message = format!("`{key}` can not be the key of an annotation");
            let path = format!("{path}.annotations.{key}");
            sink.report(fault(Code::InvalidName, object, &path, message).help(LABEL_KEY_HELP));
        }
    }
    if size > LARGEST_ANNOTATIONS {
        let message = format!("annotations of {size} bytes; {LARGEST_ANNOTATIONS} are the most");
        sink.report(
            fault(Code::InvalidObject, object, path.field("annotations"), message)
                .help("move what is large into a ConfigMap"),
        );
    }
}

/// Keys and sizes of configs and Secrets (`ValidateConfigMap` and `ValidateSecret` of `pkg/apis/core/validation`).
fn data(object: &Object, sink: &mut Sink) {
    let (texts, bytes, [text_field, byte_field]) = match &object.body {
        Body::ConfigMap(config) => (&config.data, &config.binary_data, ["data", "binaryData"]),
        Body::Secret(secret) => (&secret.string_data, &secret.data, ["stringData", "data"]),
        _ => return,
    };
    let sizes = texts.iter().flatten().map(|(key, text)| (text_field, key, text.len()));
    let binary = bytes.iter().flatten().map(|(key, bytes)| (byte_field, key, bytes.0.len()));
    let mut size = 0;
    for (field, key, bytes) in sizes.chain(binary) {
        size += bytes;
        if !is_data_key(key) {
            let message = format!("`{key}` can not be a key of a {}", object.body.kind());
            let path = format!("{field}.{key}");
            sink.report(fault(Code::InvalidName, object, path, message).help(
                "write at most 253 letters, digits, `-`, `_` and `.`, not beginning with `..`",
            ));
        }
    }
    if let (Body::ConfigMap(_), Some(texts), Some(bytes)) = (&object.body, texts, bytes) {
        for key in texts.keys().filter(|key| bytes.contains_key(*key)) {
            let message = format!("`{key}` is in `data` and in `binaryData`");
            let path = format!("{byte_field}.{key}");
            sink.report(
                fault(Code::ExclusiveFields, object, path, message).help("keep one of them"),
            );
        }
    }
    if size > LARGEST_DATA {
        let message = format!("{} holds {size} bytes; {LARGEST_DATA} are the most", object.id());
        let field =
            if texts.as_ref().is_none_or(BTreeMap::is_empty) { byte_field } else { text_field };
        sink.report(
            fault(Code::InvalidObject, object, field, message)
                .help("split it, or put what is large into the image or on a volume"),
        );
    }
}

/// `IsConfigMapKey` of apimachinery.
fn is_data_key(key: &str) -> bool {
    (1..=253).contains(&key.len())
        && key != "."
        && !key.starts_with("..")
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Names of ports of a Service are DNS labels; only those of containers are short.
fn port_names(object: &Object, sink: &mut Sink) {
    let Body::Service(service) = &object.body else { return };
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    for name in ports.filter_map(|port| port.name.as_deref()) {
        if !name.is_empty() && !is_dns_label(name) {
            let message = format!("`{name}` can not be the name of a port of a Service");
            let spec = At::path("spec");
            let port = spec.item("ports", name);
            let path = port.field("name");
            sink.report(fault(Code::InvalidName, object, path, message).help(LABEL_HELP));
        }
    }
}
