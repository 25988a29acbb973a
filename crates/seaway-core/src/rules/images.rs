//! Images that move, or that are gone, and where they are pulled from.

use crate::declared::Declared;
use crate::options::Registry;
use crate::policy;
use crate::{Code, Diagnostic, Sink, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    registry(stack, sink);
    let production = stack.is_production();
    for image in stack.images() {
        let digest = stack.requires_digest().then(|| policy::without_digest(image)).flatten();
        let all =
            [policy::unpinned(image, production), policy::registry(image, production), digest];
        for judgement in all.into_iter().flatten() {
            sink.report(judgement.diagnostic().origin(image.origin, judgement.label));
        }
    }
}

fn registry(stack: &Stack, sink: &mut Sink) {
    if let Some(registry) = &stack.registry
        && registry.value == Registry::Switch(true)
    {
        sink.report(
            Diagnostic::error(Code::InvalidValue, "`registry = true` names no registry")
                .origin(registry.origin, "")
                .help("write the mirror, `registry = \"mirror.example/hub\"`, or remove the key"),
        );
    }
}
