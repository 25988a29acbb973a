//! Where the parts of the Django project are, in the commands that Seaway writes.

use seaway_core::Sink;
use seaway_core::binding::BOUND;
use serde_json::Value;

use crate::common::all;
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

#[test]
fn every_variable_of_the_preset_can_be_named_in_bind() {
    for (name, source, stage) in all() {
        let document = seaway_core::parse(&source, &mut Sink::default());
        let stack = seaway_core::resolve(&source, &document, &stage, &mut Sink::default());
        let stack = stack.unwrap_or_else(|_| panic!("{name}"));
        for part in stack.parts.values().filter(|part| part.project.module.is_some()) {
            for variable in &part.env {
                // The addresses are pieces of the hosts.
                let is_piece = matches!(variable.setting(), "HOST_IP" | "POD_IP");
                if variable.value.origin.span().is_none() && !is_piece {
                    assert!(BOUND.contains(&variable.setting()), "{name}: {}", variable.name);
                }
            }
        }
    }
}
