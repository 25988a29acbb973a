//! Pods, from their network to their end, as the kubelet leads them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::container::{Container, Plan, User};
use crate::env::{Environment, Facts};
use crate::manifest::{self, Hook, Manifest, PodSpec, Workload};
use crate::node::{HOST, Node};
use crate::policy::Peer;
use crate::probe;
use crate::tools::{search_path, until};
use crate::volumes::Volumes;

/// Where a pod is in its life.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    /// Init containers run, or containers are not ready yet.
    Starting,
    Ready,
    Succeeded,
    Failed(String),
    /// Stopping, or stopped.
    Gone,
}

/// Holds the network and the host name. A server outside of the cluster is no container: it may listen on any port.
const SANDBOX: &str = r#"set -e; hostname "$1"
if [ "$2" ]; then echo "$2" >/proc/sys/net/ipv4/ip_unprivileged_port_start; fi
echo ready; exec sleep infinity"#;

/// A pod on the node.
pub(crate) struct Pod {
    pub(crate) facts: Facts,
    pub(crate) spec: PodSpec,
    pub(crate) hosts: PathBuf,
    /// Its name in the DNS, if it stands for a server outside of the cluster.
    pub(crate) outside: Option<String>,
    /// Objects that it reads its configuration from.
    manifest: Arc<Manifest>,
    folder: PathBuf,
    phase: Mutex<Phase>,
    containers: Mutex<Vec<Arc<Container>>>,
    /// Holds the network and the host name.
    sandbox: Mutex<Child>,
    sandbox_pid: u32,
}

/// How a container of a stopped pod ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) killed: bool,
    /// From the signal to the end.
    pub(crate) took: Duration,
}

impl Pod {
    /// Makes a pod of a workload, and starts it in the background.
    pub(crate) fn launch(
        node: &Arc<Node>,
        manifest: &Arc<Manifest>,
        workload: &Workload,
        name: &str,
    ) -> Arc<Self> {
        Self::start_one(node, manifest, workload, name, None)
    }

    /// Makes a server outside of the cluster, with an address and a name of its own.
    pub(crate) fn launch_outside(
        node: &Arc<Node>,
        manifest: &Arc<Manifest>,
        name: &str,
        address: Ipv4Addr,
        host: &str,
    ) -> Arc<Self> {
        let outside = Some((address, host.to_owned()));
        Self::start_one(node, manifest, &manifest.workload(name), name, outside)
    }

    fn start_one(
        node: &Arc<Node>,
        manifest: &Arc<Manifest>,
        workload: &Workload,
        name: &str,
        outside: Option<(Ipv4Addr, String)>,
    ) -> Arc<Self> {
        let pod = node.add(|number| Self::new(node, manifest, workload, name, (number, outside)));
        node.note(&format!("{name} is made, {}", pod.facts.pod_ip));
        let (running, node) = (Arc::clone(&pod), Arc::clone(node));
        let runs_to_its_end = workload.kind == "Job";
        thread::spawn(move || {
            let run = AssertUnwindSafe(|| running.run(&node, runs_to_its_end));
            let phase = catch_unwind(run).unwrap_or_else(|panic| {
                let message = panic.downcast_ref::<String>().cloned();
                Phase::Failed(message.unwrap_or_else(|| "a panic".to_owned()))
            });
            node.note(&format!("{} is {phase:?}", running.name()));
            running.enter(phase);
            node.refresh();
        });
        pod
    }

