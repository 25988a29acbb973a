//! What Seaway assumes of a cluster: a row for each platform, and a source for each cell of it.

use std::collections::BTreeMap;

use super::{Cni, Identity, IpFamily, Provider};
use crate::options::Controller;
use crate::{Reason, Sourced};

/// An assumption about a platform, and where it is known from.
#[derive(Debug, Clone, Copy)]
pub struct Cell<T: 'static> {
    /// What is assumed.
    pub value: T,
    /// Why, and where it is known from.
    pub reason: &'static Reason,
}

impl<T: Copy> Cell<T> {
    /// The value as one that nobody wrote.
    pub fn sourced(&self) -> Sourced<T> {
        Sourced::default_for(self.value, self.reason)
    }
}

/// All that Seaway assumes of the clusters of a provider. `[cluster]` overrides each cell.
#[derive(Debug)]
pub struct Platform {
    /// Which clusters the row is about.
    pub provider: Provider,
    /// Where DNS answers, as network policies see it: after the address of a Service has become that of a pod.
    pub dns: Cell<&'static [DnsRow]>,
    /// Who chooses the user ids of pods.
    pub users: Cell<Users>,
    /// What gives pods their addresses.
    pub cni: Cell<Option<Cni>>,
    /// Whether an address range in a network policy means the pods and nodes that have addresses in it, too.
    pub ranges_match_pods: Cell<bool>,
    /// The ports of the API server: that of its Service, and that of the server behind it.
    pub api_ports: Cell<&'static [u16]>,
    /// The address families of pods and Services.
    pub ip_families: Cell<&'static [IpFamily]>,
    /// How pods get rights in the cloud.
    pub identity: Cell<Option<Identity>>,
    /// The classes of Ingress that every such cluster has.
    pub ingress_classes: Cell<&'static [ClassRow]>,
    /// The classes of Gateway that every such cluster has.
    pub gateway_classes: Cell<&'static [ClassRow]>,
    /// The storage class of claims that name none; `None` where not every such cluster has one.
    pub storage_class: Cell<Option<&'static str>>,
}

/// DNS servers of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsRow {
    /// Pods of a namespace.
    Pods {
        /// Their namespace.
        namespace: &'static str,
        /// Their labels; all pods of the namespace if it is empty.
        labels: &'static [(&'static str, &'static str)],
        /// The ports that they listen on.
        ports: &'static [u16],
    },
    /// An address that is no pod's.
    Address {
        /// The address.
        address: &'static str,
        /// The ports that it answers at.
        ports: &'static [u16],
    },
}

/// DNS servers of a stage's cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DnsServers {
    /// The ports that they listen on.
    pub ports: Vec<u16>,
    /// Where they are.
    pub at: DnsPlace,
}

/// Where DNS servers are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DnsPlace {
    /// Pods of a namespace.
    Pods {
        /// Their namespace.
        namespace: String,
        /// Their labels; all pods of the namespace if it is empty.
        labels: BTreeMap<String, String>,
    },
    /// An address that is no pod's, as a range of one.
    Address(String),
}

/// Who chooses the user ids of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// The stack: each user id but 0 is admitted.
    Stack,
    /// The cluster, for each namespace; a pod that names another one is refused.
    Cluster,
}

/// A class of Ingress or Gateway that a platform brings along.
#[derive(Debug, Clone, Copy)]
pub struct ClassRow {
    /// Its name.
    pub name: &'static str,
    /// Where its controller looks for it.
    pub named_by: ClassField,
    /// What serves it.
    pub controller: Controller,
    /// Whether it takes an Ingress that names no class.
    pub is_default: bool,
    /// Where its requests come from.
    pub callers: Cell<PlatformCallers>,
}

/// Where the requests of a class come from, as network policies see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlatformCallers {
    /// The pods of a namespace.
    Namespace(&'static str),
    /// The pods of all namespaces with a label.
    Labelled(&'static str, &'static str),
    /// Addresses.
    Ranges(&'static [&'static str]),
    /// A network of the team's own, which the stack says, and for health checks addresses.
    OwnNetworkAnd(&'static [&'static str]),
}

