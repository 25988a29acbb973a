//! The node: a network of its own, on which pods have addresses and reach what policies let them reach.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::image::Images;
use crate::manifest::{Manifest, Service, matches};
use crate::pod::{Phase, Pod};
use crate::policy::Policies;
use crate::tools::search_path;

/// The node's own address.
pub(crate) const HOST: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 1);
const POD_NETWORK: &str = "10.244.0.0/16";
/// A hosts file keeps its length, so that no reader sees half of one.
const HOSTS_LENGTH: usize = 8192;

/// The node, and of the cluster what a node knows.
pub(crate) struct Node {
    pub(crate) images: Arc<Images>,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) scratch: PathBuf,
    pub(crate) logs: PathBuf,
    pub(crate) root: bool,
    pub(crate) policies: Policies,
    pub(crate) services: Vec<Service>,
    /// Numbers below it belong to those who were here before.
    pub(crate) first: usize,
    pods: Mutex<Vec<Arc<Pod>>>,
    flows: Mutex<BTreeSet<(Ipv4Addr, Ipv4Addr, u16)>>,
    start: Instant,
    timeline: Mutex<File>,
}

impl Node {
    /// Sets up the network in the network namespace that this process is in.
    pub(crate) fn boot(
        images: Images,
        manifest: Arc<Manifest>,
        scratch: PathBuf,
        logs: PathBuf,
        root: bool,
    ) -> Self {
        // Not by ioctl or netlink, which need unsafe code.
        fs::write("/proc/sys/net/ipv4/ip_forward", "1").expect("forwarding between pods");
        for interfaces in ["all", "default"] {
            // The rules below say who may send; this check would ask them for the way back without a port.
            fs::write(format!("/proc/sys/net/ipv4/conf/{interfaces}/rp_filter"), "0")
                .expect("no reverse path filter");
        }
        ip(&format!(
            "link set lo up\naddr add {HOST}/32 dev lo\n\
             rule add pref 50 from {HOST} lookup main\nrule add pref 200 from {POD_NETWORK} prohibit\n"
        ));
        Self::new(Arc::new(images), manifest, (scratch, logs), root, 0)
    }

    /// The same node with the objects of another cluster, of which nothing knows of the first one.
    pub(crate) fn reboot(&self, manifest: Arc<Manifest>, name: &str) -> Self {
        let folders = (self.scratch.join(name), self.logs.join(name));
        fs::create_dir_all(&folders.0).expect("a folder for pods");
        fs::create_dir_all(&folders.1).expect("a folder for logs");
        let first = self.first + 100;
        Self::new(Arc::clone(&self.images), manifest, folders, self.root, first)
    }

    fn new(
        images: Arc<Images>,
        manifest: Arc<Manifest>,
        (scratch, logs): (PathBuf, PathBuf),
        root: bool,
        first: usize,
    ) -> Self {
        let services: Vec<Service> = manifest.all("Service");
        let timeline = Mutex::new(File::create(logs.join("timeline.log")).expect("a log"));
        let policies = Policies::of(&manifest);
        let (pods, flows) = Default::default();
        let start = Instant::now();
        let node = Self {
            images,
            manifest,
            scratch,
            logs,
            root,
            policies,
            services,
            first,
            pods,
            flows,
            start,
            timeline,
        };
        let mut batch = String::new();
        for (index, _) in node.services.iter().enumerate() {
            let _ = writeln!(batch, "addr add {}/32 dev lo", node.cluster_ip(index));
        }
        ip(&batch);
        node
    }

