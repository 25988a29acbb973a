//! `expose`: who reaches a component from outside of the stack, and through what.

mod balancer;
mod controller;
mod handling;
mod route;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Metadata;
use super::reasons;
use crate::Sourced;
use crate::values::{
    AllowedHost, CertificateArn, Cidr, ClassName, GatewayName, IssuerName, Name, Port, RoutePath,
    UrlPath, WebAclArn,
};

pub use balancer::{AddressForm, CloudWords};
pub use controller::{CLASS_ANNOTATION, Controller};
pub use handling::{Form, Front, Handling, Unit, WEBSOCKET_SECONDS, Word, form};
pub use route::{Route, Termination};

/// Who reaches a process.
///
/// `ingress`, `alb` and `gateway` route `hosts` and `paths` to it and end TLS; so does `load-balancer` with `nlb`, for
/// all that comes in. Each component has an Ingress or `HTTPRoute` of its own. The network policy lets in who is known to
/// call: namespaces, the ranges of a load balancer, or everybody where nodes pass requests on under addresses of their own.
///
/// A load balancer of AWS sends requests to the pods themselves where they have addresses of the VPC. They then get a
/// readiness gate, so that a rollout waits until the load balancer takes them for healthy, and drain for 20 s; its check
/// asks the path of the readiness probe with the address of the pod as host, which `ALLOWED_HOSTS` gets as `$(POD_IP)`.
/// Elsewhere the nodes are the targets, and the check asks the kube-proxy of each (port 10256): a node passes requests on
/// to ready pods of all nodes. Where Cilium replaces the kube-proxy it serves that port only if it is told to
/// (`kube-proxy-replacement-healthz-bind-address`).
///
/// The load balancers of GKE send requests to the pods, too, wait for them in the same way, and ask the same path.
///
/// Who redirects to HTTPS is the load balancer, the Gateway, or the router of OpenShift. An Ingress has no words for it: where
/// its controller takes none of ours, the application does, unless other components call it by plain HTTP.
///
/// Where TLS ends before Django, the preset binds variables that are called like its settings. The settings read them:
///
/// ```python
/// CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
/// SECURE_PROXY_SSL_HEADER = env.tuple("SECURE_PROXY_SSL_HEADER", default=None)
/// SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
/// SECURE_REDIRECT_EXEMPT = env.list("SECURE_REDIRECT_EXEMPT", default=[])
/// SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
/// SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", default=False)
/// CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", default=False)
/// ```
///
/// Where a program of others is exposed, an nginx of your own for one, the process that it refers to gets the variables. That program has
/// to pass `Host` and `X-Forwarded-Proto` on.
///
/// The header is named only where a proxy sets it itself: else any caller could say that a request came over TLS
/// (<https://docs.djangoproject.com/en/5.2/ref/settings/#secure-proxy-ssl-header>).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "type")]
pub enum Expose {
    /// Pods of the cluster: the components that refer to it, and those of `from-namespaces`.
    ClusterIp(ClusterIp),
    /// Who reaches a node, on a port of 30000 to 32767.
    NodePort(NodePort),
    /// The load balancer that the cloud provides.
    LoadBalancer(Box<LoadBalancer>),
    /// An Ingress, by a controller that runs in the cluster.
    Ingress(Box<Ingress>),
    /// An Application Load Balancer of AWS, by the AWS Load Balancer Controller.
    Alb(Box<Alb>),
    /// A Gateway of the Gateway API, by an `HTTPRoute`.
    Gateway(Box<Gateway>),
    /// A Route of OpenShift.
    Route(Box<Route>),
}

/// Reached from inside the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ClusterIp {
    /// Namespaces whose pods reach it, for example that of an ingress controller.
    #[serde(default)]
    pub from_namespaces: Vec<Sourced<Name>>,
}

/// Reached through the nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NodePort {
    /// Port of the nodes, 30000 to 32767; the cluster chooses one if it is not written.
    pub node_port: Option<Sourced<Port>>,
    /// Whether a node passes requests on to pods of other nodes; the cluster does (`Cluster`) if it is not written.
    pub external_traffic_policy: Option<Sourced<TrafficPolicy>>,
}

