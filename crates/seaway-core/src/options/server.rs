//! The servers that run a web process: all that is known about a server is in one struct literal.
//!
//! The tests of `seaway-cli` start each server with the command that follows from these facts, and check whether a running
//! request ends well when the server gets SIGTERM.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cluster::Families;

/// The server of a web process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// gunicorn with threads, over WSGI.
    Gunicorn,
    /// uvicorn, over ASGI.
    Uvicorn,
    /// granian, over ASGI.
    Granian,
    /// hypercorn, over ASGI. With more than one worker it aborts running requests at SIGTERM, so the pod
    /// goes on serving for `graceful-timeout-seconds` before that.
    Hypercorn,
    /// daphne, over ASGI, with one process a pod. It aborts running requests at SIGTERM, so the pod goes on
    /// serving for `graceful-timeout-seconds` before that.
    Daphne,
    /// uWSGI with threads behind its own HTTP router, over WSGI.
    Uwsgi,
}

/// The interface between a server and the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// One request a thread (<https://peps.python.org/pep-3333/>).
    Wsgi,
    /// Requests as tasks of an event loop (<https://asgi.readthedocs.io/>).
    Asgi,
}

/// Which requests that run when a server gets SIGTERM come to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finishes {
    /// All of them, within its graceful timeout.
    All,
    /// All of them if the server has one process.
    WithOneProcess,
    /// None that the pod could rely on.
    Nothing,
}

/// The flags that an option of `web` becomes, and the values that they take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The flags, all of which get the value.
    pub flags: &'static [&'static str],
    /// The values that the server takes.
    pub range: RangeInclusive<u32>,
}

/// How often a server replaces its processes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxRequests {
    /// The flag for the number of requests.
    pub flag: &'static str,
    /// The flag that keeps processes from being replaced all at once.
    pub jitter: &'static str,
}

/// The flags that say where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// A flag that takes host and port.
    Address(&'static str),
    /// A flag for the host and one for the port.
    HostAndPort(&'static str, &'static str),
}

/// How a server listens on both families of addresses at once. Tried with each of them: what a listening socket of IPv6 does with
/// callers of IPv4 is a matter of the program (`IPV6_V6ONLY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BothFamilies {
    /// The unspecified address of IPv6 takes both.
    Unspecified,
    /// With one process an empty host does, and with several the unspecified address of IPv6: asyncio opens a socket for each
    /// family, but processes share one.
    EmptyWithOneProcess,
    /// The unspecified address of IPv6 does with several processes, and nothing with one.
    SeveralProcesses,
}

/// How long a server keeps an idle connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepAlive {
    /// A flag says the seconds.
    Flag(&'static str),
    /// So many seconds, whatever the stack says.
    Fixed(u32),
}

/// How many processes a server has, and how its command says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processes {
    /// One, always.
    One,
    /// As many as a flag says, by its long names and its short one; else what a variable says; else one.
    Flag {
        /// The names, the first of which Seaway writes.
        long: &'static [&'static str],
        /// Its short name; empty if it has none.
        short: &'static str,
        /// The variable; empty if it reads none.
        variable: &'static str,
        /// The flags that name a file which may say it.
        files: &'static [&'static str],
    },
}

/// All that the compiler has to know about a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerFacts {
    /// Its program, the first word of its command.
    pub program: &'static str,
    /// How it calls the application.
    pub interface: Interface,
    /// The flag that takes the application; a word of its own without one.
    pub application: Option<&'static str>,
    /// The flags that say where it listens.
    pub listen: Listen,
    /// How it listens on both families of addresses.
    pub both_families: BothFamilies,
    /// Words behind the address, which say how it works.
    pub mode: &'static [&'static str],
    /// How many processes it has.
    pub processes: Processes,
    /// `threads`.
    pub threads: Option<Setting>,
    /// The flag that bounds how many requests one process answers at a time.
    pub at_once: Option<&'static str>,
    /// `timeout-seconds`.
    pub timeout: Option<Setting>,
    /// `graceful-timeout-seconds`, and what the server takes where its command does not say it.
    pub graceful_timeout: Option<(Setting, Option<u32>)>,
    /// `keep-alive-seconds`.
    pub keep_alive: KeepAlive,
    /// `max-requests`.
    pub max_requests: Option<MaxRequests>,
    /// The last words of its command.
    pub more: &'static [&'static str],
    /// Which requests that run when it gets SIGTERM come to their end.
    pub finishes: Finishes,
    /// Whether django-prometheus shows the metrics of each process at a port of its own: it opens the ports where the
    /// processes import the application after the fork, with the ports of `PROMETHEUS_METRICS_EXPORT_PORT_RANGE`.
    pub shows_metrics: bool,
}

