//! The objects around a pod: what makes it, how many, its account, its budget.

use k8s_openapi::api::apps::v1::{
    Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment, StatefulSet,
    StatefulSetSpec,
};
use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler,
    HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
    ResourceMetricSource,
};
use k8s_openapi::api::batch::v1::{Job, JobSpec, PodFailurePolicy};
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, PodTemplateSpec, ServiceAccount,
    VolumeResourceRequirements,
};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::api::rbac::v1::{PolicyRule, Role, RoleBinding, RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::api::resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::{
    self, AccessMode, Autoscale, Identity, MountSource, ServiceAccountSetting,
};
use seaway_core::stack::Part;
use seaway_core::values::{Name, Quantity};
use seaway_core::{Origin, Sourced, Stack};

use super::meta::{named, object, selecting, texts};
use super::pod::{Template, data_claim_name};
use super::program::{computed, seconds};
use super::{Cx, queues};
use crate::object::{Origins, filled, joined};
use crate::{Object, reasons};

/// How many pods there are, and who says so.
pub(super) struct Scale<'a> {
    pub replicas: Option<&'a Sourced<u16>>,
    pub autoscale: Option<&'a Sourced<Autoscale>>,
}

impl<'a> Scale<'a> {
    /// One pod.
    pub(super) const ONE: Self = Self { replicas: None, autoscale: None };

    /// As many as the stack or the profile says.
    pub(super) fn of(part: &'a Part) -> Self {
        Self { replicas: part.facts.replicas.as_ref(), autoscale: part.facts.autoscale.as_ref() }
    }
}

/// How a new release replaces the old one.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rollout {
    /// New pods are ready before old ones leave.
    Surge,
    /// Old pods are gone before new ones start.
    Recreate,
}

impl Rollout {
    fn strategy(self) -> DeploymentStrategy {
        match self {
            Self::Surge => DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_surge: Some(IntOrString::String("25%".to_owned())),
                    max_unavailable: Some(IntOrString::Int(0)),
                }),
            },
            Self::Recreate => {
                DeploymentStrategy { type_: Some("Recreate".to_owned()), rolling_update: None }
            }
        }
    }
}

/// A `Deployment` with its account, its autoscaler and its disruption budget.
pub(super) fn deployment(
    cx: Cx<'_>,
    scale: &Scale<'_>,
    rollout: Rollout,
    template: Template<'_>,
) -> Vec<Object> {
    let mut objects = account(cx);
    let rollout = if mounts_single_pod_volume(cx) { Rollout::Recreate } else { rollout };
    let (template, origins) = template.finish();
    let replicas = scale.replicas.map_or(1, |replicas| replicas.value);
    let deadline = progress_deadline(cx, &template);
    let spec = DeploymentSpec {
        replicas: scale.autoscale.is_none().then(|| replicas.into()),
        selector: selecting(cx),
        strategy: Some(rollout.strategy()),
        min_ready_seconds: (rollout == Rollout::Surge).then_some(10),
        progress_deadline_seconds: Some(seconds(deadline.value)),
        revision_history_limit: Some(5),
        template,
        ..DeploymentSpec::default()
    };
    let body = Deployment {
        metadata: named(&cx.part.object),
        spec: filled(spec),
        ..Deployment::default()
    };
    let mut workload = object(cx, body);
    workload.origins.nest("spec.template.spec", origins);
    for field in ["strategy", "minReadySeconds", "revisionHistoryLimit"] {
        workload.origins.set(joined(&["spec.", field]), Origin::Default(&reasons::ROLLOUT));
    }
    workload.origins.set("spec.progressDeadlineSeconds", deadline.origin);
    let one = Origin::Default(&reasons::ONE_POD);
    let replicas = scale.replicas.map_or(one, |replicas| replicas.origin);
    workload.origins.set("spec.replicas", replicas);
    objects.push(workload);
    if let Some(autoscale) = scale.autoscale {
        match &autoscale.queue_length {
            Some(length) => objects.extend(queues::scaler(cx, autoscale, length)),
            None => objects.push(autoscaler(cx, autoscale)),
        }
    }
    if cx.part.facts.most_pods > 1 {
        objects.push(budget(cx));
    }
    objects
}

