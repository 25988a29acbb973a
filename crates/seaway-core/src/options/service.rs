//! `type = "service"`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Allow, Pod};
use super::expose::Expose;
use super::external::{Provided, Provides};
use super::facts::{
    Around, BrokerPlace, BrokerServer, Claim, CommandSource, Connections, Data, Exporter, Facts,
    Health, OwnSecret, Ports, Runs, Workload, bound, most_pods, own_secret,
};
use super::image_run::program_of;
use super::project::Project;
use super::protocol::Protocol;
use super::texts::{self, Visit};
use super::urls::path_of_url;
use super::web::Autoscale;
use super::{ComponentType, ports, settled};
use crate::Sourced;
use crate::recipe::{Piece, Recipe};
use crate::values::{
    DataKey, Justification, MountPath, Name, Part as Word, Port, Quantity, Reference, Template,
};

/// A program of somebody else, from an image of its own: a search engine, a broker, a converter of documents.
///
/// Becomes a `Deployment` of one pod, or with `storage` a `StatefulSet` of one pod and a `PersistentVolumeClaim` for each path;
/// with ports also a `Service`, with `keys` a Secret contract. It gets nothing of `[app]`: no variable, no mount, no Secret,
/// no binding, no way through the network policies, and it waits for no migrations.
/// Outputs: `host`; with a port `port`, and `url` where it speaks HTTP; `NAME-port` for each of `ports`; each of `keys`; what
/// `outputs` says. Who refers to `NAME-port` reaches that port, who refers to anything else reaches `port`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Service {
    /// What every component that runs pods takes.
    #[serde(rename = "$pod")]
    #[schemars(flatten)]
    pub pod: Pod,
    /// Command in place of the image's entry point, a word an item.
    #[serde(default)]
    pub command: Vec<Sourced<String>>,
    /// Arguments of the command or entry point.
    #[serde(default)]
    pub args: Vec<Sourced<String>>,
    /// Port that others reach it at.
    pub port: Option<Sourced<Port>>,
    /// Further ports by name, which also names them in the `Service`.
    #[serde(default)]
    pub ports: BTreeMap<Sourced<Name>, Sourced<Port>>,
    /// Sizes of volumes that outlive its pod, by the path at which each is mounted; they can only grow. The claim is called by
    /// component and path: `search-meili-data`.
    #[serde(default)]
    pub storage: BTreeMap<Sourced<MountPath>, Sourced<Quantity>>,
    /// Storage class of its volumes, one that the cluster has; `cluster.storage-class` if it is not written, else the cluster's default one.
    pub storage_class: Option<Sourced<Name>>,
    /// Keys of its own Secret, each a password or token that nobody else gives out: `${self.KEY}` in its `env` and `outputs`.
    #[serde(default)]
    pub keys: Vec<Sourced<DataKey>>,
    /// Secret with its keys; the component's name if it is not written.
    pub secret: Option<Sourced<Name>>,
    /// Further outputs: text with `${self.host}`, `${self.port}`, `${self.NAME-port}` and `${self.KEY}`. One that holds a key
    /// is a URL: it is a key of the Secret itself, in which the values of others are percent-encoded.
    #[serde(default)]
    pub outputs: BTreeMap<Sourced<DataKey>, Sourced<Template>>,
    /// What the preset binds it as: one word, or a list; without it, or without an output `url`, nothing is bound.
    pub provides: Option<Sourced<Provided>>,
    /// The protocol that it speaks at `port`; if it is not written, the port says it if it is that of a protocol.
    pub protocol: Option<Sourced<Protocol>>,
    /// Most connections that it takes, if it is a database; known, it is compared with what the stage opens.
    pub max_connections: Option<Sourced<u32>>,
    /// Why its image has to start as root, as some do that give folders to another user first: it then runs as user 0 with the
    /// five capabilities that this takes, and the namespace admits what Pod Security `baseline` does, instead of `restricted`.
    pub run_as_root: Option<Sourced<Justification>>,
    /// Why its image runs as its own user alone. On a platform that chooses user ids, as OpenShift does, that is a warning.
    pub fixed_user: Option<Sourced<Justification>>,
    /// Why it has to write into its image. Prefer `mounts` with `scratch` at the paths that it writes.
    pub writable_root: Option<Sourced<Justification>>,
    /// Pods that run at the same time. If it is not written, there is one, and a rollout ends it before the next one starts; with
    /// it, a new pod answers before an old one leaves. With `storage` there is one.
    pub replicas: Option<Sourced<u16>>,
    /// Lets Kubernetes choose the number of pods; excludes `replicas`.
    pub autoscale: Option<Sourced<Autoscale>>,
    /// Who reaches its port.
    pub expose: Option<Sourced<Expose>>,
}

