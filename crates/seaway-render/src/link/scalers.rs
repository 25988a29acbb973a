//! How many pods there are of a workload, and what chooses their number: autoscalers of Kubernetes and of KEDA.

use super::fields::{number, text};
use super::index::{Index, group, id, namespace};
use crate::object::Slot;
use crate::{Body, Object};
use k8s_openapi::api::apps::v1::{DeploymentSpec, StatefulSetSpec};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec;
use k8s_openapi::api::batch::v1::JobSpec;

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
