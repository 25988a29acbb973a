//! What the comparison with earlier output reports: data that is lost or cannot be read, and what the API server refuses.

use seaway_core::{Code, Consequence, Diagnostic, Severity};

use super::super::{Finding, Place};
use super::{Cx, Pair};
use crate::against;

pub(super) fn findings(cx: &Cx<'_>) -> Vec<Finding> {
    let allowances = cx.new.compiled().map(|new| new.allowances).unwrap_or_default();
    let mut sink = super::super::sink(allowances);
    let stack = cx.new.compiled().map(|new| &new.bundle.stack);
    against::check(stack, cx.revisions, &mut sink);
    sink.finish().into_iter().filter_map(|diagnostic| finding(cx, diagnostic)).collect()
}

fn finding(cx: &Cx<'_>, diagnostic: Diagnostic) -> Option<Finding> {
    let consequence = match (Consequence::of(diagnostic.code)?, diagnostic.severity) {
        (of_code, Severity::Error) => of_code,
        // What is only a warning goes well if somebody looks after it.
        (_, Severity::Warning | Severity::Note) => Consequence::NeedsAStep,
    };
    let objects = objects(&diagnostic);
    let pair = objects.iter().find_map(|id| cx.pairs.changed.iter().find(|pair| pair.id() == *id));
    let cause = cause(cx, &diagnostic, pair);
    let span = diagnostic.labels.first().map(|label| label.span);
    let place = match (span, cx.new.compiled()) {
        (Some(span), Some(new)) => Some(Place::of(new.source, span)),
        _ => cx.causes.place(cause),
    };
    Some(Finding {
        message: diagnostic.message,
        place,
        cause,
        notes: diagnostic.notes,
        help: diagnostic.help,
        code: Some(diagnostic.code.as_str()),
        allowed: diagnostic.allowed.map(Into::into),
        ..Finding::new(consequence, objects)
    })
}

/// The edit that one of its places lies in, else the one that changed what it is about.
fn cause(cx: &Cx<'_>, diagnostic: &Diagnostic, pair: Option<&Pair<'_>>) -> Option<usize> {
    let by_place = diagnostic.labels.iter().find_map(|label| cx.causes.of_span(label.span));
    let path = diagnostic.notes.iter().find_map(|note| {
        let (_, path) = note.strip_prefix("in ")?.split_once(" at `")?;
        path.strip_suffix('`')
    });
    // A label names what is at fault, which is another line where only a neighbour was edited.
    let by_field = || {
        let (pair, path) = (pair?, path?);
        cx.causes.of_fields(pair, |field| field.starts_with(path) || path.starts_with(field))
    };
    let by_object = || cx.causes.of_object(pair?);
    // A lost object has no line any more: what removed it is the cause of its going.
    let is_lost = diagnostic.code == Code::LostData;
    let first = if is_lost { by_object().or(by_place) } else { by_place.or_else(by_field) };
    first.or_else(by_object).or_else(|| cx.causes.only())
}

/// The objects that a diagnostic names, as kubectl prints them.
fn objects(diagnostic: &Diagnostic) -> Vec<String> {
    let of_notes = diagnostic.notes.iter().filter_map(|note| note.strip_prefix("in "));
    let texts = [diagnostic.message.as_str()].into_iter().chain(of_notes);
    let words = texts.flat_map(|text| text.split([' ', '`', ',', ':']));
    let is_object = |word: &&str| {
        let Some((kind, name)) = word.split_once('/') else { return false };
        let starts_large = kind.starts_with(|c: char| c.is_ascii_uppercase());
        starts_large && kind.chars().all(char::is_alphanumeric) && !name.is_empty()
    };
    let mut found: Vec<String> = Vec::new();
    for word in words.filter(is_object) {
        if !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}
