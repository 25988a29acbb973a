//! What the control plane and the kubelet of a cluster know, told to their stand-ins: the objects with their status, and
//! what containers and volumes use.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::{Authority, workload};
use crate::manifest::Manifest;
use crate::monitors::STAND_INS;
use crate::node::Node;
use crate::pod::{Phase, Pod};
use crate::projected::ROOT_CA;
use crate::tools::run;

/// Where they lie: outside of the pods' network, as the policies see them.
const API_SERVER: Ipv4Addr = Ipv4Addr::new(172, 21, 0, 10);
const KUBELET: Ipv4Addr = Ipv4Addr::new(172, 21, 0, 20);
const RECEIVER: Ipv4Addr = Ipv4Addr::new(172, 21, 0, 30);
/// The receiver's name, which its certificate has.
pub(crate) const RECEIVER_HOST: &str = "hooks.example.com";
/// How often the state is told anew.
const PACE: Duration = Duration::from_millis(500);
/// Kernel's units of processor time in a second (`USER_HZ`), the same on every machine that Linux shows it to.
const TICKS: f64 = 100.0;
const PAGE: u64 = 4096;

/// The servers of the cluster, and who is told of alerts.
pub(crate) struct Cluster {
    /// Where the state is told.
    pub(crate) state: PathBuf,
    authority: Authority,
    house: Authority,
    /// The certificate of who signs the receiver's.
    pub(crate) house_file: PathBuf,
}

impl Cluster {
    /// Makes their folder and their certificates.
    pub(crate) fn new(folder: &Path) -> Self {
        let state = folder.join("state");
        fs::create_dir_all(&state).expect("a folder for the state");
        let certificates = folder.join("certificates");
        let authority = Authority::new(&certificates, "cluster");
        let house = Authority::new(&certificates, "house");
        let house_file = certificates.join("house.crt");
        Self { state, authority, house, house_file }
    }

    /// The objects that each cluster has in each namespace, and our YAML names.
    pub(crate) fn objects(&self, namespace: &str) -> Manifest {
        Manifest::from_objects(vec![json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": ROOT_CA, "namespace": namespace },
            "data": { "ca.crt": self.authority.certificate() },
        })])
    }

    /// Starts the servers; the state is told from now on.
    pub(crate) fn launch(&self, node: &Arc<Node>) -> Arc<Pod> {
        tell(node, &self.state, Instant::now(), &mut BTreeMap::new());
        let (teller, state) = (Arc::clone(node), self.state.clone());
        thread::spawn(move || {
            let (start, mut started) = (Instant::now(), BTreeMap::new());
            loop {
                tell(&teller, &state, start, &mut started);
                thread::sleep(PACE);
            }
        });
        let serve = |name: &str, program: &str, port: u16, host: &str, address, authority| {
            let objects = Arc::new(server(name, program, port, host, authority));
            Pod::launch_outside(node, &objects, name, address, host)
        };
        let api = "kubernetes.default.svc";
        serve("api-server", "api_server.py", 443, api, API_SERVER, &self.authority);
        serve("kubelet", "kubelet.py", 10250, "node-1.example.com", KUBELET, &self.house);
        serve("receiver", "receiver.py", 443, RECEIVER_HOST, RECEIVER, &self.house)
    }
}

fn server(name: &str, program: &str, port: u16, host: &str, authority: &Authority) -> Manifest {
    let (certificate, key) = authority.sign(host);
    let container = json!({
        "name": name,
        "image": "cluster",
        "command": ["python", "-B", format!("{STAND_INS}/{program}")],
        "ports": [{ "name": "https", "containerPort": port }],
        "volumeMounts": [{ "name": "tls", "mountPath": "/tls" }],
        "readinessProbe": { "tcpSocket": { "port": "https" } },
    });
    let secret = format!("{name}-tls");
    let volumes =
        json!([{ "name": "tls", "secret": { "secretName": secret, "defaultMode": 0o440 } }]);
    let certificate = json!({
        "kind": "Secret",
        "metadata": { "name": secret },
        "stringData": { "tls.crt": certificate, "tls.key": key },
    });
    Manifest::from_objects(vec![certificate, workload(name, &container, &volumes)])
}

