//! Images that move, or that are gone.

use crate::declared::Declared;
use crate::policy;
use crate::{Sink, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
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
