//! The namespace of a stage: who else may put objects into it, and what is long enough for two of them.

use crate::declared::Declared;
use crate::options::Workload;
use crate::{Code, Diagnostic, Sink, Sourced, Stack};

/// Longest name of an object that is found by DNS or becomes a label of pods
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>).
const LONGEST: usize = 63;
/// Longest name of a `CronJob`, whose Jobs have eleven characters more
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/>), and of a `StatefulSet`, whose pods have a label of the name and a
/// hash.
const LONGEST_WITH_HASH: usize = 52;

pub(super) fn check(declared: &Declared<'_>, stack: &Stack, sink: &mut Sink) {
    if declared.at_fault(["namespace"]) || declared.at_fault(["prefix"]) {
        return;
    }
    if let Some(diagnostic) = shared(stack) {
        sink.report(diagnostic);
    }
    if let Some(diagnostic) = bounded(stack) {
        sink.report(diagnostic);
    }
    if let Some(prefix) = &stack.prefix.0 {
        lengths(stack, prefix, sink);
    }
}

/// Without a prefix the objects are called like those of other stacks: each has a `web`.
fn shared(stack: &Stack) -> Option<Diagnostic> {
    let owner = stack.namespace_owner.filter(|_| stack.prefix.0.is_none())?;
    let (namespace, name) = (&stack.namespace, &stack.name);
    let message =
        format!("objects of others in `{namespace}` may have the same names as those of `{name}`");
    Some(
        Diagnostic::warning(Code::SharedNamespace, message)
            .origin(owner, "somebody else owns the namespace")
            .note("the last apply takes over an object of the same kind and name, with the data of its volume")
            .help(format!(
                "before the first apply, add `prefix = \"{name}\"`; if nothing else lies there, say so: \
                 `allow.shared-namespace = \"…\"`"
            )),
    )
}

/// A quota is that of a namespace, whoever made the pods in it
/// (<https://kubernetes.io/docs/concepts/policy/resource-quotas/>).
fn bounded(stack: &Stack) -> Option<Diagnostic> {
    let quota = stack.quota.as_ref()?;
    let prefix =
        stack.prefix.0.as_ref().map(|prefix| (prefix.origin, "so that others can lie in it"));
    let owner = stack.namespace_owner.map(|owner| (owner, "somebody else owns it"));
    let (origin, text) = owner.or(prefix)?;
    let message =
        format!("the quota counts all pods of `{}`, those of others as well", stack.namespace);
    Some(
        Diagnostic::warning(Code::SharedNamespace, message)
            .origin(quota.origin, "")
            .origin(origin, text)
            .help("remove `quota`: who owns the namespace bounds it"),
    )
}

/// Names that are too long with the prefix, and would not be without it.
fn lengths(stack: &Stack, prefix: &Sourced<crate::values::Name>, sink: &mut Sink) {
    let of_parts = stack.parts.values().map(|part| {
        let has_hash =
            matches!(part.facts.workload, Some(Workload::CronJob | Workload::StatefulSet));
        (&*part.name.value as &str, if has_hash { LONGEST_WITH_HASH } else { LONGEST })
    });
    let volumes = stack.volumes.iter().filter(|(_, volume)| volume.storage.is_some());
    let volumes = volumes.map(|(name, _)| &*name.value as &str);
    let secrets = stack.secrets.keys().map(|name| &**name);
    let others = volumes.chain(secrets).chain(stack.config.keys().map(|name| &**name));
    let all = of_parts.chain(others.map(|name| (name, LONGEST)));
    let too_long = all.filter_map(|(name, longest)| {
        let excess = stack.prefix.text(name).len().checked_sub(longest + 1)?;
        (name.len() <= longest).then_some((excess, name, longest))
    });
    let Some((excess, name, longest)) = too_long.max_by_key(|(excess, ..)| *excess) else { return };
    let room = prefix.len().saturating_sub(excess + 1);
    let help = match room {
        0 => format!("write a shorter name than `{name}`"),
        room => {
            format!("write a prefix of at most {room} characters, or a shorter name than `{name}`")
        }
    };
    sink.report(
        Diagnostic::error(
            Code::InvalidName,
            format!("`{prefix}-{name}` has more than {longest} characters"),
        )
        .origin(prefix.origin, "before the name of each object")
        .help(help),
    );
}
