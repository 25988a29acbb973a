//! The checked, ordered objects of one stage.

use std::collections::BTreeSet;

use seaway_core::Stack;
use seaway_core::shell::{Command, command};

use crate::emit::{self, Format};
use crate::{Body, Object, names, order};

/// The objects of a stage in the order in which they are applied; nothing in it dangles.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// The stage that they were made of.
    pub stack: Stack,
    /// The objects.
    pub objects: Vec<Object>,
}

impl Bundle {
    /// The whole stage as one stream.
    pub fn emit(&self, format: Format) -> Result<String, emit::Error> {
        // What an object takes on average; room that has to grow is copied each time.
        let mut out = String::with_capacity(self.objects.len() * 2048);
        emit::stream(&self.objects, format, &mut out)?;
        Ok(out)
    }

    /// Commands that bring what watches the stage to `localhost`, each with what is there: nothing of it is public.
    pub fn forwards(&self) -> Vec<Command> {
        self.forwarded().into_iter().map(|(_, _, command)| command).collect()
    }

    /// What is looked at, its port on `localhost`, and the command that brings it there.
    pub(crate) fn forwarded(&self) -> Vec<(&'static str, i32, Command)> {
        const SHOWN: [&str; 3] = ["grafana", "prometheus", "alertmanager"];
        let mut commands = Vec::new();
        for shown in SHOWN {
            for object in self.objects.iter().filter(|object| !object.is_own) {
                let Body::Service(service) = &object.body else { continue };
                let label = |key| service.metadata.labels.as_ref()?.get(key);
                let is_shown = label(names::COMPONENT).is_some_and(|part| part == "monitoring")
                    && label(names::NAME).is_some_and(|name| name == shown);
                let ports = service.spec.as_ref().and_then(|spec| spec.ports.as_ref());
                let Some(port) = ports.and_then(|ports| ports.first()).filter(|_| is_shown) else {
                    continue;
                };
                let namespace = service.metadata.namespace.as_deref().unwrap_or("default");
                let (name, port) = (object.body.name(), port.port);
                let command = command(
                    "kubectl port-forward --namespace {} service/{} {}",
                    &[&namespace, &name, &port.to_string()],
                );
                commands.push((shown, port, command));
            }
        }
        commands
    }

    /// One file an object: `010-deployment-web.yaml`. The number is the place in the order of application, which
    /// `kubectl apply -f FOLDER` follows by name; a cluster needs the namespace before what lies in it.
    ///
    /// Places of one kind share a number, so that a new object renames no other file.
    pub fn files(&self, format: Format) -> Result<Vec<(String, String)>, emit::Error> {
        let mut files = Vec::new();
        for (object, name) in self.objects.iter().zip(self.file_names(format)) {
            let mut text = String::new();
            emit::document(object, format, &mut text)?;
            files.push((name, text));
        }
        Ok(files)
    }

    /// The names of the files with an object whose deletion takes data along: claims and volumes, and the Namespace around them.
    /// Empty for a stage without data.
    pub fn data_files(&self, format: Format) -> Vec<String> {
        let files = || self.objects.iter().zip(self.file_names(format));
        let has_data =
            files().any(|(object, _)| object.holds_data() && object.body.kind() != "Namespace");
        let holding = files().filter(|(object, _)| has_data && object.holds_data());
        holding.map(|(_, name)| name).collect()
    }

    /// The names of the files, in the order of the objects.
    pub(crate) fn file_names(&self, format: Format) -> Vec<String> {
        let extension = format.extension();
        let mut names = BTreeSet::new();
        let name = |object: &Object| {
            let (kind, own) = (object.body.kind(), object.body.name());
            let stem = format!(
                "{:03}-{}-{}",
                order::rank(kind) * 10,
                kind.to_lowercase(),
                own.chars().filter(|c| !matches!(c, '/' | ':')).take(200).collect::<String>()
            );
            // Two custom resources of one kind can differ in their API group alone.
            let mut name = format!("{stem}.{extension}");
            let mut twin = 2;
            while !names.insert(name.clone()) {
                name = format!("{stem}-{twin}.{extension}");
                twin += 1;
            }
            name
        };
        self.objects.iter().map(name).collect()
    }
}
