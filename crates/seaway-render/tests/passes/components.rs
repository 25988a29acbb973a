//! What each component becomes, as far as a deployment depends on it (KNOWLEDGE.md, the defaults that prevent pain).

use std::collections::{BTreeMap, BTreeSet};

use seaway_core::Sink;
use seaway_render::Bundle;
use serde_json::{Value, json};

use crate::common::{all, compile};
use crate::support::{
    at, based, bundle, case, containers, find, find_maybe, json as tree, pod_spec, workloads,
};

fn parts(more: &str) -> Bundle {
    based(&format!("[stages.x.components]\n{more}"))
}

#[test]
fn every_component_type_occurs_in_some_stack() {
    let mut used = BTreeSet::new();
    let mut texts = String::new();
    for (_, source, stage) in all() {
        texts.push_str(&source.stack.text);
        let document = seaway_core::parse(&source, &mut Sink::default());
        let stack = seaway_core::resolve(&source, &document, &stage, &mut Sink::default())
            .expect("a stack");
        used.extend(stack.parts.values().map(|part| part.facts.type_name));
    }
    // The compiler's own list of the types that there are.
    let told = case("components.x.type = \"?\"");
    let list = told.rsplit('|').next().unwrap_or_default();
    let told_types: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    // Those that are data are one type to the compiler.
    let data: BTreeSet<&str> = seaway_core::source::shipped::names().collect();
    assert!(data.is_subset(&told_types), "{told}");
    let wanted: BTreeSet<&str> = told_types.difference(&data).copied().collect();
    assert!(wanted.contains("web"), "{told}");
    assert_eq!(used, wanted);
    // And each of them is one that some stack writes, so that what it prints is pinned. That stack has one database.
    for name in data.into_iter().filter(|name| *name != "mysql") {
        let is_written = texts.contains(&format!("\"{name}\""));
        let is_used = is_written || texts.contains(&format!("[types.{name}]"));
        assert!(is_used, "write a component of type `{name}` in `stacks/services/stack.toml`");
    }
}

fn migrate_name(more: &str) -> String {
    let bundle = bundle(&format!(
        "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\ncomponents.db = {{ type = \"postgres\" }}\n\
         components.migrate = {{ type = \"migrate\" }}\ncomponents.web = {{ type = \"web\" }}\n[stages.x]\n{more}"
    ));
    find(&bundle, "Job", "migrate").body.name().to_owned()
}

#[test]
fn a_migration_runs_again_if_and_only_if_what_it_runs_changes() {
    let name = migrate_name("");
    for same in [
        "components.web.replicas = 3",
        "components.migrate.deadline-seconds = 60",
        "components.migrate.retries = 1",
        "components.migrate.ttl-seconds = 60",
        "components.db.storage = \"9Gi\"",
        "components.cache = { type = \"redis\", roles = [] }",
    ] {
        assert_eq!(migrate_name(same), name, "{same}");
    }
    for other in [
        "app.image = \"a:2\"",
        "app.env.A = \"1\"",
        "components.migrate.command = [\"python\", \"manage.py\", \"migrate\"]",
        "components.cache = { type = \"redis\" }",
    ] {
        assert_ne!(migrate_name(other), name, "{other}");
    }
}

#[test]
fn processes_wait_for_their_migrations_in_the_same_image() {
    let bundle = parts(
        "db.type = \"postgres\"\nmigrate = { type = \"migrate\", wait-seconds = 1000 }\nbroker = { type = \"redis\", durable = true }\nworker.type = \"worker\"\nbeat.type = \"beat\"\n",
    );
    for (kind, name) in [("Deployment", "web"), ("Deployment", "worker"), ("StatefulSet", "beat")] {
        let wait = at(find(&bundle, kind, name), "/spec/template/spec/initContainers/0");
        assert_eq!(wait["name"], "wait-for-schema");
        assert_eq!(wait["image"], "a:1");
        let command = [
            "python",
            "/opt/seaway/wait_for_schema.py",
            "--timeout=1000",
            "--",
            "python",
            "manage.py",
            "migrate",
            "--check",
        ];
        assert_eq!(wait["command"], json!(command));
    }
    // The rollout is not given up while its pods wait.
    assert_eq!(at(find(&bundle, "Deployment", "web"), "/spec/progressDeadlineSeconds"), 1600);
}

