//! What watches a stage: told of the same values that the configuration texts are printed from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::{Sink, Source};
use seaway_render::{Bundle, Overview};
use serde_json::Value;

use crate::common::{all as every_stage, compile, told};
use crate::support::{BASE, at, find, find_maybe};

fn overview(source: &Source, stage: &str) -> Result<(Overview, Bundle), String> {
    let document = seaway_core::parse(source, &mut Sink::default());
    let mut sink = Sink::default();
    let overview = seaway_render::overview(source, &document, stage, &mut sink);
    let (bundle, _) = compile(source, stage);
    match overview {
        Ok(overview) => Ok((overview, bundle.expect("what has an overview compiles"))),
        Err(_) => Err(told(source, &sink.finish())),
    }
}

/// The overview of a stage of [`BASE`] and more.
fn of(more: &str) -> Overview {
    let source = Source::new("stack.toml", format!("{BASE}{more}"));
    overview(&source, "x").unwrap_or_else(|said| panic!("{said}")).0
}

/// Every stage of every stack that something watches.
fn watched() -> Vec<(String, Overview, Bundle)> {
    let mut all = Vec::new();
    for (stack, source, stage) in every_stage() {
        if let Ok((overview, bundle)) = overview(&source, &stage) {
            all.push((format!("{stack} {stage}"), overview, bundle));
        }
    }
    assert!(all.iter().any(|(_, overview, _)| overview.operator.is_some()));
    assert!(all.iter().any(|(_, overview, _)| overview.operator.is_none()));
    all
}

fn strings(value: &Value, pointer: &str) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.pointer(pointer)?.as_str().map(str::to_owned)).collect()
}

/// A text of a config, as YAML or JSON.
fn config(bundle: &Bundle, name: &str, file: &str) -> Value {
    let text = at(find(bundle, "ConfigMap", name), &format!("/data/{file}"));
    let text = text.as_str().unwrap_or_else(|| panic!("no {file} in {name}")).to_owned();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}/{file}: {error}"))
}

#[test]
fn targets_are_the_jobs_that_are_scraped() {
    for (place, overview, bundle) in watched() {
        let told: BTreeSet<&str> = overview.targets.iter().map(|target| &*target.job).collect();
        if overview.operator.is_some() {
            let monitors = bundle
                .objects
                .iter()
                .filter(|object| matches!(object.body.kind(), "PodMonitor" | "ServiceMonitor"));
            let own: BTreeSet<String> = monitors
                .map(|object| object.body.name())
                .filter_map(|name| name.strip_prefix(&format!("{}-", overview.component)))
                .map(str::to_owned)
                .collect();
            let with_pods = overview.targets.iter().filter(|target| target.workload.is_some());
            let with_pods: BTreeSet<String> = with_pods.map(|target| target.job.clone()).collect();
            assert_eq!(own, with_pods, "{place}");
            continue;
        }
        let prometheus = overview.metrics.prometheus.as_deref().expect("a Prometheus");
        let scraped = config(&bundle, prometheus, "prometheus.yml");
        let jobs = strings(&scraped["scrape_configs"], "/job_name");
        assert_eq!(told, jobs.iter().map(String::as_str).collect(), "{place}");
        for target in &overview.targets {
            assert!(!target.ports.is_empty(), "{place}: {target:?}");
            let mut jobs = scraped["scrape_configs"].as_array().into_iter().flatten();
            let job = jobs.find(|job| job["job_name"] == *target.job).expect("a job");
            assert_eq!(job["metrics_path"].as_str().unwrap_or("/metrics"), target.path, "{place}");
            assert_eq!(job["scheme"].as_str().unwrap_or("http"), target.scheme, "{place}");
        }
        let interval = format!("{}s", overview.metrics.interval_seconds);
        assert_eq!(scraped["global"]["scrape_interval"], interval, "{place}");
    }
}

#[test]
fn alerts_are_the_rules_that_are_evaluated() {
    for (place, overview, bundle) in watched() {
        let groups = match &overview.metrics.prometheus {
            Some(name) => config(&bundle, name, "rules.yml")["groups"].clone(),
            None => at(find(&bundle, "PrometheusRule", &overview.component), "/spec/groups"),
        };
        let rules = groups.as_array().into_iter().flatten();
        let rules = rules.flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default());
        let rules = rules.filter(|rule| rule.get("alert").is_some());
        let rules: Vec<[String; 5]> = rules
            .map(|rule| {
                let parts = ["/alert", "/for", "/labels/severity", "/annotations/summary", "/expr"];
                parts
                    .map(|part| rule.pointer(part).and_then(Value::as_str).unwrap_or("").to_owned())
            })
            .collect();
        let told: Vec<[String; 5]> = overview
            .alerts
            .iter()
            .cloned()
            .map(|alert| [alert.name, alert.wait, alert.severity, alert.summary, alert.expr])
            .collect();
        assert_eq!(told, rules, "{place}");
    }
}

