//! How the fields of one type go together.

use super::report::Report;
use super::rules::{Relation, Type};
use super::walk::Place;
use crate::by_name::same;

/// The fields that are set, of those that a relation names, with the words that they have.
#[derive(Clone, Copy)]
pub(super) struct Seen<'s>(pub &'s [(&'static str, &'static str)]);

impl Seen<'_> {
    /// The fields that are set.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(field, _)| *field)
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields().any(|seen| same(seen, field))
    }

    /// The word that a field has; an empty one if it is not set. `None` if it is set to something else.
    fn word(&self, field: &str) -> Option<&'static str> {
        match self.0.iter().find(|(seen, _)| same(seen, field)) {
            Some((_, "")) => None,
            Some((_, word)) => Some(word),
            None => Some(""),
        }
    }
}

/// Reports what is wrong with how the fields of a type go together.
pub(super) fn relate(
    relation: &'static Relation,
    seen: Seen<'_>,
    of: &'static Type,
    place: &Place<'_>,
    report: &mut Report<'_>,
) {
    let count = |fields: &[&str]| fields.iter().filter(|field| seen.has(field)).count();
    match relation {
        Relation::One(fields) | Relation::Some(fields) if count(fields) == 0 => {
            report.none(place, of, fields);
        }
        Relation::Some(_) => {}
        Relation::One(fields) | Relation::OneAtMost(fields) => {
            if count(fields) > 1 {
                report.several(place, of, seen, |field| fields.contains(&field));
            }
        }
        Relation::OneBesides(fields) => {
            match seen.fields().filter(|seen| !fields.contains(seen)).count() {
                0 => report.none(place, of, &[]),
                1 => {}
                _ => report.several(place, of, seen, |field| !fields.contains(&field)),
            }
        }
        Relation::While { field, words, needs, without } => {
            let Some(word) = seen.word(field).filter(|word| words.contains(word)) else { return };
            for needed in *needs {
                if !seen.has(needed) {
                    report.needs(place, of, needed, (field, word));
                }
            }
            for excluded in *without {
                if seen.has(excluded) {
                    report.excluded(place, of, excluded, (field, word));
                }
            }
        }
        Relation::With(first, fields) => {
            if let Some(needed) = fields.iter().find(|field| seen.has(first) && !seen.has(field)) {
                report.needs_beside(place, of, (needed, first));
            }
        }
        Relation::Without(first, fields) => {
            if let Some(other) = fields.iter().find(|field| seen.has(first) && seen.has(field)) {
                report.pair(place, of, (first, other));
            }
        }
    }
}
