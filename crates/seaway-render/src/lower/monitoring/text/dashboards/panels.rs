//! What each dashboard shows.

use super::super::library;
use super::super::rules::{filled, probes};
use super::super::watched::{Kind, Watched};
use super::{Draft, Panel, Shows, Source};

/// The dashboards of the stage.
pub(in super::super) fn drafts(watched: &Watched) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut add = |there: bool, draft: fn(&Watched) -> Draft| {
        if there {
            drafts.push(draft(watched));
        }
    };
    add(!watched.webs.is_empty(), requests);
    add(!watched.celery.is_empty(), celery);
    add(!watched.postgres.is_empty(), postgresql);
    add(!watched.redis.is_empty(), redis);
    drafts.extend(library::of(watched).map(|kind| described(watched, &kind.dashboard)));
    let mut add = |there: bool, draft: fn(&Watched) -> Draft| {
        if there {
            drafts.push(draft(watched));
        }
    };
    add(true, pods);
    add(watched.logs.is_some(), logs);
    drafts
}

/// A panel of metrics; `$ns` and `$probes` in a query are filled in.
fn panel(
    watched: &Watched,
    (title, help): (&'static str, &'static str),
    (shows, unit): (Shows, &'static str),
    queries: &[(&str, &'static str)],
) -> Panel {
    let probes = probes(watched);
    let fill = |expr: &str| filled(watched, expr, &probes);
    let queries = queries.iter().map(|(expr, legend)| (fill(expr), *legend)).collect();
    Panel { title, help, shows, source: Source::Prometheus, unit, queries }
}

/// A panel of logs.
fn log_panel(
    watched: &Watched,
    words: (&'static str, &'static str),
    how: (Shows, &'static str),
    queries: &[(&str, &'static str)],
) -> Panel {
    Panel { source: Source::Loki, ..panel(watched, words, how, queries) }
}

/// A dashboard that a file describes.
fn described(watched: &Watched, file: &'static library::Dashboard) -> Draft {
    let panels = file.panels.iter().map(|drawn| {
        let shows = match drawn.shows {
            library::Shows::Number => Shows::Number { bad: drawn.bad.map(f64::from) },
            library::Shows::Lines => Shows::Lines,
            library::Shows::Stacked => Shows::Stacked,
        };
        let queries: Vec<(&str, &'static str)> =
            drawn.queries.iter().map(|query| (&*query.expr.0, &*query.legend)).collect();
        panel(watched, (&drawn.title, &drawn.help), (shows, &drawn.unit), &queries)
    });
    Draft { name: &file.name, title: &file.title, panels: panels.collect() }
}

const NUMBER: Shows = Shows::Number { bad: None };

fn requests(watched: &Watched) -> Draft {
    let panels = vec![
        panel(
            watched,
            ("Requests", "Answers a second of Django's views, without probes"),
            (NUMBER, "reqps"),
            &[(
                "sum(rate(django_http_responses_total_by_status_view_method_total{$ns$probes}[$__rate_interval]))",
                "",
            )],
        ),
        panel(
            watched,
            ("Errors", "Part of the answers with a status of 500 or above"),
            (Shows::Number { bad: Some(0.05) }, "percentunit"),
            &[(
                "sum(namespace_component:django_http_responses_5xx:rate5m{$ns})
                 / (sum(namespace_component:django_http_responses:rate5m{$ns}) > 0)
                 or vector(0)",
                "",
            )],
        ),
        panel(
            watched,
            ("Latency (p95)", "Nineteen of twenty requests are faster; time in Django's views"),
            (Shows::Number { bad: Some(1.0) }, "s"),
            &[(
                "histogram_quantile(0.95, sum by (le) (
                   rate(django_http_requests_latency_seconds_by_view_method_bucket{$ns$probes}[$__rate_interval])
                 ))",
                "",
            )],
        ),
        panel(
            watched,
            ("Server processes", "Processes whose metrics can be read"),
            (NUMBER, "none"),
            &[("sum(up{$ns,job=\"web\"})", "")],
        ),
        panel(
            watched,
            ("Answers by status", ""),
            (Shows::Stacked, "reqps"),
            &[(
                "sum by (component, status) (
                   rate(django_http_responses_total_by_status_view_method_total{$ns$probes}[$__rate_interval])
                 )",
                "{{component}} {{status}}",
            )],
        ),
        panel(
            watched,
            ("Error ratio", "The alert RequestErrors fires above 5 %"),
            (Shows::Lines, "percentunit"),
            &[(
                "namespace_component:django_http_responses_5xx:rate5m{$ns}
                 / namespace_component:django_http_responses:rate5m{$ns}",
                "{{component}}",
            )],
        ),
        panel(
            watched,
            ("Latency", "Time in Django's views, over all of them"),
            (Shows::Lines, "s"),
            &[
                (
                    "histogram_quantile(0.5, sum by (component, le) (
                       rate(django_http_requests_latency_seconds_by_view_method_bucket{$ns$probes}[$__rate_interval])
                     ))",
                    "{{component}} p50",
                ),
                (
                    "histogram_quantile(0.95, sum by (component, le) (
                       rate(django_http_requests_latency_seconds_by_view_method_bucket{$ns$probes}[$__rate_interval])
                     ))",
                    "{{component}} p95",
                ),
                (
                    "histogram_quantile(0.99, sum by (component, le) (
                       rate(django_http_requests_latency_seconds_by_view_method_bucket{$ns$probes}[$__rate_interval])
                     ))",
                    "{{component}} p99",
                ),
            ],
        ),
        panel(
            watched,
            ("Slowest views (p95)", ""),
            (Shows::Lines, "s"),
            &[(
                "topk(10, histogram_quantile(0.95, sum by (view, le) (
                   rate(django_http_requests_latency_seconds_by_view_method_bucket{$ns$probes}[$__rate_interval])
                 )))",
                "{{view}}",
            )],
        ),
        panel(
            watched,
            ("Busiest views", "Seconds of work a second: requests times their time"),
            (Shows::Stacked, "none"),
            &[(
                "topk(10, sum by (view) (
                   rate(django_http_requests_latency_seconds_by_view_method_sum{$ns$probes}[$__rate_interval])
                 ))",
                "{{view}}",
            )],
        ),
        panel(
            watched,
            ("Exceptions", "That views did not catch"),
            (Shows::Stacked, "ops"),
            &[(
                "sum by (component, type) (rate(django_http_exceptions_total_by_type_total{$ns}[$__rate_interval]))
                 or on (component)
                 0 * sum by (component) (up{$ns,job=\"web\"})",
                "{{component}} {{type}}",
            )],
        ),
        panel(
            watched,
            ("Memory of server processes", "The largest of each component"),
            (Shows::Lines, "bytes"),
            &[(
                "max by (component) (process_resident_memory_bytes{$ns,job=\"web\"})",
                "{{component}}",
            )],
        ),
    ];
    Draft { name: "requests", title: "Requests", panels }
}

