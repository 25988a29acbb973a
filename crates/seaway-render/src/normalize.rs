//! Objects → objects: each field in the form in which the API server keeps it, so that a second apply changes nothing.
//!
//! `kubectl apply` compares a file with the live object, in two ways:
//!
//! - kinds of Kubernetes itself merge: a default that the server adds beside a field is no difference, but a list without
//!   a merge key is one value, and so is whatever the server leaves out of what was sent (a text that is empty, `false`);
//! - of a custom resource every list is one value (RFC 7386), so each default that its schema adds to an item is a
//!   difference, for ever.
//!
//! [`table`] says which fields these are. What a stack says is brought into that form here, as the last pass over objects:
//! after names have got their hashes, so that it gives no Job another name; of what a patch touches, as the patch is applied. A
//! user's own object is printed as it was written.

mod table;
mod tree;

use k8s_openapi::api::core::v1::{
    Container, ObjectFieldSelector, PodSpec, ResourceFieldSelector, Volume,
};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use seaway_core::{Node, Origin, Span, values};
use serde::Serialize;

pub(crate) use self::tree::normalize as normalize_tree;
use crate::tree::to_node;
use crate::{Body, Object, reasons};

/// Brings the objects of a stage into the form in which the API server keeps them.
pub(crate) fn normalize(mut objects: Vec<Object>) -> Vec<Object> {
    for object in objects.iter_mut().filter(|object| !object.is_own) {
        match &mut object.body {
            Body::NetworkPolicy(policy) => ports(policy),
            Body::Other(other) => {
                let (api_version, kind) = (&other.api_version, &other.kind);
                for path in tree::custom(api_version, kind, &mut other.rest) {
                    object.origins.suggest(path, Origin::Default(&reasons::WRITTEN_OUT));
                }
            }
            body => {
                if let Some(spec) = body.pod_spec_mut() {
                    pod(spec);
                }
            }
        }
    }
    objects
}

/// Paths of what the API server would keep in another form than the object has it in.
pub fn rewritten(object: &impl Serialize) -> Vec<String> {
    let tree = to_node(object, Span::default());
    tree.map(|mut tree| normalize_tree(&mut tree)).unwrap_or_default()
}

/// The tree of an object as the API server keeps it.
pub(crate) fn kept(object: &impl Serialize) -> Option<Node> {
    let mut tree = to_node(object, Span::default())?;
    normalize_tree(&mut tree);
    Some(tree)
}

/// The tree of an object of a stage as the API server keeps it. All but the user's own have that form already.
pub(crate) fn kept_of_stage(object: &Object) -> Option<Node> {
    if object.is_own { kept(object) } else { to_node(object, Span::default()) }
}

fn pod(spec: &mut PodSpec) {
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        self::container(container);
    }
    for volume in spec.volumes.iter_mut().flatten() {
        self::volume(volume);
    }
}

fn container(container: &mut Container) {
    for variable in container.env.iter_mut().flatten() {
        variable.value.take_if(|value| value.is_empty());
    }
    let resources = container.resources.iter_mut();
    for amounts in resources.flat_map(|all| [&mut all.requests, &mut all.limits]).flatten() {
        amounts.values_mut().for_each(canonical);
    }
}

fn volume(volume: &mut Volume) {
    let empty = volume.empty_dir.iter_mut();
    empty.filter_map(|empty| empty.size_limit.as_mut()).for_each(canonical);
    let own = volume.downward_api.iter_mut().flat_map(|source| &mut source.items);
    let projected = volume.projected.iter_mut().flat_map(|projected| &mut projected.sources);
    let mut items: Vec<_> = own.flatten().collect();
    for source in projected.flatten() {
        if let Some(token) = &mut source.service_account_token {
            token.expiration_seconds.get_or_insert(table::TOKEN_SECONDS);
        }
        items.extend(source.downward_api.iter_mut().flat_map(|source| &mut source.items).flatten());
    }
    for item in items {
        if let Some(ObjectFieldSelector { api_version, .. }) = &mut item.field_ref {
            api_version.get_or_insert_with(|| table::FIELD_VERSION.to_owned());
        }
        if let Some(ResourceFieldSelector { divisor, .. }) = &mut item.resource_field_ref {
            canonical(divisor.get_or_insert_with(|| Quantity(table::DIVISOR.to_owned())));
        }
    }
}

/// A quantity as the API server prints it. It reads more forms than the language of stacks; those stay as they are.
fn canonical(quantity: &mut Quantity) {
    if let Ok(amount) = quantity.0.parse::<values::Quantity>() {
        quantity.0 = amount.to_string();
    }
}

