//! The ways that `monitoring` needs beyond its edges: to metrics at ports of their own, to the API server and the kubelets,
//! to who is told of alerts, and to the collector of traces.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use k8s_openapi::api::networking::v1::{
    NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use seaway_core::options::{Metadata, MonitorRole, Monitoring, Operator, Receiver};
use seaway_core::outputs::{CERT_MANAGER_PORT, cert_manager, metrics_ports};
use seaway_core::stack::Part;
use seaway_core::values::Name;
use seaway_core::{Origin, Reason, Sourced, Stack};

use super::{Opened, block, pods_in, pods_of, tcp};
use crate::{names, reasons};

/// Ports of an API server: that of its Service, kubeadm's, minikube's.
pub(super) const API_PORTS: [u16; 3] = [443, 6443, 8443];
/// The port of the kubelet: <https://kubernetes.io/docs/reference/networking/ports-and-protocols/>.
pub(crate) const KUBELET_PORT: u16 = 10250;
/// The metadata service of a cloud, which hands out the rights of the node.
const METADATA: &str = "169.254.169.254/32";
/// Where an operator's Prometheus runs unless the stack says otherwise.
pub(crate) const OPERATOR_NAMESPACE: &str = "monitoring";

/// Who watches the stage, and what of it.
pub(super) struct Scrape<'a> {
    monitoring: Option<(&'a Part, &'a Monitoring)>,
    /// The Prometheus of the stage.
    prometheus: Option<&'a Name>,
    /// Web components with metrics, and where.
    metrics: Vec<(&'a Name, RangeInclusive<u16>)>,
}

impl<'a> Scrape<'a> {
    pub(super) fn of(stack: &'a Stack) -> Self {
        let monitoring = stack.monitoring();
        if monitoring.is_none() {
            return Self { monitoring, prometheus: None, metrics: Vec::new() };
        }
        let is_prometheus =
            |part: &Part| matches!(part.monitor_role(), Some(MonitorRole::Prometheus));
        let prometheus = stack.parts.iter().find(|(_, part)| is_prometheus(part));
        let prometheus = prometheus.map(|(name, _)| name);
        let metrics = stack
            .parts
            .iter()
            .filter_map(|(name, part)| Some((name, metrics_ports(stack, part)?)))
            .collect();
        Self { monitoring, prometheus, metrics }
    }

    /// The rule that lets Prometheus in to the metrics of a component, where they have ports of their own or where the
    /// Prometheus is the operator's.
    pub(super) fn metrics_of(
        &self,
        part: &Part,
    ) -> Option<(NetworkPolicyIngressRule, Vec<Origin>)> {
        let (owner, monitoring) = self.monitoring?;
        let own = self.metrics.iter().find(|(name, _)| **name == part.name.value);
        let operator = monitoring.operator();
        let ports = match (own, part.monitor_role()) {
            (Some((_, ports)), _) => vec![range(ports)],
            (None, Some(role)) if operator.is_some() => vec![tcp(role.port())],
            (None, _) => return None,
        };
        let Some(operator) = operator else {
            let from = Some(vec![pods_of(self.prometheus?)]);
            let rule = NetworkPolicyIngressRule { ports: Some(ports), from };
            return Some((rule, vec![owner.name.origin]));
        };
        let place = (operator.namespace.as_ref(), owner.name.origin);
        let callers = callers(monitoring, &operator, part).into_iter();
        let (from, origins): (Vec<_>, Vec<_>) =
            callers.map(|(program, labels)| operators(place, labels, program)).unzip();
        Some((NetworkPolicyIngressRule { ports: Some(ports), from: Some(from) }, origins))
    }

    /// The rules that let a component out to what monitoring needs.
    pub(super) fn egress(
        &self,
        stack: &Stack,
        part: &Part,
    ) -> Vec<(NetworkPolicyEgressRule, Opened)> {
        let Some((_, monitoring)) = self.monitoring else { return Vec::new() };
        let Some(monitor) = part.monitor() else {
            return traces(monitoring, part).into_iter().collect();
        };
        let mut rules = Vec::new();
        for (name, ports) in &self.metrics {
            if let Some(origin) = part.scrapes.get(*name) {
                rules.push(opened(vec![range(ports)], vec![(pods_of(name), *origin)], *origin));
            }
        }
        if monitor.role.calls_kubernetes() {
            let mut ports: Vec<NetworkPolicyPort> = API_PORTS.map(tcp).into();
            if matches!(monitor.role, MonitorRole::Prometheus) {
                ports.push(tcp(KUBELET_PORT));
            }
            let origin = Origin::Default(&reasons::KUBERNETES_API);
            let network = stack.cluster.network.as_ref();
            let to = network.map_or_else(
                || (anywhere(), origin),
                |network| (block(network, Vec::new()), network.origin),
            );
            rules.push(opened(ports, vec![to], origin));
            // Where a call is judged by the address of the Service, before it is one of the network
            // (open-telemetry/opentelemetry-operator#5621).
            let services = stack.cluster.api_service().into_iter();
            let services: Vec<_> = services
                .map(|service| {
                    (block(&format!("{}/32", service.value), Vec::new()), service.origin)
                })
                .collect();
            if network.is_some() && !services.is_empty() {
                rules.push(opened(vec![tcp(443)], services, origin));
            }
        }
        if matches!(monitor.role, MonitorRole::Prometheus)
            && let Some((namespace, origin)) = cert_manager(stack, monitoring)
        {
            let to = vec![(pods_in(&namespace), origin)];
            rules.push(opened(vec![tcp(CERT_MANAGER_PORT)], to, origin));
        }
        if matches!(monitor.role, MonitorRole::Alertmanager) {
            rules.extend(receivers(monitoring));
        }
        rules
    }
}

