//! Words about requests that the controller of a class can not say.

use super::Cx;
use crate::options::{Form, Front, form};
use crate::{Code, Diagnostic, Sink};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let Some(handling) = cx.expose.handling() else { return };
    let words = handling.words();
    let Some((first, _, first_origin)) = words.first() else { return };
    let Some(front) = cx.expose.front() else {
        if cx.at_fault("class") || cx.at_fault("controller") {
            return;
        }
        let message = format!("nothing says which controller is told `{}`", first.key());
        sink.report(
            Diagnostic::error(Code::MissingField, message)
                .origin(*first_origin, "each says it in its own way")
                .help(
                    "add `controller = \"nginx\"`, `\"traefik\"`, `\"haproxy\"` or `\"openshift\"`",
                ),
        );
        return;
    };
    for (word, number, origin) in words {
        if let Form::None(help) = form(front, word) {
            let message = format!("{} has no word for `{}`", front.as_str(), word.key());
            sink.report(Diagnostic::error(Code::Conflict, message).origin(origin, "").help(help));
        } else if number == 0 {
            sink.report(
                Diagnostic::error(Code::InvalidValue, format!("`{}` can not be 0", word.key()))
                    .origin(origin, "")
                    .help("leave it out for what the controller does by itself"),
            );
        }
    }
    if let (Front::Gateway, Some(timeout)) = (front, handling.timeout_seconds)
        && timeout.value > MOST_OF_GATEWAY
    {
        sink.report(
            Diagnostic::error(
                Code::InvalidValue,
                format!("a Gateway waits for no answer as long as {timeout} s"),
            )
            .origin(timeout.origin, "")
            .help(format!("write at most {MOST_OF_GATEWAY}")),
        );
    }
}

/// A duration of the Gateway API has at most five digits (<https://gateway-api.sigs.k8s.io/geps/gep-2257/>).
const MOST_OF_GATEWAY: u32 = 99_999;
