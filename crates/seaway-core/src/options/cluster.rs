//! `[cluster]`: the cluster that a stage is applied to.

mod assumed;
mod platform;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::Metadata;
use super::reasons;
use crate::values::{
    AccountId, Cidr, CloudIdentity, HostName, IpAddress, KeyArn, Name, ObjectName, Port, ipv4,
};
use crate::{Origin, Sourced};

pub use assumed::Assumption;
pub use platform::{
    Cell, ClassField, ClassRow, DnsPlace, DnsRow, DnsServers, Platform, PlatformCallers, Users,
};

/// The cluster that the stage is applied to: what is in it beside the stack, and what of it the objects depend on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    /// Objects, for example `["StorageClass/gp3", "IngressClass/alb", "Gateway/infra/public"]`. Those of a namespace lie
    /// in that of the stack unless they name another.
    #[serde(default)]
    pub provides: Vec<Sourced<ObjectName>>,
    /// Definitions of the custom resources that it knows: files beside the stack, YAML or JSON, or folders of them, for example
    /// `["crds/"]`. Every object of such a kind is held against its schema, those of `[[objects]]` and patched ones included, and
    /// lies in a namespace or in none as the definition says. A definition in `[[objects]]` counts as well. Rules in CEL are not
    /// checked.
    #[serde(default)]
    pub crds: Vec<Sourced<String>>,
    /// Which kind of cluster it is, from which Seaway knows where DNS answers, who chooses user ids, and more: each
    /// assumption stands under [What Seaway assumes of your cluster](#what-seaway-assumes-of-your-cluster). `generic` if it is
    /// not written.
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
    /// IPv4 range of its Services, for example `10.100.0.0/16` (with EKS `serviceIpv4Cidr`). The first address of it is that of the
    /// API server, by which the CNI of AWS judges a call; without it those of both ranges that EKS chooses from are let
    /// through.
    pub services: Option<Sourced<Cidr>>,
    /// Ranges that may call its API server: of `seaway cluster`. Anywhere if it is not written; who calls has to show a
    /// certificate in any case.
    #[serde(default)]
    pub api_access: Vec<Sourced<Cidr>>,
    /// Ports of the API server as pods reach it: that of its Service and that of the server behind it. What is known of the
    /// `provider` if it is not written.
    #[serde(default)]
    pub api_ports: Vec<Sourced<Port>>,
    /// What gives pods their addresses; with kops `cilium` if it is not written, with EKS `amazon-vpc`.
    pub cni: Option<Sourced<Cni>>,
    /// How pods get rights in the cloud. If it is not written: `irsa` with kops, `pod-identity` with EKS,
    /// `gke-workload-identity` with GKE, `aks-workload-identity` with AKS.
    pub identity: Option<Sourced<Identity>>,
    /// Whether the nodes run NodeLocal DNSCache, which network policies have to let pods reach by its address,
    /// 169.254.20.10. With Cilium, to which that address is the node itself, a policy of Cilium does.
    pub node_local_dns: Option<Sourced<bool>>,
    /// Where DNS answers, in place of what is known of the `provider`: an address (`"169.254.169.254"`), the pods of a
    /// namespace (`{ namespace = "openshift-dns", port = 5353 }`), or a list of both.
    pub dns: Option<Sourced<DnsSetting>>,
    /// The address families of pods and Services, the preferred one first: `["ipv4"]` if it is not written.
    /// Some images listen on IPv4 alone. Where pods have IPv6 alone, set the address that such a program listens on: for Meilisearch
    /// `env.MEILI_HTTP_ADDR = "[::]:7700"`.
    #[serde(default)]
    pub ip_families: Vec<Sourced<IpFamily>>,
    /// The service mesh whose proxies the pods have. The pods ask for a proxy, and the network policies let it reach its control
    /// plane; a Job or `CronJob` has none, since a proxy that goes on would keep it from ending. What a component writes under
    /// the same label or annotation wins. The mesh has to set the network of pods up with its CNI plugin: Pod Security
    /// `restricted` refuses the init container that does it otherwise.
    pub mesh: Option<Sourced<Mesh>>,
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

/// Which kind of cluster it is, or who runs it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// minikube, on a developer's machine.
    Minikube,
    /// kind, on a developer's machine or in CI.
    Kind,
    /// k3s.
    K3s,
    /// The team, on AWS, with kops.
    Kops,
    /// AWS, as EKS.
    Eks,
    /// Google Cloud, as GKE.
    Gke,
    /// Azure, as AKS.
    Aks,
    /// OpenShift.
    Openshift,
    /// DigitalOcean, as DOKS.
    Doks,
    /// Any other one: nothing is assumed that some cluster lacks.
    Generic,
}

impl Provider {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minikube => "minikube",
            Self::Kind => "kind",
            Self::K3s => "k3s",
            Self::Kops => "kops",
            Self::Eks => "eks",
            Self::Gke => "gke",
            Self::Aks => "aks",
            Self::Openshift => "openshift",
            Self::Doks => "doks",
            Self::Generic => "generic",
        }
    }
}

