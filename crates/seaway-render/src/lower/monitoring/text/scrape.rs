//! What Prometheus scrapes: `prometheus.yml`, and the same jobs as values for an operator.
//!
//! - **Labels are bounded**: `namespace`, `pod`, `component` and `instance` of the pod, and what the exporter itself gives.
//!   Series of kube-state-metrics and of kubelets get the `component` that their pod, workload or claim belongs to, by the
//!   names in the graph.
//! - **Kubelets are asked directly**, with the token of Prometheus' account: the way through the API server needs
//!   `nodes/proxy`, which lets its holder run commands in every pod of the node
//!   (<https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes>).
//!   Their certificates are signed by themselves in kOps, kind and minikube, so that they can only be verified where the
//!   cluster signs them and the stage says by which CA. Only what rules and panels name is kept, and only of this
//!   namespace: a kubelet tells of all of them.

use std::collections::BTreeSet;

use seaway_core::outputs::CERT_MANAGER_PORT;
use serde::{Serialize, Serializer};

use super::dashboards::{Draft, Source};
use super::monitored::Monitored;
use super::parts::Parts;
use super::rules::{Group, Rule};
use super::template::{any_of, fill, literal, quote};
use super::{ALERTMANAGER_PORT, HTTP_PORT, METRICS_PORT, RABBITMQ_PORT};

/// The job that reads the metrics of containers.
const CADVISOR: &str = "cadvisor";

/// The pods of some workloads, scraped alike.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Job {
    /// Value of the label `job`: rules and panels read it.
    pub name: &'static str,
    /// Namespace of the pods.
    pub namespace: String,
    /// Workloads, by their `app.kubernetes.io/instance`.
    pub instances: Vec<String>,
    /// Name of the container port, as a regular expression. `relabel` keeps no other: a `PodMonitor`, whose `port` is exactly
    /// one name, must be given none.
    pub port: String,
    /// Where it shows its metrics, if not at `/metrics`.
    pub path: Option<String>,
    /// Labels of the series win over those of the target.
    pub honor_labels: bool,
    /// Gives the target its labels; in a `PodMonitor` the same as `relabelings`.
    pub relabel: Vec<Relabel>,
    /// Gives series their labels; in a `PodMonitor` `metricRelabelings`.
    pub metric_relabel: Vec<Relabel>,
}

impl Job {
    /// Whether it scrapes the container port of this name.
    pub(crate) fn takes(&self, port: &str) -> bool {
        // The one pattern that we write.
        let is_nth = |nth: &str| !nth.is_empty() && nth.bytes().all(|byte| byte.is_ascii_digit());
        match self.port.strip_suffix("[0-9]+") {
            Some(prefix) => port.strip_prefix(prefix).is_some_and(is_nth),
            None => port == self.port,
        }
    }
}

/// A step of relabelling: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Relabel {
    /// Labels whose values are read.
    pub source_labels: Vec<&'static str>,
    /// What stands between them, if not a `;`.
    #[serde(serialize_with = "quoted")]
    pub separator: Option<String>,
    /// What they must match, if not anything.
    #[serde(serialize_with = "quoted")]
    pub regex: Option<String>,
    /// Label that is set.
    pub target_label: Option<&'static str>,
    /// Value that it is set to, if not the first group.
    #[serde(serialize_with = "quoted")]
    pub replacement: Option<String>,
    /// What is done.
    pub action: Action,
}

/// What a step of relabelling does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    /// Sets a label.
    #[default]
    Replace,
    /// Leaves out what does not match.
    Keep,
    /// Leaves out what matches.
    Drop,
    /// Removes the labels whose names match.
    LabelDrop,
}

/// For the template: in quotes, so that what is empty is still there.
#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn quoted<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(quote).serialize(serializer)
}

/// What `prometheus.yml` is made from.
#[derive(Serialize)]
struct Context<'a> {
    monitored: &'a Monitored,
    /// `host:port` of Alertmanager.
    alertmanager: Option<String>,
    jobs: Vec<Job>,
    kubelets: Vec<Kubelets>,
    certificates: Option<Certificates>,
}

/// cert-manager: its Service has a name and a port that are the same everywhere, so that no right to list its pods is needed
/// (<https://cert-manager.io/docs/devops-tips/prometheus-metrics/>).
#[derive(Serialize)]
struct Certificates {
    /// `host:port` of its controller.
    target: String,
    metric_relabel: Vec<Relabel>,
}

/// A path of all kubelets.
#[derive(Serialize)]
struct Kubelets {
    name: &'static str,
    path: &'static str,
    metric_relabel: Vec<Relabel>,
}

