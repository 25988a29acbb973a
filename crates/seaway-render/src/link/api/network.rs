//! What the API server asks of several fields of a network policy together: `pkg/apis/networking/validation`.

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use seaway_core::{Code, Sink};

use super::super::at::At;
use super::super::index::{Index, fault};
use crate::{Body, Object};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        if let Body::NetworkPolicy(policy) = &object.body {
            self::policy(object, policy, sink);
        }
    }
}

fn policy(object: &Object, policy: &NetworkPolicy, sink: &mut Sink) {
    let Some(spec) = &policy.spec else { return };
    let root = At::path("spec");
    for (at, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = root.index("ingress", at);
        ports(object, rule.ports.as_deref().unwrap_or_default(), path, sink);
        peers(object, rule.from.as_deref().unwrap_or_default(), (path, "from"), sink);
    }
    for (at, rule) in spec.egress.iter().flatten().enumerate() {
        let path = root.index("egress", at);
        ports(object, rule.ports.as_deref().unwrap_or_default(), path, sink);
        peers(object, rule.to.as_deref().unwrap_or_default(), (path, "to"), sink);
    }
}

fn ports(object: &Object, ports: &[NetworkPolicyPort], path: At<'_>, sink: &mut Sink) {
    for (at, port) in ports.iter().enumerate() {
        let Some(end) = port.end_port else { continue };
        let path = path.index("ports", at);
        let (code, message, help) = match &port.port {
            Some(IntOrString::Int(first)) if *first <= end => continue,
            Some(IntOrString::Int(first)) => (
                Code::OutOfRange,
                format!("the range of ports ends at {end}, before its first port {first}"),
                "write an `endPort` that is not below `port`",
            ),
            Some(IntOrString::String(name)) => (
                Code::ExclusiveFields,
                format!("a range of ports can not begin at the named port `{name}`"),
                "write the number, or remove `endPort`",
            ),
            None => (
                Code::IncompleteObject,
                "a range of ports needs `port`".to_owned(),
                "write the first one as `port`",
            ),
        };
        sink.report(fault(code, object, path.field("endPort"), message).help(help));
    }
}

fn peers(
    object: &Object,
    peers: &[NetworkPolicyPeer],
    (path, list): (At<'_>, &str),
    sink: &mut Sink,
) {
    for (at, peer) in peers.iter().enumerate() {
        let Some(block) = &peer.ip_block else { continue };
        for (place, inner) in block.except.iter().flatten().enumerate() {
            if is_outside(block, inner) {
                let message = format!("`{inner}` is no part of `{}`", block.cidr);
                let peer = path.index(list, at);
                let block = peer.field("ipBlock");
                sink.report(
                    fault(Code::InvalidValue, object, block.index("except", place), message)
                        .help("write a smaller range inside of `cidr`"),
                );
            }
        }
    }
}

/// Whether a range is not strictly inside of a block, as far as both can be read.
fn is_outside(block: &IPBlock, inner: &str) -> bool {
    match (range(&block.cidr), range(inner)) {
        (Some((around, length)), Some((address, longer))) => {
            longer <= length || (around ^ address).checked_shr(128 - length).unwrap_or(0) != 0
        }
        _ => false,
    }
}

/// Address and length in 128 bits, IPv4 as the API server maps it.
fn range(text: &str) -> Option<(u128, u32)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match address.parse().ok()? {
        std::net::IpAddr::V4(v4) => Some((v4.to_ipv6_mapped().to_bits(), 96 + length.min(32))),
        std::net::IpAddr::V6(v6) => Some((v6.to_bits(), length.min(128))),
    }
}
