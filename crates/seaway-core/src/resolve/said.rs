//! From a place in a text back to the key that stands there, and what each layer of a stage says for that key.
//!
//! What is merged keeps the place of each value that won. This is the way back, for whoever asks who said what: nothing of
//! it is needed to compile.

use std::cmp::Reverse;
use std::fmt;

use super::layers::{LayerName, StageLayer};
use crate::node::Table;
use crate::overlay::is_named;
use crate::source::shipped;
use crate::{Document, Node, Sink, Source, Span, TextKind, Value, document};

/// A chain of keys from the root of a layer: `components.web.env.DEBUG`, `components.web.sidecars[proxy].image`.
///
/// What a type that Seaway ships says lies below `types.NAME`, as what a type of the stack says does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct KeyPath(Vec<Key>);

/// One part of a [`KeyPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A key of a table.
    Name(String),
    /// An item of a list: its place, and its `name` if it has one.
    Item(usize, Option<String>),
}

impl KeyPath {
    fn of<'k>(names: impl IntoIterator<Item = &'k str>) -> Self {
        Self(names.into_iter().map(|name| Key::Name(name.to_owned())).collect())
    }

    /// The first key.
    pub fn first(&self) -> Option<&str> {
        self.names().next()
    }

    /// The last key of a table.
    pub fn last(&self) -> Option<&str> {
        self.names().last()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|key| match key {
            Key::Name(name) => Some(name.as_str()),
            Key::Item(..) => None,
        })
    }

    /// What follows after two keys, if it begins with them.
    fn behind(&self, first: &str, second: &str) -> Option<&[Key]> {
        match &self.0[..] {
            [Key::Name(one), Key::Name(two), behind @ ..] if one == first && two == second => {
                Some(behind)
            }
            _ => None,
        }
    }

    fn with(mut self, behind: &[Key]) -> Self {
        self.0.extend_from_slice(behind);
        self
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = |name: &str| {
            let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !name.is_empty() && name.bytes().all(is_bare)
        };
        for (at, key) in self.0.iter().enumerate() {
            match key {
                Key::Item(_, Some(name)) => write!(f, "[{name}]")?,
                Key::Item(index, None) => write!(f, "[{index}]")?,
                Key::Name(name) => {
                    f.write_str(if at == 0 { "" } else { "." })?;
                    if is_bare(name) { f.write_str(name)? } else { write!(f, "{name:?}")? }
                }
            }
        }
        Ok(())
    }
}

/// What a layer says for a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// What a person calls the layer: `base`, `stage local`, `type rabbitmq`.
    pub layer: String,
    /// The key that it says something for: the one that was asked for, or a part around it that it removes or replaces.
    pub key: KeyPath,
    /// Where it says so: the place of the value.
    pub place: Span,
    /// The place of the key.
    key_place: Span,
    /// What it says; `None` if it removes the key.
    pub value: Option<Node>,
    /// Whether the stage has it from here.
    pub wins: bool,
}

