//! What `link` refuses, each beside a twin that it takes.

use insta::assert_snapshot;
use seaway_core::Source;

use crate::common::compile;
use crate::support::{BASE, case, good, good_pod, pod};

const SERVICE: &str = "[[objects]]\napiVersion = \"v1\"\nkind = \"Service\"\n";
const CONTAINER: &str = "name = \"c\", image = \"i:1\"";

fn container(more: &str) -> String {
    format!("spec.containers = [{{ {CONTAINER}, {more} }}]")
}

fn service(more: &str) -> String {
    case(&format!("{SERVICE}{more}"))
}

fn deployment(name: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"apps/v1\"\nkind = \"Deployment\"\nmetadata.name = \"{name}\"\n\
         spec.template.spec.containers = [{{ {CONTAINER}, ports = [{{ name = \"http\", containerPort = 80 }}] }}]\n{more}"
    )
}

const SELECTED: &str =
    "spec.selector.matchLabels.app = \"d\"\nspec.template.metadata.labels.app = \"d\"\n";

#[test]
fn two_objects_of_one_kind_and_name() {
    assert_snapshot!(service("metadata.name = \"web\"\nspec.ports = [{ port = 80 }]"), @"duplicate-object 3:12 two objects are Service/web |  | rename one of them");
    assert_snapshot!(case("[config.a]\nk = \"v\"\n[[objects]]\napiVersion = \"v1\"\nkind = \"ConfigMap\"\nmetadata.name = \"a\""), @"duplicate-object 5:9 two objects are ConfigMap/a |  | rename one of them");
    assert_snapshot!(case("[stages.x.components.default-deny]\ntype = \"web\""), @"duplicate-object 5:22 two objects are NetworkPolicy/default-deny |  | rename one of them");
    good(&format!(
        "{SERVICE}metadata = {{ name = \"web\", namespace = \"other\" }}\nspec.ports = [{{ port = 80 }}]"
    ));
    // A Service of Knative is another kind.
    good(
        "[[objects]]\napiVersion = \"serving.knative.dev/v1\"\nkind = \"Service\"\nmetadata.name = \"web\"",
    );
}

#[test]
fn a_config_of_a_generated_name() {
    assert_snapshot!(case("[config.wait-for-schema]\nk = \"v\"\n[stages.x.components]\ndb = { type = \"postgres\" }\nmigrate = { type = \"migrate\" }"), @"duplicate-object 5:9 two objects are ConfigMap/wait-for-schema |  | rename one of them");
}