/// A family of addresses, in Kubernetes' words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum IpFamily {
    /// `IPv4`.
    Ipv4,
    /// `IPv6`.
    Ipv6,
}

/// The families of addresses that servers have to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Families {
    /// IPv4 alone.
    Ipv4,
    /// IPv6 alone.
    Ipv6,
    /// Both.
    Both,
}

/// Where DNS answers: one place, or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum DnsSetting {
    /// An address.
    #[serde(rename = "$string")]
    Address(IpAddress),
    /// Pods of a namespace.
    #[serde(rename = "$table")]
    Pods(DnsPods),
    /// Several places.
    #[serde(rename = "$array")]
    Several(Vec<Sourced<DnsServer>>),
}

/// One place where DNS answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(untagged)]
pub enum DnsServer {
    /// An address.
    #[serde(rename = "$string")]
    Address(IpAddress),
    /// Pods of a namespace.
    #[serde(rename = "$table")]
    Pods(DnsPods),
}

/// Pods that answer to DNS, by UDP and TCP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct DnsPods {
    /// Their namespace.
    pub namespace: Sourced<Name>,
    /// Their labels; all pods of the namespace if none is written.
    #[serde(default)]
    pub labels: Metadata,
    /// The port that the pods listen on, which may be another one than that of their Service; 53 if it is not written.
    pub port: Option<Sourced<Port>>,
}

/// A service mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mesh {
    /// Istio, with a proxy in each pod.
    Istio,
    /// Istio without proxies in pods. What goes through the tunnel between nodes comes to port 15008 of a pod, whatever port it is
    /// for: a network policy tells callers apart there, and ports no longer.
    IstioAmbient,
    /// Linkerd, with a proxy in each pod.
    Linkerd,
}

/// By what a pod joins a mesh, or stays out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshMark {
    /// Whether it is a label of the pod; an annotation otherwise.
    pub is_label: bool,
    /// Its key.
    pub key: &'static str,
    /// The value of a pod that joins.
    pub joins: &'static str,
    /// The value of a pod that stays out.
    pub stays_out: &'static str,
}

impl Mesh {
    /// By what a pod joins it. Sources:
    /// <https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy>,
    /// <https://istio.io/latest/docs/ambient/usage/add-workloads/>, <https://linkerd.io/2/features/proxy-injection/>.
    pub fn mark(self) -> MeshMark {
        let (is_label, key, joins, stays_out) = match self {
            Self::Istio => (true, "sidecar.istio.io/inject", "true", "false"),
            Self::IstioAmbient => (true, "istio.io/dataplane-mode", "ambient", "none"),
            Self::Linkerd => (false, "linkerd.io/inject", "enabled", "disabled"),
        };
        MeshMark { is_label, key, joins, stays_out }
    }

    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Istio => "istio",
            Self::IstioAmbient => "istio-ambient",
            Self::Linkerd => "linkerd",
        }
    }
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

impl Cni {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cilium => "cilium",
            Self::CiliumEni => "cilium-eni",
            Self::AmazonVpc => "amazon-vpc",
        }
    }
}

/// How pods get rights in a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// IAM roles for service accounts: an annotation of the account names the role.
    Irsa,
    /// EKS Pod Identity: the association lies in AWS, the account has no annotation.
    PodIdentity,
    /// Workload Identity Federation for GKE: an annotation of the account names a service account of Google Cloud, and a
    /// metadata server on each node hands out its tokens.
    GkeWorkloadIdentity,
    /// Microsoft Entra Workload ID: an annotation of the account names a client, and a label of the pods has a webhook give
    /// them a token.
    AksWorkloadIdentity,
}

impl Identity {
    /// Whether it gives the rights of an AWS role.
    pub fn is_of_aws(self) -> bool {
        matches!(self, Self::Irsa | Self::PodIdentity)
    }

    /// Whether a name is one that it takes: the ARN of a role, the address of a service account, the id of a client.
    pub fn takes(self, name: &CloudIdentity) -> bool {
        match self {
            Self::Irsa | Self::PodIdentity => name.starts_with("arn:"),
            Self::GkeWorkloadIdentity => name.contains('@'),
            Self::AksWorkloadIdentity => !name.contains(['@', ':']),
        }
    }

    /// A name that it takes, for help.
    pub fn example(self) -> &'static str {
        match self {
            Self::Irsa | Self::PodIdentity => "arn:aws:iam::111122223333:role/shop-web",
            Self::GkeWorkloadIdentity => "shop-web@PROJECT.iam.gserviceaccount.com",
            Self::AksWorkloadIdentity => "00000000-0000-0000-0000-000000000000",
        }
    }

    /// The annotation of an account that names what it is in the cloud; where there is none, the cloud knows it.
    pub fn annotation(self) -> Option<&'static str> {
        match self {
            Self::Irsa => Some("eks.amazonaws.com/role-arn"),
            Self::PodIdentity => None,
            Self::GkeWorkloadIdentity => Some("iam.gke.io/gcp-service-account"),
            Self::AksWorkloadIdentity => Some("azure.workload.identity/client-id"),
        }
    }

    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Irsa => "irsa",
            Self::PodIdentity => "pod-identity",
            Self::GkeWorkloadIdentity => "gke-workload-identity",
            Self::AksWorkloadIdentity => "aks-workload-identity",
        }
    }
}

