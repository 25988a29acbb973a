//! A process that reads a database waits until the schema is the one that its image knows.
//!
//! A new release starts its pods and its migrate Job together. Without the wait, new code meets the old schema and fails
//! on columns that are not there yet. What is said to need no schema (`wait-for-schema = false`) is left alone.

use k8s_openapi::api::core::v1::Container;
use seaway_core::{Code, Sink};

use super::super::index::{Index, fault};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for workload in &index.pods.workloads {
        let part = workload.object.component.as_ref().map(|name| &name.value);
        let Some(part) = part.and_then(|name| index.stack.parts.get(name)) else { continue };
        let migrate = part.waits_for.as_ref();
        let migrate = migrate.and_then(|gate| index.stack.parts.get(&gate.migrate));
        let migration = migrate.and_then(|migrate| migrate.facts.migration.as_ref());
        let Some(migration) = migration else { continue };
        let waits = |container: &Container| {
            let words = || container.command.iter().chain(&container.args).flatten();
            let has = |wanted: &str| words().any(|word| word == wanted);
            if migration.check_command.is_empty() {
                words().any(|word| word.contains("migrat"))
            } else {
                migration.check_command.iter().all(|word| has(word))
            }
        };
        if workload.spec.init_containers.iter().flatten().any(waits) {
            continue;
        }
        let Some((_, path)) = workload.object.body.pod_spec() else { continue };
        let name = &*part.name.value;
        let database = part
            .edges
            .keys()
            .find(|name| migrate.is_some_and(|migrate| migrate.edges.contains_key(*name)));
        let database = database.map_or("the database", |name| name);
        let message = format!("`{name}` reads `{database}` and does not wait for its schema");
        let path = format!("{path}.initContainers[wait-for-schema].command");
        sink.report(fault(Code::UnmigratedReader, workload.object, path, message).help(
            "keep the init container `wait-for-schema`, or write one that runs the check of the migrations",
        ));
    }
}
