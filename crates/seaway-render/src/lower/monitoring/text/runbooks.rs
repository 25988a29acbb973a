//! What to do when it alerts: a dashboard with the text of `RUNBOOKS.md`, and the link of an alert to its part.

use std::sync::LazyLock;

use serde::Serialize;

use super::dashboards::GridPos;
use super::monitored::{Monitored, Runbooks};
use super::rules::{Group, Rule};

/// Its file, without `.json`.
pub(super) const NAME: &str = "runbooks";
/// Its title.
pub(super) const TITLE: &str = "Runbooks";

/// One heading for each alert.
const PAGE: &str = include_str!("../../../../RUNBOOKS.md");

/// A panel of text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Panel {
    id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    grid_pos: GridPos,
    options: Text,
}

impl Panel {
    /// The alert that it is about.
    pub(super) fn title(&self) -> &'static str {
        self.title
    }
}

#[derive(Serialize)]
struct Text {
    mode: &'static str,
    content: String,
}

/// Number, name and text of each part. The number is that on the page, so that a link outlives a change of the stage.
///
/// Each alert looks for its own, so the page is taken apart once.
static PARTS: LazyLock<Vec<(u32, &'static str, &'static str)>> = LazyLock::new(|| {
    let parts = PAGE.split("\n## ").skip(1);
    let part = |(id, part): (u32, &'static str)| {
        let (name, text) = part.split_once('\n').unwrap_or((part, ""));
        (id, name.trim(), text.trim())
    };
    (1..).zip(parts).map(part).collect()
});

/// Where an alert's part of the page is.
pub(super) fn link(monitored: &Monitored, alert: &str) -> Option<String> {
    match &monitored.runbooks {
        // The anchor that renderers of Markdown make of a heading with the alert's name.
        Runbooks::Page(page) => {
            Some(format!("{}#{}", page.trim_end_matches('#'), alert.to_lowercase()))
        }
        Runbooks::Grafana(address) => {
            let (id, ..) = PARTS.iter().find(|(_, name, _)| *name == alert)?;
            let address = address.trim_end_matches('/');
            Some(format!("{address}/d/{}?viewPanel=panel-{id}", monitored.uid(NAME)))
        }
        Runbooks::Nowhere => None,
    }
}

/// The parts about the alerts of the stage.
pub(super) fn panels(groups: &[Group]) -> Vec<Panel> {
    let alerts = groups.iter().flat_map(|group| &group.rules).filter_map(|rule| match rule {
        Rule::Alert(alert) => Some(&*alert.name),
        Rule::Record(_) => None,
    });
    let alerts: std::collections::BTreeSet<&str> = alerts.collect();
    let mut y = 0;
    let mut panels = Vec::new();
    for &(id, title, text) in PARTS.iter().filter(|(_, name, _)| alerts.contains(name)) {
        // The page breaks its lines where the width of the screen should.
        let content = text.split("\n\n").map(joined).collect::<Vec<_>>().join("\n\n");
        let lines = u32::try_from(content.len() / 160 + content.matches('\n').count());
        let h = 3 + lines.unwrap_or(0);
        panels.push(Panel {
            id,
            kind: "text",
            title,
            grid_pos: GridPos { h, w: 24, x: 0, y },
            options: Text { mode: "markdown", content },
        });
        y += h;
    }
    panels
}

/// A paragraph in one line; a list or code as it is.
fn joined(paragraph: &str) -> String {
    let plain = !paragraph.starts_with(['-', '`', ' ', '|']) && !paragraph.contains("\n- ");
    if plain { paragraph.replace('\n', " ") } else { paragraph.to_owned() }
}