fn celery(watched: &Watched) -> Draft {
    let panels = vec![
        panel(
            watched,
            ("Workers", "That are alive"),
            (NUMBER, "none"),
            &[("sum(celery_worker_up{$ns}) or vector(0)", "")],
        ),
        panel(
            watched,
            ("Waiting tasks", "In all queues"),
            (Shows::Number { bad: Some(100.0) }, "none"),
            &[("sum(max by (queue_name) (celery_queue_length{$ns})) or vector(0)", "")],
        ),
        panel(
            watched,
            ("Running tasks", ""),
            (NUMBER, "none"),
            &[("sum(celery_worker_tasks_active{$ns}) or vector(0)", "")],
        ),
        panel(
            watched,
            ("Failed tasks", "Of the runs that ended in the last hour"),
            (Shows::Number { bad: Some(0.05) }, "percentunit"),
            &[(
                "sum(increase(celery_task_failed_total{$ns}[1h]))
                 / (
                   sum(increase(celery_task_failed_total{$ns}[1h]))
                   + sum(increase(celery_task_succeeded_total{$ns}[1h])) > 0
                 )
                 or vector(0)",
                "",
            )],
        ),
        panel(
            watched,
            ("Waiting tasks by queue", "The alert CeleryQueueGrows fires above 100"),
            (Shows::Lines, "none"),
            &[("max by (queue_name) (celery_queue_length{$ns})", "{{queue_name}}")],
        ),
        panel(
            watched,
            ("Workers by queue", "That take tasks from it"),
            (Shows::Lines, "none"),
            &[("max by (queue_name) (celery_active_worker_count{$ns})", "{{queue_name}}")],
        ),
        panel(
            watched,
            ("Tasks", "That came to a worker, and how they ended"),
            (Shows::Lines, "ops"),
            &[
                ("sum(rate(celery_task_received_total{$ns}[$__rate_interval])) or vector(0)", "received"),
                ("sum(rate(celery_task_succeeded_total{$ns}[$__rate_interval])) or vector(0)", "succeeded"),
                ("sum(rate(celery_task_failed_total{$ns}[$__rate_interval])) or vector(0)", "failed"),
                ("sum(rate(celery_task_retried_total{$ns}[$__rate_interval])) or vector(0)", "retried"),
            ],
        ),
        panel(
            watched,
            ("Slowest tasks (p95)", "Of those that succeeded"),
            (Shows::Lines, "s"),
            &[(
                "topk(10, histogram_quantile(0.95, sum by (name, le) (
                   rate(celery_task_runtime_bucket{$ns}[$__rate_interval])
                 )))",
                "{{name}}",
            )],
        ),
        panel(
            watched,
            ("Failures by task", ""),
            (Shows::Stacked, "ops"),
            &[(
                "topk(10, sum by (name, exception) (rate(celery_task_failed_total{$ns}[$__rate_interval])) > 0)
                 or on () vector(0)",
                "{{name}} {{exception}}",
            )],
        ),
        panel(
            watched,
            ("Tasks by name", "That succeeded"),
            (Shows::Stacked, "ops"),
            &[(
                "topk(10, sum by (name) (rate(celery_task_succeeded_total{$ns}[$__rate_interval])))",
                "{{name}}",
            )],
        ),
    ];
    Draft { name: "celery", title: "Celery", panels }
}

