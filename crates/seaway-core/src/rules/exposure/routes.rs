//! Hosts and paths: each leads to one component.

use std::collections::BTreeMap;

use super::Cx;
use crate::exposure;
use crate::options::{Alb, Expose};
use crate::stack::Part;
use crate::values::Name;
use crate::{Code, Diagnostic, Origin, Sink, Stack};

pub(super) fn check(cx: Cx<'_>, sink: &mut Sink) {
    if let Expose::Gateway(gateway) = &cx.expose.value {
        match (&gateway.parent, &gateway.class) {
            (Some(parent), Some(class)) => sink.report(
                Diagnostic::error(Code::Conflict, "`parent` and `class` exclude each other")
                    .origin(class.origin, "makes a Gateway")
                    .origin(parent.origin, "is one")
                    .help("remove one of them"),
            ),
            (None, None) if !cx.at_fault("parent") && !cx.at_fault("class") => sink.report(
                Diagnostic::error(Code::MissingField, "nothing says which Gateway")
                    .origin(cx.expose.origin, "")
                    .help(
                        "add `parent = \"namespace/name\"`, one of `cluster.provides`, or `class = \"…\"` for one of \
                         its own",
                    ),
            ),
            _ => {}
        }
    }
    for host in cx.expose.routes().iter().flat_map(|routes| &routes.hosts) {
        if exposure::is_address(host) {
            sink.report(
                Diagnostic::error(Code::InvalidValue, format!("`{host}` is an address"))
                    .origin(host.origin, "routes go by names")
                    .help("write a name, or leave `hosts` out for those of `app.hosts`"),
            );
        }
        if &*host.value == "*" && cx.stack.is_production() {
            sink.report(
                Diagnostic::error(Code::UnsafeSetting, "a production stage answers to any host")
                    .origin(host.origin, "lets a forged Host header into links and caches")
                    .help("name the hosts"),
            );
        }
    }
}

/// Who claims a host and a path.
type Claims<'a> = BTreeMap<(Edge<'a>, String, &'a str), (&'a Part, Origin)>;

/// What the claims are made at: routes of two of them do not meet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Edge<'a> {
    Ingress(Option<&'a str>),
    Router,
    /// A group, or a component without one.
    Alb(Option<&'a str>, &'a str),
    Gateway(&'a str, &'a str),
}

/// What routes of several components have to do with each other.
pub(super) fn together(stack: &Stack, sink: &mut Sink) {
    claims(stack, sink);
    balancers(stack, sink);
    groups(stack, sink);
}

fn claims(stack: &Stack, sink: &mut Sink) {
    let mut claims = Claims::new();
    for part in stack.parts.values() {
        let Some(expose) = part.expose() else { continue };
        let Some(routes) = expose.routes() else { continue };
        let mut hosts = exposure::hosts(stack, routes);
        if hosts.is_empty() {
            hosts.push(crate::Sourced { value: "*".to_owned(), origin: expose.origin });
        }
        for host in &hosts {
            for path in exposure::paths(routes, expose.origin) {
                let edge = match &expose.value {
                    Expose::Ingress(ingress) => {
                        Edge::Ingress(ingress.class.as_ref().map(|class| &*class.value as &str))
                    }
                    Expose::Alb(alb) => {
                        let group = alb.group.as_ref().map(|group| &*group.value as &str);
                        Edge::Alb(group, if group.is_some() { "" } else { &part.name.value })
                    }
                    Expose::Gateway(gateway) => {
                        let (namespace, name) = exposure::gateway_of(part, gateway);
                        Edge::Gateway(namespace.unwrap_or(&stack.namespace.value), name)
                    }
                    Expose::Route(_) => Edge::Router,
                    Expose::ClusterIp(_) | Expose::NodePort(_) | Expose::LoadBalancer(_) => {
                        continue;
                    }
                };
                let key = (edge, host.value.clone(), path.value);
                if let Some((first, origin)) = claims.get(&key) {
                    sink.report(claimed(
                        first,
                        *origin,
                        part,
                        path.origin,
                        &host.value,
                        path.value,
                    ));
                } else {
                    claims.insert(key, (part, path.origin));
                }
            }
        }
    }
}

fn claimed(
    first: &Part,
    first_origin: Origin,
    second: &Part,
    origin: Origin,
    host: &str,
    path: &str,
) -> Diagnostic {
    let of = if host == "*" { String::new() } else { format!(" of `{host}`") };
    let (one, other) = (&first.name.value, &second.name.value);
    let message = if one == other {
        format!("`{one}` has `{path}`{of} twice")
    } else {
        format!("`{one}` and `{other}` both answer to `{path}`{of}")
    };
    Diagnostic::error(Code::Conflict, message)
        .origin(origin, "")
        .origin(first_origin, "the first one")
        .help("give one of them `paths` or `hosts` of its own in `expose`: the longer path wins")
}

