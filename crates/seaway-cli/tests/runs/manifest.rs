//! What the kubelet, the controllers and the network read of the rendered YAML.
//!
//! A field that none of these types knows is an error, so that nothing in the YAML of a pod is passed over in silence.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::projected::Projected;

pub(crate) type Labels = BTreeMap<String, String>;

/// The objects of one rendered stage.
#[derive(Clone)]
pub(crate) struct Manifest {
    objects: Vec<Value>,
}

impl Manifest {
    /// Renders a stage with the real binary.
    pub(crate) fn render(stack: &Path, stage: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
        let output = command
            .arg("render")
            .arg(stack)
            .args(["--stage", stage])
            .output()
            .expect("seaway starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "seaway render {} --stage {stage}: {errors}",
            stack.display()
        );
        Self::parse(&String::from_utf8(output.stdout).expect("UTF-8"))
    }

    /// These objects and more.
    pub(crate) fn with(&self, more: &Self) -> Self {
        Self { objects: self.objects.iter().chain(&more.objects).cloned().collect() }
    }

    /// These objects with another text in place of one, wherever it stands.
    pub(crate) fn with_text(&self, from: &str, to: &str) -> Self {
        let mut objects = self.objects.clone();
        let found = objects.iter_mut().map(|object| replace(object, from, to)).sum::<usize>();
        assert!(found > 0, "no object has the text {from}");
        Self { objects }
    }

    /// These objects.
    pub(crate) fn from_objects(objects: Vec<Value>) -> Self {
        Self { objects }
    }

    /// Reads a stream of YAML documents.
    pub(crate) fn parse(yaml: &str) -> Self {
        // As JSON: serde_yaml reads an enum only from a tag.
        let document = |document| Value::deserialize(document).expect("YAML that is JSON as well");
        Self { objects: serde_yaml::Deserializer::from_str(yaml).map(document).collect() }
    }

    /// All objects as they are.
    pub(crate) fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// All objects of a kind, in the order of the stream.
    pub(crate) fn all<T: DeserializeOwned>(&self, kind: &str) -> Vec<T> {
        let of_kind = self.objects.iter().filter(|object| object["kind"] == kind);
        of_kind
            .map(|object| {
                let read = serde_json::from_value(object.clone());
                read.unwrap_or_else(|error| {
                    panic!("{kind} {:?}: {error}", object["metadata"]["name"])
                })
            })
            .collect()
    }

    /// The text under a key of a `Secret` or a `ConfigMap`.
    pub(crate) fn text(&self, kind: &str, name: &str, key: &str) -> String {
        let data = self.data(kind, name);
        let value = data.get(key).unwrap_or_else(|| panic!("{kind} {name} has no key {key}"));
        value.clone()
    }

    /// What a `Secret` or a `ConfigMap` holds.
    pub(crate) fn data(&self, kind: &str, name: &str) -> BTreeMap<String, String> {
        if kind == "ConfigMap" {
            return named(self.all::<ConfigMap>(kind), name).data.unwrap_or_default();
        }
        let secret = named(self.all::<Secret>(kind), name);
        let decoded = secret
            .data
            .into_iter()
            .flatten()
            .map(|(key, bytes)| (key, String::from_utf8(bytes.0).expect("a Secret of text")));
        decoded.chain(secret.string_data.into_iter().flatten()).collect()
    }

    /// What runs pods.
    pub(crate) fn workloads(&self) -> Vec<Workload> {
        ["StatefulSet", "Deployment", "Job"].into_iter().flat_map(|kind| self.all(kind)).collect()
    }

