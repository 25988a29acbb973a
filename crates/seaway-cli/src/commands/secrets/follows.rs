//! What follows from new values of a Secret that exists.

use seaway_core::Stack;
use seaway_core::options::{Protocol, Workload};
use seaway_core::shell::{command, psql_name};
use seaway_core::stack::Part;
use seaway_core::values::Name;

use super::list::{Key, Value};

/// What follows from new values of a Secret.
#[derive(Debug, Default)]
pub(super) struct Follows {
    /// The server that goes on with its old password.
    pub(super) keeper: Option<String>,
    /// Lines for whoever replaces the values.
    pub(super) lines: Vec<String>,
}

impl Follows {
    pub(super) fn of(stack: &Stack, name: &Name, keys: &[Key]) -> Self {
        let owners = stack
            .parts
            .values()
            .filter(|part| part.facts.secret.as_ref().is_some_and(|secret| secret.name == *name));
        let mut found = Self::default();
        for part in owners {
            let lines = kept_password(stack, part, name);
            if !lines.is_empty() {
                found.keeper = Some(part.name.to_string());
            }
            found.lines.extend(lines);
        }
        if keys.iter().any(|key| matches!(key.value, Value::SigningKey { .. })) {
            found.lines.push(
                "A new SECRET_KEY logs everybody out and voids signed links; `SECRET_KEY_FALLBACKS` accepts the old one \
                 for a while: https://docs.djangoproject.com/en/5.2/ref/settings/#secret-key-fallbacks"
                    .to_owned(),
            );
        }
        found.lines.extend(restart(stack, keys));
        found
    }
}

/// A server that keeps the password that it has, whatever the Secret says.
fn kept_password(stack: &Stack, part: &Part, secret: &Name) -> Vec<String> {
    let (name, object, facts) = (&part.name.value, &part.object, &part.facts);
    if facts.outside.is_some() {
        return vec![format!(
            "`{name}` is outside the cluster and keeps its password: the Secret has to hold the one that the server has."
        )];
    }
    // A Redis reads its passwords anew at each start, and only it has roles.
    if !facts.keeps_volume || facts.roles.is_some() {
        return Vec::new();
    }
    let upstream = facts.upstream.as_ref();
    let Some(upstream) = upstream.filter(|_| facts.protocol == Some(Protocol::Postgresql)) else {
        return vec![format!(
            "`{name}` may keep the values that its volume was made with: change them in the server, too."
        )];
    };
    let namespace = &stack.namespace;
    let secret = stack.secrets.get(secret).map_or(secret, |contract| &contract.name.value);
    let mut lines = vec![format!(
        "The database `{name}` keeps its old passwords on its volume: set the new ones there at once, or nothing can log in."
    )];
    for (role, key) in [(upstream.username.as_str(), "password"), ("postgres", "postgres-password")]
    {
        let show = command(
            "kubectl get secret {} --namespace={} --output={}",
            &[
                secret,
                &namespace.value,
                &format!("go-template={{{{index .data \"{key}\" | base64decode}}}}"),
            ],
        );
        let set = command(
            "kubectl exec -it --namespace={} statefulset/{} -- psql --username=postgres --command={}",
            &[&namespace.value, object, &format!(r"\password {}", psql_name(role))],
        );
        lines.push(format!("  show it: {show}"));
        lines.push(format!("  set it:  {set}"));
    }
    lines
}

/// Environment variables keep the old values until a pod starts anew.
fn restart(stack: &Stack, keys: &[Key]) -> Option<String> {
    let readers = keys.iter().flat_map(|key| &key.read_by);
    let mut names: Vec<&str> = readers
        .filter_map(|reader| stack.part(&reader.owner))
        .filter(|part| part.facts.workload.is_some_and(Workload::runs_on))
        .map(|part| &*part.object as &str)
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let restart = command(
        "kubectl rollout restart --namespace={} deployment,statefulset --selector={}",
        &[&stack.namespace.value, &format!("app.kubernetes.io/instance in ({})", names.join(","))],
    );
    Some(format!("Pods have the old values until they start anew: {restart}"))
}
