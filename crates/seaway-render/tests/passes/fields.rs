//! Fields that the API server would refuse: words, numbers, amounts, what is missing and what excludes each other.

use insta::assert_snapshot;

use crate::support::{case, good, good_pod, pod};

const CONTAINER: &str = "name = \"c\", image = \"i:1\"";

/// A pod with a container that has more keys.
fn container(more: &str) -> String {
    pod(&format!("spec.containers = [{{ {CONTAINER}, {more} }}]"))
}

/// A pod with more keys.
fn with(more: &str) -> String {
    pod(&format!("{more}\nspec.containers = [{{ {CONTAINER} }}]"))
}

fn good_container(more: &str) {
    good_pod(&format!("spec.containers = [{{ {CONTAINER}, {more} }}]"));
}

fn good_with(more: &str) {
    good_pod(&format!("{more}\nspec.containers = [{{ {CONTAINER} }}]"));
}

/// An object of the user's own; what follows begins in line 9.
fn object(api_version: &str, kind: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{api_version}\"\nkind = \"{kind}\"\nmetadata.name = \"o\"\n{more}"
    )
}

/// A Deployment; what follows begins in line 12.
fn deployment(more: &str) -> String {
    let pods = format!(
        "spec.template.spec.containers = [{{ {CONTAINER} }}]\nspec.selector.matchLabels.app = \"d\"\n\
         spec.template.metadata.labels.app = \"d\"\n{more}"
    );
    object("apps/v1", "Deployment", &pods)
}

fn service(more: &str) -> String {
    object("v1", "Service", more)
}

/// An autoscaler of a Deployment of the user's own; what follows begins in line 16.
fn scaler(more: &str) -> String {
    let spec =
        "spec.scaleTargetRef = { apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"o\" }";
    format!(
        "{}\n{}",
        deployment(""),
        object("autoscaling/v2", "HorizontalPodAutoscaler", &format!("{spec}\n{more}"))
    )
}

