//! What is shown, in the order of a release: from `kubectl apply` to the next rollout.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::http::Response;
use crate::image::Images;
use crate::manifest::{HttpGet, Manifest, Workload};
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::shop::Shop;
use crate::tools::{Tools, until};
use crate::{aws, confine, http, monitors, probe, rollout, service};

const STAGE: &str = "redis-celery";
const SOON: Duration = Duration::from_secs(30);
/// What a machine with little to spare needs to start all pods at once.
pub(crate) const START: Duration = Duration::from_secs(180);

/// Everything, on a node that is made for it.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let stack = stack_with(repository, &scratch.join("stack"), "HEARTBEAT_SECONDS = 2");
    let manifest = Arc::new(Manifest::render(&stack, STAGE));
    let redirecting = "HEARTBEAT_SECONDS = 2\nSECURE_SSL_REDIRECT = \"on\"\n\
                       SECURE_PROXY_SSL_HEADER = \"HTTP_X_FORWARDED_PROTO,https\"";
    let redirecting = stack_with(repository, &scratch.join("redirecting"), redirecting);
    let redirecting = Arc::new(Manifest::render(&redirecting, STAGE));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let mut images =
        Images::build(&tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    monitors::add_images(&mut images, &tools, None);
    let node = Arc::new(Node::boot(images, manifest, scratch.to_owned(), logs.to_owned(), root));
    node.note("the image is built");
    service::serve(&node);
    let shop = Shop { address: service::outside(&node, "web"), host: "shop.example.com" };

    apply_and_migrate(&node, &[]);
    for pod in node.pods().iter().filter(|pod| pod.is_ready()) {
        probes_pass(&node, pod);
        confine::check(&node, pod);
    }
    let redirecting = headers_matter(&node, &redirecting);
    thread::scope(|scope| {
        scope.spawn(|| rollout::stops_by_itself(&node, &redirecting));
        orders_are_packed(&node, &shop);
        beat_ticks(&node, &shop);
        confine::only_declared_flows(&node, &confine::FLOWS);
        rollout::worker_loses_no_task(&node, &shop);
        rollout::web_drops_no_request(&node, &shop);
        confine::memory_suffices(&node);
    });
    rollout::everything_stops_in_time(&node, &shop);
    aws::run(repository, &node);
}

/// A copy of the shop's stack with more in `[app.env]`, so that the YAML has it too.
fn stack_with(repository: &Path, folder: &Path, env: &str) -> PathBuf {
    let text = fs::read_to_string(repository.join("stacks/shop/stack.toml"))
        .expect("the stack of the shop");
    let (before, after) = text.split_once("[app.env]\n").expect("[app.env]");
    fs::create_dir_all(folder).expect("a folder for the stack");
    fs::write(folder.join("stack.toml"), format!("{before}[app.env]\n{env}\n{after}"))
        .expect("a stack");
    folder.to_owned()
}

/// A pod by its name.
pub(crate) fn find(node: &Node, name: &str) -> Arc<Pod> {
    let mut pods = node.pods().into_iter();
    pods.find(|pod| pod.name() == name && !pod.is_gone()).unwrap_or_else(|| panic!("no pod {name}"))
}

/// The init container of a pod that waits for the schema.
fn gate(pod: &Pod) -> Option<&str> {
    let names = pod.spec.init_containers.iter().map(|init| init.name.as_str());
    names.into_iter().find(|name| *name == "wait-for-schema")
}

/// Makes all pods at once, as the controllers do, but for the Job, which comes when all who wait for it say so, and for the
/// workloads that this machine has no program for.
pub(crate) fn apply_and_migrate(node: &Arc<Node>, left_out: &[&str]) {
    for name in left_out {
        let _ = node.manifest.workload(name);
    }
    let mut waiting = Vec::new();
    let runs =
        |workload: &&Workload| workload.kind != "Job" && !left_out.contains(&workload.instance());
    for workload in node.manifest.workloads().iter().filter(runs) {
        for index in 0..workload.replicas() {
            let name = format!("{}-{index}", workload.metadata.name);
            waiting.push(Pod::launch(node, &node.manifest, workload, &name));
        }
    }
    let waiting: Vec<_> = waiting.into_iter().filter(|pod| gate(pod).is_some()).collect();
    let instances: Vec<_> = waiting.iter().map(|pod| pod.name()).collect();
    assert_eq!(instances, ["beat-0", "web-0", "web-1", "worker-0"], "who waits for the schema");
    for pod in &waiting {
        let init = gate(pod).expect("a gate");
        until(&format!("{} says that migrations are missing", pod.name()), START, || {
            node.expect_no_failure();
            pod.container(init)?.log().contains("unapplied migrations").then_some(())
        });
        assert!(!pod.has_begun(), "{} runs before the schema is there", pod.name());
    }
    let job = node.manifest.workload("migrate");
    assert_eq!(job.kind, "Job");
    let migrate = Pod::launch(node, &node.manifest, &job, &format!("{}-0", job.metadata.name));
    migrate.wait_for(node, &Phase::Succeeded, START);
    for pod in node.pods().iter().filter(|pod| pod.name() != migrate.name()) {
        pod.wait_for(node, &Phase::Ready, START);
    }
    for pod in waiting {
        let log = pod.container(&pod.spec.init_containers[0].name).expect("it has run").log();
        assert!(log.contains("schema is ready after"), "{}: {log}", pod.name());
    }
}

