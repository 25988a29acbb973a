//! Components of every type.

use crate::pods;
use crate::world::{World, list};

/// Types that run the image of the application.
pub(crate) const PROCESSES: &[&str] =
    &["web", "worker", "beat", "flower", "migrate", "cron", "job", "process"];

/// Options of a type, with alternatives.
fn own(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "web" => &[
            // Each server with options that it takes.
            &[
                "server = \"uvicorn\"\nworkers = 5\nkeep-alive-seconds = 90",
                "server = \"granian\"\nworkers = 3",
                "server = \"hypercorn\"\nkeep-alive-seconds = 90",
                "server = \"hypercorn\"\nworkers = 1",
                "server = \"daphne\"\nworkers = 1",
                "server = \"uwsgi\"\nthreads = 1\nmax-requests = 0",
                "server = \"uwsgi\"\nworkers = 5\ntimeout-seconds = 90\nkeep-alive-seconds = 90",
                "server = \"gunicorn\"\nworkers = 1\nthreads = 1\nmax-requests = 0",
                "threads = 1\ntimeout-seconds = 90",
                "workers = 5\nkeep-alive-seconds = 90\nmax-requests = 17",
            ],
            &[
                "replicas = 3",
                "replicas = 0",
                "autoscale = { min = 1, max = 4 }",
                "autoscale = { min = 2, max = 2, cpu-percent = 55 }",
            ],
            &["process-memory = \"150Mi\""],
            &["graceful-timeout-seconds = 60"],
            &["drain-seconds = 0", "drain-seconds = 25"],
            &[
                "static-files = \"app\"",
                "static-files = \"sidecar\"",
                "static-files = { type = \"sidecar\", url = \"/assets/\", root = \"/srv/assets\", size = \"1Gi\", max-body-mebibytes = 64 }",
                "static-files = { type = \"sidecar\", image = \"docker.io/nginxinc/nginx-unprivileged:1.30.5\", resources.limits.memory = \"128Mi\" }",
            ],
            &["port = 8080", "port = 3000", "port = 8081"],
        ],
        "worker" => &[
            &["replicas = 2", "replicas = 0", "autoscale = { min = 1, max = 4 }"],
            &["concurrency = 8"],
            &["process-memory = \"96Mi\"", "visibility-timeout-seconds = 1200"],
            &["pool = \"threads\"", "pool = \"gevent\"", "pool = \"solo\"", "pool = \"prefork\""],
            &["queues = [\"a\", \"b\"]", "queues = [\"only\"]"],
            &[
                "task-time-limit-seconds = 900\ntask-soft-time-limit-seconds = 600",
                "task-soft-time-limit-seconds = 30",
            ],
            &["prefetch-multiplier = 4"],
            &["max-tasks-per-child = 0"],
        ],
        "beat" => &[
            &["scheduler = \"django_celery_beat.schedulers:DatabaseScheduler\""],
            &["storage = \"1Gi\"", "storage = \"1Gi\"\nstorage-class = \"fast\""],
        ],
        "flower" => &[&["port = 8888"]],
        "migrate" => &[
            &["check-command = [\"python\", \"check.py\"]"],
            &["deadline-seconds = 60"],
            &["retries = 0", "retries = 9"],
            &["ttl-seconds = 600"],
            &["wait-seconds = 30"],
        ],
        "cron" => &[
            &["past-pooler = true"],
            &[
                "concurrency-policy = \"Allow\"",
                "concurrency-policy = \"Forbid\"",
                "concurrency-policy = \"Replace\"",
            ],
            &["deadline-seconds = 60"],
            &["retries = 0"],
            &["starting-deadline-seconds = 120"],
            &["suspend = true", "suspend = false"],
            &["time-zone = \"Europe/Berlin\"", "time-zone = \"America/Argentina/Buenos_Aires\""],
        ],
        "job" => &[
            &["past-pooler = true"],
            &["deadline-seconds = 60"],
            &["retries = 0"],
            &["ttl-seconds = 0", "ttl-seconds = 600"],
        ],
        "process" => &[&[
            "replicas = 2",
            "replicas = 0",
            "replicas = 1\nsingleton = true",
            "singleton = true",
            "autoscale = { min = 1, max = 3 }",
        ]],
        "postgres" => &[
            &["version = \"14\"", "version = \"16\"", "version = \"18\""],
            &["storage = \"20Gi\""],
            &["storage-class = \"fast\""],
            &["settings = { work_mem = \"8MB\", log_min_duration_statement = \"250ms\" }"],
            &["max-connections = 4000"],
            &["database = \"main_db\"", "database = \"off\""],
            &["username = \"app_user\""],
        ],
        "pgbouncer" => &[
            &["replicas = 1", "replicas = 3"],
            &["default-pool-size = 5"],
            &["max-client-connections = 200"],
            &["max-prepared-statements = 0"],
        ],
        "rds" => &[
            &["port = 5433"],
            &["database = \"main_db\"", "database = \"off\""],
            &["username = \"app@user\""],
            &["max-connections = 200"],
            &["sslmode = \"verify-full\""],
            &["external-name = false"],
        ],
        "elasticache" => &[
            &["username = \"app\""],
            &["tls = true"],
            &["auth = true"],
            &[
                "ca = { config = \"pki\", key = \"ca.pem\" }",
                "ca = { file = \"/etc/ssl/own.pem\" }",
            ],
        ],
        "s3" => &[
            &["endpoint = \"https://s3.example.com:3900\""],
            &["custom-domain = \"files.example.com\""],
            &["prefix = \"a/b\""],
            &["to = \"internet\"", "cidrs = [\"198.51.100.0/24\"]"],
        ],
        "redis" => &[
            &["version = \"8\"", "version = \"7\""],
            &["storage = \"3Gi\""],
            &["storage-class = \"fast\""],
        ],
        "valkey" => &[
            &["version = \"9\"", "version = \"8\""],
            &["storage = \"3Gi\""],
            &["storage-class = \"fast\""],
        ],
        _ => &[],
    }
}

