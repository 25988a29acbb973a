//! The command line of Seaway: files, terminal and exit codes. The only crate that does I/O.
//!
//! A command is one file in [`commands`]. It reads a stack with [`files`] and earlier output with [`earlier`], compiles
//! and compares with `seaway-render`, and hands the outcome to [`out`], to standard output, or to [`messages`].
//!
//! Modules are listed lowest first: each uses only those above it.

mod status;
mod args;
mod messages;
mod panics;
mod files;
mod edit;
mod git;
mod earlier;
mod marker;
mod out;
mod parallel;
mod commands;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::run(&args::Args::parse()).into()
}
