//! Monitoring itself: that it sees, that it thinks, that it is heard.
//!
//! Metrics: <https://github.com/prometheus/prometheus>, <https://github.com/prometheus/alertmanager> (`notify`),
//! <https://grafana.com/docs/alloy/latest/reference/components/loki/loki.write/#debug-metrics>, and of Loki's server
//! <https://github.com/grafana/dskit/blob/main/server/metrics.go> with the prefix `loki_`.

use super::super::monitored::Monitored;
use super::super::scrape;
use super::{Draft, Group, Rule, Severity, group};

pub(super) fn groups(monitored: &Monitored) -> Vec<Group> {
    vec![
        group(monitored, "watchdog", watchdog(monitored)),
        group(monitored, "targets", targets(monitored)),
        group(monitored, "monitoring", monitoring(monitored)),
        group(monitored, "logs", logs(monitored)),
    ]
}

/// A dead man's switch: whoever expects it tells when it stops, which nothing in here can.
fn watchdog(monitored: &Monitored) -> Vec<Rule> {
    let draft = Draft {
        alert: "Watchdog",
        severity: Severity::None,
        wait: "0m",
        expr: "vector(1)",
        summary: "Alerting works",
        description: "Always fires. When it does not arrive any more, no other alert does.",
    };
    vec![draft.rule(monitored)]
}

fn targets(monitored: &Monitored) -> Vec<Rule> {
    let down = Draft {
        alert: "TargetDown",
        severity: Severity::Warning,
        wait: "5m",
        expr: "min by (namespace, job, component, instance) (up{$ns}) == 0",
        summary: "{{ $labels.instance }} ({{ $labels.job }}) can not be scraped",
        description: "Its alerts can not fire while nothing is known of it.",
    };
    // Who finds no pod has no target that could be down: a wrong label, port, or right to list pods.
    let jobs = scrape::jobs(monitored).into_iter().map(|job| job.name);
    let missing = jobs.chain(scrape::kubelet_jobs(monitored)).map(|job| {
        let expr = format!("absent(up{{$ns,job=\"{job}\"}})");
        let summary = format!("Nothing of job {job} is scraped");
        let draft = Draft {
            alert: "TargetMissing",
            severity: Severity::Warning,
            wait: "10m",
            expr: &expr,
            summary: &summary,
            description: "No pod with its label and port, or no node, was found.",
        };
        draft.labelled(monitored, &[("job", job)])
    });
    std::iter::once(down.rule(monitored)).chain(missing).collect()
}

fn monitoring(monitored: &Monitored) -> Vec<Rule> {
    if monitored.operator {
        return Vec::new();
    }
    let mut drafts = vec![
        Draft {
            alert: "PrometheusRulesFail",
            severity: Severity::Warning,
            wait: "5m",
            expr: "sum by (namespace, component, rule_group) (
                     increase(prometheus_rule_evaluation_failures_total{$ns}[10m])
                   ) > 0",
            summary: "Rules of {{ $labels.rule_group }} can not be evaluated",
            description: "Their alerts do not fire. Prometheus logs why.",
        },
        Draft {
            alert: "PrometheusConfig",
            severity: Severity::Warning,
            wait: "5m",
            expr: "min by (namespace, component) (prometheus_config_last_reload_successful{$ns}) == 0",
            summary: "Prometheus refuses its configuration",
            description: "It goes on with the one before.",
        },
    ];
    if monitored.alerting.is_some() {
        drafts.push(Draft {
            // Those of a start, before it has found Alertmanager, have left the window by then.
            alert: "PrometheusDropsAlerts",
            severity: Severity::Warning,
            wait: "10m",
            expr: "sum by (namespace, component) (increase(prometheus_notifications_dropped_total{$ns}[5m])) > 0",
            summary: "Prometheus could not hand {{ $value }} alerts to Alertmanager",
            description: "Alertmanager is down, or does not answer in time.",
        });
        // Another receiver may still work, and the dead man's switch tells of the last one.
        drafts.push(Draft {
            alert: "AlertmanagerDoesNotDeliver",
            severity: Severity::Critical,
            wait: "5m",
            expr: "sum by (namespace, component, integration) (
                     increase(alertmanager_notifications_failed_total{$ns}[10m])
                   ) > 0",
            summary: "Alerts can not be delivered by {{ $labels.integration }}",
            description: "Alertmanager logs the answer that it gets: an expired secret, or a closed way out of the cluster.",
        });
        drafts.push(Draft {
            alert: "AlertmanagerConfig",
            severity: Severity::Warning,
            wait: "5m",
            expr: "min by (namespace, component) (alertmanager_config_last_reload_successful{$ns}) == 0",
            summary: "Alertmanager refuses its configuration",
            description: "It goes on with the one before.",
        });
    }
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}

fn logs(monitored: &Monitored) -> Vec<Rule> {
    if monitored.logs.is_none() {
        return Vec::new();
    }
    let drafts = [
        Draft {
            alert: "LogsDropped",
            severity: Severity::Warning,
            wait: "5m",
            expr: "sum by (namespace, component) (increase(loki_write_dropped_entries_total{$ns}[15m])) > 0",
            summary: "{{ $value }} log lines were dropped in 15 minutes",
            description: "Loki refuses them or can not be reached: they are lost. `kubectl logs` still has the newest.",
        },
        Draft {
            alert: "LogsStopped",
            severity: Severity::Warning,
            wait: "15m",
            expr: "sum by (namespace, component) (rate(loki_write_sent_entries_total{$ns}[15m])) == 0",
            summary: "No log line arrived for half an hour",
            description: "Alloy runs and sends nothing: it may not be allowed to read pods/log.",
        },
        Draft {
            alert: "LokiErrors",
            severity: Severity::Warning,
            wait: "15m",
            expr: "sum by (namespace, component) (rate(loki_request_duration_seconds_count{$ns,status_code=~\"5..\"}[5m]))
                   / sum by (namespace, component) (rate(loki_request_duration_seconds_count{$ns}[5m]))
                   > 0.1",
            summary: "Loki fails {{ $value | humanizePercentage }} of its requests",
            description: "Its volume may be full, or its memory too small.",
        },
    ];
    drafts.iter().map(|draft| draft.rule(monitored)).collect()
}
