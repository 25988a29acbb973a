//! What follows from how a component is exposed: who calls it, by which hosts and paths, and who ends TLS.

use std::collections::BTreeSet;

use crate::options::{
    Alb, ClassRow, Cni, Controller, Expose, Gateway, Health, PlatformCallers, ProbeSetting, Route,
    Routes, TargetType, Termination,
};
use crate::stack::Part;
use crate::values::{Cidr, Name};
use crate::{Origin, Sourced, Stack};

pub use crate::options::{DEREGISTRATION_LAG, FLOWER_HEALTH, GCE_IDLE, GRAFANA_HEALTH};

/// Port on which each node says whether it passes requests on: that of the kube-proxy, which load balancers of other clouds
/// ask too (kubernetes/cloud-provider-aws#622, <https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3836-kube-proxy-improved-ingress-connectivity-reliability>).
pub const NODE_HEALTH_PORT: u16 = 10256;
/// Path of that port.
pub const NODE_HEALTH_PATH: &str = "/healthz";
/// Seconds for which most controllers keep an idle connection to a pod, nginx' `upstream-keepalive-timeout` for one
/// (<https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#upstream-keepalive-timeout>).
pub const CONTROLLER_IDLE: u32 = 60;

/// Who may call the pods of an exposed component from outside of the stack.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Callers<'a> {
    /// Everybody: their addresses are not known.
    pub anybody: bool,
    /// All pods of these namespaces.
    pub namespaces: Vec<Sourced<Namespaces<'a>>>,
    /// These addresses.
    pub ranges: Vec<Sourced<Cidr>>,
}

impl Callers<'_> {
    /// Whether nobody may call.
    pub fn is_empty(&self) -> bool {
        !self.anybody && self.namespaces.is_empty() && self.ranges.is_empty()
    }
}

/// Namespaces that callers run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespaces<'a> {
    /// The one of that name.
    Named(&'a str),
    /// All that have a label.
    Labelled(&'static str, &'static str),
}

/// Who may call the pods of a component from outside of the stack, as far as network policies can tell.
///
/// A node that passes a request on puts its own address in place of the caller's. With the VPC CNI that is one of the
/// network of the cluster. Cilium knows such a request as one of the outside world or of another node, whatever its
/// address (<https://docs.cilium.io/en/latest/security/policy/caveats/>): no range takes it in, so the port is open.
pub fn callers<'a>(stack: &'a Stack, part: &'a Part) -> Callers<'a> {
    let Some(expose) = part.expose() else { return Callers::default() };
    let network = || stack.cluster.network.iter().cloned().collect::<Vec<_>>();
    let by_balancer = |target: Option<Sourced<TargetType>>, from: &'a [Sourced<Cidr>]| {
        let to_pods = target.is_some_and(|target| target.value == TargetType::Ip);
        let known = to_pods || stack.cluster.cni() == Some(Cni::AmazonVpc);
        let written = from.to_vec();
        let ranges = if written.is_empty() && known { network() } else { written };
        Callers { anybody: ranges.is_empty(), ranges, ..Callers::default() }
    };
    match &expose.value {
        Expose::ClusterIp(options) => {
            Callers { namespaces: named(&options.from_namespaces), ..Callers::default() }
        }
        Expose::NodePort(_) => Callers { anybody: true, ..Callers::default() },
        Expose::LoadBalancer(balancer) => match &balancer.nlb {
            // Nodes as targets see the address of the caller, which may be any.
            Some(nlb) if expose.targets_pods() => by_balancer(nlb.target_type, &nlb.from),
            _ => Callers { anybody: true, ..Callers::default() },
        },
        Expose::Alb(alb) => by_balancer(alb.target_type, &alb.from),
        Expose::Ingress(ingress) => {
            fronted(&ingress.from_namespaces, &ingress.from, ingress.row(&stack.cluster))
        }
        Expose::Gateway(gateway) => {
            fronted(&gateway.from_namespaces, &gateway.from, gateway.row(&stack.cluster))
        }
        Expose::Route(route) => {
            fronted(&route.from_namespaces, &route.from, Route::row(&stack.cluster))
        }
    }
}

