//! The ways that `monitoring` needs beyond its edges: to metrics at ports of their own, to the kubelets, to the alert receivers,
//! and to the collector of traces.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use k8s_openapi::api::networking::v1::{
    NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
};
use seaway_core::options::{Cluster, Metadata, MonitorRole, Monitoring, Operator, WayOut};
use seaway_core::outputs::{CERT_MANAGER_PORT, cert_manager, metrics_ports};
use seaway_core::stack::Part;
use seaway_core::values::{Name, Port};
use seaway_core::{Origin, Reason, Sourced, Stack, outside};

use super::egress::{self, Opened, Rule};
use super::{pods_in, pods_in_with, pods_of, tcp};
use crate::{names, reasons};

/// The port of the kubelet: <https://kubernetes.io/docs/reference/networking/ports-and-protocols/>.
pub(crate) const KUBELET_PORT: u16 = 10250;
/// Where an operator's Prometheus runs unless the stack says otherwise.
pub(crate) const OPERATOR_NAMESPACE: &str = "monitoring";

/// Who watches the stage, and what of it.
pub(super) struct Scrape<'a> {
    monitoring: Option<(&'a Part, &'a Monitoring)>,
    /// The Prometheus of the stage.
    prometheus: Option<&'a Part>,
    /// Web components with metrics, and where.
    metrics: Vec<(&'a Part, RangeInclusive<u16>)>,
    stack: &'a Stack,
}

impl<'a> Scrape<'a> {
    pub(super) fn of(stack: &'a Stack) -> Self {
        let monitoring = stack.monitoring();
        if monitoring.is_none() {
            return Self { monitoring, prometheus: None, metrics: Vec::new(), stack };
        }
        let is_prometheus =
            |part: &Part| matches!(part.monitor_role(), Some(MonitorRole::Prometheus));
        let prometheus = stack.parts.values().find(|part| is_prometheus(part));
        let metrics = stack
            .parts
            .values()
            .filter_map(|part| Some((part, metrics_ports(stack, part)?)))
            .collect();
        Self { monitoring, prometheus, metrics, stack }
    }

    /// The rule that lets Prometheus in to the metrics of a component, where they have ports of their own or where the
    /// Prometheus is the operator's.
    pub(super) fn metrics_of(
        &self,
        part: &Part,
    ) -> Option<(NetworkPolicyIngressRule, Vec<Origin>)> {
        let (owner, monitoring) = self.monitoring?;
        let own = self.metrics.iter().find(|(shown, _)| shown.name.value == part.name.value);
        let operator = monitoring.operator();
        let ports = match (own, part.monitor_role()) {
            (Some((_, ports)), _) => vec![range(ports)],
            (None, Some(role)) if operator.is_some() => vec![tcp(role.port())],
            (None, _) => return None,
        };
        let Some(operator) = operator else {
            let from = Some(vec![pods_of(self.stack, self.prometheus?)]);
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
    pub(super) fn egress(&self, stack: &Stack, part: &Part) -> Vec<Rule> {
        let Some((_, monitoring)) = self.monitoring else { return Vec::new() };
        let Some(monitor) = part.monitor() else {
            return traces(&stack.cluster, monitoring, part);
        };
        let mut rules = Vec::new();
        for (shown, ports) in &self.metrics {
            if let Some(origin) = part.scrapes.get(&shown.name.value) {
                let pods = pods_of(stack, shown);
                rules.push(opened(vec![range(ports)], vec![(pods, *origin)], *origin));
            }
        }
        if matches!(monitor.role, MonitorRole::Prometheus) {
            rules.extend(kubelets(&stack.cluster));
        }
        if matches!(monitor.role, MonitorRole::Prometheus)
            && let Some((namespace, origin)) = cert_manager(stack, monitoring)
        {
            let to = vec![(pods_in(&namespace), origin)];
            rules.push(opened(vec![tcp(CERT_MANAGER_PORT)], to, origin));
        }
        if matches!(monitor.role, MonitorRole::Alertmanager) {
            rules.extend(receivers(&stack.cluster, monitoring));
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
    let place = namespace.map_or(OPERATOR_NAMESPACE, |namespace| namespace);
    let peer = pods_in_with(place, &labels_of(labels, program));
    let written = labels.values().map(|value| value.origin).next();
    (peer, written.or(namespace.map(|namespace| namespace.origin)).unwrap_or(default))
}

fn opened(
    ports: Vec<NetworkPolicyPort>,
    to: Vec<(NetworkPolicyPeer, Origin)>,
    rule: Origin,
) -> Rule {
    let (to, peers) = to.into_iter().unzip();
    let opened = Opened { rule, peers, holes: Vec::new(), ports: Vec::new() };
    (NetworkPolicyEgressRule { ports: Some(ports), to: Some(to) }, opened)
}

fn range(ports: &RangeInclusive<u16>) -> NetworkPolicyPort {
    let end_port = (ports.end() > ports.start()).then(|| i32::from(*ports.end()));
    NetworkPolicyPort { end_port, ..tcp(*ports.start()) }
}

/// To the kubelets, which tell what the containers of their node use.
fn kubelets(cluster: &Cluster) -> Option<Rule> {
    static REASON: &Reason = &reasons::KUBERNETES_API;
    let ports = vec![Sourced::default_for(Port::new(KUBELET_PORT), REASON)];
    let way = WayOut { ports, to: cluster.nodes(REASON) };
    egress::opened(&way, Origin::Default(REASON))
}

/// Traffic to the alert receivers.
fn receivers(cluster: &Cluster, monitoring: &Monitoring) -> Vec<Rule> {
    static REASON: &Reason = &reasons::RECEIVERS;
    let ways = monitoring.receiver_ways(cluster, REASON).into_iter();
    let ways = ways.flat_map(|way| outside::ways(cluster, &way.peers, &way.ports));
    ways.filter_map(|way| egress::opened(&way, Origin::Default(REASON))).collect()
}

/// To the collector of traces.
fn traces(cluster: &Cluster, monitoring: &Monitoring, part: &Part) -> Vec<Rule> {
    let Some(traces) = monitoring.traces.as_ref().filter(|_| part.facts.is_application()) else {
        return Vec::new();
    };
    let ways = outside::ways(cluster, &traces.peers(), &[traces.port]);
    ways.into_iter().filter_map(|way| egress::opened(&way, traces.origin)).collect()
}