/// Reached through a load balancer of the cloud. That of k3s opens the port on each node, where Traefik has 80 and 443.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LoadBalancer {
    /// Address ranges that the load balancer admits; empty for all.
    #[serde(default)]
    pub source_ranges: Vec<Sourced<Cidr>>,
    /// Who reaches it: the internet if it is not written. On GKE, AKS and `DigitalOcean`; on AWS write it in `nlb`.
    pub scheme: Option<Sourced<Scheme>>,
    /// A static address that you have reserved: its name on GKE, its name or itself on AKS.
    pub address: Option<Sourced<String>>,
    /// Annotations of the Service, which tell the cloud more.
    #[serde(default)]
    pub annotations: Metadata,
    /// Who makes the load balancer, if it is not the cloud's own controller (`loadBalancerClass`). It can not be changed
    /// later.
    pub class: Option<Sourced<String>>,
    /// Whether a node passes requests on to pods of other nodes; the cluster does (`Cluster`) if it is not written. With
    /// `Local` pods see the address of the caller, and a node without a pod answers nothing.
    pub external_traffic_policy: Option<Sourced<TrafficPolicy>>,
    /// A Network Load Balancer of AWS, by the AWS Load Balancer Controller: `{}` is enough.
    pub nlb: Option<Sourced<Nlb>>,
}

/// Where a node passes requests on to, in Kubernetes' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TrafficPolicy {
    /// To all pods; they see the address of the node.
    Cluster,
    /// To its own pods alone; they see the address of the caller.
    Local,
}

impl TrafficPolicy {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "Cluster",
            Self::Local => "Local",
        }
    }
}

/// A Network Load Balancer of AWS. It passes connections on and adds no headers: the application does not learn from it
/// whether a request came over TLS. Proxy protocol is off, because no server of Django's speaks it.
///
/// With a `certificate` it ends TLS on port 443 and listens on nothing else; the Service of the component stays inside the
/// cluster, and a second one, `NAME-lb`, is the load balancer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Nlb {
    /// Who reaches it.
    #[serde(default = "scheme")]
    pub scheme: Sourced<Scheme>,
    /// What it sends requests to. If it is not written: pods where `cluster.cni` gives them addresses of the VPC, else nodes.
    pub target_type: Option<Sourced<TargetType>>,
    /// Address ranges that it lies in, for the network policy of pods that are its targets; `cluster.network` if none is
    /// written.
    #[serde(default)]
    pub from: Vec<Sourced<Cidr>>,
    /// Certificates of ACM, the default one first.
    pub certificate: Option<Sourced<Certificates>>,
    /// Versions and ciphers of TLS.
    #[serde(default = "ssl_policy")]
    pub ssl_policy: Sourced<String>,
    /// Whether each of its zones sends to targets of all zones.
    #[serde(default = "cross_zone")]
    pub cross_zone: Sourced<bool>,
    /// How it finds out what is healthy: by the path of the readiness probe, or by a connection if there is none.
    #[serde(default)]
    pub health_check: NlbHealthCheck,
    /// Seconds that a target that leaves has to end its connections.
    #[serde(default = "deregistration_delay")]
    pub deregistration_delay_seconds: Sourced<u32>,
    /// Whether it can not be deleted; in production so if it is not written.
    pub deletion_protection: Option<Sourced<bool>>,
    /// More attributes of the load balancer, for example `"access_logs.s3.enabled" = "true"`.
    #[serde(default)]
    pub load_balancer_attributes: Metadata,
    /// More attributes of its target groups.
    #[serde(default)]
    pub target_group_attributes: Metadata,
}

/// How a Network Load Balancer finds out what is healthy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NlbHealthCheck {
    /// Path that it asks.
    pub path: Option<Sourced<UrlPath>>,
    /// Seconds between checks.
    #[serde(default = "nlb_interval")]
    pub interval_seconds: Sourced<u32>,
    /// Checks in a row that must pass.
    #[serde(default = "threshold")]
    pub healthy_threshold: Sourced<u32>,
    /// Checks in a row that must fail.
    #[serde(default = "threshold")]
    pub unhealthy_threshold: Sourced<u32>,
}

impl Default for NlbHealthCheck {
    fn default() -> Self {
        Self {
            path: None,
            interval_seconds: nlb_interval(),
            healthy_threshold: threshold(),
            unhealthy_threshold: threshold(),
        }
    }
}

