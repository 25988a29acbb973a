//! Both revisions compiled: the edits that each difference belongs to.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use seaway_core::resolve::is_same;
use seaway_core::{Document, Origin, Source, Span};

use super::super::Compiled;
use super::super::edits::{Edit, edits};
use super::super::pairs::{Key, Pair, Pairs, key};
use super::{Unit, key_at, units_of};
use crate::diff::Change;
use crate::fields;
use crate::normalize::kept_of_stage;
use crate::object::{Origins, PathBuf, nearest_in};
use crate::{Object, passes};

/// Most edits that are tried one after the other: a compile takes milliseconds, and whoever edits more at once has made a new
/// stack.
const TRIED: usize = 64;

/// Two compiled stages, with what was edited and what differs.
pub(super) struct Search<'a> {
    stage: &'a str,
    old: Compiled<'a>,
    new: Compiled<'a>,
    edits: &'a [Edit<'a>],
    pairs: &'a Pairs<'a>,
    /// The edits that change what the layers of the stage say together.
    seen: Vec<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        stage: &'a str,
        old: Compiled<'a>,
        new: Compiled<'a>,
        edits: &'a [Edit<'a>],
        pairs: &'a Pairs<'a>,
    ) -> Self {
        let mut search = Self { stage, old, new, edits, pairs, seen: (0..edits.len()).collect() };
        if (2..=TRIED).contains(&edits.len()) && !pairs.changed.is_empty() {
            let back = search.back();
            search.seen =
                search.seen.iter().copied().filter(|at| search.sees(*at, &back)).collect();
        }
        search
    }

    /// The same edits the other way round.
    fn back(&self) -> Vec<Edit<'a>> {
        edits(self.new, self.old, self.stage)
    }

    /// Whether the stage is another one with an edit in the old revision, or without it in the new one. What a layer says
    /// below another one that says the same key is not seen.
    fn sees(&self, at: usize, back: &[Edit<'_>]) -> bool {
        let edit = &self.edits[at];
        let is_seen = |base: Compiled<'_>, edit: &Edit<'_>| {
            let (source, document) = edited(base, edit);
            source.files != base.source.files || !is_same(base.document, &document, self.stage)
        };
        is_seen(self.old, edit) || edit.counterpart(back).is_none_or(|back| is_seen(self.new, back))
    }

    /// The edits that each difference belongs to.
    pub(super) fn run(&self) -> BTreeMap<Unit, BTreeSet<usize>> {
        let mut found = BTreeMap::new();
        let mut open: BTreeSet<Unit> = BTreeSet::new();
        for pair in &self.pairs.changed {
            let (new, old) = (pair.new.map(Parts::of), pair.old.map(Parts::of));
            for unit in units_of(pair) {
                let by = match self.seen[..] {
                    [only] => Some(only),
                    _ => self.by_origin(&unit, new.as_ref(), old.as_ref()),
                };
                match by {
                    Some(at) => {
                        found.insert(unit, BTreeSet::from([at]));
                    }
                    None => {
                        open.insert(unit);
                    }
                }
            }
        }
        if self.edits.len() <= TRIED {
            self.alone(&mut open, &mut found);
            self.together(&mut open, &mut found);
        }
        for unit in open {
            let by = self.nearest(&unit);
            found.insert(unit, by);
        }
        found
    }

    /// The edit that wrote the origin of a part; of two the one that says more.
    fn by_origin(
        &self,
        (_, path): &Unit,
        new: Option<&Parts<'_>>,
        old: Option<&Parts<'_>>,
    ) -> Option<usize> {
        let edits = || self.edits.iter().enumerate();
        let wrote = new.and_then(|new| new.written(path.as_deref())).and_then(|span| {
            edits().filter(|(_, edit)| edit.wrote(span)).max_by_key(|(_, edit)| edit.depth())
        });
        let had = || {
            let span = old?.written(path.as_deref())?;
            edits().filter(|(_, edit)| edit.had_written(span)).max_by_key(|(_, edit)| edit.depth())
        };
        wrote.or_else(had).map(|(at, _)| at)
    }

    /// Finds the edit that alone makes a part what it is.
    fn alone(&self, open: &mut BTreeSet<Unit>, found: &mut BTreeMap<Unit, BTreeSet<usize>>) {
        for &at in &self.seen {
            if open.is_empty() {
                return;
            }
            let Some(objects) = self.compiled(self.old, &self.edits[at]) else { continue };
            let seen = Seen::new(&objects, self.pairs);
            let done: Vec<Unit> =
                open.iter().filter(|unit| seen.is_as_new(unit)).cloned().collect();
            for unit in done {
                open.remove(&unit);
                found.insert(unit, BTreeSet::from([at]));
            }
        }
    }

    /// Finds the edits without any of which a part would be another one.
    fn together(&self, open: &mut BTreeSet<Unit>, found: &mut BTreeMap<Unit, BTreeSet<usize>>) {
        if open.is_empty() {
            return;
        }
        let back = self.back();
        let mut by: BTreeMap<&Unit, BTreeSet<usize>> = BTreeMap::new();
        for &at in &self.seen {
            let Some(back) = self.edits[at].counterpart(&back) else { continue };
            let Some(objects) = self.compiled(self.new, back) else { continue };
            let seen = Seen::new(&objects, self.pairs);
            for unit in open.iter().filter(|unit| !seen.is_as_new(unit)) {
                by.entry(unit).or_default().insert(at);
            }
        }
        let by: Vec<_> = by.into_iter().map(|(unit, by)| (unit.clone(), by)).collect();
        for (unit, by) in by {
            open.remove(&unit);
            found.insert(unit, by);
        }
    }

    /// The edits next to where an object was declared, for what edits make only together.
    fn nearest(&self, (key, _): &Unit) -> BTreeSet<usize> {
        let Some(pair) = self.pairs.get(key) else { return BTreeSet::new() };
        let declared = |object: Option<&Object>, document: &Document| {
            let span = object?.place()?;
            key_at(document, span).map(|(key, _)| key)
        };
        let sides = [declared(pair.new, self.new.document), declared(pair.old, self.old.document)];
        let near = |edit: &Edit<'_>| {
            sides.iter().flatten().any(|key| is_inside(&edit.key, key) || is_inside(key, &edit.key))
        };
        let edits = self.edits.iter().enumerate().filter(|(_, edit)| near(edit));
        edits.map(|(at, _)| at).collect()
    }

    /// The objects of a revision with one edit on top, if that compiles.
    fn compiled(&self, base: Compiled<'_>, edit: &Edit<'_>) -> Option<BTreeMap<Key, Object>> {
        let (source, document) = edited(base, edit);
        // Whether they hang together is not the question: an edit may need another one for that.
        let (stack, objects) = passes::objects(&source, &document, self.stage)?;
        let own: &str = &stack.namespace;
        Some(objects.into_iter().map(|object| (key(&object, own), object)).collect())
    }
}

