//! `cron` → CronJob and its account.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobTemplateSpec};
use seaway_core::Origin;
use seaway_core::options::{CRON_HISTORY, Cron};

use super::Cx;
use super::job::{USAGE, program};
use super::meta::{named, object};
use super::pod::pod;
use super::workload::{Run, account, job_spec};
use crate::Object;
use crate::object::{filled, joined};

pub(super) fn lower(cx: Cx<'_>, cron: &Cron) -> Vec<Object> {
    let run = Run { deadline: &cron.deadline_seconds, retries: &cron.retries, ttl: None };
    let (job, origins) = job_spec(&run, pod(cx, program(cx, cron.command.clone(), USAGE), None));
    let spec = CronJobSpec {
        schedule: cron.schedule.to_string(),
        time_zone: Some(cron.time_zone.to_string()),
        concurrency_policy: Some(format!("{:?}", cron.concurrency_policy.value)),
        suspend: cron.suspend.is_some_and(|suspend| suspend.value).then_some(true),
        starting_deadline_seconds: Some(cron.starting_deadline_seconds.value.into()),
        successful_jobs_history_limit: Some(1),
        failed_jobs_history_limit: Some(3),
        job_template: JobTemplateSpec { metadata: None, spec: Some(job) },
    };
    let body =
        CronJob { metadata: named(&cx.part.object), spec: filled(spec), ..CronJob::default() };
    let mut workload = object(cx, body);
    workload.origins.nest("spec.jobTemplate.spec", origins);
    workload.origins.set("spec.schedule", cron.schedule.origin);
    workload.origins.set("spec.timeZone", cron.time_zone.origin);
    workload.origins.set("spec.concurrencyPolicy", cron.concurrency_policy.origin);
    workload.origins.set("spec.startingDeadlineSeconds", cron.starting_deadline_seconds.origin);
    if let Some(suspend) = cron.suspend {
        workload.origins.set("spec.suspend", suspend.origin);
    }
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        workload.origins.set(joined(&["spec.", field]), Origin::Default(&CRON_HISTORY));
    }
    let mut objects = account(cx);
    objects.push(workload);
    objects
}
