//! How the program is linked where `build.rs` chooses.
#![cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]

use std::{env, fs};

/// The start of the path of what loads the libraries of a program: `/lib64/ld-linux-x86-64.so.2`.
const LOADER: &[u8] = b"/ld-linux";

#[test]
fn a_static_program_has_no_loader() {
    let program = fs::read(env!("CARGO_BIN_EXE_seaway")).expect("a program");
    // It is named in one of the first sections.
    let start = &program[..program.len().min(1 << 16)];
    let has_loader = start.windows(LOADER.len()).any(|bytes| bytes == LOADER);
    let is_static = option_env!("SEAWAY_LINKED") == Some("statically");
    assert_eq!(has_loader, !is_static);
    let is_asked_for = env::var("SEAWAY_LINK").is_ok_and(|way| way == "dynamic");
    assert!(has_loader || !is_asked_for);
}
