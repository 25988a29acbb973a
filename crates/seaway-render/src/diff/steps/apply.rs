//! The apply itself, and the look at what came of it.

use seaway_core::shell::{Command, command};

use super::database::database_inside;
use super::{Cx, step, workload};
use crate::diff::Step;
use crate::diff::data::is_inside;

pub(super) fn apply(cx: &Cx<'_>, is_rendered: bool) -> Step {
    let mut step = step(format!("apply {}", cx.second()));
    if is_rendered {
        step.notes.push(format!(
            "the way back, from here until you delete what is old: apply {} again, with the old values of its Secrets",
            cx.first()
        ));
    }
    step.commands.push(if is_rendered {
        command("{} -f {}", &[&cx.apply(cx.to), &cx.folder()])
    } else {
        command("{} | {} -f -", &[&cx.render(), &cx.apply(cx.to)])
    });
    for object in &cx.to.objects {
        let is_migration = object.component.as_ref().is_some_and(|name| {
            let part = cx.to.stack.parts.get(&name.value);
            part.is_some_and(|part| part.facts.migration.is_some())
        });
        if is_migration && object.body.kind() == "Job" {
            step.commands.push(command(
                "{} wait --for=condition=complete job/{} --timeout=30m",
                &[&cx.new, &object.body.name()],
            ));
        }
    }
    let parts = cx.to.stack.parts.values().filter(|part| part.facts.is_application());
    let running: Vec<Command> = parts.filter_map(|part| workload(cx.to, part)).collect();
    // One at a time: kubectl follows the rollout of one object.
    step.commands.extend(
        running.iter().map(|what| command("{} rollout status {} --timeout=15m", &[&cx.new, what])),
    );
    step
}

/// Nothing is deleted before somebody has looked.
pub(super) fn check(cx: &Cx<'_>, has_moves: bool) -> Option<Step> {
    if !has_moves {
        return None;
    }
    let mut step = step("check that all is there");
    step.notes.push(
        "compare a few numbers of rows, look at pages that read and write, and at the logs"
            .to_owned(),
    );
    for store in cx.stores {
        let (Some(from), Some(_)) = (store.from, store.to) else { continue };
        if let Some(database) = database_inside(from)
            && store.to.is_some_and(|to| !is_inside(to))
        {
            step.commands.push(command(
                "{} exec statefulset/{} -- psql --username=postgres --dbname={} --command='ANALYZE' \
                 --command='SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY relname'",
                &[&cx.old, &from.object, &database],
            ));
            let to = store.to.map(|to| to.name.to_string()).unwrap_or_default();
            let ask = command(
                "psql \"$DATABASE_URL\" \
                 --command=\"SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY relname\"",
                &[],
            );
            step.commands.push(command(
                "{} exec pod/restore-{} -- sh -c {}",
                &[&cx.new, &to, &ask.as_str()],
            ));
        }
    }
    Some(step)
}
