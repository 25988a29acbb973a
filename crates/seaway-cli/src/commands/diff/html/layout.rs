//! Where the boxes and arrows of a picture lie: columns from left to right, and each arrow leads to the right.
//!
//! The way of Sugiyama, Tagawa and Toda (<https://en.wikipedia.org/wiki/Layered_graph_drawing>): cycles are cut, a column is the
//! longest way to a box, and boxes of a column are ordered by the middle of what they are joined with. Arrows that lead over several
//! columns to one box share a lane in each of them. Arrows bend in the gaps between columns alone, so that none crosses a box.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::picture::Node;
use crate::commands::page::{NOTE, mono, sans, shortened};

/// Size of the letters of a title, in pixels.
const TITLE: f64 = 12.0;
/// From the edges of a box to its text: a sign stands at the left.
const LEFT: f64 = 26.0;
const RIGHT: f64 = 12.0;
const MARGIN: f64 = 20.0;
/// Between two columns: arrows bend there.
const GAP: f64 = 96.0;
/// From one box to the next below it.
const STEP: f64 = 12.0;
/// The height that an arrow takes where it passes a column.
const LANE: f64 = 8.0;
/// From one line of a box to the next.
pub(super) const LINE: f64 = 16.0;
const LEAST: f64 = 130.0;
const MOST: f64 = 210.0;
/// How often the order of the columns is improved, from left to right and back.
const SWEEPS: usize = 4;

/// A box in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    /// Which of the nodes it is.
    pub(super) node: usize,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Its names in lines.
    pub(super) titles: Vec<String>,
    pub(super) note: String,
    /// Whether its titles do not say all of its names.
    pub(super) is_shortened: bool,
}

/// An arrow: pairs of points, from the right edge of a column to the left edge of the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wire {
    /// The node at the left.
    pub(super) from: usize,
    /// The node at the right.
    pub(super) to: usize,
    /// Whether the one at the right calls the one at the left.
    pub(super) is_reversed: bool,
    pub(super) points: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Diagram {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) boxes: Vec<Placed>,
    pub(super) wires: Vec<Wire>,
}

/// What has a place in a column: a node, or an arrow that passes. The nodes come first, in their own order.
struct Item {
    column: usize,
    height: f64,
    y: f64,
    /// Items of the column before that it is joined with, and of the one after.
    before: Vec<usize>,
    after: Vec<usize>,
}

impl Item {
    fn new(column: usize, height: f64) -> Self {
        Self { column, height, y: 0.0, before: Vec::new(), after: Vec::new() }
    }

    fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// An arrow between two nodes, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arrow {
    from: usize,
    to: usize,
    is_reversed: bool,
}

pub(super) fn layout(nodes: &[Node]) -> Diagram {
    let arrows = without_cycles(nodes);
    let columns = columns(nodes.len(), &arrows);
    let mut items: Vec<Item> =
        nodes.iter().zip(&columns).map(|(node, column)| Item::new(*column, height(node))).collect();
    let mut lanes = BTreeMap::new();
    let ways: Vec<Vec<usize>> =
        arrows.iter().map(|arrow| way(*arrow, &mut items, &mut lanes)).collect();
    let order = ordered(&items);
    let bottom = place(&mut items, &order);
    let widths: Vec<f64> = (0..order.len()).map(|at| width(nodes, &columns, at)).collect();
    let left = |column: usize| {
        let before: f64 = widths[..column].iter().map(|width| width + GAP).sum();
        MARGIN + before
    };
    let boxes = nodes.iter().enumerate().map(|(at, node)| {
        let (x, width) = (left(columns[at]), widths[columns[at]]);
        boxed(node, at, (x, items[at].y), (width, items[at].height))
    });
    let ports = Ports::of(&items);
    let wires = arrows.iter().zip(&ways).map(|(arrow, way)| {
        let points = way.windows(2).flat_map(|pair| {
            let [from, to] = [pair[0], pair[1]];
            let right = left(items[from].column) + widths[items[from].column];
            [
                (right, ports.y(&items, from, to, true)),
                (left(items[to].column), ports.y(&items, to, from, false)),
            ]
        });
        let Arrow { from, to, is_reversed } = *arrow;
        Wire { from, to, is_reversed, points: points.collect() }
    });
    Diagram {
        width: left(order.len().saturating_sub(1)) + widths.last().copied().unwrap_or(0.0) + MARGIN,
        height: bottom + MARGIN,
        boxes: boxes.collect(),
        wires: wires.collect(),
    }
}

