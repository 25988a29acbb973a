//! The page as one HTML file: the diagram, tables and queries, without scripts and without anything from elsewhere.

use std::fmt::Write as _;

use seaway_core::shell::command;
use seaway_render::Overview;
use seaway_render::overview::{Alert, Dashboard, Panel};

use super::layout::{tall, wide};
use super::picture::{self, picture};
use super::svg::{self, drawing};
use super::words::{self, Merged, Sentence, severity_rank};
use crate::commands::page::{self, block, code, escaped, linked, table};
use crate::messages::plural;

const STYLE: &str = include_str!("page.css");

/// The page.
pub(super) fn page(overview: &Overview) -> String {
    let title = picture::title(overview);
    let mut out = page::start(&title, &[svg::STYLE, STYLE]);
    let _ = writeln!(out, "<main>\n<header>\n<h1>{}</h1>", escaped(&title));
    if let Some(said) = words::introduction(overview).last() {
        let _ = writeln!(out, "<p>{}</p>", sentence(said));
    }
    out.push_str("</header>\n");
    numbers(&mut out, overview);
    let picture = picture(overview);
    out.push_str("<figure>\n");
    drawing(&mut out, &picture, &wide(&picture), "wide", false);
    drawing(&mut out, &picture, &tall(&picture), "tall", false);
    out.push_str("</figure>\n");
    look(&mut out, overview);
    alerts(&mut out, overview);
    receivers(&mut out, overview);
    targets(&mut out, overview);
    dashboards(&mut out, overview);
    let _ = writeln!(
        out,
        "</main>\n<footer>Made by <code>{}</code>; nothing in it is written by hand.</footer>\n</body>\n</html>",
        escaped(&command("seaway monitoring --stage {} --format html", &[&overview.stage]))
    );
    out
}

/// What there is, in large numbers.
fn numbers(out: &mut String, overview: &Overview) {
    let metrics = &overview.metrics;
    let is_critical = |alert: &&Alert| severity_rank(&alert.severity) == 0;
    let own = overview.components.iter().filter(|part| !part.is_monitoring).count();
    let critical = overview.alerts.iter().filter(is_critical).count();
    let mut told = vec![
        (plural(own, "component"), " watched".to_owned()),
        (
            plural(overview.targets.len(), "target"),
            format!(", every {} s", metrics.interval_seconds),
        ),
        (plural(overview.alerts.len(), "alert rule"), format!(", {critical} critical")),
    ];
    if !overview.dashboards.is_empty() {
        let panels = plural(words::panels(overview), "panel");
        told.push((plural(overview.dashboards.len(), "dashboard"), format!(", {panels}")));
    }
    if let (Some(retention), Some(storage)) = (&metrics.retention, &metrics.storage) {
        told.push((format!("{retention} of metrics"), format!(", in {storage}")));
    }
    if let Some(logs) = &overview.logs {
        told.push((format!("{} of logs", logs.retention), format!(", in {}", logs.storage)));
    }
    out.push_str("<ul class=\"numbers\">\n");
    for (what, more) in told {
        let (number, what) = what.split_once(' ').unwrap_or((&what, ""));
        let _ = writeln!(
            out,
            "<li><b>{}</b> {}</li>",
            escaped(number),
            escaped(&format!("{what}{more}"))
        );
    }
    out.push_str("</ul>\n");
}

