//! Where an object and its parts come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use seaway_core::{Origin, Sourced, Span};

/// A path into an object, items of lists named by their keys: `spec.template.spec.containers[web].env[DEBUG]`.
pub type PathBuf = String;

/// A path of parts that follow each other as they are: one allocation, where `format!` grows one bit by bit.
pub(crate) fn joined(parts: &[&str]) -> PathBuf {
    parts.concat()
}

/// The key that names the items of a list in a path; items without it go by their place, from 0.
pub fn item_key(list: &str) -> &'static str {
    match list {
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "topologySpreadConstraints" => "topologyKey",
        "hostAliases" => "ip",
        _ => "name",
    }
}

/// Origins by path. A path that is not listed has the origin of the nearest part around it.
///
/// Notes are only taken while objects are made, and looked through when somebody asks: most stages have no fault, and
/// nobody asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Origins {
    object: Origin,
    notes: Vec<Note>,
    removals: Vec<Span>,
}

/// What is noted of a part, in the order in which it was.
#[derive(Debug, Clone, PartialEq)]
enum Note {
    /// Where it comes from.
    Set(PathBuf, Origin),
    /// Where it comes from if nothing else was noted before.
    Suggest(PathBuf, Origin),
    /// Where fields below a part come from if nothing else was noted before.
    SuggestFields(PathBuf, &'static [&'static str], Origin),
    /// Where entries of a map come from if nothing else was noted before.
    SuggestKeys(PathBuf, Arc<BTreeMap<String, Sourced<String>>>),
    /// Where the items of a list without keys come from.
    SetItems(PathBuf, Vec<Origin>),
    /// What is known of the parts below it.
    Nest(&'static str, Origins),
}

impl Origins {
    /// All of an object comes from one place.
    pub fn new(object: Origin) -> Self {
        Self { object, notes: Vec::new(), removals: Vec::new() }
    }

    /// Where the object as a whole comes from.
    pub fn object(&self) -> Origin {
        self.object
    }

    /// Says where a part comes from.
    pub fn set(&mut self, path: impl Into<PathBuf>, origin: Origin) {
        self.notes.push(Note::Set(path.into(), origin));
    }

    /// Says where entries of a map come from that nothing is known of yet.
    pub fn suggest_keys(
        &mut self,
        map: impl Into<PathBuf>,
        entries: Arc<BTreeMap<String, Sourced<String>>>,
    ) {
        self.notes.push(Note::SuggestKeys(map.into(), entries));
    }

    /// Says where each item of a list without keys comes from.
    pub fn set_items(&mut self, list: impl Into<PathBuf>, origins: Vec<Origin>) {
        self.notes.push(Note::SetItems(list.into(), origins));
    }

    /// Says where a part comes from that nothing is known of yet.
    pub fn suggest(&mut self, path: impl Into<PathBuf>, origin: Origin) {
        self.notes.push(Note::Suggest(path.into(), origin));
    }

