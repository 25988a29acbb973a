//! One container: a root file system of its own, a process that is PID 1, and what the kubelet does to it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::env::Environment;
use crate::image::Image;
use crate::manifest::{self, SecurityContext};
use crate::root::Root;
use crate::tools::{search_path, until};

/// Who a process runs as.
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
    no_new_privileges: bool,
    no_capabilities: bool,
    /// Whether this test may become anybody, or only pretend to in a user namespace.
    root: bool,
}

impl User {
    /// What the YAML says, the container before the pod, and the image where it says nothing.
    pub(crate) fn new(
        pod: &SecurityContext,
        container: &SecurityContext,
        image: &Image,
        root: bool,
    ) -> Self {
        let uid = container.run_as_user.or(pod.run_as_user).unwrap_or(image.user);
        let non_root = container.run_as_non_root.or(pod.run_as_non_root) == Some(true);
        assert!(!non_root || uid != 0, "container has runAsNonRoot and would run as root");
        Self {
            uid,
            gid: container.run_as_group.or(pod.run_as_group).unwrap_or(uid),
            groups: pod.supplemental_groups.iter().copied().chain(pod.fs_group).collect(),
            no_new_privileges: container.allow_privilege_escalation == Some(false),
            no_capabilities: container.capabilities.drop.iter().any(|name| name == "ALL"),
            root,
        }
    }

    /// The words that make of root this user, to stand before a command.
    fn become_words(&self) -> Vec<String> {
        let mut words = vec![];
        if self.root {
            let groups: Vec<_> = self.groups.iter().map(ToString::to_string).collect();
            words.extend([
                "setpriv".to_owned(),
                format!("--reuid={}", self.uid),
                format!("--regid={}", self.gid),
            ]);
            words.push(if groups.is_empty() {
                "--clear-groups".to_owned()
            } else {
                format!("--groups={}", groups.join(","))
            });
        } else {
            words.extend(["unshare", "--user"].map(str::to_owned));
            words.extend([format!("--map-user={}", self.uid), format!("--map-group={}", self.gid)]);
            words.extend(["--", "setpriv"].map(str::to_owned));
        }
        if self.no_new_privileges {
            words.push("--no-new-privs".to_owned());
        }
        if self.no_capabilities && self.root {
            words.extend(["--inh-caps=-all", "--bounding-set=-all"].map(str::to_owned));
        }
        words
    }
}

/// What a container is made of.
pub(crate) struct Plan<'a> {
    pub(crate) spec: &'a manifest::Container,
    pub(crate) image: &'a Image,
    pub(crate) user: User,
    pub(crate) env: Environment,
    /// The pod's volumes by name.
    pub(crate) volumes: &'a BTreeMap<String, PathBuf>,
    /// Process that holds the pod's network.
    pub(crate) sandbox: u32,
    /// The pod's `/etc/hosts`.
    pub(crate) hosts: &'a Path,
    /// Where its root file system is mounted.
    pub(crate) folder: PathBuf,
    pub(crate) log: PathBuf,
}

/// A container that has been started.
pub(crate) struct Container {
    pub(crate) spec: manifest::Container,
    pub(crate) user: User,
    /// PID 1 of the container, as the node numbers it.
    pub(crate) pid: u32,
    child: Mutex<Child>,
    env: Environment,
    workdir: String,
    stop_signal: String,
    log: PathBuf,
}