const ANY: RangeInclusive<u32> = 0..=u32::MAX;

impl Server {
    /// All servers, in the order of the reference.
    pub const ALL: [Self; 6] =
        [Self::Gunicorn, Self::Uvicorn, Self::Granian, Self::Hypercorn, Self::Daphne, Self::Uwsgi];

    /// The server that a program is.
    pub fn of_program(program: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|server| server.facts().program == program)
    }

    /// What is known about it.
    pub fn facts(self) -> ServerFacts {
        match self {
            Self::Gunicorn => gunicorn(),
            Self::Uvicorn => uvicorn(),
            Self::Granian => granian(),
            Self::Hypercorn => hypercorn(),
            Self::Daphne => daphne(),
            Self::Uwsgi => uwsgi(),
        }
    }
}

impl ServerFacts {
    /// The host that it listens on with so many processes; `None` if it cannot listen on these families.
    pub fn host(&self, families: Families, processes: u16) -> Option<&'static str> {
        const UNSPECIFIED: &str = "::";
        match (families, self.both_families) {
            (Families::Ipv4, _) => Some("0.0.0.0"),
            (Families::Ipv6, _) | (Families::Both, BothFamilies::Unspecified) => Some(UNSPECIFIED),
            (Families::Both, BothFamilies::EmptyWithOneProcess) => {
                Some(if processes <= 1 { "" } else { UNSPECIFIED })
            }
            (Families::Both, BothFamilies::SeveralProcesses) => {
                (processes > 1).then_some(UNSPECIFIED)
            }
        }
    }

    /// Whether requests that run when it gets SIGTERM come to their end, with so many processes.
    pub fn finishes_requests(&self, processes: u16) -> bool {
        match self.finishes {
            Finishes::All => true,
            Finishes::WithOneProcess => processes <= 1,
            Finishes::Nothing => false,
        }
    }
}

/// <https://docs.gunicorn.org/en/stable/settings.html>
fn gunicorn() -> ServerFacts {
    ServerFacts {
        program: "gunicorn",
        interface: Interface::Wsgi,
        application: None,
        listen: Listen::Address("--bind"),
        both_families: BothFamilies::Unspecified,
        mode: &["--worker-class=gthread"],
        processes: Processes::Flag {
            long: &["--workers"],
            short: "-w",
            variable: "WEB_CONCURRENCY",
            files: &["--config", "-c"],
        },
        threads: Some(Setting { flags: &["--threads"], range: ANY }),
        at_once: Some("--threads"),
        timeout: Some(Setting { flags: &["--timeout"], range: ANY }),
        // Its own default: https://docs.gunicorn.org/en/stable/settings.html#graceful-timeout
        graceful_timeout: Some((Setting { flags: &["--graceful-timeout"], range: ANY }, Some(30))),
        keep_alive: KeepAlive::Flag("--keep-alive"),
        max_requests: Some(MaxRequests { flag: "--max-requests", jitter: "--max-requests-jitter" }),
        // Its heartbeat files want memory: on a slow disk they block (gunicorn FAQ).
        more: &["--worker-tmp-dir=/dev/shm", "--access-logfile=-", "--error-logfile=-"],
        finishes: Finishes::All,
        shows_metrics: true,
    }
}

/// <https://www.uvicorn.org/settings/>
///
/// `--limit-max-requests` is left out: of 3000 requests with a limit of 100, 8 were lost when a process was replaced
/// (uvicorn 0.54).
fn uvicorn() -> ServerFacts {
    ServerFacts {
        program: "uvicorn",
        interface: Interface::Asgi,
        application: None,
        listen: Listen::HostAndPort("--host", "--port"),
        both_families: BothFamilies::EmptyWithOneProcess,
        mode: &[],
        processes: Processes::Flag {
            long: &["--workers"],
            short: "",
            variable: "WEB_CONCURRENCY",
            files: &[],
        },
        threads: None,
        at_once: Some("--limit-concurrency"),
        timeout: None,
        graceful_timeout: Some((
            Setting { flags: &["--timeout-graceful-shutdown"], range: ANY },
            None,
        )),
        keep_alive: KeepAlive::Flag("--timeout-keep-alive"),
        max_requests: None,
        more: &["--no-server-header"],
        finishes: Finishes::All,
        shows_metrics: false,
    }
}

