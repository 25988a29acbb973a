//! What each dashboard shows.

use super::super::library;
use super::super::monitored::{Kind, Monitored};
use super::super::rules::{filled, probes};
use super::{Draft, Panel, Shows, Source};

/// The dashboards of the stage.
pub(in super::super) fn drafts(monitored: &Monitored) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut add = |there: bool, draft: fn(&Monitored) -> Draft| {
        if there {
            drafts.push(draft(monitored));
        }
    };
    add(!monitored.webs.is_empty(), requests);
    add(!monitored.celery.is_empty(), celery);
    add(!monitored.postgres.is_empty(), postgresql);
    add(!monitored.redis.is_empty(), redis);
    drafts.extend(library::of(monitored).map(|kind| described(monitored, &kind.dashboard)));
    let mut add = |there: bool, draft: fn(&Monitored) -> Draft| {
        if there {
            drafts.push(draft(monitored));
        }
    };
    add(true, pods);
    add(monitored.logs.is_some(), logs);
    drafts
}

/// A panel of metrics; `$ns` and `$probes` in a query are filled in.
fn panel(
    monitored: &Monitored,
    (title, help): (&'static str, &'static str),
    (shows, unit): (Shows, &'static str),
    queries: &[(&str, &'static str)],
) -> Panel {
    let probes = probes(monitored);
    let fill = |expr: &str| filled(monitored, expr, &probes);
    let queries = queries.iter().map(|(expr, legend)| (fill(expr), *legend)).collect();
    Panel { title, help, shows, source: Source::Prometheus, unit, queries }
}

/// A panel of logs.
fn log_panel(
    monitored: &Monitored,
    words: (&'static str, &'static str),
    how: (Shows, &'static str),
    queries: &[(&str, &'static str)],
) -> Panel {
    Panel { source: Source::Loki, ..panel(monitored, words, how, queries) }
}

/// A dashboard that a file describes.
fn described(monitored: &Monitored, file: &'static library::Dashboard) -> Draft {
    let panels = file.panels.iter().map(|drawn| {
        let shows = match drawn.shows {
            library::Shows::Number => Shows::Number { bad: drawn.bad.map(f64::from) },
            library::Shows::Lines => Shows::Lines,
            library::Shows::Stacked => Shows::Stacked,
        };
        let queries: Vec<(&str, &'static str)> =
            drawn.queries.iter().map(|query| (&*query.expr.0, &*query.legend)).collect();
        panel(monitored, (&drawn.title, &drawn.help), (shows, &drawn.unit), &queries)
    });
    Draft { name: &file.name, title: &file.title, panels: panels.collect() }
}

const NUMBER: Shows = Shows::Number { bad: None };

fn requests(monitored: &Monitored) -> Draft {
    let panels = vec![
        panel(
            monitored,
            ("Requests", "Answers a second of Django's views, without probes"),
            (NUMBER, "reqps"),
            &[(
                "sum(rate(django_http_responses_total_by_status_view_method_total{$ns$probes}[$__rate_interval]))",
                "",
            )],
        ),
        panel(
            monitored,
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
            monitored,
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
            monitored,
            ("Server processes", "Processes whose metrics can be read"),
            (NUMBER, "none"),
            &[("sum(up{$ns,job=\"web\"})", "")],
        ),
        panel(
            monitored,
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
            monitored,
            ("Error ratio", "The alert RequestErrors fires above 5 %"),
            (Shows::Lines, "percentunit"),
            &[(
                "namespace_component:django_http_responses_5xx:rate5m{$ns}
                 / namespace_component:django_http_responses:rate5m{$ns}",
                "{{component}}",
            )],
        ),
        panel(
            monitored,
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
            monitored,
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
            monitored,
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
            monitored,
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
            monitored,
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

fn celery(monitored: &Monitored) -> Draft {
    let panels = vec![
        panel(
            monitored,
            ("Workers", "That are alive"),
            (NUMBER, "none"),
            &[("sum(celery_worker_up{$ns}) or vector(0)", "")],
        ),
        panel(
            monitored,
            ("Waiting tasks", "In all queues"),
            (Shows::Number { bad: Some(100.0) }, "none"),
            &[("sum(max by (queue_name) (celery_queue_length{$ns})) or vector(0)", "")],
        ),
        panel(
            monitored,
            ("Running tasks", ""),
            (NUMBER, "none"),
            &[("sum(celery_worker_tasks_active{$ns}) or vector(0)", "")],
        ),
        panel(
            monitored,
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
            monitored,
            ("Waiting tasks by queue", "The alert CeleryQueueGrows fires above 100"),
            (Shows::Lines, "none"),
            &[("max by (queue_name) (celery_queue_length{$ns})", "{{queue_name}}")],
        ),
        panel(
            monitored,
            ("Workers by queue", "That take tasks from it"),
            (Shows::Lines, "none"),
            &[("max by (queue_name) (celery_active_worker_count{$ns})", "{{queue_name}}")],
        ),
        panel(
            monitored,
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
            monitored,
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
            monitored,
            ("Failures by task", ""),
            (Shows::Stacked, "ops"),
            &[(
                "topk(10, sum by (name, exception) (rate(celery_task_failed_total{$ns}[$__rate_interval])) > 0)
                 or on () vector(0)",
                "{{name}} {{exception}}",
            )],
        ),
        panel(
            monitored,
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

fn postgresql(monitored: &Monitored) -> Draft {
    let panels = vec![
        panel(
            monitored,
            ("Reachable", "Servers that the exporters get a connection of"),
            (NUMBER, "none"),
            &[("sum(pg_up{$ns})", "")],
        ),
        panel(
            monitored,
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
            monitored,
            ("Longest transaction", "Backups left out"),
            (Shows::Number { bad: Some(900.0) }, "s"),
            &[(
                "max(pg_stat_activity_max_tx_duration{$ns,backend_type=\"client backend\",application_name!=\"pg_dump\"})",
                "",
            )],
        ),
        panel(
            monitored,
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
            monitored,
            ("Connections by state", "Idle in transaction holds locks and does nothing"),
            (Shows::Stacked, "none"),
            &[(
                "sum by (component, state) (pg_stat_activity_count{$ns})",
                "{{component}} {{state}}",
            )],
        ),
        panel(
            monitored,
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
            monitored,
            ("Size", "Of the databases of a server"),
            (Shows::Lines, "bytes"),
            &[(
                "max by (component, datname) (pg_database_size_bytes{$ns})",
                "{{component}} {{datname}}",
            )],
        ),
        panel(
            monitored,
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
            monitored,
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
            monitored,
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
            monitored,
            ("Locks", ""),
            (Shows::Stacked, "none"),
            &[("sum by (component, mode) (pg_locks_count{$ns})", "{{component}} {{mode}}")],
        ),
    ];
    Draft { name: "postgresql", title: "PostgreSQL", panels }
}

fn redis(monitored: &Monitored) -> Draft {
    let panels = vec![
        panel(
            monitored,
            ("Reachable", "Servers that answer their exporter"),
            (NUMBER, "none"),
            &[("sum(redis_up{$ns})", "")],
        ),
        panel(
            monitored,
            ("Clients", "Connected to all servers"),
            (NUMBER, "none"),
            &[("sum(redis_connected_clients{$ns})", "")],
        ),
        panel(
            monitored,
            ("Commands", "A second, of all servers"),
            (NUMBER, "ops"),
            &[("sum(rate(redis_commands_processed_total{$ns}[$__rate_interval]))", "")],
        ),
        panel(
            monitored,
            ("Rejected connections", "In the last hour"),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[("sum(increase(redis_rejected_connections_total{$ns}[1h]))", "")],
        ),
        panel(
            monitored,
            ("Memory", "A broker refuses writes at its limit; a cache throws keys away"),
            (Shows::Lines, "bytes"),
            &[
                ("max by (component) (redis_memory_used_bytes{$ns})", "{{component}}"),
                // Zero means: no limit.
                ("max by (component) (redis_memory_max_bytes{$ns})", "{{component}} limit"),
            ],
        ),
        panel(
            monitored,
            ("Keys", "A queue is one key, however long"),
            (Shows::Lines, "none"),
            &[("sum by (component, db) (redis_db_keys{$ns})", "{{component}} {{db}}")],
        ),
        panel(
            monitored,
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
            monitored,
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
            monitored,
            ("Commands by server", ""),
            (Shows::Lines, "ops"),
            &[(
                "sum by (component) (rate(redis_commands_processed_total{$ns}[$__rate_interval]))",
                "{{component}}",
            )],
        ),
        panel(
            monitored,
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

fn pods(monitored: &Monitored) -> Draft {
    // An operator's series know the pod and no component.
    let by = if monitored.operator { "pod" } else { "component" };
    let legend = if monitored.operator { "{{pod}}" } else { "{{component}}" };
    let of = |expr: &str| expr.replace("$by", by);
    let mut panels = vec![
        panel(
            monitored,
            ("Running pods", ""),
            (NUMBER, "none"),
            &[("sum(kube_pod_status_phase{$ns,phase=\"Running\"})", "")],
        ),
        panel(
            monitored,
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
            monitored,
            ("Restarts", "Of containers, in the last hour"),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[("sum(increase(kube_pod_container_status_restarts_total{$ns}[1h]))", "")],
        ),
        panel(
            monitored,
            ("Targets that can not be scraped", ""),
            (Shows::Number { bad: Some(1.0) }, "none"),
            &[("sum(1 - up{$ns})", "")],
        ),
    ];
    if monitored.has_containers() {
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
            panel(monitored, ("CPU", "Cores"), (Shows::Stacked, "none"), &[(&cpu, legend)]),
            panel(
                monitored,
                ("CPU throttling", "Part of the time that containers with a CPU limit had to wait"),
                (Shows::Lines, "percentunit"),
                &[(&throttled, legend)],
            ),
            panel(
                monitored,
                ("Memory", "Working set: what the limit is held against"),
                (Shows::Stacked, "bytes"),
                &[(&memory, legend)],
            ),
            panel(
                monitored,
                ("Memory of the limit", "The fullest container of each; at 100 % it is killed"),
                (Shows::Lines, "percentunit"),
                &[(&of_limit, legend)],
            ),
            panel(monitored, ("Network in", ""), (Shows::Lines, "Bps"), &[(&received, legend)]),
            panel(monitored, ("Network out", ""), (Shows::Lines, "Bps"), &[(&sent, legend)]),
        ]);
        if !monitored.claims.is_empty() {
            panels.push(panel(
                monitored,
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
        monitored,
        ("Restarts by container", ""),
        (Shows::Lines, "none"),
        &[(
            "sum by (pod, container) (increase(kube_pod_container_status_restarts_total{$ns}[15m])) > 0
             or on () vector(0)",
            "{{pod}} {{container}}",
        )],
    ));
    if monitored.workloads.iter().any(|workload| workload.kind == Kind::Deployment) {
        panels.push(panel(
            monitored,
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
    if !monitored.autoscalers.is_empty() {
        panels.push(panel(
            monitored,
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

fn logs(monitored: &Monitored) -> Draft {
    let panels = vec![
        log_panel(
            monitored,
            ("Lines by level", "Lines that say none are those of programs that do not log JSON"),
            (Shows::Stacked, "none"),
            &[("sum by (level) (count_over_time({$ns}[$__auto]))", "{{level}}")],
        ),
        log_panel(
            monitored,
            ("Errors by component", "Lines of level error or critical"),
            (Shows::Stacked, "none"),
            &[(
                "sum by (component) (count_over_time({$ns, level=~\"error|critical\"}[$__auto]))",
                "{{component}}",
            )],
        ),
        log_panel(
            monitored,
            ("Volume", "What each component logs"),
            (Shows::Stacked, "Bps"),
            &[("sum by (component) (bytes_rate({$ns}[$__auto]))", "{{component}}")],
        ),
        log_panel(
            monitored,
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
            monitored,
            ("Errors", ""),
            (Shows::Logs, "none"),
            &[("{$ns, level=~\"error|critical\"}", "")],
        ),
        log_panel(monitored, ("All lines", ""), (Shows::Logs, "none"), &[("{$ns}", "")]),
        panel(
            monitored,
            ("Lines sent to Loki", ""),
            (Shows::Lines, "ops"),
            &[("sum(rate(loki_write_sent_entries_total{$ns}[$__rate_interval]))", "sent")],
        ),
        panel(
            monitored,
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
