//! Time for a run of a `CronJob` to start.

use k8s_openapi::api::batch::v1::CronJobSpec;
use seaway_core::{Code, Sink};

use super::super::index::{Index, fault};
use crate::Body;
use crate::object::Slot;

/// Seconds after which the controller looks at all `CronJobs` again
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#job-creation>).
const LOOKS_EVERY: i64 = 10;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Body::CronJob(job) = &object.body else { continue };
        let spec = Slot::<CronJobSpec>::slot(&job.spec);
        let deadline = spec.and_then(|spec| spec.starting_deadline_seconds);
        // The API server refuses a negative one, which is reported elsewhere.
        let Some(seconds) = deadline.filter(|seconds| (0..LOOKS_EVERY).contains(seconds)) else {
            continue;
        };
        let message = format!(
            "a run of `{}` may never start: it is left out after {seconds} s, and the controller looks every {LOOKS_EVERY} s",
            object.body.name()
        );
        let path = "spec.startingDeadlineSeconds";
        let key = if object.component.is_some() {
            "starting-deadline-seconds"
        } else {
            "startingDeadlineSeconds"
        };
        let mut diagnostic = fault(Code::ShortDeadline, object, path, message);
        diagnostic.severity = Code::ShortDeadline.severity();
        sink.report(diagnostic.help(format!("write `{key} = {LOOKS_EVERY}` or more")));
    }
}