fn postgresql(watched: &Watched) -> Draft {
    let panels = vec![
        panel(
            watched,
            ("Reachable", "Servers that the exporters get a connection of"),
            (NUMBER, "none"),
            &[("sum(pg_up{$ns})", "")],
        ),
        panel(
            watched,
            ("Connections", "Of max_connections, the fullest server"),
            (Shows::Number { bad: Some(0.8) }, "percentunit"),
            &[(
                "max(
                   sum by (component) (pg_stat_activity_count{$ns})
                   / max by (component) (pg_settings_max_connections{$ns})
                 )",
                "",
            )],
        ),
        panel(
            watched,
            ("Longest transaction", "Backups left out"),
            (Shows::Number { bad: Some(900.0) }, "s"),
            &[(
                "max(pg_stat_activity_max_tx_duration{$ns,backend_type=\"client backend\",application_name!=\"pg_dump\"})",
                "",
            )],
        ),
        panel(
            watched,
            ("Cache hits", "Blocks that were read from memory, of all"),
            (NUMBER, "percentunit"),
            &[(
                "sum(rate(pg_stat_database_blks_hit{$ns}[$__rate_interval]))
                 / (
                   sum(rate(pg_stat_database_blks_hit{$ns}[$__rate_interval]))
                   + sum(rate(pg_stat_database_blks_read{$ns}[$__rate_interval])) > 0
                 )
                 or vector(1)",
                "",
            )],
        ),
        panel(
            watched,
            ("Connections by state", "Idle in transaction holds locks and does nothing"),
            (Shows::Stacked, "none"),
            &[(
                "sum by (component, state) (pg_stat_activity_count{$ns})",
                "{{component}} {{state}}",
            )],
        ),
        panel(
            watched,
            ("Transactions", ""),
            (Shows::Lines, "ops"),
            &[
                (
                    "sum by (component) (rate(pg_stat_database_xact_commit{$ns}[$__rate_interval]))",
                    "{{component}} committed",
                ),
                (
                    "sum by (component) (rate(pg_stat_database_xact_rollback{$ns}[$__rate_interval]))",
                    "{{component}} rolled back",
                ),
            ],
        ),
        panel(
            watched,
            ("Size", "Of the databases of a server"),
            (Shows::Lines, "bytes"),
            &[(
                "max by (component, datname) (pg_database_size_bytes{$ns})",
                "{{component}} {{datname}}",
            )],
        ),
        panel(
            watched,
            (
                "Longest transaction by state",
                "The alert PostgresLongTransaction fires above 15 minutes",
            ),
            (Shows::Lines, "s"),
            &[(
                "max by (component, state) (pg_stat_activity_max_tx_duration{$ns})",
                "{{component}} {{state}}",
            )],
        ),
        panel(
            watched,
            ("Rows", ""),
            (Shows::Lines, "ops"),
            &[
                ("sum(rate(pg_stat_database_tup_fetched{$ns}[$__rate_interval]))", "fetched"),
                ("sum(rate(pg_stat_database_tup_inserted{$ns}[$__rate_interval]))", "inserted"),
                ("sum(rate(pg_stat_database_tup_updated{$ns}[$__rate_interval]))", "updated"),
                ("sum(rate(pg_stat_database_tup_deleted{$ns}[$__rate_interval]))", "deleted"),
            ],
        ),
        panel(
            watched,
            ("Trouble", "Deadlocks, and queries that wrote what did not fit into work_mem to disk"),
            (Shows::Lines, "ops"),
            &[
                ("sum(rate(pg_stat_database_deadlocks{$ns}[$__rate_interval]))", "deadlocks"),
                (
                    "sum(rate(pg_stat_database_temp_files{$ns}[$__rate_interval]))",
                    "temporary files",
                ),
            ],
        ),
        panel(
            watched,
            ("Locks", ""),
            (Shows::Stacked, "none"),
            &[("sum by (component, mode) (pg_locks_count{$ns})", "{{component}} {{mode}}")],
        ),
    ];
    Draft { name: "postgresql", title: "PostgreSQL", panels }
}

