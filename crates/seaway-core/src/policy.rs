//! What is judged alike in the stack's own words and in those of Kubernetes: commands, images, values of variables.
//!
//! The rules of the language look at what a component says, and those of the bundle at patches and at objects of the user's
//! own. Both ask here, so that a thing is told in the same words wherever it was written.

mod commands;
mod images;
mod secrets;
mod values;

pub use commands::{Start, command, deletes, is_rq_worker, names_program, tokens};
pub use images::{registry, unpinned, without_digest};
pub use secrets::{
    credentials_in_url, declaring, form, in_command, key_of, masked, no_secret, secret, secret_at,
};
pub use values::{any_host, debug, is_on};

use crate::{Code, Diagnostic, Severity};

/// What is wrong with something, before its place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// A lower-case phrase.
    pub message: String,
    /// What to say of the place; may be empty.
    pub label: &'static str,
    /// What to write instead.
    pub help: String,
    /// What it is about, so that a stack can allow it for that alone: the name of a variable, a word of a command.
    pub subject: Option<String>,
}

impl Judgement {
    fn error(code: Code, message: impl Into<String>, label: &'static str, help: &str) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            label,
            help: help.to_owned(),
            subject: None,
        }
    }

    /// Says what it is about.
    fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// An error in production, and a warning elsewhere.
    fn strict(mut self, production: bool) -> Self {
        if !production {
            self.severity = Severity::Warning;
        }
        self
    }

    /// The diagnostic, still without a place.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::error(self.code, self.message.clone()).help(self.help.clone());
        diagnostic.severity = self.severity;
        diagnostic.subject = self.subject.as_deref().map(Into::into);
        diagnostic
    }
}
