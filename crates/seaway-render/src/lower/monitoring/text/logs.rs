//! Where logs go: `config.alloy` and `loki.yaml`.
//!
//! Alloy follows the logs of pods through the API (<https://grafana.com/docs/alloy/latest/reference/components/loki/loki.source.kubernetes/>):
//! no folder of the node, no root. Labels are `namespace`, `component`, `container` and `level`, all bounded; the name of the
//! pod, which changes with every rollout, is structured metadata of the line
//! (<https://grafana.com/docs/loki/latest/get-started/labels/cardinality/>).

use serde::Serialize;

use super::LOKI_PORT;
use super::template::fill;
use super::watched::{Logs, Watched};

#[derive(Serialize)]
struct Context<'a> {
    watched: &'a Watched,
    logs: &'a Logs,
    /// Name of Loki's Service.
    loki: String,
    port: u16,
}

fn context(watched: &Watched) -> Option<Context<'_>> {
    let logs = watched.logs.as_ref()?;
    Some(Context { watched, logs, loki: watched.tool("loki"), port: LOKI_PORT })
}

/// `config.alloy`; none where logs are not collected.
pub(crate) fn alloy(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/config.alloy.j2");
    context(watched).map(|context| fill(template, context))
}

/// `loki.yaml`; none where logs are not collected.
pub(crate) fn loki(watched: &Watched) -> Option<String> {
    let template = include_str!("../../../../templates/monitoring/loki.yaml.j2");
    context(watched).map(|context| fill(template, context))
}
