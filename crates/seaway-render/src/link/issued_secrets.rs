//! Secrets that controllers make of custom resources: cert-manager, External Secrets and Sealed Secrets.

use std::collections::BTreeSet;

use seaway_core::Node;

use super::fields::{items, text};
use crate::object::Other;

/// A Secret that a controller makes of an object.
pub(super) struct IssuedSecret<'a> {
    /// Its name; it lies in the namespace of the object.
    pub name: &'a str,
    /// Keys that it has.
    pub keys: BTreeSet<&'a str>,
    /// Whether it may have more: which ones is only known to the store.
    pub is_open: bool,
}

impl<'a> IssuedSecret<'a> {
    pub(super) fn of(other: &'a Other) -> Option<Self> {
        if other.is("cert-manager.io", "Certificate") {
            return certificate(other);
        }
        if other.is("external-secrets.io", "ExternalSecret") {
            return Some(external_secret(other));
        }
        other.is("bitnami.com", "SealedSecret").then(|| sealed_secret(other))
    }
}

fn name(other: &Other) -> &str {
    other.metadata.name.as_deref().unwrap_or_default()
}

fn keys(table: Option<&Node>) -> impl Iterator<Item = &str> {
    table.and_then(Node::as_table).into_iter().flatten().map(|(key, _)| key.value.as_str())
}

/// <https://cert-manager.io/docs/usage/certificate/>
fn certificate(other: &Other) -> Option<IssuedSecret<'_>> {
    let name = other.rest.at(["spec", "secretName"]).and_then(Node::as_str)?;
    Some(IssuedSecret { name, keys: ["tls.crt", "tls.key", "ca.crt"].into(), is_open: false })
}

/// What is copied, and what a template makes of it: beside it with the policy `Merge`, else in its place
/// (<https://external-secrets.io/latest/guides/templating/>).
fn external_secret(other: &Other) -> IssuedSecret<'_> {
    let target = other.rest.at(["spec", "target"]);
    let template = target.and_then(|target| target.get("template"));
    let of_template = |key: &str| template.and_then(|template| template.get(key));
    let merges = of_template("mergePolicy").and_then(Node::as_str) == Some("Merge");
    let mut found: BTreeSet<&str> = keys(of_template("data")).collect();
    let from = template.map_or(&[][..], |template| items(template, "templateFrom"));
    let mut is_open = !from.is_empty();
    if merges || (found.is_empty() && from.is_empty()) {
        let spec = other.rest.get("spec");
        let list = |key: &str| spec.map_or(&[][..], |spec| items(spec, key));
        found.extend(list("data").iter().filter_map(|copied| text(copied, "secretKey")));
        is_open |= !list("dataFrom").is_empty();
    }
    let named = target.and_then(|target| text(target, "name"));
    IssuedSecret { name: named.unwrap_or_else(|| name(other)), keys: found, is_open }
}

/// What is decrypted, and what a template makes of it; `null` there takes a key out
/// (<https://github.com/bitnami-labs/sealed-secrets#sealedsecrets-as-templates-for-secrets>).
fn sealed_secret(other: &Other) -> IssuedSecret<'_> {
    let sealed = keys(other.rest.at(["spec", "encryptedData"]));
    let template = keys(other.rest.at(["spec", "template", "data"]));
    IssuedSecret { name: name(other), keys: sealed.chain(template).collect(), is_open: false }
}
