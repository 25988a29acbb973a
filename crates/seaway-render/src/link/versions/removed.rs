//! APIs that the newest cluster of the stage does not have any more.

use seaway_core::{Code, Sink};

use super::{api_fault, chosen, instead, name};
use crate::apis;
use crate::link::index::Index;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let versions = index.stack.kubernetes.value;
    for (object, other) in chosen(index.objects) {
        let Some(removed) = apis::removed(&other.api_version, &other.kind) else { continue };
        if removed.minor > versions.newest.minor {
            continue;
        }
        let message = format!("Kubernetes 1.{} removed {}", removed.minor, name(other));
        let diagnostic = api_fault(Code::RemovedApi, object, message)
            .note(format!("what changed on the way: {}", removed.source()))
            .help(instead(removed.successor, &other.kind, versions));
        sink.report(diagnostic);
    }
}
