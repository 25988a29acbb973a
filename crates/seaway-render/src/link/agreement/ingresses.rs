//! Ingresses: each host and path leads to one place.

use std::collections::BTreeMap;

use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::{Body, Object};

/// Controllers merge the Ingresses of a class, and which of two equal paths wins is theirs to say
/// (<https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches>).
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut taken = BTreeMap::new();
    let root = At::path("spec");
    for object in index.objects {
        let Body::Ingress(ingress) = &object.body else { continue };
        let Some(spec) = ingress.spec.as_ref().filter(|_| !is_canary(object)) else { continue };
        let class = spec.ingress_class_name.as_deref();
        for (at, rule) in spec.rules.iter().flatten().enumerate() {
            let host = rule.host.as_deref().unwrap_or_default();
            let place = root.index("rules", at);
            for (at, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
                let text = path.path.as_deref().unwrap_or("/");
                let key = (class, host, text, path.path_type.as_str());
                let Some(first) = taken.insert(key, object) else { continue };
                let place = place.index("http.paths", at);
                let host = if host.is_empty() { "any host" } else { host };
                let message = format!("two rules lead on from `{text}` of `{host}`");
                let mut diagnostic = fault(Code::Conflict, object, place.field("path"), message)
                    .help("remove one of them, or give it another path");
                if !std::ptr::eq(first, object) {
                    diagnostic = diagnostic.note(format!("the other one is of {}", first.id()));
                    if let Some(place) = first.place() {
                        diagnostic = diagnostic.label(place, "has it too");
                    }
                }
                sink.report(diagnostic);
            }
        }
    }
}

/// Whether it is meant to share the paths of another one, as those of a canary release.
fn is_canary(object: &Object) -> bool {
    let annotations = object.body.metadata().annotations.as_ref();
    annotations.is_some_and(|all| {
        all.iter().any(|(key, value)| key.ends_with("/canary") && value == "true")
    })
}