/// How long a rollout may stand still: longer than its pods wait for their migrations.
fn progress_deadline(cx: Cx<'_>, template: &PodTemplateSpec) -> Sourced<u32> {
    /// Seconds to pull an image and to start.
    const START: u32 = 600;
    let main = template.spec.as_ref().and_then(|spec| spec.containers.first());
    // As long as its start-up probe waits.
    let probe = main.and_then(|main| main.startup_probe.as_ref()).map_or(0, |probe| {
        let [delay, period, failures] = [
            (probe.initial_delay_seconds, 0),
            (probe.period_seconds, 10),
            (probe.failure_threshold, 3),
        ]
        .map(|(written, usual)| u32::try_from(written.unwrap_or(usual)).unwrap_or(0));
        delay.saturating_add(period.saturating_mul(failures))
    });
    let start = START.max(probe.saturating_add(START / 2));
    let usual = computed(start.saturating_add(300), &reasons::ROLLOUT);
    match &cx.part.waits_for {
        Some(gate) => {
            let needed = gate.timeout_seconds.map(|wait| wait.saturating_add(start));
            if needed.value > usual.value { needed } else { usual }
        }
        None => usual,
    }
}

/// Whether it mounts a volume that one pod can mount at a time: a second pod of a rollout would wait for ever.
fn mounts_single_pod_volume(cx: Cx<'_>) -> bool {
    let containers = cx.part.containers();
    let mounts = cx.part.shared.mounts.values();
    mounts.chain(containers.flat_map(|container| container.mounts.values())).any(|mount| {
        let Some(MountSource::Volume(name)) = mount.source() else { return false };
        cx.stack.volumes.get(name).is_some_and(|volume| {
            let mode = volume.access_mode.map_or(AccessMode::ReadWriteOnce, |mode| mode.value);
            matches!(mode, AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod)
        })
    })
}

/// A `StatefulSet` of one pod with its account, and a Service if it has a port.
pub(super) fn stateful_set(
    cx: Cx<'_>,
    port: Option<(&str, u16)>,
    template: Template<'_>,
) -> Vec<Object> {
    let service = port.map(|port| super::services::internal(cx, Some(port)));
    stateful_set_behind(cx, service.into_iter().collect(), template)
}

/// A `StatefulSet` of one pod with its account, behind Services.
///
/// It names none of them as its `serviceName`: that gives each pod a name of its own in DNS, which needs a headless Service
/// and which nobody calls. The field is optional in every version that Seaway knows
/// (<https://github.com/kubernetes/kubernetes/pull/130233>).
pub(super) fn stateful_set_behind(
    cx: Cx<'_>,
    services: Vec<Object>,
    template: Template<'_>,
) -> Vec<Object> {
    let mut objects = account(cx);
    objects.extend(services);
    let (template, origins) = template.finish();
    let spec = StatefulSetSpec {
        replicas: Some(1),
        pod_management_policy: Some("Parallel".to_owned()),
        selector: selecting(cx),
        revision_history_limit: Some(5),
        template,
        ..StatefulSetSpec::default()
    };
    let body = StatefulSet {
        metadata: named(&cx.part.object),
        spec: filled(spec),
        ..StatefulSet::default()
    };
    let mut workload = object(cx, body);
    workload.origins.nest("spec.template.spec", origins);
    workload.origins.set("spec.replicas", Origin::Default(&reasons::SINGLETON));
    workload.origins.set("spec.podManagementPolicy", Origin::Default(&reasons::PARALLEL));
    workload.origins.set("spec.revisionHistoryLimit", Origin::Default(&reasons::ROLLOUT));
    objects.push(workload);
    objects
}

/// What a Job is like.
pub(super) struct Run<'a> {
    pub deadline: &'a Sourced<u32>,
    pub retries: &'a Sourced<u16>,
    pub ttl: Option<&'a Sourced<u32>>,
    /// Which failures end it at once, and which cost no retry; without it each costs one.
    pub failures: Option<Sourced<PodFailurePolicy>>,
}

