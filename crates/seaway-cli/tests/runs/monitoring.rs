//! The stage that watches itself: what is scraped is up, rules evaluate, panels show something, and who is told of alerts
//! hears that the worker is gone.

use std::collections::{BTreeMap, BTreeSet};
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
use crate::prometheus::{Alert, Prometheus};
use crate::scenario::{self, START};
use crate::shop::Shop;
use crate::tools::Tools;
use crate::{confine, rollout, service, watching};

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
/// Selectors of series of which there are none here, by their beginnings, and why. All others have some.
const NO_SERIES: [(&str, &str); 8] = [
    ("loki_", "Loki and Alloy do not run"),
    (r#"up{namespace="shop",job="alloy""#, "Alloy does not run"),
    (r#"up{namespace="shop",job="grafana""#, "Grafana does not run"),
    (r#"up{namespace="shop",job="loki""#, "Loki does not run"),
    (
        "django_http_responses_total_by_status_view_method_total{namespace=\"shop\",status=~\"5",
        "no view fails",
    ),
    ("django_migrations_", "the shop does not set PROMETHEUS_EXPORT_MIGRATIONS"),
    ("kube_job_failed", "no Job fails"),
    ("kube_pod_container_status_last_terminated_reason", "no container ends"),
];
/// Selectors of series that come and go while pods start.
const AT_TIMES: [&str; 2] =
    ["kube_pod_container_status_waiting_reason", "kube_pod_init_container_status_waiting_reason"];
/// Panels without a series here, and why.
const EMPTY: [(&str, &str); 1] = [("Lines sent to Loki", "Alloy does not run")];
/// A window that has some scrapes in it, on a busy machine too.
const WINDOW: &str = "1m";
/// Until all is scraped and each rule has been evaluated.
const SCRAPED: Duration = Duration::from_secs(90);

/// Everything, on a node that is made for it.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let cluster = Cluster::new(scratch);
    let manifest = Arc::new(prepare(repository, scratch, &cluster));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let mut images =
        Images::build(&tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    watching::add_images(&mut images, &tools, Some(&cluster));
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

/// What the config of a workload holds; its name ends with a hash.
fn config(manifest: &Manifest, prefix: &str) -> BTreeMap<String, String> {
    let configs = manifest.objects().iter().filter(|object| object["kind"] == "ConfigMap");
    let mut names = configs.filter_map(|config| config["metadata"]["name"].as_str());
    let is_it = |name: &&str| name.strip_prefix(prefix).is_some_and(|hash| !hash.contains('-'));
    let name = names.find(is_it).unwrap_or_else(|| panic!("no config {prefix}"));
    manifest.data("ConfigMap", name)
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

fn rules_evaluate(node: &Node, prometheus: &Prometheus) {
    let text = config(&node.manifest, "monitoring-prometheus-").remove("rules.yml");
    let text = text.expect("rules");
    let written = ["alert: ", "record: "].map(|kind| text.matches(&format!("- {kind}")).count());
    let what = "each rule evaluates";
    eventually(what, SCRAPED, || {
        let rules = prometheus.rules();
        assert_eq!(rules.len(), written.iter().sum::<usize>(), "rules that are there");
        let bad = rules.iter().filter(|rule| rule.health != "ok");
        let bad: Vec<_> =
            bad.map(|rule| format!("{}: {} {}", rule.name, rule.health, rule.error)).collect();
        bad.is_empty().then_some(()).ok_or_else(|| format!("{bad:#?}"))
    });
    node.note(&format!("{what}: {written:?} alerts and records"));
}

/// Every query of every panel that Prometheus answers.
fn panels_show_something(node: &Node, prometheus: &Prometheus) {
    let queries = queries(&config(&node.manifest, "monitoring-grafana-dashboards-"));
    assert!(queries.len() > 50, "only {} queries", queries.len());
    let mut open: Vec<_> = queries
        .iter()
        .filter(|(panel, _)| !EMPTY.iter().any(|(known, _)| panel.ends_with(known)))
        .collect();
    let what = "each panel shows something";
    eventually(what, SCRAPED, || {
        let mut problems = Vec::new();
        open.retain(|(panel, query)| match prometheus.series(query) {
            Ok(series) if series > 0 => false,
            Ok(_) => {
                problems.push(format!("{panel}: no series: {query}"));
                true
            }
            Err(problem) => panic!("{panel}: {problem}: {query}"),
        });
        open.is_empty().then_some(()).ok_or_else(|| problems.join("\n"))
    });
    for (known, reason) in EMPTY {
        let mut empty = queries.iter().filter(|(panel, _)| panel.ends_with(known)).peekable();
        assert!(empty.peek().is_some(), "no panel is called {known}");
        for (panel, query) in empty {
            assert_eq!(prometheus.series(query), Ok(0), "{panel} shows something, though {reason}");
        }
    }
    node.note(&format!("{what}: {} queries", queries.len()));
}

/// The queries of dashboards, each with its dashboard and panel, as Grafana asks them.
fn queries(dashboards: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (file, text) in dashboards {
        let dashboard: Value = serde_json::from_str(text).expect("JSON");
        for panel in dashboard["panels"].as_array().expect("panels") {
            let title = panel["title"].as_str().unwrap_or_default();
            for target in panel["targets"].as_array().into_iter().flatten() {
                if target["datasource"]["type"] != "prometheus" {
                    // Loki's, which does not run.
                    continue;
                }
                let query = target["expr"].as_str().expect("a query");
                let query = query.replace("$__rate_interval", WINDOW);
                assert!(!query.contains('$'), "{file}: {title}: {query}");
                found.push((format!("{file}: {title}"), query));
            }
        }
    }
    found
}

/// What rules and panels are made of is there, with the labels that they ask for: a sum of nothing would be zero as well.
fn selectors_find_series(node: &Node, prometheus: &Prometheus) {
    let rules = config(&node.manifest, "monitoring-prometheus-").remove("rules.yml");
    let panels = queries(&config(&node.manifest, "monitoring-grafana-dashboards-"));
    let panels = panels.into_iter().map(|(_, query)| query);
    let texts: Vec<_> = rules.into_iter().chain(panels).collect();
    let found: BTreeSet<_> = texts.iter().flat_map(|text| selectors(text)).collect();
    let known = |selector: &str| NO_SERIES.iter().find(|(known, _)| selector.starts_with(known));
    let at_times = |selector: &str| AT_TIMES.iter().any(|known| selector.starts_with(known));
    let always: Vec<_> =
        found.iter().filter(|one| known(one).is_none() && !at_times(one)).collect();
    assert!(always.len() > 80, "only {} selectors", always.len());
    let what = "each selector finds series";
    eventually(what, SCRAPED, || {
        let empty = always.iter().filter(|selector| prometheus.series(selector) == Ok(0));
        let empty: Vec<_> = empty.collect();
        empty.is_empty().then_some(()).ok_or_else(|| format!("{empty:#?}"))
    });
    for (beginning, reason) in NO_SERIES {
        let mut of = found.iter().filter(|selector| selector.starts_with(beginning)).peekable();
        assert!(of.peek().is_some(), "no selector begins with {beginning}");
        for selector in of {
            assert_eq!(prometheus.series(selector), Ok(0), "{selector}, though {reason}");
        }
    }
    node.note(&format!("{what}: {}", always.len()));
}

/// The selectors of a query, as we write them all: a name and labels in braces.
fn selectors(text: &str) -> impl Iterator<Item = String> {
    let starts = text.match_indices('{').map(|(at, _)| at);
    starts.filter_map(|at| {
        let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':');
        let name =
            text[..at].rsplit(|char| !is_name(char)).next().filter(|name| !name.is_empty())?;
        let labels = &text[at..=at + text[at..].find('}')?];
        // Not the templates of messages.
        labels.contains('=').then(|| format!("{name}{labels}"))
    })
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
    const WORDS: [&str; 7] = [
        "level=error",
        "level=ERROR",
        "level=warn",
        " ERROR: ",
        " FATAL: ",
        "\"level\": \"ERROR\"",
        "Traceback",
    ];
    let pods = node.pods().into_iter().filter(|pod| pod.outside.is_none());
    let containers = pods.flat_map(|pod| {
        let containers = pod.running().into_iter();
        containers.map(move |container| {
            (format!("{}/{}", pod.name(), container.spec.name), container.log())
        })
    });
    let bad = |line: &&str| WORDS.iter().any(|word| line.contains(word));
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

/// Waits until something holds; in the end says what was still wrong.
fn eventually(what: &str, limit: Duration, mut look: impl FnMut() -> Result<(), String>) {
    let start = std::time::Instant::now();
    loop {
        let Err(problem) = look() else { return };
        assert!(start.elapsed() < limit, "not within {} s: {what}\n{problem}", limit.as_secs());
        thread::sleep(Duration::from_millis(250));
    }
}
