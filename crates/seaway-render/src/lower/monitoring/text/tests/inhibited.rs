//! Which alerts are not sent since another one says more: asked of a real Alertmanager.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::messages::placed_for_amtool;
use super::series::{ask, get, start};
use super::*;

/// What fires at the same time, as `name severity component job`.
const FIRING: [&str; 16] = [
    // The broker is gone, and a worker's pod with it.
    "StatefulSetDown critical broker -",
    "StatefulSetReplicas warning broker -",
    "RedisDown critical broker -",
    "CeleryNoWorkers critical celery -",
    "TargetDown warning celery celery",
    "TargetDown warning broker redis",
    // Of another component.
    "PodCrashLoops warning worker -",
    // The database is there, and refuses.
    "PostgresDown critical db -",
    "PostgresConnections warning db -",
    "RequestErrors critical web -",
    "RequestsSlow warning web -",
    "CeleryTasksFail warning celery -",
    // The cache is nobody's cause.
    "RedisDown critical cache -",
    "DeploymentReplicas warning web-admin -",
    // Without a component, as of monitoring itself.
    "TargetMissing warning - alloy",
    "Watchdog none - -",
];

fn labels(alert: &str) -> Value {
    let words: Vec<&str> = alert.split(' ').collect();
    let keys = ["alertname", "severity", "component", "job"];
    let pairs = keys.into_iter().zip(words).filter(|(_, value)| *value != "-");
    let mut labels: serde_json::Map<String, Value> =
        pairs.map(|(key, value)| (key.to_owned(), value.into())).collect();
    labels.insert("namespace".to_owned(), "shop".into());
    labels.into()
}

#[test]
fn what_follows_from_a_cause_is_not_told() {
    let folder = placed_for_amtool(&alertmanager(&shapes::full()).unwrap_or_default());
    let program = ["prometheus-alertmanager", "alertmanager"]
        .into_iter()
        .find(|program| Command::new(program).arg("--version").output().is_ok())
        .unwrap_or_else(|| panic!("no Alertmanager; .ci/setup installs it"));
    let args =
        ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="];
    let (_server, port) = start(program, &args, folder.path());
    let ready = (0..300).any(|_| {
        thread::sleep(Duration::from_millis(100));
        get(port, "/api/v2/status").is_some()
    });
    assert!(ready, "it does not start");
    let alerts: Vec<Value> =
        FIRING.iter().map(|alert| json!({ "labels": labels(alert) })).collect();
    let body = Value::from(alerts).to_string();
    let head = "POST /api/v2/alerts HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json";
    ask(port, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    let mut told = BTreeSet::new();
    // An alert that is new is judged before those that came with it: asked again until all are there.
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(100));
        let all = get(port, "/api/v2/alerts").unwrap_or_default();
        let all = all.as_array().cloned().unwrap_or_default();
        let free = all
            .iter()
            .filter(|alert| alert["status"]["inhibitedBy"].as_array().is_none_or(Vec::is_empty));
        told = free
            .filter_map(|alert| {
                FIRING.iter().find(|firing| labels(firing) == alert["labels"]).copied()
            })
            .collect();
    }
    insta::assert_debug_snapshot!(told, @r#"
    {
        "DeploymentReplicas warning web-admin -",
        "PodCrashLoops warning worker -",
        "PostgresDown critical db -",
        "RedisDown critical cache -",
        "StatefulSetDown critical broker -",
        "TargetMissing warning - alloy",
        "Watchdog none - -",
    }
    "#);
}
