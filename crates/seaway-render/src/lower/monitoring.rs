//! `monitoring` and its workloads → a `StatefulSet` where something is kept, a `Deployment` elsewhere, each with a Service, an
//! account with exactly what it reads, and its configuration as a config.

mod mysqld;
mod operated;
mod stage;
pub(crate) mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, EnvVar};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject};
use seaway_core::options::{Families, Logs, Monitor, MonitorRole, Monitoring, Receiver};
use seaway_core::outputs::metrics_ports;
use seaway_core::stack::Part;
use seaway_core::values::{DataKey, Name, Port, Quantity};
use seaway_core::{Origin, Sourced, Stack, exposure};

pub(super) use operated::operated;

use super::meta::{named, object};
use super::pod::pod;
use super::program::{
    Ask, Check, Defaults, Files, Program, Source, Usage, Words, computed, scratch,
};
use super::resources::memory_limit;
use super::workload::{Rollout, Scale, data_claim, deployment, stateful_set};
use super::{Cx, env, expose, scripts};
use crate::object::filled;
use crate::{Object, images, reasons};
pub(crate) use stage::{Watching, watching};

/// Where the configuration of a workload lies.
const CONFIG: &str = "/etc/seaway";
/// Where its secrets lie.
const SECRETS: &str = "/run/secrets/seaway";
/// Where Grafana finds data sources and providers.
const PROVISIONING: &str = "/etc/grafana/provisioning";
/// Where Grafana's dashboards lie.
const DASHBOARDS: &str = "/etc/grafana/dashboards";
/// Where Grafana writes: nothing that has to outlive its pod.
const GRAFANA_DATA: &str = "/tmp/grafana";
/// Where Loki keeps logs.
const LOKI_DATA: &str = "/loki";

/// A workload of `monitoring`.
pub(super) fn lower(cx: Cx<'_>, monitor: &Monitor) -> Vec<Object> {
    let Some(watching) = cx.watching else { return Vec::new() };
    let monitoring = watching.monitoring;
    let watch = Watch { cx, monitor, watching };
    let mut objects: Vec<Object> = watch.configs();
    let program = watch.program();
    let port = monitor.role.port();
    if let Some((path, storage)) = watch.keeps() {
        objects.push(data_claim(cx, &storage, monitoring.storage_class.as_ref()));
        let port = Some((port_name(&monitor.role), port));
        objects.extend(stateful_set(cx, port, pod(cx, program, Some(path))));
    } else {
        let rollout = match monitor.role {
            MonitorRole::Grafana(_) => Rollout::Surge,
            // Two would collect twice, and tell of each object twice: rules find two series where there is one.
            _ => Rollout::Recreate,
        };
        objects.extend(deployment(cx, &Scale::ONE, rollout, pod(cx, program, None)));
        let port = computed(port, &reasons::MONITORING);
        objects.extend(expose::objects(cx, port, port_name(&monitor.role)));
    }
    if matches!(monitor.role, MonitorRole::Prometheus) {
        objects.extend(node_metrics(cx));
    }
    objects
}

/// What its port is called: exporters have nothing but metrics.
fn port_name(role: &MonitorRole) -> &'static str {
    match role {
        MonitorRole::KubeStateMetrics
        | MonitorRole::CeleryExporter { .. }
        | MonitorRole::PostgresExporter { .. }
        | MonitorRole::RedisExporter { .. }
        | MonitorRole::MysqldExporter { .. }
        | MonitorRole::MemcachedExporter { .. } => text::METRICS_PORT,
        _ => text::HTTP_PORT,
    }
}

/// The address in links of notifications, which else would lead to the name of a pod. Nothing leads to it from outside, so it is
/// that of `kubectl port-forward`; its path is `/`, so that nothing is served elsewhere for it (`--web.route-prefix`).
fn external_url(port: u16) -> String {
    format!("--web.external-url=http://localhost:{port}")
}

