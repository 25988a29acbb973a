//! The stage that watches itself: what is scraped is up, rules evaluate, panels show something, and who is told of alerts
//! hears that the worker is gone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, RECEIVER_HOST};
use crate::image::Images;
use crate::manifest::Manifest;
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::prometheus::{Alert, Prometheus, SCRAPED};
use crate::queries::{config, panels_show_something, rules_evaluate, selectors_find_series};
use crate::scenario::{self, START};
use crate::shop::Shop;
use crate::tools::{Tools, eventually};
use crate::{confine, monitors, rollout, service};

/// The third stage of the shop, everything in the cluster, with monitoring on top.
const OVERLAY: &str = r#"
[stages.runs]
extends = "redis-celery"
app.env.HEARTBEAT_SECONDS = 2
# So that one container has series of what a limit of CPU does to it.
components.worker.resources.limits.cpu = "2"

[stages.runs.secrets.alerting]
source = "existing"
keys = ["on-call-url", "watchdog-url"]

[stages.runs.components.monitoring]
type = "monitoring"
scrape-interval-seconds = 5
receivers.on-call = { type = "webhook", secret = "alerting", key = "on-call-url" }
watchdog = { secret = "alerting", key = "watchdog-url" }
"#;
/// What nobody waits for in a test. Nobody would want to set these in a stack.
const SOONER: [(&str, &str); 2] =
    [("group_wait: 30s", "group_wait: 1s"), ("group_interval: 5m", "group_interval: 5s")];
/// The alert that the test waits for, and how long it has to hold.
const NO_WORKERS: &str = "CeleryNoWorkers";
const HOLDS: (&str, &str) = ("for: 5m", "for: 5s");
/// Workloads that do not run here: neither Debian nor a registry that this test may use has these programs. Their
/// configuration is looked at by the tests of the templates.
const LEFT_OUT: [&str; 3] = ["monitoring-grafana", "monitoring-loki", "monitoring-alloy"];
/// What is scraped, as job and instance.
const TARGETS: [&str; 13] = [
    "alertmanager monitoring-alertmanager-0:9093",
    "cadvisor node-1",
    "celery monitoring-celery-exporter-0:9808",
    "kube-state-metrics monitoring-kube-state-metrics-0:8080",
    "kubelet node-1",
    "postgres monitoring-db-exporter-0:9187",
    "prometheus monitoring-prometheus-0:9090",
    "redis monitoring-broker-exporter-0:9121",
    "redis monitoring-cache-exporter-0:9121",
    "web web-0:8001",
    "web web-0:8002",
    "web web-1:8001",
    "web web-1:8002",
];
/// Everything, on a node that is made for it.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let cluster = Cluster::new(scratch);
    let manifest = Arc::new(prepare(repository, scratch, &cluster));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let mut images =
        Images::build(&tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    monitors::add_images(&mut images, &tools, Some(&cluster));
    let node = Arc::new(Node::boot(images, manifest, scratch.to_owned(), logs.to_owned(), root));
    node.note("the images are built");
    service::serve(&node);
    let shop = Shop { address: service::outside(&node, "web"), host: "shop.example.com" };
    let receiver = Receiver(cluster.launch(&node));

    scenario::apply_and_migrate(&node, &LEFT_OUT);
    let prometheus = scenario::find(&node, "monitoring-prometheus-0");
    let prometheus = Prometheus { address: prometheus.address() };
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let _end = End(&done);
        let visits = scope.spawn(|| visit(&shop, &done));
        for pod in node.pods().iter().filter(|pod| watches(pod)) {
            scenario::probes_pass(&node, pod);
            confine::check(&node, pod);
        }
        targets_are_up(&node, &prometheus);
        let started = complaints(&node);
        rules_evaluate(&node, &prometheus);
        panels_show_something(&node, &prometheus);
        selectors_find_series(&node, &prometheus);
        only_the_watchdog_barks(&node, &prometheus);
        only_declared_flows(&node);
        confine::memory_suffices(&node);
        nobody_complains(&node, &started);
        a_lost_worker_is_told_of(&node, &prometheus, &receiver);
        done.store(true, Ordering::Relaxed);
        processes_count_right(&node, &prometheus, visits.join().expect("visits"));
    });
    it_knows_what_it_knew(&node, &prometheus);
    for name in ["monitoring-prometheus-0", "monitoring-alertmanager-0"] {
        rollout::stops_by_itself(&node, &scenario::find(&node, name));
    }
}

