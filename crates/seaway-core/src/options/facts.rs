//! What the compiler has to know about a component: each type of component answers each question in one struct literal.
//!
//! [`Facts`] has no `Default`, and no literal of it uses `..`: a new type of component that leaves a question open does not
//! compile. Everything beside the file of the type (rules, outputs, network policies, proofs, comparisons, monitoring)
//! reads a fact and never asks which type a component has. Where the stack does not say a value and the cluster or the
//! profile decides it, the fact holds the value that was settled; the options keep what was written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::schema_wait::SchemaWait;
use super::{
    App, Authority, Autoscale, Cluster, Expose, Framework, PRODUCTION_REPLICAS, Peer, Profile,
    Protocol, Provides, Role, SslMode,
};
use crate::recipe::Recipe;
use crate::values::{Cidr, DataKey, ExtensionName, Image, MountPath, Name, Port, Quantity};
use crate::{Origin, Sourced};

/// What a component is told about the stage around it.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Name of the component.
    pub name: &'a Sourced<Name>,
    /// What its objects are called, its Service among them.
    pub object: &'a Name,
    /// Name of the stack.
    pub stack: &'a Name,
    /// Namespace of the stage.
    pub namespace: &'a Name,
    /// How strict the stage is.
    pub profile: Profile,
    /// The cluster that the stage is applied to.
    pub cluster: &'a Cluster,
    /// What every process of the application shares.
    pub app: &'a App,
    /// Whether an option of the component was reported as faulty, so that no default takes its place.
    pub is_at_fault: &'a dyn Fn(&str) -> bool,
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").field("name", self.name).finish_non_exhaustive()
    }
}

impl Around<'_> {
    /// Whether the Django preset is on.
    pub fn is_django(&self) -> bool {
        self.app.framework == Framework::Django
    }
}

