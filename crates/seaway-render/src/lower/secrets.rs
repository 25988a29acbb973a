//! The Secrets of a stage → what makes them: an `ExternalSecret`, the user's `SealedSecret`, or a Secret with throw-away
//! values. One that exists already becomes nothing.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::stack::{
    Contract, ExternalSecret, Piece, Recipe, SealedFile, SecretSource, missing_file,
};
use seaway_core::values::DataKey;
use seaway_core::{Code, Diagnostic, Node, Origin, Sink, Span, Stack};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::meta::named;
use crate::names::{SEALED_SECRETS, Scope};
use crate::object::joined;
use crate::tree::{self, to_node, typed};
use crate::{Body, Object, reasons};

/// What makes a Secret, if it is in the bundle at all.
pub(super) fn lower(stack: &Stack, contract: &Contract, sink: &mut Sink) -> Option<Object> {
    match &contract.source.value {
        SecretSource::Existing | SecretSource::Sealed(None) => None,
        SecretSource::Development => Some(throw_away(stack, contract)),
        SecretSource::ExternalSecrets(external) => Some(external_secret(contract, external)),
        SecretSource::Sealed(Some(file)) => sealed(stack, contract, file, sink),
    }
}

/// A Secret of a development stage. The compiler has no randomness: the values follow from the names of the stack,
/// the Secret and the key, so that applying again changes nothing.
fn throw_away(stack: &Stack, contract: &Contract) -> Object {
    let value = |(key, recipe): (&DataKey, &Recipe)| {
        let text = thrown_away(stack, contract, key, recipe);
        (key.to_string(), ByteString(text.into_bytes()))
    };
    let body = Secret {
        metadata: named(&contract.name),
        data: Some(contract.keys.iter().map(value).collect()),
        type_: Some("Opaque".to_owned()),
        ..Secret::default()
    };
    let mut object = Object::new(body, None, contract.origin);
    object.origins.set("data", Origin::Default(&reasons::THROW_AWAY));
    object
}

fn thrown_away(stack: &Stack, contract: &Contract, key: &DataKey, recipe: &Recipe) -> String {
    let opaque = |key: &str| opaque(&stack.name, &contract.name, key);
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Key(other) => opaque(other),
        // A value of letters and digits is the same when it is encoded.
        Piece::Of { secret, key, .. } => {
            let other = stack.secrets.get(secret);
            other
                .and_then(|other| Some(thrown_away(stack, other, key, other.keys.get(key)?)))
                .unwrap_or_default()
        }
        Piece::Opaque => opaque(&format!("{key}/value")),
    };
    match recipe {
        Recipe::Opaque | Recipe::SigningKey | Recipe::Given => opaque(key),
        Recipe::GivenUrl => String::new(),
        Recipe::Composed(pieces) => pieces.iter().map(piece).collect(),
    }
}

fn opaque(stack: &str, secret: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["throw-away", stack, secret, key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    crate::hash::hex(&hash.finalize()[..20])
}

/// `spec` of an `ExternalSecret` (<https://external-secrets.io/latest/api/externalsecret/>).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalSpec<'a> {
    secret_store_ref: StoreRef<'a>,
    refresh_interval: &'a str,
    target: Target<'a>,
    data: Vec<Copied<'a>>,
}

#[derive(Serialize)]
struct StoreRef<'a> {
    kind: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    name: &'a str,
    creation_policy: &'a str,
    deletion_policy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Template<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Template<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_: Option<&'a str>,
    engine_version: &'a str,
    merge_policy: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Copied<'a> {
    secret_key: &'a str,
    remote_ref: RemoteRef<'a>,
}

#[derive(Serialize)]
struct RemoteRef<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'a str>,
}

