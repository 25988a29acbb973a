//! `[cluster]`: the cluster that a stage is applied to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Sourced;
use crate::values::{Cidr, HostName, Name, ObjectName};

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
    /// Its AWS region, for example `eu-central-1`.
    pub region: Option<Sourced<String>>,
    /// The availability zones that its nodes lie in, for example `["eu-central-1a", "eu-central-1b"]`.
    #[serde(default)]
    pub zones: Vec<Sourced<String>>,
    /// Address range of its network (the VPC), for example `172.20.0.0/16`.
    pub network: Option<Sourced<Cidr>>,
    /// What gives pods their addresses; with kops `cilium` if it is not written, with EKS `amazon-vpc`.
    pub cni: Option<Sourced<Cni>>,
    /// How pods get the rights of an AWS role; with kops `irsa` if it is not written, with EKS `pod-identity`.
    pub identity: Option<Sourced<Identity>>,
    /// Whether the nodes run `NodeLocal DNSCache`, which network policies have to let pods reach by its address.
    pub node_local_dns: Option<Sourced<bool>>,
    /// Storage class of claims that name none.
    pub storage_class: Option<Sourced<Name>>,
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
    /// The VPC CNI of AWS: pods have addresses of the VPC.
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

impl Cluster {
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