/// `prometheus.yml`. Its rules lie beside it, in `rules.yml`; how long data is kept are flags.
pub(crate) fn prometheus(made: &Parts) -> String {
    let monitored = &made.monitored;
    let alertmanager = monitored.alerting.as_ref();
    let alertmanager =
        alertmanager.map(|_| format!("{}:{ALERTMANAGER_PORT}", monitored.tool("alertmanager")));
    let kubelets = if monitored.kubelet.is_some() { kubelets(made) } else { Vec::new() };
    let certificates = monitored.certificates.as_ref().map(|certificates| Certificates {
        target: format!("cert-manager.{}.svc:{CERT_MANAGER_PORT}", certificates.namespace),
        // It tells of every namespace.
        metric_relabel: vec![Relabel {
            source_labels: vec!["namespace", "__name__"],
            regex: Some(format!(
                "{};(?:{})",
                literal(&monitored.namespace),
                any_of(
                    made.metrics()
                        .iter()
                        .map(String::as_str)
                        .filter(|name| name.starts_with("certmanager_"))
                )
            )),
            action: Action::Keep,
            ..Relabel::default()
        }],
    });
    let context =
        Context { monitored, alertmanager, jobs: jobs(monitored), kubelets, certificates };
    fill(include_str!("../../../../templates/monitoring/prometheus.yml.j2"), context)
}

/// The jobs that scrape pods.
pub(crate) fn jobs(monitored: &Monitored) -> Vec<Job> {
    let exporters = |names: Vec<&str>| -> Vec<String> {
        names.iter().map(|name| monitored.exporter(name)).collect()
    };
    let mut jobs = Vec::new();
    let mut add = |name: &'static str, instances: Vec<String>, port: &str| {
        if !instances.is_empty() {
            jobs.push(job(monitored, name, instances, port));
        }
    };
    let webs = monitored.webs.iter().map(|web| web.name.clone()).collect();
    add("web", webs, &format!("{METRICS_PORT}-[0-9]+"));
    let celery = monitored.celery.iter().map(|celery| celery.exporter.clone()).collect();
    add("celery", celery, METRICS_PORT);
    let postgres = monitored.postgres.iter().map(|postgres| postgres.name.as_str()).collect();
    add("postgres", exporters(postgres), METRICS_PORT);
    let redis = monitored.redis.iter().map(|redis| redis.name.as_str()).collect();
    add("redis", exporters(redis), METRICS_PORT);
    let of = |names: &[String]| exporters(names.iter().map(String::as_str).collect());
    add("mysql", of(&monitored.mysql), METRICS_PORT);
    add("memcached", of(&monitored.memcached), METRICS_PORT);
    add("rabbitmq", monitored.rabbitmq.clone(), RABBITMQ_PORT);
    let tool =
        |there: bool, name: &str| if there { vec![monitored.tool(name)] } else { Vec::new() };
    let own = !monitored.operator;
    add("kube-state-metrics", tool(own, "kube-state-metrics"), METRICS_PORT);
    add("prometheus", tool(own, "prometheus"), HTTP_PORT);
    add("alertmanager", tool(own && monitored.alerting.is_some(), "alertmanager"), HTTP_PORT);
    add("grafana", tool(monitored.grafana.is_some(), "grafana"), HTTP_PORT);
    add("loki", tool(monitored.logs.is_some(), "loki"), HTTP_PORT);
    add("alloy", tool(monitored.logs.is_some(), "alloy"), HTTP_PORT);
    for job in &mut jobs {
        job.metric_relabel = match job.name {
            "kube-state-metrics" => objects(monitored),
            "postgres" => vec![settings()],
            "mysql" => vec![variables()],
            _ => Vec::new(),
        };
        if job.name == "grafana" {
            let below = monitored.grafana.as_ref().and_then(|grafana| grafana.sub_path.as_ref());
            job.path = below.map(|path| format!("{path}/metrics"));
        }
        job.honor_labels = job.name == "kube-state-metrics";
        if job.honor_labels {
            // What it tells of a Deployment is about no pod, and least of all about its own.
            job.relabel.retain(|step| step.target_label != Some("pod"));
        }
    }
    jobs
}

fn job(monitored: &Monitored, name: &'static str, instances: Vec<String>, port: &str) -> Job {
    let set = |target_label, source_labels| Relabel {
        source_labels,
        target_label: Some(target_label),
        ..Relabel::default()
    };
    let instance = "__meta_kubernetes_pod_label_app_kubernetes_io_instance";
    let mut relabel = vec![
        at_port(port),
        set("namespace", vec!["__meta_kubernetes_namespace"]),
        set("pod", vec!["__meta_kubernetes_pod_name"]),
        set("component", vec![instance]),
        // An exporter speaks for what it watches.
        Relabel {
            regex: Some(format!("{}-(.+)-exporter", literal(&monitored.prefix))),
            replacement: monitored.before.as_ref().map(|before| format!("{before}-$1")),
            ..set("component", vec![instance])
        },
        address(),
    ];
    if monitored.operator {
        // An operator calls jobs after namespace and object; rules and panels call them by their name.
        relabel.push(Relabel {
            target_label: Some("job"),
            replacement: Some(name.to_owned()),
            ..Relabel::default()
        });
    }
    Job {
        name,
        namespace: monitored.namespace.clone(),
        instances,
        port: port.to_owned(),
        path: None,
        honor_labels: false,
        relabel,
        metric_relabel: Vec::new(),
    }
}