/// <https://github.com/emmett-framework/granian#options>
///
/// It can do WSGI as well; ASGI serves both kinds of views, and websockets. It replaces processes by time or memory alone.
/// An idle connection waits for the head of the next request, for which granian takes at most 60 s, and 30 s by itself.
fn granian() -> ServerFacts {
    ServerFacts {
        program: "granian",
        interface: Interface::Asgi,
        application: None,
        listen: Listen::HostAndPort("--host", "--port"),
        both_families: BothFamilies::Unspecified,
        mode: &["--interface=asgi", "--http1-header-read-timeout=60000"],
        processes: Processes::Flag {
            long: &["--workers"],
            short: "",
            variable: "GRANIAN_WORKERS",
            files: &[],
        },
        threads: None,
        at_once: Some("--backpressure"),
        timeout: None,
        graceful_timeout: Some((
            Setting { flags: &["--workers-kill-timeout"], range: 1..=1800 },
            None,
        )),
        keep_alive: KeepAlive::Fixed(60),
        max_requests: None,
        // Without the first it ends when one of its processes crashes.
        more: &["--respawn-failed-workers", "--access-log"],
        finishes: Finishes::All,
        shows_metrics: false,
    }
}

/// <https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html>
///
/// The first process that has nothing to do ends at once at SIGTERM, and hypercorn then terminates the others, busy or not
/// (`hypercorn/run.py` of 0.18). `--max-requests` is left out: of 3000 requests with a limit of 100, 10 were lost when a
/// process was replaced.
fn hypercorn() -> ServerFacts {
    ServerFacts {
        program: "hypercorn",
        interface: Interface::Asgi,
        application: None,
        listen: Listen::Address("--bind"),
        both_families: BothFamilies::SeveralProcesses,
        mode: &[],
        processes: Processes::Flag {
            long: &["--workers"],
            short: "-w",
            variable: "",
            files: &["--config", "-c"],
        },
        threads: None,
        at_once: None,
        timeout: None,
        graceful_timeout: Some((Setting { flags: &["--graceful-timeout"], range: ANY }, Some(3))),
        keep_alive: KeepAlive::Flag("--keep-alive"),
        max_requests: None,
        more: &["--access-logfile=-"],
        finishes: Finishes::WithOneProcess,
        shows_metrics: false,
    }
}

/// <https://github.com/django/daphne>
///
/// It cancels what runs at SIGTERM (`Killed 6 pending application instances`). Idle connections are closed by Twisted
/// (`HTTPChannel`), and no option changes when.
fn daphne() -> ServerFacts {
    ServerFacts {
        program: "daphne",
        interface: Interface::Asgi,
        application: None,
        listen: Listen::HostAndPort("--bind", "--port"),
        both_families: BothFamilies::Unspecified,
        mode: &[],
        processes: Processes::One,
        threads: None,
        at_once: None,
        timeout: None,
        graceful_timeout: None,
        keep_alive: KeepAlive::Fixed(60),
        max_requests: None,
        more: &["--no-server-name"],
        finishes: Finishes::Nothing,
        shows_metrics: false,
    }
}

/// <https://uwsgi-docs.readthedocs.io/en/latest/Options.html>
///
/// The router keeps idle connections and slow clients from the threads; `--http-socket` does neither. By itself uWSGI aborts
/// running requests at SIGTERM, or reloads: the hook makes it wait for them, as long as `--harakiri` lets them run. A pause
/// in the body of a request longer than `--socket-timeout`, 4 s by itself, is an error in the application.
fn uwsgi() -> ServerFacts {
    const ABOVE_ZERO: RangeInclusive<u32> = 1..=u32::MAX;
    ServerFacts {
        program: "uwsgi",
        interface: Interface::Wsgi,
        application: Some("--module"),
        listen: Listen::Address("--http"),
        // Processes that import the application themselves share no connection and lose no thread.
        both_families: BothFamilies::Unspecified,
        mode: &[
            "--master",
            "--lazy-apps",
            "--need-app",
            "--single-interpreter",
            "--enable-threads",
        ],
        processes: Processes::Flag {
            long: &["--workers", "--processes"],
            short: "-p",
            variable: "",
            files: &["--ini", "--yaml", "--json", "--xml"],
        },
        threads: Some(Setting { flags: &["--threads"], range: ABOVE_ZERO }),
        at_once: Some("--threads"),
        timeout: Some(Setting {
            flags: &["--harakiri", "--http-timeout", "--socket-timeout"],
            range: ABOVE_ZERO,
        }),
        graceful_timeout: None,
        keep_alive: KeepAlive::Flag("--http-keepalive"),
        max_requests: Some(MaxRequests { flag: "--max-requests", jitter: "--max-requests-delta" }),
        more: &[
            // A kept connection needs to know where an answer without a length ends.
            "--http-auto-chunked",
            // Its own 4096 bytes for a request's head are less than what load balancers and cookies need.
            "--buffer-size=32768",
            "--die-on-term",
            "--hook-master-start=unix_signal:15 gracefully_kill_them_all",
        ],
        finishes: Finishes::All,
        shows_metrics: false,
    }
}