fn redis(watched: &Watched) -> Draft {
    let panels = vec![
        panel(
            watched,
            ("Reachable", "Servers that answer their exporter"),
            (NUMBER, "none"),
            &[("sum(redis_up{$ns})", "")],
        ),
        panel(
            watched,
            ("Clients", "Connected to all servers"),
            (NUMBER, "none"),
            &[("sum(redis_connected_clients{$ns})", "")],
        ),
        panel(
            watched,
            ("Commands", "A second, of all servers"),
            (NUMBER, "ops"),
            &[("sum(rate(redis_commands_processed_total{$ns}[$__rate_interval]))", "")],
        ),
        panel(
            watched,
            ("Rejected connections", "In the last hour"),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[("sum(increase(redis_rejected_connections_total{$ns}[1h]))", "")],
        ),
        panel(
            watched,
            ("Memory", "A broker refuses writes at its limit; a cache throws keys away"),
            (Shows::Lines, "bytes"),
            &[
                ("max by (component) (redis_memory_used_bytes{$ns})", "{{component}}"),
                // Zero means: no limit.
                ("max by (component) (redis_memory_max_bytes{$ns})", "{{component}} limit"),
            ],
        ),
        panel(
            watched,
            ("Keys", "A queue is one key, however long"),
            (Shows::Lines, "none"),
            &[("sum by (component, db) (redis_db_keys{$ns})", "{{component}} {{db}}")],
        ),
        panel(
            watched,
            ("Hits", "Part of the reads that found their key"),
            (Shows::Lines, "percentunit"),
            &[(
                "sum by (component) (rate(redis_keyspace_hits_total{$ns}[$__rate_interval]))
                 / (
                   sum by (component) (rate(redis_keyspace_hits_total{$ns}[$__rate_interval]))
                   + sum by (component) (rate(redis_keyspace_misses_total{$ns}[$__rate_interval])) > 0
                 )
                 or
                 0 * sum by (component) (redis_up{$ns})",
                "{{component}}",
            )],
        ),
        panel(
            watched,
            ("Keys that went", "A broker must not evict"),
            (Shows::Lines, "ops"),
            &[
                (
                    "sum by (component) (rate(redis_evicted_keys_total{$ns}[$__rate_interval]))",
                    "{{component}} evicted",
                ),
                (
                    "sum by (component) (rate(redis_expired_keys_total{$ns}[$__rate_interval]))",
                    "{{component}} expired",
                ),
            ],
        ),
        panel(
            watched,
            ("Commands by server", ""),
            (Shows::Lines, "ops"),
            &[(
                "sum by (component) (rate(redis_commands_processed_total{$ns}[$__rate_interval]))",
                "{{component}}",
            )],
        ),
        panel(
            watched,
            ("Clients by server", "Blocked ones wait for a task, as workers do"),
            (Shows::Lines, "none"),
            &[
                ("max by (component) (redis_connected_clients{$ns})", "{{component}}"),
                ("max by (component) (redis_blocked_clients{$ns})", "{{component}} blocked"),
            ],
        ),
    ];
    Draft { name: "redis", title: "Redis", panels }
}

