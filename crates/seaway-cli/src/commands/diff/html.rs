//! The comparison as one page: what differs, what follows, why, and what to do, with a picture of each stack.
//!
//! The page has no scripts. What a reader selects in [`filters`] are checkboxes, and rules of CSS read them.

mod filters;
mod layout;
mod picture;

use std::fmt::Write as _;

use seaway_core::Consequence;
use seaway_core::shell;
use seaway_render::diff::{Change, Step};
use seaway_render::revision::{Cause, Effect, Finding};

use super::view::{Comparison, Group, at, effect, heading};
use crate::commands::page::{self, Row, block, code, escaped, table};
use crate::messages::plural;

use filters::Filters;

const STYLE: &str = include_str!("html/page.css");

/// The page.
pub(super) fn html(comparison: &Comparison) -> String {
    let title = format!("Changes from {} to {}", comparison.old, comparison.new);
    let groups = comparison.groups();
    let filters = Filters::of(&groups);
    let mut out = page::start(&title, &[STYLE, &filters.style()]);
    let _ = writeln!(
        out,
        "<main>\n<header>\n<h1>Changes from {} to {}</h1>",
        code(&comparison.old),
        code(&comparison.new)
    );
    introduction(&mut out, comparison, &groups);
    out.push_str("</header>\n");
    if !groups.is_empty() {
        filters.form(&mut out);
        summary(&mut out, &groups, &filters);
        for (number, group) in groups.iter().enumerate() {
            Section { id: format!("g{number}"), group, filters: &filters }.write(&mut out);
        }
    }
    out.push_str(
        "</main>\n<footer>Printed by <code>seaway diff</code>. The consequences are explained by \
         <code>seaway explain</code>.</footer>\n</body>\n</html>\n",
    );
    out
}

/// How many stages differ, and the worst that follows.
fn introduction(out: &mut String, comparison: &Comparison, groups: &[Group<'_>]) {
    let all: usize = comparison.stacks.iter().map(|stack| stack.stages.len()).sum();
    let differ: usize = groups.iter().map(|group| group.stages.len()).sum();
    let _ = match (differ, all - differ) {
        (0, _) => write!(out, "<p>Nothing differs in what is applied."),
        (_, 0) => write!(out, "<p>{} {}.", plural(differ, "stage"), verb(differ)),
        (_, quiet) => write!(
            out,
            "<p>{} {}; in {quiet} more nothing does.",
            plural(differ, "stage"),
            verb(differ)
        ),
    };
    if let Some(worst) = comparison.worst {
        let _ = write!(out, " Worst consequence: {}", chip(worst));
    }
    out.push_str("</p>\n");
}

fn verb(count: usize) -> &'static str {
    if count == 1 { "differs" } else { "differ" }
}

/// A row for each group of stages that differ alike.
fn summary(out: &mut String, groups: &[Group<'_>], filters: &Filters<'_>) {
    let several = filters.stacks.len() > 1;
    let rows = groups.iter().enumerate().map(|(number, group)| {
        let stages: Vec<String> = group.stages.iter().map(|stage| code(stage)).collect();
        let worst = match (group.diff.change, group.diff.worst()) {
            (Some(Change::Gained), _) => "new stage".to_owned(),
            (_, Some(worst)) => chip(worst),
            (_, None) => "none".to_owned(),
        };
        let counts = group.counts();
        let mut cells = vec![
            format!("<a href=\"#g{number}\">{}</a>", stages.join(", ")),
            worst,
            group.diff.causes.len().to_string(),
            escaped(counts.strip_prefix("objects: ").unwrap_or(&counts)),
            group.diff.steps.len().to_string(),
        ];
        if several {
            cells.insert(0, code(group.stack));
        }
        Row { class: filters.classes(group), cells }
    });
    let heads = ["stack", "stages", "worst", "causes", "objects", "steps"];
    out.push_str("<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n");
    table(out, if several { &heads } else { &heads[1..] }, rows);
    out.push_str("</section>\n");
}

/// A group of stages that differ alike, as a section of the page.
struct Section<'a> {
    /// Tells it from the others: a letter and a number.
    id: String,
    group: &'a Group<'a>,
    filters: &'a Filters<'a>,
}