impl Container {
    /// Starts the process of a container.
    pub(crate) fn start(plan: Plan) -> Self {
        let Plan { spec, image, user, env, .. } = &plan;
        fs::create_dir_all(&plan.folder).expect("a folder for the container");
        let workdir = spec.working_dir.clone().unwrap_or_else(|| image.workdir.to_owned());
        let words = process(spec, image, env);
        let root = Root {
            folder: &plan.folder,
            image,
            user,
            hosts: plan.hosts,
            mounts: &spec.volume_mounts,
            volumes: plan.volumes,
            workdir: &workdir,
            read_only: spec.security_context.read_only_root_filesystem == Some(true),
        };
        let log = File::options().create(true).append(true).open(&plan.log).expect("a log");
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", plan.sandbox)).args(["--net", "--uts", "--ipc", "--"]);
        command.args([
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--",
            "sh",
            "-c",
            &root.script(),
            "sh",
        ]);
        command.args(user.become_words()).args(["env", "-i"]).args(env.words()).args(words);
        command.env("PATH", search_path()).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        let mut child = command.spawn().expect("a container starts");

        let pid =
            until(&format!("container {} starts", spec.name), Duration::from_secs(10), || {
                let ended = child.try_wait().expect("a child").filter(|status| !status.success());
                assert!(ended.is_none(), "container {}: {ended:?}: {}", spec.name, read(&plan.log));
                fs::read_to_string(plan.folder.join("pid")).ok()?.trim().parse().ok()
            });
        let stop_signal = spec
            .lifecycle
            .stop_signal
            .as_deref()
            .map_or(image.stop_signal, |name| &name[3..])
            .to_owned();
        Self {
            spec: (*spec).clone(),
            pid,
            child: Mutex::new(child),
            env: plan.env,
            user: plan.user,
            workdir,
            stop_signal,
            log: plan.log,
        }
    }

    /// What it has printed.
    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        self.child.lock().expect("no panic").try_wait().expect("a child")
    }

    /// Waits for the end.
    pub(crate) fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < limit {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.ended()
    }

    /// Sends PID 1 the signal that asks it to stop.
    pub(crate) fn ask_to_stop(&self) {
        self.signal(&self.stop_signal);
    }

    /// Sends PID 1 a signal, for example `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("sh");
        kill.args(["-c", r#"kill -s "$1" "$2""#, "sh", name, &self.pid.to_string()]);
        // It may have ended by itself.
        let _ = kill.stderr(Stdio::null()).status().expect("sh starts");
    }

    /// Runs a command in the container, as its user and with its environment; `None` when it takes too long.
    pub(crate) fn exec(&self, command: &[String], limit: Duration) -> io::Result<Option<Output>> {
        let mut child = self
            .command(command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let start = Instant::now();
        while child.try_wait()?.is_none() {
            if start.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(10));
        }
        child.wait_with_output().map(Some)
    }

    /// A command in the container, as its user and with its environment.
    pub(crate) fn command(&self, command: &[String]) -> Command {
        let mut enter = Command::new("nsenter");
        enter
            .arg(format!("--target={}", self.pid))
            .args(["--mount", "--uts", "--ipc", "--net", "--pid", "--"]);
        enter.args(["sh", "-c", r#"cd "$1" && shift && exec "$@""#, "sh", &self.workdir]);
        enter
            .args(self.user.become_words())
            .args(["env", "-i"])
            .args(self.env.words())
            .args(command);
        enter.env("PATH", search_path());
        enter
    }
}

fn read(log: &Path) -> String {
    String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned()
}

/// The words of the process: `command` stands for the image's entry point and its own words, `args` for these words alone.
fn process(spec: &manifest::Container, image: &Image, env: &Environment) -> Vec<String> {
    let (entrypoint, args) = match (spec.command.is_empty(), spec.args.is_empty()) {
        (true, true) => (&image.entrypoint, &image.command),
        (true, false) => (&image.entrypoint, &spec.args),
        (false, _) => (&spec.command, &spec.args),
    };
    let words: Vec<_> = entrypoint.iter().chain(args).map(|word| env.expand(word)).collect();
    assert!(!words.is_empty(), "container {} has no command", spec.name);
    // Redis overwrites its arguments once it runs, so that `/proc` shows them only before.
    if let Some(password) = env.get("REDISCLI_AUTH") {
        assert!(words.iter().all(|word| !word.contains(password)), "{}: {words:?}", spec.name);
    }
    words
}
