//! The comparison as a comment of a pull request, in GitHub's Markdown.
//!
//! Text of a stack is somebody else's: it stands in code spans, or with every character escaped that Markdown or GitHub reads as
//! more than text, so that it can neither mention somebody nor close a table.

use std::fmt::Write as _;

use seaway_core::Consequence;
use seaway_core::shell;
use seaway_render::diff::{Change, Step};
use seaway_render::revision::{Cause, Finding};

use super::view::{Comparison, Group, at, effect, heading};

/// Most bytes of a comment: GitHub takes 65,536 characters
/// (<https://github.com/orgs/community/discussions/41331>), and no character has more bytes than one.
pub(super) const MOST: usize = 65_536;
/// A space without a width: what it stands between is no name to GitHub.
const APART: &str = "&#8203;";
/// What stays free for the lines that say what was left out.
const RESERVE: usize = 1024;

pub(super) fn markdown(comparison: &Comparison, all_fields: bool) -> String {
    let mut out = Out { text: String::new(), left_out: 0 };
    out.text.push_str("### Seaway\n\n");
    if comparison.is_empty() {
        out.text.push_str("Nothing differs in what is applied.\n");
        return out.text;
    }
    let groups = comparison.groups();
    summary(&mut out, comparison, &groups);
    consequences(&mut out, &groups);
    for group in &groups {
        details(&mut out, group, all_fields);
    }
    for group in &groups {
        steps(&mut out, group);
    }
    if out.left_out > 0 {
        let what = if out.left_out == 1 { "part is" } else { "parts are" };
        let _ = write!(
            out.text,
            "\n{} {what} left out, since a comment holds {MOST} characters: the least severe ones. Run `seaway diff` to see all.\n",
            out.left_out
        );
    }
    out.text
}

struct Out {
    text: String,
    left_out: usize,
}

impl Out {
    /// Adds a part that makes sense alone, or counts it as left out.
    fn part(&mut self, part: &str) -> bool {
        let fits = self.text.len() + part.len() + RESERVE <= MOST;
        if fits {
            self.text.push_str(part);
        } else {
            self.left_out += 1;
        }
        fits
    }
}

