//! What is reached, allowed or unprotected that was not.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, PodSpec};
use seaway_core::{Consequence, Node};

use super::front::{ENTRIES, entries, is_of_entry};
use super::{Cx, Finding, Pair, few, news};
use crate::against::items;
use crate::diff::{Change, DNS, Ends, open_ways, ways_of};
use crate::object::instance;
use crate::{Body, Object, containers};

pub(super) fn findings(cx: &Cx<'_>) -> Vec<Finding> {
    let mut found = public(cx);
    found.extend(ways(cx));
    found.extend(cx.pairs.changed.iter().flat_map(|pair| {
        let mut of_pair: Vec<Finding> = powers(cx, pair);
        of_pair.extend(rights(cx, pair));
        of_pair.extend(guards(cx, pair));
        of_pair
    }));
    found
}

/// Hosts, paths and ports that are public now, and those that lose TLS.
fn public(cx: &Cx<'_>) -> Vec<Finding> {
    if cx.of_kinds(&ENTRIES).next().is_none() {
        return Vec::new();
    }
    let (old, new) = (entries(cx.old.objects()), entries(cx.new.objects()));
    let is_known =
        |host: &str, path: &str| old.iter().any(|was| was.host == host && was.path == path);
    let mut found: Vec<Finding> = Vec::new();
    for pair in cx.of_kinds(&ENTRIES) {
        let id = pair.id();
        let own = new.iter().filter(|entry| entry.object == id);
        let fresh: BTreeSet<String> = own
            .clone()
            .filter(|entry| !is_known(&entry.host, &entry.path))
            .map(|entry| format!("{}{}", entry.host, entry.path))
            .collect();
        if !fresh.is_empty() {
            let fresh: Vec<String> = fresh.into_iter().collect();
            let message = format!("{id} is public: {}", few(&fresh));
            found.push(cx.found(Consequence::Opens, pair, is_of_entry, message));
        }
        let was_tls = |host: &str| old.iter().any(|was| was.host == host && was.is_tls);
        let plain: BTreeSet<String> = own
            .filter(|entry| !entry.is_tls && was_tls(&entry.host))
            .map(|entry| entry.host.clone())
            .collect();
        if !plain.is_empty() {
            let plain: Vec<String> = plain.into_iter().collect();
            let message = format!("{} is served without TLS", few(&plain));
            found.push(cx.found(Consequence::Opens, pair, is_of_entry, message));
        }
    }
    found
}

/// Ways that the network policies let through now, one finding a cause; and policies that go.
fn ways(cx: &Cx<'_>) -> Vec<Finding> {
    if cx.of_kinds(&["NetworkPolicy"]).next().is_none() {
        return Vec::new();
    }
    let old = open_ways(cx.old.objects());
    let mut found: Vec<Finding> = Vec::new();
    let mut seen: BTreeSet<Ends> = BTreeSet::new();
    for pair in cx.of_kinds(&["NetworkPolicy"]) {
        let Some(new) = pair.new else {
            if closes_what_stays(cx, pair) {
                let message = format!("{} goes, and with it what it closes", pair.id());
                found.push(cx.found(Consequence::Opens, pair, |_| true, message));
            }
            continue;
        };
        let mut ways = ways_of(new);
        ways.sort();
        for (way, rule) in ways {
            // What one policy lets out and another one lets in is one way.
            if old.contains(&way) || is_name_server(&way, &old) || !seen.insert(way.clone()) {
                continue;
            }
            // A new rule changes the number of rules alone.
            let is_changed = pair.fields.iter().any(|field| field.path.starts_with(&rule));
            let of_rule = if is_changed { &rule } else { "spec" };
            let of_rule = |path: &str| path.starts_with(of_rule);
            let mut finding = cx.found(Consequence::Opens, pair, of_rule, String::new());
            let (from, to, port) = &way;
            let by_name = [from, to].into_iter().find_map(|end| cx.causes.of_component(end));
            if by_name.is_some() {
                finding.cause = by_name;
                finding.place = cx.place(pair, by_name);
            }
            let way = format!("{from} → {to} ({port})");
            match found
                .iter_mut()
                .find(|known| known.cause == finding.cause && !known.notes.is_empty())
            {
                Some(known) => {
                    known.notes.push(way);
                    if !known.objects.contains(&pair.id()) {
                        known.objects.push(pair.id());
                    }
                }
                None => found.push(Finding { notes: vec![way], ..finding }),
            }
        }
    }
    for finding in found.iter_mut().filter(|finding| !finding.notes.is_empty()) {
        finding.message = format!("the network policies let through {}", few(&finding.notes));
        // What the message says is not said again.
        if finding.notes.len() <= 4 {
            finding.notes.clear();
        }
    }
    found
}

