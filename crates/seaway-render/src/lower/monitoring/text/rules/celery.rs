//! Celery: workers that are there, queues that get shorter, tasks that succeed.
//!
//! Metrics: <https://github.com/danihodovic/celery-exporter/blob/v0.12.2/src/exporter.py>. They come from events (workers run
//! with `--task-events`) and from what workers answer to a scrape. A worker that says goodbye is down at once; one that
//! is killed after the exporter's `--worker-timeout`, and forgotten after its `--purge-offline-worker-metrics`. So no series
//! at all means no workers too, as long as the exporter itself is there.

use super::super::monitored::Monitored;
use super::{Draft, Group, Severity, group};

pub(super) fn groups(monitored: &Monitored) -> Vec<Group> {
    if monitored.celery.is_empty() {
        return Vec::new();
    }
    // Where each worker may rest, none at all is fine as long as nothing waits.
    let always = monitored.workers.iter().any(|worker| !worker.may_rest);
    let no_workers = Draft {
        alert: "CeleryNoWorkers",
        severity: Severity::Critical,
        wait: "5m",
        expr: "sum by (namespace, component) (celery_worker_up{$ns}) == 0
               or
               (
                 max by (namespace, component) (up{$ns,job=\"celery\"}) == 1
                 unless
                 sum by (namespace, component) (celery_worker_up{$ns})
               )",
        summary: "No Celery worker is alive",
        description: "Tasks are put into the queues, and nobody takes them out.",
    };
    let rest = [
        Draft {
            alert: "CeleryQueueWithoutWorker",
            severity: Severity::Critical,
            wait: "10m",
            expr: "max by (namespace, component, queue_name) (celery_queue_length{$ns}) > 0
                   and
                   max by (namespace, component, queue_name) (celery_active_worker_count{$ns}) == 0",
            summary: "{{ $value }} tasks wait in queue {{ $labels.queue_name }}, which no worker reads",
            description: "No worker answers that it takes tasks from this queue.",
        },
        // A queue that is long and shrinks is a peak; one that grows for half an hour is too few workers.
        Draft {
            alert: "CeleryQueueGrows",
            severity: Severity::Warning,
            wait: "15m",
            expr: "max by (namespace, component, queue_name) (min_over_time(celery_queue_length{$ns}[15m])) > 100
                   and
                   max by (namespace, component, queue_name) (deriv(celery_queue_length{$ns}[15m])) > 0",
            summary: "{{ $value }} tasks wait in queue {{ $labels.queue_name }}, and it grows",
            description: "For half an hour more tasks came than were taken.",
        },
        Draft {
            alert: "CeleryTasksFail",
            severity: Severity::Warning,
            wait: "15m",
            expr: "sum by (namespace, component, name) (increase(celery_task_failed_total{$ns}[15m]))
                   / (
                     sum by (namespace, component, name) (increase(celery_task_failed_total{$ns}[15m]))
                     + sum by (namespace, component, name) (increase(celery_task_succeeded_total{$ns}[15m]))
                   ) > 0.05
                   and
                   sum by (namespace, component, name) (increase(celery_task_failed_total{$ns}[15m])) >= 3",
            summary: "{{ $value | humanizePercentage }} of the tasks {{ $labels.name }} fail",
            description: "More than 5 % of the runs of the last 15 minutes ended in an exception.",
        },
    ];
    let drafts = Some(&no_workers).filter(|_| always).into_iter().chain(&rest);
    vec![group(monitored, "celery", drafts.map(|draft| draft.rule(monitored)).collect())]
}
