//! The containers that hold a process back: they are the application, and have what their component has.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{at, based, bundle, find, good, pod_spec};

const MIGRATED: &str =
    "[stages.x.components]\ndb.type = \"postgres\"\nmigrate.type = \"migrate\"\n";

/// An init container of a pod.
fn init(spec: &Value, name: &str) -> Value {
    let all = spec["initContainers"].as_array().cloned().unwrap_or_default();
    all.into_iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

fn web(more: &str) -> Value {
    let bundle = based(&format!("{MIGRATED}web = {{ {more} }}\n"));
    pod_spec(find(&bundle, "Deployment", "web"))
}

fn mounts(container: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    mounts.map(|mount| (text(&mount["mountPath"]), text(&mount["name"]))).collect()
}

#[test]
fn a_gate_mounts_what_its_component_mounts() {
    let bundle = bundle(
        "name = \"s\"\napp.image = \"a:1\"\napp.module = \"s\"\napp.mounts = { \"/data\" = { volume = \"data\" }, \"/etc/s.py\" = { config = \"c\", key = \"s.py\" } }\n\
         volumes.data.storage = \"1Gi\"\nallow.shared-volume = \"one node\"\nconfig.c.\"s.py\" = \"x\"\n\
         components.web = { type = \"web\", mounts.\"/spool\" = { scratch = \"2Gi\" }, static-files = \"sidecar\" }\n\
         components.db.type = \"postgres\"\ncomponents.migrate.type = \"migrate\"\n\
         components.broker = { type = \"redis\", durable = true }\ncomponents.beat = { type = \"beat\", storage = \"1Gi\" }\n[stages.x]\n",
    );
    for (kind, name, gate) in [
        ("Deployment", "web", "wait-for-schema"),
        ("Deployment", "web", "copy-static"),
        ("StatefulSet", "beat", "wait-for-schema"),
        ("Job", "migrate", "wait-for-database"),
    ] {
        let spec = pod_spec(find(&bundle, kind, name));
        let gate = init(&spec, gate);
        let of_gate = mounts(&gate);
        for mount in mounts(&spec["containers"][0]) {
            // Where the script of the gate lies.
            if mount.0 != "/opt/seaway" {
                assert!(of_gate.contains(&mount), "{name} {mount:?} {of_gate:?}");
            }
        }
        let home = gate["env"].as_array().into_iter().flatten().find(|one| one["name"] == "HOME");
        assert_eq!(home.map(|home| &home["value"]), Some(&json!("/tmp")));
    }
}

#[test]
fn a_gate_has_the_memory_and_cpu_of_its_component() {
    let amounts = |more: &str| init(&web(more), "wait-for-schema")["resources"].clone();
    // Two processes of 128Mi: what a project of unknown size takes.
    let usual = json!({ "requests": { "cpu": "100m", "memory": "256Mi" }, "limits": { "memory": "512Mi" } });
    assert_eq!(amounts("port = 8000"), usual);
    let large =
        amounts("process-memory = \"1Gi\", resources.limits = { memory = \"3Gi\", cpu = 1 }");
    let wanted = json!({ "requests": { "cpu": "100m", "memory": "2Gi" }, "limits": { "cpu": "1", "memory": "3Gi" } });
    assert_eq!(large, wanted);
    // A limit that is written holds; one that is computed for a small process does not.
    assert_eq!(amounts("resources.limits.memory = \"300Mi\"")["limits"]["memory"], "300Mi");
    assert_eq!(amounts("workers = 1, process-memory = \"64Mi\"")["limits"]["memory"], "512Mi");
    let said =
        amounts("resources.requests.memory = \"1Gi\", wait-for-schema = { memory = \"600Mi\" }");
    assert_eq!(
        said,
        json!({ "requests": { "cpu": "100m", "memory": "600Mi" }, "limits": { "memory": "600Mi" } })
    );
}

/// A process of each type that waits.
const ALL: [(&str, &str); 6] = [
    ("Deployment", "web"),
    ("Deployment", "worker"),
    ("StatefulSet", "beat"),
    ("Deployment", "any"),
    ("Job", "once"),
    ("CronJob", "nightly"),
];

#[test]
fn a_wait_for_the_schema_is_changed_or_left_out_on_each_process() {
    let processes = |wait: &str| {
        based(&format!(
            "{MIGRATED}broker = {{ type = \"redis\", durable = true }}\nweb = {{ {wait} }}\nworker = {{ type = \"worker\", {wait} }}\n\
             beat = {{ type = \"beat\", {wait} }}\nany = {{ type = \"process\", command = [\"x\"], {wait} }}\n\
             once = {{ type = \"job\", command = [\"x\"], {wait} }}\nnightly = {{ type = \"cron\", schedule = \"@daily\", command = [\"x\"], {wait} }}\n"
        ))
    };
    let changed = processes(
        "wait-for-schema = { memory = \"1Gi\", timeout-seconds = 900, attempt-seconds = 120 }",
    );
    let without = processes("wait-for-schema = false");
    for (kind, name) in ALL {
        let gate = init(&pod_spec(find(&changed, kind, name)), "wait-for-schema");
        assert_eq!(gate["resources"]["limits"]["memory"], "1Gi", "{name}");
        let words = gate["command"].as_array().cloned().unwrap_or_default();
        assert_eq!(words[2..5], ["--timeout=900", "--attempt-timeout=120", "--"], "{name}");
        let spec = pod_spec(find(&without, kind, name));
        assert_eq!(spec["initContainers"], json!([]), "{name}");
    }
    // A rollout goes on for as long as its pods may wait.
    assert_eq!(at(find(&changed, "Deployment", "web"), "/spec/progressDeadlineSeconds"), 1500);
    assert_eq!(at(find(&without, "Deployment", "web"), "/spec/progressDeadlineSeconds"), 900);
}

#[test]
fn a_gate_waits_for_any_database_that_is_migrated() {
    let bundle = based(
        "secrets.my.keys = [\"url\"]\n[stages.x.components]\n\
         db = { type = \"external\", host = \"my.example\", port = 3306, provides = \"database\", secret = \"my\", cidrs = [\"10.0.0.0/8\"] }\n\
         migrate.type = \"migrate\"\n",
    );
    init(&pod_spec(find(&bundle, "Deployment", "web")), "wait-for-schema");
    init(&pod_spec(find(&bundle, "Job", "migrate")), "wait-for-database");
}

#[test]
fn migrations_have_memory_of_their_own() {
    let amounts = |more: &str| {
        let bundle = based(&format!("{MIGRATED}migrate.{more}\n"));
        let spec = pod_spec(find(&bundle, "Job", "migrate"));
        let memory =
            |of: &Value| [of["requests"]["memory"].clone(), of["limits"]["memory"].clone()];
        let main = memory(&spec["containers"][0]["resources"]);
        assert_eq!(main, memory(&init(&spec, "wait-for-database")["resources"]));
        main
    };
    assert_eq!(amounts("retries = 1"), ["512Mi", "1Gi"]);
    assert_eq!(amounts("process-memory = \"2Gi\""), ["2Gi", "4Gi"]);
    assert_eq!(amounts("resources.limits.memory = \"256Mi\""), ["256Mi", "256Mi"]);
}

#[test]
fn errors_that_do_not_heal_end_a_migration_at_once() {
    let rules = |more: &str| {
        let bundle = based(&format!("{MIGRATED}migrate.{more}\n"));
        let job = find(&bundle, "Job", "migrate");
        let spec = serde_json::to_value(job).expect("an object is JSON");
        spec["spec"]["podFailurePolicy"]["rules"].to_string()
    };
    assert_snapshot!(rules("retries = 1"), @r#"[{"action":"FailJob","onExitCodes":{"containerName":"wait-for-database","operator":"In","values":[3]}},{"action":"Ignore","onPodConditions":[{"status":"True","type":"DisruptionTarget"}]}]"#);
    // Whoever wants no second run gets none after a drain either.
    assert_snapshot!(rules("retries = 0"), @r#"[{"action":"FailJob","onExitCodes":{"containerName":"wait-for-database","operator":"In","values":[3]}}]"#);
    // A command of the stack's own: nobody knows what it exits with.
    assert_snapshot!(rules("command = [\"./migrate.sh\"]"), @r#"[{"action":"Ignore","onPodConditions":[{"status":"True","type":"DisruptionTarget"}]}]"#);
    // Each Job of another kind is tried again as before, under the name that it has in the cluster.
    let job = based("components.seed = { type = \"job\", command = [\"./seed.sh\"] }\n");
    let spec = serde_json::to_value(find(&job, "Job", "seed")).expect("an object is JSON");
    assert!(spec["spec"]["podFailurePolicy"].is_null());
}

#[test]
fn a_quota_that_counts_limits_of_cpu_counts_gates() {
    let cpu = "resources.limits.cpu = 1";
    good(&format!(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"platform\"\n\
         spec.hard = {{ \"requests.cpu\" = \"8\", \"requests.memory\" = \"16Gi\", \"limits.cpu\" = \"16\", \"limits.memory\" = \"32Gi\" }}\n\
         {MIGRATED}web = {{ {cpu} }}\ndb.{cpu}\nmigrate.{cpu}\n"
    ));
}