fn heading(out: &mut String, id: &str, title: &str, said: Option<&Sentence>) {
    let _ = writeln!(out, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>");
    if let Some(said) = said {
        let _ = writeln!(out, "<p>{}</p>", sentence(said));
    }
}

fn look(out: &mut String, overview: &Overview) {
    if overview.views.is_empty() {
        return;
    }
    heading(out, "look", "Where to look", None);
    let rows = overview.views.iter().map(|view| {
        let command =
            view.command.as_deref().map_or_else(|| "nothing: it is exposed".to_owned(), code);
        vec![escaped(&view.what), linked(&view.address, &escaped(&view.address)), command]
    });
    table(out, &["what", "address", "after"], rows);
    out.push_str("</section>\n");
}

fn alerts(out: &mut String, overview: &Overview) {
    heading(out, "alerts", "Alerts", Some(&words::alerts(overview)));
    let rows = words::merged(overview).into_iter().map(|Merged { alert, about, says }| {
        let name = match &alert.runbook {
            Some(runbook) => linked(runbook, &humps(&escaped(&alert.name))),
            None => format!("<b>{}</b>", humps(&escaped(&alert.name))),
        };
        let chip = match severity_rank(&alert.severity) {
            0 => "critical",
            1 => "warning",
            _ => "none",
        };
        let severity = format!("<span class=\"chip {chip}\">{}</span>", escaped(&alert.severity));
        let says = summary(&says);
        let says = format!(
            "<div>{says}<details><summary>query</summary><p>{}</p>{}</details></div>",
            summary(&words::summary(&alert.description)),
            block(&alert.expr)
        );
        vec![severity, name, escaped(&alert.wait), sentence(&about), says]
    });
    table(out, &["severity", "alert", "for", "about", "says"], rows);
    out.push_str("</section>\n");
}

fn receivers(out: &mut String, overview: &Overview) {
    heading(out, "told", "Who is told", Some(&words::told(overview)));
    if let Some(alerting) = &overview.alerting {
        let rows = alerting.routes.iter().map(|route| {
            let receiver =
                alerting.receivers.iter().find(|it| Some(&it.name) == route.receiver.as_ref());
            let by = receiver.map_or_else(String::new, |to| {
                let place = to.to.as_deref().map(|to| format!(" {}", code(to)));
                format!("{}{}", to.kind, place.unwrap_or_default())
            });
            let secret = receiver.and_then(|to| to.secret.as_deref());
            vec![
                route.matches.as_deref().map_or_else(|| "all others".to_owned(), code),
                route.receiver.as_deref().map_or_else(|| "nobody".to_owned(), code),
                format!("<span>{by}</span>"),
                secret.map_or_else(String::new, code),
            ]
        });
        table(out, &["alerts", "receiver", "by", "secret"], rows);
    }
    out.push_str("</section>\n");
}

fn targets(out: &mut String, overview: &Overview) {
    heading(out, "read", "What is read", Some(&words::targets(overview)));
    let rows = overview.targets.iter().map(|target| {
        let of = if target.resources.is_empty() {
            sentence(&words::about(overview, &target.components))
        } else {
            escaped(&target.resources.join(", "))
        };
        vec![
            code(&target.job),
            format!("<span>{of}</span>"),
            target.workload.as_deref().map_or_else(|| "the cluster".to_owned(), code),
            escaped(&target.exporter),
            code(&words::place(target)),
        ]
    });
    table(out, &["job", "tells of", "shown by", "program", "at"], rows);
    for paragraph in words::logs_and_traces(overview) {
        let _ = writeln!(out, "<p>{}</p>", sentence(&paragraph));
    }
    out.push_str("</section>\n");
}

fn dashboards(out: &mut String, overview: &Overview) {
    if overview.dashboards.is_empty() {
        return;
    }
    heading(out, "dashboards", "Dashboards", None);
    out.push_str("<div class=\"boards\">\n");
    for board in &overview.dashboards {
        dashboard(out, board);
    }
    out.push_str("</div>\n</section>\n");
}

fn dashboard(out: &mut String, board: &Dashboard) {
    let _ = writeln!(out, "<article class=\"board\">\n<h3>{}</h3>", escaped(&board.title));
    let sources = words::sources(board);
    if sources.is_empty() {
        out.push_str("<p>What to do, a part for each alert.</p>\n</article>\n");
        return;
    }
    let _ = writeln!(out, "<p>of {}</p>\n<ul class=\"panels\">", sources.join(" and "));
    for panel in &board.panels {
        draw_panel(out, panel);
    }
    out.push_str("</ul>\n</article>\n");
}

fn draw_panel(out: &mut String, panel: &Panel) {
    let help = if panel.help.is_empty() {
        String::new()
    } else {
        format!("<p>{}</p>", escaped(&panel.help))
    };
    let queries: String = panel.queries.iter().map(|text| block(text)).collect();
    let _ = writeln!(
        out,
        "<li class=\"{}\"><details><summary>{}</summary>{help}{queries}</details></li>",
        panel.shows,
        escaped(&panel.title)
    );
}

/// A name in `CamelCase` may be broken before each hump.
fn humps(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 20);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push_str("<wbr/>");
        }
        out.push(c);
    }
    out
}

/// A sentence of ours, in which names stand out.
fn sentence(said: &Sentence) -> String {
    words::written(said, escaped, code)
}

/// A summary: placeholders stand out.
fn summary(said: &Sentence) -> String {
    words::written(said, escaped, |value| format!("<i>{}</i>", escaped(value)))
}
