//! The cluster of a stage in the words of kops: its nodes, its add-ons, and that kops has these words.

use insta::assert_snapshot;
use seaway_core::{Sink, Source};
use serde_yaml::Value;

use crate::common::told;
use crate::support::BASE;

const KOPS: &str = "cluster = { provider = \"kops\", name = \"s.k8s.test\", region = \"eu-central-1\", zones = [\"eu-central-1a\"] }\n";

/// What is printed of [`BASE`] and more, or what is told.
fn cluster(more: &str) -> Result<String, String> {
    let source = Source::new("stack.toml", format!("{BASE}{more}"));
    let mut sink = Sink::default();
    let document = seaway_core::parse(&source, &mut sink);
    match seaway_render::plan_cluster(&source, &document, "x", &mut sink) {
        Ok(plan) => Ok(plan.yaml().expect("it prints")),
        Err(_) => Err(told(&source, &sink.finish())),
    }
}

fn printed(more: &str) -> String {
    cluster(more).unwrap_or_else(|told| panic!("{told}\n{more}"))
}

fn refused(more: &str) -> String {
    cluster(more).expect_err(more)
}

/// The documents as kops reads them: it splits at the line `---`, and each part has to be an object.
fn documents(text: &str) -> Vec<Value> {
    let parts = text.split("\n---\n").map(|part| serde_yaml::from_str(part).expect("YAML"));
    parts.collect()
}

/// A value of the `Cluster` by its path; `Null` if it is not there.
fn spec(more: &str, path: &str) -> Value {
    let documents = documents(&printed(more));
    let spec = documents[0]["spec"].clone();
    path.split('.').fold(spec, |value, key| value.get(key).cloned().unwrap_or_default())
}

