//! The Jobs that load a dump and list the dumps: those of the `CronJob`, with other scripts.

use k8s_openapi::api::batch::v1::{CronJobSpec, Job, JobSpec};
use k8s_openapi::api::core::v1::{Container, EnvVar, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use seaway_core::Origin;
use seaway_core::stack::Part;

use crate::lower::backup::command;
use crate::lower::scripts::{DOWNLOAD, DUMP, LIST, RESTORE, UPLOAD};
use crate::object::{Slot, filled};
use crate::{Body, Bundle, Object, hash, reasons};

/// The variable with the name of the dump; without it, scripts take the newest one.
const NAME: &str = "DUMP";
/// The variable with the number of dumps that stay; what restores removes none.
const KEEP: &str = "DUMP_KEEP";

/// The Job that loads a dump, and the one that lists the dumps; nothing if the pods run other programs.
pub(super) fn jobs(bundle: &Bundle, part: &Part, dump: Option<&str>) -> Option<(Object, Object)> {
    let cron = bundle.objects.iter().find(|object| {
        matches!(object.body, Body::CronJob(_))
            && object.component.as_ref().is_some_and(|name| name.value == part.name.value)
    })?;
    let Body::CronJob(body) = &cron.body else { return None };
    let spec = Slot::<JobSpec>::slot(&Slot::<CronJobSpec>::slot(&body.spec)?.job_template.spec)?;
    let job = |purpose: &str, change: fn(&mut PodSpec, Option<&str>) -> Option<()>| {
        let mut spec = spec.clone();
        // Somebody looks at it, and tries again.
        spec.backoff_limit = Some(0);
        let pod = Slot::<PodSpec>::slot_mut(&mut spec.template.spec);
        change(pod, dump)?;
        let metadata = ObjectMeta {
            name: Some(format!("{}-{purpose}", cron.body.name())),
            namespace: body.metadata.namespace.clone(),
            labels: body.metadata.labels.clone(),
            annotations: body.metadata.annotations.clone(),
            ..ObjectMeta::default()
        };
        let made = Job { metadata, spec: filled(spec), ..Job::default() };
        let mut made = Object::new(made, Some(&part.name), Origin::Default(&reasons::BACKUP));
        hash::name_job(&mut made);
        Some(made)
    };
    Some((job("restore", restore)?, job("list", list)?))
}

/// A pod that loads a dump: from the volume, or once another container has brought it from the bucket.
fn restore(pod: &mut PodSpec, dump: Option<&str>) -> Option<()> {
    let mut before = pod.init_containers.take().unwrap_or_default();
    if let Some(at) = before.iter().position(|container| runs(container, DUMP)) {
        let main = pod.containers.iter_mut().find(|container| runs(container, UPLOAD))?;
        std::mem::swap(main, &mut before[at]);
        turn(main, "restore", RESTORE, dump);
        turn(&mut before[at], "download", DOWNLOAD, dump);
    } else {
        let main = pod.containers.iter_mut().find(|container| runs(container, DUMP))?;
        turn(main, "restore", RESTORE, dump);
    }
    pod.init_containers = (!before.is_empty()).then_some(before);
    Some(())
}

/// A pod that lists the dumps.
fn list(pod: &mut PodSpec, _: Option<&str>) -> Option<()> {
    let mut before = pod.init_containers.take().unwrap_or_default();
    let script = if before.iter().any(|container| runs(container, DUMP)) {
        before.retain(|container| !runs(container, DUMP));
        UPLOAD
    } else {
        DUMP
    };
    pod.init_containers = (!before.is_empty()).then_some(before);
    let main = pod.containers.iter_mut().find(|container| runs(container, script))?;
    turn(main, "list", LIST, None);
    Some(())
}

/// Whether a container runs a script of ours.
fn runs(container: &Container, script: &str) -> bool {
    container.command.as_ref().is_some_and(|words| *words == command(script))
}

/// Lets a container run another script.
fn turn(container: &mut Container, name: &str, script: &str, dump: Option<&str>) {
    name.clone_into(&mut container.name);
    container.command = Some(command(script).to_vec());
    let variables = container.env.get_or_insert_default();
    variables.retain(|variable| variable.name != KEEP);
    if let Some(dump) = dump {
        let (name, value) = (NAME.to_owned(), Some(dump.to_owned()));
        variables.push(EnvVar { name, value, value_from: None });
    }
}

#[cfg(test)]
mod tests {
    use seaway_core::{Sink, Source};

    use super::*;
    use crate::{crds, link, passes};

    const STACK: &str = r#"name = "shop"
app = { image = "ghcr.io/acme/shop:1.4.0", module = "shop" }
[components]
db.type = "postgres"
dumps = { type = "s3", bucket = "dumps", region = "eu-central-1", secret = "dumps" }
to-volume = { type = "backup", of = "db", schedule = "15 2 * * *", to = "disk" }
to-bucket = { type = "backup", of = "db", schedule = "15 2 * * *", to = "dumps" }
[secrets.dumps]
keys = ["access-key-id", "secret-access-key"]
[volumes.disk]
storage = "1Gi"
[stages.dev]
"#;

    /// The Jobs pass every check that the objects of a stage pass.
    #[test]
    fn the_jobs_are_objects_of_the_stage() {
        let mut sink = Sink::default();
        let source = Source::new("stack.toml", STACK);
        let document = seaway_core::parse(&source, &mut sink);
        let stack = seaway_core::resolve(&source, &document, "dev", &mut sink).expect("a stage");
        let definitions = crds::definitions(&stack, &mut sink);
        let objects = passes::run(&stack, &definitions, &mut sink, |_, _| {});
        let bundle = link::link(stack, objects, &mut sink).expect("a stage");
        let mut objects = bundle.objects.clone();
        for name in ["to-volume", "to-bucket"] {
            let part = bundle.stack.part(name).expect("a backup");
            let (restore, list) = jobs(&bundle, part, Some("db.dump")).expect("Jobs");
            objects.extend([restore, list]);
        }
        let linked = link::link(bundle.stack, objects, &mut sink);
        let found: Vec<String> = sink.finish().into_iter().map(|one| one.message).collect();
        assert!(linked.is_ok(), "{found:?}");
    }
}
