//! The stage of AWS: the database and both Redis lie outside of the cluster, speak TLS alone, and have passwords that a
//! URL has to encode.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use seaway_core::outputs::{self, percent_encoded};
use seaway_core::stack::{Contract, Piece, Recipe};
use seaway_core::{Sink, Source, Stack};
use serde_json::{Value, json};

use crate::cloud::{self, Authority, Server};
use crate::manifest::Manifest;
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::scenario::{self, START};
use crate::shop::Shop;
use crate::tools::{run as run_command, until};
use crate::{confine, http, service};

/// What the test adds: the authorities are its own, and nobody waits a minute for a heartbeat.
const OVERLAY: &str = r#"
[stages.runs]
extends = "aws-rds"
components.web.replicas = 2
components.worker.replicas = 1
app.env.HEARTBEAT_SECONDS = 2
config.rds-authority = { "ca.pem" = { file = "rds.pem" } }
config.redis-authority = { "ca.pem" = { file = "redis.pem" } }
components.db.ca = { config = "rds-authority", key = "ca.pem" }
components.cache.ca = { config = "redis-authority", key = "ca.pem" }
components.broker.ca = { config = "redis-authority", key = "ca.pem" }

[stages.runs.secrets.alerting]
keys = ["url"]

[stages.runs.components.monitoring]
type = "monitoring"
receivers.on-call = { type = "webhook", secret = "alerting" }
grafana = false
logs = false
"#;
/// Of what watches the stage, the exporters run: the rest does not care where the backing services lie, and runs in another
/// test.
const LEFT_OUT: [&str; 3] =
    ["monitoring-prometheus", "monitoring-alertmanager", "monitoring-kube-state-metrics"];
/// What exporters show once they are let in.
const UP: [(&str, &str); 4] = [
    ("monitoring-db-exporter-0", "\npg_up 1\n"),
    ("monitoring-cache-exporter-0", "\nredis_up 1\n"),
    ("monitoring-broker-exporter-0", "\nredis_up 1\n"),
    ("monitoring-celery-exporter-0", "\ncelery_worker_up{hostname=\"worker-0\"} 1.0\n"),
];
/// Every character that means something in a URL, and what looks like one that is encoded already.
const PASSWORD: &str = "a/b?c@d#e:f%25g";

/// The stage of the stack with the Secrets that somebody has made, and what they hold.
struct Prepared {
    manifest: Manifest,
    stack: Stack,
    secrets: BTreeMap<String, BTreeMap<String, String>>,
}

/// Runs the stage on the node that another one ran on before.
pub(crate) fn run(repository: &Path, first: &Arc<Node>) {
    let folder = first.scratch.join("aws-stack");
    let certificates = folder.join("certificates");
    let rds = Authority::new(&certificates, "rds");
    let redis = Authority::new(&certificates, "redis");
    let wrong = Authority::new(&certificates, "wrong");
    let stack = stack(repository, &folder, &rds, &redis);
    let prepared = prepare(&stack);
    let steps = Steps::between(&stack, "redis-celery", "runs");
    let node = Arc::new(first.reboot(Arc::new(prepared.manifest.with(&steps.objects)), "aws"));
    node.note("the stage of AWS is rendered, and its Secrets are made");
    service::serve(&node);

    let [database, cache, broker] = ["db", "cache", "broker"]
        .map(|name| (host(&prepared.stack, name), password(&prepared, name)));
    let servers = cloud::launch(
        &node,
        &Server { host: &database.0, password: &database.1, authority: &rds },
        &Server { host: &cache.0, password: &cache.1, authority: &redis },
        &Server { host: &broker.0, password: &broker.1, authority: &redis },
    );
    // Who needs them waits for them.
    scenario::apply_and_migrate(&node, &LEFT_OUT);
    let web = scenario::find(&node, "web-0");
    scenario::probes_pass(&node, &web);
    let shop = Shop { address: web.address(), host: "shop.example.com" };
    thread::scope(|scope| {
        scope.spawn(|| refusals(&node, &prepared, [&rds, &redis, &wrong]));
        scenario::orders_are_packed(&node, &shop);
        scenario::beat_ticks(&node, &shop);
        exporters_are_let_in(&node);
        everybody_speaks_tls(&node, &servers[0]);
        only_the_range_is_open(&node);
    });
    rows_move_along(first, &node, &shop, &servers[0], &steps);
    node.note("the stage of AWS runs");
}

/// What `seaway stages --diff` prints for the copy of the database.
struct Steps {
    /// The pod that restores, and its policy.
    objects: Manifest,
    /// The words of the two commands that run in pods, the one that dumps and the one that restores.
    dump: Vec<String>,
    restore: Vec<String>,
}

