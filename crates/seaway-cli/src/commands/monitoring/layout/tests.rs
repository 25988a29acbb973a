//! Shapes of any size: nothing lies over anything else.

use super::super::picture::{LogsWay, Node, Picture, Row};
use super::{HEAD, INDENT, PAD, Placed, TITLE, tall, wide};
use crate::commands::page::{NOTE, mono, sans, shortened, wrapped};

fn node(title: &str, note: &str) -> Node {
    Node { title: title.to_owned(), notes: vec![note.to_owned()], outside: false }
}

/// A picture of this many rows and receivers, with what the bits say.
fn shape(rows: usize, receivers: usize, bits: u32) -> Picture {
    let some = |bit: u32| bits & bit != 0;
    let long = "a-component-whose-name-is-as-long-as-a-name-in-kubernetes-can-be";
    let row = |at: usize| Row {
        what: node(
            if at % 3 == 1 { long } else { "web" },
            "a note of some words, which takes two lines or three",
        ),
        exporter: node("kube-state-metrics", "port 8080"),
    };
    Picture {
        title: String::new(),
        description: String::new(),
        rows: (0..rows).map(row).collect(),
        prometheus: node("Prometheus", "keeps 30d in 50Gi"),
        alertmanager: (some(1) || receivers > 0).then(|| node("Alertmanager", "2 routes")),
        receivers: (0..receivers)
            .map(|_| node("on-call", "slack #a-channel-with-a-long-name"))
            .collect(),
        grafana: some(2).then(|| node("Grafana", "7 dashboards")),
        logs: some(4).then(|| LogsWay {
            pods: node("every pod", "logs of 12 workloads"),
            collector: node("Alloy", "through the API"),
            store: node("Loki", "keeps 14d in 10Gi"),
        }),
        traces: some(8).then(|| {
            let to =
                "http://a-collector-with-a-very-long-name.observability.svc.cluster.local:4318";
            (node("processes", "web, worker"), node("collector", to))
        }),
    }
}

/// Whether a horizontal or vertical line goes through the inside of a box.
fn crosses(from: (f64, f64), to: (f64, f64), placed: &Placed) -> bool {
    let (left, right) = (from.0.min(to.0), from.0.max(to.0));
    let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
    right > placed.x + 0.5
        && left < placed.right() - 0.5
        && bottom > placed.y + 0.5
        && top < placed.bottom() - 0.5
}

#[test]
fn nothing_lies_over_anything_else() {
    for (rows, receivers) in [(1, 0), (1, 5), (3, 1), (8, 2), (14, 9)] {
        for bits in 0..16 {
            let picture = shape(rows, receivers, bits);
            for diagram in [wide(&picture), tall(&picture)] {
                let place = format!("{rows} rows, {receivers} receivers, {bits:04b}: {diagram:#?}");
                for (at, placed) in diagram.boxes.iter().enumerate() {
                    assert!(placed.x >= 8.0 && placed.right() <= diagram.width - 8.0, "{place}");
                    assert!(placed.y >= HEAD && placed.bottom() <= diagram.height - 8.0, "{place}");
                    let room = placed.width - INDENT - PAD;
                    assert!(mono(&placed.title, TITLE) <= room, "{place}");
                    assert!(placed.notes.iter().all(|note| sans(note, NOTE) <= room), "{place}");
                    for other in &diagram.boxes[..at] {
                        let corner = (other.right(), other.bottom());
                        assert!(!crosses((other.x, other.y), corner, placed), "{place}");
                    }
                }
                for wire in &diagram.wires {
                    for part in wire.points.windows(2) {
                        let is_straight = (part[0].0 - part[1].0).abs() < 0.01
                            || (part[0].1 - part[1].1).abs() < 0.01;
                        assert!(is_straight, "{place}");
                        for placed in &diagram.boxes {
                            assert!(!crosses(part[0], part[1], placed), "{place}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn long_texts_are_shortened_in_their_middle() {
    assert_eq!(
        shortened("monitoring", 5.0, |text| f64::from(
            u32::try_from(text.chars().count()).unwrap_or(0)
        )),
        "mo…ng"
    );
    let wide = |text: &str| text.chars().map(|_| 1.0).sum();
    assert_eq!(shortened("short", 5.0, wide), "short");
    assert_eq!(shortened("long", 0.0, wide), "…");
    assert_eq!(wrapped("a few words of a note", 60.0), ["a few", "words of", "a note"]);
}
