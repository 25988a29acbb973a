//! The environment variables that differ, in the processes that both stages have.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, EnvVar};
use seaway_core::policy;

use super::{VariableChange, changed};
use crate::fields::line;
use crate::{Bundle, containers};

/// The sources of variables, by process and name. Containers of a process rarely differ; where they do, all are told.
type Variables<'a> = BTreeMap<&'a str, BTreeMap<String, BTreeSet<String>>>;

pub(super) fn changes(from: &Bundle, to: &Bundle) -> Vec<VariableChange> {
    let (old, new) = (variables(from), variables(to));
    let mut rows: BTreeMap<VariableChange, Vec<String>> = BTreeMap::new();
    for (process, was) in &old {
        let Some(is) = new.get(process) else { continue };
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for name in names {
            let told = |of: Option<&BTreeSet<String>>| {
                of.map(|of| of.iter().cloned().collect::<Vec<_>>().join(" or "))
            };
            let (was, is) = (told(was.get(name)), told(is.get(name)));
            let Some(change) = changed(was.as_ref(), is.as_ref()) else { continue };
            let row = VariableChange { name: name.clone(), change, was, is, processes: Vec::new() };
            rows.entry(row).or_default().push((*process).to_owned());
        }
    }
    rows.into_iter().map(|(row, processes)| VariableChange { processes, ..row }).collect()
}

fn variables(stage: &Bundle) -> Variables<'_> {
    let mut found = Variables::new();
    for object in &stage.objects {
        let part = object.component.as_ref().and_then(|name| stage.stack.parts.get(&name.value));
        let Some(part) = part.filter(|part| part.facts.is_application()) else { continue };
        let Some((spec, _)) = object.body.pod_spec() else { continue };
        let of = found.entry(&part.name.value).or_default();
        for (_, container) in containers::all(spec) {
            for (name, source) in sources(container) {
                of.entry(name).or_default().insert(source);
            }
        }
    }
    found
}

fn sources(container: &Container) -> Vec<(String, String)> {
    let variables = container.env.iter().flatten();
    let mut found: Vec<(String, String)> =
        variables.map(|variable| (variable.name.clone(), source(variable))).collect();
    for from in container.env_from.iter().flatten() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        let config = from.config_map_ref.iter().map(|config| format!("ConfigMap/{}", config.name));
        let secret = from.secret_ref.iter().map(|secret| format!("Secret/{}", secret.name));
        found.extend(config.chain(secret).map(|whole| (format!("{prefix}*"), whole)));
    }
    found
}

/// Where a value comes from; the value itself only if it is text that is no secret.
fn source(variable: &EnvVar) -> String {
    let Some(from) = &variable.value_from else {
        let text = variable.value.as_deref().unwrap_or_default();
        return if policy::secret(&variable.name, text).is_some() {
            "a text that is not shown".to_owned()
        } else {
            line(text)
        };
    };
    if let Some(secret) = &from.secret_key_ref {
        return format!("Secret/{} key {}", secret.name, secret.key);
    }
    if let Some(config) = &from.config_map_key_ref {
        return format!("ConfigMap/{} key {}", config.name, config.key);
    }
    if let Some(field) = &from.field_ref {
        return format!("field {}", field.field_path);
    }
    match &from.resource_field_ref {
        Some(resource) => format!("resource {}", resource.resource),
        None => "another source".to_owned(),
    }
}
