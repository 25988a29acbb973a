//! The reference stack runs from its YAML: a tiny kubelet takes everything from what `seaway render` prints, and starts
//! the processes of a stage against a real `PostgreSQL` and a real Redis.
//!
//! Each container has a root file system, a process tree and a user of its own, each pod a network address; policies are
//! enforced. First the stage with everything in the cluster, then the one whose database and Redis lie outside. Beside
//! them, on nodes of their own, the stage that watches itself, with a real Prometheus and a real Alertmanager, servers
//! of other images, `MariaDB`, `RabbitMQ` and memcached, extensions of `PostgreSQL`, each server that a web process can
//! have, and dumps of databases that come back. Needs Linux with namespaces and the programs that `.ci/setup` installs; takes about two minutes. What the
//! containers printed is in `target/tmp/runs*/` afterwards.

mod aws;
mod backups;
mod cloud;
mod cluster;
mod confine;
mod container;
mod env;
mod extensions;
mod http;
mod image;
mod manifest;
mod monitoring;
mod node;
mod others;
mod pod;
mod policy;
mod probe;
mod projected;
mod prometheus;
mod queries;
mod root;
mod rollout;
mod scenario;
mod servers;
mod service;
mod shop;
mod tools;
mod volumes;
mod web_servers;
mod monitors;

use std::fs::{self, File};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{io, panic, thread};

use crate::tools::{Tools, is_root, run, search_path};

/// Name of the variable that tells a process that it is inside of the namespaces: `root` or `user`, the scenario, and
/// the folder.
const INSIDE: &str = "SEAWAY_TEST_NODE";
/// How much of each log is printed when the test fails; the files have all.
const MOST_LINES: usize = 120;
const LIMIT: Duration = Duration::from_secs(600);

/// A run of stages on a node of its own.
#[derive(Clone, Copy)]
struct Scenario {
    /// What its folders are called, in `target/tmp`.
    name: &'static str,
    run: fn(&Path, &Path, &Path, bool),
}

const SCENARIOS: [Scenario; 6] = [
    Scenario { name: "runs", run: scenario::run },
    Scenario { name: "runs-monitoring", run: monitoring::run },
    Scenario { name: "runs-others", run: others::run },
    Scenario { name: "runs-extensions", run: extensions::run },
    Scenario { name: "runs-web-servers", run: web_servers::run },
    Scenario { name: "runs-backups", run: backups::run },
];

#[test]
fn the_reference_stack_runs_from_its_yaml() {
    in_namespaces(SCENARIOS[0], "the_reference_stack_runs_from_its_yaml");
}

#[test]
fn the_stage_watches_itself() {
    in_namespaces(SCENARIOS[1], "the_stage_watches_itself");
}

#[test]
fn other_servers_run_from_their_types() {
    in_namespaces(SCENARIOS[2], "other_servers_run_from_their_types");
}

#[test]
fn extensions_are_created_before_migrations() {
    in_namespaces(SCENARIOS[3], "extensions_are_created_before_migrations");
}

#[test]
fn each_server_of_a_web_process_runs_and_stops() {
    in_namespaces(SCENARIOS[4], "each_server_of_a_web_process_runs_and_stops");
}

#[test]
fn dumps_come_back() {
    in_namespaces(SCENARIOS[5], "dumps_come_back");
}