impl Section<'_> {
    fn write(&self, out: &mut String) {
        let Self { id, group, filters } = self;
        let _ = writeln!(
            out,
            "<section class=\"group {}\" aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>",
            filters.classes(group),
            escaped(&capitalized(&group.stages()))
        );
        let is = match group.diff.change {
            Some(Change::Gained) => "The stage is new; ",
            Some(Change::Lost) => "The stage is gone; ",
            _ => "",
        };
        let _ = writeln!(out, "<p>{} {is}{}</p>", code(group.stack), escaped(&group.counts()));
        picture::figure(out, &group.diff.components, id);
        self.consequences(out);
        self.causes(out);
        self.steps(out);
        out.push_str("</section>\n");
    }

    /// The ranked table.
    fn consequences(&self, out: &mut String) {
        let findings = &self.group.diff.findings;
        if findings.is_empty() {
            return;
        }
        let rows = findings.iter().map(|finding| {
            let place = finding.place.as_ref().map(|place| breakable(&at(place)));
            let cells = vec![
                chip(finding.consequence),
                message(finding),
                self.link(finding),
                place.unwrap_or_default(),
            ];
            Row { class: filters::kinds([finding.consequence]), cells }
        });
        let _ = writeln!(out, "<h3>Consequences</h3>");
        table(out, &["consequence", "what follows", "cause", "line"], rows);
    }

    /// A link to the cause of a finding.
    fn link(&self, finding: &Finding) -> String {
        let id = &self.id;
        let cause = finding.cause.and_then(|at| Some((at, self.group.diff.causes.get(at)?)));
        match cause {
            Some((at, cause)) => format!("<a href=\"#{id}-c{at}\">{}</a>", breakable(&cause.key)),
            None => format!("<a href=\"#{id}-all\">all together</a>"),
        }
    }

    fn causes(&self, out: &mut String) {
        let causes = &self.group.diff.causes;
        let together: Vec<&Finding> = self.group.findings_of(None).collect();
        if causes.is_empty() && together.is_empty() {
            return;
        }
        out.push_str("<h3>Causes and their effects</h3>\n");
        for (number, cause) in causes.iter().enumerate() {
            let findings: Vec<&Finding> = self.group.findings_of(Some(number)).collect();
            let places = [("at", &cause.is_at), ("was at", &cause.was_at)];
            let places: Vec<String> = places
                .iter()
                .filter_map(|(word, place)| Some(format!("{word} {}", code(&at(place.as_ref()?)))))
                .collect();
            let kinds = findings.iter().map(|finding| finding.consequence).chain([cause.worst]);
            let _ = writeln!(
                out,
                "<article class=\"cause {}\" id=\"{}-c{number}\">\n<h4>{}</h4>",
                filters::kinds(kinds),
                self.id,
                code(&heading(cause))
            );
            if !places.is_empty() {
                let _ = writeln!(out, "<p>{}</p>", places.join(", "));
            }
            if let Some(reason) = &cause.reason {
                let _ = writeln!(out, "<p>{}</p>", prose(reason));
            }
            findings_of(out, &findings);
            effects(out, cause);
            out.push_str("</article>\n");
        }
        if !together.is_empty() {
            let kinds = together.iter().map(|finding| finding.consequence);
            let _ = writeln!(
                out,
                "<article class=\"cause {}\" id=\"{}-all\">\n<h4>All together</h4>",
                filters::kinds(kinds),
                self.id
            );
            findings_of(out, &together);
            out.push_str("</article>\n");
        }
    }

    fn steps(&self, out: &mut String) {
        let steps = &self.group.diff.steps;
        if steps.is_empty() {
            return;
        }
        out.push_str(
            "<h3>Steps</h3>\n<p>Do these in this order. One click selects all commands of a step.</p>\n\
             <ol class=\"steps\">\n",
        );
        for Step { title, notes, commands } in steps {
            let _ = writeln!(out, "<li><b>{}</b>", prose(title));
            for note in notes {
                let _ = writeln!(out, "<p>{}</p>", prose(note));
            }
            if !commands.is_empty() {
                let _ = writeln!(out, "{}", block(&shell::lines(commands.iter().cloned())));
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ol>\n");
    }
}

/// A key or a place, which may be broken behind each dot and slash.
fn breakable(text: &str) -> String {
    let parts: Vec<String> = text.split_inclusive(['.', '/']).map(escaped).collect();
    format!("<code>{}</code>", parts.join("<wbr/>"))
}

/// What follows from a cause, with what explains it.
fn findings_of(out: &mut String, findings: &[&Finding]) {
    if findings.is_empty() {
        return;
    }
    out.push_str("<ul class=\"findings\">\n");
    for finding in findings {
        let _ = write!(
            out,
            "<li class=\"{}\">{} <div><p>{}</p>",
            filters::kinds([finding.consequence]),
            chip(finding.consequence),
            message(finding)
        );
        for note in &finding.notes {
            let _ = write!(out, "<p class=\"note\">{}</p>", prose(note));
        }
        if let Some(help) = &finding.help {
            let _ = write!(out, "<p class=\"help\"><b>What to do</b>: {}</p>", prose(help));
        }
        out.push_str("</div></li>\n");
    }
    out.push_str("</ul>\n");
}

/// The fields and objects that a cause changes, folded; what follows from others of them is folded once more.
fn effects(out: &mut String, cause: &Cause) {
    let (following, own): (Vec<&Effect>, Vec<&Effect>) =
        cause.effects.iter().partition(|effect| effect.follows);
    let list = |out: &mut String, effects: &[&Effect]| {
        out.push_str("<ul class=\"effects\">\n");
        for row in effects {
            let (class, sign) = sign(row.change);
            let _ =
                writeln!(out, "<li><b class=\"{class}\">{sign}</b> {}</li>", escaped(&effect(row)));
        }
        out.push_str("</ul>\n");
    };
    if !own.is_empty() {
        let _ = writeln!(out, "<details><summary>{}</summary>", plural(own.len(), "effect"));
        list(out, &own);
        out.push_str("</details>\n");
    }
    if !following.is_empty() {
        let _ = writeln!(
            out,
            "<details><summary>{} in checksums, hash-suffixed names and version labels</summary>",
            plural(following.len(), "effect")
        );
        list(out, &following);
        out.push_str("</details>\n");
    }
}

/// What follows, in a sentence.
fn message(finding: &Finding) -> String {
    let allowed = finding.allowed.as_ref();
    let allowed = allowed.map(|reason| format!(" <i>(allowed: {})</i>", escaped(reason)));
    format!("{}{}", prose(&finding.message), allowed.unwrap_or_default())
}

/// A change as a class and a sign, so that its color is not all that shows it.
fn sign(change: Change) -> (&'static str, &'static str) {
    match change {
        Change::Gained => ("new", "+"),
        Change::Changed => ("changed", "~"),
        Change::Lost => ("gone", "−"),
    }
}

/// How bad a consequence is, as a class.
fn tier(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::LostData | Consequence::UnreadableData | Consequence::Refused => "critical",
        Consequence::Downtime | Consequence::NeedsAStep | Consequence::Opens => "warning",
        Consequence::Restarts
        | Consequence::RunsOnce
        | Consequence::Capacity
        | Consequence::Cosmetic => "none",
    }
}

fn chip(consequence: Consequence) -> String {
    format!("<span class=\"chip {}\">{consequence}</span>", tier(consequence))
}

/// A sentence, in which what stands between backticks is code.
fn prose(text: &str) -> String {
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let part = |(number, part): (usize, &str)| {
        if number % 2 == 1 { code(part) } else { escaped(part) }
    };
    if is_paired { text.split('`').enumerate().map(part).collect() } else { escaped(text) }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_of_backticks_are_code() {
        assert_eq!(prose("`a<b` is"), "<code>a&lt;b</code> is");
        assert_eq!(prose("one ` <i>"), "one ` &lt;i&gt;");
    }
}
