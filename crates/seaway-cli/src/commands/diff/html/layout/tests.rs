//! Stacks of any shape: boxes do not overlap, and arrows lead from one to the other through the gaps.

use super::super::picture::Node;
use super::{Diagram, GAP, Placed, layout};

fn node(name: &str, calls: &[&str]) -> Node {
    Node {
        names: vec![name.to_owned()],
        note: "worker, changed".to_owned(),
        change: None,
        worst: None,
        calls: calls.iter().map(ToString::to_string).collect(),
    }
}

fn check(nodes: &[Node]) -> Diagram {
    let diagram = layout(nodes);
    assert_eq!(diagram.boxes.len(), nodes.len());
    for (at, one) in diagram.boxes.iter().enumerate() {
        assert!(one.x >= 0.0 && one.x + one.width <= diagram.width, "{one:?}");
        assert!(one.y >= 0.0 && one.y + one.height <= diagram.height, "{one:?}");
        for other in &diagram.boxes[at + 1..] {
            let apart = one.x + one.width <= other.x
                || other.x + other.width <= one.x
                || one.y + one.height <= other.y
                || other.y + other.height <= one.y;
            assert!(apart, "{one:?} {other:?}");
        }
    }
    let within = |placed: &Placed, y: f64| y > placed.y && y < placed.y + placed.height;
    for wire in &diagram.wires {
        let (from, to) = (&diagram.boxes[wire.from], &diagram.boxes[wire.to]);
        let (first, last) = (wire.points[0], wire.points[wire.points.len() - 1]);
        let is_near = |a: f64, b: f64| (a - b).abs() < 0.001;
        assert!(is_near(first.0, from.x + from.width) && within(from, first.1), "{wire:?}");
        assert!(is_near(last.0, to.x) && within(to, last.1), "{wire:?}");
        for bend in wire.points.chunks(2) {
            assert!(is_near(bend[1].0 - bend[0].0, GAP), "{wire:?}");
        }
        // Where it passes a column, no box is in its way.
        for pass in wire.points[1..wire.points.len() - 1].chunks(2) {
            for placed in &diagram.boxes {
                let is_in_column = placed.x < pass[1].0 && placed.x + placed.width > pass[0].0;
                let is_hit = [pass[0].1, pass[1].1].iter().any(|y| within(placed, *y));
                assert!(!(is_in_column && is_hit), "{wire:?} {placed:?}");
            }
        }
    }
    diagram
}

#[test]
fn every_call_is_an_arrow() {
    let diagram = check(&[
        node("broker", &[]),
        node("db", &[]),
        node("pooler", &["db"]),
        node("web", &["broker", "db", "pooler", "web", "nobody"]),
        node("worker", &["broker", "pooler"]),
        node("alone", &[]),
    ]);
    assert_eq!(diagram.wires.len(), 6);
}

#[test]
fn cycles_lead_back() {
    let diagram = check(&[node("a", &["b"]), node("b", &["c"]), node("c", &["a"]), node("d", &[])]);
    let back: Vec<bool> = diagram.wires.iter().map(|wire| wire.is_reversed).collect();
    assert_eq!(back, [false, true, false]);
    // Two that call each other are one arrow.
    assert_eq!(check(&[node("a", &["b"]), node("b", &["a"])]).wires.len(), 1);
}

#[test]
fn no_shape_overlaps() {
    // Calls out of a fixed sequence of numbers, so that the test is the same each time.
    let mut state = 1_u32;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for count in [0_usize, 1, 2, 9, 30] {
        for _ in 0..20 {
            let names: Vec<String> = (0..count).map(|at| format!("a-name-{at:03}")).collect();
            let nodes: Vec<Node> = names
                .iter()
                .map(|name| {
                    let calls: Vec<&str> =
                        names.iter().filter(|_| next(8) == 0).map(String::as_str).collect();
                    node(name, &calls)
                })
                .collect();
            check(&nodes);
        }
    }
}

#[test]
fn a_long_name_is_shortened() {
    let name = "a-component-whose-name-is-as-long-as-a-name-in-kubernetes-can-be";
    let diagram = check(&[node(name, &[])]);
    assert!(diagram.boxes[0].is_shortened && diagram.boxes[0].titles[0].contains('…'));
}

#[test]
fn a_box_of_several_is_as_high_as_its_names() {
    let mut all = node("admin", &["db"]);
    all.names.extend(["api", "a-long-name-of-worker", "beat"].map(str::to_owned));
    let diagram = check(&[all, node("db", &[]), node("web", &["api", "beat", "db"])]);
    assert_eq!(diagram.boxes[0].titles, ["admin, api,", "a-long-name-of-worker,", "beat"]);
    assert!(diagram.boxes[0].height > diagram.boxes[1].height);
    // Both of the names that `web` calls are in one box; its call of `db` passes that box.
    assert_eq!(diagram.wires.len(), 3);
}