fn pods(watched: &Watched) -> Draft {
    // An operator's series know the pod and no component.
    let by = if watched.operator { "pod" } else { "component" };
    let legend = if watched.operator { "{{pod}}" } else { "{{component}}" };
    let of = |expr: &str| expr.replace("$by", by);
    let mut panels = vec![
        panel(
            watched,
            ("Running pods", ""),
            (NUMBER, "none"),
            &[("sum(kube_pod_status_phase{$ns,phase=\"Running\"})", "")],
        ),
        panel(
            watched,
            ("Pods that are not ready", "Of those that run"),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[(
                "sum(
                   kube_pod_status_ready{$ns,condition=\"false\"}
                   and on (pod) kube_pod_status_phase{$ns,phase=\"Running\"} == 1
                 )
                 or vector(0)",
                "",
            )],
        ),
        panel(
            watched,
            ("Restarts", "Of containers, in the last hour"),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[("sum(increase(kube_pod_container_status_restarts_total{$ns}[1h]))", "")],
        ),
        panel(
            watched,
            ("Targets that can not be scraped", ""),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[("sum(1 - up{$ns})", "")],
        ),
    ];
    if watched.has_containers() {
        let cpu = of(
            "sum by ($by) (rate(container_cpu_usage_seconds_total{$ns,container!=\"\"}[$__rate_interval]))",
        );
        let memory = of("sum by ($by) (container_memory_working_set_bytes{$ns,container!=\"\"})");
        let received =
            of("sum by ($by) (rate(container_network_receive_bytes_total{$ns}[$__rate_interval]))");
        let sent = of(
            "sum by ($by) (rate(container_network_transmit_bytes_total{$ns}[$__rate_interval]))",
        );
        let throttled = of("sum by ($by) (rate(container_cpu_cfs_throttled_periods_total{$ns,container!=\"\"}[$__rate_interval]))
             / (sum by ($by) (rate(container_cpu_cfs_periods_total{$ns,container!=\"\"}[$__rate_interval])) > 0)
             or
             0 * sum by ($by) (container_memory_working_set_bytes{$ns,container!=\"\"})");
        let of_limit = of("max by ($by) (
               sum by ($by, pod, container) (container_memory_working_set_bytes{$ns,container!=\"\"})
               / on (pod, container) group_left ()
               max by (pod, container) (kube_pod_container_resource_limits{$ns,resource=\"memory\"})
             )");
        panels.extend([
            panel(watched, ("CPU", "Cores"), (Shows::Stacked, "none"), &[(&cpu, legend)]),
            panel(
                watched,
                ("CPU throttling", "Part of the time that containers with a CPU limit had to wait"),
                (Shows::Lines, "percentunit"),
                &[(&throttled, legend)],
            ),
            panel(
                watched,
                ("Memory", "Working set: what the limit is held against"),
                (Shows::Stacked, "bytes"),
                &[(&memory, legend)],
            ),
            panel(
                watched,
                ("Memory of the limit", "The fullest container of each; at 100 % it is killed"),
                (Shows::Lines, "percentunit"),
                &[(&of_limit, legend)],
            ),
            panel(watched, ("Network in", ""), (Shows::Lines, "Bps"), &[(&received, legend)]),
            panel(watched, ("Network out", ""), (Shows::Lines, "Bps"), &[(&sent, legend)]),
        ]);
        if !watched.claims.is_empty() {
            panels.push(panel(
                watched,
                ("Volumes", "Used part; the alert VolumeAlmostFull fires above 90 %"),
                (Shows::Lines, "percentunit"),
                &[(
                    "max by (persistentvolumeclaim) (
                       1 - kubelet_volume_stats_available_bytes{$ns} / kubelet_volume_stats_capacity_bytes{$ns}
                     )",
                    "{{persistentvolumeclaim}}",
                )],
            ));
        }
    }
    panels.push(panel(
        watched,
        ("Restarts by container", ""),
        (Shows::Lines, "none"),
        &[(
            "sum by (pod, container) (increase(kube_pod_container_status_restarts_total{$ns}[15m])) > 0
             or on () vector(0)",
            "{{pod}} {{container}}",
        )],
    ));
    if watched.workloads.iter().any(|workload| workload.kind == Kind::Deployment) {
        panels.push(panel(
            watched,
            ("Pods of Deployments", "Available, and wanted"),
            (Shows::Lines, "none"),
            &[
                (
                    "max by (deployment) (kube_deployment_status_replicas_available{$ns})",
                    "{{deployment}}",
                ),
                (
                    "max by (deployment) (kube_deployment_spec_replicas{$ns})",
                    "{{deployment}} wanted",
                ),
            ],
        ));
    }
    if !watched.autoscalers.is_empty() {
        panels.push(panel(
            watched,
            ("Autoscaling", "Pods, and the most that there may be"),
            (Shows::Lines, "none"),
            &[
                (
                    "max by (horizontalpodautoscaler) (
                       kube_horizontalpodautoscaler_status_current_replicas{$ns}
                     )",
                    "{{horizontalpodautoscaler}}",
                ),
                (
                    "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas{$ns})",
                    "{{horizontalpodautoscaler}} maximum",
                ),
            ],
        ));
    }
    Draft { name: "pods", title: "Pods", panels }
}

fn logs(watched: &Watched) -> Draft {
    let panels = vec![
        log_panel(
            watched,
            ("Lines by level", "Lines that say none are those of programs that do not log JSON"),
            (Shows::Stacked, "none"),
            &[("sum by (level) (count_over_time({$ns}[$__auto]))", "{{level}}")],
        ),
        log_panel(
            watched,
            ("Errors by component", "Lines of level error or critical"),
            (Shows::Stacked, "none"),
            &[(
                "sum by (component) (count_over_time({$ns, level=~\"error|critical\"}[$__auto]))",
                "{{component}}",
            )],
        ),
        log_panel(
            watched,
            ("Volume", "What each component logs"),
            (Shows::Stacked, "Bps"),
            &[("sum by (component) (bytes_rate({$ns}[$__auto]))", "{{component}}")],
        ),
        log_panel(
            watched,
            ("Loggers of errors", "Of the application's JSON"),
            (Shows::Stacked, "none"),
            &[(
                "topk(10, sum by (logger) (
                   count_over_time({$ns, level=~\"error|critical\"} | json logger=\"logger\" | logger != \"\" [$__auto])
                 ))",
                "{{logger}}",
            )],
        ),
        log_panel(
            watched,
            ("Errors", ""),
            (Shows::Logs, "none"),
            &[("{$ns, level=~\"error|critical\"}", "")],
        ),
        log_panel(watched, ("All lines", ""), (Shows::Logs, "none"), &[("{$ns}", "")]),
        panel(
            watched,
            ("Lines sent to Loki", ""),
            (Shows::Lines, "ops"),
            &[("sum(rate(loki_write_sent_entries_total{$ns}[$__rate_interval]))", "sent")],
        ),
        panel(
            watched,
            ("Lines dropped", "Lost, since Loki refused them or could not be reached"),
            (Shows::Lines, "ops"),
            &[(
                "sum(rate(loki_write_dropped_entries_total{$ns}[$__rate_interval])) or vector(0)",
                "dropped",
            )],
        ),
    ];
    Draft { name: "logs", title: "Logs", panels }
}
