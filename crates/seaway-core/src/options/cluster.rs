//! `[cluster]`: the cluster that a stage is applied to.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reasons;
use crate::values::{AccountId, Cidr, HostName, KeyArn, Name, ObjectName, ipv4};
use crate::{Origin, Sourced};

/// The cluster that the stage is applied to: what is in it beside the stack, and what of it the objects depend on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    /// Objects, for example `["StorageClass/gp3", "IngressClass/alb", "Gateway/infra/public"]`. Those of a namespace lie
    /// in that of the stack unless they name another.
    #[serde(default)]
    pub provides: Vec<Sourced<ObjectName>>,
    /// Who runs it on AWS: `kops` or `eks`. Without it nothing of AWS is assumed.
    pub provider: Option<Sourced<Provider>>,
    /// Its name: with kops a DNS name, for example `shop.k8s.example.com`.
    pub name: Option<Sourced<HostName>>,
    /// The AWS account that it lies in, twelve digits.
    pub account: Option<Sourced<AccountId>>,
    /// Its AWS region, for example `eu-central-1`.
    pub region: Option<Sourced<String>>,
    /// The availability zones of that region that its nodes lie in, for example `["eu-central-1a", "eu-central-1b"]`.
    #[serde(default)]
    pub zones: Vec<Sourced<String>>,
    /// IPv4 range of its network (the VPC), from `/16` to `/28`, for example `172.20.0.0/16`.
    pub network: Option<Sourced<Cidr>>,
    /// IPv4 range of its Services with EKS (`serviceIpv4Cidr`), for example `10.100.0.0/16`. The CNI of AWS judges a call to
    /// the API server by the address of its Service, the first of this range; without it by those of both ranges that EKS
    /// chooses from.
    pub services: Option<Sourced<Cidr>>,
    /// Ranges that may call its API server: of `seaway cluster`. Anywhere if it is not written; who calls has to show a
    /// certificate in any case.
    #[serde(default)]
    pub api_access: Vec<Sourced<Cidr>>,
    /// What gives pods their addresses; with kops `cilium` if it is not written, with EKS `amazon-vpc`.
    pub cni: Option<Sourced<Cni>>,
    /// How pods get the rights of an AWS role; with kops `irsa` if it is not written, with EKS `pod-identity`.
    pub identity: Option<Sourced<Identity>>,
    /// Whether the nodes run NodeLocal DNSCache, which network policies have to let pods reach by its address,
    /// 169.254.20.10. With Cilium, to which that address is the node itself, a policy of Cilium does.
    pub node_local_dns: Option<Sourced<bool>>,
    /// Storage class of every claim that names none: one of `storage-classes` or of `provides`. A production stage with a
    /// `provider` has to choose one, since EKS has no default class.
    pub storage_class: Option<Sourced<Name>>,
    /// Storage classes that the stage brings along, by name: volumes of EBS. `false` removes one.
    #[serde(default)]
    pub storage_classes: BTreeMap<Sourced<Name>, Sourced<StorageClass>>,
}

/// A storage class of `gp3` volumes of EBS: encrypted, made in the zone of the pod that asks for one, and able to grow.
///
/// Becomes a `StorageClass`, which lies in no namespace: two stacks of a cluster need two names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StorageClass {
    /// Operations a second, 3,000 to 80,000; `gp3` has 3,000 if it is not written.
    pub iops: Option<Sourced<u32>>,
    /// Mebibytes a second, 125 to 2,000, and at most one for four `iops`; `gp3` has 125 if it is not written.
    pub throughput: Option<Sourced<u32>>,
    /// The KMS key that volumes are encrypted with, by its ARN; without it that of the account for EBS.
    pub kms_key: Option<Sourced<KeyArn>>,
    /// What becomes of a volume whose claim is deleted.
    #[serde(default = "reclaim")]
    pub reclaim: Sourced<Reclaim>,
}

fn reclaim() -> Sourced<Reclaim> {
    Sourced::default_for(Reclaim::Retain, &reasons::STORAGE_RECLAIM)
}

/// What becomes of a volume whose claim is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reclaim {
    /// It stays, and somebody deletes it by hand.
    Retain,
    /// It is deleted, too, with all that it holds.
    Delete,
}

/// Who runs a cluster on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// The team, with kops.
    Kops,
    /// AWS, as EKS.
    Eks,
}

/// What gives pods their addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cni {
    /// Cilium with an overlay: load balancers of AWS reach nodes, never pods.
    Cilium,
    /// Cilium in ENI mode: pods have addresses of the VPC.
    CiliumEni,
    /// The VPC CNI of AWS: pods have addresses of the VPC. Network policies are enforced by EKS if its add-on is told to
    /// (`enableNetworkPolicy`), and with kops by nothing (kubernetes/kops#15837).
    AmazonVpc,
}

/// How pods get the rights of an AWS role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// IAM roles for service accounts: an annotation of the account names the role.
    Irsa,
    /// EKS Pod Identity: the association lies in AWS, the account has no annotation.
    PodIdentity,
}

/// The first address of each range of Services that EKS chooses from:
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html>.
const EKS_SERVICES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 100, 0, 1), Ipv4Addr::new(172, 20, 0, 1)];

impl Cluster {
    /// The addresses that the Service of the API server may have, where network policies see calls before they are sent on
    /// to the server itself.
    pub fn api_service(&self) -> Vec<Sourced<Ipv4Addr>> {
        if self.cni() != Some(Cni::AmazonVpc) {
            return Vec::new();
        }
        match &self.services {
            Some(range) => {
                let network = ipv4(range).map(|(network, _)| network);
                let first = network.map(|network| Ipv4Addr::from_bits(network.saturating_add(1)));
                first.map(|value| Sourced { value, origin: range.origin }).into_iter().collect()
            }
            None => EKS_SERVICES
                .map(|address| Sourced::default_for(address, &reasons::EKS_SERVICES))
                .into(),
        }
    }

    /// The address that pods ask for names beside the cluster's DNS servers, where nodes have a cache of their own.
    pub fn node_local_dns(&self) -> Option<Origin> {
        self.node_local_dns.filter(|on| on.value).map(|on| on.origin)
    }

    /// What gives pods their addresses: as written, else the default of who runs it. `None` outside of AWS.
    pub fn cni(&self) -> Option<Cni> {
        self.cni.map(|cni| cni.value).or_else(|| {
            self.provider.map(|provider| match provider.value {
                Provider::Kops => Cni::Cilium,
                Provider::Eks => Cni::AmazonVpc,
            })
        })
    }

    /// How pods get the rights of an AWS role: as written, else the default of who runs it. `None` outside of AWS.
    pub fn identity(&self) -> Option<Identity> {
        self.identity.map(|identity| identity.value).or_else(|| {
            self.provider.map(|provider| match provider.value {
                Provider::Kops => Identity::Irsa,
                Provider::Eks => Identity::PodIdentity,
            })
        })
    }
}
