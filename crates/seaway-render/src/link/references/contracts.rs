//! Secrets of the stack that controllers make: each is made, with all the keys that the stack reads.

use seaway_core::stack::{Contract, SecretSource};
use seaway_core::{Code, Diagnostic, Node, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::super::issued_secrets::IssuedSecret;
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        if other.is("bitnami.com", "SealedSecret") {
            sealed(object, &other.rest, sink);
        }
    }
    for contract in index.stack.secrets.values() {
        let name = (&**index.stack.namespace, &*contract.name.value);
        match (index.issued_secrets.get(&name), &contract.source.value) {
            (Some((object, made)), _) => all_keys(contract, object, made, sink),
            (None, SecretSource::Sealed(None)) => sink.report(not_there(index, contract)),
            // What was refused before it was an object, or is not made by a controller.
            (None, _) => {}
        }
    }
}

/// No object makes the Secret.
fn not_there(index: &Index<'_>, contract: &Contract) -> Diagnostic {
    let (name, namespace) = (&contract.name.value, &index.stack.namespace);
    let known = index.names("SealedSecret", namespace);
    let help = suggest::nearest(name, known).map_or_else(
        || format!("write the file that holds it, `file = \"sealed/{name}.yaml\"`; `seaway secrets` prints the command that makes it"),
        |near| format!("did you mean `{near}`? The Secret is called like its SealedSecret"),
    );
    Diagnostic::error(Code::DanglingReference, format!("there is no SealedSecret `{name}`"))
        .origin(contract.source.origin, "none of `[[objects]]`")
        .help(help)
}

fn all_keys(contract: &Contract, object: &Object, made: &IssuedSecret<'_>, sink: &mut Sink) {
    // What a SealedSecret holds no keys of at all is told as such.
    if made.is_open || (made.keys.is_empty() && object.body.kind() == "SealedSecret") {
        return;
    }
    for key in contract.keys.keys().filter(|key| !made.keys.contains(&***key)) {
        let path = At::path(if object.body.kind() == "SealedSecret" {
            "spec.encryptedData"
        } else {
            "spec.data"
        });
        let fault =
            fault(Code::UnknownKey, object, path, format!("{} makes no key `{key}`", object.id()));
        sink.report(
            fault
                .origin(contract.origin, "its contract")
                .help_maybe(suggest::nearest_or_all(key, made.keys.iter().copied())),
        );
    }
}

/// Fewest bytes of a sealed value: two for a length, a key encrypted with RSA of at least 1024 bits, and the tag of AES-GCM
/// (<https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/crypto/crypto.go>).
const FEWEST_BYTES: usize = 2 + 128 + 16;

/// Values are sealed: text or base64 of text in their place would be read by everybody, and the controller refuses it.
fn sealed(object: &Object, rest: &Node, sink: &mut Sink) {
    let path = At::path("spec.encryptedData");
    let values = rest.at(["spec", "encryptedData"]).and_then(Node::as_table);
    let Some(values) = values else {
        let message = format!("{} has no `encryptedData`", object.id());
        sink.report(
            fault(Code::IncompleteObject, object, path, message)
                .help("seal the Secret: `seaway secrets` prints the command"),
        );
        return;
    };
    for (key, value) in values {
        let text = value.as_str().unwrap_or_default();
        let is_base64 = text.len().is_multiple_of(4)
            && text
                .trim_end_matches('=')
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
        if is_base64 && text.len() / 4 * 3 >= FEWEST_BYTES {
            continue;
        }
        let message = format!("`{key}` of {} is not sealed", object.id());
        sink.report(
            fault(Code::SecretLiteral, object, path.field(key), message)
                .help("seal it again, and replace the value: whoever reads the file has read it"),
        );
    }
}