/// All that the compiler has to know about a component, whatever its type.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Facts {
    /// The word that `type` has in the stack file.
    pub type_name: &'static str,
    /// What its main container runs.
    pub runs: Runs,
    /// The image that makes it another program than the application, where the stack does not say whether it is one.
    pub foreign_image: Option<Origin>,
    /// The program that it runs, the value of `app.kubernetes.io/name`; `None` for the application, which is called like
    /// the stack.
    pub program: Option<Cow<'static, str>>,
    /// The kind of object that makes its pods; `None` if it has none.
    pub workload: Option<Workload>,
    /// Who says its command.
    pub command: CommandSource,
    /// Its role in Celery.
    pub celery: Option<CeleryRole>,
    /// The queues that it takes tasks from; empty for Celery's default queue, and for what takes none.
    pub queues: Vec<Sourced<String>>,
    /// Whether the framework of the application answers requests at its port. It then needs to know its hosts and what
    /// ends TLS before it, and its probes carry a `Host` that it knows.
    pub answers_requests: bool,
    /// Whether a production stage has to say which hosts it answers to.
    pub needs_hosts: bool,
    /// The port of its pods that others reach it at.
    pub port: Option<Sourced<Port>>,
    /// Further ports of its pods, each of which is reached by who refers to it alone.
    pub ports: Ports,
    /// Who reaches it from outside of the stack.
    pub expose: Option<Sourced<Expose>>,
    /// What tells that a pod of it is ready, where the stack does not say it.
    pub health: Health,
    /// Ports at which its processes show metrics of their own, if the stage has `monitoring`.
    pub metrics: Option<RangeInclusive<u16>>,
    /// Seconds that a stopping pod goes on serving, where its server can be told.
    pub drain: Option<Sourced<u32>>,
    /// Seconds that an idle connection stays open, where its server can be told.
    pub keep_alive: Option<Sourced<u32>>,
    /// How many pods it has, where the stack or the profile says so.
    pub replicas: Option<Sourced<u16>>,
    /// Lets Kubernetes choose the number of its pods.
    pub autoscale: Option<Sourced<Autoscale>>,
    /// Most pods of it at a time, without the surge of a rollout.
    pub most_pods: u16,
    /// Whether others wait for its answers, so that production wants two pods of it.
    pub is_called: bool,
    /// Why there must never be two pods of it, as the end of a sentence that begins with its name.
    pub only_one: Option<&'static str>,
    /// Memory of one of its processes.
    pub process_memory: Option<Sourced<Quantity>>,
    /// How it waits for the migrations of the database that it refers to, if it does.
    pub waits_for_schema: Option<SchemaWait>,
    /// How it migrates a database, if that is what it does.
    pub migration: Option<Migration>,
    /// Whether it goes past a pooler straight to the database.
    pub passes_pooler: bool,
    /// The database that it stands before, if it is a pooler.
    pub pooler: Option<Pooler>,
    /// The components that options of its name and that it calls, as a reference in a text does: each has to be there, and the network
    /// policies open the way to it.
    pub calls: Vec<Sourced<Name>>,
    /// How it is dialled as a database by a pooler before it.
    pub upstream: Option<Upstream>,
    /// Outputs that are text. The keys of its Secret are outputs as well; those of a pooler follow from its database.
    pub outputs: BTreeMap<String, String>,
    /// The Secret of its own.
    pub secret: Option<OwnSecret>,
    /// A Secret of `[secrets]` that it reads a user and a password from, and asks callers for.
    pub basic_auth: Option<Sourced<Name>>,
    /// Whether it has to ask for a password where it is public.
    pub needs_auth: bool,
    /// What the application uses it for, each with the output that holds the URL.
    pub provides: Vec<(Provides, &'static str)>,
    /// The variables that the preset binds for it, each with the output that it holds.
    pub bindings: Vec<(&'static str, &'static str)>,
    /// Its roles as a Redis, each with the number of its database; `None` for what is no Redis.
    pub roles: Option<Vec<(Role, usize)>>,
    /// Where its queues are and how they are counted, if it can be a broker of a protocol by which that is known.
    pub broker: Option<BrokerPlace>,
    /// The protocol that it speaks as a backing service, as far as the stack says it.
    pub protocol: Option<Protocol>,
    /// Whether the connection to it is encrypted; `None` if the stack does not say, and of what is no backing service.
    pub encrypted: Option<bool>,
    /// Whether it drops entries when its memory is full.
    pub evicts: bool,
    /// What makes metrics of it.
    pub exporter: Option<Exporter>,
    /// How many connections it takes, and where that is said.
    pub connections: Option<Connections>,
    /// The data that it keeps.
    pub data: Option<Data>,
    /// Extensions that the superuser creates in its database.
    pub extensions: Vec<Sourced<ExtensionName>>,
    /// Whether it is a program that Seaway does not know, and that may look up names of its own accord.
    pub is_unknown_program: bool,
    /// Whether its image has to start as root, for a reason that the stack gives.
    pub runs_as_root: bool,
    /// Whether a volume of its own, called `<component>-data`, holds something that outlives its pods.
    pub keeps_volume: bool,
    /// Volumes of its own by path, each with the claim that holds it.
    pub storage: Vec<Claim>,
    /// Hours within which a run of it has to succeed.
    pub expected_within_hours: Option<Sourced<u32>>,
    /// Whether the stack stops its runs.
    pub is_suspended: bool,
    /// Where it is reached outside of the cluster.
    pub outside: Option<Outside>,
    /// The database that it dumps on a schedule.
    pub dumps: Option<Sourced<Name>>,
    /// The component that it is a workload of.
    pub owner: Option<Sourced<Name>>,
    /// Images that it names beside that of its main container and those of its written containers.
    pub more_images: Vec<Sourced<Image>>,
    /// Whether a container beside it serves the static files of its image.
    pub copies_static: bool,
}