#[test]
fn beat_is_one_pod_and_has_no_port() {
    let bundle = parts("broker = { type = \"redis\", durable = true }\nbeat.type = \"beat\"\n");
    let beat = find(&bundle, "StatefulSet", "beat");
    assert_eq!(at(beat, "/spec/replicas"), 1);
    assert!(find_maybe(&bundle, "Service", "beat").is_none());
    assert!(find_maybe(&bundle, "HorizontalPodAutoscaler", "beat").is_none());
}

#[test]
fn a_release_replaces_a_pod_of_a_stateful_set_that_does_not_get_ready() {
    let mut seen = 0;
    for (_, source, stage) in all() {
        let bundle = compile(&source, &stage).0.expect("a bundle");
        for object in &bundle.objects {
            if object.body.kind() == "StatefulSet" {
                assert_eq!(at(object, "/spec/podManagementPolicy"), "Parallel", "{}", object.id());
                let names_a_service = tree(object)["spec"].get("serviceName").is_some();
                assert!(!names_a_service, "{}", object.id());
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn a_worker_may_finish_its_task() {
    let grace = |more: &str| {
        let bundle = parts(&format!(
            "broker = {{ type = \"redis\", durable = true }}\nworker = {{ type = \"worker\"{more} }}\n"
        ));
        let spec = pod_spec(find(&bundle, "Deployment", "worker"));
        spec["terminationGracePeriodSeconds"].as_i64().expect("a number")
    };
    assert_eq!(grace(""), 315);
    assert_eq!(grace(", task-time-limit-seconds = 900"), 915);
    assert_eq!(grace(", termination-grace-period-seconds = 400"), 400);
}

#[test]
fn a_solo_worker_is_not_dead_while_it_works() {
    let bundle = parts(
        "broker = { type = \"redis\", durable = true }\nworker = { type = \"worker\", pool = \"solo\", task-time-limit-seconds = 1000 }\n",
    );
    let probe = at(
        find(&bundle, "Deployment", "worker"),
        "/spec/template/spec/containers/0/livenessProbe/exec/command",
    );
    assert_eq!(probe[3], "--max-age=1600");
}

#[test]
fn web_stops_when_its_drain_and_its_requests_are_over() {
    let bundle = parts("web = { drain-seconds = 20, graceful-timeout-seconds = 40 }\n");
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(spec["terminationGracePeriodSeconds"], 65);
    assert_eq!(spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], 20);
}

#[test]
fn an_autoscaler_owns_the_number_of_pods() {
    let bundle = parts("web.autoscale = { min = 2, max = 5 }\n");
    assert_eq!(at(find(&bundle, "Deployment", "web"), "/spec/replicas"), Value::Null);
    assert_eq!(at(find(&bundle, "HorizontalPodAutoscaler", "web"), "/spec/minReplicas"), 2);
    assert_eq!(at(find(&bundle, "PodDisruptionBudget", "web"), "/spec/maxUnavailable"), 1);
    let bundle = parts("web.replicas = 0\n");
    assert_eq!(at(find(&bundle, "Deployment", "web"), "/spec/replicas"), 0);
    assert!(find_maybe(&bundle, "PodDisruptionBudget", "web").is_none());
}

#[test]
fn a_volume_for_one_pod_is_let_go_before_the_next_pod_starts() {
    let strategy = |more: &str| {
        let bundle = based(more);
        at(find(&bundle, "Deployment", "web"), "/spec/strategy/type")
    };
    let volume = "[volumes.media]\nstorage = \"1Gi\"\n";
    assert_eq!(strategy(""), "RollingUpdate");
    assert_eq!(
        strategy(&format!("components.web.mounts.\"/m\" = {{ volume = \"media\" }}\n{volume}")),
        "Recreate"
    );
    assert_eq!(
        strategy(&format!(
            "components.web.sidecars = [{{ name = \"s\", mounts.\"/m\" = {{ volume = \"media\" }} }}]\n{volume}"
        )),
        "Recreate"
    );
    assert_eq!(
        strategy(&format!(
            "components.web.mounts.\"/m\" = {{ volume = \"media\" }}\n{volume}access-mode = \"ReadWriteMany\"\n"
        )),
        "RollingUpdate"
    );
}

#[test]
fn postgres_keeps_its_data_where_its_major_looks_for_it() {
    for (major, mount, data) in [
        ("14", "/var/lib/postgresql/data", Some("/var/lib/postgresql/data/pgdata")),
        ("17", "/var/lib/postgresql/data", Some("/var/lib/postgresql/data/pgdata")),
        ("18", "/var/lib/postgresql", None),
    ] {
        let bundle = parts(&format!("db = {{ type = \"postgres\", version = \"{major}\" }}\n"));
        let container = at(find(&bundle, "StatefulSet", "db"), "/spec/template/spec/containers/0");
        let of = |list: &str, key: &str, name: &str| {
            container[list].as_array().into_iter().flatten().find(|one| one[key] == name).cloned()
        };
        let mounted = of("volumeMounts", "name", "data").map(|mount| mount["mountPath"].clone());
        assert_eq!(mounted, Some(json!(mount)), "{major}");
        let pgdata = of("env", "name", "PGDATA").map(|variable| variable["value"].clone());
        assert_eq!(pgdata, data.map(|data| json!(data)), "{major}");
        let image = container["image"].as_str().unwrap_or_default();
        assert!(image.starts_with(&format!("docker.io/library/postgres:{major}.")), "{image}");
    }
}

#[test]
fn a_broker_never_evicts_and_a_cache_may() {
    let bundle = parts(
        "cache.type = \"valkey\"\nbroker = { type = \"redis\", durable = true }\nboth = { type = \"redis\", roles = [\"results\"] }\ntiny = { type = \"redis\", roles = [], resources.limits.memory = \"1Mi\" }\n",
    );
    let words = |name: &str| {
        let command =
            at(find(&bundle, "StatefulSet", name), "/spec/template/spec/containers/0/command");
        command
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let after = |name: &str, flag: &str| {
        let words = words(name);
        words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1).cloned())
    };
    assert_eq!(after("cache", "--maxmemory-policy").as_deref(), Some("allkeys-lru"));
    assert_eq!(after("broker", "--maxmemory-policy").as_deref(), Some("noeviction"));
    assert_eq!(after("both", "--maxmemory-policy").as_deref(), Some("noeviction"));
    assert_eq!(after("broker", "--appendonly").as_deref(), Some("yes"));
    assert_eq!(after("cache", "--appendonly").as_deref(), Some("no"));
    // 0 would mean no limit.
    assert_eq!(after("tiny", "--maxmemory").as_deref(), Some("1mb"));
    assert!(find_maybe(&bundle, "PersistentVolumeClaim", "broker-data").is_some());
    assert!(find_maybe(&bundle, "PersistentVolumeClaim", "cache-data").is_none());
}

#[test]
fn probes_say_a_host_that_django_knows_and_that_the_request_was_https() {
    let bundle =
        based("app.hosts = [\".shop.example\"]\ncomponents.web.probes.readiness.path = \"/r\"\n");
    let probe = at(
        find(&bundle, "Deployment", "web"),
        "/spec/template/spec/containers/0/readinessProbe/httpGet",
    );
    let headers = json!([{ "name": "Host", "value": "shop.example" }, { "name": "X-Forwarded-Proto", "value": "https" }]);
    assert_eq!(probe["httpHeaders"], headers);
    assert_eq!(probe["port"], "http");
}

#[test]
fn containers_of_the_application_image_are_pulled_alike() {
    let bundle = based(
        "app.image-pull-policy = \"Never\"\ncomponents.web = { static-files = \"sidecar\", init-containers = [{ name = \"a\" }], sidecars = [{ name = \"b\", image = \"o:1\" }] }\n",
    );
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    for container in containers(&spec) {
        let wanted = if container["image"] == "a:1" { json!("Never") } else { Value::Null };
        assert_eq!(container["imagePullPolicy"], wanted, "{}", container["name"]);
    }
}

#[test]
fn the_copy_of_static_files_reads_the_settings() {
    let bundle = based(
        "secrets.e.keys = [\"k\"]\ncomponents.web = { static-files = \"sidecar\", env-from = [{ secret = \"e\" }], mounts.\"/c\" = { config = \"c\" } }\n[config.c]\nk = \"v\"",
    );
    let copy = at(find(&bundle, "Deployment", "web"), "/spec/template/spec/initContainers/1");
    assert_eq!(copy["name"], "copy-static");
    assert_eq!(copy["envFrom"], json!([{ "secretRef": { "name": "e" } }]));
    let mounts = copy["volumeMounts"].as_array().into_iter().flatten();
    assert!(mounts.into_iter().any(|mount| mount["mountPath"] == "/c"));
}

#[test]
fn volumes_with_the_same_words_are_told_apart() {
    let bundle = based(
        "components.web.mounts = { \"/a/b\" = { scratch = \"1Mi\" }, \"/a-b\" = { scratch = \"2Mi\" }, \"/config/c\" = { scratch = \"3Mi\" }, \"/d\" = { config = \"c\" } }\n[config.c]\nk = \"v\"",
    );
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    let mounted: BTreeMap<String, Value> = spec["containers"][0]["volumeMounts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|mount| {
            let volumes = spec["volumes"].as_array().into_iter().flatten();
            let volume =
                volumes.into_iter().find(|volume| volume["name"] == mount["name"]).cloned();
            (mount["mountPath"].as_str().unwrap_or_default().to_owned(), volume.unwrap_or_default())
        })
        .collect();
    assert_eq!(mounted["/a/b"]["emptyDir"]["sizeLimit"], "1Mi");
    assert_eq!(mounted["/a-b"]["emptyDir"]["sizeLimit"], "2Mi");
    assert_eq!(mounted["/config/c"]["emptyDir"]["sizeLimit"], "3Mi");
    assert!(!mounted["/d"]["configMap"].is_null());
}

/// The pod template of each workload, by its name without a hash.
fn templates(bundle: &Bundle) -> BTreeMap<String, Value> {
    workloads(bundle)
        .map(|object| {
            let name = object.component.as_ref().map(ToString::to_string).unwrap_or_default();
            let (template, _) = object.body.pod_template().expect("a template");
            (name, serde_json::to_value(template).expect("JSON"))
        })
        .collect()
}

#[test]
fn a_changed_config_or_contract_rolls_the_pods_that_read_it_and_no_others() {
    let stack = |text: &str, keys: &str| {
        templates(&based(&format!(
            "secrets.a = {{ keys = {keys}, source = \"existing\" }}\ncomponents.one = {{ type = \"process\", command = [\"x\"], mounts.\"/c\" = {{ config = \"c\" }} }}\n\
             components.two = {{ type = \"process\", command = [\"x\"], env.A = \"${{secrets.a.k}}\" }}\n[config.c]\nk = \"{text}\""
        )))
    };
    let changed = |a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>| -> Vec<String> {
        a.iter()
            .filter(|(name, template)| b[*name] != **template)
            .map(|(name, _)| name.clone())
            .collect()
    };
    let before = stack("v", "[\"k\"]");
    assert_eq!(changed(&before, &stack("w", "[\"k\"]")), ["one"]);
    assert_eq!(changed(&before, &stack("v", "[\"k\", \"l\"]")), ["two"]);
    assert_eq!(changed(&before, &stack("v", "[\"k\"]")), [""; 0]);
}