/// Writes the state anew, in one step for who reads it. `started` remembers since when pods are there.
fn tell(node: &Node, folder: &Path, start: Instant, started: &mut BTreeMap<String, f64>) {
    let pods: Vec<_> =
        node.pods().into_iter().filter(|pod| !pod.is_gone() && pod.outside.is_none()).collect();
    let now = start.elapsed().as_secs_f64();
    let mut objects: Vec<Value> =
        node.manifest.objects().iter().map(|object| with_status(object, &pods)).collect();
    objects.extend(pods.iter().map(|pod| pod_object(node, pod)));
    objects.push(json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": { "name": "node-1", "uid": "node-1", "labels": { "kubernetes.io/os": "linux" } },
        "status": {
            "addresses": [{ "type": "InternalIP", "address": KUBELET }, { "type": "Hostname", "address": "node-1" }],
            "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
        },
    }));
    let shares = shares();
    let usage: Vec<Value> = pods
        .iter()
        .map(|pod| {
            let since = *started.entry(format!("{}/{}", pod.name(), pod.ip())).or_insert(now);
            usage(pod, &shares, now - since)
        })
        .collect();
    let state = json!({ "objects": objects, "usage": { "pods": usage, "volumes": volumes(node) } });
    let new = folder.join("cluster.json.new");
    fs::write(&new, state.to_string()).expect("a state");
    fs::rename(&new, folder.join("cluster.json")).expect("a state");
}

/// An object with what its controller says of the pods.
fn with_status(object: &Value, pods: &[Arc<Pod>]) -> Value {
    let mut object = object.clone();
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    if !matches!(&*kind, "Deployment" | "StatefulSet" | "Job") {
        return object;
    }
    let instance = object["metadata"]["labels"]["app.kubernetes.io/instance"].clone();
    let own: Vec<_> = pods
        .iter()
        .filter(|pod| {
            let labels = &pod.facts.metadata.labels;
            labels.get("app.kubernetes.io/instance").map(String::as_str) == instance.as_str()
        })
        .collect();
    let ready = own.iter().filter(|pod| pod.is_ready()).count();
    let condition = |kind: &str, holds: bool| json!({ "type": kind, "status": if holds { "True" } else { "False" } });
    object["metadata"]["uid"] = json!(format!("{kind}-{}", object["metadata"]["name"]));
    object["status"] = match &*kind {
        "Deployment" => {
            let conditions = [condition("Progressing", true), condition("Available", ready > 0)];
            json!({ "replicas": own.len(), "availableReplicas": ready, "conditions": conditions })
        }
        "StatefulSet" => json!({ "replicas": own.len(), "readyReplicas": ready }),
        _ if own.iter().any(|pod| pod.phase() == Phase::Succeeded) => {
            json!({ "succeeded": 1, "conditions": [condition("Complete", true)] })
        }
        _ => json!({ "active": own.len() }),
    };
    object
}

/// A pod as the API has it.
fn pod_object(node: &Node, pod: &Pod) -> Value {
    let metadata = &pod.facts.metadata;
    let phase = pod.phase();
    let all = |names: Vec<&str>, of_init: bool| -> Vec<Value> {
        let status = |name: &str| {
            let there = pod.container(name);
            let state = match there.as_ref().map(|container| container.ended()) {
                None => json!({ "waiting": { "reason": "PodInitializing" } }),
                Some(None) => json!({ "running": {} }),
                Some(Some(status)) if status.success() => {
                    json!({ "terminated": { "exitCode": 0, "reason": "Completed" } })
                }
                Some(Some(status)) => {
                    json!({ "terminated": { "exitCode": status.code().unwrap_or(137), "reason": "Error" } })
                }
            };
            let ready = if of_init { there.is_some() } else { phase == Phase::Ready };
            json!({ "name": name, "ready": ready, "restartCount": 0, "state": state, "lastState": {} })
        };
        names.into_iter().map(status).collect()
    };
    let word = match &phase {
        Phase::Starting if !pod.has_begun() => "Pending",
        Phase::Starting | Phase::Ready | Phase::Gone => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed(_) => "Failed",
    };
    let ready = if phase == Phase::Ready { "True" } else { "False" };
    let raw = template(node, pod);
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "labels": metadata.labels,
            "uid": format!("{}-{}", metadata.name, pod.ip()),
        },
        "spec": { "nodeName": "node-1", "containers": raw["containers"], "initContainers": raw["initContainers"] },
        "status": {
            "phase": word,
            "hostIP": KUBELET,
            "podIP": pod.ip(),
            "podIPs": [{ "ip": pod.ip() }],
            "conditions": [{ "type": "Ready", "status": ready }],
            "containerStatuses": all(pod.spec.containers.iter().map(|one| &*one.name).collect(), false),
            "initContainerStatuses": all(pod.spec.init_containers.iter().map(|one| &*one.name).collect(), true),
        },
    })
}

