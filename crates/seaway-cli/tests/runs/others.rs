//! `MariaDB`, `RabbitMQ` and memcached run as `templates/services` says: as users of their own, on a root that nobody can
//! write, with nothing but the folders and variables that their images document.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::image::Images;
use crate::manifest::Manifest;
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::scenario::{self, START};
use crate::tools::Tools;
use crate::{confine, rollout, servers};

/// A server as a workload of one pod.
struct Server {
    name: &'static str,
    image: &'static str,
    user: u32,
    port: u16,
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    /// Where its claim is mounted, if it keeps anything.
    data: Option<&'static str>,
    scratch: &'static [&'static str],
    /// What says that it is ready; else the port does.
    check: &'static [&'static str],
}

const SERVERS: [Server; 3] = [
    Server {
        name: "db",
        image: "docker.io/library/mariadb:11.8.8",
        user: 999,
        port: 3306,
        args: &["--innodb-buffer-pool-size=128M"],
        env: &[
            ("MARIADB_DATABASE", "app"),
            ("MARIADB_USER", "app"),
            ("MARIADB_PASSWORD", r#"it's "quoted" \ "#),
            ("MARIADB_ROOT_PASSWORD", "the administrator's"),
            ("MARIADB_ROOT_HOST", "localhost"),
        ],
        data: Some("/var/lib/mysql"),
        scratch: &["/run/mysqld", "/tmp"],
        check: &["healthcheck.sh", "--connect", "--innodb_initialized"],
    },
    Server {
        name: "broker",
        image: "docker.io/library/rabbitmq:4.3.5-management",
        user: 999,
        port: 5672,
        args: &[],
        env: &[
            ("RABBITMQ_DEFAULT_USER", "app"),
            ("RABBITMQ_DEFAULT_PASS", "a password"),
            ("RABBITMQ_NODENAME", "rabbit@localhost"),
            (
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-rabbit vm_memory_high_watermark {absolute,644245094} \
                 -rabbit permit_deprecated_features #{transient_nonexcl_queues=>true}",
            ),
        ],
        data: Some("/var/lib/rabbitmq/mnesia"),
        scratch: &["/var/lib/rabbitmq"],
        check: &[],
    },
    Server {
        name: "cache",
        image: "docker.io/library/memcached:1.6.45",
        user: 11211,
        port: 11211,
        args: &["--memory-limit=128"],
        env: &[],
        data: None,
        scratch: &[],
        check: &[],
    },
];

/// Starts all of them, and the database a second time on what the first one left.
pub(crate) fn run(repository: &Path, scratch: &Path, logs: &Path, root: bool) {
    let tools = Tools::find(repository).expect("tools that were there a moment ago");
    let mut images =
        Images::build(&tools, &repository.join("stacks/shop/app"), &scratch.join("image"));
    servers::add_images(&mut images, &tools, &scratch.join("servers"));
    let objects = SERVERS.iter().flat_map(|server| [claim(server), workload(server)]).collect();
    let manifest = Arc::new(Manifest::from_objects(objects));
    let node = Node::boot(images, manifest, scratch.to_owned(), logs.to_owned(), root);
    let node = Arc::new(node);

    let launch = |name: &str| {
        let workload = node.manifest.workload(name);
        Pod::launch(&node, &node.manifest, &workload, &format!("{name}-0"))
    };
    let pods: Vec<_> = SERVERS.iter().map(|server| launch(server.name)).collect();
    for pod in &pods {
        pod.wait_for(&node, &Phase::Ready, START);
        scenario::probes_pass(&node, pod);
        confine::check(&node, pod);
        rollout::stops_by_itself(&node, pod);
    }
    launch("db").wait_for(&node, &Phase::Ready, START);
}

fn claim(server: &Server) -> Value {
    json!({
        "kind": "PersistentVolumeClaim",
        "metadata": { "name": server.name, "namespace": "servers" },
        "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
    })
}

fn workload(server: &Server) -> Value {
    let data = server
        .data
        .map(|path| (path, json!({ "persistentVolumeClaim": { "claimName": server.name } })));
    let scratch =
        server.scratch.iter().map(|path| (*path, json!({ "emptyDir": { "sizeLimit": "64Mi" } })));
    let (mut mounts, mut volumes) = (Vec::new(), Vec::new());
    for (path, mut volume) in data.into_iter().chain(scratch) {
        let name = path[1..].replace('/', "-");
        mounts.push(json!({ "name": name, "mountPath": path }));
        volume["name"] = name.into();
        volumes.push(volume);
    }
    let env = server.env.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    let mut probe = json!({ "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 60 });
    if server.check.is_empty() {
        probe["tcpSocket"] = json!({ "port": server.port });
    } else {
        probe["exec"] = json!({ "command": server.check });
    }
    let container = json!({
        "name": server.name,
        "image": server.image,
        "args": server.args,
        "env": env.collect::<Vec<_>>(),
        "ports": [{ "name": "server", "containerPort": server.port }],
        "volumeMounts": mounts,
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
        "startupProbe": probe,
        "readinessProbe": probe,
    });
    json!({
        "kind": "StatefulSet",
        "metadata": {
            "name": server.name,
            "namespace": "servers",
            "labels": { "app.kubernetes.io/instance": server.name },
        },
        "spec": { "template": { "metadata": {}, "spec": {
            "serviceAccountName": "none",
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": {
                "runAsNonRoot": true,
                "runAsUser": server.user,
                "runAsGroup": server.user,
                "fsGroup": server.user,
            },
            "containers": [container],
            "volumes": volumes,
        } } },
    })
}