/// A metric that no job is known to show would leave its alert without a component.
#[test]
fn each_alert_is_about_components_of_the_stage() {
    for (place, overview, _) in watched() {
        let known: BTreeSet<&str> =
            overview.components.iter().map(|component| &*component.name).collect();
        for alert in &overview.alerts {
            assert_eq!(alert.components.is_empty(), alert.name == "Watchdog", "{place}: {alert:?}");
            for name in &alert.components {
                assert!(known.contains(&**name), "{place}: {name} of {}", alert.name);
            }
        }
    }
}

/// The dashboards of a bundle by name: one config for the stage's own Grafana, one a dashboard for that of an operator.
fn dashboards(overview: &Overview, bundle: &Bundle) -> BTreeMap<String, Value> {
    let own = format!("{}-grafana-dashboards", overview.component);
    let configs = bundle.objects.iter().filter(|object| {
        object.body.kind() == "ConfigMap"
            && (object.body.name().starts_with(&own)
                || at(object, "/metadata/labels/grafana_dashboard") == "1")
    });
    let files = configs.flat_map(|object| match at(object, "/data") {
        Value::Object(files) => files,
        other => panic!("{}: {other}", object.body.name()),
    });
    let shared = overview.operator.as_ref().map(|_| format!("{}-", overview.namespace));
    let shared = shared.unwrap_or_default();
    files
        .map(|(file, text)| {
            let name = file.strip_prefix(&shared).and_then(|file| file.strip_suffix(".json"));
            let name = name.unwrap_or_else(|| panic!("a file `{file}`")).to_owned();
            let text = text.as_str().unwrap_or_default();
            (name, serde_json::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}")))
        })
        .collect()
}

#[test]
fn dashboards_are_the_files_that_are_mounted() {
    for (place, overview, bundle) in watched() {
        let files = dashboards(&overview, &bundle);
        let told: BTreeSet<String> =
            overview.dashboards.iter().map(|board| board.name.clone()).collect();
        assert_eq!(told, files.keys().cloned().collect(), "{place}");
        for board in &overview.dashboards {
            let file = &files[&board.name];
            assert_eq!(file["uid"], *board.uid, "{place}");
            assert_eq!(file["title"], format!("{} / {}", overview.stack, board.title), "{place}");
            let panels = file["panels"].as_array().cloned().unwrap_or_default();
            assert_eq!(panels.len(), board.panels.len(), "{place}: {}", board.name);
            let mut rows = BTreeSet::new();
            for (panel, told) in panels.iter().zip(&board.panels) {
                assert_eq!(panel["title"], *told.title, "{place}: {}", board.name);
                assert_eq!(strings(&panel["targets"], "/expr"), told.queries, "{place}");
                rows.insert(panel["gridPos"]["y"].as_u64());
                assert_eq!(told.row + 1, rows.len(), "{place}: {}", told.title);
            }
        }
    }
}

#[test]
fn receivers_are_those_of_alertmanager() {
    let mut seen = 0;
    for (place, overview, bundle) in watched() {
        let config_of = |alerting: &seaway_render::overview::Alerting| {
            config(&bundle, &alerting.alertmanager, "alertmanager.yml")
        };
        let Some(alerting) = &overview.alerting else {
            let name = format!("{}-alertmanager", overview.component);
            assert!(find_maybe(&bundle, "StatefulSet", &name).is_none(), "{place}");
            continue;
        };
        seen += 1;
        let file = config_of(alerting);
        let told: Vec<&str> = alerting.receivers.iter().map(|to| &*to.name).collect();
        let mut names = strings(&file["receivers"], "/name");
        names.retain(|name| name != "nobody");
        assert_eq!(told, names, "{place}");
        let default = alerting.routes.last().and_then(|route| route.receiver.as_deref());
        assert_eq!(file["route"]["receiver"].as_str(), default, "{place}");
    }
    assert!(seen > 0);
}

fn lines(overview: &Overview) -> String {
    let mut lines = String::new();
    for target in &overview.targets {
        let (who, what) = (target.workload.as_deref().unwrap_or("the cluster"), &target.exporter);
        let of =
            if target.components.len() > 3 { "much".into() } else { target.components.join(", ") };
        let through =
            target.connects_to.as_deref().map(|to| format!(" by {to}")).unwrap_or_default();
        let _ = writeln!(
            lines,
            "{}: {who} ({what}) tells of {of}{through} at {}://{:?}{}",
            target.job, target.scheme, target.ports, target.path
        );
    }
    for receiver in overview.alerting.iter().flat_map(|alerting| &alerting.receivers) {
        let _ = writeln!(
            lines,
            "{}: {} {} {}",
            receiver.name,
            receiver.kind,
            receiver.to.as_deref().unwrap_or("-"),
            receiver.secret.as_deref().unwrap_or("-")
        );
    }
    for route in overview.alerting.iter().flat_map(|alerting| &alerting.routes) {
        let (what, who) = (route.matches.as_deref(), route.receiver.as_deref());
        let _ = writeln!(lines, "{} → {}", what.unwrap_or("else"), who.unwrap_or("nobody"));
    }
    for view in &overview.views {
        let _ = writeln!(lines, "{} {} {:?}", view.what, view.address, view.command.as_deref());
    }
    if let Some(traces) = &overview.traces {
        let _ =
            writeln!(lines, "traces of {} to {}", traces.components.join(", "), traces.endpoint);
    }
    lines
}

