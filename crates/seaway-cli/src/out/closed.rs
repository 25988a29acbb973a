//! Whether standard output was closed when the program started, as a shell closes it for `>&-`.
//!
//! Before `main`, Rust opens `/dev/null` in the place of a standard stream that is closed, and everything printed is lost
//! without an error (<https://github.com/rust-lang/rust/issues/88825>). Afterwards nothing tells the two apart: Python's
//! `subprocess.DEVNULL` and Node's `ignore` open `/dev/null` for reading and writing, too, and mean it. So this looks
//! before Rust does, in a constructor that the linker lists (<https://docs.rs/ctor>).

use std::sync::atomic::{AtomicBool, Ordering};

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs before `main`: it must not panic, nor print.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[ctor::ctor]
fn look() {
    let is_closed = rustix::io::fcntl_getfd(std::io::stdout()) == Err(rustix::io::Errno::BADF);
    WAS_CLOSED.store(is_closed, Ordering::Relaxed);
}

/// Whether what is printed reaches nobody, although nobody threw it away.
pub(super) fn was_closed() -> bool {
    WAS_CLOSED.load(Ordering::Relaxed)
}
