//! Load balancers that a Service asks a cloud for: words that it has no form for, and ports that are taken.

use super::Cx;
use crate::options::{Expose, HTTP_PORT, LoadBalancer, Provider, Scheme, Web};
use crate::{Code, Diagnostic, Origin, Sink};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let Expose::LoadBalancer(balancer) = &cx.expose.value else { return };
    let words = [
        ("scheme", balancer.scheme.map(|scheme| scheme.origin)),
        ("address", balancer.address.as_ref().map(|address| address.origin)),
    ];
    for (key, origin) in words {
        if let Some(origin) = origin {
            word(cx, balancer, (key, origin), sink);
        }
    }
    by_hand(cx, balancer, sink);
    taken(cx, sink);
}

fn word(cx: Cx<'_>, balancer: &LoadBalancer, (key, origin): (&str, Origin), sink: &mut Sink) {
    let provider = cx.stack.cluster.provider;
    let known = provider.and_then(|provider| provider.value.balancer_words());
    let (code, message, help) = match (provider, &balancer.nlb) {
        (_, Some(_)) => (
            Code::Conflict,
            format!("`{key}` beside `nlb`"),
            "write the options of a load balancer of AWS in `nlb`: `nlb = { scheme = \"internal\" }`",
        ),
        (None, None) => (
            Code::MissingField,
            format!("nothing says which cloud is told `{key}`"),
            "add `cluster.provider = \"gke\"`, `\"aks\"` or `\"doks\"`",
        ),
        (Some(provider), None) if cx.stack.cluster.on_aws().is_some() => (
            Code::Conflict,
            format!("`{key}` of a load balancer on `{}` is said in `nlb`", provider.value.as_str()),
            "write `nlb = { scheme = \"internal\" }`, which the AWS Load Balancer Controller reads",
        ),
        (Some(provider), None) if known.is_none() => (
            Code::Conflict,
            format!("a load balancer on `{}` has no word for `{key}`", provider.value.as_str()),
            "remove it; `annotations` and `class` tell the controller of the cluster more",
        ),
        (Some(_), None)
            if key == "address" && known.is_some_and(|known| known.address.is_none()) =>
        {
            (
                Code::Conflict,
                "a load balancer of DigitalOcean takes no reserved address".to_owned(),
                "remove `address`: its own stays as long as the Service does",
            )
        }
        _ => return,
    };
    sink.report(Diagnostic::error(code, message).origin(origin, "").help(help));
}

/// An annotation by hand that a word writes.
fn by_hand(cx: Cx<'_>, balancer: &LoadBalancer, sink: &mut Sink) {
    let provider = cx.stack.cluster.provider;
    let Some(known) = provider.and_then(|provider| provider.value.balancer_words()) else { return };
    let internal = balancer.scheme.filter(|scheme| scheme.value == Scheme::Internal);
    let address = balancer.address.as_ref();
    let written = [
        internal.map(|_| ("scheme", known.internal.0)),
        address.and_then(|address| Some(("address", known.address?.key(address)))),
    ];
    for (option, key) in written.into_iter().flatten() {
        if let Some((by_hand, _)) = balancer.annotations.iter().find(|(one, _)| one.value == key) {
            sink.report(
                Diagnostic::error(
                    Code::Conflict,
                    format!("the annotation `{key}` is written by `{option}`"),
                )
                .origin(by_hand.origin, "")
                .help("remove the annotation"),
            );
        }
    }
}

/// The load balancer of k3s opens the port on each node, and Traefik has those of HTTP and HTTPS: a second pod for the port
/// stays pending (<https://docs.k3s.io/networking/networking-services#how-servicelb-works>).
fn taken(cx: Cx<'_>, sink: &mut Sink) {
    const OF_TRAEFIK: [u16; 2] = [80, 443];
    let provider = cx.stack.cluster.provider.filter(|one| one.value == Provider::K3s);
    let (Some(provider), Some(own)) = (provider, cx.part.facts.port) else { return };
    let is_web = cx.part.component.options::<Web>().is_some();
    let port = if is_web { HTTP_PORT } else { own.get() };
    if OF_TRAEFIK.contains(&port) {
        let message = format!("Traefik of k3s has port {port} of each node");
        sink.report(
            Diagnostic::warning(Code::PlatformMismatch, message)
                .origin(cx.expose.origin, "the pods of this load balancer wait for the port")
                .origin(provider.origin, "")
                .help(format!(
                    "expose it by Traefik: `expose = {{ type = \"ingress\", … }}`; if k3s runs without Traefik, say so: \
                     `{}.platform-mismatch = \"…\"`",
                    cx.allows()
                )),
        );
    }
}