/// An Ingress for a controller that runs in the cluster, Traefik, `HAProxy`, nginx and others, or for the load balancers of
/// GKE.
///
/// The controller must not keep connections longer than the server does. Most of them wait 60 s, those of GKE 600 s.
///
/// With `cluster.provider = "gke"` the classes `gce` and `gce-internal` become the annotation that their controller goes by.
/// A `BackendConfig` has it ask the pods by the path of the readiness probe, and a `FrontendConfig` redirect to HTTPS. It takes
/// 200 alone for healthy, where the kubelet takes every code up to 399: name a path that does not redirect.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Ingress {
    /// Hosts and paths.
    #[serde(rename = "$routes", default)]
    #[schemars(flatten)]
    pub routes: Routes,
    /// Who ends TLS.
    #[serde(rename = "$tls", default)]
    #[schemars(flatten)]
    pub tls: Tls,
    /// How requests are handled.
    #[serde(rename = "$handling", default)]
    #[schemars(flatten)]
    pub handling: Handling,
    /// The `IngressClass`: one that the platform has (`cluster.provider`), or one of `cluster.provides`; the default one of
    /// the cluster if it is not written. ingress-nginx gets no security fixes since March 2026: take another controller.
    pub class: Option<Sourced<ClassName>>,
    /// What serves the class. If it is not written: what the platform says, or what the class is called like (`nginx`,
    /// `traefik`, `haproxy`, `openshift-default`).
    pub controller: Option<Sourced<Controller>>,
    /// Whether the controller has a certificate for these hosts already, for example one for all of them.
    pub default_certificate: Option<Sourced<bool>>,
    /// The SSL policy of Google Cloud that says which versions and ciphers of TLS the load balancer takes: with the class
    /// `gce` of GKE.
    pub ssl_policy: Option<Sourced<Name>>,
    /// Namespaces that the controller runs in; where the platform brings the class along, those that it is known to run in.
    #[serde(default)]
    pub from_namespaces: Vec<Sourced<Name>>,
    /// Address ranges that it calls from, where its pods use the network of their nodes, or are none. The health checks of GKE
    /// come in by themselves; with `gce-internal` write the range of the proxy-only subnet.
    #[serde(default)]
    pub from: Vec<Sourced<Cidr>>,
    /// Annotations of the Ingress, which tell the controller more.
    #[serde(default)]
    pub annotations: Metadata,
}

/// An Application Load Balancer of AWS.
///
/// Becomes an `Ingress` of the AWS Load Balancer Controller. Pods are its targets where they have addresses of the VPC,
/// elsewhere the nodes are, through a Service of the type `NodePort`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Alb {
    /// Hosts and paths.
    #[serde(rename = "$routes", default)]
    #[schemars(flatten)]
    pub routes: Routes,
    /// Who ends TLS.
    #[serde(rename = "$tls", default)]
    #[schemars(flatten)]
    pub tls: Tls,
    /// How requests are handled.
    #[serde(rename = "$handling", default)]
    #[schemars(flatten)]
    pub handling: Handling,
    /// The `IngressClass` of the controller. With `cluster.provider` it is taken to be there, without it has to be one of
    /// `cluster.provides`.
    #[serde(default = "alb_class")]
    pub class: Sourced<ClassName>,
    /// Who reaches it.
    #[serde(default = "scheme")]
    pub scheme: Sourced<Scheme>,
    /// What it sends requests to. If it is not written: pods where `cluster.cni` gives them addresses of the VPC, else nodes.
    pub target_type: Option<Sourced<TargetType>>,
    /// Address ranges that it lies in (its subnets), for the network policy of pods that are its targets; `cluster.network`
    /// if none is written.
    #[serde(default)]
    pub from: Vec<Sourced<Cidr>>,
    /// Address ranges that it admits; empty for all.
    #[serde(default)]
    pub source_ranges: Vec<Sourced<Cidr>>,
    /// Versions and ciphers of TLS.
    #[serde(default = "ssl_policy")]
    pub ssl_policy: Sourced<String>,
    /// Components of one group share a load balancer. Whoever may write an Ingress in the cluster can join it.
    pub group: Option<Sourced<Name>>,
    /// Place in the group, 1 to 1000: rules of a smaller one are asked first. If it is not written it follows from the paths.
    pub group_order: Option<Sourced<u16>>,
    /// Web ACL of AWS WAF.
    pub web_acl: Option<Sourced<WebAclArn>>,
    /// How it finds out which targets are healthy.
    #[serde(default)]
    pub health_check: HealthCheck,
    /// Seconds that running requests have to end when a target leaves.
    #[serde(default = "deregistration_delay")]
    pub deregistration_delay_seconds: Sourced<u32>,
    /// Seconds after which it drops an idle connection, and for which it waits for an answer. The server keeps connections longer. If it
    /// is not written, and `timeout-seconds` of the `web` component is longer: 10 s longer than that, unless there is a `group`.
    #[serde(default = "idle_timeout")]
    pub idle_timeout_seconds: Sourced<u32>,
    /// Whether it takes out headers that are not well-formed.
    #[serde(default = "drop_invalid_headers")]
    pub drop_invalid_headers: Sourced<bool>,
    /// Whether it can not be deleted; in production so if it is not written.
    pub deletion_protection: Option<Sourced<bool>>,
    /// More attributes of the load balancer, for example `"access_logs.s3.enabled" = "true"`.
    #[serde(default)]
    pub load_balancer_attributes: Metadata,
    /// More attributes of its target group.
    #[serde(default)]
    pub target_group_attributes: Metadata,
    /// More annotations of the Ingress.
    #[serde(default)]
    pub annotations: Metadata,
}

