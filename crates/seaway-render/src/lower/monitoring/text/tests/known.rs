//! Metrics that exporters show, looked up in their sources on 2026-11-25. On 2026-11-29 those of Redis, PostgreSQL and Django
//! were seen at the programs themselves: exporters 1.86.0 and 0.19.1, django-prometheus 2.5.0.

/// By exporter; each with the page or file that names it.
#[rustfmt::skip] // one exporter a paragraph, not one name a line
pub(super) const METRICS: &[&str] = &[
    // Prometheus itself, of each target.
    // https://prometheus.io/docs/concepts/jobs_instances/#automatically-generated-labels-and-time-series
    "up",

    // https://github.com/django-commons/django-prometheus/blob/v2.5.0/django_prometheus/middleware.py
    "django_http_responses_total_by_status_view_method_total",
    "django_http_requests_latency_seconds_by_view_method_bucket",
    "django_http_requests_latency_seconds_by_view_method_sum",
    "django_http_exceptions_total_by_type_total",
    // https://github.com/django-commons/django-prometheus/blob/v2.5.0/django_prometheus/migrations.py
    "django_migrations_unapplied_total",
    // https://github.com/prometheus/client_python/blob/master/prometheus_client/process_collector.py
    "process_resident_memory_bytes",

    // https://github.com/danihodovic/celery-exporter/blob/v0.12.2/src/exporter.py
    "celery_worker_up", "celery_worker_tasks_active", "celery_queue_length", "celery_active_worker_count",
    "celery_task_received_total", "celery_task_succeeded_total", "celery_task_failed_total",
    "celery_task_retried_total", "celery_task_runtime_bucket",

    // https://github.com/prometheus-community/postgres_exporter/tree/v0.20.1/collector
    "pg_up", "pg_settings_max_connections",
    "pg_stat_activity_count", "pg_stat_activity_max_tx_duration",
    "pg_stat_database_xact_commit", "pg_stat_database_xact_rollback",
    "pg_stat_database_blks_hit", "pg_stat_database_blks_read",
    "pg_stat_database_tup_fetched", "pg_stat_database_tup_inserted",
    "pg_stat_database_tup_updated", "pg_stat_database_tup_deleted",
    "pg_stat_database_deadlocks", "pg_stat_database_temp_files",
    "pg_database_size_bytes", "pg_locks_count",

    // https://github.com/oliver006/redis_exporter/blob/v1.88.0/exporter/exporter.go
    "redis_up", "redis_memory_used_bytes", "redis_memory_max_bytes", "redis_connected_clients",
    "redis_blocked_clients", "redis_db_keys", "redis_aof_last_write_status", "redis_rdb_last_bgsave_status",
    "redis_commands_processed_total", "redis_rejected_connections_total", "redis_evicted_keys_total",
    "redis_expired_keys_total", "redis_keyspace_hits_total", "redis_keyspace_misses_total",

    // https://github.com/prometheus/mysqld_exporter/tree/v0.20.0/collector: exporter.go, global_status.go, global_variables.go;
    // what `SHOW GLOBAL STATUS` has is in
    // https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html and https://mariadb.com/kb/en/server-status-variables/
    "mysql_up", "mysql_global_variables_max_connections",
    "mysql_global_status_threads_connected", "mysql_global_status_threads_running",
    "mysql_global_status_connection_errors_total", "mysql_global_status_commands_total",
    "mysql_global_status_innodb_row_ops_total", "mysql_global_status_queries", "mysql_global_status_slow_queries",
    "mysql_global_status_innodb_buffer_pool_reads", "mysql_global_status_innodb_buffer_pool_read_requests",
    "mysql_global_status_bytes_received", "mysql_global_status_bytes_sent",
    "mysql_global_status_innodb_row_lock_waits",

    // https://github.com/prometheus/memcached_exporter/blob/v0.16.0/pkg/exporter/exporter.go
    "memcached_up", "memcached_current_connections", "memcached_max_connections", "memcached_current_items",
    "memcached_current_bytes", "memcached_limit_bytes", "memcached_commands_total", "memcached_items_total",
    "memcached_items_evicted_total", "memcached_connections_listener_disabled_total",
    "memcached_read_bytes_total", "memcached_written_bytes_total",

    // https://github.com/rabbitmq/rabbitmq-server/blob/main/deps/rabbitmq_prometheus/metrics.md, and of alarms
    // src/collectors/prometheus_rabbitmq_alarm_metrics_collector.erl beside it
    "rabbitmq_queue_messages_ready", "rabbitmq_queue_messages_unacked", "rabbitmq_consumers", "rabbitmq_queues",
    "rabbitmq_connections", "rabbitmq_channels",
    "rabbitmq_alarms_memory_used_watermark", "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_global_messages_received_total", "rabbitmq_global_messages_delivered_total",
    "rabbitmq_global_messages_acknowledged_total", "rabbitmq_global_messages_redelivered_total",
    "rabbitmq_process_resident_memory_bytes", "rabbitmq_resident_memory_limit_bytes",
    "rabbitmq_disk_space_available_bytes", "rabbitmq_disk_space_available_limit_bytes",

    // https://github.com/kubernetes/kube-state-metrics/tree/v2.20.0/docs/metrics/workload
    "kube_pod_status_phase", "kube_pod_status_ready", "kube_pod_container_status_waiting_reason",
    "kube_pod_init_container_status_waiting_reason", "kube_pod_container_status_restarts_total",
    "kube_pod_container_status_last_terminated_reason", "kube_pod_container_resource_limits",
    "kube_deployment_spec_replicas", "kube_deployment_status_replicas_available", "kube_deployment_status_condition",
    "kube_statefulset_replicas", "kube_statefulset_status_replicas_ready",
    "kube_job_failed", "kube_job_owner", "kube_job_created",
    "kube_cronjob_created", "kube_cronjob_next_schedule_time", "kube_cronjob_spec_suspend",
    "kube_cronjob_status_last_successful_time",
    "kube_horizontalpodautoscaler_spec_max_replicas", "kube_horizontalpodautoscaler_spec_min_replicas",
    "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_horizontalpodautoscaler_status_desired_replicas", "kube_horizontalpodautoscaler_status_condition",

    // https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
    "container_cpu_usage_seconds_total", "container_cpu_cfs_periods_total",
    "container_cpu_cfs_throttled_periods_total", "container_memory_working_set_bytes",
    "container_network_receive_bytes_total", "container_network_transmit_bytes_total",

    // https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/metrics/collectors/volume_stats.go
    "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes",
    "kubelet_volume_stats_inodes", "kubelet_volume_stats_inodes_free",

    // https://cert-manager.io/docs/devops-tips/prometheus-metrics/
    "certmanager_certificate_expiration_timestamp_seconds", "certmanager_certificate_ready_status",

    // https://github.com/prometheus/prometheus: rules/manager.go, cmd/prometheus/main.go, notifier/
    "prometheus_rule_evaluation_failures_total", "prometheus_config_last_reload_successful",
    "prometheus_notifications_dropped_total",
    // https://github.com/prometheus/alertmanager: notify/notify.go, config/coordinator.go
    "alertmanager_notifications_failed_total", "alertmanager_config_last_reload_successful",
    // https://grafana.com/docs/alloy/latest/reference/components/loki/loki.write/#debug-metrics
    "loki_write_dropped_entries_total", "loki_write_sent_entries_total",
    // https://github.com/grafana/dskit/blob/main/server/metrics.go, with Loki's prefix
    "loki_request_duration_seconds_count",
];
