//! What is said once for the whole stack: on every object and in every pod, and who can say otherwise.

use insta::assert_snapshot;
use seaway_core::Source;
use serde_json::{Value, json};

use crate::common::compile;
use crate::support::{
    BASE, at, based, bundle, case, containers, find, good, json, pod_spec, workloads,
};

/// A stack with one of everything: processes, backing services, a pooler, extensions, monitoring, volumes, a quota, and objects of the
/// user's own.
fn whole(said: &str) -> String {
    format!(
        r#"name = "s"
{said}
app.image = "ghcr.io/acme/s:1.0.0"
app.module = "s"
volumes.media.storage = "1Gi"
config.files.a = "b"
secrets.own.keys = ["k"]
secrets.mirror = {{ keys = [".dockerconfigjson"], source = "existing" }}
secrets.mirror-2 = {{ keys = [".dockerconfigjson"], source = "existing" }}
quota = true
[components]
db = {{ type = "postgres", extensions = ["pg_trgm"] }}
pooler = {{ type = "pgbouncer", database = "db" }}
broker = {{ type = "redis", durable = true }}
cache = {{ type = "memcached" }}
migrate = {{ type = "migrate" }}
worker = {{ type = "worker", replicas = 2 }}
beat = {{ type = "beat" }}
nightly = {{ type = "cron", schedule = "@daily", command = ["x"] }}
web = {{ type = "web", static-files = "sidecar", mounts = {{ "/media" = {{ volume = "media" }}, "/files" = {{ config = "files" }} }}, expose = {{ type = "ingress", hosts = ["s.example"], class = "nginx", from-namespaces = ["ingress"] }}, env = {{ K = "${{secrets.own.k}}" }}, sidecars = [{{ name = "agent", image = "agent:2" }}] }}
monitoring = {{ type = "monitoring" }}
[stages.x]
cluster.provides = ["IngressClass/nginx", "PriorityClass/high", "PriorityClass/low", "RuntimeClass/nvidia"]
{OWN}"#
    )
}

/// Workloads of the user's own, each of its kind.
const OWN: &str = r#"
[[objects]]
apiVersion = "apps/v1"
kind = "StatefulSet"
metadata = { name = "own-set" }
spec.selector.matchLabels = { app = "own-set" }
spec.template.metadata.labels = { app = "own-set" }
spec.template.spec = { containers = [{ name = "a", image = "own/set:1" }] }
spec.volumeClaimTemplates = [{ metadata = { name = "data" }, spec = { accessModes = ["ReadWriteOnce"], resources.requests.storage = "1Gi" } }]
[[objects]]
apiVersion = "apps/v1"
kind = "Deployment"
metadata = { name = "own-said", labels = { "acme.example/owner" = "team-red" }, annotations = { note = "mine" } }
spec.selector.matchLabels = { app = "own-said" }
spec.template.metadata = { labels = { app = "own-said", "acme.example/owner" = "team-red" }, annotations = { scraped = "mine" } }
spec.template.spec = { nodeSelector = { "kubernetes.io/arch" = "arm64" }, tolerations = [], imagePullSecrets = [{ name = "mirror" }, { name = "mirror-2" }], priorityClassName = "low", containers = [{ name = "a", image = "quay.io/own/said:1" }] }
[[objects]]
apiVersion = "batch/v1"
kind = "Job"
metadata = { name = "own-job" }
spec.template.spec = { containers = [{ name = "a", image = "own/job:1" }] }
[[objects]]
apiVersion = "v1"
kind = "Pod"
metadata = { name = "own-pod" }
spec = { containers = [{ name = "a", image = "own/pod:1" }] }
[[objects]]
apiVersion = "example.com/v1"
kind = "Widget"
metadata = { name = "own-widget" }
spec.labels = { a = "b" }
"#;

const LABELS: &str = r#"labels = { "acme.example/owner" = "team-blue" }
annotations = { note = "read" }
pod-annotations = { scraped = "yes" }"#;