/// The spec of a Job. A failed pod stays, so that its log can be read.
pub(super) fn job_spec(run: &Run<'_>, mut template: Template<'_>) -> (JobSpec, Origins) {
    template.spec.restart_policy = Some("Never".to_owned());
    let (template, of_pod) = template.finish();
    let mut origins = Origins::new(of_pod.object());
    origins.nest("template.spec", of_pod);
    origins.set("activeDeadlineSeconds", run.deadline.origin);
    origins.set("backoffLimit", run.retries.origin);
    if let Some(ttl) = run.ttl {
        origins.set("ttlSecondsAfterFinished", ttl.origin);
    }
    if let Some(failures) = &run.failures {
        origins.set("podFailurePolicy", failures.origin);
    }
    let spec = JobSpec {
        active_deadline_seconds: Some(run.deadline.value.into()),
        backoff_limit: Some(run.retries.value.into()),
        pod_failure_policy: run.failures.as_ref().map(|failures| failures.value.clone()),
        ttl_seconds_after_finished: run.ttl.map(|ttl| seconds(ttl.value)),
        template,
        ..JobSpec::default()
    };
    (spec, origins)
}

/// A `Job` with its account. Its name gets the hash of what it runs later, when nothing changes it any more.
pub(super) fn job(cx: Cx<'_>, run: &Run<'_>, template: Template<'_>) -> Vec<Object> {
    let mut objects = account(cx);
    let (spec, origins) = job_spec(run, template);
    let body = Job { metadata: named(&cx.part.object), spec: filled(spec), ..Job::default() };
    let mut workload = object(cx, body);
    workload.origins.nest("spec", origins);
    objects.push(workload);
    objects
}

/// The account of the component, unless it uses an existing one, and what it may do.
///
/// With IAM roles for service accounts a webhook mounts a token for AWS into the pods of an account that names a role. The
/// volume is of its own making and does not ask whether the account's own token is mounted (`updatePodSpec` in
/// [`pkg/handler/handler.go`](https://github.com/aws/amazon-eks-pod-identity-webhook/blob/master/pkg/handler/handler.go)),
/// so that one stays out.
pub(super) fn account(cx: Cx<'_>) -> Vec<Object> {
    let (component, name) = (&cx.part.name, &cx.part.object);
    let written = cx.part.shared.service_account.as_ref();
    let (origin, options) = match written.map(|account| (account.origin, &account.value)) {
        Some((_, ServiceAccountSetting::Existing(_))) => return Vec::new(),
        Some((origin, ServiceAccountSetting::Own(options))) => (origin, Some(options)),
        None => (Origin::Default(&reasons::ACCOUNT), None),
    };
    let mut annotations = options.map(|options| texts(&options.annotations));
    let identity = options.and_then(options::ServiceAccount::named);
    let identity = identity.zip(cx.stack.cluster.identity().and_then(Identity::annotation));
    if let Some((name, key)) = identity {
        annotations.get_or_insert_default().insert(key.to_owned(), name.value.to_owned());
    }
    let account = ServiceAccount {
        metadata: ObjectMeta { annotations, ..named(name) },
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    let made = |body: crate::Body| Object::new(body, Some(component), origin);
    let mut account = made(account.into());
    account.origins.set("automountServiceAccountToken", Origin::Default(&reasons::ACCOUNT));
    for (key, value) in options.iter().flat_map(|options| &options.annotations) {
        account.origins.set(joined(&["metadata.annotations.", key]), value.origin);
    }
    if let Some((name, key)) = identity {
        account.origins.set(joined(&["metadata.annotations.", key]), name.origin);
    }
    let mut objects = vec![account];
    if let Some(options) = options.filter(|options| !options.rules.is_empty()) {
        let [mut role, binding] = permissions(cx, &options.rules).map(made);
        for (index, rule) in options.rules.iter().enumerate() {
            role.origins.set(format!("rules[{index}]"), rule.origin);
        }
        objects.extend([role, binding]);
    }
    objects
}

/// What the account of a component may do: a `Role` and its `RoleBinding`.
fn permissions(cx: Cx<'_>, rules: &[Sourced<options::PolicyRule>]) -> [crate::Body; 2] {
    let name = &cx.part.object;
    let rules = rules.iter().map(|rule| PolicyRule {
        api_groups: Some(rule.api_groups.clone()),
        resources: Some(rule.resources.clone()),
        resource_names: Some(rule.resource_names.clone()),
        verbs: rule.verbs.clone(),
        ..PolicyRule::default()
    });
    let role = Role { metadata: named(name), rules: Some(rules.collect()) };
    let binding = RoleBinding {
        metadata: named(name),
        role_ref: RoleRef {
            api_group: filled("rbac.authorization.k8s.io".to_owned()),
            kind: "Role".to_owned(),
            name: name.to_string(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: name.to_string(),
            namespace: Some(cx.stack.namespace.to_string()),
            ..Subject::default()
        }]),
    };
    [role.into(), binding.into()]
}

