//! The kinds of problems, each with its name.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is printed but this.
    Error,
    /// The output is printed; somebody should look.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
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
    /// A stage that the stack does not have.
    UnknownStage,
    /// Stages that extend each other in a circle.
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
    /// A setting that must not reach production.
    UnsafeSetting,
    /// An image without a tag, or with one that moves.
    UnpinnedImage,
    /// An image of a registry that is gone.
    RetiredImage,
    /// A start command that breaks in a replicated or restarted process.
    UnsafeCommand,
    /// A volume that only one pod can mount, mounted by several.
    SharedVolume,
    /// A process that is public and asks for no password.
    PublicWithoutAuth,
    /// An object of a kind or shape that Kubernetes does not have.
    InvalidObject,
    /// A patch that hits nothing.
    PatchWithoutTarget,
    /// Two objects of one kind and name.
    DuplicateObject,
    /// A name of an object that the bundle does not have.
    DanglingReference,
    /// A selector that selects nothing, or not what it should.
    SelectorMismatch,
    /// A name or value that the API server would refuse.
    InvalidName,
    /// `$(VAR)` of a variable that is not defined before it.
    UndefinedVariable,
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
    /// A process that reads the database and does not wait for its schema.
    UnmigratedReader,
    /// A backing service that nothing refers to.
    UnusedComponent,
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
    /// An API that the newest cluster of the stage does not have any more.
    RemovedApi,
    /// An API that is going to be removed.
    DeprecatedApi,
    /// A field or an API that the oldest cluster of the stage does not have yet.
    TooNew,
    /// A changed field of an object that is in the cluster and can not change.
    ImmutableField,
    /// A volume of earlier output that is gone.
    LostData,
    /// A changed config that no pod is restarted for.
    StaleConfig,
    /// A code that is allowed and does not occur.
    UnusedAllow,
    /// A fault of the compiler itself.
    Internal,
}

