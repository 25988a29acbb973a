//! The page as Markdown: a diagram in Mermaid, and tables.

use std::fmt::Write as _;

use seaway_core::shell::command;
use seaway_render::Overview;
use seaway_render::overview::Dashboard;

use super::picture::{self, Node, Picture, picture};
use super::words::{self, Sentence, severity_rank};

/// The page.
pub(super) fn page(overview: &Overview) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", text(&picture::title(overview)));
    for paragraph in words::introduction(overview) {
        let _ = writeln!(out, "{}\n", sentence(&paragraph));
    }
    let _ = writeln!(out, "```mermaid\n{}```\n", mermaid(&picture(overview)));
    look(&mut out, overview);
    alerts(&mut out, overview);
    receivers(&mut out, overview);
    targets(&mut out, overview);
    dashboards(&mut out, overview);
    let _ = writeln!(
        out,
        "---\n\nMade by `{}`; nothing in it is written by hand.",
        command("seaway monitoring --stage {}", &[&overview.stage])
    );
    out
}

fn look(out: &mut String, overview: &Overview) {
    if overview.views.is_empty() {
        return;
    }
    out.push_str("## Where to look\n\n");
    table(out, &["what", "address", "after"]);
    for view in &overview.views {
        let address = format!("<{}>", view.address);
        let command =
            view.command.as_deref().map_or_else(|| "nothing: it is exposed".to_owned(), code);
        row(out, &[text(&view.what), address, command]);
    }
    out.push('\n');
}

fn alerts(out: &mut String, overview: &Overview) {
    out.push_str("## Alerts\n\n");
    let _ = writeln!(out, "{}\n", sentence(&words::alerts(overview)));
    table(out, &["severity", "alert", "for", "about", "says"]);
    for words::Merged { alert, about, says } in words::merged(overview) {
        let name = match &alert.runbook {
            Some(runbook) => format!("[{}]({})", text(&alert.name), link(runbook)),
            None => text(&alert.name),
        };
        let severity = match severity_rank(&alert.severity) {
            0 => "**critical**".to_owned(),
            _ => text(&alert.severity),
        };
        let about = sentence(&about);
        let says = summary(&says);
        row(out, &[severity, name, text(&alert.wait), about, says]);
    }
    out.push('\n');
}

/// A summary: placeholders stand out.
fn summary(said: &Sentence) -> String {
    words::written(said, text, |value| format!("*{}*", text(value)))
}

fn receivers(out: &mut String, overview: &Overview) {
    out.push_str("## Who is told\n\n");
    let _ = writeln!(out, "{}\n", sentence(&words::told(overview)));
    let Some(alerting) = &overview.alerting else { return };
    table(out, &["alerts", "receiver", "by", "secret"]);
    for route in &alerting.routes {
        let receiver =
            alerting.receivers.iter().find(|it| Some(&it.name) == route.receiver.as_ref());
        let matches = route.matches.as_deref().map_or_else(|| "all others".to_owned(), code);
        let name = route.receiver.as_deref().map_or_else(|| "nobody".to_owned(), code);
        let by = receiver.map_or_else(String::new, |to| {
            let place = to.to.as_deref().map(|to| format!(" {}", code(to)));
            format!("{}{}", to.kind, place.unwrap_or_default())
        });
        let secret = receiver.and_then(|to| to.secret.as_deref()).map_or_else(String::new, code);
        row(out, &[matches, name, by, secret]);
    }
    out.push('\n');
}

fn targets(out: &mut String, overview: &Overview) {
    out.push_str("## What is read\n\n");
    let _ = writeln!(out, "{}\n", sentence(&words::targets(overview)));
    table(out, &["job", "tells of", "shown by", "program", "at"]);
    for target in &overview.targets {
        let of = if target.resources.is_empty() {
            sentence(&words::about(overview, &target.components))
        } else {
            text(&target.resources.join(", "))
        };
        let workload = target.workload.as_deref().map_or_else(|| "the cluster".to_owned(), code);
        let at = code(&words::place(target));
        row(out, &[code(&target.job), of, workload, text(&target.exporter), at]);
    }
    out.push('\n');
    for paragraph in words::logs_and_traces(overview) {
        let _ = writeln!(out, "{}\n", sentence(&paragraph));
    }
}

fn dashboards(out: &mut String, overview: &Overview) {
    if overview.dashboards.is_empty() {
        return;
    }
    out.push_str("## Dashboards\n\n");
    table(out, &["dashboard", "shows", "of"]);
    for board in &overview.dashboards {
        row(out, &[text(&board.title), panels(board), words::sources(board).join(", ")]);
    }
    out.push('\n');
}

fn panels(board: &Dashboard) -> String {
    if board.panels.iter().all(|panel| panel.source.is_none()) {
        return "what to do, a part for each alert".to_owned();
    }
    board.panels.iter().map(|panel| text(&panel.title)).collect::<Vec<_>>().join(" · ")
}

fn table(out: &mut String, heads: &[&str]) {
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let _ = writeln!(out, "|{}", " --- |".repeat(heads.len()));
}