/// Names and types: backing services first, then processes, so that these can refer to those.
pub(crate) fn choose(world: &mut World) {
    let mut kinds: Vec<&'static str> = Vec::new();
    for kind in [
        "postgres",
        "postgres",
        "rds",
        "redis",
        "redis",
        "valkey",
        "elasticache",
        "s3",
        "external",
        "external",
    ] {
        if world.chance.one_in(3) {
            kinds.push(kind);
        }
    }
    if kinds.iter().any(|kind| matches!(*kind, "postgres" | "rds")) && world.chance.one_in(3) {
        kinds.push("pgbouncer");
    }
    kinds.push(world.chance.pick(&["web", "worker", "process"]));
    for _ in 0..world.chance.below(6) {
        kinds.push(world.chance.pick(PROCESSES));
    }
    if world.chance.one_in(4) {
        kinds.push("monitoring");
    }
    let mut migrates = false;
    for kind in kinds {
        if kind == "migrate" && std::mem::replace(&mut migrates, true) {
            continue;
        }
        let number = world.number();
        let name = match world.chance.below(6) {
            // Its workloads have its name and more.
            _ if kind == "monitoring" => format!("watch-{number}"),
            0 => format!("{kind}-of-a-very-long-name-indeed-{number}"),
            1 => format!("x{number}"),
            _ => format!("{kind}-{number}"),
        };
        world.components.push((name, kind));
    }
    world.has_schema = migrates;
}

/// What the preset would bind, and how many could be meant.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    roles: Vec<&'static str>,
    /// The Redis that is the broker, if one is.
    broker: Option<String>,
    /// Databases, which are all bound as one name.
    pub(crate) databases: Vec<String>,
}

