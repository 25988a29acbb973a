//! Services: how a component is found and reached.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::Expose;
use seaway_core::{Origin, Sourced};

use super::Cx;
use super::meta::{named, object, texts};
use crate::{Object, names, reasons};

/// The Service that a `StatefulSet` needs.
///
/// Without a port it is headless, as it has to be. With one it has an address of its own: while its single pod starts
/// anew, clients are refused and try again, where the name of a headless Service would be gone and its absence cached.
pub(super) fn governing(cx: Cx<'_>, port: Option<(&str, u16)>) -> Object {
    let ports = port.map(|(name, number)| vec![service_port(name, number, name)]);
    let body = Service {
        metadata: named(&cx.part.name),
        spec: Some(ServiceSpec {
            cluster_ip: port.is_none().then(|| "None".to_owned()),
            type_: port.is_some().then(|| "ClusterIP".to_owned()),
            selector: Some(names::selector(&cx.part.name.value)),
            ports,
            ..ServiceSpec::default()
        }),
        ..Service::default()
    };
    Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::GOVERNING))
}

/// A Service of the type that the stack asks for, from a port of its own to a named one of the pods.
pub(super) fn service(
    cx: Cx<'_>,
    port: u16,
    target: &str,
    expose: Option<&Sourced<Expose>>,
) -> Object {
    let mut spec = ServiceSpec {
        type_: Some("ClusterIP".to_owned()),
        selector: Some(names::selector(&cx.part.name.value)),
        ..ServiceSpec::default()
    };
    let mut port = service_port("http", port, target);
    let mut annotations = None;
    let mut origins: Vec<(String, Origin)> = Vec::new();
    match expose.map(|expose| &expose.value) {
        Some(Expose::NodePort(options)) => {
            spec.type_ = Some("NodePort".to_owned());
            port.node_port = options.node_port.map(|port| port.get().into());
            let written = options.node_port.iter().map(|port| port.origin);
            origins.extend(written.map(|origin| ("spec.ports[http].nodePort".to_owned(), origin)));
        }
        Some(Expose::LoadBalancer(options)) => {
            spec.type_ = Some("LoadBalancer".to_owned());
            let ranges = options.source_ranges.iter().map(ToString::to_string);
            spec.load_balancer_source_ranges = Some(ranges.collect());
            annotations = Some(texts(&options.annotations));
            for (index, range) in options.source_ranges.iter().enumerate() {
                origins.push((format!("spec.loadBalancerSourceRanges[{index}]"), range.origin));
            }
            for (key, value) in &options.annotations {
                origins.push((format!("metadata.annotations.{key}"), value.origin));
            }
        }
        Some(Expose::ClusterIp(_)) | None => {}
    }
    spec.ports = Some(vec![port]);
    let body = Service {
        metadata: ObjectMeta { annotations, ..named(&cx.part.name) },
        spec: Some(spec),
        ..Service::default()
    };
    let mut service = object(cx, body);
    origins.extend(expose.map(|expose| ("spec.type".to_owned(), expose.origin)));
    for (path, origin) in origins {
        service.origins.set(path, origin);
    }
    service
}

/// A TCP port with a name, to a named one of the pods.
pub(super) fn service_port(name: &str, number: u16, target: &str) -> ServicePort {
    ServicePort {
        name: Some(name.to_owned()),
        port: number.into(),
        target_port: Some(IntOrString::String(target.to_owned())),
        ..ServicePort::default()
    }
}