/// The layers of a stage, and the key of each place in them.
#[derive(Debug)]
pub struct Keys<'a> {
    /// The layers with what a person calls them.
    layers: Vec<(String, StageLayer<'a>)>,
    /// The types that Seaway ships, by name.
    shipped: Vec<(&'static str, Document)>,
    /// Places of values and of their keys.
    places: Vec<(Span, KeyPath)>,
}

impl<'a> Keys<'a> {
    /// The keys of a stage that resolves.
    pub fn of(source: &Source, document: &'a Document, stage: &str) -> Self {
        // What is wrong with the chain is reported where the stage is resolved.
        let layers = document.layers(stage, &mut Sink::default()).unwrap_or_default();
        let name = |layer: StageLayer<'a>| match layer.name {
            LayerName::Base => ("base".to_owned(), layer),
            LayerName::Stage(stage) => (format!("stage {stage}"), layer),
            LayerName::Above(place) => match source.text_at(place.start).kind {
                TextKind::Flag => ("command line".to_owned(), layer),
                TextKind::File | TextKind::Shipped => ("overlay".to_owned(), layer),
            },
        };
        let layers: Vec<_> = layers.into_iter().map(name).collect();
        let parsed = |name| {
            // It is tested that none of them has errors.
            Some((name, document::parse_text(shipped::text(name)?, &mut Sink::default())))
        };
        let shipped: Vec<_> = shipped::names().filter_map(parsed).collect();
        let mut places = Vec::new();
        for (_, StageLayer { table, without, .. }) in &layers {
            places_of(table, without, &KeyPath::default(), &mut places);
        }
        for (name, document) in &shipped {
            let Some(table) = document.root.as_table() else { continue };
            places_of(table, &[], &KeyPath::of(["types", *name]), &mut places);
        }
        Self { layers, shipped, places }
    }

    /// The key that stands at a place, or in whose value the place lies.
    pub fn at(&self, place: Span) -> Option<&KeyPath> {
        let around = self.places.iter().filter(|(span, _)| contains(*span, place));
        let width = |span: Span| span.end.saturating_sub(span.start);
        let nearest = around.min_by_key(|(span, path)| (width(*span), Reverse(path.0.len())));
        nearest.map(|(_, path)| path)
    }

    /// What each layer says for a key, the lowest first, if the stage has it from `origin`. For a key of `component`, its
    /// types are layers as well.
    pub fn said(&self, path: &KeyPath, component: Option<&str>, origin: Span) -> Vec<Said> {
        let of_component = component.and_then(|name| {
            let types = self.types(name);
            let of_type = |of: &String| path.behind("types", of);
            let behind = path.behind("components", name);
            let behind = behind.or_else(|| types.iter().find_map(of_type))?.to_owned();
            Some((name, types, behind))
        });
        let mut all = Vec::new();
        match of_component {
            None => self.said_by_layers(path, "", origin, &mut all),
            Some((name, types, behind)) => {
                for of in types.iter().rev() {
                    let path = KeyPath::of(["types", of]).with(&behind);
                    let known = self.shipped.iter().find(|(known, _)| known == of);
                    if let Some((_, document)) = known {
                        let found = document.root.as_table();
                        let found = found.and_then(|table| find(table, &path, 2, origin));
                        all.extend(found.map(|found| found.said(format!("type {of}"), &path)));
                    }
                    self.said_by_layers(&path, &format!("type {of}, "), origin, &mut all);
                }
                let own = KeyPath::of(["components", name]).with(&behind);
                self.said_by_layers(&own, "", origin, &mut all);
            }
        }
        let wins = |said: &Said| contains(said.place, origin) || contains(said.key_place, origin);
        let winner = all.iter().rposition(wins);
        if let Some(said) = winner.and_then(|at| all.get_mut(at)) {
            said.wins = true;
        }
        all
    }

    fn said_by_layers(&self, path: &KeyPath, of: &str, origin: Span, all: &mut Vec<Said>) {
        let is_part = |(_, layer): &&(String, StageLayer<'_>)| {
            path.first().is_some_and(|first| !layer.without.contains(&first))
        };
        for (name, layer) in self.layers.iter().filter(is_part) {
            let found = find(layer.table, path, 0, origin);
            all.extend(found.map(|found| found.said(format!("{of}{name}"), path)));
        }
    }

    /// Lines that remove an entry of this name from a component or from what it inherits: `env.DEBUG = false`.
    pub fn removals(&self, name: &str, component: Option<&str>) -> Vec<Said> {
        let mut found = Vec::new();
        for (name_of_layer, layer) in &self.layers {
            let mut places = Vec::new();
            places_of(layer.table, layer.without, &KeyPath::default(), &mut places);
            places.sort();
            places.dedup_by(|(_, one), (_, other)| one == other);
            let concerns = |path: &KeyPath| {
                path.first() == Some("app")
                    || component.is_some_and(|own| path.behind("components", own).is_some())
            };
            for (place, path) in places {
                if path.last() == Some(name)
                    && concerns(&path)
                    && let Some(removal) = find(layer.table, &path, 0, place)
                    && removal.value.is_none()
                {
                    found.push(removal.said(name_of_layer.clone(), &path));
                }
            }
        }
        found
    }

    /// What a component starts from: the word of its own first, then what that starts from.
    fn types(&self, component: &str) -> Vec<String> {
        let word = |[section, name, key]: [&str; 3]| {
            let mut layers = self.layers.iter().rev();
            let word =
                layers.find_map(|(_, layer)| layer.table.get(section)?.at([name, key])?.as_str());
            word.map(str::to_owned)
        };
        let mut types: Vec<String> = Vec::new();
        let mut next = word(["components", component, "type"]);
        while let Some(name) = next.take().filter(|name| !types.contains(name)) {
            next = word(["types", &name, "type"]);
            types.push(name);
        }
        types
    }
}

