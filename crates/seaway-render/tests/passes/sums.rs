//! Numbers of one output that have to fit one another: what follows from what, and what is reported where it cannot.

use serde_json::{Value, json};

use crate::support::{at, based, bundle, case, find, good, pod_spec};

fn components(lines: &str) -> String {
    format!("[stages.x.components]\n{lines}\n")
}

/// A container of a pod by its name.
fn container(spec: &Value, name: &str) -> Value {
    let lists = ["initContainers", "containers"].into_iter();
    let mut all = lists.flat_map(|list| spec[list].as_array().cloned().unwrap_or_default());
    all.find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The size of the volume that a container mounts at a path.
fn size(spec: &Value, name: &str, path: &str) -> Value {
    let container = container(spec, name);
    let mut mounts = container["volumeMounts"].as_array().into_iter().flatten();
    let mount = mounts.find(|mount| mount["mountPath"] == path).expect("a mount");
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let volume = volumes.find(|volume| volume["name"] == mount["name"]).expect("a volume");
    volume["emptyDir"]["sizeLimit"].clone()
}

fn web(more: &str) -> Value {
    pod_spec(find(&based(&components(&format!("web = {{ {more} }}"))), "Deployment", "web"))
}

fn word(container: &Value, start: &str) -> Option<String> {
    let words = ["command", "args"].into_iter();
    let mut words = words.flat_map(|list| container[list].as_array().cloned().unwrap_or_default());
    words.find_map(|word| Some(word.as_str()?.strip_prefix(start)?.to_owned()))
}

fn has(verdict: &str, parts: &[&str]) {
    for part in parts {
        assert!(verdict.contains(part), "`{part}` is not in\n{verdict}");
    }
}

#[test]
fn scratch_holds_the_bodies_that_pass_through_it() {
    let large = web("static-files = { type = \"sidecar\", max-body-mebibytes = 2048 }");
    for name in ["web", "nginx"] {
        assert_eq!(size(&large, name, "/tmp"), "4Gi");
        let asked = &container(&large, name)["resources"]["requests"]["ephemeral-storage"];
        assert!(asked.as_str().is_some_and(|asked| asked.ends_with('i')), "{name} {asked}");
    }
    let usual = web("static-files = \"sidecar\"");
    assert_eq!(size(&usual, "web", "/tmp"), "256Mi");
    assert_eq!(container(&usual, "web")["resources"]["requests"]["ephemeral-storage"], json!(null));

    let small = "static-files = { type = \"sidecar\", max-body-mebibytes = 2048 }, mounts.\"/tmp\" = { scratch = \"1Gi\" }";
    let told = case(&components(&format!("web = {{ {small} }}")));
    has(
        &told,
        &[
            "small-scratch",
            "a body of 2Gi does not fit into the 1Gi of `/tmp` of `web`",
            "`components.web.mounts.\"/tmp\" = { scratch = \"2Gi\" }`",
        ],
    );
    good(&components(&format!("web = {{ {small} }}")).replace("1Gi", "2Gi"));
}

#[test]
fn scratch_of_a_sidecar_is_its_own_and_much_of_it_is_asked_for() {
    let spec = web(
        "mounts.\"/spool\" = { scratch = \"10Gi\" }, sidecars = [{ name = \"convert\", image = \"a/convert:1\", mounts.\"/spool\" = { scratch = \"100Mi\" } }]",
    );
    assert_eq!(size(&spec, "web", "/spool"), "10Gi");
    assert_eq!(size(&spec, "convert", "/spool"), "100Mi");
    // With 256Mi of /tmp.
    let asked =
        |name: &str| container(&spec, name)["resources"]["requests"]["ephemeral-storage"].clone();
    assert_eq!((asked("web"), asked("convert")), (json!("10496Mi"), json!(null)));
    let told = case(&components(
        "web = { mounts.\"/spool\" = { scratch = \"10Gi\" }, init-containers = [{ name = \"fill\", mounts.\"/spool\" = { scratch = \"1Gi\" } }] }",
    ));
    has(&told, &["conflict", "the scratch at `/spool` is not the same for `web` and `fill`"]);
}

#[test]
fn a_quota_counts_the_disk_that_pods_ask_for() {
    let more = format!(
        "{}[stages.x.quota]\nhead-room-percent = 0\n",
        components("web = { mounts.\"/spool\" = { scratch = \"10Gi\" } }")
    );
    let quota = based(&more);
    let hard = at(find(&quota, "ResourceQuota", "s"), "/spec/hard/requests.ephemeral-storage");
    // Two pods in a rollout.
    assert_eq!(hard, "20992Mi");
}

#[test]
fn an_autoscaler_by_cpu_has_a_request_that_its_processes_can_use() {
    let spec = web("workers = 4, autoscale = { min = 2, max = 20 }");
    assert_eq!(container(&spec, "web")["resources"]["requests"]["cpu"], "1");
    let written =
        web("workers = 4, autoscale = { min = 2, max = 20 }, resources.requests.cpu = \"300m\"");
    assert_eq!(container(&written, "web")["resources"]["requests"]["cpu"], "300m");
    assert_eq!(container(&web("workers = 4"), "web")["resources"]["requests"]["cpu"], "100m");
    let scaled = based(&components("web.autoscale = { min = 2, max = 20 }"));
    let behavior = at(find(&scaled, "HorizontalPodAutoscaler", "web"), "/spec/behavior/scaleDown");
    assert_eq!(behavior["stabilizationWindowSeconds"], 300);
    assert_eq!(
        behavior["policies"],
        json!([{ "type": "Percent", "value": 50, "periodSeconds": 60 }])
    );
    let worker = based(&components(
        "broker = { type = \"redis\", durable = true }\nworker = { type = \"worker\", concurrency = 3, autoscale = { min = 1, max = 9 } }",
    ));
    let worker = pod_spec(find(&worker, "Deployment", "worker"));
    assert_eq!(container(&worker, "worker")["resources"]["requests"]["cpu"], "750m");
}

#[test]
fn pods_wait_as_long_as_their_migrations_may_take() {
    let stage = |migrate: &str, web: &str| {
        components(&format!(
            "db.type = \"postgres\"\nmigrate = {{ type = \"migrate\"{migrate} }}\nweb = {{ {web} }}"
        ))
    };
    let waits = |more: &str| {
        let bundle = based(&stage(more, "port = 8000"));
        let web = find(&bundle, "Deployment", "web");
        let gate = container(&pod_spec(web), "wait-for-schema");
        let job = pod_spec(find(&bundle, "Job", "migrate"));
        let database = container(&job, "wait-for-database");
        let rollout = at(web, "/spec/progressDeadlineSeconds").as_i64().expect("a number");
        (word(&gate, "--timeout="), word(&database, "--timeout="), rollout)
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(waits(", deadline-seconds = 7200"), (text("7200"), text("300"), 7800));
    assert_eq!(waits(""), (text("1800"), text("300"), 2400));
    assert_eq!(waits(", wait-seconds = 400"), (text("400"), text("400"), 1000));
    let told = case(&stage(", deadline-seconds = 7200, wait-seconds = 300", "port = 8000"));
    has(
        &told,
        &["short-wait", "the pods of the release wait 300 s for migrations that may take 7200 s"],
    );
    let told = case(&stage(", deadline-seconds = 7200", "wait-for-schema.timeout-seconds = 60"));
    has(&told, &["short-wait", "`web` waits 60 s for migrations that may take 7200 s"]);
    good(&stage("", "wait-for-schema.timeout-seconds = 60"));
}

#[test]
fn a_rollout_waits_as_long_as_its_start_up_probe() {
    let patient = "probes.startup = { failure-threshold = 200, period-seconds = 10 }";
    let bundle = based(&components(&format!("web = {{ {patient} }}")));
    assert_eq!(at(find(&bundle, "Deployment", "web"), "/spec/progressDeadlineSeconds"), 2600);
}

#[test]
fn nginx_waits_longer_than_the_server_lets_a_request_run() {
    let conf = |more: &str| {
        let more = components(&format!("web = {{ static-files = \"sidecar\", {more} }}"));
        let bundle = based(&more);
        at(find(&bundle, "ConfigMap", "web-nginx"), "/data/nginx.conf")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    has(
        &conf("timeout-seconds = 240"),
        &["proxy_read_timeout 245s;", "worker_shutdown_timeout 30s;"],
    );
    has(
        &conf("graceful-timeout-seconds = 120"),
        &["proxy_read_timeout 60s;", "worker_shutdown_timeout 120s;"],
    );
    has(&conf("server = \"uvicorn\""), &["proxy_read_timeout 3600s;"]);
}

#[test]
fn probes_ask_below_the_script_name_of_gunicorn() {
    let web =
        |more: &str| components(&format!("web = {{ env.SCRIPT_NAME = \"/portal\", {more} }}"));
    let told = case(&web("probes = { readiness.path = \"/readyz\", liveness.path = \"/livez\" }"));
    has(
        &told,
        &[
            "conflict",
            "gunicorn answers 500 to `/readyz`",
            "write `path = \"/portal/readyz\"`",
            "write `path = \"/portal/livez\"`",
        ],
    );
    good(&web(
        "probes = { readiness.path = \"/portal/readyz\", liveness.path = \"/portal/livez\" }",
    ));
    good(&web("server = \"granian\", probes.readiness.path = \"/readyz\""));
    // Django answers to the same paths as without it.
    good(&components(
        "web = { env.FORCE_SCRIPT_NAME = \"/portal\", probes.readiness.path = \"/readyz\" }",
    ));
}

#[test]
fn nodes_that_are_taken_away_give_their_own_time_to_stop() {
    let worker = |more: &str| {
        components(&format!(
            "broker = {{ type = \"redis\", durable = true }}\nworker = {{ type = \"worker\", task-time-limit-seconds = 900, {more} }}"
        ))
    };
    let spot = "node-selector = { \"cloud.google.com/gke-spot\" = \"true\" }";
    let told = case(&worker(spot));
    has(
        &told,
        &[
            "short-grace",
            "`worker` may need 900 s to stop, and a node of `cloud.google.com/gke-spot` gives it 25 s",
            "task_acks_late",
        ],
    );
    let tolerated = "tolerations = [{ key = \"kubernetes.azure.com/scalesetpriority\", operator = \"Exists\" }]";
    has(&case(&worker(tolerated)), &["gives it 30 s"]);
    has(
        &case(&worker("node-selector = { \"karpenter.sh/capacity-type\" = \"spot\" }")),
        &["gives it 120 s"],
    );
    has(
        &case(&worker("node-selector = { \"eks.amazonaws.com/capacityType\" = \"SPOT\" }")),
        &["gives it 120 s"],
    );
    good(&worker("node-selector = { \"karpenter.sh/capacity-type\" = \"on-demand\" }"));
    let short = worker("node-selector = { \"karpenter.sh/capacity-type\" = \"spot\" }");
    good(&short.replace("900", "90"));
    // What stops at once, and what runs to its end.
    good(&components(&format!(
        "broker = {{ type = \"redis\", durable = true }}\nbeat = {{ type = \"beat\", {spot} }}"
    )));
    good(&components(&format!(
        "c = {{ type = \"cron\", schedule = \"@daily\", command = [\"x\"], {spot} }}"
    )));
    let allowed = worker(&format!("{spot}, allow.short-grace = \"tasks repeat\""));
    has(&case(&allowed), &["short-grace"]);
}

#[test]
fn a_database_has_memory_for_the_connections_that_work() {
    let stage = |web: &str, db: &str| {
        components(&format!("web = {{ {web} }}\ndb = {{ type = \"postgres\"{db} }}"))
    };
    let many = "workers = 4, threads = 4, replicas = 3";
    let told = case(&stage(many, ""));
    has(
        &told,
        &[
            "memory-over-limit",
            "`db` may have 512Mi of memory",
            "components.db.resources.limits.memory",
        ],
    );
    good(&stage(many, ", resources.limits.memory = \"1Gi\""));
    good(&stage("workers = 2", ""));
    let sorted = case(&stage("workers = 2", ", settings.work_mem = \"64MB\""));
    has(&sorted, &["memory-over-limit"]);
    let buffers = case(&stage("workers = 2", ", settings.shared_buffers = \"500MB\""));
    has(&buffers, &["memory-over-limit"]);
}

#[test]
fn a_server_of_asgi_believes_its_proxies_alone() {
    let exposed = |more: &str, expose: &str| {
        let text = format!(
            "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\", hosts = [\"s.example.com\"] }}\n\
             cluster.provides = [\"IngressClass/traefik\"]\n\
             components.web = {{ type = \"web\", {more}, probes.readiness.path = \"/up\", expose = {{ {expose} }} }}\n[stages.x]\n"
        );
        let spec = pod_spec(find(&bundle(&text), "Deployment", "web"));
        let env = container(&spec, "web")["env"].clone();
        let mut env = env.as_array().into_iter().flatten();
        env.find(|one| one["name"] == "FORWARDED_ALLOW_IPS").map(|one| one["value"].clone())
    };
    let traefik = "type = \"ingress\", class = \"traefik\", default-certificate = true, from-namespaces = [\"traefik\"]";
    assert_eq!(exposed("server = \"uvicorn\"", traefik), Some(json!("*")));
    assert_eq!(exposed("server = \"gunicorn\"", traefik), None);
    assert_eq!(exposed("server = \"uvicorn\"", "type = \"node-port\""), None);
}

#[test]
fn the_codes_of_a_load_balancer_are_those_of_the_kubelet() {
    let text = "name = \"s\"\napp = { image = \"a:1\", module = \"s\", hosts = [\"s.example.com\"] }\n\
         cluster = { provider = \"eks\", region = \"eu-central-1\", network = \"10.0.0.0/16\" }\n\
         components.web = { type = \"web\", server = \"uvicorn\", probes.readiness.path = \"/\", expose = { type = \"alb\", certificate = \"arn:aws:acm:eu-central-1:111122223333:certificate/5f0c9f7e-0a1b-4c7d-9a44-2f6f6f0e6c11\" } }\n[stages.x]\n";
    let bundle = bundle(text);
    let notes = at(find(&bundle, "Ingress", "web"), "/metadata/annotations");
    assert_eq!(notes["alb.ingress.kubernetes.io/success-codes"], "200-399");
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    let env = container(&spec, "web")["env"].clone();
    let proxies = json!({ "name": "FORWARDED_ALLOW_IPS", "value": "10.0.0.0/16" });
    assert!(env.as_array().is_some_and(|env| env.contains(&proxies)), "{env}");
}

#[test]
fn a_redis_that_is_called_nothing_keeps_what_it_holds() {
    let policy = |more: &str| {
        let bundle = based(&components(&format!(
            "r = {{ type = \"redis\"{more} }}\nweb.env.R = \"${{r.url}}\""
        )));
        let spec = pod_spec(find(&bundle, "StatefulSet", "r"));
        let words = container(&spec, "r")["command"].clone();
        let words: Vec<_> = words.as_array().into_iter().flatten().cloned().collect();
        let at = words.iter().position(|word| word == "--maxmemory-policy").expect("a policy");
        words[at + 1].clone()
    };
    assert_eq!(policy(", roles = []"), "noeviction");
    assert_eq!(policy(", roles = [\"cache\"]"), "allkeys-lru");
    assert_eq!(policy(""), "allkeys-lru");
}

#[test]
fn databases_and_brokers_are_asked_each_second_while_they_start() {
    for (kind, options, name) in [
        ("StatefulSet", "type = \"postgres\"", "b"),
        ("StatefulSet", "type = \"redis\", durable = true", "b"),
        ("StatefulSet", "type = \"rabbitmq\"", "b"),
        ("StatefulSet", "type = \"mysql\"", "b"),
        ("StatefulSet", "type = \"mariadb\"", "b"),
    ] {
        let bundle = based(&components(&format!("b = {{ {options} }}")));
        let spec = pod_spec(find(&bundle, kind, name));
        assert_eq!(container(&spec, "b")["startupProbe"]["periodSeconds"], 1, "{options}");
    }
}

#[test]
fn flower_serves_until_its_new_pod_is_ready() {
    let bundle = based(&components(
        "broker = { type = \"redis\", durable = true }\nflower.type = \"flower\"",
    ));
    assert_eq!(at(find(&bundle, "Deployment", "flower"), "/spec/strategy/type"), "RollingUpdate");
}

#[test]
fn a_broker_waits_as_long_as_the_longest_task() {
    let visible = |worker: &str| {
        let bundle = based(&components(&format!(
            "broker = {{ type = \"redis\", durable = true }}\nworker = {{ type = \"worker\", {worker} }}"
        )));
        let spec = pod_spec(find(&bundle, "Deployment", "worker"));
        let env = container(&spec, "worker")["env"].clone();
        let mut env = env.as_array().into_iter().flatten();
        env.find(|one| one["name"] == "CELERY_VISIBILITY_TIMEOUT").map(|one| one["value"].clone())
    };
    assert_eq!(visible("task-time-limit-seconds = 300"), Some(json!("660")));
    assert_eq!(
        visible("task-time-limit-seconds = 300, visibility-timeout-seconds = 500"),
        Some(json!("500"))
    );
}
