//! `type = "monitoring"`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Metadata, Pod};
use super::expose::Expose;
use super::facts::{Around, CommandSource, Facts, Health, OwnSecret, Ports, Runs, below, key};
use super::peer::{Destination, DestinationPods, End, Peer, anywhere, namespace_of};
use super::project::Project;
use super::texts::Visit;
use super::{Cluster, ComponentType, reasons};
use crate::recipe::Recipe;
use crate::values::{Cidr, DataKey, HostName, Name, Period, Port, Quantity, WebAddress};
use crate::{Reason, Sourced};

/// Metrics, alerts, dashboards and logs of the stack: the stage watches itself.
///
/// Becomes Prometheus, Alertmanager, Grafana, Loki, Alloy, kube-state-metrics and an exporter a backing service, each a workload
/// called `<component>-<workload>` with an account, a Service and a policy of its own. What is scraped, alerted on and drawn
/// follows from the components of the stage. Nothing of it is public.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Monitoring {
    /// Problems of this component that are known and accepted. `false` takes one back.
    #[serde(default)]
    pub allow: Allow,
    /// Leaves metrics and alerts to a Prometheus Operator that the cluster has: `true`, or a table with the labels that it
    /// goes by. There is then no Prometheus, Alertmanager or Grafana of the stack's own, but what tells the operator's:
    /// `ServiceMonitor`, `PodMonitor`, `PrometheusRule`, and dashboards and the data source of logs as configs with the labels
    /// `grafana_dashboard` and `grafana_datasource`, for a Grafana that looks for both in all namespaces.
    pub operator: Option<Sourced<OperatorSetting>>,
    /// How long metrics are kept.
    #[serde(default = "retention")]
    pub retention: Sourced<Period>,
    /// Size of the volume of metrics; four fifths of it are used. It can only grow.
    #[serde(default = "storage")]
    pub storage: Sourced<Quantity>,
    /// Storage class of the volumes, one of `cluster.provides`; that of the cluster if it is not written.
    pub storage_class: Option<Sourced<Name>>,
    /// Seconds between two scrapes.
    #[serde(default = "scrape_interval")]
    pub scrape_interval_seconds: Sourced<u32>,
    /// Page that says under a heading of each alert's name what to do: where alerts link to. Without it they link to the
    /// dashboard `runbooks` of the stage's own Grafana, as `kubectl port-forward` shows it.
    pub runbooks: Option<Sourced<WebAddress>>,
    /// Who is told of alerts. With `operator` they are told by nobody: its Alertmanager has receivers of its own.
    #[serde(default)]
    pub receivers: BTreeMap<Sourced<Name>, Receiver>,
    /// Receiver of alerts of severity `critical`; that of all others if it is not written.
    pub critical: Option<Sourced<Name>>,
    /// Receiver of alerts; may be left out where there is just one.
    pub default: Option<Sourced<Name>>,
    /// The dead man's switch: a service outside that raises the alarm when it is not called any more.
    pub watchdog: Option<Sourced<Watchdog>>,
    /// Where receivers lie instead of in `receiver-cidrs`: `"internet"`, or pods of a namespace,
    /// `{ namespace = "…", labels = { … } }`. A mail server whose `host` is a Service, `<service>.<namespace>.svc`, lies in its
    /// namespace whatever this says.
    pub receiver_to: Option<Sourced<Destination>>,
    /// Address ranges in which receivers lie; anywhere but the metadata service of the cloud if it is not written.
    #[serde(default)]
    pub receiver_cidrs: Vec<Sourced<Cidr>>,
    /// Namespace of cert-manager, which tells when certificates of an `issuer` end. If it is not written it is `kube-system`
    /// with kops and `cert-manager` elsewhere.
    pub cert_manager_namespace: Option<Sourced<Name>>,
    /// Roles of their own that the exporters of databases log in with, by the name of the database; without one it is that of
    /// the application. At a PostgreSQL either has to be a member of `pg_monitor`, which `seaway stages --diff` prints the
    /// commands for; at a MySQL no right beyond the login is needed.
    #[serde(default)]
    pub databases: BTreeMap<Sourced<Name>, Login>,
    /// Dashboards: `false` for none, or a table.
    pub grafana: Option<Sourced<GrafanaSetting>>,
    /// Logs: `false` for none, or a table.
    pub logs: Option<Sourced<LogsSetting>>,
    /// Where processes send traces, as OTLP over HTTP.
    pub traces: Option<Sourced<Traces>>,
    /// Pods of its workloads: images, resources, placement.
    #[serde(default)]
    pub workloads: Workloads,
}

/// A Prometheus Operator: whether there is one, or what it goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum OperatorSetting {
    /// `true` if the cluster has one that takes every monitor.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// What it goes by.
    #[serde(rename = "$table")]
    Operator(Operator),
}