/// Ports of a component beside its own one.
#[derive(Debug, Clone, PartialEq)]
pub struct Ports {
    /// The name of the component's own port, if the stack gives it one.
    pub own: Option<Sourced<Name>>,
    /// Their names and numbers.
    pub by_name: Vec<(Sourced<Name>, Sourced<Port>)>,
    /// The outputs that lead to some of them, each with the ports; `None` stands for the component's own one.
    pub of_outputs: BTreeMap<String, BTreeSet<Option<Name>>>,
}

impl Ports {
    /// No further ports.
    pub(super) fn none() -> Self {
        Self { own: None, by_name: Vec::new(), of_outputs: BTreeMap::new() }
    }

    /// The ports that an output leads to.
    pub fn of_output(&self, output: &str) -> BTreeSet<Option<Name>> {
        self.of_outputs.get(output).cloned().unwrap_or_else(|| BTreeSet::from([None]))
    }

    /// A port by its name.
    pub fn named(&self, name: &Name) -> Option<Sourced<Port>> {
        let mut ports = self.by_name.iter();
        ports.find(|(known, _)| known.value == *name).map(|(_, port)| *port)
    }
}

/// A volume of a component's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The name of the `PersistentVolumeClaim`.
    pub name: String,
    /// Where it is mounted.
    pub path: Sourced<MountPath>,
    /// Its size.
    pub size: Sourced<Quantity>,
}

/// What the main container of a component runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// The image of the application: it shares the settings of `[app]`.
    Application,
    /// An image of its own, and nothing of `[app]`.
    OwnImage,
    /// Nothing in the cluster: it lies outside, with credentials that are there already.
    Outside,
    /// What watches the stage.
    Monitoring,
}

/// The kind of object that makes the pods of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Pods that run on, several at a time.
    Deployment,
    /// One pod that runs on and keeps its name.
    StatefulSet,
    /// A run to the end.
    Job,
    /// Runs to the end, on a schedule.
    CronJob,
}

impl Workload {
    /// Whether its pods run on until they are stopped.
    pub fn runs_on(self) -> bool {
        matches!(self, Self::Deployment | Self::StatefulSet)
    }
}

/// Who says the command of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandSource {
    /// The preset, of the Python package of the project, unless the stack does.
    PresetOfModule,
    /// The preset, unless the stack does.
    Preset,
    /// The stack: without a command there is nothing to run.
    Stack,
    /// Seaway, or the image.
    Image,
}

/// What a component does in Celery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CeleryRole {
    /// Takes tasks from queues and runs them.
    Worker,
    /// Sends tasks when they are due.
    Beat,
    /// Shows workers and tasks.
    Flower,
}

/// What tells that a pod of a component is ready, where the stack does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing but the probes that the stack writes.
    Probes,
    /// The path of the liveness probe serves as well.
    AlsoLiveness,
    /// A path of the program.
    Path(&'static str),
    /// A path of the program, below the first path that is routed to it.
    BelowRoute(&'static str),
}

/// How a component migrates a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// Seconds that a pod waits for the migrations.
    pub wait_seconds: Sourced<u32>,
    /// Seconds that the Job waits for its database and the extensions in it.
    pub database_seconds: Sourced<u32>,
    /// Command of the stack's own that says whether the migrations are there; empty for the preset's.
    pub check_command: Vec<Sourced<String>>,
    /// Whether the preset says how to migrate.
    pub is_preset: bool,
}

/// What a pooler stands before, and how many connections it keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooler {
    /// The component that is the database.
    pub database: Sourced<Name>,
    /// Connections that one pod of it keeps to the database.
    pub pool_size: u16,
}

/// A database as a pooler before it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Host that is dialled.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Name of the database.
    pub database: String,
    /// Name of the user.
    pub username: String,
    /// The Secret with its `password`, by the stack's name.
    pub secret: Name,
    /// How it is verified.
    pub sslmode: SslMode,
    /// The certificates that it is verified by.
    pub ca_file: Option<String>,
}

/// The Secret of a component's own.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnSecret {
    /// The stack's name for it: written, or that of the component.
    pub name: Name,
    /// The keys that it must have, with what is known of their values.
    pub keys: Vec<(DataKey, Recipe)>,
    /// Whether other components may have the same one.
    pub may_be_shared: bool,
}

