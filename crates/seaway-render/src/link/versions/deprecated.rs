//! APIs that every cluster of the stage still has, and that are on their way out.
//!
//! Told only where the successor is in all clusters of the stage: before that there is nothing better to write.

use seaway_core::{Code, Sink};

use super::{api_fault, chosen, instead, name, since};
use crate::apis::{self, Successor};
use crate::link::index::Index;

/// What is to be said of an API.
struct Finding {
    message: String,
    successor: Successor,
    source: String,
}

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let versions = index.stack.kubernetes.value;
    for (object, other) in chosen(index.objects) {
        let Some(finding) = finding(&other.api_version, &other.kind, versions.newest.minor) else {
            continue;
        };
        let (successor, kind) = (finding.successor, &*other.kind);
        if since(successor, kind).is_some_and(|minor| minor > versions.oldest.minor) {
            continue;
        }
        let message = format!("{} {}", name(other), finding.message);
        let diagnostic = api_fault(Code::DeprecatedApi, object, message)
            .note(format!("see {}", finding.source))
            .help(instead(successor, kind, versions));
        sink.report(diagnostic);
    }
}

fn finding(api_version: &str, kind: &str, newest: u8) -> Option<Finding> {
    let removed = apis::removed(api_version, kind).filter(|removed| removed.minor > newest);
    if let Some(removed) = removed {
        let message = format!("is gone from Kubernetes 1.{} on", removed.minor);
        return Some(Finding { message, successor: removed.successor, source: removed.source() });
    }
    let deprecated = apis::deprecated(api_version, kind).filter(|row| row.minor <= newest);
    if let Some(deprecated) = deprecated {
        let message = format!("is deprecated since Kubernetes 1.{}", deprecated.minor);
        let (successor, source) = (deprecated.successor, deprecated.source.to_owned());
        return Some(Finding { message, successor, source });
    }
    let outdated = apis::outdated(api_version, kind)?;
    let message = format!("is out of date: {}", outdated.why);
    Some(Finding { message, successor: outdated.successor, source: outdated.source.to_owned() })
}
