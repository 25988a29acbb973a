//! The cluster that a stage assumes, as kops makes it.
//!
//! What the stack says of it (`[cluster]`) and what the objects of the stage need: rooms for their pods, and add-ons. The
//! objects are looked at rather than the stack, so that patches and objects of the user's own count as well.

mod machines;
mod versions;
mod kops;
mod subnets;
mod size;
mod needs;
mod known;
mod notes;

use std::collections::BTreeMap;

use seaway_core::options::{Cluster, Cni, ServiceAccountSetting};
use seaway_core::{Reported, Sink, Stack};

use crate::Bundle;
use crate::emit::{self, Format};
use crate::link::demands;
use known::{Known, known, no_room, too_large};
use kops::{
    API_VERSION, Api, Authorization, AwsPermissions, Cilium, CloudConfig, Dns, EtcdCluster,
    EtcdManager, EtcdMember, Iam, InstanceMetadata, IssuerDiscovery, KopsCluster, KopsGroup,
    KopsObject, KubeDns, Kubelet, LoadBalancer, Metadata, MetricsServer, Networking, NodeLocalDns,
    ON, Permissions, Subnet, Topology, empty,
};
use machines::Family;
use needs::{AddOn, Needs};
use notes::notes;
use size::{Frame, Nodes};
use subnets::Range;

/// Days that backups of etcd are kept, as kops writes it into new clusters.
const BACKUP_DAYS: u32 = 90;

/// A cluster that a stage assumes: the objects of kops, with what a person has to know about them.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What stands above the cluster.
    notes: Vec<String>,
    cluster: KopsObject<KopsCluster>,
    groups: Vec<KopsObject<KopsGroup>>,
    /// How the nodes were reckoned.
    sum: Vec<String>,
    /// How many nodes there are in all zones.
    nodes: u64,
}

impl Plan {
    /// The objects as YAML for `kops create -f -`, with comments.
    ///
    /// # Errors
    ///
    /// None: there is nothing in them that YAML could not say.
    pub fn yaml(&self) -> Result<String, emit::Error> {
        let mut out = String::new();
        document(&self.cluster, &self.notes, &mut out)?;
        let mut sum = Some(&self.sum);
        for group in &self.groups {
            let of_nodes = group.spec.role == NODE;
            let comments = if of_nodes { sum.take() } else { None };
            document(group, comments.map_or(&[], Vec::as_slice), &mut out)?;
        }
        Ok(out)
    }
}

/// A document with comments below its `---`: kops takes what stands above the first one for a document of its own
/// (`SplitContentToSections` of `pkg/kopscodecs` splits at the line alone).
fn document(
    object: &impl serde::Serialize,
    comments: &[String],
    out: &mut String,
) -> Result<(), emit::Error> {
    let mut text = String::new();
    emit::document(object, Format::Yaml, &mut text)?;
    let body = text.strip_prefix("---\n").unwrap_or(&text);
    out.push_str("---\n");
    for line in comments {
        out.push_str(if line.is_empty() { "#" } else { "# " });
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(body);
    Ok(())
}

const NODE: &str = "Node";

/// The cluster that a stage assumes, or what it lacks for one.
pub(crate) fn plan(bundle: &Bundle, sink: &mut Sink) -> Result<Plan, Reported> {
    let stack = &bundle.stack;
    let known = known(bundle, sink)?;
    let needs = Needs::of(&bundle.objects);
    let taken: Vec<Range> = needs
        .outside
        .iter()
        .filter_map(|cidr| Range::parse(cidr))
        .filter(|range| known.network.has_inside(*range))
        .collect();
    let subnets = subnets::subnets(known.network, known.zones.len(), &taken);
    let Some(subnets) = subnets else {
        return Err(sink.error(no_room(stack, &known, &taken)));
    };
    let production = stack.is_production();
    let zones = u64::try_from(known.zones.len()).unwrap_or(u64::MAX);
    let frame = Frame {
        cni: known.cni,
        local_dns: stack.cluster.node_local_dns().is_some(),
        zones,
        family: family(production, needs.is_arm),
        survives_zone: production && zones > 1,
    };
    let demands = demands(stack, &bundle.objects);
    let nodes = match size::nodes(&demands, frame) {
        Ok(nodes) => nodes,
        Err(demand) => return Err(sink.error(too_large(bundle, &demand))),
    };
    let control = control_plane(&known, production);
    let mut groups: Vec<KopsObject<KopsGroup>> =
        control.iter().map(|member| control_group(&known, member, frame.family)).collect();
    groups.extend(known.zones.iter().map(|zone| node_group(&known, zone, &nodes)));
    Ok(Plan {
        notes: notes(stack, &known, &needs),
        cluster: KopsObject {
            api_version: API_VERSION,
            kind: "Cluster",
            metadata: Metadata { name: known.name.to_owned(), labels: BTreeMap::new() },
            spec: cluster(stack, &known, &needs, &subnets, &control),
        },
        groups,
        sum: nodes.sum,
        nodes: nodes.per_zone.saturating_mul(zones),
    })
}

/// How many nodes a stage needs, where its cluster is planned at all.
pub(crate) fn node_count(bundle: &Bundle) -> Option<u64> {
    plan(bundle, &mut Sink::default()).ok().map(|plan| plan.nodes)
}

fn family(production: bool, is_arm: bool) -> Family {
    match (production, is_arm) {
        (true, false) => Family::M6i,
        (true, true) => Family::M6g,
        (false, false) => Family::T3,
        (false, true) => Family::T4g,
    }
}

/// A member of the control plane: its group, its zone, and its name in etcd.
struct Member<'a> {
    group: String,
    zone: &'a str,
    etcd: String,
}

