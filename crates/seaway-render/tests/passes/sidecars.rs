//! What runs beside a process: native sidecars, in their order, and what the checks of a bundle know of them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{at, based, case, containers, find, good, own, pod, pod_spec};

/// A database that is reached through a proxy in the same pod.
const PROXIED: &str = "[stages.x.components]\n\
    db = { type = \"external\", host = \"127.0.0.1\", port = 5432, provides = \"database\", secret = \"pg\", cidrs = [\"127.0.0.1/32\"] }\n";
/// The proxy, as sidecar of a component.
const PROXY: &str = "sidecars = [{ name = \"proxy\", image = \"p:1\", args = [\"--port=5432\"], ports = { pg = 5432 } }]";

/// The containers of a pod in the order in which they start; a star for those that are restarted.
fn started(spec: &Value) -> String {
    let star = |one: &Value| if one["restartPolicy"] == "Always" { "*" } else { "" };
    let named = containers(spec).into_iter().map(|one| {
        let name = one["name"].as_str().unwrap_or_default();
        format!("{name}{}", star(&one))
    });
    named.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_gate_reaches_the_database_through_a_sidecar() {
    let bundle = based(&format!(
        "secrets.pg.keys = [\"url\"]\n{PROXIED}web = {{ {PROXY}, init-containers = [{{ name = \"first\" }}] }}\n\
         migrate = {{ type = \"migrate\", {PROXY} }}\nonce = {{ type = \"job\", command = [\"x\"], {PROXY} }}\n\
         nightly = {{ type = \"cron\", schedule = \"@daily\", command = [\"x\"], {PROXY} }}\n\
         broker = {{ type = \"redis\", durable = true }}\nbeat = {{ type = \"beat\", {PROXY} }}\n\
         worker = {{ type = \"worker\", {PROXY} }}\n"
    ));
    let of = |kind, name| started(&pod_spec(find(&bundle, kind, name)));
    assert_eq!(of("Deployment", "web"), "proxy* wait-for-schema first web");
    assert_eq!(of("Deployment", "worker"), "proxy* wait-for-schema worker");
    assert_eq!(of("StatefulSet", "beat"), "proxy* wait-for-schema beat");
    assert_eq!(of("Job", "migrate"), "proxy* wait-for-database migrate");
    assert_eq!(of("Job", "once"), "proxy* wait-for-schema once");
    assert_eq!(of("CronJob", "nightly"), "proxy* wait-for-schema nightly");
    // A proxy for the pod alone does not listen where the kubelet would ask.
    assert_eq!(
        pod_spec(find(&bundle, "Job", "migrate"))["initContainers"][0]["startupProbe"],
        Value::Null
    );
}

#[test]
fn a_sidecar_that_is_the_application_waits_for_the_schema() {
    let bundle = based(
        "[stages.x.components]\ndb.type = \"postgres\"\nmigrate.type = \"migrate\"\n\
         web = { sidecars = [{ name = \"own\", command = [\"x\"] }, { name = \"other\", image = \"o:1\" }], init-containers = [{ name = \"first\" }] }\n",
    );
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(started(&spec), "other* wait-for-schema own* first web");
}

#[test]
fn nginx_stops_before_the_server_behind_it() {
    let files = |more: &str| {
        let bundle = based(&format!(
            "components.web = {{ static-files = \"sidecar\", sidecars = [{{ name = \"agent\", image = \"o:1\" }}]{more} }}\n"
        ));
        let service = at(find(&bundle, "Service", "web"), "/spec/ports/0/targetPort");
        (pod_spec(find(&bundle, "Deployment", "web")), service)
    };
    let (spec, target) = files("");
    assert_eq!(started(&spec), "agent* nginx* copy-static web");
    // The port is one of an init container, which the Service finds.
    assert_eq!(target, "static");
    let nginx = &spec["initContainers"][1];
    let quit = "nginx -e stderr -c /etc/seaway/nginx/nginx.conf -s quit";
    let hook = json!({ "exec": { "command": ["sh", "-c", format!("sleep 10 && exec {quit}")] } });
    assert_eq!(nginx["lifecycle"]["preStop"], hook);
    assert_eq!(
        spec["containers"][0]["lifecycle"]["preStop"],
        json!({ "sleep": { "seconds": 12 } })
    );
    assert_eq!(spec["terminationGracePeriodSeconds"], 47);
    let (spec, _) = files(", drain-seconds = 0");
    let words: Vec<&str> = quit.split(' ').collect();
    let hook = json!({ "exec": { "command": words } });
    assert_eq!(spec["initContainers"][1]["lifecycle"]["preStop"], hook);
}

#[test]
fn a_patch_finds_a_sidecar_where_it_stands() {
    let patched = |patch: &str| {
        case(&format!(
            "components.web.sidecars = [{{ name = \"s\", image = \"o:1\", ports = {{ m = 9000 }} }}]\n\
             [[stages.x.patches]]\ntarget = {{ kind = \"Deployment\", name = \"web\" }}\n{patch}"
        ))
    };
    assert_snapshot!(patched("remove = [\"spec.template.spec.containers[s].ports\"]"), @"nothing-to-remove 8:11 Deployment/web has no `spec.template.spec.containers[s].ports` |  | `s` is one of `initContainers`: write `spec.template.spec.initContainers[s].ports`");
    assert_snapshot!(patched("remove = [\"spec.template.spec.initContainers[web].ports\"]"), @"nothing-to-remove 8:11 Deployment/web has no `spec.template.spec.initContainers[web].ports` |  | `web` is one of `containers`: write `spec.template.spec.containers[web].ports`");
    assert_snapshot!(patched("merge.spec.template.spec.containers = [{ name = \"s\", image = \"o:2\" }]"), @r#"
    conflict 8:40 two containers of a pod are called `s` |  | rename one of them, or write it under `initContainers` to change that one
    unsafe-setting 8:40 Pod Security `restricted` refuses processes that gain privileges |  | remove it: `false` is filled in
    unsafe-setting 8:40 Pod Security `restricted` refuses containers that keep capabilities |  | write `drop = ["ALL"]`, or leave it out
    "#);
    assert_snapshot!(patched("remove = [\"spec.template.spec.initContainers[s].ports\"]"), @"6 objects");
}

/// A Deployment of the user's own with one container and one native sidecar.
fn beside(main: &str, sidecar: &str) -> String {
    let object = format!(
        "[[objects]]\napiVersion = \"apps/v1\"\nkind = \"Deployment\"\nmetadata.name = \"own\"\nspec.selector.matchLabels.a = \"b\"\n\
         spec.template.metadata.labels.a = \"b\"\n\
         spec.template.spec.initContainers = [{{ name = \"side\", image = \"i:1\", restartPolicy = \"Always\", {sidecar} }}]\n\
         spec.template.spec.containers = [{{ name = \"main\", image = \"i:1\", {main} }}]\n"
    );
    case(&object)
}

#[test]
fn what_runs_in_a_sidecar_is_looked_at_as_what_runs_in_a_process() {
    // It is told to stop when the main container has ended.
    let main = "command = [\"gunicorn\", \"--graceful-timeout=20\", \"a.wsgi\"]";
    let worker = "command = [\"celery\", \"-A\", \"a\", \"worker\", \"--time-limit=15\", \"--concurrency=2\"]";
    assert_snapshot!(beside(main, worker), @"short-grace 11:15 `side` is killed after 30 s, and needs 35 s to stop |  | write `termination-grace-period-seconds = 35` or more; without the key it is computed for a command of Seaway's own");
    let beat = "command = [\"celery\", \"-A\", \"a\", \"beat\"]";
    assert_snapshot!(beside("command = [\"x\"]", beat), @r#"runs-twice 9:1 Deployment/own sends each task when it is due, and a rollout has two pods at a time |  | write `spec.strategy.type = "Recreate"`, or a `StatefulSet` of one pod, which has no second one even when a node is lost"#);
    let much = "command = [\"gunicorn\", \"--workers=9\", \"a.wsgi\"], resources.limits.memory = \"256Mi\"";
    assert_snapshot!(beside("command = [\"x\"]", much), @"memory-over-limit 11:171 `side` may have 256Mi of memory, and its 9 server processes need 1152Mi |  | allow at least 1152Mi, run fewer of them, or write `process-memory` if one is measured to need less");
    good(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"Service\"\nmetadata.name = \"own\"\nspec.selector.a = \"b\"\nspec.ports = [{ port = 80, targetPort = \"http\" }]\n\
         [[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata = { name = \"own\", labels.a = \"b\" }\n\
         spec.initContainers = [{ name = \"s\", image = \"i:1\", restartPolicy = \"Always\", ports = [{ name = \"http\", containerPort = 80 }] }]\n\
         spec.containers = [{ name = \"c\", image = \"i:1\" }]\n",
    );
}

#[test]
fn a_limit_of_pods_counts_sidecars() {
    let range = "[[objects]]\napiVersion = \"v1\"\nkind = \"LimitRange\"\nmetadata.name = \"r\"\nspec.limits = [{ type = \"Pod\", max.memory = \"600Mi\" }]\n";
    let pods = |sidecar: &str| {
        format!(
            "spec.initContainers = [{{ name = \"s\", image = \"i:1\", resources.limits.memory = \"400Mi\"{sidecar} }}]\n\
             spec.containers = [{{ name = \"c\", image = \"i:1\", resources.limits.memory = \"400Mi\" }}]\n{range}"
        )
    };
    assert_snapshot!(pod(&pods(", restartPolicy = \"Always\"")), @"exceeded-quota 10:75 a pod of Pod/p may have 800Mi of `memory`, and LimitRange/r takes at most 600Mi |  | write another amount here, or another `max` there");
    assert_snapshot!(pod(&pods("")), @"8 objects");
}

#[test]
fn a_sidecar_of_a_users_own_object_stays_as_it_is() {
    let bundle = based(
        "[[objects]]\napiVersion = \"v1\"\nkind = \"Pod\"\nmetadata.name = \"p\"\nspec.initContainers = [{ name = \"s\", image = \"i:1\", restartPolicy = \"Always\" }]\nspec.containers = [{ name = \"c\", image = \"i:1\" }]\n",
    );
    assert_eq!(started(&pod_spec(own(&bundle))), "s* c");
}

/// The volume at a path of each container that mounts it, with its size.
fn volumes(spec: &Value, path: &str) -> Vec<String> {
    let size = |name: &Value| {
        let volumes = spec["volumes"].as_array().into_iter().flatten();
        let volume = volumes.into_iter().find(|volume| volume["name"] == *name);
        volume.map_or(Value::Null, |volume| volume["emptyDir"]["sizeLimit"].clone())
    };
    let mut found = Vec::new();
    for container in containers(spec) {
        let mounts = container["volumeMounts"].as_array().into_iter().flatten();
        if let Some(mount) = mounts.into_iter().find(|mount| mount["mountPath"] == path) {
            let text = [&container["name"], &mount["name"], &size(&mount["name"])];
            found.push(text.map(|text| text.as_str().unwrap_or_default()).join(" "));
        }
    }
    found
}

#[test]
fn scratch_of_a_sidecar_with_an_image_of_its_own_is_its_own() {
    let bundle = based(
        "[stages.x.components.web]\nmounts = { \"/spool\" = { scratch = \"10Gi\" }, \"/tmp\" = { scratch = \"1Gi\" } }\n\
         sidecars = [{ name = \"tika\", image = \"t:1\", mounts = { \"/spool\" = { scratch = \"2Gi\" } } },\n\
         { name = \"gotenberg\", image = \"g:1\", mounts = { \"/spool\" = { scratch = \"2Gi\" }, \"/tmp\" = { scratch = \"2Gi\" } } },\n\
         { name = \"own\", command = [\"x\"] }]\n\
         init-containers = [{ name = \"fill\", image = \"f:1\", mounts = { \"/spool\" = { scratch = \"10Gi\" } } }]\n",
    );
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(
        volumes(&spec, "/spool"),
        [
            "tika tika-spool 2Gi",
            "gotenberg gotenberg-spool 2Gi",
            "own spool 10Gi",
            "fill spool 10Gi",
            "web spool 10Gi"
        ]
    );
    assert_eq!(
        volumes(&spec, "/tmp"),
        [
            "tika tika-tmp 256Mi",
            "gotenberg gotenberg-tmp 2Gi",
            "own tmp 1Gi",
            "fill fill-tmp 256Mi",
            "web tmp 1Gi"
        ]
    );
}

#[test]
fn containers_share_scratch_that_they_call_by_one_name() {
    let bundle = based(
        "[stages.x.components.web]\nmounts.\"/run/app\" = { scratch = { size = \"1Mi\", name = \"sockets\" } }\n\
         sidecars = [{ name = \"proxy\", image = \"p:1\", mounts.\"/sockets\" = { scratch = { size = \"1Mi\", name = \"sockets\" } } }]\n",
    );
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(volumes(&spec, "/run/app"), ["web sockets 1Mi"]);
    assert_eq!(volumes(&spec, "/sockets"), ["proxy sockets 1Mi"]);
}

#[test]
fn sidecars_of_the_application_stand_in_every_process() {
    let bundle = based(
        "app.sidecars = [{ name = \"agent\", image = \"o:1\" }]\n[stages.x.components]\ndb.type = \"postgres\"\nmigrate.type = \"migrate\"\n\
         broker = { type = \"redis\", durable = true }\nworker = { type = \"worker\", sidecars = [{ name = \"more\", image = \"m:1\" }] }\n\
         nightly = { type = \"cron\", schedule = \"@daily\", command = [\"x\"], sidecars = [{ name = \"agent\", remove = true }] }\n",
    );
    let of = |kind, name| started(&pod_spec(find(&bundle, kind, name)));
    assert_eq!(of("Deployment", "web"), "agent* wait-for-schema web");
    assert_eq!(of("Deployment", "worker"), "agent* more* wait-for-schema worker");
    assert_eq!(of("Job", "migrate"), "agent* wait-for-database migrate");
    assert_eq!(of("CronJob", "nightly"), "wait-for-schema nightly");
    assert_eq!(of("StatefulSet", "db"), "check-volume db");
}