    fn new(
        node: &Node,
        manifest: &Arc<Manifest>,
        workload: &Workload,
        name: &str,
        (number, outside): (usize, Option<(Ipv4Addr, String)>),
    ) -> Self {
        let template = &workload.spec.template;
        assert!(
            !template.spec.enable_service_links,
            "{name}: variables of Services are not emulated"
        );
        assert!(!template.spec.automount_service_account_token, "{name}: tokens are not emulated");
        let mut sandbox = Command::new("unshare")
            .args(["--net", "--uts", "--ipc", "--", "sh", "-c"])
            .args([SANDBOX, "sh", name, if outside.is_some() { "0" } else { "" }])
            .env("PATH", search_path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a sandbox starts");
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        assert_eq!(line, "ready\n", "the sandbox of {name}");
        let pod_ip = outside.as_ref().map_or_else(|| Node::pod_ip(number), |(address, _)| *address);
        Node::connect(sandbox.id(), pod_ip, number);

        let mut metadata = template.metadata.clone();
        name.clone_into(&mut metadata.name);
        metadata.namespace.clone_from(&workload.metadata.namespace);
        let folder = node.scratch.join("pods").join(format!("{name}.{number}"));
        fs::create_dir_all(&folder).expect("a folder for the pod");
        let service_account = template.spec.service_account_name.clone();
        Self {
            facts: Facts { metadata, service_account, pod_ip, host_ip: HOST },
            spec: template.spec.clone(),
            hosts: folder.join("hosts"),
            outside: outside.map(|(_, host)| host),
            manifest: Arc::clone(manifest),
            folder,
            phase: Mutex::new(Phase::Starting),
            containers: Mutex::default(),
            sandbox_pid: sandbox.id(),
            sandbox: Mutex::new(sandbox),
        }
    }

    /// From the first init container until the pod is ready, or done.
    fn run(&self, node: &Node, to_its_end: bool) -> Phase {
        let volumes = Volumes {
            manifest: &self.manifest,
            facts: &self.facts,
            fs_group: self.spec.security_context.fs_group,
            folder: self.folder.join("volumes"),
            claims: node.scratch.join("claims"),
            root: node.root,
        };
        let volumes = volumes.make(&self.spec);
        for init in &self.spec.init_containers {
            let container = self.start(node, init, &volumes);
            if init.is_sidecar() {
                // The next one waits until it has started.
                self.wait_for_start(&container);
                continue;
            }
            let status = container.wait(Duration::from_secs(300));
            if !status.is_some_and(|status| status.success()) {
                return Phase::Failed(format!("init container {}: {status:?}", init.name));
            }
            node.note(&format!("{}: {} is done", self.name(), init.name));
        }
        let main: Vec<_> =
            self.spec.containers.iter().map(|spec| self.start(node, spec, &volumes)).collect();
        if to_its_end {
            for container in main {
                let status = container.wait(Duration::from_secs(120));
                if !status.is_some_and(|status| status.success()) {
                    return Phase::Failed(format!("container {}: {status:?}", container.spec.name));
                }
            }
            // A Job is done when its main containers are: its sidecars are told to stop.
            self.stop_sidecars(node, Instant::now(), self.grace());
            return Phase::Succeeded;
        }
        for container in &main {
            self.wait_for_start(container);
        }
        for container in self.running() {
            if let Some(readiness) = &container.spec.readiness_probe {
                probe::wait("readiness", readiness, &container, self.ip(), Duration::from_secs(60));
            }
        }
        Phase::Ready
    }

    fn wait_for_start(&self, container: &Container) {
        if let Some(startup) = &container.spec.startup_probe {
            probe::wait("startup", startup, container, self.ip(), probe::budget(startup));
        }
    }

    fn grace(&self) -> Duration {
        Duration::from_secs(self.spec.termination_grace_period_seconds.unwrap_or(30))
    }

    /// Tells the native sidecars to stop, the last one first.
    fn stop_sidecars(&self, node: &Node, start: Instant, grace: Duration) -> Vec<End> {
        let sidecars = self.spec.init_containers.iter().filter(|one| one.is_sidecar()).rev();
        let sidecars = sidecars.filter_map(|spec| self.container(&spec.name));
        sidecars.map(|container| ask_to_stop(node, &container, start, grace)).collect()
    }

    fn start(
        &self,
        node: &Node,
        spec: &manifest::Container,
        volumes: &BTreeMap<String, PathBuf>,
    ) -> Arc<Container> {
        let image = node.images.find(&spec.image);
        let user = User::new(&self.spec.security_context, &spec.security_context, image, node.root);
        let mut env = Environment::new(&image.env);
        env.set("HOSTNAME", self.name().to_owned());
        env.extend(&spec.env, &self.manifest, &self.facts);
        let container = Arc::new(Container::start(Plan {
            spec,
            image,
            user,
            env,
            volumes,
            sandbox: self.sandbox_pid,
            hosts: &self.hosts,
            folder: self.folder.join(&spec.name),
            log: node.logs.join(format!("{}.{}.log", self.name(), spec.name)),
        }));
        self.containers.lock().expect("no panic").push(Arc::clone(&container));
        container
    }

    pub(crate) fn name(&self) -> &str {
        &self.facts.metadata.name
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.lock().expect("no panic").clone()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.phase() == Phase::Ready
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.phase() == Phase::Gone
    }

    fn enter(&self, next: Phase) {
        let mut phase = self.phase.lock().expect("no panic");
        if *phase != Phase::Gone {
            *phase = next;
        }
    }

    /// Waits for a phase. No pod of the node may fail on the way.
    pub(crate) fn wait_for(&self, node: &Node, wanted: &Phase, limit: Duration) {
        until(&format!("{} is {wanted:?}", self.name()), limit, || {
            node.expect_no_failure();
            (self.phase() == *wanted).then_some(())
        });
    }

    /// A container that has been started.
    pub(crate) fn container(&self, name: &str) -> Option<Arc<Container>> {
        self.containers
            .lock()
            .expect("no panic")
            .iter()
            .find(|container| container.spec.name == name)
            .cloned()
    }

    /// Whether its init containers are done.
    pub(crate) fn has_begun(&self) -> bool {
        self.spec.containers.iter().any(|spec| self.container(&spec.name).is_some())
    }

    /// The containers that are to run.
    pub(crate) fn running(&self) -> Vec<Arc<Container>> {
        self.spec.running().filter_map(|spec| self.container(&spec.name)).collect()
    }

    /// The address of the first port that a container names.
    pub(crate) fn address(&self) -> SocketAddr {
        let mut ports = self.spec.running().flat_map(|container| &container.ports);
        SocketAddr::from((self.facts.pod_ip, ports.next().expect("a port").number))
    }

    pub(crate) fn ip(&self) -> Ipv4Addr {
        self.facts.pod_ip
    }

    /// What policies see of it.
    pub(crate) fn peer(&self) -> Peer<'_> {
        let metadata = &self.facts.metadata;
        Peer { namespace: &metadata.namespace, labels: &metadata.labels, spec: Some(&self.spec) }
    }