impl Steps {
    fn between(stack: &Path, from: &str, to: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
        command.arg("stages").arg(stack).args(["--diff", from, to, "--format", "json"]);
        let difference: Value = serde_json::from_str(&run_command(&mut command)).expect("JSON");
        let steps = difference["steps"].as_array().expect("a list of steps").iter();
        let commands: Vec<&str> = steps
            .flat_map(|step| step["commands"].as_array().expect("a list of commands"))
            .map(|command| command.as_str().expect("a text"))
            .collect();
        let documents = commands.iter().filter_map(|command| command.split_once("<<'YAML'\n"));
        let (_, document) =
            documents.into_iter().next().expect("a command that starts the pod of the copy");
        let objects = Manifest::parse(document.strip_suffix("YAML").expect("an end"));
        let copy = commands.iter().find(|command| command.contains("pg_dump")).expect("a dump");
        let (dump, restore) = copy.split_once("| ").expect("a pipe");
        Self { objects, dump: words_in_pod(dump), restore: words_in_pod(restore) }
    }
}

/// The words of a command that kubectl runs in a pod; what a shell is given stands in single quotes.
fn words_in_pod(command: &str) -> Vec<String> {
    let (_, words) = command.split_once(" -- ").expect("a command in a pod");
    let words = words.trim().trim_end_matches('\\');
    match words.split_once(" '") {
        Some((words, script)) => {
            let script = script.strip_suffix('\'').expect("a quote").to_owned();
            words.split_whitespace().map(str::to_owned).chain([script]).collect()
        }
        None => words.split_whitespace().map(str::to_owned).collect(),
    }
}

/// The copy that the steps describe: a row of the old database is one of the new one, by nothing but their commands.
fn rows_move_along(first: &Arc<Node>, node: &Arc<Node>, shop: &Shop, rds: &Pod, steps: &Steps) {
    let old = Pod::launch(first, &first.manifest, &first.manifest.workload("db"), "db-0");
    let mover = Pod::launch(node, &node.manifest, &node.manifest.pod("restore-db"), "restore-db");
    old.wait_for(first, &Phase::Ready, START);
    mover.wait_for(node, &Phase::Ready, START);
    // The steps come before the first apply; here the stage has run on the database already.
    let empty = ["DROP DATABASE shop WITH (FORCE)", "CREATE DATABASE shop OWNER shop"];
    let words = ["psql", "--username=postgres", "--command", empty[0], "--command", empty[1]];
    let emptied = rds.running().remove(0).exec(&words.map(str::to_owned), START);
    let emptied = emptied.expect("psql starts").expect("psql ends");
    assert!(emptied.status.success(), "{emptied:?}");

    let mut dump = old.running().remove(0).command(&steps.dump);
    let mut dump = dump.stdout(Stdio::piped()).spawn().expect("pg_dump starts");
    let mut restore = mover.running().remove(0).command(&steps.restore);
    let restored = restore.stdin(dump.stdout.take().expect("a pipe")).output();
    let restored = restored.expect("pg_restore starts");
    assert!(dump.wait().expect("pg_dump ends").success(), "{:?}", steps.dump);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let page = until("the page shows an order of the old database", START, || {
        shop.get("/").ok().filter(|page| page.status == 200)
    });
    assert!(page.body.contains("kept"), "{page:?}");
    node.note("the rows have moved along");
}

/// A copy of the shop's stack with the stage, and the files that it names.
fn stack(repository: &Path, folder: &Path, rds: &Authority, redis: &Authority) -> PathBuf {
    let mut text = fs::read_to_string(repository.join("stacks/shop/stack.toml"))
        .expect("the stack of the shop");
    text.push_str(OVERLAY);
    fs::create_dir_all(folder).expect("a folder for the stack");
    fs::write(folder.join("stack.toml"), text).expect("a stack");
    fs::write(folder.join("rds.pem"), rds.certificate()).expect("a certificate");
    fs::write(folder.join("redis.pem"), redis.certificate()).expect("a certificate");
    folder.to_owned()
}

/// Renders the stage, and makes the Secrets as its contracts say: what is printed holds none.
fn prepare(folder: &Path) -> Prepared {
    let rendered = Manifest::render(folder, "runs");
    let mut source =
        Source::new("stack.toml", fs::read_to_string(folder.join("stack.toml")).expect("a stack"));
    let document = seaway_core::parse(&source, &mut Sink::default());
    for file in document.files() {
        let text = fs::read_to_string(folder.join(&file.value)).expect("a file of the stack");
        source.add_file(&file, text);
    }
    let stack = seaway_core::resolve(&source, &document, "runs", &mut Sink::default());
    let stack = stack.unwrap_or_else(|_| panic!("the stage rendered a moment ago"));
    let contracts = stack.secrets.values();
    let secrets: BTreeMap<String, BTreeMap<String, String>> =
        contracts.map(|contract| (contract.name.to_string(), values(contract))).collect();
    let objects = secrets.iter().map(|(name, data)| secret(name, data)).collect();
    let manifest = rendered.with(&Manifest::from_objects(objects));
    Prepared { manifest, stack, secrets }
}

fn secret(name: &str, data: &BTreeMap<String, String>) -> Value {
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": "shop" }, "stringData": data })
}

