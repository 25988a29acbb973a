//! What is scraped, and the labels of targets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::*;

/// Debian builds Prometheus without `kubernetes_sd_configs`: they are read here, and what they share with `http_sd_configs`
/// (how a server is asked, and which one) is handed to promtool as one of those.
pub(super) fn without_kubernetes(text: &str) -> String {
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
        // A target that has a name.
        let Some(found) = job.remove("kubernetes_sd_configs") else { continue };
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

/// In an operator's cluster its Prometheus scrapes and evaluates; its jobs and rules are these values.
#[test]
fn an_operator_gets_jobs_and_groups() {
    let operator = shapes::operator();
    let names: Vec<&str> = jobs(&operator).iter().map(|job| job.name).collect();
    assert_eq!(names, ["web", "celery", "postgres", "redis", "loki", "alloy"]);
    let web: Option<Job> = jobs(&operator).into_iter().find(|job| job.name == "web");
    let steps: Vec<Relabel> = web.iter().flat_map(|job| job.relabel.clone()).collect();
    assert_eq!(steps.iter().filter(|step| step.action == Action::Keep).count(), 1);
    assert_eq!(web.iter().map(|job| job.port.as_str()).collect::<Vec<_>>(), ["metrics-[0-9]+"]);
    assert_eq!(web_port(0), "metrics-0");
    insta::assert_debug_snapshot!((steps.first(), steps.last()), @r#"
    (
        Some(
            Relabel {
                source_labels: [
                    "__meta_kubernetes_pod_container_port_name",
                ],
                separator: None,
                regex: Some(
                    "metrics-[0-9]+",
                ),
                target_label: None,
                replacement: None,
                action: Keep,
            },
        ),
        Some(
            Relabel {
                source_labels: [],
                separator: None,
                regex: None,
                target_label: Some(
                    "job",
                ),
                replacement: Some(
                    "web",
                ),
                action: Replace,
            },
        ),
    )
    "#);
}

/// What the component gives kube-state-metrics: its `--metric-allowlist` and `--resources`.
#[test]
fn kube_state_metrics_shows_what_is_read() {
    let made = Parts::of(shapes::minimal());
    insta::assert_debug_snapshot!(kube_state_resources(&kube_state_metrics(&made)), @r#"
    [
        "deployments",
        "pods",
        "statefulsets",
    ]
    "#);
    insta::assert_debug_snapshot!(kube_state_metrics(&made), @r#"
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
    assert!(kube_state_metrics(&made).iter().all(|name| known::METRICS.contains(name)));
}
