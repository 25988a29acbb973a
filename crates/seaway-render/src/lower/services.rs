//! Services: how a component is found and reached.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::options::{
    EXPOSE_CLUSTER_IP, Expose, LoadBalancer, Nlb, Scheme, TargetType, TrafficPolicy,
};
use seaway_core::{Origin, Sourced, exposure};

use super::Cx;
use super::expose::{Notes, attributes, gce, protection, words};
use super::meta::{named, object};
use crate::{Object, names, reasons};

/// The Service of a component that is called inside the stage alone: from its port, if it has one, and its further ports.
///
/// It has an address of its own: while its single pod starts anew, clients are refused and try again, where the name of a
/// headless Service would be gone and its absence cached.
pub(super) fn internal(cx: Cx<'_>, port: Option<(&str, u16)>) -> Object {
    let main = port.map(|(name, number)| service_port(name, number, name));
    let ports: Vec<ServicePort> = main.into_iter().chain(further(cx)).collect();
    let body = Service {
        metadata: named(&cx.part.object),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".to_owned()),
            selector: Some(names::selector(cx.stack, cx.part)),
            ports: Some(ports),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    };
    Object::new(body, Some(&cx.part.name), Origin::Default(&reasons::OWN_ADDRESS))
}

/// The further ports of a component.
fn further(cx: Cx<'_>) -> impl Iterator<Item = ServicePort> {
    cx.part.facts.ports.by_name.iter().map(|(name, port)| service_port(name, port.get(), name))
}

/// The Services of a component: the one that others of the stack call it by, from a port of its own to a named one of the
/// pods, and one more where a load balancer ends TLS on a port of its own.
pub(super) fn of(cx: Cx<'_>, port: Sourced<u16>, target: &str) -> Vec<Object> {
    let name = port_name(cx, target);
    let mut made = Draft::new(cx, (name, port), target);
    let Some(expose) = cx.part.expose() else {
        made.origin("spec.type", Origin::Default(&EXPOSE_CLUSTER_IP));
        return vec![made.finish(cx, &cx.part.object)];
    };
    let mut more = Vec::new();
    made.origin("spec.type", expose.origin);
    match &expose.value {
        Expose::NodePort(options) => {
            made.of_type("NodePort");
            made.traffic_policy(options.external_traffic_policy);
            if let Some(port) = options.node_port {
                made.port.node_port = Some(port.get().into());
                made.origin(&format!("spec.ports[{name}].nodePort"), port.origin);
            }
        }
        Expose::LoadBalancer(options) => match &options.nlb {
            Some(Sourced { value: Nlb { certificate: Some(certificate), .. }, .. }) => {
                let port = Sourced { value: HTTPS_PORT, origin: certificate.origin };
                let mut second = Draft::new(cx, ("https", port), target);
                second.origin("spec.type", expose.origin);
                second.load_balancer(cx, options);
                more.push(second.finish(cx, &format!("{}-lb", cx.part.object)));
            }
            _ => made.load_balancer(cx, options),
        },
        Expose::Alb(alb) if !expose.targets_pods() => {
            made.of_type("NodePort");
            if let Some(target) = alb.target_type {
                made.origin("spec.type", target.origin);
            }
            let policy = Sourced::default_for(TrafficPolicy::Cluster, &reasons::NODE_HEALTH);
            made.traffic_policy(Some(policy));
        }
        Expose::Ingress(ingress) if ingress.is_gce() => gce::of_service(cx, &mut made.notes),
        Expose::Ingress(_) => words::of_service(cx, &mut made.notes),
        Expose::ClusterIp(_) | Expose::Alb(_) | Expose::Gateway(_) | Expose::Route(_) => {}
    }
    let public = public_name(cx);
    let mut services = Vec::new();
    if *public != *cx.part.object {
        let mut inside = Draft::new(cx, (name, port), target);
        inside.origin("spec.type", Origin::Default(&EXPOSE_CLUSTER_IP));
        services.push(inside.finish(cx, &cx.part.object));
    }
    services.push(made.finish(cx, &public));
    services.append(&mut more);
    services
}

/// The name of a component's own port in its Service. An exporter has nothing but metrics; a program of its own says what it
/// speaks, and a name of the stack's stays.
pub(super) fn port_name<'a>(cx: Cx<'a>, target: &'a str) -> &'a str {
    match &cx.part.facts.ports.own {
        Some(name) => name,
        None if cx.part.facts.is_application() => "http",
        None => target,
    }
}

