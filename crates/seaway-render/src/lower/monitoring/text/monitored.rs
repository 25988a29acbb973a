//! What a stage has, as far as monitoring reads it: plain data, in the words of the stack.

use serde::Serialize;

/// Length of a uid: <https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/#identifier-id-vs-unique-identifier-uid>.
const UID: usize = 40;

/// What the texts are made from.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Monitored {
    /// Name of the stack.
    pub stack: String,
    /// The namespace that all of it lies in.
    pub namespace: String,
    /// What the names of all objects of the stage begin with: others may lie in the namespace, and are none of its business.
    pub before: Option<String>,
    /// What tells it from other stacks that share a Grafana: its namespace, behind the prefix of the stage.
    pub place: String,
    /// Name of the stage.
    pub stage: String,
    /// Name of the component: workloads are called `<prefix>-prometheus`, `<prefix>-db-exporter`, ….
    pub prefix: String,
    /// A Prometheus operator of the cluster scrapes and evaluates: no Prometheus, Alertmanager or kube-state-metrics here.
    pub operator: bool,
    /// Seconds from one scrape to the next.
    pub scrape_interval: u32,
    /// Where each alert is explained.
    pub runbooks: Runbooks,
    /// Folder with `token` and `ca.crt` of the service account.
    ///
    /// `/var/run/secrets/kubernetes.io/serviceaccount` serves every program; kube-state-metrics knows no other.
    pub service_account: String,
    /// Metrics of containers and volumes are read from the kubelets.
    pub kubelet: Option<Kubelet>,
    /// Processes that serve requests and show metrics.
    pub webs: Vec<Web>,
    /// Celery's workers.
    pub workers: Vec<Worker>,
    /// Celery, where an exporter watches it: one for each broker that it has.
    pub celery: Vec<Celery>,
    /// PostgreSQL servers with an exporter.
    pub postgres: Vec<Postgres>,
    /// Redis and Valkey servers with an exporter.
    pub redis: Vec<Redis>,
    /// MySQL and MariaDB servers with an exporter, by the name of the component.
    pub mysql: Vec<String>,
    /// Memcached servers with an exporter, by the name of the component.
    pub memcached: Vec<String>,
    /// RabbitMQ servers in the cluster that show metrics by their own plugin, by the name of the component.
    pub rabbitmq: Vec<String>,
    /// Every workload of the namespace, those of monitoring too.
    pub workloads: Vec<Workload>,
    /// What is scaled by load.
    pub autoscalers: Vec<Autoscaler>,
    /// Volumes that outlive their pods.
    pub claims: Vec<Claim>,
    /// `CronJob`s that back something up.
    pub backups: Vec<Backup>,
    /// cert-manager issues the certificates, and its metrics can be read.
    pub certificates: Option<Certificates>,
    /// Logs are collected.
    pub logs: Option<Logs>,
    /// Alerts are sent to somebody.
    pub alerting: Option<Alerting>,
    /// Dashboards are shown.
    pub grafana: Option<Grafana>,
}

impl Monitored {
    /// Name of a workload of monitoring.
    pub(crate) fn tool(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// Name of the exporter of a server.
    pub(super) fn exporter(&self, server: &str) -> String {
        let bare = |before: &String| server.strip_prefix(before.as_str())?.strip_prefix('-');
        let name = self.before.as_ref().and_then(bare).unwrap_or(server);
        self.tool(&format!("{name}-exporter"))
    }

    /// The uid of a dashboard or a data source. Several namespaces may share the Grafana of an operator.
    pub(super) fn uid(&self, name: &str) -> String {
        let room = UID - name.len() - 1;
        let owner = if self.operator { &self.place } else { &self.stack };
        format!("{}-{name}", &owner[..owner.len().min(room)])
    }

    /// Containers and volumes are measured: by our own way to the kubelets, or by the operator's.
    pub(super) fn has_containers(&self) -> bool {
        self.operator || self.kubelet.is_some()
    }
}

/// How kubelets are read.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Kubelet {
    /// File of the CA that signs the certificates of kubelets, where the cluster has one (`serverTLSBootstrap`). Without it
    /// they sign their own, and nobody can verify them.
    pub ca: Option<String>,
}

/// A web process with metrics.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Web {
    /// Name of the component.
    pub name: String,
    /// Names of views that answer probes: left out of every ratio. Django's names (`app:name`, else the dotted path).
    pub probe_views: Vec<String>,
}

