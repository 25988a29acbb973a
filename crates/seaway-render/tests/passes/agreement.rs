//! Places of a bundle that do not agree on one thing, each beside a twin that does.

use insta::assert_snapshot;

use crate::support::{case, good, good_pod, pod};

const CONTAINER: &str = "name = \"c\", image = \"i:1\"";
const WEB: &str = "selector.matchLabels.\"app.kubernetes.io/instance\" = \"web\"";

fn object(version: &str, kind: &str, name: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{version}\"\nkind = \"{kind}\"\nmetadata.name = \"{name}\"\n{more}\n"
    )
}

fn deployment(name: &str, more: &str) -> String {
    object(
        "apps/v1",
        "Deployment",
        name,
        &format!(
            "spec.selector.matchLabels.app = \"{name}\"\nspec.template.metadata.labels.app = \"{name}\"\n\
             spec.template.spec.containers = [{{ {CONTAINER} }}]\n{more}"
        ),
    )
}

fn hpa(name: &str, target: &str) -> String {
    object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        name,
        &format!(
            "spec = {{ minReplicas = 2, maxReplicas = 3, scaleTargetRef = {{ apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"{target}\" }} }}"
        ),
    )
}

fn keda(name: &str, target: &str) -> String {
    object(
        "keda.sh/v1alpha1",
        "ScaledObject",
        name,
        &format!("spec.scaleTargetRef.name = \"{target}\""),
    )
}

fn budget(name: &str, more: &str) -> String {
    object("policy/v1", "PodDisruptionBudget", name, &format!("spec = {{ {more} }}"))
}