/// A line for each group of stages: what changes, and the worst of it.
fn summary(out: &mut Out, comparison: &Comparison, groups: &[Group<'_>]) {
    let several = comparison.stacks.len() > 1;
    let stack = if several { "Stack | " } else { "" };
    let line = if several { "--- | " } else { "" };
    let _ = write!(
        out.text,
        "{stack}Stages | Worst consequence | Causes | Objects\n{line}--- | --- | --- | ---\n"
    );
    for group in groups {
        let stack = if several { format!("{} | ", code(group.stack)) } else { String::new() };
        let stages: Vec<String> = group.stages.iter().map(|stage| code(stage)).collect();
        let worst = match (group.diff.change, group.diff.worst()) {
            (Some(Change::Gained), _) => "new stage".to_owned(),
            (_, Some(worst)) => format!("{} {}", sign(worst), word(worst)),
            (_, None) => "none".to_owned(),
        };
        let counts = group.counts();
        let row = format!(
            "{stack}{} | {worst} | {} | {}\n",
            stages.join(", "),
            group.diff.causes.len(),
            counts.strip_prefix("objects: ").unwrap_or(&counts)
        );
        out.part(&row);
    }
    let stages: usize = comparison.stacks.iter().map(|stack| stack.stages.len()).sum();
    let named: usize = groups.iter().map(|group| group.stages.len()).sum();
    if stages > named {
        let quiet = stages - named;
        let _ = write!(
            out.text,
            "\nIn {quiet} more {} nothing differs.\n",
            if quiet == 1 { "stage" } else { "stages" }
        );
    }
}

/// The ranked table, a row for each finding.
fn consequences(out: &mut Out, groups: &[Group<'_>]) {
    let mut rows: Vec<(Consequence, String, Vec<&str>)> = Vec::new();
    for group in groups {
        for finding in &group.diff.findings {
            let place = finding.place.as_ref().map(|place| code(&at(place))).unwrap_or_default();
            let cause = finding.cause.and_then(|at| group.diff.causes.get(at));
            let cause = cause.map(|cause| code(&cause.key)).unwrap_or_default();
            let allowed =
                finding.allowed.as_ref().map(|reason| format!(" (allowed: {})", plain(reason)));
            let row = format!(
                "{}{} | {cause} | {place}",
                plain(&finding.message),
                allowed.unwrap_or_default()
            );
            match rows.iter_mut().find(|known| known.0 == finding.consequence && known.1 == row) {
                Some(known) => known.2.extend(&group.stages),
                None => rows.push((finding.consequence, row, group.stages.clone())),
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    rows.sort_by_key(|(consequence, ..)| *consequence);
    out.part("\nConsequence | What follows | Cause | Line | Stages\n--- | --- | --- | --- | ---\n");
    for (consequence, row, stages) in rows {
        let stages: Vec<String> = stages.iter().map(|stage| code(stage)).collect();
        out.part(&format!(
            "{} {} | {row} | {}\n",
            sign(consequence),
            word(consequence),
            stages.join(", ")
        ));
    }
}

/// The end of what is folded.
const CLOSE: &str = "\n</details>\n";

/// Each cause with its effects, folded.
fn details(out: &mut Out, group: &Group<'_>, all_fields: bool) {
    if group.diff.causes.is_empty() {
        return;
    }
    let title = format!("{}, {}", group.stack, group.stages());
    let open = format!("\n<details><summary>Causes and effects: {}</summary>\n\n", html(&title));
    // The least severe causes come last, and are what a long comment leaves out.
    let mut body = String::new();
    for (number, cause) in group.diff.causes.iter().enumerate() {
        let part = self::cause(group, number, cause, all_fields);
        if out.text.len() + open.len() + body.len() + part.len() + CLOSE.len() + RESERVE > MOST {
            out.left_out += group.diff.causes.len() - number;
            break;
        }
        body.push_str(&part);
    }
    if !body.is_empty() {
        out.part(&format!("{open}{body}{CLOSE}"));
    }
}

fn cause(group: &Group<'_>, number: usize, cause: &Cause, all_fields: bool) -> String {
    let mut out = format!("**{}**", code(&heading(cause)));
    if let Some(place) = &cause.is_at {
        let _ = write!(out, " at {}", code(&at(place)));
    }
    if let Some(place) = &cause.was_at {
        let _ = write!(out, ", was {}", code(&at(place)));
    }
    out.push_str("\n\n");
    if let Some(reason) = &cause.reason {
        let _ = write!(out, "{}\n\n", plain(reason));
    }
    for finding in group.findings_of(Some(number)) {
        self::finding(&mut out, finding);
    }
    for row in cause.effects.iter().filter(|effect| all_fields || !effect.follows) {
        let _ = writeln!(out, "- {}", code(&effect(row)));
    }
    let hidden = cause.effects.iter().filter(|effect| effect.follows).count();
    if hidden > 0 && !all_fields {
        let _ = writeln!(
            out,
            "- and {hidden} that {}: checksums, names that end in a hash, version labels",
            if hidden == 1 { "follows" } else { "follow" }
        );
    }
    out.push('\n');
    out
}

fn finding(out: &mut String, finding: &Finding) {
    let _ = writeln!(
        out,
        "- {} {}: {}",
        sign(finding.consequence),
        word(finding.consequence),
        plain(&finding.message)
    );
    for note in &finding.notes {
        let _ = writeln!(out, "  - {}", plain(note));
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(out, "  - **do**: {}", plain(help));
    }
}

fn steps(out: &mut Out, group: &Group<'_>) {
    if group.diff.steps.is_empty() {
        return;
    }
    let title = format!("{}, {}", group.stack, group.stages());
    let mut text = format!("\n<details><summary>Steps: {}</summary>\n\n", html(&title));
    for (number, Step { title, notes, commands }) in group.diff.steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {}", number + 1, plain(title));
        for note in notes {
            let _ = write!(text, "\n   {}\n", plain(note));
        }
        if !commands.is_empty() {
            let commands = shell::lines(commands.iter().cloned());
            let fence = fence(&commands, 3);
            let _ = write!(text, "\n   {fence}sh\n");
            for line in commands.lines() {
                let _ = writeln!(text, "   {line}");
            }
            let _ = writeln!(text, "   {fence}");
        }
        text.push('\n');
    }
    text.push_str("</details>\n");
    out.part(&text);
}

/// A consequence with the page that explains it.
fn word(consequence: Consequence) -> String {
    format!("`{consequence}`")
}

fn sign(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::LostData | Consequence::UnreadableData | Consequence::Refused => "🛑",
        Consequence::Downtime | Consequence::NeedsAStep | Consequence::Opens => "⚠️",
        Consequence::Restarts
        | Consequence::RunsOnce
        | Consequence::Capacity
        | Consequence::Cosmetic => "ℹ️",
    }
}

/// As many backticks as no row of them in a text has, and at least some.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(if longest >= least { longest + 1 } else { least }))
}

/// A text in a code span, in one line. A vertical bar would end the cell of a table even there.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.replace('|', "\\|");
    let fence = fence(&text, 1);
    let pad =
        if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence in one line. What stands between backticks becomes a code span; nothing else in it is more than text.
fn plain(text: &str) -> String {
    if !text.matches('`').count().is_multiple_of(2) {
        return escaped(text);
    }
    let mut out = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            out.push_str(&code(part));
        } else {
            out.push_str(&escaped(part));
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // GitHub notifies whom a comment names, and links issues. It looks for names in the text that Markdown has become, where
            // an entity is the character again, so that only a character in between helps
            // (<https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/mention_filter.rb>).
            '@' | '#' => {
                out.push(c);
                out.push_str(APART);
            }
            '\\' | '|' | '*' | '_' | '[' | ']' | '~' | '!' | '`' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // An address would become a link.
    out.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}

/// A text inside of an HTML element.
fn html(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('@', &format!("@{APART}")).replace('#', &format!("#{APART}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_stack_is_never_more_than_text() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`x`"), "`` `x` ``");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(plain("see @all and #1"), "see @&#8203;all and #&#8203;1");
        assert_eq!(plain("<img src=x>"), "&lt;img src=x&gt;");
        assert_eq!(plain("`a` is *not* b"), "`a` is \\*not\\* b");
        assert_eq!(plain("one ` alone"), "one \\` alone");
    }
}
