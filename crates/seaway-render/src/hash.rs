//! Objects → objects: names and annotations that carry the hash of a content, once nothing changes it any more.
//!
//! - a generated `ConfigMap` becomes immutable and its name ends in the hash of its data, so a change rolls the pods
//!   that read it and a rollback finds the old one; one that is found by a label stays as it is;
//! - a generated `Job` ends in the hash of what it runs: its pod template is immutable, so a changed one has to be a
//!   new Job, and an unchanged one is never run again;
//! - pods that read Secrets or the user's own configs carry a checksum of what is known of them.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::api::core::v1::{ConfigMap, PodSpec};
use seaway_core::stack::{Contract, Piece, Recipe};
use seaway_core::{Code, Diagnostic, Node, Origin, Sink, Span, Stack};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::emit::{self, Format};
use crate::object::Slot;
use crate::{Body, Object, containers, names, reasons};

/// Annotation of pods with the checksum of the configs and Secrets that they read.
const CHECKSUM: &str = "checksum/config-and-secrets";

/// Gives every content-addressed object its final name.
pub(crate) fn seal(stack: &Stack, mut objects: Vec<Object>, sink: &mut Sink) -> Vec<Object> {
    let renamed = rename_configs(stack, &mut objects, sink);
    let sums = checksums(stack, &objects);
    for object in &mut objects {
        // Pods of another namespace read other configs.
        if is_here(stack, object) {
            if let Some(spec) = object.body.pod_spec_mut() {
                follow(spec, &renamed);
            }
            annotate(object, &sums);
        }
        name_job(object);
    }
    objects
}

/// Whether it lies in the namespace of the stack.
fn is_here(stack: &Stack, object: &Object) -> bool {
    object.body.metadata().namespace.as_deref() == Some(&**stack.namespace)
}

/// Hexadecimal digits of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Eight hexadecimal digits of a content, as it is printed: 32 bits tell the few versions of one name apart.
fn hash<T: Serialize + ?Sized>(content: &T) -> String {
    let mut text = String::new();
    // What can not be printed is refused when it is emitted; here it merely has no content.
    let _ = emit::document(content, Format::Json, &mut text);
    hash_parts([text.as_bytes()])
}

/// Eight hexadecimal digits of parts in their order; each counts with its length, so none runs into the next.
fn hash_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..4])
}

/// Keys and texts, one after the other.
fn texts(entries: Option<&BTreeMap<String, String>>) -> impl Iterator<Item = &[u8]> {
    entries.into_iter().flatten().flat_map(|(key, text)| [key.as_bytes(), text.as_bytes()])
}

/// Keys and bytes, one after the other.
fn bytes(entries: Option<&BTreeMap<String, ByteString>>) -> impl Iterator<Item = &[u8]> {
    entries.into_iter().flatten().flat_map(|(key, bytes)| [key.as_bytes(), bytes.0.as_slice()])
}

/// Whether a Grafana finds it by a label. It would find what an older one of another name holds as well.
fn is_found_by_label(config: &ConfigMap) -> bool {
    let labels = config.metadata.labels.as_ref();
    [names::DASHBOARD, names::DATA_SOURCE]
        .iter()
        .any(|key| labels.is_some_and(|labels| labels.contains_key(*key)))
}

/// A name that is too long, cut, with the hash of the whole.
pub(crate) fn shortened(name: &str) -> String {
    suffixed(name, &hash_parts([name.as_bytes()]))
}

fn suffixed(name: &str, suffix: &str) -> String {
    // 63 less the suffix: names of Jobs become labels of pods.
    let short: String = name.chars().take(54).collect();
    format!("{}-{suffix}", short.trim_end_matches(['-', '.']))
}

