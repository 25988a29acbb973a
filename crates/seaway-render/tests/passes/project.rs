//! Where the parts of the Django project are, in the commands that Seaway writes.

use std::collections::BTreeSet;

use seaway_core::{Source, Stack, preset};
use serde_json::Value;

use crate::common::{all, compile, told};
use crate::support::{bundle, containers, pod_spec, workloads};

const STACK: &str = "name = \"s\"\n[app]\nimage = \"a:1\"\nmodule = \"s\"\npython = \"python3\"\ncelery = \"config.celery_app\"\n\
                     [components]\ndb.type = \"postgres\"\nbroker = { type = \"redis\", durable = true }\nmigrate.type = \"migrate\"\n\
                     web = { type = \"web\", static-files = { type = \"sidecar\" } }\nworker.type = \"worker\"\nbeat.type = \"beat\"\nflower.type = \"flower\"\n\
                     other = { type = \"worker\", python = \"/opt/venv/bin/python\", celery = \"jobs:app\" }\n[stages.x]\n";

/// All words of all containers of the component, those of probes included.
fn words(stack: &str, component: &str) -> Vec<Vec<String>> {
    let bundle = bundle(stack);
    let of = workloads(&bundle).find(|object| {
        object.body.name() == component || object.body.name().starts_with(&format!("{component}-"))
    });
    let spec = pod_spec(of.unwrap_or_else(|| panic!("no {component}")));
    let mut commands = Vec::new();
    for container in containers(&spec) {
        let probes = ["startupProbe", "readinessProbe", "livenessProbe"];
        let probes = probes.iter().map(|probe| container[*probe]["exec"]["command"].clone());
        for command in probes.chain([container["command"].clone()]) {
            let command = command.as_array().cloned().unwrap_or_default();
            let command = command.iter().filter_map(Value::as_str).map(str::to_owned);
            commands.push(command.collect::<Vec<_>>());
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn programs(stack: &str, component: &str) -> Vec<String> {
    let commands = words(stack, component);
    let inner = commands.iter().filter_map(|command| {
        command.iter().position(|word| word == "--").map(|at| command[at + 1].clone())
    });
    let mut all: Vec<String> = commands.iter().map(|command| command[0].clone()).collect();
    all.extend(inner);
    all
}

#[test]
fn every_command_of_ours_begins_with_the_interpreter() {
    for component in ["migrate", "web", "worker", "beat", "other"] {
        let found = programs(STACK, component);
        let wanted = if component == "other" { "/opt/venv/bin/python" } else { "python3" };
        let of_python: Vec<_> =
            found.iter().filter(|word| !["gunicorn", "nginx"].contains(&&***word)).collect();
        assert!(of_python.len() > 1, "{component}: {found:?}");
        assert!(of_python.iter().all(|word| *word == wanted), "{component}: {found:?}");
        let usual = programs(&STACK.replace("python = \"python3\"\n", ""), component);
        let usual: Vec<&str> = usual.iter().map(String::as_str).collect();
        assert_eq!(usual.contains(&"python"), component != "other", "{component}: {usual:?}");
    }
}

#[test]
fn the_gate_runs_in_the_interpreter_of_its_component() {
    let gate = |component| {
        let commands = words(STACK, component);
        let gate = commands.iter().find(|command| command.iter().any(|word| word == "--check"));
        gate.cloned().unwrap_or_else(|| panic!("{component} has no gate"))
    };
    assert_eq!(gate("web")[0], "python3");
    assert_eq!(gate("other")[0], "/opt/venv/bin/python");
    assert_eq!(gate("other")[4], "/opt/venv/bin/python");
}

#[test]
fn celery_runs_the_application_that_is_written() {
    let app = |component| {
        let commands = words(STACK, component);
        let mut all = commands.iter().flatten().filter(|word| word.starts_with("--app="));
        all.next().cloned()
    };
    assert_eq!(app("worker").as_deref(), Some("--app=config.celery_app"));
    assert_eq!(app("beat").as_deref(), Some("--app=config.celery_app"));
    assert_eq!(app("flower").as_deref(), Some("--app=config.celery_app"));
    assert_eq!(app("other").as_deref(), Some("--app=jobs:app"));
}

/// The usual names of all variables that the preset binds in a stack.
fn bound(stack: &Stack) -> BTreeSet<&'static str> {
    let parts = stack.parts.values();
    let lists = parts.flat_map(|part| part.container_env.values().chain([&part.env]));
    lists.flatten().filter_map(|variable| Some(variable.bound.as_ref()?.usual)).collect()
}

/// Binds what no stack of the repository does.
const RARE: &str = r#"name = "s"
app = { image = "a:1", module = "s", hosts = ["shop.example.com"] }
secrets = { otlp.keys = ["headers"], s3.keys = ["access-key-id", "secret-access-key"] }
cluster = { provider = "eks", network = "10.0.0.0/16", provides = ["ClusterIssuer/le"] }
[components]
a = { type = "web", expose = { type = "ingress", from-namespaces = ["ingress"], issuer = "le" } }
b = { type = "web", expose = { type = "alb", certificate = "arn:aws:acm:us-east-1:111122223333:certificate/0b3a" }, probes.readiness.path = "/readyz" }
files = { type = "s3", bucket = "files", endpoint = "https://s3.example.com", region = "x", roles = ["media", "static"], prefix = "p", custom-domain = "f.example.com", secret = "s3" }
monitoring = { type = "monitoring", traces = { host = "otlp.example.com", cidrs = ["192.0.2.0/24"], tls = true, secret = "otlp" } }
[stages.x]
"#;

#[test]
fn the_reference_lists_what_is_bound_and_nothing_else() {
    let listed: BTreeSet<&str> = preset::rows().iter().map(|row| row.name).collect();
    let mut found = BTreeSet::new();
    let rare = ("rare".to_owned(), Source::new("stack.toml", RARE), "x".to_owned());
    for (name, source, stage) in all().into_iter().chain([rare]) {
        let (bundle, diagnostics) = compile(&source, &stage);
        let bundle = bundle.unwrap_or_else(|| panic!("{name}: {}", told(&source, &diagnostics)));
        found.extend(bound(&bundle.stack));
    }
    assert_eq!(found, listed);
}

#[test]
fn every_variable_of_the_preset_can_be_named_in_bind() {
    let named = preset::names();
    for row in preset::rows() {
        // The addresses are pieces of the hosts.
        let is_piece = ["HOST_IP", "POD_IP"].contains(&row.name);
        assert_eq!(named.contains_key(row.name), !is_piece, "{}", row.name);
        assert!(!row.value.is_empty() && !row.who.is_empty(), "{row:?}");
    }
}
