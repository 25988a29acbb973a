//! Requests that Django answers: errors, latency, traffic, migrations.
//!
//! Metrics: <https://github.com/django-commons/django-prometheus/blob/v2.5.0/django_prometheus/middleware.py>. They count what
//! reaches Django's own views: what a middleware in front answers (a health check) is not in them. Latency is measured
//! there too, without the time that a request waits for a worker.

use super::super::monitored::Monitored;
use super::super::template::{any_of, put, quote};
use super::{Draft, Group, Severity, group, record};

/// Where traffic is less, ratios and their absence say nothing: one request in ten seconds.
const FLOOR: &str = "0.1";

pub(super) fn groups(monitored: &Monitored) -> Vec<Group> {
    if monitored.webs.is_empty() {
        return Vec::new();
    }
    let probes = probes(monitored);
    let with = |expr: &str| put(expr, &[("$probes", &probes), ("$floor", FLOOR)]);
    let records = vec![
        record(
            monitored,
            "namespace_component:django_http_responses:rate5m",
            &with(
                "sum by (namespace, component) (
                   rate(django_http_responses_total_by_status_view_method_total{$ns$probes}[5m])
                 )",
            ),
        ),
        // Without an error there is no series of one: then it is zero where there are answers.
        record(
            monitored,
            "namespace_component:django_http_responses_5xx:rate5m",
            &with(
                "sum by (namespace, component) (
                   rate(django_http_responses_total_by_status_view_method_total{$ns,status=~\"5..\"$probes}[5m])
                 )
                 or
                 0 * namespace_component:django_http_responses:rate5m{$ns}",
            ),
        ),
        record(
            monitored,
            "namespace_component:django_http_requests_latency_seconds:p95_5m",
            &with(
                "histogram_quantile(
                   0.95,
                   sum by (namespace, component, le) (
                     rate(django_http_requests_latency_seconds_by_view_method_bucket{$ns$probes}[5m])
                   )
                 )",
            ),
        ),
    ];
    let alerts = [
        Draft {
            alert: "RequestErrors",
            severity: Severity::Critical,
            wait: "5m",
            expr: "namespace_component:django_http_responses_5xx:rate5m{$ns}
                   / namespace_component:django_http_responses:rate5m{$ns}
                   > 0.05
                   and
                   namespace_component:django_http_responses:rate5m{$ns} > $floor",
            summary: "{{ $labels.component }} fails {{ $value | humanizePercentage }} of its requests",
            description: "More than 5 % of the answers of the last 5 minutes have a status of 500 or above.",
        },
        Draft {
            alert: "RequestsSlow",
            severity: Severity::Warning,
            wait: "10m",
            expr: "namespace_component:django_http_requests_latency_seconds:p95_5m{$ns} > 1
                   and
                   namespace_component:django_http_responses:rate5m{$ns} > $floor",
            summary: "One request in twenty to {{ $labels.component }} takes more than {{ $value | humanizeDuration }}",
            description: "The 95th percentile of the time in Django's views is above one second.",
        },
        // New pods have counted nothing yet, so that there is no series: then it is zero where a pod can be asked. Where none
        // can, nothing is known of traffic, and other alerts say so.
        Draft {
            alert: "TrafficGone",
            severity: Severity::Critical,
            wait: "5m",
            expr: "(
                     sum by (namespace, component) (
                       rate(django_http_responses_total_by_status_view_method_total{$ns$probes}[10m])
                     )
                     or
                     0 * sum by (namespace, component) (up{$ns,job=\"web\"} == 1)
                   ) == 0
                   and
                   sum by (namespace, component) (
                     rate(django_http_responses_total_by_status_view_method_total{$ns$probes}[1h] offset 15m)
                   ) > $floor",
            summary: "{{ $labels.component }} gets no requests any more",
            description: "It answered requests an hour ago and none for 10 minutes: look at what stands before it.",
        },
        // Shown where the application sets PROMETHEUS_EXPORT_MIGRATIONS.
        Draft {
            alert: "MigrationsUnapplied",
            severity: Severity::Warning,
            wait: "15m",
            expr: "max by (namespace, component, connection) (django_migrations_unapplied_total{$ns}) > 0",
            summary: "{{ $labels.component }} runs with {{ $value }} unapplied migrations",
            description: "The schema of database {{ $labels.connection }} is older than the code.",
        },
    ];
    let alerts = alerts.iter().map(|draft| {
        let expr = with(draft.expr);
        Draft { expr: &expr, ..*draft }.rule(monitored)
    });
    vec![group(monitored, "requests", records.into_iter().chain(alerts).collect())]
}

/// Leaves views out that answer probes: one every few seconds, each a success.
pub(in super::super) fn probes(monitored: &Monitored) -> String {
    let views = monitored.webs.iter().flat_map(|web| &web.probe_views);
    let views = any_of(views.map(String::as_str));
    if views.is_empty() { views } else { format!(",view!~{}", quote(&views)) }
}
