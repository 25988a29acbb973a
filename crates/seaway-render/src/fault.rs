//! A fault in a part of an object, told at the line of the stack that the part comes from.

use seaway_core::{Code, Diagnostic, Origin};

use crate::Object;

/// An error in a part of an object, at the place that the part comes from.
pub(crate) fn fault(
    code: Code,
    object: &Object,
    path: impl std::fmt::Display,
    message: String,
) -> Diagnostic {
    fault_at(code, object, &path.to_string(), message)
}

fn fault_at(code: Code, object: &Object, path: &str, message: String) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::error(code, message).note(format!("in {} at `{path}`", object.id()));
    // What belongs to no component is allowed by its name.
    if object.component.is_none() {
        diagnostic = diagnostic.subject(object.body.name());
    }
    let nearest = object.origins.nearest(path).map(|(_, origin)| origin);
    let written = nearest.and_then(Origin::span).or_else(|| object.origins.written_inside(path));
    let removals = object.origins.removals();
    // A part that nobody wrote is most likely at fault because a patch took out what it needs.
    let by_patch = written.is_none() && !removals.is_empty();
    let places = if by_patch { removals } else { &[] };
    for place in places {
        diagnostic = diagnostic.label(*place, "takes a part out");
    }
    // A default has no line: the line of what it belongs to is the nearest that a person can look at.
    if let Some(span) = written.or_else(|| object.place()) {
        diagnostic = diagnostic.label(span, "");
    }
    match nearest.unwrap_or(object.origins.object()) {
        Origin::Stack(_) => diagnostic,
        default @ Origin::Default(_) => diagnostic.origin(default, ""),
    }
}
