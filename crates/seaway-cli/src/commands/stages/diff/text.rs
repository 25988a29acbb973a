//! The difference for people.

use std::fmt::Write as _;

use seaway_core::Consequence;
use seaway_core::options::Profile;
use seaway_render::Difference;
use seaway_render::diff::{
    Change, Data, Kept, KeyChange, Maker, ObjectChange, SecretChange, Side, Step, Task,
    VariableChange,
};
use seaway_render::revision::Finding;

/// Lists of processes and keys are broken into lines of about this many characters.
const WIDTH: usize = 100;
/// Most fields of one object that are shown; JSON has all.
const MOST_FIELDS: usize = 12;

/// Sections with a line a thing; what did not change is not mentioned.
pub(super) fn text(difference: &Difference, follows: &[Finding], color: bool) -> String {
    let mut out = Out { text: String::new(), color };
    let (from, to) = (&difference.from, &difference.to);
    out.bold(&format!("from {} to {}", side(from), side(to)));
    if from.namespace != to.namespace {
        let _ = writeln!(out.text, "namespace  {} → {}", from.namespace, to.namespace);
    }
    if difference.is_empty() {
        out.text.push_str("nothing differs\n");
        return out.text;
    }
    components(&mut out, difference);
    objects(&mut out, difference);
    variables(&mut out, &difference.variables);
    ways(&mut out, difference);
    secrets(&mut out, &difference.secrets);
    data(&mut out, &difference.data);
    consequences(&mut out, follows);
    steps(&mut out, &difference.steps);
    let _ = writeln!(out.text, "\n{}", super::counted(difference));
    out.text
}

/// What follows, the worst first. What stays behind and what has to be made first are steps.
fn consequences(out: &mut Out, follows: &[Finding]) {
    let shown = |finding: &&Finding| finding.consequence != Consequence::NeedsAStep;
    let mut rows = follows.iter().filter(shown).peekable();
    if rows.peek().is_none() {
        return;
    }
    out.section("Consequences");
    for row in rows {
        let _ = writeln!(out.text, "  {:15}  {}", row.consequence.as_str(), row.message);
    }
}

struct Out {
    text: String,
    color: bool,
}

impl Out {
    fn bold(&mut self, line: &str) {
        let (on, off) = if self.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(self.text, "{on}{line}{off}");
    }

    fn section(&mut self, title: &str) {
        self.text.push('\n');
        self.bold(title);
    }

    /// A line with the sign of a change.
    fn line(&mut self, change: Change, line: &str) {
        let (sign, on) = match change {
            Change::Gained => ('+', "\x1b[32m"),
            Change::Changed => ('~', "\x1b[33m"),
            Change::Lost => ('-', "\x1b[31m"),
        };
        let (on, off) = if self.color { (on, "\x1b[0m") } else { ("", "") };
        let _ = writeln!(self.text, "  {on}{sign} {}{off}", line.trim_end());
    }
}

fn side(side: &Side) -> String {
    let profile = match side.profile {
        Profile::Development => "development",
        Profile::Production => "production",
    };
    format!("{} ({profile})", side.stage)
}

/// `old → new`, or the one that there is.
fn arrow(was: Option<&str>, is: Option<&str>) -> String {
    match (was, is) {
        (Some(was), Some(is)) => format!("{was} → {is}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    }
}

fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or_default()
}

fn components(out: &mut Out, difference: &Difference) {
    let rows = &difference.components;
    if rows.is_empty() {
        return;
    }
    out.section("Components");
    let width = width(rows.iter().map(|row| row.name.as_str()));
    for row in rows {
        let types = arrow(row.was.as_deref(), row.is.as_deref());
        out.line(row.change, &format!("{:width$}  {types}", row.name));
    }
}

fn objects(out: &mut Out, difference: &Difference) {
    let rows = &difference.objects;
    if rows.is_empty() {
        return;
    }
    out.section("Objects");
    for row in rows {
        let pods = if row.replaces_pods { "  (its pods are replaced)" } else { "" };
        out.line(row.change, &format!("{}/{}{pods}", row.kind, row.name));
        fields(out, row);
    }
}

/// The fields of an object but for those that have a section of their own.
fn fields(out: &mut Out, row: &ObjectChange) {
    if row.kind == "NetworkPolicy" || row.kind == "Secret" {
        return;
    }
    let own = |path: &str| {
        let field = |part: &str| part.split('[').next().unwrap_or_default().to_owned();
        !path.split('.').any(|part| matches!(field(part).as_str(), "env" | "envFrom"))
    };
    let shown: Vec<_> = row.fields.iter().filter(|field| own(&field.path)).collect();
    for field in shown.iter().take(MOST_FIELDS) {
        let values = match (&field.was, &field.is) {
            (None, Some(is)) => format!("+ {is}"),
            (Some(was), None) => format!("- {was}"),
            (was, is) => arrow(was.as_deref(), is.as_deref()),
        };
        let _ = writeln!(out.text, "      {}: {values}", field.path);
    }
    if shown.len() > MOST_FIELDS {
        let _ = writeln!(out.text, "      … and {} more fields", shown.len() - MOST_FIELDS);
    }
}

fn variables(out: &mut Out, rows: &[VariableChange]) {
    if rows.is_empty() {
        return;
    }
    out.section("Environment of the processes that both have");
    let width = width(rows.iter().map(|row| row.name.as_str()));
    for row in rows {
        let sources = arrow(row.was.as_deref(), row.is.as_deref());
        out.line(row.change, &format!("{:width$}  {sources}", row.name));
        listed(out, "in ", &row.processes);
    }
}

/// Names in lines below a row.
fn listed(out: &mut Out, intro: &str, names: &[String]) {
    let mut line = format!("      {intro}");
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 == names.len() { "" } else { ", " };
        if line.chars().count() + name.len() > WIDTH {
            let _ = writeln!(out.text, "{}", line.trim_end());
            line = format!("      {}", " ".repeat(intro.len()));
        }
        line.push_str(name);
        line.push_str(comma);
    }
    let _ = writeln!(out.text, "{}", line.trim_end());
}