/// Pods have a target for each of their ports.
fn at_port(port: &str) -> Relabel {
    Relabel {
        source_labels: vec!["__meta_kubernetes_pod_container_port_name"],
        regex: Some(port.to_owned()),
        action: Action::Keep,
        ..Relabel::default()
    }
}

/// `pod:port`, which says more than an address.
fn address() -> Relabel {
    Relabel {
        source_labels: vec![
            "__meta_kubernetes_pod_name",
            "__meta_kubernetes_pod_container_port_number",
        ],
        separator: Some(":".to_owned()),
        target_label: Some("instance"),
        ..Relabel::default()
    }
}

/// Of PostgreSQL's settings, some 350 series, one is read.
fn settings() -> Relabel {
    Relabel {
        source_labels: vec!["__name__"],
        regex: "pg_(up|settings_max_connections|stat_.+|database_.+|locks_.+|replication_.+|exporter_.+|scrape_.+)|process_.+"
            .to_owned().into(),
        action: Action::Keep,
        ..Relabel::default()
    }
}

/// Of MySQL's variables, some 600 series, two are read.
fn variables() -> Relabel {
    Relabel {
        source_labels: vec!["__name__"],
        regex: "mysql_(up|version_info|exporter_.+|global_status_.+|global_variables_(?:max_connections|innodb_buffer_pool_size))|process_.+"
            .to_owned().into(),
        action: Action::Keep,
        ..Relabel::default()
    }
}

/// Gives what kube-state-metrics tells the component that it is about, in place of its own.
fn objects(monitored: &Monitored) -> Vec<Relabel> {
    let names = any_of(monitored.workloads.iter().map(|workload| workload.name.as_str()));
    let component = |source_labels, regex| Relabel {
        source_labels,
        regex: Some(regex),
        target_label: Some("component"),
        ..Relabel::default()
    };
    let reset = Relabel {
        target_label: Some("component"),
        replacement: Some(String::new()),
        ..Relabel::default()
    };
    let ids =
        Relabel { regex: Some("uid".to_owned()), action: Action::LabelDrop, ..Relabel::default() };
    let mut steps = vec![reset, ids];
    if !names.is_empty() {
        steps.push(component(vec!["pod"], format!("({names})-.+")));
        // KEDA calls its autoscaler after the workload.
        let scaled = Relabel {
            separator: Some(String::new()),
            ..component(
                vec!["deployment", "statefulset", "cronjob", "horizontalpodautoscaler"],
                format!("(?:keda-hpa-)?({names})"),
            )
        };
        steps.push(scaled);
        steps.push(component(vec!["job_name"], format!("({names})(?:-.+)?")));
    }
    if monitored.before.is_some() {
        // What is about none of its workloads is about those of another stack.
        steps.push(Relabel {
            source_labels: vec!["component"],
            regex: Some(".+".to_owned()),
            action: Action::Keep,
            ..Relabel::default()
        });
    }
    steps
}