/// The ports of a component that its metrics are found by: names and numbers of container ports.
pub(crate) fn shown_ports(stack: &Stack, part: &Part) -> Vec<(String, u16)> {
    if let Some(role) = part.monitor_role() {
        return vec![(port_name(role).to_owned(), role.port())];
    }
    let ports = metrics_ports(stack, part).into_iter().flatten();
    let name = |nth| {
        if part.facts.is_application() {
            text::web_port(nth)
        } else {
            text::RABBITMQ_PORT.to_owned()
        }
    };
    ports.enumerate().map(|(nth, port)| (name(nth), port)).collect()
}

/// A workload, and what it watches.
struct Watch<'a> {
    cx: Cx<'a>,
    monitor: &'a Monitor,
    watching: &'a Watching<'a>,
}

impl Watch<'_> {
    /// Where it keeps what outlives its pod, and how much.
    fn keeps(&self) -> Option<(&'static str, Sourced<Quantity>)> {
        match &self.monitor.role {
            MonitorRole::Prometheus => Some(("/prometheus", self.watching.monitoring.storage)),
            // Silences, and who was told of what.
            MonitorRole::Alertmanager => {
                Some(("/alertmanager", computed(Quantity::mebibytes(1024), &reasons::SILENCES)))
            }
            MonitorRole::Loki(Logs { storage, .. }) => Some((LOKI_DATA, *storage)),
            _ => None,
        }
    }

    fn program(&self) -> Program {
        let reason = &reasons::MONITORING;
        let role = &self.monitor.role;
        let (image, usage) = self.kind();
        let image = self.monitor.pod.shared.image.as_ref().map_or_else(
            || Sourced::default_for(image.to_owned(), &reasons::IMAGES),
            |image| image.as_ref().map(ToString::to_string),
        );
        let config = || Files {
            volume: "config".into(),
            source: Source::Config(self.config_name()),
            path: CONFIG.to_owned(),
        };
        let files = match role {
            MonitorRole::Prometheus
            | MonitorRole::Loki(_)
            | MonitorRole::Alloy
            | MonitorRole::MysqldExporter { .. } => vec![config()],
            MonitorRole::Alertmanager => std::iter::once(config()).chain(self.secrets()).collect(),
            MonitorRole::Grafana(_) => self.grafana_files(),
            _ => Vec::new(),
        };
        let (ready, live) = self.asks();
        let check = |ask, period, timeout, failures| {
            Some(Check { ask, period, timeout, failures, reason: &reasons::PROBES })
        };
        // Prometheus and Loki replay what they wrote ahead before they answer: minutes for a large one.
        let start = if self.keeps().is_some() { 180 } else { 24 };
        Program {
            image,
            command: self.command().0,
            args: Vec::new(),
            env: self.memory(usage),
            port: Some((port_name(role).into(), computed(Port::new(role.port()), reason))),
            probes: Defaults {
                startup: check(ready.clone(), 5, 5, start),
                readiness: check(ready, 10, 5, 3),
                liveness: check(live, 20, 5, 6),
            },
            resources: usage,
            scratch: vec![scratch("/tmp", 256, false)],
            files,
            grace: computed(
                if matches!(role, MonitorRole::Prometheus | MonitorRole::Loki(_)) {
                    300
                } else {
                    30
                },
                &reasons::GRACE,
            ),
            drain: None,
        }
    }

    /// Image, and what it uses.
    fn kind(&self) -> (&'static str, Usage) {
        let usage = |cpu, memory, memory_limit| Usage { cpu, memory, memory_limit };
        match &self.monitor.role {
            MonitorRole::Prometheus => (images::PROMETHEUS, usage(100, 512, 1024)),
            MonitorRole::Alertmanager => (images::ALERTMANAGER, usage(20, 64, 128)),
            MonitorRole::Grafana(_) => (images::GRAFANA, usage(50, 192, 384)),
            MonitorRole::Loki(_) => (images::LOKI, usage(100, 256, 512)),
            MonitorRole::Alloy => (images::ALLOY, usage(50, 192, 384)),
            MonitorRole::KubeStateMetrics => (images::KUBE_STATE_METRICS, usage(20, 64, 128)),
            MonitorRole::CeleryExporter { .. } => (images::CELERY_EXPORTER, usage(20, 96, 192)),
            MonitorRole::PostgresExporter { .. } => (images::POSTGRES_EXPORTER, usage(20, 32, 64)),
            MonitorRole::RedisExporter { .. } => (images::REDIS_EXPORTER, usage(20, 32, 64)),
            MonitorRole::MysqldExporter { .. } => (images::MYSQLD_EXPORTER, usage(20, 32, 64)),
            MonitorRole::MemcachedExporter { .. } => {
                (images::MEMCACHED_EXPORTER, usage(20, 32, 64))
            }
        }
    }

    /// The memory that Go's collector keeps to: nine tenths of the limit, as in the programs that see to it themselves
    /// (Prometheus, Alloy). Without it the heap may double before it is cleaned, past the limit:
    /// <https://go.dev/doc/gc-guide#Memory_limit>.
    fn memory(&self, usage: Usage) -> Vec<Sourced<EnvVar>> {
        let is_left_to_us = match &self.monitor.role {
            MonitorRole::Prometheus | MonitorRole::Alloy | MonitorRole::CeleryExporter { .. } => {
                false
            }
            MonitorRole::Alertmanager
            | MonitorRole::Grafana(_)
            | MonitorRole::Loki(_)
            | MonitorRole::KubeStateMetrics
            | MonitorRole::PostgresExporter { .. }
            | MonitorRole::RedisExporter { .. }
            | MonitorRole::MysqldExporter { .. }
            | MonitorRole::MemcachedExporter { .. } => true,
        };
        let limit = memory_limit(&self.monitor.pod.resources, usage).whole_mebibytes();
        let variable = env::text("GOMEMLIMIT", &format!("{}MiB", (limit * 9 / 10).max(1)));
        is_left_to_us.then(|| computed(variable, &reasons::GO_MEMORY)).into_iter().collect()
    }

    /// What says that it is ready, and that it is alive.
    fn asks(&self) -> (Ask, Ask) {
        let get = |path: &str| Ask::Get(path.to_owned());
        match &self.monitor.role {
            MonitorRole::Prometheus | MonitorRole::Alertmanager => {
                (get("/-/ready"), get("/-/healthy"))
            }
            MonitorRole::Grafana(_) => {
                let path = exposure::sub_path(self.cx.part).unwrap_or_default();
                (get(&format!("{path}{}", exposure::GRAFANA_HEALTH)), Ask::Connect)
            }
            MonitorRole::Loki(_) => (get("/ready"), Ask::Connect),
            MonitorRole::Alloy => (get("/-/ready"), Ask::Connect),
            MonitorRole::KubeStateMetrics => (get("/healthz"), get("/healthz")),
            // Its page of metrics asks the broker, its health does too: neither may restart it.
            MonitorRole::CeleryExporter { .. }
            | MonitorRole::PostgresExporter { .. }
            | MonitorRole::RedisExporter { .. }
            | MonitorRole::MysqldExporter { .. }
            | MonitorRole::MemcachedExporter { .. } => (Ask::Connect, Ask::Connect),
        }
    }

    /// The address that a program of Go listens on: the unspecified address of either family takes both
    /// (<https://pkg.go.dev/net#Listen>), unless the kernel has no IPv6.
    fn any_address(&self) -> &'static str {
        match self.cx.stack.cluster.families() {
            Families::Ipv4 => "0.0.0.0",
            Families::Ipv6 | Families::Both => "[::]",
        }
    }

    fn command(&self) -> Words {
        let reason = &reasons::MONITORING;
        let port = self.monitor.role.port();
        let words = |words: &[&str]| Words::fixed(words, reason);
        match &self.monitor.role {
            MonitorRole::Prometheus => {
                // What is left over is for what is written ahead and for compaction. Its manual asks for 15 to 20 %:
                // <https://prometheus.io/docs/prometheus/latest/storage/#right-sizing-retention-size>.
                let size = self
                    .watching
                    .monitoring
                    .storage
                    .map(|size| format!("{}MB", (size.whole_mebibytes() / 5 * 4).max(1)));
                words(&["/bin/prometheus", &format!("--config.file={CONFIG}/prometheus.yml")])
                    .word("--storage.tsdb.path=/prometheus", reason)
                    .flag("--storage.tsdb.retention.time", &self.watching.monitoring.retention)
                    .flag("--storage.tsdb.retention.size", &size)
                    .word(format!("--web.listen-address=:{port}"), reason)
                    .word(external_url(port), reason)
                    .word("--log.format=json", reason)
            }
            MonitorRole::Alertmanager => words(&[
                "/bin/alertmanager",
                &format!("--config.file={CONFIG}/alertmanager.yml"),
                "--storage.path=/alertmanager",
                // One of its own: no peers to gossip with.
                "--cluster.listen-address=",
                &format!("--web.listen-address=:{port}"),
                &external_url(port),
                "--log.format=json",
            ]),
            MonitorRole::Grafana(_) => {
                // The image says by variables where things lie, and they win over the file; these words win over them:
                // <https://grafana.com/docs/grafana/latest/setup-grafana/configure-docker/#default-paths>.
                words(&[
                    "grafana",
                    "server",
                    "--homepath=/usr/share/grafana",
                    &format!("--config={CONFIG}/grafana.ini"),
                    "--packaging=docker",
                    &format!("cfg:paths.data={GRAFANA_DATA}"),
                    &format!("cfg:paths.logs={GRAFANA_DATA}/log"),
                    &format!("cfg:paths.plugins={GRAFANA_DATA}/plugins"),
                    &format!("cfg:paths.provisioning={PROVISIONING}"),
                ])
            }
            MonitorRole::Loki(_) => {
                words(&["/usr/bin/loki", &format!("-config.file={CONFIG}/loki.yaml")])
            }
            MonitorRole::Alloy => words(&[
                "/bin/alloy",
                "run",
                &format!("--server.http.listen-addr={}:{port}", self.any_address()),
                "--storage.path=/tmp/alloy",
                "--disable-reporting",
                &format!("{CONFIG}/config.alloy"),
            ]),
            MonitorRole::KubeStateMetrics => {
                let metrics = text::kube_state_metrics(&self.watching.made);
                let resources = text::kube_state_resources(&metrics).join(",");
                let namespace = format!("--namespaces={}", self.cx.stack.namespace);
                words(&["/kube-state-metrics", &format!("--port={port}"), &namespace])
                    // What its Role lets it read, and of that what rules and panels name; never Secrets or configs.
                    .word(format!("--resources={resources}"), reason)
                    .word(format!("--metric-allowlist={}", metrics.join(",")), reason)
            }
            MonitorRole::CeleryExporter { .. } => {
                // waitress takes `*` for a socket of each family: https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html
                let host: &[&str] = match self.cx.stack.cluster.families() {
                    Families::Ipv4 => &[],
                    Families::Ipv6 => &["--host=::"],
                    Families::Both => &["--host=*"],
                };
                let mut words = words(&["python", "/app/cli.py"])
                    .all(host, reason)
                    .all(&[&*format!("--port={port}"), "--retry-interval=5"], reason);
                // A queue that no worker has told of since the start is known by its name alone.
                let queues = queues(self.cx.stack);
                if !queues.is_empty() {
                    words = words.word(format!("--queues={}", queues.join(",")), reason);
                }
                words
            }
            MonitorRole::PostgresExporter { .. } => words(&[
                "/bin/postgres_exporter",
                &format!("--web.listen-address=:{port}"),
                "--log.format=json",
                // Nothing reads it, and with the rights of the application each scrape would log an error, in the exporter
                // and in the database: <https://github.com/prometheus-community/postgres_exporter/issues/1100>.
                "--no-collector.wal",
            ]),
            MonitorRole::RedisExporter { .. } => {
                words(&["/redis_exporter", &format!("--web.listen-address=:{port}")])
            }
            MonitorRole::MysqldExporter { database } => {
                mysqld::command(self.cx.stack, self.cx.part, database, port)
            }
            MonitorRole::MemcachedExporter { cache } => memcached(self.cx.stack, cache, port),
        }
    }

    fn config_name(&self) -> String {
        self.cx.part.object.to_string()
    }

    /// The configuration of the workload as configs.
    fn configs(&self) -> Vec<Object> {
        let made = &self.watching.made;
        let monitored = &made.monitored;
        let one = |file: &str, text: String| BTreeMap::from([(file.to_owned(), text)]);
        let name = || self.config_name();
        let configs = match &self.monitor.role {
            MonitorRole::Prometheus => {
                let mut files = one("prometheus.yml", text::prometheus(made));
                files.insert("rules.yml".to_owned(), text::rules(made.groups()));
                vec![(name(), Some(files))]
            }
            MonitorRole::Alertmanager => {
                let text = text::alertmanager(monitored);
                vec![(name(), text.map(|text| one("alertmanager.yml", text)))]
            }
            MonitorRole::MysqldExporter { database } => {
                let mut files = one(mysqld::OPTIONS, mysqld::options(self.cx.stack, database));
                if mysqld::has_url(self.cx.part) {
                    let script = scripts::START_MYSQLD_EXPORTER_TEXT.to_owned();
                    files.insert(scripts::START_MYSQLD_EXPORTER.to_owned(), script);
                }
                vec![(name(), Some(files))]
            }
            MonitorRole::Loki(_) => {
                vec![(name(), text::loki(monitored).map(|text| one("loki.yaml", text)))]
            }
            MonitorRole::Alloy => {
                vec![(name(), text::alloy(monitored).map(|text| one("config.alloy", text)))]
            }
            MonitorRole::Grafana(_) => {
                let of = |what: &str| format!("{}-{what}", name());
                let ini = text::grafana_ini(monitored).map(|text| one("grafana.ini", text));
                let sources = text::datasources(monitored).map(|text| one("stage.yaml", text));
                let providers = text::providers(monitored).map(|text| one("stage.yaml", text));
                vec![
                    (name(), ini),
                    (of("datasources"), sources),
                    (of("providers"), providers),
                    (of("dashboards"), Some(text::dashboards(made))),
                ]
            }
            _ => Vec::new(),
        };
        let made = |(name, data): (String, Option<BTreeMap<String, String>>)| {
            let config =
                ConfigMap { metadata: named(&name), data: Some(data?), ..ConfigMap::default() };
            let mut config = object(self.cx, config);
            config.origins.set("data", Origin::Default(&reasons::MONITORING));
            Some(config)
        };
        configs.into_iter().filter_map(made).collect()
    }

    /// The secrets of the receivers: a folder a Secret, and in it just the keys that are read.
    fn secrets(&self) -> Vec<Files> {
        let mut keys: BTreeMap<String, Vec<Cow<'static, str>>> = BTreeMap::new();
        for (secret, key) in credentials(self.watching.monitoring) {
            let keys = keys.entry(env::secret_name(self.cx.stack, secret)).or_default();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys.into_iter().map(|(secret, keys)| files_of_secret(secret, keys)).collect()
    }

    fn grafana_files(&self) -> Vec<Files> {
        let config = |volume: &'static str, path: String| Files {
            volume: volume.into(),
            source: Source::Config(format!("{}-{volume}", self.config_name())),
            path,
        };
        let contract = seaway_core::outputs::contract(self.cx.stack, self.watching.part);
        let password = contract.map(|contract| Files {
            volume: "admin".into(),
            source: Source::Secret(contract.name.to_string(), vec!["admin-password".into()]),
            path: format!("{SECRETS}/grafana"),
        });
        let configs = [
            Files {
                volume: "config".into(),
                source: Source::Config(self.config_name()),
                path: CONFIG.to_owned(),
            },
            config("datasources", format!("{PROVISIONING}/datasources")),
            config("providers", format!("{PROVISIONING}/dashboards")),
            config("dashboards", DASHBOARDS.to_owned()),
        ];
        configs.into_iter().chain(password).collect()
    }
}