    /// Says where fields below a part come from that nothing is known of yet.
    pub fn suggest_fields(
        &mut self,
        below: impl Into<PathBuf>,
        fields: &'static [&'static str],
        origin: Origin,
    ) {
        self.notes.push(Note::SuggestFields(below.into(), fields, origin));
    }

    /// Takes over the parts of another table, below a path.
    pub fn nest(&mut self, below: &'static str, other: Origins) {
        self.notes.push(Note::Nest(below, other));
    }

    /// Notes that a part was taken out, and where that was written.
    pub fn removed(&mut self, place: Span) {
        self.removals.push(place);
    }

    /// Where it was written that parts are taken out: what is missing may be missing because of that.
    pub fn removals(&self) -> &[Span] {
        &self.removals
    }

    /// Where a part comes from: its own origin, or that of the nearest part around it.
    pub fn of(&self, path: &str) -> Origin {
        self.nearest(path).map_or(self.object, |(_, origin)| origin)
    }

    /// The nearest part around a path that has an origin of its own; `None` if only the object has.
    pub fn nearest<'a>(&self, path: &'a str) -> Option<(&'a str, Origin)> {
        nearest_in(path, |around| self.noted(around))
    }

    /// The origin of a part itself, as [`parts`](Self::parts) has it.
    fn noted(&self, path: &str) -> Option<Origin> {
        let mut found = None;
        for note in &self.notes {
            let below = |around: &str| path.strip_prefix(around)?.strip_prefix('.');
            match note {
                Note::Set(part, origin) if part == path => found = Some(*origin),
                Note::Suggest(part, origin) if part == path => found = found.or(Some(*origin)),
                Note::Set(..) | Note::Suggest(..) => {}
                Note::SuggestFields(around, fields, origin) => {
                    let is_one = below(around).is_some_and(|field| fields.contains(&field));
                    found = found.or(is_one.then_some(*origin));
                }
                Note::SuggestKeys(map, entries) => {
                    let entry = below(map).and_then(|key| entries.get(key));
                    found = found.or(entry.map(|entry| entry.origin));
                }
                Note::SetItems(list, origins) => {
                    let index = path.strip_prefix(&**list).and_then(|rest| rest.strip_prefix('['));
                    let index = index.and_then(|rest| rest.strip_suffix(']')?.parse().ok());
                    found = index.and_then(|at: usize| origins.get(at)).copied().or(found);
                }
                Note::Nest(around, other) => {
                    found = below(around).and_then(|path| other.noted(path)).or(found);
                }
            }
        }
        found
    }

    /// Where the first part inside another one was written, if one was.
    pub fn written_inside(&self, path: &str) -> Option<Span> {
        let parts = self.parts();
        let inside =
            parts.iter().filter_map(|(part, origin)| Some((part.strip_prefix(path)?, origin)));
        let inside = inside.filter(|(rest, _)| rest.starts_with(['.', '[']));
        inside.filter_map(|(_, origin)| origin.span()).min()
    }

    /// All parts with origins of their own.
    pub fn parts(&self) -> BTreeMap<PathBuf, Origin> {
        let mut parts = BTreeMap::new();
        for note in &self.notes {
            match note {
                Note::Set(path, origin) => {
                    parts.insert(path.clone(), *origin);
                }
                Note::Suggest(path, origin) => {
                    parts.entry(path.clone()).or_insert(*origin);
                }
                Note::SuggestFields(below, fields, origin) => {
                    for field in *fields {
                        parts.entry(joined(&[below, ".", field])).or_insert(*origin);
                    }
                }
                Note::SuggestKeys(map, entries) => {
                    for (key, value) in &**entries {
                        parts.entry(joined(&[map, ".", key])).or_insert(value.origin);
                    }
                }
                Note::SetItems(list, origins) => {
                    let items = origins.iter().enumerate();
                    parts.extend(items.map(|(at, origin)| (format!("{list}[{at}]"), *origin)));
                }
                Note::Nest(below, other) => {
                    let inner = other.parts().into_iter();
                    parts.extend(inner.map(|(path, origin)| (format!("{below}.{path}"), origin)));
                }
            }
        }
        parts
    }
}

/// The part at a path, or the nearest one around it, and where it comes from by what is known of each part.
pub(crate) fn nearest_in(
    path: &str,
    origin: impl Fn(&str) -> Option<Origin>,
) -> Option<(&str, Origin)> {
    let mut around = path;
    loop {
        if let Some(origin) = origin(around) {
            return Some((around, origin));
        }
        around = &around[..around.rfind(['.', '['])?];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_an_origin_has_that_of_the_part_around_it() {
        let span = |start| Origin::Stack(Span { start, end: start });
        let mut origins = Origins::new(span(0));
        origins.set("spec.containers[a.b]", span(1));
        assert_eq!(origins.of("spec.containers[a.b].env[X].value"), span(1));
        assert_eq!(origins.of("spec.containers[b]"), span(0));
    }
}
