//! `migrate` → Job whose name carries the hash of what it runs, and its account.

use seaway_core::options::Migrate;

use super::Cx;
use super::job::program;
use super::pod::pod;
use super::program::{Words, written_or};
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
    job(cx, &run, pod(cx, program(cx, command), None))
}
