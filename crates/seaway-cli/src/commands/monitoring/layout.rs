//! Where boxes and arrows of the drawn diagram lie: side by side on a screen, one below the other on a phone.
//!
//! Arrows go through the gaps between boxes and along buses, so that none crosses a text.

use super::picture::{LogsWay, Node, Picture};

/// Sizes of the letters and of what is around them, in pixels.
pub(super) const TITLE: f64 = 12.0;
pub(super) const NOTE: f64 = 11.0;
pub(super) const TITLE_LINE: f64 = 16.0;
pub(super) const NOTE_LINE: f64 = 14.0;
/// Room between the edge of a box and its text.
pub(super) const PAD: f64 = 9.0;
/// From the left edge of a box to its text: a stripe of color is there.
pub(super) const INDENT: f64 = 16.0;
/// From one box to the next below it.
const STEP: f64 = 12.0;
/// What the heads of columns take.
const HEAD: f64 = 30.0;
const MARGIN: f64 = 16.0;

/// What an arrow or a box is about: its color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Metrics,
    Alerts,
    Logs,
    Traces,
}

/// A box with its lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) title: String,
    pub(super) notes: Vec<String>,
    /// All of its text, where a line had to be shortened.
    pub(super) whole: Option<String>,
    pub(super) about: About,
    pub(super) outside: bool,
}

/// Lines through points, the last one with a head if it is an arrow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wire {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) about: About,
    pub(super) arrow: bool,
}

/// What stands above a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: &'static str,
}

/// A whole diagram.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Diagram {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) heads: Vec<Head>,
    pub(super) boxes: Vec<Placed>,
    pub(super) wires: Vec<Wire>,
}

impl Placed {
    fn right(&self) -> f64 {
        self.x + self.width
    }
    fn bottom(&self) -> f64 {
        self.y + self.height
    }
    fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
    fn center(&self) -> f64 {
        self.x + self.width / 2.0
    }
    fn at(mut self, x: f64, y: f64) -> Self {
        (self.x, self.y) = (x, y);
        self
    }
    /// In the middle of a row.
    fn centered(self, x: f64, middle: f64) -> Self {
        let y = middle - self.height / 2.0;
        self.at(x, y)
    }
}

impl Diagram {
    fn put(&mut self, placed: Placed) {
        self.boxes.push(placed);
    }

    fn line(&mut self, about: About, points: impl Into<Vec<(f64, f64)>>) {
        self.wires.push(Wire { points: points.into(), about, arrow: false });
    }

    fn arrow(&mut self, about: About, points: impl Into<Vec<(f64, f64)>>) {
        self.wires.push(Wire { points: points.into(), about, arrow: true });
    }

