//! Extensions of a `postgres`: its scripts of the first start, the Job for a database that is there already, and the migrate Job
//! that waits for it.

use seaway_render::Bundle;
use serde_json::{Value, json};

use crate::support::{at, bundle, containers, find, find_maybe, pod_spec, workloads};

/// A stack whose database has more options.
fn stack(database: &str, more: &str) -> Bundle {
    bundle(&format!(
        "name = \"s\"\napp = {{ image = \"a:1\", module = \"s\" }}\n\
         components.db = {{ type = \"postgres\", version = \"17\"{database} }}\ncomponents.migrate = {{ type = \"migrate\" }}\n\
         components.web = {{ type = \"web\" }}\n[stages.x]\n{more}"
    ))
}

const TWO: &str = ", extensions = [\"pg_trgm\", \"uuid-ossp\"]";
const SQL: &str = "-- What the superuser creates in the application's database: at the first start, and by a Job in one that is there already.\n\
                   \\connect \"s\"\n\
                   CREATE EXTENSION IF NOT EXISTS \"pg_trgm\" CASCADE;\n\
                   CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" CASCADE;\n";

/// What a container of a pod mounts: paths, and the file of a volume where it is one.
fn mounts(container: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let all = container["volumeMounts"].as_array().expect("mounts");
    all.iter()
        .filter_map(|mount| Some((text(&mount["mountPath"])?, text(&mount["subPath"]))))
        .collect()
}

#[test]
fn the_superuser_creates_extensions_at_the_first_start_and_in_a_job() {
    let bundle = stack(TWO, "");
    let script = |name: &str| at(find(&bundle, "ConfigMap", name), "/data/create-extensions.sql");
    assert_eq!(script("db-init"), json!(SQL));
    assert_eq!(script("db-extensions"), json!(SQL));
    let job = find(&bundle, "Job", "db-extensions");
    let spec = pod_spec(job);
    let container = &spec["containers"][0];
    let server = &pod_spec(find(&bundle, "StatefulSet", "db"))["containers"][0];
    assert_eq!(container["image"], server["image"]);
    assert_eq!(container["command"], json!(["sh", "/opt/seaway/create-extensions.sh"]));
    assert_eq!(container["env"][2], json!({ "name": "PGUSER", "value": "postgres" }));
    assert_eq!(spec["initContainers"], json!([]));
    let ingress = at(find(&bundle, "NetworkPolicy", "db"), "/spec/ingress/0/from/0/podSelector");
    assert_eq!(
        ingress,
        json!({ "matchLabels": { "app.kubernetes.io/instance": "db-extensions" } })
    );
    assert_eq!(
        at(find(&bundle, "NetworkPolicy", "db-extensions"), "/spec/egress/2/ports/0/port"),
        5432
    );
}

#[test]
fn migrations_wait_for_extensions() {
    let bundle = stack(TWO, "");
    let spec = pod_spec(find(&bundle, "Job", "migrate"));
    let names: Vec<Value> = containers(&spec).iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["wait-for-extensions", "wait-for-database", "migrate"]);
    let wait = &spec["initContainers"][0];
    let command =
        json!(["sh", "/opt/seaway/wait-for-extensions.sh", "300", "pg_trgm", "uuid-ossp"]);
    assert_eq!(wait["command"], command);
    assert_eq!(
        wait["image"],
        pod_spec(find(&bundle, "Job", "db-extensions"))["containers"][0]["image"]
    );
    // What waits for the migrations waits for no more.
    let web = pod_spec(find(&bundle, "Deployment", "web"));
    assert_eq!(containers(&web).len(), 2);
}

#[test]
fn a_password_is_where_it_is_used() {
    let bundle = stack(TWO, "");
    let keys = |kind: &str, name: &str| -> Vec<String> {
        let spec = pod_spec(find(&bundle, kind, name));
        let volumes = spec["volumes"].as_array().cloned().unwrap_or_default();
        let items = volumes
            .iter()
            .flat_map(|volume| volume["secret"]["items"].as_array().cloned().unwrap_or_default());
        items.filter_map(|item| Some(item["key"].as_str()?.to_owned())).collect()
    };
    assert_eq!(keys("Job", "db-extensions"), ["postgres-password"]);
    assert_eq!(keys("Job", "migrate"), ["password"]);
    let migrate = pod_spec(find(&bundle, "Job", "migrate"));
    for container in containers(&migrate) {
        let reads = mounts(&container).iter().any(|(path, _)| path == "/run/secrets/postgres");
        assert_eq!(reads, container["name"] == "wait-for-extensions", "{container}");
    }
}

