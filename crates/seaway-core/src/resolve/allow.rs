//! What a stage allows, told to the sink before anything is judged.

use crate::options::{Allow, Allowed, Layer};
use crate::values::{AllowedCode, Justification, Name};
use crate::{Allowance, Code, Diagnostic, Node, Sink, Sourced, Span, Value};

/// Hands over what the stack and its components allow.
pub(super) fn all(root: &Node, layer: &Layer, sink: &mut Sink) {
    let of_component = |name: &Sourced<Name>| {
        let mut places = Vec::from_iter(name.span());
        if let Some(node) = root.at(["components", &**name]) {
            places_of(node, &mut places);
        }
        places
    };
    let namesake = |name: &str| {
        let component = layer.components.keys().find(|component| *component.value == *name);
        component.map(of_component).unwrap_or_default()
    };
    allow(&layer.allow, None, &namesake, sink);
    for (name, component) in &layer.components {
        let allowed = component.allow();
        if !allowed.is_empty() {
            allow(allowed, Some(&of_component(name)), &|_| Vec::new(), sink);
        }
    }
}

fn allow(
    allowed: &Allow,
    within: Option<&Vec<Span>>,
    namesake: &dyn Fn(&str) -> Vec<Span>,
    sink: &mut Sink,
) {
    for (code, reasons) in allowed {
        let mut allow = |span, subject: Option<&str>, reason: &Justification| {
            sink.allow(Allowance {
                code: code.code(),
                span,
                reason: reason.to_string(),
                within: within.cloned(),
                subject: subject.map(str::to_owned),
                // Of secrets, only the name of each counts.
                namesake: subject
                    .filter(|_| !code.code().is_allowed_by_name())
                    .map(namesake)
                    .unwrap_or_default(),
                is_used: false,
            });
        };
        match &reasons.value {
            Allowed::All(_) if code.code().is_allowed_by_name() => {
                sink.report(without_name(code));
            }
            Allowed::All(reason) => allow(super::place(code.origin), None, reason),
            Allowed::Named(names) => {
                for (name, reason) in names {
                    allow(super::place(name.origin), Some(name), reason);
                }
            }
        }
    }
}

/// Allowed as a whole, a code about secrets would hide the next one.
fn without_name(code: &Sourced<AllowedCode>) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, format!("`{code}` is allowed for one name at a time"))
        .origin(code.origin, "")
        .help(format!("name the variable or key: `allow.{code}.NAME = \"…\"`"))
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