fn contains(around: Span, place: Span) -> bool {
    around.start <= place.start && place.end <= around.end
}

/// The places of the entries of a table and of all below, each with its path.
fn places_of(table: &Table, without: &[&str], around: &KeyPath, places: &mut Vec<(Span, KeyPath)>) {
    for (key, value) in table.iter().filter(|(key, _)| !without.contains(&key.value.as_str())) {
        let path = around.clone().with(&[Key::Name(key.value.clone())]);
        places.extend(key.span().map(|span| (span, path.clone())));
        places_of_value(value, path, places);
    }
}

fn places_of_value(value: &Node, path: KeyPath, places: &mut Vec<(Span, KeyPath)>) {
    match &value.value {
        Value::Table(table) => places_of(table, &[], &path, places),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let name = item.get("name").and_then(Node::as_str).map(str::to_owned);
                places_of_value(item, path.clone().with(&[Key::Item(at, name)]), places);
            }
        }
        _ => {}
    }
    places.push((value.span, path));
}

/// What a layer says for a path, or for the part of it that it removes or replaces.
struct Found<'a> {
    /// How many keys of the path it says something for.
    depth: usize,
    key_place: Span,
    place: Span,
    value: Option<&'a Node>,
}

impl Found<'_> {
    fn said(self, layer: String, path: &KeyPath) -> Said {
        let key = KeyPath(path.0[..self.depth].to_vec());
        let Self { key_place, place, value, .. } = self;
        Said { layer, key, place, key_place, value: value.cloned(), wins: false }
    }
}

/// Looks for the keys of a path behind the first `above`, which the root stands for. Of a list whose items have no names,
/// only the item that holds `origin` is known to be the one that is meant.
fn find<'a>(root: &'a Table, path: &KeyPath, above: usize, origin: Span) -> Option<Found<'a>> {
    let found = |depth, key_place, at: &'a Node, is_removed: bool| {
        Some(Found { depth, key_place, place: at.span, value: (!is_removed).then_some(at) })
    };
    let Some(Key::Name(first)) = path.0.get(above) else { return None };
    let (key, mut at) = root.get_key_value(first.as_str())?;
    let mut key_place = key.span().unwrap_or(at.span);
    if at.value == Value::Boolean(false) && path.0.len() > above + 1 {
        return found(above + 1, key_place, at, true);
    }
    for (depth, key) in path.0.iter().enumerate().skip(above + 1) {
        match (key, &at.value) {
            (Key::Name(name), Value::Table(table)) => {
                let (key, value) = table.get_key_value(name.as_str())?;
                (at, key_place) = (value, key.span().unwrap_or(value.span));
                let is_last = depth + 1 == path.0.len();
                if value.value == Value::Boolean(false)
                    && (!is_last || is_named(&names_around(path, depth)))
                {
                    return found(depth + 1, key_place, at, true);
                }
            }
            (Key::Item(_, Some(name)), Value::Array(items)) => {
                let is_it = |item: &&Node| item.get("name").and_then(Node::as_str) == Some(name);
                at = items.iter().find(is_it)?;
                key_place = at.span;
            }
            (Key::Item(index, None), Value::Array(items))
                if items.get(*index).is_some_and(|item| holds(item, origin)) =>
            {
                at = &items[*index];
                key_place = at.span;
            }
            // Another list without names, and whatever stands where a table or a list was: it replaces the whole.
            _ => return found(depth, key_place, at, false),
        }
    }
    found(path.0.len(), key_place, at, false)
}