#[test]
fn words_of_pods() {
    assert_snapshot!(container("imagePullPolicy = \"always\""), @"invalid-value 9:67 `imagePullPolicy` of a container can not be `always` |  | did you mean `Always`?");
    assert_snapshot!(container("ports = [{ containerPort = 80, protocol = \"HTTP\" }]"), @"invalid-value 9:91 `protocol` of a port can not be `HTTP` |  | known are `SCTP`, `TCP` and `UDP`");
    assert_snapshot!(with("spec.dnsPolicy = \"clusterfirst\""), @"invalid-value 9:18 `dnsPolicy` of a pod can not be `clusterfirst` |  | did you mean `ClusterFirst`?");
    assert_snapshot!(with("spec.tolerations = [{ key = \"a\", operator = \"Exist\" }]"), @"invalid-value 9:45 `operator` of a toleration can not be `Exist` |  | did you mean `Exists`?");
    assert_snapshot!(with("spec.tolerations = [{ key = \"a\", effect = \"NoRun\" }]"), @"invalid-value 9:43 `effect` of a toleration can not be `NoRun` |  | known are `NoExecute`, `NoSchedule` and `PreferNoSchedule`");
    assert_snapshot!(with("spec.topologySpreadConstraints = [{ maxSkew = 1, topologyKey = \"zone\", whenUnsatisfiable = \"Schedule\" }]"), @"
    selector-mismatch 9:35 Pod/p does not spread its own pods |  | select by labels that its pods have
    invalid-value 9:92 `whenUnsatisfiable` of a spread constraint can not be `Schedule` |  | known are `DoNotSchedule` and `ScheduleAnyway`
    ");
    assert_snapshot!(with("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms = [{ matchExpressions = [{ key = \"a\", operator = \"in\", values = [\"b\"] }] }]"), @"invalid-value 9:142 `operator` of an expression can not be `in` |  | did you mean `In`?");
    assert_snapshot!(container("env = [{ name = \"A\", valueFrom.fieldRef.fieldPath = \"status.podIp\" }]"), @"invalid-value 9:101 `fieldPath` of a `fieldRef` can not be `status.podIp` |  | did you mean `status.podIP`?");
    assert_snapshot!(container("env = [{ name = \"A\", valueFrom.resourceFieldRef.resource = \"limits.mem\" }]"), @"invalid-value 9:108 `resource` of a `resourceFieldRef` can not be `limits.mem` |  | did you mean `limits.cpu`?");
    assert_snapshot!(with("spec.volumes = [{ name = \"v\", emptyDir.medium = \"memory\" }]"), @"invalid-value 9:49 `medium` of an `emptyDir` can not be `memory` |  | did you mean `Memory`?");
    assert_snapshot!(with("spec.hostname = \"a.b\""), @"invalid-value 9:17 `a.b` is not the name of a host |  | write at most 63 of `a-z`, `0-9` and `-`, without dots");
    good_container(
        "imagePullPolicy = \"Always\", ports = [{ containerPort = 80, protocol = \"UDP\" }]",
    );
    good_container(
        "env = [{ name = \"A\", valueFrom.fieldRef.fieldPath = \"metadata.labels['app.kubernetes.io/name']\" }]",
    );
    good_with("spec.volumes = [{ name = \"v\", emptyDir.medium = \"HugePages-2Mi\" }]");
    good_with("spec.tolerations = [{ operator = \"Exists\" }]");
}

#[test]
fn words_of_other_objects() {
    assert_snapshot!(case(&deployment("spec.strategy.type = \"Rolling\"")), @"invalid-value 12:22 `type` of a strategy can not be `Rolling` |  | known are `Recreate` and `RollingUpdate`");
    assert_snapshot!(case(&service("spec.type = \"Nodeport\"\nspec.ports = [{ port = 80 }]")), @"invalid-value 9:13 `type` of a Service can not be `Nodeport` |  | did you mean `NodePort`?");
    assert_snapshot!(case(&service("spec.sessionAffinity = \"client\"\nspec.ports = [{ port = 80 }]")), @"invalid-value 9:24 `sessionAffinity` of a Service can not be `client` |  | did you mean `ClientIP`?");
    assert_snapshot!(case(&object("v1", "PersistentVolumeClaim", "spec = { accessModes = [\"RWO\"], resources.requests.storage = \"1Gi\" }")), @"invalid-value 9:25 `accessModes` of a claim can not be `RWO` |  | known are `ReadOnlyMany`, `ReadWriteMany`, `ReadWriteOnce` and `ReadWriteOncePod`");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "NetworkPolicy", "spec = { podSelector = {}, policyTypes = [\"ingress\"] }")), @"invalid-value 9:43 `policyTypes` of a NetworkPolicy can not be `ingress` |  | did you mean `Ingress`?");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "Ingress", "spec.rules = [{ host = \"https://a.example\", http.paths = [{ path = \"/\", pathType = \"prefix\", backend.service = { name = \"web\", port.number = 80 } }] }]")), @r"
    invalid-value 9:24 `https://a.example` is not a host of an Ingress |  | write a name in small letters without scheme, port or path, `example.com` or `*.example.com`
    invalid-value 9:84 `pathType` of a path of an Ingress can not be `prefix` |  | did you mean `Prefix`?
    ");
    assert_snapshot!(case("[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nmerge.spec.strategy.type = \"recreate\""), @"invalid-value 7:28 `type` of a strategy can not be `recreate` |  | did you mean `Recreate`?");
    good(&deployment("spec.strategy.type = \"Recreate\""));
}

