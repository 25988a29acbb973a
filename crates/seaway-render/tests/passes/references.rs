//! Names that lead out of the bundle: refused, unless the stack says that the cluster has what they name.

use insta::assert_snapshot;

use crate::support::{case, good, good_pod, pod};

const CONTAINER: &str = "spec.containers = [{ name = \"c\", image = \"i:1\" }]";

fn object(version: &str, kind: &str, more: &str) -> String {
    format!(
        "[[objects]]\napiVersion = \"{version}\"\nkind = \"{kind}\"\nmetadata.name = \"o\"\n{more}\n"
    )
}

fn provides(list: &str, more: &str) -> String {
    format!("cluster.provides = [{list}]\n{more}")
}

#[test]
fn a_priority_class() {
    let of_web = "[stages.x.components.web]\npriority-class = \"high\"\n";
    assert_snapshot!(case(of_web), @r#"dangling-reference 6:18 there is no PriorityClass `high` |  | if the cluster has it, say so: `cluster.provides = ["PriorityClass/high"]`"#);
    assert_snapshot!(case(&provides("\"PriorityClass/hihg\"", of_web)), @"dangling-reference 7:18 there is no PriorityClass `high` |  | did you mean `hihg`?");
    assert_snapshot!(case(&provides("\"StorageClass/high\", \"PriorityClass/infra/high\"", of_web)), @r#"dangling-reference 7:18 there is no PriorityClass `high` |  | if the cluster has it, add `"PriorityClass/high"` to `cluster.provides`"#);
    good(&provides("\"PriorityClass/high\"", of_web));
    let own = "[[objects]]\napiVersion = \"scheduling.k8s.io/v1\"\nkind = \"PriorityClass\"\nmetadata.name = \"high\"\nvalue = 10\n";
    good(&format!("{of_web}{own}"));
    let of_pod = |name: &str| format!("spec.priorityClassName = \"{name}\"\n{CONTAINER}");
    assert_snapshot!(pod(&of_pod("system-node-criticla")), @"dangling-reference 9:26 there is no PriorityClass `system-node-criticla` |  | did you mean `system-node-critical`?");
    good_pod(&of_pod("system-node-critical"));
}

#[test]
fn the_last_stage_says_what_there_is() {
    let text = "[stages.x.cluster]\nprovides = [\"PriorityClass/high\"]\n[stages.x.components.web]\npriority-class = \"high\"\n";
    good(text);
    assert_snapshot!(crate::common::verdict(
        "name = \"s\"\napp = { image = \"a:1\", module = \"s\" }\ncluster.provides = [\"PriorityClass/high\"]\n\
         components.web = { type = \"web\", priority-class = \"high\" }\n[stages.x]\ncluster.provides = [\"StorageClass/a\"]\n",
        "x"
    ), @r#"dangling-reference 4:51 there is no PriorityClass `high` |  | if the cluster has it, add `"PriorityClass/high"` to `cluster.provides`"#);
}

#[test]
fn a_storage_class() {
    let volume = "[stages.x.volumes.media]\nstorage = \"1Gi\"\nstorage-class = \"gp3\"\n";
    assert_snapshot!(case(volume), @r#"dangling-reference 7:17 there is no StorageClass `gp3` |  | if the cluster has it, say so: `cluster.provides = ["StorageClass/gp3"]`"#);
    good(&provides("\"StorageClass/gp3\"", volume));
    let claim = |class: &str| {
        object(
            "v1",
            "PersistentVolumeClaim",
            &format!(
                "spec = {{ accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\", storageClassName = \"{class}\" }}"
            ),
        )
    };
    assert_snapshot!(case(&claim("gp3")), @r#"dangling-reference 9:98 there is no StorageClass `gp3` |  | if the cluster has it, say so: `cluster.provides = ["StorageClass/gp3"]`"#);
    good(&provides(
        "\"PersistentVolume/disk\"",
        &claim("manual").replace("spec = {", "spec = { volumeName = \"disk\","),
    ));
    // Without a class it is made by hand.
    good(&claim(""));
    let by_hand = |class: &str| {
        object(
            "v1",
            "PersistentVolume",
            &format!(
                "spec = {{ accessModes = [\"ReadWriteOnce\"], capacity.storage = \"1Gi\", nfs = {{ server = \"n\", path = \"/\" }}, storageClassName = \"{class}\" }}"
            ),
        )
    };
    good(&format!("{}{}", claim("manual"), by_hand("manual")));
    assert_snapshot!(case(&format!("{}{}", claim("manul"), by_hand("manual"))), @"dangling-reference 9:98 there is no StorageClass `manul` |  | did you mean `manual`?");
    let set = object(
        "apps/v1",
        "StatefulSet",
        &format!(
            "spec.serviceName = \"web\"\nspec.selector.matchLabels.app = \"o\"\nspec.template.metadata.labels.app = \"o\"\n\
         spec.template.{CONTAINER}\n\
         spec.volumeClaimTemplates = [{{ metadata.name = \"data\", spec = {{ accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\", storageClassName = \"gp3\" }} }}]"
        ),
    );
    assert_snapshot!(case(&set), @r#"dangling-reference 13:153 there is no StorageClass `gp3` |  | if the cluster has it, say so: `cluster.provides = ["StorageClass/gp3"]`"#);
    good(&provides("\"StorageClass/gp3\"", &set));
    let scratch = format!(
        "spec.volumes = [{{ name = \"v\", ephemeral.volumeClaimTemplate.spec = {{ accessModes = [\"ReadWriteOnce\"], resources.requests.storage = \"1Gi\", storageClassName = \"gp3\", volumeAttributesClassName = \"gold\" }} }}]\n{CONTAINER}"
    );
    assert_snapshot!(pod(&scratch), @r#"
    dangling-reference 9:158 there is no StorageClass `gp3` |  | if the cluster has it, say so: `cluster.provides = ["StorageClass/gp3"]`
    dangling-reference 9:193 there is no VolumeAttributesClass `gold` |  | if the cluster has it, say so: `cluster.provides = ["VolumeAttributesClass/gold"]`
    too-new 9:193 Kubernetes 1.33 drops the field `volumeAttributesClassName` |  | leave it out; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`
    "#);
}

#[test]
fn classes_of_an_ingress_and_of_a_runtime() {
    let ingress = object(
        "networking.k8s.io/v1",
        "Ingress",
        "spec = { ingressClassName = \"nginx\", defaultBackend.service = { name = \"web\", port.number = 80 } }",
    );
    assert_snapshot!(case(&ingress), @r#"dangling-reference 9:29 there is no IngressClass `nginx` |  | if the cluster has it, say so: `cluster.provides = ["IngressClass/nginx"]`"#);
    good(&provides("\"IngressClass/nginx\"", &ingress));
    let runtime = format!("spec.runtimeClassName = \"gvisor\"\n{CONTAINER}");
    assert_snapshot!(pod(&runtime), @r#"dangling-reference 9:25 there is no RuntimeClass `gvisor` |  | if the cluster has it, say so: `cluster.provides = ["RuntimeClass/gvisor"]`"#);
    good_pod(&format!(
        "{runtime}\n[[objects]]\napiVersion = \"node.k8s.io/v1\"\nkind = \"RuntimeClass\"\nmetadata.name = \"gvisor\"\nhandler = \"runsc\""
    ));
    let claims = format!(
        "spec.resourceClaims = [{{ name = \"gpu\", resourceClaimTemplateName = \"gpu\" }}]\n{CONTAINER}"
    );
    assert_snapshot!(pod(&claims), @r#"
    too-new 9:23 Kubernetes 1.33 drops the field `resourceClaims` |  | leave it out; if no cluster of this stage is older than 1.34, write `kubernetes = "1.34"`
    dangling-reference 9:68 there is no ResourceClaimTemplate `gpu` |  | if the cluster has it, say so: `cluster.provides = ["ResourceClaimTemplate/gpu"]`
    "#);
}

#[test]
fn a_backend_of_an_ingress_that_is_no_service() {
    let ingress = object(
        "networking.k8s.io/v1",
        "Ingress",
        "spec.defaultBackend.resource = { apiGroup = \"k8s.example.com\", kind = \"Bucket\", name = \"static\" }",
    );
    assert_snapshot!(case(&ingress), @r#"dangling-reference 9:88 there is no Bucket `static` |  | if the cluster has it, say so: `cluster.provides = ["Bucket/static"]`"#);
    good(&provides("\"Bucket/static\"", &ingress));
}

#[test]
fn a_role_of_the_cluster() {
    let binding = |kind: &str, role: &str| {
        object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            &format!(
                "roleRef = {{ apiGroup = \"rbac.authorization.k8s.io\", kind = \"{kind}\", name = \"{role}\" }}\n\
             subjects = [{{ kind = \"ServiceAccount\", name = \"web\", namespace = \"s\" }}]"
            ),
        )
    };
    assert_snapshot!(case(&binding("ClusterRole", "vieww")), @"dangling-reference 9:82 there is no ClusterRole `vieww` |  | did you mean `view`?");
    assert_snapshot!(case(&binding("ClusterRole", "scrape")), @r#"dangling-reference 9:82 there is no ClusterRole `scrape` |  | if the cluster has it, say so: `cluster.provides = ["ClusterRole/scrape"]`"#);
    good(&provides("\"ClusterRole/scrape\"", &binding("ClusterRole", "scrape")));
    good(&binding("ClusterRole", "system:auth-delegator"));
    good(&binding("ClusterRole", "cluster-admin"));
}

#[test]
fn what_other_namespaces_have() {
    let pod = |name: &str| {
        format!(
            "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata = {{ name = \"p\", namespace = \"o\" }}\n\
             spec.containers = [{{ name = \"c\", image = \"i:1\", envFrom = [{{ secretRef.name = \"{name}\" }}] }}]\n"
        )
    };
    assert_snapshot!(case(&pod("token")), @r#"dangling-reference 9:79 there is no Secret `token` |  | if the cluster has it, say so: `cluster.provides = ["Secret/o/token"]`"#);
    assert_snapshot!(case(&provides("\"Secret/o/tokens\"", &pod("token"))), @"dangling-reference 10:79 there is no Secret `token` |  | did you mean `tokens`?");
    good(&provides("\"Secret/o/token\"", &pod("token")));
}

#[test]
fn the_gateway_and_the_services_of_a_route() {
    let route = |parent: &str, backend: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            &format!(
                "spec.parentRefs = [{parent}]\nspec.rules = [{{ backendRefs = [{backend}] }}]"
            ),
        )
    };
    let (public, web) =
        ("{ name = \"public\", namespace = \"infra\" }", "{ name = \"web\", port = 80 }");
    let declared = "\"Gateway/infra/public\"";
    assert_snapshot!(case(&route(public, web)), @r#"dangling-reference 9:29 there is no Gateway `public` in namespace `infra` |  | if the cluster has it, say so: `cluster.provides = ["Gateway/infra/public"]`"#);
    assert_snapshot!(case(&provides("\"Gateway/infra/publik\"", &route(public, web))), @"dangling-reference 10:29 there is no Gateway `public` in namespace `infra` |  | did you mean `publik`?");
    assert_snapshot!(case(&provides(declared, &route(public, "{ name = \"wbe\", port = 80 }"))), @"dangling-reference 11:41 there is no Service `wbe` |  | did you mean `web`?");
    assert_snapshot!(case(&provides(declared, &route(public, "{ name = \"web\", port = 8000 }"))), @"dangling-reference 11:55 Service `web` has no such port |  | its ports are `80 (http)`");
    assert_snapshot!(case(&provides(declared, &route(public, "{ name = \"api\", namespace = \"other\", port = 80 }"))), @r#"dangling-reference 11:41 there is no Service `api` in namespace `other` |  | if the cluster has it, add `"Service/other/api"` to `cluster.provides`"#);
    assert_snapshot!(case(&provides(declared, &route(public, "{ group = \"example.com\", kind = \"Bucket\", name = \"b\" }"))), @r#"dangling-reference 11:81 there is no Bucket `b` |  | if the cluster has it, add `"Bucket/b"` to `cluster.provides`"#);
    good(&provides(declared, &route(public, web)));
    good(&provides(
        "\"Gateway/infra/public\", \"Service/other/api\"",
        &route(public, "{ name = \"api\", namespace = \"other\", port = 80 }"),
    ));
    let mirrored = "{ name = \"web\", port = 80, filters = [{ type = \"RequestMirror\", requestMirror.backendRef = { name = \"wbe\", port = 80 } }] }";
    assert_snapshot!(case(&provides(declared, &route(public, mirrored))), @"dangling-reference 11:132 there is no Service `wbe` |  | did you mean `web`?");
}

#[test]
fn a_gateway_of_the_stack() {
    let gateway = |more: &str| {
        format!(
            "secrets.tls.keys = [\"tls.crt\", \"tls.key\"]\n{}{}",
            object(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                &format!(
                    "spec.gatewayClassName = \"cilium\"\nspec.listeners = [{{ name = \"https\", port = 443, protocol = \"HTTPS\", tls.certificateRefs = [{{ {more} }}] }}]"
                )
            ),
            object(
                "gateway.networking.k8s.io/v1",
                "HTTPRoute",
                "spec.parentRefs = [{ name = \"o\", sectionName = \"https\" }]\nspec.rules = [{ backendRefs = [{ name = \"web\", port = 80 }] }]"
            )
        )
    };
    let class = |text: &str| provides("\"GatewayClass/cilium\"", text);
    good(&class(&gateway("name = \"tls\"")));
    assert_snapshot!(case(&gateway("name = \"tls\"")), @r#"dangling-reference 10:25 there is no GatewayClass `cilium` |  | if the cluster has it, say so: `cluster.provides = ["GatewayClass/cilium"]`"#);
    assert_snapshot!(case(&class(&gateway("name = \"tsl\""))), @r#"dangling-reference 12:101 there is no Secret `tsl` |  | declare it: `secrets.tsl.keys = ["tls.crt", "tls.key"]`"#);
    assert_snapshot!(case(&class(&gateway("name = \"tls\"").replace("sectionName = \"https\"", "sectionName = \"http\""))), @"dangling-reference 17:48 Gateway/o has no listener `http` |  | did you mean `https`?");
}

#[test]
fn what_monitors_scrape() {
    let of_services = |label: &str, port: &str| {
        object(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            &format!(
                "spec = {{ selector.matchLabels.\"app.kubernetes.io/instance\" = \"{label}\", endpoints = [{{ port = \"{port}\" }}] }}"
            ),
        )
    };
    good(&of_services("web", "http"));
    assert_snapshot!(case(&of_services("wbe", "http")), @"selector-mismatch 9:10 no Service has the labels `app.kubernetes.io/instance=wbe` |  | name labels of a Service of this stage; a monitor of other namespaces says so by `namespaceSelector`");
    assert_snapshot!(case(&of_services("web", "metrics")), @"dangling-reference 9:91 no port of the selected Services is called `metrics` |  | known is `http`");
    // A monitor is no resource that somebody makes Services of.
    assert_snapshot!(case(&of_services("o", "http")), @"selector-mismatch 9:10 no Service has the labels `app.kubernetes.io/instance=o` |  | name labels of a Service of this stage; a monitor of other namespaces says so by `namespaceSelector`");
    // Nobody knows what other namespaces have.
    good(&of_services("x", "y").replace("spec = {", "spec = { namespaceSelector.any = true,"));
    good(
        &of_services("x", "y")
            .replace("spec = {", "spec = { namespaceSelector.matchNames = [\"o\"],"),
    );
    assert_snapshot!(case(&of_services("x", "y").replace("spec = {", "spec = { namespaceSelector.matchNames = [\"s\"],")), @"selector-mismatch 9:48 no Service has the labels `app.kubernetes.io/instance=x` |  | name labels of a Service of this stage; a monitor of other namespaces says so by `namespaceSelector`");
    let of_pods = |label: &str, endpoint: &str| {
        object(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            &format!(
                "spec = {{ selector.matchLabels.\"app.kubernetes.io/instance\" = \"{label}\", podMetricsEndpoints = [{{ {endpoint} }}] }}"
            ),
        )
    };
    good(&of_pods("web", "port = \"http\""));
    good(&of_pods("web", "portNumber = 8000"));
    assert_snapshot!(case(&of_pods("wbe", "port = \"http\"")), @"selector-mismatch 9:10 no pod has the labels `app.kubernetes.io/instance=wbe` |  | name labels of a pod of this stage; a monitor of other namespaces says so by `namespaceSelector`");
    assert_snapshot!(case(&of_pods("web", "port = \"htpt\"")), @"dangling-reference 9:101 no port of the selected pods is called `htpt` |  | did you mean `http`?");
    assert_snapshot!(case(&of_pods("web", "portNumber = 9090")), @"dangling-reference 9:107 the selected pods list no port 9090 |  | their ports are `8000`");
    let bare = |kind: &str, spec: &str| {
        case(&object("monitoring.coreos.com/v1", kind, &format!("spec = {{ {spec} }}")))
    };
    assert_snapshot!(bare("PodMonitor", "podMetricsEndpoints = [{ port = \"http\" }]"), @"incomplete-object 9:8 a PodMonitor without `spec.selector` |  | say what it selects: `spec.selector.matchLabels = { … }`; an empty one selects all");
    assert_snapshot!(bare("ServiceMonitor", "selector = {}"), @r#"incomplete-object 9:8 a ServiceMonitor without `spec.endpoints` scrapes nothing |  | write `spec.endpoints = [{ port = "metrics" }]`"#);
}

#[test]
fn the_target_of_keda() {
    let scaled = |target: &str| {
        object(
            "keda.sh/v1alpha1",
            "ScaledObject",
            &format!(
                "spec = {{ scaleTargetRef = {{ {target} }}, triggers = [{{ type = \"redis\", authenticationRef.name = \"redis\" }}] }}"
            ),
        )
    };
    assert_snapshot!(case(&scaled("name = \"wbe\"")), @r#"
    dangling-reference 9:36 there is no Deployment `wbe` |  | did you mean `web`?
    dangling-reference 9:100 there is no TriggerAuthentication `redis` |  | if the cluster has it, say so: `cluster.provides = ["TriggerAuthentication/redis"]`
    "#);
    assert_snapshot!(case(&provides("\"TriggerAuthentication/redis\"", &scaled("kind = \"StatefulSet\", name = \"web\""))), @r#"dangling-reference 10:58 there is no StatefulSet `web` |  | if the cluster has it, add `"StatefulSet/web"` to `cluster.provides`"#);
    good(&provides(
        "\"TriggerAuthentication/redis\", \"Rollout/web\"",
        &scaled("apiVersion = \"argoproj.io/v1alpha1\", kind = \"Rollout\", name = \"web\""),
    ));
}

#[test]
fn a_kind_that_is_misspelt() {
    let scaler = object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "spec = { maxReplicas = 3, scaleTargetRef = { apiVersion = \"apps/v1\", kind = \"Deploymnet\", name = \"web\" } }",
    );
    let of_old = scaler.replace("apps/v1", "apps/v1beta1").replace("Deploymnet", "Deployment");
    let removed = "[[patches]]\ntarget = { kind = \"Deployment\", name = \"web\" }\nremove = [\"spec.replicas\"]\n";
    assert_snapshot!(case(&format!("{of_old}{removed}")), @r#"dangling-reference 9:59 there is no Deployment in `apps/v1beta1` |  | write `apiVersion = "apps/v1"`"#);
    let of_core = scaler.replace("apps/v1", "v1").replace("Deploymnet", "Deployment");
    assert_snapshot!(case(&of_core), @"dangling-reference 9:93 there is no Deployment `web` |  | the Deployment of that name is of `apps/v1`");
    assert_snapshot!(case(&scaler), @"dangling-reference 9:98 there is no Deploymnet `web` |  | did you mean the Deployment of that name?");
}

#[test]
fn issuers_and_stores() {
    let certificate = |issuer: &str| {
        object(
            "cert-manager.io/v1",
            "Certificate",
            &format!(
                "spec = {{ secretName = \"tls\", dnsNames = [\"a.example\"], issuerRef = {{ {issuer} }} }}"
            ),
        )
    };
    assert_snapshot!(case(&certificate("name = \"le\"")), @r#"dangling-reference 9:77 there is no Issuer `le` |  | if the cluster has it, say so: `cluster.provides = ["Issuer/le"]`"#);
    assert_snapshot!(case(&provides("\"Issuer/le\"", &certificate("kind = \"ClusterIssuer\", name = \"el\""))), @r#"dangling-reference 10:101 there is no ClusterIssuer `el` |  | if the cluster has it, add `"ClusterIssuer/el"` to `cluster.provides`"#);
    good(&provides(
        "\"ClusterIssuer/le\"",
        &certificate("kind = \"ClusterIssuer\", name = \"le\""),
    ));
    // The Secret of a certificate is there for an Ingress.
    let ingress = object(
        "networking.k8s.io/v1",
        "Ingress",
        "spec.tls = [{ hosts = [\"a.example\"], secretName = \"tls\" }]\n\
         spec.defaultBackend.service = { name = \"web\", port.number = 80 }",
    );
    good(&provides("\"Issuer/le\"", &format!("{}{ingress}", certificate("name = \"le\""))));
    let external = object(
        "external-secrets.io/v1",
        "ExternalSecret",
        "spec = { secretStoreRef.name = \"vault\", target.name = \"t\" }",
    );
    assert_snapshot!(case(&external), @r#"dangling-reference 9:32 there is no SecretStore `vault` |  | if the cluster has it, say so: `cluster.provides = ["SecretStore/vault"]`"#);
    good(&provides("\"SecretStore/vault\"", &external));
}

#[test]
fn devices_are_volumes_too() {
    let pod_with = |device: &str| {
        format!(
            "spec.volumes = [{{ name = \"raw\", emptyDir = {{}} }}]\nspec.containers = [{{ name = \"c\", image = \"i:1\", volumeDevices = [{{ name = \"{device}\", devicePath = \"/dev/a\" }}] }}]"
        )
    };
    assert_snapshot!(pod(&pod_with("rwa")), @"dangling-reference 10:75 the pod has no volume `rwa` |  | did you mean `raw`?");
    good_pod(&pod_with("raw"));
}

#[test]
fn containers_that_others_name() {
    let env = |name: &str| {
        format!(
            "spec.containers = [{{ name = \"c\", image = \"i:1\", env = [{{ name = \"CPU\", valueFrom.resourceFieldRef = {{ containerName = \"{name}\", resource = \"limits.cpu\" }} }}] }}]"
        )
    };
    assert_snapshot!(pod(&env("cc")), @"dangling-reference 9:119 the pod has no container `cc` |  | did you mean `c`?");
    good_pod(&env("c"));
    let file = |name: &str| {
        format!(
            "spec.volumes = [{{ name = \"v\", downwardAPI.items = [{{ path = \"cpu\", resourceFieldRef = {{ containerName = \"{name}\", resource = \"limits.cpu\" }} }}] }}]\n{CONTAINER}"
        )
    };
    assert_snapshot!(pod(&file("x")), @"dangling-reference 9:105 the pod has no container `x` |  | known is `c`");
    good_pod(&file("c"));
    let patch = |name: &str| {
        format!(
            "[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nmerge.spec.template.metadata.annotations.\"kubectl.kubernetes.io/default-container\" = \"{name}\"\n"
        )
    };
    assert_snapshot!(case(&patch("wbe")), @"dangling-reference 7:86 the pod has no container `wbe` |  | did you mean `web`?");
    good(&patch("web"));
}

#[test]
fn what_an_autoscaler_measures() {
    let scaler = |metric: &str| {
        format!(
            "{}[[patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\nremove = [\"spec.replicas\"]\n",
            object(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                &format!(
                    "spec = {{ maxReplicas = 3, scaleTargetRef = {{ apiVersion = \"apps/v1\", kind = \"Deployment\", name = \"web\" }}, metrics = [{{ {metric} }}] }}"
                )
            )
        )
    };
    let container = |name: &str| {
        scaler(&format!(
            "type = \"ContainerResource\", containerResource = {{ container = \"{name}\", name = \"cpu\", target = {{ type = \"Utilization\", averageUtilization = 70 }} }}"
        ))
    };
    assert_snapshot!(case(&container("wbe")), @"dangling-reference 9:182 the pods of Deployment/web have no container `wbe` |  | did you mean `web`?");
    good(&container("web"));
    let of_service = |name: &str| {
        scaler(&format!(
            "type = \"Object\", object = {{ describedObject = {{ apiVersion = \"v1\", kind = \"Service\", name = \"{name}\" }}, metric.name = \"rps\", target = {{ type = \"Value\", value = \"10\" }} }}"
        ))
    };
    assert_snapshot!(case(&of_service("wbe")), @"dangling-reference 9:212 there is no Service `wbe` |  | did you mean `web`?");
    good(&of_service("web"));
}

#[test]
fn what_a_claim_is_filled_from() {
    let claim = |more: &str| {
        object(
            "v1",
            "PersistentVolumeClaim",
            &format!(
                "spec = {{ accessModes = [\"ReadWriteMany\"], resources.requests.storage = \"1Gi\", {more} }}"
            ),
        )
    };
    let snapshot = claim(
        "dataSource = { apiGroup = \"snapshot.storage.k8s.io\", kind = \"VolumeSnapshot\", name = \"before\" }",
    );
    assert_snapshot!(case(&snapshot), @r#"dangling-reference 9:164 there is no VolumeSnapshot `before` |  | if the cluster has it, say so: `cluster.provides = ["VolumeSnapshot/before"]`"#);
    good(&provides("\"VolumeSnapshot/before\"", &snapshot));
    assert_snapshot!(case(&claim("volumeName = \"disk\"")), @r#"dangling-reference 9:92 there is no PersistentVolume `disk` |  | if the cluster has it, say so: `cluster.provides = ["PersistentVolume/disk"]`"#);
    good(&provides("\"PersistentVolume/disk\"", &claim("volumeName = \"disk\"")));
    assert_snapshot!(case(&claim("dataSourceRef = { kind = \"PersistentVolumeClaim\", name = \"odl\" }")), @r#"dangling-reference 9:136 there is no PersistentVolumeClaim `odl` |  | if the cluster has it, say so: `cluster.provides = ["PersistentVolumeClaim/odl"]`"#);
}

#[test]
fn ports_that_a_network_policy_names() {
    let policy = |rules: &str| {
        object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            &format!(
                "spec = {{ podSelector.matchLabels.\"app.kubernetes.io/instance\" = \"web\", {rules} }}"
            ),
        )
    };
    let from = "from = [{ namespaceSelector.matchLabels.team = \"a\" }]";
    let ingress = |port: &str| {
        policy(&format!("ingress = [{{ {from}, ports = [{{ port = \"{port}\" }}] }}]"))
    };
    let egress = |port: &str| {
        policy(&format!(
            "policyTypes = [\"Egress\"], egress = [{{ to = [{{ podSelector.matchLabels.\"app.kubernetes.io/instance\" = \"web\" }}], ports = [{{ port = \"{port}\" }}] }}]"
        ))
    };
    assert_snapshot!(case(&ingress("htpt")), @"dangling-reference 9:158 no port of the pods that the rule leads to is called `htpt` |  | did you mean `http`?");
    assert_snapshot!(case(&egress("metrics")), @"dangling-reference 9:201 no port of the pods that the rule leads to is called `metrics` |  | known is `http`");
    good(&ingress("http"));
    good(&egress("http"));
    // Nobody knows the ports of other hosts.
    good(&policy(
        "policyTypes = [\"Egress\"], egress = [{ to = [{ ipBlock.cidr = \"10.0.0.0/8\" }], ports = [{ port = \"https\" }] }]",
    ));
}

#[test]
fn a_filter_of_a_route() {
    let route = object(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "spec.parentRefs = [{ name = \"public\" }]\nspec.rules = [{ filters = [{ type = \"ExtensionRef\", extensionRef = { group = \"traefik.io\", kind = \"Middleware\", name = \"strip\" } }], backendRefs = [{ name = \"web\", port = 80 }] }]",
    );
    let public = "\"Gateway/public\"";
    assert_snapshot!(case(&provides(public, &route)), @r#"dangling-reference 11:120 there is no Middleware `strip` |  | if the cluster has it, add `"Middleware/strip"` to `cluster.provides`"#);
    good(&provides(&format!("{public}, \"Middleware/strip\""), &route));
}

#[test]
fn a_claim_of_the_cluster_can_be_filled_from() {
    let copy = object(
        "v1",
        "PersistentVolumeClaim",
        "spec = { accessModes = [\"ReadWriteMany\"], resources.requests.storage = \"1Gi\", dataSource = { kind = \"PersistentVolumeClaim\", name = \"old\" } }",
    );
    good(&format!("{copy}[volumes.media]\nclaim = \"old\"\n"));
    assert_snapshot!(case(&format!("{copy}[volumes.media]\nclaim = \"odl\"\n")), @"dangling-reference 9:133 there is no PersistentVolumeClaim `old` |  | did you mean `odl`?");
}

#[test]
fn the_services_of_traefik_and_of_aws() {
    let route = |service: &str, more: &str| {
        object(
            "traefik.io/v1alpha1",
            "IngressRoute",
            &format!(
                "spec.routes = [{{ match = \"Host(`a.example`)\", kind = \"Rule\", services = [{{ {service} }}] {more} }}]"
            ),
        )
    };
    let web = "name = \"web\", port = 80";
    good(&route(web, ""));
    good(&route("name = \"web\", port = \"http\"", ""));
    good(&route("name = \"api@internal\", kind = \"TraefikService\"", ""));
    assert_snapshot!(case(&route("name = \"wbe\", port = 80", "")), @"dangling-reference 9:83 there is no Service `wbe` |  | did you mean `web`?");
    assert_snapshot!(case(&route("name = \"web\", port = 8000", "")), @"dangling-reference 9:97 Service `web` has no such port |  | its ports are `80 (http)`");
    assert_snapshot!(case(&route("name = \"web\", port = \"https\"", "")), @"dangling-reference 9:97 Service `web` has no such port |  | its ports are `80 (http)`");
    assert_snapshot!(case(&route("name = \"split\", kind = \"TraefikService\"", "")), @r#"dangling-reference 9:83 there is no TraefikService `split` |  | if the cluster has it, say so: `cluster.provides = ["TraefikService/split"]`"#);
    assert_snapshot!(case(&route(web, ", middlewares = [{ name = \"strip\" }, { name = \"log@file\" }]")), @r#"dangling-reference 9:129 there is no Middleware `strip` |  | if the cluster has it, say so: `cluster.provides = ["Middleware/strip"]`"#);
    assert_snapshot!(case(&format!("{}spec.tls.secretName = \"tls\"\n", route(web, ""))), @r#"dangling-reference 10:23 there is no Secret `tls` |  | declare it: `secrets.tls.keys = ["tls.crt", "tls.key"]`"#);
    let binding = |name: &str| {
        object(
            "elbv2.k8s.aws/v1beta1",
            "TargetGroupBinding",
            &format!("spec.serviceRef = {{ name = \"{name}\", port = 80 }}"),
        )
    };
    good(&binding("web"));
    assert_snapshot!(case(&binding("wbe")), @"dangling-reference 9:28 there is no Service `wbe` |  | did you mean `web`?");
}

#[test]
fn a_file_that_is_mounted_alone() {
    let mounted = |source: &str, file: &str| {
        format!(
            "spec.volumes = [{{ name = \"v\", {source} }}]\n\
             spec.containers = [{{ name = \"c\", image = \"i:1\", volumeMounts = [{{ name = \"v\", mountPath = \"/etc/a.conf\", subPath = \"{file}\" }}] }}]\n\
             [config.c]\n\"a.conf\" = \"1\"\n[secrets.t]\nkeys = [\"a\"]\n"
        )
    };
    assert_snapshot!(pod(&mounted("configMap.name = \"c\"", "a.cnf")), @"unknown-key 10:116 the volume `v` has no file `a.cnf` |  | did you mean `a.conf`?");
    good_pod(&mounted("configMap.name = \"c\"", "a.conf"));
    assert_snapshot!(pod(&mounted("secret.secretName = \"t\"", "b")), @"unknown-key 10:116 the volume `v` has no file `b` |  | known is `a`");
    let chosen =
        "configMap = { name = \"c\", items = [{ key = \"a.conf\", path = \"etc/b.conf\" }] }";
    assert_snapshot!(pod(&mounted(chosen, "a.conf")), @"unknown-key 10:116 the volume `v` has no file `a.conf` |  | known is `etc/b.conf`");
    good_pod(&mounted(chosen, "etc/b.conf"));
    good_pod(&mounted(chosen, "etc/"));
    let projected = "projected.sources = [{ secret.name = \"t\" }, { downwardAPI.items = [{ path = \"name\", fieldRef.fieldPath = \"metadata.name\" }] }]";
    assert_snapshot!(pod(&mounted(projected, "nam")), @"unknown-key 10:116 the volume `v` has no file `nam` |  | did you mean `name`?");
    good_pod(&mounted(projected, "a"));
    good_pod(&mounted("emptyDir = {}", "a"));
}

#[test]
fn the_files_of_ours_that_commands_name() {
    let reads = |path: &str, more: &str| {
        format!(
            "spec.volumes = [{{ name = \"v\", configMap.name = \"c\" }}]\n\
             spec.containers = [{{ name = \"c\", image = \"i:1\", volumeMounts = [{{ name = \"v\", mountPath = \"{path}\" }}], {more} }}]\n\
             [config.c]\n\"a.sh\" = \"1\"\n"
        )
    };
    let runs = "command = [\"sh\", \"/opt/seaway/a.sh\"]";
    good_pod(&reads("/opt/seaway", runs));
    good_pod(&reads("/opt/seaway", "command = [\"ls\", \"/opt/seaway/\"]"));
    assert_snapshot!(pod(&reads("/opt/seawy", runs)), @"dangling-reference 10:118 nothing is mounted at `/opt/seaway/a.sh` |  | mount the volume with that file in the container `c`");
    assert_snapshot!(pod(&reads("/opt/seaway", "command = [\"sh\", \"/opt/seaway/b.sh\"]")), @"unknown-key 10:119 the volume `v` has no file `b.sh` |  | did you mean `a.sh`?");
    assert_snapshot!(pod(&reads("/opt/seaway", "args = [\"--config=/etc/seaway/a.yaml\"]")), @"dangling-reference 10:116 nothing is mounted at `/etc/seaway/a.yaml` |  | mount the volume with that file in the container `c`");
    assert_snapshot!(pod(&reads("/opt/seaway", "livenessProbe.exec.command = [\"sh\", \"/opt/seaway/live.sh\"]")), @"unknown-key 10:109 the volume `v` has no file `live.sh` |  | known is `a.sh`");
    assert_snapshot!(pod(&reads("/opt/seaway", "env = [{ name = \"CA\", value = \"/etc/ssl/seaway/db/ca.crt\" }]")), @"dangling-reference 10:116 nothing is mounted at `/etc/ssl/seaway/db/ca.crt` |  | mount the volume with that file in the container `c`");
    // A text that is more than a path, and paths of others.
    good_pod(&reads("/x", "env = [{ name = \"A\", value = \"/etc/seaway/a is gone\" }]"));
    good_pod(&reads("/x", "command = [\"sh\", \"/opt/app/start.sh\"]"));
}

#[test]
fn the_failures_that_a_job_tells_apart() {
    let job = |more: &str, pod: &str| {
        object(
            "batch/v1",
            "Job",
            &format!(
                "spec.template.spec = {{ containers = [{{ name = \"c\", image = \"i:1\" }}], {pod} }}\nspec.podFailurePolicy.rules = [{{ {more} }}]"
            ),
        )
    };
    let never = "restartPolicy = \"Never\"";
    let codes = |name: &str| {
        format!(
            "action = \"FailJob\", onExitCodes = {{ containerName = \"{name}\", operator = \"In\", values = [3] }}"
        )
    };
    good(&job(&codes("c"), never));
    assert_snapshot!(case(&job(&codes("x"), never)), @"dangling-reference 10:86 the pod has no container `x` |  | known is `c`");
    assert_snapshot!(case(&job(&codes("c"), "restartPolicy = \"OnFailure\"")), @r#"exclusive-fields 9:86 a Job with a `podFailurePolicy` has a `restartPolicy` of `OnFailure` |  | write `restartPolicy = "Never"`, or remove the `podFailurePolicy`"#);
    assert_snapshot!(case(&job(&codes("c").replace("FailJob", "Fail"), never)), @"invalid-value 10:43 `action` of a rule can not be `Fail` |  | known are `Count`, `FailIndex`, `FailJob` and `Ignore`");
    assert_snapshot!(case(&job("action = \"Ignore\"", never)), @"incomplete-object 10:32 a rule needs `onExitCodes` or `onPodConditions` |  | write one of them");
    let replaced =
        format!("{}spec.podReplacementPolicy = \"TerminatingOrFailed\"\n", job(&codes("c"), never));
    assert_snapshot!(case(&replaced), @r#"exclusive-fields 11:29 a Job with a `podFailurePolicy` replaces pods when `TerminatingOrFailed` |  | write `podReplacementPolicy = "Failed"`, or remove it"#);
}

#[test]
fn what_policies_of_gke_are_for() {
    let policy = |target: &str, port: u16| {
        object(
            "networking.gke.io/v1",
            "HealthCheckPolicy",
            &format!(
                "spec.targetRef = {{ {target} }}\nspec.default.config = {{ type = \"HTTP\", httpHealthCheck = {{ portSpecification = \"USE_FIXED_PORT\", port = {port} }} }}"
            ),
        )
    };
    let web = "group = \"\", kind = \"Service\", name = \"web\"";
    good(&policy(web, 8000));
    good(&policy("group = \"net.gke.io\", kind = \"ServiceImport\", name = \"far\"", 1));
    assert_snapshot!(case(&policy(&web.replace("web", "wbe"), 8000)), @"dangling-reference 9:57 there is no Service `wbe` |  | did you mean `web`?");
    assert_snapshot!(case(&policy(&web.replace("Service", "Deployment"), 8000)), @r#"dangling-reference 9:39 HealthCheckPolicy/o leads to a `Deployment` |  | write `kind = "Service"`"#);
    assert_snapshot!(case(&policy(web, 8080)), @"port-mismatch 10:105 the load balancer asks port 8080, which the pods of Deployment/web do not have |  | their ports are `8000`");
    let bare = object("networking.gke.io/v1", "GCPBackendPolicy", "spec.default.timeoutSec = 40");
    assert_snapshot!(case(&bare), @r#"dangling-reference 9:1 GCPBackendPolicy/o is for no Service |  | write `targetRef = { kind = "Service", name = "…" }`"#);
}

#[test]
fn the_port_that_a_backend_config_asks() {
    let asks = |port: u16, more: &str| {
        let config = object(
            "cloud.google.com/v1",
            "BackendConfig",
            &format!(
                "spec.healthCheck = {{ type = \"HTTP\", requestPath = \"/\", port = {port} }}"
            ),
        );
        format!(
            "components.web.service-annotations = {{ \"cloud.google.com/backend-config\" = '{{\"default\":\"o\"}}' {more} }}\n{config}"
        )
    };
    let neg = ", \"cloud.google.com/neg\" = '{\"ingress\":true}'";
    good(&asks(8000, neg));
    assert_snapshot!(case(&asks(8001, neg)), @"port-mismatch 10:63 the load balancer asks port 8001, which the pods of Deployment/web do not have |  | their ports are `8000`");
    // A port of the nodes.
    good(&asks(30080, ""));
}

#[test]
fn routes_that_lead_nowhere() {
    let gateway = |protocol: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            &format!(
                "spec.gatewayClassName = \"cilium\"\nspec.listeners = [{{ name = \"in\", port = 80, protocol = \"{protocol}\" }}]"
            ),
        )
    };
    let route = |spec: &str| object("gateway.networking.k8s.io/v1", "HTTPRoute", spec);
    let on = |protocol: &str, rule: &str| {
        let spec = format!(
            "spec.parentRefs = [{{ name = \"o\", sectionName = \"in\" }}]\nspec.rules = [{{ {rule} }}]"
        );
        provides("\"GatewayClass/cilium\"", &format!("{}{}", gateway(protocol), route(&spec)))
    };
    let web = "backendRefs = [{ name = \"web\", port = 80 }]";
    good(&on("HTTP", web));
    good(&on("example.com/http3", web));
    assert_snapshot!(case(&on("TCP", web)), @"port-mismatch 16:48 a listener of TCP takes no HTTPRoute |  | name a listener of `HTTP` or `HTTPS`");
    assert_snapshot!(case(&on("HTTP", "")), @r#"dangling-reference 17:15 a rule of HTTPRoute/o leads to no Service |  | write `backendRefs = [{ name = "…", port = 80 }]`"#);
    good(&on(
        "HTTP",
        "filters = [{ type = \"RequestRedirect\", requestRedirect.scheme = \"https\" }]",
    ));
    assert_snapshot!(case(&route(&format!("spec.rules = [{{ {web} }}]"))), @r#"dangling-reference 9:1 HTTPRoute/o hangs on no Gateway |  | write `parentRefs = [{ name = "…" }]`"#);
    let of_openshift = |kind: &str| {
        object(
            "route.openshift.io/v1",
            "Route",
            &format!("spec.to = {{ kind = \"{kind}\", name = \"web\" }}"),
        )
    };
    good(&of_openshift("Service"));
    assert_snapshot!(case(&of_openshift("Deployment")), @r#"dangling-reference 9:20 Route/o leads to a `Deployment` |  | write `kind = "Service"`"#);
}

#[test]
fn fields_without_which_a_resource_is_about_nothing() {
    assert_snapshot!(case(&object("networking.gke.io/v1", "ManagedCertificate", "spec.domains = []")), @r#"incomplete-object 9:1 a ManagedCertificate without `spec.domains` |  | write `spec.domains = ["www.example.com"]`"#);
    assert_snapshot!(case(&object("keda.sh/v1alpha1", "ScaledObject", "spec.triggers = [{ type = \"cpu\", metadata.value = \"60\" }]")), @r#"incomplete-object 9:1 a ScaledObject without `spec.scaleTargetRef` |  | write `spec.scaleTargetRef.name = "…"`"#);
}

#[test]
fn the_store_of_each_key() {
    let copied = |more: &str| {
        let key = "secretKey = \"a\", remoteRef.key = \"a\"";
        let spec = format!("spec.target.name = \"t\"\nspec.data = [{{ {key} {more} }}]\n");
        let object = object("external-secrets.io/v1", "ExternalSecret", &spec);
        provides("\"SecretStore/vault\"", &object)
    };
    good(&copied(", sourceRef.storeRef.name = \"vault\""));
    assert_snapshot!(case(&copied("")), @r#"incomplete-object 10:1 an ExternalSecret without `spec.secretStoreRef` |  | write `spec.secretStoreRef = { kind = "ClusterSecretStore", name = "…" }`"#);
}

#[test]
fn kinds_and_namespaces_of_a_binding() {
    let binding = |kind: &str, subject: &str| {
        object(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            &format!(
                "roleRef = {{ apiGroup = \"rbac.authorization.k8s.io\", kind = \"{kind}\", name = \"view\" }}\nsubjects = [{{ {subject} }}]"
            ),
        )
    };
    let user = "kind = \"User\", name = \"jane\", apiGroup = \"rbac.authorization.k8s.io\"";
    good(&binding("ClusterRole", user));
    assert_snapshot!(case(&binding("ClusterRol", user)), @"
    invalid-object 9:60 `ClusterRol` is no kind of role |  | did you mean `ClusterRole`?
    invalid-value 9:60 `kind` of `roleRef` can not be `ClusterRol` |  | did you mean `ClusterRole`?
    ");
    assert_snapshot!(case(&binding("ClusterRole", &user.replace("User", "Usr"))), @"
    invalid-object 10:22 `Usr` is no kind of subject |  | did you mean `User`?
    invalid-value 10:22 `kind` of a subject can not be `Usr` |  | did you mean `User`?
    ");
    let of_old =
        binding("ClusterRole", user).replace("k8s.io\", kind = \"C", "k8s.oi\", kind = \"C");
    assert_snapshot!(case(&of_old), @r#"invalid-object 9:24 `rbac.authorization.k8s.oi` is no API of roles |  | write `apiGroup = "rbac.authorization.k8s.io"`"#);
    let account = |space: &str| {
        let binding = binding(
            "ClusterRole",
            &format!("kind = \"ServiceAccount\", name = \"web\", namespace = \"{space}\""),
        );
        format!("namespace = \"shop\"\n{binding}")
    };
    assert_snapshot!(case(&account("shpo")), @"dangling-reference 11:13 there is no ServiceAccount `web` in namespace `shpo` |  | did you mean the namespace `shop`?");
    good(&account("shop"));
    good(&account("monitoring"));
    good(&format!("cluster.provides = [\"ServiceAccount/shpo/web\"]\n{}", account("shpo")));
}

#[test]
fn what_a_patch_renames_and_others_lie_in_or_read() {
    let renamed = |kind: &str, name: &str| {
        case(&format!(
            "secrets.mail.keys = [\"token\"]\napp.env.TOKEN = \"${{secrets.mail.token}}\"\n\
             [[patches]]\ntarget = {{ kind = \"{kind}\", name = \"{name}\" }}\nmerge.metadata.name = \"other\"\n"
        ))
    };
    assert_snapshot!(renamed("Namespace", "s"), @r#"dangling-reference 9:23 there is no Namespace `s` for the objects of the stack |  | write `namespace = …` in the stack to rename it; if the cluster has `s`, say so: `cluster.provides = ["Namespace/s"]`"#);
    assert_snapshot!(renamed("Secret", "mail"), @"dangling-reference 6:17 there is no Secret `mail` |  | declare it: `secrets.mail.keys = […]`");
}