/// Ends the visits, also when an assertion fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Renders the stage, makes the Secret that somebody has to make, and lets nobody wait.
fn prepare(repository: &Path, scratch: &Path, cluster: &Cluster) -> Manifest {
    let rendered = Manifest::render(&stack(repository, &scratch.join("stack")), "runs");
    let url = |path: &str| format!("https://{RECEIVER_HOST}/{path}");
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": "alerting", "namespace": "shop" },
        "stringData": { "on-call-url": url("on-call"), "watchdog-url": url("watchdog") },
    });
    let mut manifest =
        rendered.with(&Manifest::from_objects(vec![secret])).with(&cluster.objects("shop"));
    for (from, to) in SOONER {
        manifest = manifest.with_text(from, to);
    }
    let rules = config(&manifest, "monitoring-prometheus-").remove("rules.yml").expect("rules");
    let start = rules.find(&format!("alert: {NO_WORKERS}\n")).expect("the alert");
    let length = rules[start..].find(HOLDS.0).expect("how long it has to hold") + HOLDS.0.len();
    let rule = &rules[start..start + length];
    assert_eq!(rule.matches("alert:").count(), 1, "{rule}");
    manifest.with_text(rule, &rule.replace(HOLDS.0, HOLDS.1))
}

/// A copy of the shop's stack with the stage.
fn stack(repository: &Path, folder: &Path) -> PathBuf {
    let text = fs::read_to_string(repository.join("stacks/shop/stack.toml"));
    fs::create_dir_all(folder).expect("a folder for the stack");
    let text = text.expect("the stack of the shop") + OVERLAY;
    fs::write(folder.join("stack.toml"), text).expect("a stack");
    folder.to_owned()
}

/// Whether a pod is one of those that watch.
fn watches(pod: &Pod) -> bool {
    pod.outside.is_none() && pod.name().starts_with("monitoring-")
}

/// People look at the shop and order something; one asks for what is not there. Gives the number of orders.
fn visit(shop: &Shop, done: &AtomicBool) -> u32 {
    let mut orders = 0;
    while !done.load(Ordering::Relaxed) {
        // An odd number of requests each time, so that orders come to each of two pods in turn.
        for path in ["/", "/api/stats", "/api/orders/0", "/api/stats"] {
            let _ = shop.get(path);
        }
        if orders < 200 {
            shop.order("tea", 0);
            orders += 1;
        }
        thread::sleep(Duration::from_millis(300));
    }
    orders
}

/// Several server processes of several pods answer, and each tells of its own requests: the sum is that of all.
fn processes_count_right(node: &Node, prometheus: &Prometheus, orders: u32) {
    let name = "django_http_responses_total_by_status_view_method_total";
    let of_orders = format!("{name}{{method=\"POST\",status=\"201\"}}");
    let sum = format!("sum({of_orders})");
    let what = format!("{orders} orders are counted");
    eventually(&what, SCRAPED, || {
        let counted = prometheus.number(&sum);
        (counted == Some(f64::from(orders))).then_some(()).ok_or_else(|| format!("{counted:?}"))
    });
    let processes = prometheus.series(&of_orders);
    assert!(processes.as_ref().is_ok_and(|processes| *processes > 1), "{processes:?}");
    node.note(&format!("{what} by {processes:?} processes"));
}

