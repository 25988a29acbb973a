//! What a stage allows, told to the sink before anything is judged.

use crate::options::{Allow, Layer};
use crate::{Allowance, Node, Sink, Sourced, Span, Value};

/// Hands over what the stack and its components allow.
pub(super) fn all(root: &Node, layer: &Layer, sink: &mut Sink) {
    allow(&layer.allow, None, sink);
    for (name, component) in &layer.components {
        let allowed = component.allow();
        if allowed.is_empty() {
            continue;
        }
        let mut places = Vec::from_iter(name.span());
        if let Some(node) = root.at(["components", name]) {
            places_of(node, &mut places);
        }
        allow(allowed, Some(&places), sink);
    }
}

fn allow(allowed: &Allow, within: Option<&Vec<Span>>, sink: &mut Sink) {
    for (code, reason) in allowed {
        sink.allow(Allowance {
            code: code.code(),
            span: super::place(code.origin),
            reason: reason.to_string(),
            within: within.cloned(),
            is_used: false,
        });
    }
}

/// All places of a value: tables of a component can be written in several spots and in several stages.
fn places_of(node: &Node, places: &mut Vec<Span>) {
    places.push(node.span);
    match &node.value {
        Value::Table(table) => {
            places.extend(table.keys().filter_map(Sourced::span));
            for value in table.values() {
                places_of(value, places);
            }
        }
        Value::Array(items) => {
            for item in items {
                places_of(item, places);
            }
        }
        _ => {}
    }
}
