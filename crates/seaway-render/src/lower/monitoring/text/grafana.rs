//! What Grafana reads at its start: `grafana.ini`, its data sources, and where its dashboards lie.

use serde::Serialize;

use super::template::fill;
use super::watched::{Grafana, Watched};
use super::{ALERTMANAGER_PORT, LOKI_PORT, PROMETHEUS_PORT};

/// Uid of the data source of metrics: dashboards name it.
pub(super) const PROMETHEUS: &str = "prometheus";
/// Uid of the data source of logs in the stage's own Grafana.
const LOKI: &str = "loki";

const DATASOURCES: &str =
    include_str!("../../../../templates/monitoring/grafana/datasources.yaml.j2");

/// Uid of the data source of logs: dashboards name it. The Grafana of an operator has those of several stages, and a uid of one
/// that it knows already keeps it from starting.
pub(super) fn loki_uid(watched: &Watched) -> String {
    if watched.operator { watched.uid(LOKI) } else { LOKI.to_owned() }
}

#[derive(Serialize)]
struct Context<'a> {
    watched: &'a Watched,
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
        loki_uid: loki_uid(watched),
        loki_name: "Loki",
        shared: false,
        home: if watched.webs.is_empty() { "pods" } else { "requests" },
    })
}

/// `grafana.ini`; none where there is no Grafana.
pub(crate) fn grafana_ini(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/grafana/grafana.ini.j2");
    context(watched).map(|context| fill(template, context))
}

/// `datasources/stage.yaml`; none where there is no Grafana.
pub(crate) fn datasources(watched: &Watched) -> Option<String> {
    context(watched).map(|context| fill(DATASOURCES, context))
}

/// What tells the Grafana of an operator of the stage's Loki; none where logs are not kept.
pub(crate) fn loki_source(watched: &Watched) -> Option<String> {
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
    watched.logs.as_ref()?;
    let sources = Sources {
        prometheus: None,
        alertmanager: None,
        loki: format!("http://{}.{}.svc:{LOKI_PORT}", watched.tool("loki"), watched.namespace),
        loki_uid: loki_uid(watched),
        loki_name: format!("Loki / {}", watched.namespace),
        shared: true,
    };
    Some(fill(DATASOURCES, sources))
}

/// `dashboards/stage.yaml`; none where there is no Grafana.
pub(crate) fn providers(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/grafana/providers.yaml.j2");
    context(watched).map(|context| fill(template, context))
}
