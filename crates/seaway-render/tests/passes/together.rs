//! Fields that the API server judges together, and by the kind of the object that they are in.

use insta::assert_snapshot;

use crate::support::{case, good, good_pod, pod};

const CONTAINER: &str = "name = \"c\", image = \"i:1\"";

/// An object of the user's own; what follows begins in line 9.
fn object(api_version: &str, kind: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{api_version}\"\nkind = \"{kind}\"\nmetadata.name = \"o\"\n{more}"
    )
}

/// What makes pods by a selector; what follows begins in line 12.
fn endless(kind: &str, more: &str) -> String {
    object(
        "apps/v1",
        kind,
        &format!(
            "spec.template.spec.containers = [{{ {CONTAINER} }}]\nspec.selector.matchLabels.app = \"d\"\n\
             spec.template.metadata.labels.app = \"d\"\n{more}"
        ),
    )
}

/// A Job; what follows begins in line 10.
fn job(more: &str) -> String {
    object(
        "batch/v1",
        "Job",
        &format!("spec.template.spec.containers = [{{ {CONTAINER} }}]\n{more}"),
    )
}

/// A CronJob; what follows begins in line 10.
fn cron(more: &str) -> String {
    object(
        "batch/v1",
        "CronJob",
        &format!("spec.jobTemplate.spec.template.spec.containers = [{{ {CONTAINER} }}]\n{more}"),
    )
}

fn container(more: &str) -> String {
    pod(&format!("spec.containers = [{{ {CONTAINER}, {more} }}]"))
}

fn service(more: &str) -> String {
    object("v1", "Service", more)
}

#[test]
fn the_restart_policy_of_what_makes_the_pods() {
    assert_snapshot!(case(&endless("Deployment", "spec.template.spec.restartPolicy = \"OnFailure\"")), @"invalid-value 12:36 `restartPolicy` of the pods of a Deployment can not be `OnFailure` |  | write `Always`, or leave it out; what comes to an end belongs in a Job");
    assert_snapshot!(case(&job("spec.template.spec.restartPolicy = \"Always\"")), @"invalid-value 10:36 `restartPolicy` of the pods of a Job can not be `Always` |  | write one of `Never` and `OnFailure`");
    assert_snapshot!(case(&endless("DaemonSet", "spec.template.spec.activeDeadlineSeconds = 5")), @"exclusive-fields 12:44 the pods of a DaemonSet can not have `activeDeadlineSeconds` |  | remove it; what comes to an end belongs in a Job");
    good(&job("spec.template.spec.restartPolicy = \"OnFailure\""));
    good_pod(&format!("spec.restartPolicy = \"Never\"\nspec.containers = [{{ {CONTAINER} }}]"));
}

