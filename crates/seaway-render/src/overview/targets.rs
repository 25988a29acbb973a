//! What is scraped, by the jobs of `prometheus.yml` and the ports of the objects.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::PodSpec;
use seaway_core::options::MonitorRole;
use seaway_core::stack::Part;

use super::{Target, series};
use crate::connect::KUBELET_PORT;
use crate::lower::monitoring::text::{
    self, Job, Monitored, Parts, kube_state_metrics, kube_state_resources, kubelet_jobs,
    kubelet_path,
};
use crate::{Bundle, containers, names};

/// What Prometheus reads, and what an operator's reads anyway where the rules of the stage need it.
pub(super) fn targets(bundle: &Bundle, made: &Parts) -> Vec<Target> {
    let monitored = &made.monitored;
    let mut targets: Vec<Target> = Vec::new();
    for job in text::jobs(monitored) {
        if job.instances.is_empty() {
            // A pod of another namespace.
            targets.push(Target { exporter: job.name.to_owned(), ..bare(job.name, monitored) });
        }
        let of_job = job.instances.iter().map(|instance| of(bundle, made, &job, instance));
        targets.extend(of_job);
    }
    targets.extend(kubelet_jobs(monitored).into_iter().map(|job| kubelets(job, monitored)));
    if monitored.operator {
        let own: BTreeSet<&str> = targets.iter().map(|target| &*target.job).collect();
        let needed: BTreeSet<&str> =
            made.metrics().iter().filter_map(|metric| series::job(metric)).collect();
        let missing: Vec<Target> = needed
            .difference(&own)
            .map(|job| match *job {
                "kube-state-metrics" => Target {
                    exporter: (*job).to_owned(),
                    resources: resources(made),
                    ..bare(job, monitored)
                },
                job => kubelets(job, monitored),
            })
            .collect();
        targets.extend(missing);
    }
    targets
}

/// The pods of an object of a component.
pub(super) fn pods<'a>(
    bundle: &'a Bundle,
    component: &'a str,
) -> impl Iterator<Item = &'a PodSpec> {
    bundle.objects.iter().filter_map(move |object| {
        let instance = object.body.pod_labels()?.get(names::INSTANCE)?;
        (instance == component).then_some(())?;
        object.body.pod_spec().map(|(spec, _)| spec)
    })
}

fn bare(job: &str, monitored: &Monitored) -> Target {
    Target {
        job: job.to_owned(),
        components: series::of_job(monitored, job),
        connects_to: None,
        workload: None,
        exporter: String::new(),
        scheme: "http",
        ports: Vec::new(),
        path: "/metrics",
        resources: Vec::new(),
    }
}

fn kubelets(job: &str, monitored: &Monitored) -> Target {
    Target {
        exporter: "kubelet".to_owned(),
        scheme: "https",
        ports: vec![KUBELET_PORT],
        path: kubelet_path(job),
        ..bare(job, monitored)
    }
}

fn resources(made: &Parts) -> Vec<String> {
    kube_state_resources(&kube_state_metrics(made)).into_iter().map(str::to_owned).collect()
}

/// The pods of one workload.
fn of(bundle: &Bundle, made: &Parts, job: &Job, instance: &str) -> Target {
    let monitored = &made.monitored;
    let part = bundle.stack.part_of_object(instance);
    let role = part.and_then(Part::monitor_role);
    let mut target = bare(job.name, monitored);
    match role {
        Some(
            MonitorRole::PostgresExporter { database: name }
            | MonitorRole::RedisExporter { redis: name }
            | MonitorRole::MysqldExporter { database: name }
            | MonitorRole::MemcachedExporter { cache: name },
        ) => {
            let name = bundle.stack.prefix.text(name);
            target.components = vec![name.clone()];
            target.connects_to = Some(name);
        }
        Some(MonitorRole::CeleryExporter { broker }) => {
            target.connects_to = Some(bundle.stack.prefix.text(broker));
        }
        Some(MonitorRole::KubeStateMetrics) => target.resources = resources(made),
        Some(_) => {}
        None => target.components = vec![instance.to_owned()],
    }
    let own = if monitored.rabbitmq.iter().any(|name| name == instance) {
        "rabbitmq_prometheus"
    } else if bundle.stack.is_django() {
        "django-prometheus"
    } else {
        "the process itself"
    };
    role.map_or(own, MonitorRole::program).clone_into(&mut target.exporter);
    target.workload = Some(instance.to_owned());
    let ports = pods(bundle, instance).flat_map(containers::running);
    let ports = ports.flat_map(|(_, container)| container.ports.iter().flatten());
    let ports = ports.filter(|port| port.name.as_deref().is_some_and(|name| job.takes(name)));
    let ports: BTreeSet<u16> =
        ports.filter_map(|port| u16::try_from(port.container_port).ok()).collect();
    target.ports = ports.into_iter().collect();
    target
}