/// Where the parts of an object come from, put together when somebody first asks.
struct Parts<'a> {
    origins: &'a Origins,
    parts: OnceCell<BTreeMap<PathBuf, Origin>>,
}

impl<'a> Parts<'a> {
    fn of(object: &'a Object) -> Self {
        Self { origins: &object.origins, parts: OnceCell::new() }
    }

    /// Where the part at a path was written, or the object as a whole.
    fn written(&self, path: Option<&str>) -> Option<Span> {
        let origin = match path {
            Some(path) => {
                let parts = self.parts.get_or_init(|| self.origins.parts());
                nearest_in(path, |around| parts.get(around).copied())?.1
            }
            None => self.origins.object(),
        };
        origin.span()
    }
}

/// The texts of a revision with one edit on top.
fn edited(base: Compiled<'_>, edit: &Edit<'_>) -> (Source, Document) {
    let (mut source, mut document) = (Source::clone(base.source), Document::clone(base.document));
    edit.apply(&mut source, &mut document);
    (source, document)
}

/// The objects of a compile with one edit, against those of the new revision.
struct Seen<'a> {
    objects: &'a BTreeMap<Key, Object>,
    pairs: &'a Pairs<'a>,
    /// The fields in which an object that both have differs from the new revision's.
    differing: BTreeMap<&'a Key, Vec<String>>,
}

impl<'a> Seen<'a> {
    fn new(objects: &'a BTreeMap<Key, Object>, pairs: &'a Pairs<'a>) -> Self {
        let mut differing = BTreeMap::new();
        for pair in &pairs.changed {
            let (Some(object), Some((_, new))) = (objects.get(&pair.key), pair.nodes) else {
                continue;
            };
            let Some(node) = kept_of_stage(object) else { continue };
            let changes = fields::changes(&node, new, &|_| false);
            differing.insert(&pair.key, changes.into_iter().map(|field| field.path).collect());
        }
        Self { objects, pairs, differing }
    }

    /// Whether a part is as the new revision has it.
    fn is_as_new(&self, (key, path): &Unit) -> bool {
        let Some(path) = path else {
            // It comes or goes: whether it is there is all that counts.
            let is_there = self.objects.contains_key(key);
            let change = self.pairs.get(key).map(Pair::change);
            return change.is_some_and(|change| is_there == (change == Change::Gained));
        };
        self.differing.get(key).is_some_and(|paths| {
            !paths.iter().any(|differing| is_inside(differing, path) || is_inside(path, differing))
        })
    }
}

/// Whether a path is another one, or a part of it.
fn is_inside(path: &str, around: &str) -> bool {
    path.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