/// Where a broker is, as something that is not the application has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerPlace {
    /// Its host as a pod of any namespace finds it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it asks for TLS.
    pub tls: bool,
    /// The program that keeps the queues.
    pub server: BrokerServer,
}

/// The program that keeps the queues of a broker.
#[derive(Debug, Clone, PartialEq)]
pub enum BrokerServer {
    /// Redis or Valkey.
    Redis {
        /// The number of the database that holds the queues.
        database: usize,
    },
    /// RabbitMQ.
    Amqp {
        /// The virtual host that holds the queues, if the stack says it.
        vhost: Option<String>,
        /// The port of its management API, if it is reached there.
        management: Option<Sourced<Port>>,
    },
}

/// What makes metrics of a backing service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exporter {
    /// `postgres_exporter`.
    Postgres,
    /// `redis_exporter`.
    Redis,
    /// `mysqld_exporter`.
    Mysqld,
    /// `memcached_exporter`.
    Memcached,
}

impl Exporter {
    /// What makes metrics of a server by its protocol, if the application uses it as one that is watched. What only keeps
    /// results needs none.
    pub(super) fn of(protocol: Option<Protocol>, provides: &[(Provides, &str)]) -> Option<Self> {
        let is_used = |wanted| provides.iter().any(|(what, _)| *what == wanted);
        let is_store = is_used(Provides::Broker) || is_used(Provides::Cache);
        match protocol? {
            Protocol::Postgresql if is_used(Provides::Database) => Some(Self::Postgres),
            Protocol::Mysql if is_used(Provides::Database) => Some(Self::Mysqld),
            Protocol::Redis if is_store => Some(Self::Redis),
            Protocol::Memcached if is_store => Some(Self::Memcached),
            // RabbitMQ shows its metrics itself.
            Protocol::Postgresql
            | Protocol::Mysql
            | Protocol::Redis
            | Protocol::Memcached
            | Protocol::Amqp
            | Protocol::Http => None,
        }
    }
}

/// How many connections a server takes at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Connections {
    /// The argument `max_connections=…` of its container says it.
    OfArgument,
    /// An option says it, for each of so many pods.
    OfOption {
        /// All that it takes.
        most: Sourced<i64>,
        /// The option.
        option: &'static str,
        /// The pods that it holds for each.
        pods: i64,
    },
}

/// The data that a backing service keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// What runs there, for somebody who reads it.
    pub program: String,
    /// Its major version, where the format of the files follows from it.
    pub major: Option<u32>,
    /// The host of the server itself, where the cluster may have another name for it.
    pub host: Option<String>,
    /// Whether it outlives the pods.
    pub durable: bool,
}

/// Where a backing service is reached outside of the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The way to it.
    pub way: Way,
    /// What a text of the stack would call it by.
    pub named: String,
    /// The certificates that it is verified by, if the stack says some.
    pub authority: Option<Sourced<Authority>>,
}

/// The way to a component outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// The TCP port.
    pub port: Sourced<Port>,
    /// Where it leads to.
    pub peers: Vec<Sourced<Peer>>,
}

impl Facts {
    /// Whether it runs the application, and so shares the settings of `[app]`.
    pub fn is_application(&self) -> bool {
        self.runs == Runs::Application
    }

    /// Whether requests reach its framework.
    pub fn serves(&self) -> bool {
        self.answers_requests && self.port.is_some()
    }

    /// Whether it lies outside of the cluster.
    pub fn is_outside(&self) -> bool {
        self.runs == Runs::Outside
    }

    /// Whether it watches the stage, or is a workload of what does.
    pub fn is_monitoring(&self) -> bool {
        self.runs == Runs::Monitoring
    }

    /// The port that others reach it at, wherever it is.
    pub fn own_port(&self) -> Option<Sourced<Port>> {
        self.port.or_else(|| Some(self.outside.as_ref()?.way.port))
    }

