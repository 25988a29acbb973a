//! Whole applications of the kinds that others wrote: each comes up as printed, and each container holds the Secrets that its
//! program has a use for.

use std::fmt::Write as _;

use insta::assert_snapshot;
use seaway_core::Source;
use seaway_render::Bundle;
use serde_json::Value;

use crate::common::{compile, stages, told};
use crate::support::{containers, find, find_maybe, pod_spec, workloads};

/// The stacks of the folder beside this file.
const APPLICATIONS: [(&str, &str); 6] = [
    ("bakery", include_str!("applications/bakery.toml")),
    ("documents", include_str!("applications/documents.toml")),
    ("inventory", include_str!("applications/inventory.toml")),
    ("starter", include_str!("applications/starter.toml")),
    ("training", include_str!("applications/training.toml")),
    ("translations", include_str!("applications/translations.toml")),
];

fn text(name: &str) -> &'static str {
    APPLICATIONS.iter().find(|(known, _)| *known == name).expect("an application").1
}

/// A stage of an application, of which nothing is said but what it allows.
fn stage(name: &str, stage: &str) -> Bundle {
    let source = Source::new("stack.toml", text(name));
    let (bundle, diagnostics) = compile(&source, stage);
    let told = told(&source, diagnostics.iter().filter(|one| one.allowed.is_none()));
    assert_eq!(told, "", "{name}/{stage}");
    bundle.expect("a bundle")
}

/// The Secrets of a container: by variables, by whole Secrets, and by files.
fn secrets(spec: &Value, container: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for variable in list(&container["env"]) {
        let from = &variable["valueFrom"]["secretKeyRef"];
        if !from.is_null() {
            found.push(format!("{}/{}", text(&from["name"]), text(&from["key"])));
        }
    }
    for from in list(&container["envFrom"]) {
        if !from["secretRef"].is_null() {
            found.push(format!("{}/*", text(&from["secretRef"]["name"])));
        }
    }
    for mount in list(&container["volumeMounts"]) {
        let volumes = list(&spec["volumes"]);
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]);
        let Some(volume) = volume else { continue };
        let projected = list(&volume["projected"]["sources"]);
        let names = projected.iter().map(|source| &source["secret"]["name"]);
        let names = names.chain([&volume["secret"]["secretName"]]);
        found.extend(names.filter(|name| !name.is_null()).map(|name| format!("{}/", text(name))));
    }
    found.sort();
    found.dedup();
    found
}

/// Each container and the Secrets that it holds, a line each.
fn table(name: &str) -> String {
    let source = Source::new("stack.toml", text(name));
    let mut lines = String::new();
    for stage_name in stages(&source) {
        let _ = writeln!(lines, "{stage_name}");
        let bundle = stage(name, &stage_name);
        for workload in workloads(&bundle) {
            let spec = pod_spec(workload);
            for container in containers(&spec) {
                let container_name = container["name"].as_str().expect("a name");
                let secrets = secrets(&spec, &container);
                let part = workload.component.as_ref().map_or("-", |name| &***name);
                let _ = writeln!(lines, "  {part} {container_name}: {}", secrets.join(" "));
            }
        }
    }
    lines
}

#[test]
fn each_container_holds_the_secrets_that_its_program_has_a_use_for() {
    for (name, _) in APPLICATIONS {
        assert_snapshot!(name, table(name));
    }
}

/// The main container of a component.
fn main(bundle: &Bundle, kind: &str, name: &str) -> Value {
    pod_spec(find(bundle, kind, name))["containers"][0].clone()
}

/// The value of a variable.
fn variable<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    let all = container["env"].as_array()?;
    all.iter().find(|variable| variable["name"] == name)?["value"].as_str()
}

/// The names of the variables.
fn variables(container: &Value) -> Vec<&str> {
    let all = container["env"].as_array();
    all.into_iter().flatten().filter_map(|variable| variable["name"].as_str()).collect()
}

/// The command and its arguments.
fn command(container: &Value) -> Vec<&str> {
    let words = |key: &str| container[key].as_array().into_iter().flatten();
    words("command").chain(words("args")).filter_map(Value::as_str).collect()
}

fn init<'a>(spec: &'a Value, name: &str) -> &'a Value {
    let all = spec["initContainers"].as_array().expect("init containers");
    all.iter().find(|container| container["name"] == name).expect("the container")
}

#[test]
fn a_project_of_another_layout_needs_no_command() {
    for name in ["cluster", "production"] {
        let bundle = stage("starter", name);
        let web = main(&bundle, "Deployment", "web");
        assert!(command(&web).contains(&"config.wsgi:application"));
        assert_eq!(variable(&web, "DJANGO_SETTINGS_MODULE"), Some("config.settings.production"));
        assert!(variables(&web).contains(&"DJANGO_ALLOWED_HOSTS"));
        let worker = main(&bundle, "Deployment", "worker");
        assert!(command(&worker).contains(&"--app=config.celery_app"), "{:?}", command(&worker));
        assert!(!worker["livenessProbe"].is_null() && !worker["readinessProbe"].is_null());
        // The role of the broker stays where the cache moved on.
        assert!(variables(&worker).contains(&"REDIS_URL"), "{:?}", variables(&worker));
        assert!(!variables(&worker).contains(&"CELERY_BROKER_URL"));
    }
}