/// Seconds for which the highest number of pods that was wanted stays.
const SCALE_DOWN_WINDOW: i32 = 300;
/// Percent of the pods that may leave within a minute.
const SCALE_DOWN_PERCENT: i32 = 50;

fn autoscaler(cx: Cx<'_>, scale: &Sourced<Autoscale>) -> Object {
    let cpu = MetricSpec {
        type_: "Resource".to_owned(),
        resource: Some(ResourceMetricSource {
            name: "cpu".to_owned(),
            target: MetricTarget {
                type_: "Utilization".to_owned(),
                average_utilization: Some(scale.cpu_percent.value.into()),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    };
    let spec = HorizontalPodAutoscalerSpec {
        scale_target_ref: CrossVersionObjectReference {
            api_version: Some("apps/v1".to_owned()),
            kind: "Deployment".to_owned(),
            name: cx.part.object.to_string(),
        },
        min_replicas: Some(scale.min.value.into()),
        max_replicas: scale.max.value.into(),
        metrics: Some(vec![cpu]),
        behavior: Some(HorizontalPodAutoscalerBehavior {
            scale_down: Some(HPAScalingRules {
                stabilization_window_seconds: Some(SCALE_DOWN_WINDOW),
                policies: Some(vec![HPAScalingPolicy {
                    type_: "Percent".to_owned(),
                    value: SCALE_DOWN_PERCENT,
                    period_seconds: 60,
                }]),
                ..HPAScalingRules::default()
            }),
            ..HorizontalPodAutoscalerBehavior::default()
        }),
    };
    let body = HorizontalPodAutoscaler {
        metadata: named(&cx.part.object),
        spec: filled(spec),
        ..HorizontalPodAutoscaler::default()
    };
    let mut object = Object::new(body, Some(&cx.part.name), scale.origin);
    object.origins.set("spec.minReplicas", scale.min.origin);
    object.origins.set("spec.maxReplicas", scale.max.origin);
    object.origins.set("spec.metrics", scale.cpu_percent.origin);
    object.origins.set("spec.behavior", Origin::Default(&reasons::SCALE_DOWN));
    object
}

/// One pod at a time may be drained; broken pods always may (`AlwaysAllow`), or a drain would wait for them for ever.
fn budget(cx: Cx<'_>) -> Object {
    let body = PodDisruptionBudget {
        metadata: named(&cx.part.object),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(selecting(cx)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    };
    Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::DISRUPTION))
}

/// The claim that holds the data of a component.
pub(super) fn data_claim(
    cx: Cx<'_>,
    storage: &Sourced<Quantity>,
    class: Option<&Sourced<Name>>,
) -> Object {
    let name = &cx.part.name;
    claim(cx.stack, &data_claim_name(cx.part), Some(name), storage, class, None, name.origin)
}

/// A claim for a volume. It is an object of its own rather than a template of a `StatefulSet`, which could never be
/// changed again: so the volume can grow by a plain apply.
pub(super) fn claim(
    stack: &Stack,
    name: &str,
    component: Option<&Sourced<Name>>,
    storage: &Sourced<Quantity>,
    class: Option<&Sourced<Name>>,
    mode: Option<Sourced<AccessMode>>,
    origin: Origin,
) -> Object {
    let single = Sourced::default_for(AccessMode::ReadWriteOnce, &reasons::ACCESS_MODE);
    let mode = mode.unwrap_or(single);
    let requests = [("storage".to_owned(), resource::Quantity(storage.value.to_string()))];
    let body = PersistentVolumeClaim {
        metadata: named(name),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec![format!("{:?}", mode.value)]),
            storage_class_name: class.map(|class| stack.storage_class(class)),
            resources: Some(VolumeResourceRequirements {
                requests: Some(requests.into()),
                ..VolumeResourceRequirements::default()
            }),
            ..PersistentVolumeClaimSpec::default()
        }),
        ..PersistentVolumeClaim::default()
    };
    let mut object = Object::new(body, component, origin);
    object.origins.set("spec.accessModes", mode.origin);
    object.origins.set("spec.resources.requests.storage", storage.origin);
    if let Some(class) = class {
        object.origins.set("spec.storageClassName", class.origin);
    }
    object
}
