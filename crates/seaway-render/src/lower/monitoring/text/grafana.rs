//! What Grafana reads at its start: `grafana.ini`, its data sources, and where its dashboards lie.

use serde::Serialize;

use super::monitored::{Grafana, Monitored};
use super::template::fill;
use super::{ALERTMANAGER_PORT, LOKI_PORT, PROMETHEUS_PORT};

/// Uid of the data source of metrics: dashboards name it.
pub(super) const PROMETHEUS: &str = "prometheus";
/// Uid of the data source of logs in the stage's own Grafana.
const LOKI: &str = "loki";

const DATASOURCES: &str =
    include_str!("../../../../templates/monitoring/grafana/datasources.yaml.j2");

/// Uid of the data source of logs: dashboards name it. The Grafana of an operator has those of several stages, and a uid of one
/// that it knows already keeps it from starting.
pub(super) fn loki_uid(monitored: &Monitored) -> String {
    if monitored.operator { monitored.uid(LOKI) } else { LOKI.to_owned() }
}

#[derive(Serialize)]
struct Context<'a> {
    monitored: &'a Monitored,
    grafana: &'a Grafana,
    prometheus: Option<String>,
    alertmanager: Option<String>,
    loki: Option<String>,
    prometheus_uid: &'static str,
    loki_uid: String,
    loki_name: &'static str,
    /// Other stacks tell the same Grafana of theirs.
    shared: bool,
    /// The dashboard that is shown first.
    home: &'static str,
}

fn context(monitored: &Monitored) -> Option<Context<'_>> {
    let grafana = monitored.grafana.as_ref()?;
    let at = |there: bool, name: &str, port: u16| {
        there.then(|| format!("http://{}:{port}", monitored.tool(name)))
    };
    let alerts = !monitored.operator && monitored.alerting.is_some();
    Some(Context {
        monitored,
        grafana,
        prometheus: at(!monitored.operator, "prometheus", PROMETHEUS_PORT),
        alertmanager: at(alerts, "alertmanager", ALERTMANAGER_PORT),
        loki: at(monitored.logs.is_some(), "loki", LOKI_PORT),
        prometheus_uid: PROMETHEUS,
        loki_uid: loki_uid(monitored),
        loki_name: "Loki",
        shared: false,
        home: if monitored.webs.is_empty() { "pods" } else { "requests" },
    })
}

/// `grafana.ini`; none where there is no Grafana.
pub(crate) fn grafana_ini(monitored: &Monitored) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/grafana/grafana.ini.j2");
    context(monitored).map(|context| fill(template, context))
}

/// `datasources/stage.yaml`; none where there is no Grafana.
pub(crate) fn datasources(monitored: &Monitored) -> Option<String> {
    context(monitored).map(|context| fill(DATASOURCES, context))
}

/// What tells the Grafana of an operator of the stage's Loki; none where logs are not kept.
pub(crate) fn loki_source(monitored: &Monitored) -> Option<String> {
    #[derive(Serialize)]
    struct Sources {
        /// That of metrics is its own.
        prometheus: Option<String>,
        alertmanager: Option<String>,
        loki: String,
        loki_uid: String,
        loki_name: String,
        shared: bool,
    }
    monitored.logs.as_ref()?;
    let sources = Sources {
        prometheus: None,
        alertmanager: None,
        loki: format!("http://{}.{}.svc:{LOKI_PORT}", monitored.tool("loki"), monitored.namespace),
        loki_uid: loki_uid(monitored),
        loki_name: format!("Loki / {}", monitored.place),
        shared: true,
    };
    Some(fill(DATASOURCES, sources))
}

/// `dashboards/stage.yaml`; none where there is no Grafana.
pub(crate) fn providers(monitored: &Monitored) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/grafana/providers.yaml.j2");
    context(monitored).map(|context| fill(template, context))
}
