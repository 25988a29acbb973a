//! `job` → Job whose name carries the hash of what it runs, or a suspended CronJob, and its account.

use seaway_core::Sourced;
use seaway_core::options::{ConcurrencyPolicy, JOB_BY_HAND, Job};

use super::Cx;
use super::containers::app_image;
use super::cron::{Timetable, cron_job};
use super::pod::pod;
use super::program::{Defaults, Program, Usage, computed, scratch};
use super::workload::{self, Run};
use crate::{Object, reasons};

/// What a command that nobody knows reserves and may use.
pub(super) const USAGE: Usage = Usage { cpu: 100, memory: 256, memory_limit: 512 };
const GRACE: u32 = 60;

pub(super) fn lower(cx: Cx<'_>, job: &Job) -> Vec<Object> {
    let run = Run {
        deadline: &job.deadline_seconds,
        retries: &job.retries,
        ttl: job.ttl_seconds.as_ref(),
        failures: None,
    };
    let template = pod(cx, program(cx, job.command.clone(), USAGE), None);
    let Some(manual) = job.manual() else { return workload::job(cx, &run, template) };
    let fixed = |text: &str| Sourced::default_for(text.to_owned(), &JOB_BY_HAND);
    let when = Timetable {
        schedule: fixed("@yearly"),
        time_zone: fixed("Etc/UTC"),
        concurrency_policy: Sourced::default_for(ConcurrencyPolicy::Forbid, &JOB_BY_HAND),
        suspend: Some(Sourced { value: true, origin: manual }),
        starting_deadline_seconds: None,
    };
    cron_job(cx, when, &run, template)
}

/// A command of the application that runs to its end.
pub(super) fn program(cx: Cx<'_>, command: Vec<Sourced<String>>, usage: Usage) -> Program {
    Program {
        image: app_image(cx),
        command,
        args: Vec::new(),
        env: Vec::new(),
        port: None,
        probes: Defaults::default(),
        resources: usage,
        scratch: vec![scratch("/tmp", 256, false)],
        files: Vec::new(),
        grace: computed(GRACE, &reasons::GRACE),
        drain: None,
    }
}
