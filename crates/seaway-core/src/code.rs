//! The kinds of problems, each with its name.

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