/// How an Application Load Balancer finds out which targets are healthy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct HealthCheck {
    /// Path that it asks, with the address of the target as host; that of the readiness probe if pods are the targets.
    pub path: Option<Sourced<UrlPath>>,
    /// Seconds between checks.
    #[serde(default = "interval")]
    pub interval_seconds: Sourced<u32>,
    /// Seconds until a check counts as failed.
    #[serde(default = "check_timeout")]
    pub timeout_seconds: Sourced<u32>,
    /// Checks in a row that must pass.
    #[serde(default = "threshold")]
    pub healthy_threshold: Sourced<u32>,
    /// Checks in a row that must fail.
    #[serde(default = "threshold")]
    pub unhealthy_threshold: Sourced<u32>,
    /// Status codes that count as healthy: `200`, `200,204` or `200-299`. If it is not written, those that the kubelet takes for
    /// ready as well, so that pods are never ready and unhealthy at once.
    #[serde(default = "success_codes")]
    pub success_codes: Sourced<String>,
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            path: None,
            interval_seconds: interval(),
            timeout_seconds: check_timeout(),
            healthy_threshold: threshold(),
            unhealthy_threshold: threshold(),
            success_codes: success_codes(),
        }
    }
}

/// A Gateway of the Gateway API.
///
/// Becomes an `HTTPRoute`, and one more that redirects to HTTPS. The Gateway is one of `cluster.provides` that `parent`
/// names, or the component's own, of a `class`. On GKE a `HealthCheckPolicy` has it ask the pods by the path of the readiness
/// probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Gateway {
    /// Hosts and paths.
    #[serde(rename = "$routes", default)]
    #[schemars(flatten)]
    pub routes: Routes,
    /// Who ends TLS, for a Gateway of its own.
    #[serde(rename = "$tls", default)]
    #[schemars(flatten)]
    pub tls: Tls,
    /// How requests are handled.
    #[serde(rename = "$handling", default)]
    #[schemars(flatten)]
    pub handling: Handling,
    /// The Gateway, `name` or `namespace/name`: one of `cluster.provides`, or that of another component.
    pub parent: Option<Sourced<GatewayName>>,
    /// The `GatewayClass` of a Gateway of its own: one that the platform has (`gke-l7-…`), or one of `cluster.provides`.
    pub class: Option<Sourced<ClassName>>,
    /// What serves the Gateway, if Seaway knows its objects beyond the Gateway API: `gce` on GKE if neither this nor
    /// `from-namespaces` is written.
    pub controller: Option<Sourced<Controller>>,
    /// Listener of `parent` that ends TLS.
    #[serde(default = "listener")]
    pub listener: Sourced<Name>,
    /// Listener of `parent` that takes plain HTTP. If both are the same, it ends no TLS.
    #[serde(default = "http_listener")]
    pub http_listener: Sourced<Name>,
    /// Namespaces that the proxies of the Gateway run in.
    #[serde(default)]
    pub from_namespaces: Vec<Sourced<Name>>,
    /// Address ranges that the Gateway calls from, where it is no pod of the cluster. The health checks of GKE come in by
    /// themselves; with a regional or internal class write the range of the proxy-only subnet.
    #[serde(default)]
    pub from: Vec<Sourced<Cidr>>,
    /// Annotations of its own Gateway, or else of the `HTTPRoute`.
    #[serde(default)]
    pub annotations: Metadata,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            routes: Routes::default(),
            tls: Tls::default(),
            handling: Handling::default(),
            parent: None,
            class: None,
            controller: None,
            listener: listener(),
            http_listener: http_listener(),
            from_namespaces: Vec::new(),
            from: Vec::new(),
            annotations: Metadata::default(),
        }
    }
}

