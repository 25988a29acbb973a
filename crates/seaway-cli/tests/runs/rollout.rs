//! Stopping: no task and no request is lost.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{answer, head};
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::probe;
use crate::scenario::{START, find};
use crate::shop::Shop;
use crate::tools::until;

const SOON: Duration = Duration::from_secs(30);
/// How long the news of a pod that stops is on its way to those who route requests to it.
const LAG: Duration = Duration::from_secs(3);
const CLIENTS: usize = 4;
const MOST_REQUESTS: usize = 4000;

/// A worker that stops ends the task that it runs, takes no other, and what is queued waits for the next worker, also
/// when the broker restarts in between.
pub(crate) fn worker_loses_no_task(node: &Arc<Node>, shop: &Shop) {
    let worker = find(node, "worker-0");
    let container = worker.running().remove(0);
    let running = shop.order("slow", 6);
    shop.wait_for(running, "packing", SOON);
    crate::scenario::probes_pass(node, &worker);

    let ends = thread::scope(|scope| {
        let stopping = scope.spawn(|| worker.stop(node, Duration::ZERO));
        let ready = container.spec.readiness_probe.as_ref().expect("a readiness probe");
        until("the worker says that it stops", SOON, || {
            probe::ask(ready, &container, worker.ip()).err()
        });
        let queued = shop.order("queued", 0);
        (stopping.join().expect("a worker that stops"), queued)
    });
    let (ends, queued) = ends;
    assert_eq!((ends[0].code, ends[0].killed), (Some(0), false), "{ends:?}");
    assert!(ends[0].took < SOON, "it ends with its task, not with its grace period: {ends:?}");
    let packed = shop.look(running);
    assert_eq!((&packed["status"], &packed["attempts"]), (&"packed".into(), &1.into()), "{packed}");
    let left = shop.look(queued);
    assert_eq!((&left["status"], &left["attempts"]), (&"pending".into(), &0.into()), "{left}");
    node.note("the worker stopped with its task done");

    restart(node, "broker");
    let next = Pod::launch(node, &node.manifest, &node.manifest.workload("worker"), "worker-1");
    next.wait_for(node, &Phase::Ready, START);
    let packed = shop.wait_for(queued, "packed", SOON);
    assert_eq!(
        (&packed["packed_by"], &packed["attempts"]),
        (&"worker-1".into(), &1.into()),
        "{packed}"
    );
    node.note("the next worker packed what was queued");
}

/// The pod of a `StatefulSet` stops, and one of the same name takes its volume.
fn restart(node: &Arc<Node>, component: &str) {
    let name = format!("{component}-0");
    stops_by_itself(node, &find(node, &name));
    let pod = Pod::launch(node, &node.manifest, &node.manifest.workload(component), &name);
    pod.wait_for(node, &Phase::Ready, START);
}

/// What the clients saw.
#[derive(Default)]
struct Load {
    done: AtomicBool,
    good: AtomicUsize,
    bad: Mutex<Vec<String>>,
}

/// A rollout under load: the new pod is ready before the old one leaves, and the old one goes on serving until all know.
pub(crate) fn web_drops_no_request(node: &Arc<Node>, shop: &Shop) {
    let load = Load::default();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| ask_again_and_again(&load, shop));
        }
        let new = Pod::launch(node, &node.manifest, &node.manifest.workload("web"), "web-new");
        new.wait_for(node, &Phase::Ready, START);
        let old = find(node, "web-0");
        let upload = scope.spawn({
            let (old, log) = (Arc::clone(&old), old.running().remove(0));
            move || slow_order(&old, || log.log().contains("Handling signal: term"))
        });
        let ends = old.stop(node, LAG);
        assert_eq!((ends[0].code, ends[0].killed), (Some(0), false), "{ends:?}");
        assert_eq!(
            upload.join().expect("an upload"),
            201,
            "a request that runs when the signal comes"
        );
        load.done.store(true, Ordering::Relaxed);
    });
    let bad = load.bad.lock().expect("no panic");
    let good = load.good.load(Ordering::Relaxed);
    assert!(
        bad.is_empty(),
        "{} of {} requests failed: {:?}",
        bad.len(),
        bad.len() + good,
        &bad[..bad.len().min(5)]
    );
    assert!(good > 100, "only {good} requests");
    node.note(&format!("a rollout dropped none of {good} requests"));
}

fn ask_again_and_again(load: &Load, shop: &Shop) {
    let start = Instant::now();
    while !load.done.load(Ordering::Relaxed) && start.elapsed() < START * 2 {
        match shop.get("/api/stats") {
            Ok(answer) if answer.status == 200 => load.good.fetch_add(1, Ordering::Relaxed),
            other => {
                load.bad.lock().expect("no panic").push(format!(
                    "{:?} after {:?}",
                    other,
                    start.elapsed()
                ));
                0
            }
        };
        if load.good.load(Ordering::Relaxed) > MOST_REQUESTS {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// An order whose body is on its way when the server hears the signal; gives the status of the answer.
fn slow_order(pod: &Pod, stopping: impl Fn() -> bool) -> u16 {
    let body = r#"{"item": "slow upload"}"#;
    let headers = [("Host", "shop.example.com"), ("Content-Type", "application/json")];
    let mut stream = TcpStream::connect(pod.address()).expect("a connection");
    stream.set_read_timeout(Some(SOON)).expect("a timeout");
    stream.write_all(head("POST /api/orders", &headers, body.len()).as_bytes()).expect("a head");
    stream.write_all(&body.as_bytes()[..5]).expect("a beginning");
    until("the server stops", START, || stopping().then_some(()));
    stream.write_all(&body.as_bytes()[5..]).expect("the rest");
    answer(&mut stream).expect("an answer").status
}

/// A database that restarts has its data. Whatever has not been stopped before stops by itself too.
pub(crate) fn everything_stops_in_time(node: &Arc<Node>, shop: &Shop) {
    let order = shop.order("kept", 0);
    shop.wait_for(order, "packed", SOON);
    restart(node, "db");
    let kept = shop.look(order);
    assert_eq!(kept["item"], "kept", "{kept}");
    let pods = node.pods();
    let left = |pod: &&Arc<Pod>| pod.is_ready() && !pod.name().starts_with("web-");
    thread::scope(|scope| {
        for pod in pods.iter().filter(left) {
            scope.spawn(|| stops_by_itself(node, pod));
        }
    });
}

/// Each container ends well within its grace period.
pub(crate) fn stops_by_itself(node: &Node, pod: &Pod) {
    for end in pod.stop(node, Duration::ZERO) {
        assert_eq!((end.code, end.killed), (Some(0), false), "{}: {end:?}", pod.name());
    }
}