/// Ends the name of each generated config in the hash of its content; gives the new names by the old ones.
fn rename_configs(
    stack: &Stack,
    objects: &mut [Object],
    sink: &mut Sink,
) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    let mut places: BTreeMap<String, Option<Span>> = BTreeMap::new();
    for object in objects.iter_mut().filter(|object| is_here(stack, object)) {
        let place = object.place();
        let Body::ConfigMap(config) = &mut object.body else { continue };
        let name = config.metadata.name.clone().unwrap_or_default();
        if let Some(first) = places.insert(name.clone(), place) {
            sink.report(two_configs(&name, [first, place]));
        }
        if object.is_own || is_found_by_label(config) {
            continue;
        }
        let sealed = suffixed(&name, &hash_of_config(config));
        config.metadata.name = Some(sealed.clone());
        config.immutable = Some(true);
        object.origins.set("metadata.name", Origin::Default(&reasons::CONFIG_HASH));
        object.origins.set("immutable", Origin::Default(&reasons::CONFIG_HASH));
        renamed.insert(name, sealed);
    }
    renamed
}

/// Who reads a config says its name without the hash, so there can be one.
fn two_configs(name: &str, places: [Option<Span>; 2]) -> Diagnostic {
    let message = format!("two objects are ConfigMap/{name}");
    let mut diagnostic = Diagnostic::error(Code::DuplicateObject, message);
    for place in places.into_iter().flatten() {
        diagnostic = diagnostic.label(place, "");
    }
    diagnostic.help("rename one of them")
}

fn hash_of_config(config: &ConfigMap) -> String {
    let binary = bytes(config.binary_data.as_ref());
    hash_parts(texts(config.data.as_ref()).chain([b"binary".as_slice()]).chain(binary))
}

/// Calls a function with each name of a config that a pod reads.
fn config_names(spec: &mut PodSpec, mut visit: impl FnMut(&mut String)) {
    for volume in spec.volumes.iter_mut().flatten() {
        if let Some(source) = &mut volume.config_map {
            visit(&mut source.name);
        }
        for projection in
            volume.projected.iter_mut().flat_map(|projected| projected.sources.iter_mut().flatten())
        {
            if let Some(source) = &mut projection.config_map {
                visit(&mut source.name);
            }
        }
    }
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        for variable in container.env.iter_mut().flatten() {
            if let Some(source) =
                variable.value_from.as_mut().and_then(|from| from.config_map_key_ref.as_mut())
            {
                visit(&mut source.name);
            }
        }
        for source in container.env_from.iter_mut().flatten() {
            if let Some(source) = &mut source.config_map_ref {
                visit(&mut source.name);
            }
        }
    }
}

fn follow(spec: &mut PodSpec, renamed: &BTreeMap<String, String>) {
    config_names(spec, |name| {
        if let Some(sealed) = renamed.get(name) {
            name.clone_from(sealed);
        }
    });
}

/// What is known of each Secret and of each config whose name does not change, as a hash.
struct Checksums {
    secrets: BTreeMap<String, String>,
    configs: BTreeMap<String, String>,
}

