//! Objects → objects: the user's patches, as `kubectl patch` would apply them.
//!
//! A patch is merged into the tree of its object and the result is typed again, so a misspelt field is told where it
//! was written. Lists merge by the keys that the Kubernetes API declares for them; other lists are replaced. Fields of
//! which an object can have one replace each other: an `exec` probe takes the place of an `httpGet` one.

mod merge;

use seaway_core::options::Patch;
use seaway_core::{Code, Diagnostic, Sink, Sourced, Span, Stack, suggest};

use crate::Object;
use crate::containers::{self, INIT, MAIN};
use crate::normalize::normalize_tree;
use crate::tree::{self, to_node, typed};

/// Applies the patches of a stage in their order.
pub(crate) fn patch(stack: &Stack, mut objects: Vec<Object>, sink: &mut Sink) -> Vec<Object> {
    for patch in &stack.patches {
        let mut targets: Vec<&mut Object> =
            objects.iter_mut().filter(|object| is_target(stack, patch, object)).collect();
        if targets.is_empty() {
            sink.report(no_target(stack, patch, &objects));
            continue;
        }
        let mut found = vec![false; patch.remove.len()];
        for object in &mut targets {
            apply(patch, object, &mut found, sink);
        }
        for (path, _) in patch.remove.iter().zip(found).filter(|(_, found)| !found) {
            sink.report(nothing_to_remove(path, &targets));
        }
    }
    objects
}

fn nothing_to_remove(path: &Sourced<String>, targets: &[&mut Object]) -> Diagnostic {
    let ids: Vec<String> = targets.iter().map(|object| object.id()).collect();
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
fn in_other_list(path: &str, targets: &[&mut Object]) -> Option<String> {
    [(MAIN, INIT), (INIT, MAIN)].into_iter().find_map(|(list, other)| {
        let (before, rest) = path.split_once(&format!(".{list}["))?;
        let (name, _) = rest.split_once(']')?;
        let specs = targets.iter().filter_map(|object| object.body.pod_spec());
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

/// Applies a patch to one object; notes which of its removals found something.
fn apply(patch: &Patch, object: &mut Object, found: &mut [bool], sink: &mut Sink) {
    // Parts that no patch touches have no place of their own in the tree: a fault in them is the compiler's.
    let Some(mut tree) = to_node(&object.body, Span::default()) else {
        let message = format!("{} can not be patched", object.id());
        sink.report(Diagnostic::error(Code::Internal, message).origin(patch.target.origin, ""));
        return;
    };
    let mut removed = Vec::new();
    for (path, found) in patch.remove.iter().zip(found) {
        if merge::remove(&mut tree, path) {
            *found = true;
            removed.extend(path.span());
        }
    }
    if let Some(changes) = &patch.merge {
        merge::merge(&mut tree, changes);
    }
    if !object.is_own {
        normalize_tree(&mut tree);
    }
    let Some(body) = typed(&tree, sink) else { return };
    object.body = body;
    tree::note(&tree, &mut object.origins);
    for place in removed {
        object.origins.removed(place);
    }
}