#[test]
fn replicas_beside_an_autoscaler() {
    assert_snapshot!(case(&hpa("a", "web")), @r#"fixed-replicas 3:12 Deployment/web has `replicas` and an autoscaler |  | write `autoscale` in the component, or `remove = ["spec.replicas"]` in a patch: every apply would reset what the autoscaler chose"#);
    assert_snapshot!(case(&keda("a", "web")), @r#"fixed-replicas 3:12 Deployment/web has `replicas` and an autoscaler |  | write `autoscale` in the component, or `remove = ["spec.replicas"]` in a patch: every apply would reset what the autoscaler chose"#);
    assert_snapshot!(case(&format!("{}{}", keda("a", "d"), deployment("d", "spec.replicas = 2"))), @"fixed-replicas 17:17 Deployment/d has `replicas` and an autoscaler |  | remove the replicas: every apply would reset what the autoscaler chose");
    good(&format!("{}{}", keda("a", "d"), deployment("d", "")));
    let rollout = |more: &str| object("argoproj.io/v1alpha1", "Rollout", "r", more);
    let scaled = keda("a", "r")
        .replace("scaleTargetRef.name = \"r\"", "scaleTargetRef = { apiVersion = \"argoproj.io/v1alpha1\", kind = \"Rollout\", name = \"r\" }");
    assert_snapshot!(case(&format!("{scaled}{}", rollout("spec.replicas = 2"))), @"fixed-replicas 14:17 Rollout/r has `replicas` and an autoscaler |  | remove the replicas: every apply would reset what the autoscaler chose");
    good(&format!("{scaled}{}", rollout("spec.revisionHistoryLimit = 2")));
    let removed = "[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nremove = [\"spec.replicas\"]\n";
    good(&format!("{removed}{}", keda("a", "web")));
}

#[test]
fn two_autoscalers() {
    let scaled = "[stages.x.components.web]\nautoscale = { min = 2, max = 4 }\n";
    good(scaled);
    assert_snapshot!(case(&format!("{scaled}{}", hpa("a", "web"))), @"two-autoscalers 11:115 Deployment/web has two autoscalers |  | keep one of them: an autoscaler can have several metrics");
    assert_snapshot!(case(&format!("{scaled}{}", keda("a", "web"))), @"two-autoscalers 11:28 Deployment/web has two autoscalers |  | keep one of them: an autoscaler can have several metrics");
    assert_snapshot!(case(&format!("{}{}{}", hpa("a", "d"), hpa("b", "d"), deployment("d", ""))), @"two-autoscalers 14:115 Deployment/d has two autoscalers |  | keep one of them: an autoscaler can have several metrics");
    good(&format!(
        "{}{}{}{}",
        hpa("a", "d"),
        hpa("b", "e"),
        deployment("d", ""),
        deployment("e", "")
    ));
    let takes_over = "metadata.annotations.\"scaledobject.keda.sh/transfer-hpa-ownership\" = \"true\"\nspec.advanced.horizontalPodAutoscalerConfig.name = \"web\"\n";
    good(&format!("{scaled}{}{takes_over}", keda("a", "web")));
    assert_snapshot!(case(&format!("{scaled}{}{}", keda("a", "web"), takes_over.replace("\"web\"", "\"wbe\""))), @"two-autoscalers 11:28 Deployment/web has two autoscalers |  | keep one of them: an autoscaler can have several metrics");
}

#[test]
fn budgets_that_block_every_drain() {
    let of_d = "selector.matchLabels.app = \"d\"";
    let own = |more: &str| format!("{}{}", budget("b", more), deployment("d", "spec.replicas = 2"));
    assert_snapshot!(case(&own(&format!("maxUnavailable = 0, {of_d}"))), @"blocked-drain 9:27 PodDisruptionBudget/b lets no pod be unavailable |  | write `maxUnavailable = 1`");
    assert_snapshot!(case(&own(&format!("maxUnavailable = \"0%\", {of_d}"))), @"blocked-drain 9:27 PodDisruptionBudget/b lets no pod be unavailable |  | write `maxUnavailable = 1`");
    assert_snapshot!(case(&own(&format!("minAvailable = \"100%\", {of_d}"))), @"blocked-drain 9:25 PodDisruptionBudget/b lets no pod be unavailable |  | write `maxUnavailable = 1` in place of `minAvailable`, or run more pods");
    assert_snapshot!(case(&own(&format!("minAvailable = 2, {of_d}"))), @"blocked-drain 9:25 PodDisruptionBudget/b keeps 2 pods available, and there can be as few as 2 |  | write `maxUnavailable = 1` in place of `minAvailable`, or run more pods");
    assert_snapshot!(case(&own(&format!("minAvailable = \"51%\", {of_d}"))), @"blocked-drain 9:25 PodDisruptionBudget/b keeps 2 pods available, and there can be as few as 2 |  | write `maxUnavailable = 1` in place of `minAvailable`, or run more pods");
    for more in [
        "maxUnavailable = 1",
        "maxUnavailable = \"1%\"",
        "minAvailable = 1",
        "minAvailable = \"50%\"",
    ] {
        good(&own(&format!("{more}, {of_d}")));
    }
    // Nobody knows how many nodes there are.
    let daemon = object(
        "apps/v1",
        "DaemonSet",
        "d",
        &format!(
            "spec.selector.matchLabels.app = \"d\"\nspec.template.metadata.labels.app = \"d\"\nspec.template.spec.containers = [{{ {CONTAINER} }}]"
        ),
    );
    good(&format!("{}{daemon}", budget("b", &format!("minAvailable = 2, {of_d}"))));
    assert_snapshot!(case(&format!("{}{daemon}", budget("b", &format!("minAvailable = \"100%\", {of_d}")))), @"blocked-drain 9:25 PodDisruptionBudget/b lets no pod be unavailable |  | write `maxUnavailable = 1` in place of `minAvailable`, or run more pods");
}

#[test]
fn a_budget_counts_the_fewest_pods_of_an_autoscaler() {
    let scaled = |least: u16| {
        format!(
            "{}{}{}",
            budget("b", &format!("minAvailable = {least}, selector.matchLabels.app = \"d\"")),
            hpa("a", "d"),
            deployment("d", "")
        )
    };
    good(&scaled(1));
    assert_snapshot!(case(&scaled(2)), @"blocked-drain 9:25 PodDisruptionBudget/b keeps 2 pods available, and there can be as few as 2 |  | write `maxUnavailable = 1` in place of `minAvailable`, or run more pods");
}

#[test]
fn two_budgets_of_one_pod() {
    let twice = "[stages.x.components.web]\nreplicas = 2\n";
    good(twice);
    assert_snapshot!(case(&format!("{twice}{}", budget("b", &format!("maxUnavailable = 1, {WEB}")))), @"blocked-drain 11:30 two budgets select the pods of Deployment/web |  | keep one of them");
    good(&budget("b", &format!("maxUnavailable = 1, {WEB}")));
}

#[test]
fn a_claim_for_one_pod_under_several() {
    let claim = |mode: &str| {
        object(
            "v1",
            "PersistentVolumeClaim",
            "data",
            &format!(
                "spec = {{ accessModes = [\"{mode}\"], resources.requests.storage = \"1Gi\" }}"
            ),
        )
    };
    let mounted = |more: &str| {
        deployment(
            "d",
            &format!(
                "spec.template.spec.volumes = [{{ name = \"data\", persistentVolumeClaim.claimName = \"data\" }}]\n{more}"
            ),
        )
    };
    let once = |more: &str| format!("{}{}", mounted(more), claim("ReadWriteOnce"));
    assert_snapshot!(case(&once("spec.replicas = 2")), @"shared-volume 12:82 the claim `data` is mounted by 2 pods and can be mounted by one |  | give the claim the access mode `ReadWriteMany`, with a storage class that has it");
    assert_snapshot!(case(&once("")), @r#"shared-volume 12:82 a rollout of Deployment/d has two pods at a time, and its claim `data` can be mounted by one |  | write `spec.strategy.type = "Recreate"`"#);
    assert_snapshot!(case(&format!("{}{}", once("spec.strategy.type = \"Recreate\""), hpa("a", "d"))), @"shared-volume 12:82 the claim `data` is mounted by 3 pods and can be mounted by one |  | give the claim the access mode `ReadWriteMany`, with a storage class that has it");
    good(&once("spec.strategy.type = \"Recreate\""));
    good(&once("spec.strategy.rollingUpdate = { maxSurge = 0, maxUnavailable = 1 }"));
    good(&format!("{}{}", mounted("spec.replicas = 2"), claim("ReadWriteMany")));
    // Pods of one node can share it, unless it is for one pod.
    let bound =
        "spec.replicas = 2\nspec.template.spec.nodeSelector.\"kubernetes.io/hostname\" = \"n\"";
    good(&once(bound));
    assert_snapshot!(case(&format!("{}{}", mounted(bound), claim("ReadWriteOncePod"))), @"shared-volume 12:82 the claim `data` is mounted by 2 pods and can be mounted by one |  | give the claim the access mode `ReadWriteMany`, with a storage class that has it");
    let job = object(
        "batch/v1",
        "Job",
        "j",
        &format!(
            "spec.template.spec = {{ restartPolicy = \"Never\", containers = [{{ {CONTAINER} }}], volumes = [{{ name = \"data\", persistentVolumeClaim.claimName = \"data\" }}] }}"
        ),
    );
    assert_snapshot!(case(&format!("{}{job}", once("spec.strategy.type = \"Recreate\""))), @"shared-volume 12:82 the claim `data` is mounted by 2 pods and can be mounted by one |  | give the claim the access mode `ReadWriteMany`, with a storage class that has it");
    good(&format!("{job}{}", claim("ReadWriteOnce")));
    let daemon = mounted("").replace("\"Deployment\"", "\"DaemonSet\"");
    assert_snapshot!(case(&format!("{daemon}{}", claim("ReadWriteOnce"))), @"shared-volume 12:82 the claim `data` is mounted by several pods and can be mounted by one |  | give the claim the access mode `ReadWriteMany`, with a storage class that has it");
}

#[test]
fn a_patch_that_mounts_a_claim_under_several() {
    let text = "[stages.x.components.web]\nreplicas = 2\n[stages.x.volumes.media]\nstorage = \"1Gi\"\n[[patches]]\n\
                target = { kind = \"Deployment\", name = \"web\" }\n\
                merge.spec.template.spec.volumes = [{ name = \"m\", persistentVolumeClaim.claimName = \"media\" }]\n";
    assert_snapshot!(case(text), @"shared-volume 11:85 the claim `media` is mounted by 2 pods and can be mounted by one |  | give the claim the access mode `ReadWriteMany`, with a storage class that has it");
    good(&text.replace("storage = \"1Gi\"", "storage = \"1Gi\"\naccess-mode = \"ReadWriteMany\""));
}

#[test]
fn nodes_that_can_not_be() {
    let rules = |rules: &str| {
        format!(
            "spec.containers = [{{ {CONTAINER} }}]\nspec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms = [{rules}]\n"
        )
    };
    let arch = |operator: &str, values: &str| {
        format!("{{ key = \"arch\", operator = \"{operator}\", values = [{values}] }}")
    };
    let term = |list: &[&str]| rules(&format!("{{ matchExpressions = [{}] }}", list.join(", ")));
    let (arm, amd) = (arch("In", "\"arm\""), arch("In", "\"amd\""));
    let selected = "spec.nodeSelector.arch = \"arm\"\n";
    assert_snapshot!(pod(&format!("{selected}{}", term(&[&amd]))), @"unschedulable 11:118 no node can have the `arch` that Pod/p asks for |  | `nodeSelector` says `arm`: say the same, or say it once");
    good_pod(&format!("{selected}{}", term(&[&arm])));
    assert_snapshot!(pod(&term(&[&arm, &amd])), @"unschedulable 10:171 no node can have the `arch` that Pod/p asks for |  | its rules exclude each other: keep one of them");
    assert_snapshot!(pod(&term(&[&arm, &arch("NotIn", "\"arm\"")])), @"unschedulable 10:171 no node can have the `arch` that Pod/p asks for |  | its rules exclude each other: keep one of them");
    assert_snapshot!(pod(&term(&[&arch("In", "")])), @"
    unschedulable 10:118 no node can have the `arch` that Pod/p asks for |  | its rules exclude each other: keep one of them
    incomplete-object 10:145 an expression with `operator` `In` needs `values` |  | write `values = …`
    ");
    assert_snapshot!(pod(&term(&[&arm, "{ key = \"arch\", operator = \"DoesNotExist\" }"])), @"unschedulable 10:171 no node can have the `arch` that Pod/p asks for |  | its rules exclude each other: keep one of them");
    assert_snapshot!(pod(&term(&[&arch("Gt", "\"4\""), &arch("Lt", "\"5\"")])), @"unschedulable 10:169 no node can have the `arch` that Pod/p asks for |  | its rules exclude each other: keep one of them");
    assert_snapshot!(pod(&term(&[&arch("In", "\"4\""), &arch("Gt", "\"4\"")])), @"unschedulable 10:169 no node can have the `arch` that Pod/p asks for |  | its rules exclude each other: keep one of them");
    good_pod(&term(&[&arch("Gt", "\"4\""), &arch("Lt", "\"6\"")]));
    good_pod(&term(&[&arch("In", "\"arm\", \"amd\""), &arch("NotIn", "\"arm\"")]));
    good_pod(&term(&[&arm, "{ key = \"zone\", operator = \"DoesNotExist\" }"]));
    // Terms are alternatives.
    let both = rules(&format!(
        "{{ matchExpressions = [{arm}, {amd}] }}, {{ matchExpressions = [{amd}] }}"
    ));
    good_pod(&both);
    assert_snapshot!(pod(&format!("{selected}{both}")), @"unschedulable 11:95 no node can have the `arch` that Pod/p asks for |  | `nodeSelector` says `arm`: say the same, or say it once");
}

#[test]
fn pods_to_run_with_that_are_not_there() {
    let with = |term: &str| {
        format!(
            "spec.containers = [{{ {CONTAINER} }}]\nspec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution = [{{ topologyKey = \"kubernetes.io/hostname\", {term} }}]"
        )
    };
    let of = |name: &str| {
        format!("labelSelector.matchLabels.\"app.kubernetes.io/instance\" = \"{name}\"")
    };
    good_pod(&with(&of("web")));
    assert_snapshot!(pod(&with(&of("wbe"))), @"unschedulable 10:119 Pod/p has to run with pods that have the labels `app.kubernetes.io/instance=wbe`, and there are none |  | name labels of pods of this stage, or prefer them rather than require them");
    assert_snapshot!(pod(&with("namespaces = [\"s\"]")), @"unschedulable 10:77 Pod/p has to run with pods and selects none |  | write `labelSelector.matchLabels = { … }`");
    // Nobody knows what other namespaces have.
    good_pod(&with(&format!("namespaces = [\"o\"], {}", of("wbe"))));
    good_pod(&with(&format!("namespaceSelector = {{}}, {}", of("wbe"))));
}

#[test]
fn pods_that_keep_away_from_each_other() {
    let apart = |term: &str, more: &str| {
        deployment(
            "d",
            &format!(
                "spec.replicas = 2\nspec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution = [{term}]\n{more}"
            ),
        )
    };
    let zone = "{ topologyKey = \"zone\", labelSelector.matchLabels.app = \"d\" }";
    assert_snapshot!(case(&apart(zone, "spec.template.spec.nodeSelector.zone = \"a\"")), @"unschedulable 13:95 2 pods of Deployment/d keep away from each other by `zone` and are bound to `a` |  | run fewer pods, allow more places, or prefer to keep them apart rather than require it");
    good(&apart(zone, ""));
    let in_zones = |zones: &str| {
        format!(
            "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms = [{{ matchExpressions = [{{ key = \"zone\", operator = \"In\", values = [{zones}] }}] }}]"
        )
    };
    assert_snapshot!(case(&apart(zone, &in_zones("\"a\""))), @"unschedulable 13:95 2 pods of Deployment/d keep away from each other by `zone` and are bound to `a` |  | run fewer pods, allow more places, or prefer to keep them apart rather than require it");
    good(&apart(zone, &in_zones("\"a\", \"b\"")));
    let together = format!(
        "spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution = [{zone}]"
    );
    assert_snapshot!(case(&apart(zone, &together)), @"unschedulable 13:95 Deployment/d has to run with the pods that it must not run with |  | remove it from `podAffinity` or from `podAntiAffinity`");
}

#[test]
fn pods_are_spread_by_their_own_labels() {
    let spread = |label: &str| {
        deployment(
            "d",
            &format!(
                "spec.template.spec.topologySpreadConstraints = [{{ maxSkew = 1, topologyKey = \"zone\", whenUnsatisfiable = \"DoNotSchedule\", labelSelector.matchLabels.app = \"{label}\" }}]"
            ),
        )
    };
    good(&spread("d"));
    let by_key = |key: &str| {
        spread("d").replace("maxSkew", &format!("matchLabelKeys = [\"{key}\"], maxSkew"))
    };
    good(&by_key("pod-template-hash"));
    assert_snapshot!(case(&by_key("pod-template-hahs")), @"selector-mismatch 12:69 the pods of Deployment/d have no label `pod-template-hahs` |  | did you mean `pod-template-hash`?");
    assert_snapshot!(case(&spread("e")), @"selector-mismatch 12:123 Deployment/d does not spread its own pods |  | select by labels that its pods have");
}

#[test]
fn protocols_of_a_service() {
    let service = |target: &str| {
        object(
            "v1",
            "Service",
            "dns",
            &format!("spec = {{ selector.app = \"d\", ports = [{{ port = 53, {target} }}] }}"),
        )
    };
    let pods = |protocol: &str| {
        deployment("d", "").replace(CONTAINER, &format!("{CONTAINER}, ports = [{{ name = \"dns\", containerPort = 53, protocol = \"{protocol}\" }}]"))
    };
    let both = |target: &str, protocol: &str| format!("{}{}", service(target), pods(protocol));
    assert_snapshot!(case(&both("targetPort = \"dns\"", "UDP")), @r#"port-mismatch 9:65 port 53 of Service/dns is TCP, and UDP in the pods of Deployment/d |  | write `protocol = "UDP"`, or change that of the container's port"#);
    assert_snapshot!(case(&both("protocol = \"UDP\"", "TCP")), @r#"port-mismatch 9:63 port 53 of Service/dns is UDP, and TCP in the pods of Deployment/d |  | write `protocol = "TCP"`, or change that of the container's port"#);
    good(&both("targetPort = \"dns\"", "TCP"));
    good(&both("protocol = \"UDP\"", "UDP"));
}

#[test]
fn what_probes_and_hooks_ask() {
    let asking = |more: &str| {
        format!(
            "spec.containers = [{{ {CONTAINER}, ports = [{{ name = \"http\", containerPort = 80 }}], {more} }}]"
        )
    };
    assert_snapshot!(pod(&asking("livenessProbe.httpGet = { path = \"healthz\", port = 80 }")), @r#"port-mismatch 9:131 the probe asks the path `healthz`, which does not start with `/` |  | write `path = "/healthz"`"#);
    assert_snapshot!(pod(&asking("livenessProbe.httpGet = { path = \"http://localhost:80/live\", port = 80 }")), @r#"port-mismatch 9:131 the probe asks the path `http://localhost:80/live`, which does not start with `/` |  | write `path = "/live"`: host and port are those of the pod"#);
    assert_snapshot!(pod(&asking("livenessProbe.grpc.port = 81")), @"port-mismatch 9:124 the probe asks a port `81`, which `c` does not have |  | its ports are `80`: ask one of them, or list `81` too");
    assert_snapshot!(pod(&asking("startupProbe.tcpSocket.port = 81")), @"port-mismatch 9:128 the probe asks a port `81`, which `c` does not have |  | its ports are `80`: ask one of them, or list `81` too");
    assert_snapshot!(pod(&asking("lifecycle.preStop.httpGet = { path = \"stop\", port = \"htpt\" }")), @r#"
    port-mismatch 9:135 the hook asks the path `stop`, which does not start with `/` |  | write `path = "/stop"`
    dangling-reference 9:150 the hook asks a port `htpt`, which `c` does not have |  | did you mean `http`?
    "#);
    good_pod(&asking("lifecycle.preStop.httpGet = { path = \"/stop\", port = \"http\" }"));
    good_pod(&asking("livenessProbe.httpGet = { port = 80 }"));
    good_pod(&asking("startupProbe.tcpSocket = { host = \"10.0.0.1\", port = 81 }"));
    // A probe reaches every container of the pod.
    good_pod(&format!(
        "spec.containers = [{{ {CONTAINER}, ports = [{{ containerPort = 80 }}], livenessProbe.tcpSocket.port = 81 }}, \
         {{ name = \"d\", image = \"i:1\", ports = [{{ containerPort = 81 }}] }}]"
    ));
}

#[test]
fn two_containers_on_one_port() {
    let ports = |first: &str, second: &str| {
        format!(
            "spec.containers = [{{ {CONTAINER}, ports = [{{ {first} }}] }}, {{ name = \"d\", image = \"i:1\", ports = [{{ {second} }}] }}]"
        )
    };
    assert_snapshot!(pod(&ports("containerPort = 80", "name = \"http\", containerPort = 80, protocol = \"TCP\"")), @"two-writers 9:123 the containers `c` and `d` both listen on port 80 |  | let one of them listen on another port: they share one network");
    good_pod(&ports("containerPort = 53", "containerPort = 53, protocol = \"UDP\""));
    let first = "spec.initContainers = [{ name = \"i\", image = \"i:1\", ports = [{ containerPort = 80 }] }]\n";
    let second = ports("containerPort = 80", "containerPort = 81");
    good_pod(&format!("{first}{second}"));
    let sidecar = first.replace("image =", "restartPolicy = \"Always\", image =");
    assert_snapshot!(pod(&format!("{sidecar}{second}")), @"two-writers 9:88 the containers `c` and `i` both listen on port 80 |  | let one of them listen on another port: they share one network");
    let side = |port: u16| {
        format!(
            "[stages.x.components.web]\nsidecars = [{{ name = \"side\", image = \"o:1\", ports = {{ m = {port} }} }}]\n"
        )
    };
    assert_snapshot!(case(&side(8000)), @"two-writers 6:59 the containers `web` and `side` both listen on port 8000 |  | let one of them listen on another port: they share one network");
    good(&side(9100));
}

#[test]
fn two_keys_of_one_file() {
    let volume = |source: &str| {
        format!(
            "spec.volumes = [{{ name = \"v\", {source} }}]\nspec.containers = [{{ {CONTAINER} }}]\n[config.c]\na = \"1\"\nb = \"2\"\n[secrets.t]\nkeys = [\"a\"]\n"
        )
    };
    let items = |a: &str, b: &str| {
        format!("items = [{{ key = \"a\", path = \"{a}\" }}, {{ key = \"b\", path = \"{b}\" }}]")
    };
    assert_snapshot!(pod(&volume(&format!("configMap = {{ name = \"c\", {} }}", items("x", "x")))), @"two-writers 9:113 two keys become the file `x` of one volume |  | give each a `path` of its own");
    good_pod(&volume(&format!("configMap = {{ name = \"c\", {} }}", items("x", "y"))));
    let projected = |second: &str| {
        volume(&format!("projected.sources = [{{ configMap.name = \"c\" }}, {second}]"))
    };
    assert_snapshot!(pod(&projected("{ secret.name = \"t\" }")), @"two-writers 9:94 two keys become the file `a` of one volume |  | give each a `path` of its own");
    assert_snapshot!(pod(&projected("{ downwardAPI.items = [{ path = \"b\", fieldRef.fieldPath = \"metadata.name\" }] }")), @"two-writers 9:110 two keys become the file `b` of one volume |  | give each a `path` of its own");
    good_pod(&projected("{ secret = { name = \"t\", items = [{ key = \"a\", path = \"c\" }] } }"));
}

#[test]
fn labels_that_kubernetes_gives_to_nodes() {
    let selecting = |label: &str, value: &str| {
        format!("[stages.x.components.web]\nnode-selector = {{ \"{label}\" = \"{value}\" }}\n")
    };
    assert_snapshot!(case(&selecting("kubernetes.io/arhc", "amd64")), @"unschedulable 6:42 no node has the label `kubernetes.io/arhc` |  | did you mean `kubernetes.io/arch`?");
    assert_snapshot!(case(&selecting("topolgy.kubernetes.io/zone", "a")), @"unschedulable 6:50 no node has the label `topolgy.kubernetes.io/zone` |  | did you mean `topology.kubernetes.io/zone`?");
    assert_snapshot!(case(&selecting("kubernetes.io/arch", "x86_64")), @"unschedulable 6:42 no node has `x86_64` for `kubernetes.io/arch` |  | did you mean `amd64`?");
    assert_snapshot!(case(&selecting("kubernetes.io/os", "linx")), @"unschedulable 6:40 no node has `linx` for `kubernetes.io/os` |  | did you mean `linux`?");
    good(&selecting("kubernetes.io/arch", "amd64"));
    good(&selecting("topology.kubernetes.io/rack", "a"));
    good(&selecting("example.com/zone", "a"));
    good(&selecting("zone", "a"));
    let affinity = |rule: &str| {
        format!(
            "spec.containers = [{{ {CONTAINER} }}]\nspec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms = [{{ matchExpressions = [{rule}] }}]\n"
        )
    };
    assert_snapshot!(pod(&affinity("{ key = \"kubernetes.io/arch\", operator = \"In\", values = [\"aarch64\"] }")), @"unschedulable 10:174 no node has `aarch64` for `kubernetes.io/arch` |  | did you mean `arm64`?");
    assert_snapshot!(pod(&affinity("{ key = \"kubernetes.io/oss\", operator = \"Exists\" }")), @"unschedulable 10:126 no node has the label `kubernetes.io/oss` |  | did you mean `kubernetes.io/os`?");
    good_pod(&affinity(
        "{ key = \"kubernetes.io/arch\", operator = \"In\", values = [\"aarch64\", \"arm64\"] }",
    ));
    let apart = |key: &str| {
        deployment(
            "d",
            &format!(
                "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution = [{{ topologyKey = \"{key}\", labelSelector.matchLabels.app = \"d\" }}]"
            ),
        )
    };
    assert_snapshot!(case(&apart("kubernetes.io/hostnme")), @"unschedulable 12:111 no node has the label `kubernetes.io/hostnme` |  | did you mean `kubernetes.io/hostname`?");
    good(&apart("kubernetes.io/hostname"));
    let spread = |key: &str| {
        deployment(
            "d",
            &format!(
                "spec.template.spec.topologySpreadConstraints = [{{ maxSkew = 1, topologyKey = \"{key}\", whenUnsatisfiable = \"DoNotSchedule\", labelSelector.matchLabels.app = \"d\" }}]"
            ),
        )
    };
    assert_snapshot!(case(&spread("topology.kubernetes.io/zon")), @"unschedulable 12:78 no node has the label `topology.kubernetes.io/zon` |  | did you mean `topology.kubernetes.io/zone`?");
    good(&spread("topology.kubernetes.io/zone"));
}

#[test]
fn autoscalers_measure_shares_of_requests() {
    let scaled = "[stages.x.components.web]\nautoscale = { min = 2, max = 4 }\n";
    let patch = |remove: &str| {
        format!(
            "{scaled}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nremove = [{remove}]\n"
        )
    };
    assert_snapshot!(case(&patch("\"spec.template.spec.containers[web].resources.requests.cpu\"")), @"incomplete-object 9:11 the container `web` requests no `cpu` | takes a part out | write `resources.requests.cpu = …`");
    good(&patch("\"spec.template.spec.containers[web].resources.requests.memory\""));
}

#[test]
fn what_has_no_scale() {
    let daemon = deployment("d", "").replace("\"Deployment\"", "\"DaemonSet\"");
    let scaler = hpa("a", "d").replace("kind = \"Deployment\"", "kind = \"DaemonSet\"");
    assert_snapshot!(case(&format!("{scaler}{daemon}")), @"invalid-object 9:94 a DaemonSet can not be scaled |  | name a Deployment or a StatefulSet");
}

#[test]
fn two_services_on_one_port_of_the_nodes() {
    let service = |name: &str, port: u16| {
        object("v1", "Service", name, &format!(
            "spec = {{ type = \"NodePort\", {WEB}, ports = [{{ port = 80, targetPort = \"http\", nodePort = {port} }}] }}"
        ).replace("selector.matchLabels", "selector"))
    };
    assert_snapshot!(case(&format!("{}{}", service("a", 30080), service("b", 30080))), @"conflict 14:130 `nodePort` 30080 is taken by Service/a and by Service/b |  | write another one, or leave it out: the cluster picks a free one");
    good(&format!("{}{}", service("a", 30080), service("b", 30081)));
}

#[test]
fn two_rules_of_one_path() {
    let ingress = |name: &str, path: &str, more: &str| {
        object(
            "networking.k8s.io/v1",
            "Ingress",
            name,
            &format!(
                "spec.rules = [{{ host = \"a.example\", http.paths = [{{ path = \"{path}\", pathType = \"Prefix\", backend.service = {{ name = \"web\", port.number = 80 }} }}] }}]\n{more}"
            ),
        )
    };
    assert_snapshot!(case(&format!("{}{}", ingress("a", "/", ""), ingress("b", "/", ""))), @"conflict 15:60 two rules lead on from `/` of `a.example` |  | remove one of them, or give it another path");
    good(&format!("{}{}", ingress("a", "/", ""), ingress("b", "/api", "")));
    good(&format!(
        "{}{}",
        ingress("a", "/", ""),
        ingress("b", "/", "metadata.annotations.\"nginx.ingress.kubernetes.io/canary\" = \"true\"")
    ));
}