fn checksums(stack: &Stack, objects: &[Object]) -> Checksums {
    let mut secrets = BTreeMap::new();
    let outside = |contract: &&Contract| !contract.is_made_up();
    for contract in stack.secrets.values().filter(outside) {
        let keys = contract.keys.keys().map(|key| key.as_bytes());
        // Of a config the texts are known, though not the values in them.
        let pieces = contract.keys.values().filter_map(Recipe::of_keys).flatten();
        let texts = pieces.filter(|_| contract.is_of_others()).filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_bytes()),
            Piece::Key(key) | Piece::Of { key, .. } => Some(key.as_bytes()),
            Piece::Opaque => None,
        });
        secrets.insert(contract.name.to_string(), hash_parts(keys.chain(texts)));
    }
    let mut configs = BTreeMap::new();
    for object in objects.iter().filter(|object| is_here(stack, object)) {
        let name = object.body.name().to_owned();
        match &object.body {
            Body::Secret(secret) => {
                let parts = texts(secret.string_data.as_ref()).chain(bytes(secret.data.as_ref()));
                secrets.insert(name, hash_parts(parts));
            }
            // A value that is sealed anew is another value, and what is copied from elsewhere is one, too.
            Body::Other(other) if other.is("bitnami.com", "SealedSecret") => {
                secrets.insert(
                    name,
                    hash(other.rest.at(["spec", "encryptedData"]).unwrap_or(&other.rest)),
                );
            }
            Body::Other(other) if other.is("external-secrets.io", "ExternalSecret") => {
                let spec = other.rest.get("spec");
                let target =
                    spec.and_then(|spec| spec.at(["target", "name"])).and_then(Node::as_str);
                // How often the store is asked changes no value.
                let parts = ["data", "dataFrom", "target", "secretStoreRef"];
                let parts = parts.map(|part| spec.and_then(|spec| spec.get(part)));
                secrets.insert(target.map_or(name, str::to_owned), hash(&parts));
            }
            Body::ConfigMap(config) if object.is_own => {
                configs.insert(name, hash_of_config(config));
            }
            _ => {}
        }
    }
    Checksums { secrets, configs }
}

/// Secrets that a pod reads.
pub(crate) fn secret_names(spec: &PodSpec) -> Vec<&str> {
    let mut names = Vec::new();
    for volume in spec.volumes.iter().flatten() {
        names.extend(volume.secret.iter().filter_map(|source| source.secret_name.as_deref()));
        let projected =
            volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        names.extend(
            projected.filter_map(|projection| Some(projection.secret.as_ref()?.name.as_str())),
        );
    }
    for (_, container) in containers::all(spec) {
        for variable in container.env.iter().flatten() {
            let source = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
            names.extend(source.map(|source| source.name.as_str()));
        }
        for source in container.env_from.iter().flatten() {
            names.extend(source.secret_ref.iter().map(|source| source.name.as_str()));
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn annotate(object: &mut Object, sums: &Checksums) {
    let Some(spec) = object.body.pod_spec_mut() else { return };
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    config_names(spec, |name| {
        if let Some(sum) = sums.configs.get(name) {
            known.insert(format!("config/{name}"), sum.clone());
        }
    });
    for name in secret_names(spec) {
        if let Some(sum) = sums.secrets.get(name) {
            known.insert(format!("secret/{name}"), sum.clone());
        }
    }
    if known.is_empty() {
        return;
    }
    let Some((_, path)) = object.body.pod_template() else { return };
    if let Some(template) = object.body.pod_template_mut() {
        let metadata = template.metadata.get_or_insert_default();
        metadata
            .annotations
            .get_or_insert_default()
            .insert(CHECKSUM.to_owned(), hash_parts(texts(Some(&known))));
    }
    let path = format!("{path}.metadata.annotations.{CHECKSUM}");
    object.origins.set(path, Origin::Default(&reasons::CONFIG_HASH));
}

/// Ends the name of a generated Job in the hash of what it runs.
pub(crate) fn name_job(object: &mut Object) {
    if object.is_own {
        return;
    }
    let Body::Job(job) = &mut object.body else { return };
    let name = job.metadata.name.clone().unwrap_or_default();
    let spec = Slot::<JobSpec>::slot_mut(&mut job.spec);
    // What may change in place does not make a new Job.
    let changeable = (
        spec.active_deadline_seconds.take(),
        spec.backoff_limit.take(),
        spec.parallelism.take(),
        spec.suspend.take(),
        spec.ttl_seconds_after_finished.take(),
    );
    let hash = hash(spec);
    (
        spec.active_deadline_seconds,
        spec.backoff_limit,
        spec.parallelism,
        spec.suspend,
        spec.ttl_seconds_after_finished,
    ) = changeable;
    job.metadata.name = Some(suffixed(&name, &hash));
    object.origins.set("metadata.name", Origin::Default(&reasons::CONFIG_HASH));
}
