//! Addresses: public hosts and what serves them, and Services by which pods find each other.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Service, ServiceSpec};
use seaway_core::{Consequence, Node};

use super::{Cx, Finding, Pair, few, news};
use crate::against::items;
use crate::diff::Change;
use crate::object::{Slot, namespace};
use crate::{Body, Object};

/// A way in from outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The host; `any host` if none is asked for.
    pub(super) host: String,
    pub(super) path: String,
    /// What takes the connection: the class of an Ingress, a Gateway, a Service.
    pub(super) through: String,
    pub(super) is_tls: bool,
    /// The object that says so.
    pub(super) object: String,
}

/// Kinds that open a way in from outside.
pub(super) const ENTRIES: [&str; 5] = ["Ingress", "Service", "HTTPRoute", "GRPCRoute", "Route"];
/// Annotations of an Ingress that name a certificate which lies in the cloud.
const CERTIFICATES: [&str; 3] = [
    "alb.ingress.kubernetes.io/certificate-arn",
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
];
/// What stands for the host of a Service that nodes or a load balancer publish.
const NODES: &str = "every node";
const BALANCER: &str = "a load balancer";

pub(super) fn findings(cx: &Cx<'_>) -> Vec<Finding> {
    let mut found = moved_hosts(cx);
    found.extend(cx.of_kinds(&["Service"]).filter_map(|pair| service(cx, pair)));
    found
}

/// The ways in from outside that objects open.
pub(super) fn entries(objects: &[Object]) -> BTreeSet<Entry> {
    objects.iter().flat_map(entries_of).collect()
}

fn entries_of(object: &Object) -> Vec<Entry> {
    let entry = |host: &str, path: &str, through: String, is_tls: bool| Entry {
        host: if host.is_empty() { "any host".to_owned() } else { host.to_owned() },
        path: path.to_owned(),
        through,
        is_tls,
        object: object.id(),
    };
    match &object.body {
        Body::Ingress(ingress) => {
            let Some(spec) = &ingress.spec else { return Vec::new() };
            let annotations = ingress.metadata.annotations.as_ref();
            let annotation = |key: &str| Some(annotations?.get(key)?.as_str());
            let class = spec
                .ingress_class_name
                .as_deref()
                .or_else(|| annotation("kubernetes.io/ingress.class"));
            let through = format!("Ingress class `{}`", class.unwrap_or("default"));
            let encrypted: BTreeSet<&str> = spec
                .tls
                .iter()
                .flatten()
                .flat_map(|tls| tls.hosts.iter().flatten().map(String::as_str))
                .collect();
            let has_certificate = CERTIFICATES.iter().any(|key| annotation(key).is_some());
            let mut found = Vec::new();
            for rule in spec.rules.iter().flatten() {
                let host = rule.host.as_deref().unwrap_or_default();
                let is_tls = has_certificate || encrypted.contains(host);
                for path in rule.http.iter().flat_map(|http| &http.paths) {
                    let path = path.path.as_deref().unwrap_or("/");
                    found.push(entry(host, path, through.clone(), is_tls));
                }
            }
            if spec.default_backend.is_some() {
                found.push(entry("", "/", through, has_certificate));
            }
            found
        }
        Body::Service(service) => {
            let spec = Slot::<ServiceSpec>::slot(&service.spec);
            let kind = spec.and_then(|spec| spec.type_.as_deref()).unwrap_or("ClusterIP");
            if !matches!(kind, "LoadBalancer" | "NodePort") {
                return Vec::new();
            }
            let ports = spec.into_iter().flat_map(|spec| spec.ports.iter().flatten());
            let through = format!("{kind} {}", object.id());
            let host = if kind == "NodePort" { NODES } else { BALANCER };
            ports
                .map(|port| entry(host, &format!(" at port {}", port.port), through.clone(), false))
                .collect()
        }
        Body::Other(other) if other.kind == "HTTPRoute" || other.kind == "GRPCRoute" => {
            let spec = other.rest.get("spec");
            let parents = items(spec.and_then(|spec| spec.get("parentRefs")))
                .filter_map(|parent| parent.get("name")?.as_str().map(str::to_owned));
            let parents: Vec<String> = parents.collect();
            let hosts: Vec<&str> = items(spec.and_then(|spec| spec.get("hostnames")))
                .filter_map(Node::as_str)
                .collect();
            let hosts = if hosts.is_empty() { vec![""] } else { hosts };
            let mut paths: Vec<String> = items(spec.and_then(|spec| spec.get("rules")))
                .flat_map(|rule| items(rule.get("matches")))
                .filter_map(|one| one.at(["path", "value"])?.as_str().map(str::to_owned))
                .collect();
            if paths.is_empty() {
                paths.push("/".to_owned());
            }
            let through = format!("Gateway `{}`", parents.join("`, `"));
            let of_host = |host: &&str| -> Vec<Entry> {
                // Whether a listener of the Gateway ends TLS is said elsewhere.
                paths.iter().map(|path| entry(host, path, through.clone(), true)).collect()
            };
            hosts.iter().flat_map(of_host).collect()
        }
        Body::Other(other) if other.kind == "Route" => {
            let spec = other.rest.get("spec");
            let text =
                |key: &str| spec.and_then(|spec| spec.get(key)?.as_str()).unwrap_or_default();
            let is_tls = spec.is_some_and(|spec| spec.get("tls").is_some());
            let path = Some(text("path")).filter(|path| !path.is_empty()).unwrap_or("/");
            vec![entry(text("host"), path, "the router of OpenShift".to_owned(), is_tls)]
        }
        _ => Vec::new(),
    }
}