/// In production three, over as many zones as there are: etcd goes on with two of three
/// (<https://kops.sigs.k8s.io/operations/high_availability/>).
fn control_plane<'a>(known: &Known<'a>, production: bool) -> Vec<Member<'a>> {
    let count = if production { 3 } else { 1 };
    let zones: Vec<&str> = known.zones.iter().copied().cycle().take(count).collect();
    let member = |(at, zone): (usize, &&'a str)| {
        let letter = zone.strip_prefix(known.region).unwrap_or(zone).trim_start_matches('-');
        let twin = zones.iter().filter(|one| *one == zone).count() > 1;
        let number = zones[..at].iter().filter(|one| *one == zone).count() + 1;
        let (suffix, of_etcd) = if twin {
            (format!("-{number}"), format!("{letter}{number}"))
        } else {
            (String::new(), letter.to_owned())
        };
        Member { group: format!("control-plane-{zone}{suffix}"), zone, etcd: of_etcd }
    };
    zones.iter().enumerate().map(member).collect()
}

fn group(known: &Known<'_>, name: String, spec: KopsGroup) -> KopsObject<KopsGroup> {
    let labels = BTreeMap::from([("kops.k8s.io/cluster", known.name.to_owned())]);
    KopsObject {
        api_version: API_VERSION,
        kind: "InstanceGroup",
        metadata: Metadata { name, labels },
        spec,
    }
}

fn control_group(known: &Known<'_>, member: &Member<'_>, family: Family) -> KopsObject<KopsGroup> {
    let machine = machines::of(family).next().map_or("t3.medium", |machine| machine.name);
    let spec = KopsGroup {
        role: "Master",
        machine_type: machine,
        min_size: 1,
        max_size: 1,
        subnets: vec![member.zone.to_owned()],
        root_volume_encryption: true,
        instance_metadata: InstanceMetadata {
            http_tokens: "required",
            http_put_response_hop_limit: None,
        },
        kubelet: None,
    };
    group(known, member.group.clone(), spec)
}

fn node_group(known: &Known<'_>, zone: &str, nodes: &Nodes) -> KopsObject<KopsGroup> {
    let reserved = nodes.machine.reserved(known.cni);
    let kubelet = Kubelet {
        max_pods: (known.cni != Cni::Cilium).then(|| nodes.machine.max_pods(known.cni)),
        kube_reserved: BTreeMap::from([
            ("cpu", format!("{}m", reserved.cpu)),
            ("memory", format!("{}Mi", reserved.memory)),
        ]),
        ..Kubelet::default()
    };
    let spec = KopsGroup {
        role: NODE,
        machine_type: nodes.machine.name,
        min_size: nodes.per_zone,
        max_size: nodes.per_zone,
        subnets: vec![zone.to_owned()],
        root_volume_encryption: true,
        // One hop: a pod is a hop farther away, and does not get the rights of the node
        // (https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html).
        instance_metadata: InstanceMetadata {
            http_tokens: "required",
            http_put_response_hop_limit: Some(1),
        },
        kubelet: Some(kubelet),
    };
    group(known, format!("nodes-{zone}"), spec)
}

