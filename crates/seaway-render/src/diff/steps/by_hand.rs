//! Jobs that somebody starts: an apply makes their suspended `CronJob`s and runs none.

use seaway_core::options::Job;
use seaway_core::shell::command;

use super::{Cx, quoted, step};
use crate::diff::{Change, Step, objects};

/// Says how to start those that are new or changed.
pub(super) fn start(cx: &Cx<'_>) -> Option<Step> {
    let parts = cx.to.stack.parts.values();
    let mut manual: Vec<_> = parts
        .filter(|part| part.component.options::<Job>().is_some_and(|job| job.manual().is_some()))
        .collect();
    if manual.is_empty() {
        return None;
    }
    let changes = objects::changes(cx.from, cx.to);
    manual.retain(|part| {
        changes.iter().any(|object| {
            object.kind == "CronJob" && object.name == *part.object && object.change != Change::Lost
        })
    });
    let names: Vec<&str> = manual.iter().map(|part| &*part.name.value).collect();
    let mut step = step(format!("start {} whenever it has to run", quoted(&names)));
    step.notes.push(
        "no apply runs it. Each run is a Job of its own and needs a name that none has yet"
            .to_owned(),
    );
    step.commands.extend(manual.iter().map(|part| {
        command(
            "{} create job {} --from=cronjob/{}",
            &[&cx.new, &format!("{}-1", part.object), &part.object],
        )
    }));
    (!step.commands.is_empty()).then_some(step)
}
