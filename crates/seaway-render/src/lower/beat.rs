//! `beat` → StatefulSet of one pod, account; a claim where its schedule is kept.

use seaway_core::options::Beat;

use super::Cx;
use super::celery::{Celery, program};
use super::pod::pod;
use super::program::{Usage, Words, computed};
use super::workload::{data_claim, stateful_set};
use crate::{Object, reasons};

const USAGE: Usage = Usage { cpu: 50, memory: 128, memory_limit: 256 };
/// Beat holds nothing but a schedule: it stops in a moment.
const GRACE: u32 = 30;
/// Where a kept schedule lies.
const KEPT: &str = "/var/lib/celerybeat";

pub(super) fn lower(cx: Cx<'_>, beat: &Beat) -> Vec<Object> {
    let reason = &reasons::SERVER_COMMAND;
    let folder = if beat.storage.is_some() { KEPT } else { "/tmp" };
    let grace = computed(GRACE, &reasons::GRACE);
    let celery = Celery { resources: USAGE, grace, busy: 0 };
    let flags = |words: Words| {
        let words = words.word("--loglevel=INFO", reason).word("--pidfile=", reason);
        match &beat.scheduler {
            Some(scheduler) => words.flag("--scheduler", scheduler),
            None => words.word(format!("--schedule={folder}/celerybeat-schedule"), reason),
        }
    };
    let program = program(cx, celery, flags, || Words(Vec::new()));
    let mut objects = Vec::new();
    if let Some(storage) = &beat.storage {
        objects.push(data_claim(cx, storage, beat.storage_class.as_ref()));
    }
    let own = beat.storage.as_ref().map(|_| KEPT);
    objects.extend(stateful_set(cx, None, pod(cx, program, own)));
    objects
}