fn named(namespaces: &[Sourced<Name>]) -> Vec<Sourced<Namespaces<'_>>> {
    namespaces.iter().map(|name| name.as_ref().map(|name| Namespaces::Named(name))).collect()
}

/// The callers that the stack writes, or else those of the class. Health checks of Google Cloud come in in any case.
fn fronted<'a>(
    namespaces: &'a [Sourced<Name>],
    from: &[Sourced<Cidr>],
    row: Option<&ClassRow>,
) -> Callers<'a> {
    let mut callers =
        Callers { namespaces: named(namespaces), ranges: from.to_vec(), anybody: false };
    let Some(known) = row.map(|row| row.callers) else { return callers };
    let is_written = !callers.is_empty();
    let here = |namespaces| vec![Sourced::default_for(namespaces, known.reason)];
    let ranges = match known.value {
        PlatformCallers::Namespace(name) if !is_written => {
            callers.namespaces = here(Namespaces::Named(name));
            return callers;
        }
        PlatformCallers::Labelled(key, value) if !is_written => {
            callers.namespaces = here(Namespaces::Labelled(key, value));
            return callers;
        }
        PlatformCallers::Ranges(ranges) => ranges,
        PlatformCallers::OwnNetworkAnd(ranges) if is_written => ranges,
        PlatformCallers::Namespace(_)
        | PlatformCallers::Labelled(..)
        | PlatformCallers::OwnNetworkAnd(_) => return callers,
    };
    for range in ranges {
        let Ok(range) = Cidr::try_from((*range).to_owned()) else { continue };
        if callers.ranges.iter().all(|known| known.value != range) {
            callers.ranges.push(Sourced::default_for(range, known.reason));
        }
    }
    callers
}

/// The hosts that are routed to a component, as routes write them; empty for any host. `.example.com` is two of them.
/// Addresses in `app.hosts` are not for routes, which go by names.
pub fn hosts(stack: &Stack, routes: &Routes) -> Vec<Sourced<String>> {
    let written = if routes.hosts.is_empty() { &stack.app.hosts } else { &routes.hosts };
    let mut seen = BTreeSet::new();
    let mut hosts = Vec::new();
    for host in written {
        let lower = host.to_ascii_lowercase();
        if lower == "*" {
            return Vec::new();
        }
        let all = match lower.strip_prefix('.') {
            Some(rest) => vec![rest.to_owned(), format!("*.{rest}")],
            None => vec![lower],
        };
        for host_name in all.into_iter().filter(|host| !is_address(host)) {
            if seen.insert(host_name.clone()) {
                hosts.push(Sourced { value: host_name, origin: host.origin });
            }
        }
    }
    hosts
}

/// Whether a host is an address, which no route goes by.
pub fn is_address(host: &str) -> bool {
    let plain = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    plain.parse::<std::net::IpAddr>().is_ok()
}

/// The paths that are routed to a component; each takes in what lies below it.
pub fn paths(routes: &Routes, origin: Origin) -> Vec<Sourced<&str>> {
    if routes.paths.is_empty() {
        return vec![Sourced { value: "/", origin }];
    }
    routes.paths.iter().map(|path| Sourced { value: path.plain(), origin: path.origin }).collect()
}

/// What ends TLS before a component; `None` for plain HTTP.
pub fn tls(expose: &Expose) -> Option<Origin> {
    let of = |tls: &crate::options::Tls| {
        let secret = tls.secret.as_ref().map(|secret| secret.origin);
        let managed = tls.managed_certificate.filter(|managed| managed.value);
        let managed = managed.map(|managed| managed.origin);
        tls.issuer.as_ref().map(|issuer| issuer.origin).or(secret).or(managed)
    };
    match expose {
        Expose::ClusterIp(_) | Expose::NodePort(_) => None,
        Expose::LoadBalancer(_) => {
            let certificate = expose.nlb().and_then(|nlb| nlb.certificate.as_ref());
            certificate.map(|certificate| certificate.origin)
        }
        Expose::Alb(alb) => alb.tls.certificate.as_ref().map(|certificate| certificate.origin),
        Expose::Ingress(ingress) => {
            let default = ingress.default_certificate.filter(|default| default.value);
            of(&ingress.tls).or(default.map(|default| default.origin))
        }
        Expose::Gateway(gateway) => match &gateway.parent {
            Some(parent) => (gateway.listener != gateway.http_listener).then_some(parent.origin),
            None => of(&gateway.tls),
        },
        Expose::Route(route) => {
            (route.termination.value != Termination::None).then_some(route.termination.origin)
        }
    }
}