fn row(out: &mut String, cells: &[String]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// A text that Markdown takes for itself, in a cell of a table as well.
fn text(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut before = None;
    let mut rest = plain.chars().peekable();
    while let Some(c) = rest.next() {
        let inside = is_letter(before) && is_letter(rest.peek().copied());
        before = Some(c);
        match c {
            // Within a word it emphasizes nothing.
            '_' if inside => escaped.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '$' | '&' | '@' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A sentence of ours, in which names stand between backticks.
fn sentence(said: &Sentence) -> String {
    words::written(said, text, code)
}

/// A text in the letters of a machine. A pipe would end the cell, so it is escaped, which GitHub takes back.
fn code(plain: &str) -> String {
    let plain: String = plain.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = plain.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if plain.starts_with('`') || plain.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", plain.replace('|', "\\|"))
}

/// The address of a link: what could end it is percent-encoded.
fn link(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '(' | ')' | '<' | '>' | '|' | '\\' | ' ' => {
                let _ = write!(encoded, "%{:02X}", u32::from(c));
            }
            c => encoded.push(c),
        }
    }
    encoded
}

/// The diagram in the words of Mermaid: <https://mermaid.js.org/syntax/flowchart.html>.
fn mermaid(picture: &Picture) -> String {
    let mut out = Flow { text: "flowchart LR\n".to_owned(), outside: Vec::new() };
    out.open("stage", "what runs");
    for (at, row) in picture.rows.iter().enumerate() {
        out.node(&format!("c{at}"), &row.what, ("[", "]"));
    }
    if let Some(logs) = &picture.logs {
        out.node("pods", &logs.pods, ("[", "]"));
    }
    if let Some((processes, _)) = &picture.traces {
        out.node("processes", processes, ("[", "]"));
    }
    out.close();
    out.open("shown", "what shows it");
    for (at, row) in picture.rows.iter().enumerate() {
        out.node(&format!("e{at}"), &row.exporter, ("(", ")"));
    }
    if let Some(logs) = &picture.logs {
        out.node("collector", &logs.collector, ("(", ")"));
    }
    out.close();
    out.open("kept", "what keeps it");
    out.node("prometheus", &picture.prometheus, ("[(", ")]"));
    if let Some(logs) = &picture.logs {
        out.node("store", &logs.store, ("[(", ")]"));
    }
    out.close();
    out.open("told", "who tells and shows");
    if let Some(alertmanager) = &picture.alertmanager {
        out.node("alertmanager", alertmanager, ("[", "]"));
    }
    if let Some(grafana) = &picture.grafana {
        out.node("grafana", grafana, ("[", "]"));
    }
    out.close();
    for (at, receiver) in picture.receivers.iter().enumerate() {
        out.node(&format!("r{at}"), receiver, ("([", "])"));
    }
    if let Some((_, collector)) = &picture.traces {
        out.node("traces", collector, ("([", "])"));
    }
    for at in 0..picture.rows.len() {
        let _ = writeln!(out.text, "  c{at} --> e{at} --> prometheus");
    }
    if picture.alertmanager.is_some() {
        out.text.push_str("  prometheus -- alerts --> alertmanager\n");
    }
    for at in 0..picture.receivers.len() {
        let _ = writeln!(out.text, "  alertmanager --> r{at}");
    }
    if picture.grafana.is_some() {
        out.text.push_str("  prometheus -- metrics --> grafana\n");
    }
    if picture.logs.is_some() {
        out.text.push_str("  pods -.-> collector -.-> store\n");
        if picture.grafana.is_some() {
            out.text.push_str("  store -. logs .-> grafana\n");
        }
    }
    if picture.traces.is_some() {
        out.text.push_str("  processes -. traces .-> traces\n");
    }
    if !out.outside.is_empty() {
        out.text.push_str("  classDef outside stroke-dasharray: 4 3\n");
        let _ = writeln!(out.text, "  class {} outside", out.outside.join(","));
    }
    out.text
}

struct Flow {
    text: String,
    /// What the stage does not make.
    outside: Vec<String>,
}

impl Flow {
    fn open(&mut self, id: &str, title: &str) {
        let _ = writeln!(self.text, "  subgraph {id}[\"{title}\"]");
    }

    fn close(&mut self) {
        self.text.push_str("  end\n");
    }

    fn node(&mut self, id: &str, node: &Node, (open, close): (&str, &str)) {
        let notes = node.notes.iter().map(|note| format!("<br>{}", label(note)));
        let notes: String = notes.collect();
        let _ = writeln!(self.text, "  {id}{open}\"<b>{}</b>{notes}\"{close}", label(&node.title));
        if node.outside {
            self.outside.push(id.to_owned());
        }
    }
}

/// A text in a label of Mermaid: whatever could mean something there is written by its number.
fn label(plain: &str) -> String {
    let mut escaped = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii_alphanumeric() || " .,:/-–".contains(c) {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "#{};", u32::from(c));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_stack_stay_texts() {
        assert_eq!(text("#a|b <i>*x*"), "&#35;a&#124;b &#60;i&#62;&#42;x&#42;");
        assert_eq!(text("a_b _c_"), "a_b &#95;c&#95;");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`a``b"), "``` `a``b ```");
        assert_eq!(label("#ops \"<b>\"`;"), "#35;ops #34;#60;b#62;#34;#96;#59;");
        assert_eq!(link("http://a/(b)|c"), "http://a/%28b%29%7Cc");
    }
}