fn ports(policy: &mut NetworkPolicy) {
    let Some(spec) = &mut policy.spec else { return };
    let ingress = spec.ingress.iter_mut().flatten().flat_map(|rule| &mut rule.ports);
    let egress = spec.egress.iter_mut().flatten().flat_map(|rule| &mut rule.ports);
    for NetworkPolicyPort { protocol, .. } in ingress.chain(egress).flatten() {
        protocol.get_or_insert_with(|| table::PROTOCOL.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::table::{Kept, Of, ROWS, Row};
    use super::*;

    /// An object with the field of a row in a form that the API server does not keep.
    fn wrong(row: &Row) -> Value {
        let (api_version, kind, root) = match row.of {
            Of::Kind("", kind) => ("v1".to_owned(), kind, ""),
            Of::Kind(group, kind) => (format!("{group}/v1"), kind, ""),
            Of::Pod => ("batch/v1".to_owned(), "CronJob", "spec.jobTemplate.spec.template.spec"),
            Of::Container => {
                ("apps/v1".to_owned(), "Deployment", "spec.template.spec.containers[]")
            }
        };
        let mut object = match row.kept {
            Kept::Default(..) => json!({}),
            Kept::Copied(_, from) => json!({ from: { "cpu": "1" } }),
            Kept::NoZero(fields) => fields.iter().map(|field| (*field, json!(""))).collect(),
            Kept::Canonical(fields) => {
                fields.iter().map(|field| (*field, json!({ "cpu": "1000m" }))).collect()
            }
            Kept::Encoded(from, _) => json!({ from: { "key": "text" } }),
        };
        for part in [root, row.within].into_iter().rev().flat_map(|way| way.split('.').rev()) {
            object = match part.strip_suffix("[]") {
                Some(list) => json!({ list: [object] }),
                None if part.is_empty() => object,
                None => json!({ part: object }),
            };
        }
        object["apiVersion"] = api_version.into();
        object["kind"] = kind.into();
        object
    }

    #[test]
    fn each_row_finds_its_field_and_leaves_it_in_a_form_that_stays() {
        for row in ROWS {
            let object = wrong(row);
            let found = rewritten(&object);
            let fields: &[&str] = match row.kept {
                Kept::Default(field, _) | Kept::Copied(field, _) | Kept::Encoded(field, _) => {
                    &[field]
                }
                Kept::NoZero(fields) | Kept::Canonical(fields) => fields,
            };
            for field in fields {
                let is_found = found.iter().any(|path| path.ends_with(field));
                assert!(is_found, "{} {field}: {found:?} in {object}", row.within);
            }
            let kept = kept(&object).expect("a tree");
            assert_eq!(rewritten(&kept), Vec::<String>::new(), "{kept:?}");
            assert!(row.source.starts_with("https://"), "{}", row.source);
        }
        let all: BTreeSet<String> = ROWS.iter().map(|row| wrong(row).to_string()).collect();
        assert!(all.len() > ROWS.len() / 2, "the rows are different ones");
    }

    /// What the passes before make by type is brought into the form of the table.
    #[test]
    fn typed_objects_are_kept_as_the_table_says() {
        let downward = json!([
            { "path": "a", "fieldRef": { "fieldPath": "metadata.name" } },
            { "path": "b", "resourceFieldRef": { "resource": "limits.cpu" } },
        ]);
        let pod = json!({
            "containers": [{
                "name": "a",
                "env": [{ "name": "EMPTY", "value": "" }],
                "resources": { "limits": { "cpu": "1000m", "memory": "1024Mi" } },
            }],
            "initContainers": [{ "name": "b", "env": [{ "name": "EMPTY", "value": "" }] }],
            "volumes": [
                { "name": "a", "emptyDir": { "sizeLimit": "1024Ki" } },
                { "name": "b", "downwardAPI": { "items": downward } },
                { "name": "c", "projected": { "sources": [
                    { "downwardAPI": { "items": downward } },
                    { "serviceAccountToken": { "path": "token" } },
                ] } },
            ],
        });
        let policy = json!({
            "podSelector": {},
            "ingress": [{ "ports": [{ "port": 80 }] }],
            "egress": [{ "ports": [{ "port": 80 }] }],
        });
        let deployment: k8s_openapi::api::apps::v1::Deployment = serde_json::from_value(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "spec": { "selector": {}, "template": { "spec": pod } },
        }))
        .expect("a Deployment");
        let policy: NetworkPolicy = serde_json::from_value(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": policy,
        }))
        .expect("a NetworkPolicy");
        let bodies: [Body; 2] = [deployment.into(), policy.into()];
        let objects = bodies.map(|body| Object::new(body, None, Origin::Stack(Span::default())));
        let found = objects.iter().map(|object| rewritten(object).len());
        assert_eq!(found.collect::<Vec<_>>(), [9, 2]);
        let objects = normalize(objects.to_vec());
        for object in &objects {
            assert_eq!(rewritten(object), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_in_both_fields_of_a_secret_is_the_text() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "data": { "a": "YQ==", "b": "eA==" }, "stringData": { "b": "b" },
        });
        let kept = serde_json::to_value(kept(&secret).expect("a tree")).expect("JSON");
        assert_eq!(kept["data"], json!({ "a": "YQ==", "b": "Yg==" }));
        assert!(kept.get("stringData").is_none());
    }
}
