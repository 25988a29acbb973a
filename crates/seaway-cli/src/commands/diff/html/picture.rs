//! The picture of a stack with what changed in it: components as boxes, calls as arrows.
//!
//! On a phone it is a list of the same boxes, each with the names of what it calls.

use std::fmt::Write as _;

use seaway_core::Consequence;
use seaway_render::diff::Change;
use seaway_render::revision::Drawn;

use super::layout::{LINE, Placed, Wire, layout};
use super::{chip, sign, tier};
use crate::commands::page::{code, escaped, number};
use crate::messages::plural;

/// The type of the programs that watch a stage. They are one box: `seaway monitoring` draws them.
const MONITORING: &str = "monitoring";

/// Most boxes of a picture in which each component has its own.
const MOST: usize = 12;

/// A box of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The components that it stands for.
    pub(super) names: Vec<String>,
    /// What it is.
    pub(super) note: String,
    pub(super) change: Option<Change>,
    pub(super) worst: Option<Consequence>,
    /// Names of others, in order.
    pub(super) calls: Vec<String>,
}

/// The picture, or nothing where no component is known.
pub(super) fn figure(out: &mut String, components: &[Drawn], id: &str) {
    let mut nodes = nodes(components);
    if nodes.len() > MOST {
        nodes = merged(nodes);
    }
    if nodes.is_empty() {
        return;
    }
    out.push_str("<figure>\n");
    drawing(out, &nodes, id);
    list(out, &nodes);
    out.push_str("<figcaption>");
    for (change, word) in CHANGES {
        let (class, sign) = sign(change);
        let _ = write!(out, "<span class=\"{class}\"><b>{sign}</b> {word}</span> ");
    }
    out.push_str("<span class=\"wide\">Arrows lead to what a component calls.</span></figcaption>\n</figure>\n");
}

const CHANGES: [(Change, &str); 3] =
    [(Change::Gained, "new"), (Change::Changed, "changed"), (Change::Lost, "gone")];

fn word(change: Change) -> &'static str {
    match change {
        Change::Gained => "new",
        Change::Changed => "changed",
        Change::Lost => "gone",
    }
}

/// The boxes: a component each, and one for all that watches.
fn nodes(components: &[Drawn]) -> Vec<Node> {
    let (watching, own): (Vec<&Drawn>, Vec<&Drawn>) =
        components.iter().partition(|drawn| drawn.type_name == MONITORING);
    let mut nodes: Vec<Node> = own
        .into_iter()
        .map(|drawn| Node {
            names: vec![drawn.name.clone()],
            note: described(&drawn.type_name, drawn.change),
            change: drawn.change,
            worst: drawn.worst,
            calls: drawn.calls.clone(),
        })
        .collect();
    // The component of the stack; its programs have its name and a word more.
    let Some(first) = watching.iter().min_by_key(|drawn| drawn.name.len()) else { return nodes };
    let is_watching = |name: &String| watching.iter().any(|drawn| drawn.name == *name);
    let mut calls: Vec<String> = watching.iter().flat_map(|drawn| &drawn.calls).cloned().collect();
    calls.retain(|name| !is_watching(name));
    calls.sort();
    calls.dedup();
    for node in &mut nodes {
        for call in node.calls.iter_mut().filter(|call| is_watching(call)) {
            call.clone_from(&first.name);
        }
        node.calls.dedup();
    }
    let changes = || watching.iter().filter_map(|drawn| drawn.change);
    let change = match first.change {
        None | Some(Change::Changed) if changes().next().is_some() => Some(Change::Changed),
        change => change,
    };
    nodes.push(Node {
        names: vec![first.name.clone()],
        note: described(MONITORING, change),
        change,
        worst: watching.iter().filter_map(|drawn| drawn.worst).min(),
        calls,
    });
    nodes
}

