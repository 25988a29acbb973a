//! How a command ends. The codes are part of the contract with scripts and listed in every help text.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It did what it was asked to do.
    Done,
    /// The stack has errors, or something could not be read or written.
    Failed,
    /// It was called the wrong way; clap ends with the same code.
    Usage,
    /// Who read standard output went away, as `head` does.
    BrokenPipe,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Failed => 1,
            Status::Usage => 2,
            // What a shell reports for a process that SIGPIPE ended: 128 + 13. Rust ignores the signal.
            Status::BrokenPipe => 141,
        })
    }
}