    /// All of its ports that others can reach.
    pub fn all_ports(&self) -> impl Iterator<Item = Sourced<Port>> {
        let further = self.ports.by_name.iter().map(|(_, port)| *port);
        self.own_port().into_iter().chain(further)
    }

    /// Whether the application uses it as that.
    pub fn is_used_as(&self, what: Provides) -> bool {
        self.provides.iter().any(|(provided, _)| *provided == what)
    }

    /// Whether it is reachable from outside of the stack.
    pub fn is_public(&self) -> bool {
        self.expose.as_ref().is_some_and(|expose| !matches!(expose.value, Expose::ClusterIp(_)))
    }
}

/// Most pods of a component with these options.
pub(super) fn most_pods(
    replicas: Option<&Sourced<u16>>,
    autoscale: Option<&Sourced<Autoscale>>,
) -> u16 {
    autoscale.map_or_else(|| replicas.map_or(1, |replicas| replicas.value), |scale| scale.max.value)
}

/// The outputs of what is reached by HTTP at a Service of its name.
pub(super) fn served(service: &Name, port: u16) -> BTreeMap<String, String> {
    let url = if port == HTTP_PORT {
        format!("http://{service}")
    } else {
        format!("http://{service}:{port}")
    };
    texts([("host", service.to_string()), ("port", port.to_string()), ("url", url)])
}

/// Outputs by name.
pub(super) fn texts<const N: usize>(entries: [(&str, String); N]) -> BTreeMap<String, String> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Port of the Service of a web component: plain HTTP.
pub const HTTP_PORT: u16 = 80;

/// A key known at compile time.
pub(crate) fn key(text: &str) -> DataKey {
    // Only called with literals that are keys; a wrong one shows in every test.
    DataKey::try_from(text.to_owned()).unwrap_or_else(|fault| unreachable!("{fault}"))
}

/// The ranges as written, or that of the cluster's network, in which what the stack keeps in AWS lies unless it says more:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>.
pub(super) fn in_network(cluster: &Cluster, written: &[Sourced<Cidr>]) -> Vec<Sourced<Cidr>> {
    if written.is_empty() { cluster.network.iter().cloned().collect() } else { written.to_vec() }
}

/// The path of the certificates that a server is verified by.
pub(super) fn ca_file(name: &Name, ca: Option<&Sourced<Authority>>) -> Option<String> {
    ca.and_then(|ca| ca.path(name))
}

/// How many pods production gives to what others call, where the stack does not say how many.
pub(super) fn production_replicas(around: &Around<'_>) -> Option<Sourced<u16>> {
    let at_fault = (around.is_at_fault)("replicas") || (around.is_at_fault)("autoscale");
    (around.profile == Profile::Production && !at_fault)
        .then(|| Sourced::default_for(2, &PRODUCTION_REPLICAS))
}

/// The stack's name for the Secret of a component: written, or that of the component.
pub(super) fn own_secret(written: Option<&Sourced<Name>>, component: &Name) -> Name {
    written.map_or_else(|| component.clone(), |secret| secret.value.clone())
}

/// The variable that the preset binds, for what a backing service is used for.
pub const fn bound_name(provides: Provides) -> &'static str {
    match provides {
        Provides::Database => "DATABASE_URL",
        Provides::Cache => "CACHE_URL",
        Provides::Broker => "CELERY_BROKER_URL",
        Provides::Results => "CELERY_RESULT_BACKEND",
    }
}

/// The variables that the preset binds for what a component is used for, each with the output that it holds.
pub(super) fn bound(provides: &[(Provides, &'static str)]) -> Vec<(&'static str, &'static str)> {
    provides.iter().map(|(what, output)| (bound_name(*what), *output)).collect()
}

/// The name of a workload that belongs to a component. One that is too long is reported by a rule.
pub(crate) fn below(name: &Name, workload: &str) -> Name {
    Name::try_from(format!("{name}-{workload}")).unwrap_or_else(|_| name.clone())
}
