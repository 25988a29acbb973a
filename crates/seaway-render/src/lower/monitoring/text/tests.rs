//! Holds the texts against the programs that read them, and each query against what the exporters show.

#![expect(clippy::disallowed_methods, reason = "programs read files")]

mod known;
mod series;
mod shapes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::emit::{Format, document};

/// Runs a program in a folder and gives what it says; panics where it fails or is not there.
fn run(program: &str, args: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; .ci/setup installs it"));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{program} {}\n{said}", args.join(" "));
    said
}

/// What a reader made of a text; panics with both where it made nothing of it.
fn taken<T, E: Display>(read: Result<T, E>, text: &str) -> T {
    read.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn folder() -> TempDir {
    taken(TempDir::new(), "a folder")
}

fn write(folder: &Path, name: &str, text: &str) {
    taken(fs::write(folder.join(name), text), name);
}

/// The shape with its files in a folder, as its pods have them.
fn placed(watched: &Watched) -> TempDir {
    let folder = folder();
    let at = folder.path();
    for file in ["token", "ca.crt"] {
        write(at, file, "");
    }
    // promtool looks whether the files of the account are there.
    let account = at.display().to_string();
    let here = Watched { service_account: account, ..watched.clone() };
    write(at, "prometheus.yml", &without_kubernetes(&prometheus(&here)));
    write(at, "rules.yml", &rules(&here));
    folder
}

/// Debian builds Prometheus without `kubernetes_sd_configs`: they are read here, and what they share with `http_sd_configs`
/// (how a server is asked, and which one) is handed to promtool as one of those.
fn without_kubernetes(text: &str) -> String {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Discovery {
        role: String,
        api_server: String,
        authorization: serde_yaml::Value,
        tls_config: serde_yaml::Value,
        namespaces: Option<Namespaces>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Namespaces {
        names: Vec<String>,
    }
    #[derive(Serialize)]
    struct Http {
        url: String,
        authorization: serde_yaml::Value,
        tls_config: serde_yaml::Value,
    }
    let mut file: serde_yaml::Mapping = taken(serde_yaml::from_str(text), text);
    let jobs = file.get_mut("scrape_configs").and_then(serde_yaml::Value::as_sequence_mut);
    for job in jobs.into_iter().flatten() {
        let job = job.as_mapping_mut().unwrap_or_else(|| panic!("{text}"));
        let found = job.remove("kubernetes_sd_configs").unwrap_or_default();
        let found: Vec<Discovery> = taken(serde_yaml::from_value(found), text);
        let asks = found.into_iter().map(|found| {
            // Nodes lie in no namespace; pods of other ones are not ours to read.
            let names = found.namespaces.map(|namespaces| namespaces.names.len());
            assert!(matches!((found.role.as_str(), names), ("pod", Some(1)) | ("node", None)));
            Http {
                url: found.api_server,
                authorization: found.authorization,
                tls_config: found.tls_config,
            }
        });
        let asks = taken(serde_yaml::to_value(asks.collect::<Vec<_>>()), text);
        job.insert("http_sd_configs".into(), asks);
    }
    taken(serde_yaml::to_string(&file), text)
}

#[test]
fn prometheus_takes_its_configuration_and_rules() {
    for (name, watched) in shapes::all() {
        let folder = placed(&watched);
        let lint = ["--lint=all", "--lint-fatal"];
        for (what, file) in [("config", "prometheus.yml"), ("rules", "rules.yml")] {
            let said = run("promtool", &["check", what, lint[0], lint[1], file], folder.path());
            assert!(said.contains("SUCCESS"), "{name}: {said}");
        }
    }
}

/// Targets as the API server tells of them, and the labels that they get: promtool relabels as Prometheus does.
#[test]
fn targets_get_bounded_labels() {
    let full = shapes::full();
    let mut found = Vec::new();
    for (job, pod, instance, port_name, port, phase) in [
        ("web", "web-5d4f-x2v7p", "web", "metrics-0", "8001", "Running"),
        ("web", "web-5d4f-x2v7p", "web", "metrics-1", "8002", "Running"),
        ("web", "web-5d4f-x2v7p", "web", "http", "8000", "Running"),
        ("web", "web-5d4f-abcde", "web", "metrics-0", "8001", "Failed"),
        ("web", "worker-5d4f-x2v7p", "worker", "metrics-0", "8001", "Running"),
        (
            "postgres",
            "monitoring-db-exporter-1-2",
            "monitoring-db-exporter",
            "metrics",
            "9187",
            "Running",
        ),
        (
            "celery",
            "monitoring-celery-exporter-1-2",
            "monitoring-celery-exporter",
            "metrics",
            "9808",
            "Running",
        ),
        ("loki", "monitoring-loki-0", "monitoring-loki", "http", "3100", "Running"),
    ] {
        let meta = BTreeMap::from([
            ("__meta_kubernetes_namespace", "shop"),
            ("__meta_kubernetes_pod_name", pod),
            ("__meta_kubernetes_pod_phase", phase),
            ("__meta_kubernetes_pod_label_app_kubernetes_io_instance", instance),
            ("__meta_kubernetes_pod_label_pod_template_hash", "5d4f"),
            ("__meta_kubernetes_pod_container_port_name", port_name),
            ("__meta_kubernetes_pod_container_port_number", port),
        ]);
        let discovery = format!("[{{targets: ['10.0.0.1:{port}'], labels: {meta:?}}}]");
        let discovery: serde_yaml::Value = taken(serde_yaml::from_str(&discovery), &discovery);
        let folder = placed(&full);
        let file = folder.path().join("prometheus.yml");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let mut config: serde_yaml::Value = taken(serde_yaml::from_str(&text), &text);
        let jobs = config["scrape_configs"].as_sequence_mut().into_iter().flatten();
        for job in jobs.filter_map(serde_yaml::Value::as_mapping_mut) {
            job.remove("http_sd_configs");
            job.insert("static_configs".into(), discovery.clone());
        }
        let text = serde_yaml::to_string(&config).unwrap_or_default();
        write(folder.path(), "prometheus.yml", &text);
        let args = ["check", "service-discovery", "--timeout=1s", "prometheus.yml", job];
        let said = run("promtool", &args, folder.path());
        let said: Value = taken(serde_json::from_str(&said), &said);
        let mut labels = said[0]["labels"].as_object().cloned().unwrap_or_default();
        labels.retain(|name, _| !name.starts_with("__"));
        found.push(format!("{job} of {pod}:{port}: {}", Value::Object(labels)));
    }
    insta::assert_debug_snapshot!(found, @r#"
    [
        "web of web-5d4f-x2v7p:8001: {\"component\":\"web\",\"instance\":\"web-5d4f-x2v7p:8001\",\"job\":\"web\",\"namespace\":\"shop\",\"pod\":\"web-5d4f-x2v7p\"}",
        "web of web-5d4f-x2v7p:8002: {\"component\":\"web\",\"instance\":\"web-5d4f-x2v7p:8002\",\"job\":\"web\",\"namespace\":\"shop\",\"pod\":\"web-5d4f-x2v7p\"}",
        "web of web-5d4f-x2v7p:8000: {}",
        "web of web-5d4f-abcde:8001: {}",
        "web of worker-5d4f-x2v7p:8001: {}",
        "postgres of monitoring-db-exporter-1-2:9187: {\"component\":\"db\",\"instance\":\"monitoring-db-exporter-1-2:9187\",\"job\":\"postgres\",\"namespace\":\"shop\",\"pod\":\"monitoring-db-exporter-1-2\"}",
        "celery of monitoring-celery-exporter-1-2:9808: {\"component\":\"celery\",\"instance\":\"monitoring-celery-exporter-1-2:9808\",\"job\":\"celery\",\"namespace\":\"shop\",\"pod\":\"monitoring-celery-exporter-1-2\"}",
        "loki of monitoring-loki-0:3100: {\"component\":\"monitoring-loki\",\"instance\":\"monitoring-loki-0:3100\",\"job\":\"loki\",\"namespace\":\"shop\",\"pod\":\"monitoring-loki-0\"}",
    ]
    "#);
}

/// Each group by series that are made up: what alerts, after how long, and what does not.
#[test]
fn rules_alert_when_they_should() {
    let folder = placed(&shapes::full());
    for (name, text) in [
        ("requests.yml", include_str!("../../../../tests/fixtures/monitoring/requests.yml")),
        ("celery.yml", include_str!("../../../../tests/fixtures/monitoring/celery.yml")),
        ("backing.yml", include_str!("../../../../tests/fixtures/monitoring/backing.yml")),
        ("cluster.yml", include_str!("../../../../tests/fixtures/monitoring/cluster.yml")),
        ("slow.yml", include_str!("../../../../tests/fixtures/monitoring/slow.yml")),
        ("own.yml", include_str!("../../../../tests/fixtures/monitoring/own.yml")),
    ] {
        write(folder.path(), name, text);
        run("promtool", &["test", "rules", name], folder.path());
    }
}

/// Debian 12 has Alertmanager 0.25, which does not know `url_file` of webhooks (0.26) yet: for it alone those are addresses.
fn placed_for_amtool(text: &str) -> TempDir {
    let said = run("amtool", &["--version"], Path::new("."));
    let minor = said.split("version 0.").nth(1).and_then(|rest| rest.split('.').next());
    let minor: u32 = minor.and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX);
    let lines = text.lines().map(|line| match line.split_once("- url_file: ") {
        Some((indent, _)) if minor < 26 => format!("{indent}- url: http://127.0.0.1/"),
        _ => line.to_owned(),
    });
    let folder = folder();
    write(folder.path(), "alertmanager.yml", &lines.collect::<Vec<_>>().join("\n"));
    folder
}

#[test]
fn alertmanager_takes_its_configuration() {
    for (name, watched) in shapes::all() {
        let Some(text) = alertmanager(&watched) else { continue };
        let folder = placed_for_amtool(&text);
        let said = run("amtool", &["check-config", "alertmanager.yml"], folder.path());
        assert!(said.contains("SUCCESS"), "{name}: {said}");
    }
}

/// Where an alert of the full shape goes, as Alertmanager itself routes it.
#[test]
fn alerts_go_to_whom_they_concern() {
    let folder = placed_for_amtool(&alertmanager(&shapes::full()).unwrap_or_default());
    for (alert, severity, receiver) in [
        ("Watchdog", "none", "dead-mans-switch"),
        ("CeleryNoWorkers", "critical", "on-call"),
        ("PodPending", "warning", "channel"),
        ("Other", "other", "mail"),
    ] {
        let labels = [format!("alertname={alert}"), format!("severity={severity}")];
        let args =
            ["config", "routes", "test", "--config.file=alertmanager.yml", &labels[0], &labels[1]];
        let said = run("amtool", &args, folder.path());
        assert_eq!(said.lines().next(), Some(receiver), "{alert}: {said}");
    }
}

/// A file of rules, to have queries parsed that are in none.
#[derive(Serialize)]
struct Queries {
    groups: Vec<Group>,
}

/// promtool parses each query of a panel as the query of a recording rule.
#[test]
fn panels_ask_valid_queries() {
    for (name, watched) in shapes::all() {
        let queries: Vec<Query> = queries(&watched);
        let files = dashboards(&watched);
        for query in &queries {
            let file = files.get(&format!("{}.json", query.dashboard));
            assert!(file.is_some_and(|text| text.contains(&query.panel)), "{query:?}");
        }
        let records =
            queries.iter().enumerate().filter(|(_, query)| query.source == Source::Prometheus);
        let records = records.map(|(nth, query)| {
            Rule::Record(Record { name: format!("panel:{nth}:query"), expr: query.over("5m") })
        });
        let group = Group { name: "panels".to_owned(), rules: records.collect() };
        let mut text = String::new();
        taken(document(&Queries { groups: vec![group] }, Format::Yaml, &mut text), name);
        let folder = folder();
        write(folder.path(), "queries.yml", &text);
        let said = run(
            "promtool",
            &["check", "rules", "--lint=all", "--lint-fatal", "queries.yml"],
            folder.path(),
        );
        assert!(said.contains("SUCCESS"), "{name}: {said}");
    }
}

/// No rule and no panel reads a metric that nobody shows.
#[test]
fn every_metric_exists() {
    for (name, watched) in shapes::all() {
        let recorded = groups(&watched).into_iter().flat_map(|group| group.rules);
        let recorded: BTreeSet<String> = recorded
            .filter_map(|rule| match rule {
                Rule::Record(record) => Some(record.name),
                Rule::Alert(_) => None,
            })
            .collect();
        for metric in scrape::metrics(&watched) {
            let known = known::METRICS.contains(&metric.as_str()) || recorded.contains(&metric);
            assert!(known, "{name}: nobody shows {metric}");
        }
    }
}

/// A query that names a metric without a selector would not be seen by the test above, nor kept by the relabelling.
#[test]
fn every_series_is_of_the_namespace() {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    for (name, watched) in shapes::all() {
        let rules = groups(&watched).into_iter().flat_map(|group| group.rules);
        let exprs = rules.map(|rule| match rule {
            Rule::Record(record) => record.expr,
            Rule::Alert(alert) => alert.expr,
        });
        let panels = queries(&watched).into_iter().map(|query| query.expr);
        for expr in exprs.chain(panels) {
            for selector in expr.split('{').skip(1) {
                let first = format!("namespace=\"{}\"", watched.namespace);
                assert!(selector.starts_with(&first), "{name}: {{{selector}");
            }
            let words = expr.split(|c| !is_word(c));
            for word in words.filter(|word| known::METRICS.contains(word) && *word != "up") {
                assert!(expr.contains(&format!("{word}{{")), "{name}: {word} without a selector");
            }
        }
    }
}

#[test]
fn dashboards_are_what_grafana_reads() {
    for (name, watched) in shapes::all() {
        let mut uids = BTreeSet::new();
        for (file, text) in dashboards(&watched) {
            assert!(text.len() < 64 * 1024, "{name}: {file} has {} bytes", text.len());
            let dashboard: Value = taken(serde_json::from_str(&text), &text);
            let uid = dashboard["uid"].as_str().unwrap_or_default().to_owned();
            assert!((1..=40).contains(&uid.len()), "{name}: {file}: {uid}");
            assert!(uids.insert(uid), "{name}: {file}: two dashboards of one uid");
            let panels = dashboard["panels"].as_array().cloned().unwrap_or_default();
            assert!(!panels.is_empty(), "{name}: {file}");
            let mut taken = BTreeMap::new();
            for panel in &panels {
                assert!(!panel["targets"].as_array().is_none_or(Vec::is_empty), "{file}: {panel}");
                let at = |side: &str| panel["gridPos"][side].as_u64().unwrap_or(u64::MAX);
                assert!(at("x") + at("w") <= 24, "{file}: {panel}");
                for x in at("x")..at("x") + at("w") {
                    for y in at("y")..at("y") + at("h") {
                        let other = taken.insert((x, y), &panel["title"]);
                        assert!(other.is_none(), "{file}: {} lies on {other:?}", panel["title"]);
                    }
                }
            }
        }
    }
}

/// What `serde_yaml` reads is YAML; which keys Loki and Grafana know is not checked by a program.
#[test]
fn other_texts_are_yaml() {
    for (name, watched) in shapes::all() {
        for text in
            [loki(&watched), datasources(&watched), providers(&watched)].into_iter().flatten()
        {
            let read: serde_yaml::Value = taken(serde_yaml::from_str(&text), &text);
            assert!(read.is_mapping(), "{name}: {text}");
        }
    }
}

/// As much of Alloy's syntax as can be told without its parser: brackets close, and each component that is named is there.
#[test]
fn alloy_names_only_what_it_declares() {
    let text = alloy(&shapes::full()).unwrap_or_default();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut open = Vec::new();
    let mut quoted = None;
    for character in code.chars() {
        match (quoted, character) {
            (None, '"' | '`') => quoted = Some(character),
            (Some(mark), _) if mark == character => quoted = None,
            (None, '{' | '[' | '(') => open.push(character),
            (None, '}') => assert_eq!(open.pop(), Some('{')),
            (None, ']') => assert_eq!(open.pop(), Some('[')),
            (None, ')') => assert_eq!(open.pop(), Some('(')),
            _ => {}
        }
    }
    assert_eq!((open.len(), quoted), (0, None));
    for (used, declared) in [
        ("discovery.kubernetes.pods.targets", "discovery.kubernetes \"pods\" {"),
        ("discovery.relabel.containers.output", "discovery.relabel \"containers\" {"),
        ("loki.process.lines.receiver", "loki.process \"lines\" {"),
        ("loki.write.loki.receiver", "loki.write \"loki\" {"),
    ] {
        assert!(code.contains(used) && code.contains(declared), "{used}");
    }
}

/// The names are part of the product; a stage has those of what it has.
#[test]
fn a_stage_has_the_alerts_of_what_it_has() {
    let names = |watched: &Watched| -> Vec<String> {
        let rules = groups(watched).into_iter().flat_map(|group| group.rules);
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
    insta::assert_debug_snapshot!(names(&shapes::full()), @r#"
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
    ]
    "#);
}

#[test]
fn each_alert_says_what_to_do() {
    for (name, watched) in shapes::all() {
        for rule in groups(&watched).into_iter().flat_map(|group| group.rules) {
            let Rule::Alert(alert) = rule else { continue };
            let alert: Alert = alert;
            let of = |key: &str| alert.annotations.get(key).map_or("", String::as_str).to_owned();
            assert!(
                !of("summary").is_empty() && !of("description").is_empty(),
                "{name}: {alert:?}"
            );
            let runbook = format!("{}#{}", watched.runbooks, alert.name.to_lowercase());
            assert_eq!(of("runbook_url"), runbook);
            assert!(!alert.wait.is_empty() && alert.labels.contains_key("severity"), "{alert:?}");
        }
    }
}

/// `RUNBOOKS.md` has one heading for each alert and no others: what `runbook_url` leads to.
#[test]
fn each_alert_has_a_runbook() {
    let page = include_str!("../../../../RUNBOOKS.md");
    let headings: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let shapes = shapes::all();
    let rules = shapes.iter().flat_map(|(_, watched)| groups(watched));
    let rules: Vec<Rule> = rules.flat_map(|group| group.rules).collect();
    let alerts = rules.iter().filter_map(|rule| match rule {
        Rule::Alert(alert) => Some(alert.name.as_str()),
        Rule::Record(_) => None,
    });
    assert_eq!(headings, alerts.collect());
}

/// What the component gives kube-state-metrics: its `--metric-allowlist` and `--resources`.
#[test]
fn kube_state_metrics_shows_what_is_read() {
    let watched = shapes::minimal();
    insta::assert_debug_snapshot!(kube_state_resources(&watched), @r#"
    [
        "deployments",
        "pods",
        "statefulsets",
    ]
    "#);
    insta::assert_debug_snapshot!(kube_state_metrics(&watched), @r#"
    [
        "kube_deployment_spec_replicas",
        "kube_deployment_status_condition",
        "kube_deployment_status_replicas_available",
        "kube_pod_container_status_last_terminated_reason",
        "kube_pod_container_status_restarts_total",
        "kube_pod_container_status_waiting_reason",
        "kube_pod_init_container_status_waiting_reason",
        "kube_pod_status_phase",
        "kube_pod_status_ready",
        "kube_statefulset_replicas",
        "kube_statefulset_status_replicas_ready",
    ]
    "#);
    assert!(
        kube_state_metrics(&watched).iter().all(|name| known::METRICS.contains(&name.as_str()))
    );
}

#[test]
fn texts_of_the_full_shape() {
    let full = shapes::full();
    insta::assert_snapshot!(prometheus(&shapes::minimal()), @r#"
    # What the stage shows, and nothing else of the cluster: derived from the stack, not from annotations of pods.
    # Reference: https://prometheus.io/docs/prometheus/latest/configuration/configuration/
    global:
      scrape_interval: 30s
      evaluation_interval: 30s
      external_labels:
        stack: "shop"
        stage: "local"

    rule_files:
    - rules.yml

    scrape_configs:
    - job_name: web
      kubernetes_sd_configs:
      - role: pod
        api_server: https://kubernetes.default.svc
        authorization:
          credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token"
        tls_config:
          ca_file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        namespaces:
          names: ["shop"]
      relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "web"
      - action: keep
        source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: "metrics-[0-9]+"
      # A pod that ended keeps its address for a while.
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Succeeded|Failed
      - action: replace
        source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - action: replace
        source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-(.+)-exporter"
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_name, __meta_kubernetes_pod_container_port_number]
        separator: ":"
        target_label: instance
    - job_name: kube-state-metrics
      # What it tells of has labels of its own; they win over those of its pod.
      honor_labels: true
      kubernetes_sd_configs:
      - role: pod
        api_server: https://kubernetes.default.svc
        authorization:
          credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token"
        tls_config:
          ca_file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        namespaces:
          names: ["shop"]
      relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-kube-state-metrics"
      - action: keep
        source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: "metrics"
      # A pod that ended keeps its address for a while.
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Succeeded|Failed
      - action: replace
        source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-(.+)-exporter"
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_name, __meta_kubernetes_pod_container_port_number]
        separator: ":"
        target_label: instance
      metric_relabel_configs:
      - action: replace
        target_label: component
        replacement: ""
      - action: labeldrop
        regex: "uid"
      - action: replace
        source_labels: [pod]
        regex: "(monitoring-kube-state-metrics|monitoring-prometheus|web)-.+"
        target_label: component
      - action: replace
        source_labels: [deployment, statefulset, cronjob, horizontalpodautoscaler]
        separator: ""
        regex: "(?:keda-hpa-)?(monitoring-kube-state-metrics|monitoring-prometheus|web)"
        target_label: component
      - action: replace
        source_labels: [job_name]
        regex: "(monitoring-kube-state-metrics|monitoring-prometheus|web)(?:-.+)?"
        target_label: component
    - job_name: prometheus
      kubernetes_sd_configs:
      - role: pod
        api_server: https://kubernetes.default.svc
        authorization:
          credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token"
        tls_config:
          ca_file: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        namespaces:
          names: ["shop"]
      relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-prometheus"
      - action: keep
        source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: "http"
      # A pod that ended keeps its address for a while.
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Succeeded|Failed
      - action: replace
        source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - action: replace
        source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
        regex: "monitoring-(.+)-exporter"
        target_label: component
      - action: replace
        source_labels: [__meta_kubernetes_pod_name, __meta_kubernetes_pod_container_port_number]
        separator: ":"
        target_label: instance
    "#);
    insta::assert_snapshot!(alertmanager(&full).unwrap_or_default(), @r##"
    # Who hears of which alert. Secrets are files beside this one, so that it holds none.
    # Reference: https://prometheus.io/docs/alerting/latest/configuration/

    route:
      receiver: "mail"
      # One message for one cause in one component, however many pods it has.
      group_by: [alertname, component]
      group_wait: 30s
      group_interval: 5m
      repeat_interval: 4h
      routes:
      - matchers: [alertname="Watchdog"]
        # Sent for ever: whoever gets it tells when it stops coming.
        receiver: "dead-mans-switch"
        group_wait: 0s
        group_interval: 1m
        repeat_interval: 5m
      - matchers: [severity="critical"]
        receiver: "on-call"
      - matchers: [severity="warning"]
        receiver: "channel"

    inhibit_rules:
    # What wakes somebody says more than what could wait, of the same component.
    - source_matchers: [severity="critical", component!=""]
      target_matchers: [severity="warning"]
      equal: [namespace, component]
    # Without its broker Celery does nothing.
    - source_matchers: [alertname="RedisDown", component="broker"]
      target_matchers: [alertname=~"Celery.+"]
      equal: [namespace]
    # Without its database the application does nothing.
    - source_matchers: [alertname="PostgresDown", component="db"]
      target_matchers: [alertname=~"RequestErrors|RequestsSlow|TrafficGone|CeleryTasksFail|CeleryQueueGrows"]
      equal: [namespace]

    receivers:
    - name: "mail"
      email_configs:
      - to: "team@example.com"
        from: "alerts@example.com"
        smarthost: "smtp.example.com:587"
        auth_username: "alerts"
        auth_password_file: "/run/secrets/alerts/smtp-password"
        require_tls: true
        send_resolved: true
        headers:
          Subject: '[{{ .CommonLabels.stack }}/{{ .CommonLabels.stage }}] {{ .Status | toUpper }} {{ .CommonLabels.alertname }} {{ .CommonLabels.component }}'
    - name: "channel"
      slack_configs:
      - api_url_file: "/run/secrets/alerts/slack-url"
        channel: "#shop"
        send_resolved: true
        title: '[{{ .CommonLabels.stack }}/{{ .CommonLabels.stage }}] {{ .Status | toUpper }} {{ .CommonLabels.alertname }} {{ .CommonLabels.component }}'
        title_link: '{{ .CommonAnnotations.runbook_url }}'
        text: |-
          {{ range .Alerts }}*{{ .Annotations.summary }}*
          {{ .Annotations.description }}
          {{ .Annotations.runbook_url }}
          {{ end }}
    - name: "on-call"
      pagerduty_configs:
      - routing_key_file: "/run/secrets/alerts/pagerduty-key"
        send_resolved: true
        description: '[{{ .CommonLabels.stack }}/{{ .CommonLabels.stage }}] {{ (index .Alerts 0).Annotations.summary }}'
        severity: '{{ if .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}'
        class: '{{ .CommonLabels.alertname }}'
        component: '{{ .CommonLabels.component }}'
        details:
          description: '{{ (index .Alerts 0).Annotations.description }}'
          runbook: '{{ .CommonAnnotations.runbook_url }}'
    - name: "dead-mans-switch"
      webhook_configs:
      - url_file: "/run/secrets/alerts/watchdog-url"
        # A switch that is told "resolved" would think that all is well.
        send_resolved: false
    "##);
    insta::assert_snapshot!(loki(&full).unwrap_or_default(), @r#"
    # Loki in one process with its data on a volume: enough for the logs of one stage.
    # Reference: https://grafana.com/docs/loki/latest/configure/

    # One tenant. Who may talk to it is the NetworkPolicy's matter: Alloy writes, Grafana reads.
    auth_enabled: false

    server:
      http_listen_port: 3100
      log_format: json
      log_level: warn

    common:
      path_prefix: "/var/lib/loki"
      replication_factor: 1
      # There is no other member: nothing is looked up on the network.
      instance_addr: 127.0.0.1
      ring:
        kvstore:
          store: inmemory
      storage:
        filesystem:
          chunks_directory: "/var/lib/loki/chunks"
          rules_directory: "/var/lib/loki/rules"

    schema_config:
      configs:
      # The day must lie before the first line and never change.
      - from: "2024-04-01"
        store: tsdb
        object_store: filesystem
        schema: v13
        index:
          prefix: index_
          period: 24h

    limits_config:
      retention_period: 168h
      # Lines that Alloy catches up with after a pause are taken as long as they would still be kept.
      reject_old_samples: true
      reject_old_samples_max_age: 168h
      # Labels come from Alloy alone, a handful of them; more streams than this are a mistake.
      max_label_names_per_series: 10
      max_global_streams_per_user: 5000
      discover_service_name: []
      # The name of a pod is structured metadata.
      allow_structured_metadata: true
      max_line_size: 256KB
      max_line_size_truncate: true

    # Removes what is older than the retention.
    compactor:
      working_directory: "/var/lib/loki/compactor"
      retention_enabled: true
      delete_request_store: filesystem

    analytics:
      reporting_enabled: false
    "#);
    insta::assert_snapshot!(alloy(&full).unwrap_or_default(), @r#"
    // Follows the logs of every container of the namespace through the API and hands them to Loki.
    // Reference: https://grafana.com/docs/alloy/latest/reference/components/

    logging {
      level  = "warn"
      format = "json"
    }

    discovery.kubernetes "pods" {
      role              = "pod"
      api_server        = "https://kubernetes.default.svc"
      bearer_token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token"

      tls_config {
        ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
      }

      namespaces {
        names = ["shop"]
      }
    }

    discovery.relabel "containers" {
      targets = discovery.kubernetes.pods.targets

      rule {
        source_labels = ["__meta_kubernetes_namespace"]
        target_label  = "namespace"
      }

      rule {
        source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_instance"]
        target_label  = "component"
      }

      rule {
        source_labels = ["__meta_kubernetes_pod_container_name"]
        target_label  = "container"
      }

      rule {
        source_labels = ["__meta_kubernetes_pod_name"]
        target_label  = "pod"
      }

      // There is a target for each port of a container. Without what tells them apart they are one, and each line comes once.
      rule {
        action = "labelkeep"
        regex  = "namespace|component|container|pod|__meta_kubernetes_(namespace|pod_name|pod_uid|pod_container_name)"
      }
    }

    loki.source.kubernetes "containers" {
      targets    = discovery.relabel.containers.output
      forward_to = [loki.process.lines.receiver]

      client {
        api_server        = "https://kubernetes.default.svc"
        bearer_token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token"

        tls_config {
          ca_file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
        }
      }
    }

    loki.process "lines" {
      forward_to = [loki.write.loki.receiver]

      // The application, nginx and our own programs log JSON with a level; of other lines nothing is taken out.
      stage.json {
        expressions = { level = "level" }
      }

      // Five words and no others: a label has few values.
      stage.template {
        source   = "level"
        template = `{{ $level := ToLower .Value }}{{ if eq $level "debug" "info" "warning" "error" "critical" }}{{ $level }}{{ else if eq $level "warn" }}warning{{ else if eq $level "fatal" "panic" "alert" "emergency" }}critical{{ end }}`
      }

      stage.labels {
        values = { level = "" }
      }

      // The name of the pod changes with every rollout, so it is no label of the stream but structured metadata of the line:
      // {component="web"} | pod="web-5d4f-x2v7p" finds it. As a label it would be taken twice, so it is dropped before.
      stage.label_drop {
        values = ["pod", "instance", "job"]
      }

      stage.structured_metadata {
        values = { pod = "" }
      }
    }

    loki.write "loki" {
      endpoint {
        url = "http://monitoring-loki:3100/loki/api/v1/push"
      }

      external_labels = {
        stack = "shop",
        stage = "monitoring",
      }
    }
    "#);
    insta::assert_snapshot!(grafana_ini(&full).unwrap_or_default(), @"
    ; Reference: https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/
    ; A variable of the environment wins over a line here: GF_<SECTION>_<KEY>.

    [paths]
    data = /tmp/grafana
    plugins = /tmp/grafana/plugins
    provisioning = /etc/grafana/provisioning

    [server]
    http_port = 3000
    root_url = https://grafana.shop.example.com/

    [log]
    mode = console
    level = warn

    [log.console]
    format = json

    [security]
    admin_user = admin
    admin_password = $__file{/run/secrets/grafana/admin-password}
    disable_gravatar = true
    cookie_secure = true
    strict_transport_security = true

    [users]
    allow_sign_up = false

    [auth.anonymous]
    enabled = false

    [dashboards]
    default_home_dashboard_path = /etc/grafana/dashboards/requests.json
    min_refresh_interval = 10s

    ; Alerts are made by Prometheus and sent by Alertmanager. Grafana shows them and makes none of its own.
    [unified_alerting]
    execute_alerts = false

    ; Everything that it shows is in files: it needs nothing from the internet, and tells nobody that it is there.
    [analytics]
    reporting_enabled = false
    check_for_updates = false
    check_for_plugin_updates = false
    feedback_links_enabled = false

    [plugins]
    preinstall_disabled = true
    preinstall_auto_update = false
    public_key_retrieval_disabled = true

    [news]
    news_feed_enabled = false

    [snapshots]
    external_enabled = false
    ");
    insta::assert_snapshot!(datasources(&full).unwrap_or_default(), @"
    # Reference: https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
    apiVersion: 1
    # What a stage does not have any more is removed.
    prune: true
    datasources:
    - name: Prometheus
      uid: prometheus
      type: prometheus
      access: proxy
      url: http://monitoring-prometheus:9090
      isDefault: true
      editable: false
      jsonData:
        httpMethod: POST
        # Rates look back over at least four of these.
        timeInterval: 30s
        alertmanagerUid: alertmanager
    - name: Alertmanager
      uid: alertmanager
      type: alertmanager
      access: proxy
      url: http://monitoring-alertmanager:9093
      editable: false
      jsonData:
        implementation: prometheus
        handleGrafanaManagedAlerts: false
    - name: Loki
      uid: loki
      type: loki
      access: proxy
      url: http://monitoring-loki:3100
      editable: false
      jsonData:
        maxLines: 1000
    ");
    insta::assert_snapshot!(providers(&full).unwrap_or_default(), @r#"
    # Reference: https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards
    apiVersion: 1
    providers:
    - name: "shop"
      folder: "shop"
      type: file
      # The files are the truth: a change in the browser would be gone with the pod.
      disableDeletion: true
      allowUiUpdates: false
      updateIntervalSeconds: 60
      options:
        path: /etc/grafana/dashboards
    "#);
}

/// In an operator's cluster its Prometheus scrapes and evaluates; its jobs and rules are these values.
#[test]
fn an_operator_gets_jobs_and_groups() {
    let operator = shapes::operator();
    let names: Vec<&str> = jobs(&operator).iter().map(|job| job.name).collect();
    assert_eq!(names, ["web", "celery", "postgres", "redis", "loki", "alloy"]);
    let web: Option<Job> = jobs(&operator).into_iter().find(|job| job.name == "web");
    let steps: Vec<Relabel> = web.iter().flat_map(|job| job.relabel.clone()).collect();
    assert!(steps.iter().all(|step| step.action == Action::Replace && step.target_label.is_some()));
    assert_eq!(web.iter().map(|job| job.port.as_str()).collect::<Vec<_>>(), ["metrics-[0-9]+"]);
    assert_eq!(web_port(0), "metrics-0");
    insta::assert_debug_snapshot!(steps.first(), @r#"
    Some(
        Relabel {
            source_labels: [
                "__meta_kubernetes_namespace",
            ],
            separator: None,
            regex: None,
            target_label: Some(
                "namespace",
            ),
            replacement: None,
            action: Replace,
        },
    )
    "#);
}
