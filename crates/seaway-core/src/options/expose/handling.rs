//! What a controller does with the requests of a component, in words that each controller has its own form for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Controller, Expose};
use crate::values::Quantity;
use crate::{Origin, Sourced};

/// How requests are handled on their way to the pods. Each controller says it in its own way: annotations of the Ingress, the
/// Route or the Service, or an object beside it. A word that the controller of the class has no form for is an error.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Handling {
    /// Seconds that it waits for an answer of the pod. If it is not written, and `timeout-seconds` of the `web` component is longer than
    /// the controller waits by itself: 10 s longer than that.
    pub timeout_seconds: Option<Sourced<u32>>,
    /// The largest body of a request that it takes, for example `"20Mi"`.
    pub body_size: Option<Sourced<Quantity>>,
    /// Whether requests of one browser go to one pod, by a cookie, as long as that runs.
    pub sticky_sessions: Option<Sourced<bool>>,
    /// Whether connections stay open: one on which nothing is said is kept for an hour.
    pub websockets: Option<Sourced<bool>>,
}

/// A word about the handling of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// `timeout-seconds`.
    Timeout,
    /// `body-size`.
    BodySize,
    /// `sticky-sessions = true`.
    Sticky,
    /// `sticky-sessions = false`.
    NotSticky,
    /// `websockets`.
    Websockets,
}

/// What takes requests and passes them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// A controller of Ingresses, Routes or Gateways that is known.
    Known(Controller),
    /// An Application Load Balancer.
    Alb,
    /// A Gateway of which only what the Gateway API says is known.
    Gateway,
}