#[test]
fn labels_and_annotations_stand_on_every_object_and_pod() {
    let bundle = bundle(&whole(LABELS));
    let kinds = bundle.objects.iter().map(|object| object.body.kind().to_owned());
    let kinds: std::collections::BTreeSet<String> = kinds.collect();
    assert_snapshot!(kinds.into_iter().collect::<Vec<_>>().join(" "), @"ClusterRole ClusterRoleBinding ConfigMap CronJob Deployment Ingress Job LimitRange Namespace NetworkPolicy PersistentVolumeClaim Pod PodDisruptionBudget ResourceQuota Role RoleBinding Secret Service ServiceAccount StatefulSet Widget");
    for object in &bundle.objects {
        let said = object.body.name() == "own-said";
        let (owner, note, scraped) =
            if said { ("team-red", "mine", "mine") } else { ("team-blue", "read", "yes") };
        let metadata = json(object)["metadata"].clone();
        assert_eq!(metadata["labels"]["acme.example/owner"], owner, "{}", object.id());
        assert_eq!(metadata["annotations"]["note"], note, "{}", object.id());
        // A pod of the user's own is both.
        let of_pod = if object.body.name() == "own-pod" { json!("yes") } else { Value::Null };
        assert_eq!(metadata["annotations"]["scraped"], of_pod, "{}", object.id());
        let Some((template, _)) = object.body.pod_template() else { continue };
        let metadata = serde_json::to_value(&template.metadata).expect("JSON");
        let is_fixed = object.body.name() == "own-job";
        let in_pods = |text: &str| if is_fixed { Value::Null } else { json!(text) };
        assert_eq!(metadata["labels"]["acme.example/owner"], in_pods(owner), "{}", object.id());
        assert_eq!(metadata["annotations"]["scraped"], in_pods(scraped), "{}", object.id());
        assert_eq!(metadata["annotations"]["note"], Value::Null, "{}", object.id());
    }
}

#[test]
fn labels_never_stand_in_selectors_or_templates_of_claims() {
    let (bare, labelled) = (bundle(&whole("")), bundle(&whole(LABELS)));
    let spec = |object: &seaway_render::Object| {
        let mut spec = json(object)["spec"].clone();
        for path in ["/template", "/jobTemplate/spec/template"] {
            if let Some(template) = spec.pointer_mut(path) {
                template["metadata"] = Value::Null;
            }
        }
        spec
    };
    for object in &labelled.objects {
        let other = if object.body.kind() == "Job" && !object.is_own {
            let stem = object.body.name().rsplit_once('-').expect("a hash").0;
            let other = find(&bare, "Job", stem);
            // What a Job runs is part of its name.
            assert_ne!(other.body.name(), object.body.name());
            other
        } else {
            find(&bare, object.body.kind(), object.body.name())
        };
        assert_eq!(spec(object), spec(other), "{}", object.id());
    }
    let claims =
        at(find(&labelled, "StatefulSet", "own-set"), "/spec/volumeClaimTemplates/0/metadata");
    assert_eq!(claims, json!({ "name": "data" }));
}

const PLACED: &str = r#"pull-secrets = ["mirror"]
node-selector = { "kubernetes.io/arch" = "amd64" }
tolerations = [{ key = "spot", operator = "Exists" }]
priority-class = "high""#;

/// Where the pods of an object run, in a line.
fn placed(object: &seaway_render::Object) -> String {
    let spec = pod_spec(object);
    let list = |key: &str, of: &str| {
        let items = spec[key].as_array().cloned().unwrap_or_default();
        let names = items.iter().map(|item| item[of].as_str().unwrap_or("?").to_owned());
        names.collect::<Vec<_>>().join(",")
    };
    let nodes = spec["nodeSelector"].as_object().cloned().unwrap_or_default();
    let nodes: Vec<String> = nodes
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or("?")))
        .collect();
    let class = spec["priorityClassName"].as_str().unwrap_or("-");
    format!(
        "{} {} {} {class}",
        list("imagePullSecrets", "name"),
        nodes.join(","),
        list("tolerations", "key")
    )
}

