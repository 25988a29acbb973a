//! What the objects of a stage need of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::StatefulSetSpec;
use k8s_openapi::api::core::v1::{PodSpec, ServiceSpec};
use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use seaway_core::{Node, Stack, Value};
use serde::Serialize;

use super::versions::{OPERATORS, Operator};
use crate::emit::{self, Format};
use crate::object::{Slot, group};
use crate::{Body, Object};

/// An add-on of kops that serves objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AddOn {
    MetricsServer,
    LoadBalancerController,
    CertManager,
    Volumes,
    Snapshots,
}

impl AddOn {
    fn name(self) -> &'static str {
        match self {
            Self::MetricsServer => "metrics-server",
            Self::LoadBalancerController => "the AWS Load Balancer Controller",
            Self::CertManager => "cert-manager",
            Self::Volumes => "the EBS CSI driver",
            Self::Snapshots => "the CSI snapshot controller",
        }
    }
}

/// What objects need of the cluster.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub add_ons: BTreeSet<AddOn>,
    /// Names of secrets that are read from outside; an empty set if they can not be told.
    pub external_secrets: Option<BTreeSet<String>>,
    /// What is no add-on of kops.
    pub operators: Vec<Operator>,
    /// Classes of Ingresses whose controller is not known.
    pub ingress_classes: BTreeSet<String>,
    /// Ranges of addresses that pods call.
    pub outside: BTreeSet<String>,
    /// Whether all pods run on Arm.
    pub is_arm: bool,
}

impl Needs {
    pub(super) fn of(objects: &[Object]) -> Self {
        let mut needs = Self::default();
        for object in objects {
            needs.object(object);
        }
        // A class that the stage brings along says itself who serves it.
        let own = objects.iter().filter(|object| matches!(object.body, Body::IngressClass(_)));
        for class in own {
            needs.ingress_classes.remove(class.body.name());
        }
        let groups: BTreeSet<&str> =
            objects.iter().map(|object| group(object.body.api_version())).collect();
        let of_groups = OPERATORS.iter().filter(|operator| groups.contains(operator.group));
        needs.operators = of_groups.copied().collect();
        let mut pods = objects.iter().filter_map(|object| object.body.pod_spec()).peekable();
        needs.is_arm = pods.peek().is_some() && pods.all(|(spec, _)| is_arm(spec));
        needs
    }

    fn object(&mut self, object: &Object) {
        let has_issuer = object.body.metadata().annotations.iter().flatten().any(|(key, _)| {
            matches!(key.as_str(), "cert-manager.io/issuer" | "cert-manager.io/cluster-issuer")
        });
        self.needs_if(has_issuer, AddOn::CertManager);
        match &object.body {
            Body::HorizontalPodAutoscaler(_) => self.needs(AddOn::MetricsServer),
            Body::PersistentVolumeClaim(_) => self.needs(AddOn::Volumes),
            Body::StatefulSet(set) => {
                let spec = Slot::<StatefulSetSpec>::slot(&set.spec);
                let templates = spec.and_then(|spec| spec.volume_claim_templates.as_ref());
                let has_templates = templates.is_some_and(|templates| !templates.is_empty());
                self.needs_if(has_templates, AddOn::Volumes);
            }
            Body::IngressClass(class) => {
                let controller = class.spec.as_ref().and_then(|spec| spec.controller.as_deref());
                self.needs_if(
                    controller == Some("ingress.k8s.aws/alb"),
                    AddOn::LoadBalancerController,
                );
            }
            Body::Ingress(ingress) => {
                let spec = ingress.spec.as_ref();
                match spec.and_then(|spec| spec.ingress_class_name.as_deref()) {
                    Some("alb") => self.needs(AddOn::LoadBalancerController),
                    Some(class) => {
                        self.ingress_classes.insert(class.to_owned());
                    }
                    None => {}
                }
            }
            Body::Service(service) => {
                let annotations = service.metadata.annotations.as_ref();
                let spec = service.spec.as_ref();
                let is_of_controller = spec.is_some_and(|spec| is_of_controller(spec, annotations));
                self.needs_if(is_of_controller, AddOn::LoadBalancerController);
            }
            Body::NetworkPolicy(policy) => {
                if let Some(spec) = &policy.spec {
                    self.network(spec);
                }
            }
            Body::Other(other) => self.other(group(&other.api_version), &other.kind, &other.rest),
            _ => {}
        }
        if let Some((spec, _)) = object.body.pod_spec() {
            let mut volumes = spec.volumes.iter().flatten();
            self.needs_if(volumes.any(|volume| volume.ephemeral.is_some()), AddOn::Volumes);
        }
    }

    fn needs(&mut self, add_on: AddOn) {
        self.add_ons.insert(add_on);
    }