/// How a front says a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Annotations of the Ingress or Route.
    Annotations(&'static [&'static str], Unit),
    /// An annotation of the Service.
    OfService(&'static str, Unit),
    /// A field of an object that is printed beside it, or of the route itself.
    Field,
    /// Nothing: it is so in any case.
    Always,
    /// It has none: what to do.
    None(&'static str),
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The number.
    Number,
    /// The number and `s`.
    Seconds,
    /// A fixed text.
    Text(&'static str),
}

impl Unit {
    /// The value in this form.
    pub fn of(self, number: u128) -> String {
        match self {
            Self::Number => number.to_string(),
            Self::Seconds => format!("{number}s"),
            Self::Text(text) => text.to_owned(),
        }
    }
}

/// Seconds for which a connection without a word is kept.
pub const WEBSOCKET_SECONDS: u32 = 3600;

const NGINX_READ: &str = "nginx.ingress.kubernetes.io/proxy-read-timeout";
const NGINX_SEND: &str = "nginx.ingress.kubernetes.io/proxy-send-timeout";

/// Which front says which word how. Sources:
/// <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/>,
/// <https://kubernetes.github.io/ingress-nginx/user-guide/miscellaneous/#websockets>,
/// <https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/>,
/// <https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/buffering/>,
/// <https://github.com/haproxytech/kubernetes-ingress/blob/master/documentation/annotations.md> (a tunnel is kept for an hour
/// by default),
/// <https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/ingress_and_load_balancing/configuring-routes#nw-route-specific-annotations_route-configuration>
/// (cookies are on by default),
/// <https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration> (its timeout is that of `WebSocket`s as well),
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions>,
/// <https://gateway-api.sigs.k8s.io/reference/spec/#httproutetimeouts>.
pub fn form(front: Front, word: Word) -> Form {
    use Controller::{Gce, Haproxy, Nginx, Openshift, Traefik};
    use Front::{Alb, Gateway, Known};
    match (front, word) {
        (Known(Nginx), Word::Timeout | Word::Websockets) => {
            Form::Annotations(&[NGINX_READ, NGINX_SEND], Unit::Number)
        }
        (Known(Nginx), Word::BodySize) => {
            Form::Annotations(&["nginx.ingress.kubernetes.io/proxy-body-size"], Unit::Number)
        }
        (Known(Nginx), Word::Sticky) => {
            Form::Annotations(&["nginx.ingress.kubernetes.io/affinity"], Unit::Text("cookie"))
        }
        (Known(Traefik), Word::Sticky) => Form::OfService(
            "traefik.ingress.kubernetes.io/service.sticky.cookie",
            Unit::Text("true"),
        ),
        (Known(Haproxy), Word::Timeout) => {
            Form::Annotations(&["haproxy.org/timeout-server"], Unit::Seconds)
        }
        (Known(Haproxy), Word::Sticky) => {
            Form::Annotations(&["haproxy.org/cookie-persistence"], Unit::Text("SERVERID"))
        }
        (Known(Openshift), Word::Timeout) => {
            Form::Annotations(&["haproxy.router.openshift.io/timeout"], Unit::Seconds)
        }
        (Known(Openshift), Word::Websockets) => {
            Form::Annotations(&["haproxy.router.openshift.io/timeout-tunnel"], Unit::Seconds)
        }
        (Known(Openshift), Word::NotSticky) => {
            Form::Annotations(&["haproxy.router.openshift.io/disable_cookies"], Unit::Text("true"))
        }
        (Known(Traefik), Word::Timeout | Word::BodySize)
        | (Known(Gce), Word::Timeout | Word::Sticky | Word::Websockets)
        | (Alb, Word::Sticky | Word::Websockets)
        | (Gateway, Word::Timeout) => Form::Field,
        (Known(Traefik | Haproxy) | Gateway, Word::Websockets)
        | (Known(Openshift), Word::Sticky)
        | (Known(Nginx | Traefik | Haproxy | Gce) | Alb | Gateway, Word::NotSticky) => Form::Always,
        (Alb, Word::Timeout) => Form::None("write `idle-timeout-seconds`, for which it waits"),
        (Known(Haproxy | Openshift | Gce) | Alb | Gateway, Word::BodySize) => Form::None(
            "leave it out: the server limits bodies (`DATA_UPLOAD_MAX_MEMORY_SIZE`), or an nginx before it does",
        ),
        (Gateway, Word::Sticky) => Form::None(
            "leave it out: keep sessions in the database or the cache, where each pod finds them",
        ),
    }
}

impl Handling {
    /// The words that are written, each with its number and its place.
    pub fn words(&self) -> Vec<(Word, u128, Origin)> {
        let mut words = Vec::new();
        if let Some(timeout) = self.timeout_seconds {
            words.push((Word::Timeout, timeout.value.into(), timeout.origin));
        }
        if let Some(size) = &self.body_size {
            words.push((Word::BodySize, size.value.units(), size.origin));
        }
        if let Some(sticky) = self.sticky_sessions {
            let word = if sticky.value { Word::Sticky } else { Word::NotSticky };
            words.push((word, 1, sticky.origin));
        }
        if let Some(on) = self.websockets.filter(|on| on.value) {
            // A time for answers that is longer is that for connections, too.
            let longer = self.timeout_seconds.map_or(0, |timeout| timeout.value);
            words.push((Word::Websockets, WEBSOCKET_SECONDS.max(longer).into(), on.origin));
        }
        words
    }

    /// Seconds that answers or connections may take, and who says so.
    pub fn longest(&self) -> Option<Sourced<u32>> {
        let longest = |(word, seconds, origin): &(Word, u128, Origin)| {
            let seconds = u32::try_from(*seconds).unwrap_or(u32::MAX);
            let is_time = matches!(word, Word::Timeout | Word::Websockets);
            is_time.then_some(Sourced { value: seconds, origin: *origin })
        };
        self.words().iter().filter_map(longest).max_by_key(|time| time.value)
    }

    /// What says that sessions are sticky.
    pub fn sticky(&self) -> Option<Origin> {
        self.sticky_sessions.filter(|sticky| sticky.value).map(|sticky| sticky.origin)
    }
}

impl Word {
    /// The key of it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Timeout => "timeout-seconds",
            Self::BodySize => "body-size",
            Self::Sticky | Self::NotSticky => "sticky-sessions",
            Self::Websockets => "websockets",
        }
    }
}

impl Front {
    /// Seconds that it waits for an answer where nobody says how long; `None` where it has no end, or is not known. Sources:
    /// <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts>,
    /// <https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/ingress_and_load_balancing/configuring-routes>,
    /// <https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries>,
    /// <https://github.com/haproxytech/kubernetes-ingress/blob/master/documentation/annotations.md>,
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html>.
    pub fn usual_timeout(self) -> Option<u32> {
        match self {
            Self::Known(Controller::Nginx) | Self::Alb => Some(60),
            Self::Known(Controller::Haproxy) => Some(50),
            Self::Known(Controller::Openshift | Controller::Gce) => Some(30),
            Self::Known(Controller::Traefik) | Self::Gateway => None,
        }
    }

