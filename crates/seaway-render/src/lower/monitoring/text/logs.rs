//! Where logs go: `config.alloy` and `loki.yaml`.
//!
//! Alloy follows the logs of pods through the API (<https://grafana.com/docs/alloy/latest/reference/components/loki/loki.source.kubernetes/>):
//! no folder of the node, no root. Labels are `namespace`, `component`, `container` and `level`, all bounded; the name of the
//! pod, which changes with every rollout, is structured metadata of the line
//! (<https://grafana.com/docs/loki/latest/get-started/labels/cardinality/>).

use serde::Serialize;

use super::LOKI_PORT;
use super::monitored::{Logs, Monitored};
use super::template::fill;

#[derive(Serialize)]
struct Context<'a> {
    monitored: &'a Monitored,
    logs: &'a Logs,
    /// Name of Loki's Service.
    loki: String,
    port: u16,
}

fn context(monitored: &Monitored) -> Option<Context<'_>> {
    let logs = monitored.logs.as_ref()?;
    Some(Context { monitored, logs, loki: monitored.tool("loki"), port: LOKI_PORT })
}

/// `config.alloy`; none where logs are not collected.
pub(crate) fn alloy(monitored: &Monitored) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/config.alloy.j2");
    context(monitored).map(|context| fill(template, context))
}

/// `loki.yaml`; none where logs are not collected.
pub(crate) fn loki(monitored: &Monitored) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/loki.yaml.j2");
    context(monitored).map(|context| fill(template, context))
}
