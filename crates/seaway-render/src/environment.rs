//! The effective environment of each container: what a variable holds, or where its value comes from, and who set it.
//!
//! Effective is what the kubelet makes of it: of two entries of one name the later one wins, `env` wins over `envFrom`, and
//! `$(NAME)` stands for a variable that comes before
//! (<https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>). What the image
//! itself sets is not known, and neither are the variables of Services, which are off in the pods of the stack.
//!
//! No value of a Secret is in it, nor a text that looks like one.

mod expand;
mod setter;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, EnvFromSource};
use seaway_core::{Code, Diagnostic, Reported, Sink, Source, suggest};
use serde::Serialize;

use crate::containers::{self, INIT};
use crate::object::{joined, namespace};
use crate::{Bundle, Object};
use setter::{Setter, Setters};

pub use setter::{SetBy, SetterKind, WrittenAt};
pub(crate) use value::Holders;
pub use value::Value;

/// The environment of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// The component that it belongs to; null for an object of the user's own.
    pub component: Option<String>,
    /// Kind of the object that makes its pod.
    pub kind: String,
    /// Name of that object.
    pub object: String,
    /// Name of the container.
    pub container: String,
    /// When it runs.
    pub runs: Runs,
    /// Its variables by name.
    pub variables: Vec<Variable>,
}

/// When a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// As long as its pod.
    Main,
    /// To its end, before the main containers start.
    Init,
    /// Beside the main containers: a native sidecar.
    Sidecar,
}

/// A variable of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name; of all keys of a Secret or `ConfigMap` that only the cluster knows, their prefix and `*`.
    pub name: String,
    /// What it holds, or where that comes from.
    pub value: Value,
    /// Whether `envFrom` brings it, and not `env`.
    pub env_from: bool,
    /// Who set it.
    pub set_by: SetBy,
}

/// The environments of all containers of a stage, by component: those of the user's own objects come last. With
/// `component`, those of that component alone; it is an error if the stage has no such component.
pub fn of(
    bundle: &Bundle,
    source: &Source,
    component: Option<&str>,
    sink: &mut Sink,
) -> Result<Vec<Environment>, Reported> {
    if let Some(name) = component.filter(|name| bundle.stack.part(name).is_none()) {
        return Err(sink.error(unknown(bundle, name)));
    }
    let is_wanted = |object: &&Object| {
        let of = object.component.as_ref().map(|name| &*name.value as &str);
        component.is_none_or(|wanted| of == Some(wanted))
    };
    let mut objects: Vec<&Object> = bundle.objects.iter().filter(is_wanted).collect();
    objects.sort_by_key(|object| {
        let name = object.component.as_ref().map(|name| &name.value);
        (name.is_none(), name)
    });
    let setters = Setters::of(bundle, source);
    let holders = Holders::of(bundle);
    Ok(objects.into_iter().flat_map(|object| of_object(object, &setters, &holders)).collect())
}

/// Nobody can say what the containers of a component see that is not there.
fn unknown(bundle: &Bundle, name: &str) -> Diagnostic {
    let known = bundle.stack.parts.keys().map(|name| &**name);
    Diagnostic::error(Code::UnknownComponent, format!("unknown component `{name}`"))
        .origin(bundle.stack.stage.origin, "not part of this stage")
        .help_maybe(suggest::nearest_or_all(name, known))
}

fn of_object<'a>(
    object: &'a Object,
    setters: &Setters<'a>,
    holders: &Holders<'a>,
) -> Vec<Environment> {
    let Some((spec, path)) = object.body.pod_spec() else { return Vec::new() };
    let parts = object.origins.parts();
    let environment = |(list, container): (&str, &'a Container)| {
        let setter = setters.container(object, container, &parts);
        let at = joined(&[path, ".", list, "[", &container.name, "]"]);
        let runs = match list {
            INIT if containers::is_sidecar(container) => Runs::Sidecar,
            INIT => Runs::Init,
            _ => Runs::Main,
        };
        Environment {
            component: object.component.as_ref().map(|name| name.value.to_string()),
            kind: object.body.kind().to_owned(),
            object: object.body.name().to_owned(),
            container: container.name.clone(),
            runs,
            variables: variables(container, &at, namespace(object), &setter, holders),
        }
    };
    containers::all(spec).map(environment).collect()
}

/// The variables of a container as its program finds them.
fn variables<'a>(
    container: &'a Container,
    path: &str,
    namespace: &'a str,
    setter: &Setter<'_>,
    holders: &Holders<'a>,
) -> Vec<Variable> {
    let mut found: BTreeMap<String, Variable> = BTreeMap::new();
    for (at, source) in container.env_from.iter().flatten().enumerate() {
        let set_by = setter.of_source(&format!("{path}.envFrom[{at}]"));
        for (name, value) in brought(source, namespace, holders) {
            let set_by = set_by.clone();
            found.insert(name.clone(), Variable { name, value, env_from: true, set_by });
        }
    }
    // The texts that later variables can use: those of `envFrom` lie in the cluster.
    let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for variable in container.env.iter().flatten() {
        let name = variable.name.clone();
        let value = holders.value(variable, &texts);
        texts.insert(&variable.name, value.text().map(str::to_owned));
        let set_by = setter.of_variable(&joined(&[path, ".env[", &name, "]"]), variable);
        found.insert(name.clone(), Variable { name, value, env_from: false, set_by });
    }
    found.into_values().collect()
}

/// What a source of `envFrom` brings, by name.
fn brought<'a>(
    source: &'a EnvFromSource,
    namespace: &'a str,
    holders: &Holders<'a>,
) -> Vec<(String, Value)> {
    let prefix = source.prefix.as_deref().unwrap_or_default();
    let each = |keys: Option<&BTreeSet<&str>>, value: &dyn Fn(Option<&str>) -> Value| match keys {
        Some(keys) => keys.iter().map(|key| (format!("{prefix}{key}"), value(Some(key)))).collect(),
        None => vec![(format!("{prefix}*"), value(None))],
    };
    let mut brought = Vec::new();
    if let Some(from) = &source.config_map_ref {
        let keys = holders.keys_of_config(namespace, &from.name);
        brought.extend(each(keys, &|key| Value::config_map(&from.name, key, from.optional)));
    }
    if let Some(from) = &source.secret_ref {
        let keys = holders.keys_of_secret(namespace, &from.name);
        brought.extend(each(keys, &|key| Value::secret(&from.name, key, from.optional)));
    }
    brought
}
