//! The programs that the test needs beyond cargo, and how it runs them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

/// Where things are on this machine.
pub(crate) struct Tools {
    /// Folder with `PostgreSQL`'s programs.
    pub(crate) postgres: PathBuf,
    /// The application's Python environment.
    pub(crate) venv: PathBuf,
    /// Folder with Prometheus and its kin.
    pub(crate) monitoring: PathBuf,
    /// A file system of Debian 13 with servers that this machine's distribution has too old, or not at all.
    pub(crate) servers: PathBuf,
    /// A Python environment with the command line of AWS, and a server of S3.
    pub(crate) store: PathBuf,
    /// Where the Python that it is of lies, unless that is in `/usr`.
    pub(crate) python_homes: Vec<PathBuf>,
}

impl Tools {
    /// Finds all, or says which are missing.
    pub(crate) fn find(repository: &Path) -> Result<Self, String> {
        let needed = [
            "unshare",
            "nsenter",
            "setpriv",
            "mount",
            "pivot_root",
            "hostname",
            "ip",
            "bash",
            "redis-server",
            "redis-cli",
            "openssl",
            "gzip",
            "mariadb-dump",
        ];
        let mut missing: Vec<_> =
            needed.into_iter().filter(|name| !on_path(name)).map(str::to_owned).collect();
        let postgres = postgres_programs();
        let venv = repository.join("target/ci/app");
        let homes = python_homes(&venv);
        let monitoring = repository.join("target/ci/monitoring");
        for program in ["prometheus", "alertmanager", "postgres_exporter", "redis_exporter"] {
            if !monitoring.join(program).is_file() {
                missing.push(format!("{} of Debian 13", monitoring.join(program).display()));
            }
        }
        let servers = repository.join("target/ci/servers");
        for program in ["lib/rabbitmq/bin/rabbitmq-server", "sbin/mariadbd", "bin/memcached"] {
            let program = servers.join("usr").join(program);
            if !program.exists() {
                missing.push(format!("{} of Debian 13", program.display()));
            }
        }
        let store = repository.join("target/ci/store");
        for program in ["aws", "moto_server"] {
            let program = store.join("bin").join(program);
            if !program.is_file() {
                missing.push(program.display().to_string());
            }
        }
        if postgres.is_none() {
            missing.push("PostgreSQL".to_owned());
        }
        if homes.is_none() {
            missing.push(format!("the application's Python environment {}", venv.display()));
        }
        match (postgres, homes) {
            (Some(postgres), Some(python_homes)) if missing.is_empty() => {
                Ok(Self { postgres, venv, monitoring, servers, store, python_homes })
            }
            _ => Err(format!(
                "missing: {}. Run `.ci/setup`, which installs them.",
                missing.join(", ")
            )),
        }
    }
}

/// Where programs are looked for; an ordinary user's PATH has no `sbin`.
pub(crate) fn search_path() -> OsString {
    let given = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"].map(PathBuf::from);
    env::join_paths(env::split_paths(&given).chain(system)).expect("folders without a colon")
}

fn on_path(name: &str) -> bool {
    find(name).is_some()
}

/// Where a program is that [`Tools::find`] has found.
pub(crate) fn program(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|| panic!("no {name}"))
}

fn find(name: &str) -> Option<PathBuf> {
    let path = search_path();
    env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Debian keeps the programs of each major version out of PATH; the newest serves.
fn postgres_programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("postgres").is_file())
        .max_by_key(|bin| {
            let major = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
            major.and_then(|name| name.parse::<u32>().ok())
        });
    newest.or_else(|| find("postgres")?.canonicalize().ok()?.parent().map(Path::to_owned))
}

/// The folders outside of `/usr` that a Python environment needs: that of its interpreter, under each of its names.
fn python_homes(venv: &Path) -> Option<Vec<PathBuf>> {
    let settings = fs::read_to_string(venv.join("pyvenv.cfg")).ok()?;
    let home = settings.lines().find_map(|line| line.strip_prefix("home = ")).map(PathBuf::from)?;
    let real = venv.join("bin/python").canonicalize().ok()?;
    let mut homes: Vec<_> = [home.as_path(), real.parent()?]
        .into_iter()
        .filter_map(Path::parent)
        .map(Path::to_owned)
        .collect();
    homes.retain(|home| !home.starts_with("/usr"));
    homes.dedup();
    Some(homes)
}

/// Whether this process may do all.
pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:")).expect("a user");
    ids.split_whitespace().nth(1) == Some("0")
}

/// Runs a command to its good end, and gives what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.env("PATH", search_path()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits until there is something, and panics with `what` when it takes longer than `limit`.
pub(crate) fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < limit, "not within {} s: {what}", limit.as_secs());
        thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until something holds; in the end says what was still wrong.
pub(crate) fn eventually(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Result<(), String>,
) {
    let start = Instant::now();
    loop {
        let Err(problem) = look() else { return };
        assert!(start.elapsed() < limit, "not within {} s: {what}\n{problem}", limit.as_secs());
        thread::sleep(Duration::from_millis(250));
    }
}
