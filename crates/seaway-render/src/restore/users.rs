//! What reads or writes a database: what stops before its rows are replaced, and starts again afterwards.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::CronJobSpec;
use seaway_core::options::Monitor;
use seaway_core::outputs::{contract, database_behind};
use seaway_core::shell::{Command, command};
use seaway_core::stack::Part;
use seaway_core::values::Name;
use seaway_core::{Node, Span, Value};

use crate::object::{Slot, namespace};
use crate::tree::to_node;
use crate::{Body, Bundle, Object, hash, names, pause};

/// The workloads that reach a database, past a pooler, too.
pub(super) struct Users<'a> {
    bundle: &'a Bundle,
    workloads: Vec<&'a Object>,
}

impl<'a> Users<'a> {
    pub(super) fn of(bundle: &'a Bundle, database: &Name) -> Self {
        let stack = &bundle.stack;
        let secret = stack.parts.get(database).and_then(|part| contract(stack, part));
        let secret = secret.map(|contract| contract.name.to_string());
        let reaches = |part: &Part| {
            let mut edges = part.edges.keys();
            edges.any(|name| database_behind(stack, name) == database)
        };
        let uses = |object: &&Object| {
            if namespace(object) != &**stack.namespace {
                return false;
            }
            let part = object.component.as_ref().and_then(|name| stack.parts.get(&name.value));
            if let Some(part) = part {
                // A pooler has no statements of its own, and what monitors asks for numbers alone.
                let is_between =
                    part.facts.pooler.is_some() || part.component.options::<Monitor>().is_some();
                return !is_between && part.name.value != *database && reaches(part);
            }
            let spec = object.body.pod_spec().map(|(spec, _)| spec);
            let mut read = spec.map(hash::secret_names).unwrap_or_default().into_iter();
            object.is_own && read.any(|name| Some(name) == secret.as_deref())
        };
        let workloads = bundle.objects.iter().filter(uses).collect();
        Self { bundle, workloads }
    }