#[test]
fn a_start_script_gets_what_it_reads_and_the_memory_that_is_said() {
    let bundle = stage("inventory", "cluster");
    let web = main(&bundle, "Deployment", "web");
    let hosts = variable(&web, "ALLOWED_HOSTS").expect("hosts");
    assert!(hosts.starts_with("a.example.com b.example.com"), "{hosts}");
    for name in ["DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL"] {
        assert!(!variables(&web).contains(&name), "{name}");
    }
    assert_eq!(web["resources"]["limits"]["memory"], "2Gi");
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    let gate = init(&spec, "wait-for-schema");
    assert!(command(gate).contains(&"/opt/venv/bin/python"), "{:?}", command(gate));
    // It runs the code of the component, in its folders and with memory of its size.
    assert_eq!(gate["resources"]["limits"]["memory"], "2Gi");
    let paths = |container: &Value| -> Vec<String> {
        let mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
        mounts.iter().filter_map(|mount| mount["mountPath"].as_str().map(str::to_owned)).collect()
    };
    assert!(paths(gate).contains(&"/srv/media".to_owned()), "{:?}", paths(gate));
    let worker = pod_spec(find(&bundle, "Deployment", "worker"));
    assert_eq!(worker["terminationGracePeriodSeconds"], 300);
}

#[test]
fn converters_of_others_reach_the_dns_alone() {
    let bundle = stage("documents", "cluster");
    for name in ["tika", "gotenberg"] {
        let spec = pod_spec(find(&bundle, "Deployment", name));
        assert!(spec["initContainers"].as_array().is_none_or(Vec::is_empty));
        let container = &spec["containers"][0];
        assert!(container["command"].is_null(), "the entry point of the image stays");
        let policy = serde_json::to_value(find(&bundle, "NetworkPolicy", name)).expect("JSON");
        let egress = policy["spec"]["egress"].as_array().expect("the way to the DNS");
        assert!(egress.iter().all(|rule| rule["ports"][0]["port"] == 53), "{egress:?}");
        let callers = policy["spec"]["ingress"][0]["from"].as_array().map(Vec::len);
        assert!(callers.is_some_and(|callers| callers > 0), "{policy}");
    }
    assert_eq!(
        pod_spec(find(&bundle, "Deployment", "gotenberg"))["securityContext"]["runAsUser"],
        1001
    );
    // The scratch folder of a program of others is its own.
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    let volume = |container: &Value| {
        let mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
        mounts
            .iter()
            .find(|mount| mount["mountPath"] == "/spool")
            .map(|mount| mount["name"].clone())
    };
    let (own, other) = (volume(&spec["containers"][0]), volume(init(&spec, "scan")));
    assert!(own.is_some() && other.is_some() && own != other, "{own:?} {other:?}");
}

#[test]
fn other_servers_are_bound_waited_for_and_watched_as_the_usual_ones() {
    let bundle = stage("bakery", "cluster");
    let web = main(&bundle, "Deployment", "web");
    for name in ["DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL"] {
        assert!(variables(&web).contains(&name), "{name}");
    }
    let spec = pod_spec(find(&bundle, "Deployment", "web"));
    init(&spec, "wait-for-schema");
    let migrate = pod_spec(find(&bundle, "Job", "migrate"));
    init(&migrate, "wait-for-database");
    let bundle = stage("bakery", "production");
    for exporter in ["mysqld", "memcached"] {
        let is_one = workloads(&bundle).any(|workload| {
            let images = containers(&pod_spec(workload)).into_iter();
            let mut images = images.filter_map(|one| one["image"].as_str().map(str::to_owned));
            images.any(|image| image.contains(exporter))
        });
        assert!(is_one, "{exporter}");
    }
    let text = bundle.emit(seaway_render::Format::Yaml).expect("YAML");
    for exporter in ["postgres-exporter", "redis-exporter", "redis_exporter"] {
        assert!(!text.contains(exporter), "{exporter}");
    }
}

#[test]
fn an_image_with_words_of_its_own_is_asked_for_the_host_that_it_knows() {
    let bundle = stage("translations", "cluster");
    let web = main(&bundle, "Deployment", "web");
    let headers = |probe: &str| web[probe]["httpGet"]["httpHeaders"].clone();
    let host = serde_json::json!({ "name": "Host", "value": "translate.example.com" });
    assert_eq!(headers("readinessProbe"), serde_json::json!([host]));
    let own = serde_json::json!({ "name": "X-Probe", "value": "kubelet" });
    assert_eq!(headers("livenessProbe"), serde_json::json!([host, own]));
}

#[test]
fn django_behind_a_front_end_of_ones_own_is_told_where_tls_ends() {
    let bundle = stage("training", "live");
    let web = main(&bundle, "Deployment", "web");
    assert_eq!(variable(&web, "CSRF_TRUSTED_ORIGINS"), Some("https://fit.example.com"));
    assert_eq!(variable(&web, "SECURE_PROXY_SSL_HEADER"), Some("HTTP_X_FORWARDED_PROTO,https"));
    assert_eq!(variable(&web, "HOME"), Some("/home/app"));
    for (kind, name) in [("Deployment", "nginx"), ("Deployment", "sync")] {
        let all = main(&bundle, kind, name);
        let django =
            ["CSRF_TRUSTED_ORIGINS", "SECURE_PROXY_SSL_HEADER", "SECRET_KEY", "ALLOWED_HOSTS"];
        assert!(django.iter().all(|one| !variables(&all).contains(one)), "{name}");
    }
    let python = workloads(&bundle).flat_map(|workload| containers(&pod_spec(workload)));
    for container in python {
        assert!(!command(&container).contains(&"python"), "{:?}", command(&container));
    }
    assert!(find_maybe(&bundle, "Ingress", "nginx").is_some());
}
