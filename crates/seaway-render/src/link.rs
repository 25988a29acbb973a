//! Objects → [`Bundle`]: proves that nothing dangles, and puts the objects into the order in which they are applied.
//!
//! The checks see every object, the user's own and patched ones included. A name that leads out of the bundle is fine
//! where the stack declares it (`[secrets]`, existing claims, accounts and classes), and an error elsewhere.

mod index;
mod names;
mod references;
mod pod_references;
mod selectors;
mod pods;
mod grace;
mod security;
mod production;

use seaway_core::{Reported, Sink, Stack};

use crate::{Bundle, Object, order};
use index::Index;

type Check = fn(&Index<'_>, &mut Sink);

/// All checks; each looks at the whole bundle.
const CHECKS: &[Check] = &[
    names::check,
    references::check,
    pod_references::check,
    selectors::check,
    pods::check,
    grace::check,
    security::check,
    production::check,
];

/// The bundle, or every reason why there is none.
pub(crate) fn link(
    stack: &Stack,
    mut objects: Vec<Object>,
    sink: &mut Sink,
) -> Result<Bundle, Reported> {
    objects.sort_by_cached_key(|object| {
        (
            order::rank(object.body.kind()),
            object.body.kind().to_owned(),
            object.body.name().to_owned(),
        )
    });
    let index = Index::new(stack, &objects);
    for check in CHECKS {
        check(&index, sink);
    }
    sink.checked(Bundle { objects })
}
