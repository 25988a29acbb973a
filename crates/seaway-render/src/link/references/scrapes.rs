//! The ports that metrics are found by: a scrape configuration goes by the names of container ports, and by their numbers.
//!
//! The names stand in `prometheus.yml` and in the monitors of an operator, where nothing tells that no pod has them: there are
//! just no metrics.

use seaway_core::options::Component;
use seaway_core::{Code, Sink, suggest};

use super::super::index::{Index, fault};
use crate::lower;

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    let mut parts = index.stack.parts.values();
    if !parts.any(|part| matches!(part.component, Component::Monitoring(_))) {
        return;
    }
    for (name, part) in &index.stack.parts {
        let shown = lower::shown_ports(index.stack, part);
        if shown.is_empty() {
            continue;
        }
        for pod in index.network.of_component(name) {
            let Some(maker) = index.pods.makers.get(pod) else { continue };
            let Some((_, root)) = maker.object.body.pod_spec() else { continue };
            let listed = || {
                let containers = maker.spec.containers.iter();
                containers.flat_map(|one| one.ports.iter().flatten().map(|port| (&*one.name, port)))
            };
            for (wanted, number) in &shown {
                let is_it = |port: &str| port == wanted;
                let Some((container, port)) =
                    listed().find(|(_, port)| port.name.as_deref().is_some_and(is_it))
                else {
                    let names = listed().filter_map(|(_, port)| port.name.as_deref());
                    let message = format!(
                        "no port of {} is called `{wanted}`, by which its metrics are found",
                        maker.object.id()
                    );
                    let path = format!("{root}.containers");
                    sink.report(
                        fault(Code::PortMismatch, maker.object, path, message)
                            .help_maybe(suggest::nearest_or_all(wanted, names)),
                    );
                    continue;
                };
                if port.container_port != i32::from(*number) {
                    let found = port.container_port;
                    let message = format!(
                        "the port `{wanted}` of {} is {found}, and its metrics are at {number}",
                        maker.object.id()
                    );
                    let path = format!("{root}.containers[{container}].ports[{wanted}]");
                    sink.report(
                        fault(Code::PortMismatch, maker.object, path, message)
                            .help("keep the generated number: the program listens there"),
                    );
                }
            }
        }
    }
}