/// The name of the Service that nodes or a load balancer lead to: one of its own where the usual one has further ports, each
/// of which would be open at every node.
pub(super) fn public_name(cx: Cx<'_>) -> String {
    let name = &cx.part.object;
    let expose = cx.part.expose().filter(|_| !cx.part.facts.ports.by_name.is_empty());
    match expose.map(|expose| (&expose.value, expose.targets_pods())) {
        Some((Expose::NodePort(_), _) | (Expose::Alb(_), false)) => format!("{name}-node-port"),
        Some((Expose::LoadBalancer(options), _)) => match &options.nlb {
            // It has one in any case.
            Some(Sourced { value: Nlb { certificate: Some(_), .. }, .. }) => name.to_string(),
            _ => format!("{name}-lb"),
        },
        Some((
            Expose::ClusterIp(_)
            | Expose::Ingress(_)
            | Expose::Alb(_)
            | Expose::Gateway(_)
            | Expose::Route(_),
            _,
        ))
        | None => name.to_string(),
    }
}

/// Port of HTTPS.
const HTTPS_PORT: u16 = 443;
/// The class of the load balancers that the AWS Load Balancer Controller makes of Services.
const NLB_CLASS: &str = "service.k8s.aws/nlb";

/// A Service in the making.
struct Draft {
    spec: ServiceSpec,
    port: ServicePort,
    notes: Notes,
    origins: Vec<(String, Origin)>,
}

impl Draft {
    /// One that leads from a named port of its own to one of the pods.
    fn new(cx: Cx<'_>, (name, port): (&str, Sourced<u16>), target: &str) -> Self {
        let spec = ServiceSpec {
            type_: Some("ClusterIP".to_owned()),
            selector: Some(names::selector(cx.stack, cx.part)),
            ..ServiceSpec::default()
        };
        let origins = vec![(format!("spec.ports[{name}]"), port.origin)];
        let port = service_port(name, port.value, target);
        Self { spec, port, notes: Notes::default(), origins }
    }

    fn origin(&mut self, path: &str, origin: Origin) {
        self.origins.push((path.to_owned(), origin));
    }

    fn of_type(&mut self, kind: &str) {
        self.spec.type_ = Some(kind.to_owned());
    }

    fn traffic_policy(&mut self, policy: Option<Sourced<TrafficPolicy>>) {
        if let Some(policy) = policy {
            self.spec.external_traffic_policy = Some(policy.as_str().to_owned());
            self.origin("spec.externalTrafficPolicy", policy.origin);
        }
    }

    fn load_balancer(&mut self, cx: Cx<'_>, options: &LoadBalancer) {
        self.of_type("LoadBalancer");
        self.traffic_policy(options.external_traffic_policy);
        let ranges = options.source_ranges.iter().map(ToString::to_string);
        self.spec.load_balancer_source_ranges = Some(ranges.collect());
        for (index, range) in options.source_ranges.iter().enumerate() {
            self.origin(&format!("spec.loadBalancerSourceRanges[{index}]"), range.origin);
        }
        self.notes = Notes::written(&options.annotations);
        let provider = cx.stack.cluster.provider;
        if let Some(words) = provider.and_then(|provider| provider.value.balancer_words()) {
            if let Some(scheme) = options.scheme.filter(|one| one.value == Scheme::Internal) {
                let (key, value) = words.internal;
                self.notes.set(key.to_owned(), value, scheme.origin);
            }
            if let Some((address, form)) = options.address.as_ref().zip(words.address) {
                self.notes.option(form.key(address).to_owned(), address);
            }
        }
        if let Some(class) = &options.class {
            self.spec.load_balancer_class = Some(class.value.clone());
            self.origin("spec.loadBalancerClass", class.origin);
        }
    }

    fn finish(mut self, cx: Cx<'_>, name: &str) -> Object {
        if let Some(Expose::LoadBalancer(options)) = cx.part.expose().map(|one| &one.value)
            && let Some(nlb) = &options.nlb
            && self.spec.type_.as_deref() == Some("LoadBalancer")
        {
            self.nlb(cx, options, nlb);
        }
        let further = further(cx).filter(|_| *name == *cx.part.object);
        self.spec.ports = Some(std::iter::once(self.port).chain(further).collect());
        let metadata = self.notes.metadata(name);
        let body = Service { metadata, spec: Some(self.spec), ..Service::default() };
        let mut service = object(cx, body);
        for (path, origin) in self.origins {
            service.origins.set(path, origin);
        }
        self.notes.note(&mut service);
        service
    }

