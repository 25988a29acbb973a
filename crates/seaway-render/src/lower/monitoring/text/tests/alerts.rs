//! What alerts, when, and what then is to be done.

use std::collections::BTreeSet;

use super::*;

/// Series that are made up, and what alerts for them.
pub(super) const CASES: [(&str, &str); 7] = [
    ("requests.yml", include_str!("../../../../../tests/fixtures/monitoring/requests.yml")),
    ("celery.yml", include_str!("../../../../../tests/fixtures/monitoring/celery.yml")),
    ("backing.yml", include_str!("../../../../../tests/fixtures/monitoring/backing.yml")),
    ("servers.yml", include_str!("../../../../../tests/fixtures/monitoring/servers.yml")),
    ("cluster.yml", include_str!("../../../../../tests/fixtures/monitoring/cluster.yml")),
    ("slow.yml", include_str!("../../../../../tests/fixtures/monitoring/slow.yml")),
    ("own.yml", include_str!("../../../../../tests/fixtures/monitoring/own.yml")),
];

/// Each group by series that are made up: what alerts, after how long, and what does not.
#[test]
fn rules_alert_when_they_should() {
    let folder = placed(&shapes::every_server());
    for (name, text) in CASES {
        write(folder.path(), name, text);
        run("promtool", &["test", "rules", name], folder.path());
    }
}

/// The names are part of the product; a stage has those of what it has.
#[test]
fn a_stage_has_the_alerts_of_what_it_has() {
    let names = |monitored: &Monitored| -> Vec<String> {
        let rules = groups(monitored).into_iter().flat_map(|group| group.rules);
        let mut names: Vec<String> = rules
            .filter_map(|rule| match rule {
                Rule::Alert(alert) => Some(alert.name),
                Rule::Record(_) => None,
            })
            .collect();
        names.dedup();
        names
    };
    insta::assert_debug_snapshot!(names(&shapes::minimal()), @r#"
    [
        "Watchdog",
        "TargetDown",
        "TargetMissing",
        "PrometheusRulesFail",
        "PrometheusConfig",
        "RequestErrors",
        "RequestsSlow",
        "TrafficGone",
        "MigrationsUnapplied",
        "PodCrashLoops",
        "PodOutOfMemory",
        "PodDoesNotStart",
        "PodPending",
        "DeploymentDown",
        "DeploymentReplicas",
        "RolloutStuck",
        "StatefulSetDown",
        "StatefulSetReplicas",
    ]
    "#);
    let full = names(&shapes::full());
    let more: Vec<String> =
        names(&shapes::every_server()).into_iter().filter(|name| !full.contains(name)).collect();
    insta::assert_debug_snapshot!(more, @r#"
    [
        "MysqlDown",
        "MysqlConnectionsHigh",
        "MysqlRefusesConnections",
        "MemcachedDown",
        "MemcachedEvictions",
        "MemcachedRefusesConnections",
        "RabbitmqDown",
        "RabbitmqMemoryAlarm",
        "RabbitmqDiskAlarm",
        "RabbitmqQueueGrowing",
    ]
    "#);
    insta::assert_debug_snapshot!(full, @r#"
    [
        "Watchdog",
        "TargetDown",
        "TargetMissing",
        "PrometheusRulesFail",
        "PrometheusConfig",
        "PrometheusDropsAlerts",
        "AlertmanagerDoesNotDeliver",
        "AlertmanagerConfig",
        "LogsDropped",
        "LogsStopped",
        "LokiErrors",
        "RequestErrors",
        "RequestsSlow",
        "TrafficGone",
        "MigrationsUnapplied",
        "CeleryNoWorkers",
        "CeleryQueueWithoutWorker",
        "CeleryQueueGrows",
        "CeleryTasksFail",
        "PostgresDown",
        "PostgresConnections",
        "PostgresLongTransaction",
        "RedisDown",
        "RedisMemory",
        "RedisEvicts",
        "RedisRejectsConnections",
        "RedisNotPersisting",
        "PodCrashLoops",
        "PodOutOfMemory",
        "PodDoesNotStart",
        "PodPending",
        "CpuThrottled",
        "DeploymentDown",
        "DeploymentReplicas",
        "RolloutStuck",
        "StatefulSetDown",
        "StatefulSetReplicas",
        "JobFailed",
        "CronJobLate",
        "AutoscalerAtMaximum",
        "AutoscalerBlind",
        "VolumeFillsUp",
        "VolumeAlmostFull",
        "VolumeInodes",
        "BackupMissing",
        "CertificateExpires",
        "CertificateNotReady",
    ]
    "#);
}

#[test]
fn each_alert_says_what_to_do() {
    for (name, monitored) in shapes::all() {
        for rule in groups(&monitored).into_iter().flat_map(|group| group.rules) {
            let Rule::Alert(alert) = rule else { continue };
            let alert: Alert = alert;
            let of = |key: &str| alert.annotations.get(key).map_or("", String::as_str).to_owned();
            assert!(
                !of("summary").is_empty() && !of("description").is_empty(),
                "{name}: {alert:?}"
            );
            let runbook =
                format!("https://shop.example.com/runbooks#{}", alert.name.to_lowercase());
            assert_eq!(of("runbook_url"), runbook);
            assert!(!alert.wait.is_empty() && alert.labels.contains_key("severity"), "{alert:?}");
        }
    }
}

/// `RUNBOOKS.md` has one heading for each alert and no others: what `runbook_url` leads to.
#[test]
fn each_alert_has_a_runbook() {
    let page = include_str!("../../../../../RUNBOOKS.md");
    let headings: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let shapes = shapes::all();
    let rules = shapes.iter().flat_map(|(_, monitored)| groups(monitored));
    let rules: Vec<Rule> = rules.flat_map(|group| group.rules).collect();
    let alerts = rules.iter().filter_map(|rule| match rule {
        Rule::Alert(alert) => Some(alert.name.as_str()),
        Rule::Record(_) => None,
    });
    assert_eq!(headings, alerts.collect());
}