#[test]
fn every_pod_is_placed() {
    let bundle = bundle(&whole(PLACED));
    let mut others = Vec::new();
    for object in workloads(&bundle) {
        match placed(object).as_str() {
            "mirror kubernetes.io/arch=amd64 spot high" => {}
            other => others.push(format!("{}: {other}", object.id())),
        }
    }
    // A Job and a pod of the user's own can not be changed once they are applied; the third one says it itself.
    assert_snapshot!(others.join("\n"), @"
    Job/own-job:    -
    Deployment/own-said: mirror,mirror-2 kubernetes.io/arch=arm64  low
    Pod/own-pod:    -
    ");
}

#[test]
fn app_and_components_say_otherwise() {
    let text = whole(&format!("{LABELS}\n{PLACED}"));
    let text = text.replace(
        "[components]\n",
        r#"[app.labels]
"acme.example/owner" = "app"
[app.object-annotations]
note = false
[app.node-selector]
"kubernetes.io/arch" = "arm64"
disk = "ssd"
[components]
"#,
    );
    let own = r#"[stages.x.components.worker]
labels."acme.example/owner" = false
annotations.scraped = false
node-selector = { disk = false, "kubernetes.io/arch" = false }
tolerations = []
pull-secrets = []
priority-class = "low"
object-annotations.wave = "1"
[stages.x.components.db]
labels."acme.example/owner" = "dba"
annotations.scraped = false
object-annotations.note = false
node-selector."kubernetes.io/arch" = false
[stages.x.components.monitoring.workloads]
grafana = { labels."acme.example/owner" = false, object-annotations.note = false, node-selector."kubernetes.io/arch" = false }
[[objects]]"#;
    let bundle = bundle(&text.replacen("[[objects]]", own, 1));
    let said = |kind: &str, name: &str| {
        let object = find(&bundle, kind, name);
        let text = |pointer: &str| at(object, pointer).as_str().unwrap_or("-").to_owned();
        let template =
            if kind == "CronJob" { "/spec/jobTemplate/spec/template" } else { "/spec/template" };
        format!(
            "{name}: {} {} {} {} {} | {}",
            text("/metadata/labels/acme.example~1owner"),
            text(&format!("{template}/metadata/labels/acme.example~1owner")),
            text("/metadata/annotations/note"),
            text("/metadata/annotations/wave"),
            text(&format!("{template}/metadata/annotations/scraped")),
            placed(object),
        )
    };
    let all = [
        said("Deployment", "web"),
        said("Deployment", "worker"),
        said("CronJob", "nightly"),
        said("StatefulSet", "db"),
        said("Job", "db-extensions"),
        said("StatefulSet", "broker"),
        said("Deployment", "monitoring-grafana"),
        said("Deployment", "monitoring-broker-exporter"),
    ];
    assert_snapshot!(all.join("\n"), @"
    web: app app - - yes | mirror disk=ssd,kubernetes.io/arch=arm64 spot high
    worker: - - - 1 - |    low
    nightly: app app - - yes | mirror disk=ssd,kubernetes.io/arch=arm64 spot high
    db: dba dba - - - | mirror  spot high
    db-extensions: dba dba - - - | mirror  spot high
    broker: team-blue team-blue read - yes | mirror kubernetes.io/arch=amd64 spot high
    monitoring-grafana: - - - - yes | mirror  spot high
    monitoring-broker-exporter: team-blue team-blue read - yes | mirror kubernetes.io/arch=amd64 spot high
    ");
    // What a component says of its workload holds for no other object of it.
    let service = find(&bundle, "Service", "db");
    assert_eq!(at(service, "/metadata/annotations/note"), "read");
    assert_eq!(at(service, "/metadata/labels/acme.example~1owner"), "dba");
}

#[test]
fn services_have_annotations_of_their_own() {
    let bundle = bundle(
        "name = \"s\"\napp = { image = \"a:1\", module = \"s\", service-annotations = { a = \"app\", b = \"app\" } }\nannotations.a = \"all\"\n\
         [stages.x.components]\nweb = { type = \"web\", service-annotations = { b = \"web\", c = \"web\" }, annotations.d = \"pod\" }\n\
         db = { type = \"postgres\", service-annotations = { c = \"db\" } }\nmigrate.type = \"migrate\"\n",
    );
    let of = |name| at(find(&bundle, "Service", name), "/metadata/annotations");
    assert_eq!(of("web"), json!({ "a": "app", "b": "web", "c": "web" }));
    assert_eq!(of("db"), json!({ "a": "all", "c": "db" }));
    assert_eq!(
        at(find(&bundle, "Deployment", "web"), "/metadata/annotations"),
        json!({ "a": "all" })
    );
    assert_snapshot!(case("components.worker = { type = \"worker\", service-annotations.a = \"b\" }\ncomponents.broker = { type = \"redis\", durable = true }\n"), @"unread-annotation 5:60 `worker` has no Service that `service-annotations` could stand on |  | remove them, or write them for the component that is called");
}

#[test]
fn annotations_of_pods_that_are_read_elsewhere() {
    let web = |annotations: &str| {
        case(&format!("[stages.x.components.web.annotations]\n{annotations}\n"))
    };
    assert_snapshot!(web("\"argocd.argoproj.io/sync-wave\" = \"2\"\n\"kustomize.toolkit.fluxcd.io/prune\" = \"disabled\""), @r#"
    unread-annotation 6:34 `argocd.argoproj.io/sync-wave` is an annotation of pods here, and Argo CD reads it on the object that makes the pods |  | in its place, write `components.web.object-annotations."argocd.argoproj.io/sync-wave" = "2"`
    unread-annotation 7:39 `kustomize.toolkit.fluxcd.io/prune` is an annotation of pods here, and Flux reads it on the object that makes the pods |  | in its place, write `components.web.object-annotations."kustomize.toolkit.fluxcd.io/prune" = "disabled"`
    "#);
    assert_snapshot!(web("\"reloader.stakater.com/auto\" = \"true\"\n\"secret.reloader.stakater.com/reload\" = \"a\""), @r#"
    unread-annotation 6:32 `reloader.stakater.com/auto` is an annotation of pods here, and Reloader reads it on the object that makes the pods |  | in its place, write `components.web.object-annotations."reloader.stakater.com/auto" = "true"`
    unread-annotation 7:41 `secret.reloader.stakater.com/reload` is an annotation of pods here, and Reloader reads it on the object that makes the pods |  | in its place, write `components.web.object-annotations."secret.reloader.stakater.com/reload" = "a"`
    "#);
    assert_snapshot!(web("\"traefik.ingress.kubernetes.io/service.sticky.cookie\" = \"true\"\n\"external-dns.alpha.kubernetes.io/hostname\" = \"a.example\""), @r#"
    unread-annotation 6:57 `traefik.ingress.kubernetes.io/service.sticky.cookie` is an annotation of pods here, and Traefik reads it on the Service |  | in its place, write `components.web.service-annotations."traefik.ingress.kubernetes.io/service.sticky.cookie" = "true"`
    unread-annotation 7:47 `external-dns.alpha.kubernetes.io/hostname` is an annotation of pods here, and ExternalDNS reads it on the Ingress or the Service |  | in its place, write `components.web.service-annotations."external-dns.alpha.kubernetes.io/hostname" = "a.example"`
    "#);
    assert_snapshot!(web("\"eks.amazonaws.com/role-arn\" = \"a\\\"b\""), @r#"unread-annotation 6:32 `eks.amazonaws.com/role-arn` is an annotation of pods here, and EKS reads it on the ServiceAccount |  | in its place, write `components.web.service-account.annotations."eks.amazonaws.com/role-arn" = "a\"b"`"#);
    assert_snapshot!(case("[stages.x.components.web]\nexpose = { type = \"ingress\", hosts = [\"a.example\"], class = \"nginx\", from-namespaces = [\"ingress\"] }\n\
        annotations.\"traefik.ingress.kubernetes.io/router.entrypoints\" = \"web\"\n[stages.x.cluster]\nprovides = [\"IngressClass/nginx\"]\n"), @r#"unread-annotation 7:66 `traefik.ingress.kubernetes.io/router.entrypoints` is an annotation of pods here, and Traefik reads it on the Ingress or the Service |  | in its place, write `components.web.expose.annotations."traefik.ingress.kubernetes.io/router.entrypoints" = "web"`"#);
    // The key to write is that of who wrote it.
    let wave = "\"argocd.argoproj.io/sync-wave\" = \"1\"";
    assert_snapshot!(case(&format!("pod-annotations = {{ {wave} }}\n")), @r#"unread-annotation 5:54 `argocd.argoproj.io/sync-wave` is an annotation of pods here, and Argo CD reads it on the object that makes the pods |  | in its place, write `annotations."argocd.argoproj.io/sync-wave" = "1"`"#);
    assert_snapshot!(case(&format!("app.annotations = {{ {wave} }}\n")), @r#"unread-annotation 5:54 `argocd.argoproj.io/sync-wave` is an annotation of pods here, and Argo CD reads it on the object that makes the pods |  | in its place, write `app.object-annotations."argocd.argoproj.io/sync-wave" = "1"`"#);
    assert_snapshot!(case(&format!("components.monitoring = {{ type = \"monitoring\", workloads.grafana.annotations = {{ {wave} }} }}\n")), @r#"unread-annotation 5:115 `argocd.argoproj.io/sync-wave` is an annotation of pods here, and Argo CD reads it on the object that makes the pods |  | in its place, write `components.monitoring.workloads.grafana.object-annotations."argocd.argoproj.io/sync-wave" = "1"`"#);
    assert_snapshot!(case(&format!("[[objects]]\napiVersion = \"batch/v1\"\nkind = \"Job\"\nmetadata.name = \"j\"\nspec.template = {{ metadata.annotations = {{ {wave} }}, spec.containers = [{{ name = \"a\", image = \"b:1\" }}] }}\n")), @"unread-annotation 9:77 `argocd.argoproj.io/sync-wave` is an annotation of pods here, and Argo CD reads it on the object that makes the pods |  | write it in `metadata.annotations` of Job/j");
    // These stand on pods for a reason, and those where they are read.
    good("components.web.annotations.\"argocd.argoproj.io/ignore-resource-updates\" = \"true\"\n");
    good(&format!(
        "annotations = {{ {wave} }}\ncomponents.web.object-annotations = {{ {wave} }}\n"
    ));
    let allowed = format!(
        "{BASE}components.web = {{ annotations = {{ {wave} }}, allow.unread-annotation = \"ours reads pods\" }}\n"
    );
    let (_, diagnostics) = compile(&Source::new("stack.toml", allowed), "x");
    assert!(diagnostics.iter().all(|found| found.allowed.is_some()), "{diagnostics:?}");
}

#[test]
fn a_mirror_stands_before_what_seaway_chooses_and_before_short_names() {
    let bundle = bundle(&whole("registry = \"mirror.example/hub\""));
    let mut images = std::collections::BTreeSet::new();
    for object in workloads(&bundle) {
        for container in containers(&pod_spec(object)) {
            images.insert(container["image"].as_str().expect("an image").to_owned());
        }
    }
    let (mirrored, others): (Vec<&String>, Vec<&String>) =
        images.iter().partition(|image| image.starts_with("mirror.example/hub/"));
    // Both of them are written with their registry.
    assert_eq!(others, ["ghcr.io/acme/s:1.0.0", "quay.io/own/said:1"]);
    let names = mirrored.iter().map(|image| {
        let name = image.trim_start_matches("mirror.example/hub/");
        name.split(':').next().unwrap_or(name)
    });
    assert_snapshot!(names.collect::<Vec<_>>().join("\n"), @"
    docker.io/danihodovic/celery-exporter
    docker.io/grafana/alloy
    docker.io/grafana/grafana
    docker.io/grafana/loki
    docker.io/library/agent
    docker.io/library/memcached
    docker.io/library/postgres
    docker.io/library/redis
    docker.io/nginxinc/nginx-unprivileged
    docker.io/oliver006/redis_exporter
    docker.io/own/job
    docker.io/own/pod
    docker.io/own/set
    ghcr.io/cloudnative-pg/pgbouncer
    quay.io/prometheus/memcached-exporter
    quay.io/prometheus/prometheus
    quay.io/prometheuscommunity/postgres-exporter
    registry.k8s.io/kube-state-metrics/kube-state-metrics
    ");
}

#[test]
fn a_registry_in_place_of_each() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let said = "registry = { \"docker.io\" = \"mirror.example/hub\", \"ghcr.io\" = \"mirror.example:5000\" }";
    let text = whole(said).replace("\"agent:2\"", &format!("\"agent:2@{digest}\""));
    let bundle = bundle(&text);
    let image = |kind: &str, name: &str, of: &str| {
        let spec = pod_spec(find(&bundle, kind, name));
        let mut all = containers(&spec).into_iter();
        all.find(|one| one["name"] == of).expect(of)["image"].as_str().expect("an image").to_owned()
    };
    assert_eq!(image("Deployment", "web", "web"), "mirror.example:5000/acme/s:1.0.0");
    assert_eq!(image("Deployment", "web", "wait-for-schema"), "mirror.example:5000/acme/s:1.0.0");
    let agent = image("Deployment", "web", "agent");
    assert_eq!(agent, format!("mirror.example/hub/library/agent:2@{digest}"));
    assert!(image("StatefulSet", "db", "db").starts_with("mirror.example/hub/library/postgres:"));
    assert_eq!(image("Job", "own-job", "a"), "mirror.example/hub/own/job:1");
    assert_eq!(image("Deployment", "own-said", "a"), "quay.io/own/said:1");
    let web = find(&bundle, "Deployment", "web");
    let place = web.origins.of("spec.template.spec.containers[web].image").span().expect("a place");
    assert_eq!(&text[place.start as usize..place.end as usize], "\"mirror.example:5000\"");
}

#[test]
fn what_is_said_of_an_image_is_said_of_the_one_that_was_chosen() {
    // The registry of nobody any more is the same behind a mirror, and it is said once.
    let retired = "profile = \"production\"\nrequire-digest = true\napp = { hosts = [\"a.example\"], env.SECRET_KEY = \"${secrets.k.k}\" }\nsecrets.k.keys = [\"k\"]\n\
                   components.web.sidecars = [{ name = \"agent\", image = \"bitnami/redis:7\" }]\n";
    let own = "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.containers = [{ name = \"a\", image = \"bitnami/redis:7\" }]\n";
    let mirror = "registry = \"mirror.example\"\n";
    // The line of the mirror comes last, so that places are the same.
    let without = case(&format!("{retired}{own}"));
    let with = case(&format!("{retired}{mirror}{own}"));
    let messages = |told: &str| {
        let message = |line: &str| line.splitn(3, ' ').nth(2).unwrap_or(line).to_owned();
        let mut lines: Vec<String> = told.lines().map(message).collect();
        lines.sort();
        lines.join("\n")
    };
    assert_eq!(messages(&with), messages(&without));
    assert!(without.contains("bitnami"), "{without}");
}

#[test]
fn extended_resources_are_limits() {
    let gpu = "components.broker = { type = \"redis\", durable = true }\ncomponents.db.type = \"postgres\"\ncomponents.migrate.type = \"migrate\"\n\
               components.gpu = { type = \"worker\", runtime-class = \"nvidia\", resources.limits = { cpu = 2, \"nvidia.com/gpu\" = 1 } }\n\
               cluster.provides = [\"RuntimeClass/nvidia\"]\nquota = true\n";
    let bundle = based(gpu);
    let spec = pod_spec(find(&bundle, "Deployment", "gpu"));
    assert_eq!(spec["runtimeClassName"], "nvidia");
    let resources = &spec["containers"][0]["resources"];
    assert_eq!(resources["limits"]["nvidia.com/gpu"], "1");
    assert_eq!(resources["requests"]["nvidia.com/gpu"], "1");
    // What waits for the schema needs no card.
    assert_eq!(spec["initContainers"][0]["name"], "wait-for-schema");
    assert_eq!(spec["initContainers"][0]["resources"]["limits"]["nvidia.com/gpu"], Value::Null);
    assert_eq!(spec["initContainers"][0]["resources"]["limits"]["cpu"], "2");
    // One pod, another one in a rollout, and head-room.
    let quota = find(&bundle, "ResourceQuota", "s");
    assert_eq!(at(quota, "/spec/hard/requests.nvidia.com~1gpu"), "3");
    assert_snapshot!(case("components.web.resources.requests = { \"nvidia.com/gpu\" = 1 }\n"), @r#"request-over-limit 5:58 the container `web` asks for 1 of `nvidia.com/gpu` without a limit |  | write `limits."nvidia.com/gpu" = "1"` as well"#);
    assert_snapshot!(case("components.web.resources = { requests = { \"nvidia.com/gpu\" = 1 }, limits = { \"nvidia.com/gpu\" = 2, \"smarter-devices/fuse\" = \"500m\" } }\n"), @"
    request-over-limit 5:62 the container `web` asks for 1 of `nvidia.com/gpu` and may have 2 |  | write the same amount in both: this resource is never shared
    invalid-quantity 5:125 `500m` of `smarter-devices/fuse`, which is counted in whole ones |  | write a whole number
    ");
    assert_snapshot!(case("components.web.resources.limits = { \"Nvidia.com/gpu\" = 1, gpu = 1 }\n"), @"
    invalid-value 5:37 `Nvidia.com/gpu` is not an extended resource |  | write `domain/name`, as in `nvidia.com/gpu`
    unknown-field 5:59 unknown key `gpu` | not known here | did you mean `cpu`?
    ");
    assert_snapshot!(case("components.web.runtime-class = \"nvidia\"\n"), @r#"dangling-reference 5:32 there is no RuntimeClass `nvidia` |  | if the cluster has it, say so: `cluster.provides = ["RuntimeClass/nvidia"]`"#);
}

#[test]
fn containers_of_ours_have_limits_that_a_quota_counts() {
    let all = "components.db = { type = \"postgres\", extensions = [\"pg_trgm\"] }\ncomponents.migrate.type = \"migrate\"\n\
               components.broker = { type = \"redis\", durable = true }\ncomponents.web.static-files = \"sidecar\"\n";
    let quota = "[[objects]]\napiVersion = \"v1\"\nkind = \"ResourceQuota\"\nmetadata.name = \"q\"\nspec.hard = { \"limits.cpu\" = 40 }\n";
    let range = "[[objects]]\napiVersion = \"v1\"\nkind = \"LimitRange\"\nmetadata.name = \"r\"\nspec.limits = [{ type = \"Container\", default = { cpu = \"500m\" } }]\n";
    let bounded = |text: &str| {
        let bundle = based(text);
        let specs: Vec<Value> = workloads(&bundle).map(pod_spec).collect();
        let containers = specs.iter().flat_map(containers);
        let with: Vec<bool> =
            containers.map(|one| one["resources"]["limits"]["cpu"] != Value::Null).collect();
        (with.iter().any(|has| *has), with.iter().all(|has| *has))
    };
    assert_eq!(bounded(all), (false, false));
    assert_eq!(bounded(&format!("{all}{quota}")), (true, true));
    // What a LimitRange fills in is not written.
    assert_eq!(bounded(&format!("{all}{quota}{range}")), (false, false));
    // Where the components of a pod have them, what waits in it has them as well.
    let of_main = "components.migrate = { type = \"migrate\", resources.limits.cpu = 1 }\n";
    let written = all.replace("components.migrate.type = \"migrate\"\n", of_main);
    let bundle = based(&written);
    let spec = pod_spec(find(&bundle, "Job", "migrate"));
    for one in containers(&spec) {
        assert_eq!(one["resources"]["limits"]["cpu"], "1", "{}", one["name"]);
    }
}

#[test]
fn workloads_say_their_version() {
    let bundle = bundle(&whole(""));
    let mut versions = Vec::new();
    for object in &bundle.objects {
        let version = at(object, "/metadata/labels/app.kubernetes.io~1version");
        let runs_pods = object.body.pod_spec().is_some() && !object.is_own;
        assert_eq!(version.is_string(), runs_pods, "{}", object.id());
        if let Some(version) = version.as_str() {
            let template = object.body.pod_template().expect("a template").0;
            let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
            let of_pods = labels.and_then(|labels| labels.get("app.kubernetes.io/version"));
            assert_eq!(of_pods.map(String::as_str), Some(version), "{}", object.id());
            versions.push(format!("{} {version}", object.id()));
        }
    }
    assert!(versions.iter().any(|one| one == "Deployment/web 1.0.0"), "{versions:?}");
    // A tag that is no value of a label, and an image without one.
    let long = "a".repeat(64);
    let odd = based(&format!("components.web.image = \"a:{long}\"\n"));
    let web = find(&odd, "Deployment", "web");
    assert_eq!(at(web, "/metadata/labels/app.kubernetes.io~1version"), Value::Null);
}

#[test]
fn references_hold_for_the_whole_stack() {
    let text = whole(
        "labels = { stage = \"${stage.name}\" }\nannotations = { release = \"${stack.name}-${app.version}\", text = \"$${HOME}\" }",
    );
    let bundle = bundle(&text);
    for object in &bundle.objects {
        assert_eq!(at(object, "/metadata/labels/stage"), "x", "{}", object.id());
        assert_eq!(at(object, "/metadata/annotations/release"), "s-1.0.0", "{}", object.id());
        assert_eq!(at(object, "/metadata/annotations/text"), "${HOME}", "{}", object.id());
    }
    assert_snapshot!(case("labels.a = \"${web.host}\"\n"), @"bad-reference 5:13 this option can not refer to `${web.host}` | resolved before the components are known | here are known `${stack.name}`, `${stack.namespace}`, `${stage.name}` and `${app.version}`. For the text itself, write `$${web.host}`");
}