    /// A Network Load Balancer of the AWS Load Balancer Controller:
    /// <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/>.
    fn nlb(&mut self, cx: Cx<'_>, options: &LoadBalancer, nlb: &Sourced<Nlb>) {
        let key = |name: &str| format!("service.beta.kubernetes.io/aws-load-balancer-{name}");
        let to_pods = nlb.target_type.is_some_and(|target| target.value == TargetType::Ip);
        self.spec.load_balancer_class = Some(NLB_CLASS.to_owned());
        self.origin("spec.loadBalancerClass", nlb.origin);
        if to_pods {
            // Nothing comes in by the nodes.
            self.spec.allocate_load_balancer_node_ports = Some(false);
        } else if options.external_traffic_policy.is_none() {
            let policy = Sourced::default_for(TrafficPolicy::Cluster, &reasons::NODE_HEALTH);
            self.traffic_policy(Some(policy));
        }
        self.notes.set(key("scheme"), nlb.scheme.as_str(), nlb.scheme.origin);
        if let Some(target) = nlb.target_type {
            self.notes.set(key("nlb-target-type"), target.as_str(), target.origin);
        }
        if let Some(certificate) = &nlb.certificate {
            let arns: Vec<&str> = certificate.arns().into_iter().map(|arn| &**arn).collect();
            self.notes.set(key("ssl-cert"), arns.join(","), certificate.origin);
            self.notes.set(key("ssl-ports"), HTTPS_PORT.to_string(), certificate.origin);
            self.notes.option(key("ssl-negotiation-policy"), &nlb.ssl_policy);
        }
        self.nlb_check(cx, options, nlb, to_pods);
        let of_balancer = vec![
            ("deletion_protection.enabled", protection(nlb.deletion_protection)),
            ("load_balancing.cross_zone.enabled", nlb.cross_zone.to_string()),
        ];
        let of_balancer = attributes(of_balancer, &nlb.load_balancer_attributes);
        self.notes.set(key("attributes"), of_balancer, nlb.cross_zone.origin);
        let delay = nlb.deregistration_delay_seconds;
        let mut of_targets = vec![
            ("deregistration_delay.timeout_seconds", delay.to_string()),
            ("proxy_protocol_v2.enabled", "false".to_owned()),
        ];
        if to_pods {
            // The network policy lets the load balancer in, not its callers.
            of_targets.push(("preserve_client_ip.enabled", "false".to_owned()));
        }
        let of_targets = attributes(of_targets, &nlb.target_group_attributes);
        self.notes.set(key("target-group-attributes"), of_targets, delay.origin);
    }

    /// What it asks: the pods whether they are ready; or the nodes whether they pass requests on, for which the controller
    /// knows the port where nodes serve their own pods alone.
    fn nlb_check(&mut self, cx: Cx<'_>, options: &LoadBalancer, nlb: &Nlb, to_pods: bool) {
        let key =
            |name: &str| format!("service.beta.kubernetes.io/aws-load-balancer-healthcheck-{name}");
        let check = &nlb.health_check;
        let written = check.path.as_ref().map(|path| path.as_ref().map(ToString::to_string));
        let ready = exposure::readiness_path(cx.part).filter(|_| to_pods);
        let local = options.external_traffic_policy.map(|policy| policy.value);
        let default = Origin::Default(&reasons::NODE_HEALTH);
        match written.or(ready) {
            Some(path) => {
                self.notes.set(key("protocol"), "http", path.origin);
                self.notes.set(key("port"), "traffic-port", path.origin);
                self.notes.set(key("path"), path.value, path.origin);
            }
            None if to_pods => self.notes.set(key("protocol"), "tcp", default),
            None if local == Some(TrafficPolicy::Local) => {}
            None => {
                self.notes.set(key("protocol"), "http", default);
                self.notes.set(key("port"), exposure::NODE_HEALTH_PORT.to_string(), default);
                self.notes.set(key("path"), exposure::NODE_HEALTH_PATH, default);
            }
        }
        self.notes.option(key("interval"), &check.interval_seconds);
        self.notes.option(key("healthy-threshold"), &check.healthy_threshold);
        self.notes.option(key("unhealthy-threshold"), &check.unhealthy_threshold);
    }
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