/// Where the controller of a class looks for the name of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassField {
    /// `spec.ingressClassName`, by an `IngressClass`.
    Field,
    /// The annotation `kubernetes.io/ingress.class`, without an `IngressClass`.
    Annotation,
}

impl DnsRow {
    /// The servers, as a stage could write them.
    pub fn servers(self) -> DnsServers {
        match self {
            Self::Pods { namespace, labels, ports } => DnsServers {
                ports: ports.to_vec(),
                at: DnsPlace::Pods {
                    namespace: namespace.to_owned(),
                    labels: labels
                        .iter()
                        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                        .collect(),
                },
            },
            Self::Address { address, ports } => {
                DnsServers { ports: ports.to_vec(), at: DnsPlace::Address(single(address)) }
            }
        }
    }
}

/// The range of one address.
pub(super) fn single(address: &str) -> String {
    let length = if address.contains(':') { 128 } else { 32 };
    format!("{address}/{length}")
}

impl Platform {
    /// The row of a provider.
    pub fn of(provider: Provider) -> &'static Self {
        match provider {
            Provider::Minikube => &MINIKUBE,
            Provider::Kind => &KIND,
            Provider::K3s => &K3S,
            Provider::Kops => &KOPS,
            Provider::Eks => &EKS,
            Provider::Gke => &GKE,
            Provider::Aks => &AKS,
            Provider::Openshift => &OPENSHIFT,
            Provider::Doks => &DOKS,
            Provider::Generic => &GENERIC,
        }
    }

    /// All rows, `generic` last.
    pub fn all() -> [&'static Self; 10] {
        [&MINIKUBE, &KIND, &K3S, &KOPS, &EKS, &GKE, &AKS, &OPENSHIFT, &DOKS, &GENERIC]
    }

    /// The reasons of its cells.
    pub fn reasons(&self) -> Vec<&'static Reason> {
        let classes = self.ingress_classes.value.iter().chain(self.gateway_classes.value);
        let mut reasons = vec![
            self.dns.reason,
            self.users.reason,
            self.cni.reason,
            self.ranges_match_pods.reason,
            self.api_ports.reason,
            self.ip_families.reason,
            self.identity.reason,
            self.ingress_classes.reason,
            self.gateway_classes.reason,
            self.storage_class.reason,
        ];
        reasons.extend(classes.map(|class| class.callers.reason));
        reasons
    }
}

const KUBE_DNS: DnsRow =
    DnsRow::Pods { namespace: "kube-system", labels: &[("k8s-app", "kube-dns")], ports: &[53] };
/// The metadata server of Google, which is Cloud DNS at port 53.
const METADATA: DnsRow = DnsRow::Address { address: "169.254.169.254", ports: &[53] };
const NODE_CACHE: DnsRow = DnsRow::Address { address: NODE_LOCAL_DNS, ports: &[53] };
/// The address of `NodeLocal DNSCache` on each node: that of kops (`pkg/model/components/kubedns.go` of kubernetes/kops)
/// and of the Kubernetes documentation (<https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/>). The cache
/// runs in the network of the node, where no pod selector finds it (kubernetes/kubernetes#70555).
pub(super) const NODE_LOCAL_DNS: &str = "169.254.20.10";

const fn reason(name: &'static str, why: &'static str, source: &'static str) -> Reason {
    Reason { name, why, source }
}

