//! `migrate` → Job whose name carries the hash of what it runs, and its account.

use seaway_core::options::Migrate;

use super::Cx;
use super::job::program;
use super::pod::pod;
use super::program::{Usage, Words, written_or};
use super::resources::whole_mebibytes;
use super::workload::{Run, job};
use crate::{Object, reasons};

pub(super) fn lower(cx: Cx<'_>, migrate: &Migrate) -> Vec<Object> {
    let command = written_or(&migrate.command, || {
        Words::python(cx.part, &["manage.py", "migrate", "--noinput"], &reasons::SERVER_COMMAND)
    });
    let run = Run {
        deadline: &migrate.deadline_seconds,
        retries: &migrate.retries,
        ttl: migrate.ttl_seconds.as_ref(),
    };
    let memory = whole_mebibytes(migrate.process_memory.value);
    // A data migration reads rows beside the project.
    let usage = Usage { cpu: 100, memory, memory_limit: memory.saturating_mul(2) };
    job(cx, &run, pod(cx, program(cx, command, usage), None))
}
