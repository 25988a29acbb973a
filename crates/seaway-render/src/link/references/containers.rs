//! Containers that other parts of their pod name, or the Job that makes it.

use k8s_openapi::api::batch::v1::{CronJobSpec, JobSpec};
use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, PodSpec, ResourceFieldSelector};
use seaway_core::{Code, Sink, suggest};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::object::Slot;
use crate::{Body, Object, containers};

/// The container that `kubectl logs` and `kubectl exec` take
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container>).
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        let Some((spec, path)) = object.body.pod_spec() else { continue };
        let cx = Of { object, spec };
        let pod = At::path(path);
        if let Some((template, path)) = object.body.pod_template()
            && let Some(metadata) = &template.metadata
            && let Some(name) = metadata.annotations.as_ref().and_then(|all| all.get(DEFAULT))
        {
            let template = At::path(path);
            let annotations = template.field("metadata.annotations");
            cx.named(name, annotations.field(DEFAULT), sink);
        }
        for (list, container) in containers::all(spec) {
            let path = pod.item(list, &container.name);
            for variable in container.env.iter().flatten() {
                let from = variable.value_from.as_ref();
                let field = from.and_then(|from| from.resource_field_ref.as_ref());
                let variable = path.item("env", &variable.name);
                cx.resource(field, variable.field("valueFrom.resourceFieldRef"), sink);
            }
        }
        if let Some((job, path)) = job(object) {
            cx.failures(job, At::path(path), sink);
        }
        for volume in spec.volumes.iter().flatten() {
            let path = pod.item("volumes", &volume.name);
            if let Some(from) = &volume.downward_api {
                cx.files(from.items.as_deref(), path.field("downwardAPI"), sink);
            }
            let sources = volume.projected.iter().flat_map(|all| all.sources.iter().flatten());
            for (at, source) in sources.enumerate() {
                let path = path.index("projected.sources", at);
                if let Some(from) = &source.downward_api {
                    cx.files(from.items.as_deref(), path.field("downwardAPI"), sink);
                }
            }
        }
    }
}

/// The Job that an object is or makes.
fn job(object: &Object) -> Option<(&JobSpec, &'static str)> {
    match &object.body {
        Body::Job(job) => Some((Slot::<JobSpec>::slot(&job.spec)?, "spec")),
        Body::CronJob(job) => {
            let spec = Slot::<CronJobSpec>::slot(&job.spec)?;
            Some((Slot::<JobSpec>::slot(&spec.job_template.spec)?, "spec.jobTemplate.spec"))
        }
        _ => None,
    }
}

struct Of<'a> {
    object: &'a Object,
    spec: &'a PodSpec,
}

impl Of<'_> {
    fn files(&self, items: Option<&[DownwardAPIVolumeFile]>, path: At<'_>, sink: &mut Sink) {
        for (at, item) in items.into_iter().flatten().enumerate() {
            let path = path.index("items", at);
            self.resource(item.resource_field_ref.as_ref(), path.field("resourceFieldRef"), sink);
        }
    }

    /// The containers whose exit codes a policy asks for.
    fn failures(&self, job: &JobSpec, path: At<'_>, sink: &mut Sink) {
        let rules = job.pod_failure_policy.iter().flat_map(|policy| &policy.rules);
        for (at, rule) in rules.enumerate() {
            let name =
                rule.on_exit_codes.as_ref().and_then(|codes| codes.container_name.as_deref());
            if let Some(name) = name {
                let path = path.index("podFailurePolicy.rules", at);
                self.named(name, path.field("onExitCodes.containerName"), sink);
            }
        }
    }

    fn resource(&self, field: Option<&ResourceFieldSelector>, path: At<'_>, sink: &mut Sink) {
        let name = field.and_then(|field| field.container_name.as_deref());
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.named(name, path.field("containerName"), sink);
        }
    }

    fn named(&self, name: &str, path: At<'_>, sink: &mut Sink) {
        let names = || containers::all(self.spec).map(|(_, container)| container.name.as_str());
        if names().all(|known| known != name) {
            let message = format!("the pod has no container `{name}`");
            sink.report(
                fault(Code::DanglingReference, self.object, path, message)
                    .help_maybe(suggest::nearest_or_all(name, names())),
            );
        }
    }
}
