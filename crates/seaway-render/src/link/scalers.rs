//! How many pods there are of a workload, and what chooses their number: autoscalers of Kubernetes and of KEDA.

use super::fields::{number, text};
use super::index::{Index, group, id, namespace};
use crate::object::Slot;
use crate::{Body, Object};
use k8s_openapi::api::apps::v1::{DeploymentSpec, StatefulSetSpec};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec;
use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// An autoscaler and what it scales.
pub(super) struct Scaler<'a> {
    pub object: &'a Object,
    /// API group, kind and name of the target.
    pub target: (&'a str, &'a str, (&'a str, &'a str)),
    /// Fewest and most pods.
    bounds: Count,
}

/// How many pods there are at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    pub least: i64,
    pub most: i64,
}

impl<'a> Scaler<'a> {
    /// Most pods that it makes.
    pub(super) fn most(&self) -> i64 {
        self.bounds.most
    }

    /// The autoscaler that an object is, if it is one.
    pub(super) fn of(object: &'a Object) -> Option<Self> {
        match &object.body {
            Body::HorizontalPodAutoscaler(scaler) => {
                let spec = Slot::<HorizontalPodAutoscalerSpec>::slot(&scaler.spec)?;
                let target = &spec.scale_target_ref;
                let group = group(target.api_version.as_deref().unwrap_or(DEFAULT_VERSION));
                Some(Self {
                    object,
                    target: (group, &target.kind, (namespace(object), &target.name)),
                    bounds: Count {
                        least: spec.min_replicas.unwrap_or(1).into(),
                        most: spec.max_replicas.into(),
                    },
                })
            }
            // Its defaults are those of https://keda.sh/docs/latest/reference/scaledobject-spec/.
            Body::Other(other) if other.is("keda.sh", "ScaledObject") => {
                let spec = other.rest.get("spec")?;
                let target = spec.get("scaleTargetRef")?;
                let group = group(text(target, "apiVersion").unwrap_or(DEFAULT_VERSION));
                let kind = text(target, "kind").unwrap_or("Deployment");
                Some(Self {
                    object,
                    target: (group, kind, (namespace(object), text(target, "name")?)),
                    bounds: Count {
                        least: number(spec, "minReplicaCount").unwrap_or(0),
                        most: number(spec, "maxReplicaCount").unwrap_or(100),
                    },
                })
            }
            _ => None,
        }
    }
}

/// Most pods of an object at a time, and how many more of them there are while a rollout replaces them.
pub(super) fn most(index: &Index<'_>, object: &Object) -> (i64, i64) {
    match &object.body {
        Body::Deployment(deployment) => {
            let Some(spec) = Slot::<DeploymentSpec>::slot(&deployment.spec) else { return (0, 0) };
            let pods = count(index, object).map_or(1, |count| count.most);
            let strategy = spec.strategy.as_ref();
            if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate") {
                return (pods, 0);
            }
            let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
            (pods, surge(rolling.and_then(|rolling| rolling.max_surge.as_ref()), pods))
        }
        Body::StatefulSet(_) => (count(index, object).map_or(1, |count| count.most), 0),
        Body::Job(job) => (Slot::<JobSpec>::slot(&job.spec).map_or(1, at_once), 0),
        Body::CronJob(job) => {
            let spec = Slot::<CronJobSpec>::slot(&job.spec);
            let job = spec.and_then(|spec| Slot::<JobSpec>::slot(&spec.job_template.spec));
            (job.map_or(1, at_once), 0)
        }
        _ => (1, 0),
    }
}

/// Pods of a Job that run at the same time.
fn at_once(spec: &JobSpec) -> i64 {
    let parallelism = spec.parallelism.unwrap_or(1);
    i64::from(spec.completions.map_or(parallelism, |completions| parallelism.min(completions)))
}

/// Pods beside the old ones: a quarter unless it is said, rounded up.
fn surge(surge: Option<&IntOrString>, pods: i64) -> i64 {
    let share = |percent: i64| pods.saturating_mul(percent).saturating_add(99) / 100;
    match surge {
        None => share(25),
        Some(IntOrString::Int(number)) => (*number).into(),
        Some(IntOrString::String(text)) => {
            let percent = text.strip_suffix('%').and_then(|digits| digits.parse().ok());
            percent.map_or(0, share)
        }
    }
}

/// Fewest pods of a workload, as its autoscaler or its replicas say; `None` where there is one on each node.
pub(crate) fn least_pods(objects: &[Object], object: &Object) -> Option<i64> {
    if matches!(object.body, Body::DaemonSet(_)) {
        return None;
    }
    let scaler = objects.iter().filter_map(Scaler::of).find(|scaler| scaler.target == id(object));
    let fixed = || replicas(object).unwrap_or(1).into();
    Some(scaler.map_or_else(fixed, |scaler| scaler.bounds.least))
}

/// The API of a target that names none.
const DEFAULT_VERSION: &str = "apps/v1";

/// The fixed number of pods of an object, if one is written.
pub(super) fn replicas(object: &Object) -> Option<i32> {
    match &object.body {
        Body::Deployment(target) => Slot::<DeploymentSpec>::slot(&target.spec)?.replicas,
        Body::StatefulSet(target) => Slot::<StatefulSetSpec>::slot(&target.spec)?.replicas,
        Body::Other(target) => {
            number(target.rest.get("spec")?, "replicas").and_then(|count| i32::try_from(count).ok())
        }
        _ => None,
    }
}

/// How many pods of an object there are at a time, but for a rollout; `None` of those that there is one of on each node.
pub(super) fn count(index: &Index<'_>, object: &Object) -> Option<Count> {
    let one = |number: i64| Some(Count { least: number, most: number });
    match &object.body {
        Body::Deployment(_) | Body::StatefulSet(_) => {
            let scalers = index.scalers.get(&id(object)).and_then(|scalers| scalers.first());
            match scalers {
                Some(scaler) => Some(scaler.bounds),
                None => one(replicas(object).unwrap_or(1).into()),
            }
        }
        Body::Job(job) => {
            let spec = Slot::<JobSpec>::slot(&job.spec);
            one(spec.and_then(|spec| spec.parallelism).unwrap_or(1).into())
        }
        Body::CronJob(_) | Body::Pod(_) => one(1),
        _ => None,
    }
}