static CORE_DNS: Reason = reason(
    "platform-core-dns",
    "CoreDNS runs as pods of `kube-system` with the label `k8s-app: kube-dns`, and listens on port 53",
    "https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/",
);
static EKS_DNS: Reason = reason(
    "platform-eks-dns",
    "CoreDNS runs as pods; with EKS Auto Mode it runs on the nodes, and is called by the address of its Service, the tenth of the range of Services",
    "aws/containers-roadmap#2552",
);
static GKE_DNS: Reason = reason(
    "platform-gke-dns",
    "kube-dns and NodeLocal DNSCache run as pods; Cloud DNS answers at the address of the metadata server, and Autopilot has no other",
    "tektoncd/operator#4000",
);
static OPENSHIFT_DNS: Reason = reason(
    "platform-openshift-dns",
    "the pods of `openshift-dns` listen on port 5353, and OVN-Kubernetes judges a call after the address of the Service has become theirs",
    "https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/networking_operators/dns-operator",
);
static GENERIC_DNS: Reason = reason(
    "platform-generic-dns",
    "`cluster.provider` is not written: wherever one of the known platforms answers to DNS, pods may ask",
    "jupyterhub/zero-to-jupyterhub-k8s#3167",
);
static ANY_USER: Reason = reason(
    "platform-any-user",
    "Pod Security admits each user id but 0",
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
);
static ASSIGNED_USER: Reason = reason(
    "platform-assigned-user",
    "the security context constraint `restricted-v2` gives each namespace a range of user ids, and refuses others",
    "https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-pod-security-policies",
);
static OWN_CNI: Reason = reason(
    "platform-own-network",
    "such clusters differ in what gives pods their addresses",
    "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/",
);
static KOPS_CNI: Reason = reason(
    "platform-kops-network",
    "`seaway cluster` asks kops for Cilium, which enforces network policies",
    "https://kops.sigs.k8s.io/networking/cilium/",
);
static EKS_CNI: Reason = reason(
    "platform-eks-network",
    "EKS brings the VPC CNI along",
    "https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html",
);
static DOKS_CNI: Reason = reason(
    "platform-doks-network",
    "DigitalOcean runs Cilium",
    "https://docs.digitalocean.com/products/kubernetes/details/features/",
);
static RANGES: Reason = reason(
    "platform-ranges",
    "most network plugins apply an address range to every address in it",
    "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
);
static CILIUM_RANGES: Reason = reason(
    "platform-cilium-ranges",
    "to Cilium an address range never means a pod or a node",
    "cilium/cilium#14497",
);
static GENERIC_RANGES: Reason = reason(
    "platform-generic-ranges",
    "the cluster may run Cilium, to which an address range never means a pod or a node",
    "cilium/cilium#35212",
);
static API_AT_443: Reason = reason(
    "platform-api-443",
    "the provider's API server listens on the port of its Service",
    "cert-manager/cert-manager#5787",
);
static KOPS_API: Reason = reason(
    "platform-kops-api",
    "kops starts the API server with `--secure-port=443`",
    "https://github.com/kubernetes/kops/blob/master/pkg/model/components/apiserver.go",
);
static MINIKUBE_API: Reason = reason(
    "platform-minikube-api",
    "minikube starts the API server on port 8443",
    "https://github.com/kubernetes/minikube/blob/master/pkg/minikube/constants/constants.go",
);
static KUBEADM_API: Reason = reason(
    "platform-kubeadm-api",
    "the API server listens on port 6443 of a node, and most network plugins judge a call after its address has become that one",
    "https://kubernetes.io/docs/reference/networking/ports-and-protocols/",
);
static OPENSHIFT_API: Reason = reason(
    "platform-openshift-api",
    "the API server listens on port 6443, and OVN-Kubernetes judges a call after the address of the Service has become that one",
    "cert-manager/cert-manager#5787",
);
static GENERIC_API: Reason = reason(
    "platform-generic-api",
    "it is 443 with most providers, 6443 where kubeadm made the cluster, and 8443 with minikube",
    "https://kubernetes.io/docs/reference/networking/ports-and-protocols/",
);
static IPV4: Reason = reason(
    "platform-ipv4",
    "clusters have IPv4 unless they are made with another family",
    "https://kubernetes.io/docs/concepts/services-networking/dual-stack/",
);
static NO_IDENTITY: Reason = reason(
    "platform-no-identity",
    "no cloud gives pods rights there without further set-up",
    "https://kubernetes.io/docs/concepts/security/service-accounts/",
);
static KOPS_IDENTITY: Reason = reason(
    "platform-kops-identity",
    "kops makes roles of AWS for service accounts",
    "https://kops.sigs.k8s.io/cluster_spec/#service-account-issuer-discovery-and-aws-iam-roles-for-service-accounts-irsa",
);
static EKS_IDENTITY: Reason = reason(
    "platform-eks-identity",
    "EKS Pod Identity needs no annotation and no provider of OpenID Connect",
    "https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html",
);
static GKE_IDENTITY: Reason = reason(
    "platform-gke-identity",
    "Autopilot clusters have Workload Identity Federation, and there is no other way that gives each account rights of its own",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity",
);
static AKS_IDENTITY: Reason = reason(
    "platform-aks-identity",
    "Microsoft Entra Workload ID is the way that AKS gives each account rights of its own",
    "https://learn.microsoft.com/en-us/azure/aks/workload-identity-overview",
);
static NO_INGRESS: Reason = reason(
    "platform-no-ingress",
    "the cluster has no Ingress controller unless somebody installs one",
    "https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/",
);
static K3S_INGRESS: Reason = reason(
    "platform-k3s-ingress",
    "k3s brings Traefik along",
    "https://docs.k3s.io/networking/networking-services#traefik-ingress-controller",
);
static GKE_INGRESS: Reason = reason(
    "platform-gke-ingress",
    "the controller of GKE has no `IngressClass`: it goes by the annotation",
    "kubernetes/ingress-gce#1891",
);
static AKS_INGRESS: Reason = reason(
    "platform-aks-ingress",
    "the add-on for application routing brings its class along",
    "https://learn.microsoft.com/en-us/azure/aks/app-routing",
);
static OPENSHIFT_INGRESS: Reason = reason(
    "platform-openshift-ingress",
    "the router of OpenShift makes a Route of each Ingress of its class",
    "https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/ingress_and_load_balancing/configuring-routes",
);
/// All namespaces that a router runs in, or whose network it uses: those of an older label, `network.openshift.io/policy-group`,
/// are only those of routers that are pods.
const OPENSHIFT_ROUTERS: PlatformCallers =
    PlatformCallers::Labelled("policy-group.network.openshift.io/ingress", "");