/// A Prometheus Operator of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Operator {
    /// Labels of the monitors and rules, for example `{ release = "kube-prometheus-stack" }`.
    #[serde(default)]
    pub labels: Metadata,
    /// Namespace of its Prometheus and Grafana; `monitoring` if it is not written.
    pub namespace: Option<Sourced<Name>>,
    /// Labels of the pods of its Prometheus, which reach the metrics; if none is written, what the operator gives each of them:
    /// `"app.kubernetes.io/name" = "prometheus"`.
    #[serde(default)]
    pub prometheus_pods: Metadata,
    /// Labels of the pods of its Grafana, which reach the logs; if none is written, what kube-prometheus-stack gives them:
    /// `"app.kubernetes.io/name" = "grafana"`.
    #[serde(default)]
    pub grafana_pods: Metadata,
}

/// Dashboards: whether there are any, or what Grafana is like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum GrafanaSetting {
    /// `false` for none.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// What Grafana is like.
    #[serde(rename = "$table")]
    Grafana(Grafana),
}

/// Grafana.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Grafana {
    /// Secret with the key `admin-password`; `<component>-grafana` if it is not written.
    pub secret: Option<Sourced<Name>>,
    /// Who reaches it beside `kubectl port-forward`. It asks for a password always.
    pub expose: Option<Sourced<Expose>>,
}

/// Logs: whether they are kept, or how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum LogsSetting {
    /// `false` for none.
    #[serde(rename = "$boolean")]
    Switch(bool),
    /// How they are kept.
    #[serde(rename = "$table")]
    Logs(Logs),
}

/// Logs in Loki.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Logs {
    /// How long logs are kept.
    #[serde(default = "log_retention")]
    pub retention: Sourced<Period>,
    /// Size of their volume; it can only grow.
    #[serde(default = "storage")]
    pub storage: Sourced<Quantity>,
}

impl Default for Logs {
    fn default() -> Self {
        Self { retention: log_retention(), storage: storage() }
    }
}

/// Where traces go. Each process gets the variables that every OpenTelemetry SDK reads (`OTEL_EXPORTER_OTLP_ENDPOINT`,
/// `OTEL_SERVICE_NAME` and others), and a way out to the collector. Metrics and logs go their own ways, so their exporters are
/// off: `OTEL_METRICS_EXPORTER` and `OTEL_LOGS_EXPORTER` are `none`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Traces {
    /// Host of the collector: that of a Service, `<service>.<namespace>.svc`, or one outside of the cluster.
    pub host: Sourced<HostName>,
    /// Its port for OTLP over HTTP.
    #[serde(default = "otlp_port")]
    pub port: Sourced<Port>,
    /// Whether it is asked by HTTPS. Outside of the cluster a production stage asks for that.
    pub tls: Option<Sourced<bool>>,
    /// Where the collector lies instead of in `namespaces` and `cidrs`: `"internet"`, or pods of a namespace,
    /// `{ namespace = "…", labels = { … } }`.
    pub to: Option<Sourced<Destination>>,
    /// Namespaces in which the collector runs; that of its Service if none is written.
    #[serde(default)]
    pub namespaces: Vec<Sourced<Name>>,
    /// Address ranges in which it lies outside of the cluster: a network policy can not name a host.
    #[serde(default)]
    pub cidrs: Vec<Sourced<Cidr>>,
    /// Secret of `[secrets]` with the headers that let a process in, for example `authorization=Bearer%20…`
    /// (`OTEL_EXPORTER_OTLP_HEADERS`).
    pub secret: Option<Sourced<Name>>,
    /// Its key; `headers` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// Who is told of alerts. The key `type` says how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "type")]
pub enum Receiver {
    /// Mail.
    Email(Box<Email>),
    /// A channel of Slack.
    Slack(Box<Slack>),
    /// `PagerDuty`.
    Pagerduty(Box<Pagerduty>),
    /// An HTTP endpoint that takes Alertmanager's JSON.
    Webhook(Box<Webhook>),
}

