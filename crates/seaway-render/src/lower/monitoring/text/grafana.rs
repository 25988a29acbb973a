//! What Grafana reads at its start: `grafana.ini`, its data sources, and where its dashboards lie.

use serde::Serialize;

use super::template::fill;
use super::watched::{Grafana, Watched};
use super::{ALERTMANAGER_PORT, LOKI_PORT, PROMETHEUS_PORT};

/// Uid of the data source of metrics: dashboards name it.
pub(super) const PROMETHEUS: &str = "prometheus";
/// Uid of the data source of logs.
pub(super) const LOKI: &str = "loki";

#[derive(Serialize)]
struct Context<'a> {
    watched: &'a Watched,
    grafana: &'a Grafana,
    prometheus: Option<String>,
    alertmanager: Option<String>,
    loki: Option<String>,
    prometheus_uid: &'static str,
    loki_uid: &'static str,
    /// The dashboard that is shown first.
    home: &'static str,
}

fn context(watched: &Watched) -> Option<Context<'_>> {
    let grafana = watched.grafana.as_ref()?;
    let at = |there: bool, name: &str, port: u16| {
        there.then(|| format!("http://{}:{port}", watched.tool(name)))
    };
    let alerts = !watched.operator && watched.alerting.is_some();
    Some(Context {
        watched,
        grafana,
        prometheus: at(!watched.operator, "prometheus", PROMETHEUS_PORT),
        alertmanager: at(alerts, "alertmanager", ALERTMANAGER_PORT),
        loki: at(watched.logs.is_some(), "loki", LOKI_PORT),
        prometheus_uid: PROMETHEUS,
        loki_uid: LOKI,
        home: if watched.webs.is_empty() { "pods" } else { "requests" },
    })
}

/// `grafana.ini`; none where there is no Grafana.
pub(crate) fn grafana_ini(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../../../templates/monitoring/grafana/grafana.ini.j2");
    context(watched).map(|context| fill(template, context))
}

/// `datasources/stage.yaml`; none where there is no Grafana.
pub(crate) fn datasources(watched: &Watched) -> Option<String> {
    let template =
        include_str!("../../../../../../templates/monitoring/grafana/datasources.yaml.j2");
    context(watched).map(|context| fill(template, context))
}

/// `dashboards/stage.yaml`; none where there is no Grafana.
pub(crate) fn providers(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../../../templates/monitoring/grafana/providers.yaml.j2");
    context(watched).map(|context| fill(template, context))
}
