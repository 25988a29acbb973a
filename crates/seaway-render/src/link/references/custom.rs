//! Names in custom resources that stacks commonly have: cert-manager's, External Secrets' and KEDA's.

use seaway_core::{Node, Sink};

use super::super::at::At;
use super::super::fields::{items, text};
use super::super::index::{Index, namespace};
use super::known_in;
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let spec = At::path("spec");
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        let at = |key: &str| other.rest.at(["spec", key]);
        // https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate
        if other.is(CERT_MANAGER, "Certificate") {
            named(index, object, at("issuerRef"), spec.field("issuerRef"), ISSUER, sink);
        }
        // https://external-secrets.io/latest/api/externalsecret/
        if other.is(EXTERNAL_SECRETS, "ExternalSecret") {
            named(index, object, at("secretStoreRef"), spec.field("secretStoreRef"), STORE, sink);
        }
        // https://keda.sh/docs/latest/concepts/authentication/
        if other.is(KEDA, "ScaledObject") || other.is(KEDA, "ScaledJob") {
            let triggers = other.rest.get("spec").map_or(&[][..], |spec| items(spec, "triggers"));
            for (place, trigger) in triggers.iter().enumerate() {
                let name = text(trigger, "name");
                let path = spec.item_or_index("triggers", name, place);
                let path = path.field("authenticationRef");
                named(index, object, trigger.get("authenticationRef"), path, AUTHENTICATION, sink);
            }
        }
    }
}

const CERT_MANAGER: &str = "cert-manager.io";
const EXTERNAL_SECRETS: &str = "external-secrets.io";
const KEDA: &str = "keda.sh";

/// What a table of `kind` and `name` can name: one kind of the namespace, and one without a namespace.
#[derive(Clone, Copy)]
struct Kinds {
    group: &'static str,
    /// The kind if none is written.
    default: &'static str,
    cluster_wide: &'static str,
}

const ISSUER: Kinds =
    Kinds { group: CERT_MANAGER, default: "Issuer", cluster_wide: "ClusterIssuer" };
const STORE: Kinds =
    Kinds { group: EXTERNAL_SECRETS, default: "SecretStore", cluster_wide: "ClusterSecretStore" };
const AUTHENTICATION: Kinds = Kinds {
    group: KEDA,
    default: "TriggerAuthentication",
    cluster_wide: "ClusterTriggerAuthentication",
};

fn named(
    index: &Index<'_>,
    object: &Object,
    reference: Option<&Node>,
    path: At<'_>,
    kinds: Kinds,
    sink: &mut Sink,
) {
    let Some((to, name)) = reference.and_then(|to| Some((to, text(to, "name")?))) else { return };
    let kind = text(to, "kind").unwrap_or(kinds.default);
    let group = text(to, "group").unwrap_or(kinds.group);
    let around = if kind == kinds.cluster_wide { "" } else { namespace(object) };
    known_in(index, object, around, path.field("name"), (group, kind, name), sink);
}
