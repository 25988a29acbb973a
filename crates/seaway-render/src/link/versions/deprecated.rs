//! APIs that every cluster of the stage still has, and that are on their way out.
//!
//! Told only where the successor is in all clusters of the stage: before that there is nothing better to write.

use seaway_core::{Code, Sink};

use super::{api_fault, chosen, instead, name, since};
use crate::apis::{self, Deprecated, Outdated, Removed, Successor};
use crate::link::index::Index;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let versions = index.stack.kubernetes.value;
    for (object, other) in chosen(index.objects) {
        let (api_version, kind) = (&*other.api_version, &*other.kind);
        let Some(way_out) = way_out(api_version, kind, versions.newest.minor) else { continue };
        let successor = way_out.successor();
        if since(successor, kind).is_some_and(|minor| minor > versions.oldest.minor) {
            continue;
        }
        let message = format!("{} {}", name(other), way_out.phrase());
        let diagnostic = api_fault(Code::DeprecatedApi, object, message)
            .note(format!("see {}", way_out.source()))
            .help(instead(successor, kind, versions));
        sink.report(diagnostic);
    }
}

/// Why an API is on its way out.
enum WayOut {
    /// A known version removes it, which the stage need not run on yet.
    Removed(&'static Removed),
    /// Clusters of the stage warn of it.
    Deprecated(&'static Deprecated),
    /// Its operator left it behind.
    Outdated(&'static Outdated),
}

fn way_out(api_version: &str, kind: &str, newest: u8) -> Option<WayOut> {
    let removed = apis::removed(api_version, kind).filter(|row| row.minor > newest);
    let deprecated = || apis::deprecated(api_version, kind).filter(|row| row.minor <= newest);
    let outdated = || apis::outdated(api_version, kind);
    removed
        .map(WayOut::Removed)
        .or_else(|| deprecated().map(WayOut::Deprecated))
        .or_else(|| outdated().map(WayOut::Outdated))
}

impl WayOut {
    fn successor(&self) -> Successor {
        match self {
            Self::Removed(row) => row.successor,
            Self::Deprecated(row) => row.successor,
            Self::Outdated(row) => row.successor,
        }
    }

    fn phrase(&self) -> String {
        match self {
            Self::Removed(row) => format!("is gone from Kubernetes 1.{} on", row.minor),
            Self::Deprecated(row) => format!("is deprecated since Kubernetes 1.{}", row.minor),
            Self::Outdated(row) => format!("is out of date: {}", row.why),
        }
    }

    fn source(&self) -> String {
        match self {
            Self::Removed(row) => row.source(),
            Self::Deprecated(row) => row.source.to_owned(),
            Self::Outdated(row) => row.source.to_owned(),
        }
    }
}