/// Alerts by mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Email {
    /// Addresses, separated by commas.
    pub to: Sourced<String>,
    /// Address of the sender.
    pub from: Sourced<String>,
    /// The mail server, which must offer STARTTLS.
    pub host: Sourced<HostName>,
    /// Its port.
    #[serde(default = "submission_port")]
    pub port: Sourced<Port>,
    /// User of the mail server; without it no password is sent.
    pub username: Option<Sourced<String>>,
    /// Secret of `[secrets]` that holds the password.
    pub secret: Option<Sourced<Name>>,
    /// Its key; `password` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// Alerts in Slack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Slack {
    /// The channel, for example `#on-call`.
    pub channel: Sourced<String>,
    /// Secret of `[secrets]` that holds the URL of the incoming webhook.
    pub secret: Sourced<Name>,
    /// Its key; `url` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// Alerts in `PagerDuty`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Pagerduty {
    /// Secret of `[secrets]` that holds the integration key of the Events API v2.
    pub secret: Sourced<Name>,
    /// Its key; `routing-key` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// Alerts to an HTTP endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Webhook {
    /// Secret of `[secrets]` that holds the URL.
    pub secret: Sourced<Name>,
    /// Its key; `url` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// Who an exporter logs in as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Login {
    /// Secret of `[secrets]` that holds the URL, with user and password.
    pub secret: Sourced<Name>,
    /// Its key; `url` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// The dead man's switch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Watchdog {
    /// Secret of `[secrets]` that holds the URL that is called every few minutes.
    pub secret: Sourced<Name>,
    /// Its key; `url` if it is not written.
    pub key: Option<Sourced<DataKey>>,
}

/// Pods of the workloads of `monitoring`. What is not written has a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Workloads {
    /// Keeps metrics and evaluates rules.
    #[serde(default)]
    pub prometheus: Pod,
    /// Tells receivers of alerts.
    #[serde(default)]
    pub alertmanager: Pod,
    /// Shows dashboards.
    #[serde(default)]
    pub grafana: Pod,
    /// Keeps logs.
    #[serde(default)]
    pub loki: Pod,
    /// Brings logs to Loki.
    #[serde(default)]
    pub alloy: Pod,
    /// Makes metrics of the objects of the namespace.
    #[serde(default)]
    pub kube_state_metrics: Pod,
    /// Makes metrics of workers and queues.
    #[serde(default)]
    pub celery_exporter: Pod,
    /// Makes metrics of a PostgreSQL; one a database.
    #[serde(default)]
    pub postgres_exporter: Pod,
    /// Makes metrics of a Redis; one a server.
    #[serde(default)]
    pub redis_exporter: Pod,
    /// Makes metrics of a MySQL or MariaDB; one a database.
    #[serde(default)]
    pub mysqld_exporter: Pod,
    /// Makes metrics of a Memcached; one a server.
    #[serde(default)]
    pub memcached_exporter: Pod,
}

fn retention() -> Sourced<Period> {
    Sourced::default_for(Period::days(15), &reasons::METRICS_RETENTION)
}
fn log_retention() -> Sourced<Period> {
    Sourced::default_for(Period::days(14), &reasons::LOGS_RETENTION)
}
fn storage() -> Sourced<Quantity> {
    Sourced::default_for(Quantity::mebibytes(10 * 1024), &reasons::MONITORING_STORAGE)
}
fn scrape_interval() -> Sourced<u32> {
    Sourced::default_for(30, &reasons::SCRAPE_INTERVAL)
}
fn otlp_port() -> Sourced<Port> {
    Sourced::default_for(Port::new(4318), &reasons::OTLP_PORT)
}
fn submission_port() -> Sourced<Port> {
    Sourced::default_for(Port::new(587), &reasons::SUBMISSION_PORT)
}

impl Traces {
    /// Where the collector lies.
    pub fn peers(&self) -> Vec<Sourced<Peer>> {
        if self.to.is_some() || self.namespaces.is_empty() {
            let host = self.host.as_ref().map(|host| &**host);
            return Peer::of_host(host, self.to.as_ref(), &self.cidrs);
        }
        let namespaces = self.namespaces.iter().map(|namespace| {
            let pods = DestinationPods { namespace: namespace.clone(), labels: Metadata::new() };
            Sourced { value: Peer::End(End::Pods(pods)), origin: namespace.origin }
        });
        namespaces.chain(Peer::ranges(&self.cidrs)).collect()
    }
}

/// A way from the Alertmanager.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiverWay {
    /// The TCP ports.
    pub ports: Vec<Sourced<Port>>,
    /// Where it leads to.
    pub peers: Vec<Sourced<Peer>>,
}

