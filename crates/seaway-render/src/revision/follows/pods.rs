//! Pods that are replaced, pods that go, and Jobs that run.

use seaway_core::{Consequence, Node, Value};

use super::{Cx, Finding, Pair, at, plural, watches};
use crate::diff::Change;
use crate::link::least_pods;
use crate::object::namespace;
use crate::{Object, against};

pub(super) fn findings(cx: &Cx<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut restarts: Vec<(Finding, usize)> = Vec::new();
    for pair in cx.of_kinds(&["DaemonSet", "Deployment", "StatefulSet"]) {
        let (Some((was, is)), Some(old), Some(new)) = (pair.nodes, pair.old, pair.new) else {
            continue;
        };
        let before = least_pods(cx.old.objects(), old);
        let after = least_pods(cx.new.objects(), new);
        if before > Some(0) && after == Some(0) && !is_scaled(cx, new) {
            found.push(stopped(cx, pair));
            continue;
        }
        let (old, now) = (at(Some(was), "spec.template"), at(Some(is), "spec.template"));
        if against::same::equal(old, now, false) || before == Some(0) {
            continue;
        }
        let in_template = |path: &str| {
            path.starts_with("spec.template") && !path.ends_with("labels.app.kubernetes.io/version")
        };
        match (is_stopped_first(is, new.body.kind()), before.unwrap_or(1)) {
            (true, 0..=1) if !watches(new) => {
                let message =
                    format!("the only pod of {} stops before the new one starts", pair.id());
                found.extend(cx.found_by_each(Consequence::Downtime, pair, in_template, &message));
            }
            (_, pods) => {
                let pods = usize::try_from(pods).unwrap_or(usize::MAX);
                let each = cx.found_by_each(Consequence::Restarts, pair, in_template, "");
                restarts.extend(each.into_iter().map(|finding| (finding, pods)));
            }
        }
    }
    found.extend(together(restarts));
    found.extend(cx.of_kinds(&["Job"]).flat_map(|pair| runs(cx, pair)));
    found
}

/// Whether an old pod ends before its successor starts.
fn is_stopped_first(workload: &Node, kind: &str) -> bool {
    let strategy = at(Some(workload), "spec.strategy.type").and_then(Node::as_str);
    kind == "StatefulSet" || strategy == Some("Recreate")
}

/// Whether an autoscaler may bring it back from zero.
fn is_scaled(cx: &Cx<'_>, object: &Object) -> bool {
    let is_scaler = |scaler: &&Object| {
        matches!(scaler.body.kind(), "HorizontalPodAutoscaler" | "ScaledObject")
            && namespace(scaler) == namespace(object)
            && scaler.component.as_ref().map(|of| &of.value)
                == object.component.as_ref().map(|of| &of.value)
    };
    cx.new.objects().iter().any(|scaler| is_scaler(&scaler))
}

fn stopped(cx: &Cx<'_>, pair: &Pair<'_>) -> Finding {
    let message = format!("{} is scaled to zero: all its pods stop", pair.id());
    cx.found(Consequence::Downtime, pair, |path| path == "spec.replicas", message)
}

/// One finding a cause, however many workloads restart.
fn together(restarts: Vec<(Finding, usize)>) -> Vec<Finding> {
    let mut found: Vec<(Finding, usize)> = Vec::new();
    for (finding, pods) in restarts {
        match found.iter_mut().find(|(known, _)| known.cause == finding.cause) {
            Some((known, sum)) => {
                known.objects.extend(finding.objects);
                *sum = sum.saturating_add(pods);
            }
            None => found.push((finding, pods)),
        }
    }
    let said = found.into_iter().map(|(mut finding, pods)| {
        let objects = super::few(&finding.objects);
        finding.message = match pods {
            1 => format!("the pod of {objects} is replaced"),
            pods => {
                format!("{} of {objects} are replaced one after the other", plural(pods, "pod"))
            }
        };
        finding
    });
    said.collect()
}

fn runs(cx: &Cx<'_>, pair: &Pair<'_>) -> Vec<Finding> {
    let Some(new) = pair.new else { return Vec::new() };
    let is_new = match pair.change() {
        Change::Gained => true,
        Change::Changed => pair.old.is_some_and(|old| old.body.name() != new.body.name()),
        Change::Lost => false,
    };
    let suspended = at(pair.nodes.map(|(_, is)| is), "spec.suspend");
    if !is_new || suspended.is_some_and(|flag| flag.value == Value::Boolean(true)) {
        return Vec::new();
    }
    let component = new.component.as_ref().map(|name| name.value.to_string());
    let name = component.unwrap_or_else(|| new.body.name().to_owned());
    let message = match pair.change() {
        Change::Gained => format!("{name} runs once: {} is new", pair.id()),
        _ => format!("{name} runs once more, as {}", pair.id()),
    };
    let of_job = |path: &str| path.starts_with("spec") && !path.contains("annotations.checksum/");
    let found = cx.found_by_each(Consequence::RunsOnce, pair, of_job, &message);
    if found.is_empty() {
        return vec![cx.found(Consequence::RunsOnce, pair, |_| true, message)];
    }
    found
}