/// One box for components that differ alike, call the same and are called by the same.
fn merged(nodes: Vec<Node>) -> Vec<Node> {
    let callers = |of: &Node| -> Vec<String> {
        let calls = nodes.iter().filter(|node| node.calls.contains(&of.names[0]));
        calls.map(|node| node.names[0].clone()).collect()
    };
    let callers: Vec<Vec<String>> = nodes.iter().map(callers).collect();
    let mut boxes: Vec<(Vec<String>, Node)> = Vec::new();
    for (node, callers) in nodes.into_iter().zip(callers) {
        let alike = boxes.iter_mut().find(|(known, one)| {
            *known == callers
                && (one.change, one.worst, &one.calls) == (node.change, node.worst, &node.calls)
        });
        match alike {
            Some((_, one)) => {
                one.names.extend(node.names);
                one.note = described(&plural(one.names.len(), "component"), one.change);
            }
            None => boxes.push((callers, node)),
        }
    }
    boxes.into_iter().map(|(_, node)| node).collect()
}

fn described(what: &str, change: Option<Change>) -> String {
    change.map_or_else(|| what.to_owned(), |change| format!("{what}, {}", word(change)))
}

/// The picture in a sentence.
fn description(nodes: &[Node]) -> String {
    let mut counts: Vec<String> = Vec::new();
    for (change, word) in CHANGES {
        let alike = nodes.iter().filter(|node| node.change == Some(change));
        let count: usize = alike.map(|node| node.names.len()).sum();
        if count > 0 {
            counts.push(format!("{count} {word}"));
        }
    }
    if counts.is_empty() {
        counts.push("none differs".to_owned());
    }
    let all: usize = nodes.iter().map(|node| node.names.len()).sum();
    format!("{}: {}", plural(all, "component"), counts.join(", "))
}

fn drawing(out: &mut String, nodes: &[Node], id: &str) {
    let diagram = layout(nodes);
    let (width, height) = (number(diagram.width), number(diagram.height));
    let _ = writeln!(
        out,
        "<div class=\"drawing\" tabindex=\"0\"><svg xmlns=\"http://www.w3.org/2000/svg\" class=\"diagram\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">What changes in the stack</title>\n\
         <desc id=\"{id}-desc\">{}</desc>\n<defs>",
        escaped(&description(nodes))
    );
    for class in ["same", "new", "gone"] {
        let _ = writeln!(
            out,
            "<marker id=\"{id}-{class}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path class=\"tip {class}\" d=\"M0 .5 8 4 0 7.5z\"/></marker>"
        );
    }
    let _ = writeln!(
        out,
        "</defs>\n<rect class=\"card\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"12\"/>",
        number(diagram.width - 1.0),
        number(diagram.height - 1.0)
    );
    // What comes or goes lies above the rest.
    for class in ["same", "gone", "new"] {
        for wire in diagram.wires.iter().filter(|wire| kind(wire, nodes) == class) {
            draw_wire(out, wire, class, id);
        }
    }
    for placed in &diagram.boxes {
        draw_box(out, placed, &nodes[placed.node]);
    }
    out.push_str("</svg></div>\n");
}

fn kind(wire: &Wire, nodes: &[Node]) -> &'static str {
    let ends = [nodes[wire.from].change, nodes[wire.to].change];
    if ends.contains(&Some(Change::Lost)) {
        "gone"
    } else if ends.contains(&Some(Change::Gained)) {
        "new"
    } else {
        "same"
    }
}

fn draw_wire(out: &mut String, wire: &Wire, class: &str, id: &str) {
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    for (at, &(x, y)) in wire.points.iter().enumerate() {
        let _ = match last {
            None => write!(path, "M{} {}", number(x), number(y)),
            // Across the gap between two columns.
            Some((from_x, from_y)) if at % 2 == 1 => {
                let middle = number(f64::midpoint(from_x, x));
                write!(
                    path,
                    "C{middle} {} {middle} {} {} {}",
                    number(from_y),
                    number(y),
                    number(x),
                    number(y)
                )
            }
            Some(_) => write!(path, "H{}", number(x)),
        };
        last = Some((x, y));
    }
    let end = if wire.is_reversed { "start" } else { "end" };
    let _ = writeln!(
        out,
        "<path class=\"wire {class}\" d=\"{path}\" marker-{end}=\"url(#{id}-{class})\"/>"
    );
}

