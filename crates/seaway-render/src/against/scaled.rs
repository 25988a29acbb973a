//! Workloads whose number of pods a person said and an autoscaler says from now on.
//!
//! `kubectl apply` takes a field out that it applied before and finds no more, and the API server fills in one pod:
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling>.

use seaway_core::shell::{self, Command};
use seaway_core::{Code, Diagnostic, Sink, Value};

use super::{Both, Revisions, at, namespace_flag, resource};
use crate::Object;
use crate::fault::fault;
use crate::object::Id;

/// A workload that an apply would leave with one pod.
struct Dropped<'a> {
    id: Id<'a>,
    object: &'a Object,
    pods: i64,
}

fn all<'a>(revisions: &Revisions<'a>) -> Vec<Dropped<'a>> {
    let path = "spec.replicas";
    let of = |Both { id, object, old, new }: Both<'_, 'a>| {
        let Value::Integer(pods) = at(old, path)?.value else { return None };
        (pods > 1 && at(new, path).is_none()).then_some(Dropped { id, object, pods })
    };
    revisions.differing(|(group, ..)| group == "apps").filter_map(of).collect()
}

/// One error a workload.
pub(super) fn check(revisions: &Revisions<'_>, sink: &mut Sink) {
    for dropped in all(revisions) {
        sink.report(dropped.told());
    }
}

/// The names of the workloads, and commands that keep their pods, to run before the apply.
pub(crate) fn steps(revisions: &Revisions<'_>) -> Vec<(String, Command)> {
    let dropped = all(revisions).into_iter();
    dropped.map(|dropped| (dropped.object.id(), dropped.command())).collect()
}

impl Dropped<'_> {
    fn told(&self) -> Diagnostic {
        let pods = self.pods;
        let message = format!("an apply leaves one pod of the {pods} of {}", self.object.id());
        fault(Code::LostReplicas, self.object, "spec.replicas", message)
            .note("`kubectl apply` takes out the `replicas` that it applied before; without a number the API server means one")
            .note("the autoscaler starts the others again once it has measured")
            .help(format!("once, before the apply, make kubectl forget the number: `{}`", self.command()))
    }

    fn command(&self) -> Command {
        shell::command(
            "kubectl apply view-last-applied{} {} --output=json | jq 'del(.spec.replicas)' \
             | kubectl apply set-last-applied --filename=-",
            &[&namespace_flag(self.id), &resource(self.id)],
        )
    }
}
