//! `migrate` → Job whose name carries the hash of what it runs, and its account.

use k8s_openapi::api::batch::v1::{
    PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule,
};
use seaway_core::Sourced;
use seaway_core::options::Migrate;

use super::Cx;
use super::job::program;
use super::pod::{WAIT_FOR_DATABASE, pod, waits_for_database};
use super::program::{Usage, Words, computed, written_or};
use super::resources::whole_mebibytes;
use super::workload::{Run, job};
use crate::{Object, reasons};

pub(super) fn lower(cx: Cx<'_>, migrate: &Migrate) -> Vec<Object> {
    let command = written_or(&migrate.command, || {
        Words::python(cx.part, &["manage.py", "migrate", "--noinput"], &reasons::SERVER_COMMAND)
    });
    let run = Run {
        deadline: &migrate.deadline_seconds,
        retries: &migrate.retries,
        ttl: migrate.ttl_seconds.as_ref(),
        failures: failures(cx, migrate),
    };
    let memory = whole_mebibytes(migrate.process_memory.value);
    // A data migration reads rows beside the project.
    let usage = Usage { cpu: 100, memory, memory_limit: memory.saturating_mul(2) };
    job(cx, &run, pod(cx, program(cx, command, usage), None))
}

/// What `wait_for_schema.py` exits with on an error that each further attempt would end with.
const FINAL: i32 = 3;

/// Which failures end the Job at once, and which cost it no retry.
///
/// - The wait for the database runs the application's own code, and tells code that cannot be imported and settings that
///   cannot be read from a database that is away. `manage.py migrate` itself exits with 1 for all: an `IntegrityError` as
///   well as a connection that broke, so what it ends with is tried again.
/// - A pod that a drained node, a preemption or the pressure of a node ended has not failed. Whoever wants no retry at all
///   wants no second run for that either.
fn failures(cx: Cx<'_>, migrate: &Migrate) -> Option<Sourced<PodFailurePolicy>> {
    let is_final = PodFailurePolicyRule {
        action: "FailJob".to_owned(),
        on_exit_codes: Some(PodFailurePolicyOnExitCodesRequirement {
            container_name: Some(WAIT_FOR_DATABASE.to_owned()),
            operator: "In".to_owned(),
            values: vec![FINAL],
        }),
        ..PodFailurePolicyRule::default()
    };
    let is_disrupted = PodFailurePolicyRule {
        action: "Ignore".to_owned(),
        on_pod_conditions: Some(vec![PodFailurePolicyOnPodConditionsPattern {
            // An `Option` from 1.35 on.
            status: "True".to_owned().into(),
            type_: "DisruptionTarget".to_owned(),
        }]),
        ..PodFailurePolicyRule::default()
    };
    let rules = [
        (waits_for_database(cx.stack, cx.part), is_final),
        (migrate.retries.value > 0, is_disrupted),
    ];
    let rules: Vec<_> =
        rules.into_iter().filter_map(|(holds, rule)| holds.then_some(rule)).collect();
    let policy = PodFailurePolicy { rules };
    (!policy.rules.is_empty()).then(|| computed(policy, &reasons::FAILURES))
}

#[cfg(test)]
mod tests {
    use crate::lower::scripts::WAIT_FOR_SCHEMA;

    #[test]
    fn the_script_exits_with_what_the_job_looks_for() {
        let code = format!("return {}", super::FINAL);
        assert_eq!(WAIT_FOR_SCHEMA.text.matches(&code).count(), 1);
        let told = format!("{} at once, with the traceback", super::FINAL);
        assert!(WAIT_FOR_SCHEMA.text.contains(&told));
    }
}
