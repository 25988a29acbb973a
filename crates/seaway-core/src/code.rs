//! The kinds of problems, each with its name and a page that explains it.

mod page;
mod table;

pub use page::{Example, Page, Role};

use table::TABLE;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is printed but this.
    Error,
    /// The output is printed; somebody should look.
    Warning,
    /// It is for information: what follows from a change.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The kind of a [`Diagnostic`](crate::Diagnostic). Names are stable: scripts and editors match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The file is not TOML.
    Syntax,
    /// A key that the language does not have.
    UnknownField,
    /// A word that is none of those allowed.
    UnknownValue,
    /// A component type that does not exist.
    UnknownType,
    /// A value of the wrong TOML type.
    WrongType,
    /// A required key is not there.
    MissingField,
    /// A value of the right type that can not be.
    InvalidValue,
    /// Two keys that exclude each other.
    Conflict,
    /// A version of Seaway that the stack does not ask for.
    SeawayVersion,
    /// A stage that the stack does not have.
    UnknownStage,
    /// Stages, types or stack files that extend each other in a circle.
    CyclicExtends,
    /// `false` where there is nothing to remove.
    NothingToRemove,
    /// A reference that is not well-formed.
    BadReference,
    /// A reference to a component that the stage does not have.
    UnknownComponent,
    /// A reference to an output that the component does not have.
    UnknownOutput,
    /// A reference to a Secret that no contract declares.
    UnknownSecret,
    /// A reference to a key that the Secret or the config does not have.
    UnknownKey,
    /// A reference to a config that the stage does not have.
    UnknownConfig,
    /// A mount of a volume that the stage does not have.
    UnknownVolume,
    /// A file that the stack names and nobody handed over.
    MissingFile,
    /// Several backing services could be meant.
    AmbiguousBinding,
    /// Broker and cache in one Redis database.
    SharedRedisDatabase,
    /// A secret put together with other text where its characters break the result.
    SecretInUrl,
    /// A literal that looks like a secret.
    SecretLiteral,
    /// Programs that read Secrets from variables where the application reads files.
    SecretVariables,
    /// A setting that must not reach production.
    UnsafeSetting,
    /// An image without a tag, or with one that moves.
    UnpinnedImage,
    /// An image of a registry that is gone.
    RetiredImage,
    /// Images of a registry that another pod has credentials for.
    MissingPullSecret,
    /// An image that is not the application's, in a component that is run like it.
    ForeignImage,
    /// A program of PostgreSQL that is older than the server it is run against.
    OlderClient,
    /// A start command that breaks in a replicated or restarted process.
    UnsafeCommand,
    /// A volume that only one pod can mount, mounted by several.
    SharedVolume,
    /// A process that is public and asks for no password.
    PublicWithoutAuth,
    /// A public process that only a generated value of development guards.
    GuessableSecret,
    /// A backing service of a production stage asks for no password.
    NoPassword,
    /// A production stage that is reached without TLS.
    PlainHttp,
    /// A backing service of a production stage that is reached without TLS.
    PlainConnection,
    /// An object of a kind or shape that Kubernetes does not have.
    InvalidObject,
    /// Rules of a custom resource that are not checked.
    UncheckedRules,
    /// A patch that hits nothing.
    PatchWithoutTarget,
    /// Two objects of one kind and name.
    DuplicateObject,
    /// A namespace in which objects of others may have the same names.
    SharedNamespace,
    /// Labels of a namespace that somebody else owns.
    NamespaceLabels,
    /// A name of an object that the bundle does not have.
    DanglingReference,
    /// A selector that selects nothing, or not what it should.
    SelectorMismatch,
    /// A name or value that the API server would refuse.
    InvalidName,
    /// `$(VAR)` of a variable that is not defined before it.
    UndefinedVariable,
    /// `$NAME`, which nothing expands.
    UnexpandedVariable,
    /// A fixed number of pods beside an autoscaler.
    FixedReplicas,
    /// Two autoscalers of one workload.
    TwoAutoscalers,
    /// A disruption budget that no drain of a node gets past.
    BlockedDrain,
    /// Rules of placement that no node or pod can meet.
    Unschedulable,
    /// Two things written to one path or port of a pod.
    TwoWriters,
    /// Two places that do not agree on a port.
    PortMismatch,
    /// A declared edge without a way through the network policies.
    MissingFlow,
    /// A way through the network policies that no edge declares.
    UndeclaredFlow,
    /// A variable that names a host outside, to which no way leads.
    NoWayOut,
    /// A way out to all addresses, private ones included.
    WideEgress,
    /// A container that is not the application's and holds something of it.
    ForeignValue,
    /// A text that names a Service of the stage without a reference.
    UnreferencedService,
    /// Something that the platform of the stage does not take.
    PlatformMismatch,
    /// A process that reads the database and does not wait for its schema.
    UnmigratedReader,
    /// A backing service that nothing refers to.
    UnusedComponent,
    /// A volume, config or Secret that nothing mounts or reads.
    UnusedDeclaration,
    /// Workers, beat or Flower without a broker.
    NoBroker,
    /// A component that changed its type, and that the application does not find any more.
    LostRole,
    /// A database that processes read and nothing migrates.
    NoMigrate,
    /// Workers of which none takes Celery's default queue.
    NoDefaultQueue,
    /// A command of a worker without the options that the preset would say.
    DroppedOptions,
    /// A backing service that nothing watches, although the stage is watched.
    Unwatched,
    /// An annotation of pods that is read on other objects.
    UnreadAnnotation,
    /// A health check of a load balancer that is redirected.
    RedirectedHealthCheck,
    /// An amount that is no Kubernetes quantity.
    InvalidQuantity,
    /// A request that is larger than its limit.
    RequestOverLimit,
    /// A number that the API server does not take.
    OutOfRange,
    /// Fields of an object that exclude each other.
    ExclusiveFields,
    /// An object without a field that it needs.
    IncompleteObject,
    /// A quota that the stage does not fit into.
    ExceededQuota,
    /// A grace period that ends before what runs is done.
    ShortGrace,
    /// More connections to a database than it takes.
    TooManyConnections,
    /// Processes that need more memory than their container may have.
    MemoryOverLimit,
    /// A probe that gives up before the process has started.
    ShortStartup,
    /// A deadline to start that the controller of `CronJobs` can miss.
    ShortDeadline,
    /// A wait that ends before what it waits for has to.
    ShortWait,
    /// A scratch volume that what has to lie in it does not fit into.
    SmallScratch,
    /// Tasks that may run longer than the broker waits for them.
    RedeliveredTasks,
    /// An object that is larger than what `kubectl apply` can keep a copy of.
    LargeObject,
    /// A process that lost its probes.
    NoProbes,
    /// A process of which there must be one, with a way to run twice.
    RunsTwice,
    /// A process of production that is called and has one pod.
    SingleReplica,
    /// An API that the newest cluster of the stage does not have any more.
    RemovedApi,
    /// An API that is going to be removed.
    DeprecatedApi,
    /// A field or an API that the oldest cluster of the stage does not have yet.
    TooNew,
    /// A Job of each release that deletes data.
    DestructiveJob,
    /// A database in the cluster of production without a backup.
    NoBackup,
    /// Earlier output of another stack or stage.
    OtherOutput,
    /// A changed field of an object that is in the cluster and can not change.
    ImmutableField,
    /// A volume of earlier output that is gone.
    LostData,
    /// Data in a volume that stays, which the new program can not read.
    UnreadableData,
    /// A changed config that no pod is restarted for.
    StaleConfig,
    /// Pods that an apply would stop, because the number of pods leaves the object.
    LostReplicas,
    /// A key that a Secret of somebody else needs before the apply.
    NewSecretKey,
    /// A Job that runs a second time and deletes data.
    RunsAgain,
    /// A code that is allowed and does not occur.
    UnusedAllow,
    /// A fault of the compiler itself.
    Internal,
}

