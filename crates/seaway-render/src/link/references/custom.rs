//! Names in custom resources that stacks commonly have, cert-manager's, External Secrets' and KEDA's, and the fields without
//! which such resources do nothing.

use seaway_core::{Code, Node, Sink, Value};

use super::super::at::At;
use super::super::fields::{items, text};
use super::super::index::{Index, fault, namespace};
use super::known_in;
use crate::object::Other;
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let spec = At::path("spec");
    for object in index.objects {
        let Body::Other(other) = &object.body else { continue };
        complete(object, other, sink);
        let at = |key: &str| other.rest.at(["spec", key]);
        // https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate
        if other.is(CERT_MANAGER, "Certificate") {
            named(index, object, at("issuerRef"), spec.field("issuerRef"), ISSUER, sink);
        }
        // https://external-secrets.io/latest/api/externalsecret/
        if other.is(EXTERNAL_SECRETS, "ExternalSecret") {
            named(index, object, at("secretStoreRef"), spec.field("secretStoreRef"), STORE, sink);
            stores(object, other, sink);
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

/// Fields without which an object is about nothing: API group and kind, the field of its `spec`, and a line to write.
///
/// - <https://keda.sh/docs/latest/reference/scaledobject-spec/>
/// - <https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs>
const NEEDED: &[(&str, &str, &str, &str)] = &[
    (KEDA, "ScaledObject", "scaleTargetRef", "scaleTargetRef.name = \"…\""),
    ("networking.gke.io", "ManagedCertificate", "domains", "domains = [\"www.example.com\"]"),
];

fn complete(object: &Object, other: &Other, sink: &mut Sink) {
    let needed = NEEDED.iter().filter(|(group, kind, ..)| other.is(group, kind));
    for (_, kind, field, line) in needed {
        let found = other.rest.at(["spec", field]);
        let is_empty = |node: &Node| matches!(&node.value, Value::Array(items) if items.is_empty());
        if found.is_none_or(is_empty) {
            let message = format!("a {kind} without `spec.{field}`");
            sink.report(
                fault(Code::IncompleteObject, object, "spec", message)
                    .help(format!("write `spec.{line}`")),
            );
        }
    }
}

/// An `ExternalSecret`, or each of its keys, says which store it is copied from.
fn stores(object: &Object, other: &Other, sink: &mut Sink) {
    let Some(spec) = other.rest.get("spec").filter(|spec| spec.get("secretStoreRef").is_none())
    else {
        return;
    };
    let mut all = ["data", "dataFrom"].into_iter().flat_map(|list| items(spec, list));
    if all.any(|one| one.get("sourceRef").is_none()) {
        let message = "an ExternalSecret without `spec.secretStoreRef`";
        sink.report(
            fault(Code::IncompleteObject, object, "spec", message.to_owned()).help(
                "write `spec.secretStoreRef = { kind = \"ClusterSecretStore\", name = \"…\" }`",
            ),
        );
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
