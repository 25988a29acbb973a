//! What a container must not be able to do, and what it must.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::Duration;

use crate::container::Container;
use crate::manifest::bytes;
use crate::node::Node;
use crate::pod::Pod;

const SOON: Duration = Duration::from_secs(30);

/// The user without privileges that the YAML says, under a root that nobody can write.
pub(crate) fn check(node: &Node, pod: &Pod) {
    for container in pod.running() {
        let name = format!("{}/{}", pod.name(), container.spec.name);
        let status =
            fs::read_to_string(format!("/proc/{}/status", container.pid)).expect("a process");
        let field = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(":\t"));
            line.unwrap_or_else(|| panic!("no {key}")).trim().to_owned()
        };
        for key in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(field(key), "0000000000000000", "{name}: {key}");
        }
        assert_eq!(field("NoNewPrivs"), "1", "{name}: it may gain privileges");
        if node.root {
            let (uid, gid) = (container.user.uid, container.user.gid);
            assert_eq!(field("CapBnd"), "0000000000000000", "{name}: CapBnd");
            assert_eq!(field("Uid"), format!("{uid}\t{uid}\t{uid}\t{uid}"), "{name}");
            assert_eq!(field("Gid"), format!("{gid}\t{gid}\t{gid}\t{gid}"), "{name}");
            assert_ne!(uid, 0, "{name} runs as root");
        }
        assert_eq!(container.spec.security_context.read_only_root_filesystem, Some(true), "{name}");
        root_is_read_only(&name, pod, &container);
    }
    node.note(&format!("{} is confined", pod.name()));
}

fn root_is_read_only(name: &str, pod: &Pod, container: &Container) {
    let scratch = |volume: &&str| {
        pod.spec.volumes.iter().any(|known| known.name == **volume && is_writable(known))
    };
    let mounts = &container.spec.volume_mounts;
    let (open, closed): (Vec<_>, Vec<_>) =
        mounts.iter().partition(|mount| scratch(&mount.name.as_str()) && !mount.read_only);
    let closed = closed
        .into_iter()
        .map(|mount| mount.mount_path.as_str())
        .chain(["", "/app", "/etc", "/var", "/run"]);
    for folder in closed {
        assert!(!writes(container, folder), "{name} can write to {folder}/");
    }
    for mount in open {
        assert!(
            writes(container, &mount.mount_path),
            "{name} cannot write to {}",
            mount.mount_path
        );
    }
}

fn is_writable(volume: &crate::manifest::Volume) -> bool {
    volume.empty_dir.is_some() || volume.persistent_volume_claim.is_some()
}

fn writes(container: &Container, folder: &str) -> bool {
    let script = r#": >"$1/seaway-was-here" && rm "$1/seaway-was-here""#;
    let command = ["sh", "-c", script, "sh", folder].map(str::to_owned);
    let output = container.exec(&command, SOON).expect("sh starts").expect("sh ends");
    output.status.success()
}

/// From which pod to which, and whether a policy lets it pass.
pub(crate) type Flow = (&'static str, &'static str, bool);

/// What the stage with `PostgreSQL` and Redis declares.
pub(crate) const FLOWS: [Flow; 12] = [
    ("web-0", "db-0", true),
    ("web-0", "cache-0", true),
    ("worker-0", "broker-0", true),
    ("beat-0", "broker-0", true),
    ("flower-0", "broker-0", true),
    ("web-0", "web-1", false),
    ("worker-0", "web-0", false),
    ("beat-0", "flower-0", false),
    ("web-0", "flower-0", false),
    ("db-0", "broker-0", false),
    ("cache-0", "db-0", false),
    ("broker-0", "web-0", false),
];

/// Policies are enforced, and what no reference declares is shut.
pub(crate) fn only_declared_flows(node: &Node, flows: &[Flow]) {
    let pods = node.pods();
    let find = |name: &str| {
        pods.iter().find(|pod| pod.name() == name).unwrap_or_else(|| panic!("no pod {name}"))
    };
    thread::scope(|scope| {
        for &(from, to, wanted) in flows {
            let (from, to) = (find(from), find(to));
            scope.spawn(move || {
                assert_eq!(connects(from, to), wanted, "{} to {}", from.name(), to.name());
            });
        }
    });
    node.note("only declared flows pass");
}

/// Whether a pod can open a connection to another one.
pub(crate) fn connects(from: &Pod, to: &Pod) -> bool {
    let connect =
        format!("timeout 2 bash -c ': </dev/tcp/{}/{}'", to.address().ip(), to.address().port());
    let container = from.running().remove(0);
    let output =
        container.exec(&["sh", "-c", &connect].map(str::to_owned), SOON).expect("sh starts");
    output.expect("sh ends").status.success()
}

/// No container has come near the memory that it is allowed.
pub(crate) fn memory_suffices(node: &Node) {
    for pod in node.pods().iter().filter(|pod| pod.is_ready() && pod.outside.is_none()) {
        for container in pod.running() {
            let limit =
                bytes(container.spec.resources.limits.get("memory").expect("a memory limit"));
            let used = memory(container.pid);
            let (used, limit) = (used >> 20, limit >> 20);
            node.note(&format!("{}/{}: {used} of {limit} MiB", pod.name(), container.spec.name));
            assert!(
                used * 10 < limit * 9,
                "{}/{}: {used} of {limit} MiB",
                pod.name(),
                container.spec.name
            );
        }
    }
}

/// What the processes of a container take, each shared page counted once.
fn memory(pid: u32) -> u64 {
    let namespace =
        |pid: &str| fs::metadata(format!("/proc/{pid}/ns/pid")).ok().map(|data| data.ino());
    let own = namespace(&pid.to_string()).expect("a process");
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let members = names.filter(|name| name.parse::<u32>().is_ok() && namespace(name) == Some(own));
    let shares = members.filter_map(|name| {
        let maps = fs::read_to_string(format!("/proc/{name}/smaps_rollup")).ok()?;
        let share = maps.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        share.trim().trim_end_matches(" kB").parse::<u64>().ok()
    });
    shares.sum::<u64>() << 10
}
