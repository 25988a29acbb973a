//! APIs and fields that the oldest cluster of the stage does not have yet, or has and does not use.

use seaway_core::values::{KubernetesVersion, KubernetesVersions};
use seaway_core::{Code, Diagnostic, Sink};

use super::fields::{FIELDS, Field};
use super::shapes::ROOTS;
use super::{api_fault, chosen, name, raised, walk};
use crate::link::index::{Index, fault};
use crate::{Body, Object, apis};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let versions = index.stack.kubernetes.value;
    for (object, other) in chosen(index.objects) {
        let Some(minor) = apis::since(&other.api_version, &other.kind) else { continue };
        let is_gone = apis::removed(&other.api_version, &other.kind)
            .is_some_and(|removed| removed.minor <= versions.newest.minor);
        if minor <= versions.oldest.minor || is_gone {
            continue;
        }
        let message = format!("Kubernetes {} does not have {} yet", versions.oldest, name(other));
        let diagnostic = api_fault(Code::TooNew, object, message).help(format!(
            "if no cluster of this stage is older than 1.{minor}, write `kubernetes = \"{}\"`",
            raised(versions, minor)
        ));
        sink.report(diagnostic);
    }
    // What is generated uses no such field: a test walks over all of it.
    let has_patches = !index.stack.patches.is_empty();
    for object in index.objects.iter().filter(|object| has_patches || object.is_own) {
        fields(object, versions, sink);
        traffic_distribution(object, versions, sink);
    }
}

fn fields(object: &Object, versions: KubernetesVersions, sink: &mut Sink) {
    let body = &object.body;
    let root = ROOTS
        .iter()
        .find(|(api_version, kind, _)| *kind == body.kind() && *api_version == body.api_version());
    let Some((.., shape)) = root else { return };
    walk::each_listed(body, shape, &mut |of, name, place| {
        let field = FIELDS.iter().find(|field| field.of == of && field.name == name);
        let Some(field) = field.filter(|field| is_too_new(field, versions.oldest)) else {
            return false;
        };
        sink.report(told(field, object, &place.path(body), versions));
        true
    });
}

fn is_too_new(field: &Field, oldest: KubernetesVersion) -> bool {
    field.schema > oldest.minor || field.on.is_none_or(|on| on > oldest.minor)
}

fn told(field: &Field, object: &Object, path: &str, versions: KubernetesVersions) -> Diagnostic {
    let oldest = versions.oldest;
    let message = if field.schema > oldest.minor {
        format!("Kubernetes {oldest} does not have the field `{}` yet", field.name)
    } else {
        format!("Kubernetes {oldest} drops the field `{}`", field.name)
    };
    let diagnostic = fault(Code::TooNew, object, path, message);
    let gate = field.gate;
    match field.on {
        Some(on) => diagnostic
            .note(format!("its feature gate `{gate}` is on since 1.{on}; before, an API server that knows the field takes it and drops it without a word"))
            .help(format!(
                "leave it out; if no cluster of this stage is older than 1.{on}, write `kubernetes = \"{}\"`",
                raised(versions, on)
            )),
        None => diagnostic
            .note(format!("its feature gate `{gate}` is off up to {} unless somebody turns it on, and an API server drops such a field without a word", KubernetesVersion::NEWEST))
            .help("leave it out"),
    }
}

/// Values of `trafficDistribution` that an API server
/// [refuses](https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go) as long as its
/// feature gate `PreferSameTrafficDistribution` is off; it is on since 1.34.
const SAME: [&str; 2] = ["PreferSameNode", "PreferSameZone"];
const SAME_SINCE: u8 = 34;

fn traffic_distribution(object: &Object, versions: KubernetesVersions, sink: &mut Sink) {
    let Body::Service(service) = &object.body else { return };
    let written = service.spec.as_ref().and_then(|spec| spec.traffic_distribution.as_deref());
    let Some(written) = written.filter(|written| SAME.contains(written)) else { return };
    if versions.oldest.minor >= SAME_SINCE {
        return;
    }
    let message = format!("Kubernetes {} does not know `{written}` yet", versions.oldest);
    sink.report(fault(Code::TooNew, object, "spec.trafficDistribution", message).help(format!(
        "write `PreferClose`; if no cluster of this stage is older than 1.{SAME_SINCE}, write `kubernetes = \"{}\"`",
        raised(versions, SAME_SINCE)
    )));
}
