//! How Celery is started and probed.

use serde_json::{Value, json};

use crate::support::{bundle, find, find_maybe, pod_spec};

fn stack(more: &str) -> String {
    format!(
        "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncomponents.broker = {{ type = \"redis\", durable = true }}\n[stages.x]\n{more}"
    )
}

fn main_container(more: &str, kind: &str, name: &str) -> Value {
    pod_spec(find(&bundle(&stack(more)), kind, name))["containers"][0].clone()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn a_ping_asks_the_worker_itself_and_seldom() {
    let more = "app.celery-probes = \"ping\"\ncomponents.worker.type = \"worker\"\n";
    let worker = main_container(more, "Deployment", "worker");
    assert_eq!(words(&worker["command"])[..5], ["python", "-m", "celery", "--app=s", "worker"]);
    let liveness = &worker["livenessProbe"];
    let asks = words(&liveness["exec"]["command"]);
    assert_eq!(asks[..2], ["python", "-c"]);
    assert_eq!(asks[3..], ["worker@%h", "--app=s", "inspect", "ping", "--timeout=10"]);
    assert_eq!(liveness["periodSeconds"], 300);
    assert_eq!(liveness["timeoutSeconds"], 60);
    // A broker that is away for ten minutes is no reason to restart the worker.
    assert_eq!(liveness["failureThreshold"], 3);
    assert_eq!(worker["readinessProbe"], Value::Null);
    assert_eq!(worker["startupProbe"]["exec"], liveness["exec"]);
    let solo = "components.worker = { type = \"worker\", celery-probes = \"ping\", pool = \"solo\", task-time-limit-seconds = 1000 }\n";
    let solo = main_container(solo, "Deployment", "worker");
    assert_eq!(solo["livenessProbe"]["failureThreshold"], 7);
}

#[test]
fn without_the_heartbeat_there_is_no_script() {
    let config = |more: &str| {
        let bundle = bundle(&stack(more));
        bundle.objects.iter().any(|object| object.body.name().starts_with("celery-probes"))
    };
    let both = "components.worker.type = \"worker\"\ncomponents.beat.type = \"beat\"\n";
    assert!(config(both));
    assert!(!config(&format!("app.celery-probes = false\n{both}")));
    // Beat answers no ping, so it keeps the script.
    assert!(config(&format!("app.celery-probes = \"ping\"\n{both}")));
    assert!(!config("components.worker = { type = \"worker\", celery-probes = \"ping\" }\n"));
    let none = main_container(&format!("app.celery-probes = false\n{both}"), "StatefulSet", "beat");
    assert_eq!(words(&none["command"])[..5], ["python", "-m", "celery", "--app=s", "beat"]);
    assert_eq!(none["livenessProbe"], Value::Null);
    let mounts = none["volumeMounts"].as_array().expect("mounts");
    assert!(mounts.iter().all(|mount| mount["mountPath"] != "/opt/seaway"));
    assert!(find_maybe(&bundle(&stack(both)), "ConfigMap", "celery-probes").is_none());
}

#[test]
fn a_command_that_begins_with_celery_gets_the_limits_that_it_lacks() {
    let command = |words: &str, more: &str| {
        let text = format!("components.w = {{ type = \"worker\", command = [{words}]{more} }}\n");
        main_container(&text, "Deployment", "w")
    };
    let plain = command(
        "\"celery\", \"-A\", \"config.celery_app\", \"worker\", \"-l\", \"INFO\"",
        ", queues = [\"a\"]",
    );
    assert_eq!(
        words(&plain["command"]),
        [
            "celery",
            "-A",
            "config.celery_app",
            "worker",
            "-l",
            "INFO",
            "--concurrency=2",
            "--queues=a",
            "--prefetch-multiplier=1",
            "--max-tasks-per-child=1000",
            "--time-limit=300",
        ]
    );
    let asks = plain["livenessProbe"]["exec"]["command"].clone();
    assert_eq!(words(&asks)[3..5], ["celery@%h", "--app=config.celery_app"]);
    let own = command(
        "\"celery\", \"--app=x\", \"worker\", \"-c4\", \"-n\", \"w1@%h\", \"-Q\", \"b\", \"--time-limit\", \"60\", \"-P\", \"gevent\"",
        ", queues = [\"a\"], prefetch-multiplier = 4, task-soft-time-limit-seconds = 50",
    );
    assert_eq!(words(&own["command"])[12..], ["--prefetch-multiplier=4", "--soft-time-limit=50"]);
    let asks = own["livenessProbe"]["exec"]["command"].clone();
    assert_eq!(words(&asks)[3..5], ["w1@%h", "--app=x"]);
    let other = command("\"start\", \"worker\"", "");
    assert_eq!(other["command"], json!(["start", "worker"]));
    assert_eq!(other["livenessProbe"], Value::Null);
}