static OPENSHIFT_CALLERS: Reason = reason(
    "platform-openshift-callers",
    "the label stands for the routers, whether they use the network of pods or that of nodes",
    "https://access.redhat.com/documentation/en-us/openshift_container_platform/4.7/html/release_notes/ocp-4-7-network-policy-host-network-ingress-controllers",
);
static GOOGLE_RANGES: Reason = reason(
    "platform-google-ranges",
    "health checks of Google Cloud come from these ranges, and so do requests of its global load balancers",
    "https://cloud.google.com/load-balancing/docs/health-checks#fw-rule",
);
static NO_GATEWAY: Reason = reason(
    "platform-no-gateway",
    "the cluster has no controller of the Gateway API unless somebody installs one",
    "https://gateway-api.sigs.k8s.io/implementations/",
);
static GKE_GATEWAYS: Reason = reason(
    "platform-gke-gateways",
    "GKE brings these classes along where the Gateway API is enabled, as it is in Autopilot clusters",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api#gatewayclass",
);
static NO_STORAGE_CLASS: Reason = reason(
    "platform-no-storage-class",
    "not every such cluster has a default storage class",
    "https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass",
);
static EKS_STORAGE: Reason = reason(
    "platform-eks-storage",
    "new clusters of EKS have had no default storage class since 1.30",
    "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
);
static KOPS_STORAGE: Reason = reason(
    "platform-kops-storage",
    "the class of kops is called after its version, and a stack that relies on it changes with kops",
    "https://github.com/kubernetes/kops/tree/master/upup/models/cloudup/resources/addons/storage-aws.addons.k8s.io",
);
static MINIKUBE_STORAGE: Reason = reason(
    "platform-minikube-storage",
    "the add-on `default-storageclass` is on unless it is turned off",
    "https://minikube.sigs.k8s.io/docs/handbook/persistent_volumes/",
);
static KIND_STORAGE: Reason = reason(
    "platform-kind-storage",
    "kind brings the local-path provisioner along",
    "https://kind.sigs.k8s.io/docs/design/node-image/",
);
static K3S_STORAGE: Reason = reason(
    "platform-k3s-storage",
    "k3s brings the local-path provisioner along",
    "https://docs.k3s.io/storage",
);
static GKE_STORAGE: Reason = reason(
    "platform-gke-storage",
    "the default class of GKE is made of balanced persistent disks",
    "https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes#storageclasses",
);
static AKS_STORAGE: Reason = reason(
    "platform-aks-storage",
    "the default class of AKS is made of Azure disks",
    "https://learn.microsoft.com/en-us/azure/aks/concepts-storage#storage-classes",
);
static DOKS_STORAGE: Reason = reason(
    "platform-doks-storage",
    "the default class of DigitalOcean is made of its block storage",
    "https://docs.digitalocean.com/products/kubernetes/how-to/add-volumes/",
);