/// The calls, where those that would close a cycle lead back.
fn without_cycles(nodes: &[Node]) -> Vec<Arrow> {
    /// Follows the calls of a node; `path` holds the nodes on the way to it.
    fn follow(
        at: usize,
        calls: &[Vec<usize>],
        path: &mut Vec<usize>,
        done: &mut [bool],
        arrows: &mut Vec<Arrow>,
    ) {
        path.push(at);
        for &to in &calls[at] {
            if path.contains(&to) {
                arrows.push(Arrow { from: to, to: at, is_reversed: true });
            } else {
                arrows.push(Arrow { from: at, to, is_reversed: false });
                if !done[to] {
                    follow(to, calls, path, done, arrows);
                }
            }
        }
        done[at] = true;
        path.pop();
    }
    let named = |(at, node): (usize, &Node)| -> Vec<(String, usize)> {
        node.names.iter().map(|name| (name.clone(), at)).collect()
    };
    let numbers: BTreeMap<String, usize> = nodes.iter().enumerate().flat_map(named).collect();
    let called = |(at, node): (usize, &Node)| -> Vec<usize> {
        let calls = node.calls.iter().filter_map(|name| numbers.get(name).copied());
        calls.filter(|to| *to != at).collect()
    };
    let calls: Vec<Vec<usize>> = nodes.iter().enumerate().map(called).collect();
    let mut done = vec![false; nodes.len()];
    let mut arrows = Vec::new();
    for at in 0..nodes.len() {
        if !done[at] {
            follow(at, &calls, &mut Vec::new(), &mut done, &mut arrows);
        }
    }
    // Two that call each other are one arrow.
    arrows.sort_by_key(|arrow| (arrow.from, arrow.to, arrow.is_reversed));
    arrows.dedup_by_key(|arrow| (arrow.from, arrow.to));
    arrows
}

/// The column of each node: one more than the last column from which an arrow leads to it.
fn columns(count: usize, arrows: &[Arrow]) -> Vec<usize> {
    let mut columns = vec![0; count];
    // No way is longer than there are nodes.
    for _ in 0..count {
        for arrow in arrows {
            columns[arrow.to] = columns[arrow.to].max(columns[arrow.from] + 1);
        }
    }
    columns
}

/// The items of an arrow, each joined with the next; `lanes` has those between its ends, by the end of the arrow and the column.
fn way(
    arrow: Arrow,
    items: &mut Vec<Item>,
    lanes: &mut BTreeMap<(usize, usize), usize>,
) -> Vec<usize> {
    let mut way = vec![arrow.from];
    for column in items[arrow.from].column + 1..items[arrow.to].column {
        let lane = *lanes.entry((arrow.to, column)).or_insert_with(|| {
            items.push(Item::new(column, LANE));
            items.len() - 1
        });
        way.push(lane);
    }
    way.push(arrow.to);
    for pair in way.windows(2) {
        if !items[pair[0]].after.contains(&pair[1]) {
            items[pair[0]].after.push(pair[1]);
            items[pair[1]].before.push(pair[0]);
        }
    }
    way
}

