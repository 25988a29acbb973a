//! What is judged alike in the stack's own words and in those of Kubernetes: commands, images, values of variables.
//!
//! The rules of the language look at what a component says, and those of the bundle at patches and at objects of the user's
//! own. Both ask here, so that a thing is told in the same words wherever it was written.

mod commands;
mod images;
mod values;

pub use commands::{Start, command, is_rq_worker, tokens};
pub use images::{registry, unpinned, without_digest};
pub use values::{any_host, credentials_in_url, debug, secret};

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
}

impl Judgement {
    fn error(code: Code, message: impl Into<String>, label: &'static str, help: &str) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            label,
            help: help.to_owned(),
        }
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
        diagnostic
    }
}