/// What `${self.…}` stands for in the outputs of a service.
pub(crate) enum Own {
    /// Text.
    Text(String),
    /// A key of its Secret.
    Key(DataKey),
}

impl Service {
    /// Whether there is never more than one pod, in a rollout either: a program that nobody knows may not stand a second one.
    pub fn is_singleton(&self) -> bool {
        !self.storage.is_empty() || (self.replicas.is_none() && self.autoscale.is_none())
    }

    /// The port that others reach it at: `port`, else the one of `ports` that is known for a protocol, else the only one.
    fn main_port(&self) -> Option<(Option<&Sourced<Name>>, Sourced<Port>)> {
        ports::main(self.port, &self.ports)
    }

    /// The protocol that it speaks, as far as the stack says it.
    pub fn protocol(&self) -> Option<Protocol> {
        let of_port = || Protocol::from_port(self.main_port()?.1.get());
        self.protocol.map(|written| written.value).or_else(of_port)
    }

    /// The name of its port in its pods and its `Service`.
    pub fn port_name(&self) -> String {
        match self.main_port() {
            Some((Some(name), _)) => name.to_string(),
            _ => self.protocol().unwrap_or(Protocol::Http).as_str().to_owned(),
        }
    }

    /// Whether it answers HTTP, as far as one knows.
    fn is_http(&self) -> bool {
        self.protocol().is_none_or(|protocol| protocol == Protocol::Http)
    }

    /// What it provides.
    fn provides(&self) -> Vec<(Provides, &'static str)> {
        let provided = self.provides.as_ref().map(|provided| provided.value.all());
        provided.unwrap_or_default().into_iter().map(|what| (what, "url")).collect()
    }

    /// The words behind `self.` that its outputs can have.
    pub(crate) fn own_words(&self) -> Vec<String> {
        let ports = ports::outputs(&self.ports).map(|(output, _)| output);
        let port = self.main_port().map(|_| "port".to_owned());
        let keys = self.keys.iter().map(ToString::to_string);
        std::iter::once("host".to_owned()).chain(port).chain(ports).chain(keys).collect()
    }

    /// What a reference in its outputs stands for, by its name and that of its Service; `None` for what it has not, which a rule tells.
    pub(crate) fn own(
        &self,
        (name, service): (&Name, &Name),
        reference: &Reference,
    ) -> Option<Own> {
        if reference.owner != "self" && reference.owner != **name {
            return None;
        }
        let path = reference.path.as_str();
        if let Some(key) = self.keys.iter().find(|key| *key.value == *path) {
            return Some(Own::Key(key.value.clone()));
        }
        let number = match path {
            "host" => return Some(Own::Text(service.to_string())),
            "port" => self.main_port()?.1,
            _ => ports::of_output(&self.ports, path)?.1,
        };
        Some(Own::Text(number.get().to_string()))
    }