/// The spec of a pod as it is in the YAML.
fn template<'a>(node: &'a Node, pod: &Pod) -> &'a Value {
    const NONE: &Value = &Value::Null;
    let instance = pod.facts.metadata.labels.get("app.kubernetes.io/instance");
    let mut objects = node.manifest.objects().iter();
    let of = objects.find(|object| {
        let labels = &object["spec"]["template"]["metadata"]["labels"];
        labels["app.kubernetes.io/instance"].as_str() == instance.map(String::as_str)
            && instance.is_some()
    });
    of.map_or(NONE, |object| &object["spec"]["template"]["spec"])
}

/// What the processes of each PID namespace have used: seconds of processors, and bytes of memory.
fn shares() -> BTreeMap<u64, (f64, u64)> {
    let mut shares = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let folder = entry.path();
        let Ok(namespace) = fs::metadata(folder.join("ns/pid")) else { continue };
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let (stat, statm) = (read("stat"), read("statm"));
        // Behind the name, which may hold anything: fields 3 and on, of which 14 to 17 are times, also of children that ended.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let times = fields.skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok());
        let mut pages = statm.split_whitespace().skip(1).filter_map(|field| field.parse().ok());
        let (in_memory, of_files): (u64, u64) =
            (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
        let share: &mut (f64, u64) = shares.entry(namespace.ino()).or_default();
        share.0 += times.sum::<f64>() / TICKS;
        share.1 += in_memory.saturating_sub(of_files) * PAGE;
    }
    shares
}

fn usage(pod: &Pod, shares: &BTreeMap<u64, (f64, u64)>, seconds: f64) -> Value {
    let running = pod.running();
    let containers: Vec<Value> = running
        .iter()
        .filter_map(|container| {
            let namespace = fs::metadata(format!("/proc/{}/ns/pid", container.pid)).ok()?.ino();
            let (cpu, memory) = shares.get(&namespace)?;
            let spec = &container.spec;
            let limited = spec.resources.limits.contains_key("cpu");
            Some(json!({
                "name": spec.name, "image": spec.image, "cpu": cpu, "memory": memory, "limited": limited, "seconds": seconds,
            }))
        })
        .collect();
    let device = running.first().and_then(|container| {
        let devices = fs::read_to_string(format!("/proc/{}/net/dev", container.pid)).ok()?;
        let line = devices.lines().find_map(|line| line.trim().strip_prefix("eth0:"))?;
        let fields: Vec<u64> =
            line.split_whitespace().filter_map(|field| field.parse().ok()).collect();
        Some((*fields.first()?, *fields.get(8)?))
    });
    let (received, sent) = device.unwrap_or_default();
    json!({
        "name": pod.name(),
        "namespace": pod.facts.metadata.namespace,
        "received": received,
        "sent": sent,
        "containers": containers,
    })
}

/// The volumes that claims are bound to, as the file system counts them.
fn volumes(node: &Node) -> Vec<Value> {
    let claims = node.scratch.join("claims");
    let mut folders: Vec<_> =
        fs::read_dir(claims).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    if folders.is_empty() {
        return Vec::new();
    }
    let said = run(Command::new("stat")
        .args(["--file-system", "--format", "%S %a %b %c %d"])
        .args(&folders));
    let volume = |(folder, line): (&PathBuf, &str)| {
        let numbers: Vec<u64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [size, available, blocks, inodes, free] = numbers[..] else {
            panic!("stat says {line}")
        };
        json!({
            "namespace": "shop",
            "name": folder.file_name().expect("a name").to_string_lossy(),
            "available_bytes": size * available,
            "capacity_bytes": size * blocks,
            "inodes": inodes,
            "inodes_free": free,
        })
    };
    folders.iter().zip(said.lines()).map(volume).collect()
}
