//! What the API server asks of several fields of a workload, an autoscaler or a CronJob together (`pkg/apis/apps`,
//! `pkg/apis/batch` and `pkg/apis/autoscaling` of Kubernetes, each in its `validation`).

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec, StatefulSetSpec};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec;
use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::values::{Schedule, TimeZone, Zoned};
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::requests::written;
use crate::names::is_dns_label;
use crate::object::Slot;
use crate::{Body, Object};

/// Seconds after which a rollout that does not go on has failed, unless it is said
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds>).
const PROGRESS: i32 = 600;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::Deployment(deployment) => {
                if let Some(spec) = Slot::<DeploymentSpec>::slot(&deployment.spec) {
                    self::deployment(object, spec, sink);
                }
            }
            Body::DaemonSet(set) => {
                if let Some(spec) = Slot::<DaemonSetSpec>::slot(&set.spec) {
                    daemons(object, spec, sink);
                }
            }
            Body::StatefulSet(set) => {
                if let Some(spec) = Slot::<StatefulSetSpec>::slot(&set.spec) {
                    templates(object, spec, sink);
                }
            }
            Body::Job(job) => {
                if let Some(spec) = Slot::<JobSpec>::slot(&job.spec) {
                    self::job(object, spec, At::path("spec"), sink);
                }
            }
            Body::CronJob(job) => {
                if let Some(spec) = Slot::<CronJobSpec>::slot(&job.spec) {
                    cron(object, spec, sink);
                }
            }
            Body::HorizontalPodAutoscaler(scaler) => {
                if let Some(spec) = Slot::<HorizontalPodAutoscalerSpec>::slot(&scaler.spec) {
                    self::scaler(object, spec, sink);
                }
            }
            _ => {}
        }
    }
}

fn is_nothing(amount: Option<&IntOrString>) -> Option<bool> {
    Some(match amount? {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(text) => {
            text.strip_suffix('%').is_some_and(|digits| digits.parse() == Ok(0))
        }
    })
}

fn deployment(object: &Object, spec: &DeploymentSpec, sink: &mut Sink) {
    let rolling = spec.strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
    let surge = rolling.and_then(|rolling| is_nothing(rolling.max_surge.as_ref()));
    let unavailable = rolling.and_then(|rolling| is_nothing(rolling.max_unavailable.as_ref()));
    // Each is a quarter unless it is said.
    if surge == Some(true) && unavailable == Some(true) {
        stuck(object, "spec.strategy.rollingUpdate", "maxSurge", sink);
    }
    let ready = spec.min_ready_seconds.unwrap_or(0);
    let progress = spec.progress_deadline_seconds.unwrap_or(PROGRESS);
    if ready >= progress && ready > 0 {
        let message = format!(
            "a new pod has to be ready for {ready} s, and the rollout has failed after {progress} s"
        );
        sink.report(
            fault(Code::OutOfRange, object, "spec.minReadySeconds", message)
                .help("write a `progressDeadlineSeconds` above `minReadySeconds`"),
        );
    }
}

fn stuck(object: &Object, path: &str, other: &str, sink: &mut Sink) {
    let message = format!("`maxUnavailable` and `{other}` are both 0: no pod could be replaced");
    // Whichever was written made both what they are.
    let [surge, unavailable] = [other, "maxUnavailable"].map(|field| format!("{path}.{field}"));
    let by_surge = written(object, &unavailable).is_none() && written(object, &surge).is_some();
    let path = if by_surge { surge } else { unavailable };
    sink.report(
        fault(Code::OutOfRange, object, path, message)
            .help(format!("write `{other} = 1`, or another `maxUnavailable`")),
    );
}

fn daemons(object: &Object, spec: &DaemonSetSpec, sink: &mut Sink) {
    const PATH: &str = "spec.updateStrategy.rollingUpdate";
    let rolling = spec.update_strategy.as_ref().and_then(|one| one.rolling_update.as_ref());
    let Some(rolling) = rolling else { return };
    let surge = is_nothing(rolling.max_surge.as_ref()).unwrap_or(true);
    // One pod, unless it is said.
    let unavailable = is_nothing(rolling.max_unavailable.as_ref()).unwrap_or(false);
    if surge && unavailable {
        stuck(object, PATH, "maxSurge", sink);
    } else if !surge && !unavailable {
        let message = "a DaemonSet can not have `maxSurge` and `maxUnavailable` at once".to_owned();
        sink.report(
            fault(Code::ExclusiveFields, object, format!("{PATH}.maxSurge"), message)
                .help("write `maxUnavailable = 0` beside `maxSurge`, or remove `maxSurge`"),
        );
    }
}

