//! `seaway diff`: two revisions of stacks, what was edited, what that changes, and what follows.

mod compare;
mod html;
mod json;
mod markdown;
mod sides;
mod text;
mod view;

use seaway_core::Severity;

use crate::args::{self, DiffFormat};
use crate::files::Over;
use crate::messages::{Message, Report, Terminal, width};
use crate::parallel;
use crate::status::Status;

use sides::Content;
use text::Look;
use view::Comparison;

/// Compares two revisions; nothing is printed if one of them has an error.
pub(super) fn run(args: &args::Diff, terminal: Terminal) -> Status {
    let over = match super::over(&args.over, terminal) {
        Ok(over) => over,
        Err(status) => return status,
    };
    let comparison = match compare(args, over) {
        Ok(comparison) => comparison,
        Err(reports) => {
            for report in &reports {
                let summary = format!("could not compare: {}", report.counts());
                terminal.show(report, Some((Severity::Error, &summary)));
            }
            return Status::Failed;
        }
    };
    let text = match args.format {
        DiffFormat::Text => {
            let color = terminal.has_colored_output();
            text::text(&comparison, Look { color, width: width(), all_fields: args.all_fields })
        }
        DiffFormat::Markdown => markdown::markdown(&comparison, args.all_fields),
        DiffFormat::Html => html::html(&comparison),
        DiffFormat::Json => json::json(&comparison),
    };
    let status = super::print(&text, terminal);
    let fails = |worst| args.fail_on.is_some_and(|least| worst <= least);
    match comparison.worst {
        Some(worst) if status == Status::Done && fails(worst) => {
            let text = format!("the worst consequence is `{worst}`, denied by `--fail-on`");
            terminal.show(&Message::error(worst.as_str(), text).into(), None);
            Status::Failed
        }
        _ => status,
    }
}

fn compare(args: &args::Diff, over: Over<'_>) -> Result<Comparison, Vec<Report>> {
    let sides = sides::find(args).map_err(|report| vec![report])?;
    let mut pairs = sides.pairs();
    if pairs.is_empty() && matches!(sides.new.content, Content::Rendered(_)) {
        pairs.push(sides::Pair { old: None, new: None });
    }
    let (mut stacks, mut failed) = (Vec::new(), Vec::new());
    for result in parallel::map(&pairs, |pair| compare::stack(&sides, pair, args, over)) {
        match result {
            Ok(stack) => stacks.push(stack),
            Err(report) => failed.push(report),
        }
    }
    if failed.is_empty() {
        Ok(Comparison::new(sides.old.name, sides.new.name, stacks))
    } else {
        Err(failed)
    }
}