/// Starts a scenario in namespaces of its own.
fn in_namespaces(scenario: Scenario, test: &str) {
    if let Err(problem) = Tools::find(&repository()) {
        panic!("{problem}");
    }
    let root = is_root();
    if let Some(problem) = namespaces_are_missing(root) {
        let allowed = std::env::var_os("SEAWAY_ALLOW_SKIP").is_some_and(|value| value == "1");
        let notice = format!("this machine gives no namespaces, so nothing can be run: {problem}");
        assert!(allowed, "{notice}\nSEAWAY_ALLOW_SKIP=1 skips this test.");
        let _ = writeln!(io::stderr(), "SKIPPED {test}: {notice}");
        return;
    }

    let logs = scenario.logs();
    let _ = fs::remove_dir_all(&logs);
    fs::create_dir_all(&logs).expect("a folder for logs");
    // Stays empty: what is mounted on it is seen in the namespaces alone, and is gone with them.
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-node", scenario.name));
    fs::create_dir_all(&scratch).expect("a folder to mount on");
    let output = File::create(logs.join("test.log")).expect("a log");
    let exe = std::env::current_exe().expect("this program");
    let mut inner = isolated(root);
    inner.arg(exe).args([
        "inside_of_the_namespaces",
        "--exact",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    let user = if root { "root" } else { "user" };
    inner.env(INSIDE, format!("{user}:{}:{}", scenario.name, scratch.display()));
    inner.stdout(output.try_clone().expect("a log")).stderr(output);
    let status = wait(&mut inner);
    let said = fs::read_to_string(logs.join("test.log")).unwrap_or_default();
    assert!(status.success(), "{status}\n{said}");
}

/// What the other tests start in namespaces of their own. By itself it does nothing.
#[test]
#[ignore = "the other tests run it in namespaces"]
fn inside_of_the_namespaces() {
    let Some(told) = std::env::var_os(INSIDE) else { return };
    let told = told.into_string().expect("UTF-8");
    let (kind, told) = told.split_once(':').expect("three parts");
    let (name, scratch) = told.split_once(':').expect("three parts");
    let (scratch, root) = (PathBuf::from(scratch), kind == "root");
    let scenario = SCENARIOS.into_iter().find(|scenario| scenario.name == name);
    let scenario = scenario.expect("a scenario");
    run(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=755", "scratch"]).arg(&scratch));
    let run = AssertUnwindSafe(|| (scenario.run)(&repository(), &scratch, &scenario.logs(), root));
    if let Err(cause) = catch_unwind(run) {
        show_logs(&scenario.logs());
        panic::resume_unwind(cause);
    }
}

impl Scenario {
    /// Where what its containers printed is afterwards.
    fn logs(self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(self.name)
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace").to_owned()
}

/// A command in mount, network and PID namespaces of its own. Whatever it starts and mounts ends with it, and it ends
/// with this thread, however that ends.
fn isolated(root: bool) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", "unshare"]);
    if !root {
        command.args(["--user", "--map-root-user"]);
    }
    command.args([
        "--mount",
        "--net",
        "--uts",
        "--ipc",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--",
    ]);
    command.env("PATH", search_path()).stdin(Stdio::null());
    command
}

/// Why namespaces cannot be had here.
fn namespaces_are_missing(root: bool) -> Option<String> {
    let try_out = "mount -t tmpfs tmpfs /mnt && echo 1 >/proc/sys/net/ipv4/ip_forward && ip link set lo up \
        && ip link add veth0 type veth peer name veth1 && ip rule add pref 100 ipproto tcp dport 1 prohibit";
    let output = isolated(root).args(["sh", "-c", try_out]).output();
    match output {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    }
}

fn wait(command: &mut Command) -> ExitStatus {
    let mut child = command.spawn().expect("unshare starts");
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if start.elapsed() > LIMIT {
            child.kill().expect("a child");
            return child.wait().expect("a child");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Prints what happened and what the containers printed.
fn show_logs(logs: &Path) {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = [logs.to_owned(), logs.join("aws"), logs.join("own-types")];
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| entries(folder))
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && !path.ends_with("test.log"))
        .collect();
    files.sort();
    for file in files {
        let name = file.strip_prefix(logs).unwrap_or(&file).display().to_string();
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap_or_default()).into_owned();
        let lines: Vec<_> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(MOST_LINES)..];
        let _ = writeln!(io::stderr(), "\n---- {name}\n{}", last.join("\n"));
    }
}