fn templates(object: &Object, spec: &StatefulSetSpec, sink: &mut Sink) {
    for (at, template) in spec.volume_claim_templates.iter().flatten().enumerate() {
        let name = template.metadata.name.as_deref().unwrap_or_default();
        let root = At::path("spec");
        let template = root.index("volumeClaimTemplates", at);
        if name.is_empty() {
            let message = format!("a template of claims of {} has no name", object.id());
            sink.report(
                fault(Code::IncompleteObject, object, template, message)
                    .help("write `metadata.name = …`, which a container mounts"),
            );
        } else if !is_dns_label(name) {
            let message = format!("`{name}` can not be the name of a template of claims");
            sink.report(
                fault(Code::InvalidName, object, template.field("metadata.name"), message)
                    .help("write at most 63 of `a-z`, `0-9` and `-`"),
            );
        }
    }
}

fn job(object: &Object, spec: &JobSpec, path: At<'_>, sink: &mut Sink) {
    if spec.selector.is_some() && spec.manual_selector != Some(true) {
        let message = "a Job can not have a `selector` of its own".to_owned();
        sink.report(
            fault(Code::ExclusiveFields, object, path.field("selector"), message)
                .help("remove it: the cluster fills in one that no other Job has"),
        );
    }
    if spec.pod_failure_policy.is_none() {
        return;
    }
    let policy = spec.template.spec.as_ref().and_then(|pod| pod.restart_policy.as_deref());
    if let Some(policy) = policy.filter(|policy| *policy != "Never") {
        let message =
            format!("a Job with a `podFailurePolicy` has a `restartPolicy` of `{policy}`");
        sink.report(
            fault(
                Code::ExclusiveFields,
                object,
                path.field("template.spec.restartPolicy"),
                message,
            )
            .help("write `restartPolicy = \"Never\"`, or remove the `podFailurePolicy`"),
        );
    }
    let replaced = spec.pod_replacement_policy.as_deref();
    if let Some(replaced) = replaced.filter(|replaced| *replaced != "Failed") {
        let message = format!("a Job with a `podFailurePolicy` replaces pods when `{replaced}`");
        sink.report(
            fault(Code::ExclusiveFields, object, path.field("podReplacementPolicy"), message)
                .help("write `podReplacementPolicy = \"Failed\"`, or remove it"),
        );
    }
}

/// `validateCronJobSpec`; the schedule is what robfig/cron v3 takes.
fn cron(object: &Object, spec: &CronJobSpec, sink: &mut Sink) {
    if let Some(job) = Slot::<JobSpec>::slot(&spec.job_template.spec) {
        self::job(object, job, At::path("spec.jobTemplate.spec"), sink);
    }
    let schedule = spec.schedule.trim();
    let mut refuse = |path: &str, message: &str, help: &str| {
        sink.report(fault(Code::InvalidValue, object, path, message.to_owned()).help(help));
    };
    if let Some(zoned) = Zoned::of(schedule) {
        refuse("spec.schedule", Zoned::MESSAGE, &zoned.help("timeZone"));
    } else if !schedule.is_empty() && !is_every(schedule) {
        // Our own form of a schedule is the same, but for `@every`.
        if let Err(wrong) = Schedule::try_from(schedule.to_owned()) {
            let (message, help) = wrong.split_once('\n').unwrap_or((&wrong, ""));
            refuse("spec.schedule", message, help);
        }
    }
    if let Some(zone) = &spec.time_zone
        && let Err(wrong) = TimeZone::try_from(zone.clone())
    {
        let (message, help) = wrong.split_once('\n').unwrap_or((&wrong, ""));
        refuse("spec.timeZone", message, help);
    }
}

/// `@every 1h30m`: a duration as Go writes it.
fn is_every(schedule: &str) -> bool {
    let Some(duration) = schedule.strip_prefix("@every ") else { return false };
    let mut rest = duration;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let unit = ["ms", "us", "ns", "h", "m", "s"]
            .into_iter()
            .find_map(|unit| rest[digits..].strip_prefix(unit));
        match unit {
            Some(after) if digits > 0 => rest = after,
            _ => return false,
        }
    }
    !duration.is_empty()
}

fn scaler(object: &Object, spec: &HorizontalPodAutoscalerSpec, sink: &mut Sink) {
    let (least, most) = (spec.min_replicas.unwrap_or(1), spec.max_replicas);
    if most >= 1 && least > most {
        let message = format!("an autoscaler of at least {least} and at most {most} pods");
        sink.report(
            fault(Code::OutOfRange, object, "spec.minReplicas", message)
                .help("write a `maxReplicas` that is not below `minReplicas`"),
        );
    }
}