/// `Owner`: the Secret is gone with what makes it. `Retain`: a secret that somebody deletes in the store takes no running
/// stack down. `Merge`: what is composed comes to what is copied; without it the Secret would hold nothing else.
fn external_secret(contract: &Contract, external: &ExternalSecret) -> Object {
    let copied = contract.copied();
    let data = copied.iter().map(|(key, place)| Copied {
        secret_key: key,
        remote_ref: RemoteRef {
            key: &place.remote,
            property: place.property.as_ref().map(|property| property.as_str()),
        },
    });
    let composed: BTreeMap<&str, String> = contract
        .keys
        .iter()
        .filter(|(key, _)| !external.elsewhere.contains_key(*key))
        .filter_map(|(key, recipe)| Some((&**key, template(recipe.of_keys()?))))
        .collect();
    let type_ = contract.secret_type();
    let spec = ExternalSpec {
        secret_store_ref: StoreRef { kind: external.kind.as_str(), name: &external.store },
        refresh_interval: &external.refresh,
        target: Target {
            name: &contract.name,
            creation_policy: "Owner",
            deletion_policy: "Retain",
            template: (!composed.is_empty() || type_.is_some()).then_some(Template {
                type_,
                engine_version: "v2",
                // Of what is copied for texts alone nothing comes into the Secret: all of it would be mounted.
                merge_policy: if contract.is_of_others() { "Replace" } else { "Merge" },
                data: composed,
            }),
        },
        data: data.collect(),
    };
    let kind = ("external-secrets.io/v1", "ExternalSecret");
    let body = tree::custom(kind, named(&contract.name), &spec, Span::default());
    let mut object = Object::new(body, None, contract.origin);
    let origins = &mut object.origins;
    origins.set("metadata.name", contract.name.origin);
    origins.set("spec", contract.source.origin);
    origins.set("spec.secretStoreRef.name", external.store.origin);
    origins.set("spec.secretStoreRef.kind", external.kind.origin);
    origins.set("spec.refreshInterval", external.refresh.origin);
    origins.set("spec.target.name", contract.name.origin);
    origins.set("spec.target.creationPolicy", Origin::Default(&reasons::EXTERNAL_SECRET));
    origins.set("spec.target.deletionPolicy", Origin::Default(&reasons::EXTERNAL_SECRET));
    origins.set("spec.target.template", Origin::Default(&reasons::COMPOSED_SECRET));
    for (at, (_, place)) in copied.iter().enumerate() {
        let path = joined(&["spec.data[", &at.to_string(), "].remoteRef"]);
        origins.set(joined(&[&path, ".key"]), place.remote.origin);
        if let Some(property) = &place.property {
            origins.set(joined(&[&path, ".property"]), property.origin);
        }
    }
    object
}

/// A composed value as External Secrets makes it, with Go's templates.
///
/// `urlquery` is a function of `text/template` itself, the `QueryEscape` of `net/url`: all but letters, digits and `-_.~`
/// becomes `%XX`, a blank becomes `+`, and a `+` becomes `%2B` (<https://pkg.go.dev/net/url#QueryEscape>). In the password
/// of a URL a `+` is no blank, so each `+` that is left becomes `%20`. The other way, `urlJoin` of sprig, parses its
/// `userinfo` as a part of a URL and wants it encoded already
/// (<https://github.com/external-secrets/external-secrets/blob/main/runtime/template/v2/sprig/url.go>).
fn template(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(&plain.replace("{{", r#"{{ "{{" }}"#)),
            Piece::Key(key) => text.push_str(&inserted(key, true)),
            Piece::Of { secret, key, is_encoded } => {
                text.push_str(&inserted(&format!("{secret}.{key}"), *is_encoded));
            }
            // What has a value of its own is copied, not composed.
            Piece::Opaque => {}
        }
    }
    text
}