/// Whether what ends TLS tells the application so, in `X-Forwarded-Proto`, and lets no caller say it. A Network Load
/// Balancer knows no headers.
pub fn tells_scheme(expose: &Expose) -> bool {
    expose.routes().is_some() && tls(expose).is_some()
}

/// Whether plain HTTP is redirected to HTTPS.
pub fn redirects(expose: &Expose) -> bool {
    let wanted = |tls: &crate::options::Tls| tls.redirect.is_none_or(|redirect| redirect.value);
    tls(expose).is_some() && expose.tls().is_some_and(wanted)
}

/// Whether what stands before the component redirects plain HTTP to HTTPS itself, if that is wanted, or does not answer to
/// it. Where it does not, the application has to.
pub fn edge_redirects(expose: &Expose) -> bool {
    match expose {
        Expose::Alb(_) | Expose::Gateway(_) | Expose::Route(_) => true,
        Expose::Ingress(ingress) => match ingress.controller.map(|controller| controller.value) {
            Some(Controller::Gce | Controller::Openshift) => true,
            // By a Middleware, of which not every Traefik knows the kind.
            Some(Controller::Traefik) => {
                ingress.tls.redirect.is_some_and(|redirect| redirect.value)
            }
            Some(Controller::Nginx | Controller::Haproxy) | None => false,
        },
        Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::LoadBalancer(_) => false,
    }
}

/// The path that tells whether a pod of a component is ready, if it has one.
pub fn readiness_path(part: &Part) -> Option<Sourced<String>> {
    let probes = &part.component.pod()?.probes;
    let is_off = matches!(
        probes.readiness.as_ref().map(|setting| &setting.value),
        Some(ProbeSetting::Switch(false))
    );
    if let Some(path) = probed(probes.readiness.as_ref()) {
        return Some(path.map(str::to_owned));
    }
    let fixed = |path: String| Some(Sourced { value: path, origin: part.name.origin });
    match part.facts.health {
        Health::Probes => None,
        // As the probes of a web process do: one path serves both.
        Health::AlsoLiveness if is_off => None,
        Health::AlsoLiveness => {
            probed(probes.liveness.as_ref()).map(|path| path.map(str::to_owned))
        }
        Health::Path(path) => fixed(path.to_owned()),
        Health::BelowRoute(path) => fixed(format!("{}{path}", sub_path(part).unwrap_or_default())),
    }
}

/// The path that a component is served below, if its first route has one: `/grafana`.
pub fn sub_path(part: &Part) -> Option<&str> {
    let routes = part.expose()?.routes()?;
    let path = routes.paths.first()?.plain().trim_end_matches('/');
    (!path.is_empty()).then_some(path)
}

/// The address that browsers reach a component at, where its routes tell: `https://shop.example.com/grafana`, without a
/// slash at its end. Of several hosts it is the first one.
pub fn address(stack: &Stack, part: &Part) -> Option<Sourced<String>> {
    let expose = part.expose()?;
    let mut hosts = hosts(stack, expose.routes()?).into_iter();
    let host = hosts.find(|host| !host.value.starts_with('*'))?;
    let scheme = if tls(expose).is_some() { "https" } else { "http" };
    let path = sub_path(part).unwrap_or_default();
    Some(Sourced { value: format!("{scheme}://{}{path}", host.value), origin: host.origin })
}

/// The path that a probe asks on the port of the component.
fn probed(setting: Option<&Sourced<ProbeSetting>>) -> Option<Sourced<&str>> {
    let ProbeSetting::Probe(probe) = &setting?.value else { return None };
    let path = probe.path.as_ref().filter(|_| probe.port.is_none())?;
    Some(Sourced { value: &path.value, origin: path.origin })
}

