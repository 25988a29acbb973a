//! Objects and merges in Kubernetes' own words: whatever they say, they are tables.

use crate::declared::Declared;
use crate::{Code, Diagnostic, Sink, Stack};

pub(super) fn check(_: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    let merges = stack.patches.iter().filter_map(|patch| patch.merge.as_ref());
    for node in stack.objects.iter().chain(merges) {
        if node.as_table().is_none() {
            let message = format!("expected a table, found {}", node.value.kind());
            sink.report(Diagnostic::error(Code::WrongType, message).label(node.span, ""));
        }
    }
}