/// What stands for a copied value in a template.
fn inserted(key: &str, is_encoded: bool) -> String {
    // `.a-b` is no field of a template.
    let is_field = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let field = if is_field { format!(".{key}") } else { format!("index . \"{key}\"") };
    let encoding = if is_encoded { r#" | urlquery | replace "+" "%20""# } else { "" };
    format!("{{{{ {field}{encoding} }}}}")
}

/// The user's `SealedSecret`. What its values are bound to can not change: name and namespace have to be those of the Secret.
fn sealed(
    stack: &Stack,
    contract: &Contract,
    file: &SealedFile,
    sink: &mut Sink,
) -> Option<Object> {
    let place = file.path.span().unwrap_or_default();
    let node = only_object(file, place, sink)?;
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    if kind != "SealedSecret" {
        let is_open = kind == "Secret";
        let (code, what) = if is_open {
            (Code::SecretLiteral, "a Secret that is not sealed".to_owned())
        } else if kind.is_empty() {
            (Code::InvalidObject, "no SealedSecret".to_owned())
        } else {
            (Code::InvalidObject, format!("a {kind}, no SealedSecret"))
        };
        let label = if is_open { "everybody who reads the file reads its values" } else { "" };
        sink.report(
            Diagnostic::error(code, format!("`{}` holds {what}", file.path))
                .label(place, label)
                .help("seal it: `seaway secrets` prints the command"),
        );
        return None;
    }
    let mut body = typed(&node, sink)?;
    bound(stack, contract, file, &mut body, sink)?;
    let mut object = Object::new(body, None, Origin::Stack(place));
    object.origins.set("metadata.name", contract.name.origin);
    Some(object)
}

/// The one object of the file.
fn only_object(file: &SealedFile, place: Span, sink: &mut Sink) -> Option<Node> {
    let Some(text) = &file.text else {
        sink.report(missing_file(&file.path).help("seal it: `seaway secrets` prints the command"));
        return None;
    };
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        match serde_yaml::Value::deserialize(document) {
            Ok(serde_yaml::Value::Null) => {}
            Ok(value) => found.push(value),
            Err(error) => {
                let fault = format!("`{}` is not YAML", file.path);
                sink.report(
                    Diagnostic::error(Code::InvalidObject, fault)
                        .label(place, "")
                        .note(error.to_string()),
                );
                return None;
            }
        }
    }
    let node = match found.as_slice() {
        [one] => to_node(one, place).filter(|node| node.as_table().is_some()),
        _ => None,
    };
    if node.is_none() {
        let fault = match found.len() {
            1 => format!("`{}` holds no object", file.path),
            number => format!("`{}` holds {number} objects", file.path),
        };
        sink.report(
            Diagnostic::error(Code::InvalidObject, fault)
                .label(place, "")
                .help("keep one SealedSecret a file"),
        );
    }
    node
}

/// Checks what the values are sealed for, and gives the object the name and namespace of the Secret where they are not.
fn bound(
    stack: &Stack,
    contract: &Contract,
    file: &SealedFile,
    body: &mut Body,
    sink: &mut Sink,
) -> Option<()> {
    let scope = Scope::of(body.metadata());
    let metadata: &mut ObjectMeta = body.metadata_mut();
    let mut outcome = Some(());
    let mut refuse = |what: &str, found: &str, wanted: &str| {
        let fault = format!("`{}` is sealed for the {what} `{found}`", file.path);
        sink.report(
            Diagnostic::error(Code::DanglingReference, fault)
                .origin(file.path.origin, format!("the stack reads one of the {what} `{wanted}`"))
                .note(format!(
                    "the controller decrypts values of the scope `{}` nowhere else",
                    scope.as_str()
                ))
                .help("seal it again: `seaway secrets` prints the command"),
        );
        outcome = None;
    };
    let name = metadata.name.clone().unwrap_or_default();
    if name != **contract.name && scope == Scope::Strict {
        refuse("name", &name, &contract.name);
    }
    let namespace = metadata.namespace.clone();
    if let Some(namespace) = &namespace
        && *namespace != **stack.namespace
        && scope != Scope::ClusterWide
    {
        refuse("namespace", namespace, &stack.namespace);
    }
    metadata.name = Some(contract.name.to_string());
    metadata.namespace = None;
    // Made by tools, of no use to who applies it.
    metadata.creation_timestamp = None;
    if let Body::Other(other) = &*body
        && other.api_version != SEALED_SECRETS
    {
        let fault = format!("`{}` is of `{}`", file.path, other.api_version);
        sink.report(
            Diagnostic::error(Code::InvalidObject, fault)
                .origin(file.path.origin, "")
                .help(format!("write `apiVersion: {SEALED_SECRETS}`")),
        );
        return None;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_say_keys_that_are_no_fields_and_texts_that_look_like_actions() {
        let key = |text: &str| Piece::Key(DataKey::try_from(text.to_owned()).expect("a key"));
        let text = |text: &str| Piece::Text(text.to_owned());
        let pieces = [text("a://{{x}}:"), key("pass_word"), text("@"), key("db.pass-word")];
        assert_eq!(
            template(&pieces),
            r#"a://{{ "{{" }}x}}:{{ .pass_word | urlquery | replace "+" "%20" }}@{{ index . "db.pass-word" | urlquery | replace "+" "%20" }}"#
        );
    }
}
