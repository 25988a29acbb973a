//! Values that must not be text, or must not reach production.

use k8s_openapi::api::core::v1::{Container, Secret};
use seaway_core::stack::{Part, Variable, VariableValue};
use seaway_core::{Code, Sink, policy};

use super::super::at::At;
use super::super::index::{Index, fault};
use super::{part_of, told};
use crate::{Body, Object, containers};

pub(super) fn check(index: &Index<'_>, sink: &mut Sink) {
    for object in index.objects {
        match &object.body {
            Body::Secret(secret) if index.stack.is_production() => values(object, secret, sink),
            Body::ConfigMap(config) if object.is_own => {
                for (key, text) in config.data.iter().flatten() {
                    if let Some(judgement) = policy::secret(key, text) {
                        sink.report(told(&judgement, object, At::path("data").field(key)));
                    }
                }
            }
            _ => {}
        }
    }
    for workload in &index.pods.workloads {
        let part = part_of(index, workload.object);
        let (_, path) = workload.object.body.pod_spec().unwrap_or((workload.spec, "spec"));
        let pod = At::path(path);
        for (list, container) in containers::all(workload.spec) {
            variables(
                index,
                workload.object,
                part,
                container,
                pod.item(list, &container.name),
                sink,
            );
        }
    }
}

/// No secret value is an input or an output of a production stage.
fn values(object: &Object, secret: &Secret, sink: &mut Sink) {
    let text = secret.string_data.iter().flatten().map(|(key, _)| ("stringData", key));
    let bytes = secret.data.iter().flatten().map(|(key, _)| ("data", key));
    for (field, key) in text.chain(bytes) {
        let name = object.body.name();
        let message = format!("a production stage holds the value of `{key}` of Secret `{name}`");
        sink.report(
            fault(Code::SecretLiteral, object, format!("{field}.{key}"), message).help(format!(
                "declare it, `secrets.{name}.keys = [\"{key}\"]`, and create the Secret before the stack is applied"
            )),
        );
    }
}

fn variables(
    index: &Index<'_>,
    object: &Object,
    part: Option<&Part>,
    container: &Container,
    path: At<'_>,
    sink: &mut Sink,
) {
    for variable in container.env.iter().flatten() {
        let Some(text) = &variable.value else { continue };
        if part.is_some_and(|part| is_of_stack(part, &variable.name, text)) {
            continue;
        }
        let strict = index.stack.is_production();
        let all = [
            policy::secret(&variable.name, text),
            strict.then(|| policy::debug(&variable.name, text)).flatten(),
            strict.then(|| policy::any_host(&variable.name, text)).flatten(),
        ];
        for judgement in all.into_iter().flatten() {
            let path = path.item("env", &variable.name);
            sink.report(told(&judgement, object, path.field("value")));
        }
    }
}

/// Whether a variable has the value that the stack gives it.
fn is_of_stack(part: &Part, name: &str, text: &str) -> bool {
    let is_same = |one: &Variable| {
        &*one.name == name
            && matches!(&one.value.value, VariableValue::Text(value) if value == text)
    };
    part.env.iter().any(is_same) || part.container_env.values().flatten().any(is_same)
}