    /// Its outputs that are text, and those that are composed of keys of its Secret.
    fn outputs(&self, names: (&Name, &Name)) -> (BTreeMap<String, String>, Vec<(DataKey, Recipe)>) {
        let (_, service) = names;
        let mut texts = BTreeMap::from([("host".to_owned(), service.to_string())]);
        texts.extend(ports::outputs(&self.ports));
        if let Some((_, port)) = self.main_port() {
            texts.insert("port".to_owned(), port.get().to_string());
            if self.is_http() {
                texts.insert("url".to_owned(), format!("http://{service}:{}", port.get()));
            }
        }
        let mut composed = Vec::new();
        for (output, template) in &self.outputs {
            let pieces = self.pieces(names, template);
            let text: Option<String> = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Some(text.as_str()),
                    Piece::Key(_) | Piece::Of { .. } | Piece::Opaque => None,
                })
                .collect();
            if let Some(text) = text {
                texts.insert(output.to_string(), text);
            } else {
                texts.remove(&**output as &str);
                composed.push((output.value.clone(), Recipe::Composed(pieces)));
            }
        }
        (texts, composed)
    }

    /// Its ports beside its own one. An output of its own leads to the ports that it is made of.
    fn further_ports(&self, own: Option<&Sourced<Name>>) -> Ports {
        let mut found = ports::further(&self.ports, own);
        for (output, template) in &self.outputs {
            let paths = template.references().map(|(reference, _)| reference.path.as_str());
            let paths = paths.filter(|path| *path == "port" || path.ends_with("-port"));
            let port = |path: &str| {
                let (name, _) = ports::of_output(&self.ports, path)?;
                (Some(name) != own).then(|| name.value.clone())
            };
            let ports: BTreeSet<Option<Name>> = paths.map(port).collect();
            if !ports.is_empty() {
                found.of_outputs.insert(output.to_string(), ports);
            }
        }
        found
    }

    /// An output as text and keys. What is at fault is left out.
    fn pieces(&self, names: (&Name, &Name), template: &Template) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for word in &template.parts {
            let text = match word {
                Word::Text(text) => text.clone(),
                Word::Reference(reference, _) => match self.own(names, reference) {
                    Some(Own::Text(text)) => text,
                    Some(Own::Key(key)) => {
                        pieces.push(Piece::Key(key));
                        continue;
                    }
                    None => continue,
                },
                Word::Malformed { .. } => continue,
            };
            match pieces.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&text),
                _ => pieces.push(Piece::Text(text)),
            }
        }
        pieces
    }

    /// Where a RabbitMQ shows metrics of its own: its plugin, at the further port `prometheus`
    /// (<https://www.rabbitmq.com/docs/prometheus>).
    fn own_metrics(&self) -> Option<RangeInclusive<u16>> {
        let port = self.ports.iter().find(|(name, _)| *name.value == *"prometheus");
        let (_, port) = port.filter(|_| self.protocol() == Some(Protocol::Amqp))?;
        Some(port.get()..=port.get())
    }

    /// Where its queues are, if it is a broker of a protocol by which they are counted.
    fn broker(&self, around: &Around<'_>, provides: &[(Provides, &str)]) -> Option<BrokerPlace> {
        provides.iter().find(|(what, _)| *what == Provides::Broker)?;
        let url = self.outputs.iter().find(|(name, _)| *name.value == *"url");
        let path = url.and_then(|(_, url)| path_of_url(url.written()));
        let path = path.filter(|path| !path.is_empty());
        let server = match self.protocol()? {
            Protocol::Redis => {
                let number = path.and_then(|path| path.parse().ok());
                BrokerServer::Redis { database: number.unwrap_or(0) }
            }
            Protocol::Amqp => {
                let management = self.ports.iter().find(|(name, _)| *name.value == *"management");
                BrokerServer::Amqp {
                    vhost: path.map(str::to_owned),
                    management: management.map(|(_, port)| *port),
                }
            }
            Protocol::Postgresql | Protocol::Mysql | Protocol::Memcached | Protocol::Http => {
                return None;
            }
        };
        Some(BrokerPlace {
            host: format!("{}.{}.svc", around.object, around.namespace),
            port: self.main_port()?.1.get(),
            tls: false,
            server,
        })
    }
}

