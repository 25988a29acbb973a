//! Where boxes and arrows of the drawn diagram lie: side by side on a screen, one below the other on a phone.
//!
//! Arrows go through the gaps between boxes and along buses, so that none crosses a text.

mod tall;
#[cfg(test)]
mod tests;
mod wide;

use super::picture::Node;
use crate::commands::page::{mono, shortened, wrapped};
pub(super) use tall::tall;
pub(super) use wide::wide;

/// Sizes of the letters and of what is around them, in pixels.
pub(super) const TITLE: f64 = 12.0;
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
    /// With its middle there.
    fn around(self, middle: f64) -> Self {
        let (x, y) = (self.x, middle - self.height / 2.0);
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

    fn head(&mut self, x: f64, text: &'static str) {
        self.heads.push(Head { x, y: MARGIN + 12.0, text });
    }

    /// From one box to the next in its row.
    fn across(&mut self, from: &Placed, to: &Placed) {
        self.arrow(from.about, [(from.right(), from.middle()), (to.x, to.middle())]);
    }

    /// The vertical line that joins these heights.
    fn along(&mut self, about: About, x: f64, ends: &[f64]) {
        let top = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let bottom = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if top < bottom {
            self.line(about, [(x, top), (x, bottom)]);
        }
    }

    fn bottom(&self) -> f64 {
        self.boxes.iter().map(Placed::bottom).fold(0.0, f64::max)
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

/// Down or up first, then across.
fn bent(from: (f64, f64), to: (f64, f64)) -> Vec<(f64, f64)> {
    vec![from, (from.0, to.1), to]
}

/// How high boxes are one below the other.
fn stacked(heights: impl Iterator<Item = f64>) -> f64 {
    let all: f64 = heights.map(|height| height + STEP).sum();
    (all - STEP).max(0.0)
}
