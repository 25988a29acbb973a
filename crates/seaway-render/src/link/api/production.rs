//! What a production stage refuses in objects that the language's own rules do not see: the user's own, and patched ones.

use seaway_core::{Code, Sink};

use super::super::index::{Index, fault};
use crate::Body;

/// No secret value is an input or an output of a production stage.
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    if !index.stack.is_production() {
        return;
    }
    for object in index.objects {
        let Body::Secret(secret) = &object.body else { continue };
        let text = secret.string_data.iter().flatten().map(|(key, _)| ("stringData", key));
        let bytes = secret.data.iter().flatten().map(|(key, _)| ("data", key));
        for (field, key) in text.chain(bytes) {
            let name = object.body.name();
            let message =
                format!("a production stage holds the value of `{key}` of Secret `{name}`");
            sink.report(
                fault(Code::SecretLiteral, object, format!("{field}.{key}"), message).help(format!(
                    "declare it, `secrets.{name}.keys = [\"{key}\"]`, and create the Secret before the stack is \
                     applied"
                )),
            );
        }
    }
}
