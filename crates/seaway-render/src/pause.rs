//! Commands that stop what runs, and start it again.

use seaway_core::shell::{Command, command, joined};

/// Sets the number of pods of workloads.
///
/// An autoscaler of Kubernetes leaves a workload without pods alone, so it neither starts the pods again nor scales up from zero:
/// <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation>.
pub(crate) fn scale(kubectl: &Command, pods: i32, workloads: Vec<Command>) -> Command {
    command("{} scale --replicas={} {}", &[kubectl, &pods.to_string(), &joined(workloads)])
}

/// Pauses an autoscaler of KEDA, which starts pods again by itself, or lets it go on:
/// <https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling>.
pub(crate) fn scaler(kubectl: &Command, name: &str, on: bool) -> Command {
    if on {
        command(
            "{} annotate scaledobject.keda.sh/{} autoscaling.keda.sh/paused-replicas=0 --overwrite",
            &[kubectl, &name],
        )
    } else {
        command(
            "{} annotate scaledobject.keda.sh/{} autoscaling.keda.sh/paused-replicas-",
            &[kubectl, &name],
        )
    }
}

/// Suspends a `CronJob`, or lets it go on.
pub(crate) fn cron_job(kubectl: &Command, name: &str, on: bool) -> Command {
    let patch = format!(r#"{{"spec":{{"suspend":{on}}}}}"#);
    command("{} patch cronjob.batch/{} --patch={}", &[kubectl, &name, &patch])
}

/// Waits until no pod of these Jobs and of the Jobs of these `CronJob`s runs. Pods that have ended stay until their Job goes, so nobody
/// can wait for their deletion.
pub(crate) fn ended(kubectl: &Command, jobs: Vec<Command>) -> Command {
    command(
        "while {} get {} --ignore-not-found --output=jsonpath='{..status.active}' | grep -q .; do sleep 5; done",
        &[kubectl, &joined(jobs)],
    )
}
