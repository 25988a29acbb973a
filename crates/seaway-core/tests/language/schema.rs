//! The JSON Schema: it takes what decoding takes, and refuses what decoding refuses by shape.

use serde_json::Value;

use crate::support::{APP, refused_by_schema, told};

/// Texts, each with the code of the only kind of fault that decoding finds, or nothing if it is good; and where the
/// schema finds it.
const TEXTS: &[(&str, &str, &str)] = &[
    ("", "", ""),
    ("kubernets = \"1.33\"", "unknown-field", ""),
    ("kubernetes = 1.33", "wrong-type", "/kubernetes"),
    ("kubernetes = \"1.34\"", "", ""),
    ("kubernetes = \"1.33-1.36\"", "", ""),
    ("kubernetes = \"1.37-1.37\"", "", ""),
    ("require-digest = true", "", ""),
    ("require-digest = \"yes\"", "wrong-type", "/require-digest"),
    ("quota = true", "", ""),
    ("quota = { head-room-percent = 10, limit-range = false }", "", ""),
    ("quota = { head-rom-percent = 10 }", "unknown-field", "/quota"),
    ("quota = 3", "wrong-type", "/quota"),
    ("components.w = { type = \"web\", startup-seconds = 5, process-memory = \"1Gi\" }", "", ""),
    ("components.w = { type = \"worker\", visibility-timeout-seconds = 5000 }", "", ""),
    ("profile = \"prod\"", "unknown-value", "/profile"),
    ("cluster.provides = [\"StorageClass/gp3\", \"Gateway/infra/public\"]", "", ""),
    ("cluster.provides = \"StorageClass/gp3\"", "wrong-type", "/cluster/provides"),
    ("cluster.provide = []", "unknown-field", "/cluster"),
    ("app.env = { A = \"1\", B = 1, C = { field = \"status.podIP\" } }", "", ""),
    ("app.env.A = true", "wrong-type", "/app/env/A"),
    ("app.env.A = { fild = \"status.podIP\" }", "unknown-field", "/app/env/A"),
    ("app.framework = \"flask\"", "unknown-value", "/app/framework"),
    ("app.labels = { a = \"b\" }", "", ""),
    ("app.labels.a = 1", "wrong-type", "/app/labels/a"),
    ("app.tolerations = [{ key = \"a\", operator = \"Exists\", effect = \"NoSchedule\" }]", "", ""),
    (
        "app.tolerations = [{ operator = \"exists\" }]",
        "unknown-value",
        "/app/tolerations/0/operator",
    ),
    ("app.egress = [{ cidr = \"10.0.0.0/8\", ports = [443] }]", "", ""),
    ("app.egress = [{ to = \"internet\", ports = [443] }]", "", ""),
    ("app.egress = [{ to = { namespace = \"db\", labels = { a = \"b\" } }, ports = [1] }]", "", ""),
    ("app.egress = [{ to = \"intranet\", ports = [1] }]", "unknown-value", "/app/egress/0/to"),
    ("app.egress = [{ to = { labels = {} }, ports = [1] }]", "missing-field", "/app/egress/0/to"),
    ("app.service-account = \"own\"", "", ""),
    ("app.service-account.rules = [{ resources = [\"pods\"], verbs = [\"get\"] }]", "", ""),
    (
        "app.service-account.rules = [{ verbs = [\"get\"] }]",
        "missing-field",
        "/app/service-account",
    ),
    ("secrets.s.keys = [\"a\"]", "", ""),
    ("secrets.s = { keys = [\"a\"], generate = \"a\" }", "wrong-type", "/secrets/s/generate"),
    ("secret-source = \"existing\"", "", ""),
    (
        "secret-source = { type = \"external-secrets\", store = \"aws\", refresh = \"1h30m\" }",
        "",
        "",
    ),
    ("secret-source = \"sealed\"", "unknown-value", "/secret-source"),
    (
        "secret-source = { type = \"external-secrets\", store = \"aws\", stor = \"x\" }",
        "unknown-field",
        "/secret-source",
    ),
    (
        "secrets.s = { keys = [\"a\"], source = { type = \"external-secrets\", store = \"aws\", data.a = {} } }",
        "",
        "",
    ),
    (
        "secrets.s = { keys = [\"a\"], source = { type = \"existing\", store = \"aws\" } }",
        "unknown-field",
        "/secrets/s/source",
    ),
    ("app.secrets = \"files\"", "", ""),
    ("app.secrets = true", "wrong-type", "/app/secrets"),
    ("config.c = { a = \"text\" }", "", ""),
    ("config.c.a = 3", "wrong-type", "/config/c/a"),
    ("volumes.v = { storage = \"1Gi\", access-mode = \"ReadWriteMany\" }", "", ""),
    (
        "volumes.v = { storage = \"1Gi\", access-mode = \"RWX\" }",
        "unknown-value",
        "/volumes/v/access-mode",
    ),
    ("components.w.type = \"web\"", "", ""),
    ("components.w.type = \"wep\"", "unknown-type", "/components/w/type"),
    ("components.w.replicas = 3", "missing-field", "/components/w"),
    ("components.w = 3", "wrong-type", "/components/w"),
    ("components.w = \"web\"", "wrong-type", "/components/w"),
    ("components.w = { type = \"web\", replica = 3 }", "unknown-field", "/components/w"),
    ("components.w = { type = \"web\", replicas = \"3\" }", "wrong-type", "/components/w/replicas"),
    ("components.w = { type = \"web\", expose = \"node-port\" }", "", ""),
    (
        "components.w = { type = \"web\", expose = { type = \"node-port\", node-port = 30000 } }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", expose = \"ingres\" }",
        "unknown-value",
        "/components/w/expose",
    ),
    (
        "components.w = { type = \"web\", expose = { type = \"ingres\" } }",
        "unknown-type",
        "/components/w/expose/type",
    ),
    (
        "components.w = { type = \"web\", expose = { node-port = 30000 } }",
        "missing-field",
        "/components/w/expose",
    ),
    (
        "components.w = { type = \"web\", expose = { type = \"node-port\", nodeport = 30000 } }",
        "unknown-field",
        "/components/w/expose",
    ),
    (
        "components.w = { type = \"web\", expose = { type = \"cluster-ip\", node-port = 30000 } }",
        "unknown-field",
        "/components/w/expose",
    ),
    ("components.w = { type = \"web\", static-files = \"app\" }", "", ""),
    ("components.w = { type = \"web\", autoscale = { min = 1, max = 3 } }", "", ""),
    (
        "components.w = { type = \"web\", autoscale = { max = 3 } }",
        "missing-field",
        "/components/w/autoscale",
    ),
    ("components.w = { type = \"web\", probes.liveness = false }", "", ""),
    (
        "components.w = { type = \"web\", probes.liveness = { path = \"/\", period-seconds = 5 } }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", probes.liveness = { paths = \"/\" } }",
        "unknown-field",
        "/components/w/probes/liveness",
    ),
    (
        "components.w = { type = \"web\", resources = { requests.cpu = 1, limits.memory = \"1Gi\" } }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", resources.request.cpu = 1 }",
        "unknown-field",
        "/components/w/resources",
    ),
    ("components.w = { type = \"web\", mounts.\"/x\".scratch = \"1Gi\" }", "", ""),
    (
        "components.w = { type = \"web\", mounts.\"/x\".scratch = { size = \"1Gi\", memory = true } }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", mounts.\"/x\".scratch = { memory = true } }",
        "missing-field",
        "/components/w/mounts/~1x/scratch",
    ),
    (
        "components.w = { type = \"web\", spread = [\"zone\"], sidecars = [{ name = \"a\", image = \"a/b:1\", ports.http = 80 }] }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", sidecars = [{ image = \"a/b:1\" }] }",
        "missing-field",
        "/components/w/sidecars/0",
    ),
    (
        "components.w = { type = \"web\", sidecars = [{ name = \"a\", image = \"a/b:1\", env.A = true }] }",
        "wrong-type",
        "/components/w/sidecars/0/env/A",
    ),
    (
        "app.sidecars = [{ name = \"a\", image = \"a/b:1\", env.A = \"1\" }, { name = \"b\", image = \"a/b:1\" }]\n\
         components.w = { type = \"web\", sidecars = [{ name = \"a\", env.A = false }, { name = \"b\", remove = true }] }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", wait-for-schema = { memory = \"1Gi\", timeout-seconds = 600, attempt-seconds = 90 } }\n\
         components.p = { type = \"process\", command = [\"p\"], wait-for-schema = false }\n\
         components.j = { type = \"job\", command = [\"p\"], wait-for-schema = true }",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", wait-for-schema = { seconds = 1 } }",
        "unknown-field",
        "/components/w/wait-for-schema",
    ),
    ("components.c = { type = \"cron\", schedule = \"@daily\", command = [\"x\"] }", "", ""),
    ("components.c = { type = \"cron\", schedule = \"@daily\" }", "missing-field", "/components/c"),
    ("components.r = { type = \"valkey\", roles = [\"broker\"], durable = true }", "", ""),
    (
        "components.r = { type = \"redis\", roles = [\"brokr\"] }",
        "unknown-value",
        "/components/r/roles/0",
    ),
    ("components.d = { type = \"postgres\", settings.work_mem = \"8MB\" }", "", ""),
    (
        "components.e = { type = \"external\", host = \"a\", port = 1, cidrs = [\"10.0.0.0/8\"], outputs.url = \"x\" }",
        "",
        "",
    ),
    (
        "components.e = { type = \"external\", host = \"a\", cidrs = [] }",
        "missing-field",
        "/components/e",
    ),
    ("components.w = { type = \"worker\", env.A = false }\napp.env.A = \"1\"", "", ""),
    (
        "[[patches]]\ntarget = { kind = \"Deployment\" }\nmerge = { spec.replicas = 3 }\nremove = [\"a\"]",
        "",
        "",
    ),
    ("[[patches]]\nmerge = { spec.replicas = 3 }", "missing-field", "/patches/0"),
    ("[[objects]]\nkind = \"ConfigMap\"\nanything = [1, { a = true }]", "", ""),
    ("objects = [3]", "wrong-type", "/objects/0"),
    ("[stages.local]\nextends = 3", "wrong-type", "/stages/local/extends"),
    ("[stages.local]\nextend = \"a\"", "unknown-field", "/stages/local"),
    ("components.w.type = \"web\"\n[stages.local]\ncomponents.w.replicas = 3", "", ""),
    (
        "components.w.type = \"web\"\n[stages.local]\ncomponents.w.replica = 3",
        "unknown-field",
        "/stages/local/components/w",
    ),
    (
        "components.w.type = \"web\"\n[stages.local]\ncomponents.w.replicas = \"3\"",
        "wrong-type",
        "/stages/local/components/w/replicas",
    ),
    ("components.w.type = \"web\"\n[stages.local]\ncomponents.w = false", "", ""),
    (
        "components.w.type = \"web\"\n[stages.local]\ncomponents.w = { type = \"beat\", scheduler = \"a\" }",
        "",
        "",
    ),
    (
        "components.w.type = \"web\"\n[stages.local]\ncomponents.w = { type = \"beat\", replicas = 3 }",
        "unknown-field",
        "/stages/local/components/w",
    ),
    (
        "components.w = { type = \"web\", autoscale = { min = 1, max = 3 } }\n[stages.local]\ncomponents.w.autoscale.max = 5",
        "",
        "",
    ),
    (
        "components.w = { type = \"web\", expose = { type = \"node-port\" } }\n[stages.local]\ncomponents.w.expose.node-port = 30000",
        "",
        "",
    ),
    (
        "components.e = { type = \"external\", host = \"a\", port = 1, cidrs = [\"10.0.0.0/8\"] }\n[stages.local]\ncomponents.e.host = \"b\"",
        "",
        "",
    ),
    ("secrets.s = { keys = [\"a\"] }\n[stages.local]\nsecrets.s.source = \"existing\"", "", ""),
    ("secrets.s = { keys = [\"a\"] }\n[stages.local]\nsecrets.s = false", "", ""),
    ("config.c = { a = \"b\", b = \"c\" }\n[stages.local]\nconfig.c.a = false", "", ""),
    ("app.env.A = \"b\"\n[stages.local]\napp.env = { A = false, B = \"x\" }", "", ""),
    (
        "app.env.A = \"b\"\n[stages.local]\napp.env.B = true",
        "wrong-type",
        "/stages/local/app/env/B",
    ),
    ("[stages.local]\nkubernetes = \"1.34\"\nnamespace = \"other\"", "", ""),
];

/// Codes of faults that a schema can see.
const SHAPE: [&str; 5] =
    ["unknown-field", "unknown-value", "unknown-type", "wrong-type", "missing-field"];

#[test]
fn the_schema_and_decoding_take_and_refuse_the_same() {
    for (rest, code, place) in TEXTS {
        let text = format!("{APP}{rest}\n");
        let told = told(&text);
        let codes: Vec<&str> = told.lines().filter_map(|line| line.split(' ').next()).collect();
        let shape: Vec<&str> = codes.into_iter().filter(|code| SHAPE.contains(code)).collect();
        let expected: Vec<&str> = [*code].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(shape, expected, "{rest}\n{told}");
        let refused = refused_by_schema(&text);
        assert_eq!(refused.is_some(), !code.is_empty(), "{rest}\n{refused:?}");
        if let Some(refused) = refused {
            assert!(
                refused.starts_with(&format!("{place}: ")),
                "{rest}\nexpected at {place}: {refused}"
            );
        }
    }
}

#[test]
fn the_schema_is_a_schema_of_draft_7() {
    let schema: Value = serde_json::from_str(&seaway_core::schema::schema()).expect("JSON");
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    if let Err(error) = jsonschema::draft7::meta::validate(&schema) {
        panic!("{error}");
    }
}

/// Calls a function with every schema and its path.
fn walk<'a>(schema: &'a Value, path: &str, visit: &mut dyn FnMut(&'a Value, &str)) {
    visit(schema, path);
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries {
                walk(value, &format!("{path}/{key}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn editors_can_read_it() {
    let schema: Value = serde_json::from_str(&seaway_core::schema::schema()).expect("JSON");
    let describes = |value: &Value| {
        let target = value["$ref"]
            .as_str()
            .map(|to| &schema["definitions"][to.trim_start_matches("#/definitions/")]);
        target.unwrap_or(value)["description"].is_string()
    };
    walk(&schema, "", &mut |value, path| {
        let Some(object) = value.as_object() else { return };
        let is_schema = !path.ends_with("/properties") && !path.ends_with("/definitions");
        if !is_schema {
            return;
        }
        let reference = object.get("$ref").and_then(Value::as_str);
        if let Some(reference) = reference {
            assert_eq!(object.len(), 1, "{path}: something stands beside a reference");
            let name = reference.trim_start_matches("#/definitions/");
            assert!(schema["definitions"][name].is_object(), "{path}: no definition {name}");
        }
        if object.contains_key("allOf") {
            assert!(object.contains_key("anyOf"), "{path}: Taplo 0.10 hangs at an `allOf` alone");
        }
        assert_ne!(object.get("default"), Some(&Value::Null), "{path}: Taplo 0.10 panics");
        for (key, option) in
            object.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let is_check = path.ends_with("/if") || path.ends_with("/then");
            assert!(is_check || describes(option), "{path}: `{key}` has no description");
            assert!(
                is_check || object.contains_key("additionalProperties"),
                "{path}: neither open nor closed"
            );
        }
    });
    for (name, definition) in schema["definitions"].as_object().into_iter().flatten() {
        let is_component = name.starts_with("Component.") && name != "Component.any";
        assert!(
            !is_component || definition["description"].is_string(),
            "{name} has no description"
        );
    }
}

#[test]
fn defaults_are_written_as_a_person_would() {
    let schema: Value = serde_json::from_str(&seaway_core::schema::schema()).expect("JSON");
    let default = |component: &str, key: &str| {
        let option = &schema["definitions"][format!("Component.{component}")]["properties"][key];
        let target = option["$ref"]
            .as_str()
            .map(|to| &schema["definitions"][to.trim_start_matches("#/definitions/")]);
        target.unwrap_or(option)["default"].clone()
    };
    assert_eq!(default("web", "port"), 8000);
    assert_eq!(default("web", "server"), "gunicorn");
    assert_eq!(default("web", "expose"), "cluster-ip");
    assert_eq!(default("web", "replicas"), Value::Null);
    assert_eq!(default("postgres", "storage"), "1Gi");
    assert_eq!(default("cron", "concurrency-policy"), "Forbid");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test of the stacks reads them")]
fn the_stacks_of_the_repository_are_accepted() {
    let stacks = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks");
    let folders = std::fs::read_dir(stacks).expect("the stacks").flatten();
    let files: Vec<_> = folders
        .map(|folder| folder.path().join("stack.toml"))
        .filter(|file| file.exists())
        .collect();
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a stack");
        assert_eq!(refused_by_schema(&text), None, "{}", file.display());
    }
}
