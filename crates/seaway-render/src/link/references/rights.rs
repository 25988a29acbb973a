//! What the workloads of monitoring read of the Kubernetes API: the roles of their accounts let them, as they are after all
//! patches. A program that may not read what it watches runs on, and tells of it in its log alone.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::{PolicyRule, RoleRef, Subject};
use seaway_core::options::{MonitorRole, ServiceAccountSetting};
use seaway_core::{Code, Sink};

use super::super::index::{Index, fault, namespace};
use crate::{Body, Object, lower};

const GROUP: &str = "rbac.authorization.k8s.io";

/// A resource, its API group, and a verb.
type Right<'a> = (&'a str, &'a str, &'a str);

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for (name, part) in &index.stack.parts {
        let Some(role) = part.monitor_role() else { continue };
        let setting = part.shared.service_account.as_ref().map(|setting| &setting.value);
        // Of an account that exists nobody knows what it may do.
        let Some(ServiceAccountSetting::Own(own)) = setting else { continue };
        let own = own.rules.iter().flat_map(|rule| {
            let of = move |resource| {
                let groups = rule.api_groups.iter();
                groups.flat_map(move |group| {
                    rule.verbs.iter().map(move |verb| (&**group, resource, &**verb))
                })
            };
            rule.resources.iter().flat_map(move |resource| of(&**resource))
        });
        lacks(index, (name, "Role"), &own.collect(), sink);
        if matches!(role, MonitorRole::Prometheus) {
            let of_nodes = lower::NODE_RIGHTS.iter();
            let of_nodes = of_nodes
                .flat_map(|(resource, verbs)| verbs.iter().map(move |verb| ("", *resource, *verb)));
            lacks(index, (name, "ClusterRole"), &of_nodes.collect(), sink);
        }
    }
}

/// Tells what an account may not do: in the namespace by roles of any kind, of the whole cluster by a `ClusterRole`.
fn lacks(
    index: &Index<'_>,
    (account, kind): (&str, &str),
    wanted: &BTreeSet<Right<'_>>,
    sink: &mut Sink,
) {
    let Some((is_given, rules)) = given(index, account, kind == "ClusterRole") else { return };
    let has = |list: Option<&Vec<String>>, word: &str| {
        list.is_some_and(|list| list.iter().any(|one| one == word || one == "*"))
    };
    let allowed = |(group, resource, verb): &Right<'_>| {
        rules.iter().any(|rule| {
            has(rule.api_groups.as_ref(), group)
                && has(rule.resources.as_ref(), resource)
                && has(Some(&rule.verbs), verb)
                && rule.resource_names.as_ref().is_none_or(Vec::is_empty)
        })
    };
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, resource, verb) in wanted.iter().filter(|right| !allowed(right)) {
        missing.entry(resource).or_default().push(verb);
    }
    let Some(object) = at(index, account, kind, is_given).filter(|_| !missing.is_empty()) else {
        return;
    };
    let list: Vec<String> = missing
        .iter()
        .map(|(resource, verbs)| format!("{} `{resource}`", verbs.join(", ")))
        .collect();
    let message = format!("`{account}` may not {}, which it does", list.join("; "));
    let path = if matches!(object.body.kind(), "Role" | "ClusterRole") {
        "rules"
    } else {
        "metadata.name"
    };
    sink.report(
        fault(Code::IncompleteObject, object, path, message)
            .help("keep the generated rules, and the binding that gives them to its account"),
    );
}

/// Where a lack is told: at the role that the account is meant to have if it is not given whole, at the binding if it is not
/// given at all, or else at the account.
fn at<'a>(index: &Index<'a>, account: &str, kind: &str, is_given: bool) -> Option<&'a Object> {
    let here = &**index.stack.namespace;
    let of_cluster = format!("{here}-{account}");
    let name = if kind == "Role" { (here, account) } else { ("", of_cluster.as_str()) };
    let role = index.get(GROUP, kind, name);
    let binding = index.get(GROUP, &format!("{kind}Binding"), name).filter(|_| !is_given);
    binding.or(role).or_else(|| index.get("", "ServiceAccount", (here, account)))
}

/// Whether bindings give an account of the stack any role, and the rules of these; `None` if nobody knows one of them.
fn given<'a>(
    index: &Index<'a>,
    account: &str,
    everywhere: bool,
) -> Option<(bool, Vec<&'a PolicyRule>)> {
    let here = &**index.stack.namespace;
    let (mut is_given, mut rules) = (false, Vec::new());
    for object in index.objects {
        let (role, subjects): (&RoleRef, &Option<Vec<Subject>>) = match &object.body {
            Body::RoleBinding(binding) if !everywhere && namespace(object) == here => {
                (&binding.role_ref, &binding.subjects)
            }
            Body::ClusterRoleBinding(binding) => (&binding.role_ref, &binding.subjects),
            _ => continue,
        };
        let is_it = |subject: &Subject| {
            let around = subject.namespace.as_deref().unwrap_or(namespace(object));
            subject.kind == "ServiceAccount" && subject.name == account && around == here
        };
        if !subjects.iter().flatten().any(is_it) {
            continue;
        }
        is_given = true;
        let around = if role.kind == "Role" { here } else { "" };
        rules.extend(match &index.get(GROUP, &role.kind, (around, &role.name))?.body {
            Body::Role(role) => role.rules.as_deref().unwrap_or_default(),
            Body::ClusterRole(role) => role.rules.as_deref().unwrap_or_default(),
            _ => return None,
        });
    }
    Some((is_given, rules))
}
