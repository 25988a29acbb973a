//! The user's own objects: typed where the kind is known, each part with the place where it was written.

use seaway_core::{Document, Origin, Sink, Stack};

use crate::{Object, tree};

/// Tells what is wrong with the objects of a stage that is at fault elsewhere: all problems come in one run.
pub(crate) fn check_own(document: &Document, stage: &str, sink: &mut Sink) {
    for node in seaway_core::resolve::own_objects(document, stage) {
        tree::typed(&node, sink);
    }
}

pub(super) fn lower(stack: &Stack, sink: &mut Sink) -> Vec<Object> {
    let typed = |node| {
        let body = tree::typed(node, sink)?;
        let mut object = Object::new(body, None, Origin::Stack(tree::place(node)));
        object.is_own = true;
        tree::note(node, &mut object.origins);
        Some(object)
    };
    stack.objects.iter().filter_map(typed).collect()
}
