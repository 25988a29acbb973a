//! Roles that bindings give, and the accounts that get them.

use k8s_openapi::api::rbac::v1::{RoleRef, Subject};
use seaway_core::{Code, Sink, suggest};

use super::super::index::{Index, fault, namespace};
use super::{dangling, known, known_in};
use crate::object::Slot;
use crate::{Body, Object};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Roles that each cluster has (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>), beside
/// the many that begin with `system:`.
const OF_EACH_CLUSTER: [&str; 4] = ["cluster-admin", "admin", "edit", "view"];

const ROLES: [&str; 2] = ["ClusterRole", "Role"];
const SUBJECTS: [&str; 3] = ["Group", "ServiceAccount", "User"];

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let (role, subjects) = match &object.body {
            Body::RoleBinding(binding) => (&binding.role_ref, &binding.subjects),
            Body::ClusterRoleBinding(binding) => (&binding.role_ref, &binding.subjects),
            _ => continue,
        };
        given(index, object, role, sink);
        for subject in subjects.iter().flatten() {
            match subject.kind.as_str() {
                "ServiceAccount" => account(index, object, subject, sink),
                kind if SUBJECTS.contains(&kind) => {}
                kind => {
                    let path = format!("subjects[{}].kind", subject.name);
                    no_kind(object, path, kind, "subject", &SUBJECTS, sink);
                }
            }
        }
    }
}

fn given(index: &Index<'_>, object: &Object, role: &RoleRef, sink: &mut Sink) {
    let api = Slot::<String>::slot(&role.api_group).map(String::as_str);
    if let Some(other) = api.filter(|api| !api.is_empty() && *api != GROUP) {
        let message = format!("`{other}` is no API of roles");
        sink.report(
            fault(Code::InvalidObject, object, "roleRef.apiGroup", message)
                .help(format!("write `apiGroup = \"{GROUP}\"`")),
        );
    }
    let (path, name) = ("roleRef.name", role.name.as_str());
    match role.kind.as_str() {
        "Role"
            if OF_EACH_CLUSTER.contains(&name)
                && !index.exists(GROUP, "Role", (namespace(object), name)) =>
        {
            let message = format!("there is no Role `{name}`");
            sink.report(fault(Code::DanglingReference, object, path, message).help(
                "each cluster has a ClusterRole of that name: write `kind = \"ClusterRole\"`",
            ));
        }
        "Role" => known(index, object, path, (GROUP, "Role", name), sink),
        "ClusterRole" if OF_EACH_CLUSTER.contains(&name) || name.starts_with("system:") => {}
        "ClusterRole" => {
            if index.exists(GROUP, "ClusterRole", ("", name)) {
                return;
            }
            if let Some(near) = suggest::nearest(name, OF_EACH_CLUSTER) {
                let message = format!("there is no ClusterRole `{name}`");
                sink.report(
                    fault(Code::DanglingReference, object, path, message)
                        .help(format!("did you mean `{near}`?")),
                );
                return;
            }
            known_in(index, object, "", path, (GROUP, "ClusterRole", name), sink);
        }
        kind => no_kind(object, "roleRef.kind", kind, "role", &ROLES, sink),
    }
}

/// A kind that the API of bindings does not have (`ValidateRoleBinding` in `pkg/apis/rbac/validation/validation.go` of
/// Kubernetes).
fn no_kind(
    object: &Object,
    path: impl std::fmt::Display,
    kind: &str,
    what: &str,
    known: &[&str],
    sink: &mut Sink,
) {
    let message = format!("`{kind}` is no kind of {what}");
    sink.report(
        fault(Code::InvalidObject, object, path, message)
            .help_maybe(suggest::nearest_or_all(kind, known.iter().copied())),
    );
}

fn account(index: &Index<'_>, object: &Object, subject: &Subject, sink: &mut Sink) {
    let path = || format!("subjects[{}]", subject.name);
    // A RoleBinding lends its own namespace; a ClusterRoleBinding has none.
    let around = subject.namespace.as_deref().unwrap_or(namespace(object));
    if around.is_empty() {
        let message = format!("the ServiceAccount `{}` has no namespace", subject.name);
        sink.report(
            fault(Code::InvalidObject, object, path(), message)
                .help(format!("write `namespace = \"{}\"`", index.stack.namespace)),
        );
    }
    let full = (around, subject.name.as_str());
    let here = &**index.stack.namespace;
    let is_misspelt = suggest::nearest(around, [here]).is_some()
        && index.exists("", "ServiceAccount", (here, full.1))
        && index.get("", "Namespace", ("", around)).is_none();
    if !index.is_here(around) && is_misspelt && !index.exists("", "ServiceAccount", full) {
        let message = format!("there is no ServiceAccount `{}` in namespace `{around}`", full.1);
        sink.report(
            fault(Code::DanglingReference, object, path(), message)
                .help(format!("did you mean the namespace `{here}`?")),
        );
    }
    // What else lies in other namespaces is not this stack's.
    if index.is_here(around) && !index.has_account((around, &subject.name)) {
        sink.report(dangling(index, object, path(), "ServiceAccount", full));
    }
}
