//! Each server of a web process runs from its YAML, and stops: what it does with the requests that run is what Seaway
//! takes it to do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::http::Response;
use crate::image::Images;
use crate::manifest::{Hook, Manifest};
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::scenario::{START, probes_pass};
use crate::shop::Shop;
use crate::tools::Tools;

/// Components, each with its options.
const SERVERS: [(&str, &str); 7] = [
    ("gunicorn", "server = \"gunicorn\""),
    ("uvicorn", "server = \"uvicorn\""),
    ("granian", "server = \"granian\""),
    ("hypercorn", "server = \"hypercorn\""),
    ("hypercorn-alone", "server = \"hypercorn\"\nworkers = 1"),
    ("daphne", "server = \"daphne\""),
    ("uwsgi", "server = \"uwsgi\""),
];
/// Seconds, in the order of a stop: the drain, and what running requests have to end. A request takes longer than the one,
/// and less than the other.
const DRAIN: u64 = 2;
const GRACEFUL: u64 = 6;
const REQUEST: u64 = 5;
/// Seconds for a request to reach the application on a busy machine, before the signal comes.
const BEFORE: u64 = 1;

/// A view of the shop that takes its time without a thread, which a server could wait for by accident.
const URLS: &str = "import asyncio
from django.http import HttpResponse
from django.urls import path

async def slow(request):
    await asyncio.sleep(REQUEST)
    return HttpResponse('done')

urlpatterns = [path('slow', slow)]
";
const SETTINGS: &str = "from shop.settings import *
ROOT_URLCONF = 'slow.urls'
MIDDLEWARE = ['shop.health.health']
";

/// All servers at once, on a node that is made for them.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let manifest = Arc::new(Manifest::render(&stack(&scratch.join("stack")), "all"));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let image = scratch.join("image");
    let images = Images::build(&tools, &repository.join("stacks/shop/app"), &image);
    fs::create_dir(image.join("slow")).expect("a folder for the package");
    let files = [("__init__", ""), ("settings", SETTINGS), ("urls", URLS)];
    for (name, text) in files {
        let text = text.replace("REQUEST", &REQUEST.to_string());
        fs::write(image.join(format!("slow/{name}.py")), text).expect("a module");
    }
    let node = Arc::new(Node::boot(images, manifest, scratch.to_owned(), logs.to_owned(), root));
    let pods = SERVERS.map(|(name, _)| {
        Pod::launch(&node, &node.manifest, &node.manifest.workload(name), &format!("{name}-0"))
    });
    for pod in &pods {
        pod.wait_for(&node, &Phase::Ready, START);
    }
    thread::scope(|scope| {
        for pod in &pods {
            scope.spawn(|| stops(&node, pod));
        }
    });
}

/// Stops a pod while requests run. One that begins before the drain is over always ends well. One that runs when the signal
/// comes does if the pod stops no later than the drain says; where the pod goes on for longer, the server aborts it.
fn stops(node: &Node, pod: &Pod) {
    probes_pass(node, pod);
    let shop = Shop { address: pod.address(), host: "shop.example.com" };
    let container = pod.running().remove(0);
    let Some(Hook::Sleep { seconds }) = container.spec.lifecycle.pre_stop else {
        panic!("{} does not drain", pod.name())
    };
    let aborts = seconds > DRAIN;
    assert_eq!(seconds, if aborts { DRAIN + GRACEFUL } else { DRAIN }, "{}", pod.name());

    let before = |moment: u64| {
        thread::sleep(Duration::from_secs(moment - BEFORE));
        shop.get("/slow")
    };
    let (first, last, ends) = thread::scope(|scope| {
        let first = scope.spawn(|| before(DRAIN));
        let last = scope.spawn(|| before(seconds));
        let ends = pod.stop(node, Duration::ZERO);
        (first.join().expect("a request"), last.join().expect("a request"), ends)
    });
    node.note(&format!("{}: {} and {}", pod.name(), ended(&first), ended(&last)));
    assert!(is_good(&first), "{} loses a request: {first:?}", pod.name());
    assert_eq!(is_good(&last), !aborts, "{}: a request at SIGTERM: {last:?}", pod.name());
    for end in ends {
        assert_eq!((end.code, end.killed), (Some(0), false), "{}: {end:?}", pod.name());
    }
}

fn is_good(answer: &io::Result<Response>) -> bool {
    answer.as_ref().is_ok_and(|answer| answer.status == 200 && answer.body == "done")
}

fn ended(answer: &io::Result<Response>) -> &'static str {
    if is_good(answer) { "an answer" } else { "a broken connection" }
}

fn stack(folder: &Path) -> PathBuf {
    let components = SERVERS.map(|(name, options)| {
        format!("[components.{name}]\ntype = \"slow\"\nreplicas = 1\n{options}\n")
    });
    let text = format!(
        "name = \"shop\"\n\
         [app]\n\
         image = \"ghcr.io/acme/shop:1.4.0\"\n\
         module = \"shop\"\n\
         settings = \"slow.settings\"\n\
         hosts = [\"shop.example.com\"]\n\
         env.SECRET_KEY = \"${{secrets.django.secret-key}}\"\n\
         [secrets.django]\n\
         keys = [\"secret-key\"]\n\
         [types.slow]\n\
         type = \"web\"\n\
         drain-seconds = {DRAIN}\n\
         graceful-timeout-seconds = {GRACEFUL}\n\
         probes = {{ readiness = {{ path = \"/readyz\" }}, liveness = {{ path = \"/livez\" }} }}\n\
         {}\
         [stages.all]\n\
         profile = \"development\"\n",
        components.concat()
    );
    fs::create_dir_all(folder).expect("a folder for the stack");
    fs::write(folder.join("stack.toml"), text).expect("a stack");
    folder.to_owned()
}
