//! Words about a load balancer of a cloud, and the annotations of a Service that say them there.

use crate::options::cluster::Provider;

/// The annotations of a cloud that say who reaches a load balancer, and at which address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudWords {
    /// The annotation that keeps it inside the network, and its value.
    pub internal: (&'static str, &'static str),
    /// The annotation that names a static address, where there is one.
    pub address: Option<AddressForm>,
}

/// How a static address is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressForm {
    /// By the name of the reserved address.
    Name(&'static str),
    /// By the name of the reserved address, or by the address itself.
    NameOrAddress {
        /// The annotation for a name.
        name: &'static str,
        /// The annotation for an address.
        address: &'static str,
    },
}

impl AddressForm {
    /// The annotation that names an address.
    pub fn key(self, written: &str) -> &'static str {
        match self {
            Self::Name(key) => key,
            Self::NameOrAddress { name, address } => {
                if written.parse::<std::net::IpAddr>().is_ok() { address } else { name }
            }
        }
    }
}

impl Provider {
    /// The annotations of a Service that its load balancers read. Those of AWS have options of their own (`nlb`). Sources:
    /// <https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters>,
    /// <https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/#loadbalancer-annotations>,
    /// <https://github.com/digitalocean/digitalocean-cloud-controller-manager/blob/master/docs/controllers/services/annotations.md>
    /// (a load balancer of `DigitalOcean` takes no reserved address).
    pub fn balancer_words(self) -> Option<CloudWords> {
        match self {
            Self::Gke => Some(CloudWords {
                internal: ("networking.gke.io/load-balancer-type", "Internal"),
                address: Some(AddressForm::Name("networking.gke.io/load-balancer-ip-addresses")),
            }),
            Self::Aks => Some(CloudWords {
                internal: ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
                address: Some(AddressForm::NameOrAddress {
                    name: "service.beta.kubernetes.io/azure-pip-name",
                    address: "service.beta.kubernetes.io/azure-load-balancer-ipv4",
                }),
            }),
            Self::Doks => Some(CloudWords {
                internal: ("service.beta.kubernetes.io/do-loadbalancer-network", "INTERNAL"),
                address: None,
            }),
            Self::Minikube
            | Self::Kind
            | Self::K3s
            | Self::Kops
            | Self::Eks
            | Self::Openshift
            | Self::Generic => None,
        }
    }
}