/// Each probe of each container of a pod.
pub(crate) fn probes_pass(node: &Node, pod: &Pod) {
    for container in pod.running() {
        let spec = &container.spec;
        let probes = [
            ("startup", &spec.startup_probe),
            ("readiness", &spec.readiness_probe),
            ("liveness", &spec.liveness_probe),
        ];
        for (what, probe) in probes {
            let Some(probe) = probe else {
                // A server that takes long under load may say that nobody is to restart it.
                assert_eq!(what, "liveness", "{} has no {what} probe", spec.name);
                continue;
            };
            match probe::ask(probe, &container, pod.ip()) {
                Ok(said) => {
                    node.note(&format!(
                        "{}: {what} probe of {}: {said:.60}",
                        pod.name(),
                        spec.name
                    ));
                }
                Err(problem) => panic!("{}: {what} probe of {}: {problem}", pod.name(), spec.name),
            }
            if let Some(get) = &probe.http_get {
                let address = SocketAddr::from((pod.ip(), get.port.number(pod.spec.running())));
                let answer = probe::http_get(get, address, SOON).expect("an answer");
                assert_eq!(
                    answer.status,
                    200,
                    "{}: a redirect passes for a kubelet, but shows nothing",
                    pod.name()
                );
            }
        }
    }
}

/// The headers of the web probes are what gets a request by pod IP past Django's checks.
///
/// Gives the pod that redirects to https, which serves nobody.
fn headers_matter(node: &Arc<Node>, redirecting: &Arc<Manifest>) -> Arc<Pod> {
    let workload = redirecting.workload("web");
    let strict = Pod::launch(node, redirecting, &workload, "web-redirecting");
    let plain = node.pods().into_iter().find(|pod| pod.name() == "web-0").expect("a web pod");
    let probe = plain.spec.containers[0].readiness_probe.clone().expect("a readiness probe");
    let get = probe.http_get.expect("an HTTP probe");
    // The health endpoints answer before Django looks at the host; any view shows what the headers are for.
    let view = HttpGet { path: "/api/stats".to_owned(), ..get };

    assert_eq!(ask(&plain, &view, &[]).status, 200, "the probe's headers");
    assert_eq!(ask(&plain, &view, &["Host"]).status, 400, "without its Host");

    strict.wait_for(node, &Phase::Ready, START);
    probes_pass(node, &strict);
    assert_eq!(
        ask(&strict, &view, &[]).status,
        200,
        "the probe's headers under a redirect to https"
    );
    let redirected = ask(&strict, &view, &["X-Forwarded-Proto"]);
    assert_eq!(redirected.status, 301, "without its X-Forwarded-Proto");
    assert_eq!(redirected.header("Location"), Some("https://shop.example.com/api/stats"));
    strict.withdraw(node);
    node.note("the headers of the probes matter");
    strict
}

/// Asks a pod by its address, without some of the headers.
fn ask(pod: &Pod, get: &HttpGet, without: &[&str]) -> Response {
    let mut get = get.clone();
    get.http_headers.retain(|header| !without.contains(&header.name.as_str()));
    probe::http_get(&get, pod.address(), SOON).expect("an answer")
}

/// A request writes a row, a worker packs it, the page shows it, and the cache counts.
pub(crate) fn orders_are_packed(node: &Node, shop: &Shop) {
    let order = shop.order("tea", 0);
    let packed = shop.wait_for(order, "packed", SOON);
    assert_eq!(packed["attempts"], 1, "{packed}");
    assert_eq!(packed["result"], "2 x tea packed", "{packed}");
    assert_eq!(packed["packed_by"], "worker-0", "{packed}");

    let counted = until("the number of orders is from the cache", SOON, || {
        let stats = shop.stats();
        (stats["orders_from"] == "cache").then_some(stats)
    });
    assert_eq!(counted["orders"], 1, "{counted}");

    let page = shop.get("/").expect("the page");
    assert!(page.status == 200 && page.body.contains("tea"), "{page:?}");
    // Hashed static files, which the image has since its build.
    let style = page.body.split('"').find(|word| word.contains(".css")).expect("a style sheet");
    let style = shop.get(style).expect("a static file");
    assert_eq!(style.status, 200, "{style:?}");
    node.note("an order is packed");
}

/// The periodic task runs at the pace that the stack sets, and Flower is there.
pub(crate) fn beat_ticks(node: &Node, shop: &Shop) {
    let before = shop.stats()["heartbeats"].as_u64().expect("a number");
    until("three more heartbeats", SOON, || {
        (shop.stats()["heartbeats"].as_u64() >= Some(before + 3)).then_some(())
    });
    let flower = find(node, "flower-0");
    // As through `kubectl port-forward`: no policy lets anybody else in.
    let answer =
        http::request(flower.address(), "GET /healthcheck", &[("Host", "localhost")], "", SOON);
    let answer = answer.expect("an answer of Flower");
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK"));
    node.note("beat ticks and Flower is well");
}
