//! The Grafana of `monitoring`: its configuration, its password, its address.

use insta::assert_snapshot;
use seaway_render::Bundle;

use crate::monitoring::{STAGE, let_in, watched};
use crate::support::{at, based, find, find_maybe};

/// Grafana reads what we write: its image names other places by variables, which win over its file.
#[test]
fn grafana_has_its_configuration_and_a_password() {
    let all = watched("");
    let grafana = find(&all, "Deployment", "monitoring-grafana");
    let command = at(grafana, "/spec/template/spec/containers/0/command").to_string();
    assert!(command.contains("--config=/etc/seaway/grafana.ini"), "{command}");
    assert!(command.contains("cfg:paths.data=/tmp/grafana"), "{command}");
    let text = at(find(&all, "ConfigMap", "monitoring-grafana"), "/data/grafana.ini");
    let text = text.as_str().unwrap_or_default();
    assert!(text.contains("$__file{/run/secrets/seaway/grafana/admin-password}"), "{text}");
    assert!(text.contains("[auth.anonymous]\nenabled = false"), "{text}");
    assert!(!text.contains("root_url"), "{text}");
}

/// Grafana behind an Ingress: its links, its cookies, its probes and its metrics follow the route.
#[test]
fn grafana_knows_its_address() {
    let exposed = |more: &str| {
        based(&format!(
            "{STAGE}secrets.tls = {{ keys = [\"tls.crt\", \"tls.key\"], source = \"existing\" }}\ncomponents.monitoring = {{ type = \"monitoring\", receivers.ops = {{ type = \"slack\", channel = \"#ops\", secret = \"alerting\" }}, grafana = {{ expose = {{ type = \"ingress\", hosts = [\"ops.example.com\"], from-namespaces = [\"traefik\"]{more} }} }} }}"
        ))
    };
    let settings = |bundle: &Bundle| {
        let text = at(find(bundle, "ConfigMap", "monitoring-grafana"), "/data/grafana.ini");
        let lines = text.as_str().unwrap_or_default().lines();
        let told = ["root_url", "serve_from", "cookie_", "strict_"];
        let lines = lines.filter(|line| told.iter().any(|key| line.starts_with(key)));
        lines.collect::<Vec<_>>().join("\n")
    };
    let probes = |bundle: &Bundle| {
        let grafana = find(bundle, "Deployment", "monitoring-grafana");
        let probe = at(grafana, "/spec/template/spec/containers/0/readinessProbe/httpGet/path");
        let config = at(find(bundle, "ConfigMap", "monitoring-prometheus"), "/data/prometheus.yml");
        let config = config.as_str().unwrap_or_default();
        let paths = config.lines().filter(|line| line.starts_with("  metrics_path: \""));
        let paths: Vec<&str> = paths.map(str::trim).collect();
        format!("{probe} {}", paths.join(" "))
    };
    let own_host = exposed(", secret = \"tls\"");
    assert_snapshot!(settings(&own_host), @"
    root_url = https://ops.example.com/
    cookie_secure = true
    strict_transport_security = true
    strict_transport_security_max_age_seconds = 3600
    ");
    assert_snapshot!(probes(&own_host), @r#""/api/health" "#);
    let below = exposed(", paths = [\"/grafana\"]");
    assert_snapshot!(settings(&below), @"
    root_url = http://ops.example.com/grafana/
    serve_from_sub_path = true
    ");
    assert_snapshot!(probes(&below), @r#""/grafana/api/health" metrics_path: "/grafana/metrics""#);
    let ingress = at(find(&below, "Ingress", "monitoring-grafana"), "/spec/rules");
    assert_snapshot!(ingress, @r#"[{"host":"ops.example.com","http":{"paths":[{"backend":{"service":{"name":"monitoring-grafana","port":{"name":"http"}}},"path":"/grafana","pathType":"Prefix"}]}}]"#);
    // Whoever comes from the Ingress is let in to Grafana, and to nothing else of it.
    let open = let_in(&below);
    let open: Vec<&str> = open.lines().filter(|line| line.contains("traefik")).collect();
    assert_snapshot!(open.join("\n"), @r#"monitoring-grafana: monitoring-prometheus, {"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"traefik"}}} at 3000"#);
    // Alerts lead there, too; Prometheus and Alertmanager are still reached by a port-forward alone.
    let rules = at(find(&below, "ConfigMap", "monitoring-prometheus"), "/data/rules.yml");
    assert!(rules.to_string().contains("runbook_url: http://ops.example.com/grafana/d/s-runbooks"));
    for (kind, name, port) in
        [("StatefulSet", "prometheus", 9090), ("StatefulSet", "alertmanager", 9093)]
    {
        let object = find(&below, kind, &format!("monitoring-{name}"));
        let command = at(object, "/spec/template/spec/containers/0/command").to_string();
        assert!(
            command.contains(&format!("--web.external-url=http://localhost:{port}")),
            "{command}"
        );
        assert!(find_maybe(&below, "Ingress", &format!("monitoring-{name}")).is_none());
    }
}