    /// The address of the n-th Service.
    pub(crate) fn cluster_ip(&self, index: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 96, 0, 1 + u8::try_from(self.first + index).expect("a few Services"))
    }

    /// Writes a line of the timeline.
    pub(crate) fn note(&self, what: &str) {
        let line = format!("{:6.2} s  {what}\n", self.start.elapsed().as_secs_f64());
        self.timeline.lock().expect("no panic").write_all(line.as_bytes()).expect("a log");
    }

    /// The n-th pod's address.
    pub(crate) fn pod_ip(number: usize) -> Ipv4Addr {
        Ipv4Addr::from_bits(HOST.to_bits() + 1 + u32::try_from(number).expect("a few pods"))
    }

    /// Adds a pod: `make` gets its number.
    pub(crate) fn add(&self, make: impl FnOnce(usize) -> Pod) -> Arc<Pod> {
        let mut pods = self.pods.lock().expect("no panic");
        let pod = Arc::new(make(self.first + pods.len()));
        pods.push(Arc::clone(&pod));
        drop(pods);
        self.refresh();
        pod
    }

    /// Connects a pod's network namespace, in which it is `eth0`, with the node.
    pub(crate) fn connect(pid: u32, address: Ipv4Addr, number: usize) {
        ip(&format!(
            "link add veth{number} type veth peer name eth0 netns {pid}\n\
             addr add {HOST} peer {address} dev veth{number}\nlink set veth{number} up\n"
        ));
        let inside = format!(
            "link set lo up\naddr add {address} peer {HOST} dev eth0\nlink set eth0 up\nroute add default via {HOST}\n"
        );
        batch(
            Command::new("nsenter").arg(format!("--target={pid}")).args(["--net", "--", "ip"]),
            &inside,
        );
    }

    pub(crate) fn pods(&self) -> Vec<Arc<Pod>> {
        self.pods.lock().expect("no panic").clone()
    }

    /// Fails the test if a pod has failed: here nothing is started again.
    pub(crate) fn expect_no_failure(&self) {
        for pod in self.pods() {
            let phase = pod.phase();
            assert!(!matches!(phase, Phase::Failed(_)), "{}: {phase:?}", pod.name());
        }
    }

    /// The ready pods of a Service.
    pub(crate) fn endpoints(&self, service: &Service) -> Vec<Arc<Pod>> {
        let selects = |pod: &Arc<Pod>| {
            pod.is_ready() && matches(&service.spec.selector, &pod.facts.metadata.labels)
        };
        self.pods().into_iter().filter(selects).collect()
    }

    /// Brings names and flows up to date with the pods that there are.
    pub(crate) fn refresh(&self) {
        let pods: Vec<_> = self.pods().into_iter().filter(|pod| !pod.is_gone()).collect();
        self.open_flows(&pods);
        let names = self.names();
        for pod in &pods {
            let own =
                format!("127.0.0.1 localhost\n{} {}\n", pod.facts.pod_ip, pod.facts.metadata.name);
            // A pod that may not ask the DNS knows nobody.
            let others = if self.policies.allow_dns(pod.peer()) { names.as_str() } else { "" };
            write_in_place(&pod.hosts, &(own + others));
        }
    }

    /// Lets pass what policies allow between pods, and the answers.
    fn open_flows(&self, pods: &[Arc<Pod>]) {
        let mut flows = self.flows.lock().expect("no panic");
        let mut rules = String::new();
        for (from, to) in pods.iter().flat_map(|from| pods.iter().map(move |to| (from, to))) {
            for port in to.spec.running().flat_map(|container| &container.ports) {
                assert!(port.protocol.as_deref().unwrap_or("TCP") == "TCP", "only TCP is emulated");
                let port = port.number;
                let (source, target) = (from.facts.pod_ip, to.facts.pod_ip);
                let allowed = source != target
                    && from.outside.is_none()
                    && match &to.outside {
                        Some(_) => self.policies.allow_out(from.peer(), target, port),
                        None => self.policies.allow(from.peer(), to.peer(), port),
                    };
                if allowed && flows.insert((source, target, port)) {
                    let way = format!(
                        "rule add pref 100 from {source} to {target} ipproto tcp dport {port} lookup main"
                    );
                    let back = format!(
                        "rule add pref 100 from {target} to {source} ipproto tcp sport {port} lookup main"
                    );
                    let _ = writeln!(rules, "{way}\n{back}");
                }
            }
        }
        ip(&rules);
    }

    /// What the DNS would answer for Services: their own address, or those of their ready pods.
    fn names(&self) -> String {
        let mut lines = String::new();
        for (index, service) in self.services.iter().enumerate() {
            let name = &service.metadata.name;
            let full = format!("{name}.{}", service.metadata.namespace);
            let all = format!("{name} {full} {full}.svc {full}.svc.cluster.local");
            if service.spec.is_headless() {
                for pod in self.endpoints(service) {
                    let _ = writeln!(
                        lines,
                        "{} {all} {}.{name}",
                        pod.facts.pod_ip, pod.facts.metadata.name
                    );
                }
            } else {
                let _ = writeln!(lines, "{} {all}", self.cluster_ip(index));
            }
        }
        for (pod, name) in self.pods().iter().filter_map(|pod| Some((pod, pod.outside.as_ref()?))) {
            let _ = writeln!(lines, "{} {name}", pod.ip());
        }
        lines
    }
}

fn ip(lines: &str) {
    batch(&mut Command::new("ip"), lines);
}

/// Runs `ip -batch`.
fn batch(command: &mut Command, lines: &str) {
    let mut child = command
        .args(["-batch", "-"])
        .env("PATH", search_path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ip starts");
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("ip reads");
    let output = child.wait_with_output().expect("ip ends");
    assert!(output.status.success(), "ip: {}\n{lines}", String::from_utf8_lossy(&output.stderr));
}

fn write_in_place(hosts: &Path, text: &str) {
    let mut bytes = text.as_bytes().to_vec();
    assert!(bytes.len() <= HOSTS_LENGTH, "more names than a hosts file of this test takes");
    bytes.resize(HOSTS_LENGTH, b'\n');
    let file =
        File::options().create(true).truncate(false).write(true).open(hosts).expect("a hosts file");
    file.write_all_at(&bytes, 0).expect("a written hosts file");
}