    fn heads(&mut self, columns: &[(f64, &'static str)]) {
        let head = |&(x, text): &(f64, &'static str)| Head { x, y: MARGIN + 12.0, text };
        self.heads.extend(columns.iter().map(head));
    }

    /// From one box to the next in its row.
    fn across(&mut self, about: About, from: &Placed, to: &Placed) {
        self.arrow(about, [(from.right(), from.middle()), (to.x, to.middle())]);
    }
}

/// A box of a width, not yet in its place.
fn boxed(node: &Node, width: f64, about: About) -> Placed {
    let room = width - INDENT - PAD;
    let title = shortened(&node.title, room, |text| mono(text, TITLE));
    let notes: Vec<String> = node.notes.iter().flat_map(|note| wrapped(note, room)).collect();
    let is_whole = title == node.title && !notes.iter().any(|line| line.contains('…'));
    let whole = (!is_whole).then(|| format!("{}: {}", node.title, node.notes.join(", ")));
    let lines = f64::from(u32::try_from(notes.len()).unwrap_or(u32::MAX));
    let height = 2.0 * PAD + TITLE_LINE + lines * NOTE_LINE;
    Placed { x: 0.0, y: 0.0, width, height, title, notes, whole, about, outside: node.outside }
}

/// The width that boxes of a column want: that of their titles, and two lines for a long note.
fn wanted<'a>(nodes: impl Iterator<Item = &'a Node>, least: f64, most: f64) -> f64 {
    let of = |node: &Node| {
        let notes = node.notes.iter().map(|note| sans(note, NOTE));
        let longest = notes.fold(0.0_f64, f64::max);
        let note = if longest > most { longest * 0.6 } else { longest };
        mono(&node.title, TITLE).max(note) + INDENT + PAD
    };
    nodes.map(of).fold(least, f64::max).min(most).ceil()
}

/// Columns from left to right.
pub(super) fn wide(picture: &Picture) -> Diagram {
    let logs = picture.logs.as_ref();
    let traces = picture.traces.as_ref();
    let first = picture.rows.iter().map(|row| &row.what).chain(logs.map(|logs| &logs.pods));
    let second = picture.rows.iter().map(|row| &row.exporter);
    let second = second.chain(logs.map(|logs| &logs.collector));
    let third = std::iter::once(&picture.prometheus).chain(logs.map(|logs| &logs.store));
    let fourth = picture.alertmanager.iter().chain(&picture.grafana);
    let widths = [
        wanted(first.chain(traces.map(|(who, _)| who)), 150.0, 210.0),
        wanted(second.chain(traces.map(|(_, to)| to)), 150.0, 210.0),
        wanted(third, 140.0, 190.0),
        wanted(fourth.clone(), 130.0, 170.0),
        wanted(picture.receivers.iter(), 110.0, 180.0),
    ];
    let gaps = [40.0, 52.0, 52.0, 44.0];
    let mut columns = [MARGIN; 5];
    for at in 1..5 {
        columns[at] = columns[at - 1] + widths[at - 1] + gaps[at - 1];
    }
    let has_fourth = fourth.count() > 0;
    let last = if !picture.receivers.is_empty() {
        4
    } else if has_fourth {
        3
    } else {
        2
    };
    let mut diagram =
        Diagram { width: columns[last] + widths[last] + MARGIN, ..Diagram::default() };
    let heads = ["what runs", "what shows it", "what keeps it", "tells and draws", "who is told"];
    let heads: Vec<(f64, &'static str)> =
        columns.iter().copied().zip(heads).take(last + 1).collect();
    diagram.heads(&heads);

    let rows: Vec<(Placed, Placed)> = picture
        .rows
        .iter()
        .map(|row| {
            let metrics = About::Metrics;
            (boxed(&row.what, widths[0], metrics), boxed(&row.exporter, widths[1], metrics))
        })
        .collect();
    let heights: Vec<f64> = rows.iter().map(|(a, b)| a.height.max(b.height)).collect();
    let of_rows = stacked(&heights);
    let receivers: Vec<Placed> = picture
        .receivers
        .iter()
        .map(|receiver| boxed(receiver, widths[4], About::Alerts))
        .collect();
    let of_receivers = stacked(&receivers.iter().map(|placed| placed.height).collect::<Vec<_>>());
    let prometheus = boxed(&picture.prometheus, widths[2], About::Metrics);
    let alertmanager =
        picture.alertmanager.as_ref().map(|node| boxed(node, widths[3], About::Alerts));
    let grafana = picture.grafana.as_ref().map(|node| boxed(node, widths[3], About::Metrics));
    let of_fourth = stacked(
        &alertmanager.iter().chain(&grafana).map(|placed| placed.height).collect::<Vec<_>>(),
    ) + if alertmanager.is_some() && grafana.is_some() { 32.0 } else { 0.0 };
    let top = MARGIN + HEAD;
    let height = of_rows.max(of_receivers).max(of_fourth).max(prometheus.height);
    let middle = top + height / 2.0;

    // What runs, what shows it, and the bus to Prometheus.
    let prometheus = prometheus.centered(columns[2], middle);
    let bus = columns[2] - 26.0;
    let mut y = middle - of_rows / 2.0;
    let mut ends = Vec::new();
    for ((what, exporter), height) in rows.into_iter().zip(heights) {
        let (what, exporter) = (
            what.centered(columns[0], y + height / 2.0),
            exporter.centered(columns[1], y + height / 2.0),
        );
        diagram.across(About::Metrics, &what, &exporter);
        diagram.line(
            About::Metrics,
            [(exporter.right(), exporter.middle()), (bus, exporter.middle())],
        );
        ends.push(exporter.middle());
        diagram.put(what);
        diagram.put(exporter);
        y += height + STEP;
    }
    along(&mut diagram, About::Metrics, bus, ends.iter().copied().chain([middle]));
    diagram.arrow(About::Metrics, [(bus, middle), (prometheus.x, middle)]);

    // Who tells and draws.
    let (upper, lower) = match (&alertmanager, &grafana) {
        (Some(above), Some(below)) => {
            let apart = (above.height + below.height) / 2.0 + STEP + 32.0;
            let apart = apart.max(height / 2.6);
            (middle - apart / 2.0, middle + apart / 2.0)
        }
        _ => (middle, middle),
    };
    let bus = columns[3] - 26.0;
    if has_fourth {
        diagram.line(About::Metrics, [(prometheus.right(), middle), (bus, middle)]);
    }
    if let Some(placed) = alertmanager {
        let placed = placed.centered(columns[3], upper);
        diagram.arrow(About::Alerts, bent((bus, middle), (placed.x, placed.middle())));
        let bus = columns[4] - 22.0;
        if !receivers.is_empty() {
            diagram
                .line(About::Alerts, [(placed.right(), placed.middle()), (bus, placed.middle())]);
        }
        let mut y = (placed.middle() - of_receivers / 2.0).max(top);
        let mut ends = vec![placed.middle()];
        for receiver in receivers {
            let receiver = receiver.at(columns[4], y);
            y = receiver.bottom() + STEP;
            ends.push(receiver.middle());
            diagram
                .arrow(About::Alerts, [(bus, receiver.middle()), (receiver.x, receiver.middle())]);
            diagram.put(receiver);
        }
        along(&mut diagram, About::Alerts, bus, ends.into_iter());
        diagram.put(placed);
    }
    let grafana = grafana.map(|placed| placed.centered(columns[3], lower));
    if let Some(placed) = &grafana {
        diagram.arrow(About::Metrics, bent((bus, middle), (placed.x, placed.middle())));
        diagram.put(placed.clone());
    }
    diagram.put(prometheus);

    // Logs and traces have rows of their own below.
    let below = diagram.boxes.iter().map(Placed::bottom).fold(top + height, f64::max);
    let mut y = below + 2.0 * STEP;
    if let Some(LogsWay { pods, collector, store }) = logs {
        let placed = [(pods, 0), (collector, 1), (store, 2)]
            .map(|(node, at)| boxed(node, widths[at], About::Logs).at(columns[at], y));
        let height = placed.iter().map(|placed| placed.height).fold(0.0, f64::max);
        let placed = placed.map(|it| {
            let x = it.x;
            it.centered(x, y + height / 2.0)
        });
        let [pods, collector, store] = &placed;
        diagram.across(About::Logs, pods, collector);
        diagram.across(About::Logs, collector, store);
        if let Some(grafana) = &grafana {
            let (x, y) = (grafana.center(), store.middle());
            diagram.arrow(About::Logs, [(store.right(), y), (x, y), (x, grafana.bottom())]);
        }
        for it in placed {
            diagram.put(it);
        }
        y += height + STEP;
    }
    if let Some((who, to)) = traces {
        let who = boxed(who, widths[0], About::Traces);
        let to = boxed(to, widths[1], About::Traces);
        let height = who.height.max(to.height);
        let who = who.centered(columns[0], y + height / 2.0);
        let to = to.centered(columns[1], y + height / 2.0);
        diagram.across(About::Traces, &who, &to);
        diagram.put(who);
        diagram.put(to);
    }
    diagram.height = diagram.boxes.iter().map(Placed::bottom).fold(0.0, f64::max) + MARGIN;
    diagram
}

/// One below the other, two columns wide.
pub(super) fn tall(picture: &Picture) -> Diagram {
    const LEFT: f64 = 22.0;
    const FIRST: f64 = 138.0;
    const SECOND: f64 = 158.0;
    const SECOND_X: f64 = LEFT + FIRST + 22.0;
    const BUS: f64 = SECOND_X + SECOND + 14.0;
    let mut diagram = Diagram { width: BUS + 8.0, ..Diagram::default() };
    diagram.heads(&[(LEFT, "what runs"), (SECOND_X, "what shows it")]);
    let mut y = MARGIN + HEAD;
    let mut ends = Vec::new();
    for row in &picture.rows {
        let what = boxed(&row.what, FIRST, About::Metrics);
        let exporter = boxed(&row.exporter, SECOND, About::Metrics);
        let height = what.height.max(exporter.height);
        let what = what.centered(LEFT, y + height / 2.0);
        let exporter = exporter.centered(SECOND_X, y + height / 2.0);
        diagram.across(About::Metrics, &what, &exporter);
        diagram.line(
            About::Metrics,
            [(exporter.right(), exporter.middle()), (BUS, exporter.middle())],
        );
        ends.push(exporter.middle());
        diagram.put(what);
        diagram.put(exporter);
        y += height + STEP;
    }
    let prometheus =
        boxed(&picture.prometheus, SECOND_X + SECOND - LEFT, About::Metrics).at(LEFT, y + STEP);
    ends.push(prometheus.middle());
    along(&mut diagram, About::Metrics, BUS, ends.into_iter());
    diagram.arrow(
        About::Metrics,
        [(BUS, prometheus.middle()), (prometheus.right(), prometheus.middle())],
    );
    let (from, top) = (prometheus.bottom(), prometheus.bottom() + 34.0);
    diagram.put(prometheus);
    let mut bottom = from;
    if let Some(alertmanager) = &picture.alertmanager {
        let placed = boxed(alertmanager, FIRST, About::Alerts).at(LEFT, top);
        diagram.arrow(About::Alerts, [(placed.center(), from), (placed.center(), placed.y)]);
        let bus = LEFT - 14.0;
        let mut ends = vec![placed.middle()];
        let mut y = placed.bottom() + STEP;
        for receiver in &picture.receivers {
            let receiver = boxed(receiver, FIRST, About::Alerts).at(LEFT, y);
            y = receiver.bottom() + STEP;
            ends.push(receiver.middle());
            diagram
                .arrow(About::Alerts, [(bus, receiver.middle()), (receiver.x, receiver.middle())]);
            diagram.put(receiver);
        }
        if ends.len() > 1 {
            diagram.line(About::Alerts, [(placed.x, placed.middle()), (bus, placed.middle())]);
            along(&mut diagram, About::Alerts, bus, ends.into_iter());
        }
        diagram.put(placed);
        bottom = y;
    }
    let mut y = top;
    let mut above: Option<Placed> = None;
    if let Some(grafana) = &picture.grafana {
        let placed = boxed(grafana, SECOND, About::Metrics).at(SECOND_X, y);
        diagram.arrow(About::Metrics, [(placed.center(), from), (placed.center(), placed.y)]);
        y = placed.bottom() + 30.0;
        diagram.put(placed.clone());
        above = Some(placed);
    }
    if let Some(logs) = &picture.logs {
        for node in [&logs.store, &logs.collector, &logs.pods] {
            let placed = boxed(node, SECOND, About::Logs).at(SECOND_X, y);
            if let Some(above) = above {
                let x = placed.center();
                diagram.arrow(About::Logs, [(x, placed.y), (x, above.bottom())]);
            }
            y = placed.bottom() + 30.0;
            diagram.put(placed.clone());
            above = Some(placed);
        }
    }
    let mut y = bottom.max(y) + STEP;
    if let Some((who, to)) = &picture.traces {
        let who = boxed(who, FIRST, About::Traces);
        let to = boxed(to, SECOND, About::Traces);
        let height = who.height.max(to.height);
        let who = who.centered(LEFT, y + height / 2.0);
        let to = to.centered(SECOND_X, y + height / 2.0);
        diagram.across(About::Traces, &who, &to);
        y += height;
        diagram.put(who);
        diagram.put(to);
    }
    let _ = y;
    diagram.height = diagram.boxes.iter().map(Placed::bottom).fold(0.0, f64::max) + MARGIN;
    diagram
}

/// The vertical line that joins these heights.
fn along(diagram: &mut Diagram, about: About, x: f64, ends: impl Iterator<Item = f64> + Clone) {
    let top = ends.clone().fold(f64::INFINITY, f64::min);
    let bottom = ends.fold(f64::NEG_INFINITY, f64::max);
    if top < bottom {
        diagram.line(about, [(x, top), (x, bottom)]);
    }
}

/// Down or up first, then across.
fn bent(from: (f64, f64), to: (f64, f64)) -> Vec<(f64, f64)> {
    vec![from, (from.0, to.1), to]
}

/// How high boxes are one below the other.
fn stacked(heights: &[f64]) -> f64 {
    heights.iter().map(|height| height + STEP).sum::<f64>()
        - if heights.is_empty() { 0.0 } else { STEP }
}

/// Width of a text in letters that are all alike.
pub(super) fn mono(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.605 } else { 1.0 }).sum::<f64>() * size
}

/// Width of a text in the widest of the usual fonts (`DejaVu Sans`, Verdana), so that it fits in the others.
pub(super) fn sans(text: &str, size: f64) -> f64 {
    let width = |c: char| match c {
        ' ' | '.' | ',' | ':' | 'i' | 'j' | 'l' | '\'' | '|' => 0.34,
        'f' | 'r' | 't' | 'I' | '-' | '/' | '(' | ')' => 0.43,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        'A'..='Z' | '#' | '&' | '<' | '>' | '=' | '+' | '~' => 0.84,
        c if c.is_ascii() => 0.64,
        _ => 1.0,
    };
    text.chars().map(width).sum::<f64>() * size
}

/// A text with its middle left out if it is too long: names differ at both ends.
fn shortened(text: &str, room: f64, width: impl Fn(&str) -> f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let all: Vec<char> = text.chars().collect();
    let mut kept = all.len();
    loop {
        kept = kept.saturating_sub(1);
        let front = kept.div_ceil(2);
        let short: String = all[..front]
            .iter()
            .chain(['…'].iter())
            .chain(&all[all.len() - (kept - front)..])
            .collect();
        if kept == 0 || width(&short) <= room {
            return short;
        }
    }
}

/// Lines of words that fit.
fn wrapped(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shortened(word, room, |text| sans(text, NOTE));
        match lines.last_mut() {
            Some(line) if sans(&format!("{line} {word}"), NOTE) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}