    /// Takes it out of the endpoints of Services.
    pub(crate) fn withdraw(&self, node: &Node) {
        self.enter(Phase::Gone);
        node.refresh();
    }

    /// Stops it as the kubelet does. Endpoints go after `lag`: they and the kubelet hear of it at the same time.
    pub(crate) fn stop(&self, node: &Node, lag: Duration) -> Vec<End> {
        node.note(&format!("{} is to stop", self.name()));
        let (start, grace) = (Instant::now(), self.grace());
        // Hooks of all run at once; sidecars get their signal when the main containers have ended.
        let (sidecars, main): (Vec<_>, Vec<_>) =
            self.running().into_iter().partition(|container| container.spec.is_sidecar());
        let ends = thread::scope(|scope| {
            let hooks: Vec<_> = sidecars
                .iter()
                .map(|container| scope.spawn(move || pre_stop(container, grace)))
                .collect();
            let ends: Vec<_> = main
                .iter()
                .map(|container| scope.spawn(move || stop(node, container, grace)))
                .collect();
            thread::sleep(lag);
            self.withdraw(node);
            let ends = ends.into_iter().map(|end| end.join().expect("a container that stops"));
            let mut ends: Vec<_> = ends.collect();
            for hook in hooks {
                hook.join().expect("a hook that ends");
            }
            ends.extend(self.stop_sidecars(node, start, grace));
            ends
        });
        let mut sandbox = self.sandbox.lock().expect("no panic");
        sandbox.kill().expect("a sandbox");
        sandbox.wait().expect("a sandbox");
        node.note(&format!("{} has stopped: {ends:?}", self.name()));
        ends
    }
}

/// Hook, signal, and after the grace period the end.
fn stop(node: &Node, container: &Container, grace: Duration) -> End {
    let start = Instant::now();
    pre_stop(container, grace);
    ask_to_stop(node, container, start, grace)
}

fn pre_stop(container: &Container, grace: Duration) {
    match &container.spec.lifecycle.pre_stop {
        Some(Hook::Sleep { seconds }) => thread::sleep(grace.min(Duration::from_secs(*seconds))),
        Some(Hook::Exec(exec)) => {
            container.exec(&exec.command, grace).expect("a hook that runs");
        }
        None => {}
    }
}

/// The signal, and after what is left of the grace period the end.
fn ask_to_stop(node: &Node, container: &Container, start: Instant, grace: Duration) -> End {
    node.note(&format!("{}: signal to stop", container.spec.name));
    container.ask_to_stop();
    let left = grace.saturating_sub(start.elapsed()).max(Duration::from_secs(2));
    let asked = Instant::now();
    let mut status = container.wait(left);
    let killed = status.is_none();
    if killed {
        container.signal("KILL");
        status = container.wait(Duration::from_secs(10));
    }
    End { code: status.and_then(|status| status.code()), killed, took: asked.elapsed() }
}
