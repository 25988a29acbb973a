//! The parts of the API of kops that a cluster of a stage has: `kops.k8s.io/v1alpha2`.
//!
//! Names of fields are those of `pkg/apis/kops/v1alpha2` of <https://github.com/kubernetes/kops>. What kops chooses well
//! by itself is left to it, as <https://kops.sigs.k8s.io/manifests_and_customizing_via_api/> asks for: images, the
//! versions of its add-ons, addresses of Services.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::emit::Verbatim;

/// Group and version.
pub(super) const API_VERSION: &str = "kops.k8s.io/v1alpha2";

/// An object of kops.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KopsObject<S> {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub metadata: Metadata,
    pub spec: S,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Metadata {
    pub name: String,
    pub labels: BTreeMap<&'static str, String>,
}

/// `spec` of a `Cluster`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KopsCluster {
    pub channel: &'static str,
    pub cloud_provider: &'static str,
    pub kubernetes_version: String,
    pub api: Api,
    pub kubernetes_api_access: Vec<String>,
    pub authorization: Authorization,
    pub iam: Iam,
    pub service_account_issuer_discovery: IssuerDiscovery,
    pub pod_identity_webhook: Option<Enabled>,
    pub cert_manager: Option<Enabled>,
    pub aws_load_balancer_controller: Option<Enabled>,
    pub metrics_server: Option<MetricsServer>,
    pub cloud_config: Option<CloudConfig>,
    pub snapshot_controller: Option<Enabled>,
    #[serde(rename = "kubeDNS")]
    pub kube_dns: Option<KubeDns>,
    pub kubelet: Kubelet,
    pub etcd_clusters: Vec<EtcdCluster>,
    #[serde(rename = "networkCIDR")]
    pub network_cidr: String,
    #[serde(rename = "nonMasqueradeCIDR")]
    pub non_masquerade_cidr: &'static str,
    pub networking: Networking,
    pub subnets: Vec<Subnet>,
    pub topology: Topology,
}

/// Nothing said: the choice itself is what matters.
pub(super) type Empty = Verbatim<BTreeMap<String, String>>;

/// A choice with nothing in it.
pub(super) fn empty() -> Empty {
    Verbatim(BTreeMap::new())
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Enabled {
    pub enabled: bool,
}

pub(super) const ON: Enabled = Enabled { enabled: true };

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Api {
    pub load_balancer: LoadBalancer,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct LoadBalancer {
    pub class: &'static str,
    #[serde(rename = "type")]
    pub reach: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Authorization {
    pub rbac: Empty,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Iam {
    pub legacy: bool,
    pub allow_container_registry: bool,
    pub use_service_account_external_permissions: bool,
    pub service_account_external_permissions: Vec<Permissions>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Permissions {
    pub name: String,
    pub namespace: String,
    pub aws: AwsPermissions,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AwsPermissions {
    #[serde(rename = "policyARNs")]
    pub policy_arns: Vec<String>,
    pub inline_policy: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IssuerDiscovery {
    pub discovery_store: String,
    #[serde(rename = "enableAWSOIDCProvider")]
    pub enable_aws_oidc_provider: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct MetricsServer {
    pub enabled: bool,
    pub insecure: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct CloudConfig {
    #[serde(rename = "awsEBSCSIDriver")]
    pub aws_ebs_csi_driver: Enabled,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct KubeDns {
    pub provider: &'static str,
    #[serde(rename = "nodeLocalDNS")]
    pub node_local_dns: NodeLocalDns,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct NodeLocalDns {
    pub enabled: bool,
    #[serde(rename = "localIP")]
    pub local_ip: &'static str,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kubelet {
    pub anonymous_auth: Option<bool>,
    pub max_pods: Option<u64>,
    pub kube_reserved: BTreeMap<&'static str, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EtcdCluster {
    pub name: &'static str,
    pub etcd_members: Vec<EtcdMember>,
    pub manager: EtcdManager,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EtcdMember {
    pub name: String,
    pub instance_group: String,
    pub encrypted_volume: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EtcdManager {
    pub backup_retention_days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Networking {
    pub cilium: Option<Cilium>,
    pub amazonvpc: Option<Empty>,
}

/// The overlay, or with `ipam` addresses of the VPC.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Cilium {
    Overlay(Empty),
    Eni { ipam: &'static str },
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Subnet {
    pub name: String,
    pub zone: String,
    #[serde(rename = "type")]
    pub reach: &'static str,
    pub cidr: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Topology {
    pub dns: Dns,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Dns {
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// `spec` of an `InstanceGroup`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KopsGroup {
    pub role: &'static str,
    pub machine_type: &'static str,
    pub min_size: u64,
    pub max_size: u64,
    pub subnets: Vec<String>,
    pub root_volume_encryption: bool,
    pub instance_metadata: InstanceMetadata,
    pub kubelet: Option<Kubelet>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceMetadata {
    pub http_tokens: &'static str,
    pub http_put_response_hop_limit: Option<u64>,
}
