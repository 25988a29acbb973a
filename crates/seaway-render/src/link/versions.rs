//! Kubernetes versions: nothing newer than the oldest cluster of the stage, nothing that its newest one has removed.

mod deprecated;
mod fields;
mod removed;
mod shapes;
mod too_new;
mod walk;

use seaway_core::values::{KubernetesVersion, KubernetesVersions};
use seaway_core::{Code, Diagnostic};

use super::Check;
use super::index::fault;
use crate::apis::{self, Successor};
use crate::object::Other;
use crate::{Body, Object};

pub(super) const CHECKS: &[Check] = &[
    Check { code: Code::RemovedApi, run: removed::check },
    Check { code: Code::DeprecatedApi, run: deprecated::check },
    Check { code: Code::TooNew, run: too_new::check },
];

/// Objects whose API version the user chose; those of the other kinds have the only one that there is.
fn chosen(objects: &[Object]) -> impl Iterator<Item = (&Object, &Other)> {
    objects.iter().filter_map(|object| match &object.body {
        Body::Other(other) => Some((object, &**other)),
        _ => None,
    })
}

/// A fault of the API version of an object.
fn api_fault(code: Code, object: &Object, message: String) -> Diagnostic {
    let mut diagnostic = fault(code, object, "apiVersion", message);
    diagnostic.severity = code.severity();
    diagnostic
}

/// The name of an API in a message.
fn name(of: &Other) -> String {
    format!("`{}` {}", of.api_version, of.kind)
}

/// The first minor that has what is to be written instead; `None` if all known ones have.
fn since(successor: Successor, kind: &str) -> Option<u8> {
    match successor {
        Successor::Version(api_version) => apis::since(api_version, kind),
        Successor::Kind(api_version, kind) => apis::since(api_version, kind),
        Successor::Other(_) => None,
    }
}

/// What to write instead, as advice.
fn instead(successor: Successor, kind: &str, versions: KubernetesVersions) -> String {
    let write = match successor {
        Successor::Version(api_version) => format!("write `apiVersion = \"{api_version}\"`"),
        Successor::Kind(api_version, kind) => {
            format!("write `apiVersion = \"{api_version}\"` and `kind = \"{kind}\"`")
        }
        Successor::Other(advice) => return advice.to_owned(),
    };
    let late = since(successor, kind).filter(|minor| *minor > versions.oldest.minor);
    let Some(minor) = late else { return write };
    let raised = raised(versions, minor);
    format!(
        "{write}; clusters before 1.{minor} do not have it: write `kubernetes = \"{raised}\"` too"
    )
}

/// The versions of a stage without those before a minor.
fn raised(versions: KubernetesVersions, minor: u8) -> KubernetesVersions {
    let oldest = KubernetesVersion { minor };
    KubernetesVersions { oldest, newest: versions.newest.max(oldest) }
}