/// Prometheus finds what there is and nothing else, and gets metrics of all of it.
fn targets_are_up(node: &Node, prometheus: &Prometheus) {
    let wanted: BTreeMap<_, _> =
        TARGETS.iter().map(|target| ((*target).to_owned(), String::new())).collect();
    let mut last = BTreeMap::new();
    let what = "each target is up";
    eventually(what, SCRAPED, || {
        node.expect_no_failure();
        last = prometheus.targets();
        (last == wanted).then_some(()).ok_or_else(|| format!("{last:#?}"))
    });
    node.note(what);
}

/// Who watches reaches what it watches, and nobody else does.
fn only_declared_flows(node: &Node) {
    let cases = [
        ("monitoring-db-exporter-0", "db-0", true),
        ("monitoring-celery-exporter-0", "broker-0", true),
        ("monitoring-prometheus-0", "api-server", true),
        ("monitoring-prometheus-0", "kubelet", true),
        ("monitoring-alertmanager-0", "receiver", true),
        ("monitoring-kube-state-metrics-0", "kubelet", false),
        ("monitoring-alertmanager-0", "monitoring-prometheus-0", false),
        ("monitoring-prometheus-0", "db-0", false),
        ("monitoring-db-exporter-0", "broker-0", false),
        ("monitoring-db-exporter-0", "api-server", false),
        ("web-0", "monitoring-prometheus-0", false),
        ("worker-0", "monitoring-celery-exporter-0", false),
        ("worker-0", "receiver", false),
    ];
    thread::scope(|scope| {
        for (from, to, open) in cases {
            let (from, to) = (scenario::find(node, from), scenario::find(node, to));
            scope.spawn(move || {
                assert_eq!(confine::connects(&from, &to), open, "{} to {}", from.name(), to.name());
            });
        }
    });
    node.note("only declared flows pass");
}

/// A healthy stage fires nothing but what always fires.
fn only_the_watchdog_barks(node: &Node, prometheus: &Prometheus) {
    let what = "nothing but the watchdog";
    let mut last = String::new();
    eventually(what, SCRAPED, || {
        let unknown = |alert: &&Alert| !is_expected(alert);
        let found: Vec<_> = prometheus.alerts();
        let unknown: Vec<_> = found.iter().filter(unknown).collect();
        let barks = found.iter().any(|alert| alert.name == "Watchdog" && alert.fires);
        let problem = format!("{unknown:?}");
        if problem != last {
            node.note(&format!("other alerts: {problem}"));
            last.clone_from(&problem);
        }
        (barks && unknown.is_empty()).then_some(()).ok_or(problem)
    });
    node.note(what);
}

/// What is pending because of what does not run here; it would fire after a quarter of an hour.
fn is_expected(alert: &Alert) -> bool {
    let left_out = |name: &str| LEFT_OUT.iter().any(|known| known.ends_with(name));
    match &*alert.name {
        "Watchdog" => true,
        "DeploymentReplicas" | "StatefulSetReplicas" | "TargetMissing" => {
            !alert.fires && left_out(&alert.about)
        }
        _ => false,
    }
}

/// Lines of errors in the logs of the stage, by container.
fn complaints(node: &Node) -> BTreeMap<String, Vec<String>> {
    const WORDS: [&str; 6] = [
        "level=error",
        r#""level":"error""#,
        r#""level": "error""#,
        " error: ",
        " fatal: ",
        "traceback",
    ];
    let pods = node.pods().into_iter().filter(|pod| pod.outside.is_none());
    let containers = pods.flat_map(|pod| {
        let containers = pod.running().into_iter();
        containers.map(move |container| {
            (format!("{}/{}", pod.name(), container.spec.name), container.log())
        })
    });
    let bad = |line: &&str| WORDS.iter().any(|word| line.to_lowercase().contains(word));
    let lines = |log: String| log.lines().filter(bad).map(str::to_owned).collect();
    containers.map(|(name, log)| (name, lines(log))).collect()
}