/// The first address of each range of Services that EKS chooses from:
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html>.
const EKS_SERVICES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 100, 0, 1), Ipv4Addr::new(172, 20, 0, 1)];

impl Cluster {
    /// The addresses that the Service of the API server may have, where network policies see calls before they are sent on
    /// to the server itself.
    pub fn api_service(&self) -> Vec<Sourced<Ipv4Addr>> {
        match &self.services {
            Some(range) => {
                let network = ipv4(range).map(|(network, _)| network);
                let first = network.map(|network| Ipv4Addr::from_bits(network.saturating_add(1)));
                first.map(|value| Sourced { value, origin: range.origin }).into_iter().collect()
            }
            None if self.cni() == Some(Cni::AmazonVpc) => EKS_SERVICES
                .map(|address| Sourced::default_for(address, &reasons::EKS_SERVICES))
                .into(),
            None => Vec::new(),
        }
    }

    /// The row of what is assumed of its provider.
    pub fn platform(&self) -> &'static Platform {
        Platform::of(self.provider.map_or(Provider::Generic, |provider| provider.value))
    }

    /// Who runs it on AWS, if it is on AWS.
    pub fn on_aws(&self) -> Option<Sourced<Provider>> {
        self.provider.filter(|provider| matches!(provider.value, Provider::Kops | Provider::Eks))
    }

    /// Where DNS answers, as network policies see it.
    pub fn dns(&self) -> Vec<Sourced<DnsServers>> {
        let row = self.platform().dns;
        let known = || row.value.iter().map(|dns| Sourced::default_for(dns.servers(), row.reason));
        let mut servers: Vec<_> = match &self.dns {
            None => known().collect(),
            Some(setting) => match &setting.value {
                DnsSetting::Address(address) => vec![(at(address), setting.origin)],
                DnsSetting::Pods(pods) => vec![(pods.servers(), setting.origin)],
                DnsSetting::Several(several) => several
                    .iter()
                    .map(|server| match &server.value {
                        DnsServer::Address(address) => (at(address), server.origin),
                        DnsServer::Pods(pods) => (pods.servers(), server.origin),
                    })
                    .collect(),
            }
            .into_iter()
            .map(|(value, origin)| Sourced { value, origin })
            .collect(),
        };
        if let Some(origin) = self.node_local_dns() {
            let cache = Sourced { value: at(platform::NODE_LOCAL_DNS), origin };
            servers.retain(|known| *known != cache);
            servers.push(cache);
        }
        servers
    }

    /// The families of the addresses of pods and Services, the preferred one first.
    pub fn ip_families(&self) -> Vec<Sourced<IpFamily>> {
        if !self.ip_families.is_empty() {
            return self.ip_families.clone();
        }
        let row = self.platform().ip_families;
        row.value.iter().map(|family| Sourced::default_for(*family, row.reason)).collect()
    }

    /// The families that servers have to listen on.
    pub fn families(&self) -> Families {
        let families = self.ip_families();
        let has = |wanted| families.iter().any(|family| family.value == wanted);
        match (has(IpFamily::Ipv4), has(IpFamily::Ipv6)) {
            (true, true) => Families::Both,
            (false, true) => Families::Ipv6,
            _ => Families::Ipv4,
        }
    }

    /// What says that nodes have a cache of their own, which pods ask for names.
    pub fn node_local_dns(&self) -> Option<Origin> {
        self.node_local_dns.filter(|on| on.value).map(|on| on.origin)
    }

    /// What gives pods their addresses: as written, else as known of the provider.
    pub fn cni(&self) -> Option<Cni> {
        self.cni.map(|cni| cni.value).or(self.platform().cni.value)
    }

    /// Whether an address range in a network policy means the pods and nodes that have addresses in it, too.
    pub fn ranges_match_pods(&self) -> Sourced<bool> {
        match self.cni {
            Some(cni) => cni.map(|cni| cni == Cni::AmazonVpc),
            None => self.platform().ranges_match_pods.sourced(),
        }
    }

    /// How pods get rights in the cloud: as written, else the default of the provider.
    pub fn identity(&self) -> Option<Identity> {
        self.identity.map(|identity| identity.value).or(self.platform().identity.value)
    }
}

/// Servers at port 53 of an address.
fn at(address: &str) -> DnsServers {
    DnsServers { ports: vec![DNS_PORT], at: DnsPlace::Address(platform::single(address)) }
}

/// <https://www.rfc-editor.org/rfc/rfc1035#section-4.2>.
const DNS_PORT: u16 = 53;

impl DnsPods {
    fn servers(&self) -> DnsServers {
        let labels = self.labels.iter();
        DnsServers {
            ports: vec![self.port.map_or(DNS_PORT, |port| port.get())],
            at: DnsPlace::Pods {
                namespace: self.namespace.to_string(),
                labels: labels
                    .map(|(key, value)| (key.value.clone(), value.value.clone()))
                    .collect(),
            },
        }
    }
}
