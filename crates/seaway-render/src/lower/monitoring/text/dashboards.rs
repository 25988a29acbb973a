//! Dashboards of Grafana: one for each thing that the stage has, with panels of what it shows.
//!
//! Values, not templates: ids and grid positions are counted, and each query is data that a test can run. The schema is that of
//! Grafana 10 and later (<https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/>).
//! A panel of something that has not happened yet (an error, an exception) shows zero, not "no data".

mod panels;
mod shown;

use std::collections::BTreeMap;

use serde::Serialize;

use super::grafana;
use super::monitored::Monitored;
use super::parts::Parts;
use super::runbooks;
use crate::emit::{Format, Verbatim, document};

pub(super) use panels::drafts;
pub(crate) use shown::{Shown, ShownPanel, shown};

/// A query of a panel.
#[cfg(test)]
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// The dashboard's file, without `.json`.
    pub dashboard: &'static str,
    /// Title of the panel.
    pub panel: String,
    /// Who answers it.
    pub source: Source,
    /// The query as Grafana has it: `$__rate_interval`, `$__auto` and `$__range` are Grafana's.
    pub expr: String,
}

#[cfg(test)]
impl Query {
    /// The query with a window in place of Grafana's variables.
    pub(crate) fn over(&self, window: &str) -> String {
        let mut expr = self.expr.clone();
        for variable in ["$__rate_interval", "$__auto", "$__range"] {
            expr = expr.replace(variable, window);
        }
        expr
    }
}

/// A data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Metrics, by `PromQL`.
    Prometheus,
    /// Logs, by `LogQL`.
    Loki,
}

/// A dashboard as it is written down.
#[derive(Debug)]
pub(super) struct Draft {
    name: &'static str,
    title: &'static str,
    /// Its panels, from left to right and top to bottom.
    pub panels: Vec<Panel>,
}

/// A panel as it is written down.
#[derive(Debug)]
pub(super) struct Panel {
    title: &'static str,
    help: &'static str,
    shows: Shows,
    /// Who answers its queries.
    pub source: Source,
    unit: &'static str,
    /// Queries and what names their series.
    pub queries: Vec<(String, &'static str)>,
}

/// How a panel shows its series.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shows {
    /// Lines over time.
    Lines,
    /// Areas over time, one on the other.
    Stacked,
    /// One number; it is bad from here on.
    Number { bad: Option<f64> },
    /// Lines of a log.
    Logs,
}

/// The dashboards by file name.
pub(crate) fn dashboards(made: &Parts) -> BTreeMap<String, String> {
    let monitored = &made.monitored;
    let loki = grafana::loki_uid(monitored);
    let drawn = made.drafts().iter().map(|draft| {
        let panels = placed(&draft.panels, &loki);
        (format!("{}.json", draft.name), written(monitored, draft.name, draft.title, panels))
    });
    let told = written(monitored, runbooks::NAME, runbooks::TITLE, runbooks::panels(made.groups()));
    drawn.chain([(format!("{}.json", runbooks::NAME), told)]).collect()
}

/// Every query of every panel.
#[cfg(test)]
pub(crate) fn queries(monitored: &Monitored) -> Vec<Query> {
    let mut queries = Vec::new();
    for draft in drafts(monitored) {
        for panel in draft.panels {
            queries.extend(panel.queries.into_iter().map(|(expr, _)| Query {
                dashboard: draft.name,
                panel: panel.title.to_owned(),
                source: panel.source,
                expr,
            }));
        }
    }
    queries
}

fn written(monitored: &Monitored, name: &str, title: &str, panels: Vec<impl Serialize>) -> String {
    let dashboard = Dashboard {
        uid: monitored.uid(name),
        title: format!("{} / {title}", monitored.stack),
        tags: vec![monitored.stack.clone()],
        schema_version: 39,
        editable: false,
        graph_tooltip: 1,
        refresh: "30s",
        time: Time { from: "now-3h", to: "now" },
        panels,
    };
    let mut text = String::new();
    document(&dashboard, Format::Json, &mut text).unwrap_or_else(|fault| unreachable!("{fault}"));
    text
}

/// Panels from left to right and top to bottom: four numbers or two graphs in a row, logs over the whole width.
fn placed<'a>(panels: &'a [Panel], loki: &'a str) -> Vec<Placed<'a>> {
    let (mut x, mut y, mut row) = (0, 0, 0);
    let mut placed = Vec::new();
    for (id, panel) in (1..).zip(panels) {
        let (w, h) = match panel.shows {
            Shows::Number { .. } => (6, 4),
            Shows::Lines | Shows::Stacked => (12, 8),
            Shows::Logs => (24, 12),
        };
        if x + w > 24 || (h != row && x > 0) {
            y += row;
            x = 0;
        }
        row = h;
        placed.push(panel.placed(id, GridPos { h, w, x, y }, loki));
        x += w;
    }
    placed
}

