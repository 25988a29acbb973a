//! How the program is linked on Linux with the GNU C library: for a process that lives for two milliseconds, finding
//! libraries and relocating itself is a part of its time.
//!
//! - At a fixed address: there is no unsafe code here whose faults a random address would make harder to use.
//! - Statically, where the archives of the C library are installed (`libc6-dev` of Debian has them): it loads nothing,
//!   looks up no users and resolves no names, which is what a static C library is bad at. `SEAWAY_LINK=dynamic` in the
//!   environment links to the shared library, as distributions want it.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SEAWAY_LINK");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !(is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")) {
        return Ok(());
    }
    println!("cargo::rustc-link-arg-bin=seaway=-no-pie");
    let is_native = env::var("HOST") == env::var("TARGET");
    if !is_native || !is("CARGO_CFG_TARGET_ARCH", "x86_64") || is("SEAWAY_LINK", "dynamic") {
        return Ok(());
    }
    let archives = ["libc.a", "libm.a", "libgcc_eh.a", "libgcc.a"].map(installed);
    // Before 2.34 the threads were a library of their own, and what was linked to its archive could crash.
    let is_old = installed("libpthread.so").is_some();
    let ([Some(c), Some(m), Some(unwind), Some(gcc)], false) = (archives, is_old) else {
        println!(
            "cargo::warning=no archives of the C library (2.34 or later): linked to the shared one"
        );
        return Ok(());
    };
    // A later compiler has them elsewhere.
    for archive in [&c, &m, &unwind, &gcc] {
        println!("cargo::rerun-if-changed={archive}");
    }
    // Rust asks for the shared libraries by name. Here it finds archives of these names first: scripts of the linker
    // that name the real ones, all of them, since they need each other.
    let folder = env::var("OUT_DIR").map_err(io::Error::other)?;
    let folder = Path::new(&folder);
    for name in ["libc.a", "libm.a", "libgcc_s.a"] {
        fs::write(
            folder.join(name),
            format!("GROUP ( \"{c}\" \"{m}\" \"{unwind}\" \"{gcc}\" )\n"),
        )?;
    }
    println!("cargo::rustc-env=SEAWAY_LINKED=statically");
    println!("cargo::rustc-link-arg-bin=seaway=-static");
    println!("cargo::rustc-link-arg-bin=seaway=-L{}", folder.display());
    Ok(())
}

/// Where the C compiler, which links, has a library.
fn installed(name: &str) -> Option<String> {
    let asked = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(asked.stdout).ok()?;
    // What is not there is told as it was asked for.
    let path = Some(path.trim().to_owned()).filter(|path| Path::new(path).is_absolute())?;
    Path::new(&path).is_file().then_some(path)
}