impl Monitoring {
    /// The ways to the alert receivers: those whose place is not known lie anywhere, for that reason, and mail servers of the
    /// cluster have a way of their own.
    pub fn receiver_ways(&self, cluster: &Cluster, reason: &'static Reason) -> Vec<ReceiverWay> {
        let https = || Sourced::default_for(Port::new(443), reason);
        let mut ways = Vec::new();
        let mut ports: Vec<Sourced<Port>> = self.watchdog.iter().map(|_| https()).collect();
        for receiver in self.receivers.values() {
            match receiver {
                Receiver::Email(email) if namespace_of(&email.host).is_some() => {
                    let host = email.host.as_ref().map(|host| &**host);
                    let peers = Peer::of_host(host, None, &[]);
                    ways.push(ReceiverWay { ports: vec![email.port], peers });
                }
                Receiver::Email(email) => ports.push(email.port),
                Receiver::Slack(_) | Receiver::Pagerduty(_) | Receiver::Webhook(_) => {
                    ports.push(https());
                }
            }
        }
        ports.sort_by_key(|port| port.value);
        ports.dedup_by_key(|port| port.value);
        let peers = match &self.receiver_to {
            Some(to) => vec![to.as_ref().map(Destination::peer)],
            None if self.receiver_cidrs.is_empty() => {
                anywhere(cluster, reason).into_iter().map(|end| end.map(Peer::End)).collect()
            }
            None => Peer::ranges(&self.receiver_cidrs),
        };
        if !ports.is_empty() {
            ways.insert(0, ReceiverWay { ports, peers });
        }
        ways
    }

    /// Who the exporter of a database logs in as, if not as the application.
    pub fn login(&self, database: &str) -> Option<&Login> {
        self.databases.iter().find(|(name, _)| *name.value == *database).map(|(_, login)| login)
    }

    /// Whether a Prometheus Operator of the cluster does the work, and what it goes by.
    pub fn operator(&self) -> Option<Operator> {
        match self.operator.as_ref().map(|operator| &operator.value) {
            Some(OperatorSetting::Operator(operator)) => Some(operator.clone()),
            Some(OperatorSetting::Switch(true)) => Some(Operator::default()),
            Some(OperatorSetting::Switch(false)) | None => None,
        }
    }

    /// What Grafana is like, if there is one.
    pub fn grafana(&self) -> Option<Grafana> {
        match self.grafana.as_ref().map(|grafana| &grafana.value) {
            Some(GrafanaSetting::Grafana(grafana)) => Some(grafana.clone()),
            Some(GrafanaSetting::Switch(false)) => None,
            Some(GrafanaSetting::Switch(true)) | None => Some(Grafana::default()),
        }
    }

    /// How logs are kept, if they are.
    pub fn logs(&self) -> Option<Logs> {
        match self.logs.as_ref().map(|logs| &logs.value) {
            Some(LogsSetting::Logs(logs)) => Some(logs.clone()),
            Some(LogsSetting::Switch(false)) => None,
            Some(LogsSetting::Switch(true)) | None => Some(Logs::default()),
        }
    }
}

/// A Secret, its key if one is written, and the usual key.
type Credential<'a> = (&'a Sourced<Name>, Option<&'a Sourced<DataKey>>, &'static str);

impl Receiver {
    /// The Secret that it reads, its key if one is written, and the usual key.
    pub fn secret(&self) -> Option<Credential<'_>> {
        Some(match self {
            Self::Email(email) => (email.secret.as_ref()?, email.key.as_ref(), "password"),
            Self::Slack(slack) => (&slack.secret, slack.key.as_ref(), "url"),
            Self::Pagerduty(duty) => (&duty.secret, duty.key.as_ref(), "routing-key"),
            Self::Webhook(hook) => (&hook.secret, hook.key.as_ref(), "url"),
        })
    }
}

impl ComponentType for Monitoring {
    fn pod(&self) -> Option<&Pod> {
        None
    }

    fn project(&self) -> Option<&Project> {
        None
    }

    fn allow(&self) -> &Allow {
        &self.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &[]
    }

    fn visit_texts(&mut self, _: &mut Visit<'_>) {}

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let grafana = self.grafana().filter(|_| self.operator().is_none());
        Facts {
            type_name,
            runs: Runs::Monitoring,
            foreign_image: None,
            program: None,
            workload: None,
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port: None,
            ports: Ports::none(),
            expose: None,
            health: Health::Probes,
            metrics: None,
            drain: None,
            keep_alive: None,
            replicas: None,
            autoscale: None,
            most_pods: 0,
            is_called: false,
            only_one: None,
            process_memory: None,
            waits_for_schema: None,
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs: BTreeMap::new(),
            secret: grafana.map(|grafana| OwnSecret {
                name: grafana
                    .secret
                    .map_or_else(|| below(around.name, "grafana"), |secret| secret.value),
                keys: vec![(key("admin-password"), Recipe::Opaque)],
                may_be_shared: false,
            }),
            basic_auth: None,
            needs_auth: false,
            provides: Vec::new(),
            bindings: Vec::new(),
            roles: None,
            broker: None,
            protocol: None,
            encrypted: None,
            evicts: false,
            exporter: None,
            connections: None,
            data: None,
            extensions: Vec::new(),
            is_unknown_program: false,
            runs_as_root: false,
            keeps_volume: false,
            storage: Vec::new(),
            expected_within_hours: None,
            is_suspended: false,
            outside: None,
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