    /// What it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known(Controller::Nginx) => "ingress-nginx",
            Self::Known(Controller::Traefik) => "Traefik",
            Self::Known(Controller::Haproxy) => "HAProxy",
            Self::Known(Controller::Openshift) => "the router of OpenShift",
            Self::Known(Controller::Gce) => "a load balancer of Google Cloud",
            Self::Alb => "an Application Load Balancer",
            Self::Gateway => "the Gateway API",
        }
    }
}

impl Expose {
    /// Lets it wait for answers as long as the server does, where its own time is shorter and the stack does not say it.
    /// A load balancer drops an idle connection before the server does, which keeps it as long as the stack says, if it does.
    pub(in crate::options) fn wait_for(&mut self, answer: Sourced<u32>, keeps: Option<u32>) {
        let Some(front) = self.front() else { return };
        if front.usual_timeout().is_none_or(|usual| answer.value <= usual) || self.waits().is_some()
        {
            return;
        }
        match self {
            Self::Alb(alb) => {
                let longest = keeps.map_or(u32::MAX, |keeps| keeps.saturating_sub(1));
                let idle = answer.map(|seconds| seconds.min(longest));
                if alb.idle_timeout_seconds.value < idle.value {
                    alb.idle_timeout_seconds = idle;
                }
            }
            Self::Ingress(ingress) => ingress.handling.timeout_seconds = Some(answer),
            Self::Gateway(gateway) => gateway.handling.timeout_seconds = Some(answer),
            Self::Route(route) => route.handling.timeout_seconds = Some(answer),
            Self::ClusterIp(_) | Self::NodePort(_) | Self::LoadBalancer(_) => {}
        }
    }

    /// Seconds that it waits for an answer, as far as the stack says it.
    pub fn waits(&self) -> Option<Sourced<u32>> {
        let annotations = match self {
            // Of a group all have the same, so it can not follow from one of them.
            Self::Alb(alb) => {
                let idle = alb.idle_timeout_seconds;
                return Some(idle).filter(|idle| idle.span().is_some() || alb.group.is_some());
            }
            Self::Ingress(ingress) => &ingress.annotations,
            Self::Route(route) => &route.annotations,
            Self::Gateway(gateway) => return gateway.handling.timeout_seconds,
            Self::ClusterIp(_) | Self::NodePort(_) | Self::LoadBalancer(_) => return None,
        };
        let by_annotation = || match form(self.front()?, Word::Timeout) {
            Form::Annotations(keys, _) => {
                let (_, written) =
                    annotations.iter().find(|(key, _)| keys.first() == Some(&&*key.value))?;
                let seconds = written.value.trim_end_matches('s').parse().ok()?;
                Some(Sourced { value: seconds, origin: written.origin })
            }
            _ => None,
        };
        self.handling()?.longest().or_else(by_annotation)
    }

    /// How requests are handled, where that can be said.
    pub fn handling(&self) -> Option<&Handling> {
        match self {
            Self::Ingress(ingress) => Some(&ingress.handling),
            Self::Alb(alb) => Some(&alb.handling),
            Self::Gateway(gateway) => Some(&gateway.handling),
            Self::Route(route) => Some(&route.handling),
            Self::ClusterIp(_) | Self::NodePort(_) | Self::LoadBalancer(_) => None,
        }
    }

    /// What handles requests, as far as it is known.
    pub fn front(&self) -> Option<Front> {
        match self {
            Self::Ingress(ingress) => ingress.controller.map(|known| Front::Known(known.value)),
            Self::Alb(_) => Some(Front::Alb),
            Self::Gateway(gateway) => {
                let known = gateway.controller.map(|known| Front::Known(known.value));
                Some(known.unwrap_or(Front::Gateway))
            }
            Self::Route(_) => Some(Front::Known(Controller::Openshift)),
            Self::ClusterIp(_) | Self::NodePort(_) | Self::LoadBalancer(_) => None,
        }
    }
}