/// Of containers what is named somewhere, of this namespace. Ids and images are not bounded; without them a pod and its
/// sandbox would be one series, so that only containers are kept, and the network of pods.
fn kubelets(made: &Parts) -> Vec<Kubelets> {
    let monitored = &made.monitored;
    let namespace = literal(&monitored.namespace);
    let read = made.metrics();
    let of = |prefix: &str| {
        any_of(read.iter().map(String::as_str).filter(|name| name.starts_with(prefix)))
    };
    let network = of("container_network_");
    let containers = read.iter().map(String::as_str);
    let containers =
        any_of(containers.filter(|name| {
            name.starts_with("container_") && !name.starts_with("container_network_")
        }));
    let keep = |source_labels, regex| Relabel {
        source_labels,
        regex: Some(regex),
        action: Action::Keep,
        ..Relabel::default()
    };
    let names = any_of(monitored.workloads.iter().map(|workload| workload.name.as_str()));
    let component = |source_labels, regex, replacement: Option<&str>| Relabel {
        source_labels,
        regex: Some(regex),
        target_label: Some("component"),
        replacement: replacement.map(str::to_owned),
        ..Relabel::default()
    };
    let own = monitored.before.as_ref().filter(|_| !names.is_empty());
    let pods = own.map_or_else(|| ".+".to_owned(), |_| format!("(?:{names})-.+"));
    let mut of_containers = vec![
        keep(
            vec!["namespace", "pod", "container", "__name__"],
            format!("{namespace};{pods};(?:.+;(?:{containers})|.*;(?:{network}))"),
        ),
        // The sandbox of a pod under cri-dockerd.
        Relabel {
            source_labels: vec!["container", "__name__"],
            regex: Some(format!("POD;(?:{containers})")),
            action: Action::Drop,
            ..Relabel::default()
        },
        Relabel {
            regex: Some("id|image|name".to_owned()),
            action: Action::LabelDrop,
            ..Relabel::default()
        },
    ];
    if !names.is_empty() {
        of_containers.push(component(vec!["pod"], format!("({names})-.+"), None));
    }
    let volumes = of("kubelet_");
    let mut of_volumes = vec![match &monitored.before {
        None => keep(vec!["namespace", "__name__"], format!("{namespace};(?:{volumes})")),
        Some(_) => keep(
            vec!["namespace", "persistentvolumeclaim", "__name__"],
            format!(
                "{namespace};(?:{})(?:-[0-9]+)?;(?:{volumes})",
                any_of(monitored.claims.iter().map(|claim| claim.name.as_str()))
            ),
        ),
    }];
    of_volumes.extend(monitored.claims.iter().map(|claim| {
        let regex = format!("{}(?:-[0-9]+)?", literal(&claim.name));
        component(vec!["persistentvolumeclaim"], regex, Some(&claim.component))
    }));
    let job = |name| Kubelets {
        name,
        path: kubelet_path(name),
        metric_relabel: if name == CADVISOR { of_containers.clone() } else { of_volumes.clone() },
    };
    kubelet_jobs(monitored).into_iter().map(job).collect()
}

/// The jobs that scrape kubelets. They are known before what is kept of them.
pub(crate) fn kubelet_jobs(monitored: &Monitored) -> Vec<&'static str> {
    if monitored.kubelet.is_none() {
        Vec::new()
    } else if monitored.claims.is_empty() {
        vec![CADVISOR]
    } else {
        vec![CADVISOR, "kubelet"]
    }
}

/// Where kubelets show what a job reads.
pub(crate) fn kubelet_path(job: &str) -> &'static str {
    if job == CADVISOR { "/metrics/cadvisor" } else { "/metrics" }
}

/// Metrics of kube-state-metrics that rules and panels name: its `--metric-allowlist`.
pub(crate) fn kube_state_metrics(made: &Parts) -> Vec<&str> {
    let named = made.metrics().iter().map(String::as_str);
    named.filter(|name| name.starts_with("kube_")).collect()
}

/// Kinds that kube-state-metrics must list and watch for these metrics of its: its `--resources`, and the rules of its role.
pub(crate) fn kube_state_resources(named: &[&str]) -> Vec<&'static str> {
    const KINDS: [(&str, &str); 6] = [
        ("kube_cronjob_", "cronjobs"),
        ("kube_deployment_", "deployments"),
        ("kube_horizontalpodautoscaler_", "horizontalpodautoscalers"),
        ("kube_job_", "jobs"),
        ("kube_pod_", "pods"),
        ("kube_statefulset_", "statefulsets"),
    ];
    let read = |prefix: &str| named.iter().any(|name| name.starts_with(prefix));
    KINDS.iter().filter(|(prefix, _)| read(prefix)).map(|(_, kind)| *kind).collect()
}

/// Names of metrics in rules and panels, in order, each once.
pub(super) fn metrics(groups: &[Group], drafts: &[Draft]) -> Vec<String> {
    let rules = groups.iter().flat_map(|group| &group.rules).map(|rule| match rule {
        Rule::Record(record) => &*record.expr,
        Rule::Alert(alert) => &*alert.expr,
    });
    let panels = drafts.iter().flat_map(|draft| &draft.panels);
    let panels = panels.filter(|panel| panel.source == Source::Prometheus);
    let panels = panels.flat_map(|panel| panel.queries.iter().map(|(expr, _)| &**expr));
    let names: BTreeSet<&str> = rules.chain(panels).flat_map(identifiers).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The identifiers of a query that stand before a `{`: selectors of series, as we write each of them.
pub(super) fn identifiers(query: &str) -> impl Iterator<Item = &str> {
    let before = query.match_indices('{').map(|(at, _)| &query[..at]);
    before.map(last_word).filter(|word| !word.is_empty())
}

/// The name that a text ends in.
fn last_word(text: &str) -> &str {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let length = text.bytes().rev().take_while(is_part).count();
    &text[text.len() - length..]
}