/// What the exporter of a Memcached is started with: <https://github.com/prometheus/memcached_exporter#readme>.
fn memcached(stack: &Stack, cache: &Name, port: u16) -> Words {
    let reason = &reasons::MONITORING;
    let mut words = Words::fixed(&["/bin/memcached_exporter"], reason)
        .word(format!("--memcached.address={}", mysqld::address(stack, cache)), reason)
        .word(format!("--web.listen-address=:{port}"), reason)
        .word("--log.format=json", reason);
    let encrypted = stack.parts.get(cache).and_then(|part| part.facts.encrypted);
    if encrypted == Some(true) {
        words = words.word("--memcached.tls.enable", reason);
        if let Some(file) = mysqld::text(stack, cache, "ca-file") {
            words = words.word(format!("--memcached.tls.ca-file={file}"), reason);
        }
    }
    words
}

/// The queues that workers of the stage name.
fn queues(stack: &Stack) -> Vec<String> {
    let all = stack.parts.values().flat_map(|part| &part.facts.queues);
    let mut queues: Vec<String> = all.map(ToString::to_string).collect();
    queues.sort();
    queues.dedup();
    queues
}

/// Where a Secret of the stage lies, by its name in the cluster.
fn files_of_secret(secret: String, keys: Vec<Cow<'static, str>>) -> Files {
    Files {
        volume: format!("secret-{secret}").into(),
        path: format!("{SECRETS}/{secret}"),
        source: Source::Secret(secret, keys),
    }
}