impl Code {
    /// All codes.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(code, ..)| *code)
    }

    /// The code of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|code| code.as_str() == name)
    }

    /// The kebab-case name.
    pub fn as_str(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// Whether a stack may allow it, with a reason: where it is a judgement, and the output is one that a cluster
    /// takes. What does not compile or would be refused is not up for that.
    pub fn can_be_allowed(self) -> bool {
        matches!(
            self,
            Self::SharedRedisDatabase
                | Self::SecretInUrl
                | Self::SecretLiteral
                | Self::UnsafeSetting
                | Self::UndefinedVariable
                | Self::UnpinnedImage
                | Self::RetiredImage
                | Self::MissingPullSecret
                | Self::UnsafeCommand
                | Self::SharedVolume
                | Self::PublicWithoutAuth
                | Self::GuessableSecret
                | Self::LargeObject
                | Self::NoPassword
                | Self::PlainHttp
                | Self::PlainConnection
                | Self::FixedReplicas
                | Self::TwoAutoscalers
                | Self::BlockedDrain
                | Self::Unschedulable
                | Self::SharedNamespace
                | Self::PortMismatch
                | Self::MissingFlow
                | Self::UndeclaredFlow
                | Self::NoWayOut
                | Self::WideEgress
                | Self::SelectorMismatch
                | Self::UnreferencedService
                | Self::PlatformMismatch
                | Self::UnexpandedVariable
                | Self::UnmigratedReader
                | Self::UnusedComponent
                | Self::UnusedDeclaration
                | Self::NoBroker
                | Self::LostRole
                | Self::NoMigrate
                | Self::NoDefaultQueue
                | Self::DroppedOptions
                | Self::Unwatched
                | Self::UnreadAnnotation
                | Self::RedirectedHealthCheck
                | Self::ExceededQuota
                | Self::ShortGrace
                | Self::TooManyConnections
                | Self::MemoryOverLimit
                | Self::ShortStartup
                | Self::RedeliveredTasks
                | Self::NoProbes
                | Self::RunsTwice
                | Self::SingleReplica
                | Self::DeprecatedApi
                | Self::ShortDeadline
                | Self::ShortWait
                | Self::SmallScratch
                | Self::DestructiveJob
                | Self::NoBackup
                | Self::OtherOutput
                | Self::LostData
                | Self::UnreadableData
                | Self::StaleConfig
                | Self::LostReplicas
                | Self::NewSecretKey
                | Self::RunsAgain
        )
    }

    /// Whether a stack allows it by name only: what is a secret is never allowed as a whole.
    pub fn is_allowed_by_name(self) -> bool {
        self == Self::SecretLiteral
    }

    /// Whether it is found only by a look at earlier output.
    pub fn needs_earlier_output(self) -> bool {
        matches!(
            self,
            Self::OtherOutput
                | Self::ImmutableField
                | Self::LostData
                | Self::UnreadableData
                | Self::StaleConfig
                | Self::LostReplicas
                | Self::NewSecretKey
                | Self::RunsAgain
        )
    }

    /// How bad it is, unless what reports it knows better.
    pub fn severity(self) -> Severity {
        match self {
            Self::SharedNamespace
            | Self::DeprecatedApi
            | Self::ShortDeadline
            | Self::ShortWait
            | Self::SmallScratch
            | Self::UnusedAllow
            | Self::UnusedComponent
            | Self::UnusedDeclaration
            | Self::NoMigrate
            | Self::NoDefaultQueue
            | Self::DroppedOptions
            | Self::Unwatched
            | Self::UnreadAnnotation
            | Self::RedirectedHealthCheck
            | Self::UnreferencedService
            | Self::PlatformMismatch
            | Self::NoWayOut
            | Self::WideEgress
            | Self::UnexpandedVariable
            | Self::NewSecretKey
            | Self::DestructiveJob
            | Self::MissingPullSecret
            | Self::NoBackup
            | Self::RunsAgain
            | Self::GuessableSecret
            | Self::LargeObject => Severity::Warning,
            Self::NamespaceLabels | Self::UncheckedRules | Self::SecretVariables => Severity::Note,
            _ => Severity::Error,
        }
    }

    /// What it says, in a phrase.
    pub fn summary(self) -> &'static str {
        TABLE[self as usize].2
    }

    /// What is wrong, why that matters, and what to write instead.
    pub fn page(self) -> Page {
        Page::parse(TABLE[self as usize].3)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_code_in_order() {
        for (index, (code, ..)) in TABLE.iter().enumerate() {
            assert_eq!(*code as usize, index);
        }
        assert_eq!(Code::Internal as usize + 1, TABLE.len());
    }
}
