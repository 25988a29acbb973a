//! The namespace that the stack lies in.

use seaway_core::shell::command;
use seaway_core::{Code, Diagnostic, Sink};

use super::super::index::{Index, fault};
use crate::lower::{READINESS_GATE, pod_security, wants_readiness_gates};
use crate::{Body, Object};

/// Objects of a namespace that is not there are refused, each by itself
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>). Those that the user put into another
/// one are the user's to know of.
pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let name = &*index.stack.namespace.value as &str;
    if index.is_namespace_foreign() {
        sink.report(labels(index));
    }
    if index.exists("", "Namespace", ("", name)) {
        return;
    }
    let is_made = |object: &&Object| matches!(&object.body, Body::Namespace(_)) && !object.is_own;
    let Some(made) = index.objects.iter().find(is_made) else { return };
    let message = format!("there is no Namespace `{name}` for the objects of the stack");
    sink.report(fault(Code::DanglingReference, made, "metadata.name", message).help(format!(
        "write `namespace = …` in the stack to rename it; if the cluster has `{name}`, say so: \
         `cluster.provides = [\"Namespace/{name}\"]`"
    )));
}

/// What the owner of the namespace has to know: the labels that the stage would have printed
/// (<https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces>).
fn labels(index: &Index<'_>) -> Diagnostic {
    let name = &index.stack.namespace;
    let level = pod_security(index.stack);
    let message = format!(
        "the labels of Namespace `{name}` are its owner's; your pods pass the Pod Security level `{level}`"
    );
    let mut notice = Diagnostic::notice(Code::NamespaceLabels, message);
    if let Some(origin) = index.stack.namespace_owner {
        notice = notice.origin(origin, "");
    }
    let parts = index.stack.parts.values().filter(|part| part.facts.runs_as_root);
    let parts: Vec<String> = parts.map(|part| format!("`{}`", part.name)).collect();
    if !parts.is_empty() {
        notice = notice.note(format!(
            "`pod-security.kubernetes.io/enforce` must not be `restricted`: {} starts as root",
            parts.join(", ")
        ));
    }
    if wants_readiness_gates(index.stack) {
        notice = notice.note(format!(
            "for rollouts without failed requests, the load balancer needs the label `{READINESS_GATE}=enabled`"
        ));
    }
    let show = command("kubectl get namespace {} --show-labels", &[name]);
    notice.help(format!("to see the labels, run `{show}`"))
}