impl Bound {
    /// A role that no other service has yet.
    fn free(&mut self, world: &mut World, roles: &[&'static str]) -> Option<&'static str> {
        let free: Vec<&'static str> =
            roles.iter().copied().filter(|role| !self.roles.contains(role)).collect();
        let role = world.chance.any(&free)?;
        self.roles.push(role);
        Some(role)
    }
}

/// The keys of a component.
pub(crate) fn lines(
    world: &mut World,
    bound: &mut Bound,
    name: &str,
    kind: &'static str,
) -> Vec<String> {
    let mut lines = vec![format!("type = \"{kind}\"")];
    lines.extend(world.chance.some(own(kind), 4));
    let mut outputs: Vec<&str> = Vec::new();
    let mut port = true;
    match kind {
        "postgres" => {
            bound.databases.push(name.to_owned());
            outputs.extend(["url", "host", "port", "name", "username", "password"]);
            own_secret(world, &mut lines);
            // Enough for whatever there is.
            if !lines.iter().any(|line| line.starts_with("max-connections")) {
                lines.push("settings.max_connections = \"9000\"".to_owned());
                lines.retain(|line| !line.starts_with("settings = "));
            }
        }
        "redis" | "valkey" => {
            lines.extend(redis(world, bound));
            if lines.iter().any(|line| line.starts_with("roles") && line.contains("broker")) {
                bound.broker = Some(name.to_owned());
            }
            outputs.extend(["host", "port", "url"]);
        }
        "external" => {
            lines.extend(external(world, bound, name));
            outputs.extend(["host", "port"]);
            further(world, &mut lines, &mut outputs);
        }
        "rds" => {
            bound.databases.push(name.to_owned());
            outputs.extend(["url", "host", "port", "name", "username", "password", "sslmode"]);
            lines.push("host = \"db.abc123.rds.amazonaws.com\"".to_owned());
            lines.push("ca = { config = \"pki\", key = \"ca.pem\" }".to_owned());
            lines.push("cidrs = [\"172.20.16.0/20\"]".to_owned());
            own_secret(world, &mut lines);
        }
        "elasticache" => {
            outputs.extend(["url", "host", "port", "password"]);
            lines.push("host = \"master.c.use1.cache.amazonaws.com\"".to_owned());
            lines.push("cidrs = [\"172.20.32.0/20\", \"2001:db8::/48\"]".to_owned());
            let role = bound.free(world, &["broker", "cache", "results"]);
            lines.push(format!("roles = {}", list(&Vec::from_iter(role))));
            own_secret(world, &mut lines);
        }
        "s3" => {
            outputs.extend(["bucket", "region", "endpoint", "url"]);
            lines.push("bucket = \"shop-media\"\nregion = \"eu-central-1\"".to_owned());
            lines.push(
                world
                    .chance
                    .pick(&["roles = [\"media\", \"static\"]", "roles = [\"static\"]"])
                    .to_owned(),
            );
            own_secret(world, &mut lines);
        }
        "pgbouncer" => {
            let database = world.chance.any(&world.named(&["postgres", "rds"])).unwrap_or_default();
            lines.push(format!("database = \"{database}\""));
            world.needed.insert(database);
        }
        "monitoring" => {
            lines.extend(monitoring(world));
            return lines;
        }
        "worker" => {
            port = false;
            by_queues(world, bound, name, &mut lines);
        }
        "beat" => {
            port = false;
            // Two of them have schedules of their own.
            if world.components.iter().filter(|(_, kind)| *kind == "beat").count() > 1 {
                lines.retain(|line| !line.starts_with("scheduler"));
                lines.push(format!("scheduler = \"shop.schedulers:Number{}\"", world.number()));
            }
        }
        "web" => {
            let way = expose(world, false);
            // Some servers close idle connections before these do, and nginx does not.
            let is_kept = |way: &String| way.contains("\"alb\"") || way.contains("\"ingress\"");
            let closes = |line: &String| line.contains("granian") || line.contains("daphne");
            if way.as_ref().is_some_and(is_kept) && lines.iter().any(closes) {
                lines.retain(|line| !line.starts_with("static-files"));
                lines.push("static-files = \"sidecar\"".to_owned());
            }
            lines.extend(way);
            outputs.extend(["url", "host", "port"]);
            further(world, &mut lines, &mut outputs);
        }
        "flower" => {
            lines.extend(expose(world, true));
            outputs.extend(["url", "host", "port"]);
        }
        "process" => {
            port = world.chance.one_in(2);
            if port {
                lines.push("port = 9000".to_owned());
                lines.extend(expose(world, false));
                outputs.extend(["url", "host", "port"]);
            }
            further(world, &mut lines, &mut outputs);
        }
        "cron" => lines.push(format!(
            "schedule = \"{}\"",
            world.chance.pick(&[
                "@daily",
                "@hourly",
                "*/5 * * * *",
                "0 3 1-5 jan,MAR mon-fri",
                "0 0 ? * *"
            ])
        )),
        _ => port = false,
    }
    if world.production && kind != "worker" {
        for line in &mut lines {
            *line = line.replace("min = 1", "min = 2");
        }
    }
    let command = command(world, kind);
    if command.is_some() && matches!(kind, "worker" | "beat") {
        // A command of its own has no heartbeat.
        lines.push("celery-probes = false".to_owned());
    }
    if command.is_some() && kind == "web" && !lines.iter().any(|line| line.contains("workers = ")) {
        // Nobody knows how many processes it starts.
        lines.push("workers = 3".to_owned());
    }
    lines.extend(command);
    if matches!(kind, "process" | "job" | "cron") && !world.has_schema && world.chance.one_in(3) {
        lines.push("wait-for-schema = false".to_owned());
    }
    if !matches!(kind, "external" | "rds" | "elasticache" | "s3") {
        lines.extend(pods::options(world, name, kind, port && kind != "cron"));
    }
    if PROCESSES.contains(&kind) {
        world.outputs.extend(outputs.iter().map(|output| format!("{name}.{output}")));
    } else {
        let output = if kind == "s3" { "bucket" } else { "host" };
        world.unused.push(format!("{name}.{output}"));
        world.outputs.extend(outputs.iter().map(|output| format!("{name}.{output}")));
    }
    lines
}

/// What watches the stack, and who hears of it: in production somebody has to.
fn monitoring(world: &mut World) -> Vec<String> {
    let mut lines = world.chance.some(
        &[
            &[
                "operator = true",
                "operator = { labels = { release = \"kps\" }, namespace = \"ops\" }",
            ],
            &["grafana = false"],
            &["logs = false", "logs = { retention = \"4w\", storage = \"20Gi\" }"],
            &["retention = \"30d\"", "scrape-interval-seconds = 15"],
            &["runbooks = \"https://wiki.example.com/runbooks\""],
            &["receiver-cidrs = [\"198.51.100.0/24\"]"],
        ],
        3,
    );
    lines.push("storage-class = \"fast\"".to_owned());
    lines.push(
        "receivers.mail = { type = \"email\", to = \"ops@example.com\", from = \"shop@example.com\", host = \"smtp.example.com\" }"
            .to_owned(),
    );
    lines
}

/// A worker that KEDA scales, where there is a broker that it can count.
fn by_queues(world: &mut World, bound: &Bound, name: &str, lines: &mut Vec<String>) {
    let Some(broker) = bound.broker.clone().filter(|_| world.chance.one_in(3)) else { return };
    lines.retain(|line| !line.starts_with("replicas") && !line.starts_with("autoscale"));
    lines.push(
        world
            .chance
            .pick(&[
                "autoscale = { min = 0, max = 5, queue-length = 20 }",
                "autoscale = { min = 2, max = 2, queue-length = 1 }",
            ])
            .to_owned(),
    );
    lines.push(format!("env.VAR_{} = \"${{{broker}.host}}\"", world.number()));
    world.needed.extend([broker, name.to_owned()]);
}

/// Ports beside the component's own one, each with its output.
fn further(world: &mut World, lines: &mut Vec<String>, outputs: &mut Vec<&str>) {
    if world.chance.one_in(3) {
        let (ports, of_ports): (_, &[&str]) = world
            .chance
            .any(&[
                ("grpc = 50051", &["grpc-port"][..]),
                ("amqp = 5672, management = 15672", &["amqp-port", "management-port"]),
                ("metrics = 9100, low = 81", &["metrics-port", "low-port"]),
            ])
            .unwrap_or_default();
        lines.push(format!("ports = {{ {ports} }}"));
        outputs.extend(of_ports);
    }
}

/// A Secret of the service's own under another name.
fn own_secret(world: &mut World, lines: &mut Vec<String>) {
    if world.chance.one_in(4) {
        lines.push(format!("secret = \"credentials-{}\"", world.number()));
    }
}

fn command(world: &mut World, kind: &str) -> Option<String> {
    let needed = matches!(kind, "process" | "job" | "cron");
    let preset = matches!(kind, "web" | "worker" | "beat" | "flower" | "migrate");
    let words: &[&[&str]] = &[
        &["serve"],
        &["python", "-m", "shop.run", "--level=off"],
        &["sh", "-c", "exec serve --on \\\"$PORT\\\""],
        &["run", "$${stack}", "$(HOME)", "two\\nlines", ""],
    ];
    let words = world.chance.pick(words);
    (needed || (preset && (!world.django || world.chance.one_in(6))))
        .then(|| format!("command = {}", list(words)))
}

fn redis(world: &mut World, bound: &mut Bound) -> Vec<String> {
    let mut lines = Vec::new();
    if world.chance.one_in(2) {
        lines.push("durable = true".to_owned());
    }
    let roles = match world.chance.below(3) {
        0 => Vec::new(),
        1 => bound.free(world, &["broker", "cache", "results"]).into_iter().collect(),
        _ => {
            let broker = bound.free(world, &["broker"]);
            let results = bound.free(world, &["results"]);
            broker.into_iter().chain(results).collect()
        }
    };
    lines.push(format!("roles = {}", list(&roles)));
    if !world.production && world.chance.one_in(4) {
        lines.push("auth = false".to_owned());
    } else {
        own_secret(world, &mut lines);
    }
    lines
}

fn external(world: &mut World, bound: &mut Bound, name: &str) -> Vec<String> {
    let host = world.chance.pick(&["db.example.com", "10.1.2.3", "::1", "a"]);
    let port = world.chance.between(1, 65535).to_string();
    let mut lines = vec![
        format!("host = \"{host}\""),
        format!("port = {port}"),
        world
            .chance
            .pick(&[
                "cidrs = [\"10.0.0.0/24\"]",
                "cidrs = [\"10.0.0.1/32\", \"2001:db8::/32\"]",
                "cidrs = [\"203.0.113.0/24\"]",
            ])
            .to_owned(),
    ];
    lines.extend(world.chance.some(&[&["database = \"a\""], &["username = \"u\""]], 3));
    let provides = if world.chance.one_in(3) {
        bound.databases.push(name.to_owned());
        Some("database")
    } else if world.chance.one_in(2) {
        bound.free(world, &["broker", "cache", "results"])
    } else {
        None
    };
    if let Some(provides) = provides {
        lines.push(format!("provides = \"{provides}\""));
    }
    // A protocol that what is provided can have, and the URL of one with TLS, at the port that policies open.
    let protocols: &[(&str, &str)] = match provides {
        Some("database") => &[
            ("postgresql", "postgres://db.internal:PORT/a?sslmode=verify-full"),
            ("mysql", "mysql://db.internal:PORT/a?ssl_mode=VERIFY_IDENTITY"),
        ],
        Some("broker") => &[
            ("redis", "rediss://redis.internal:PORT/3?ssl_cert_reqs=required"),
            ("amqp", "amqps://mq.internal:PORT//"),
        ],
        _ => &[("redis", "rediss://redis.internal:PORT/3?ssl_cert_reqs=required")],
    };
    let (protocol, url) = world.chance.any(protocols).unwrap_or_default();
    if world.chance.one_in(2) {
        lines.push(format!("secret = \"external-{}\"", world.number()));
        lines.push(format!("protocol = \"{protocol}\""));
        lines.push("tls = true".to_owned());
    } else {
        let url = url.replace("PORT", &port);
        lines.push(format!("outputs = {{ url = \"{url}\", region = \"no\" }}"));
    }
    lines
}

fn expose(world: &mut World, asks_for_password: bool) -> Option<String> {
    let inside = [
        "\"cluster-ip\"",
        "{ type = \"cluster-ip\", from-namespaces = [\"ingress\", \"monitoring\"] }",
    ];
    let number = world.number();
    let outside = [
        "\"node-port\"".to_owned(),
        format!("{{ type = \"node-port\", node-port = {} }}", 30_000 + number),
        "\"load-balancer\"".to_owned(),
        "{ type = \"load-balancer\", source-ranges = [\"203.0.113.0/24\"], annotations = { \"service.beta.kubernetes.io/aws-load-balancer-type\" = \"external\" } }".to_owned(),
    ];
    let host = format!("h{number}.example.com");
    let certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/0b3a";
    let ended = [
        format!(
            "{{ type = \"load-balancer\", nlb = {{ certificate = \"{certificate}\", target-type = \"instance\" }} }}"
        ),
        format!(
            "{{ type = \"alb\", hosts = [\"{host}\"], paths = [\"/{number}\"], certificate = \"{certificate}\", target-type = \"instance\" }}"
        ),
        format!(
            "{{ type = \"ingress\", hosts = [\".{host}\"], from-namespaces = [\"edge\"], default-certificate = true }}"
        ),
        format!(
            "{{ type = \"gateway\", hosts = [\"{host}\"], parent = \"infra/public\", from = [\"10.0.0.0/8\"] }}"
        ),
    ];
    // Plain HTTP is not for production.
    let outside: &[String] =
        if world.production { &ended } else { &[outside.as_slice(), &ended].concat() };
    let is_public = world.chance.one_in(2);
    let way =
        if is_public { world.chance.any(outside)? } else { world.chance.pick(&inside).to_owned() };
    let auth = if asks_for_password { "\nauth = \"flower\"" } else { "" };
    world.chance.one_in(2).then(|| format!("expose = {way}{auth}"))
}
