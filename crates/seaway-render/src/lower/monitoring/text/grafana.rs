//! What Grafana reads at its start: `grafana.ini`, its data sources, and where its dashboards lie.

use serde::Serialize;

use super::template::fill;
use super::watched::{Grafana, Watched};
use super::{ALERTMANAGER_PORT, LOKI_PORT, PROMETHEUS_PORT};

/// Uid of the data source of metrics: dashboards name it, and so does the Grafana of kube-prometheus-stack.
pub(super) const PROMETHEUS: &str = "prometheus";
/// Uid of the data source of logs in a Grafana of the stage's own.
const LOKI: &str = "loki";

const DATASOURCES: &str =
    include_str!("../../../../../../templates/monitoring/grafana/datasources.yaml.j2");

#[derive(Serialize)]
struct Context<'a> {
    watched: &'a Watched,
    grafana: &'a Grafana,
    prometheus: Option<String>,
    alertmanager: Option<String>,
    loki: Option<String>,
    prometheus_uid: &'static str,
    loki_uid: String,
    loki_name: String,
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
        loki_name: "Loki".to_owned(),
        shared: false,
        home: if watched.webs.is_empty() { "pods" } else { "requests" },
    })
}

/// Uid of the data source of logs: the Grafana of an operator may have those of several stacks.
pub(crate) fn loki_uid(watched: &Watched) -> String {
    if watched.operator { watched.uid(LOKI) } else { LOKI.to_owned() }
}

/// `grafana.ini`; none where there is no Grafana.
pub(crate) fn grafana_ini(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../../../templates/monitoring/grafana/grafana.ini.j2");
    context(watched).map(|context| fill(template, context))
}

/// `datasources/stage.yaml`; none where there is no Grafana.
pub(crate) fn datasources(watched: &Watched) -> Option<String> {
    context(watched).map(|context| fill(DATASOURCES, context))
}

/// What tells the Grafana of an operator of the stage's logs; none where they are not collected.
pub(crate) fn operated_datasources(watched: &Watched) -> Option<String> {
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
        loki_name: format!("{} logs", watched.stack),
        shared: true,
    };
    Some(fill(DATASOURCES, sources))
}

/// `dashboards/stage.yaml`; none where there is no Grafana.
pub(crate) fn providers(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../../../templates/monitoring/grafana/providers.yaml.j2");
    context(watched).map(|context| fill(template, context))
}