const fn cell<T>(value: T, reason: &'static Reason) -> Cell<T> {
    Cell { value, reason }
}

/// The addresses of Google's front ends and health checks.
const GOOGLE: &[&str] = &["130.211.0.0/22", "35.191.0.0/16"];

const fn of_google(name: &'static str, callers: PlatformCallers, is_default: bool) -> ClassRow {
    let callers = cell(callers, &GOOGLE_RANGES);
    let named_by = ClassField::Annotation;
    ClassRow { name, named_by, controller: Controller::Gce, is_default, callers }
}

const fn gateway(name: &'static str, callers: PlatformCallers) -> ClassRow {
    ClassRow { named_by: ClassField::Field, ..of_google(name, callers, false) }
}

const NO_CLASSES: Cell<&[ClassRow]> = cell(&[], &NO_INGRESS);
const NO_GATEWAYS: Cell<&[ClassRow]> = cell(&[], &NO_GATEWAY);

static MINIKUBE: Platform = Platform {
    provider: Provider::Minikube,
    dns: cell(&[KUBE_DNS], &CORE_DNS),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(true, &RANGES),
    api_ports: cell(&[443, 8443], &MINIKUBE_API),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(None, &NO_IDENTITY),
    ingress_classes: NO_CLASSES,
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(Some("standard"), &MINIKUBE_STORAGE),
};
static KIND: Platform = Platform {
    provider: Provider::Kind,
    dns: cell(&[KUBE_DNS], &CORE_DNS),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(true, &RANGES),
    api_ports: cell(&[443, 6443], &KUBEADM_API),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(None, &NO_IDENTITY),
    ingress_classes: NO_CLASSES,
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(Some("standard"), &KIND_STORAGE),
};
static K3S: Platform = Platform {
    provider: Provider::K3s,
    dns: cell(&[KUBE_DNS], &CORE_DNS),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(true, &RANGES),
    api_ports: cell(&[443, 6443], &KUBEADM_API),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(None, &NO_IDENTITY),
    ingress_classes: cell(
        &[ClassRow {
            name: "traefik",
            named_by: ClassField::Field,
            controller: Controller::Traefik,
            is_default: true,
            callers: cell(PlatformCallers::Namespace("kube-system"), &K3S_INGRESS),
        }],
        &K3S_INGRESS,
    ),
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(Some("local-path"), &K3S_STORAGE),
};
static KOPS: Platform = Platform {
    provider: Provider::Kops,
    dns: cell(&[KUBE_DNS], &CORE_DNS),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(Some(Cni::Cilium), &KOPS_CNI),
    ranges_match_pods: cell(false, &CILIUM_RANGES),
    api_ports: cell(&[443], &KOPS_API),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(Some(Identity::Irsa), &KOPS_IDENTITY),
    ingress_classes: NO_CLASSES,
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(None, &KOPS_STORAGE),
};
static EKS: Platform = Platform {
    provider: Provider::Eks,
    dns: cell(
        &[
            KUBE_DNS,
            DnsRow::Address { address: "10.100.0.10", ports: &[53] },
            DnsRow::Address { address: "172.20.0.10", ports: &[53] },
        ],
        &EKS_DNS,
    ),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(Some(Cni::AmazonVpc), &EKS_CNI),
    ranges_match_pods: cell(true, &RANGES),
    api_ports: cell(&[443], &API_AT_443),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(Some(Identity::PodIdentity), &EKS_IDENTITY),
    ingress_classes: NO_CLASSES,
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(None, &EKS_STORAGE),
};
static GKE: Platform = Platform {
    provider: Provider::Gke,
    dns: cell(
        &[
            KUBE_DNS,
            DnsRow::Pods {
                namespace: "kube-system",
                labels: &[("k8s-app", "node-local-dns")],
                ports: &[53],
            },
            NODE_CACHE,
            METADATA,
        ],
        &GKE_DNS,
    ),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(false, &GENERIC_RANGES),
    api_ports: cell(&[443], &API_AT_443),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(Some(Identity::GkeWorkloadIdentity), &GKE_IDENTITY),
    ingress_classes: cell(
        &[
            of_google("gce", PlatformCallers::Ranges(GOOGLE), true),
            of_google("gce-internal", PlatformCallers::OwnNetworkAnd(GOOGLE), false),
        ],
        &GKE_INGRESS,
    ),
    gateway_classes: cell(
        &[
            gateway("gke-l7-global-external-managed", PlatformCallers::Ranges(GOOGLE)),
            gateway("gke-l7-gxlb", PlatformCallers::Ranges(GOOGLE)),
            gateway("gke-l7-regional-external-managed", PlatformCallers::OwnNetworkAnd(GOOGLE)),
            gateway("gke-l7-rilb", PlatformCallers::OwnNetworkAnd(GOOGLE)),
        ],
        &GKE_GATEWAYS,
    ),
    storage_class: cell(Some("standard-rwo"), &GKE_STORAGE),
};
static AKS: Platform = Platform {
    provider: Provider::Aks,
    dns: cell(&[KUBE_DNS], &CORE_DNS),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(false, &GENERIC_RANGES),
    api_ports: cell(&[443], &API_AT_443),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(Some(Identity::AksWorkloadIdentity), &AKS_IDENTITY),
    ingress_classes: cell(
        &[ClassRow {
            name: "webapprouting.kubernetes.azure.com",
            named_by: ClassField::Field,
            controller: Controller::Nginx,
            is_default: false,
            callers: cell(PlatformCallers::Namespace("app-routing-system"), &AKS_INGRESS),
        }],
        &AKS_INGRESS,
    ),
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(Some("default"), &AKS_STORAGE),
};
static OPENSHIFT: Platform = Platform {
    provider: Provider::Openshift,
    dns: cell(
        &[DnsRow::Pods { namespace: "openshift-dns", labels: &[], ports: &[5353] }],
        &OPENSHIFT_DNS,
    ),
    users: cell(Users::Cluster, &ASSIGNED_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(true, &RANGES),
    api_ports: cell(&[443, 6443], &OPENSHIFT_API),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(None, &NO_IDENTITY),
    ingress_classes: cell(
        &[ClassRow {
            name: "openshift-default",
            named_by: ClassField::Field,
            controller: Controller::Openshift,
            is_default: true,
            callers: cell(OPENSHIFT_ROUTERS, &OPENSHIFT_CALLERS),
        }],
        &OPENSHIFT_INGRESS,
    ),
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(None, &NO_STORAGE_CLASS),
};
static DOKS: Platform = Platform {
    provider: Provider::Doks,
    dns: cell(&[KUBE_DNS], &CORE_DNS),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(Some(Cni::Cilium), &DOKS_CNI),
    ranges_match_pods: cell(false, &CILIUM_RANGES),
    api_ports: cell(&[443], &API_AT_443),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(None, &NO_IDENTITY),
    ingress_classes: NO_CLASSES,
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(Some("do-block-storage"), &DOKS_STORAGE),
};
static GENERIC: Platform = Platform {
    provider: Provider::Generic,
    dns: cell(
        &[
            DnsRow::Pods {
                namespace: "kube-system",
                labels: &[("k8s-app", "kube-dns")],
                ports: &[53, 5353],
            },
            DnsRow::Pods { namespace: "openshift-dns", labels: &[], ports: &[53, 5353] },
            NODE_CACHE,
            METADATA,
        ],
        &GENERIC_DNS,
    ),
    users: cell(Users::Stack, &ANY_USER),
    cni: cell(None, &OWN_CNI),
    ranges_match_pods: cell(false, &GENERIC_RANGES),
    api_ports: cell(&[443, 6443, 8443], &GENERIC_API),
    ip_families: cell(&[IpFamily::Ipv4], &IPV4),
    identity: cell(None, &NO_IDENTITY),
    ingress_classes: NO_CLASSES,
    gateway_classes: NO_GATEWAYS,
    storage_class: cell(None, &NO_STORAGE_CLASS),
};
