//! What worker and beat share: Celery under the script that answers their probes.

use seaway_core::Sourced;

use super::containers::app_image;
use super::program::{
    Ask, Check, Defaults, Files, Program, Source, Usage, Words, scratch, written_or,
};
use super::{Cx, scripts};
use crate::names::SCRIPTS;
use crate::reasons;

/// Seconds without a heartbeat after which a process counts as dead: it stops while the broker is down, which a
/// restart does not mend, so it has to outlast an outage.
pub(super) const MAX_HEARTBEAT_AGE: u32 = 600;

/// What worker and beat differ in.
#[derive(Clone, Copy)]
pub(super) struct Celery {
    /// `worker` or `beat`.
    pub subcommand: &'static str,
    pub resources: Usage,
    pub grace: Sourced<u32>,
    /// Seconds without a heartbeat after which it counts as dead.
    pub max_age: u32,
}

/// A Celery program; a command of the stack's own has no heartbeat, so no probes either.
pub(super) fn program(
    cx: Cx<'_>,
    command: &[Sourced<String>],
    celery: Celery,
    flags: impl FnOnce(Words) -> Words,
) -> Program {
    let reason = &reasons::CELERY_PROBES;
    let script = format!("{SCRIPTS}/{}", scripts::CELERY.file);
    let ours = command.is_empty();
    let files = Files {
        volume: "celery-probes".into(),
        source: Source::Config(scripts::CELERY.config.to_owned()),
        path: SCRIPTS.to_owned(),
    };
    let probe = |words: &[&str], period, failures| {
        let command = Words::python(cx.part, &[&[&*script], words].concat(), reason);
        let command = command.0.into_iter().map(|word| word.value).collect();
        Some(Check { ask: Ask::Run(command), period, timeout: 10, failures, reason })
    };
    let max_age = format!("--max-age={}", celery.max_age);
    Program {
        image: app_image(cx),
        command: written_or(command, || {
            let words = Words::python(cx.part, &[&script, "run"], reason)
                .flag_maybe("--app", cx.part.project.celery_app().as_ref())
                .word(celery.subcommand, reason);
            flags(words)
        }),
        args: Vec::new(),
        env: Vec::new(),
        port: None,
        probes: if ours {
            Defaults {
                startup: probe(&["ready"], 5, 60),
                readiness: probe(&["ready"], 10, 3),
                liveness: probe(&["live", &max_age], 60, 3),
            }
        } else {
            Defaults::default()
        },
        resources: celery.resources,
        // billiard's semaphores of the prefork pool live in /dev/shm.
        scratch: vec![scratch("/tmp", 256, false), scratch("/dev/shm", 64, true)],
        files: if ours { vec![files] } else { Vec::new() },
        grace: celery.grace,
        drain: None,
    }
}