#[test]
fn the_scripts_of_another_image_stay() {
    let init = |database: &str| {
        let bundle = stack(database, "");
        let server = pod_spec(find(&bundle, "StatefulSet", "db"))["containers"][0].clone();
        let mut mounts = mounts(&server);
        mounts.retain(|(path, _)| path.starts_with("/docker-entrypoint-initdb.d"));
        mounts
    };
    let folder = "/docker-entrypoint-initdb.d";
    // The official image has none.
    for official in ["", TWO, ", image = \"postgres:17.2\""] {
        assert_eq!(init(official), [(folder.to_owned(), None)], "{official}");
    }
    let file = |name: &str| (format!("{folder}/{name}"), Some(name.to_owned()));
    let image = ", image = \"postgis/postgis:17-3.5\"";
    assert_eq!(init(image), [file("create-application-role.sh")]);
    let both = [file("create-application-role.sh"), file("create-extensions.sql")];
    assert_eq!(init(&format!("{image}{TWO}")), both);
}

#[test]
fn a_job_runs_again_if_and_only_if_what_it_creates_changes() {
    let name = |database: &str, more: &str| {
        let bundle = stack(database, more);
        find(&bundle, "Job", "db-extensions").body.name().to_owned()
    };
    let first = name(TWO, "");
    assert_eq!(name(TWO, ""), first);
    for same in
        ["app.image = \"a:2\"", "components.web.replicas = 3", "components.db.storage = \"9Gi\""]
    {
        assert_eq!(name(TWO, same), first, "{same}");
    }
    assert_ne!(name(", extensions = [\"pg_trgm\"]", ""), first);
    assert_ne!(name(&format!("{TWO}, image = \"postgres:17.1\""), ""), first);
    let none = stack("", "");
    assert!(!none.objects.iter().any(|object| object.body.name().contains("extensions")));
    let spec = pod_spec(find(&none, "Job", "migrate"));
    assert_eq!(containers(&spec).len(), 2);
}

#[test]
fn the_job_runs_where_and_as_the_server_does() {
    let bundle = stack(
        &format!(
            "{TWO}, image = \"registry.example/postgis:17\", pull-secrets = [\"pull\"], image-pull-policy = \"Always\", \
             run-as-user = 70, node-selector.disk = \"ssd\", env.A = \"1\", mounts.\"/a\" = {{ scratch = \"1Mi\" }}"
        ),
        "cluster.provides = [\"Secret/pull\"]\n",
    );
    let spec = pod_spec(find(&bundle, "Job", "db-extensions"));
    assert_eq!(spec["imagePullSecrets"], json!([{ "name": "pull" }]));
    assert_eq!(spec["nodeSelector"], json!({ "disk": "ssd" }));
    assert_eq!(spec["securityContext"]["runAsUser"], 70);
    let container = &spec["containers"][0];
    assert_eq!(container["imagePullPolicy"], "Always");
    assert!(!mounts(container).iter().any(|(path, _)| path == "/a"));
    assert_eq!(container["env"].as_array().map(Vec::len), Some(4));
    // Whoever waits pulls the image as well.
    let migrate = pod_spec(find(&bundle, "Job", "migrate"));
    assert_eq!(migrate["imagePullSecrets"], json!([{ "name": "pull" }]));
    assert_eq!(migrate["initContainers"][0]["imagePullPolicy"], "Always");
    assert_eq!(migrate["containers"][0]["imagePullPolicy"], Value::Null);
}

#[test]
fn two_databases_are_waited_for() {
    let other = "components.geo = { type = \"postgres\", extensions = [\"cube\"] }\n\
                 components.migrate.env = { DATABASE_URL = \"${db.url}\", GEO_URL = \"${geo.url}\" }\n\
                 components.web.env.DATABASE_URL = \"${db.url}\"\n";
    let bundle = stack(TWO, other);
    let spec = pod_spec(find(&bundle, "Job", "migrate"));
    let names: Vec<Value> = containers(&spec).iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names[..2], ["wait-for-extensions", "wait-for-extensions-2"]);
    assert_eq!(spec["initContainers"][1]["command"][3], "cube");
    assert!(find_maybe(&bundle, "ServiceAccount", "geo-extensions").is_some());
    let sources = spec["volumes"].as_array().expect("volumes").iter();
    let configs = sources.filter(|volume| {
        volume["configMap"]["name"].as_str().is_some_and(|name| name.contains("extensions"))
    });
    assert_eq!(configs.count(), 2);
}

#[test]
fn a_stage_that_watches_itself_watches_the_job() {
    let bundle = stack(TWO, "components.monitoring = { type = \"monitoring\" }\n");
    let jobs = workloads(&bundle).filter(|object| object.body.kind() == "Job").count();
    assert_eq!(jobs, 2);
    let config = bundle
        .objects
        .iter()
        .find(|object| object.body.name().starts_with("monitoring-prometheus-"));
    assert!(config.is_some());
}