#[test]
fn numbers_out_of_their_range() {
    assert_snapshot!(container("ports = [{ containerPort = 70000 }]"), @"out-of-range 9:76 `containerPort` of a port is 1 to 65535, not 70000 |  | write a number from 1 to 65535");
    assert_snapshot!(container("livenessProbe = { httpGet.port = 0, periodSeconds = 0 }"), @r"
    out-of-range 9:82 `port` of an HTTP request is 1 to 65535, not 0 |  | write a number from 1 to 65535
    out-of-range 9:101 `periodSeconds` of a probe is at least 1, not 0 |  | write a number from 1 on
    ");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "NetworkPolicy", "spec = { podSelector = {}, ingress = [{ ports = [{ port = \"8000\" }] }] }")), @"
    undeclared-flow 9:39 NetworkPolicy/o lets in everybody |  | name the callers: `from = [{ podSelector.matchLabels = { … } }]`
    dangling-reference 9:59 no port of the pods that the rule leads to is called `8000` |  | known is `http`
    out-of-range 9:59 `port` of a port of a policy can not be `8000` |  | write the number without quotes: `8000`
    ");
    assert_snapshot!(container("readinessProbe = { tcpSocket.port = 80, initialDelaySeconds = -1 }"), @"out-of-range 9:111 `initialDelaySeconds` of a probe is at least 0, not -1 |  | write a number from 0 on");
    assert_snapshot!(with("spec.terminationGracePeriodSeconds = -1"), @"out-of-range 9:38 `terminationGracePeriodSeconds` of a pod is at least 0, not -1 |  | write a number from 0 on");
    assert_snapshot!(with("spec.securityContext.fsGroup = 5000000000"), @"out-of-range 9:32 `fsGroup` of a security context is 0 to 2147483647, not 5000000000 |  | write a number from 0 to 2147483647");
    assert_snapshot!(with("spec.volumes = [{ name = \"v\", emptyDir = {} }, { name = \"p\", projected = { defaultMode = 640, sources = [{ configMap.name = \"kube-root-ca.crt\" }] } }]"), @"out-of-range 9:90 `defaultMode` of a projected volume is 0 to 511, not 640 |  | modes of files are octal: write `0o440`, or 288");
    assert_snapshot!(with("spec.topologySpreadConstraints = [{ maxSkew = 0, topologyKey = \"zone\", whenUnsatisfiable = \"ScheduleAnyway\" }]"), @"
    selector-mismatch 9:35 Pod/p does not spread its own pods |  | select by labels that its pods have
    out-of-range 9:47 `maxSkew` of a spread constraint is at least 1, not 0 |  | write a number from 1 on
    ");
    assert_snapshot!(case(&deployment("spec.replicas = -1")), @"out-of-range 12:17 `replicas` of a Deployment is at least 0, not -1 |  | write a number from 0 on");
    assert_snapshot!(case(&deployment("spec.strategy.rollingUpdate.maxSurge = \"25\"")), @"out-of-range 12:40 `maxSurge` of a rolling update can not be `25` |  | write `25` without quotes, or `25%`");
    assert_snapshot!(case(&deployment("spec.strategy.rollingUpdate.maxUnavailable = \"125%\"")), @"out-of-range 12:46 `maxUnavailable` of a rolling update can not be `125%` |  | write a number of pods, or a share of them: `0%` to `100%`");
    assert_snapshot!(case(&service("spec.ports = [{ port = 80, targetPort = 70000 }]")), @"out-of-range 9:41 `targetPort` of a port of a Service is 0 to 65535, not 70000 |  | write a number from 0 to 65535");
    assert_snapshot!(case(&service("spec.type = \"NodePort\"\nspec.ports = [{ port = 80, nodePort = 8080 }]")), @"out-of-range 10:39 `nodePort` of a port of a Service is 30000 to 32767, not 8080 |  | leave it out, and the cluster picks a free one; a cluster can have another range (`--service-node-port-range`)");
    assert_snapshot!(case(&scaler("spec.minReplicas = 0\nspec.maxReplicas = 2")), @"out-of-range 18:20 `minReplicas` of an autoscaler is at least 1, not 0 |  | write a number from 1 on");
    assert_snapshot!(case(&object("scheduling.k8s.io/v1", "PriorityClass", "value = 2000000000")), @"out-of-range 9:9 `value` of a PriorityClass is at most 1000000000, not 2000000000 |  | write a number up to 1000000000");
    good_container("livenessProbe = { httpGet.port = 80, periodSeconds = 1 }");
    good(&deployment("spec.replicas = 0\nspec.strategy.rollingUpdate.maxSurge = \"200%\""));
    good(&service("spec.type = \"NodePort\"\nspec.ports = [{ port = 80, nodePort = 30080 }]"));
    good(&service("spec.type = \"NodePort\"\nspec.ports = [{ port = 80, nodePort = 0 }]"));
}

#[test]
fn amounts() {
    let limits = |text: &str| container(&format!("resources.limits.memory = \"{text}\""));
    assert_snapshot!(limits("1 Gi"), @"invalid-quantity 9:75 `1 Gi` is no quantity |  | did you mean `1Gi`?");
    assert_snapshot!(limits("512MB"), @"invalid-quantity 9:75 `512MB` is no quantity |  | did you mean `512M`?");
    assert_snapshot!(limits("512mi"), @"invalid-quantity 9:75 `512mi` is no quantity |  | did you mean `512Mi`?");
    assert_snapshot!(limits("lots"), @"invalid-quantity 9:75 `lots` is no quantity |  | write a number and a unit: `512Mi`, `10Gi`");
    assert_snapshot!(limits("100m"), @"invalid-quantity 9:75 `100m` is no whole number of bytes |  | `m` stands for thousandths; did you mean `100Mi`?");
    assert_snapshot!(limits("-1Gi"), @"invalid-quantity 9:75 `-1Gi` is less than nothing |  | write `1Gi`, or another amount that is not negative");
    assert_snapshot!(container("resources.requests.memory = \"1GB\""), @"invalid-quantity 9:77 `1GB` is no quantity |  | did you mean `1G`?");
    assert_snapshot!(container("resources.requests.cpu = \"0.5m\""), @"invalid-quantity 9:74 `0.5m` of cpu is finer than a thousandth |  | write whole thousandths: `1m`");
    assert_snapshot!(container("resources.requests.cpu = \"2 cores\""), @"invalid-quantity 9:74 `2 cores` is no quantity |  | did you mean `2`?");
    assert_snapshot!(container("resources.limits.\"nvidia.com/gpu\" = \"0.5\""), @"invalid-quantity 9:85 `0.5` of `nvidia.com/gpu`, which is counted in whole ones |  | write a whole number");
    assert_snapshot!(with("spec.volumes = [{ name = \"v\", emptyDir.sizeLimit = \"1gb\" }]"), @"invalid-quantity 9:52 `1gb` is no quantity |  | did you mean `1G`?");
    assert_snapshot!(case(&object("v1", "PersistentVolumeClaim", "spec = { accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"0\" }")), @"invalid-quantity 9:72 `0` is nothing at all |  | write an amount above 0");
    assert_snapshot!(case(&object("v1", "ResourceQuota", "spec.hard = { pods = \"10.5\", \"requests.memory\" = \"10G1\" }")), @r"
    invalid-quantity 9:22 `10.5` of `pods`, which is counted in whole ones |  | write a whole number
    invalid-quantity 9:50 `10G1` is no quantity |  | write a number and a unit: `512Mi`, `10Gi`
    ");
    assert_snapshot!(case("[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nmerge.spec.template.spec.containers = [{ name = \"web\", resources.limits.memory = \"1GiB\" }]"), @"invalid-quantity 7:82 `1GiB` is no quantity |  | did you mean `1Gi`?");
    for text in ["1e9", "1.5Gi", "500M", "1000000k", "1E"] {
        good_container(&format!(
            "resources = {{ limits.memory = \"{text}\", requests.memory = \"1Mi\", requests.cpu = \"0.001\" }}"
        ));
    }
}

#[test]
fn what_is_missing() {
    assert_snapshot!(container("env = [{ value = \"1\" }]"), @"incomplete-object 9:56 a variable needs `name` |  | write `name = …`");
    assert_snapshot!(container("env = [{ name = \"A\", valueFrom = {} }]"), @"incomplete-object 9:82 the source of a variable needs `configMapKeyRef`, `fieldRef`, `fileKeyRef`, `resourceFieldRef` or `secretKeyRef` |  | write one of them");
    assert_snapshot!(container("envFrom = [{ prefix = \"A\" }]"), @"incomplete-object 9:60 an item of `envFrom` needs `configMapRef` or `secretRef` |  | write one of them");
    assert_snapshot!(container("livenessProbe = { periodSeconds = 5 }"), @"incomplete-object 9:65 a probe needs `exec`, `grpc`, `httpGet` or `tcpSocket` |  | write one of them");
    assert_snapshot!(container("livenessProbe.httpGet.path = \"/\""), @"incomplete-object 9:63 an HTTP request needs `port` |  | write `port = …`");
    assert_snapshot!(container("lifecycle.preStop = {}"), @"incomplete-object 9:69 a hook needs `exec`, `httpGet`, `sleep` or `tcpSocket` |  | write one of them");
    assert_snapshot!(container("ports = [{ name = \"http\" }]"), @"incomplete-object 9:58 a port needs `containerPort` |  | write `containerPort = …`");
    assert_snapshot!(with("spec.volumes = [{ name = \"v\" }]"), @"incomplete-object 9:17 a volume needs a source |  | write one, for example `emptyDir = {}`");
    assert_snapshot!(with("spec.dnsPolicy = \"None\""), @"incomplete-object 9:18 a pod with `dnsPolicy` `None` needs `dnsConfig` |  | write `dnsConfig = …`");
    assert_snapshot!(with("spec.tolerations = [{ value = \"a\" }]"), @"incomplete-object 9:21 a toleration without `operator` needs `key` |  | write `key = …`");
    assert_snapshot!(with("spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution = [{ labelSelector = {} }]"), @"incomplete-object 9:81 a pod affinity needs `topologyKey` |  | write `topologyKey = …`");
    assert_snapshot!(with("spec.securityContext.seccompProfile.type = \"Localhost\""), @"incomplete-object 9:44 a seccomp profile with `type` `Localhost` needs `localhostProfile` |  | write `localhostProfile = …`");
    assert_snapshot!(case(&service("spec.ports = [{ name = \"http\" }]")), @"incomplete-object 9:15 a port of a Service needs `port` |  | write `port = …`");
    assert_snapshot!(case(&service("spec.type = \"ExternalName\"")), @"incomplete-object 9:13 a Service with `type` `ExternalName` needs `externalName` |  | write `externalName = …`");
    assert_snapshot!(case(&object("v1", "PersistentVolumeClaim", "spec.resources.requests.storage = \"1Gi\"")), @"incomplete-object 9:1 a claim needs `accessModes` |  | write `accessModes = …`");
    assert_snapshot!(case(&object("v1", "PersistentVolumeClaim", "spec.accessModes = [\"ReadWriteOnce\"]")), @"incomplete-object 9:1 a claim needs `resources` |  | write `resources = …`");
    assert_snapshot!(case(&object("policy/v1", "PodDisruptionBudget", "spec.maxUnavailable = 1")), @"incomplete-object 9:1 a disruption budget needs `selector` |  | write `selector = …`");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "Ingress", "spec.rules = [{ http.paths = [{ path = \"/\", backend.service = { name = \"web\", port.number = 80 } }] }]")), @"incomplete-object 9:31 a path of an Ingress needs `pathType` |  | write `pathType = …`");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "Ingress", "spec.ingressClassName = \"nginx\"")), @r#"
    incomplete-object 9:1 an Ingress needs `defaultBackend` or `rules` |  | write one of them
    dangling-reference 9:25 there is no IngressClass `nginx` |  | if the cluster has it, say so: `cluster.provides = ["IngressClass/nginx"]`
    "#);
    assert_snapshot!(case(&object("rbac.authorization.k8s.io/v1", "Role", "rules = [{ apiGroups = [\"\"], resources = [\"pods\"] }]")), @"incomplete-object 9:10 a rule needs `verbs` |  | write `verbs = …`");
    assert_snapshot!(case(&object("policy/v1", "PodDisruptionBudget", "spec.selector.matchLabels.\"app.kubernetes.io/instance\" = \"web\"")), @"incomplete-object 9:1 a disruption budget needs `maxUnavailable` or `minAvailable` |  | write one of them");
    assert_snapshot!(case(&scaler("spec.minReplicas = 1")), @"incomplete-object 17:1 an autoscaler needs `maxReplicas` |  | write `maxReplicas = …`");
    assert_snapshot!(case(&scaler("spec.maxReplicas = 2\nspec.metrics = [{ type = \"Resource\" }]")), @"incomplete-object 19:26 a metric with `type` `Resource` needs `resource` |  | write `resource = …`");
    good_container("env = [{ name = \"A\" }], lifecycle.preStop.sleep.seconds = 0");
    good(&service("spec.ports = [{ port = 80 }]"));
}

#[test]
fn what_excludes_each_other() {
    assert_snapshot!(container("env = [{ name = \"A\", value = \"1\", valueFrom.fieldRef.fieldPath = \"metadata.name\" }]"), @"exclusive-fields 9:83 a variable can not have `value` and `valueFrom` at once |  | keep one of them");
    assert_snapshot!(container("livenessProbe = { exec.command = [\"a\"], tcpSocket.port = 80 }"), @"exclusive-fields 9:89 a probe can not have `exec` and `tcpSocket` at once |  | keep one of them");
    assert_snapshot!(with("spec.volumes = [{ name = \"v\", emptyDir = {}, downwardAPI = {} }]"), @"exclusive-fields 9:42 a volume can not have `downwardAPI` and `emptyDir` at once |  | keep one of them");
    assert_snapshot!(with("spec.tolerations = [{ key = \"a\", operator = \"Exists\", value = \"b\" }]"), @"exclusive-fields 9:63 a toleration with `operator` `Exists` can not have `value` |  | remove `value`, or write another `operator`");
    assert_snapshot!(with("spec.tolerations = [{ key = \"a\", effect = \"NoSchedule\", tolerationSeconds = 5 }]"), @"exclusive-fields 9:77 a toleration with `effect` `NoSchedule` can not have `tolerationSeconds` |  | remove `tolerationSeconds`, or write another `effect`");
    assert_snapshot!(case(&deployment("spec.strategy = { type = \"Recreate\", rollingUpdate.maxSurge = 1 }")), @"exclusive-fields 12:38 a strategy with `type` `Recreate` can not have `rollingUpdate` |  | remove `rollingUpdate`, or write another `type`");
    assert_snapshot!(case(&object("policy/v1", "PodDisruptionBudget", "spec = { minAvailable = 0, maxUnavailable = 1, selector.matchLabels.\"app.kubernetes.io/instance\" = \"web\" }")), @"exclusive-fields 9:25 a disruption budget can not have `maxUnavailable` and `minAvailable` at once |  | keep one of them");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "NetworkPolicy", "spec = { podSelector = {}, ingress = [{ from = [{ ipBlock.cidr = \"10.0.0.0/8\", namespaceSelector = {} }] }] }")), @"exclusive-fields 9:100 a peer can not have `ipBlock` and `namespaceSelector` at once |  | keep one of them");
    assert_snapshot!(case(&object("networking.k8s.io/v1", "NetworkPolicy", "spec = { podSelector = {}, ingress = [{ from = [{ ipBlock.cidr = \"10.0.0.0\" }] }] }")), @"invalid-value 9:66 `10.0.0.0` is not a range of addresses |  | write an address and a length, `10.0.0.0/16`; one host is `10.0.0.1/32`");
    assert_snapshot!(case(&service("spec.externalName = \"a.example\"\nspec.ports = [{ port = 80 }]")), @"exclusive-fields 9:21 a Service without `type` can not have `externalName` |  | remove `externalName`, or write another `type`");
    assert_snapshot!(case(&scaler("spec.maxReplicas = 2\nspec.metrics = [{ type = \"Resource\", resource = { name = \"cpu\", target = { type = \"Utilization\", averageUtilization = 50 } }, pods = { metric.name = \"a\", target = { type = \"AverageValue\", averageValue = \"1\" } } }]")), @"exclusive-fields 19:134 a metric with `type` `Resource` can not have `pods` |  | remove `pods`, or write another `type`");
    good_with(
        "spec.tolerations = [{ key = \"a\", effect = \"NoExecute\", tolerationSeconds = 5 }]",
    );
    good(&object(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "spec = { podSelector = {}, ingress = [{ from = [{ podSelector = {}, namespaceSelector.matchLabels.team = \"a\" }] }] }",
    ));
}