    fn of_kind(&self, kinds: &'static [&'static str]) -> impl Iterator<Item = &'a Object> {
        self.workloads.iter().copied().filter(move |object| kinds.contains(&object.body.kind()))
    }

    /// What runs on until it is scaled to zero.
    fn running(&self) -> impl Iterator<Item = &'a Object> {
        self.of_kind(&["Deployment", "StatefulSet"])
    }

    /// The Jobs that migrate.
    pub(super) fn migrations(&self) -> Vec<&'a Object> {
        self.of_kind(&["Job"]).filter(|object| self.is_migration(object)).collect()
    }

    fn is_migration(&self, object: &Object) -> bool {
        let part =
            object.component.as_ref().and_then(|name| self.bundle.stack.parts.get(&name.value));
        part.is_some_and(|part| part.facts.migration.is_some())
    }

    /// Commands that stop them, and wait until none of their pods runs.
    pub(super) fn stop(&self, kubectl: &Command) -> Vec<Command> {
        let mut commands: Vec<Command> = self
            .of_kind(&["CronJob"])
            .map(|object| pause::cron_job(kubectl, object.body.name(), true))
            .collect();
        for scaler in self.running().flat_map(|object| self.scalers(object, "ScaledObject")) {
            commands.push(pause::scaler(kubectl, scaler.body.name(), true));
        }
        let running: Vec<Command> = self.running().map(named).collect();
        if !running.is_empty() {
            commands.push(pause::scale(kubectl, 0, running));
        }
        // It starts again, once the tables are those of the dump.
        for job in self.migrations() {
            commands.push(command("{} delete {} --ignore-not-found", &[kubectl, &named(job)]));
        }
        let ending: Vec<Command> = self
            .of_kind(&["CronJob", "Job"])
            .filter(|object| !self.is_migration(object))
            .map(named)
            .collect();
        if !ending.is_empty() {
            commands.push(pause::ended(kubectl, ending));
        }
        commands.extend(self.gone(kubectl));
        commands
    }

    /// Waits until the pods of what is scaled to zero are gone.
    fn gone(&self, kubectl: &Command) -> Vec<Command> {
        let (own, made): (Vec<&Object>, Vec<&Object>) =
            self.running().partition(|object| object.is_own);
        let instances: Vec<&str> = made.into_iter().map(|object| object.body.name()).collect();
        let mut selectors = Vec::new();
        if !instances.is_empty() {
            selectors.push(format!("{} in ({})", names::INSTANCE, instances.join(",")));
        }
        selectors.extend(own.into_iter().filter_map(|object| {
            let labels = object.body.pod_labels()?.iter();
            let labels: Vec<String> = labels.map(|(key, value)| format!("{key}={value}")).collect();
            Some(labels.join(","))
        }));
        selectors
            .into_iter()
            .map(|selector| {
                command(
                    "{} wait --for=delete pod --selector={} --timeout=10m",
                    &[kubectl, &selector],
                )
            })
            .collect()
    }

    /// Whether an autoscaler of Kubernetes says how many pods one of them has.
    pub(super) fn has_autoscaler(&self) -> bool {
        self.running().any(|object| !self.scalers(object, "HorizontalPodAutoscaler").is_empty())
    }

    /// Commands that start them again, with as many pods as the stage says.
    pub(super) fn start(&self, kubectl: &Command) -> Vec<Command> {
        let mut by_pods: BTreeMap<i32, Vec<Command>> = BTreeMap::new();
        for object in self.running() {
            by_pods.entry(self.pods(object)).or_default().push(named(object));
        }
        // What has no pods in the stage stays without.
        by_pods.remove(&0);
        let mut commands: Vec<Command> = by_pods
            .into_iter()
            .map(|(pods, workloads)| pause::scale(kubectl, pods, workloads))
            .collect();
        for scaler in self.running().flat_map(|object| self.scalers(object, "ScaledObject")) {
            commands.push(pause::scaler(kubectl, scaler.body.name(), false));
        }
        let suspended = |object: &&Object| match &object.body {
            Body::CronJob(cron) => {
                Slot::<CronJobSpec>::slot(&cron.spec).is_some_and(|spec| spec.suspend == Some(true))
            }
            _ => false,
        };
        for object in self.of_kind(&["CronJob"]).filter(|object| !suspended(object)) {
            commands.push(pause::cron_job(kubectl, object.body.name(), false));
        }
        commands
    }

    /// The autoscalers of a kind that say how many pods a workload has.
    fn scalers(&self, object: &Object, kind: &str) -> Vec<&'a Object> {
        let of = |scaler: &&Object| {
            scaler.body.kind() == kind
                && namespace(scaler) == namespace(object)
                && target(scaler).as_deref() == Some(object.body.name())
        };
        self.bundle.objects.iter().filter(of).collect()
    }

    /// How many pods a workload starts with: its own number, or the least of its autoscaler.
    fn pods(&self, object: &Object) -> i32 {
        let written = number(object, &["spec", "replicas"]);
        let least = || {
            let scaler = self.scalers(object, "HorizontalPodAutoscaler").into_iter().next();
            let least = scaler.and_then(|scaler| number(scaler, &["spec", "minReplicas"]));
            let keda = || {
                let scaler = self.scalers(object, "ScaledObject").into_iter().next()?;
                number(scaler, &["spec", "minReplicaCount"])
            };
            least.or_else(keda).unwrap_or(1)
        };
        written.unwrap_or_else(least)
    }
}

/// A workload as kubectl calls it.
fn named(object: &Object) -> Command {
    let kind = match object.body.kind() {
        "CronJob" => "cronjob.batch".to_owned(),
        "Job" => "job.batch".to_owned(),
        kind => kind.to_lowercase(),
    };
    command("{}/{}", &[&kind, &object.body.name()])
}

/// The name of what an autoscaler scales.
fn target(scaler: &Object) -> Option<String> {
    field(scaler, &["spec", "scaleTargetRef", "name"])?.as_str().map(str::to_owned)
}

fn number(object: &Object, path: &[&str]) -> Option<i32> {
    match field(object, path)?.value {
        Value::Integer(number) => i32::try_from(number).ok(),
        _ => None,
    }
}

fn field(object: &Object, path: &[&str]) -> Option<Node> {
    to_node(object, Span::default())?.at(path.iter().copied()).cloned()
}