/// A Celery worker.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Worker {
    /// Name of the component.
    pub name: String,
    /// May have no pod: zero replicas, or scaled to zero.
    pub may_rest: bool,
}

/// Celery as its exporter sees it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Celery {
    /// Component of the broker.
    pub broker: String,
    /// Its workload.
    pub exporter: String,
}

/// A PostgreSQL server.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Postgres {
    /// Name of the component.
    pub name: String,
}

/// A Redis or Valkey server.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Redis {
    /// Name of the component.
    pub name: String,
    /// Throws keys away when its memory is full, as a cache should and a broker must not.
    pub evicts: bool,
    /// Runs in the cluster and keeps its data on a volume.
    pub durable: bool,
}

/// A workload and its kind.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Workload {
    /// Its name, which its pods start with.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
}

/// The kinds that make pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Kind {
    /// `Deployment`.
    Deployment,
    /// `StatefulSet`.
    StatefulSet,
    /// `Job`.
    Job,
    /// `CronJob`.
    CronJob,
}

/// A component that is scaled by load.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Autoscaler {
    /// Name of the component.
    pub component: String,
}

/// A claim, or the claims of a StatefulSet's template.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Claim {
    /// Component that it belongs to.
    pub component: String,
    /// Name of the claim; of a template without the ordinal (`data-db`).
    pub name: String,
}

/// A backup that runs by the clock.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Backup {
    /// Name of the `CronJob`.
    pub cron: String,
    /// Seconds after which a backup is missed: its period and what a run may take (26 hours for a daily one).
    pub max_age: u32,
}

/// Where cert-manager runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Certificates {
    /// Its namespace.
    pub namespace: String,
}

/// Logs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Logs {
    /// Hours that a line is kept; Loki takes no less than a day.
    pub retention_hours: u32,
    /// Folder of Loki's volume.
    pub path: String,
}

/// Who hears of alerts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Alerting {
    /// Where alerts are sent.
    pub receivers: Vec<Receiver>,
    /// Receiver of what no route takes.
    pub default: String,
    /// Receivers by severity.
    pub routes: Vec<Route>,
    /// Receiver that expects the `Watchdog` alert for ever and tells when it stops.
    pub watchdog: Option<String>,
}

/// Sends a severity to a receiver.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Route {
    /// `critical` or `warning`.
    pub severity: String,
    /// Name of the receiver.
    pub receiver: String,
}

/// Where alerts are sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Receiver {
    /// Its name.
    pub name: String,
    /// What it sends, and how.
    #[serde(flatten)]
    pub sends: Sends,
}

/// Ways to send an alert. Secrets are files.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Sends {
    /// A mail.
    Email {
        /// To whom.
        to: String,
        /// From whom.
        from: String,
        /// `host:port` of the mail server.
        smarthost: String,
        /// Who we are there.
        username: Option<String>,
        /// File of the password.
        password_file: Option<String>,
    },
    /// A message in a channel of Slack.
    Slack {
        /// File of the webhook's address.
        url_file: String,
        /// The channel, with its `#`.
        channel: Option<String>,
    },
    /// An incident (Events API v2).
    Pagerduty {
        /// File of the integration key.
        routing_key_file: String,
    },
    /// A POST of JSON.
    Webhook {
        /// File of the address.
        url_file: String,
    },
}

/// What Grafana is told of itself.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Grafana {
    /// Name of the first user.
    pub admin: String,
    /// File of its password.
    pub admin_password_file: String,
    /// Address that browsers use, where an ingress leads to it; else it is reached by a port-forward.
    pub root_url: Option<String>,
    /// Path that it is served below: `/grafana`.
    pub sub_path: Option<String>,
    /// TLS ends before it, and browsers keep to it for so many seconds.
    pub secure: Option<u32>,
    /// Folder that it writes to.
    pub data: String,
    /// Folder of the provisioning files: `datasources/`, `dashboards/`.
    pub provisioning: String,
    /// Folder of the dashboards.
    pub dashboards: String,
}

/// Where the link of an alert leads.
#[derive(Debug, Clone, Serialize)]
pub(crate) enum Runbooks {
    /// A page with a heading for each alert; the anchor of the heading is appended to its address.
    Page(String),
    /// The dashboard `runbooks` of the Grafana at this address.
    Grafana(String),
    /// There is no such page, and no link.
    Nowhere,
}
