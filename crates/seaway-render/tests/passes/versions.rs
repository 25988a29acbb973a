//! Versions of Kubernetes: what is gone, what goes, and what is not there yet.

use insta::assert_snapshot;

use crate::support::{BASE, based, case, good};

fn object(api_version: &str, kind: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{api_version}\"\nkind = \"{kind}\"\nmetadata.name = \"o\"\n{more}"
    )
}

/// The verdict of a stage for some clusters, with an object of the user's own from line 6 on.
fn on(clusters: &str, api_version: &str, kind: &str, more: &str) -> String {
    case(&format!("kubernetes = \"{clusters}\"\n{}", object(api_version, kind, more)))
}

/// The same for a pod whose container has more keys.
fn container(clusters: &str, more: &str) -> String {
    on(
        clusters,
        "v1",
        "Pod",
        &format!("spec.containers = [{{ name = \"c\", image = \"i:1\", {more} }}]"),
    )
}

fn is_good(verdict: &str) {
    assert!(verdict.ends_with(" objects"), "{verdict}");
}

#[test]
fn apis_that_every_known_cluster_lacks() {
    let told = |api_version: &str, kind: &str| case(&object(api_version, kind, ""));
    assert_snapshot!(told("policy/v1beta1", "PodDisruptionBudget"), @r#"removed-api 6:14 Kubernetes 1.25 removed `policy/v1beta1` PodDisruptionBudget |  | write `apiVersion = "policy/v1"`"#);
    assert_snapshot!(told("extensions/v1beta1", "Ingress"), @r#"removed-api 6:14 Kubernetes 1.22 removed `extensions/v1beta1` Ingress |  | write `apiVersion = "networking.k8s.io/v1"`"#);
    assert_snapshot!(told("extensions/v1beta1", "Deployment"), @r#"removed-api 6:14 Kubernetes 1.16 removed `extensions/v1beta1` Deployment |  | write `apiVersion = "apps/v1"`"#);
    assert_snapshot!(told("batch/v1beta1", "CronJob"), @r#"removed-api 6:14 Kubernetes 1.25 removed `batch/v1beta1` CronJob |  | write `apiVersion = "batch/v1"`"#);
    assert_snapshot!(told("autoscaling/v2beta2", "HorizontalPodAutoscaler"), @r#"removed-api 6:14 Kubernetes 1.26 removed `autoscaling/v2beta2` HorizontalPodAutoscaler |  | write `apiVersion = "autoscaling/v2"`"#);
    assert_snapshot!(told("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema"), @r#"removed-api 6:14 Kubernetes 1.32 removed `flowcontrol.apiserver.k8s.io/v1beta3` FlowSchema |  | write `apiVersion = "flowcontrol.apiserver.k8s.io/v1"`"#);
    assert_snapshot!(told("policy/v1beta1", "PodSecurityPolicy"), @"removed-api 6:14 Kubernetes 1.25 removed `policy/v1beta1` PodSecurityPolicy |  | leave it out: the labels `pod-security.kubernetes.io/…` of the Namespace do its work, and Seaway writes them");
    assert_snapshot!(told("resource.k8s.io/v1alpha2", "ResourceClass"), @r#"removed-api 6:14 Kubernetes 1.31 removed `resource.k8s.io/v1alpha2` ResourceClass |  | write `apiVersion = "resource.k8s.io/v1"` and `kind = "DeviceClass"`; clusters before 1.34 do not have it: write `kubernetes = "1.34"` too"#);
    // What never was one is a typing error, and what was never taken stays refused.
    assert_snapshot!(told("policy/v1beta2", "PodDisruptionBudget"), @r#"invalid-object 6:14 there is no PodDisruptionBudget in `policy/v1beta2` |  | write `apiVersion = "policy/v1"`"#);
    assert_snapshot!(told("extensions/v1beta1", "ReplicaSet"), @"invalid-object 7:8 a ReplicaSet would pass the checks unseen |  | write a Deployment, which makes one");
    good(&object(
        "policy/v1",
        "PodDisruptionBudget",
        "spec = { maxUnavailable = 1, selector.matchLabels.\"app.kubernetes.io/instance\" = \"web\" }",
    ));
}

#[test]
fn the_line_and_column_of_a_removed_api() {
    let text = format!(
        "{BASE}[[objects]]\nkind = \"PodDisruptionBudget\"\nmetadata = {{ name = \"o\" }}\napiVersion = \"policy/v1beta1\"\n"
    );
    let (line, column) = (8, 14);
    let at = text.lines().nth(line - 1).and_then(|line| line.get(column - 1..));
    assert_eq!(at, Some("\"policy/v1beta1\""));
    let verdict = crate::common::verdict(&text, "x");
    assert!(verdict.starts_with(&format!("removed-api {line}:{column} ")), "{verdict}");
}

#[test]
fn apis_that_the_newest_cluster_lacks() {
    let class = |clusters: &str, api_version: &str| {
        on(clusters, api_version, "VolumeAttributesClass", "driverName = \"d\"")
    };
    assert_snapshot!(class("1.34", "storage.k8s.io/v1beta1"), @r#"removed-api 7:14 Kubernetes 1.37 removed `storage.k8s.io/v1beta1` VolumeAttributesClass |  | write `apiVersion = "storage.k8s.io/v1"`"#);
    // The way out is not in every cluster of the stage.
    assert_snapshot!(class("1.33", "storage.k8s.io/v1beta1"), @r#"removed-api 7:14 Kubernetes 1.37 removed `storage.k8s.io/v1beta1` VolumeAttributesClass |  | write `apiVersion = "storage.k8s.io/v1"`; clusters before 1.34 do not have it: write `kubernetes = "1.34"` too"#);
    assert_snapshot!(class("1.33-1.37", "storage.k8s.io/v1beta1"), @r#"removed-api 7:14 Kubernetes 1.37 removed `storage.k8s.io/v1beta1` VolumeAttributesClass |  | write `apiVersion = "storage.k8s.io/v1"`; clusters before 1.34 do not have it: write `kubernetes = "1.34"` too"#);
    is_good(&class("1.33-1.36", "storage.k8s.io/v1beta1"));
    assert_snapshot!(class("1.34-1.36", "storage.k8s.io/v1beta1"), @r#"deprecated-api 7:14 `storage.k8s.io/v1beta1` VolumeAttributesClass is gone from Kubernetes 1.37 on |  | write `apiVersion = "storage.k8s.io/v1"`"#);
    is_good(&class("1.34", "storage.k8s.io/v1"));
}

#[test]
fn deprecated_apis_are_warned_of() {
    let told = |api_version: &str, kind: &str| case(&object(api_version, kind, ""));
    assert_snapshot!(told("v1", "Endpoints"), @r#"deprecated-api 6:14 `v1` Endpoints is deprecated since Kubernetes 1.33 |  | write `apiVersion = "discovery.k8s.io/v1"` and `kind = "EndpointSlice"`"#);
    assert_snapshot!(told("v1", "ComponentStatus"), @"deprecated-api 6:14 `v1` ComponentStatus is deprecated since Kubernetes 1.19 |  | leave it out: probe the endpoints `/livez` and `/readyz` of the control plane");
    good(&object("discovery.k8s.io/v1", "EndpointSlice", "addressType = \"IPv4\"\nendpoints = []"));
    // Nothing better is in 1.33, nothing is wrong in 1.34 yet.
    let claim = |clusters: &str| on(clusters, "resource.k8s.io/v1beta1", "ResourceClaim", "");
    is_good(&claim("1.33"));
    is_good(&claim("1.34-1.34"));
    assert_snapshot!(claim("1.34"), @r#"deprecated-api 7:14 `resource.k8s.io/v1beta1` ResourceClaim is deprecated since Kubernetes 1.35 |  | write `apiVersion = "resource.k8s.io/v1"`"#);
}

#[test]
fn custom_resources_that_their_operators_left_behind() {
    let told = |api_version: &str, kind: &str| case(&object(api_version, kind, ""));
    assert_snapshot!(told("cert-manager.io/v1alpha2", "Certificate"), @r#"deprecated-api 6:14 `cert-manager.io/v1alpha2` Certificate is out of date: cert-manager has not served it since 1.6 |  | write `apiVersion = "cert-manager.io/v1"`"#);
    assert_snapshot!(told("external-secrets.io/v1beta1", "ExternalSecret"), @r#"deprecated-api 6:14 `external-secrets.io/v1beta1` ExternalSecret is out of date: External Secrets has not served it since 0.17 |  | write `apiVersion = "external-secrets.io/v1"`"#);
    assert_snapshot!(told("gateway.networking.k8s.io/v1beta1", "HTTPRoute"), @r#"deprecated-api 6:14 `gateway.networking.k8s.io/v1beta1` HTTPRoute is out of date: the Gateway API has a stable version of it since 1.0 |  | write `apiVersion = "gateway.networking.k8s.io/v1"`"#);
    assert_snapshot!(told("networking.istio.io/v1beta1", "VirtualService"), @r#"deprecated-api 6:14 `networking.istio.io/v1beta1` VirtualService is out of date: Istio has a stable version of it since 1.22 |  | write `apiVersion = "networking.istio.io/v1"`"#);
    assert_snapshot!(told("karpenter.sh/v1alpha5", "Provisioner"), @r#"deprecated-api 6:14 `karpenter.sh/v1alpha5` Provisioner is out of date: Karpenter has not had it since 0.33 |  | write `apiVersion = "karpenter.sh/v1"` and `kind = "NodePool"`"#);
    for (api_version, kind) in [
        ("cert-manager.io/v1", "Certificate"),
        ("external-secrets.io/v1", "ExternalSecret"),
        ("external-secrets.io/v1alpha1", "PushSecret"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"),
        ("keda.sh/v1alpha1", "ScaledJob"),
        ("networking.istio.io/v1alpha3", "EnvoyFilter"),
    ] {
        good(&object(api_version, kind, ""));
    }
}

#[test]
fn apis_that_the_oldest_cluster_lacks() {
    let claim = |clusters: &str| on(clusters, "resource.k8s.io/v1", "ResourceClaim", "");
    assert_snapshot!(claim("1.33"), @r#"too-new 7:14 Kubernetes 1.33 does not have `resource.k8s.io/v1` ResourceClaim yet |  | if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`"#);
    assert_snapshot!(claim("1.33-1.33"), @r#"too-new 7:14 Kubernetes 1.33 does not have `resource.k8s.io/v1` ResourceClaim yet |  | if no cluster of this stage is older than 1.34, write `kubernetes = "1.34-1.34"`"#);
    is_good(&claim("1.34"));
    let policy = |clusters: &str, version: &str| {
        let api_version = format!("admissionregistration.k8s.io/{version}");
        on(clusters, &api_version, "MutatingAdmissionPolicy", "")
    };
    assert_snapshot!(policy("1.35-1.36", "v1"), @r#"too-new 7:14 Kubernetes 1.35 does not have `admissionregistration.k8s.io/v1` MutatingAdmissionPolicy yet |  | if no cluster of this stage is older than 1.36, write `kubernetes = "1.36-1.36"`"#);
    is_good(&policy("1.36", "v1"));
    // In 1.35 alone: one fault is enough.
    assert_snapshot!(on("1.33", "scheduling.k8s.io/v1alpha1", "Workload", ""), @r#"removed-api 7:14 Kubernetes 1.36 removed `scheduling.k8s.io/v1alpha1` Workload |  | write `apiVersion = "scheduling.k8s.io/v1beta1"`; clusters before 1.37 do not have it: write `kubernetes = "1.37"` too"#);
}

#[test]
fn fields_that_the_oldest_cluster_lacks() {
    let hostname = |clusters: &str| {
        on(
            clusters,
            "v1",
            "Pod",
            "spec = { hostnameOverride = \"h\", containers = [{ name = \"c\", image = \"i:1\" }] }",
        )
    };
    assert_snapshot!(hostname("1.33"), @r#"too-new 10:29 Kubernetes 1.33 does not have the field `hostnameOverride` yet |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35"`"#);
    // The API server knows it, and drops it.
    assert_snapshot!(hostname("1.34"), @r#"too-new 10:29 Kubernetes 1.34 drops the field `hostnameOverride` |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35"`"#);
    is_good(&hostname("1.35"));
    assert_snapshot!(container("1.33-1.34", "env = [{ name = \"A\", valueFrom.fileKeyRef = { path = \"a\", key = \"A\", volumeName = \"v\" } }]"), @r#"too-new 10:93 Kubernetes 1.33 does not have the field `fileKeyRef` yet |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35-1.35"`"#);
    assert_snapshot!(container("1.34", "restartPolicy = \"Always\", restartPolicyRules = [{ action = \"Restart\" }]"), @r#"too-new 10:96 Kubernetes 1.34 drops the field `restartPolicyRules` |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35"`"#);
    // Alpha in every version up to the newest.
    assert_snapshot!(container("1.37", "livenessProbe = { grpc = { port = 80, mode = \"TLS\" } }"), @"too-new 10:94 Kubernetes 1.37 drops the field `mode` |  | leave it out");
    assert_snapshot!(container("1.37", "lifecycle.stopSignal = \"SIGUSR1\""), @"too-new 10:72 Kubernetes 1.37 drops the field `stopSignal` |  | leave it out");
}

#[test]
fn fields_that_the_oldest_cluster_drops() {
    let pod = |clusters: &str, more: &str| {
        let text =
            format!("spec = {{ {more}, containers = [{{ name = \"c\", image = \"i:1\" }}] }}");
        on(clusters, "v1", "Pod", &text)
    };
    assert_snapshot!(pod("1.33", "resources.limits.memory = \"1Gi\""), @r#"too-new 10:10 Kubernetes 1.33 drops the field `resources` |  | leave it out; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`"#);
    is_good(&pod("1.34", "resources.limits.memory = \"1Gi\""));
    assert_snapshot!(pod("1.34", "volumes = [{ name = \"v\", image.reference = \"i:1\" }]"), @r#"too-new 10:35 Kubernetes 1.34 drops the field `image` |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35"`"#);
    assert_snapshot!(pod("1.36", "volumes = [{ name = \"v\", projected.sources = [{ clusterTrustBundle = { name = \"t\", path = \"p\" } }] }]"), @r#"too-new 10:79 Kubernetes 1.36 drops the field `clusterTrustBundle` |  | leave it out; if no cluster of this stage is older than 1.37, write `kubernetes = "1.37"`"#);
    let scaler = |clusters: &str| {
        on(
            clusters,
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "spec = { maxReplicas = 3, scaleTargetRef = { apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"web\" }, behavior.scaleUp.tolerance = \"0.05\" }",
        )
    };
    assert_snapshot!(scaler("1.33"), @r#"
    fixed-replicas 3:12 Deployment/web has `replicas` and an autoscaler |  | write `autoscale` in the component, or `remove = ["spec.replicas"]` in a patch: every apply would reset what the autoscaler chose
    too-new 10:136 Kubernetes 1.33 drops the field `tolerance` |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35"`
    "#);
    assert_snapshot!(on("1.33", "v1", "PersistentVolumeClaim", "spec = { volumeAttributesClassName = \"fast\", accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\" }"), @r#"
    dangling-reference 10:38 there is no VolumeAttributesClass `fast` |  | if the cluster has it, say so: `cluster.provides = ["VolumeAttributesClass/fast"]`
    too-new 10:38 Kubernetes 1.33 drops the field `volumeAttributesClassName` |  | leave it out; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`
    "#);
    // Kinds that are not known by type.
    assert_snapshot!(on("1.33", "discovery.k8s.io/v1", "EndpointSlice", "addressType = \"IPv4\"\nendpoints = [{ addresses = [\"10.0.0.1\"], hints.forNodes = [{ name = \"n\" }] }]"), @r#"too-new 11:59 Kubernetes 1.33 drops the field `forNodes` |  | leave it out; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`"#);
    assert_snapshot!(on("1.35", "storage.k8s.io/v1", "CSIDriver", "spec.preventPodSchedulingIfMissing = true"), @r#"too-new 10:38 Kubernetes 1.35 does not have the field `preventPodSchedulingIfMissing` yet |  | leave it out; if no cluster of this stage is older than 1.37, write `kubernetes = "1.37"`"#);
    is_good(&on(
        "1.37",
        "storage.k8s.io/v1",
        "CSIDriver",
        "spec.preventPodSchedulingIfMissing = true",
    ));
    assert_snapshot!(on("1.34-1.35", "resource.k8s.io/v1", "ResourceClaim", "spec.devices.requests = [{ name = \"gpu\", exactly = { deviceClassName = \"d\", capacity.requests.memory = \"1Gi\" } }]"), @r#"too-new 10:77 Kubernetes 1.34 drops the field `capacity` |  | leave it out; if no cluster of this stage is older than 1.36, write `kubernetes = "1.36-1.36"`"#);
}

#[test]
fn values_that_the_oldest_cluster_refuses() {
    let service = |clusters: &str, value: &str| {
        let spec = format!(
            "spec = {{ ports = [{{ port = 80, targetPort = \"http\" }}], selector.\"app.kubernetes.io/instance\" = \"web\", trafficDistribution = \"{value}\" }}"
        );
        on(clusters, "v1", "Service", &spec)
    };
    assert_snapshot!(service("1.33", "PreferSameZone"), @r#"too-new 10:125 Kubernetes 1.33 does not know `PreferSameZone` yet |  | write `PreferClose`; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`"#);
    is_good(&service("1.33", "PreferClose"));
    is_good(&service("1.34", "PreferSameZone"));
}

#[test]
fn a_field_that_a_patch_brings() {
    let patch = |clusters: &str| {
        format!(
            "kubernetes = \"{clusters}\"\n[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nmerge.spec.template.spec.hostnameOverride = \"h\"\n"
        )
    };
    assert_snapshot!(case(&patch("1.34")), @r#"too-new 8:45 Kubernetes 1.34 drops the field `hostnameOverride` |  | leave it out; if no cluster of this stage is older than 1.35, write `kubernetes = "1.35"`"#);
    good(&patch("1.35"));
}

#[test]
fn the_namespace_pins_the_oldest() {
    let bundle = based("kubernetes = \"1.34-1.36\"\n");
    let namespace = bundle.objects.iter().find(|object| object.body.kind() == "Namespace");
    let labels = namespace.and_then(|object| object.body.metadata().labels.as_ref());
    let version =
        labels.and_then(|labels| labels.get("pod-security.kubernetes.io/enforce-version"));
    assert_eq!(version.map(String::as_str), Some("v1.34"));
}