/// Whether a load balancer asks the pods by HTTP whether they are ready, with their address as host.
pub fn asks_pods(part: &Part) -> bool {
    let Some(expose) = part.expose() else { return false };
    let by_http = match (&expose.value, expose.nlb()) {
        (_, Some(nlb)) => nlb.health_check.path.is_some() || readiness_path(part).is_some(),
        (Expose::Alb(_) | Expose::Ingress(_) | Expose::Gateway(_), None) => true,
        _ => false,
    };
    expose.targets_pods() && by_http
}

/// The Application Load Balancers of a stage.
pub fn albs(stack: &Stack) -> impl Iterator<Item = (&Part, &Sourced<Expose>, &Alb)> {
    stack.parts.values().filter_map(|part| {
        let expose = part.expose()?;
        match &expose.value {
            Expose::Alb(alb) => Some((part, expose, &**alb)),
            _ => None,
        }
    })
}

/// The components of a group of one load balancer, in the order in which their rules have to be asked: whoever has the
/// longer path first. The two components of which each has to come before the other, if there is no such order.
///
/// Within an Ingress the controller sorts by the length of paths, between those of a group it goes by their order alone
/// (<https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.order>).
pub fn group_order<'a>(stack: &'a Stack, group: &str) -> Result<Vec<&'a Name>, [&'a Part; 2]> {
    let mut open: Vec<(&Part, Vec<String>, Vec<&str>)> = albs(stack)
        .filter(|(.., alb)| alb.group.as_ref().is_some_and(|name| (*name.value).eq(group)))
        .map(|(part, expose, alb)| {
            let hosts = hosts(stack, &alb.routes).into_iter().map(|host| host.value).collect();
            let paths = paths(&alb.routes, expose.origin);
            (part, hosts, paths.into_iter().map(|path| path.value).collect())
        })
        .collect();
    let meets = |one: &[String], other: &[String]| {
        let covers = |wide: &String, host: &String| {
            wide == host || wide.strip_prefix('*').is_some_and(|rest| host.ends_with(rest))
        };
        let both = |a: &String, b: &String| covers(a, b) || covers(b, a);
        one.is_empty() || other.is_empty() || one.iter().any(|a| other.iter().any(|b| both(a, b)))
    };
    // Whether `first` takes requests of `later` away where it is asked before it.
    let shadows = |first: &(&Part, Vec<String>, Vec<&str>),
                   later: &(&Part, Vec<String>, Vec<&str>)| {
        let below = |path: &&str| first.2.iter().any(|short| is_below(path, short));
        meets(&first.1, &later.1) && later.2.iter().any(below)
    };
    let mut order = Vec::new();
    while !open.is_empty() {
        let others_fit = |at: usize| {
            open.iter().enumerate().all(|(other, later)| other == at || !shadows(&open[at], later))
        };
        let Some(at) = (0..open.len()).find(|at| others_fit(*at)) else {
            let later = open.iter().skip(1).find(|later| shadows(&open[0], later));
            return Err([open[0].0, later.unwrap_or(&open[0]).0]);
        };
        order.push(&open.remove(at).0.name.value);
    }
    Ok(order)
}

/// Whether a path lies below another one.
fn is_below(path: &str, short: &str) -> bool {
    path != short
        && (short == "/" || path.strip_prefix(short).is_some_and(|rest| rest.starts_with('/')))
}

/// The name of the Gateway that a component's routes hang on, and its namespace if that is written.
pub fn gateway_of<'a>(part: &'a Part, gateway: &'a Gateway) -> (Option<&'a str>, &'a str) {
    match &gateway.parent {
        Some(parent) => parent.parts(),
        None => (None, &part.object),
    }
}

/// The names of the listeners of a component's own Gateway that end TLS, one a host.
pub fn tls_listeners(hosts: usize) -> impl Iterator<Item = String> {
    (1..=hosts.max(1)).map(|at| if at == 1 { "https".to_owned() } else { format!("https-{at}") })
}