/// The claim of a path: called by component and path, whatever other paths there are.
pub(crate) fn claim_of(component: &Name, path: &MountPath) -> String {
    let words: Vec<String> = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    format!("{component}-{}", words.join("-"))
}

impl ComponentType for Service {
    fn pod(&self) -> Option<&Pod> {
        Some(&self.pod)
    }

    fn project(&self) -> Option<&Project> {
        None
    }

    fn allow(&self) -> &Allow {
        &self.pod.allow
    }

    fn command(&self) -> &[Sourced<String>] {
        &self.command
    }

    fn visit_texts(&mut self, visit: &mut Visit<'_>) {
        texts::words(&mut self.command, visit);
        texts::words(&mut self.args, visit);
        texts::exposed(self.expose.as_mut(), visit);
        texts::of_pod(&mut self.pod, visit);
    }

    fn facts(&self, type_name: &'static str, around: &Around<'_>) -> Facts {
        let (outputs, composed) = self.outputs((around.name, around.object));
        let keys = self.keys.iter().map(|key| (key.value.clone(), Recipe::Opaque));
        let keys: Vec<(DataKey, Recipe)> = keys.chain(composed).collect();
        let secret = (!keys.is_empty() || self.secret.is_some()).then(|| OwnSecret {
            name: own_secret(self.secret.as_ref(), around.name),
            keys,
            may_be_shared: false,
        });
        let provides = self.provides();
        let protocol = self.protocol();
        let image = self.pod.shared.image.as_ref();
        let is_stored = !self.storage.is_empty();
        let (main, port) = self.main_port().unzip();
        let storage = self.storage.iter().map(|(path, size)| Claim {
            name: claim_of(around.object, path),
            path: path.clone(),
            size: *size,
        });
        Facts {
            type_name,
            runs: Runs::OwnImage,
            foreign_image: None,
            program: image.and_then(|image| program_of(image)).or(Some(Cow::Borrowed(type_name))),
            workload: Some(if is_stored { Workload::StatefulSet } else { Workload::Deployment }),
            command: CommandSource::Image,
            celery: None,
            queues: Vec::new(),
            answers_requests: false,
            needs_hosts: false,
            port,
            ports: self.further_ports(main.flatten()),
            expose: settled::exposed(self.expose.as_ref(), around),
            health: Health::Probes,
            metrics: self.own_metrics(),
            drain: None,
            keep_alive: None,
            replicas: self.replicas,
            autoscale: self.autoscale.clone(),
            most_pods: most_pods(self.replicas.as_ref(), self.autoscale.as_ref()),
            is_called: false,
            only_one: None,
            process_memory: None,
            waits_for_schema: None,
            migration: None,
            passes_pooler: false,
            pooler: None,
            calls: Vec::new(),
            upstream: None,
            outputs,
            secret,
            basic_auth: None,
            needs_auth: false,
            bindings: bound(&provides),
            roles: None,
            broker: self.broker(around, &provides),
            protocol,
            encrypted: Some(false),
            evicts: false,
            exporter: Exporter::of(protocol, &provides),
            connections: self.max_connections.map(|most| Connections::OfOption {
                most: most.map(i64::from),
                option: "max-connections",
                pods: 1,
            }),
            data: (!provides.is_empty()).then(|| Data {
                program: image
                    .and_then(|image| program_of(image))
                    .map_or(type_name.to_owned(), Cow::into_owned),
                major: None,
                host: None,
                durable: is_stored,
            }),
            provides,
            extensions: Vec::new(),
            is_unknown_program: true,
            runs_as_root: self.run_as_root.is_some(),
            keeps_volume: false,
            storage: storage.collect(),
            expected_within_hours: None,
            is_suspended: false,
            outside: None,
            dumps: None,
            owner: None,
            more_images: Vec::new(),
            copies_static: false,
        }
    }
}