#[test]
fn what_a_container_can_not_have_where_it_is() {
    let before = |more: &str| {
        pod(&format!(
            "spec.initContainers = [{{ name = \"b\", image = \"i:1\", {more} }}]\nspec.containers = [{{ {CONTAINER} }}]"
        ))
    };
    assert_snapshot!(before("readinessProbe.exec.command = [\"a\"]"), @r#"exclusive-fields 9:53 the init container `b` can not have `readinessProbe` |  | remove it; a sidecar, with `restartPolicy = "Always"`, can have it"#);
    assert_snapshot!(before("restartPolicy = \"Always\", readinessProbe.exec.command = [\"a\"]"), @"7 objects");
    assert_snapshot!(container("livenessProbe = { exec.command = [\"a\"], successThreshold = 2 }"), @"out-of-range 9:108 `successThreshold` of a `livenessProbe` is 1, not 2 |  | remove it: only a `readinessProbe` can ask for several successes");
    assert_snapshot!(container("readinessProbe = { exec.command = [\"a\"], successThreshold = 2, terminationGracePeriodSeconds = 5 }"), @"exclusive-fields 9:144 a `readinessProbe` can not have `terminationGracePeriodSeconds` |  | remove it: a pod that is not ready is not stopped");
    assert_snapshot!(pod(&format!("spec.topologySpreadConstraints = [{{ maxSkew = 1, topologyKey = \"z\", whenUnsatisfiable = \"DoNotSchedule\" }}, {{ maxSkew = 2, topologyKey = \"z\", whenUnsatisfiable = \"DoNotSchedule\" }}]\nspec.containers = [{{ {CONTAINER} }}]")), @"
    selector-mismatch 9:108 Pod/p does not spread its own pods |  | select by labels that its pods have
    conflict 9:108 two spread constraints of `z` have one `whenUnsatisfiable` |  | remove one of them
    ");
}

#[test]
fn privileges_in_a_namespace_that_allows_them() {
    let free = |more: &str| {
        format!(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Namespace\"\nmetadata.name = \"free\"\n[[objects]]\n\
             apiVersion = \"v1\"\nkind = \"Pod\"\nmetadata = {{ name = \"p\", namespace = \"free\" }}\n{more}"
        )
    };
    let context = |more: &str| {
        free(&format!("spec.containers = [{{ {CONTAINER}, securityContext = {{ {more} }} }}]"))
    };
    assert_snapshot!(case(&context("privileged = true, allowPrivilegeEscalation = false")), @"exclusive-fields 13:82 the container `c` has `privileged` and no `allowPrivilegeEscalation` |  | write `allowPrivilegeEscalation = true` as well, or take the privileges away");
    assert_snapshot!(case(&context("capabilities.add = [\"SYS_ADMIN\"]")), @"exclusive-fields 13:88 the container `c` has `capabilities.add` and no `allowPrivilegeEscalation` |  | write `allowPrivilegeEscalation = true` as well, or take the privileges away");
    assert_snapshot!(case(&free(&format!("spec.hostNetwork = true\nspec.containers = [{{ {CONTAINER}, ports = [{{ containerPort = 80, hostPort = 81 }}] }}]"))), @"exclusive-fields 14:91 `hostPort` 81 is not `containerPort` 80, in a pod with `hostNetwork` |  | remove it, or write the same number");
    good(&context("privileged = true"));
    good(&context("capabilities.add = [\"SYS_ADMIN\"], allowPrivilegeEscalation = true"));
}

#[test]
fn rollouts_that_can_not_move() {
    let rolling = |surge: &str, unavailable: &str| {
        endless(
            "Deployment",
            &format!(
                "spec.strategy.rollingUpdate = {{ maxSurge = {surge}, maxUnavailable = {unavailable} }}"
            ),
        )
    };
    assert_snapshot!(case(&rolling("0", "0")), @"out-of-range 12:64 `maxUnavailable` and `maxSurge` are both 0: no pod could be replaced |  | write `maxSurge = 1`, or another `maxUnavailable`");
    assert_snapshot!(case(&rolling("\"0%\"", "0")), @"out-of-range 12:67 `maxUnavailable` and `maxSurge` are both 0: no pod could be replaced |  | write `maxSurge = 1`, or another `maxUnavailable`");
    assert_snapshot!(case("[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nmerge.spec.strategy.rollingUpdate.maxSurge = 0"), @"out-of-range 7:46 `maxUnavailable` and `maxSurge` are both 0: no pod could be replaced |  | write `maxSurge = 1`, or another `maxUnavailable`");
    assert_snapshot!(case(&endless("DaemonSet", "spec.updateStrategy.rollingUpdate.maxSurge = 1")), @"exclusive-fields 12:46 a DaemonSet can not have `maxSurge` and `maxUnavailable` at once |  | write `maxUnavailable = 0` beside `maxSurge`, or remove `maxSurge`");
    assert_snapshot!(case(&endless("DaemonSet", "spec.updateStrategy.rollingUpdate.maxUnavailable = 0")), @"out-of-range 12:52 `maxUnavailable` and `maxSurge` are both 0: no pod could be replaced |  | write `maxSurge = 1`, or another `maxUnavailable`");
    assert_snapshot!(case(&endless("Deployment", "spec.minReadySeconds = 600")), @"out-of-range 12:24 a new pod has to be ready for 600 s, and the rollout has failed after 600 s |  | write a `progressDeadlineSeconds` above `minReadySeconds`");
    good(&rolling("0", "1"));
    good(&endless(
        "DaemonSet",
        "spec.updateStrategy.rollingUpdate = { maxSurge = 1, maxUnavailable = 0 }",
    ));
}

#[test]
fn jobs_and_schedules() {
    assert_snapshot!(case(&job("spec.selector.matchLabels.a = \"b\"")), @"exclusive-fields 10:6 a Job can not have a `selector` of its own |  | remove it: the cluster fills in one that no other Job has");
    assert_snapshot!(case(&cron("spec.schedule = \"0 25 * * *\"")), @"invalid-value 10:17 `25` is no hour |  | write `*` or numbers from 0 to 23");
    assert_snapshot!(case(&cron("spec.schedule = \"0 * * *\"")), @"invalid-value 10:17 `0 * * *` is not a cron schedule |  | write five fields, `minute hour day month weekday`, or `@daily`");
    assert_snapshot!(case(&cron("spec.schedule = \"TZ=Europe/Berlin 0 4 * * *\"")), @r#"invalid-value 10:17 a schedule can not name its time zone |  | write `schedule = "0 4 * * *"` and `timeZone = "Europe/Berlin"`"#);
    assert_snapshot!(case(&cron("spec.timeZone = \"Etc/UTC\"")), @"incomplete-object 9:1 a CronJob needs `schedule` |  | write `schedule = …`");
    assert_snapshot!(case(&cron("spec.schedule = \"@daily\"\nspec.timeZone = \"Local\"")), @"invalid-value 11:17 `Local` is the time zone of wherever the cluster runs |  | write a name of the IANA database, `Europe/Berlin` or `Etc/UTC`");
    assert_snapshot!(case(&cron("spec.schedule = \"@daily\"\nspec.timeZone = \"Europ/Berlin\"")), @"invalid-value 11:17 there is no time zone `Europ/Berlin` |  | did you mean `Europe/Berlin`?");
    assert_snapshot!(case(&cron("spec.schedule = \"@daily\"\nspec.timeZone = \"America/new york\"")), @"invalid-value 11:17 there is no time zone `America/new york` |  | did you mean `America/New_York`?");
    assert_snapshot!(case(&cron("spec.schedule = \"@daily\"\nspec.timeZone = \"CEST\"")), @"invalid-value 11:17 there is no time zone `CEST` |  | did you mean `CET`?");
    assert_snapshot!(case("[stages.x.components]\nc = { type = \"cron\", schedule = \"@daily\", command = [\"a\"], time-zone = \"Berlin\" }"), @"invalid-value 6:72 there is no time zone `Berlin` |  | did you mean `Europe/Berlin`?");
    assert_snapshot!(case(&cron("spec.schedule = \"@daily\"\nspec.timeZone = \"Europe/Berln\"")), @"invalid-value 11:17 there is no time zone `Europe/Berln` |  | did you mean `Europe/Berlin`?");
    assert_snapshot!(case("[stages.x.components]\nc = { type = \"cron\", schedule = \"0 7 * * mon\", command = [\"a\"], time-zone = \"Europe/Berln\" }"), @"invalid-value 6:77 there is no time zone `Europe/Berln` |  | did you mean `Europe/Berlin`?");
    assert_snapshot!(case(&cron("spec.schedule = \"TZ=nowhere 0 4 * * *\"")), @r#"invalid-value 10:17 a schedule can not name its time zone |  | write the zone as `timeZone = "Europe/Berlin"`"#);
    assert_snapshot!(case(&cron("spec.schedule = \"0 0 31 2 *\"")), @r#"invalid-value 10:17 `0 0 31 2 *` never comes: February ends before day 31 |  | write a day that each of its months has: `"0 0 28 2 *"`"#);
    assert_snapshot!(case("[stages.x.components]\nc = { type = \"cron\", schedule = \"0 0 31 2 *\", command = [\"a\"] }"), @r#"invalid-value 6:33 `0 0 31 2 *` never comes: February ends before day 31 |  | write a day that each of its months has: `"0 0 28 2 *"`"#);
    good(&cron("spec.schedule = \"0 0 31 2 mon\""));
    assert_snapshot!(case(&cron("spec.schedule = \"@daily\"\nspec.startingDeadlineSeconds = 9")), @"short-deadline 11:32 a run of `o` may never start: it is left out after 9 s, and the controller looks every 10 s |  | write `startingDeadlineSeconds = 10` or more");
    assert_snapshot!(case("[stages.x.components]\nc = { type = \"cron\", schedule = \"*/5 * * * *\", command = [\"a\"], starting-deadline-seconds = 5 }"), @"short-deadline 6:93 a run of `c` may never start: it is left out after 5 s, and the controller looks every 10 s |  | write `starting-deadline-seconds = 10` or more");
    good(&cron("spec.schedule = \"@daily\"\nspec.startingDeadlineSeconds = 10"));
    good(&cron("spec.schedule = \"@every 1h30m\"\nspec.timeZone = \"Europe/Berlin\""));
}

#[test]
fn bounds_of_an_autoscaler() {
    let scaler = |spec: &str| {
        let target = "spec.scaleTargetRef = { apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"o\" }";
        format!(
            "{}\n{}",
            endless("Deployment", ""),
            object("autoscaling/v2", "HorizontalPodAutoscaler", &format!("{target}\n{spec}"))
        )
    };
    assert_snapshot!(case(&scaler("spec.minReplicas = 5\nspec.maxReplicas = 3")), @"out-of-range 18:20 an autoscaler of at least 5 and at most 3 pods |  | write a `maxReplicas` that is not below `minReplicas`");
    good(&scaler("spec.minReplicas = 3\nspec.maxReplicas = 3"));
}

#[test]
fn templates_and_claims() {
    let set = |template: &str| {
        endless("StatefulSet", &format!("spec.volumeClaimTemplates = [{{ {template} }}]"))
    };
    let spec = "spec = { accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\" }";
    assert_snapshot!(case(&set(spec)), @"incomplete-object 12:30 a template of claims of StatefulSet/o has no name |  | write `metadata.name = …`, which a container mounts");
    assert_snapshot!(case(&set(&format!("metadata.name = \"A\", {spec}"))), @"invalid-name 12:48 `A` can not be the name of a template of claims |  | write at most 63 of `a-z`, `0-9` and `-`");
    assert_snapshot!(case(&set("metadata.name = \"a\", spec = { accessModes = [\"ReadWriteOncePod\", \"ReadWriteOnce\"], resources.requests.space = \"1Gi\" }")), @r#"
    exclusive-fields 12:76 the claim `a` has `ReadWriteOncePod` beside other access modes |  | write it alone, or leave it out
    incomplete-object 12:125 the claim `a` asks for no storage |  | write `resources.requests.storage = "1Gi"`
    "#);
    good(&set(&format!("metadata.name = \"a\", {spec}")));
}

#[test]
fn services_by_type() {
    assert_snapshot!(case(&object("v1", "Service", "")), @"incomplete-object 5:1 Service/o has no `spec` |  | write `spec.ports` and `spec.selector`");
    assert_snapshot!(case(&service("spec.selector.\"app.kubernetes.io/instance\" = \"web\"")), @r#"incomplete-object 9:1 Service/o has no ports |  | write `ports`; only a headless Service, `clusterIP = "None"`, can do without"#);
    assert_snapshot!(case(&service("spec.ports = [{ port = 80, nodePort = 30080 }]")), @r#"exclusive-fields 9:39 a ClusterIP Service can not have a `nodePort` |  | write `type = "NodePort"`, or remove it"#);
    assert_snapshot!(case(&service("spec = { type = \"LoadBalancer\", clusterIP = \"None\", ports = [{ port = 80 }] }")), @"exclusive-fields 9:45 a LoadBalancer Service can not be headless |  | remove `clusterIP`, or the `type`");
    assert_snapshot!(case(&service("spec = { externalTrafficPolicy = \"Local\", ports = [{ port = 80 }] }")), @"exclusive-fields 9:34 a ClusterIP Service can not have `externalTrafficPolicy` |  | remove it: nothing from outside the cluster comes in here");
    assert_snapshot!(case(&service("spec = { type = \"LoadBalancer\", healthCheckNodePort = 30001, ports = [{ port = 80 }] }")), @"exclusive-fields 9:55 `healthCheckNodePort` is for `externalTrafficPolicy` `Local` only |  | remove it, or write that policy");
    assert_snapshot!(case(&service("spec.ports = [{ name = \"a\", port = 80 }, { name = \"b\", port = 80 }]")), @"conflict 9:63 Service/o has the port 80 twice |  | remove one of them; the protocols can differ");
    assert_snapshot!(case(&service("spec = { type = \"LoadBalancer\", ports = [{ port = 10250 }] }")), @"out-of-range 9:51 a load balancer can not have the port 10250 |  | write another one: it is the port of the kubelet of each node");
    let two = |first: &str, second: &str| {
        format!(
            "{}\n{}",
            service(&format!(
                "spec = {{ type = \"NodePort\", ports = [{{ port = 80, {first} }}] }}"
            )),
            service(&format!(
                "spec = {{ type = \"NodePort\", ports = [{{ port = 81, {second} }}] }}"
            ))
            .replace("\"o\"", "\"p\"")
        )
    };
    assert_snapshot!(case(&two("nodePort = 30080", "nodePort = 30080")), @"conflict 14:62 `nodePort` 30080 is taken by Service/o and by Service/p |  | write another one, or leave it out: the cluster picks a free one");
    good(&two("nodePort = 30080", "nodePort = 30080, protocol = \"UDP\""));
    good(&service(
        "spec = { clusterIP = \"None\", selector.\"app.kubernetes.io/instance\" = \"web\" }",
    ));
    good(&service(
        "spec.ports = [{ name = \"a\", port = 53 }, { name = \"b\", port = 53, protocol = \"UDP\" }]",
    ));
}

#[test]
fn ranges_of_policies() {
    let policy = |rule: &str| {
        object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            &format!("spec = {{ podSelector = {{}}, egress = [{{ {rule} }}] }}"),
        )
    };
    assert_snapshot!(case(&policy("ports = [{ port = 90, endPort = 80 }]")), @"
    undeclared-flow 9:38 NetworkPolicy/o lets its pods out to everywhere |  | name the targets: `to = [{ podSelector.matchLabels = { … } }]`, or `ipBlock` for what lies outside
    out-of-range 9:72 the range of ports ends at 80, before its first port 90 |  | write an `endPort` that is not below `port`
    ");
    assert_snapshot!(case(&policy("ports = [{ port = \"http\", endPort = 80 }]")), @"
    undeclared-flow 9:38 NetworkPolicy/o lets its pods out to everywhere |  | name the targets: `to = [{ podSelector.matchLabels = { … } }]`, or `ipBlock` for what lies outside
    exclusive-fields 9:76 a range of ports can not begin at the named port `http` |  | write the number, or remove `endPort`
    ");
    assert_snapshot!(case(&policy("ports = [{ endPort = 80 }]")), @"
    undeclared-flow 9:38 NetworkPolicy/o lets its pods out to everywhere |  | name the targets: `to = [{ podSelector.matchLabels = { … } }]`, or `ipBlock` for what lies outside
    incomplete-object 9:61 a range of ports needs `port` |  | write the first one as `port`
    ");
    assert_snapshot!(case(&policy("to = [{ ipBlock = { cidr = \"10.0.0.0/16\", except = [\"10.1.0.0/24\"] } }]")), @"invalid-value 9:92 `10.1.0.0/24` is no part of `10.0.0.0/16` |  | write a smaller range inside of `cidr`");
    good(&policy(
        "to = [{ ipBlock = { cidr = \"0.0.0.0/0\", except = [\"169.254.169.254/32\"] } }], ports = [{ port = 80, endPort = 90 }]",
    ));
}

#[test]
fn what_a_secret_of_a_type_holds() {
    assert_snapshot!(case(&object("v1", "Secret", "type = \"kubernetes.io/tls\"\nstringData.\"tls.crt\" = \"a\"")), @r#"incomplete-object 9:8 a Secret of type `kubernetes.io/tls` needs the key `tls.key` |  | write `stringData."tls.key" = …`, or leave the type out"#);
    assert_snapshot!(case(&object("v1", "Secret", "type = \"kubernetes.io/dockerconfigjsn\"")), @"invalid-value 9:8 there is no type `kubernetes.io/dockerconfigjsn` of Secrets |  | did you mean `kubernetes.io/dockerconfigjson`?");
    assert_snapshot!(case(&object("v1", "Secret", "type = \"kubernetes.io/basic-auth\"")), @"incomplete-object 9:8 a Secret of type `kubernetes.io/basic-auth` needs `username` or `password` |  | write one of them in `stringData`, or leave the type out");
    assert_snapshot!(case(&object("v1", "Secret", "type = \"kubernetes.io/service-account-token\"")), @"incomplete-object 9:8 a Secret of type `kubernetes.io/service-account-token` needs the annotation `kubernetes.io/service-account.name` |  | write it, with the name of a ServiceAccount");
    good(&object(
        "v1",
        "Secret",
        "type = \"kubernetes.io/tls\"\nstringData = { \"tls.crt\" = \"a\", \"tls.key\" = \"b\" }",
    ));
    good(&object("v1", "Secret", "type = \"example.com/own\""));
}

#[test]
fn rules_of_roles() {
    let role = |rule: &str| {
        object("rbac.authorization.k8s.io/v1", "Role", &format!("rules = [{{ {rule} }}]"))
    };
    assert_snapshot!(case(&role("resources = [\"pods\"], verbs = [\"get\"]")), @"incomplete-object 9:24 a rule with `resources` needs `apiGroups` |  | write `apiGroups = …`");
    assert_snapshot!(case(&role("apiGroups = [\"\"], resources = [\"pods\"], nonResourceURLs = [\"/a\"], verbs = [\"get\"]")), @"exclusive-fields 9:24 a rule can not have `nonResourceURLs` and `apiGroups` at once |  | keep one of them");
    good(&role("apiGroups = [\"\"], resources = [\"pods\"], verbs = [\"get\"]"));
}

#[test]
fn keys_of_data_and_names_of_ports() {
    assert_snapshot!(case(&object("v1", "ConfigMap", "data.\"a b\" = \"c\"")), @"invalid-name 9:14 `a b` can not be a key of a ConfigMap |  | write at most 253 letters, digits, `-`, `_` and `.`, not beginning with `..`");
    assert_snapshot!(case(&object("v1", "ConfigMap", "data.a = \"c\"\nbinaryData.a = \"Yg==\"")), @"exclusive-fields 10:16 `a` is in `data` and in `binaryData` |  | keep one of them");
    assert_snapshot!(case(&service("spec.ports = [{ name = \"HTTP\", port = 80 }]")), @"invalid-name 9:24 `HTTP` can not be the name of a port of a Service |  | write at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit");
    assert_snapshot!(case(&object("v1", "ConfigMap", "metadata.namespace = \"A_b\"")), @"invalid-name 9:22 `A_b` can not be the name of a Namespace |  | write at most 63 of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit");
    good(&object("v1", "ConfigMap", "data.\"a.b_c-d\" = \"c\""));
}