#[test]
fn a_secret_that_nobody_declares() {
    let read = |name: &str, key: &str| {
        container(&format!(
            "env = [{{ name = \"A\", valueFrom.secretKeyRef = {{ name = \"{name}\", key = \"{key}\" }} }}]"
        ))
    };
    let declared = "secrets.mail.keys = [\"token\"]\n";
    assert_snapshot!(pod(&read("mail", "token")), @"dangling-reference 9:104 there is no Secret `mail` |  | declare it: `secrets.mail.keys = […]`");
    assert_snapshot!(case(&format!("{declared}[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\n{}", read("mial", "token"))), @"dangling-reference 10:104 there is no Secret `mial` |  | did you mean `mail`?");
    assert_snapshot!(case(&format!("{declared}[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\n{}", read("mail", "tokne"))), @"unknown-key 10:118 Secret `mail` has no key `tokne` |  | did you mean `token`?");
    good(&format!(
        "{declared}[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\n{}",
        read("mail", "token")
    ));
    good_pod(&container(
        "env = [{ name = \"A\", valueFrom.secretKeyRef = { name = \"a\", key = \"b\", optional = true } }]",
    ));
    assert_snapshot!(pod(&container("envFrom = [{ secretRef.name = \"mail\" }]")), @"dangling-reference 9:79 there is no Secret `mail` |  | declare it: `secrets.mail.keys = […]`");
    assert_snapshot!(pod("spec.volumes = [{ name = \"v\", secret = { secretName = \"mail\" } }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @"dangling-reference 9:55 there is no Secret `mail` |  | declare it: `secrets.mail.keys = […]`");
    assert_snapshot!(pod("spec.volumes = [{ name = \"v\", projected.sources = [{ secret.name = \"mail\" }] }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @"dangling-reference 9:54 there is no Secret `mail` |  | declare it: `secrets.mail.keys = […]`");
}

#[test]
fn a_config_that_is_not_there() {
    let read = |name: &str| container(&format!("envFrom = [{{ configMapRef.name = \"{name}\" }}]"));
    assert_snapshot!(pod(&read("a")), @r#"dangling-reference 9:82 there is no ConfigMap `a` |  | add it: `config.a = { key = "text" }`; if something else makes it, write `optional = true`"#);
    assert_snapshot!(pod("spec.volumes = [{ name = \"v\", configMap = { name = \"kube-root-ca.crt\", items = [{ key = \"ca.cert\", path = \"x\" }] } }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @"unknown-key 9:43 ConfigMap `kube-root-ca.crt` has no key `ca.cert` |  | did you mean `ca.crt`?");
    good_pod(&format!("{}\n[config.a]\nk = \"v\"", read("a")));
    good_pod(
        "spec.volumes = [{ name = \"v\", configMap.name = \"kube-root-ca.crt\" }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]",
    );
    // A pod of another namespace reads the configs of that one.
    assert_snapshot!(pod(&format!("metadata.namespace = \"o\"\n{}\n[config.a]\nk = \"v\"", read("a"))), @r#"dangling-reference 10:82 there is no ConfigMap `a` |  | if the cluster has it, say so: `cluster.provides = ["ConfigMap/o/a"]`"#);
}

#[test]
fn a_claim_that_is_not_there() {
    let mounted = "spec.volumes = [{ name = \"v\", persistentVolumeClaim.claimName = \"media\" }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]";
    assert_snapshot!(pod(mounted), @r#"dangling-reference 9:65 there is no PersistentVolumeClaim `media` |  | declare it: `volumes.media.storage = "1Gi"`, or `volumes.media.claim = "media"` if the cluster has it"#);
    good_pod(&format!("{mounted}\n[volumes.media]\nstorage = \"1Gi\""));
    good_pod(&format!("{mounted}\n[volumes.m]\nclaim = \"media\""));
}

#[test]
fn an_account_that_is_not_there() {
    let under = |name: &str| {
        format!("spec.serviceAccountName = \"{name}\"\nspec.containers = [{{ {CONTAINER} }}]")
    };
    assert_snapshot!(pod(&under("wbe")), @"dangling-reference 9:27 there is no ServiceAccount `wbe` |  | did you mean `web`?");
    good_pod(&under("web"));
    good_pod(&under("default"));
}

#[test]
fn a_pull_secret_that_nobody_declares() {
    let with = "spec.imagePullSecrets = [{ name = \"registry\" }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]";
    assert_snapshot!(pod(with), @r#"dangling-reference 9:26 there is no Secret `registry` |  | if the cluster has it, say so: `app.pull-secrets = ["registry"]`"#);
    good_pod(&format!("{with}\n[stages.x.app]\npull-secrets = [\"registry\"]"));
}

/// Credentials are those of a pod.
#[test]
fn a_pull_secret_that_does_not_reach_every_pod() {
    let of = |app: &str, more: &str| {
        format!(
            "app.image = \"{app}\"\napp.pull-secrets = [\"registry\"]\ncomponents.kv = {{ type = \"redis\"{more} }}\n\
             components.web.env.KV = \"${{kv.host}}\"\n"
        )
    };
    let own = "registry.example:5000/a:1";
    assert_snapshot!(case(&of(own, ", image = \"registry.example:5000/redis:8\"")), @r#"missing-pull-secret 6:21 the Secret `registry` for images of `registry.example:5000` does not reach `kv` |  | write `pull-secrets = ["registry"]` at the top level: every pod has it; if nodes pull these images without it, say so: `allow.missing-pull-secret."registry.example:5000" = "…"`"#);
    assert_snapshot!(case(&of("acme/a:1", ", image = \"docker.io/acme/redis:8\"")), @r#"missing-pull-secret 6:21 the Secret `registry` for images of `docker.io/acme` does not reach `kv` |  | write `pull-secrets = ["registry"]` at the top level: every pod has it; if nodes pull these images without it, say so: `allow.missing-pull-secret."docker.io/acme" = "…"`"#);
    for (app, more) in [
        (own, ""),
        ("acme/a:1", ""),
        ("ghcr.io/acme/a:1", ", image = \"ghcr.io/other/redis:8\""),
        (own, ", image = \"registry.example:5000/redis:8\", pull-secrets = [\"registry\"]"),
        (own, ", image = \"registry.example:5000/redis:8\", service-account = \"puller\""),
        // Who says that there is none has thought of it.
        (own, ", image = \"registry.example:5000/redis:8\", pull-secrets = []"),
    ] {
        good(&of(app, more));
    }
}

/// An object of the user's own is no component: its name narrows what is allowed.
#[test]
fn an_own_object_is_allowed_by_its_name() {
    let own = |name: &str| {
        format!(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"{name}\"\nspec.containers = [{{ name = \"c\", image = \"bitnami/a:1\" }}]\n"
        )
    };
    let is_allowed = |name: &str| {
        let text = format!("{BASE}allow.retired-image.one = \"a demo\"\n{}", own(name));
        compile(&Source::new("stack.toml", text), "x").0.is_some()
    };
    assert_eq!([is_allowed("one"), is_allowed("two")], [true, false]);
}

#[test]
fn a_pull_secret_that_nodes_skip() {
    let pull = |more: &str| format!("app.pull-secrets = [\"registry\"]\n{more}");
    let object = |more: &str| {
        pull(&format!(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Secret\"\nmetadata.name = \"registry\"\n{more}"
        ))
    };
    let data = "stringData.\".dockerconfigjson\" = \"{}\"";
    assert_snapshot!(case(&pull("secrets.registry.keys = [\"password\"]")), @r#"unknown-key 5:21 Secret `registry` has no key `.dockerconfigjson` |  | nodes read their credentials from that key alone: `secrets.registry.keys = [".dockerconfigjson"]`"#);
    assert_snapshot!(case(&object("stringData.password = \"a\"")), @r#"unknown-key 5:21 Secret `registry` has no key `.dockerconfigjson` |  | nodes read their credentials from that key alone: `secrets.registry.keys = [".dockerconfigjson"]`"#);
    assert_snapshot!(case(&object(data)), @r#"unknown-key 5:21 nodes skip Secret `registry`: its type is `Opaque` |  | write `type = "kubernetes.io/dockerconfigjson"`"#);
    good(&object(&format!("{data}\ntype = \"kubernetes.io/dockerconfigjson\"")));
    assert_snapshot!(case(&pull("secrets.registry.keys = [\".dockerconfigjson\"]")), @r#"unknown-key 5:21 nodes skip Secret `registry`: its type is `Opaque` |  | make it by `kubectl create secret docker-registry`, and say so: `secrets.registry.source = "existing"`"#);
    good(&pull("secrets.registry = { keys = [\".dockerconfigjson\"], source = \"existing\" }"));
    assert_snapshot!(case("app.pull-secrets = [\"Reg_cred\"]"), @"invalid-value 5:21 `Reg_cred` is not a name |  | write at most 63 of `a-z`, `0-9` and `-`, starting with a letter and not ending with `-`");
}

#[test]
fn the_service_of_a_stateful_set() {
    let set = |service: &str| {
        format!(
            "[[objects]]\napiVersion = \"apps/v1\"\nkind = \"StatefulSet\"\nmetadata.name = \"d\"\n\
             spec.serviceName = \"{service}\"\nspec.template.spec.containers = [{{ {CONTAINER} }}]\n{SELECTED}"
        )
    };
    assert_snapshot!(case(&set("wbe")), @"dangling-reference 9:20 there is no Service `wbe` |  | did you mean `web`?");
    good(&set("web"));
}

#[test]
fn the_target_of_an_autoscaler() {
    let scaler = |kind: &str, name: &str| {
        format!(
            "[[objects]]\napiVersion = \"autoscaling/v2\"\nkind = \"HorizontalPodAutoscaler\"\nmetadata.name = \"a\"\n\
             spec.maxReplicas = 3\nspec.scaleTargetRef = {{ apiVersion = \"apps/v1\", kind = \"{kind}\", name = \"{name}\" }}\n"
        )
    };
    assert_snapshot!(case(&scaler("Deployment", "wbe")), @"dangling-reference 10:77 there is no Deployment `wbe` |  | did you mean `web`?");
    assert_snapshot!(case(&scaler("Deployment", "web")), @r#"fixed-replicas 3:12 Deployment/web has `replicas` and an autoscaler |  | write `autoscale` in the component, or `remove = ["spec.replicas"]` in a patch: every apply would reset what the autoscaler chose"#);
    good(&format!("{}{}{SELECTED}", scaler("Deployment", "d"), deployment("d", "")));
}

#[test]
fn the_role_and_the_accounts_of_a_binding() {
    let binding = |role: &str, account: &str| {
        format!(
            "[[objects]]\napiVersion = \"rbac.authorization.k8s.io/v1\"\nkind = \"RoleBinding\"\nmetadata.name = \"b\"\n\
             roleRef = {{ apiGroup = \"rbac.authorization.k8s.io\", kind = \"{role}\", name = \"view\" }}\n\
             subjects = [{{ kind = \"ServiceAccount\", {account} }}]"
        )
    };
    assert_snapshot!(case(&binding("Role", "name = \"web\"")), @r#"dangling-reference 9:75 there is no Role `view` |  | each cluster has a ClusterRole of that name: write `kind = "ClusterRole"`"#);
    assert_snapshot!(case(&binding("ClusterRole", "name = \"wbe\"")), @"dangling-reference 10:13 there is no ServiceAccount `wbe` |  | did you mean `web`?");
    good(&binding("ClusterRole", "name = \"web\""));
    good(&binding("ClusterRole", "name = \"prometheus\", namespace = \"monitoring\""));
    let of_cluster =
        binding("ClusterRole", "name = \"web\"").replace("\"RoleBinding", "\"ClusterRoleBinding");
    assert_snapshot!(case(&of_cluster), @r#"invalid-object 10:13 the ServiceAccount `web` has no namespace |  | write `namespace = "s"`"#);
    good(&of_cluster.replace("name = \"web\"", "name = \"web\", namespace = \"s\""));
}

#[test]
fn the_backends_of_an_ingress() {
    let ingress = |more: &str| {
        format!(
            "[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"Ingress\"\nmetadata.name = \"i\"\n{more}"
        )
    };
    let path = |service: &str| {
        ingress(&format!(
            "spec.rules = [{{ host = \"a.example\", http.paths = [{{ path = \"/\", pathType = \"Prefix\", backend.service = {service} }}] }}]"
        ))
    };
    assert_snapshot!(case(&path("{ name = \"wbe\", port.number = 80 }")), @"dangling-reference 9:113 there is no Service `wbe` |  | did you mean `web`?");
    assert_snapshot!(case(&path("{ name = \"web\", port.number = 8000 }")), @"dangling-reference 9:120 Service `web` has no such port |  | its ports are `80 (http)`");
    assert_snapshot!(case(&path("{ name = \"web\", port.name = \"https\" }")), @"dangling-reference 9:120 Service `web` has no such port |  | its ports are `80 (http)`");
    good(&path("{ name = \"web\", port.number = 80 }"));
    good(&path("{ name = \"web\", port.name = \"http\" }"));
    assert_snapshot!(case(&ingress("spec.defaultBackend.service = { name = \"web\", port.number = 81 }")), @"dangling-reference 9:47 Service `web` has no such port |  | its ports are `80 (http)`");
    let tls = "spec.tls = [{ hosts = [\"a.example\"], secretName = \"tls\" }]\nspec.defaultBackend.service = { name = \"web\", port.number = 80 }";
    assert_snapshot!(case(&ingress(tls)), @r#"dangling-reference 9:51 there is no Secret `tls` |  | declare it: `secrets.tls.keys = ["tls.crt", "tls.key"]`"#);
    assert_snapshot!(case(&format!("secrets.tls.keys = [\"tls.crt\"]\n{}", ingress(tls))), @"unknown-key 10:51 Secret `tls` has no key `tls.key` |  |");
    good(&format!("secrets.tls.keys = [\"tls.crt\", \"tls.key\"]\n{}", ingress(tls)));
    let issued = ingress(&format!(
        "metadata.annotations.\"cert-manager.io/cluster-issuer\" = \"le\"\n{tls}"
    ));
    assert_snapshot!(case(&issued), @r#"dangling-reference 9:57 there is no ClusterIssuer `le` |  | if the cluster has it, say so: `cluster.provides = ["ClusterIssuer/le"]`"#);
    good(&format!("cluster.provides = [\"ClusterIssuer/le\"]\n{issued}"));
}

#[test]
fn what_a_service_selects_and_where_its_ports_lead() {
    let selecting = |more: &str| format!("{SERVICE}metadata.name = \"other\"\n{more}");
    let web = "spec.selector = { \"app.kubernetes.io/instance\" = \"web\" }\n";
    assert_snapshot!(case(&selecting("spec = { selector.app = \"web\", ports = [{ port = 80 }] }")), @r#"selector-mismatch 9:10 no pod has the labels `app=web` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    assert_snapshot!(case(&selecting(&format!("{web}spec.ports = [{{ name = \"a\", port = 80, targetPort = \"htpt\" }}]"))), @"dangling-reference 10:53 the pods of Deployment/web have no port `htpt` |  | their ports are `http`");
    assert_snapshot!(case(&selecting(&format!("{web}spec.ports = [{{ name = \"a\", port = 80 }}]"))), @"dangling-reference 10:15 the pods of Deployment/web have no port `80` |  | their ports are `http`");
    assert_snapshot!(case(&selecting(&format!("{web}spec.ports = [{{ port = 8000 }}, {{ port = 81, targetPort = 8000 }}]"))), @r"
    invalid-object 10:15 a port of Service/other has no name |  | name each port of a Service that has several
    invalid-object 10:32 a port of Service/other has no name |  | name each port of a Service that has several
    ");
    assert_snapshot!(case(&selecting(&format!("{web}spec.ports = [{{ name = \"a\", port = 8000 }}, {{ name = \"a\", port = 81, targetPort = 8000 }}]"))), @"conflict 10:44 two ports are called `a` |  | rename one of them");
    good(&selecting(&format!("{web}spec.ports = [{{ port = 8000 }}, ]")));
    good(&selecting(&format!("{web}spec.ports = [{{ port = 80, targetPort = \"http\" }}]")));
    // Endpoints come from elsewhere.
    good(&selecting("spec.ports = [{ port = 80 }]"));
    good(&selecting("spec = { type = \"ExternalName\", externalName = \"db.example\" }"));
}

#[test]
fn pods_of_an_operator_are_selected_by_the_name_of_their_custom_resource() {
    let policy = "[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"NetworkPolicy\"\nmetadata.name = \"n\"\n\
                  spec = { podSelector.matchLabels.\"cluster-name\" = \"pg\", policyTypes = [\"Ingress\"] }\n";
    let cluster = "[[objects]]\napiVersion = \"postgresql.cnpg.io/v1\"\nkind = \"Cluster\"\nmetadata.name = \"pg\"\n";
    assert_snapshot!(case(policy), @r#"selector-mismatch 9:10 no pod has the labels `cluster-name=pg` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    good(&format!("{policy}{cluster}"));
    assert_snapshot!(case(&format!("{policy}{cluster}metadata.namespace = \"elsewhere\"")), @r#"selector-mismatch 9:10 no pod has the labels `cluster-name=pg` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
}

#[test]
fn policies_and_budgets_that_select_nothing() {
    let policy = |spec: &str| {
        format!(
            "[[objects]]\napiVersion = \"networking.k8s.io/v1\"\nkind = \"NetworkPolicy\"\nmetadata.name = \"n\"\n{spec}"
        )
    };
    assert_snapshot!(case(&policy("spec.podSelector = { matchExpressions = [{ key = \"app.kubernetes.io/instance\", operator = \"In\", values = [\"wbe\", \"api\"] }] }")), @r#"selector-mismatch 9:20 no pod has the labels `app.kubernetes.io/instance in (wbe,api)` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    good(&policy(
        "spec.podSelector = { matchExpressions = [{ key = \"app.kubernetes.io/instance\", operator = \"In\", values = [\"web\", \"api\"] }] }",
    ));
    assert_snapshot!(case(&policy("spec = { podSelector = {}, ingress = [{ from = [{ podSelector.matchLabels.app = \"x\" }] }] }")), @r#"selector-mismatch 9:51 no pod has the labels `app=x` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    good(&policy(
        "spec = { podSelector = {}, ingress = [{ from = [{ namespaceSelector = {}, podSelector.matchLabels.app = \"x\" }] }] }",
    ));
    let budget = |value: &str| {
        format!(
            "[[objects]]\napiVersion = \"policy/v1\"\nkind = \"PodDisruptionBudget\"\nmetadata.name = \"b\"\n\
             spec = {{ maxUnavailable = 1, selector.matchLabels.\"app.kubernetes.io/instance\" = \"{value}\" }}"
        )
    };
    assert_snapshot!(case(&budget("wbe")), @r#"selector-mismatch 9:30 no pod has the labels `app.kubernetes.io/instance=wbe` |  | name labels of pods of this stage; for pods that an operator makes, add its custom resource to `[[objects]]` and select by the name of that, or say who makes them: `allow.selector-mismatch = "…"`"#);
    good(&budget("web"));
}

#[test]
fn workloads_select_their_own_pods_and_no_others() {
    assert_snapshot!(case(&deployment("d", "")), @"invalid-object 9:1 Deployment/d selects nothing |  | write `spec.selector.matchLabels` with labels of its pods");
    assert_snapshot!(case(&deployment("d", "spec.selector.matchLabels.app = \"d\"\nspec.template.metadata.labels.app = \"e\"")), @"invalid-object 11:37 Deployment/d does not select its own pods by `app=d` |  | selector and labels of the pods have to agree; a selector can never be changed again");
    assert_snapshot!(case(&deployment("d", "spec.selector.matchLabels.app = \"d\"")), @"invalid-object 10:33 Deployment/d does not select its own pods by `app=d` |  | selector and labels of the pods have to agree; a selector can never be changed again");
    let greedy = "spec.selector.matchLabels.\"app.kubernetes.io/part-of\" = \"s\"";
    assert_snapshot!(case(&deployment("d", greedy)), @"selector-mismatch 10:6 Deployment/d selects the pods of Deployment/web as well |  | select by a label that only its own pods have");
    good(&deployment("d", SELECTED));
    // The same labels in two namespaces do not meet.
    good(&format!(
        "{}{}metadata.namespace = \"o\"\n",
        deployment("d", SELECTED),
        deployment("e", SELECTED)
    ));
    assert_snapshot!(case(&format!("{}{}", deployment("d", SELECTED), deployment("e", SELECTED))), @r"
    selector-mismatch 10:6 Deployment/d selects the pods of Deployment/e as well |  | select by a label that only its own pods have
    selector-mismatch 17:6 Deployment/e selects the pods of Deployment/d as well |  | select by a label that only its own pods have
    ");
}

#[test]
fn probes_ask_ports_that_are_there() {
    let probed = |port: &str| {
        container(&format!(
            "ports = [{{ name = \"http\", containerPort = 80 }}], readinessProbe.httpGet = {{ path = \"/\", port = {port} }}"
        ))
    };
    assert_snapshot!(pod(&probed("\"htpt\"")), @"dangling-reference 9:144 the probe asks a port `htpt`, which `c` does not have |  | did you mean `http`?");
    good_pod(&probed("\"http\""));
    assert_snapshot!(pod(&probed("9000")), @"port-mismatch 9:144 the probe asks a port `9000`, which `c` does not have |  | its ports are `80`: ask one of them, or list `9000` too");
    good_pod(&probed("80"));
    good_pod(&container("readinessProbe.httpGet = { path = \"/\", port = 9000 }"));
}

#[test]
fn variables_are_defined_once_and_before_they_are_used() {
    let env = |list: &str| container(&format!("env = [{list}]"));
    assert_snapshot!(pod(&env("{ name = \"A\", value = \"1\" }, { name = \"A\", value = \"2\" }")), @"conflict 9:85 `A` is defined twice |  |");
    assert_snapshot!(pod(&env("{ name = \"A\", value = \"$(B)\" }, { name = \"B\", value = \"2\" }")), @"undefined-variable 9:78 `$(B)` is used before it is defined |  | define `B` before it, or write `$$(B)` for the text itself");
    assert_snapshot!(pod(&container("args = [\"--url=$(URLS)\"], env = [{ name = \"URL\", value = \"x\" }]")), @"undefined-variable 9:57 `$(URLS)` is no variable of the container `c` |  | did you mean `$(URL)`? Write `$$(URLS)` for the text itself");
    good_pod(&env("{ name = \"B\", value = \"2\" }, { name = \"A\", value = \"$(B)\" }"));
    good_pod(&env("{ name = \"A\", value = \"$$(B) $(KUBERNETES_SERVICE_HOST)\" }"));
    good_pod(&container("command = [\"sh\", \"-c\", \"echo $(date)\"]"));
}

#[test]
fn mounts_have_a_volume_and_a_path_of_their_own() {
    let mounts = |list: &str| {
        format!(
            "spec.volumes = [{{ name = \"v\", emptyDir = {{}} }}]\n{}",
            container(&format!("volumeMounts = [{list}]"))
        )
    };
    assert_snapshot!(pod(&mounts("{ name = \"w\", mountPath = \"/a\" }")), @"dangling-reference 10:74 the pod has no volume `w` |  | known are `tmp` and `v`");
    assert_snapshot!(pod(&mounts("{ name = \"v\", mountPath = \"/a\" }, { name = \"v\", mountPath = \"/a/\" }")), @"two-writers 10:99 two volumes are mounted at `/a/` |  | mount each at its own path");
    assert_snapshot!(pod("spec.volumes = [{ name = \"v\", emptyDir = {} }, { name = \"v\", emptyDir = {} }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]"), @"conflict 9:48 two volumes of a pod are called `v` |  | rename one of them");
    good_pod(&mounts("{ name = \"v\", mountPath = \"/a\" }, { name = \"v\", mountPath = \"/b\" }"));
}

#[test]
fn names_and_lengths() {
    let named = |kind: &str, name: &str| {
        format!("[[objects]]\napiVersion = \"v1\"\nkind = \"{kind}\"\nmetadata.name = \"{name}\"\n")
    };
    assert_snapshot!(case(&named("ConfigMap", "A")), @"invalid-name 8:17 `A` can not be the name of a ConfigMap |  | write small letters, digits, `-` and `.`, each part beginning and ending with a letter or digit");
    let service = |name: &str| format!("{}spec.ports = [{{ port = 80 }}]", named("Service", name));
    assert_snapshot!(case(&service("1a")), @"invalid-name 8:17 `1a` can not be the name of a Service |  | write at most 63 of `a-z`, `0-9` and `-`, beginning with a letter and not ending with `-`");
    assert_snapshot!(case(&service(&"a".repeat(64))), @"invalid-name 8:17 the name of a Service has at most 63 characters, `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has 64 |  | write a shorter one");
    assert_snapshot!(case(&named("ConfigMap", "").replace("metadata.name", "metadata.uid")), @"invalid-object 5:1 a ConfigMap without a name |  | write `metadata.name = …`");
    good(&named("ConfigMap", "a.b-1"));
    good(
        "[[objects]]\napiVersion = \"rbac.authorization.k8s.io/v1\"\nkind = \"Role\"\nmetadata.name = \"a:b\"",
    );
    assert_snapshot!(verdict_of_long_names(), @r"
    invalid-name 5:22 the name of a StatefulSet has at most 52 characters, `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` has 53 |  | write a shorter one: its pods have a label of the name and a hash
    invalid-name 7:22 the name of a CronJob has at most 52 characters, `cnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` has 54 |  | write a shorter one: its Jobs add eleven characters
    ");
    assert_snapshot!(pod(&container("ports = [{ name = \"a-very-long-name\", containerPort = 1 }]")), @"invalid-name 9:58 `a-very-long-name` can not be the name of a port |  | write at most 15 of `a-z`, `0-9` and single `-`, one of them a letter");
    assert_snapshot!(pod(&container("ports = [{ name = \"a\", containerPort = 1 }, { name = \"a\", containerPort = 2 }]")), @"conflict 9:93 two ports are called `a` |  | rename one of them");
    assert_snapshot!(pod("spec.containers = [{ name = \"A\", image = \"i:1\" }]"), @"invalid-name 9:29 `A` can not be the name of a container |  | write at most 63 of `a-z`, `0-9` and `-`");
    assert_snapshot!(pod("spec.containers = [{ name = \"c\", image = \"i:1\" }, { name = \"c\", image = \"i:1\" }]"), @"conflict 9:51 two containers of a pod are called `c` |  | rename one of them");
    assert_snapshot!(case(&format!("{}metadata.labels = {{ \"a b\" = \"c\", d = \"e f\" }}\nmetadata.annotations.\"x/y/z\" = \"\"", named("ConfigMap", "a"))), @r"
    invalid-name 9:29 `a b` can not be the key of a label |  | write a name, `app`, or one below a domain, `example.com/app`: at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit
    invalid-name 9:38 `e f` can not be the value of a label |  | write at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit
    invalid-name 10:32 `x/y/z` can not be the key of an annotation |  | write a name, `app`, or one below a domain, `example.com/app`: at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit
    ");
    good(&format!(
        "{}metadata.labels = {{ \"a.b/c\" = \"d_e\", f = \"\" }}\nmetadata.annotations.\"x/y\" = \"any thing\"",
        named("ConfigMap", "a")
    ));
}

/// A database and a schedule whose names are names, but too long for what they become.
fn verdict_of_long_names() -> String {
    let name = "n".repeat(53);
    case(&format!(
        "[stages.x.components.{name}]\ntype = \"redis\"\n[stages.x.components.c{name}]\ntype = \"cron\"\n\
         schedule = \"@daily\"\ncommand = [\"x\"]"
    ))
}

#[test]
fn pods_have_containers_and_containers_an_image() {
    assert_snapshot!(pod("spec.restartPolicy = \"Never\""), @"invalid-object 9:1 the pods of Pod/p have no containers |  |");
    assert_snapshot!(pod("spec.containers = [{ name = \"c\" }]"), @"invalid-object 9:20 the container `c` has no image |  | write `image = …`");
    assert_snapshot!(pod("spec.containers = [{ name = \"c\", image = \"A B\" }]"), @"invalid-object 9:42 `A B` is not an image |  | write `registry/repository:tag`, lower-case up to the tag");
    assert_snapshot!(case("[[objects]]\napiVersion = \"batch/v1\"\nkind = \"Job\"\nmetadata.name = \"j\"\nspec.backoffLimit = 1"), @"invalid-object 9:1 Job/j makes pods without a spec |  |");
}

#[test]
fn time_to_stop() {
    let web = |seconds: u32| {
        format!("[stages.x.components]\nweb.termination-grace-period-seconds = {seconds}\n")
    };
    assert_snapshot!(case(&web(20)), @"short-grace 6:40 `web` is killed after 20 s, and needs 40 s to stop |  | write `termination-grace-period-seconds = 40` or more; without the key it is computed for a command of Seaway's own");
    good(&web(45));
    assert_snapshot!(case("[stages.x.components]\nbroker = { type = \"redis\", durable = true }\nworker = { type = \"worker\", task-time-limit-seconds = 600, termination-grace-period-seconds = 60 }\n"), @"short-grace 7:95 `worker` is killed after 60 s, and needs 600 s to stop |  | write `termination-grace-period-seconds = 600` or more; without the key it is computed for a command of Seaway's own");
    assert_snapshot!(pod(&format!("spec.terminationGracePeriodSeconds = 5\n{}", container("lifecycle.preStop.sleep.seconds = 10"))), @"conflict 10:83 the container sleeps 10 s before it stops and is killed after 5 s |  | give it a longer `terminationGracePeriodSeconds`, or a shorter sleep");
}

#[test]
fn production_holds_no_secret_and_no_image_that_moves() {
    let production = "profile = \"production\"\napp.hosts = [\"a.example\"]\n";
    let secret = "[[objects]]\napiVersion = \"v1\"\nkind = \"Secret\"\nmetadata.name = \"t\"\nstringData.token = \"x\"\n";
    assert_snapshot!(case(&format!("{production}{secret}")), @r#"secret-literal 11:20 a production stage holds the value of `token` of Secret `t` |  | declare it, `secrets.t.keys = ["token"]`, and create the Secret before the stack is applied"#);
    good(secret);
    let pod = "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.containers = [{ name = \"c\", image = \"i\" }]\n";
    assert_snapshot!(case(&format!("{production}{pod}")), @"unpinned-image 11:42 `i` names no release | what runs would depend on when it was pulled | write a tag that stays, or a digest");
    good(pod);
}