fn cluster(
    stack: &Stack,
    known: &Known<'_>,
    needs: &Needs,
    subnets: &subnets::Subnets,
    control: &[Member<'_>],
) -> KopsCluster {
    let production = stack.is_production();
    let gives_rights = gives_rights(stack, needs);
    // The webhook and the load balancer controller have their certificates of it: https://kops.sigs.k8s.io/addons/
    let balances = needs.has(AddOn::LoadBalancerController);
    let cert_manager = needs.has(AddOn::CertManager) || gives_rights || balances;
    let if_on = |on: bool| on.then_some(ON);
    let reach = if production { "Private" } else { "Public" };
    let zones = known.zones.iter().zip(&subnets.nodes);
    let mut all: Vec<Subnet> = zones.map(|(zone, range)| subnet("", zone, reach, *range)).collect();
    if production {
        let zones = known.zones.iter().zip(&subnets.utility);
        all.extend(zones.map(|(zone, range)| subnet("utility-", zone, "Utility", *range)));
    }
    let etcd = |name| EtcdCluster {
        name,
        etcd_members: control.iter().map(etcd_member).collect(),
        manager: EtcdManager { backup_retention_days: BACKUP_DAYS },
    };
    KopsCluster {
        channel: "stable",
        cloud_provider: "aws",
        kubernetes_version: known.version.clone(),
        api: Api { load_balancer: LoadBalancer { class: "Network", reach: "Public" } },
        kubernetes_api_access: api_access(&stack.cluster),
        authorization: Authorization { rbac: empty() },
        iam: Iam {
            legacy: false,
            allow_container_registry: true,
            use_service_account_external_permissions: true,
            service_account_external_permissions: permissions(stack, known, needs),
        },
        service_account_issuer_discovery: IssuerDiscovery {
            discovery_store: format!("s3://{}", known.issuer_bucket()),
            enable_aws_oidc_provider: true,
        },
        pod_identity_webhook: if_on(gives_rights),
        cert_manager: if_on(cert_manager),
        aws_load_balancer_controller: if_on(balances),
        metrics_server: needs
            .has(AddOn::MetricsServer)
            .then(|| MetricsServer { enabled: true, insecure: cert_manager.then_some(false) }),
        cloud_config: needs.has(AddOn::Volumes).then_some(CloudConfig { aws_ebs_csi_driver: ON }),
        snapshot_controller: if_on(needs.has(AddOn::Snapshots)),
        kube_dns: stack.cluster.node_local_dns().map(|_| KubeDns {
            provider: "CoreDNS",
            node_local_dns: NodeLocalDns { enabled: true, local_ip: "169.254.20.10" },
        }),
        kubelet: Kubelet { anonymous_auth: Some(false), ..Kubelet::default() },
        etcd_clusters: vec![etcd("main"), etcd("events")],
        network_cidr: known.network.to_string(),
        non_masquerade_cidr: "100.64.0.0/10",
        networking: networking(known.cni),
        subnets: all,
        topology: Topology { dns: Dns { kind: "None" } },
    }
}

fn subnet(prefix: &str, zone: &str, reach: &'static str, range: Range) -> Subnet {
    let name = format!("{prefix}{zone}");
    Subnet { name, zone: zone.to_owned(), reach, cidr: range.to_string() }
}

fn etcd_member(member: &Member<'_>) -> EtcdMember {
    EtcdMember {
        name: member.etcd.clone(),
        instance_group: member.group.clone(),
        encrypted_volume: true,
    }
}

fn networking(cni: Cni) -> Networking {
    let cilium = |cilium| Networking { cilium: Some(cilium), amazonvpc: None };
    match cni {
        Cni::Cilium => cilium(Cilium::Overlay(empty())),
        Cni::CiliumEni => cilium(Cilium::Eni { ipam: "eni" }),
        Cni::AmazonVpc => Networking { cilium: None, amazonvpc: Some(empty()) },
    }
}

fn api_access(cluster: &Cluster) -> Vec<String> {
    if cluster.api_access.is_empty() {
        return vec!["0.0.0.0/0".to_owned(), "::/0".to_owned()];
    }
    cluster.api_access.iter().map(ToString::to_string).collect()
}

/// Whether pods get rights in AWS by their account.
fn gives_rights(stack: &Stack, needs: &Needs) -> bool {
    let parts = || stack.parts.values().any(|part| part.shared.cloud_rights().is_some());
    needs.external_secrets.is_some() || parts()
}

/// Roles that kops makes: of accounts with policies, and of what reads secrets for the stage.
fn permissions(stack: &Stack, known: &Known<'_>, needs: &Needs) -> Vec<Permissions> {
    let mut permissions = Vec::new();
    for part in stack.parts.values() {
        let Some(account) = &part.shared.service_account else { continue };
        let ServiceAccountSetting::Own(own) = &account.value else { continue };
        if own.policies.is_empty() {
            continue;
        }
        let policy_arns = own.policies.iter().map(ToString::to_string).collect();
        permissions.push(Permissions {
            name: part.object.to_string(),
            namespace: stack.namespace.to_string(),
            aws: AwsPermissions { policy_arns, inline_policy: None },
        });
    }
    if let Some(secrets) = &needs.external_secrets {
        let account = stack.cluster.account.as_ref().map_or("*", |account| &account.value);
        permissions.push(Permissions {
            name: "external-secrets".to_owned(),
            namespace: "external-secrets".to_owned(),
            aws: AwsPermissions {
                policy_arns: Vec::new(),
                inline_policy: Some(needs::reads(secrets, known.region, account)),
            },
        });
    }
    permissions
}
