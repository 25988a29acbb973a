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

/// Many stages are compiled in one process, each of thousands of small pieces. That of the C library gives their pages back to the
/// kernel after each stage, or else never uses them again: a fifth of the time of `seaway diff` over thirty stacks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(&args::Args::parse()).into()
}
