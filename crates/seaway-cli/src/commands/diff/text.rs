//! The comparison for a terminal.

use std::fmt::Write as _;

use seaway_core::Consequence;
use seaway_render::diff::{Change, Step};
use seaway_render::revision::Finding;

use super::view::{Comparison, Group, at, effect, heading};

/// Most effects of a cause that are shown; `--all-fields` and JSON have all.
const MOST: usize = 8;

/// How the text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) color: bool,
    pub(super) width: usize,
    pub(super) all_fields: bool,
}

pub(super) fn text(comparison: &Comparison, look: Look) -> String {
    let mut out = Out { text: String::new(), look };
    if comparison.is_empty() {
        out.text.push_str("nothing differs\n");
        return out.text;
    }
    for (number, group) in comparison.groups().iter().enumerate() {
        if number > 0 {
            out.text.push('\n');
        }
        self::group(&mut out, group);
    }
    out.text
}

struct Out {
    text: String,
    look: Look,
}

impl Out {
    fn paint(&self, on: &str, text: &str) -> String {
        if self.look.color { format!("{on}{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.paint("\x1b[1m", text)
    }

    /// A paragraph with an indent, and another one for all lines but the first.
    fn wrapped(&mut self, first: &str, indent: usize, text: &str) {
        let mut line = first.to_owned();
        let mut length = indent;
        let mut is_empty = true;
        for word in text.split(' ') {
            let size = word.chars().count();
            if !is_empty && length + 1 + size > self.look.width {
                let _ = writeln!(self.text, "{}", line.trim_end());
                line = " ".repeat(indent);
                length = indent;
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += size;
            is_empty = false;
        }
        let _ = writeln!(self.text, "{}", line.trim_end());
    }
}

fn color(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::LostData | Consequence::UnreadableData | Consequence::Refused => "\x1b[1;31m",
        Consequence::Downtime | Consequence::NeedsAStep | Consequence::Opens => "\x1b[33m",
        Consequence::Restarts | Consequence::RunsOnce | Consequence::Capacity => "\x1b[36m",
        Consequence::Cosmetic => "\x1b[2m",
    }
}

fn group(out: &mut Out, group: &Group<'_>) {
    let title = format!("{}, {}", group.stack, group.stages());
    let counts = match group.diff.change {
        Some(Change::Gained) => format!("new, {}", group.counts()),
        Some(Change::Lost) => format!("gone, {}", group.counts()),
        _ => group.counts(),
    };
    let title = out.bold(&title);
    let _ = writeln!(out.text, "{title} ({counts})");
    for (number, cause) in group.diff.causes.iter().enumerate() {
        out.text.push('\n');
        let title = out.bold(&heading(cause));
        let _ = writeln!(out.text, "{title}");
        let places: Vec<String> = [
            cause.is_at.as_ref().map(|place| format!("at {}", at(place))),
            cause.was_at.as_ref().map(|place| format!("was at {}", at(place))),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !places.is_empty() {
            let _ = writeln!(out.text, "  {}", places.join(", "));
        }
        if let Some(reason) = &cause.reason {
            out.wrapped("  ", 2, reason);
        }
        for finding in group.findings_of(Some(number)) {
            self::finding(out, finding);
        }
        effects(out, cause);
    }
    let without: Vec<&Finding> = group.findings_of(None).collect();
    if !without.is_empty() {
        let title = out.bold("All together");
        let _ = writeln!(out.text, "\n{title}");
    }
    for finding in without {
        self::finding(out, finding);
    }
    steps(out, &group.diff.steps);
}

fn finding(out: &mut Out, finding: &Finding) {
    const WORD: usize = 15;
    let word = format!("{:WORD$}", finding.consequence.as_str());
    let first = format!("  {}  ", out.paint(color(finding.consequence), &word));
    out.wrapped(&first, WORD + 4, &finding.message);
    let indent = " ".repeat(WORD + 4);
    if let Some(reason) = &finding.allowed {
        out.wrapped(&indent, WORD + 4, &format!("allowed: {reason}"));
    }
    for note in &finding.notes {
        out.wrapped(&indent, WORD + 4, &format!("note: {note}"));
    }
    if let Some(help) = &finding.help {
        out.wrapped(&indent, WORD + 4, &format!("help: {help}"));
    }
}

fn effects(out: &mut Out, cause: &seaway_render::revision::Cause) {
    let all = out.look.all_fields;
    let shown: Vec<_> = cause.effects.iter().filter(|effect| all || !effect.follows).collect();
    let most = if all { usize::MAX } else { MOST };
    for row in shown.iter().take(most) {
        let (sign, on) = match row.change {
            Change::Gained => ('+', "\x1b[32m"),
            Change::Changed => ('~', "\x1b[33m"),
            Change::Lost => ('-', "\x1b[31m"),
        };
        let first = format!("    {} ", out.paint(on, &sign.to_string()));
        out.wrapped(&first, 6, &effect(row));
    }
    let (more, following) = (shown.len().saturating_sub(most), cause.effects.len() - shown.len());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let rows: Vec<String> = [
        (more > 0).then(|| format!("{more} more field{}", plural(more))),
        (following > 0)
            .then(|| format!("{following} that follow{}", if following == 1 { "s" } else { "" })),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !rows.is_empty() {
        let _ = writeln!(out.text, "      and {} (`--all-fields`)", rows.join(", "));
    }
}

fn steps(out: &mut Out, steps: &[Step]) {
    if steps.is_empty() {
        return;
    }
    let title = out.bold("Steps");
    let _ = writeln!(out.text, "\n{title}");
    for (number, step) in steps.iter().enumerate() {
        out.wrapped(&format!("  {}. ", number + 1), 5, &step.title);
        for note in &step.notes {
            out.wrapped("     ", 5, note);
        }
        for command in &step.commands {
            out.text.push_str(&command.indented("       "));
        }
    }
}