/// Each code with its name and what it says, in the order of the enum.
const TABLE: &[(Code, &str, &str)] = &[
    (Code::Syntax, "syntax", "the file is not TOML"),
    (Code::UnknownField, "unknown-field", "a key that the language does not have"),
    (Code::UnknownValue, "unknown-value", "a word that is none of those allowed"),
    (Code::UnknownType, "unknown-type", "a component type that does not exist"),
    (Code::WrongType, "wrong-type", "a value of the wrong TOML type"),
    (Code::MissingField, "missing-field", "a required key is not there"),
    (Code::InvalidValue, "invalid-value", "a value of the right type that can not be"),
    (Code::Conflict, "conflict", "two keys that exclude each other"),
    (Code::UnknownStage, "unknown-stage", "a stage that the stack does not have"),
    (Code::CyclicExtends, "cyclic-extends", "stages that extend each other in a circle"),
    (Code::NothingToRemove, "nothing-to-remove", "`false` where there is nothing to remove"),
    (Code::BadReference, "bad-reference", "a reference that is not well-formed"),
    (Code::UnknownComponent, "unknown-component", "a component that the stage does not have"),
    (Code::UnknownOutput, "unknown-output", "an output that the component does not have"),
    (Code::UnknownSecret, "unknown-secret", "a Secret that no contract declares"),
    (Code::UnknownKey, "unknown-key", "a key that the Secret or the config does not have"),
    (Code::UnknownConfig, "unknown-config", "a config that the stage does not have"),
    (Code::UnknownVolume, "unknown-volume", "a volume that the stage does not have"),
    (Code::MissingFile, "missing-file", "a file that the stack names is not there"),
    (Code::AmbiguousBinding, "ambiguous-binding", "several backing services could be meant"),
    (Code::SharedRedisDatabase, "shared-redis-database", "broker and cache in one Redis database"),
    (Code::SecretInUrl, "secret-in-url", "a secret whose characters can break the URL around it"),
    (Code::SecretLiteral, "secret-literal", "a literal that looks like a secret"),
    (Code::UnsafeSetting, "unsafe-setting", "a setting that must not reach production"),
    (Code::UnpinnedImage, "unpinned-image", "an image without a tag, or with one that moves"),
    (Code::RetiredImage, "retired-image", "an image of a registry that is gone"),
    (
        Code::UnsafeCommand,
        "unsafe-command",
        "a command that breaks when a process is replicated or stopped",
    ),
    (
        Code::SharedVolume,
        "shared-volume",
        "a volume that only one pod can mount, mounted by several",
    ),
    (Code::PublicWithoutAuth, "public-without-auth", "a public process that asks for no password"),
    (
        Code::InvalidObject,
        "invalid-object",
        "an object of a kind or shape that Kubernetes does not have",
    ),
    (Code::PatchWithoutTarget, "patch-without-target", "a patch that hits nothing"),
    (Code::DuplicateObject, "duplicate-object", "two objects of one kind and name"),
    (Code::DanglingReference, "dangling-reference", "a name of an object that is not there"),
    (Code::SelectorMismatch, "selector-mismatch", "a selector that selects nothing, or too much"),
    (Code::InvalidName, "invalid-name", "a name or value that the API server would refuse"),
    (
        Code::UndefinedVariable,
        "undefined-variable",
        "`$(VAR)` of a variable that is not defined before it",
    ),
    (Code::FixedReplicas, "fixed-replicas", "a fixed number of pods beside an autoscaler"),
    (Code::TwoAutoscalers, "two-autoscalers", "two autoscalers of one workload"),
    (Code::BlockedDrain, "blocked-drain", "a disruption budget that blocks every drain of a node"),
    (Code::Unschedulable, "unschedulable", "rules of placement that nothing can meet"),
    (Code::TwoWriters, "two-writers", "two things at one path or port of a pod"),
    (Code::PortMismatch, "port-mismatch", "two places that do not agree on a port or its protocol"),
    (
        Code::MissingFlow,
        "missing-flow",
        "a declared edge without a way through the network policies",
    ),
    (
        Code::UndeclaredFlow,
        "undeclared-flow",
        "a way through the network policies that no reference declares",
    ),
    (
        Code::UnmigratedReader,
        "unmigrated-reader",
        "a process that reads the database and does not wait for its schema",
    ),
    (Code::UnusedComponent, "unused-component", "a backing service that nothing refers to"),
    (Code::InvalidQuantity, "invalid-quantity", "an amount that is no Kubernetes quantity"),
    (Code::RequestOverLimit, "request-over-limit", "a request that is larger than its limit"),
    (Code::OutOfRange, "out-of-range", "a number outside the range that the API server takes"),
    (Code::ExclusiveFields, "exclusive-fields", "fields of an object that exclude each other"),
    (Code::IncompleteObject, "incomplete-object", "an object without a field that it needs"),
    (Code::ExceededQuota, "exceeded-quota", "a quota that the stage does not fit into"),
    (Code::RemovedApi, "removed-api", "an API that a cluster of the stage does not have any more"),
    (Code::DeprecatedApi, "deprecated-api", "an API that is going to be removed"),
    (
        Code::TooNew,
        "too-new",
        "a field or an API that the oldest cluster of the stage does not have yet",
    ),
    (
        Code::ImmutableField,
        "immutable-field",
        "a change of a field that can not change in the cluster",
    ),
    (Code::LostData, "lost-data", "a volume of earlier output that is gone"),
    (
        Code::StaleConfig,
        "stale-config",
        "a changed config that rolls none of the pods that read it",
    ),
    (Code::UnusedAllow, "unused-allow", "a problem that is allowed and does not occur"),
    (Code::Internal, "internal", "a fault of the compiler itself"),
];

impl Code {
    /// All codes.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(code, ..)| *code)
    }

    /// The kebab-case name.
    pub fn as_str(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The code of that name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| *known == name).map(|(code, ..)| *code)
    }

    /// Whether a stack may allow it, with a reason: where it is a judgement, and the output is one that a cluster
    /// takes. What does not compile or would be refused is not up for that, and no secret ever is.
    pub fn can_be_allowed(self) -> bool {
        matches!(
            self,
            Self::SharedRedisDatabase
                | Self::SecretInUrl
                | Self::UnpinnedImage
                | Self::RetiredImage
                | Self::UnsafeCommand
                | Self::SharedVolume
                | Self::PublicWithoutAuth
                | Self::FixedReplicas
                | Self::TwoAutoscalers
                | Self::BlockedDrain
                | Self::Unschedulable
                | Self::PortMismatch
                | Self::MissingFlow
                | Self::UndeclaredFlow
                | Self::UnmigratedReader
                | Self::UnusedComponent
                | Self::ExceededQuota
                | Self::DeprecatedApi
                | Self::LostData
                | Self::StaleConfig
        )
    }

    /// Whether it is found only by a look at earlier output.
    pub fn needs_earlier_output(self) -> bool {
        matches!(self, Self::ImmutableField | Self::LostData | Self::StaleConfig)
    }

    /// How bad it is, unless what reports it knows better.
    pub fn severity(self) -> Severity {
        match self {
            Self::DeprecatedApi | Self::UnusedAllow | Self::UnusedComponent => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What it says, in a phrase.
    pub fn summary(self) -> &'static str {
        TABLE[self as usize].2
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
