//! The diagram as SVG: no script, nothing from elsewhere, in light and in dark.

use std::fmt::Write as _;

use seaway_render::Overview;

use super::layout::{
    About, Diagram, INDENT, NOTE_LINE, PAD, Placed, TITLE, TITLE_LINE, Wire, wide,
};
use super::picture::{Picture, picture};
use crate::commands::page::{DIAGRAM, NOTE, escaped, number, sans};

/// Colors of the ways in the diagram; what all diagrams have stands before them.
pub(super) const STYLE: &str = include_str!("diagram.css");
/// How far a corner of a line is cut.
const CORNER: f64 = 6.0;
/// From one line of the legend to the next.
const LEGEND_LINE: f64 = 18.0;

/// The diagram as a file of its own.
pub(super) fn page(overview: &Overview) -> String {
    let picture = picture(overview);
    let mut out = String::new();
    drawing(&mut out, &picture, &wide(&picture), "wide", true);
    out
}

/// A diagram; `id` tells it from others of the page. One that stands alone brings its style.
pub(super) fn drawing(
    out: &mut String,
    picture: &Picture,
    diagram: &Diagram,
    id: &str,
    alone: bool,
) {
    let legend = Legend::of(diagram);
    let (width, height) = (diagram.width, diagram.height + legend.height);
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"diagram {id}\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">"
    );
    let _ = writeln!(out, "<title id=\"{id}-title\">{}</title>", escaped(&picture.title));
    let _ = writeln!(out, "<desc id=\"{id}-desc\">{}</desc>", escaped(&picture.description));
    if alone {
        let _ = writeln!(out, "<style>\n{DIAGRAM}{STYLE}</style>");
    }
    out.push_str("<defs>\n");
    for about in abouts(diagram) {
        let word = word(about);
        let _ = writeln!(
            out,
            "<marker id=\"{id}-{word}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"tip {word}\" d=\"M0 .5 8 4 0 7.5z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    let _ = writeln!(
        out,
        "<rect class=\"card\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"12\"/>",
        width - 1.0,
        height - 1.0
    );
    for wire in &diagram.wires {
        draw_wire(out, wire, id);
    }
    for placed in &diagram.boxes {
        draw_box(out, placed);
    }
    for head in &diagram.heads {
        let _ = writeln!(
            out,
            "<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>",
            number(head.x),
            number(head.y),
            head.text
        );
    }
    legend.draw(out, diagram.height);
    out.push_str("</svg>\n");
}

fn draw_wire(out: &mut String, wire: &Wire, id: &str) {
    let word = word(wire.about);
    let tip = if wire.arrow { format!(" marker-end=\"url(#{id}-{word})\"") } else { String::new() };
    let _ = writeln!(out, "<path class=\"wire {word}\" d=\"{}\"{tip}/>", path(&wire.points));
}

/// A line with round corners.
fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| points.get(at));
        match (before, points.get(at + 1)) {
            (None, _) => {
                let _ = write!(path, "M{} {}", number(x), number(y));
            }
            (Some(&before), Some(&after)) => {
                let (from, to) = (toward((x, y), before), toward((x, y), after));
                let _ = write!(
                    path,
                    "L{} {}Q{} {} {} {}",
                    number(from.0),
                    number(from.1),
                    number(x),
                    number(y),
                    number(to.0),
                    number(to.1)
                );
            }
            (Some(_), None) => {
                let _ = write!(path, "L{} {}", number(x), number(y));
            }
        }
    }
    path
}

/// A point a corner's length from one toward another.
fn toward(from: (f64, f64), to: (f64, f64)) -> (f64, f64) {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y);
    if length <= f64::EPSILON {
        return from;
    }
    let part = (CORNER / length).min(0.5);
    (from.0 + x * part, from.1 + y * part)
}

fn draw_box(out: &mut String, placed: &Placed) {
    let Placed { x, y, width, height, title, notes, whole, about, outside } = placed;
    let outside = if *outside { " outside" } else { "" };
    out.push_str("<g>");
    if let Some(whole) = whole {
        let _ = write!(out, "<title>{}</title>", escaped(whole));
    }
    let _ = write!(
        out,
        "<rect class=\"box{outside}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
        number(*x),
        number(*y),
        number(*width),
        number(*height)
    );
    let _ = write!(
        out,
        "<rect class=\"stripe {}\" x=\"{}\" y=\"{}\" width=\"3\" height=\"{}\" rx=\"1.5\"/>",
        word(*about),
        number(x + 7.0),
        number(y + 9.0),
        number(height - 18.0)
    );
    let left = x + INDENT;
    let mut line = y + PAD + TITLE;
    let _ = write!(
        out,
        "<text class=\"title\" x=\"{}\" y=\"{}\">{}</text>",
        number(left),
        number(line - 1.0),
        escaped(title)
    );
    line += TITLE_LINE - 1.0;
    for note in notes {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\">{}</text>",
            number(left),
            number(line - 1.0),
            escaped(note)
        );
        line += NOTE_LINE;
    }
    out.push_str("</g>\n");
}

/// What the colors mean.
struct Legend {
    /// Where each stands: its left edge, its line, and what it means; nothing for what is dashed.
    entries: Vec<(f64, f64, Option<About>, &'static str)>,
    height: f64,
}

impl Legend {
    fn of(diagram: &Diagram) -> Self {
        const MARGIN: f64 = 16.0;
        let mut words: Vec<(Option<About>, &'static str)> =
            abouts(diagram).into_iter().map(|about| (Some(about), word(about))).collect();
        if diagram.boxes.iter().any(|placed| placed.outside) {
            words.push((None, "not made by the stage"));
        }
        let (mut x, mut line) = (MARGIN, 0.0);
        let mut entries = Vec::new();
        for (about, word) in words {
            let width = 24.0 + sans(word, NOTE) + 14.0;
            if x + width > diagram.width && x > MARGIN {
                (x, line) = (MARGIN, line + LEGEND_LINE);
            }
            entries.push((x, line, about, word));
            x += width;
        }
        Self { entries, height: line + LEGEND_LINE + 6.0 }
    }

    fn draw(&self, out: &mut String, top: f64) {
        for (x, line, about, word) in &self.entries {
            let y = top + line;
            let _ = match about {
                Some(_) => write!(
                    out,
                    "<path class=\"wire {word}\" d=\"M{} {}h18\"/>",
                    number(*x),
                    number(y + 4.0)
                ),
                None => write!(
                    out,
                    "<rect class=\"box outside\" x=\"{}\" y=\"{}\" width=\"17\" height=\"9\" rx=\"3\"/>",
                    number(x + 0.5),
                    number(y - 0.5)
                ),
            };
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\">{word}</text>",
                number(x + 24.0),
                number(y + 8.0)
            );
        }
    }
}

/// What the diagram is about, in the order of colors.
fn abouts(diagram: &Diagram) -> Vec<About> {
    let all = [About::Metrics, About::Alerts, About::Logs, About::Traces];
    let is_there = |about: &About| diagram.wires.iter().any(|wire| wire.about == *about);
    all.into_iter().filter(is_there).collect()
}

fn word(about: About) -> &'static str {
    match about {
        About::Metrics => "metrics",
        About::Alerts => "alerts",
        About::Logs => "logs",
        About::Traces => "traces",
    }
}