impl Panel {
    fn placed<'a>(&'a self, id: u32, grid_pos: GridPos, loki: &'a str) -> Placed<'a> {
        let (kind, uid) = match self.source {
            Source::Prometheus => ("prometheus", grafana::PROMETHEUS),
            Source::Loki => ("loki", loki),
        };
        let datasource = Datasource { kind, uid };
        let number = matches!(self.shows, Shows::Number { .. });
        let letters = 'A'..='Z';
        let target = |(letter, (expr, legend)): (char, &'a (String, &'static str))| Target {
            ref_id: letter,
            datasource,
            expr,
            legend_format: legend,
            instant: number.then_some(true),
            range: number.then_some(false),
        };
        let targets = letters.zip(&self.queries).map(target).collect();
        let thresholds = match self.shows {
            Shows::Number { bad: Some(bad) } => Some(Thresholds {
                mode: "absolute",
                steps: vec![
                    Step { color: "green", value: Verbatim(None) },
                    Step { color: "red", value: Verbatim(Some(bad)) },
                ],
            }),
            _ => None,
        };
        let lines = matches!(self.shows, Shows::Lines | Shows::Stacked);
        let stacked = self.shows == Shows::Stacked;
        let custom = lines.then(|| Custom {
            fill_opacity: if stacked { 30 } else { 10 },
            show_points: "never",
            stacking: stacked.then_some(Stacking { mode: "normal", group: "A" }),
        });
        let defaults = Defaults { unit: self.unit, min: lines.then_some(0.0), thresholds, custom };
        let options = match self.shows {
            Shows::Lines | Shows::Stacked => Choices {
                legend: Some(Names {
                    display_mode: "list",
                    placement: "bottom",
                    show_legend: true,
                }),
                tooltip: Some(Tooltip { mode: "multi", sort: "desc" }),
                ..Choices::default()
            },
            Shows::Number { .. } => Choices {
                reduce_options: Some(Reduce { calcs: vec!["lastNotNull"] }),
                graph_mode: Some("none"),
                ..Choices::default()
            },
            Shows::Logs => Choices {
                show_time: Some(true),
                wrap_log_message: Some(true),
                sort_order: Some("Descending"),
                enable_log_details: Some(true),
                ..Choices::default()
            },
        };
        Placed {
            id,
            kind: match self.shows {
                Shows::Lines | Shows::Stacked => "timeseries",
                Shows::Number { .. } => "stat",
                Shows::Logs => "logs",
            },
            title: self.title,
            description: self.help,
            grid_pos,
            datasource,
            targets,
            field_config: FieldConfig { defaults, overrides: Verbatim([]) },
            options,
        }
    }
}

// What Grafana reads. Its names, in its order.

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dashboard<P: Serialize> {
    uid: String,
    title: String,
    tags: Vec<String>,
    schema_version: u32,
    editable: bool,
    graph_tooltip: u32,
    refresh: &'static str,
    time: Time,
    panels: Vec<P>,
}

#[derive(Serialize)]
struct Time {
    from: &'static str,
    to: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Placed<'a> {
    id: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    description: &'static str,
    grid_pos: GridPos,
    datasource: Datasource<'a>,
    targets: Vec<Target<'a>>,
    field_config: FieldConfig,
    options: Choices,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct GridPos {
    pub h: u32,
    pub w: u32,
    pub x: u32,
    pub y: u32,
}

#[derive(Clone, Copy, Serialize)]
struct Datasource<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    uid: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    ref_id: char,
    datasource: Datasource<'a>,
    expr: &'a str,
    legend_format: &'static str,
    instant: Option<bool>,
    range: Option<bool>,
}

#[derive(Serialize)]
struct FieldConfig {
    defaults: Defaults,
    /// Has to be there.
    overrides: Verbatim<[(); 0]>,
}

#[derive(Serialize)]
struct Defaults {
    unit: &'static str,
    min: Option<f64>,
    thresholds: Option<Thresholds>,
    custom: Option<Custom>,
}

#[derive(Serialize)]
struct Thresholds {
    mode: &'static str,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    color: &'static str,
    /// Null, the first of them, is everything below the next.
    value: Verbatim<Option<f64>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Custom {
    fill_opacity: u32,
    show_points: &'static str,
    stacking: Option<Stacking>,
}

#[derive(Serialize)]
struct Stacking {
    mode: &'static str,
    group: &'static str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Choices {
    legend: Option<Names>,
    tooltip: Option<Tooltip>,
    reduce_options: Option<Reduce>,
    graph_mode: Option<&'static str>,
    show_time: Option<bool>,
    wrap_log_message: Option<bool>,
    sort_order: Option<&'static str>,
    enable_log_details: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Names {
    display_mode: &'static str,
    placement: &'static str,
    show_legend: bool,
}

#[derive(Serialize)]
struct Tooltip {
    mode: &'static str,
    sort: &'static str,
}

#[derive(Serialize)]
struct Reduce {
    calcs: Vec<&'static str>,
}