#[test]
fn what_the_options_say_is_told() {
    let overview = of("components.web.workers = 3
components.web.expose = \"node-port\"
components.db = { type = \"postgres\" }
components.broker = { type = \"redis\", durable = true }
components.worker = { type = \"worker\" }
secrets.mail.keys = [\"password\"]
secrets.pager.keys = [\"routing-key\"]
[stages.x.components.monitoring]
type = \"monitoring\"
default = \"mail\"
critical = \"pager\"
receivers.mail = { type = \"email\", to = \"ops@s.test\", from = \"s@s.test\", host = \"smtp.s.test\", username = \"s\", secret = \"mail\" }
receivers.pager = { type = \"pagerduty\", secret = \"pager\" }
traces = { host = \"otel.s.test\", cidrs = [\"10.0.0.0/8\"] }
");
    assert_snapshot!(lines(&overview), @r#"
    web: web (django-prometheus) tells of web at http://[8001, 8002, 8003]/metrics
    celery: monitoring-celery-exporter (celery-exporter) tells of worker by broker at http://[9808]/metrics
    postgres: monitoring-db-exporter (postgres-exporter) tells of db by db at http://[9187]/metrics
    redis: monitoring-broker-exporter (redis-exporter) tells of broker by broker at http://[9121]/metrics
    kube-state-metrics: monitoring-kube-state-metrics (kube-state-metrics) tells of much at http://[8080]/metrics
    prometheus: monitoring-prometheus (prometheus) tells of monitoring-prometheus at http://[9090]/metrics
    alertmanager: monitoring-alertmanager (alertmanager) tells of monitoring-alertmanager at http://[9093]/metrics
    grafana: monitoring-grafana (grafana) tells of monitoring-grafana at http://[3000]/metrics
    loki: monitoring-loki (loki) tells of monitoring-loki at http://[3100]/metrics
    alloy: monitoring-alloy (alloy) tells of monitoring-alloy at http://[12345]/metrics
    cadvisor: the cluster (kubelet) tells of much at https://[10250]/metrics/cadvisor
    kubelet: the cluster (kubelet) tells of much at https://[10250]/metrics
    mail: email ops@s.test mail/password
    pager: pagerduty - pager/routing-key
    alertname="Watchdog" → nobody
    severity="critical" → pager
    else → mail
    grafana http://localhost:3000 Some("kubectl port-forward --namespace s service/monitoring-grafana 3000")
    prometheus http://localhost:9090 Some("kubectl port-forward --namespace s service/monitoring-prometheus 9090")
    alertmanager http://localhost:9093 Some("kubectl port-forward --namespace s service/monitoring-alertmanager 9093")
    traces of web, worker to http://otel.s.test:4318
    "#);
    let kinds = |name: &str| {
        let component = overview.components.iter().find(|component| component.name == name);
        component.map(|it| (it.kind.as_str(), it.has_pods, it.logs, it.jobs.join(" ")))
    };
    assert_eq!(
        kinds("web"),
        Some(("web", true, true, "web kube-state-metrics cadvisor".to_owned()))
    );
    assert_eq!(
        kinds("db"),
        Some(("postgres", true, true, "postgres kube-state-metrics cadvisor kubelet".to_owned()))
    );
}

#[test]
fn what_is_left_out_is_not_told() {
    let overview =
        of("components.monitoring = { type = \"monitoring\", logs = false, grafana = false }");
    assert_eq!((overview.logs, overview.alerting, overview.traces), (None, None, None));
    assert_eq!(overview.views.iter().map(|view| &*view.what).collect::<Vec<_>>(), ["prometheus"]);
    assert!(overview.dashboards.is_empty());
    assert!(overview.alerts.iter().all(|alert| alert.runbook.is_none()));
}

#[test]
fn an_exposed_grafana_is_looked_at_by_its_host() {
    let overview = of("cluster.provides = [\"IngressClass/nginx\"]
secrets.tls = { keys = [\"tls.crt\", \"tls.key\"], source = \"existing\" }
[stages.x.components.monitoring]
type = \"monitoring\"
grafana.expose = { type = \"ingress\", class = \"nginx\", hosts = [\"grafana.s.test\"], secret = \"tls\", from-namespaces = [\"ingress\"] }
");
    let view = overview.views.first().map(|view| (&*view.what, &*view.address, &view.command));
    assert_eq!(view, Some(("grafana", "https://grafana.s.test", &None)));
}

#[test]
fn a_stage_that_nothing_watches_is_told_so() {
    let text = format!("{BASE}[stages.y]\ncomponents.monitoring = {{ type = \"monitoring\" }}\n");
    let said = overview(&Source::new("stack.toml", text), "x")
        .map(|_| ())
        .expect_err("nothing watches it");
    assert_snapshot!(said, @r#"missing-field 4:9 nothing watches the stage | has no component of type `monitoring` | add `components.monitoring = { type = "monitoring" }`, or look at `y`"#);
}
