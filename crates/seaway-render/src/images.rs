//! The images that components run unless the stack names another one, in one place.
//!
//! Looked up on 2026-11-23. Licences: PostgreSQL Licence; Redis 8 `RSALv2`, `SSPLv1` or `AGPLv3`; Valkey BSD-3-Clause;
//! nginx BSD-2-Clause. Tags name a release; their sources are the libraries of official images
//! (<https://github.com/docker-library/official-images>, <https://github.com/nginx/docker-nginx-unprivileged>).

/// PostgreSQL by major. Debian's variant: it carries `nss_wrapper`, which the entry point needs to run as any user.
pub(crate) const POSTGRES: [(&str, &str); 5] = [
    ("14", "docker.io/library/postgres:14.24-trixie"),
    ("15", "docker.io/library/postgres:15.19-trixie"),
    ("16", "docker.io/library/postgres:16.15-trixie"),
    ("17", "docker.io/library/postgres:17.11-trixie"),
    ("18", "docker.io/library/postgres:18.6-trixie"),
];

/// Redis by version line, the newest last.
pub(crate) const REDIS: [(&str, &str); 2] = [
    ("7", "docker.io/library/redis:7.4.11-trixie"),
    ("8", "docker.io/library/redis:8.10.2-trixie"),
];

/// Valkey by version line, the newest last.
pub(crate) const VALKEY: [(&str, &str); 2] =
    [("8", "docker.io/valkey/valkey:8.1.10"), ("9", "docker.io/valkey/valkey:9.1.2")];

/// `PgBouncer` of the `CloudNativePG` project: Debian, any user, nothing written to its root. ISC licence; its source is
/// <https://github.com/cloudnative-pg/pgbouncer-containers>.
pub(crate) const PGBOUNCER: &str = "ghcr.io/cloudnative-pg/pgbouncer:1.25.2-trixie";

/// nginx that runs without root.
pub(crate) const NGINX: &str = "docker.io/nginxinc/nginx-unprivileged:1.30.5-alpine-slim";

/// The command line of AWS, for what is copied to S3 (Apache-2.0; <https://gallery.ecr.aws/aws-cli/aws-cli>).
pub(crate) const AWS_CLI: &str = "public.ecr.aws/aws-cli/aws-cli:2.31.0";

// What watches a stack. Looked up on 2026-11-25 in public sources. Licences: Grafana and Loki AGPL-3.0, redis_exporter and
// celery-exporter MIT, the others Apache-2.0.

/// Prometheus, the variant without a shell.
pub(crate) const PROMETHEUS: &str = "quay.io/prometheus/prometheus:v3.14.0-distroless";
/// Alertmanager.
pub(crate) const ALERTMANAGER: &str = "quay.io/prometheus/alertmanager:v0.34.0";
/// kube-state-metrics.
pub(crate) const KUBE_STATE_METRICS: &str =
    "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0";
/// Grafana, the variant without a shell.
pub(crate) const GRAFANA: &str = "docker.io/grafana/grafana:13.2.3-distroless";
/// Loki.
pub(crate) const LOKI: &str = "docker.io/grafana/loki:3.7.6";
/// Alloy.
pub(crate) const ALLOY: &str = "docker.io/grafana/alloy:v1.18.1";
/// The exporter for PostgreSQL.
pub(crate) const POSTGRES_EXPORTER: &str = "quay.io/prometheuscommunity/postgres-exporter:v0.20.1";
/// The exporter for Redis and Valkey.
pub(crate) const REDIS_EXPORTER: &str = "docker.io/oliver006/redis_exporter:v1.88.0";
/// The exporter for MySQL and MariaDB, the variant with a shell: a script takes a URL apart for it.
pub(crate) const MYSQLD_EXPORTER: &str = "quay.io/prometheus/mysqld-exporter:v0.20.0";
/// The exporter for Memcached.
pub(crate) const MEMCACHED_EXPORTER: &str = "quay.io/prometheus/memcached-exporter:v0.16.0";
/// The exporter for Celery.
pub(crate) const CELERY_EXPORTER: &str = "docker.io/danihodovic/celery-exporter:0.12.2";