/// Once all is up, no program logs an error: neither one that watches nor one that is watched.
fn nobody_complains(node: &Node, before: &BTreeMap<String, Vec<String>>) {
    for (name, lines) in complaints(node) {
        let new = &lines[before.get(&name).map_or(0, Vec::len)..];
        assert!(new.is_empty(), "{name}:\n{}", new.join("\n"));
    }
    node.note("nobody complains");
}

/// The worker goes, and comes back.
fn a_lost_worker_is_told_of(node: &Arc<Node>, prometheus: &Prometheus, receiver: &Receiver) {
    // The alert that is in a hurry here has fired already: there was no worker before the first one.
    let before = receiver.messages().len();
    scenario::find(node, "worker-0").stop(node, Duration::ZERO);
    receiver.hears(before, NO_WORKERS, "/on-call", "firing");
    let alerts = prometheus.alerts();
    assert!(alerts.iter().any(|alert| alert.name == NO_WORKERS && alert.fires), "{alerts:?}");
    node.note("who is on call hears that no worker is there");
    let next = Pod::launch(node, &node.manifest, &node.manifest.workload("worker"), "worker-1");
    next.wait_for(node, &Phase::Ready, START);
    receiver.hears(before, NO_WORKERS, "/on-call", "resolved");
    node.note("and that one is there again");
    // The first time it comes is up to a minute late: Prometheus looks for Alertmanager later than it evaluates.
    receiver.hears(0, "Watchdog", "/watchdog", "firing");
    let log = receiver.0.running().remove(0).log();
    for link in
        [r#""externalURL": "http://localhost:9093""#, r#""generatorURL": "http://localhost:9090/"#]
    {
        assert!(log.contains(link), "no message has {link}");
    }
    let told = receiver.messages();
    let others: Vec<_> =
        told.iter().filter(|(name, ..)| name != NO_WORKERS && name != "Watchdog").collect();
    assert!(others.is_empty(), "{others:?}");
}

/// A Prometheus that stops in time and starts again has what the one before it has seen.
fn it_knows_what_it_knew(node: &Arc<Node>, before: &Prometheus) {
    const SEEN: &str = "min(min_over_time(timestamp(up{job=\"prometheus\"})[1h:5s]))";
    let seen = before.number(SEEN).expect("the time of the first scrape");
    let name = "monitoring-prometheus-0";
    rollout::stops_by_itself(node, &scenario::find(node, name));
    let workload = node.manifest.workload("monitoring-prometheus");
    let next = Pod::launch(node, &node.manifest, &workload, name);
    next.wait_for(node, &Phase::Ready, START);
    let after = Prometheus { address: next.address() };
    let still = after.number(SEEN).expect("the time of the first scrape");
    assert!((still - seen).abs() < 1.0, "{seen} before, {still} after");
    node.note("a Prometheus that starts again knows what the one before it knew");
}

/// Who is told of alerts.
struct Receiver(Arc<Pod>);

impl Receiver {
    /// The messages so far: alert, path and status.
    fn messages(&self) -> Vec<(String, String, String)> {
        let container = self.0.running().remove(0);
        let log = container.log();
        // A line that is not whole yet is for the next time.
        let whole = log.rfind('\n').map_or("", |end| &log[..end]);
        let messages = whole.lines().filter(|line| line.starts_with('{')).map(|line| {
            let message: Value = serde_json::from_str(line).expect("JSON");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let name = text(&message["groupLabels"]["alertname"]);
            (name, text(&message["path"]), text(&message["status"]))
        });
        messages.collect()
    }

    /// Waits for a message that is not one of the first ones.
    fn hears(&self, first: usize, alert: &str, path: &str, status: &str) {
        let wanted = (alert.to_owned(), path.to_owned(), status.to_owned());
        eventually(&format!("{alert} is {status} at {path}"), SCRAPED, || {
            let messages = self.messages();
            messages[first..].contains(&wanted).then_some(()).ok_or_else(|| format!("{messages:?}"))
        });
    }
}