#[test]
fn labels_in_selectors() {
    assert_snapshot!(with("spec.nodeSelector.\"a b\" = \"c\""), @"invalid-name 9:27 `a b` can not be the key of a label |  | write a name, `app`, or one below a domain, `example.com/app`: at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit");
    assert_snapshot!(with("spec.nodeSelector.disk = \"very fast\""), @"invalid-name 9:26 `very fast` can not be the value of a label |  | write at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit");
    good_with("spec.nodeSelector.\"a.example/disk\" = \"fast\"");
}

#[test]
fn objects_without_a_spec() {
    for (api_version, kind) in [
        ("v1", "PersistentVolumeClaim"),
        ("v1", "Pod"),
        ("networking.k8s.io/v1", "Ingress"),
        ("policy/v1", "PodDisruptionBudget"),
    ] {
        let told = case(&object(api_version, kind, ""));
        assert!(
            told.starts_with("incomplete-object 5:1 a") && told.contains("needs `spec`"),
            "{told}"
        );
    }
    assert_snapshot!(case(&object("storage.k8s.io/v1", "StorageClass", "")), @"incomplete-object 5:1 a StorageClass needs `provisioner` |  | write `provisioner = …`");
    assert_snapshot!(case(&object("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef = { apiGroup = \"rbac.authorization.k8s.io\", kind = \"rol\", name = \"a\" }\nsubjects = [{ kind = \"ServiceAccount\", name = \"web\" }]")), @"
    invalid-object 9:60 `rol` is no kind of role |  | did you mean `Role`?
    invalid-value 9:60 `kind` of `roleRef` can not be `rol` |  | did you mean `Role`?
    ");
}
