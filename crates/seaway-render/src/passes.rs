//! The passes over the objects of a stage, one after the other.

use std::fmt;

use seaway_core::{Document, Sink, Source, Stack};
use serde::Serialize;

use crate::crds::{self, Definitions};
use crate::{Object, connect, harden, hash, link, lower, normalize, patch};

/// A pass over the objects of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pass {
    /// Makes the objects of what the components say.
    Lower,
    /// Fills in what every pod and object needs alike.
    Harden,
    /// Adds the network policies, and what opens ways.
    Connect,
    /// Applies the patches of the stack.
    Patch,
    /// Adds the bounds of the namespace.
    Quota,
    /// Names contents by their hashes.
    Hash,
    /// Writes each field in the form in which the API server keeps it.
    Normalize,
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lower => "lower",
            Self::Harden => "harden",
            Self::Connect => "connect",
            Self::Patch => "patch",
            Self::Quota => "quota",
            Self::Hash => "hash",
            Self::Normalize => "normalize",
        })
    }
}

/// The objects of a stage, of which nothing is proven yet; `seen` is shown what each pass makes of them.
pub(crate) fn run(
    stack: &Stack,
    definitions: &Definitions,
    sink: &mut Sink,
    mut seen: impl FnMut(Pass, &[Object]),
) -> Vec<Object> {
    let mut objects = lower::lower(stack, sink);
    definitions.place(stack, &mut objects);
    seen(Pass::Lower, &objects);
    let objects = harden::harden(stack, objects);
    seen(Pass::Harden, &objects);
    let objects = connect::connect(stack, objects);
    seen(Pass::Connect, &objects);
    let objects = patch::patch(stack, objects, sink);
    seen(Pass::Patch, &objects);
    let objects = link::bound(stack, objects);
    seen(Pass::Quota, &objects);
    let objects = hash::seal(stack, objects, sink);
    seen(Pass::Hash, &objects);
    let objects = normalize::normalize(objects);
    seen(Pass::Normalize, &objects);
    objects
}

/// The objects of a stage that need not hang together; `None` if the stage itself is at fault.
pub(crate) fn objects(
    source: &Source,
    document: &Document,
    stage: &str,
) -> Option<(Stack, Vec<Object>)> {
    let mut sink = Sink::default();
    let stack = seaway_core::resolve(source, document, stage, &mut sink).ok()?;
    let definitions = crds::definitions(&stack, &mut sink);
    let objects = run(&stack, &definitions, &mut sink, |_, _| {});
    Some((stack, objects))
}
