//! Objects → objects: the user's patches, as `kubectl patch` would apply them.
//!
//! A patch is merged into the tree of its object and the result is typed again, so a misspelt field is told where it
//! was written. Lists merge by the keys that the Kubernetes API declares for them; other lists are replaced. Fields of
//! which an object can have one replace each other: an `exec` probe takes the place of an `httpGet` one.

mod merge;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use seaway_core::options::Patch;
use seaway_core::{Code, Diagnostic, Node, Sink, Sourced, Span, Stack, suggest};

use crate::Object;
use crate::containers::{self, INIT, MAIN};
use crate::normalize::normalize_tree;
use crate::tree::{self, to_node, typed};

/// Applies the patches of a stage in their order.
pub(crate) fn patch(stack: &Stack, mut objects: Vec<Object>, sink: &mut Sink) -> Vec<Object> {
    // An object is a tree while it is patched: thousands of patches of one object make it one once.
    let mut trees: BTreeMap<usize, Patched> = BTreeMap::new();
    for patch in &stack.patches {
        let is_target = |(_, object): &(usize, &Object)| is_target(stack, patch, object);
        let targets: Vec<(usize, &Object)> = objects.iter().enumerate().filter(is_target).collect();
        if targets.is_empty() {
            sink.report(no_target(stack, patch, &objects));
            continue;
        }
        let mut found = vec![false; patch.remove.len()];
        for (at, object) in &targets {
            match trees.entry(*at) {
                Entry::Occupied(known) => known.into_mut().apply(patch, &mut found, sink),
                // Parts that no patch touches have no place of their own in the tree: a fault in them is the compiler's.
                Entry::Vacant(new) => {
                    let Some(tree) = to_node(&object.body, Span::default()) else {
                        let message = format!("{} can not be patched", object.id());
                        let internal = Diagnostic::error(Code::Internal, message);
                        sink.report(internal.origin(patch.target.origin, ""));
                        continue;
                    };
                    new.insert(Patched { tree, is_own: object.is_own, removed: Vec::new() })
                        .apply(patch, &mut found, sink);
                }
            }
        }
        for (path, _) in patch.remove.iter().zip(found).filter(|(_, found)| !found) {
            sink.report(nothing_to_remove(path, &targets));
        }
    }
    for (at, patched) in trees {
        if let Some(object) = objects.get_mut(at) {
            patched.finish(object, sink);
        }
    }
    objects
}

/// An object on its way through the patches.
struct Patched {
    tree: Node,
    is_own: bool,
    /// Where fields of it were removed.
    removed: Vec<Span>,
}

impl Patched {
    /// Applies a patch; notes which of its removals found something.
    fn apply(&mut self, patch: &Patch, found: &mut [bool], sink: &mut Sink) {
        for (path, found) in patch.remove.iter().zip(found) {
            if merge::remove(&mut self.tree, path) {
                *found = true;
                self.removed.extend(path.span());
            }
        }
        if let Some(changes) = &patch.merge
            && !changes_identity(&self.tree, changes, sink)
        {
            merge::merge(&mut self.tree, changes);
        }
    }

    /// Makes it an object again.
    fn finish(mut self, object: &mut Object, sink: &mut Sink) {
        if !self.is_own {
            normalize_tree(&mut self.tree);
        }
        let Some(body) = typed(&self.tree, sink) else { return };
        object.body = body;
        tree::note(&self.tree, &mut object.origins);
        for place in self.removed {
            object.origins.removed(place);
        }
    }
}

/// Whether changes have another `apiVersion` or `kind`, which is reported: it would be another object.
fn changes_identity(tree: &Node, merge: &Node, sink: &mut Sink) -> bool {
    let mut is_other = false;
    for field in ["apiVersion", "kind"] {
        let Some(value) = merge.get(field) else { continue };
        if tree.get(field).is_some_and(|same| same.value == value.value) {
            continue;
        }
        is_other = true;
        sink.report(
            Diagnostic::error(Code::InvalidObject, format!("a patch can not change `{field}`"))
                .label(value.span, "")
                .help("remove it; another object is one of `[[objects]]`"),
        );
    }
    is_other
}

fn nothing_to_remove(path: &Sourced<String>, targets: &[(usize, &Object)]) -> Diagnostic {
    let ids: Vec<String> = targets.iter().map(|(_, object)| object.id()).collect();
    let message = match &ids[..] {
        [id] => format!("{id} has no `{path}`"),
        ids => format!("none of {} has `{path}`", suggest::quoted_list(ids)),
    };
    let help = in_other_list(path, targets).unwrap_or_else(|| {
        "items of lists go by their names: `spec.template.spec.containers[web].livenessProbe`"
            .to_owned()
    });
    Diagnostic::error(Code::NothingToRemove, message).origin(path.origin, "").help(help)
}

/// The path to write where it names a container that stands in the other list of its pod: sidecars are init containers.
fn in_other_list(path: &str, targets: &[(usize, &Object)]) -> Option<String> {
    [(MAIN, INIT), (INIT, MAIN)].into_iter().find_map(|(list, other)| {
        let (before, rest) = path.split_once(&format!(".{list}["))?;
        let (name, _) = rest.split_once(']')?;
        let specs = targets.iter().filter_map(|(_, object)| object.body.pod_spec());
        let mut all = specs.flat_map(|(spec, _)| containers::all(spec));
        all.any(|(list, container)| list == other && container.name == name)
            .then(|| format!("`{name}` is one of `{other}`: write `{before}.{other}[{rest}`"))
    })
}

fn is_target(stack: &Stack, patch: &Patch, object: &Object) -> bool {
    let target = &patch.target;
    *target.kind.value == *object.body.kind()
        && target.name.as_ref().is_none_or(|name| name.value == patched_name(stack, object))
}

/// What patches call an object: by its name without the prefix of the stage, which the user's own objects do not have.
fn patched_name<'o>(stack: &Stack, object: &'o Object) -> &'o str {
    let name = object.body.name();
    if object.is_own { name } else { stack.prefix.bare(name).unwrap_or(name) }
}

fn no_target(stack: &Stack, patch: &Patch, objects: &[Object]) -> Diagnostic {
    let target = &patch.target;
    let of_kind: Vec<&str> = objects
        .iter()
        .filter(|object| object.body.kind() == target.kind.value)
        .map(|object| patched_name(stack, object))
        .collect();
    let (origin, help) = match &target.name {
        Some(name) if !of_kind.is_empty() => (name.origin, suggest::nearest_or_all(name, of_kind)),
        _ => {
            let kinds = objects.iter().map(|object| object.body.kind());
            (target.kind.origin, suggest::nearest_or_all(&target.kind, kinds))
        }
    };
    let name = target.name.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
    Diagnostic::error(
        Code::PatchWithoutTarget,
        format!("there is no {}{name} to patch", target.kind.value),
    )
    .origin(origin, "")
    .help_maybe(help)
}