/// Who asks a component for its metrics, where an operator's Prometheus does so.
pub(crate) struct Operated {
    /// The namespace of the operator's.
    pub namespace: Name,
    /// Programs, each with the labels of its pods.
    pub callers: Vec<(&'static str, BTreeMap<String, String>)>,
    /// The ports that they ask.
    pub ports: Vec<u16>,
}

/// Who asks a component for its metrics: the operator's Prometheus, and its Grafana where it is Loki.
pub(crate) fn operated(stack: &Stack, part: &Part) -> Option<Operated> {
    let (_, monitoring) = stack.monitoring()?;
    let operator = monitoring.operator()?;
    let ports = match part.monitor_role() {
        Some(role) => vec![role.port()],
        None => metrics_ports(stack, part)?.collect(),
    };
    let callers = callers(monitoring, &operator, part).into_iter();
    let callers = callers.map(|(program, labels)| (program, labels_of(labels, program)));
    Some(Operated { namespace: namespace_of(&operator), callers: callers.collect(), ports })
}

/// Programs of an operator that ask a component, each with the labels that the stack writes for its pods.
fn callers<'a>(
    monitoring: &Monitoring,
    operator: &'a Operator,
    part: &Part,
) -> Vec<(&'static str, &'a Metadata)> {
    let is_loki = matches!(part.monitor_role(), Some(MonitorRole::Loki(_)));
    let mut callers = vec![("prometheus", &operator.prometheus_pods)];
    if is_loki && monitoring.grafana().is_some() {
        callers.push(("grafana", &operator.grafana_pods));
    }
    callers
}

/// The labels that the stack writes, or else that of a program.
fn labels_of(written: &Metadata, program: &str) -> BTreeMap<String, String> {
    if written.is_empty() {
        return BTreeMap::from([(names::NAME.to_owned(), program.to_owned())]);
    }
    written.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
}

fn namespace_of(operator: &Operator) -> Name {
    let usual = || Name::try_from(OPERATOR_NAMESPACE.to_owned());
    operator.namespace.as_ref().map_or_else(
        || usual().unwrap_or_else(|fault| unreachable!("{fault}")),
        |namespace| namespace.value.clone(),
    )
}

/// Pods of the operator's in its namespace: those with the labels of the stack, or else those of a program.
fn operators(
    (namespace, default): (Option<&Sourced<Name>>, Origin),
    labels: &Metadata,
    program: &str,
) -> (NetworkPolicyPeer, Origin) {
    let match_labels = Some(labels_of(labels, program));
    let pods = LabelSelector { match_labels, ..LabelSelector::default() };
    let place = namespace.map_or(OPERATOR_NAMESPACE, |namespace| namespace);
    let peer = NetworkPolicyPeer { pod_selector: Some(pods), ..pods_in(place) };
    let written = labels.values().map(|value| value.origin).next();
    (peer, written.or(namespace.map(|namespace| namespace.origin)).unwrap_or(default))
}

fn opened(
    ports: Vec<NetworkPolicyPort>,
    to: Vec<(NetworkPolicyPeer, Origin)>,
    rule: Origin,
) -> (NetworkPolicyEgressRule, Opened) {
    let (to, peers) = to.into_iter().unzip();
    let opened = Opened { rule, peers, ports: Vec::new() };
    (NetworkPolicyEgressRule { ports: Some(ports), to: Some(to) }, opened)
}

fn range(ports: &RangeInclusive<u16>) -> NetworkPolicyPort {
    let end_port = (ports.end() > ports.start()).then(|| i32::from(*ports.end()));
    NetworkPolicyPort { end_port, ..tcp(*ports.start()) }
}

fn anywhere() -> NetworkPolicyPeer {
    block("0.0.0.0/0", vec![METADATA.to_owned()])
}

/// To who is told of alerts.
fn receivers(monitoring: &Monitoring) -> Option<(NetworkPolicyEgressRule, Opened)> {
    static REASON: &Reason = &reasons::RECEIVERS;
    let mut ports: Vec<u16> = Vec::new();
    for receiver in monitoring.receivers.values() {
        ports.push(match receiver {
            Receiver::Email(email) => email.port.get(),
            Receiver::Slack(_) | Receiver::Pagerduty(_) | Receiver::Webhook(_) => 443,
        });
    }
    ports.extend(monitoring.watchdog.as_ref().map(|_| 443));
    ports.sort_unstable();
    ports.dedup();
    if ports.is_empty() {
        return None;
    }
    let written = &monitoring.receiver_cidrs;
    let to = if written.is_empty() {
        vec![(anywhere(), Origin::Default(REASON))]
    } else {
        written.iter().map(|cidr| (block(cidr, Vec::new()), cidr.origin)).collect()
    };
    Some(opened(ports.into_iter().map(tcp).collect(), to, Origin::Default(REASON)))
}

/// To the collector of traces.
fn traces(monitoring: &Monitoring, part: &Part) -> Option<(NetworkPolicyEgressRule, Opened)> {
    let traces = monitoring.traces.as_ref().filter(|_| part.facts.is_application())?;
    let of_service = traces.namespace().filter(|_| traces.namespaces.is_empty());
    let of_service = of_service.map(|namespace| (pods_in(namespace), traces.host.origin));
    let namespaces = traces.namespaces.iter().map(|name| (pods_in(name), name.origin));
    let namespaces = namespaces.chain(of_service);
    let ranges = traces.cidrs.iter().map(|cidr| (block(cidr, Vec::new()), cidr.origin));
    let to: Vec<(NetworkPolicyPeer, Origin)> = namespaces.chain(ranges).collect();
    (!to.is_empty()).then(|| opened(vec![tcp(traces.port.get())], to, traces.origin))
}
