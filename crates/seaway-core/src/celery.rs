//! How Celery is started, and so who answers its probes.

use crate::options::{Beat, CeleryProbe, CeleryProbes, CeleryRole, Worker};
use crate::stack::{Part, Stack};
use crate::{Origin, Sourced};

/// A worker or beat, as far as its start says how it can be probed.
#[derive(Debug, Clone, Copy)]
pub struct Celery<'a> {
    /// `worker` or `beat`.
    pub subcommand: &'static str,
    /// The command of its own, if it has one.
    pub command: &'a [Sourced<String>],
    /// What it says of its probes itself.
    pub own: Option<Sourced<CeleryProbes>>,
    app: Option<Sourced<CeleryProbes>>,
}

/// Celery, if a component runs a worker or beat.
pub fn of<'a>(stack: &Stack, part: &'a Part) -> Option<Celery<'a>> {
    let component = &part.component;
    let (subcommand, own) = match part.facts.celery? {
        CeleryRole::Worker => ("worker", component.options::<Worker>()?.celery_probes),
        CeleryRole::Beat => ("beat", component.options::<Beat>()?.celery_probes),
        CeleryRole::Flower => return None,
    };
    Some(Celery { subcommand, command: component.command(), own, app: stack.app.celery_probes })
}

impl Celery<'_> {
    /// Whether a command of its own still starts Celery: `celery … worker`, or `python -m celery … worker`.
    pub fn is_started_by_hand(&self) -> bool {
        let words: Vec<&str> = self.command.iter().map(|word| word.as_str()).collect();
        let rest = match words.as_slice() {
            [program, rest @ ..] if file_name(program) == "celery" => rest,
            [python, "-m", "celery", rest @ ..] if file_name(python).starts_with("python") => rest,
            _ => return false,
        };
        rest.contains(&self.subcommand)
    }

    /// How its probes ask, if it has any.
    pub fn probe(&self) -> Option<CeleryProbe> {
        let asked = self.own.or(self.app).map(|asked| asked.value);
        if asked == Some(CeleryProbes::Switch(false)) {
            return None;
        }
        let answers_ping = self.subcommand == "worker";
        let wants_ping = asked == Some(CeleryProbes::By(CeleryProbe::Ping));
        match (self.command.is_empty(), answers_ping) {
            (true, true) if wants_ping => Some(CeleryProbe::Ping),
            (true, _) => Some(CeleryProbe::Heartbeat),
            // The heartbeat comes from the script that starts Celery.
            (false, true) if self.is_started_by_hand() => Some(CeleryProbe::Ping),
            (false, _) => None,
        }
    }

    /// Whether its own command takes its probes away, and nothing says that this is meant.
    pub fn loses_probes(&self) -> Option<Origin> {
        let asked = self.own.or(self.app).map(|asked| asked.value);
        let is_meant = asked == Some(CeleryProbes::Switch(false));
        let first = self.command.first()?;
        (self.probe().is_none() && !is_meant).then_some(first.origin)
    }
}

fn file_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
