//! The configuration texts of monitoring: what Prometheus, Alertmanager, Loki, Alloy and Grafana read.
//!
//! All of them are made from one value, [`Monitored`]: what the stage has. Nothing is read from annotations and nothing is
//! discovered beyond it, so a text names exactly what the stack declares. Ways to write, each where it is clearest:
//!
//! - `templates/monitoring/` by minijinja, for the configuration files of programs: a reviewer reads them as the file that
//!   the program gets.
//! - **Rules and dashboards of `templates/monitoring/rules` and `templates/monitoring/dashboards` are data**, with typed
//!   placeholders: [`library`] reads them once.
//! - **The other rules are values** ([`Group`]), since two texts are made of them, `rules.yml` and a `PrometheusRule`, and since a type
//!   is what keeps an alert from having no `for` or no severity.
//! - **Dashboards are values** too: a JSON template has to count commas, ids and grid positions.
//!
//! Every metric that a rule or a panel names was looked up in the source of the program that exports it; the table is
//! in the tests, which hold each query against it.

mod monitored;
mod template;
mod library;
mod rules;
mod runbooks;
mod grafana;
mod dashboards;
mod scrape;
mod alertmanager;
mod logs;
mod parts;

#[cfg(test)]
mod tests;

pub(crate) use alertmanager::alertmanager;
pub(crate) use dashboards::dashboards;
#[cfg(test)]
pub(crate) use dashboards::{Query, queries};
pub(crate) use dashboards::{Shown, ShownPanel, Source, shown};
pub(crate) use grafana::{datasources, grafana_ini, loki_source, providers};
pub(crate) use logs::{alloy, loki};
pub(crate) use monitored::{
    Alerting, Autoscaler, Backup, Celery, Certificates, Claim, Grafana, Kind, Kubelet, Logs,
    Monitored, Postgres, Receiver, Redis, Route, Runbooks, Sends, Web, Worker, Workload,
};
pub(crate) use parts::Parts;
#[cfg(test)]
pub(crate) use rules::{Alert, Record, groups};
pub(crate) use rules::{Group, Rule, rules};
pub(crate) use scrape::{
    Action, Job, Relabel, jobs, kube_state_metrics, kube_state_resources, kubelet_jobs,
    kubelet_path, prometheus,
};

/// Name of the container port that a program shows its metrics at, of every exporter.
pub(crate) const METRICS_PORT: &str = "metrics";
/// Name of the container port of the Prometheus plugin of RabbitMQ: <https://www.rabbitmq.com/docs/prometheus>.
pub(crate) const RABBITMQ_PORT: &str = "prometheus";
/// Name of the container port of Prometheus, Alertmanager, Grafana, Loki and Alloy: they show their own metrics there.
pub(crate) const HTTP_PORT: &str = "http";
/// Where Prometheus and Alertmanager listen: <https://prometheus.io/docs/introduction/first_steps/>,
/// <https://prometheus.io/docs/alerting/latest/alertmanager/>.
pub(crate) const PROMETHEUS_PORT: u16 = 9090;
/// See [`PROMETHEUS_PORT`].
pub(crate) const ALERTMANAGER_PORT: u16 = 9093;
/// Where Loki takes and gives logs: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>.
pub(crate) const LOKI_PORT: u16 = 3100;

/// Name of the container port of the nth gunicorn worker: each shows its own numbers (`PROMETHEUS_METRICS_EXPORT_PORT_RANGE`,
/// <https://github.com/django-commons/django-prometheus/blob/master/documentation/exports.md>).
pub(crate) fn web_port(nth: usize) -> String {
    format!("{METRICS_PORT}-{nth}")
}
