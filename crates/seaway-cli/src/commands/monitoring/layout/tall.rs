//! One below the other, two columns wide: for a phone.

use super::super::picture::{LogsWay, Node, Picture, Row};
use super::{About, Diagram, HEAD, MARGIN, Placed, STEP, boxed};

const LEFT: f64 = 22.0;
const FIRST: f64 = 138.0;
const SECOND: f64 = 158.0;
const SECOND_X: f64 = LEFT + FIRST + 22.0;
/// The bus to Prometheus, right of everything.
const BUS: f64 = SECOND_X + SECOND + 14.0;
/// The bus to receivers, left of everything.
const TOLD: f64 = LEFT - 14.0;
/// Room for an arrow down or up.
const DOWN: f64 = 32.0;

pub(in super::super) fn tall(picture: &Picture) -> Diagram {
    let mut diagram = Diagram { width: BUS + 8.0, ..Diagram::default() };
    diagram.head(LEFT, "what runs");
    diagram.head(SECOND_X, "what shows it");
    let y = scraped(&mut diagram, &picture.rows);
    let prometheus =
        boxed(&picture.prometheus, SECOND_X + SECOND - LEFT, About::Metrics).at(LEFT, y);
    let middle = prometheus.middle();
    diagram.arrow(About::Metrics, [(BUS, middle), (prometheus.right(), middle)]);
    let first = diagram.boxes.iter().skip(1).step_by(2).map(Placed::middle).fold(middle, f64::min);
    diagram.along(About::Metrics, BUS, &[first, middle]);
    let from = prometheus.bottom();
    diagram.put(prometheus);

    if let Some(alertmanager) = &picture.alertmanager {
        let placed = boxed(alertmanager, FIRST, About::Alerts).at(LEFT, from + DOWN);
        let x = placed.center();
        diagram.arrow(About::Alerts, [(x, from), (x, placed.y)]);
        told(&mut diagram, &picture.receivers, &placed);
        diagram.put(placed);
    }
    let grafana = picture.grafana.as_ref().map(|grafana| {
        let placed = boxed(grafana, SECOND, About::Metrics).at(SECOND_X, from + DOWN);
        let x = placed.center();
        diagram.arrow(About::Metrics, [(x, from), (x, placed.y)]);
        diagram.put(placed.clone());
        placed
    });
    if let Some(way) = &picture.logs {
        logs(&mut diagram, way, grafana, from + DOWN);
    }
    if let Some((who, to)) = &picture.traces {
        let y = diagram.bottom() + 2.0 * STEP;
        pair(&mut diagram, [who, to], About::Traces, y);
    }
    diagram.height = diagram.bottom() + MARGIN;
    diagram
}

/// Two boxes side by side, and the arrow between them.
fn pair(diagram: &mut Diagram, [left, right]: [&Node; 2], about: About, y: f64) -> Placed {
    let (left, right) = (boxed(left, FIRST, about), boxed(right, SECOND, about));
    let middle = y + left.height.max(right.height) / 2.0;
    let left = left.at(LEFT, 0.0).around(middle);
    let right = right.at(SECOND_X, 0.0).around(middle);
    diagram.across(&left, &right);
    diagram.put(left);
    diagram.put(right.clone());
    right
}

/// What runs and what shows it; gives where Prometheus is.
fn scraped(diagram: &mut Diagram, rows: &[Row]) -> f64 {
    for row in rows {
        let y = if diagram.boxes.is_empty() { MARGIN + HEAD } else { diagram.bottom() + STEP };
        let exporter = pair(diagram, [&row.what, &row.exporter], About::Metrics, y);
        let middle = exporter.middle();
        diagram.line(About::Metrics, [(exporter.right(), middle), (BUS, middle)]);
    }
    diagram.bottom().max(MARGIN + HEAD) + 2.0 * STEP
}

/// Who is told, below who tells.
fn told(diagram: &mut Diagram, receivers: &[Node], alertmanager: &Placed) {
    if receivers.is_empty() {
        return;
    }
    let mut ends = vec![alertmanager.middle()];
    let mut y = alertmanager.bottom() + STEP;
    for receiver in receivers {
        let receiver = boxed(receiver, FIRST, About::Alerts).at(LEFT, y);
        let middle = receiver.middle();
        diagram.arrow(About::Alerts, [(TOLD, middle), (receiver.x, middle)]);
        y = receiver.bottom() + STEP;
        ends.push(middle);
        diagram.put(receiver);
    }
    diagram.line(About::Alerts, [(alertmanager.x, ends[0]), (TOLD, ends[0])]);
    diagram.along(About::Alerts, TOLD, &ends);
}

/// From every pod up to Grafana.
fn logs(diagram: &mut Diagram, way: &LogsWay, grafana: Option<Placed>, top: f64) {
    let mut above = grafana;
    for node in [&way.store, &way.collector, &way.pods] {
        let y = above.as_ref().map_or(top, |above| above.bottom() + DOWN);
        let placed = boxed(node, SECOND, About::Logs).at(SECOND_X, y);
        if let Some(above) = &above {
            let x = placed.center();
            diagram.arrow(About::Logs, [(x, placed.y), (x, above.bottom())]);
        }
        diagram.put(placed.clone());
        above = Some(placed);
    }
}
