//! The stage whose database, broker and cache are neither `PostgreSQL` nor Redis: `MariaDB`, `RabbitMQ` and memcached, as the
//! types that come with the compiler, and then as types of the stack's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crate::image::Images;
use crate::manifest::Manifest;
use crate::node::Node;
use crate::scenario::{self, find};
use crate::shop::Shop;
use crate::tools::Tools;
use crate::{confine, rollout, servers, service};

/// The first stage changes three words of the one before it; the second has the words of the stack itself.
const OVERLAY: &str = r#"
[stages.others]
extends = "redis-celery"
components.db = { type = "mariadb" }
components.broker = { type = "rabbitmq" }
components.cache = { type = "memcached" }
app.env.HEARTBEAT_SECONDS = 2

[types.small-queue]
type = "rabbitmq"
resources.requests.memory = "256Mi"

[types.shelf]
image = "docker.io/library/redis:8.10.2-trixie"
command = ["redis-server", "--dir", "/shelf", "--requirepass", "$(SHELF_PASSWORD)", "--save", ""]
env.SHELF_PASSWORD = "${self.password}"
port = 6379
provides = "cache"
protocol = "redis"
keys = ["password"]
run-as-user = 999
mounts."/shelf" = { scratch = "16Mi" }
outputs.url = "redis://:${self.password}@${self.host}:${self.port}/0"

[stages.own-types]
extends = "others"
components.broker = { type = "small-queue" }
components.cache = { type = "shelf" }
"#;
/// Both stages, one after the other, on a node that is made for them.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let stack = stack(repository, &scratch.join("stack"));
    let [shipped, own] =
        ["others", "own-types"].map(|stage| Arc::new(Manifest::render(&stack, stage)));
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let mut images =
        Images::build(&tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    servers::add_images(&mut images, &tools, &scratch.join("servers"));
    let node = Arc::new(Node::boot(images, shipped, scratch.to_owned(), logs.to_owned(), root));

    let shop = start(&node);
    thread::scope(|scope| {
        scope.spawn(|| confine::only_declared_flows(&node, &confine::FLOWS));
        scenario::beat_ticks(&node, &shop);
    });
    rollout::worker_loses_no_task(&node, &shop);
    confine::memory_suffices(&node);
    rollout::everything_stops_in_time(&node, &shop);

    let node = Arc::new(node.reboot(own, "own-types"));
    start(&node);
}

/// Starts all pods, and packs an order: a row in the database, a message of the broker, a count in the cache.
fn start(node: &Arc<Node>) -> Shop {
    service::serve(node);
    scenario::apply_and_migrate(node, &[]);
    for pod in node.pods().iter().filter(|pod| pod.is_ready()) {
        scenario::probes_pass(node, pod);
        confine::check(node, pod);
    }
    // As through `kubectl port-forward`.
    let shop = Shop { address: find(node, "web-0").address(), host: "shop.example.com" };
    scenario::orders_are_packed(node, &shop);
    shop
}

fn stack(repository: &Path, folder: &Path) -> PathBuf {
    let text = fs::read_to_string(repository.join("stacks/shop/stack.toml"))
        .expect("the stack of the shop");
    fs::create_dir_all(folder).expect("a folder for the stack");
    fs::write(folder.join("stack.toml"), text + OVERLAY).expect("a stack");
    folder.to_owned()
}
