//! The environment of a container, as the kubelet makes it.

use std::net::Ipv4Addr;

use crate::manifest::{EnvSource, EnvVar, Manifest, Metadata};

/// What a pod knows of itself, for `fieldRef`.
pub(crate) struct Facts {
    pub(crate) metadata: Metadata,
    pub(crate) service_account: String,
    pub(crate) pod_ip: Ipv4Addr,
    pub(crate) host_ip: Ipv4Addr,
}

impl Facts {
    /// What a `fieldPath` stands for.
    pub(crate) fn field(&self, path: &str) -> String {
        match path {
            "metadata.name" => self.metadata.name.clone(),
            "metadata.namespace" => self.metadata.namespace.clone(),
            "spec.serviceAccountName" => self.service_account.clone(),
            "status.podIP" => self.pod_ip.to_string(),
            "status.hostIP" => self.host_ip.to_string(),
            path => panic!("fieldPath {path} is not emulated"),
        }
    }
}

/// Variables by name; a later one of the same name wins.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Environment(Vec<(String, String)>);

impl Environment {
    /// The variables of an image.
    pub(crate) fn new(variables: &[(&str, String)]) -> Self {
        Self(variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    /// Adds what the YAML of a container says; a `$(NAME)` sees only what the YAML said before it.
    pub(crate) fn extend(&mut self, wanted: &[EnvVar], manifest: &Manifest, facts: &Facts) {
        let mut before = Self::default();
        for variable in wanted {
            let value = match (&variable.value, &variable.value_from) {
                (Some(text), None) => before.expand(text),
                (None, None) => String::new(),
                (None, Some(source)) => value_from(source, manifest, facts),
                (Some(_), Some(_)) => panic!("{} has both a value and a source", variable.name),
            };
            before.set(&variable.name, value.clone());
            self.set(&variable.name, value);
        }
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets a variable, in place of one of that name.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value));
    }

    /// As the words `NAME=value` of `env`.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, value)| format!("{name}={value}"))
    }

    /// Puts the value in place of each `$(NAME)`; an unknown name stays as it is, and `$$` is one dollar.
    pub(crate) fn expand(&self, text: &str) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            if let Some(escaped) = after.strip_prefix('$') {
                result.push('$');
                rest = escaped;
            } else if let Some((name, behind)) =
                after.strip_prefix('(').and_then(|inner| inner.split_once(')'))
            {
                let unknown = || format!("$({name})");
                result += &self.get(name).map_or_else(unknown, str::to_owned);
                rest = behind;
            } else {
                result.push('$');
                rest = after;
            }
        }
        result + rest
    }
}

fn value_from(source: &EnvSource, manifest: &Manifest, facts: &Facts) -> String {
    match source {
        EnvSource::Secret(from) => manifest.text("Secret", &from.name, &from.key),
        EnvSource::ConfigMap(from) => manifest.text("ConfigMap", &from.name, &from.key),
        EnvSource::Field { field_path, .. } => facts.field(field_path),
    }
}

#[test]
fn variables_are_expanded_as_the_kubelet_does_it() {
    let environment = Environment::new(&[("NAME", "value".to_owned()), ("EMPTY", String::new())]);
    let cases = [
        ("$(NAME)", "value"),
        ("a$(NAME)b$(EMPTY)c", "avaluebc"),
        ("$(UNKNOWN) $NAME ${NAME}", "$(UNKNOWN) $NAME ${NAME}"),
        ("$$(NAME) $$$(NAME) $$$$", "$(NAME) $value $$"),
        ("$(NAME", "$(NAME"),
        ("costs 5$", "costs 5$"),
    ];
    for (text, expanded) in cases {
        assert_eq!(environment.expand(text), expanded, "{text}");
    }
}