#[test]
fn a_development_stage_has_a_small_cluster() {
    assert_snapshot!(printed(KOPS), @r#"
    ---
    # What stage `x` of `s` assumes, for kops 1.36:
    #   seaway cluster … | kops create --state s3://STATE -f -
    #   kops update cluster --state s3://STATE --name s.k8s.test --yes --admin
    #
    # The bucket s-k8s-test-oidc lies in eu-central-1 and everybody may read it: AWS takes the keys from there
    # that tokens of pods are signed with. No secret is in it.
    #
    # Everybody reaches the API server, and needs a certificate. `cluster.api-access` narrows it.
    apiVersion: kops.k8s.io/v1alpha2
    kind: Cluster
    metadata:
      name: s.k8s.test
    spec:
      channel: stable
      cloudProvider: aws
      kubernetesVersion: "1.36.4"
      api:
        loadBalancer:
          type: Public
          class: Network
      kubernetesApiAccess:
      - 0.0.0.0/0
      - "::/0"
      authorization:
        rbac: {}
      iam:
        legacy: false
        allowContainerRegistry: true
        useServiceAccountExternalPermissions: true
      serviceAccountIssuerDiscovery:
        discoveryStore: s3://s-k8s-test-oidc
        enableAWSOIDCProvider: true
      kubelet:
        anonymousAuth: false
      etcdClusters:
      - name: main
        etcdMembers:
        - name: a
          instanceGroup: control-plane-eu-central-1a
          encryptedVolume: true
        manager:
          backupRetentionDays: 90
      - name: events
        etcdMembers:
        - name: a
          instanceGroup: control-plane-eu-central-1a
          encryptedVolume: true
        manager:
          backupRetentionDays: 90
      networkCIDR: 172.20.0.0/16
      nonMasqueradeCIDR: 100.64.0.0/10
      networking:
        cilium: {}
      subnets:
      - name: eu-central-1a
        type: Public
        zone: eu-central-1a
        cidr: 172.20.32.0/19
      topology:
        dns:
          type: None
    ---
    apiVersion: kops.k8s.io/v1alpha2
    kind: InstanceGroup
    metadata:
      name: control-plane-eu-central-1a
      labels:
        kops.k8s.io/cluster: s.k8s.test
    spec:
      role: Master
      machineType: t3.medium
      minSize: 1
      maxSize: 1
      subnets:
      - eu-central-1a
      rootVolumeEncryption: true
      instanceMetadata:
        httpTokens: required
    ---
    # 1 × t3.medium, 1 in each of 1 zone
    #
    # asked for at most, rollouts included: 600m, 1280Mi, 16 pods
    #   Deployment/web: (1 + 1 in a rollout) × 100m, 256Mi
    #   the cluster itself: 400m, 768Mi, 14 pods
    # with 20 % head-room: 720m, 1536Mi, 20 pods
    #
    # a node has 2000m, 4096Mi; left for pods:
    #   without 7.5 % of the memory (virtual machine), 70m, 1465Mi (kubelet), 100Mi (eviction): 1930m, 2223Mi
    #   without cilium, kube-proxy, ebs-csi-node: 1775m, 1975Mi
    # in 1 node: 1775m, 1975Mi, 107 pods
    apiVersion: kops.k8s.io/v1alpha2
    kind: InstanceGroup
    metadata:
      name: nodes-eu-central-1a
      labels:
        kops.k8s.io/cluster: s.k8s.test
    spec:
      role: Node
      machineType: t3.medium
      minSize: 1
      maxSize: 1
      subnets:
      - eu-central-1a
      rootVolumeEncryption: true
      instanceMetadata:
        httpTokens: required
        httpPutResponseHopLimit: 1
      kubelet:
        kubeReserved:
          cpu: 70m
          memory: 1465Mi
    "#);
}

const PRODUCTION: &str = r#"profile = "production"
app.hosts = ["s.test"]
components.web.replicas = 9
components.web.probes = { readiness.path = "/r", liveness.path = "/l" }
app.image = "ghcr.io/acme/a:1@sha256:0123456789012345678901234567890123456789012345678901234567890123"
"#;

fn production(zones: &str, keys: &str) -> String {
    format!(
        "{PRODUCTION}cluster = {{ provider = \"kops\", name = \"s.k8s.test\", region = \"eu-central-1\", zones = [{zones}]{keys} }}\n"
    )
}

const THREE: &str = "\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\"";

#[test]
fn a_production_stage_survives_a_zone() {
    let text = printed(&production(THREE, ""));
    let documents = documents(&text);
    let names: Vec<&str> =
        documents.iter().filter_map(|one| one["metadata"]["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "s.k8s.test",
            "control-plane-eu-central-1a",
            "control-plane-eu-central-1b",
            "control-plane-eu-central-1c",
            "nodes-eu-central-1a",
            "nodes-eu-central-1b",
            "nodes-eu-central-1c",
        ]
    );
    let comments: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("# 3 ×"))
        .take_while(|line| line.starts_with('#'))
        .collect();
    assert_snapshot!(comments.join("\n"), @"
    # 3 × m6i.large, 1 in each of 3 zones
    #
    # asked for at most, rollouts included: 1600m, 3840Mi, 26 pods
    #   Deployment/web: (9 + 3 in a rollout) × 100m, 256Mi
    #   the cluster itself: 400m, 768Mi, 14 pods
    # with 20 % head-room: 1920m, 4608Mi, 32 pods
    #
    # a node has 2000m, 8192Mi; left for pods:
    #   without 7.5 % of the memory (virtual machine), 70m, 1465Mi (kubelet), 100Mi (eviction): 1930m, 6012Mi
    #   without cilium, kube-proxy, ebs-csi-node: 1775m, 5764Mi
    # in 3 nodes: 5325m, 17292Mi, 321 pods
    #
    # in the nodes of all zones but one: 3550m, 11528Mi, 214 pods
    # asked for without a rollout: 1300m, 3072Mi, 23 pods
    ");
    let subnets = &documents[0]["spec"]["subnets"];
    let kinds: Vec<&str> = subnets
        .as_sequence()
        .into_iter()
        .flatten()
        .filter_map(|subnet| subnet["type"].as_str())
        .collect();
    assert_eq!(kinds, ["Private", "Private", "Private", "Utility", "Utility", "Utility"]);
}

#[test]
fn two_zones_share_three_members_of_the_control_plane() {
    let text = printed(&production("\"eu-central-1a\", \"eu-central-1b\"", ""));
    let documents = documents(&text);
    let members: Vec<String> = documents[0]["spec"]["etcdClusters"][0]["etcdMembers"]
        .as_sequence()
        .into_iter()
        .flatten()
        .map(|one| {
            format!(
                "{} {}",
                one["name"].as_str().unwrap_or_default(),
                one["instanceGroup"].as_str().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        members,
        [
            "a1 control-plane-eu-central-1a-1",
            "b control-plane-eu-central-1b",
            "a2 control-plane-eu-central-1a-2",
        ]
    );
}

/// An object of the user's own.
fn object(api_version: &str, kind: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{api_version}\"\nkind = \"{kind}\"\nmetadata.name = \"own\"\n{more}"
    )
}

#[test]
fn add_ons_follow_the_objects() {
    let on = |path: &str, more: &str| spec(&format!("{KOPS}{more}"), path) == Value::Bool(true);
    let metrics = "metricsServer.enabled";
    assert!(!on(metrics, ""));
    assert!(on(metrics, "components.web.autoscale = { min = 1, max = 2 }\n"));
    let balancer = "awsLoadBalancerController.enabled";
    let ingress = |class: &str| {
        object(
            "networking.k8s.io/v1",
            "Ingress",
            &format!(
                "spec = {{ ingressClassName = \"{class}\", defaultBackend.service = {{ name = \"web\", port.name = \"http\" }} }}\n"
            ),
        )
    };
    let provides = "provides = [\"IngressClass/alb\", \"IngressClass/nginx\"], provider";
    let with = |more: &str, class: &str| format!("{more}{}", ingress(class));
    let kops = KOPS.replace("provider", provides);
    let on_with = |path: &str, text: &str| spec(text, path) == Value::Bool(true);
    assert!(on_with(balancer, &with(&kops, "alb")));
    assert!(!on_with(balancer, &with(&kops, "nginx")));
    assert!(printed(&with(&kops, "nginx")).contains("controller for Ingresses of class `nginx`"));
    // The controller has its certificates of cert-manager.
    assert!(on_with("certManager.enabled", &with(&kops, "alb")));
    let class = object(
        "networking.k8s.io/v1",
        "IngressClass",
        "spec.controller = \"ingress.k8s.aws/alb\"\n",
    );
    assert!(on(balancer, &format!("{class}{}", ingress("own"))));
    assert!(
        !printed(&format!("{KOPS}{class}{}", ingress("own"))).contains("controller for Ingresses")
    );
    let service = |more: &str| {
        object(
            "v1",
            "Service",
            &format!(
                "spec = {{ type = \"LoadBalancer\", selector.\"app.kubernetes.io/instance\" = \"web\", ports = [{{ port = 80, targetPort = 8000 }}]{more} }}\n"
            ),
        )
    };
    assert!(!on(balancer, &service("")));
    assert!(on(balancer, &service(", loadBalancerClass = \"service.k8s.aws/nlb\"")));
    let volumes = "cloudConfig.awsEBSCSIDriver.enabled";
    assert!(!on(volumes, ""));
    assert!(on(
        volumes,
        "components.db.type = \"postgres\"\ncomponents.web.env.A = \"${db.url}\"\n"
    ));
    let certificate = object(
        "cert-manager.io/v1",
        "Certificate",
        "spec = { secretName = \"tls\", dnsNames = [\"a.test\"], issuerRef = { name = \"a\", kind = \"ClusterIssuer\" } }\n",
    );
    let kops = KOPS.replace(
        "provider",
        "provides = [\"ClusterIssuer/a\", \"PersistentVolumeClaim/a\"], provider",
    );
    assert!(on_with("certManager.enabled", &format!("{kops}{certificate}")));
    assert!(!on("certManager.enabled", ""));
    let snapshot = object(
        "snapshot.storage.k8s.io/v1",
        "VolumeSnapshot",
        "spec.source.persistentVolumeClaimName = \"a\"\n",
    );
    assert!(on_with("snapshotController.enabled", &format!("{kops}{snapshot}")));
    let local = KOPS.replace("provider", "node-local-dns = true, provider");
    assert!(on_with("kubeDNS.nodeLocalDNS.enabled", &local));
}

#[test]
fn operators_that_kops_does_not_have_are_named() {
    let scaled = object(
        "keda.sh/v1alpha1",
        "ScaledObject",
        "spec = { scaleTargetRef.name = \"web\", minReplicaCount = 1, maxReplicaCount = 3, triggers = [{ type = \"cron\" }] }\n",
    );
    let patch = "[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nremove = [\"spec.replicas\"]\n";
    let text = printed(&format!("{KOPS}{scaled}{patch}"));
    let lines: Vec<&str> =
        text.lines().skip_while(|line| !line.contains("does not bring")).take(3).collect();
    assert_snapshot!(lines.join("\n"), @"
    # What the stage needs and kops does not bring along:
    #   KEDA 2.20.2:
    #     helm install keda keda --repo https://kedacore.github.io/charts --version 2.20.2 --namespace keda --create-namespace
    ");
    // Three pods of it are reckoned with.
    assert!(text.contains("#   Deployment/web: (3 + 1 in a rollout) × "), "{text}");
}

#[test]
fn rights_in_aws_are_those_of_accounts() {
    let kops = KOPS.replace("provider", "account = \"111122223333\", provider");
    let secret = object(
        "external-secrets.io/v1",
        "ExternalSecret",
        "[objects.spec]\nsecretStoreRef = { kind = \"ClusterSecretStore\", name = \"aws\" }\ntarget.name = \"own\"\ndata = [{ secretKey = \"a\", remoteRef = { key = \"shop/django\", property = \"a\" } }]\ndataFrom = [{ extract.key = \"shop/db\" }]\n",
    );
    let kops = kops.replace("provider", "provides = [\"ClusterSecretStore/aws\"], provider");
    let account = "components.web.service-account.policies = [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"]\n";
    let text = format!("{kops}{account}{secret}");
    let permissions = spec(&text, "iam.serviceAccountExternalPermissions");
    assert_snapshot!(serde_yaml::to_string(&permissions).expect("YAML"), @r#"
    - name: web
      namespace: s
      aws:
        policyARNs:
        - arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
    - name: external-secrets
      namespace: external-secrets
      aws:
        inlinePolicy: |
          [
            {
              "Effect": "Allow",
              "Action": [
                "secretsmanager:GetSecretValue",
                "secretsmanager:DescribeSecret"
              ],
              "Resource": [
                "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/db-*",
                "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/django-*"
              ]
            }
          ]
    "#);
    assert_eq!(spec(&text, "podIdentityWebhook.enabled"), Value::Bool(true));
    assert_eq!(spec(&text, "certManager.enabled"), Value::Bool(true));
    let role =
        "components.web.service-account.role = \"arn:aws:iam::111122223333:role/shop-web\"\n";
    let text = format!("{KOPS}{role}");
    assert_eq!(spec(&text, "podIdentityWebhook.enabled"), Value::Bool(true));
    let printed = printed(&text);
    let lines: Vec<&str> =
        printed.lines().skip_while(|line| !line.contains("have to trust")).take(2).collect();
    assert_snapshot!(lines.join("\n"), @"
    # Roles that have to trust https://s-k8s-test-oidc.s3.eu-central-1.amazonaws.com:
    #   arn:aws:iam::111122223333:role/shop-web for system:serviceaccount:s:web
    ");
    assert_eq!(spec(KOPS, "podIdentityWebhook"), Value::Null);
}

#[test]
fn the_network_is_that_of_the_stack() {
    let with = |keys: &str| KOPS.replace("provider", &format!("{keys}, provider"));
    let cni = |name: &str| {
        serde_yaml::to_string(&spec(&with(&format!("cni = \"{name}\"")), "networking"))
            .expect("YAML")
    };
    assert_eq!([cni("cilium"), cni("cilium-eni")], ["cilium: {}\n", "cilium:\n  ipam: eni\n"]);
    assert_eq!(cni("amazon-vpc"), "amazonvpc: {}\n");
    assert!(
        printed(&with("cni = \"amazon-vpc\"")).contains("Nothing enforces the network policies")
    );
    let text = printed(&with("cni = \"cilium-eni\""));
    let group = documents(&text).pop().expect("a group");
    assert_eq!(group["spec"]["kubelet"]["maxPods"], Value::from(17));
    let open = spec(KOPS, "kubernetesApiAccess");
    assert_eq!(open, serde_yaml::from_str::<Value>("[0.0.0.0/0, '::/0']").expect("YAML"));
    let office = spec(&with("api-access = [\"203.0.113.0/24\"]"), "kubernetesApiAccess");
    assert_eq!(office, serde_yaml::from_str::<Value>("[203.0.113.0/24]").expect("YAML"));
    // What a backing service lies in is left to it.
    let db = "components.db = { type = \"external\", host = \"db.test\", port = 5432, cidrs = [\"10.1.32.0/20\"] }\ncomponents.web.env.A = \"${db.host}\"\n";
    let subnets = spec(&format!("{}{db}", with("network = \"10.1.0.0/16\"")), "subnets");
    assert_eq!(subnets[0]["cidr"], Value::from("10.1.64.0/19"));
}

#[test]
fn arm_is_what_all_pods_ask_for() {
    let arm = "app.node-selector.\"kubernetes.io/arch\" = \"arm64\"\n";
    let group = documents(&printed(&format!("{KOPS}{arm}"))).pop().expect("a group");
    assert_eq!(group["spec"]["machineType"], Value::from("t4g.medium"));
}

#[test]
fn what_a_stage_does_not_say_is_told() {
    assert_snapshot!(refused(""), @r#"missing-field 4:9 the stage does not say who runs its cluster | has no `cluster.provider` | add `cluster.provider = "kops"`"#);
    assert_snapshot!(refused("cluster.provider = \"kops\"\n"), @r#"missing-field 5:20 `name`, `region` and `zones` of the cluster are not known | kops has to know | add for example `cluster = { name = "shop.k8s.example.com", region = "us-east-1", zones = ["us-east-1a", "us-east-1b", "us-east-1c"] }`"#);
    assert_snapshot!(refused("cluster = { provider = \"kops\", name = \"s.k8s.test\", region = \"eu-central-1\" }\n"), @r#"missing-field 5:24 `zones` of the cluster are not known | kops has to know | add for example `cluster = { zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }`"#);
    assert_snapshot!(refused("cluster.provider = \"eks\"\n"), @"invalid-value 5:20 a cluster of EKS is not made by kops |  | make it with eksctl or Terraform; stacks/tutorial/README.md says which lines of the stack change");
    let old = format!("{KOPS}kubernetes = \"1.37\"\n");
    assert_snapshot!(refused(&old), @r#"invalid-value 6:14 kops 1.36 makes no cluster with Kubernetes 1.37 |  | write `kubernetes = "1.36"` or an older one"#);
    let small = KOPS.replace("provider", "network = \"10.1.0.0/24\", provider");
    assert_snapshot!(refused(&small), @"invalid-value 5:23 the network 10.1.0.0/24 has no room for the subnets of 1 zone | an eighth is for each zone, and one more for load balancers | write a larger network, `172.20.0.0/16`, or fewer zones");
    let large = format!(
        "{KOPS}components.web.resources = {{ requests.cpu = \"64\", limits.cpu = \"64\" }}\n"
    );
    assert_snapshot!(refused(&large), @"unschedulable 3:12 no machine has room for the pods of Deployment/web: 2 × 64000m, 256Mi |  | ask for less, or write the instance groups by hand");
    // A stage with a fault has no cluster.
    assert_snapshot!(refused(&format!("{KOPS}components.web.replicaz = 2\n")), @"unknown-field 6:16 unknown key `replicaz` | not known here | did you mean `replicas`?");
}

#[test]
fn eks_is_told_what_it_has_to_have() {
    let source = Source::new(
        "stack.toml",
        format!(
            "{BASE}cluster = {{ provider = \"eks\", name = \"shop\", region = \"eu-central-1\" }}\ncomponents.web = {{ autoscale = {{ min = 1, max = 2 }}, service-account.role = \"arn:aws:iam::111122223333:role/shop-web\" }}\n"
        ),
    );
    let mut sink = Sink::default();
    let document = seaway_core::parse(&source, &mut sink);
    assert!(seaway_render::plan_cluster(&source, &document, "x", &mut sink).is_err());
    let notes: Vec<String> = sink.finish().into_iter().flat_map(|one| one.notes).collect();
    assert_snapshot!(notes.join("\n"), @"
    the stage needs metrics-server, the EKS Pod Identity Agent
    aws eks create-pod-identity-association --region eu-central-1 --cluster-name shop --namespace s --service-account web --role-arn arn:aws:iam::111122223333:role/shop-web
    ");
}

/// Fields of the types of `pkg/apis/kops/v1alpha2` of kubernetes/kops, each with its type; `text` for what has no fields.
/// The types that a stage never fills are left out.
#[rustfmt::skip] // one type a line
const API: &[(&str, &[(&str, &str)])] = &[
    ("Cluster", &[("apiVersion", "text"), ("kind", "text"), ("metadata", "ObjectMeta"), ("spec", "ClusterSpec")]),
    ("InstanceGroup", &[("apiVersion", "text"), ("kind", "text"), ("metadata", "ObjectMeta"), ("spec", "InstanceGroupSpec")]),
    ("ObjectMeta", &[("name", "text"), ("labels", "map")]),
    ("ClusterSpec", &[
        ("channel", "text"), ("cloudProvider", "text"), ("kubernetesVersion", "text"), ("subnets", "ClusterSubnetSpec"),
        ("networkCIDR", "text"), ("nonMasqueradeCIDR", "text"), ("topology", "TopologySpec"),
        ("kubernetesApiAccess", "text"), ("etcdClusters", "EtcdClusterSpec"), ("kubeDNS", "KubeDNSConfig"),
        ("kubelet", "KubeletConfigSpec"), ("cloudConfig", "CloudConfiguration"), ("metricsServer", "MetricsServerConfig"),
        ("certManager", "CertManagerConfig"), ("awsLoadBalancerController", "AWSLoadBalancerControllerConfig"),
        ("networking", "NetworkingSpec"), ("api", "AccessSpec"), ("authorization", "AuthorizationSpec"),
        ("iam", "IAMSpec"), ("serviceAccountIssuerDiscovery", "ServiceAccountIssuerDiscoveryConfig"),
        ("snapshotController", "SnapshotControllerConfig"), ("podIdentityWebhook", "PodIdentityWebhookConfig"),
    ]),
    ("ClusterSubnetSpec", &[("name", "text"), ("zone", "text"), ("cidr", "text"), ("type", "text")]),
    ("TopologySpec", &[("dns", "DNSSpec")]),
    ("DNSSpec", &[("type", "text")]),
    ("EtcdClusterSpec", &[("name", "text"), ("etcdMembers", "EtcdMemberSpec"), ("manager", "EtcdManagerSpec")]),
    ("EtcdMemberSpec", &[("name", "text"), ("instanceGroup", "text"), ("encryptedVolume", "text")]),
    ("EtcdManagerSpec", &[("backupRetentionDays", "text")]),
    ("KubeDNSConfig", &[("provider", "text"), ("nodeLocalDNS", "NodeLocalDNSConfig")]),
    ("NodeLocalDNSConfig", &[("enabled", "text"), ("localIP", "text")]),
    ("KubeletConfigSpec", &[("anonymousAuth", "text"), ("maxPods", "text"), ("kubeReserved", "map")]),
    ("CloudConfiguration", &[("awsEBSCSIDriver", "AWSEBSCSIDriver")]),
    ("AWSEBSCSIDriver", &[("enabled", "text")]),
    ("MetricsServerConfig", &[("enabled", "text"), ("insecure", "text")]),
    ("CertManagerConfig", &[("enabled", "text")]),
    ("AWSLoadBalancerControllerConfig", &[("enabled", "text")]),
    ("SnapshotControllerConfig", &[("enabled", "text")]),
    ("PodIdentityWebhookConfig", &[("enabled", "text")]),
    ("NetworkingSpec", &[("amazonvpc", "AmazonVPCNetworkingSpec"), ("cilium", "CiliumNetworkingSpec")]),
    ("AmazonVPCNetworkingSpec", &[]),
    ("CiliumNetworkingSpec", &[("ipam", "text")]),
    ("AccessSpec", &[("loadBalancer", "LoadBalancerAccessSpec")]),
    ("LoadBalancerAccessSpec", &[("class", "text"), ("type", "text")]),
    ("AuthorizationSpec", &[("rbac", "RBACAuthorizationSpec")]),
    ("RBACAuthorizationSpec", &[]),
    ("IAMSpec", &[
        ("legacy", "text"), ("allowContainerRegistry", "text"), ("useServiceAccountExternalPermissions", "text"),
        ("serviceAccountExternalPermissions", "ServiceAccountExternalPermission"),
    ]),
    ("ServiceAccountExternalPermission", &[("name", "text"), ("namespace", "text"), ("aws", "AWSPermission")]),
    ("AWSPermission", &[("policyARNs", "text"), ("inlinePolicy", "text")]),
    ("ServiceAccountIssuerDiscoveryConfig", &[("discoveryStore", "text"), ("enableAWSOIDCProvider", "text")]),
    ("InstanceGroupSpec", &[
        ("role", "text"), ("machineType", "text"), ("minSize", "text"), ("maxSize", "text"), ("subnets", "text"),
        ("rootVolumeEncryption", "text"), ("instanceMetadata", "InstanceMetadataOptions"), ("kubelet", "KubeletConfigSpec"),
    ]),
    ("InstanceMetadataOptions", &[("httpTokens", "text"), ("httpPutResponseHopLimit", "text")]),
];

/// Fields that a type of kops does not have.
fn strangers(value: &Value, of: &str, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Sequence(items) => {
            for item in items {
                strangers(item, of, path, found);
            }
        }
        Value::Mapping(fields) if of != "map" => {
            let known = API.iter().find(|(name, _)| *name == of).map(|(_, fields)| *fields);
            for (key, value) in fields {
                let key = key.as_str().unwrap_or_default();
                let path = format!("{path}.{key}");
                match known.and_then(|known| known.iter().find(|(name, _)| *name == key)) {
                    Some((_, of)) => strangers(value, of, &path, found),
                    None => found.push(path),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn kops_has_every_field_that_is_printed() {
    let everything = format!(
        "{}{}{}{}",
        KOPS.replace("provider", "node-local-dns = true, cni = \"cilium-eni\", provides = [\"ClusterIssuer/a\", \"PersistentVolumeClaim/a\", \"IngressClass/alb\", \"ClusterSecretStore/aws\"], provider"),
        "components.web = { autoscale = { min = 1, max = 2 }, service-account.policies = [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"] }\ncomponents.db.type = \"postgres\"\napp.env.A = \"${db.url}\"\n",
        object("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "spec.source.persistentVolumeClaimName = \"a\"\n"),
        object("external-secrets.io/v1", "ExternalSecret", "spec = { secretStoreRef = { kind = \"ClusterSecretStore\", name = \"aws\" }, target.name = \"own\" }\n"),
    );
    for text in [everything, production(THREE, ", cni = \"amazon-vpc\"")] {
        for document in documents(&printed(&text)) {
            let kind = document["kind"].as_str().expect("a kind").to_owned();
            let mut found = Vec::new();
            strangers(&document, &kind, &kind, &mut found);
            assert_eq!(found, Vec::<String>::new());
        }
    }
}