/// Whether a place lies in a value, or in one below it: the place of a table with a header is the header alone.
fn holds(node: &Node, place: Span) -> bool {
    let mut places = Vec::new();
    places_of_value(node, KeyPath::default(), &mut places);
    places.iter().any(|(span, _)| contains(*span, place))
}

/// The names of the tables around a key. A type says options of a component.
fn names_around(path: &KeyPath, depth: usize) -> Vec<&str> {
    let name = |key| match key {
        &Key::Name(ref name) | &Key::Item(_, Some(ref name)) => name.as_str(),
        Key::Item(_, None) => "",
    };
    let mut names: Vec<&str> = path.0[..depth].iter().map(name).collect();
    if let ["types", _, _, ..] | ["types", _] = names[..] {
        names[0] = "components";
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, parse};

    const STACK: &str = r#"name = "shop"
[app.env]
DEBUG = "1"
[types.cached]
type = "memcached"
env.SIZE = "64"
[components.web]
type = "web"
args = ["a", "b"]
sidecars = [{ name = "proxy", image = "proxy:1" }]
[components.cache]
type = "cached"
[stages.local]
app.env.DEBUG = false
components.web.args = ["c"]
[stages.far]
extends = "local"
components.cache.env.SIZE = "128"
components.web.sidecars = [{ name = "proxy", image = "proxy:2" }]
"#;

    /// What each layer says for what was written as `text`, which is unique.
    fn said(text: &str, component: Option<&str>) -> String {
        let source = Source::new("stack.toml", STACK);
        let document = parse(&source, &mut Sink::default());
        let keys = Keys::of(&source, &document, "far");
        let at = STACK.find(text).expect("a part of the stack");
        let origin = source.stack.span(at..at + text.len());
        let path = keys.at(origin).expect("a key");
        let line = |said: Said| {
            let mark = if said.wins { ">" } else { " " };
            let line = source.position(said.place.start).line;
            let value = said.value.as_ref().map_or("removed", |value| source.written(value.span));
            format!("{mark} {} {line} {} {value}", said.layer, said.key)
        };
        let said = keys.said(path, component, origin).into_iter().map(line);
        said.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_layer_is_asked_for_a_key() {
        insta::assert_snapshot!(said("\"1\"", None), @r#"
        > base 3 app.env.DEBUG "1"
          stage local 14 app.env.DEBUG removed
        "#);
        insta::assert_snapshot!(said("\"c\"", None), @r#"
          base 9 components.web.args ["a", "b"]
        > stage local 15 components.web.args[0] "c"
        "#);
        insta::assert_snapshot!(said("\"proxy:2\"", Some("web")), @r#"
          base 10 components.web.sidecars[proxy].image "proxy:1"
        > stage far 19 components.web.sidecars[proxy].image "proxy:2"
        "#);
        insta::assert_snapshot!(said("\"128\"", Some("cache")), @r#"
          type cached, base 6 types.cached.env.SIZE "64"
        > stage far 18 components.cache.env.SIZE "128"
        "#);
        insta::assert_snapshot!(said("\"memcached\"", None), @r#"> base 5 types.cached.type "memcached""#);
    }

    #[test]
    fn keys_that_are_not_bare_are_quoted() {
        let path = KeyPath::of(["components", "web", "labels", "a.b/c"]);
        assert_eq!(path.to_string(), "components.web.labels.\"a.b/c\"");
    }

    #[test]
    fn a_removed_entry_is_found_by_its_name() {
        let source = Source::new("stack.toml", STACK);
        let document = parse(&source, &mut Sink::default());
        let removals = Keys::of(&source, &document, "local").removals("DEBUG", Some("web"));
        let keys: Vec<String> = removals.iter().map(|said| said.key.to_string()).collect();
        assert_eq!(keys, ["app.env.DEBUG"]);
    }
}