/// Whether pods that a policy closed are still there.
fn closes_what_stays(cx: &Cx<'_>, policy: &Pair<'_>) -> bool {
    let closed = policy.old.and_then(instance);
    let stays = |object: &Object| {
        object.body.pod_spec().is_some() && (closed.is_none() || instance(object) == closed)
    };
    cx.new.objects().iter().any(stays)
}

/// Whether a way leads to where other pods resolve names already: each pod has it.
fn is_name_server((_, to, port): &Ends, old: &BTreeSet<Ends>) -> bool {
    let is_of_dns = to == DNS || port.ends_with(" 53");
    is_of_dns && old.iter().any(|(_, known, at)| (known, at) == (to, port))
}

/// What pods may do to their node and to themselves.
fn powers(cx: &Cx<'_>, pair: &Pair<'_>) -> Vec<Finding> {
    let of = |object: Option<&Object>| {
        let spec = object.and_then(|object| object.body.pod_spec());
        spec.map(|(spec, _)| powers_of(spec)).unwrap_or_default()
    };
    // A new workload opens what is not usual.
    let gained = news(&of(pair.old), &of(pair.new));
    if gained.is_empty() {
        return Vec::new();
    }
    let message = format!("pods of {} get {}", pair.id(), few(&gained));
    let asks =
        |path: &str| path.starts_with("spec.template") || path.starts_with("spec.jobTemplate");
    vec![cx.found(Consequence::Opens, pair, asks, message)]
}

fn powers_of(spec: &PodSpec) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |is_so: bool, text: &str| {
        if is_so {
            found.insert(text.to_owned());
        }
    };
    note(spec.host_network == Some(true), "the network of the node");
    note(spec.host_pid == Some(true), "the processes of the node");
    note(spec.host_ipc == Some(true), "the memory that processes of the node share");
    note(spec.automount_service_account_token != Some(false), "a token for the API server");
    let has_host_path = spec.volumes.iter().flatten().any(|volume| volume.host_path.is_some());
    note(has_host_path, "a folder of the node");
    let pod = spec.security_context.as_ref();
    for (_, container) in containers::all(spec) {
        let own = container.security_context.as_ref();
        let user = own.and_then(|own| own.run_as_user).or(pod.and_then(|pod| pod.run_as_user));
        let checked =
            own.and_then(|own| own.run_as_non_root).or(pod.and_then(|pod| pod.run_as_non_root));
        note(user == Some(0) || (user.is_none() && checked != Some(true)), "the user root");
        note(own.and_then(|own| own.privileged) == Some(true), "all rights on the node");
        note(
            own.and_then(|own| own.allow_privilege_escalation) != Some(false),
            "programs that raise their own rights",
        );
        note(
            own.and_then(|own| own.read_only_root_filesystem) != Some(true),
            "a root file system that can be written",
        );
        for capability in capabilities(container) {
            note(true, &format!("the capability {capability}"));
        }
    }
    found
}

fn capabilities(container: &Container) -> impl Iterator<Item = &String> {
    let context = container.security_context.as_ref();
    let capabilities = context.and_then(|context| context.capabilities.as_ref());
    capabilities.into_iter().flat_map(|capabilities| capabilities.add.iter().flatten())
}

/// Rights of roles, and who has them.
fn rights(cx: &Cx<'_>, pair: &Pair<'_>) -> Option<Finding> {
    const KINDS: [&str; 4] = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];
    let new = pair.new.filter(|new| KINDS.contains(&new.body.kind()))?;
    let tree = |object: &Object| crate::tree::to_node(&object.body, seaway_core::Span::default());
    let (is, was) = (tree(new)?, pair.old.and_then(tree));
    let words = |node: Option<&Node>| -> BTreeSet<String> {
        let listed = |rule: &Node, key: &str| -> Vec<String> {
            items(rule.get(key)).filter_map(Node::as_str).map(str::to_owned).collect()
        };
        let mut found = BTreeSet::new();
        for rule in items(node.and_then(|node| node.get("rules"))) {
            let resources = [listed(rule, "resources"), listed(rule, "nonResourceURLs")].concat();
            for verb in listed(rule, "verbs") {
                found.extend(resources.iter().map(|resource| format!("{verb} {resource}")));
            }
        }
        for subject in items(node.and_then(|node| node.get("subjects"))) {
            let text = |key: &str| subject.get(key).and_then(Node::as_str).unwrap_or_default();
            found.insert(format!("{}/{}", text("kind"), text("name")));
        }
        found
    };
    let gained = news(&words(was.as_ref()), &words(Some(&is)));
    if gained.is_empty() {
        return None;
    }
    let message = match new.body.kind() {
        "Role" | "ClusterRole" => format!("{} allows {}", pair.id(), few(&gained)),
        _ => format!("{} gives its rights to {}", pair.id(), few(&gained)),
    };
    Some(cx.found(Consequence::Opens, pair, |_| true, message))
}