/// Hosts that nothing serves any more, and those that something else serves.
fn moved_hosts(cx: &Cx<'_>) -> Vec<Finding> {
    if cx.of_kinds(&ENTRIES).next().is_none() {
        return Vec::new();
    }
    let by_host = |objects: &[Object]| {
        let mut hosts: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for entry in entries(objects) {
            let (through, objects) = hosts.entry(entry.host).or_default();
            through.insert(entry.through);
            objects.insert(entry.object);
        }
        hosts
    };
    let (old, new) = (by_host(cx.old.objects()), by_host(cx.new.objects()));
    let mut found: Vec<Finding> = Vec::new();
    // A controller of Ingresses reaches pods through the nodes: no record names them.
    for (host, (through, objects)) in old.iter().filter(|(host, _)| *host != NODES) {
        let is = new.get(host);
        let served = is.map(|(through, _)| through);
        if served.is_some_and(|served| through.is_subset(served)) {
            continue;
        }
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>();
        let message = match served {
            None if host == BALANCER => {
                format!(
                    "the load balancer of {} goes, and its address with it",
                    few(&list(objects))
                )
            }
            None => format!("{host} is no longer served: {} goes", few(&list(objects))),
            Some(served) => format!(
                "{host} moves from {} to {}: a DNS record that names the old address has to follow",
                few(&list(through)),
                few(&list(served))
            ),
        };
        let names: BTreeSet<&String> =
            objects.iter().chain(is.iter().flat_map(|(_, objects)| objects)).collect();
        let pair = cx.pairs.changed.iter().find(|pair| names.contains(&pair.id()));
        let Some(pair) = pair else { continue };
        let mut finding = cx.found(Consequence::Downtime, pair, is_of_entry, message);
        finding.objects = names.into_iter().cloned().collect();
        found.push(finding);
    }
    found
}

/// Whether a field says who comes in.
pub(super) fn is_of_entry(path: &str) -> bool {
    path.starts_with("spec") || path.starts_with("metadata.annotations")
}

/// A Service whose address goes, or that no longer answers at a port.
fn service(cx: &Cx<'_>, pair: &Pair<'_>) -> Option<Finding> {
    let spec = |object: Option<&Object>| -> Option<Service> {
        match &object?.body {
            Body::Service(service) => Some((**service).clone()),
            _ => None,
        }
    };
    let ports = |service: &Service| -> BTreeSet<i32> {
        let spec = Slot::<ServiceSpec>::slot(&service.spec);
        spec.into_iter()
            .flat_map(|spec| spec.ports.iter().flatten().map(|port| port.port))
            .collect()
    };
    let old = spec(pair.old)?;
    if pair.change() == Change::Lost {
        // A workload that goes with it is named by itself; an address is what callers know.
        let around = pair.old.map(namespace).unwrap_or_default();
        let name = pair.old.map(|object| object.body.name()).unwrap_or_default();
        let message = format!("the address `{name}.{around}` goes once {} is deleted", pair.id());
        return Some(cx.found(Consequence::Downtime, pair, |_| true, message));
    }
    let gone = news(&ports(&spec(pair.new)?), &ports(&old));
    let gone: Vec<String> = gone.iter().map(ToString::to_string).collect();
    if gone.is_empty() {
        return None;
    }
    let message = format!("{} no longer answers at port {}", pair.id(), few(&gone));
    Some(cx.found(Consequence::Downtime, pair, |path| path.starts_with("spec.ports"), message))
}