/// A name leads to one load balancer.
fn balancers(stack: &Stack, sink: &mut Sink) {
    let mut taken: BTreeMap<String, (&Part, Option<&Name>)> = BTreeMap::new();
    for (part, expose, alb) in exposure::albs(stack) {
        let group = alb.group.as_ref().map(|group| &group.value);
        for host in exposure::hosts(stack, &alb.routes) {
            let Some((first, of)) = taken.get(&host.value) else {
                taken.insert(host.value, (part, group));
                continue;
            };
            if group.is_some() && *of == group {
                continue;
            }
            let message = format!(
                "`{}` and `{}` have `{host}` at two load balancers",
                first.name.value, part.name.value
            );
            let mut diagnostic = Diagnostic::error(Code::Conflict, message)
                .origin(expose.origin, "the name can lead to one of them only");
            if let Some(first) = first.expose() {
                diagnostic = diagnostic.origin(first.origin, "the first one");
            }
            sink.report(diagnostic.help(format!(
                "write `group = \"{}\"` in both, and they share one; or give one of them other `hosts`",
                stack.name.value
            )));
            break;
        }
    }
}

/// What is said of a load balancer as a whole is the same in all Ingresses of its group
/// (<https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#ingressgroup>).
fn groups(stack: &Stack, sink: &mut Sink) {
    let mut groups: BTreeMap<&Name, Vec<(&Part, Origin, &Alb)>> = BTreeMap::new();
    for (part, expose, alb) in exposure::albs(stack) {
        if let Some(group) = &alb.group {
            groups.entry(&group.value).or_default().push((part, expose.origin, alb));
        }
    }
    for (group, members) in groups {
        let Some(((first, first_origin, like), others)) = members.split_first() else { continue };
        for (part, origin, alb) in others {
            if let Some(key) = difference(like, alb) {
                let message = format!(
                    "`{}` and `{}` share a load balancer and differ in `{key}`",
                    first.name.value, part.name.value
                );
                sink.report(
                    Diagnostic::error(Code::Conflict, message)
                        .origin(*origin, "")
                        .origin(*first_origin, "the first one")
                        .help(format!("write the same `{key}` in both, or another `group`")),
                );
            }
        }
        orders(&members, sink);
        let ordered = members.iter().any(|(.., alb)| alb.group_order.is_some());
        if let (Err([one, other]), false) = (exposure::group_order(stack, group), ordered) {
            let message = format!(
                "`{}` and `{}` share a load balancer, and each has a path below one of the other",
                one.name.value, other.name.value
            );
            sink.report(
                Diagnostic::error(Code::Conflict, message)
                    .label(one.span(), "all rules of one component come before those of the next")
                    .label(other.span(), "")
                    .help("move one of the paths to a component of its own, or give one of them other `hosts`"),
            );
        }
    }
}

/// The first option of a load balancer in which two components differ.
fn difference(one: &Alb, other: &Alb) -> Option<&'static str> {
    let redirect = |alb: &Alb| alb.tls.redirect.is_none_or(|redirect| redirect.value);
    [
        ("class", one.class != other.class),
        ("scheme", one.scheme != other.scheme),
        ("source-ranges", one.source_ranges != other.source_ranges),
        ("certificate", one.tls.certificate.is_some() != other.tls.certificate.is_some()),
        ("redirect", redirect(one) != redirect(other)),
        ("ssl-policy", one.ssl_policy != other.ssl_policy),
        ("web-acl", one.web_acl != other.web_acl),
        ("idle-timeout-seconds", one.idle_timeout_seconds != other.idle_timeout_seconds),
        ("drop-invalid-headers", one.drop_invalid_headers != other.drop_invalid_headers),
        ("deletion-protection", one.deletion_protection != other.deletion_protection),
        (
            "load-balancer-attributes",
            one.load_balancer_attributes != other.load_balancer_attributes,
        ),
    ]
    .into_iter()
    .find_map(|(key, differs)| differs.then_some(key))
}

/// Places that are written are written for all, each once.
fn orders(members: &[(&Part, Origin, &Alb)], sink: &mut Sink) {
    let mut taken: BTreeMap<u16, Origin> = BTreeMap::new();
    let written = members.iter().filter_map(|(.., alb)| alb.group_order);
    let any = written.clone().next();
    for order in written {
        if let Some(first) = taken.insert(order.value, order.origin) {
            sink.report(
                Diagnostic::error(
                    Code::Conflict,
                    format!("two components have the `group-order` {order}"),
                )
                .origin(order.origin, "the controller refuses it")
                .origin(first, "the first one")
                .help("write different ones, or leave them out: they follow from the paths"),
            );
        }
    }
    let without = members.iter().find(|(.., alb)| alb.group_order.is_none());
    if let (Some(order), Some((part, origin, _))) = (any, without) {
        let message =
            format!("`{}` has no `group-order`, and others of its group have", part.name.value);
        sink.report(
            Diagnostic::error(Code::MissingField, message)
                .origin(*origin, "")
                .origin(order.origin, "")
                .help("write it for all of the group, or for none"),
        );
    }
}