/// What is routed to a component.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Routes {
    /// Hosts; those of `app.hosts` if none is written. `.example.com` stands for `example.com` and `*.example.com`.
    #[serde(default)]
    pub hosts: Vec<Sourced<AllowedHost>>,
    /// Paths, each with what lies below it; everything if none is written. Of two components the longer path wins.
    #[serde(default)]
    pub paths: Vec<Sourced<RoutePath>>,
}

/// Who ends TLS: at most one of `certificate`, `issuer`, `secret` and `managed-certificate`. In production plain HTTP is
/// refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Tls {
    /// Certificates of ACM, the default one first: for load balancers of AWS.
    pub certificate: Option<Sourced<Certificates>>,
    /// The issuer by which cert-manager gets a certificate, one of `cluster.provides`: for what runs in the cluster.
    pub issuer: Option<Sourced<IssuerName>>,
    /// A Secret of `[secrets]` with the keys `tls.crt` and `tls.key`: for what runs in the cluster.
    pub secret: Option<Sourced<Name>>,
    /// Whether Google gets and renews a certificate for the hosts, by a `ManagedCertificate`: for an Ingress of the class
    /// `gce` of GKE.
    pub managed_certificate: Option<Sourced<bool>>,
    /// Whether plain HTTP is redirected to HTTPS; where TLS is, it is if this is not written. With `false`, `alb`, a Gateway
    /// of its own and the load balancers of GKE do not answer to plain HTTP.
    pub redirect: Option<Sourced<bool>>,
    /// Seconds for which browsers keep to HTTPS (`SECURE_HSTS_SECONDS`); 0 for no such header.
    #[serde(default = "hsts")]
    pub hsts_seconds: Sourced<u32>,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate: None,
            issuer: None,
            secret: None,
            managed_certificate: None,
            redirect: None,
            hsts_seconds: hsts(),
        }
    }
}

/// Certificates of ACM: one, or several, the default one first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum Certificates {
    /// One certificate.
    #[serde(rename = "$string")]
    One(CertificateArn),
    /// Several certificates, the default one first.
    #[serde(rename = "$array")]
    Several(Vec<Sourced<CertificateArn>>),
}

impl Certificates {
    /// The ARNs, the default one first.
    pub fn arns(&self) -> Vec<&CertificateArn> {
        match self {
            Self::One(arn) => vec![arn],
            Self::Several(arns) => arns.iter().map(|arn| &arn.value).collect(),
        }
    }
}

/// Who reaches a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The internet.
    InternetFacing,
    /// The network of the cluster, and what is connected with it.
    Internal,
}

impl Scheme {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InternetFacing => "internet-facing",
            Self::Internal => "internal",
        }
    }
}

/// What a load balancer sends requests to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetType {
    /// Pods, by their addresses, which have to be of the VPC.
    Ip,
    /// Nodes, on a port of the Service.
    Instance,
}

impl TargetType {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Instance => "instance",
        }
    }
}

impl Expose {
    /// Hosts and paths, where it has them.
    pub fn routes(&self) -> Option<&Routes> {
        match self {
            Self::Ingress(ingress) => Some(&ingress.routes),
            Self::Alb(alb) => Some(&alb.routes),
            Self::Gateway(gateway) => Some(&gateway.routes),
            Self::Route(route) => Some(&route.routes),
            Self::ClusterIp(_) | Self::NodePort(_) | Self::LoadBalancer(_) => None,
        }
    }