fn draw_box(out: &mut String, placed: &Placed, node: &Node) {
    let (class, mark) = node.change.map_or(("same", ""), sign);
    let (x, y) = (placed.x, placed.y);
    let _ = write!(out, "<g class=\"{class}\">");
    if placed.is_shortened {
        let _ = write!(out, "<title>{}</title>", escaped(&node.names.join(", ")));
    }
    let _ = write!(
        out,
        "<rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
        number(x),
        number(y),
        number(placed.width),
        number(placed.height)
    );
    if !mark.is_empty() {
        let _ = write!(
            out,
            "<text class=\"sign\" x=\"{}\" y=\"{}\">{mark}</text>",
            number(x + 10.0),
            number(y + 20.0)
        );
    }
    let left = number(x + 26.0);
    let mut line = y + 20.0;
    for title in &placed.titles {
        let _ = write!(
            out,
            "<text class=\"title\" x=\"{left}\" y=\"{}\">{}</text>",
            number(line),
            escaped(title)
        );
        line += LINE;
    }
    let _ =
        write!(out, "<text x=\"{left}\" y=\"{}\">{}</text>", number(line), escaped(&placed.note));
    line += LINE;
    if let Some(worst) = node.worst {
        let _ = write!(
            out,
            "<text class=\"{}\" x=\"{left}\" y=\"{}\">{worst}</text>",
            tier(worst),
            number(line)
        );
    }
    out.push_str("</g>\n");
}

/// The boxes one below the other.
fn list(out: &mut String, nodes: &[Node]) {
    out.push_str("<ul class=\"parts\">\n");
    for node in nodes {
        let (class, mark) = node.change.map_or(("same", ""), sign);
        let _ = write!(out, "<li class=\"{class}\"><b>{mark}</b> <div>");
        let names: Vec<String> = node.names.iter().map(|name| code(name)).collect();
        out.push_str(&names.join(" "));
        let _ = write!(out, " {}", escaped(&node.note));
        if !node.calls.is_empty() {
            let _ = write!(out, "<br/>calls {}", escaped(&node.calls.join(", ")));
        }
        let _ = writeln!(out, "</div>{}</li>", node.worst.map(chip).unwrap_or_default());
    }
    out.push_str("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, change: Option<Change>, calls: &[&str]) -> Node {
        Node {
            names: vec![name.to_owned()],
            note: described("worker", change),
            change,
            worst: None,
            calls: calls.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn what_differs_alike_and_calls_the_same_is_one_box() {
        let merged = merged(vec![
            node("a", None, &["db"]),
            node("b", None, &["db"]),
            node("c", Some(Change::Changed), &["db"]),
            node("d", None, &[]),
            node("db", None, &[]),
        ]);
        let names: Vec<String> = merged.iter().map(|node| node.names.join(" ")).collect();
        assert_eq!(names, ["a b", "c", "d", "db"]);
        assert_eq!(merged[0].note, "2 components");
        assert_eq!(description(&merged), "5 components: 1 changed");
    }

    #[test]
    fn programs_that_watch_are_one_box() {
        let drawn = |name: &str, kind: &str, change, calls: &[&str]| Drawn {
            name: name.to_owned(),
            type_name: kind.to_owned(),
            change,
            calls: calls.iter().map(ToString::to_string).collect(),
            worst: None,
        };
        let nodes = nodes(&[
            drawn("watch", "monitoring", None, &[]),
            drawn("watch-db-exporter", "monitoring", Some(Change::Gained), &["db", "watch-loki"]),
            drawn("watch-loki", "monitoring", None, &[]),
            drawn("db", "postgres", None, &[]),
            drawn("web", "web", None, &["watch-alloy", "watch-loki"]),
        ]);
        let watching = nodes.last().expect("a box");
        assert_eq!(
            (watching.names.join(" ").as_str(), watching.note.as_str()),
            ("watch", "monitoring, changed")
        );
        assert_eq!(watching.calls, ["db"]);
        assert_eq!(nodes[1].calls, ["watch-alloy", "watch"]);
    }
}
