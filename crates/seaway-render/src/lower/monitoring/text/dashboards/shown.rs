//! What the dashboards show, without how Grafana is told of it.

use super::super::parts::Parts;
use super::super::{grafana, runbooks};
use super::{Panel, Shows, Source, placed};

/// A dashboard.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// Its file, without `.json`.
    pub name: &'static str,
    /// Its title, without the name of the stack.
    pub title: &'static str,
    /// What its address ends in: `/d/<uid>`.
    pub uid: String,
    /// Its panels, from left to right and top to bottom.
    pub panels: Vec<ShownPanel>,
}

/// A panel of a dashboard.
#[derive(Debug, Clone)]
pub(crate) struct ShownPanel {
    /// Its title.
    pub title: &'static str,
    /// What it says beyond its title; may be empty.
    pub help: &'static str,
    /// How it shows its series.
    pub shows: &'static str,
    /// Who answers its queries; a text has none.
    pub source: Option<Source>,
    /// The unit of its numbers, in Grafana's words.
    pub unit: &'static str,
    /// Its queries.
    pub queries: Vec<String>,
    /// The row that it is in, from 0.
    pub row: usize,
}

/// The dashboards in the order of their list: the same drafts that the files are made of.
pub(crate) fn shown(made: &Parts) -> Vec<Shown> {
    let monitored = &made.monitored;
    let loki = grafana::loki_uid(monitored);
    let mut all: Vec<Shown> = made
        .drafts()
        .iter()
        .map(|draft| {
            let (name, title) = (draft.name, draft.title);
            Shown { name, title, uid: monitored.uid(name), panels: drawn(&draft.panels, &loki) }
        })
        .collect();
    let texts = (0..).zip(runbooks::panels(made.groups())).map(|(row, panel)| ShownPanel {
        title: panel.title(),
        help: "",
        shows: "text",
        source: None,
        unit: "",
        queries: Vec::new(),
        row,
    });
    all.push(Shown {
        name: runbooks::NAME,
        title: runbooks::TITLE,
        uid: monitored.uid(runbooks::NAME),
        panels: texts.collect(),
    });
    all
}

fn drawn(panels: &[Panel], loki: &str) -> Vec<ShownPanel> {
    let mut shown: Vec<ShownPanel> = panels
        .iter()
        .map(|panel| ShownPanel {
            title: panel.title,
            help: panel.help,
            shows: match panel.shows {
                Shows::Lines => "lines",
                Shows::Stacked => "areas",
                Shows::Number { .. } => "number",
                Shows::Logs => "logs",
            },
            source: Some(panel.source),
            unit: panel.unit,
            queries: panel.queries.iter().map(|(query, _)| query.clone()).collect(),
            row: 0,
        })
        .collect();
    let (mut row, mut top) = (0, 0);
    for (panel, placed) in shown.iter_mut().zip(placed(panels, loki)) {
        if placed.grid_pos.y != top {
            (row, top) = (row + 1, placed.grid_pos.y);
        }
        panel.row = row;
    }
    shown
}
