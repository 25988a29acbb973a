//! `cron` → CronJob and its account.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobTemplateSpec};
use seaway_core::options::{CRON_HISTORY, ConcurrencyPolicy, Cron};
use seaway_core::{Origin, Sourced};

use super::Cx;
use super::job::{USAGE, program};
use super::meta::{named, object};
use super::pod::{Template, pod};
use super::workload::{Run, account, job_spec};
use crate::Object;
use crate::object::{filled, joined};

/// When the Jobs of a CronJob start.
pub(super) struct Timetable {
    pub schedule: Sourced<String>,
    pub time_zone: Sourced<String>,
    pub concurrency_policy: Sourced<ConcurrencyPolicy>,
    /// Whether none of them does by itself.
    pub suspend: Option<Sourced<bool>>,
    /// Seconds by which one may be late.
    pub starting_deadline_seconds: Option<Sourced<u32>>,
}

pub(super) fn lower(cx: Cx<'_>, cron: &Cron) -> Vec<Object> {
    let run =
        Run { deadline: &cron.deadline_seconds, retries: &cron.retries, ttl: None, failures: None };
    let when = Timetable {
        schedule: cron.schedule.as_ref().map(ToString::to_string),
        time_zone: cron.time_zone.as_ref().map(ToString::to_string),
        concurrency_policy: cron.concurrency_policy,
        suspend: cron.suspend,
        starting_deadline_seconds: Some(cron.starting_deadline_seconds),
    };
    cron_job(cx, when, &run, pod(cx, program(cx, cron.command.clone(), USAGE), None))
}

/// A `CronJob` with its account.
pub(super) fn cron_job(
    cx: Cx<'_>,
    when: Timetable,
    run: &Run<'_>,
    template: Template<'_>,
) -> Vec<Object> {
    let (job, origins) = job_spec(run, template);
    let spec = CronJobSpec {
        schedule: when.schedule.value,
        time_zone: Some(when.time_zone.value),
        concurrency_policy: Some(format!("{:?}", when.concurrency_policy.value)),
        suspend: when.suspend.is_some_and(|suspend| suspend.value).then_some(true),
        starting_deadline_seconds: when.starting_deadline_seconds.map(|late| late.value.into()),
        successful_jobs_history_limit: Some(1),
        failed_jobs_history_limit: Some(3),
        job_template: JobTemplateSpec { metadata: None, spec: Some(job) },
    };
    let body =
        CronJob { metadata: named(&cx.part.object), spec: filled(spec), ..CronJob::default() };
    let mut workload = object(cx, body);
    workload.origins.nest("spec.jobTemplate.spec", origins);
    workload.origins.set("spec.schedule", when.schedule.origin);
    workload.origins.set("spec.timeZone", when.time_zone.origin);
    workload.origins.set("spec.concurrencyPolicy", when.concurrency_policy.origin);
    if let Some(late) = when.starting_deadline_seconds {
        workload.origins.set("spec.startingDeadlineSeconds", late.origin);
    }
    if let Some(suspend) = when.suspend {
        workload.origins.set("spec.suspend", suspend.origin);
    }
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        workload.origins.set(joined(&["spec.", field]), Origin::Default(&CRON_HISTORY));
    }
    let mut objects = account(cx);
    objects.push(workload);
    objects
}