/// What the receivers and the dead man's switch read: Secrets of the stack, each with its key.
fn credentials(monitoring: &Monitoring) -> Vec<(&Name, Cow<'static, str>)> {
    let key = |written: Option<&Sourced<DataKey>>, usual: &'static str| match written {
        Some(key) => Cow::Owned(key.to_string()),
        None => Cow::Borrowed(usual),
    };
    let receivers = monitoring.receivers.values().filter_map(Receiver::secret);
    let mut found: Vec<(&Name, Cow<'static, str>)> =
        receivers.map(|(secret, written, usual)| (&secret.value, key(written, usual))).collect();
    found.extend(
        monitoring
            .watchdog
            .iter()
            .map(|watchdog| (&watchdog.secret.value, key(watchdog.key.as_ref(), "url"))),
    );
    found
}

/// What Prometheus reads of nodes, and how.
pub(crate) const NODE_RIGHTS: [(&str, &[&str]); 2] =
    [("nodes", &["get", "list", "watch"]), ("nodes/metrics", &["get"])];

/// Prometheus reads the metrics of containers from the kubelets, which is a right of the whole cluster. `nodes/metrics` lets it
/// read metrics and nothing else, where `nodes/proxy` would let it run commands:
/// <https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/>.
fn node_metrics(cx: Cx<'_>) -> Vec<Object> {
    let name = cx.stack.prefix.text(&format!("{}-{}", cx.stack.namespace, cx.part.name));
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let allowed = |(resource, verbs): &(&str, &[&str])| PolicyRule {
        api_groups: Some(words(&[""])),
        resources: Some(words(&[resource])),
        verbs: words(verbs),
        ..PolicyRule::default()
    };
    let role = ClusterRole {
        metadata: named(&name),
        rules: Some(NODE_RIGHTS.iter().map(allowed).collect()),
        ..ClusterRole::default()
    };
    let binding = ClusterRoleBinding {
        metadata: named(&name),
        role_ref: RoleRef {
            api_group: filled("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name,
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: cx.part.object.to_string(),
            namespace: Some(cx.stack.namespace.to_string()),
            ..Subject::default()
        }]),
    };
    let made = |body: crate::Body| {
        Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::NODE_METRICS))
    };
    vec![made(role.into()), made(binding.into())]
}