    fn needs_if(&mut self, is_needed: bool, add_on: AddOn) {
        if is_needed {
            self.needs(add_on);
        }
    }

    /// Whether the cluster has to have an add-on.
    pub(super) fn has(&self, add_on: AddOn) -> bool {
        self.add_ons.contains(&add_on)
    }

    fn network(&mut self, spec: &NetworkPolicySpec) {
        let rules = spec.egress.iter().flatten();
        let peers = rules.flat_map(|rule| rule.to.iter().flatten());
        let ranges = peers.filter_map(|peer| Some(peer.ip_block.as_ref()?.cidr.clone()));
        self.outside.extend(ranges);
    }

    fn other(&mut self, group: &str, kind: &str, rest: &Node) {
        match (group, kind) {
            ("cert-manager.io", _) => self.needs(AddOn::CertManager),
            ("elbv2.k8s.aws", _) => self.needs(AddOn::LoadBalancerController),
            ("snapshot.storage.k8s.io", _) => self.needs(AddOn::Snapshots),
            // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/gateway/
            ("gateway.networking.k8s.io", "GatewayClass") => {
                let controller = rest.at(["spec", "controllerName"]).and_then(Node::as_str);
                let of_aws = |name: &str| name.starts_with("gateway.k8s.aws/");
                self.needs_if(controller.is_some_and(of_aws), AddOn::LoadBalancerController);
            }
            ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => {
                let spec = match kind {
                    "ExternalSecret" => rest.get("spec"),
                    _ => rest.at(["spec", "externalSecretSpec"]),
                };
                self.secrets(spec);
            }
            ("external-secrets.io", _) => {
                self.external_secrets.get_or_insert_default();
            }
            _ => {}
        }
    }

    /// Names of the secrets that an `ExternalSecret` reads
    /// (<https://external-secrets.io/latest/api/externalsecret/>).
    fn secrets(&mut self, spec: Option<&Node>) {
        let names = self.external_secrets.get_or_insert_default();
        let Some(spec) = spec else { return };
        let list = |key: &str| match spec.get(key).map(|list| &list.value) {
            Some(Value::Array(items)) => items.as_slice(),
            _ => &[],
        };
        let of_data = list("data").iter().filter_map(|one| one.at(["remoteRef", "key"]));
        let of_all = list("dataFrom").iter().filter_map(|one| one.at(["extract", "key"]));
        names.extend(of_data.chain(of_all).filter_map(Node::as_str).map(str::to_owned));
    }

    /// What it is called that objects need, for a person.
    pub(super) fn names(&self, stack: &Stack) -> Vec<&'static str> {
        let known = self.add_ons.iter().map(|add_on| add_on.name());
        let known = known.chain(stack.cluster.node_local_dns().map(|_| "NodeLocal DNSCache"));
        known.chain(self.operators.iter().map(|operator| operator.name)).collect()
    }
}

fn is_arm(spec: &PodSpec) -> bool {
    let selector = spec.node_selector.as_ref();
    selector
        .and_then(|selector| selector.get("kubernetes.io/arch"))
        .is_some_and(|arch| arch == "arm64")
}

/// Whether a load balancer is one of the AWS Load Balancer Controller, and not of the cluster itself
/// (<https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/#configuration>).
fn is_of_controller(spec: &ServiceSpec, annotations: Option<&BTreeMap<String, String>>) -> bool {
    if spec.type_.as_deref() != Some("LoadBalancer") {
        return false;
    }
    let class = spec.load_balancer_class.as_deref().unwrap_or_default();
    let kind = annotations
        .and_then(|all| all.get("service.beta.kubernetes.io/aws-load-balancer-type"))
        .map_or("", String::as_str);
    class.starts_with("service.k8s.aws/") || matches!(kind, "external" | "nlb-ip")
}

/// A statement of an IAM policy.
#[derive(Serialize)]
struct Statement {
    #[serde(rename = "Effect")]
    effect: &'static str,
    #[serde(rename = "Action")]
    action: Vec<&'static str>,
    #[serde(rename = "Resource")]
    resource: Vec<String>,
}

/// The policy of who reads these secrets of Secrets Manager, and no others. AWS adds six characters to their names
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>).
pub(super) fn reads(names: &BTreeSet<String>, region: &str, account: &str) -> String {
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let arn =
        |name: &str| format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}");
    let resource = if names.is_empty() {
        vec![arn("*")]
    } else {
        names.iter().map(|name| arn(&format!("{name}-*"))).collect()
    };
    let statement = Statement {
        effect: "Allow",
        action: vec!["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        resource,
    };
    let mut text = String::new();
    // Lists of text: there is nothing that JSON could not say.
    let _ = emit::document(&[statement], Format::Json, &mut text);
    text
}
