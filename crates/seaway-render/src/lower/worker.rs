//! `worker` → Deployment and account; autoscaler and budget where asked for.

use seaway_core::Sourced;
use seaway_core::options::{MonitorRole, Pool, Worker};
use seaway_core::stack::Part;

use super::Cx;
use super::celery::{Celery, NODE, option, program};
use super::pod::pod;
use super::program::{Usage, Words, computed};
use super::resources::{scaled_cpu, whole_mebibytes};
use super::workload::{Rollout, Scale, deployment};
use crate::{Object, reasons};

/// Seconds that Celery needs beyond the longest task to give up its connections.
const MARGIN: u32 = 15;

pub(super) fn lower(cx: Cx<'_>, worker: &Worker) -> Vec<Object> {
    let grace = worker.task_time_limit_seconds.map(|limit| limit.saturating_add(MARGIN));
    let grace = computed(grace.value, &reasons::GRACE);
    let celery = Celery { resources: usage(worker), grace, busy: busy(worker) };
    let watched = is_watched(cx);
    let program = program(cx, celery, |words| flags(words, worker, watched), || limits(worker));
    let scale = Scale::of(cx.part);
    deployment(cx, &scale, Rollout::Surge, pod(cx, program, None))
}

/// Whether somebody reads the events of its tasks.
fn is_watched(cx: Cx<'_>) -> bool {
    let is_exporter =
        |part: &Part| matches!(part.monitor_role(), Some(MonitorRole::CeleryExporter { .. }));
    cx.stack.parts.values().any(is_exporter)
}

/// A solo worker sends no heartbeat and answers nobody while a task runs: being busy must not look like being dead.
fn busy(worker: &Worker) -> u32 {
    let by_hand = option(&worker.command, "--pool", "-P") == Some("solo");
    let solo = worker.pool.is_some_and(|pool| pool.value == Pool::Solo) || by_hand;
    if solo { worker.task_time_limit_seconds.value } else { 0 }
}

/// The limits that a command of the stack's own does not name. Without them Celery starts a child for each core of the node, and
/// a task may outlast the time that the pod has to stop.
fn limits(worker: &Worker) -> Words {
    let lacks = |long: &str, short: &str| option(&worker.command, long, short).is_none();
    let forks = worker.pool.is_none_or(|pool| pool.value == Pool::Prefork) && lacks("--pool", "-P");
    let mut words = Words(Vec::new());
    if lacks("--pool", "-P") {
        words = words.flag_maybe("--pool", pool(worker).as_ref());
    }
    if lacks("--concurrency", "-c") && lacks("--autoscale", "") {
        words = words.flag("--concurrency", &worker.concurrency);
    }
    if lacks("--queues", "-Q") {
        words = words.flag_maybe("--queues", queues(worker).as_ref());
    }
    if lacks("--prefetch-multiplier", "") {
        words = words.flag("--prefetch-multiplier", &worker.prefetch_multiplier);
    }
    if forks && worker.max_tasks_per_child.value > 0 && lacks("--max-tasks-per-child", "") {
        words = words.flag("--max-tasks-per-child", &worker.max_tasks_per_child);
    }
    if lacks("--time-limit", "") {
        words = words.flag("--time-limit", &worker.task_time_limit_seconds);
    }
    if lacks("--soft-time-limit", "") {
        words = words.flag_maybe("--soft-time-limit", worker.task_soft_time_limit_seconds.as_ref());
    }
    words
}

fn queues(worker: &Worker) -> Option<Sourced<String>> {
    worker.queues.first().map(|first| {
        let all: Vec<&str> = worker.queues.iter().map(|queue| queue.as_str()).collect();
        first.as_ref().map(|_| all.join(","))
    })
}

fn pool(worker: &Worker) -> Option<Sourced<&'static str>> {
    worker.pool.map(|pool| {
        pool.map(|pool| match pool {
            Pool::Prefork => "prefork",
            Pool::Threads => "threads",
            Pool::Gevent => "gevent",
            Pool::Solo => "solo",
        })
    })
}

/// MiB of the process that children are forked from.
pub(crate) const PARENT: u32 = 128;
/// MiB of a child of which the stack says nothing.
pub(crate) const CHILD: u32 = 64;

/// Memory grows with the children; threads and greenlets share one process.
fn usage(worker: &Worker) -> Usage {
    let forks = worker.pool.is_none_or(|pool| pool.value == Pool::Prefork);
    let children = if forks { u32::from(worker.concurrency.value.max(1)) } else { 1 };
    let memory = whole_mebibytes(worker.process_memory.value)
        .saturating_mul(children)
        .saturating_add(PARENT);
    let cpu = scaled_cpu(worker.autoscale.as_ref(), children);
    Usage { cpu, memory, memory_limit: memory.saturating_mul(2) }
}

fn flags(words: Words, worker: &Worker, watched: bool) -> Words {
    let reason = &reasons::SERVER_COMMAND;
    let forks = worker.pool.is_none_or(|pool| pool.value == Pool::Prefork);
    let replaced = Some(&worker.max_tasks_per_child).filter(|tasks| forks && tasks.value > 0);
    let words = words.word("--loglevel=INFO", reason);
    // Without events the exporter counts workers and queues, and no task.
    let words = if watched { words.word("--task-events", &reasons::MONITORING) } else { words };
    words
        .flag_maybe("--pool", pool(worker).as_ref())
        .flag("--concurrency", &worker.concurrency)
        .flag_maybe("--queues", queues(worker).as_ref())
        .flag("--prefetch-multiplier", &worker.prefetch_multiplier)
        .flag_maybe("--max-tasks-per-child", replaced)
        .flag("--time-limit", &worker.task_time_limit_seconds)
        .flag_maybe("--soft-time-limit", worker.task_soft_time_limit_seconds.as_ref())
        .word("--without-gossip", reason)
        .word("--without-mingle", reason)
        .word(format!("--hostname={NODE}"), reason)
}
