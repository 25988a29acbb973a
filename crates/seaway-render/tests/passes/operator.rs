//! `monitoring` beside a Prometheus Operator: what is left of it, and what the operator and its Grafana are told.

use insta::assert_snapshot;
use serde_json::{Value, json as value};

use crate::monitoring::{let_in, names, watched};
use crate::support::{at, find, find_maybe, json};

#[test]
fn an_operator_reaches_what_shows_metrics_and_no_more() {
    let operated = watched(", operator = { namespace = \"observability\" }");
    assert_snapshot!(let_in(&operated), @r#"
    broker: monitoring-broker-exporter, monitoring-celery-exporter, web, worker at 6379
    db: monitoring-db-exporter, web, worker at 5432
    monitoring-alloy: app.kubernetes.io/name="prometheus" in observability at 12345
    monitoring-broker-exporter: app.kubernetes.io/name="prometheus" in observability at 9121
    monitoring-celery-exporter: app.kubernetes.io/name="prometheus" in observability at 9808
    monitoring-db-exporter: app.kubernetes.io/name="prometheus" in observability at 9187
    monitoring-loki: monitoring-alloy at 3100
    monitoring-loki: app.kubernetes.io/name="prometheus" in observability, app.kubernetes.io/name="grafana" in observability at 3100
    web: app.kubernetes.io/name="prometheus" in observability at 8001-8002
    "#);
    // As the stack says, or in the usual namespace; without dashboards nobody but Alloy and Prometheus asks Loki.
    let written =
        watched(", operator = { prometheus-pods = { prometheus = \"shared\" } }, grafana = false");
    let written = let_in(&written);
    let of_loki: Vec<&str> =
        written.lines().filter(|line| line.starts_with("monitoring-loki")).collect();
    assert_snapshot!(of_loki.join("\n"), @r#"
    monitoring-loki: monitoring-alloy at 3100
    monitoring-loki: prometheus="shared" in monitoring at 3100
    "#);
}

#[test]
fn an_operator_is_told_in_its_own_words() {
    let all = watched(", operator = { labels = { release = \"kps\" } }");
    let told = |kind: &str, list: &str| {
        let of_kind = all.objects.iter().filter(|object| object.body.kind() == kind);
        let line = |object| {
            assert_eq!(at(object, "/metadata/labels/release"), "kps");
            let endpoints = at(object, list);
            let ports = endpoints.as_array().into_iter().flatten().map(|one| one["port"].clone());
            let ports: Vec<String> = ports.map(|port| port.to_string()).collect();
            let several = at(object, "/spec/selector/matchExpressions/0/values");
            let one = at(object, "/spec/selector/matchLabels/app.kubernetes.io~1instance");
            let of = if several.is_null() { value!([one]) } else { several };
            format!("{} {of} at {}", at(object, "/metadata/name"), ports.join(", "))
        };
        of_kind.map(line).collect::<Vec<_>>().join("\n")
    };
    // Each server process shows its own numbers, and a Service would ask any of them.
    assert_snapshot!(told("PodMonitor", "/spec/podMetricsEndpoints"), @r#""monitoring-web" ["web"] at "metrics-0", "metrics-1""#);
    assert_snapshot!(told("ServiceMonitor", "/spec/endpoints"), @r#"
    "monitoring-alloy" ["monitoring-alloy"] at "http"
    "monitoring-celery" ["monitoring-celery-exporter"] at "metrics"
    "monitoring-loki" ["monitoring-loki"] at "http"
    "monitoring-postgres" ["monitoring-db-exporter"] at "metrics"
    "monitoring-redis" ["monitoring-broker-exporter"] at "metrics"
    "#);
    assert_eq!(names(&all, "PrometheusRule"), ["monitoring"]);
    assert!(names(&all, "ClusterRole").is_empty());
    for name in ["prometheus", "alertmanager", "grafana", "kube-state-metrics"] {
        let name = format!("monitoring-{name}");
        assert!(find_maybe(&all, "StatefulSet", &name).is_none(), "{name}");
        assert!(find_maybe(&all, "Deployment", &name).is_none(), "{name}");
    }
}

/// The sidecars of its Grafana put the files of all namespaces into one folder, and keep what an older config of another name
/// holds.
#[test]
fn the_grafana_of_an_operator_finds_dashboards_and_logs() {
    let all = watched(", operator = true");
    let found: Vec<_> = all
        .objects
        .iter()
        .filter(|object| at(object, "/metadata/labels/grafana_dashboard") == "1")
        .collect();
    let names: Vec<&str> = found.iter().map(|object| object.body.name()).collect();
    assert!(names.contains(&"monitoring-dashboard-requests"), "{names:?}");
    assert!(names.contains(&"monitoring-dashboard-logs"), "{names:?}");
    for object in &found {
        let name = object.body.name();
        assert_eq!(at(object, "/metadata/annotations/k8s-sidecar-target-directory"), "s");
        assert_eq!(at(object, "/metadata/annotations/grafana_folder"), "s");
        let data = at(object, "/data");
        let files: Vec<(&String, &Value)> = data.as_object().into_iter().flatten().collect();
        let [(file, text)] = files.as_slice() else { panic!("{name}: {files:?}") };
        assert!(file.starts_with("s-"), "{file}");
        assert!(text.as_str().is_some_and(|text| text.len() < 256 * 1024), "{name}");
    }
    let logs = json(find(&all, "ConfigMap", "monitoring-dashboard-logs"));
    let board = logs["data"]["s-logs.json"].as_str().unwrap_or_default();
    let board: Value = serde_json::from_str(board).expect("JSON");
    let source = at(find(&all, "ConfigMap", "monitoring-datasource-loki"), "/data/s-loki.yaml");
    assert_snapshot!(source.as_str().unwrap_or_default(), @r#"
    # Reference: https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
    apiVersion: 1
    # For a Grafana whose sidecar looks for data sources in all namespaces: it has those of others, too.
    datasources:
    - name: Loki / s
      uid: s-loki
      type: loki
      access: proxy
      url: http://monitoring-loki.s.svc:3100
      editable: false
      jsonData:
        maxLines: 1000
    "#);
    let panels = board["panels"].as_array().into_iter().flatten();
    let uids: std::collections::BTreeSet<&str> =
        panels.filter_map(|panel| panel["datasource"]["uid"].as_str()).collect();
    assert!(uids.contains("s-loki") && !uids.contains("loki"), "{uids:?}");

    let none = watched(", operator = true, grafana = false");
    let labelled = |object: &&seaway_render::Object| {
        at(object, "/metadata/labels").to_string().contains("grafana_")
    };
    assert_eq!(none.objects.iter().filter(labelled).count(), 0);
    let no_logs = watched(", operator = true, logs = false");
    assert!(find_maybe(&no_logs, "ConfigMap", "monitoring-datasource-loki").is_none());
}
