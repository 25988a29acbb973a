//! What worker and beat share: Celery, the script that starts it, and its probes.

use seaway_core::Sourced;
use seaway_core::options::CeleryProbe;

use super::containers::app_image;
use super::program::{Ask, Check, Defaults, Files, Program, Source, Usage, Words, scratch};
use super::{Cx, scripts};
use crate::names::SCRIPTS;
use crate::reasons;

/// Seconds without a heartbeat after which a process counts as dead: it stops while the broker is down, which a
/// restart does not mend, so it has to outlast an outage.
pub(super) const MAX_HEARTBEAT_AGE: u32 = 600;
/// Seconds between two pings: each imports the application, and costs some three seconds of cpu.
const PING_PERIOD: u32 = 300;
/// Seconds that a ping may take on a busy node.
const PING_TIMEOUT: u32 = 60;
/// Seconds that a ping waits for the answer.
const PING_WAIT: &str = "--timeout=10";
/// Asks the worker whose name is the first argument, by the other arguments: the name has the host in it, which no probe can
/// write, and Celery completes it as the worker itself does.
const PING: &str = "import sys; from celery.__main__ import main; \
                    from celery.utils.nodenames import default_nodename, host_format; \
                    node = host_format(default_nodename(sys.argv[1])); \
                    sys.argv = ['celery', *sys.argv[2:], '--destination=' + node]; main()";

/// What worker and beat differ in.
#[derive(Clone, Copy)]
pub(super) struct Celery {
    pub resources: Usage,
    pub grace: Sourced<u32>,
    /// Seconds beyond the usual ones that it may be silent, because it is busy.
    pub busy: u32,
}

/// The name that a worker of the preset has among all: `%h` is the host.
pub(super) const NODE: &str = "worker@%h";

/// A Celery program. `flags` are those of the preset's command, `limits` those that a command of its own does not have.
pub(super) fn program(
    cx: Cx<'_>,
    celery: Celery,
    flags: impl FnOnce(Words) -> Words,
    limits: impl FnOnce() -> Words,
) -> Program {
    let start = seaway_core::celery::of(cx.stack, cx.part);
    let written = start.map_or(&[][..], |start| start.command);
    let by_hand = start.is_some_and(|start| start.is_started_by_hand());
    let probe = start.and_then(|start| start.probe());
    let reason = &reasons::CELERY_PROBES;
    let files = Files {
        volume: "celery-probes".into(),
        source: Source::Config(cx.stack.prefix.text(scripts::CELERY.config)),
        path: SCRIPTS.to_owned(),
    };
    let command = if written.is_empty() {
        let words = match probe {
            Some(CeleryProbe::Heartbeat) => Words::python(cx.part, &[&script(), "run"], reason),
            _ => Words::python(cx.part, &["-m", "celery"], &reasons::SERVER_COMMAND),
        };
        let subcommand = start.map_or("worker", |start| start.subcommand);
        let words = words.flag_maybe("--app", cx.part.project.celery_app().as_ref());
        flags(words.word(subcommand, reason)).0
    } else {
        let mut words = written.to_vec();
        if by_hand {
            words.extend(limits().0);
        }
        words
    };
    Program {
        image: app_image(cx),
        probes: match probe {
            Some(CeleryProbe::Heartbeat) => heartbeat(cx, celery),
            Some(CeleryProbe::Ping) => ping(cx, celery, written),
            None => Defaults::default(),
        },
        command,
        args: Vec::new(),
        env: Vec::new(),
        port: None,
        resources: celery.resources,
        // billiard's semaphores of the prefork pool live in /dev/shm.
        scratch: vec![scratch("/tmp", 256, false), scratch("/dev/shm", 64, true)],
        files: if probe == Some(CeleryProbe::Heartbeat) { vec![files] } else { Vec::new() },
        grace: celery.grace,
        drain: None,
    }
}

fn script() -> String {
    format!("{SCRIPTS}/{}", scripts::CELERY.file)
}

fn plain(words: Words) -> Ask {
    Ask::Run(words.0.into_iter().map(|word| word.value).collect())
}

/// Probes that look at what the script writes.
fn heartbeat(cx: Cx<'_>, celery: Celery) -> Defaults {
    let reason = &reasons::CELERY_PROBES;
    let script = script();
    let probe = |words: &[&str], period, failures| {
        let ask = plain(Words::python(cx.part, &[&[&*script], words].concat(), reason));
        Some(Check { ask, period, timeout: 10, failures, reason })
    };
    let max_age = format!("--max-age={}", MAX_HEARTBEAT_AGE.saturating_add(celery.busy));
    Defaults {
        startup: probe(&["ready"], 5, 60),
        readiness: probe(&["ready"], 10, 3),
        liveness: probe(&["live", &max_age], 60, 3),
    }
}

/// Probes that ask the worker. No readiness: no request goes to it, and what holds a rollout back is the first answer.
fn ping(cx: Cx<'_>, celery: Celery, written: &[Sourced<String>]) -> Defaults {
    let reason = &reasons::CELERY_PING;
    let node = option(written, "--hostname", "-n");
    let node = node.unwrap_or(if written.is_empty() { NODE } else { "celery@%h" });
    let mut words = Words::python(cx.part, &["-c", PING, node], reason);
    let by_hand = option(written, "--app", "-A").map(|app| format!("--app={app}"));
    let preset = || Some(format!("--app={}", cx.part.project.celery_app()?.value));
    let app = by_hand.or_else(|| preset().filter(|_| written.is_empty()));
    words = app.into_iter().fold(words, |words, app| words.word(app, reason));
    for word in ["inspect", "ping", PING_WAIT] {
        words = words.word(word, reason);
    }
    let ask = plain(words);
    let check = |period, failures| {
        Some(Check { ask: ask.clone(), period, timeout: PING_TIMEOUT, failures, reason })
    };
    let busy = celery.busy.div_ceil(PING_PERIOD);
    Defaults { startup: check(20, 15), readiness: None, liveness: check(PING_PERIOD, 3 + busy) }
}

/// The value of an option among the words of a command: `--app=x`, `--app x`, `-A x` or `-Ax`. `short` is empty for an option
/// that has no other name.
pub(super) fn option<'a>(words: &'a [Sourced<String>], long: &str, short: &str) -> Option<&'a str> {
    let mut rest = words.iter().map(|word| word.as_str());
    while let Some(word) = rest.next() {
        let has_short = !short.is_empty() && !word.starts_with("--");
        if word == long || (has_short && word == short) {
            return rest.next();
        }
        let joined = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
        let close = || word.strip_prefix(short).filter(|_| has_short);
        if let Some(value) = joined.or_else(close) {
            return Some(value);
        }
    }
    None
}
