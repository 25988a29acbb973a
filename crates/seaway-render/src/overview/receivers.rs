//! Who is told, where logs and traces go, and where it can be looked at.

use seaway_core::options::{Monitoring, Receiver as Setting};
use seaway_core::values::{DataKey, Name};
use seaway_core::{Sourced, Stack, exposure};

use super::{Alerting, Logs, Operator, Receiver, Route, Traces, View};
use crate::Bundle;
use crate::connect::OPERATOR_NAMESPACE;
use crate::lower::monitoring::text::{LOKI_PORT, Monitored, Sends};

/// The variable that tells a process where traces go.
const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

pub(super) fn operator(monitoring: &Monitoring) -> Option<Operator> {
    let operator = monitoring.operator()?;
    let namespace = operator.namespace.as_ref();
    Some(Operator {
        namespace: namespace.map_or_else(|| OPERATOR_NAMESPACE.to_owned(), ToString::to_string),
        labels: operator.labels.iter().map(|(key, value)| format!("{key}={value}")).collect(),
    })
}

/// Receivers and routes, as `alertmanager.yml` has them.
pub(super) fn alerting(
    stack: &Stack,
    monitoring: &Monitoring,
    monitored: &Monitored,
) -> Option<Alerting> {
    let alerting = monitored.alerting.as_ref()?;
    let of_watchdog = monitoring
        .watchdog
        .as_ref()
        .map(|watchdog| secret(stack, &watchdog.value.secret, watchdog.key.as_ref(), "url"));
    let receiver = |receiver: &crate::lower::monitoring::text::Receiver| {
        let (kind, to) = match &receiver.sends {
            Sends::Email { to, .. } => ("email", Some(to.clone())),
            Sends::Slack { channel, .. } => ("slack", channel.clone()),
            Sends::Pagerduty { .. } => ("pagerduty", None),
            Sends::Webhook { .. } => ("webhook", None),
        };
        let setting = monitoring.receivers.iter().find(|(name, _)| *name.value == *receiver.name);
        let secret = match setting.map(|(_, setting)| Setting::secret(setting)) {
            Some(read) => read.map(|(name, key, usual)| secret(stack, name, key, usual)),
            None => of_watchdog.clone(),
        };
        Receiver { name: receiver.name.clone(), kind, to, secret }
    };
    let mut routes = vec![Route {
        matches: Some("alertname=\"Watchdog\"".to_owned()),
        receiver: alerting.watchdog.clone(),
    }];
    routes.extend(alerting.routes.iter().map(|route| Route {
        matches: Some(format!("severity=\"{}\"", route.severity)),
        receiver: Some(route.receiver.clone()),
    }));
    routes.push(Route { matches: None, receiver: Some(alerting.default.clone()) });
    Some(Alerting {
        alertmanager: monitored.tool("alertmanager"),
        receivers: alerting.receivers.iter().map(receiver).collect(),
        routes,
    })
}

/// A Secret by its name in the cluster, and its key.
fn secret(
    stack: &Stack,
    name: &Sourced<Name>,
    key: Option<&Sourced<DataKey>>,
    usual: &str,
) -> String {
    let contract = stack.secrets.get(&name.value);
    let name = contract.map_or_else(|| name.to_string(), |contract| contract.name.to_string());
    let key = key.map_or_else(|| usual.to_owned(), ToString::to_string);
    format!("{name}/{key}")
}

pub(super) fn logs(monitoring: &Monitoring, monitored: &Monitored) -> Option<Logs> {
    monitored.logs.as_ref()?;
    let logs = monitoring.logs()?;
    let store = monitored.tool("loki");
    Some(Logs {
        collector: monitored.tool("alloy"),
        address: format!("http://{store}:{LOKI_PORT}"),
        store,
        retention: logs.retention.to_string(),
        storage: logs.storage.to_string(),
    })
}

/// Where traces go, and who was told so.
pub(super) fn traces(stack: &Stack, monitoring: &Monitoring) -> Option<Traces> {
    let traces = monitoring.traces.as_ref()?;
    let sends = stack
        .parts
        .values()
        .filter(|part| part.env.iter().any(|variable| *variable.name == *OTLP_ENDPOINT));
    Some(Traces {
        endpoint: format!("http://{}:{}", traces.host, traces.port.get()),
        components: sends.map(|part| part.object.to_string()).collect(),
    })
}

/// The commands that `render --out` tells, and where an exposed Grafana is.
pub(super) fn views(bundle: &Bundle, monitoring: &Monitoring) -> Vec<View> {
    let mut views = Vec::new();
    let exposed = monitoring.grafana().filter(|_| monitoring.operator().is_none());
    if let Some(expose) = exposed.and_then(|grafana| grafana.expose) {
        let scheme = if exposure::tls(&expose).is_some() { "https" } else { "http" };
        let hosts = expose.routes().map(|routes| exposure::hosts(&bundle.stack, routes));
        views.extend(hosts.into_iter().flatten().map(|host| View {
            what: "grafana".to_owned(),
            address: format!("{scheme}://{host}"),
            command: None,
        }));
    }
    views.extend(bundle.forwarded().into_iter().map(|(what, port, command)| View {
        what: what.to_owned(),
        address: format!("http://localhost:{port}"),
        command: Some(command),
    }));
    views
}
