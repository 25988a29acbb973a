//! Columns from left to right.

use super::super::picture::{LogsWay, Node, Picture, Row};
use super::{About, Diagram, HEAD, INDENT, MARGIN, PAD, Placed, STEP, TITLE, bent, boxed, stacked};
use crate::commands::page::{NOTE, mono, sans};

/// Between one column and the next.
const GAPS: [f64; 4] = [40.0, 52.0, 52.0, 44.0];
/// From a column to the bus before it.
const BUS: f64 = 26.0;
/// The least room between who tells and who draws.
const APART: f64 = 32.0;
const HEADS: [&str; 5] =
    ["what runs", "what shows it", "what keeps it", "tells and draws", "who is told"];
const TOP: f64 = MARGIN + HEAD;

/// Where columns lie, and how wide they are.
struct Columns {
    x: [f64; 5],
    width: [f64; 5],
    /// The last one that has a box.
    last: usize,
}

impl Columns {
    fn of(picture: &Picture) -> Self {
        let (logs, traces) = (picture.logs.as_ref(), picture.traces.as_ref());
        let runs = picture.rows.iter().map(|row| &row.what).chain(logs.map(|logs| &logs.pods));
        let shows = picture.rows.iter().map(|row| &row.exporter);
        let shows = shows.chain(logs.map(|logs| &logs.collector));
        let keeps = std::iter::once(&picture.prometheus).chain(logs.map(|logs| &logs.store));
        let tells = picture.alertmanager.iter().chain(&picture.grafana);
        let last = match (picture.receivers.is_empty(), tells.clone().count()) {
            (false, _) => 4,
            (true, 0) => 2,
            (true, _) => 3,
        };
        let width = [
            wanted(runs.chain(traces.map(|(who, _)| who)), 150.0, 210.0),
            wanted(shows.chain(traces.map(|(_, to)| to)), 150.0, 210.0),
            wanted(keeps, 140.0, 190.0),
            wanted(tells, 130.0, 170.0),
            wanted(picture.receivers.iter(), 110.0, 180.0),
        ];
        let mut x = [MARGIN; 5];
        for at in 1..x.len() {
            x[at] = x[at - 1] + width[at - 1] + GAPS[at - 1];
        }
        Self { x, width, last }
    }

    fn boxed(&self, node: &Node, column: usize, about: About) -> Placed {
        boxed(node, self.width[column], about).at(self.x[column], 0.0)
    }

    /// Boxes in a row, each in the next column.
    fn row<const N: usize>(&self, nodes: [&Node; N], about: About, y: f64) -> ([Placed; N], f64) {
        let mut column = 0;
        let placed = nodes.map(|node| {
            column += 1;
            self.boxed(node, column - 1, about)
        });
        let height = placed.iter().map(|placed| placed.height).fold(0.0, f64::max);
        (placed.map(|placed| placed.around(y + height / 2.0)), y + height)
    }
}

/// The width that boxes of a column want: that of their titles, and two lines for a long note.
fn wanted<'a>(nodes: impl Iterator<Item = &'a Node>, least: f64, most: f64) -> f64 {
    let of = |node: &Node| {
        let longest = node.notes.iter().map(|note| sans(note, NOTE)).fold(0.0_f64, f64::max);
        let note = if longest > most { longest * 0.6 } else { longest };
        mono(&node.title, TITLE).max(note) + INDENT + PAD
    };
    nodes.map(of).fold(least, f64::max).min(most).ceil()
}

