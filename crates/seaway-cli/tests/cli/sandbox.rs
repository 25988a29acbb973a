//! A temporary folder with a stack in it, and the binary to run there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Two stages without a fault; the second has more objects.
pub(crate) const SHOP: &str = r#"name = "shop"
[app]
image = "ghcr.io/acme/shop:1.4.0"
module = "shop"
hosts = ["shop.example.com"]
[components.web]
type = "web"
[stages.local]
[stages.postgres]
extends = "local"
components.db = { type = "postgres", version = "17", storage = "2Gi" }
components.migrate.type = "migrate"
"#;

/// A stage without a fault, and one with an unknown key and an unknown component.
pub(crate) const FAULTY: &str = r#"name = "shop"
[app]
image = "ghcr.io/acme/shop:1.4.0"
module = "shop"
hosts = ["shop.example.com"]
[components.web]
type = "web"
[stages.local]
[stages.faulty]
components.web = { replicaz = 3, env = { BROKER = "${brokr.url}" } }
"#;

/// Where a test runs.
pub(crate) struct Sandbox {
    folder: TempDir,
}

/// What a run gave.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    /// Exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Sandbox {
    /// A folder with `shop/stack.toml`.
    pub(crate) fn new(stack: &str) -> Self {
        let sandbox = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        sandbox.write("shop/stack.toml", stack);
        sandbox
    }

    /// A path in the folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and the folders that it needs.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a written file");
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }

    /// The texts of a folder by the names of its files.
    pub(crate) fn texts(&self, folder: &str) -> Vec<(String, String)> {
        let text = |name: &String| fs::read_to_string(self.path(folder).join(name)).expect("text");
        self.names(folder).into_iter().map(|name| (name.clone(), text(&name))).collect()
    }

    /// The binary with these arguments, ready to run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
        command.args(args);
        self.isolate(&mut command);
        command
    }

    /// Runs a script of bash, with the binary as `$SEAWAY`.
    pub(crate) fn bash(&self, script: &str) -> Run {
        let mut command = Command::new("bash");
        command.args(["-c", script]).env("SEAWAY", env!("CARGO_BIN_EXE_seaway"));
        self.isolate(&mut command);
        run(&mut command)
    }

    /// Runs the binary.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        run(&mut self.command(args))
    }

    fn isolate(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("COLUMNS", "100").env("TERM", "xterm").env_remove("NO_COLOR");
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("a process that starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Run { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("UTF-8");
    let mut names: Vec<_> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}