    /// Who ends TLS, where it is told by routes.
    pub fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Ingress(ingress) => Some(&ingress.tls),
            Self::Alb(alb) => Some(&alb.tls),
            Self::Gateway(gateway) => Some(&gateway.tls),
            Self::Route(route) => Some(&route.tls),
            Self::ClusterIp(_) | Self::NodePort(_) | Self::LoadBalancer(_) => None,
        }
    }

    /// The Network Load Balancer, if it is one.
    pub fn nlb(&self) -> Option<&Sourced<Nlb>> {
        match self {
            Self::LoadBalancer(balancer) => balancer.nlb.as_ref(),
            _ => None,
        }
    }

    /// Whether a load balancer outside the cluster sends requests to the pods themselves.
    pub fn targets_pods(&self) -> bool {
        match self {
            Self::Ingress(ingress) => ingress.is_gce(),
            Self::Gateway(gateway) => gateway.is_gce(),
            Self::Alb(_) | Self::LoadBalancer(_) => self.waits_for_gates(),
            Self::ClusterIp(_) | Self::NodePort(_) | Self::Route(_) => false,
        }
    }

    /// Whether a load balancer of AWS sends requests to the pods themselves, which wait for it by a readiness gate. That of
    /// GKE is there without a word.
    pub fn waits_for_gates(&self) -> bool {
        let target = match self {
            Self::Alb(alb) => alb.target_type,
            _ => self.nlb().and_then(|nlb| nlb.target_type),
        };
        target.is_some_and(|target| target.value == TargetType::Ip)
    }
}

fn scheme() -> Sourced<Scheme> {
    Sourced::default_for(Scheme::InternetFacing, &reasons::LOAD_BALANCER_SCHEME)
}
fn ssl_policy() -> Sourced<String> {
    let policy = "ELBSecurityPolicy-TLS13-1-2-2021-06".to_owned();
    Sourced::default_for(policy, &reasons::LOAD_BALANCER_TLS)
}
fn cross_zone() -> Sourced<bool> {
    Sourced::default_for(true, &reasons::LOAD_BALANCER_CROSS_ZONE)
}
fn deregistration_delay() -> Sourced<u32> {
    Sourced::default_for(30, &reasons::LOAD_BALANCER_DEREGISTRATION)
}
fn idle_timeout() -> Sourced<u32> {
    Sourced::default_for(60, &reasons::ALB_IDLE_TIMEOUT)
}
fn drop_invalid_headers() -> Sourced<bool> {
    Sourced::default_for(true, &reasons::ALB_INVALID_HEADERS)
}
fn nlb_interval() -> Sourced<u32> {
    Sourced::default_for(10, &reasons::LOAD_BALANCER_HEALTH)
}
fn interval() -> Sourced<u32> {
    Sourced::default_for(15, &reasons::LOAD_BALANCER_HEALTH)
}
fn check_timeout() -> Sourced<u32> {
    Sourced::default_for(5, &reasons::LOAD_BALANCER_HEALTH)
}
fn threshold() -> Sourced<u32> {
    Sourced::default_for(2, &reasons::LOAD_BALANCER_HEALTH)
}
fn success_codes() -> Sourced<String> {
    Sourced::default_for("200-399".to_owned(), &reasons::LOAD_BALANCER_CODES)
}
fn name(text: &str) -> Name {
    // Only called with literals that are names; a wrong one shows in every test.
    Name::try_from(text.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}
fn alb_class() -> Sourced<ClassName> {
    // A literal that is a name of a class; a wrong one shows in every test.
    let name = ClassName::try_from("alb".to_owned());
    let name = name.unwrap_or_else(|fault| unreachable!("{fault}"));
    Sourced::default_for(name, &reasons::ALB_CLASS)
}
fn listener() -> Sourced<Name> {
    Sourced::default_for(name("https"), &reasons::GATEWAY_LISTENERS)
}
fn http_listener() -> Sourced<Name> {
    Sourced::default_for(name("http"), &reasons::GATEWAY_LISTENERS)
}
fn hsts() -> Sourced<u32> {
    Sourced::default_for(3600, &reasons::HSTS)
}