    /// A `Pod` that nothing leads, as a workload of its own.
    pub(crate) fn pod(&self, name: &str) -> Workload {
        let mut pods = self.objects.iter().filter(|object| object["kind"] == "Pod");
        let pod = pods.find(|pod| pod["metadata"]["name"] == name);
        let pod = pod.unwrap_or_else(|| panic!("no Pod {name}"));
        let (metadata, spec) = (&pod["metadata"], &pod["spec"]);
        let template = json!({ "metadata": metadata, "spec": spec });
        let workload =
            json!({ "kind": "Pod", "metadata": metadata, "spec": { "template": template } });
        serde_json::from_value(workload).unwrap_or_else(|error| panic!("Pod {name}: {error}"))
    }

    /// What a `CronJob` starts, as a `Job`.
    pub(crate) fn cron_job(&self, name: &str) -> Workload {
        let mut all = self.objects.iter().filter(|object| object["kind"] == "CronJob");
        let cron = all.find(|cron| cron["metadata"]["name"] == name);
        let cron = cron.unwrap_or_else(|| panic!("no CronJob {name}"));
        let spec = &cron["spec"]["jobTemplate"]["spec"];
        let job = json!({ "kind": "Job", "metadata": cron["metadata"], "spec": spec });
        serde_json::from_value(job).unwrap_or_else(|error| panic!("CronJob {name}: {error}"))
    }

    /// The workload of a component.
    pub(crate) fn workload(&self, instance: &str) -> Workload {
        let mut all = self.workloads().into_iter();
        all.find(|workload| workload.instance() == instance)
            .unwrap_or_else(|| panic!("no workload of {instance}"))
    }
}

/// The object of a name.
fn named<T: k8s_openapi::Metadata<Ty = ObjectMeta>>(objects: Vec<T>, name: &str) -> T {
    let mut objects = objects.into_iter();
    objects
        .find(|object| object.metadata().name.as_deref() == Some(name))
        .unwrap_or_else(|| panic!("no object {name}"))
}

/// Replaces a text in all texts of a value; gives the number of texts that had it.
fn replace(value: &mut Value, from: &str, to: &str) -> usize {
    match value {
        Value::String(text) if text.contains(from) => {
            *text = text.replace(from, to);
            1
        }
        Value::Array(items) => items.iter_mut().map(|item| replace(item, from, to)).sum(),
        Value::Object(fields) => fields.values_mut().map(|field| replace(field, from, to)).sum(),
        _ => 0,
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: String,
    #[serde(default)]
    pub(crate) labels: Labels,
}

/// A `PersistentVolumeClaim`.
#[derive(Deserialize)]
pub(crate) struct Claim {
    pub(crate) metadata: Metadata,
    pub(crate) spec: ClaimSpec,
}

#[derive(Deserialize)]
pub(crate) struct ClaimSpec {
    pub(crate) resources: Resources,
}

/// A `Deployment`, a `StatefulSet` or a `Job`.
#[derive(Clone, Deserialize)]
pub(crate) struct Workload {
    pub(crate) kind: String,
    pub(crate) metadata: Metadata,
    pub(crate) spec: WorkloadSpec,
}

impl Workload {
    /// The component that it belongs to.
    pub(crate) fn instance(&self) -> &str {
        self.metadata
            .labels
            .get("app.kubernetes.io/instance")
            .map_or(&self.metadata.name, |name| name)
    }

    /// How many pods it runs.
    pub(crate) fn replicas(&self) -> usize {
        self.spec.replicas.unwrap_or(1)
    }
}

/// Of the spec only what a node sees of it: the rest is the controllers' and the scheduler's.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkloadSpec {
    replicas: Option<usize>,
    pub(crate) template: Template,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Template {
    pub(crate) metadata: Metadata,
    pub(crate) spec: PodSpec,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the scheduler reads them, and there is one node")]
pub(crate) struct PodSpec {
    #[serde(default)]
    pub(crate) init_containers: Vec<Container>,
    pub(crate) containers: Vec<Container>,
    #[serde(default)]
    pub(crate) volumes: Vec<Volume>,
    #[serde(default)]
    pub(crate) security_context: SecurityContext,
    pub(crate) restart_policy: Option<String>,
    pub(crate) termination_grace_period_seconds: Option<u64>,
    #[serde(default)]
    pub(crate) service_account_name: String,
    active_deadline_seconds: Option<IgnoredAny>,
    pub(crate) automount_service_account_token: bool,
    pub(crate) enable_service_links: bool,
    priority_class_name: Option<IgnoredAny>,
    node_selector: Option<IgnoredAny>,
    affinity: Option<IgnoredAny>,
    tolerations: Option<IgnoredAny>,
    topology_spread_constraints: Option<IgnoredAny>,
    image_pull_secrets: Option<IgnoredAny>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "images are not pulled here")]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    image_pull_policy: Option<IgnoredAny>,
    restart_policy: Option<String>,
    #[serde(default)]
    pub(crate) command: Vec<String>,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    pub(crate) working_dir: Option<String>,
    #[serde(default)]
    pub(crate) ports: Vec<ContainerPort>,
    #[serde(default)]
    pub(crate) env: Vec<EnvVar>,
    #[serde(default)]
    pub(crate) resources: Resources,
    #[serde(default)]
    pub(crate) volume_mounts: Vec<VolumeMount>,
    pub(crate) startup_probe: Option<Probe>,
    pub(crate) liveness_probe: Option<Probe>,
    pub(crate) readiness_probe: Option<Probe>,
    #[serde(default)]
    pub(crate) lifecycle: Lifecycle,
    #[serde(default)]
    pub(crate) security_context: SecurityContext,
}