/// A value for each key: the password where nothing is said, and what is composed of it with all that a URL encodes.
fn values(contract: &Contract) -> BTreeMap<String, String> {
    let made = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Key(_) | Piece::Of { .. } | Piece::Opaque => percent_encoded(PASSWORD),
    };
    let value = |recipe: &Recipe| match recipe {
        Recipe::Opaque | Recipe::Given | Recipe::GivenUrl | Recipe::SigningKey => {
            PASSWORD.to_owned()
        }
        Recipe::Composed(pieces) => pieces.iter().map(made).collect(),
    };
    contract.keys.iter().map(|(key, recipe)| (key.to_string(), value(recipe))).collect()
}

/// The host that a component lies at.
fn host(stack: &Stack, name: &str) -> String {
    let part = stack.part(name).unwrap_or_else(|| panic!("no component {name}"));
    part.facts.outputs["host"].clone()
}

/// The password that somebody has put into the Secret of a component.
fn password(prepared: &Prepared, name: &str) -> String {
    let part = prepared.stack.part(name).unwrap_or_else(|| panic!("no component {name}"));
    let contract = outputs::contract(&prepared.stack, part).expect("a Secret");
    prepared.secrets[&contract.name.to_string()]["password"].clone()
}

/// Who trusts another authority, or speaks without TLS, is refused and says why.
fn refusals(node: &Arc<Node>, prepared: &Prepared, authorities: [&Authority; 3]) {
    let [rds, redis, wrong] =
        authorities.map(|authority| authority.certificate().trim().to_owned());
    let broker =
        outputs::contract(&prepared.stack, prepared.stack.part("broker").expect("a broker"));
    let url = &prepared.secrets[&broker.expect("a Secret").name.to_string()]["url"];
    let (_, query) = url.split_once('?').expect("a URL that says how its server is verified");
    let with = |from: &str, to: &str| prepared.manifest.with_text(from, to);
    let unverified = "certificate verify failed";
    let cases = [
        ("migrate", "wait-for-database", with(&rds, &wrong), unverified),
        ("migrate", "wait-for-database", with("verify-full", "disable"), "no encryption"),
        ("worker", "worker", with(&redis, &wrong), unverified),
        // A query that says how to verify is enough for kombu to speak TLS.
        (
            "worker",
            "worker",
            with("rediss://", "redis://").with_text(&format!("?{query}"), ""),
            "Cannot connect to redis://",
        ),
    ];
    thread::scope(|scope| {
        for (index, (component, container, manifest, error)) in cases.into_iter().enumerate() {
            let name = format!("{component}-refused-{index}");
            let manifest = Arc::new(manifest);
            scope.spawn(move || refused(node, &manifest, (component, container), &name, error));
        }
    });
}

fn refused(
    node: &Arc<Node>,
    manifest: &Arc<Manifest>,
    (component, container): (&str, &str),
    name: &str,
    error: &str,
) {
    let pod = Pod::launch(node, manifest, &manifest.workload(component), name);
    let container = until(&format!("{name} says `{error}`"), START, || {
        let container = pod.container(container)?;
        container.log().contains(error).then_some(container)
    });
    assert!(!matches!(pod.phase(), Phase::Ready | Phase::Succeeded), "{name} is let in");
    pod.withdraw(node);
    container.signal("KILL");
    let log = container.log();
    let line = log.lines().find(|line| line.contains(error)).unwrap_or_default();
    let said = line.find(error).and_then(|at| line.get(at.saturating_sub(60)..)).unwrap_or(line);
    node.note(&format!("{name} is refused: {said:.120}"));
}

/// Exporters follow to the servers outside: by their names, with the authority and the passwords that a URL has to encode.
fn exporters_are_let_in(node: &Node) {
    for (name, series) in UP {
        let address = scenario::find(node, name).address();
        until(&format!("{name} shows {}", series.trim()), START, || {
            let headers = [("Host", "localhost")];
            let page = http::request(address, "GET /metrics", &headers, "", START).ok()?;
            page.body.contains(series).then_some(())
        });
    }
    node.note("the exporters are let in");
}

/// No connection to the database is without TLS, and there are some.
fn everybody_speaks_tls(node: &Node, rds: &Pod) {
    let query = "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl) \
                 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL";
    let words = ["psql", "--username=postgres", "--no-align", "--tuples-only", "--command", query];
    let container = rds.running().remove(0);
    let output = container
        .exec(&words.map(str::to_owned), Duration::from_secs(30))
        .expect("psql starts")
        .expect("psql ends");
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (with, without) = said.split_once('|').unwrap_or_else(|| panic!("{said} {output:?}"));
    assert!(with.parse::<u32>().is_ok_and(|with| with > 0) && without == "0", "{said}");
    node.note(&format!("connections with TLS and without: {said}"));
}

/// The way out leads to the ranges of the stage and to its ports alone.
fn only_the_range_is_open(node: &Node) {
    let find = |name: &str| scenario::find(node, name);
    let cases = [
        ("web-0", "rds", true),
        ("worker-0", "elasticache-broker", true),
        ("web-0", "elsewhere", false),
        ("worker-0", "web-0", false),
    ];
    for (from, to, open) in cases {
        let (from, to) = (find(from), find(to));
        assert_eq!(confine::connects(&from, &to), open, "{} to {}", from.name(), to.name());
    }
    node.note("only the range is open");
}