fn ways(out: &mut Out, difference: &Difference) {
    let rows = &difference.ways;
    if rows.is_empty() {
        return;
    }
    out.section("Network");
    // Those who do the same are one line.
    let mut groups: Vec<(Change, &str, &str, Vec<String>)> = Vec::new();
    for row in rows {
        let same = groups.iter_mut().find(|(change, to, port, _)| {
            (*change, *to, *port) == (row.change, &row.to, &row.port)
        });
        match same {
            Some((.., from)) => from.push(row.from.clone()),
            None => groups.push((row.change, &row.to, &row.port, vec![row.from.clone()])),
        }
    }
    for (change, to, port, from) in groups {
        out.line(change, &format!("to {to}, {port}"));
        listed(out, "from ", &from);
    }
}

fn maker(maker: Maker) -> &'static str {
    match maker {
        Maker::You => "you make it",
        Maker::Seaway => "Seaway makes it up",
        Maker::Controller => "a controller makes it",
    }
}

fn secrets(out: &mut Out, rows: &[SecretChange]) {
    if rows.is_empty() {
        return;
    }
    out.section("Secrets");
    let width = width(rows.iter().map(|row| row.name.as_str()));
    for row in rows {
        let makers = match (row.was, row.is) {
            (Some(was), Some(is)) if was != is => format!("{} → {}", maker(was), maker(is)),
            (_, Some(is)) => maker(is).to_owned(),
            (_, None) => "can go".to_owned(),
        };
        let to_make = match (row.to_make, row.was) {
            (true, None) => ", has to be made",
            (true, Some(_)) => ", has to be made anew",
            (false, _) => "",
        };
        out.line(row.change, &format!("{:width$}  {makers}{to_make}", row.name));
        for key in &row.keys {
            if row.change != Change::Lost {
                let _ = writeln!(out.text, "      {}", key_line(row, key));
            }
        }
    }
}

fn key_line(row: &SecretChange, key: &KeyChange) -> String {
    let sign = match (row.change, key.change) {
        (Change::Changed, Change::Gained) => "+ ",
        (Change::Changed, Change::Lost) => "- ",
        (Change::Changed, Change::Changed) => "~ ",
        _ => "",
    };
    let made_of = match (&key.was, &key.is) {
        (None, None) => String::new(),
        (Some(was), None) if key.change == Change::Changed => format!("  {was} → as it is given"),
        (None, Some(is)) if key.change == Change::Changed => format!("  as it is given → {is}"),
        (was, is) => format!("  {}", arrow(was.as_deref(), is.as_deref())),
    };
    format!("{sign}{}{made_of}", key.key)
}

fn data(out: &mut Out, rows: &[Data]) {
    if rows.is_empty() {
        return;
    }
    out.section("Data");
    for row in rows {
        let what = match row.what {
            Kept::Database => "the rows",
            Kept::Broker => "the queued tasks",
            Kept::Results => "the results of tasks",
            Kept::Cache => "the cached entries",
            Kept::Files => "the files",
        };
        let task = match row.task {
            Task::Move => "have to be moved",
            Task::Save => "have to be saved: nothing takes them",
            Task::Drain => "have to be used up first",
            Task::Drop => "are not taken along",
        };
        let change = if row.is.is_some() { Change::Changed } else { Change::Lost };
        out.line(change, &format!("{what} of {} {task}", row.name));
        let _ = writeln!(out.text, "      {}", arrow(Some(&row.was), row.is.as_deref()));
    }
}

fn steps(out: &mut Out, rows: &[Step]) {
    if rows.is_empty() {
        return;
    }
    out.section("Steps");
    for (at, row) in rows.iter().enumerate() {
        out.text.push_str(if at == 0 { "" } else { "\n" });
        out.bold(&format!("  {}. {}", at + 1, row.title));
        for note in &row.notes {
            wrapped(out, note);
        }
        for command in &row.commands {
            out.text.push_str(&command.indented("     "));
        }
    }
}

/// A note in lines.
fn wrapped(out: &mut Out, note: &str) {
    let mut line = String::from("     #");
    for word in note.split_whitespace() {
        if line.chars().count() + word.chars().count() >= WIDTH {
            let _ = writeln!(out.text, "{line}");
            line = String::from("     #");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out.text, "{line}");
}