impl PodSpec {
    /// The containers that run as long as the pod: the main ones, then the native sidecars.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().chain(self.init_containers.iter().filter(|one| one.is_sidecar()))
    }
}

impl Container {
    /// Whether an init container is a native sidecar.
    pub(crate) fn is_sidecar(&self) -> bool {
        self.restart_policy.as_deref() == Some("Always")
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContainerPort {
    pub(crate) name: Option<String>,
    #[serde(rename = "containerPort")]
    pub(crate) number: u16,
    pub(crate) protocol: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EnvVar {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) value_from: Option<EnvSource>,
}

/// Where a variable comes from.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum EnvSource {
    #[serde(rename = "secretKeyRef")]
    Secret(KeyRef),
    #[serde(rename = "configMapKeyRef")]
    ConfigMap(KeyRef),
    #[serde(rename = "fieldRef", rename_all = "camelCase")]
    Field {
        field_path: String,
        #[serde(rename = "apiVersion")]
        _api_version: Option<IgnoredAny>,
    },
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRef {
    pub(crate) name: String,
    pub(crate) key: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resources {
    #[serde(default)]
    pub(crate) requests: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) limits: BTreeMap<String, String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VolumeMount {
    pub(crate) name: String,
    pub(crate) mount_path: String,
    pub(crate) sub_path: Option<String>,
    #[serde(default)]
    pub(crate) read_only: bool,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Volume {
    pub(crate) name: String,
    pub(crate) empty_dir: Option<EmptyDir>,
    pub(crate) config_map: Option<Files>,
    pub(crate) secret: Option<Files>,
    pub(crate) persistent_volume_claim: Option<ClaimRef>,
    pub(crate) projected: Option<Projected>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "each scratch volume here is memory")]
pub(crate) struct EmptyDir {
    medium: Option<IgnoredAny>,
    pub(crate) size_limit: Option<String>,
}

/// A `ConfigMap` or a `Secret` as files.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Files {
    #[serde(alias = "secretName")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) items: Vec<KeyToPath>,
    pub(crate) default_mode: Option<u32>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyToPath {
    pub(crate) key: String,
    pub(crate) path: String,
    pub(crate) mode: Option<u32>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClaimRef {
    pub(crate) claim_name: String,
}

/// How the kubelet asks a container how it is.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Probe {
    pub(crate) exec: Option<Exec>,
    pub(crate) http_get: Option<HttpGet>,
    pub(crate) tcp_socket: Option<TcpSocket>,
    #[serde(default)]
    pub(crate) initial_delay_seconds: u32,
    #[serde(default = "ten")]
    pub(crate) period_seconds: u32,
    #[serde(default = "one")]
    pub(crate) timeout_seconds: u32,
    #[serde(default = "three")]
    pub(crate) failure_threshold: u32,
}

fn one() -> u32 {
    1
}
fn three() -> u32 {
    3
}
fn ten() -> u32 {
    10
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exec {
    pub(crate) command: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct HttpGet {
    #[serde(default)]
    pub(crate) path: String,
    pub(crate) port: PortRef,
    #[serde(default)]
    pub(crate) http_headers: Vec<Header>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TcpSocket {
    pub(crate) port: PortRef,
}

/// A port by its number, or by the name that a container gives it.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum PortRef {
    Number(u16),
    Name(String),
}

impl PortRef {
    /// The number, in a pod with these containers.
    pub(crate) fn number<'a>(&self, containers: impl IntoIterator<Item = &'a Container>) -> u16 {
        match self {
            Self::Number(number) => *number,
            Self::Name(name) => {
                let mut ports = containers.into_iter().flat_map(|container| &container.ports);
                let named = ports.find(|port| port.name.as_ref() == Some(name));
                named.unwrap_or_else(|| panic!("no container has a port {name}")).number
            }
        }
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Lifecycle {
    pub(crate) pre_stop: Option<Hook>,
    pub(crate) stop_signal: Option<String>,
}

/// What a hook does.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Hook {
    Exec(Exec),
    Sleep { seconds: u64 },
}

/// Of a pod, and of a container, which wins.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "seccomp and the kinds of privilege that nothing here grants")]
pub(crate) struct SecurityContext {
    pub(crate) run_as_non_root: Option<bool>,
    pub(crate) run_as_user: Option<u32>,
    pub(crate) run_as_group: Option<u32>,
    pub(crate) fs_group: Option<u32>,
    fs_group_change_policy: Option<IgnoredAny>,
    #[serde(default)]
    pub(crate) supplemental_groups: Vec<u32>,
    pub(crate) read_only_root_filesystem: Option<bool>,
    pub(crate) allow_privilege_escalation: Option<bool>,
    #[serde(default)]
    pub(crate) capabilities: Capabilities,
    seccomp_profile: Option<IgnoredAny>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Capabilities {
    #[serde(default)]
    pub(crate) drop: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Service {
    pub(crate) metadata: Metadata,
    pub(crate) spec: ServiceSpec,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ServiceSpec {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(rename = "clusterIP")]
    pub(crate) cluster_ip: Option<String>,
    /// Callers from outside are sent to pods of any node: this one has them all.
    #[serde(rename = "externalTrafficPolicy")]
    pub(crate) _external_traffic_policy: Option<String>,
    pub(crate) selector: Labels,
    #[serde(default)]
    pub(crate) ports: Vec<ServicePort>,
}

impl ServiceSpec {
    /// Whether its name stands for the pods themselves.
    pub(crate) fn is_headless(&self) -> bool {
        self.cluster_ip.as_deref() == Some("None")
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "a name for people")]
pub(crate) struct ServicePort {
    name: Option<IgnoredAny>,
    pub(crate) port: u16,
    pub(crate) target_port: PortRef,
    pub(crate) node_port: Option<u16>,
}

/// Whether every pair of `wanted` is among `labels`.
pub(crate) fn matches(wanted: &Labels, labels: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A quantity such as `256Mi` in bytes.
pub(crate) fn bytes(quantity: &str) -> u64 {
    let digits = quantity.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let number: u64 =
        digits.parse().unwrap_or_else(|_| panic!("the quantity {quantity} is not emulated"));
    let factor = match &quantity[digits.len()..] {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        unit => panic!("the unit {unit} of {quantity} is not emulated"),
    };
    number * factor
}