pub(in super::super) fn wide(picture: &Picture) -> Diagram {
    let columns = Columns::of(picture);
    let last = columns.last;
    let width = columns.x[last] + columns.width[last] + MARGIN;
    let mut diagram = Diagram { width, ..Diagram::default() };
    for (x, text) in columns.x.into_iter().zip(HEADS).take(last + 1) {
        diagram.head(x, text);
    }
    let prometheus = columns.boxed(&picture.prometheus, 2, About::Metrics);
    let alertmanager =
        picture.alertmanager.as_ref().map(|node| columns.boxed(node, 3, About::Alerts));
    let grafana = picture.grafana.as_ref().map(|node| columns.boxed(node, 3, About::Metrics));
    let receivers: Vec<Placed> =
        picture.receivers.iter().map(|node| columns.boxed(node, 4, About::Alerts)).collect();

    // What is above logs and traces is around one line.
    let of_rows = height(&columns, &picture.rows);
    let of_fourth = match (&alertmanager, &grafana) {
        (Some(above), Some(below)) => above.height + APART + STEP + below.height,
        (one, other) => one.as_ref().or(other.as_ref()).map_or(0.0, |placed| placed.height),
    };
    let of_receivers = stacked(receivers.iter().map(|placed| placed.height));
    let height = of_rows.max(of_fourth).max(of_receivers).max(prometheus.height);
    let middle = TOP + height / 2.0;
    let prometheus = prometheus.around(middle);
    scraped(&mut diagram, &columns, &picture.rows, middle - of_rows / 2.0, &prometheus);

    let (upper, lower) = match (&alertmanager, &grafana) {
        (Some(above), Some(below)) => {
            let apart = f64::midpoint(above.height, below.height) + STEP + APART;
            let half = apart.max(height / 2.6) / 2.0;
            (middle - half, middle + half)
        }
        _ => (middle, middle),
    };
    let fork = (columns.x[3] - BUS, middle);
    if alertmanager.is_some() || grafana.is_some() {
        diagram.line(About::Metrics, [(prometheus.right(), middle), fork]);
    }
    if let Some(placed) = alertmanager {
        let placed = placed.around(upper);
        diagram.arrow(About::Alerts, bent(fork, (placed.x, placed.middle())));
        told(&mut diagram, &columns, receivers, of_receivers, &placed);
        diagram.put(placed);
    }
    let grafana = grafana.map(|placed| placed.around(lower));
    if let Some(placed) = &grafana {
        diagram.arrow(About::Metrics, bent(fork, (placed.x, placed.middle())));
        diagram.put(placed.clone());
    }
    diagram.put(prometheus);

    let mut y = diagram.bottom().max(TOP + height) + 2.0 * STEP;
    if let Some(way) = &picture.logs {
        y = logs(&mut diagram, &columns, way, grafana.as_ref(), y) + STEP;
    }
    if let Some((who, to)) = &picture.traces {
        let ([who, to], _) = columns.row([who, to], About::Traces, y);
        diagram.across(&who, &to);
        diagram.put(who);
        diagram.put(to);
    }
    diagram.height = diagram.bottom() + MARGIN;
    diagram
}

/// How high the rows are.
fn height(columns: &Columns, rows: &[Row]) -> f64 {
    let of = |row: &Row| columns.row([&row.what, &row.exporter], About::Metrics, 0.0).1;
    stacked(rows.iter().map(of))
}

/// What runs, what shows it, and the bus that leads to Prometheus.
fn scraped(diagram: &mut Diagram, columns: &Columns, rows: &[Row], top: f64, prometheus: &Placed) {
    let bus = prometheus.x - BUS;
    let mut y = top;
    let mut ends = vec![prometheus.middle()];
    for row in rows {
        let ([what, exporter], bottom) = columns.row([&row.what, &row.exporter], About::Metrics, y);
        let middle = exporter.middle();
        diagram.across(&what, &exporter);
        diagram.line(About::Metrics, [(exporter.right(), middle), (bus, middle)]);
        ends.push(middle);
        diagram.put(what);
        diagram.put(exporter);
        y = bottom + STEP;
    }
    diagram.along(About::Metrics, bus, &ends);
    let middle = prometheus.middle();
    diagram.arrow(About::Metrics, [(bus, middle), (prometheus.x, middle)]);
}

/// Who is told, around who tells as far as there is room above.
fn told(
    diagram: &mut Diagram,
    columns: &Columns,
    receivers: Vec<Placed>,
    height: f64,
    alertmanager: &Placed,
) {
    if receivers.is_empty() {
        return;
    }
    let (bus, middle) = (columns.x[4] - BUS + 4.0, alertmanager.middle());
    diagram.line(About::Alerts, [(alertmanager.right(), middle), (bus, middle)]);
    let mut y = (middle - height / 2.0).max(TOP);
    let mut ends = vec![middle];
    for receiver in receivers {
        let receiver = receiver.at(columns.x[4], y);
        y = receiver.bottom() + STEP;
        ends.push(receiver.middle());
        let middle = receiver.middle();
        diagram.arrow(About::Alerts, [(bus, middle), (receiver.x, middle)]);
        diagram.put(receiver);
    }
    diagram.along(About::Alerts, bus, &ends);
}

/// The row of logs, and up to Grafana; gives where it ends.
fn logs(
    diagram: &mut Diagram,
    columns: &Columns,
    way: &LogsWay,
    grafana: Option<&Placed>,
    y: f64,
) -> f64 {
    let ([pods, collector, store], bottom) =
        columns.row([&way.pods, &way.collector, &way.store], About::Logs, y);
    diagram.across(&pods, &collector);
    diagram.across(&collector, &store);
    if let Some(grafana) = grafana {
        let (x, y) = (grafana.center(), store.middle());
        diagram.arrow(About::Logs, [(store.right(), y), (x, y), (x, grafana.bottom())]);
    }
    for placed in [pods, collector, store] {
        diagram.put(placed);
    }
    bottom
}
