//! The ports that metrics are found by: a scrape configuration goes by the names of container ports, and by their numbers.
//!
//! The names stand in `prometheus.yml` and in the monitors of an operator, where nothing tells that no pod has them: there are
//! just no metrics.

use seaway_core::{Code, Sink, suggest};

use super::super::index::{Index, fault};
use crate::{containers, lower};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    if index.stack.monitoring().is_none() {
        return;
    }
    for (name, part) in &index.stack.parts {
        let shown = lower::shown_ports(index.stack, part);
        if shown.is_empty() {
            continue;
        }
        for pod in index.network.of_component(name) {
            let Some(workload) = index.pods.workloads.get(pod) else { continue };
            let Some((_, root)) = workload.object.body.pod_spec() else { continue };
            let listed = || {
                containers::running(workload.spec).flat_map(|(list, one)| {
                    one.ports.iter().flatten().map(move |port| (list, &*one.name, port))
                })
            };
            for (wanted, number) in &shown {
                let object = workload.object;
                let is_it = |port: &str| port == wanted;
                let found = listed().find(|(.., port)| port.name.as_deref().is_some_and(is_it));
                let (at, message, help) = match found {
                    None => (
                        format!("{root}.containers"),
                        format!(
                            "no port of {} is called `{wanted}`, by which its metrics are found",
                            object.id()
                        ),
                        suggest::nearest_or_all(
                            wanted,
                            listed().filter_map(|(.., port)| port.name.as_deref()),
                        ),
                    ),
                    Some((list, container, port)) if port.container_port != i32::from(*number) => (
                        format!("{root}.{list}[{container}].ports[{wanted}]"),
                        format!(
                            "the port `{wanted}` of {} is {}, and its metrics are at {number}",
                            object.id(),
                            port.container_port
                        ),
                        Some("keep the generated number: the program listens there".to_owned()),
                    ),
                    Some(_) => continue,
                };
                sink.report(fault(Code::PortMismatch, object, at, message).help_maybe(help));
            }
        }
    }
}
