//! Health checks of load balancers against the redirect to HTTPS that the application makes itself.

use super::super::settings::text;
use super::Cx;
use crate::options::Expose;
use crate::values::EnvName;
use crate::{Code, Diagnostic, Sink, Sourced, exposure, policy, preset};

/// The setting by which Django redirects plain HTTP; variables for it are called like it, or end in it.
const REDIRECT: &str = "SECURE_SSL_REDIRECT";
/// The setting that takes paths out of it.
const EXEMPT: &str = "SECURE_REDIRECT_EXEMPT";
/// What Django redirects with (`SecurityMiddleware`).
const MOVED: u32 = 301;

/// A load balancer asks pods by plain HTTP, and its requests do not say `X-Forwarded-Proto: https` as the probes of the stack
/// do. Where Django redirects plain HTTP, the pods are ready, since the kubelet takes every code from 200 to 399, and still no
/// request reaches them:
///
/// - an Application Load Balancer takes the codes of `success-codes`;
/// - those of Google take 200 alone (<https://cloud.google.com/load-balancing/docs/health-check-concepts#criteria-protocol-http>).
pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    let is_of_django = cx.stack.is_django() && cx.part.facts.serves();
    let Some((path, taken)) = asked(cx).filter(|_| is_of_django) else { return };
    let redirect = cx.part.shared.env.iter().find_map(|(name, value)| {
        let prefix = name.value.strip_suffix(REDIRECT)?;
        (policy::is_on(&text(&value.value)?) && !is_exempt(cx, prefix, &path))
            .then_some((prefix, name, value))
    });
    let Some((prefix, name, value)) = redirect else { return };
    let message = format!(
        "the load balancer asks `{path}` and takes {taken}, but with `{name}` Django redirects it"
    );
    let reason = format!("{}.redirected-health-check = \"…\"", cx.allows());
    sink.report(
        Diagnostic::warning(Code::RedirectedHealthCheck, message)
            .origin(value.origin, "pods are ready, and the load balancer sends them nothing")
            .origin(cx.expose.origin, "")
            .subject(&*name.value)
            .help(format!(
                "{}; if the settings exempt `{path}`, say so: `{reason}`",
                help(cx, name, prefix, &path)
            )),
    );
}

fn help(cx: Cx<'_>, name: &Sourced<EnvName>, prefix: &str, path: &str) -> String {
    let component = &cx.part.name;
    if exposure::redirects(&cx.expose.value) && exposure::edge_redirects(&cx.expose.value) {
        return format!(
            "leave it out, since the load balancer redirects itself: `components.{component}.env.{name} = false`"
        );
    }
    let path = preset::exempted(path);
    format!(
        "exempt the path, and have the settings read it: `components.{component}.env.{prefix}{EXEMPT} = \"{path}\"`"
    )
}

/// The path that a load balancer asks, and the codes that it takes, if a redirect is none of them.
fn asked(cx: Cx<'_>) -> Option<(String, String)> {
    let ready = || Some(exposure::readiness_path(cx.part)?.value);
    match &cx.expose.value {
        Expose::Alb(alb) => {
            let codes = &alb.health_check.success_codes;
            let written = alb.health_check.path.as_ref().map(|path| path.value.to_string());
            (!takes(codes, MOVED)).then_some((written.or_else(ready)?, format!("`{codes}`")))
        }
        Expose::Ingress(ingress) if ingress.is_gce() => Some((ready()?, "200 alone".to_owned())),
        Expose::Gateway(gateway) if gateway.is_gce() => Some((ready()?, "200 alone".to_owned())),
        Expose::ClusterIp(_)
        | Expose::NodePort(_)
        | Expose::LoadBalancer(_)
        | Expose::Ingress(_)
        | Expose::Gateway(_)
        | Expose::Route(_) => None,
    }
}

/// Whether a list of status codes, `200,300-399`, has one. Words that are no codes are reported elsewhere.
fn takes(codes: &str, code: u32) -> bool {
    codes.split(',').any(|item| {
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        match (from.parse::<u32>(), to.parse::<u32>()) {
            (Ok(from), Ok(to)) => (from..=to).contains(&code),
            _ => true,
        }
    })
}

/// Whether the path is taken out of the redirect: by a list of the stack's own, which nobody reads here, or by that of the
/// preset.
fn is_exempt(cx: Cx<'_>, prefix: &str, path: &str) -> bool {
    let name = format!("{prefix}{EXEMPT}");
    let is_written = cx.part.shared.env.keys().any(|known| *known.value == *name);
    let mut bound = cx.part.binding.names_of(EXEMPT);
    let is_bound = exposure::tells_scheme(&cx.expose.value) && bound.any(|known| known == name);
    is_written || is_bound && preset::health_paths(cx.part).contains(&preset::exempted(path))
}