/// The items of each column from top to bottom: each near the middle of those that it is joined with.
fn ordered(items: &[Item]) -> Vec<Vec<usize>> {
    let count = items.iter().map(|item| item.column + 1).max().unwrap_or(0);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        order[item.column].push(at);
    }
    let mut rank = vec![0.0; items.len()];
    let number = |rank: &mut [f64], column: &[usize]| {
        let mut next = 0.0;
        for &item in column {
            rank[item] = next;
            next += 1.0;
        }
    };
    for column in &order {
        number(&mut rank, column);
    }
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        let all: Vec<usize> = if forth { (0..count).collect() } else { (0..count).rev().collect() };
        for column in all {
            let middle = |at: usize| {
                let others = if forth { &items[at].before } else { &items[at].after };
                mean(others.iter().map(|other| rank[*other])).unwrap_or(rank[at])
            };
            // Stable: what ties stays in the order of names.
            let mut wanted: Vec<(f64, usize)> =
                order[column].iter().map(|at| (middle(*at), *at)).collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            order[column] = wanted.into_iter().map(|(_, at)| at).collect();
            number(&mut rank, &order[column]);
        }
    }
    order
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// Gives each item its height in the picture, with the columns around one middle line. Gives where the longest one ends.
fn place(items: &mut [Item], order: &[Vec<usize>]) -> f64 {
    let long = |column: &Vec<usize>| {
        let all: f64 = column.iter().map(|at| items[*at].height + STEP).sum();
        (all - STEP).max(0.0)
    };
    let heights: Vec<f64> = order.iter().map(long).collect();
    let most = heights.iter().copied().fold(0.0, f64::max);
    for (column, height) in order.iter().zip(heights) {
        let mut y = MARGIN + (most - height) / 2.0;
        for &at in column {
            items[at].y = y;
            y += items[at].height + STEP;
        }
    }
    MARGIN + most
}

/// Where arrows start and end at the sides of an item: spread, in the order of their other ends, so that they do not cross at once.
struct Ports {
    /// The items that each is joined with at its left, and at its right, from top to bottom.
    joined: Vec<[Vec<usize>; 2]>,
}

impl Ports {
    /// Most pixels between two ends.
    const APART: f64 = 9.0;

    fn of(items: &[Item]) -> Self {
        let sorted = |others: &[usize]| {
            let mut sorted = others.to_vec();
            sorted.sort_by(|a, b| items[*a].middle().total_cmp(&items[*b].middle()));
            sorted
        };
        let joined = items.iter().map(|item| [sorted(&item.before), sorted(&item.after)]).collect();
        Self { joined }
    }

    /// The height at which an item is joined with another one.
    fn y(&self, items: &[Item], item: usize, other: usize, right: bool) -> f64 {
        let all = &self.joined[item][usize::from(right)];
        let float = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let before = float(all.iter().take_while(|one| **one != other).count());
        let count = float(all.len());
        let apart = Self::APART.min((items[item].height - 16.0).max(0.0) / count.max(1.0));
        items[item].middle() + (before - (count - 1.0) / 2.0) * apart
    }
}

/// The width of a column: that of its longest text.
fn width(nodes: &[Node], columns: &[usize], column: usize) -> f64 {
    let of = |(node, _): (&Node, &usize)| {
        let titles = titles(node).iter().map(|line| mono(line, TITLE)).fold(0.0, f64::max);
        let worst = node.worst.map_or(0.0, |worst| sans(worst.as_str(), NOTE));
        titles.max(sans(&node.note, NOTE)).max(worst) + LEFT + RIGHT
    };
    let own = nodes.iter().zip(columns).filter(|(_, of)| **of == column);
    own.map(of).fold(LEAST, f64::max).min(MOST).ceil()
}

fn height(node: &Node) -> f64 {
    let lines = titles(node).iter().fold(30.0, |sum, _| sum + LINE);
    if node.worst.is_some() { lines + LINE } else { lines }
}

/// The names of a box in lines, none wider than the widest box.
fn titles(node: &Node) -> Vec<String> {
    let room = MOST - LEFT - RIGHT;
    let last = node.names.len().saturating_sub(1);
    let mut lines: Vec<String> = Vec::new();
    for (at, name) in node.names.iter().enumerate() {
        let comma = if at < last { "," } else { "" };
        let name = shortened(name, room - mono(comma, TITLE), |text| mono(text, TITLE)) + comma;
        match lines.last_mut() {
            Some(line) if mono(&format!("{line} {name}"), TITLE) <= room => {
                line.push(' ');
                line.push_str(&name);
            }
            _ => lines.push(name),
        }
    }
    lines
}

fn boxed(of: &Node, at: usize, (x, y): (f64, f64), (width, height): (f64, f64)) -> Placed {
    let titles = titles(of);
    let note = shortened(&of.note, width - LEFT - RIGHT, |text| sans(text, NOTE));
    let is_shortened = titles.iter().any(|line| line.contains('…'));
    Placed { node: at, x, y, width, height, titles, note, is_shortened }
}