/// Protections that an annotation or a label says, each with the values that protect.
const GUARDS: &[(&str, &str, &str)] = &[
    // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
    (
        "alb.ingress.kubernetes.io/load-balancer-attributes",
        "deletion_protection.enabled=true",
        "the protection of the load balancer against deletion",
    ),
    (
        "service.beta.kubernetes.io/aws-load-balancer-attributes",
        "deletion_protection.enabled=true",
        "the protection of the load balancer against deletion",
    ),
    ("alb.ingress.kubernetes.io/wafv2-acl-arn", "", "the web application firewall"),
    ("alb.ingress.kubernetes.io/inbound-cidrs", "", "the list of addresses that may call"),
    ("alb.ingress.kubernetes.io/auth-type", "", "the login"),
    ("alb.ingress.kubernetes.io/ssl-redirect", "", "the redirect to HTTPS"),
    // https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
    ("nginx.ingress.kubernetes.io/auth-type", "", "the login"),
    ("nginx.ingress.kubernetes.io/auth-url", "", "the login"),
    ("nginx.ingress.kubernetes.io/auth-tls-secret", "", "the check of client certificates"),
    (
        "nginx.ingress.kubernetes.io/whitelist-source-range",
        "",
        "the list of addresses that may call",
    ),
    ("nginx.ingress.kubernetes.io/ssl-redirect", "true", "the redirect to HTTPS"),
    // https://kubernetes.io/docs/concepts/security/pod-security-admission/
    ("pod-security.kubernetes.io/enforce", "restricted", "the check of pods by `restricted`"),
    ("pod-security.kubernetes.io/enforce", "baseline", "the check of pods by `baseline`"),
];

/// Protections that go, and a load balancer that is reached from the internet.
fn guards(cx: &Cx<'_>, pair: &Pair<'_>) -> Vec<Finding> {
    let (Some(old), Some(new)) = (pair.old, pair.new) else { return Vec::new() };
    if pair.change() != Change::Changed {
        return Vec::new();
    }
    let value = |object: &Object, key: &str| -> Option<String> {
        let metadata = object.body.metadata();
        let annotation = metadata.annotations.as_ref().and_then(|all| all.get(key));
        annotation.or_else(|| metadata.labels.as_ref()?.get(key)).cloned()
    };
    let mut lost: Vec<(&str, &str)> = Vec::new();
    for (key, word, what) in GUARDS {
        let protects = |object| value(object, key).is_some_and(|value| value.contains(word));
        if protects(old) && !protects(new) {
            lost.push((key, what));
        }
    }
    let on_key = |key: &'static str| move |path: &str| path.ends_with(key);
    let mut found: Vec<Finding> = Vec::new();
    for (key, what) in lost {
        let key: &'static str = GUARDS.iter().find(|row| row.0 == key).map_or("", |row| row.0);
        let message = format!("{} loses {what}", pair.id());
        found.push(cx.found(Consequence::Opens, pair, on_key(key), message));
    }
    for key in
        ["alb.ingress.kubernetes.io/scheme", "service.beta.kubernetes.io/aws-load-balancer-scheme"]
    {
        let is_public = |object| value(object, key).as_deref() == Some("internet-facing");
        if is_public(new) && !is_public(old) {
            let message = format!("{} is reached from the internet", pair.id());
            found.push(cx.found(Consequence::Opens, pair, on_key(key), message));
        }
    }
    let mounts_token = |object: &Object| match &object.body {
        Body::ServiceAccount(account) => account.automount_service_account_token != Some(false),
        _ => false,
    };
    if mounts_token(new) && !mounts_token(old) {
        let message = format!("pods of {} get a token for the API server", pair.id());
        found.push(cx.found(
            Consequence::Opens,
            pair,
            on_key("automountServiceAccountToken"),
            message,
        ));
    }
    found
}
